//! What was due is done, in the order in which it was due. Access never waits for this: it is a comparison with the clock. This
//! closes the books, records and notifies.
//!
//! # Who settles what
//!
//! The worker settles everything, batch by batch, each in a transaction of its own, so that others write in between. A person's write
//! settles the whole of it too as long as that is little, which it nearly always is: then the books are closed before their change.
//! When 100,000 assignments end in one minute it settles a small part and leaves the rest to the worker. That breaks nothing:
//!
//! - Who has access, who administers, who approves, whether an eligibility can be activated, and whether a request can still be
//!   decided are comparisons with the clock. They do not know whether the books are closed.
//! - "Only one live" is a unique index over what is not closed (`..._one_live`, `requests_one_pending`). A row that is over and still
//!   open would be in the way of its own successor. All of these indexes are per principal, so whoever inserts for a principal, or
//!   asks what a principal has, first calls [`Work::settle_about`] for it: what is due of one principal and of its groups is little.
//! - Whoever ends or withdraws something meets rows of other people, through an eligibility or a group. What has already ended by
//!   itself is then closed as that, with its own end ([`Work::revoke`], [`Work::withdraw`]), never as taken back.
//! - Warnings and reminders rest on nothing, and nothing rests on them.
//!
//! In a backlog the record can therefore tell of a person's next step before it tells of other people's ends; of one principal
//! it tells in order.

mod close;
mod due;
mod known;
mod tell;

use crate::app::AppResult;
use crate::app::list_my_roles::SHOWN_AFTER_END;
use crate::app::mail::{about, activated, asked, held};
use crate::app::record::Entry;
use crate::app::work::Work;
use crate::domain::activation::may_start;
use crate::domain::audit::Activity;
use crate::domain::ids::{PrincipalId, RequestId, ScheduleId};
use crate::domain::lifecycle::Sought;
use crate::domain::mail::{Expired, Held, Mail, Waiting};
use crate::domain::notice::NoticeKind;
use crate::domain::policy::NotificationRuleId;
use crate::domain::reminder::{Ending, still_waits};
use crate::domain::request::Kind;
use crate::domain::role::Role;
use crate::domain::schedule::{Assignment, AssignmentType, EndReason};
use crate::domain::seal::Sealed;
use crate::domain::sealed_rows;
use crate::domain::time::Instant;
use crate::store::requests::Request;
use crate::store::{self, StoreError};
use close::Trust;
use due::{Books, Due};
pub(super) use known::Known;

/// How much is settled in one transaction.
#[derive(Clone, Copy)]
struct Batch {
    dues: i64,
    /// It ends early when so many notices have been written: an assignment of a large group is many.
    notices: usize,
}

/// What the worker does at once.
const BATCH: Batch = Batch { dues: 500, notices: 5_000 };
/// What a person's write does before it leaves the rest to the worker.
const LITTLE: Batch = Batch { dues: 50, notices: 500 };

/// How much of what was due is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// All of it.
    All,
    /// The first part.
    Some,
}

impl Work {
    /// Settles what is due, as far as a person's write does. Cheap when nothing is: one look at seven indexes.
    pub(super) async fn settle_little(&mut self) -> AppResult<()> {
        self.settled = self.settle(LITTLE).await?;
        if self.settled == Settled::Some {
            self.app.wake_worker();
        }
        Ok(())
    }

    /// Settles the first part of what is due.
    async fn settle(&mut self, batch: Batch) -> AppResult<Settled> {
        if store::deadlines::next(&mut self.tx).await?.is_none_or(|next| next > self.now) {
            return Ok(Settled::All);
        }
        let (dues, listed) = due::list(&self.app, &mut self.tx, self.now, batch.dues).await?;
        let done = self.carry_out(dues, batch.notices).await?;
        Ok(if done == Settled::All { listed } else { done })
    }

    /// Closes the books about these people and groups, and the groups they are in, where [`Work::settle_little`] left something
    /// open. For use cases that insert for a principal, or ask what it has.
    pub(super) async fn settle_about(&mut self, principals: &[PrincipalId]) -> AppResult<()> {
        if self.settled == Settled::All {
            return Ok(());
        }
        for principal in principals {
            let dues = due::list_about(&self.app, &mut self.tx, principal, self.now).await?;
            self.carry_out(dues, usize::MAX).await?;
        }
        Ok(())
    }

    /// The same for whoever this assignment belongs to.
    pub(super) async fn settle_about_holder(&mut self, schedule: &ScheduleId) -> AppResult<()> {
        if self.settled == Settled::Some
            && let Some(subject) = store::lifecycle::find(&mut self.tx, schedule).await?
        {
            self.settle_about(&[subject.principal]).await?;
        }
        Ok(())
    }

    /// Does what is due, in this order, until so many notices have been written.
    async fn carry_out(&mut self, dues: Vec<Due>, notices: usize) -> AppResult<Settled> {
        self.known = Known::load(&mut self.tx, &dues).await?;
        let mut books = Books::open(&mut self.tx, &dues).await?;
        let full = self.unsaved.notices.len().saturating_add(notices);
        let mut done = Settled::All;
        for due in dues {
            if self.unsaved.notices.len() >= full {
                done = Settled::Some;
                break;
            }
            // What came first may have closed what comes next.
            if !books.is_closed(&due) {
                self.carry_out_one(due, &mut books).await?;
            }
        }
        books.close(&mut self.tx).await?;
        // What is true after the change may be something else.
        self.known = Known::default();
        Ok(done)
    }

    async fn carry_out_one(&mut self, due: Due, books: &mut Books) -> AppResult<()> {
        match due {
            Due::Lapse(_, request) => {
                books.close_request(&request.id);
                self.lapse(*request, Trust::Holds).await
            }
            Due::Start(assignment) => self.start(&assignment, books).await,
            Due::End(_, assignment) => {
                books.end(&assignment);
                self.unseal(sealed_rows::assignment(&assignment.id));
                self.expired(&assignment).await
            }
            Due::EndEligibility(at, eligibility) => {
                for active in books.resting_on(&eligibility.id) {
                    // It was granted no later end than this; what says otherwise ends here all the same.
                    self.end_assignment(&active.id, at, EndReason::Expired).await?;
                    self.expired(&active).await?;
                }
                for request in books.waiting_on(&eligibility.id) {
                    self.close_unanswered(request, "The eligible assignment is gone.").await?;
                }
                books.end_eligibility(&eligibility);
                self.unseal(sealed_rows::eligibility(&eligibility.id));
                self.ended(
                    Activity::EligibilityExpired,
                    NoticeKind::Expired,
                    &eligibility.role,
                    &eligibility.principal,
                    &eligibility.request,
                    Some(held(Kind::Eligibility, eligibility.term)),
                )
                .await
            }
            Due::Warn(due_at, assignment) => {
                let warned = Ending::from(assignment.assignment_type).warn(assignment.term, due_at, self.now);
                books.warn(&assignment, warned.next_at);
                let Some(warning) = warned.give else { return Ok(()) };
                let held = match assignment.assignment_type {
                    AssignmentType::Assigned => Some(held(Kind::Assignment, assignment.term)),
                    // Minutes before its end, only the bell is in time.
                    AssignmentType::Activated => None,
                };
                self.tell_expiring(&assignment.role, &assignment.principal, &assignment.request, warning, held).await
            }
            Due::WarnEligibility(due_at, eligibility) => {
                let warned = Ending::Eligibility.warn(eligibility.term, due_at, self.now);
                books.warn_eligibility(&eligibility, warned.next_at);
                let Some(warning) = warned.give else { return Ok(()) };
                let held = Some(held(Kind::Eligibility, eligibility.term));
                self.tell_expiring(&eligibility.role, &eligibility.principal, &eligibility.request, warning, held).await
            }
            Due::Remind(_, request) => {
                store::requests::note_reminded(&mut self.tx, &request.id).await?;
                if still_waits(request.state.lapses_at(), self.now) {
                    self.tell_waiting(&request).await
                } else {
                    Ok(())
                }
            }
        }
    }

    async fn lapse(&mut self, request: Request, trust: Trust) -> AppResult<()> {
        let state = request.state.clone().lapse(self.now)?;
        let role = self.role(&request.role).await?;
        let (name, _) = self.principal_name(&request.principal).await?;
        let entry = Entry::new(Activity::RequestLapsed)
            .role(&role)
            .subject(request.principal.clone(), &name)
            .request(&request.id);
        self.close(&request, state, trust).await?;
        self.record_itself(entry).await?;
        self.drop_mails(&request.id);
        if let Some(sought) = Sought::of(request.action) {
            return self.tell_change_lapsed(sought, &request).await;
        }
        let approvers = self.approvers_of(&request.role).await?;
        let policy = self.known.policy(&self.app, &mut self.tx, &role.id).await?;
        let lapsed = Mail::Lapsed(Waiting { about: about(&role, &name, &request.id), ask: asked(&request) });
        let requestor = [request.requested_by.clone()].into();
        self.mail_by_rule(&policy, NotificationRuleId::RequestorEndUserAssignment, &requestor, &lapsed);
        self.mail_by_rule(&policy, NotificationRuleId::ApproverEndUserAssignment, &approvers, &lapsed);
        let concerned = approvers.into_iter().chain(requestor).collect::<std::collections::BTreeSet<_>>();
        self.notify(concerned, NoticeKind::Lapsed, &role, &name, Some(&request.id))
    }

    async fn start(&mut self, assignment: &Assignment, books: &mut Books) -> AppResult<()> {
        let role = self.role(&assignment.role).await?;
        let (name, people) = self.principal_name(&assignment.principal).await?;
        let kind = match assignment.assignment_type {
            AssignmentType::Assigned => NoticeKind::MadeActive,
            AssignmentType::Activated => {
                let request = store::requests::find(&mut self.tx, &assignment.request)
                    .await?
                    .ok_or(StoreError::Missing("a request"))?;
                let eligibility = match &assignment.activated_using {
                    Some(id) => {
                        store::eligibilities::usable(id, &request.unchecked().requested_by, self.now)
                            .ask(&mut self.tx)
                            .await?
                    }
                    None => None,
                };
                let eligibility =
                    eligibility.and_then(|usable| self.app.open_usable(usable, &request.unchecked().requested_by));
                let Some(trusted) = self.app.open(request.clone()) else {
                    books.note_closed(&assignment.id);
                    return self.fail(assignment, request).await;
                };
                if !may_start(eligibility.as_ref(), !people.is_empty(), assignment.term.starts_at) {
                    books.note_closed(&assignment.id);
                    return self.fail(assignment, request).await;
                }
                let request = trusted;
                let approved_by = match request.state.decision() {
                    Some(decision) => {
                        let by = PrincipalId::from(&decision.by);
                        store::principals::find(&mut self.tx, &by).await?.map(|by| by.display_name)
                    }
                    None => None,
                };
                let state = request.state.clone().start()?;
                self.save_state(&request, state).await?;
                let entry = Entry::new(Activity::ActivationCompleted)
                    .role(&role)
                    .subject(assignment.principal.clone(), &name)
                    .request(&assignment.request)
                    .reason(&request.justification)
                    .ticket(&request.ticket.number, &request.ticket.system);
                self.record_itself(entry).await?;
                let policy = self.known.policy(&self.app, &mut self.tx, &role.id).await?;
                let activated = activated(&role, &name, &request, assignment.term, approved_by);
                self.mail_activated(&policy, &people, activated).await?;
                NoticeKind::Activated
            }
        };
        books.note_started(assignment);
        self.notify(people, kind, &role, &name, Some(&assignment.request))
    }

    /// Its start came, and what it rests on is gone: it never begins.
    async fn fail(&mut self, assignment: &Assignment, request: Sealed<Request>) -> AppResult<()> {
        let start = assignment.term.starts_at;
        self.end_assignment(&assignment.id, start, EndReason::Removed).await?;
        let (request, trust) = self.look_at(request);
        match (request.state.clone().fail(start), trust) {
            (Ok(state), trust) => self.close(&request, state, trust).await?,
            // What somebody else made of it cannot fail: it stays as it is.
            (Err(_), Trust::Gone) => {}
            (Err(refusal), Trust::Holds) => return Err(refusal.into()),
        }
        self.tell_not_started(&request).await
    }

    async fn expired(&mut self, assignment: &Assignment) -> AppResult<()> {
        let (activity, kind) = match assignment.assignment_type {
            AssignmentType::Activated => (Activity::ActivationExpired, NoticeKind::Ended),
            AssignmentType::Assigned => (Activity::AssignmentExpired, NoticeKind::Expired),
        };
        let held = match assignment.assignment_type {
            // It ends as everybody knew it would; the bell tells.
            AssignmentType::Activated => None,
            AssignmentType::Assigned => Some(held(Kind::Assignment, assignment.term)),
        };
        self.ended(activity, kind, &assignment.role, &assignment.principal, &assignment.request, held).await
    }

    async fn ended(
        &mut self,
        activity: Activity,
        kind: NoticeKind,
        role: &crate::domain::ids::RoleId,
        principal: &PrincipalId,
        request: &RequestId,
        held: Option<Held>,
    ) -> AppResult<()> {
        let role = self.role(role).await?;
        let (name, people) = self.principal_name(principal).await?;
        self.record_itself(Entry::new(activity).role(&role).subject(principal.clone(), &name).request(request)).await?;
        if let Some(held) = held {
            let policy = self.known.policy(&self.app, &mut self.tx, &role.id).await?;
            let (kind, about) = (held.kind, about(&role, &name, request));
            let renewable_until = held.ends_at.unwrap_or(self.now).plus(SHOWN_AFTER_END);
            let expired = Mail::Expired(Expired { about, held, renewable_until });
            self.mail_assignment(&policy, kind, &people, &expired).await?;
        }
        self.notify(people, kind, &role, &name, Some(request))
    }

    /// Ends the activations and withdraws the waiting requests that rest on an eligibility which somebody removes.
    pub(super) async fn end_what_rests_on(&mut self, eligibility: &ScheduleId) -> AppResult<()> {
        for active in store::assignments::list_using(&mut self.tx, eligibility).await? {
            self.revoke(active.unchecked(), "The eligible assignment was removed.").await?;
        }
        for request in store::requests::list_pending_using(&mut self.tx, eligibility).await? {
            self.withdraw(request, "The eligible assignment is gone.").await?;
        }
        Ok(())
    }

    /// Takes an active assignment back: ends it, closes its request as revoked, records and notifies. What ended by itself before is
    /// not taken back any more: it is closed as that.
    pub(super) async fn revoke(&mut self, active: &Assignment, why: &str) -> AppResult<()> {
        if let Some(end) = active.term.ends_at.filter(|end| *end <= self.now) {
            self.end_assignment(&active.id, end, EndReason::Expired).await?;
            return self.expired(active).await;
        }
        self.take_back(active, why).await?;
        let role = self.role(&active.role).await?;
        let (name, people) = self.principal_name(&active.principal).await?;
        let kind = match active.assignment_type {
            AssignmentType::Activated => NoticeKind::Ended,
            AssignmentType::Assigned => NoticeKind::Removed,
        };
        self.notify(people, kind, &role, &name, Some(&active.request))
    }

    /// The same without a word to the person.
    pub(super) async fn take_back(&mut self, active: &Assignment, why: &str) -> AppResult<()> {
        let role = self.role(&active.role).await?;
        let (name, _) = self.principal_name(&active.principal).await?;
        let now = self.now;
        self.end_assignment(&active.id, now, EndReason::Removed).await?;
        self.revoke_request(&active.request).await?;
        let activity = match active.assignment_type {
            AssignmentType::Activated => Activity::ActivationRevoked,
            AssignmentType::Assigned => Activity::AssignmentRemoved,
        };
        let entry = Entry::new(activity)
            .role(&role)
            .subject(active.principal.clone(), &name)
            .request(&active.request)
            .reason(why);
        self.record(entry).await
    }

    /// Withdraws a waiting request on behalf of whoever acts. One whose window has passed lapsed before.
    pub(super) async fn withdraw(&mut self, request: Sealed<Request>, why: &str) -> AppResult<()> {
        if request.unchecked().state.lapses_at().is_some_and(|at| at <= self.now) {
            let (request, trust) = self.look_at(request);
            return self.lapse(request, trust).await;
        }
        self.close_unanswered(request, why).await
    }

    async fn close_unanswered(&mut self, request: Sealed<Request>, why: &str) -> AppResult<()> {
        let (request, trust) = self.look_at(request);
        let state = request.state.clone().cancel(self.actor.user.clone(), self.now)?;
        self.drop_mails(&request.id);
        let role = self.role(&request.role).await?;
        let (name, _) = self.principal_name(&request.principal).await?;
        let entry = Entry::new(Activity::RequestCanceled)
            .role(&role)
            .subject(request.principal.clone(), &name)
            .request(&request.id)
            .reason(why);
        self.close(&request, state, trust).await?;
        self.record(entry).await?;
        if Sought::of(request.action).is_some() {
            return self.tell_change_withdrawn(&role, &name, &request).await;
        }
        let mut concerned = self.approvers_of(&request.role).await?;
        concerned.insert(request.requested_by.clone());
        if let Some(actor) = &self.actor.user {
            concerned.remove(actor);
        }
        self.notify(concerned, NoticeKind::Canceled, &role, &name, Some(&request.id))
    }

    /// The role with this id; it is there, because rows point at it.
    pub(super) async fn role(&mut self, id: &crate::domain::ids::RoleId) -> AppResult<Role> {
        match self.app.shipped_role(id) {
            Some(role) => Ok(role.clone()),
            None => Ok(store::roles::find(&mut self.tx, id).await?.ok_or(StoreError::Missing("a role"))?),
        }
    }

    /// A principal's name, and the enabled people behind it.
    pub(super) async fn principal_name(
        &mut self,
        id: &PrincipalId,
    ) -> AppResult<(String, std::collections::BTreeSet<crate::domain::ids::UserId>)> {
        if let Some(known) = self.known.principal(id) {
            return Ok(known);
        }
        Ok(store::principals::name(id).ask(&mut self.tx).await?.ok_or(StoreError::Missing("a principal"))?)
    }
}

/// Settles until nothing is due any more, after downtime or when the worker wakes; answers with when the next thing will be.
pub async fn settle_all(app: &crate::app::App, trace: &str) -> AppResult<Option<Instant>> {
    loop {
        // Whoever only looks takes nobody's turn to write.
        let next = store::deadlines::next(&mut *app.store.read().await?).await?;
        let now = app.now();
        app.pulse().beat(now);
        if next.is_none_or(|next| next > now) {
            return Ok(next);
        }
        let mut work = app.begin_unsettled(trace).await?;
        work.settle(BATCH).await?;
        work.commit().await?;
    }
}
