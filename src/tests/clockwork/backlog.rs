//! More is due than a person's write can wait for: the write does its own part, and the rest comes in its order.

use ostiary::{
    app::{
        assign_role::assign_role, cancel_request::cancel_request, deactivate_role::deactivate_role,
        remove_assignment::remove_assignment, settle::settle_all,
    },
    domain::{
        audit::{Activity, Outcome},
        ids::{PrincipalId, UserId},
        policy::Window,
        request::{Kind, Status},
        role::catalogue,
        time::Span,
    },
};

use crate::harness::{
    TestApp, codes,
    company::{ask, assignment, role},
};

/// So many assignments of other people that end before everything else.
async fn crowd(test: &TestApp, count: usize) -> Vec<UserId> {
    let admin = test.admin().await;
    let roles: Vec<_> = catalogue().unwrap().into_iter().filter(|role| !role.is_hidden).map(|role| role.id).collect();
    let mut people = Vec::new();
    for number in 0..count.div_ceil(roles.len() - 20) {
        let person = test.user(&format!("Person {number}")).await;
        let ask = assignment(test, Kind::Eligibility, Some(Span::minutes(10)));
        for role in roles.iter().take(roles.len() - 20).take(count - number * (roles.len() - 20)) {
            assign_role(test, &admin, role, &[PrincipalId::from(&person)], &ask).await.unwrap();
        }
        people.push(person);
    }
    people
}

/// How many of the crowd's assignments are over and not closed.
async fn left_open(test: &TestApp) -> usize {
    let statement = "select count(*) || '' from eligibility_schedules where ended_at is null and ends_at is not null";
    test.database.texts(statement).await.remove(0).parse().unwrap()
}

/// A row that is over and still open is not in the way of its successor, nor of a request, nor does it pass for one in force.
async fn whoever_writes_finds_their_own_books_closed(test: &TestApp) {
    let cast = test.cast().await;
    let (uma, admin) = (test.user("Uma Roy").await, test.admin().await);
    let (reader, editor) = (role("Security Reader"), role("Search Editor"));
    test.policy(&cast.role, |policy| policy.activation.approval.window = Window::hours(1).unwrap()).await;
    let lapsing = test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap().request;
    let other = test.assign_eligible(&cast.role, &uma, None).await;
    let of_uma = test.activate(&uma, &other, ask("1")).await.unwrap().request;
    test.policy(&reader, |policy| policy.activation.approval.required = false).await;
    let permanent = test.assign_eligible(&reader, &uma, None).await;
    let running = test.activate(&uma, &permanent, ask("1")).await.unwrap();
    let running_id = test.activation(&uma, &reader).await.unwrap().id;
    test.assign_active(&editor, &uma, Some(Span::minutes(30))).await;
    let gone = test.assign_eligible(&editor, &uma, Some(Span::minutes(30))).await;
    crowd(test, 400).await;
    test.advance(Span::hours(2));
    let before = left_open(test).await;
    assert!(before > 350);

    // The same person asks again for what lapsed, and for what ran out.
    assert_eq!(codes(deactivate_role(test, &test.caller(&uma), &running_id).await), ["RoleAssignmentDoesNotExist"]);
    let again = test.activate(&uma, &permanent, ask("1")).await.unwrap();
    assert_ne!(again.request, running.request);
    assert_eq!(codes(cancel_request(test, &admin, &of_uma, "").await), ["AlreadyClosed"], "it lapsed before");
    test.activate(&cast.tess, &cast.eligibility, ask("1")).await.unwrap();
    assert_eq!(test.status(&lapsing).await, Status::TimedOut);
    // The administrator assigns again what expired, and cannot remove what is over.
    let answer = remove_assignment(test, &admin, Kind::Eligibility, &gone, "moved").await;
    assert_eq!(codes(answer), ["NotFound"]);
    test.assign_active(&editor, &uma, None).await;
    test.assign_eligible(&editor, &uma, None).await;
    let after = left_open(test).await;
    assert!(after > 0, "the rest was left to the worker");
    assert!(before - after <= 8 * 50 + 2, "and no write did more than its part: {before}, then {after}");

    settle_all(test, "trace").await.unwrap();
    assert_eq!(left_open(test).await, 1, "the six months of Tess alone");
    let events = test.events().await.into_iter().filter(|event| event.outcome == Outcome::Success);
    let events: Vec<_> = events.collect();
    let times = |activity| events.iter().filter(|event| event.activity == activity).count();
    assert_eq!(times(Activity::EligibilityExpired), 401);
    assert_eq!(times(Activity::AssignmentExpired), 1);
    assert_eq!(times(Activity::ActivationExpired), 1);
    assert_eq!(times(Activity::ActivationRevoked) + times(Activity::RequestCanceled), 0);
    assert_eq!(times(Activity::RequestLapsed), 2);
    test.assert_intact().await;
}

/// What rests on something that is taken away, and had ended by itself before, ended by itself.
async fn what_ended_by_itself_is_not_taken_back(test: &TestApp) {
    let (uma, admin) = (test.user("Uma Roy").await, test.admin().await);
    let reader = role("Security Reader");
    let group = test.role_group("Night shift", &[&uma]).await;
    test.policy(&reader, |policy| policy.activation.approval.required = false).await;
    let of_group = test.assign_eligible(&reader, &group, None).await;
    let request = test.activate(&uma, &of_group, ask("1")).await.unwrap().request;
    let end = test.activation(&uma, &reader).await.unwrap().term.ends_at.unwrap();
    crowd(test, 200).await;
    test.advance(Span::hours(2));
    remove_assignment(test, &admin, Kind::Eligibility, &of_group, "moved").await.unwrap();
    assert_eq!(test.status(&request).await, Status::Provisioned, "it ran out");
    let steps: Vec<Activity> = test.steps(&request).await.into_iter().map(|(_, step)| step).collect();
    assert_eq!(steps.last(), Some(&Activity::ActivationExpired));
    let ended = test
        .database
        .texts("select cast(ended_at as text) from assignment_schedules where assignment_type = 'Activated'")
        .await;
    assert_eq!(ended, [end.millis().to_string()]);
}

/// An assignment of a large group is many notices: they are spread over several transactions, and nobody is left out or told twice.
async fn a_large_group_hears_of_each_end_once(test: &TestApp) {
    let admin = test.admin().await;
    let mut people = Vec::new();
    for number in 0..60 {
        people.push(test.user(&format!("Person {number}")).await);
    }
    let group = test.role_group("Everybody", &people.iter().collect::<Vec<_>>()).await;
    let roles: Vec<_> = catalogue().unwrap().into_iter().filter(|role| !role.is_hidden).take(120).collect();
    let ask = assignment(test, Kind::Assignment, Some(Span::minutes(10)));
    for role in &roles {
        assign_role(test, &admin, &role.id, &[PrincipalId::from(&group)], &ask).await.unwrap();
    }
    test.advance(Span::hours(1));
    settle_all(test, "trace").await.unwrap();
    let told = "select count(*) || '' from notices where kind = 'Expired'";
    assert_eq!(test.database.texts(told).await, [(60 * 120).to_string()]);
    let each = "select distinct count(*) || '' from notices where kind = 'Expired' group by user_id, role_id";
    assert_eq!(test.database.texts(each).await, ["1"]);
    test.assert_intact().await;
}

on_both_engines!(
    whoever_writes_finds_their_own_books_closed,
    what_ended_by_itself_is_not_taken_back,
    a_large_group_hears_of_each_end_once,
);
