//! The screens of role settings, as a browser without script meets them: reading, saving, every refusal at its field, stale saves.

use ostiary::{
    app::{
        disable_user::disable_user, list_policies::list_policies, preview_approvers::preview_approvers,
        show_policy::show_policy,
    },
    domain::{
        ids::RoleId,
        policy::{HalfHours, MfaRule, Window},
        refusal::Refusal,
        role::PortalRole,
    },
    store,
};

use crate::harness::{TestApp, browser::Answer, company::role, refusals};

/// What the form sends for a role with the defaults.
const FORM: [(&str, &str); 13] = [
    ("version", "0"),
    ("duration", "8"),
    ("mfa", "session"),
    ("mfa_minutes", "10"),
    ("justification", "true"),
    ("find_approvers", ""),
    ("window_hours", "24"),
    ("eligible_permanent", "true"),
    ("eligible_longest", "365"),
    ("active_permanent", "true"),
    ("active_longest", "180"),
    ("active_justification", "true"),
    ("Notification_Admin_Admin_Eligibility", ""),
];

/// Fields of the form and what they hold instead.
type Changes<'a> = &'a [(&'a str, &'a str)];

/// The form with these fields instead; a field that is not in it is added, and an empty value takes a field out.
fn form<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = FORM.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes.iter().copied().filter(|(_, value)| !value.is_empty())).collect()
}

/// The sentence at this field.
fn error_at<'a>(answer: &'a Answer, field: &str) -> &'a str {
    answer
        .between(&format!("id=\"{field}-error\" class=\"err\">"), "</p>")
        .or_else(|| answer.between(&format!("class=\"err\" id=\"{field}-error\">"), "</p>"))
        .unwrap_or_default()
}

fn path_of(role: &RoleId) -> String {
    format!("/settings/{role}")
}

async fn the_list_finds_roles_and_says_who_changed_them(test: &TestApp) {
    let admin = test.admin().await;
    let mut browser = test.browser(&admin.user).await;
    let all = browser.get("/settings").await;
    assert!(all.text.contains("Attribute Definition Reader") && all.text.contains("Next page"), "{}", all.text);
    assert!(!all.text.contains("Directory Synchronization Accounts"), "hidden roles are not listed");
    let none = browser.get("/settings?changed=1").await;
    assert!(none.text.contains("No settings have been modified"));
    test.policy(&role("Security Operator"), |policy| policy.activation.approval.required = true).await;
    let changed = browser.get("/settings?changed=1").await;
    assert!(changed.text.contains("Security Operator") && changed.text.contains("by Gwen Adams"), "{}", changed.text);
    assert!(!changed.text.contains("Security Reader"));
    let found = browser.get("/settings?q=SECURITY+OP").await;
    assert!(found.text.contains("Security Operator") && !found.text.contains("Security Reader"));
    assert!(browser.get("/settings?q=no+such+role").await.text.contains("No role is called that"));
}

/// Page by page, every role that is not hidden comes once.
async fn the_list_is_paged_by_key(test: &TestApp) {
    let admin = test.admin().await;
    let mut names = Vec::new();
    let mut after: Option<(String, String)> = None;
    loop {
        let key = after.as_ref().map(|(name, id)| (name.as_str(), id.as_str()));
        let page = list_policies(test, &admin, "", false, key, 50).await.unwrap();
        names.extend(page.lines.into_iter().map(|line| line.role.display_name.to_lowercase()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let different: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!((names.len(), different.len()), (134, 134), "every role that is not hidden, once");
}

async fn what_is_no_role_or_hidden_is_not_there(test: &TestApp) {
    let admin = test.admin().await;
    let mut browser = test.browser(&admin.user).await;
    let hidden = role("Directory Synchronization Accounts");
    for id in ["nonsense", "00000000-0000-7000-8000-000000000001", hidden.as_str()] {
        for path in [format!("/settings/{id}"), format!("/settings/{id}/edit")] {
            assert_eq!(browser.get(&path).await.status, 404, "{path}");
        }
        let answer = browser.post(&format!("/settings/{id}/edit"), &form(&[])).await;
        assert_eq!(answer.status, 404, "{id}");
    }
    assert_eq!(refusals(show_policy(test, &admin, &hidden).await), [Refusal::NotFound("role")]);
}

async fn readers_read_and_do_not_edit(test: &TestApp) {
    let operator = role("Security Operator");
    let (rita, otto, uma) = (test.user("Rita").await, test.user("Otto").await, test.user("Uma").await);
    test.assign_active(&role(PortalRole::GlobalReader.display_name()), &rita, None).await;
    test.assign_active(&role(PortalRole::SecurityOperator.display_name()), &otto, None).await;
    test.policy(&operator, |policy| policy.activation.ticket = true).await;
    let (path, edit) = (path_of(&operator), format!("{}/edit", path_of(&operator)));
    for (user, sees_history) in [(&rita, true), (&otto, false)] {
        let mut browser = test.browser(user).await;
        let details = browser.get(&path).await;
        assert_eq!(details.status, 200);
        assert!(!details.text.contains(&format!("href=\"{edit}\"")), "no Edit for readers");
        assert!(details.text.contains("Gwen Adams"), "who changed it last is no secret");
        assert_eq!(details.text.contains("<ul class=\"changes\">"), sees_history);
        assert_eq!(browser.get(&edit).await.status, 404);
        assert_eq!(browser.post(&edit, &form(&[("version", "1")])).await.status, 404);
        let caller = test.caller(user);
        assert_eq!(refusals(preview_approvers(test, &caller, &[]).await), [Refusal::NotPermitted]);
    }
    assert_eq!(test.browser(&uma).await.get(&path).await.status, 404);
}

async fn the_form_saves_all_three_tabs_at_once(test: &TestApp) {
    let operator = role("Security Operator");
    let admin = test.admin().await;
    let bo = test.user("Bo Lindqvist").await;
    let mut browser = test.browser(&admin.user).await;
    let edit = format!("{}/edit", path_of(&operator));
    let id = bo.to_string();
    let sent = form(&[
        ("duration", "1,5"),
        ("mfa", "fresh"),
        ("mfa_minutes", "15"),
        ("ticket", "true"),
        ("approval", "true"),
        ("approvers", &id),
        ("window_hours", "720"),
        ("active_permanent", ""),
        ("active_longest", "15"),
        ("active_mfa", "true"),
        ("Notification_Admin_Admin_Eligibility", "soc@contoso.example; cio@contoso.example"),
        ("Notification_Admin_Admin_Eligibility_critical", "true"),
    ]);
    let answer = browser.post(&edit, &sent).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, path_of(&operator).as_str()), "{}", answer.text);
    let stored = store::policies::get(&mut test.store.read().await.unwrap(), &operator).await.unwrap();
    let activation = &stored.policy.activation;
    assert_eq!(activation.longest, HalfHours::parse_hours("1.5").unwrap());
    assert_eq!(activation.mfa, MfaRule::Fresh { minutes: 15 });
    assert_eq!(activation.approval.window, Window::Minutes(43_200));
    assert_eq!(stored.policy.notifications[0].additional.len(), 2);

    let details = browser.get(&path_of(&operator)).await;
    for words in [
        "The settings of Security Operator are saved.",
        "1 hour 30 minutes",
        "A second factor not older than 15 minutes",
        "1 person can approve; nobody remains when they are the requestor.",
        "Name at least two",
        "soc@contoso.example",
        "Critical only",
        "<del>8 hours</del>",
        "<ins>1 hour 30 minutes</ins>",
        "Members are assigned as eligible: Role assignment alert",
    ] {
        assert!(details.text.contains(words), "{words}: {}", details.text);
    }
    let again = browser.get(&edit).await;
    assert!(again.text.contains("name=\"version\" value=\"1\""), "{}", again.text);
    assert!(again.text.contains("value=\"soc@contoso.example; cio@contoso.example\""));

    let same: Vec<_> =
        sent.into_iter().map(|(name, value)| (name, if name == "version" { "1" } else { value })).collect();
    assert_eq!(browser.post(&edit, &same).await.status, 303);
    assert!(browser.get(&path_of(&operator)).await.text.contains("Nothing was different"));
    let stored = store::policies::get(&mut test.store.read().await.unwrap(), &operator).await.unwrap();
    assert_eq!(stored.version, 1, "what changes nothing is no new version");
}

async fn each_refusal_stands_at_its_field_and_nothing_is_lost(test: &TestApp) {
    let operator = role("Security Operator");
    let admin = test.admin().await;
    let empty = test.group("Nobody in here", &[]).await.to_string();
    let mut browser = test.browser(&admin.user).await;
    let edit = format!("{}/edit", path_of(&operator));
    let mail = "Notification_Requestor_EndUser_Assignment";
    let cases: &[(Changes, &str, &str)] = &[
        (&[("duration", "24.5")], "duration", "steps of half an hour"),
        (&[("duration", "0.25")], "duration", "steps of half an hour"),
        (&[("duration", "")], "duration", "missing"),
        (&[("mfa", "fresh"), ("mfa_minutes", "1441")], "mfa_minutes", "1 to 1440"),
        (&[("mfa", "sms")], "mfa", "Choose one"),
        (&[("window_hours", "0")], "window_hours", "720 hours"),
        (&[("window_hours", "721")], "window_hours", "720 hours"),
        (&[("window_hours", "a day")], "window_hours", "whole hours"),
        (&[("approval", "true"), ("approvers", &empty)], "approvers", "None of these can approve today"),
        (&[("approvers", "00000000-0000-7000-8000-000000000001")], "approvers", "does not exist"),
        (&[("approvers", "bo")], "approvers", "neither a person nor a group"),
        (&[("eligible_permanent", ""), ("eligible_longest", "16")], "eligible_longest", "Choose one of the lengths"),
        (&[(mail, "a@contoso.example; b@")], mail, "\u{201c}b@\u{201d} is not a mail address"),
        (
            &[("Notification_Approver_EndUser_Assignment", "a@contoso.example")],
            "Notification_Approver_EndUser_Assignment",
            "takes no further addresses",
        ),
    ];
    for (changes, field, words) in cases {
        let mut sent = form(changes);
        sent.push(("ticket", "true"));
        let answer = browser.post(&edit, &sent).await;
        assert_eq!(answer.status, 422, "{changes:?}");
        let sentence = error_at(&answer, field);
        assert!(sentence.contains(words), "{changes:?}: {sentence:?} in {}", answer.text);
        let kept = answer.between("name=\"ticket\" value=\"true\"", ">").unwrap_or_default();
        assert!(kept.contains("checked"), "{changes:?}: the tick is gone: {kept}");
    }
    let stored = store::policies::get(&mut test.store.read().await.unwrap(), &operator).await.unwrap();
    assert_eq!(stored.version, 0);
    let doubled = browser.post(&edit, &[form(&[]), vec![("duration", "9")]].concat()).await;
    assert_eq!(doubled.status, 400);
    let hostile = "\"><script>alert(1)</script>@x";
    let inert = browser.post(&edit, &form(&[(mail, hostile)])).await;
    assert!(inert.status == 422 && !inert.text.contains("<script>alert"), "{}", inert.text);
}

/// Somebody else saved in between: what was typed stays, what is saved now stands beside it, and saving again works.
async fn a_stale_save_keeps_what_was_typed_and_shows_what_is_different(test: &TestApp) {
    let operator = role("Security Operator");
    let admin = test.admin().await;
    let mut browser = test.browser(&admin.user).await;
    let edit = format!("{}/edit", path_of(&operator));
    test.policy(&operator, |policy| policy.activation.ticket = true).await;
    let answer = browser.post(&edit, &form(&[("duration", "3")])).await;
    assert_eq!((answer.status.as_u16(), answer.codes()), (409, "Stale"));
    for words in [
        "What is different now",
        "<b>Gwen Adams</b>",
        "<del>8 hours</del>",
        "<ins>3 hours</ins>",
        "Require ticket information on activation",
    ] {
        assert!(answer.text.contains(words), "{words}: {}", answer.text);
    }
    assert!(answer.text.contains("name=\"duration\""), "{}", answer.text);
    assert_eq!(answer.between("name=\"version\" value=\"", "\""), Some("1"), "saving again replaces what is there");
    let saved = browser.post(&edit, &form(&[("duration", "3"), ("version", "1")])).await;
    assert_eq!(saved.status, 303);
    let after_mistake = browser.post(&edit, &form(&[("duration", "3.3"), ("version", "1")])).await;
    assert_eq!(after_mistake.status, 422);
    assert_eq!(after_mistake.between("name=\"version\" value=\"", "\""), Some("1"), "a mistake does not skip the lock");
}

async fn without_script_approvers_are_found_by_a_search_in_the_form(test: &TestApp) {
    let operator = role("Security Operator");
    let admin = test.admin().await;
    let (bo, omar) = (test.user("Bo Lindqvist").await, test.user("Omar Haddad").await);
    let group = test.group("Compliance", &[&bo, &omar]).await.to_string();
    let mut browser = test.browser(&admin.user).await;
    let edit = format!("{}/edit", path_of(&operator));
    let sent = form(&[
        ("approval", "true"),
        ("approvers", &group),
        ("find_approvers", "bo l"),
        ("find", "approvers"),
        ("duration", "2.5"),
    ]);
    let found = browser.post(&edit, &sent).await;
    assert_eq!(found.status, 200);
    for words in ["Bo Lindqvist", "Compliance", "2 people can approve; 1 remains when one of them is the requestor."] {
        assert!(found.text.contains(words), "{words}: {}", found.text);
    }
    assert!(found.text.contains("value=\"2.5\""), "what was typed stays");
    let stored = store::policies::get(&mut test.store.read().await.unwrap(), &operator).await.unwrap();
    assert_eq!(stored.version, 0, "searching saves nothing");
}

async fn the_preview_counts_people_and_names_who_cannot(test: &TestApp) {
    let admin = test.admin().await;
    let (bo, omar, ada) = (test.user("Bo").await, test.user("Omar").await, test.user("Ada").await);
    let group = test.group("Compliance", &[&bo, &omar, &ada]).await;
    disable_user(test, &admin, &omar).await.unwrap();
    let named = [(&group).into(), (&bo).into(), (&omar).into()];
    let reach = preview_approvers(test, &admin, &named).await.unwrap();
    assert_eq!(reach.people, ["Ada", "Bo"], "each once, by name");
    let concerns = reach.concerns();
    assert!(concerns.contains(&"Omar is disabled and cannot approve.".to_owned()), "{concerns:?}");
    assert!(concerns.contains(&"Omar, a member of Compliance, is disabled and cannot approve.".to_owned()));
    let nobody_named = preview_approvers(test, &admin, &[]).await.unwrap();
    assert_eq!(nobody_named.people, ["Gwen Adams"], "the active administrators stand in");
}

/// The words of a fresh role's details: a change of a default or of a sentence is a change of the snapshot.
async fn the_details_of_a_fresh_role_equal_their_snapshot(test: &TestApp) {
    let admin = test.admin().await;
    let page = test.browser(&admin.user).await.get(&path_of(&role("Security Operator"))).await;
    let main = page.between("<div class=\"two\">", "</main>").unwrap();
    let text = words_of(main);
    assert_eq!(text, include_str!("role_settings.snapshot"), "\n{text}");
}

/// The text of a piece of HTML, a line for each piece of text.
fn words_of(html: &str) -> String {
    let mut words = String::new();
    for piece in html.split('<') {
        let text = piece.split_once('>').map_or("", |(_, text)| text).trim();
        if !text.is_empty() {
            words.push_str(text);
            words.push('\n');
        }
    }
    words
}

on_both_engines!(
    the_list_finds_roles_and_says_who_changed_them,
    the_list_is_paged_by_key,
    what_is_no_role_or_hidden_is_not_there,
    readers_read_and_do_not_edit,
    the_form_saves_all_three_tabs_at_once,
    each_refusal_stands_at_its_field_and_nothing_is_lost,
    a_stale_save_keeps_what_was_typed_and_shows_what_is_different,
    without_script_approvers_are_found_by_a_search_in_the_form,
    the_preview_counts_people_and_names_who_cannot,
    the_details_of_a_fresh_role_equal_their_snapshot,
);
