//! Approve requests, and everybody's waiting requests.

use ostiary::{
    app::cancel_request::cancel_request,
    domain::{ids::RequestId, request::Status, time::Span},
};

use crate::harness::{
    TestApp, codes,
    company::{Cast, REASON, ask, role},
};

const LIST: &str = "/approve-requests";

async fn asked(test: &TestApp) -> (Cast, RequestId) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("4")).await.unwrap().request;
    (cast, request)
}

async fn scenario_11_the_own_request_is_missing_and_refused(test: &TestApp) {
    let cast = test.cast().await;
    let bo = &cast.approvers[1];
    let eligibility = test.assign_eligible(&cast.role, bo, None).await;
    let pane = test.visitor(bo).get(&format!("/my-roles/activate?id={eligibility}")).await;
    pane.says(&["Any of 2 people can approve now: Ada Approver, Cleo Diaz.", "cannot approve your own request"]);
    let request = test.activate(bo, &eligibility, ask("1")).await.unwrap().request;
    let browser = test.visitor(bo);
    browser.get(LIST).await.is(200).says(&["Nothing waits for your approval"]).hides(&["Bo Lindqvist</a>"]);
    let decide = [("request", request.as_str()), ("verdict", "approve"), ("justification", "It is me")];
    browser.post(LIST, &decide).await.is(403).says(&["Nobody decides their own request."]);
    let page = format!("{LIST}/{request}");
    browser.get(&page).await.is(200).says(&["This is your own request."]).hides(&["name=\"verdict\""]);
    browser.post(&page, &decide[1..]).await.is(403).says(&["Nobody decides their own request."]);
    assert_eq!(test.status(&request).await, Status::PendingApproval);
    test.visitor(&cast.approvers[0]).get(LIST).await.says(&["Bo Lindqvist"]);
}

async fn scenario_12_the_first_answer_counts_and_the_second_decider_is_told(test: &TestApp) {
    let (cast, request) = asked(test).await;
    let [ada, bo, _] = &cast.approvers;
    test.advance(Span::minutes(41));
    let list = test.visitor(ada).get(LIST).await;
    list.is(200).says(&["Tess Ng", REASON, "Security Operator", "4 h", "41 min", "lapses in 23 h 19 min"]);
    let page = format!("{LIST}/{request}");
    let details = test.visitor(bo).get(&page).await;
    details.is(200).says(&["Held before", "never", "Eligible", "29 Aug 2026", "Active now", "nothing"]);
    let blank = test.visitor(bo).post(&page, &[("verdict", "approve"), ("justification", " ")]).await;
    blank.is(422).says(&["id=\"justification-error\""]);
    let approve = [("verdict", "approve"), ("justification", "Confirmed with the on-call lead")];
    let done = test.visitor(ada).post(&page, &approve).await;
    assert_eq!((done.status.as_u16(), done.to.as_str()), (303, LIST));
    assert!(test.holds(&cast.tess, &cast.role).await);
    let ends_at = test.activation(&cast.tess, &cast.role).await.unwrap().term.ends_at;
    assert_eq!(ends_at, Some(test.now().plus(Span::hours(4))), "the hours run from the approval");

    let late = test.visitor(bo).post(&page, &[("verdict", "deny"), ("justification", "Not today")]).await;
    late.is(409).says(&["This request was already approved by Ada Approver. Nothing was changed."]);
    test.visitor(bo).get(LIST).await.says(&["Nothing waits for your approval"]);
    test.visitor(bo).get(&page).await.says(&["Approved by Ada Approver", "Confirmed with the on-call lead"]);
    test.visitor(ada).get("/approve-requests?tab=decided").await.says(&["Tess Ng", "Approved"]);
    let mine = test.visitor(&cast.tess).get(&format!("/my-requests/{request}")).await;
    mine.says(&["Approved by", "Ada Approver", "Confirmed with the on-call lead", "Activation completed"]);
    mine.hides(&["Not today"]);
}

/// A request that is not theirs is not there, and their own audit does not tell them more about it.
async fn a_stranger_learns_nothing_from_trying(test: &TestApp) {
    let (cast, request) = asked(test).await;
    let stranger = test.user("Sam Stranger").await;
    assert_eq!(codes(test.approve(&stranger, &request).await), ["NotFound"]);
    assert_eq!(codes(cancel_request(test, &test.caller(&stranger), &request, "").await), ["NotFound"]);
    let tried = test.events().await.split_off(test.events().await.len() - 2);
    for event in tried {
        assert_eq!((event.actor.as_ref(), event.request.as_ref()), (Some(&stranger), Some(&request)));
        assert_eq!(
            (event.role, event.role_name.as_str(), event.subject, event.subject_name.as_str()),
            (None, "", None, "")
        );
    }
    let mine = test.visitor(&stranger).get("/my-audit").await;
    mine.is(200).hides(&["Tess Ng"]);
    assert_eq!(test.status(&request).await, Status::PendingApproval);
    let waiting = test.visitor(&cast.tess).get(&format!("/my-requests/{request}")).await;
    waiting.says(&["Nothing is granted yet. "]).hides(&["yet.  It"]);
    let deciding = test.visitor(&cast.approvers[0]).get(&format!("{LIST}/{request}")).await;
    deciding.says(&["Nothing is granted yet. It lapses"]);
}

async fn several_are_decided_at_once_and_each_result_is_told(test: &TestApp) {
    let (cast, first) = asked(test).await;
    let omar = test.user("Omar Haddad").await;
    let eligibility = test.assign_eligible(&cast.role, &omar, None).await;
    let second = test.activate(&omar, &eligibility, ask("1")).await.unwrap().request;
    let [ada, bo, _] = &cast.approvers;
    test.deny(bo, &first).await.unwrap();
    let both = [
        ("request", first.as_str()),
        ("request", second.as_str()),
        ("verdict", "approve"),
        ("justification", "Confirmed"),
    ];
    let done = test.visitor(ada).post(LIST, &both).await;
    done.says(&["1 request is approved.", "Tess Ng, Security Operator", "already denied by Bo Lindqvist"]);
    assert_eq!(test.status(&second).await, Status::Provisioned);
    assert_eq!(test.request(&second).await.state.decision().unwrap().justification, "Confirmed");
    test.visitor(ada)
        .post(LIST, &[("verdict", "deny"), ("justification", "x")])
        .await
        .is(422)
        .says(&["Tick at least one"]);
}

async fn a_blank_justification_keeps_the_ticks_and_decides_nothing(test: &TestApp) {
    let (cast, request) = asked(test).await;
    let blank = [("request", request.as_str()), ("verdict", "deny"), ("justification", "")];
    let refused = test.visitor(&cast.approvers[0]).post(LIST, &blank).await;
    refused.is(422).says(&["id=\"justification-error\"", &format!("value=\"{request}\" checked")]);
    assert_eq!(test.status(&request).await, Status::PendingApproval);
}

async fn scenario_13_without_named_approvers_administrators_decide(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let role = role("Security Operator");
    test.policy(&role, |policy| policy.activation.approval.required = true).await;
    let eligibility = test.assign_eligible(&role, &tess, None).await;
    let request = test.activate(&tess, &eligibility, ask("1")).await.unwrap().request;
    let admin = test.admin().await;
    let browser = test.visitor(&admin.user);
    browser.get(LIST).await.says(&["Tess Ng"]);
    let approve = [("request", request.as_str()), ("verdict", "approve"), ("justification", "Fine")];
    browser.post(LIST, &approve).await.is(303);
    assert!(test.holds(&tess, &role).await);
}

async fn scenario_14_what_nobody_decides_lapses(test: &TestApp) {
    let (cast, request) = asked(test).await;
    test.advance(Span::hours(24));
    test.visitor(&cast.approvers[0]).get(LIST).await.says(&["Nothing waits for your approval"]);
    let tess = test.visitor(&cast.tess);
    tess.get("/my-requests").await.says(&["Lapsed"]).hides(&["/cancel\""]);
    tess.get("/my-roles").await.says(&[">Not active<"]);
    let again = [("duration", "1"), ("justification", REASON)];
    tess.post(&format!("/my-roles/activate?id={}", cast.eligibility), &again).await.is(303);
    assert_eq!(test.status(&request).await, Status::TimedOut);
}

async fn deciding_needs_the_second_factor(test: &TestApp) {
    let (cast, request) = asked(test).await;
    let mut caller = test.caller(&cast.approvers[0]);
    caller.verified_at = None;
    let browser = test.visitor_of(caller);
    browser.get(LIST).await.says(&["Deciding needs a second factor in this session."]).hides(&["name=\"verdict\""]);
    let decide = [("request", request.as_str()), ("verdict", "approve"), ("justification", "Fine")];
    let sent = browser.post(LIST, &decide).await;
    assert!(sent.status.as_u16() == 303 && sent.to.starts_with("/verify?to=%2Fkept%2F"), "{}", sent.to);
    assert_eq!(test.status(&request).await, Status::PendingApproval);
}

async fn who_has_no_part_in_a_request_does_not_see_it(test: &TestApp) {
    let (cast, request) = asked(test).await;
    let other = test.user("Omar Haddad").await;
    let browser = test.visitor(&other);
    let page = format!("{LIST}/{request}");
    browser.get(&page).await.is(404);
    browser.post(&page, &[("verdict", "approve"), ("justification", "x")]).await.is(404);
    browser.get(&format!("/my-requests/{request}")).await.is(404);
    browser.get(&format!("/my-requests/{request}/cancel")).await.is(404);
    browser.post(&format!("/my-requests/{request}/cancel"), &[]).await.is(404);
    browser.get("/requests").await.is(404);
    browser.post(&format!("/requests/{request}/cancel"), &[]).await.is(404);
    browser.get("/my-requests/no-id").await.is(404);
    test.visitor(&cast.approvers[0]).get(&format!("/my-requests/{request}")).await.is(404);
    assert_eq!(test.status(&request).await, Status::PendingApproval);
}

async fn an_administrator_sees_all_that_waits_and_cancels_it(test: &TestApp) {
    let (cast, request) = asked(test).await;
    let admin = test.admin().await;
    let browser = test.visitor(&admin.user);
    browser.get("/requests").await.is(200).says(&["Tess Ng", "Security Operator", "Pending approval"]);
    browser.get(LIST).await.says(&["Nothing waits for your approval", "All waiting requests"]);
    let page = format!("{LIST}/{request}");
    browser.get(&page).await.is(200).says(&["You are not an approver of this role."]);
    browser.post(&page, &[("verdict", "approve"), ("justification", "x")]).await.is(403);
    let cancel = format!("/requests/{request}/cancel");
    browser.get(&cancel).await.is(200).says(&["Cancel the request of Tess Ng for Security Operator?"]);
    let done = browser.post(&cancel, &[("justification", "Superseded")]).await;
    assert_eq!((done.status.as_u16(), done.to.as_str()), (303, "/requests"));
    assert_eq!(test.status(&request).await, Status::Canceled);
    let mine = test.visitor(&cast.tess).get(&format!("/my-requests/{request}")).await;
    mine.says(&["Canceled by Gwen Adams", "Superseded"]);
    browser.get("/requests").await.says(&["No request waits"]);
    browser.post(&cancel, &[]).await.is(409).says(&["already canceled"]);
}

on_both_engines!(
    a_stranger_learns_nothing_from_trying,
    scenario_11_the_own_request_is_missing_and_refused,
    scenario_12_the_first_answer_counts_and_the_second_decider_is_told,
    several_are_decided_at_once_and_each_result_is_told,
    a_blank_justification_keeps_the_ticks_and_decides_nothing,
    scenario_13_without_named_approvers_administrators_decide,
    scenario_14_what_nobody_decides_lapses,
    deciding_needs_the_second_factor,
    who_has_no_part_in_a_request_does_not_see_it,
    an_administrator_sees_all_that_waits_and_cancels_it,
);
