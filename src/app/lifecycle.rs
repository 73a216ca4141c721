//! What extending, renewing and updating share: an assignment with everything that decides about it, and carrying out what was decided.

use crate::app::record::Entry;
use crate::app::remove_assignment::last_administrator;
use crate::app::work::Work;
use crate::app::{AppError, AppResult};
use crate::domain::activation::Ticket;
use crate::domain::assignment::{AssignAsk, Candidate, CandidateStanding};
use crate::domain::audit::Activity;
use crate::domain::ids::{RequestId, ScheduleId, UserId};
use crate::domain::lifecycle::{Change, ChangeFacts, Fate, Suggestion, extend, fate, renew, suggest, update};
use crate::domain::policy::Policy;
use crate::domain::refusal::Refusal;
use crate::domain::reminder::Ending;
use crate::domain::request::{Action, Kind, State};
use crate::domain::role::{PortalRole, Role};
use crate::domain::schedule::{Assignment, AssignmentType, Eligibility, EndReason, Term};
use crate::domain::time::Instant;
use crate::store::lifecycle::Subject;
use crate::store::principals::Without;
use crate::store::requests::Request;
use crate::store::{self, Db, StoreError};

/// An assignment, and what decides about it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The assignment.
    pub subject: Subject,
    /// Its role.
    pub role: Role,
    /// The role's settings.
    pub policy: Policy,
    /// Whose it is, by name.
    pub name: String,
    /// What they are.
    pub standing: CandidateStanding,
}

/// Which act changes a live assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Its end moves.
    Extend,
    /// Anything about it.
    Update,
}

/// What was decided about an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decided {
    /// It was live, and changes.
    Change(Change),
    /// It had expired, and is made again.
    Again(Kind, Term),
}

impl Decided {
    /// Of which type it is afterwards, and from when to when.
    pub(super) const fn leads_to(&self, held: &Held) -> (Kind, Term) {
        match self {
            Self::Change(Change::Kept(term)) => (held.subject.known.kind, *term),
            Self::Change(Change::Turned { into, term }) => (*into, *term),
            Self::Again(kind, term) => (*kind, *term),
        }
    }
}

impl Held {
    /// Loads what belongs to it.
    pub(super) async fn load(db: &mut Db, subject: Subject) -> AppResult<Self> {
        let role = store::roles::find(db, &subject.role).await?.ok_or(StoreError::Missing("a role"))?;
        let principal = store::principals::find(db, &subject.principal).await?;
        // Whoever is gone can be given nothing more.
        let gone = || ("Somebody who is gone".to_owned(), CandidateStanding::Disabled);
        let (name, standing) = principal.map_or_else(gone, |found| (found.display_name, found.standing));
        Ok(Self { policy: store::policies::get(db, &role.id).await?.policy, name, standing, role, subject })
    }

    /// The assignment that a request to extend or renew is about.
    pub(super) async fn of_request(db: &mut Db, request: &Request) -> AppResult<Self> {
        let id = request.schedule.as_ref().ok_or(StoreError::Missing("the assignment of a request"))?;
        let subject = store::lifecycle::find(db, id).await?.ok_or(StoreError::Missing("an assignment"))?;
        Self::load(db, subject).await
    }

    /// "Tess Ng, Security Operator": how it is named among several.
    pub fn title(&self) -> String {
        format!("{}, {}", self.name, self.role.display_name)
    }

    /// What an administrator is offered.
    pub fn suggestion(&self, proposed: Option<Instant>, now: Instant) -> Suggestion {
        suggest(&self.subject.known, proposed, &self.policy, now)
    }

    /// What this ask makes of it while it is live.
    pub(super) async fn weigh_change(
        &self,
        db: &mut Db,
        act: Act,
        ask: &AssignAsk,
        verified: bool,
        now: Instant,
    ) -> AppResult<Result<Change, Vec<Refusal>>> {
        let Subject { id, principal, known, .. } = &self.subject;
        let other = match known.kind {
            Kind::Eligibility => Kind::Assignment,
            Kind::Assignment => Kind::Eligibility,
        };
        let counts = known.kind == Kind::Assignment && known.term.covers(now);
        let without = Without::Schedule(id.as_str());
        let last_now = self.last_of(db, counts, now, &without).await?;
        let last_at_end = self.last_of(db, counts, ask.ends_at.unwrap_or(now), &without).await?;
        let facts = ChangeFacts {
            kind: known.kind,
            term: known.term,
            name: &self.name,
            standing: self.standing,
            policy: &self.policy,
            verified,
            other_held: store::lifecycle::is_held(db, other, &self.role.id, principal, now).await?,
            last_now,
            last_at_end,
        };
        Ok(match act {
            Act::Extend => extend(ask, &facts, now),
            Act::Update => update(ask, &facts, now),
        })
    }

    async fn last_of(
        &self,
        db: &mut Db,
        counts: bool,
        at: Instant,
        without: &Without<'_>,
    ) -> AppResult<Option<PortalRole>> {
        if counts { last_administrator(db, &self.role.id, at, without).await } else { Ok(None) }
    }

    /// What this ask makes of it once it has expired.
    pub(super) async fn weigh_renewal(
        &self,
        db: &mut Db,
        ask: &AssignAsk,
        verified: bool,
        now: Instant,
    ) -> AppResult<Result<Term, Vec<Refusal>>> {
        let Subject { principal, known, .. } = &self.subject;
        let candidate = Candidate {
            principal: principal.clone(),
            name: self.name.clone(),
            standing: self.standing,
            assigned: store::lifecycle::is_held(db, ask.kind, &self.role.id, principal, now).await?,
        };
        Ok(renew(ask, known, &self.role, &self.policy, &candidate, verified, now))
    }

    /// The request that an administrator's own act is.
    fn request_by(&self, action: Action, by: UserId, ask: &AssignAsk, id: RequestId, now: Instant) -> Request {
        Request {
            id,
            action,
            kind: ask.kind,
            role: self.role.id.clone(),
            principal: self.subject.principal.clone(),
            requested_by: by,
            eligibility: None,
            schedule: Some(self.subject.id.clone()),
            justification: ask.justification.clone(),
            ticket: Ticket::default(),
            starts_at: ask.starts_at,
            ends_at: ask.ends_at,
            duration_minutes: None,
            created_at: now,
            approval_required: false,
            state: State::Provisioned { approval: None },
        }
    }
}

/// The event of a change, by the type that it concerned.
pub(super) const fn activity(action: Action, kind: Kind) -> Activity {
    match (action, kind) {
        (Action::SelfExtend | Action::AdminExtend, Kind::Eligibility) => Activity::EligibilityExtended,
        (Action::SelfExtend | Action::AdminExtend, Kind::Assignment) => Activity::AssignmentExtended,
        (Action::SelfRenew | Action::AdminRenew, Kind::Eligibility) => Activity::EligibilityRenewed,
        (Action::SelfRenew | Action::AdminRenew, Kind::Assignment) => Activity::AssignmentRenewed,
        (
            Action::AdminUpdate
            | Action::AdminAssign
            | Action::AdminRemove
            | Action::SelfActivate
            | Action::SelfDeactivate,
            Kind::Eligibility,
        ) => Activity::EligibilityUpdated,
        (
            Action::AdminUpdate
            | Action::AdminAssign
            | Action::AdminRemove
            | Action::SelfActivate
            | Action::SelfDeactivate,
            Kind::Assignment,
        ) => Activity::AssignmentUpdated,
    }
}

const fn type_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Eligibility => "Eligible",
        Kind::Assignment => "Active",
    }
}

fn end_word(end: Option<Instant>) -> String {
    end.map_or_else(|| "permanent".to_owned(), |end| end.millis().to_string())
}

impl Work {
    /// Saves the request that an administrator's own act is.
    pub(super) async fn admin_request(&mut self, action: Action, held: &Held, ask: &AssignAsk) -> AppResult<RequestId> {
        let id = RequestId::parse(&self.new_id()).map_err(|_| AppError::Broken("the source of ids"))?;
        let request = held.request_by(action, self.user()?, ask, id, self.now);
        store::requests::insert(&request).run(&mut self.tx).await?;
        Ok(request.id)
    }

    /// Carries out what was decided about an assignment, and records it with what was before and what is after.
    pub(super) async fn carry_out_change(
        &mut self,
        held: &Held,
        decided: &Decided,
        entry: Entry,
        request: &RequestId,
    ) -> AppResult<()> {
        let Subject { id, known, .. } = &held.subject;
        let (kind, term) = decided.leads_to(held);
        let entry = entry
            .change("kind", type_word(known.kind), type_word(kind))
            .change("starts_at", &known.term.starts_at.millis().to_string(), &term.starts_at.millis().to_string())
            .change("ends_at", &end_word(known.term.ends_at), &end_word(term.ends_at));
        self.record(entry).await?;
        match decided {
            Decided::Change(change) => {
                if known.kind == Kind::Eligibility {
                    self.bring_into_line(id, change).await?;
                }
                match change {
                    Change::Kept(term) => {
                        let ending = match kind {
                            Kind::Eligibility => Ending::Eligibility,
                            Kind::Assignment => Ending::Assigned,
                        };
                        store::lifecycle::set_term(&mut self.tx, ending, id, term, self.now).await?;
                    }
                    Change::Turned { into, term } => {
                        let now = self.now;
                        match known.kind {
                            Kind::Eligibility => {
                                store::eligibilities::end(&mut self.tx, id, now, EndReason::Removed).await?;
                            }
                            Kind::Assignment => {
                                store::assignments::end(&mut self.tx, id, now, EndReason::Removed).await?;
                            }
                        }
                        self.withdraw_about(id, "The assignment became one of the other type.").await?;
                        self.make(held, *into, *term, request).await?;
                    }
                }
            }
            Decided::Again(kind, term) => self.make(held, *kind, *term, request).await?,
        }
        Ok(())
    }

    /// Makes an assignment for whom it was before.
    async fn make(&mut self, held: &Held, kind: Kind, term: Term, request: &RequestId) -> AppResult<()> {
        let id = ScheduleId::parse(&self.new_id()).map_err(|_| AppError::Broken("the source of ids"))?;
        let (role, principal) = (held.role.id.clone(), held.subject.principal.clone());
        let (created_at, request, by) = (self.now, request.clone(), self.user()?);
        match kind {
            Kind::Eligibility => {
                let row = Eligibility { id, role, principal, term, created_at, request };
                store::eligibilities::insert(&mut self.tx, &row, &by).await?;
            }
            Kind::Assignment => {
                let row = Assignment {
                    id,
                    role,
                    principal,
                    assignment_type: AssignmentType::Assigned,
                    activated_using: None,
                    term,
                    created_at,
                    request,
                };
                store::assignments::insert(&row, &by).run(&mut self.tx).await?;
            }
        }
        Ok(())
    }

    /// Shortens or ends the activations that rest on an eligibility which changes; what waits on one that goes is withdrawn.
    async fn bring_into_line(&mut self, eligibility: &ScheduleId, change: &Change) -> AppResult<()> {
        for active in store::assignments::list_using(&mut self.tx, eligibility).await? {
            match fate(change, &active.term) {
                Fate::Stays => {}
                Fate::EndsAt(end) => self.shorten(&active, end).await?,
                Fate::Ends => match change {
                    // The active assignment takes over in the same moment: nobody loses the role.
                    Change::Turned { .. } => {
                        self.take_back(&active, "The eligible assignment became an active one.").await?;
                    }
                    Change::Kept(_) => self.revoke(&active, "The eligible assignment ends before it.").await?,
                },
            }
        }
        if let Change::Turned { .. } = change {
            for request in store::requests::list_pending_using(&mut self.tx, eligibility).await? {
                self.withdraw(request, "The eligible assignment became an active one.").await?;
            }
        }
        Ok(())
    }

    async fn shorten(&mut self, active: &Assignment, end: Instant) -> AppResult<()> {
        let term = Term { ends_at: Some(end), ..active.term };
        store::lifecycle::set_term(&mut self.tx, Ending::Activated, &active.id, &term, self.now).await?;
        let role = self.role(&active.role).await?;
        let (name, people) = self.principal_name(&active.principal).await?;
        let entry = Entry::new(Activity::ActivationShortened)
            .role(&role)
            .subject(active.principal.clone(), &name)
            .request(&active.request)
            .reason("The eligible assignment ends earlier.")
            .change("ends_at", &end_word(active.term.ends_at), &end_word(Some(end)));
        self.record(entry).await?;
        self.tell_shortened(&role, &people, &active.request)
    }

    /// Withdraws the requests to extend or renew an assignment that goes away, or was extended or renewed already.
    pub(super) async fn withdraw_about(&mut self, schedule: &ScheduleId, why: &str) -> AppResult<()> {
        for request in store::lifecycle::list_waiting_about(&mut self.tx, schedule).await? {
            self.withdraw(request, why).await?;
        }
        Ok(())
    }
}
