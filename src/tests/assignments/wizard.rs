//! "Add assignments", step by step: what was typed is kept, and each refusal is named.

use axum::http::StatusCode;
use ostiary::{
    domain::{
        policy::{Expiry, Longest},
        role::catalogue,
        time::Span,
    },
    store::assignment_lines::Section,
};

use super::{everything, in_section};
use crate::harness::{TestApp, company::role};

/// Scenario 3 through the wizard: what was typed is kept, and the rule is named at its field.
async fn scenario_03_in_the_wizard(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await.to_string();
    test.policy(&operator, |policy| policy.assignment.eligible = Expiry::Within(Longest::Months3)).await;
    let mut browser = test.browser(&test.admin().await.user).await;
    let path = format!("/assignments/add?role={operator}");
    let operator = operator.to_string();
    let first = browser.get(&path).await;
    assert!(first.text.contains("Security Operator") && first.text.contains("Next: Setting"));

    let nobody = browser.post(&path, &[("role", &operator), ("go", "next")]).await;
    assert_eq!((nobody.status.as_u16(), nobody.codes()), (422, "FieldMissing"));
    let found = browser.post(&path, &[("role", &operator), ("find_members", "tess"), ("find", "members")]).await;
    assert!(found.status == StatusCode::OK && found.text.contains(&tess), "the search works without script");

    let second = browser.post(&path, &[("role", &operator), ("members", &tess), ("go", "next")]).await;
    assert!(second.text.contains("At most 3 months (90 days).") && second.text.contains("Tess Ng"), "{}", second.text);
    // The longest allowed is filled in, in the reader's zone: Europe/Zurich, an hour ahead; in summer two.
    assert!(second.text.contains("value=\"2026-05-31T11:00\""), "{}", second.text);

    let four_months = [
        ("role", operator.as_str()),
        ("members", &tess),
        ("kind", "eligible"),
        ("starts_at", ""),
        ("ends_at", "2026-07-02T12:00"),
        ("justification", "Project <Aurora> & co"),
        ("set", &operator),
        ("go", "assign"),
    ];
    let refused = browser.post(&path, &four_months).await;
    assert_eq!((refused.status.as_u16(), refused.codes()), (422, "ExpirationRule"));
    assert!(refused.text.contains("at most 90 days from start to end"));
    assert!(refused.text.contains("2026-07-02T12:00") && refused.text.contains("Project &lt;Aurora&gt; &amp; co"));

    let back = browser.post(&path, &[&four_months[..7], &[("go", "back")]].concat()).await;
    assert!(
        back.text.contains("Next: Setting") && back.text.contains("Project &lt;Aurora&gt;"),
        "going back loses nothing"
    );

    let unticked = four_months.iter().copied().filter(|(name, _)| *name != "ends_at").collect::<Vec<_>>();
    let permanent = browser.post(&path, &[&unticked[..], &[("permanent", "true")]].concat()).await;
    assert_eq!(permanent.codes(), "ExpirationRule");
    let both = browser.post(&path, &[&four_months[..], &[("permanent", "true")]].concat()).await;
    assert!(both.text.contains("Untick Permanent to use this end") && both.text.contains("2026-07-02T12:00"));
    let done = browser.post(&path, &unticked).await;
    assert_eq!(done.location(), format!("/roles/{operator}?tab=eligible"), "{}", done.text);
    let list = browser.get(done.location()).await;
    assert!(list.text.contains("Tess Ng") && list.text.contains("now eligible for Security Operator"));
    let lines = everything(test, &in_section(Section::Eligible), 50).await;
    assert_eq!(lines[0].term.ends_at, Some(test.now().plus(Span::days(90))), "left empty, it lasts as long as it may");
}

/// Scenario 4 through the wizard: each refusal is named, and nobody is assigned.
async fn scenario_04_in_the_wizard(test: &TestApp) {
    let operator = role("Security Operator").to_string();
    let tess = test.user("Tess Ng").await;
    let other = test.group("Lunch Club", &[&tess]).await.to_string();
    let able = test.role_group("Operators", &[&tess]).await.to_string();
    let tess = tess.to_string();
    let mut browser = test.browser(&test.admin().await.user).await;
    let search =
        browser.post("/assignments/add", &[("role", &operator), ("find_members", ""), ("find", "members")]).await;
    assert!(search.text.contains(&able) && !search.text.contains(&other), "only what can be assigned is offered");
    let members = [("role", operator.as_str()), ("members", &tess), ("members", &able), ("members", &other)];
    let refused = browser.post("/assignments/add", &[&members[..], &[("go", "next")]].concat()).await;
    assert_eq!((refused.status.as_u16(), refused.codes()), (422, "GroupNotAssignable"));
    assert!(refused.text.contains("Lunch Club was not created as role-assignable"));
    let setting = [("kind", "eligible"), ("permanent", "true"), ("justification", ""), ("go", "assign")];
    let forced = browser.post("/assignments/add", &[&members[..], &setting[..]].concat()).await;
    assert_eq!(forced.codes(), "GroupNotAssignable");
    assert_eq!(everything(test, &in_section(Section::Eligible), 50).await.len(), 0);
    let both = browser.post("/assignments/add", &[&members[..3], &setting[..]].concat()).await;
    assert_eq!(both.status, StatusCode::SEE_OTHER);
    assert_eq!(everything(test, &in_section(Section::Eligible), 50).await.len(), 2);
    let again = browser.post("/assignments/add", &[&members[..3], &setting[..]].concat()).await;
    assert_eq!(again.codes(), "RoleAssignmentExists RoleAssignmentExists");
    assert!(again.text.contains("Tess Ng already has") && again.text.contains("Operators already has"));

    let hidden = catalogue().unwrap().into_iter().find(|role| role.is_hidden).unwrap().id.to_string();
    let page = browser.get("/assignments/add").await;
    assert!(page.text.contains(&operator) && !page.text.contains(&hidden), "hidden roles are not offered");
    assert_eq!(browser.get(&format!("/assignments/add?role={hidden}")).await.status, StatusCode::NOT_FOUND);
    let refused = browser.post("/assignments/add", &[("role", &hidden), ("members", &tess), ("go", "next")]).await;
    assert_eq!(refused.codes(), "RoleNotAssignable");
}

/// Where the settings ask for it, the administrator shows a second factor, and comes back to what they had typed.
async fn a_step_up_on_the_way_loses_nothing(test: &TestApp) {
    let operator = role("Security Operator");
    test.policy(&operator, |policy| policy.assignment.active_mfa = true).await;
    let tess = test.user("Tess Ng").await.to_string();
    let mut browser = test.unverified_browser(&test.admin().await.user).await;
    let sent = browser
        .post(
            "/assignments/add",
            &[
                ("role", operator.as_str()),
                ("members", &tess),
                ("kind", "active"),
                ("permanent", "true"),
                ("justification", "Night shift"),
                ("set", operator.as_str()),
                ("go", "assign"),
            ],
        )
        .await;
    assert!(sent.location().starts_with("/verify?"), "{}", sent.location());
    assert!(everything(test, &in_section(Section::Active), 50).await.len() == 1, "nothing was assigned");
    let to =
        form_urlencoded::parse(sent.location().split_once('?').unwrap().1.as_bytes()).next().unwrap().1.into_owned();
    browser.verify(test).await;
    let kept = browser.get(&to).await.location().to_owned();
    assert!(kept.starts_with("/assignments/add?"), "{kept}");
    let back = browser.get(&kept).await;
    assert!(back.text.contains("Night shift") && back.text.contains("Tess Ng"), "{}", back.text);
}

async fn an_active_assignment_needs_the_reason_that_its_settings_ask_for(test: &TestApp) {
    let operator = role("Security Operator").to_string();
    let tess = test.user("Tess Ng").await.to_string();
    let mut browser = test.browser(&test.admin().await.user).await;
    let fields =
        [("role", operator.as_str()), ("members", &tess), ("kind", "active"), ("permanent", "true"), ("go", "assign")];
    let silent = browser.post("/assignments/add", &[&fields[..], &[("justification", " ")]].concat()).await;
    assert_eq!((silent.status.as_u16(), silent.codes()), (422, "JustificationRule"));
    let said = browser.post("/assignments/add", &[&fields[..], &[("justification", "On call")]].concat()).await;
    assert_eq!(said.location(), format!("/roles/{operator}?tab=active"));
    let bad = browser
        .post(
            "/assignments/add",
            &[&fields[..4], &[("starts_at", "soon"), ("justification", "a\u{202e}b"), ("go", "assign")]].concat(),
        )
        .await;
    assert_eq!(bad.codes(), "FieldUnreadable HiddenCharacters", "every field that cannot be read is named at once");
}

async fn the_search_of_the_picker_asks_for_permission(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let ask = [("typed", "tess"), ("kinds", "Assignable")];
    let anonymous = test.anonymous().post("/call/search_principals", &ask).await;
    assert!(anonymous.status == StatusCode::UNAUTHORIZED && anonymous.text.contains("SignedOut"), "{}", anonymous.text);
    let plain = test.browser(&tess).await.post("/call/search_principals", &ask).await;
    assert!(plain.status == StatusCode::FORBIDDEN && plain.text.contains("Refused"), "{}", plain.text);
    let admin = test.browser(&test.admin().await.user).await.post("/call/search_principals", &ask).await;
    assert!(admin.status.is_success() && admin.text.contains(&tess.to_string()), "{}", admin.text);
}

on_both_engines!(
    scenario_03_in_the_wizard,
    scenario_04_in_the_wizard,
    a_step_up_on_the_way_loses_nothing,
    an_active_assignment_needs_the_reason_that_its_settings_ask_for,
    the_search_of_the_picker_asks_for_permission,
);
