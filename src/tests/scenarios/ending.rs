//! Scenarios 15 and 20: ending an activation, and the record of one from its beginning to its end.

use futures::StreamExt as _;
use ostiary::{
    app::{
        AppError,
        deactivate_role::deactivate_role,
        export_audit::{Format, export_audit},
        read_audit::{AuditPage, Scope, list_audit, show_timeline},
        remove_assignment::remove_assignment,
        settle::settle_all,
    },
    domain::{
        activation::{Activation, ActivationAsk, Ticket},
        audit::{Activity, Event, Outcome},
        audit_filter::Filter,
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

/// Whether a list has this event.
fn has(page: &AuditPage, event: &Event) -> bool {
    page.lines.iter().any(|line| line.seq() == event.seq)
}

async fn scenario_20_it_is_filtered_by_date_exported_and_seen_by_whom_it_concerns(test: &TestApp) {
    let cast = test.cast().await;
    let rea = test.user("Rea Holm").await;
    test.assign_active(&role("Security Reader"), &rea, None).await;
    test.advance(Span::days(10));
    let from = test.now();
    let request = test.activate(&cast.tess, &cast.eligibility, ask("2")).await.unwrap().request;
    test.approve(&cast.approvers[1], &request).await.unwrap();
    let events: Vec<_> =
        test.events().await.into_iter().filter(|event| event.request.as_ref() == Some(&request)).collect();
    let older = test.events().await.remove(3);
    let auditor = test.caller(&rea);

    let since = Filter { from: Some(from), ..Filter::default() };
    let page = list_audit(test, &auditor, Scope::Resource, &since, None, 50).await.unwrap();
    assert!(events.iter().all(|event| has(&page, event)) && !has(&page, &older));
    let until = Filter { to: Some(from), ..Filter::default() };
    let page = list_audit(test, &auditor, Scope::Resource, &until, None, 50).await.unwrap();
    assert!(events.iter().all(|event| !has(&page, event)) && has(&page, &older));

    let export = export_audit(test, &auditor, Scope::Resource, since, Format::Csv).await.unwrap();
    let text: String = export.map(Result::unwrap).collect().await;
    assert_eq!(text.matches(request.as_str()).count(), events.len());
    assert!(text.contains(REASON) && text.contains("On the on-call list"));
    assert!(test.last_event().await.starts_with("AuditExported"), "and that it was exported is on record");

    // The person reads what they did and what was done to them, and nobody else's; the whole audit is not theirs to see.
    let own = list_audit(test, &test.caller(&cast.tess), Scope::Mine, &Filter::default(), None, 500).await.unwrap();
    assert!(events.iter().all(|event| has(&own, event)) && !has(&own, &older));
    let stranger = test.caller(&cast.approvers[0]);
    let theirs = list_audit(test, &stranger, Scope::Mine, &Filter::default(), None, 500).await.unwrap();
    assert!(events.iter().all(|event| !has(&theirs, event)));
    let all = Filter::default();
    assert_eq!(codes(list_audit(test, &stranger, Scope::Resource, &all, None, 5).await), ["NotPermitted"]);
    assert_eq!(codes(show_timeline(test, &stranger, &request).await), ["NotFound"]);
    for reader in [&cast.tess, &rea] {
        assert_eq!(show_timeline(test, &test.caller(reader), &request).await.unwrap(), events);
    }
    assert!(matches!(
        export_audit(test, &stranger, Scope::Resource, all, Format::Json).await.map(drop),
        Err(AppError::Refused(_))
    ));
}

on_both_engines!(
    scenario_15_deactivating_is_refused_for_five_minutes_and_then_ends_it,
    what_has_not_begun_can_be_taken_back_at_any_time,
    an_administrator_can_end_a_running_activation,
    scenario_20_the_record_of_an_activation_from_the_ask_to_its_end,
    scenario_20_it_is_filtered_by_date_exported_and_seen_by_whom_it_concerns,
);
