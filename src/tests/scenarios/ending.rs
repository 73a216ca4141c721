//! Scenarios 15 and 20: ending an activation, and the record of one from its beginning to its end.

use ostiary::{
    app::{deactivate_role::deactivate_role, remove_assignment::remove_assignment, settle::settle_all},
    domain::{
        activation::{Activation, ActivationAsk, Ticket},
        audit::{Activity, Outcome},
        refusal::Refusal,
        request::{Kind, Status},
        time::Span,
    },
};

use crate::harness::{
    TestApp, codes,
    company::{REASON, ask, role},
    refusals,
};

async fn scenario_15_deactivating_is_refused_for_five_minutes_and_then_ends_it(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, None).await;
    let request = test.activate(&tess, &id, ask("2")).await.unwrap().request;
    let active = test.activation(&tess, &operator).await.unwrap().id;
    for seconds in [180, 119] {
        test.advance(Span::seconds(seconds));
        assert_eq!(codes(deactivate_role(test, &test.caller(&tess), &active).await), ["ActiveDurationTooShort"]);
        assert!(test.holds(&tess, &operator).await);
    }
    test.advance(Span::seconds(1));
    // Nobody else's to end.
    let stranger = test.user("Uma Roy").await;
    assert_eq!(refusals(deactivate_role(test, &test.caller(&stranger), &active).await), [Refusal::NotActive]);
    deactivate_role(test, &test.caller(&tess), &active).await.unwrap();
    assert!(!test.holds(&tess, &operator).await);
    assert_eq!(test.status(&request).await, Status::Revoked);
    assert_eq!(test.last_event().await, "Deactivated Success Tess Ng: ");
    assert_eq!(refusals(deactivate_role(test, &test.caller(&tess), &active).await), [Refusal::NotActive]);
    test.activate(&tess, &id, ask("2")).await.unwrap();
}

async fn what_has_not_begun_can_be_taken_back_at_any_time(test: &TestApp) {
    let operator = role("Security Operator");
    let tess = test.user("Tess Ng").await;
    let id = test.assign_eligible(&operator, &tess, None).await;
    let later = ActivationAsk { starts_at: Some(test.now().plus(Span::hours(3))), ..ask("1") };
    let done = test.activate(&tess, &id, later).await.unwrap();
    assert!(matches!(done.outcome, Activation::Later(_)));
    assert_eq!(test.status(&done.request).await, Status::Granted);
    let active = test.activation(&tess, &operator).await.unwrap().id;
    deactivate_role(test, &test.caller(&tess), &active).await.unwrap();
    test.advance(Span::hours(3));
    assert!(!test.holds(&tess, &operator).await);
}

async fn an_administrator_can_end_a_running_activation(test: &TestApp) {
    let cast = test.cast().await;
    let request = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap().request;
    test.approve(&cast.approvers[0], &request).await.unwrap();
    let active = test.activation(&cast.tess, &cast.role).await.unwrap().id;
    test.advance(Span::minutes(5));
    remove_assignment(test, &test.admin().await, Kind::Assignment, &active, "Incident over").await.unwrap();
    assert!(!test.holds(&cast.tess, &cast.role).await);
    assert_eq!(test.status(&request).await, Status::Revoked);
    assert_eq!(test.last_event().await, "ActivationRevoked Success Tess Ng: Incident over");
    assert_eq!(test.notices(&cast.tess).await.pop().unwrap(), "Ended");
}

async fn scenario_20_the_record_of_an_activation_from_the_ask_to_its_end(test: &TestApp) {
    let cast = test.cast().await;
    let bo = &cast.approvers[1];
    let ticket = Ticket { number: "INC-77".to_owned(), system: "ServiceNow".to_owned() };
    let request =
        test.activate(&cast.tess, &cast.eligibility, ActivationAsk { ticket, ..ask("2") }).await.unwrap().request;
    let asked = test.now();
    let approved = test.advance(Span::minutes(12));
    test.approve(bo, &request).await.unwrap();
    test.advance(Span::hours(2));
    settle_all(test, "trace").await.unwrap();

    let events: Vec<_> =
        test.events().await.into_iter().filter(|event| event.request.as_ref() == Some(&request)).collect();
    let story: Vec<_> = events.iter().map(|event| (event.activity, event.actor_name.as_str(), event.at)).collect();
    let ended = approved.plus(Span::hours(2));
    let expected = [
        (Activity::ActivationRequested, "Tess Ng", asked),
        (Activity::ApprovalRequested, "Ostiary", asked),
        (Activity::RequestApproved, "Bo Lindqvist", approved),
        (Activity::ActivationCompleted, "Ostiary", approved),
        (Activity::ActivationExpired, "Ostiary", ended),
    ];
    assert_eq!(story, expected);
    for event in &events {
        assert_eq!((event.subject_name.as_str(), event.role_name.as_str()), ("Tess Ng", "Security Operator"));
        assert_eq!(event.outcome, Outcome::Success);
    }
    for event in &events[..2] {
        assert_eq!((event.reason.as_str(), event.ticket_number.as_str()), (REASON, "INC-77"));
    }
    assert_eq!(events[2].reason, "On the on-call list");
    assert_eq!((events[3].reason.as_str(), events[3].ticket_system.as_str()), (REASON, "ServiceNow"));
    test.assert_intact().await;
}

on_both_engines!(
    scenario_15_deactivating_is_refused_for_five_minutes_and_then_ends_it,
    what_has_not_begun_can_be_taken_back_at_any_time,
    an_administrator_can_end_a_running_activation,
    scenario_20_the_record_of_an_activation_from_the_ask_to_its_end,
);
