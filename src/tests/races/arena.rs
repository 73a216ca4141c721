//! Where rounds are fought: rows prepared in bulk, copies of the server to act through, and an order that changes from round to round.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use ostiary::{
    app::{
        App, Caller,
        ports::{OsRandom, Randomness as _, SeededRandom, random_bytes},
    },
    domain::{
        activation::Ticket,
        audit::{Activity, Outcome},
        ids::{PrincipalId, RequestId, RoleId, ScheduleId, UserId},
        policy::Policy,
        request::{Action, Kind, State},
        role::{PortalRole, catalogue},
        schedule::{Assignment, AssignmentType, Eligibility, Term},
        seal::Place,
        sealed_rows::RoleSettings,
        time::{Instant, Span},
    },
    store::{self, requests::Request},
};

use crate::harness::{START, TestApp};

/// One round: one person, one role, and what is fought over.
pub struct Round {
    pub user: UserId,
    pub role: RoleId,
    pub eligibility: ScheduleId,
    pub request: RequestId,
    /// The activation that is running, in rounds about endings.
    pub active: Option<ScheduleId>,
    /// When it lapses, or ends, by itself.
    pub ends_at: Instant,
    /// Its number, from 0.
    pub number: usize,
}

/// What the rounds of a test share.
pub struct Arena<'a> {
    pub test: &'a TestApp,
    pub admin: Caller,
    pub approvers: Vec<Caller>,
    nodes: Vec<App>,
    turn: AtomicUsize,
    random: SeededRandom,
    roles: Vec<RoleId>,
    rounds: usize,
}

impl<'a> Arena<'a> {
    /// Every role needs the approval of one of three; so many copies of the server run.
    pub async fn new(test: &'a TestApp, nodes: usize) -> Self {
        let mut approvers = Vec::new();
        for name in ["Ada Approver", "Bo Lindqvist", "Cleo Diaz"] {
            approvers.push(test.user(name).await);
        }
        let group = test.group("Approvers", &approvers.iter().collect::<Vec<_>>()).await;
        let roles: Vec<RoleId> = catalogue()
            .unwrap()
            .into_iter()
            .filter(|role| !role.is_hidden && PortalRole::of(&role.id).is_none())
            .map(|role| role.id)
            .collect();
        let mut policy = Policy::default();
        policy.activation.approval.required = true;
        policy.activation.approval.approvers = vec![(&group).into()];
        let admin = test.admin().await;
        let seals = test.key.keys().seals;
        let mut tx = test.store.write().await.unwrap();
        for role in &roles {
            let settings = RoleSettings { role, version: 1, policy: &policy };
            let seal = seals.make(&settings, Place::after(0, ""));
            store::policies::save(&mut tx, settings, &seal, &admin.user, START).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut apps = vec![test.app.clone()];
        for _ in 1..nodes {
            apps.push(test.another_node().await);
        }
        // A few people do thousands of things within one moment of the clock.
        apps.iter().for_each(App::lift_limits);
        let approvers = approvers.iter().map(|user| test.caller(user)).collect();
        Self {
            test,
            admin,
            approvers,
            nodes: apps,
            turn: AtomicUsize::new(0),
            random: SeededRandom::new(7),
            roles,
            rounds: 0,
        }
    }

    /// Rounds for a new person, one for each role: eligible since yesterday, with a request that waits or an activation that runs.
    /// Each comes to its end by itself ten milliseconds after the one before.
    pub async fn prepare(&mut self, running: bool) -> Vec<Round> {
        let user = self.test.user(&format!("Asker {}", self.rounds)).await;
        let seals = self.test.key.keys().seals;
        let mut tx = self.test.store.write().await.unwrap();
        let (now, since) = (self.test.now(), START.minus(Span::days(1)));
        let mut rounds = Vec::new();
        for (role, place) in self.roles.iter().zip(1..) {
            let ends_at = now.plus(Span::from_millis(10 * place));
            let id = || random_bytes(&OsRandom);
            let mut request = Request {
                id: RequestId::make(now, id()),
                action: Action::AdminAssign,
                kind: Kind::Eligibility,
                role: role.clone(),
                principal: PrincipalId::from(&user),
                requested_by: self.admin.user.clone(),
                eligibility: None,
                schedule: None,
                justification: "On call".to_owned(),
                ticket: Ticket::default(),
                starts_at: None,
                ends_at: None,
                duration_minutes: None,
                created_at: since,
                approval_required: false,
                state: State::Provisioned { approval: None },
            };
            store::requests::insert(&request, &seals.make(&request, Place::after(0, ""))).run(&mut tx).await.unwrap();
            let eligibility = Eligibility {
                id: ScheduleId::make(now, id()),
                role: role.clone(),
                principal: PrincipalId::from(&user),
                term: Term { starts_at: since, ends_at: None },
                created_at: since,
                request: request.id.clone(),
            };
            let seal = seals.make(&eligibility, Place::after(0, ""));
            store::eligibilities::insert(&mut tx, &eligibility, &self.admin.user, &seal).await.unwrap();
            request.id = RequestId::make(now, id());
            request.action = Action::SelfActivate;
            request.kind = Kind::Assignment;
            request.requested_by = user.clone();
            request.eligibility = Some(eligibility.id.clone());
            request.duration_minutes = Some(60);
            if !running {
                request.approval_required = true;
                request.state = State::PendingApproval { lapses_at: Some(ends_at) };
            }
            store::requests::insert(&request, &seals.make(&request, Place::after(0, ""))).run(&mut tx).await.unwrap();
            let active = ScheduleId::make(now, id());
            if running {
                let assignment = Assignment {
                    id: active.clone(),
                    role: role.clone(),
                    principal: PrincipalId::from(&user),
                    assignment_type: AssignmentType::Activated,
                    activated_using: Some(eligibility.id.clone()),
                    term: Term { starts_at: since, ends_at: Some(ends_at) },
                    created_at: since,
                    request: request.id.clone(),
                };
                store::assignments::insert(&assignment, &user, &seals.make(&assignment, Place::after(0, "")))
                    .run(&mut tx)
                    .await
                    .unwrap();
            }
            rounds.push(Round {
                user: user.clone(),
                role: role.clone(),
                eligibility: eligibility.id,
                request: request.id,
                active: running.then_some(active),
                ends_at,
                number: self.rounds,
            });
            self.rounds += 1;
        }
        tx.commit().await.unwrap();
        // What a server that runs for long knows about its tables.
        self.test.database.tamper("analyze").await;
        rounds
    }

    /// The copy of the server whose turn it is.
    pub fn node(&self) -> App {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.nodes[turn % self.nodes.len()].clone()
    }

    /// The same things in another order.
    pub fn shuffled<T>(&self, mut things: Vec<T>) -> Vec<T> {
        for at in (1..things.len()).rev() {
            let mut byte = [0];
            self.random.fill(&mut byte);
            things.swap(at, usize::from(byte[0]) % (at + 1));
        }
        things
    }

    /// The other copies stop.
    pub async fn close(&self) {
        for node in &self.nodes[1..] {
            node.store.close().await;
        }
    }

    /// What succeeded, per request, in the order of the record; and the record is intact and its times never go back.
    pub async fn record(&self) -> BTreeMap<RequestId, Vec<Activity>> {
        self.test.assert_intact().await;
        let events = self.test.events().await;
        assert!(events.is_sorted_by_key(|event| event.at), "the record's times go back");
        let mut record: BTreeMap<RequestId, Vec<Activity>> = BTreeMap::new();
        for event in events.into_iter().filter(|event| event.outcome == Outcome::Success) {
            if let Some(request) = event.request {
                record.entry(request).or_default().push(event.activity);
            }
        }
        record
    }
}
