//! What extending, renewing and updating share: an assignment with everything that decides about it, and carrying out what was decided.

use crate::app::record::Entry;
use crate::app::remove_assignment::last_administrator;
use crate::app::work::Work;
use crate::app::{App, AppError, AppResult};
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
use crate::domain::seal::Seal;
use crate::domain::sealed_rows;
use crate::domain::time::Instant;
use crate::store::lifecycle::{Live, Subject};
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
    /// Loads what belongs to it; nothing when it is in force by a row that is not trusted.
    pub(super) async fn load(app: &App, db: &mut Db, subject: Subject) -> AppResult<Option<Self>> {
        let is_trusted = match subject.live.clone() {
            Some(Live::Eligibility(row)) => app.open(row).is_some(),
            Some(Live::Assignment(row)) => app.open(row).is_some(),
            None => true,
        };
        if !is_trusted {
            return Ok(None);
        }
        let policy = app.in_force(&subject.role, store::policies::get(db, &subject.role).await?)?;
        Ok(Some(Self::read(app, db, subject, policy).await?))
    }

    async fn read(app: &App, db: &mut Db, subject: Subject, policy: Policy) -> AppResult<Self> {
        let role = store::roles::find(db, &subject.role).await?.ok_or(StoreError::Missing("a role"))?;
        let principal = store::principals::find(db, &subject.principal).await?.map(|found| app.trusted(found));
        // Whoever is gone can be given nothing more.
        let gone = || ("Somebody who is gone".to_owned(), CandidateStanding::Disabled);
        let (name, standing) = principal.map_or_else(gone, |found| (found.display_name, found.standing));
        Ok(Self { subject, role, policy, name, standing })
    }

    /// The assignment that a request to extend or renew is about.
    pub(super) async fn of_request(app: &App, db: &mut Db, request: &Request) -> AppResult<Self> {
        let subject = Self::subject_of(db, request).await?;
        Ok(Self::load(app, db, subject).await?.ok_or(Refusal::NotFound("assignment"))?)
    }

    /// The same to tell of it only: whatever its rows say, nothing is given.
    pub(super) async fn of_request_to_tell(app: &App, db: &mut Db, request: &Request) -> AppResult<Self> {
        let subject = Self::subject_of(db, request).await?;
        let policy = app.in_force_to_tell(&subject.role, store::policies::get(db, &subject.role).await?);
        Self::read(app, db, subject, policy).await
    }

    async fn subject_of(db: &mut Db, request: &Request) -> AppResult<Subject> {
        let id = request.schedule.as_ref().ok_or(StoreError::Missing("the assignment of a request"))?;
        Ok(store::lifecycle::find(db, id).await?.ok_or(StoreError::Missing("an assignment"))?)
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
        app: &App,
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
        let last_now = self.last_of(app, db, counts, now, &without).await?;
        let last_at_end = self.last_of(app, db, counts, ask.ends_at.unwrap_or(now), &without).await?;
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
        app: &App,
        db: &mut Db,
        counts: bool,
        at: Instant,
        without: &Without<'_>,
    ) -> AppResult<Option<PortalRole>> {
        if counts { last_administrator(app, db, &self.role.id, at, without).await } else { Ok(None) }
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

/// What a change makes, sealed.
enum Made {
    /// The same assignment with another term.
    Kept(Ending, Term, Seal),
    /// A new one.
    New(Box<New>),
}

/// A new assignment with its seal.
enum New {
    Eligibility(Eligibility, Seal),
    Assignment(Assignment, Seal),
}

impl Work {
    /// Saves the request that an administrator's own act is. The event of the act is recorded next.
    pub(super) async fn admin_request(&mut self, action: Action, held: &Held, ask: &AssignAsk) -> AppResult<RequestId> {
        let id = RequestId::parse(&self.new_id()).map_err(|_| AppError::Broken("the source of ids"))?;
        let request = held.request_by(action, self.user()?, ask, id, self.now);
        let seal = self.seal(&request);
        store::requests::insert(&request, &seal).run(&mut self.tx).await?;
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
        let made = self.prepare_change(held, decided, request)?;
        self.record(entry).await?;
        match (decided, made) {
            (Decided::Change(change), made) => {
                if known.kind == Kind::Eligibility {
                    self.bring_into_line(id, change).await?;
                }
                match made {
                    Made::Kept(ending, term, seal) => {
                        let now = self.now;
                        store::lifecycle::set_term(&mut self.tx, ending, id, (&term, &seal), now).await?;
                    }
                    Made::New(new) => {
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
                        self.insert(*new).await?;
                    }
                }
            }
            (Decided::Again(..), Made::New(new)) => self.insert(*new).await?,
            (Decided::Again(..), Made::Kept(..)) => return Err(AppError::Broken("a renewal")),
        }
        Ok(())
    }

    /// Seals the rows as they will be, for the event that says so.
    fn prepare_change(&mut self, held: &Held, decided: &Decided, request: &RequestId) -> AppResult<Made> {
        let Subject { id, known, live, .. } = &held.subject;
        match decided {
            Decided::Change(Change::Kept(term)) => {
                let (ending, seal) = match live.clone() {
                    Some(Live::Eligibility(row)) => {
                        let row = self.app.open(row).ok_or(Refusal::NotFound("assignment"))?;
                        (Ending::Eligibility, self.seal(&Eligibility { term: *term, ..row }))
                    }
                    Some(Live::Assignment(row)) => {
                        let row = self.app.open(row).ok_or(Refusal::NotFound("assignment"))?;
                        (Ending::Assigned, self.seal(&Assignment { term: *term, ..row }))
                    }
                    None => return Err(Refusal::AssignmentOver.into()),
                };
                Ok(Made::Kept(ending, *term, seal))
            }
            Decided::Change(Change::Turned { into, term }) => {
                self.unseal(match known.kind {
                    Kind::Eligibility => sealed_rows::eligibility(id),
                    Kind::Assignment => sealed_rows::assignment(id),
                });
                Ok(Made::New(Box::new(self.make(held, *into, *term, request)?)))
            }
            Decided::Again(kind, term) => Ok(Made::New(Box::new(self.make(held, *kind, *term, request)?))),
        }
    }

    /// An assignment for whom it was before.
    fn make(&mut self, held: &Held, kind: Kind, term: Term, request: &RequestId) -> AppResult<New> {
        let id = ScheduleId::parse(&self.new_id()).map_err(|_| AppError::Broken("the source of ids"))?;
        let (role, principal) = (held.role.id.clone(), held.subject.principal.clone());
        let (created_at, request) = (self.now, request.clone());
        Ok(match kind {
            Kind::Eligibility => {
                let row = Eligibility { id, role, principal, term, created_at, request };
                let seal = self.seal(&row);
                New::Eligibility(row, seal)
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
                let seal = self.seal(&row);
                New::Assignment(row, seal)
            }
        })
    }

    async fn insert(&mut self, new: New) -> AppResult<()> {
        let by = self.user()?;
        match new {
            New::Eligibility(row, seal) => store::eligibilities::insert(&mut self.tx, &row, &by, &seal).await?,
            New::Assignment(row, seal) => {
                store::assignments::insert(&row, &by, &seal).run(&mut self.tx).await?;
            }
        }
        Ok(())
    }

    /// Shortens or ends the activations that rest on an eligibility which changes; what waits on one that goes is withdrawn.
    async fn bring_into_line(&mut self, eligibility: &ScheduleId, change: &Change) -> AppResult<()> {
        for active in store::assignments::list_using(&mut self.tx, eligibility).await? {
            match fate(change, &active.unchecked().term) {
                Fate::Stays => {}
                // What is not trusted gives nothing that would have to be shortened.
                Fate::EndsAt(end) => {
                    if let Some(active) = self.app.open(active) {
                        self.shorten(active, end).await?;
                    }
                }
                Fate::Ends => match change {
                    // The active assignment takes over in the same moment: nobody loses the role.
                    Change::Turned { .. } => {
                        self.take_back(active.unchecked(), "The eligible assignment became an active one.").await?;
                    }
                    Change::Kept(_) => {
                        self.revoke(active.unchecked(), "The eligible assignment ends before it.").await?;
                    }
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

    async fn shorten(&mut self, was: Assignment, end: Instant) -> AppResult<()> {
        let before = was.term.ends_at;
        let active = Assignment { term: Term { ends_at: Some(end), ..was.term }, ..was };
        let role = self.role(&active.role).await?;
        let (name, people) = self.principal_name(&active.principal).await?;
        let entry = Entry::new(Activity::ActivationShortened)
            .role(&role)
            .subject(active.principal.clone(), &name)
            .request(&active.request)
            .reason("The eligible assignment ends earlier.")
            .change("ends_at", &end_word(before), &end_word(Some(end)));
        let (seal, now) = (self.seal(&active), self.now);
        store::lifecycle::set_term(&mut self.tx, Ending::Activated, &active.id, (&active.term, &seal), now).await?;
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
