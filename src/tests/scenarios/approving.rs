//! Scenarios 10 to 14: an activation that needs somebody's yes.

use ostiary::{
    app::{
        Caller,
        cancel_request::cancel_request,
        list_requests::list_approvals,
        show_request::{Part, show_request},
    },
    domain::{
        activation::Activation,
        audit::Activity,
        ids::RequestId,
        refusal::Refusal,
        request::{Status, Verdict},
        schedule::Term,
        time::Span,
    },
};

use crate::harness::{
    TestApp, codes,
    company::{ask, role},
    refusals,
    signing_in::caller,
};

async fn scenario_10_with_approval_it_waits_and_nothing_is_granted(test: &TestApp) {
    let cast = test.cast().await;
    let done = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap();
    assert_eq!(done.outcome, Activation::Pending { lapses_at: Some(test.now().plus(Span::days(1))) });
    assert_eq!(test.status(&done.request).await, Status::PendingApproval);
    assert!(!test.holds(&cast.tess, &cast.role).await);
    assert!(test.activation(&cast.tess, &cast.role).await.is_none());
    assert_eq!(test.mails("ApprovalRequested").await, ["ada.approver", "bo.lindqvist", "cleo.diaz"]);
    assert!(test.mails("RoleActivated").await.is_empty(), "administrators hear of it when it is active");
    assert_eq!(test.notices(&cast.approvers[0]).await, ["ApprovalRequested"]);
    assert_eq!(test.notices(&cast.tess).await, ["MadeEligible", "Pending"]);
    assert_eq!(test.to_decide(&cast.approvers[1]).await, 1);
    assert_eq!(codes(test.activate(&cast.tess, &cast.eligibility, ask("1")).await), ["PendingRoleAssignmentRequest"]);

    cancel_request(test, &test.caller(&cast.tess), &done.request, "Solved otherwise").await.unwrap();
    assert_eq!(test.status(&done.request).await, Status::Canceled);
    assert_eq!(test.to_decide(&cast.approvers[1]).await, 0);
    assert!(test.mails("ApprovalRequested").await.is_empty(), "what has not gone out does not go out");
    assert_eq!(test.notices(&cast.approvers[0]).await, ["ApprovalRequested", "Canceled"]);
    let late = refusals(test.approve(&cast.approvers[0], &done.request).await).remove(0);
    assert_eq!((late.code(), late.status()), ("AlreadyClosed", 409));
    assert_eq!(late.to_string(), "This request was already canceled. Nothing was changed.");
    assert!(!test.holds(&cast.tess, &cast.role).await);
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
}

async fn scenario_11_a_requestor_among_the_approvers_cannot_decide_their_own(test: &TestApp) {
    let cast = test.cast().await;
    let ada = &cast.approvers[0];
    let eligibility = test.assign_eligible(&cast.role, ada, None).await;
    let own = test.activate(ada, &eligibility, ask("2")).await.unwrap().request;
    assert_eq!(test.to_decide(ada).await, 0, "not even shown");
    assert_eq!(test.mails("ApprovalRequested").await, ["bo.lindqvist", "cleo.diaz"]);
    for answer in [test.approve(ada, &own).await, test.deny(ada, &own).await] {
        assert_eq!(refusals(answer), [Refusal::OwnRequest]);
    }
    assert_eq!(test.status(&own).await, Status::PendingApproval);
    assert!(!test.holds(ada, &cast.role).await);
    let forced = format!(
        "update requests set status = 'Provisioned', decision = 'Approve', decided_by = requested_by, decided_at = 1 where id = '{own}'"
    );
    assert!(test.database.try_to_tamper(&forced).await.is_err(), "the database refuses it too");
    test.approve(&cast.approvers[1], &own).await.unwrap();
    assert!(test.holds(ada, &cast.role).await);
}

async fn scenario_11_an_administrator_standing_in_cannot_decide_their_own(test: &TestApp) {
    let admin = test.admin().await.user;
    let operator = role("Security Operator");
    let bo = test.user("Bo Lindqvist").await;
    test.assign_active(&role("Privileged Role Administrator"), &bo, None).await;
    test.policy(&operator, |policy| policy.activation.approval.required = true).await;
    let eligibility = test.assign_eligible(&operator, &admin, None).await;
    let own = test.activate(&admin, &eligibility, ask("1")).await.unwrap().request;
    assert_eq!(refusals(test.approve(&admin, &own).await), [Refusal::OwnRequest]);
    assert_eq!((test.to_decide(&admin).await, test.to_decide(&bo).await), (0, 1));
    test.approve(&bo, &own).await.unwrap();
}

async fn scenario_12_one_yes_suffices_its_hours_run_from_then_and_the_others_are_told(test: &TestApp) {
    let cast = test.cast().await;
    let [ada, bo, cleo] = &cast.approvers;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap().request;
    let now = test.advance(Span::minutes(50));
    test.approve(bo, &request).await.unwrap();
    assert!(test.holds(&cast.tess, &cast.role).await);
    let term = Term { starts_at: now, ends_at: Some(now.plus(Span::hours(2))) };
    assert_eq!(test.activation(&cast.tess, &cast.role).await.unwrap().term, term);
    let stored = test.request(&request).await;
    let decision = stored.state.decision().unwrap();
    assert_eq!((&decision.by, decision.verdict, decision.at), (bo, Verdict::Approve, now));
    assert_eq!(decision.justification, "On the on-call list");

    for other in [ada, cleo] {
        assert_eq!(test.notices(other).await, ["ApprovalRequested", "ApprovedByOther"]);
    }
    assert_eq!(test.notices(bo).await, ["ApprovalRequested"], "who decided knows");
    assert_eq!(test.notices(&cast.tess).await, ["MadeEligible", "Pending", "Approved", "Activated"]);
    assert!(test.mails("ApprovalRequested").await.is_empty());
    assert_eq!(test.mails("RequestDecided").await, ["ada.approver", "cleo.diaz", "tess.ng"]);
    assert_eq!(test.mails("RoleActivated").await, ["gwen", "tess.ng"]);

    test.advance(Span::minutes(1));
    for (answer, who) in [(test.approve(ada, &request).await, "ada"), (test.deny(cleo, &request).await, "cleo")] {
        let refused = refusals(answer).remove(0);
        assert_eq!((refused.code(), refused.status()), ("AlreadyClosed", 409), "{who}");
        assert_eq!(refused.to_string(), "This request was already approved by Bo Lindqvist. Nothing was changed.");
    }
    assert_eq!(test.request(&request).await, stored, "nothing changed");
    assert_eq!(test.activation(&cast.tess, &cast.role).await.unwrap().term, term);
}

async fn a_no_grants_nothing_and_is_told_with_its_reason(test: &TestApp) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap().request;
    test.deny(&cast.approvers[2], &request).await.unwrap();
    assert!(!test.holds(&cast.tess, &cast.role).await);
    let stored = test.request(&request).await;
    assert_eq!(stored.state.status(), Status::Denied);
    assert_eq!(stored.state.decision().unwrap().justification, "Not on call");
    assert_eq!(test.notices(&cast.tess).await, ["MadeEligible", "Pending", "Denied"]);
    assert_eq!(test.notices(&cast.approvers[0]).await, ["ApprovalRequested", "DeniedByOther"]);
    let late = refusals(test.approve(&cast.approvers[0], &request).await).remove(0);
    assert_eq!(late.to_string(), "This request was already denied by Cleo Diaz. Nothing was changed.");
    test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap();
}

async fn deciding_takes_a_reason_and_a_second_factor(test: &TestApp) {
    let cast = test.cast().await;
    let decide = ostiary::app::decide_request::decide_request;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap().request;
    let ada = &cast.approvers[0];
    let silent = refusals(decide(test, &test.caller(ada), &request, Verdict::Approve, "").await).remove(0);
    assert_eq!((silent.code(), silent.field()), ("FieldMissing", Some("justification")));
    let unverified = decide(test, &caller(ada), &request, Verdict::Approve, "fine").await;
    assert_eq!(refusals(unverified), [Refusal::VerificationRequired]);
    assert_eq!(test.status(&request).await, Status::PendingApproval);
}

async fn scenario_13_with_nobody_named_administrators_decide(test: &TestApp) {
    let operator = role("Security Operator");
    let (tess, bo, uma, rea) = (
        test.user("Tess Ng").await,
        test.user("Bo Lindqvist").await,
        test.user("Uma Roy").await,
        test.user("Rea Holm").await,
    );
    test.assign_active(&role("Privileged Role Administrator"), &bo, None).await;
    // Eligible is not active, and reading is not administering.
    test.assign_eligible(&role("Global Administrator"), &uma, None).await;
    test.assign_active(&role("Security Administrator"), &rea, None).await;
    test.policy(&operator, |policy| policy.activation.approval.required = true).await;
    let eligibility = test.assign_eligible(&operator, &tess, None).await;
    let admin = test.admin().await.user;
    for decider in [&bo, &admin] {
        let request = test.activate(&tess, &eligibility, ask("0.5")).await.unwrap().request;
        assert_eq!(test.mails("ApprovalRequested").await, ["bo.lindqvist", "gwen"]);
        for (who, can) in [(&bo, 1), (&admin, 1), (&uma, 0), (&rea, 0), (&tess, 0)] {
            assert_eq!(test.to_decide(who).await, can);
        }
        for who in [&uma, &rea] {
            assert_eq!(codes(test.approve(who, &request).await).len(), 1);
        }
        test.approve(decider, &request).await.unwrap();
        assert!(test.holds(&tess, &operator).await);
        test.advance(Span::minutes(30));
    }
    // Once somebody is named, administrators do not stand in any more.
    test.policy(&operator, |policy| policy.activation.approval.approvers = vec![(&uma).into()]).await;
    let request = test.activate(&tess, &eligibility, ask("0.5")).await.unwrap().request;
    assert_eq!(refusals(test.approve(&admin, &request).await), [Refusal::NotApprover]);
    assert_eq!((test.to_decide(&admin).await, test.to_decide(&uma).await), (0, 1));
    // But they see and can cancel it.
    let silent = cancel_request(test, &test.admin().await, &request, "").await;
    assert_eq!(codes(silent), ["FieldMissing"], "whoever cancels somebody else's request says why");
    cancel_request(test, &test.admin().await, &request, "Not today").await.unwrap();
    assert_eq!(test.notices(&tess).await.pop().unwrap(), "Canceled");
}

/// Administrative power needs a second factor, for looking too. Whom a role's settings name needs one for deciding alone.
async fn an_administrator_sees_others_requests_after_a_second_factor(test: &TestApp) {
    let cast = test.cast().await;
    let operator = role("Helpdesk Administrator");
    test.policy(&operator, |policy| policy.activation.approval.required = true).await;
    let eligibility = test.assign_eligible(&operator, &cast.tess, None).await;
    let of_nobody = test.activate(&cast.tess, &eligibility, ask("0.5")).await.unwrap().request;
    let of_others = test.activate(&cast.tess, &cast.eligibility, ask("0.5")).await.unwrap().request;
    let (admin, now) = (test.admin().await, test.now());
    let unverified = Caller { verified_at: None, ..admin.clone() };
    for request in [&of_nobody, &of_others] {
        assert_eq!(refusals(show_request(test, &unverified, request, now).await), [Refusal::VerificationRequired]);
    }
    assert_eq!(show_request(test, &admin, &of_nobody, now).await.unwrap().part, Part::Decide);
    assert_eq!(show_request(test, &admin, &of_others, now).await.unwrap().part, Part::Read);
    let seen = list_approvals(test, &unverified, None, None, now).await.unwrap();
    assert!(seen.needs_verification && seen.changes.is_none() && seen.activations.lines.is_empty(), "{seen:?}");
    assert_eq!(seen.waiting.to_decide(), 0);
    let seen = list_approvals(test, &admin, None, None, now).await.unwrap();
    assert_eq!((seen.needs_verification, seen.activations.lines.len()), (false, 1));

    let named = caller(&cast.approvers[0]);
    assert_eq!(show_request(test, &named, &of_others, now).await.unwrap().part, Part::Decide);
    let seen = list_approvals(test, &named, None, None, now).await.unwrap();
    assert_eq!((seen.needs_verification, seen.activations.lines.len()), (false, 1));
}

/// To somebody who has no part in a request it is not there: nothing tells it from one that was made up, their own audit neither.
async fn a_request_of_others_is_like_one_that_does_not_exist(test: &TestApp) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap().request;
    let stranger = test.user("Nia Cole").await;
    let made_up = RequestId::parse("01900000-0000-7000-8000-000000000000").unwrap();
    for id in [&request, &made_up] {
        assert_eq!(refusals(test.approve(&stranger, id).await), [Refusal::NotFound("request")]);
    }
    let mut told = test.events().await.split_off(test.events().await.len() - 2);
    assert_eq!(told.iter().map(|event| event.request.clone()).collect::<Vec<_>>(), [Some(request), Some(made_up)]);
    for event in &mut told {
        event.request = None;
    }
    let [one, other] = [0, 1].map(|at: usize| {
        let event = &told[at];
        (event.activity, event.outcome, event.subject.clone(), event.role.clone(), event.reason.clone())
    });
    assert_eq!(one, other);
}

async fn scenario_14_after_a_day_it_lapses_and_can_be_asked_for_again(test: &TestApp) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap().request;
    test.advance(Span::from_millis(24 * 3_600_000 - 1));
    assert_eq!(test.to_decide(&cast.approvers[0]).await, 1);
    test.advance(Span::from_millis(1));
    assert_eq!(test.to_decide(&cast.approvers[0]).await, 0, "before anybody tidied up");
    let late = refusals(test.approve(&cast.approvers[0], &request).await).remove(0);
    assert_eq!(late.to_string(), "This request was already lapsed: nobody decided in time. Nothing was changed.");
    assert_eq!(test.status(&request).await, Status::TimedOut);
    assert!(!test.holds(&cast.tess, &cast.role).await);
    let lapsed = test.steps(&request).await.into_iter().find(|(_, step)| *step == Activity::RequestLapsed);
    assert_eq!(lapsed.unwrap().0, "Ostiary");
    assert_eq!(test.mails("RequestLapsed").await, ["ada.approver", "bo.lindqvist", "cleo.diaz", "tess.ng"]);
    assert!(test.mails("ApprovalRequested").await.is_empty());
    assert_eq!(test.notices(&cast.tess).await.pop().unwrap(), "Lapsed");
    let again = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap().request;
    test.approve(&cast.approvers[0], &again).await.unwrap();
    assert!(test.holds(&cast.tess, &cast.role).await);
}

async fn scenario_14_where_the_settings_say_so_it_waits_for_ever(test: &TestApp) {
    let cast = test.cast().await;
    test.policy(&cast.role, |policy| policy.activation.approval.window = ostiary::domain::policy::Window::Never).await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap().request;
    test.advance(Span::days(179));
    test.approve(&cast.approvers[0], &request).await.unwrap();
    assert!(test.holds(&cast.tess, &cast.role).await);
}

on_both_engines!(
    scenario_10_with_approval_it_waits_and_nothing_is_granted,
    scenario_11_a_requestor_among_the_approvers_cannot_decide_their_own,
    scenario_11_an_administrator_standing_in_cannot_decide_their_own,
    scenario_12_one_yes_suffices_its_hours_run_from_then_and_the_others_are_told,
    a_no_grants_nothing_and_is_told_with_its_reason,
    deciding_takes_a_reason_and_a_second_factor,
    scenario_13_with_nobody_named_administrators_decide,
    an_administrator_sees_others_requests_after_a_second_factor,
    a_request_of_others_is_like_one_that_does_not_exist,
    scenario_14_after_a_day_it_lapses_and_can_be_asked_for_again,
    scenario_14_where_the_settings_say_so_it_waits_for_ever,
);
