//! A request to extend is approved twice, denied, canceled, its assignment expires and is removed, all at once.

use std::collections::BTreeMap;

use ostiary::{
    app::{
        AppResult, cancel_request::cancel_request, decide_change::decide_change, remove_assignment::remove_assignment,
        settle::settle_all,
    },
    domain::{
        activation::Ticket,
        assignment::AssignAsk,
        audit::Activity,
        ids::{PrincipalId, RequestId},
        refusal::Refusal,
        reminder::Ending,
        request::{Action, Kind, State, Status, Verdict},
        schedule::Eligibility,
        seal::{Place, Sealed},
        time::{Instant, Span},
    },
    store::{self, lifecycle::Live, requests::Request},
};
use tokio::task::JoinSet;

use super::arena::{Arena, Round};
use crate::harness::{Engine, TestApp, company::role, refusals};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    Approve(usize),
    Deny(usize),
    Cancel,
    Expire,
    Remove,
}

/// The rounds of the arena with an end for each eligibility, and a request to extend it.
async fn prepare(arena: &mut Arena<'_>) -> Vec<Round> {
    let mut rounds = arena.prepare(false).await;
    let test = arena.test;
    let seals = test.key.keys().seals;
    let mut tx = test.store.write().await.unwrap();
    for round in &mut rounds {
        // What the arena made wait is not what is fought over here.
        let state = State::Canceled { by: None, at: test.now() };
        let found = store::requests::find(&mut tx, &round.request).await.unwrap().unwrap().into_unchecked();
        let closed = Request { state, ..found };
        store::requests::update_state(&closed, Some(&seals.make(&closed, Place::after(0, ""))))
            .run(&mut tx)
            .await
            .unwrap();
        let mut found = store::lifecycle::find(&mut tx, &round.eligibility).await.unwrap().unwrap();
        found.known.term.ends_at = Some(round.ends_at);
        let Some(Live::Eligibility(row)) = found.live.take() else { panic!("it is over") };
        let row = Eligibility { term: found.known.term, ..row.into_unchecked() };
        let seal = seals.make(&row, Place::after(0, ""));
        store::lifecycle::set_term(&mut tx, Ending::Eligibility, &found.id, (&row.term, &seal), test.now())
            .await
            .unwrap();
        let request = Request {
            id: RequestId::parse(&test.new_id(test.now())).unwrap(),
            action: Action::SelfExtend,
            kind: Kind::Eligibility,
            role: round.role.clone(),
            principal: PrincipalId::from(&round.user),
            requested_by: round.user.clone(),
            eligibility: None,
            schedule: Some(found.id),
            justification: "The project goes on".to_owned(),
            ticket: Ticket::default(),
            starts_at: None,
            ends_at: None,
            duration_minutes: None,
            created_at: test.now(),
            approval_required: true,
            state: State::PendingAdminDecision { lapses_at: Some(round.ends_at.plus(Span::days(30))) },
        };
        store::requests::insert(&request, &seals.make(&request, Place::after(0, ""))).run(&mut tx).await.unwrap();
        round.request = request.id;
    }
    tx.commit().await.unwrap();
    rounds
}

/// The end that an approver gives: each another one, so that it shows whose yes it was.
fn asked_end(round: &Round, who: usize) -> Instant {
    round.ends_at.plus(Span::days(60 + i64::try_from(who).unwrap()))
}

async fn fight(arena: &Arena<'_>, round: &Round) -> Vec<(Blow, AppResult<()>)> {
    let mut blows = vec![Blow::Approve(0), Blow::Approve(1), Blow::Deny(2), Blow::Cancel, Blow::Expire];
    // In every second round, so that the others can end with an assignment.
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
    let (deciders, admin) = (arena.approvers.clone(), arena.admin.clone());
    let (asker, request) = (arena.test.caller(&round.user), round.request.clone());
    let (eligibility, ends_at) = (round.eligibility.clone(), round.ends_at);
    let ask = |who| AssignAsk {
        kind: Kind::Eligibility,
        starts_at: None,
        ends_at: Some(asked_end(round, who)),
        justification: "because".to_owned(),
    };
    let (asks, comes_first) = ([ask(0), ask(1), ask(2)], round.number % 4 == 1);
    async move {
        match blow {
            Blow::Approve(who) => decide_change(&app, &deciders[who], &request, Verdict::Approve, &asks[who]).await,
            Blow::Deny(who) => decide_change(&app, &deciders[who], &request, Verdict::Deny, &asks[who]).await,
            Blow::Cancel => cancel_request(&app, &asker, &request, "not needed").await,
            Blow::Expire => {
                // Waits for its turn among the others before the time has come; in every fourth round the time comes first.
                if !comes_first {
                    settle_all(&app, "trace").await?;
                }
                clock.set(ends_at);
                settle_all(&app, "trace").await.map(drop)
            }
            Blow::Remove => remove_assignment(&app, &admin, Kind::Eligibility, &eligibility, "moved").await.map(drop),
        }
    }
}

/// One outcome, everybody told the truth about it, and one live assignment exactly if it is yes and nobody removed it.
async fn judge(arena: &Arena<'_>, round: &Round, answers: Vec<(Blow, AppResult<()>)>) -> (Status, bool) {
    let (mut winners, mut removed) = (Vec::new(), false);
    for (blow, answer) in answers {
        match (blow, answer) {
            (Blow::Expire, answer) => answer.unwrap(),
            (Blow::Remove, Ok(())) => removed = true,
            // It had expired before.
            (Blow::Remove, refused @ Err(_)) => assert_eq!(refusals(refused), [Refusal::NotFound("assignment")]),
            (_, Ok(())) => winners.push(blow),
            (_, refused @ Err(_)) => {
                let refusal = refusals(refused).remove(0);
                assert!(matches!(refusal, Refusal::AlreadyClosed { .. }), "{blow:?}: {refusal:?}");
            }
        }
    }
    let test = arena.test;
    let state = test.request(&round.request).await.state;
    let mut db = test.store.read().await.unwrap();
    let old = store::lifecycle::find(&mut db, &round.eligibility).await.unwrap().unwrap().known;
    let live = store::eligibilities::find_of(&mut db, &round.role, &(&round.user).into()).await.unwrap();
    let live = live.map(Sealed::into_unchecked);
    drop(db);
    let renewed = live.as_ref().is_some_and(|live| live.id != round.eligibility);
    match (state.status(), winners.as_slice()) {
        (Status::Provisioned, [Blow::Approve(who)]) => {
            assert_eq!(state.decision().map(|decision| &decision.by), Some(&arena.approvers[*who].user));
            match live {
                Some(live) => assert_eq!(live.term.ends_at, Some(asked_end(round, *who))),
                None => assert!(removed, "a yes without an assignment"),
            }
            assert_eq!(renewed, !removed && old.ended.is_some(), "made again exactly if it had expired");
        }
        (Status::Denied, [Blow::Deny(_)]) | (Status::Canceled, [Blow::Cancel]) => {
            assert_eq!(old.term.ends_at, Some(round.ends_at), "the dates stay");
            assert!(live.is_none(), "it expired or was removed");
        }
        (Status::Canceled, []) => assert!(removed && live.is_none()),
        (status, winners) => panic!("{status:?} after {winners:?} succeeded"),
    }
    (state.status(), renewed)
}

async fn a_request_to_extend_is_closed_once_whatever_comes_at_once(test: &TestApp) {
    let nodes = match test.database.engine {
        Engine::Sqlite => 1,
        Engine::Postgres => 2,
    };
    let count = 1_200;
    let mut arena = Arena::new(test, nodes).await;
    for decider in &arena.approvers {
        test.assign_active(&role("Privileged Role Administrator"), &decider.user, None).await;
    }
    let mut outcomes: BTreeMap<RequestId, Status> = BTreeMap::new();
    let mut renewals = 0;
    while outcomes.len() < count {
        for round in prepare(&mut arena).await {
            let answers = fight(&arena, &round).await;
            let (outcome, renewed) = judge(&arena, &round, answers).await;
            renewals += usize::from(renewed);
            outcomes.insert(round.request, outcome);
        }
    }
    let record = arena.record().await;
    for (request, status) in &outcomes {
        let steps = &record[request];
        match status {
            Status::Provisioned => {
                assert_eq!(steps[0], Activity::RequestApproved);
                assert!(matches!(steps[1], Activity::EligibilityExtended | Activity::EligibilityRenewed), "{steps:?}");
                // What it made may have been removed since; that is another request.
                assert_eq!(steps.len(), 2, "{steps:?}");
            }
            Status::Denied => assert_eq!(steps.as_slice(), [Activity::RequestDenied]),
            Status::Canceled => assert_eq!(steps.as_slice(), [Activity::RequestCanceled]),
            other => panic!("{other:?}"),
        }
    }
    // Every outcome came about, or it was no race.
    for status in [Status::Provisioned, Status::Denied, Status::Canceled] {
        let times = outcomes.values().filter(|outcome| **outcome == status).count();
        assert!(times * 50 > count, "{status:?} came about {times} times in {count}");
    }
    assert!(renewals * 50 > count, "it expired before a yes {renewals} times in {count}");
    arena.close().await;
}

on_both_engines!(a_request_to_extend_is_closed_once_whatever_comes_at_once);
