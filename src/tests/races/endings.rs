//! A running activation is deactivated twice, taken back by an administrator, loses its eligibility, runs out, and is asked for again,
//! all at once.

use std::collections::BTreeMap;

use ostiary::{
    app::{
        AppResult, activate_role::activate_role, deactivate_role::deactivate_role,
        remove_assignment::remove_assignment, settle::settle_all,
    },
    domain::{
        audit::Activity,
        ids::RequestId,
        request::{Kind, Status},
    },
};
use tokio::task::JoinSet;

use super::arena::{Arena, Round};
use crate::harness::{TestApp, codes, company::ask};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    Deactivate,
    TakeBack,
    RemoveEligibility,
    RunOut,
    AskAgain,
}

async fn fight(arena: &Arena<'_>, round: &Round) -> Vec<(Blow, AppResult<Option<RequestId>>)> {
    let mut blows = vec![Blow::Deactivate, Blow::Deactivate, Blow::TakeBack, Blow::RunOut, Blow::AskAgain];
    // In every second round, so that the others can go on with what was asked for again.
    if round.number.is_multiple_of(2) {
        blows.push(Blow::RemoveEligibility);
    }
    let mut running = JoinSet::new();
    for blow in arena.shuffled(blows) {
        let strike = strike(arena, round, blow);
        running.spawn(async move { (blow, strike.await) });
    }
    running.join_all().await
}

fn strike(
    arena: &Arena<'_>,
    round: &Round,
    blow: Blow,
) -> impl Future<Output = AppResult<Option<RequestId>>> + Send + use<> {
    let (app, clock, ends_at) = (arena.node(), arena.test.clock.clone(), round.ends_at);
    let (asker, admin) = (arena.test.caller(&round.user), arena.admin.clone());
    let (eligibility, active) = (round.eligibility.clone(), round.active.clone().unwrap());
    async move {
        match blow {
            Blow::Deactivate => deactivate_role(&app, &asker, &active).await.map(|_| None),
            Blow::TakeBack => remove_assignment(&app, &admin, Kind::Assignment, &active, "over").await.map(|_| None),
            Blow::RemoveEligibility => {
                remove_assignment(&app, &admin, Kind::Eligibility, &eligibility, "moved").await.map(|_| None)
            }
            Blow::RunOut => {
                // Waits for its turn among the others before the time has come.
                settle_all(&app, "trace").await?;
                clock.set(ends_at);
                settle_all(&app, "trace").await.map(|_| None)
            }
            Blow::AskAgain => activate_role(&app, &asker, &eligibility, ask("1")).await.map(|done| Some(done.request)),
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Deactivated,
    TakenBack,
    WithItsEligibility,
    RanOut,
}

async fn judge(arena: &Arena<'_>, round: &Round, answers: Vec<(Blow, AppResult<Option<RequestId>>)>) -> End {
    let test = arena.test;
    let (mut winners, mut again) = (Vec::new(), None);
    let removed = answers.iter().any(|(blow, _)| *blow == Blow::RemoveEligibility);
    for (blow, answer) in answers {
        match (blow, answer) {
            (Blow::RunOut | Blow::RemoveEligibility, answer) => assert!(answer.unwrap().is_none()),
            (Blow::AskAgain, Ok(request)) => again = request,
            (Blow::AskAgain, refused) => {
                let code = codes(refused).remove(0);
                assert!(code == "RoleAssignmentExists" || (removed && code == "EligibilityRule"), "{code}");
            }
            (Blow::Deactivate | Blow::TakeBack, Ok(_)) => winners.push(blow),
            (Blow::Deactivate, refused) => assert_eq!(codes(refused), ["RoleAssignmentDoesNotExist"]),
            (Blow::TakeBack, refused) => assert_eq!(codes(refused), ["NotFound"]),
        }
    }
    // Approval is needed, so what was asked for again waits, unless it went with its eligibility.
    if let Some(again) = again {
        let status = test.status(&again).await;
        assert_eq!(status, if removed { Status::Canceled } else { Status::PendingApproval });
    }
    assert!(!test.holds(&round.user, &round.role).await);
    assert!(test.activation(&round.user, &round.role).await.is_none());
    match (test.status(&round.request).await, winners.as_slice()) {
        (Status::Revoked, [Blow::Deactivate]) => End::Deactivated,
        (Status::Revoked, [Blow::TakeBack]) => End::TakenBack,
        (Status::Revoked, []) if removed => End::WithItsEligibility,
        (Status::Provisioned, []) => End::RanOut,
        (status, winners) => panic!("{status:?} after {winners:?} succeeded"),
    }
}

async fn a_running_activation_ends_once_whatever_comes_at_once(test: &TestApp) {
    const ROUNDS: usize = 3_400;
    let mut arena = Arena::new(test, 1).await;
    let mut ends: BTreeMap<RequestId, End> = BTreeMap::new();
    while ends.len() < ROUNDS {
        for round in arena.prepare(true).await {
            let answers = fight(&arena, &round).await;
            let end = judge(&arena, &round, answers).await;
            ends.insert(round.request, end);
        }
    }
    let record = arena.record().await;
    for (request, end) in &ends {
        let expected = match end {
            End::Deactivated => Activity::Deactivated,
            End::TakenBack | End::WithItsEligibility => Activity::ActivationRevoked,
            End::RanOut => Activity::ActivationExpired,
        };
        assert_eq!(record[request], [expected], "{end:?}");
    }
    for end in [End::Deactivated, End::TakenBack, End::WithItsEligibility, End::RanOut] {
        let times = ends.values().filter(|other| **other == end).count();
        assert!(times * 50 > ROUNDS, "{end:?} came about {times} times in {ROUNDS}");
    }
    arena.close().await;
}

on_both_engines!(a_running_activation_ends_once_whatever_comes_at_once);
