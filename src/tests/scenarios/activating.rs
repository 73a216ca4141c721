//! Scenarios 6 to 9: the rules of an activation, and one that needs nobody's yes.

use ostiary::{
    app::activate_role::activate_role,
    domain::{
        activation::{Activation, ActivationAsk, Ticket},
        audit::{Activity, Outcome},
        ids::RequestId,
        policy::MfaRule,
        refusal::Refusal,
        request::Status,
        schedule::Term,
        time::Span,
    },
    store,
};

use crate::harness::{
    TestApp, codes,
    company::{REASON, ask, role},
    refusals,
    signing_in::caller,
};

async fn requests(test: &TestApp) -> usize {
    test.database.texts("select id from requests where action = 'selfActivate'").await.len()
}

async fn scenario_06_longer_than_the_ceiling_is_refused_by_the_expiration_rule(test: &TestApp) {
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&role("Security Operator"), &tess, None).await;
    let refused = refusals(test.activate(&tess, &id, ask("8.5")).await).remove(0);
    assert_eq!((refused.code(), refused.field(), refused.status()), ("ExpirationRule", Some("duration"), 422));
    assert_eq!(refused.to_string(), "This role can be active for at most 8 hours.");
    assert_eq!(requests(test).await, 0);
    test.activate(&tess, &id, ask("8")).await.unwrap();
}

async fn scenario_07_without_reason_and_ticket_nothing_is_submitted_and_the_fields_are_marked(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, None).await;
    test.policy(&operator, |policy| policy.activation.ticket = true).await;
    let empty = ActivationAsk { justification: String::new(), ..ask("1") };
    let refused = refusals(test.activate(&tess, &id, empty).await);
    let fields: Vec<_> = refused.iter().map(|refusal| (refusal.code(), refusal.field().unwrap())).collect();
    let expected = [
        ("TicketingRule", "ticket_number"),
        ("TicketingRule", "ticket_system"),
        ("JustificationRule", "justification"),
    ];
    assert_eq!(fields, expected);
    assert_eq!(requests(test).await, 0);
    let event = test.events().await.pop().unwrap();
    assert_eq!((event.activity, event.outcome), (Activity::ActivationRequested, Outcome::Refused));

    let ticket = Ticket { number: "INC-77".to_owned(), system: "ServiceNow".to_owned() };
    let done = test.activate(&tess, &id, ActivationAsk { ticket: ticket.clone(), ..ask("1") }).await.unwrap();
    assert_eq!(test.request(&done.request).await.ticket, ticket);
}

async fn scenario_08_without_the_second_factor_activation_waits_for_it(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, None).await;
    let unverified = activate_role(test, &caller(&tess), &id, ask("1")).await;
    assert_eq!(refusals(unverified), [Refusal::VerificationRequired]);
    assert_eq!(requests(test).await, 0);

    // A fresh one has an age.
    test.advance(Span::hours(2));
    test.policy(&operator, |policy| policy.activation.mfa = MfaRule::fresh(10).unwrap()).await;
    let verified = test.caller(&tess);
    test.advance(Span::minutes(10));
    assert_eq!(codes(activate_role(test, &verified, &id, ask("1")).await), ["MfaRule"]);
    // One from a moment that has not come yet is none: somebody's clock went back.
    test.clock.set(verified.verified_at.unwrap().minus(Span::hours(1)));
    assert_eq!(codes(activate_role(test, &verified, &id, ask("1")).await), ["MfaRule"]);
    test.clock.set(verified.verified_at.unwrap().plus(Span::minutes(9)));
    activate_role(test, &verified, &id, ask("1")).await.unwrap();
}

async fn without_a_rule_about_the_second_factor_none_is_asked_for(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, None).await;
    test.policy(&operator, |policy| policy.activation.mfa = MfaRule::None).await;
    activate_role(test, &caller(&tess), &id, ask("1")).await.unwrap();
}

async fn scenario_09_without_approval_the_role_is_active_at_once_for_the_hours_asked(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, Some(Span::days(180))).await;
    let now = test.advance(Span::minutes(7));
    let done = test.activate(&tess, &id, ask("2")).await.unwrap();
    let term = Term { starts_at: now, ends_at: Some(now.plus(Span::hours(2))) };
    assert_eq!(done.outcome, Activation::Now(term));
    assert_eq!(test.status(&done.request).await, Status::Provisioned);
    assert_eq!(test.activation(&tess, &operator).await.unwrap().term, term);
    assert!(test.holds(&tess, &operator).await);
    assert_eq!(test.mails("RoleActivated").await, ["gwen", "tess.ng"]);
    let mut db = test.store.read().await.unwrap();
    assert!(store::eligibilities::find_live(&mut db, &id).await.unwrap().is_some(), "the eligible row stays");
    drop(db);
    let steps = test.steps(&done.request).await;
    let expected = [("Tess Ng", Activity::ActivationRequested), ("Ostiary", Activity::ActivationCompleted)];
    assert_eq!(steps, expected.map(|(who, what)| (who.to_owned(), what)));
    assert!(test.events().await.iter().any(|event| event.reason == REASON));

    // The same role cannot be activated twice; after its end it can again.
    assert_eq!(codes(test.activate(&tess, &id, ask("2")).await), ["RoleAssignmentExists"]);
    test.advance(Span::hours(2));
    assert!(!test.holds(&tess, &operator).await);
    test.activate(&tess, &id, ask("2")).await.unwrap();
    assert!(test.holds(&tess, &operator).await);
}

async fn members_of_an_eligible_group_each_activate_for_themselves(test: &TestApp) {
    let operator = role("Security Operator");
    let (tess, uma, bo) = (test.user("Tess Ng").await, test.user("Uma Roy").await, test.user("Bo Lindqvist").await);
    let group = test.role_group("Operators", &[&tess, &uma]).await;
    let id = test.assign_eligible(&operator, &group, None).await;
    test.activate(&tess, &id, ask("1")).await.unwrap();
    assert!(test.holds(&tess, &operator).await && !test.holds(&uma, &operator).await);
    test.activate(&uma, &id, ask("1")).await.unwrap();
    assert!(test.holds(&uma, &operator).await);
    assert_eq!(refusals(test.activate(&bo, &id, ask("1")).await), [Refusal::NotEligible]);
}

async fn requests_of_others_and_ids_that_are_not_there_are_not_to_be_seen(test: &TestApp) {
    let cast = test.cast().await;
    let nowhere: RequestId = cast.tess.as_str().parse().unwrap();
    let stranger = test.user("Uma Roy").await;
    let pending = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    assert_eq!(codes(test.approve(&cast.approvers[0], &nowhere).await), ["NotFound"]);
    let cancel = ostiary::app::cancel_request::cancel_request;
    assert_eq!(codes(cancel(test, &test.caller(&stranger), &pending, "").await), ["NotFound"]);
    assert_eq!(codes(cancel(test, &test.caller(&stranger), &nowhere, "").await), ["NotFound"]);
    assert_eq!(refusals(test.approve(&stranger, &pending).await).remove(0).status(), 404);
    assert_eq!(test.status(&pending).await, Status::PendingApproval);
}

on_both_engines!(
    scenario_06_longer_than_the_ceiling_is_refused_by_the_expiration_rule,
    scenario_07_without_reason_and_ticket_nothing_is_submitted_and_the_fields_are_marked,
    scenario_08_without_the_second_factor_activation_waits_for_it,
    without_a_rule_about_the_second_factor_none_is_asked_for,
    scenario_09_without_approval_the_role_is_active_at_once_for_the_hours_asked,
    members_of_an_eligible_group_each_activate_for_themselves,
    requests_of_others_and_ids_that_are_not_there_are_not_to_be_seen,
);
