//! Asking: when it works, when it does not and why, and what becomes of a request that nobody decides.

use ostiary::{
    app::extend_assignments::TogetherAsk,
    app::{
        cancel_request::cancel_request, disable_user::disable_user, extend_assignments::extend_assignments,
        remove_assignment::remove_assignment, request_change::request_change, settle::settle_all,
    },
    domain::{
        audit::Activity,
        lifecycle::{SeekAsk, Sought},
        refusal::Refusal,
        request::{Kind, Status},
        time::Span,
    },
};

use super::{WHY, near_its_end, propose, second_administrator, seek, subject, term};
use crate::harness::{
    TestApp, codes,
    company::{ask, role},
    refusals,
};

async fn scenario_16_extend_works_in_the_last_fourteen_days_and_a_second_request_is_refused(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&role("Security Operator"), &tess, Some(Span::days(20))).await;
    let path = format!("/my-roles/{id}/extend");
    let early = test.visitor(&tess);
    early.get("/my-roles").await.is(200).says(&["from 8 Mar 2026"]).hides(&[&path]);
    early.get(&path).await.is(200).says(&["in its last 14 days, from 8 Mar 2026"]).hides(&["name=\"justification\""]);
    early.post(&path, &[("justification", WHY), ("ends_at", "")]).await.is(422).says(&["ExtensionTooEarly"]);
    assert_eq!(codes(seek(test, &tess, Sought::Extension, &id).await), ["ExtensionTooEarly"]);

    test.advance(Span::days(6));
    let pria = second_administrator(test).await;
    let browser = test.visitor(&tess);
    browser.get("/my-roles").await.says(&[&path, "Extend Security Operator"]);
    browser.get(&path).await.is(200).says(&["Reason", "Proposed end", "Time in", "Send request"]);
    let silent = browser.post(&path, &[("justification", " "), ("ends_at", "nonsense")]).await;
    silent.is(422).says(&["id=\"justification-error\"", "id=\"ends_at-error\"", "value=\"nonsense\""]);
    let sent = browser.post(&path, &[("justification", WHY), ("ends_at", "2026-06-01T12:00")]).await;
    sent.is(303);
    let page = browser.get(&sent.to).await;
    page.is(200).says(&["Extend Security Operator", "Pending administrator", WHY, "1 Jun 2026", "Cancel request"]);
    page.says(&["Any of 2 people can approve now: Gwen Adams, Pria Raman."]);
    browser.get("/my-requests").await.says(&["Extend", "Pending administrator", "until 1 Jun 2026"]);
    browser.get("/my-roles").await.says(&["Extension asked"]).hides(&[&path]);
    assert_eq!(test.last_event().await, format!("ExtensionRequested Success Tess Ng: {WHY}"));
    assert_eq!(test.notices(&tess).await.pop().unwrap(), "ChangePending");
    assert_eq!(test.notices(&pria).await.pop().unwrap(), "ExtensionRequested");

    browser.get(&path).await.says(&["A request for this role is waiting already."]);
    let second = browser.post(&path, &[("justification", WHY), ("ends_at", "")]).await;
    second.is(409).says(&["PendingRoleAssignmentRequest", "A request for this role is waiting already."]);
    assert!(test.last_event().await.starts_with("ExtensionRequested Refused Tess Ng"));
}

async fn active_assignments_are_extended_alike_and_activations_never(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let operator = role("Security Operator");
    let assigned = test.assign_active(&role("Reports Reader"), &tess, Some(Span::days(5))).await;
    let eligible = test.assign_eligible(&operator, &tess, Some(Span::days(5))).await;
    test.activate(&tess, &eligible, ask("2")).await.unwrap();
    let activation = test.activation(&tess, &operator).await.unwrap().id;
    let list = test.visitor(&tess).get("/my-roles?tab=active").await;
    list.says(&[&format!("/my-roles/{assigned}/extend")]).hides(&[&format!("/my-roles/{activation}/extend")]);
    assert_eq!(codes(seek(test, &tess, Sought::Extension, &activation).await), ["ActivatedAssignment"]);
    seek(test, &tess, Sought::Extension, &assigned).await.unwrap();
    test.visitor(&tess).get("/my-roles?tab=active").await.says(&["Extension asked"]);
    test.advance(Span::hours(3));
    assert_eq!(codes(seek(test, &tess, Sought::Renewal, &activation).await), ["ActivatedAssignment"]);
    let expired = test.visitor(&tess).get("/my-roles?tab=expired").await;
    expired.says(&["Active, activated"]).hides(&["/renew"]);
}

async fn members_cannot_ask_for_what_their_group_holds_and_are_told_why(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let group = test.role_group("Helpdesk", &[&tess]).await;
    let id = test.assign_eligible(&role("Security Operator"), &group, Some(Span::days(5))).await;
    let browser = test.visitor(&tess);
    browser.get("/my-roles").await.says(&["only for the whole group"]).hides(&["/extend"]);
    let path = format!("/my-roles/{id}/extend");
    browser.get(&path).await.is(200).says(&["This assignment belongs to a group."]).hides(&["Send request"]);
    browser.post(&path, &[("justification", WHY), ("ends_at", "")]).await.is(422).says(&["InheritedAssignment"]);
    test.advance(Span::days(6));
    settle_all(test, "trace").await.unwrap();
    let expired = test.visitor(&tess).get("/my-roles?tab=expired").await;
    expired.says(&["Helpdesk", "only for the whole group"]).hides(&["/renew"]);
    assert_eq!(codes(seek(test, &tess, Sought::Renewal, &id).await), ["InheritedAssignment"]);
    // What is nobody's business of theirs is not there.
    let stranger = test.user("Sam Stranger").await;
    assert_eq!(codes(seek(test, &stranger, Sought::Renewal, &id).await), ["NotFound"]);
    test.visitor(&stranger).get(&path).await.is(404);
}

async fn what_was_ended_by_somebody_is_not_renewed_and_what_expired_only_for_thirty_days(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let expires = test.assign_eligible(&role("Security Operator"), &tess, Some(Span::days(5))).await;
    let removed = test.assign_active(&role("Reports Reader"), &tess, Some(Span::days(50))).await;
    assert_eq!(codes(seek(test, &tess, Sought::Renewal, &expires).await), ["AssignmentStillRunning"]);
    test.advance(Span::days(6));
    let admin = test.admin().await;
    remove_assignment(test, &admin, Kind::Assignment, &removed, "Not needed").await.unwrap();
    let page = test.visitor(&tess).get("/my-roles?tab=expired").await;
    page.says(&[&format!("/my-roles/{expires}/renew"), "Removed"]).hides(&[&format!("/my-roles/{removed}/renew")]);
    assert_eq!(codes(seek(test, &tess, Sought::Renewal, &removed).await), ["AssignmentNotExpired"]);
    assert_eq!(codes(seek(test, &tess, Sought::Extension, &expires).await), ["RoleAssignmentDoesNotExist"]);
    test.advance(Span::days(29));
    assert_eq!(codes(seek(test, &tess, Sought::Renewal, &expires).await), ["RenewalTooLate"]);
    test.visitor(&tess).get("/my-roles?tab=expired").await.hides(&[&format!("/my-roles/{expires}/renew")]);
}

async fn what_is_held_again_is_not_asked_for(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let operator = role("Security Operator");
    let old = test.assign_eligible(&operator, &tess, Some(Span::days(5))).await;
    test.advance(Span::days(6));
    settle_all(test, "trace").await.unwrap();
    test.assign_eligible(&operator, &tess, None).await;
    assert_eq!(codes(seek(test, &tess, Sought::Renewal, &old).await), ["AssignmentStillRunning"]);
    test.visitor(&tess).get("/my-roles?tab=expired").await.says(&["Security Operator"]).hides(&["/renew"]);
}

async fn a_proposal_keeps_to_the_settings(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    test.policy(&role("Security Operator"), |policy| {
        policy.assignment.eligible = ostiary::domain::policy::Expiry::Within(ostiary::domain::policy::Longest::Month1);
    })
    .await;
    let until = |days| Some(test.now().plus(Span::days(days)));
    let refused = |answer| refusals::<ostiary::domain::ids::RequestId>(answer).remove(0);
    let far = propose(test, &tess, Sought::Extension, &id, until(31)).await;
    assert_eq!(refused(far), Refusal::ExtendedTooFar { most: Span::days(30) });
    assert_eq!(refused(propose(test, &tess, Sought::Extension, &id, until(10)).await), Refusal::EndNotLater);
    let blank = SeekAsk { justification: String::new(), ends_at: until(-3) };
    let blank = request_change(test, &test.caller(&tess), Sought::Extension, &id, blank).await.map(|(id, _)| id);
    assert_eq!(codes(blank), ["JustificationRule", "ExpirationRule"]);
    propose(test, &tess, Sought::Extension, &id, until(30)).await.unwrap();
}

async fn a_request_lapses_thirty_days_after_the_end_and_both_sides_hear_of_it(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    let request = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    // It expires, and the request goes on waiting.
    test.advance(Span::days(10));
    settle_all(test, "trace").await.unwrap();
    assert_eq!(test.status(&request).await, Status::PendingAdminDecision);
    let list = test.visitor(&tess).get("/my-roles?tab=expired").await;
    list.says(&["Renewal asked", &format!("/my-requests/{request}")]);
    assert_eq!(codes(seek(test, &tess, Sought::Renewal, &id).await), ["PendingRoleAssignmentRequest"]);
    let lapse = test.advance(Span::days(30));
    let mine = test.visitor(&tess).get(&format!("/my-requests/{request}")).await;
    mine.says(&["Lapsed"]);
    settle_all(test, "trace").await.unwrap();
    assert_eq!(test.status(&request).await, Status::TimedOut);
    assert_eq!(test.request(&request).await.state, ostiary::domain::request::State::TimedOut { at: lapse });
    let admin = test.admin().await.user;
    assert_eq!(test.notices(&tess).await.pop().unwrap(), "ChangeLapsed");
    assert_eq!(test.notices(&admin).await.pop().unwrap(), "ChangeLapsed");
    assert_eq!(test.steps(&request).await.pop().unwrap().1, Activity::RequestLapsed);
    assert!(test.mails("RequestLapsed").await.is_empty());
    assert_eq!(settle_all(test, "trace").await.unwrap(), None);
}

async fn requestor_and_administrators_can_cancel_it(test: &TestApp) {
    let (tess, id) = near_its_end(test).await;
    let first = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    let stranger = test.user("Sam Stranger").await;
    assert_eq!(codes(cancel_request(test, &test.caller(&stranger), &first, "").await), ["NotFound"]);
    let admin = test.admin().await;
    test.visitor(&admin.user).get("/requests").await.says(&["Tess Ng", "Extend", "eligible assignment"]);
    cancel_request(test, &test.caller(&tess), &first, "Changed my mind").await.unwrap();
    assert_eq!(test.status(&first).await, Status::Canceled);
    assert_eq!(test.notices(&admin.user).await.pop().unwrap(), "ChangeCanceled");
    let second = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    let path = format!("/requests/{second}/cancel");
    let silent = test.visitor(&admin.user).post(&path, &[("justification", "")]).await;
    silent.is(422).says(&["id=\"justification-error\"", "Say why. It is recorded."]);
    let done = test.visitor(&admin.user).post(&path, &[("justification", "The project is over")]).await;
    assert_eq!((done.status.as_u16(), done.to.as_str()), (303, "/requests"));
    assert_eq!(test.status(&second).await, Status::Canceled);
    assert_eq!(test.notices(&tess).await.pop().unwrap(), "ChangeCanceled");
    assert_eq!(term(test, &id).await.ends_at, Some(test.now().plus(Span::days(10))), "nothing changed");
}

async fn a_request_goes_with_its_assignment_or_its_person_or_when_an_administrator_was_faster(test: &TestApp) {
    let admin = test.admin().await;
    let (tess, id) = near_its_end(test).await;
    let assigned = test.assign_active(&role("Reports Reader"), &tess, Some(Span::days(3))).await;
    let of_removed = seek(test, &tess, Sought::Extension, &id).await.unwrap();
    let of_active = seek(test, &tess, Sought::Extension, &assigned).await.unwrap();
    test.advance(Span::minutes(10));
    let admin = test.caller(&admin.user);
    remove_assignment(test, &admin, Kind::Eligibility, &id, "Moved").await.unwrap();
    remove_assignment(test, &admin, Kind::Assignment, &assigned, "Moved").await.unwrap();
    for request in [&of_removed, &of_active] {
        assert_eq!(test.status(request).await, Status::Canceled);
        assert_eq!(test.steps(request).await.pop().unwrap().1, Activity::RequestCanceled);
    }

    let uma = test.user("Uma Roy").await;
    let of_uma = test.assign_eligible(&role("Security Operator"), &uma, Some(Span::days(3))).await;
    let overtaken = seek(test, &uma, Sought::Extension, &of_uma).await.unwrap();
    let ask = TogetherAsk { ends_at: None, justification: String::new() };
    extend_assignments(test, &admin, Sought::Extension, std::slice::from_ref(&of_uma), &ask).await.unwrap();
    assert_eq!(test.status(&overtaken).await, Status::Canceled);
    assert!(subject(test, &of_uma).await.known.ended.is_none());

    let olu = test.user("Olu Ade").await;
    let of_olu = test.assign_eligible(&role("Security Operator"), &olu, Some(Span::days(3))).await;
    let gone = seek(test, &olu, Sought::Extension, &of_olu).await.unwrap();
    disable_user(test, &admin, &olu).await.unwrap();
    assert_eq!(test.status(&gone).await, Status::Canceled);
    test.assert_intact().await;
}

on_both_engines!(
    scenario_16_extend_works_in_the_last_fourteen_days_and_a_second_request_is_refused,
    active_assignments_are_extended_alike_and_activations_never,
    members_cannot_ask_for_what_their_group_holds_and_are_told_why,
    what_was_ended_by_somebody_is_not_renewed_and_what_expired_only_for_thirty_days,
    what_is_held_again_is_not_asked_for,
    a_proposal_keeps_to_the_settings,
    a_request_lapses_thirty_days_after_the_end_and_both_sides_hear_of_it,
    requestor_and_administrators_can_cancel_it,
    a_request_goes_with_its_assignment_or_its_person_or_when_an_administrator_was_faster,
);
