//! A request that waits is approved twice, denied, canceled, lapses, and loses its eligibility, all at once.

use std::collections::BTreeMap;

use ostiary::{
    app::{
        App, AppResult, cancel_request::cancel_request, decide_request::decide_request,
        remove_assignment::remove_assignment, settle::settle_all,
    },
    domain::{
        audit::Activity,
        ids::RequestId,
        refusal::Refusal,
        request::{Kind, Status, Verdict},
    },
};
use tokio::task::JoinSet;

use super::arena::{Arena, Round};
use crate::harness::{Engine, TestApp, refusals};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    Approve(usize),
    Deny(usize),
    Cancel,
    Lapse,
    Remove,
}

/// Every blow at once; the answers of all.
async fn fight(arena: &Arena<'_>, round: &Round) -> Vec<(Blow, AppResult<()>)> {
    let mut blows = vec![Blow::Approve(0), Blow::Approve(1), Blow::Deny(2), Blow::Cancel, Blow::Lapse];
    // In every second round, so that the others can end with access.
    if round.number.is_multiple_of(2) {
        blows.push(Blow::Remove);
    }
    let mut running = JoinSet::new();
    for blow in arena.shuffled(blows) {
        let strike = strike(arena, round, blow);
        running.spawn(async move { (blow, strike.await) });
    }
    running.join_all().await
}

fn strike(arena: &Arena<'_>, round: &Round, blow: Blow) -> impl Future<Output = AppResult<()>> + Send + use<> {
    let (app, clock) = (arena.node(), arena.test.clock.clone());
    let (approvers, admin) = (arena.approvers.clone(), arena.admin.clone());
    let (asker, request) = (arena.test.caller(&round.user), round.request.clone());
    let (eligibility, ends_at) = (round.eligibility.clone(), round.ends_at);
    let decide = async move |app: &App, who: usize, verdict| {
        decide_request(app, &approvers[who], &request, verdict, "because").await
    };
    let request = round.request.clone();
    async move {
        match blow {
            Blow::Approve(who) => decide(&app, who, Verdict::Approve).await,
            Blow::Deny(who) => decide(&app, who, Verdict::Deny).await,
            Blow::Cancel => cancel_request(&app, &asker, &request, "not needed").await,
            Blow::Lapse => {
                // Waits for its turn among the others before the time has come.
                settle_all(&app, "trace").await?;
                clock.set(ends_at);
                settle_all(&app, "trace").await.map(drop)
            }
            Blow::Remove => remove_assignment(&app, &admin, Kind::Eligibility, &eligibility, "moved").await.map(drop),
        }
    }
}

/// One outcome, everybody told the truth about it, and access exactly if it is yes and nobody took it back.
async fn judge(arena: &Arena<'_>, round: &Round, answers: Vec<(Blow, AppResult<()>)>) -> Status {
    let removed = answers.iter().any(|(blow, _)| *blow == Blow::Remove);
    let mut winners = Vec::new();
    for (blow, answer) in answers {
        match (blow, answer) {
            (Blow::Lapse | Blow::Remove, answer) => answer.unwrap(),
            (_, Ok(())) => winners.push(blow),
            (_, refused @ Err(_)) => {
                let refusal = refusals(refused).remove(0);
                assert!(matches!(refusal, Refusal::AlreadyClosed { .. }), "{blow:?}: {refusal:?}");
            }
        }
    }
    let test = arena.test;
    let state = test.request(&round.request).await.state;
    let holds = test.holds(&round.user, &round.role).await;
    let decided_by = state.decision().map(|decision| &decision.by);
    match (state.status(), winners.as_slice()) {
        (Status::Provisioned, [Blow::Approve(who)]) => {
            assert!(holds && !removed);
            assert_eq!(decided_by, Some(&arena.approvers[*who].user));
        }
        (Status::Revoked, [Blow::Approve(who)]) => {
            assert!(!holds && removed);
            assert_eq!(decided_by, Some(&arena.approvers[*who].user));
        }
        (Status::Denied, [Blow::Deny(who)]) => {
            assert!(!holds);
            assert_eq!(decided_by, Some(&arena.approvers[*who].user));
        }
        (Status::Canceled, [Blow::Cancel]) | (Status::TimedOut, []) => assert!(!holds && decided_by.is_none()),
        (Status::Canceled, []) => assert!(!holds && removed && decided_by.is_none()),
        (status, winners) => panic!("{status:?} after {winners:?} succeeded"),
    }
    state.status()
}

async fn rounds(test: &TestApp, count: usize, nodes: usize) {
    let mut arena = Arena::new(test, nodes).await;
    let mut outcomes: BTreeMap<RequestId, Status> = BTreeMap::new();
    while outcomes.len() < count {
        for round in arena.prepare(false).await {
            let answers = fight(&arena, &round).await;
            let outcome = judge(&arena, &round, answers).await;
            outcomes.insert(round.request, outcome);
        }
    }
    let record = arena.record().await;
    for (request, status) in &outcomes {
        let steps: Vec<_> = record[request].iter().filter(|step| **step != Activity::ActivationRequested).collect();
        let expected: &[Activity] = match status {
            Status::Provisioned => &[Activity::RequestApproved, Activity::ActivationCompleted],
            Status::Revoked => &[Activity::RequestApproved, Activity::ActivationCompleted, Activity::ActivationRevoked],
            Status::Denied => &[Activity::RequestDenied],
            Status::Canceled => &[Activity::RequestCanceled],
            Status::TimedOut => &[Activity::RequestLapsed],
            other => panic!("{other:?}"),
        };
        assert_eq!(steps, expected.iter().collect::<Vec<_>>(), "{request} {status:?}");
    }
    // Every outcome came about, or it was no race.
    for status in [Status::Provisioned, Status::Revoked, Status::Denied, Status::Canceled, Status::TimedOut] {
        let times = outcomes.values().filter(|outcome| **outcome == status).count();
        assert!(times * 50 > count, "{status:?} came about {times} times in {count}");
    }
    arena.close().await;
}

/// On PostgreSQL two copies of the server fight it out; on SQLite the tasks of one.
async fn a_waiting_request_is_closed_once_whatever_comes_at_once(test: &TestApp) {
    let nodes = match test.database.engine {
        Engine::Sqlite => 1,
        Engine::Postgres => 2,
    };
    rounds(test, 6_000, nodes).await;
}

/// Two copies of the server on either engine.
async fn it_is_closed_once_by_two_copies_of_the_server(test: &TestApp) {
    rounds(test, 600, 2).await;
}

on_both_engines!(
    a_waiting_request_is_closed_once_whatever_comes_at_once,
    it_is_closed_once_by_two_copies_of_the_server,
);
