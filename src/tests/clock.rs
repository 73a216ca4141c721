//! Time passes while nobody looks: what was due is done in its order, once, and access never waited for it.

use ostiary::{
    app::{assign_role::assign_role, disable_user::disable_user, settle::settle_all},
    domain::{
        activation::ActivationAsk,
        assignment::AssignAsk,
        audit::Activity,
        ids::{PrincipalId, UserId},
        policy::Window,
        request::{Kind, Status},
        time::Span,
    },
};

use crate::harness::{
    TestApp,
    company::{ask, assignment, role},
};

/// Activities of the events that Ostiary itself recorded, with whom they were about.
async fn its_own(test: &TestApp) -> Vec<(Activity, String)> {
    let events = test.events().await.into_iter().filter(|event| event.actor.is_none() && event.actor_name == "Ostiary");
    events.map(|event| (event.activity, event.subject_name)).collect()
}

/// After downtime: a lapse, a start, ends of both kinds, each once, in the order in which they were due, and then nothing more.
async fn after_downtime_everything_is_settled_in_its_order(test: &TestApp) {
    let cast = test.cast().await;
    let reader = role("Security Reader");
    let uma = test.user("Uma Roy").await;
    let begin = test.now();
    let of_uma = test.assign_eligible(&reader, &uma, Some(Span::days(20))).await;
    test.assign_active(&role("Reports Reader"), &uma, Some(Span::days(10))).await;
    let later = ActivationAsk { starts_at: Some(begin.plus(Span::days(2))), ..ask("3") };
    let scheduled = test.activate(&uma, &of_uma, later).await.unwrap().request;
    let pending = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let before = its_own(test).await.len();

    test.advance(Span::days(400));
    assert_eq!(settle_all(test, "trace").await.unwrap(), None, "nothing is left to come");
    let named = |activity, name: &str| (activity, name.to_owned());
    let expected = [
        named(Activity::RequestLapsed, "Tess Ng"),
        named(Activity::ActivationCompleted, "Uma Roy"),
        named(Activity::ActivationExpired, "Uma Roy"),
        named(Activity::AssignmentExpired, "Uma Roy"),
        named(Activity::EligibilityExpired, "Uma Roy"),
        named(Activity::EligibilityExpired, "Tess Ng"),
    ];
    assert_eq!(its_own(test).await[before..], expected);
    assert_eq!(test.status(&pending).await, Status::TimedOut);
    assert_eq!(test.status(&scheduled).await, Status::Provisioned);
    let ended = test
        .database
        .texts("select cast(ended_at as text) from assignment_schedules where assignment_type = 'Activated'")
        .await;
    assert_eq!(
        ended,
        [begin.plus(Span::days(2)).plus(Span::hours(3)).millis().to_string()],
        "when it ended, not when it was noticed"
    );
    settle_all(test, "trace").await.unwrap();
    assert_eq!(its_own(test).await.len(), before + expected.len(), "once");
    test.assert_intact().await;
}

/// A request whose window and whose eligibility both ended while nobody looked is closed once: by what came first.
async fn what_was_closed_by_an_earlier_end_is_not_closed_again(test: &TestApp) {
    let cast = test.cast().await;
    let uma = test.user("Uma Roy").await;
    let short = test.assign_eligible(&cast.role, &uma, Some(Span::hours(6))).await;
    let of_uma = test.activate(&uma, &short, ask("1")).await.unwrap().request;
    let of_tess = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    test.advance(Span::days(3));
    settle_all(test, "trace").await.unwrap();
    assert_eq!(test.status(&of_uma).await, Status::Canceled, "its eligibility ended after six hours");
    assert_eq!(test.status(&of_tess).await, Status::TimedOut);
    let closed = |steps: Vec<(String, Activity)>| {
        steps
            .into_iter()
            .filter(|(_, step)| matches!(step, Activity::RequestCanceled | Activity::RequestLapsed))
            .count()
    };
    assert_eq!(closed(test.steps(&of_uma).await), 1);
    assert_eq!(closed(test.steps(&of_tess).await), 1);
    assert_eq!(test.notices(&uma).await, ["MadeEligible", "Pending", "Canceled", "Expired"]);
}

/// More is due than one transaction takes: still in order.
async fn a_large_backlog_is_settled_in_its_order_too(test: &TestApp) {
    let (reader, admin) = (role("Security Reader"), test.admin().await);
    let begin = test.now();
    let mut people: Vec<UserId> = Vec::new();
    for number in 0..80 {
        people.push(test.user(&format!("Person {number}")).await);
    }
    // Eight roles for eighty people: 640 ends, one a minute, and among them the end of one eligibility.
    let roles = [
        "Reports Reader",
        "Message Center Reader",
        "Directory Readers",
        "Security Operator",
        "Helpdesk Administrator",
        "Teams Administrator",
        "Search Editor",
        "License Administrator",
    ];
    let mut minute = 0;
    for name in roles {
        for person in &people {
            minute += 1;
            let ends_at = Some(begin.plus(Span::minutes(9 + minute)));
            let ask = AssignAsk { ends_at, ..assignment(test, Kind::Assignment, None) };
            assign_role(test, &admin, &role(name), &[PrincipalId::from(person)], &ask).await.unwrap();
        }
    }
    let early = test.assign_eligible(&reader, &people[0], Some(Span::minutes(100))).await;
    test.assign_eligible(&reader, &people[1], Some(Span::minutes(700))).await;
    let request = {
        test.policy(&reader, |policy| {
            policy.activation.approval.required = true;
            policy.activation.approval.window = Window::hours(1).unwrap();
        })
        .await;
        test.activate(&people[0], &early, ask("1")).await.unwrap().request
    };
    let before = test.events().await.len();

    test.advance(Span::days(3));
    settle_all(test, "trace").await.unwrap();
    test.assign_active(&role("Security Operator"), &people[0], None).await;
    let events = test.events().await.split_off(before);
    assert_eq!(events.len(), 640 + 2 + 1 + 1);
    assert_eq!(events.last().unwrap().activity, Activity::AssignmentAssigned);
    let expired: Vec<_> = events
        .iter()
        .filter(|event| event.activity == Activity::AssignmentExpired)
        .map(|event| &event.subject_name)
        .collect();
    let expected: Vec<_> = roles.iter().flat_map(|_| (0..80).map(|number| format!("Person {number}"))).collect();
    assert_eq!(expired, expected.iter().collect::<Vec<_>>());
    let place = |activity| events.iter().position(|event| event.activity == activity).unwrap();
    assert_eq!(place(Activity::RequestLapsed), 50, "it lapsed after 60 minutes, when 50 assignments had ended");
    assert_eq!(place(Activity::EligibilityExpired), 92, "after 100 minutes");
    assert_eq!(events.iter().rposition(|event| event.activity == Activity::EligibilityExpired), Some(642));
    assert_eq!(test.status(&request).await, Status::TimedOut);
    test.assert_intact().await;
}

async fn a_later_start_begins_by_itself(test: &TestApp) {
    let cast = test.cast().await;
    let start = test.now().plus(Span::hours(5));
    let later = ActivationAsk { starts_at: Some(start), ..ask("2") };
    let request = test.activate(&cast.tess, &cast.eligibility, later).await.unwrap().request;
    test.advance(Span::hours(1));
    test.approve(&cast.approvers[0], &request).await.unwrap();
    assert_eq!(test.status(&request).await, Status::Granted);
    assert!(!test.holds(&cast.tess, &cast.role).await);
    assert!(test.mails("RoleActivated").await.is_empty());
    test.clock.set(start);
    assert!(test.holds(&cast.tess, &cast.role).await, "before anything noticed");
    let warning = start.plus(Span::minutes(105));
    assert_eq!(settle_all(test, "trace").await.unwrap(), Some(warning), "the next thing to come");
    assert_eq!(test.status(&request).await, Status::Provisioned);
    assert_eq!(test.mails("RoleActivated").await, ["gwen", "tess.ng"]);
    assert_eq!(test.notices(&cast.tess).await, ["MadeEligible", "Pending", "Approved", "Activated"]);
    test.advance(Span::hours(2));
    assert!(!test.holds(&cast.tess, &cast.role).await);
}

/// Approved after the wished start had passed: the hours run from the approval.
async fn a_start_that_passed_while_waiting_becomes_the_moment_of_the_yes(test: &TestApp) {
    let cast = test.cast().await;
    let later = ActivationAsk { starts_at: Some(test.now().plus(Span::hours(1))), ..ask("2") };
    let request = test.activate(&cast.tess, &cast.eligibility, later).await.unwrap().request;
    let approved = test.advance(Span::hours(3));
    test.approve(&cast.approvers[0], &request).await.unwrap();
    assert_eq!(test.status(&request).await, Status::Provisioned);
    let term = test.activation(&cast.tess, &cast.role).await.unwrap().term;
    assert_eq!((term.starts_at, term.ends_at), (approved, Some(approved.plus(Span::hours(2)))));
}

/// What ended for a disabled person is closed like any other, and they hear of none of it.
async fn a_disabled_persons_assignments_end_quietly(test: &TestApp) {
    let reader = role("Security Reader");
    let tess = test.user("Tess Ng").await;
    test.assign_eligible(&reader, &tess, Some(Span::days(1))).await;
    test.assign_active(&role("Reports Reader"), &tess, Some(Span::days(2))).await;
    let heard = test.notices(&tess).await;
    disable_user(test, &test.admin().await, &tess).await.unwrap();
    test.advance(Span::days(3));
    settle_all(test, "trace").await.unwrap();
    let expired: Vec<_> = its_own(test).await.into_iter().map(|(activity, _)| activity).collect();
    assert_eq!(expired, [Activity::EligibilityExpired, Activity::AssignmentExpired]);
    assert_eq!(test.notices(&tess).await, heard);
}

on_both_engines!(
    after_downtime_everything_is_settled_in_its_order,
    what_was_closed_by_an_earlier_end_is_not_closed_again,
    a_large_backlog_is_settled_in_its_order_too,
    a_later_start_begins_by_itself,
    a_start_that_passed_while_waiting_becomes_the_moment_of_the_yes,
    a_disabled_persons_assignments_end_quietly,
);
