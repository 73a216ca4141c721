//! Two servers on one database settle at once, and one of them is killed again and again, in the middle of whatever it does.

use std::collections::BTreeMap;
use std::time::Duration;

use ostiary::{
    app::{
        App,
        assign_role::assign_role,
        live,
        ports::{Randomness as _, SeededRandom},
        settle::settle_all,
        worker,
    },
    domain::{
        activation::ActivationAsk,
        audit::{Activity, Outcome},
        ids::{PrincipalId, RequestId},
        request::Kind,
        role::{PortalRole, catalogue},
        time::Span,
    },
};

use crate::harness::{
    TestApp,
    company::{ask, assignment, role},
};

/// A short while that is never the same: up to 16 ms.
pub fn a_moment(random: &SeededRandom) -> Duration {
    let mut bytes = [0; 2];
    random.fill(&mut bytes);
    Duration::from_micros(u64::from(u16::from_be_bytes(bytes)) / 4)
}

/// Settles again and again, each time cut off somewhere.
async fn stumble(app: &App, random: &SeededRandom, times: usize) {
    for _ in 0..times {
        let (app, pause) = (app.clone(), a_moment(random));
        let task = tokio::spawn(async move { settle_all(&app, "the one that is killed").await.map(drop) });
        tokio::time::sleep(pause).await;
        task.abort();
        // Whether it was done before or not: it was one or the other.
        let _ = task.await;
    }
}

async fn each_transition_and_each_warning_comes_once_whoever_is_killed(test: &TestApp) {
    let admin = test.admin().await;
    let other = test.another_node().await;
    let roles: Vec<_> = catalogue()
        .unwrap()
        .into_iter()
        .filter(|role| !role.is_hidden && PortalRole::of(&role.id).is_none())
        .take(60)
        .collect();
    let mut people = Vec::new();
    for name in ["Uma Roy", "Tess Ng", "Bo Lindqvist", "Chidi Eze"] {
        people.push(test.user(name).await);
    }
    let group = test.role_group("Night shift", &people.iter().collect::<Vec<_>>()).await;
    let mut expected: BTreeMap<RequestId, Vec<Activity>> = BTreeMap::new();
    // Active assignments of three people and the group, for 20 and for 40 days; eligible ones with an activation that starts later.
    for (number, role) in roles.iter().enumerate() {
        let days = if number % 2 == 0 { 20 } else { 40 };
        let who = match number % 4 {
            3 => PrincipalId::from(&group),
            at => PrincipalId::from(&people[at]),
        };
        let ask = assignment(test, Kind::Assignment, Some(Span::days(days)));
        assign_role(test, &admin, &role.id, &[who], &ask).await.unwrap();
    }
    let chidi = &people[3];
    for role in roles.iter().take(20) {
        let eligibility = test.assign_eligible(&role.id, chidi, Some(Span::days(40))).await;
        let later = ActivationAsk { starts_at: Some(test.now().plus(Span::days(10))), ..ask("1") };
        let activated = test.activate(chidi, &eligibility, later).await;
        // The group holds some of these roles for him already.
        if let Ok(activated) = activated {
            expected.insert(
                activated.request,
                vec![Activity::ActivationRequested, Activity::ActivationCompleted, Activity::ActivationExpired],
            );
        }
    }
    assert!(expected.len() >= 10);
    let random = SeededRandom::new(11);
    let begin = test.now();
    for days in [5, 7, 10, 11, 19, 20, 26, 27, 39, 40, 41] {
        test.clock.set(begin.plus(Span::days(days)));
        let steady = async {
            for _ in 0..3 {
                settle_all(test, "the one that stays").await.unwrap();
            }
        };
        tokio::join!(steady, stumble(&other, &random, 6));
    }
    assert_eq!(settle_all(test, "trace").await.unwrap(), None, "nothing is left");

    let events = test.events().await;
    let mut steps: BTreeMap<RequestId, Vec<Activity>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.outcome == Outcome::Success) {
        if let Some(request) = &event.request {
            steps.entry(request.clone()).or_default().push(event.activity);
        }
    }
    for (request, expected) in &expected {
        assert_eq!(&steps[request], expected);
    }
    let times = |activity| events.iter().filter(|event| event.activity == activity).count();
    assert_eq!(times(Activity::AssignmentExpired), 60);
    assert_eq!(times(Activity::EligibilityExpired), 20);
    assert!(steps.values().all(|steps| {
        steps.iter().filter(|step| matches!(step, Activity::AssignmentExpired | Activity::EligibilityExpired)).count()
            <= 1
    }));
    let most = "select coalesce(max(n), 0) || '' from (select count(*) as n from notices where kind not in ('MadeActive', 'MadeEligible') \
                group by user_id, request_id, kind) as told";
    assert_eq!(test.database.texts(most).await, ["1"], "nobody is told the same twice");
    let count = async |kind: &str| -> usize {
        let statement = format!("select count(*) || '' from notices where kind = '{kind}'");
        test.database.texts(&statement).await[0].parse().unwrap()
    };
    // Three quarters are of one person each, one quarter of the group with four.
    let told = 45 + 15 * 4;
    assert_eq!(count("AssignmentEndsSoon").await, told);
    assert_eq!(count("AssignmentEndsTomorrow").await, told);
    assert_eq!(count("Expired").await, told + 20);
    assert_eq!(count("EligibilityEndsSoon").await, 20);
    assert_eq!(count("EligibilityEndsTomorrow").await, 20);
    assert_eq!(count("Activated").await, expected.len());
    assert_eq!(count("Ended").await, expected.len());
    test.assert_intact().await;
    other.store.close().await;
}

/// The worker itself, in real time: it sleeps, wakes when a write makes an earlier deadline, and says so.
async fn the_worker_wakes_for_an_earlier_deadline(test: &TestApp) {
    let uma = test.user("Uma Roy").await;
    let worker = tokio::spawn(worker::run(test.app.clone()));
    test.assign_active(&role("Reports Reader"), &uma, Some(Span::minutes(5))).await;
    let seen = async |activity: Activity| {
        for _ in 0..400 {
            if test.events().await.iter().any(|event| event.activity == activity) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    };
    // The clock of the test does not tick: the worker sleeps until it is woken, by a write of somebody else.
    test.advance(Span::minutes(5));
    test.assign_active(&role("Search Editor"), &uma, None).await;
    assert!(seen(Activity::AssignmentExpired).await);
    // It gives its sign of life.
    for _ in 0..400 {
        if test.pulse().signs().last_run_at == Some(test.now()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(test.pulse().signs().last_run_at, Some(test.now()));
    worker.abort();
    let _ = worker.await;
}

/// A warning changes nothing and leaves no event: the bells of those who look through another server ring all the same.
async fn a_warning_rings_at_every_server(test: &TestApp) {
    let uma = test.user("Uma Roy").await;
    test.assign_active(&role("Reports Reader"), &uma, Some(Span::days(30))).await;
    let other = test.another_node().await;
    let watcher = tokio::spawn(live::watch(test.app.clone()));
    // It has looked once by then.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut changes = test.changes();
    test.advance(Span::days(16));
    let events = test.events().await.len();
    settle_all(&other, "trace").await.unwrap();
    assert_eq!(test.events().await.len(), events);
    let heard = tokio::time::timeout(Duration::from_secs(5), changes.recv()).await.unwrap().unwrap();
    assert_eq!(heard.bells.as_ref(), [uma]);
    watcher.abort();
    other.store.close().await;
}

on_both_engines!(
    a_warning_rings_at_every_server,
    each_transition_and_each_warning_comes_once_whoever_is_killed,
    the_worker_wakes_for_an_earlier_deadline,
);
