//! My roles and the activation pane.

use ostiary::domain::{policy::MfaRule, request::Status, time::Span};

use crate::harness::{
    TestApp,
    company::{REASON, role},
};

const PANE: &str = "/my-roles/activate?id=";

/// The role of the article without approval, and its eligibility for Tess.
async fn free(test: &TestApp) -> (ostiary::domain::ids::UserId, String) {
    let tess = test.user("Tess Ng").await;
    let eligibility = test.assign_eligible(&role("Security Operator"), &tess, Some(Span::days(180))).await;
    (tess, eligibility.to_string())
}

async fn scenario_05_an_eligible_role_has_its_end_activate_and_a_greyed_extend(test: &TestApp) {
    let (tess, eligibility) = free(test).await;
    let page = test.visitor(&tess).get("/my-roles").await;
    page.is(200).says(&[
        "Security Operator",
        "29 Aug 2026",
        "in 180 days",
        &format!("href=\"{PANE}{eligibility}\""),
        "aria-disabled=\"true\" class=\"btn\">Extend",
        "from 15 Aug 2026",
        ">Not active<",
    ]);
    test.advance(Span::days(170));
    test.visitor(&tess).get("/my-roles").await.says(&[&format!("href=\"/my-roles/{eligibility}/extend\"")]);
    test.visitor(&tess).get("/my-roles?tab=active").await.says(&["No role is active"]);
    test.advance(Span::days(11));
    test.visitor(&tess).get("/my-roles").await.says(&["You have no eligible roles"]).hides(&["Security Operator"]);
    test.visitor(&tess).get("/my-roles?tab=expired").await.says(&["Security Operator", "Its time ran out"]);
}

async fn a_group_names_itself_and_cannot_be_extended_by_its_members(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let group = test.role_group("Service desk, night", &[&tess]).await;
    test.assign_eligible(&role("Helpdesk Administrator"), &group, Some(Span::days(3))).await;
    test.visitor(&tess).get("/my-roles").await.says(&["Service desk, night", "only for the whole group"]);
}

async fn scenario_06_the_slider_ends_at_the_ceiling_and_more_is_refused_at_the_field(test: &TestApp) {
    let (tess, eligibility) = free(test).await;
    let (browser, path) = (test.visitor(&tess), format!("{PANE}{eligibility}"));
    let pane = browser.get(&path).await;
    pane.is(200).says(&["type=\"range\"", "max=\"8\"", "value=\"8\"", "8 h, the most this role allows", "inert"]);
    let refused = browser.post(&path, &[("duration", "8.5"), ("justification", REASON)]).await;
    refused.is(422).says(&["id=\"duration-error\"", "at most 8 hours", "value=\"8.5\"", REASON]);
    let refused = browser.post(&path, &[("duration", "1.25"), ("justification", REASON)]).await;
    refused.is(422).says(&["in steps of half an hour", "value=\"1.25\""]);
    let twice = browser.post(&path, &[("duration", "1"), ("duration", "24"), ("justification", REASON)]).await;
    twice.is(422).says(&["id=\"duration-error\"", "came more than once"]);
    assert!(!test.holds(&tess, &role("Security Operator")).await);
    // It is 10 o'clock in Zurich. What was typed is what the sentence about the end goes by, also without script.
    let ends = |hours: u32| format!("today {}:00", 10 + hours);
    let short = browser.post(&path, &[("duration", "2"), ("justification", "")]).await;
    short.is(422).says(&["value=\"2\"", &ends(2)]).hides(&[&ends(8)]);
    let too_long = browser.post(&path, &[("duration", "9"), ("justification", "")]).await;
    too_long.is(422).says(&[&ends(8)]);
    test.advance(Span::minutes(179 * 1_440 + 21 * 60 + 30));
    let late = test.visitor(&tess).get(&path).await;
    late.says(&["max=\"2.5\"", "your eligibility ends"]);
}

async fn scenario_07_an_empty_reason_or_ticket_is_refused_and_nothing_is_lost(test: &TestApp) {
    let (tess, eligibility) = free(test).await;
    test.policy(&role("Security Operator"), |policy| policy.activation.ticket = true).await;
    let (browser, path) = (test.visitor(&tess), format!("{PANE}{eligibility}"));
    let hostile = "</textarea><script>alert(1)</script>";
    let typed = [
        ("duration", "2"),
        ("ticket_number", ""),
        ("ticket_system", "\"><b>Jira"),
        ("justification", hostile),
        ("later", "true"),
        ("starts_at", "2026-03-02T08:00"),
    ];
    let refused = browser.post(&path, &typed).await;
    refused.is(422).says(&[
        "id=\"ticket_number-error\"",
        "id=\"starts_at-error\"",
        "value=\"2026-03-02T08:00\"",
        "&lt;/textarea&gt;&lt;script&gt;",
        "value=\"2\"",
    ]);
    refused.hides(&["<script>alert", "\"><b>Jira"]);
    let refused = browser.post(&path, &[("duration", "2"), ("justification", "  ")]).await;
    refused.is(422).says(&["id=\"justification-error\"", "id=\"ticket_system-error\""]);
    browser.get("/my-requests").await.says(&["No requests"]);
    let missing = browser.post(&path, &[("duration", "2")]).await;
    missing.is(422).says(&["id=\"justification-error\""]);
    let doubled = browser.post(&path, &[("duration", "2"), ("justification", "a"), ("justification", "b")]).await;
    doubled.is(400).says(&["id=\"justification-error\""]);
}

async fn scenario_08_a_banner_asks_for_the_second_factor_and_activate_is_off(test: &TestApp) {
    let (tess, eligibility) = free(test).await;
    let path = format!("{PANE}{eligibility}");
    let mut caller = test.caller(&tess);
    caller.verified_at = None;
    let unverified = test.visitor_of(caller);
    let pane = unverified.get(&path).await;
    pane.says(&["Additional verification required", "name=\"verify\""]);
    pane.hides(&["type=\"submit\" class=\"btn go\">Activate<"]);
    let sent = unverified.post(&path, &[("duration", "2"), ("justification", REASON)]).await;
    sent.is(303);
    assert!(sent.to.starts_with("/verify?to=%2Fkept%2F"), "{}", sent.to);
    let asked = unverified.post(&path, &[("verify", "true"), ("duration", "nonsense")]).await;
    assert!(asked.status.as_u16() == 303 && asked.to.starts_with("/verify?to=%2Fkept%2F"), "{}", asked.to);
    test.policy(&role("Security Operator"), |policy| policy.activation.mfa = MfaRule::Fresh { minutes: 10 }).await;
    let stale = test.visitor(&tess);
    test.advance(Span::minutes(11));
    stale.get(&path).await.says(&["A second factor shown in the last 10 minutes is asked for."]);
}

async fn scenario_09_the_three_stages_are_what_really_happened(test: &TestApp) {
    let (tess, eligibility) = free(test).await;
    let browser = test.visitor(&tess);
    let sent = browser.post(&format!("{PANE}{eligibility}"), &[("duration", "2"), ("justification", REASON)]).await;
    sent.is(303);
    assert!(sent.to.starts_with("/my-roles/activated?request="), "{}", sent.to);
    let stages = browser.get(&sent.to).await;
    stages.is(200).says(&[
        "Request recorded",
        "Role active",
        "until today 12:00",
        "Page refreshed",
        "finds the role active",
    ]);
    assert!(test.holds(&tess, &role("Security Operator")).await);
    browser.get("/my-roles").await.says(&["Security Operator", "Active, ", "2 h", "until today 12:00", "from 10:05"]);
    browser.get("/my-roles?tab=active").await.says(&["Activated"]);
    let again = browser.get(&format!("{PANE}{eligibility}")).await;
    again.says(&["You can activate it again after it has ended."]).hides(&["name=\"duration\""]);
    let twice = browser.post(&format!("{PANE}{eligibility}"), &[("duration", "2"), ("justification", REASON)]).await;
    twice.is(409).says(&["This role is active already."]);
}

async fn scenario_10_with_approval_it_is_pending_and_says_who_can_approve(test: &TestApp) {
    let cast = test.cast().await;
    let browser = test.visitor(&cast.tess);
    let path = format!("{PANE}{}", cast.eligibility);
    let pane = browser.get(&path).await;
    pane.says(&[
        "Any of 3 people can approve now: Ada Approver, Bo Lindqvist, Cleo Diaz.",
        "Request activation",
        "If it is approved now: active until",
    ]);
    let sent = browser.post(&path, &[("duration", "4"), ("justification", REASON)]).await;
    sent.is(303);
    let stages = browser.get(&sent.to).await;
    stages.says(&["Waiting for approval", "Nothing is granted yet.", "Bo Lindqvist", "It lapses in 24 h"]);
    assert!(!test.holds(&cast.tess, &cast.role).await);
    browser.get("/my-roles?tab=active").await.says(&["No role is active"]);
    browser.get("/my-roles").await.says(&["Waiting for approval", "View request"]);
    browser.get("/my-requests").await.says(&["Pending approval", "/cancel\""]);
}

async fn several_roles_with_one_reason_are_each_reported_for_what_they_are(test: &TestApp) {
    let cast = test.cast().await;
    let free = test.assign_eligible(&role("Global Reader"), &cast.tess, None).await;
    let ticket = test.assign_eligible(&role("User Administrator"), &cast.tess, None).await;
    test.policy(&role("User Administrator"), |policy| policy.activation.ticket = true).await;
    let browser = test.visitor(&cast.tess);
    let path = format!("{PANE}{}&id={free}&id={ticket}", cast.eligibility);
    let fields = [format!("duration-{}", cast.eligibility), format!("duration-{free}"), format!("duration-{ticket}")];
    let pane = browser.get(&path).await;
    pane.says(&["3 roles", &fields[0], &fields[1], &fields[2], "Activate and request"]);
    let typed = [
        (fields[0].as_str(), "1"),
        (fields[1].as_str(), "2"),
        (fields[2].as_str(), "3"),
        ("ticket_number", ""),
        ("ticket_system", "Jira"),
        ("justification", REASON),
    ];
    let sent = browser.post(&path, &typed).await;
    sent.is(200).says(&[
        "Your request for Security Operator is pending for approval.",
        "Global Reader is active until today 12:00.",
        "User Administrator: Give the ticket number.",
        REASON,
        "name=\"duration\"",
        "value=\"3\"",
    ]);
    assert!(test.holds(&cast.tess, &role("Global Reader")).await);
    let rest = [("duration", "3"), ("ticket_number", "CHG-1"), ("ticket_system", "Jira"), ("justification", REASON)];
    browser.post(&format!("{PANE}{ticket}"), &rest).await.is(303);
    assert!(test.holds(&cast.tess, &role("User Administrator")).await);
}

async fn several_roles_that_all_go_through_lead_to_their_stages(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let one = test.assign_eligible(&role("Global Reader"), &tess, None).await;
    let two = test.assign_eligible(&role("User Administrator"), &tess, None).await;
    let browser = test.visitor(&tess);
    let (first, second) = (format!("duration-{one}"), format!("duration-{two}"));
    let typed = [(first.as_str(), "1"), (second.as_str(), "2"), ("justification", REASON)];
    let sent = browser.post(&format!("{PANE}{one}&id={two}"), &typed).await;
    sent.is(303);
    browser.get(&sent.to).await.says(&["2 requests sent", "until today 11:00", "until today 12:00"]);
}

/// One of several is gone by the time the form is sent: what was sent is said, and what was not as well.
async fn a_role_that_is_gone_hides_nothing_of_the_others(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let other = test.user("Omar Reyes").await;
    let one = test.assign_eligible(&role("Global Reader"), &tess, None).await;
    let foreign = test.assign_eligible(&role("Global Reader"), &other, None).await;
    let ticket = test.assign_eligible(&role("User Administrator"), &tess, None).await;
    test.policy(&role("User Administrator"), |policy| policy.activation.ticket = true).await;
    let browser = test.visitor(&tess);
    let durations = [&one, &foreign, &ticket].map(|id| format!("duration-{id}"));
    let typed: Vec<_> =
        durations.iter().map(|field| (field.as_str(), "1")).chain([("justification", REASON)]).collect();
    let gone =
        browser.post(&format!("{PANE}{foreign}&id={foreign}"), &[("duration", "1"), ("justification", REASON)]).await;
    assert!(!gone.status.is_success() && !gone.status.is_redirection(), "{}", gone.status);

    let sent = browser.post(&format!("{PANE}{one}&id={foreign}"), &typed).await;
    sent.is(303);
    assert!(sent.to.starts_with("/my-roles/activated?request="), "{}", sent.to);
    assert!(test.holds(&tess, &role("Global Reader")).await && !test.holds(&other, &role("Global Reader")).await);

    // With something left to ask for, the pane stays open for that.
    let sent = browser.post(&format!("{PANE}{ticket}&id={foreign}"), &typed).await;
    sent.is(200).says(&[
        "User Administrator: Give the ticket number.",
        "One of the roles: You are not eligible for this role now.",
        "name=\"duration\"",
        REASON,
    ]);
}

async fn a_later_start_is_scheduled_and_can_be_taken_back(test: &TestApp) {
    let (tess, eligibility) = free(test).await;
    let browser = test.visitor(&tess);
    let unread = [("duration", "1"), ("justification", REASON), ("later", "true"), ("starts_at", "")];
    browser.post(&format!("{PANE}{eligibility}"), &unread).await.is(422).says(&["id=\"starts_at-error\""]);
    let start = [("duration", "1"), ("justification", REASON), ("later", "true"), ("starts_at", "2026-03-02T15:00")];
    let sent = browser.post(&format!("{PANE}{eligibility}"), &start).await;
    sent.is(303);
    browser.get(&sent.to).await.says(&["is scheduled", "switches on by itself"]);
    browser.get("/my-roles").await.says(&["Starts later", "Deactivate"]);
}

async fn scenario_15_deactivating_waits_five_minutes(test: &TestApp) {
    let (tess, eligibility) = free(test).await;
    let browser = test.visitor(&tess);
    browser.post(&format!("{PANE}{eligibility}"), &[("duration", "2"), ("justification", REASON)]).await.is(303);
    let activation = test.activation(&tess, &role("Security Operator")).await.unwrap();
    let path = format!("/my-roles/{}/deactivate", activation.id);
    test.advance(Span::minutes(3));
    browser.get(&path).await.is(200).says(&["less than 5 minutes ago", "from today 10:05 on"]);
    browser.post(&path, &[]).await.is(422).says(&["less than 5 minutes ago"]);
    assert!(test.holds(&tess, &role("Security Operator")).await);
    test.advance(Span::minutes(2));
    browser.get(&path).await.says(&["Deactivate Security Operator?", "until today 12:00"]);
    let done = browser.post(&path, &[]).await;
    assert_eq!((done.status.as_u16(), done.to.as_str()), (303, "/my-roles?tab=active"));
    assert!(!test.holds(&tess, &role("Security Operator")).await);
    assert_eq!(test.status(&activation.request).await, Status::Revoked);
    browser.get(&path).await.is(404);
    browser.get("/my-requests").await.says(&["Deactivated"]);
    browser.get("/my-roles?tab=expired").await.says(&["Deactivated", "Active, activated"]);
}

async fn what_belongs_to_others_is_not_there(test: &TestApp) {
    let (tess, eligibility) = free(test).await;
    test.visitor(&tess).post(&format!("{PANE}{eligibility}"), &[("duration", "2"), ("justification", REASON)]).await;
    let activation = test.activation(&tess, &role("Security Operator")).await.unwrap();
    let other = test.user("Omar Haddad").await;
    let browser = test.visitor(&other);
    browser.get(&format!("{PANE}{eligibility}")).await.is(404);
    browser.post(&format!("{PANE}{eligibility}"), &[("duration", "2"), ("justification", "x")]).await.is(404);
    browser.get(&format!("/my-roles/{}/deactivate", activation.id)).await.is(404);
    browser.post(&format!("/my-roles/{}/deactivate", activation.id), &[]).await.is(404);
    browser.get(&format!("{PANE}no-id")).await.is(404);
    browser.get(&format!("/my-roles/activated?request={}", activation.request)).await.is(404);
    assert!(test.holds(&tess, &role("Security Operator")).await);
}

async fn more_roles_than_a_page_holds_are_paged_and_searched(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let catalogue = ostiary::domain::role::catalogue().unwrap();
    let mut names: Vec<_> = catalogue.into_iter().filter(|role| !role.is_hidden).take(53).collect();
    for role in &names {
        test.assign_eligible(&role.id, &tess, None).await;
    }
    names.sort_by_key(|role| role.display_name.to_lowercase());
    let browser = test.visitor(&tess);
    let first = browser.get("/my-roles").await;
    assert_eq!(first.text.matches("Membership\">Direct").count(), 50);
    let next = first.text.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    let second = browser.get(&next).await;
    assert_eq!(second.text.matches("Membership\">Direct").count(), 3, "{next}");
    second.says(&[&names[52].display_name]);
    let found = browser.get(&format!("/my-roles?q={}", names[7].display_name.to_uppercase().replace(' ', "+"))).await;
    found.says(&[&names[7].display_name]).hides(&[&names[20].display_name]);
    browser.get("/my-roles?q=nothing+like+it").await.says(&["No such role"]);
}

on_both_engines!(
    scenario_05_an_eligible_role_has_its_end_activate_and_a_greyed_extend,
    a_group_names_itself_and_cannot_be_extended_by_its_members,
    scenario_06_the_slider_ends_at_the_ceiling_and_more_is_refused_at_the_field,
    scenario_07_an_empty_reason_or_ticket_is_refused_and_nothing_is_lost,
    scenario_08_a_banner_asks_for_the_second_factor_and_activate_is_off,
    scenario_09_the_three_stages_are_what_really_happened,
    scenario_10_with_approval_it_is_pending_and_says_who_can_approve,
    several_roles_with_one_reason_are_each_reported_for_what_they_are,
    several_roles_that_all_go_through_lead_to_their_stages,
    a_role_that_is_gone_hides_nothing_of_the_others,
    a_later_start_is_scheduled_and_can_be_taken_back,
    scenario_15_deactivating_waits_five_minutes,
    what_belongs_to_others_is_not_there,
    more_roles_than_a_page_holds_are_paged_and_searched,
);
