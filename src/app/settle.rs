//! What was due is done, in the order in which it was due, before anything else is written. Access never waits for this: it is a
//! comparison with the clock. This closes the books, records and notifies.

use crate::app::AppResult;
use crate::app::list_my_roles::SHOWN_AFTER_END;
use crate::app::mail::{about, activated, asked, held};
use crate::app::record::Entry;
use crate::app::work::Work;
use crate::domain::audit::Activity;
use crate::domain::ids::{PrincipalId, RequestId, ScheduleId};
use crate::domain::mail::{Expired, Held, Mail, Waiting};
use crate::domain::notice::NoticeKind;
use crate::domain::policy::NotificationRuleId;
use crate::domain::request::Kind;
use crate::domain::role::Role;
use crate::domain::schedule::{Assignment, AssignmentType, Eligibility, EndReason};
use crate::domain::time::Instant;
use crate::store::requests::Request;
use crate::store::{self, StoreError};

/// How much is settled in one transaction; the rest follows in the next.
const BATCH: i64 = 500;

/// How much of what was due is done.
pub(super) enum Settled {
    /// All of it.
    All,
    /// The first part. It has to be committed before the next.
    Some,
}

/// One thing that is due.
enum Due {
    Lapse(Instant, Box<Request>),
    Start(Box<Assignment>),
    End(Instant, Box<Assignment>),
    EndEligibility(Instant, Box<Eligibility>),
}

impl Due {
    fn at(&self) -> Instant {
        match self {
            Self::Lapse(at, _) | Self::End(at, _) | Self::EndEligibility(at, _) => *at,
            Self::Start(assignment) => assignment.term.starts_at,
        }
    }

    /// At the same moment: what starts comes before what ends, and activations end before the eligibility they rest on.
    const fn rank(&self) -> u8 {
        match self {
            Self::Lapse(..) => 0,
            Self::Start(_) => 1,
            Self::End(..) => 2,
            Self::EndEligibility(..) => 3,
        }
    }
}

impl Work {
    /// Settles what is due. Cheap when nothing is: one look at four indexes.
    pub(super) async fn settle(&mut self) -> AppResult<Settled> {
        if store::deadlines::next(&mut self.tx).await?.is_none_or(|next| next > self.now) {
            return Ok(Settled::All);
        }
        let (dues, settled) = self.list_due().await?;
        for due in dues {
            // What came first may have closed what comes next: each thing is looked at again when its turn has come.
            match due {
                Due::Lapse(_, request) => {
                    if let Some(request) = store::requests::find(&mut self.tx, &request.id).await?
                        && request.state.is_pending()
                    {
                        self.lapse(request).await?;
                    }
                }
                Due::Start(assignment) => {
                    if let Some(assignment) = store::assignments::find_live(&mut self.tx, &assignment.id).await? {
                        self.start(&assignment).await?;
                    }
                }
                Due::End(at, assignment) => {
                    if let Some(assignment) = store::assignments::find_live(&mut self.tx, &assignment.id).await? {
                        self.expire(at, &assignment).await?;
                    }
                }
                Due::EndEligibility(at, eligibility) => self.expire_eligibility(at, &eligibility).await?,
            }
        }
        Ok(settled)
    }

    /// The first things that are due, in their order. Where a list was cut off, nothing later than its end is in it: that comes after
    /// what was cut off.
    async fn list_due(&mut self) -> AppResult<(Vec<Due>, Settled)> {
        let mut lists: [Vec<Due>; 4] = Default::default();
        let [lapses, starts, ends, eligibilities] = &mut lists;
        for request in store::requests::list_lapsed(&mut self.tx, self.now, BATCH).await? {
            if let crate::domain::request::State::PendingApproval { lapses_at: Some(at) } = request.state {
                lapses.push(Due::Lapse(at, Box::new(request)));
            }
        }
        let starting = store::assignments::list_starting(&mut self.tx, self.now, BATCH).await?;
        starts.extend(starting.into_iter().map(|assignment| Due::Start(Box::new(assignment))));
        for assignment in store::assignments::list_due(&mut self.tx, self.now, BATCH).await? {
            if let Some(at) = assignment.term.ends_at {
                ends.push(Due::End(at, Box::new(assignment)));
            }
        }
        for eligibility in store::eligibilities::list_due(&mut self.tx, self.now, BATCH).await? {
            if let Some(at) = eligibility.term.ends_at {
                eligibilities.push(Due::EndEligibility(at, Box::new(eligibility)));
            }
        }
        let is_full = |list: &&Vec<Due>| i64::try_from(list.len()).unwrap_or(i64::MAX) >= BATCH;
        let horizon = lists.iter().filter(is_full).filter_map(|list| list.last().map(Due::at)).min();
        let mut due: Vec<Due> =
            lists.into_iter().flatten().filter(|due| horizon.is_none_or(|horizon| due.at() <= horizon)).collect();
        due.sort_by_key(|due| (due.at(), due.rank()));
        Ok((due, if horizon.is_some() { Settled::Some } else { Settled::All }))
    }

    async fn lapse(&mut self, request: Request) -> AppResult<()> {
        let state = request.state.clone().lapse(self.now)?;
        store::requests::update_state(&mut self.tx, &request.id, &state).await?;
        let role = self.role(&request.role).await?;
        let (name, _) = self.principal_name(&request.principal).await?;
        let entry = Entry::new(Activity::RequestLapsed)
            .role(&role)
            .subject(request.principal.clone(), &name)
            .request(&request.id);
        self.record_itself(entry).await?;
        self.drop_mails(&request.id).await?;
        let approvers = self.approvers_of(&request.role).await?;
        let policy = store::policies::get(&mut self.tx, &role.id).await?.policy;
        let lapsed = Mail::Lapsed(Waiting { about: about(&role, &name, &request.id), ask: asked(&request) });
        let requestor = [request.requested_by.clone()].into();
        self.mail_by_rule(&policy, NotificationRuleId::RequestorEndUserAssignment, &requestor, &lapsed);
        self.mail_by_rule(&policy, NotificationRuleId::ApproverEndUserAssignment, &approvers, &lapsed);
        let concerned = approvers.into_iter().chain(requestor).collect::<std::collections::BTreeSet<_>>();
        self.notify(concerned, NoticeKind::Lapsed, &role, &name, Some(&request.id))
    }

    async fn start(&mut self, assignment: &Assignment) -> AppResult<()> {
        store::assignments::note_started(&mut self.tx, &assignment.id, assignment.term.starts_at).await?;
        let role = self.role(&assignment.role).await?;
        let (name, people) = self.principal_name(&assignment.principal).await?;
        let kind = match assignment.assignment_type {
            AssignmentType::Assigned => NoticeKind::MadeActive,
            AssignmentType::Activated => {
                let request = store::requests::find(&mut self.tx, &assignment.request)
                    .await?
                    .ok_or(StoreError::Missing("a request"))?;
                let approved_by = match request.state.decision() {
                    Some(decision) => {
                        let by = PrincipalId::from(&decision.by);
                        store::principals::find(&mut self.tx, &by).await?.map(|by| by.display_name)
                    }
                    None => None,
                };
                let state = request.state.clone().start()?;
                store::requests::update_state(&mut self.tx, &request.id, &state).await?;
                let entry = Entry::new(Activity::ActivationCompleted)
                    .role(&role)
                    .subject(assignment.principal.clone(), &name)
                    .request(&assignment.request)
                    .reason(&request.justification)
                    .ticket(&request.ticket.number, &request.ticket.system);
                self.record_itself(entry).await?;
                let policy = store::policies::get(&mut self.tx, &role.id).await?.policy;
                let activated = activated(&role, &name, &request, assignment.term, approved_by);
                self.mail_activated(&policy, &people, activated).await?;
                NoticeKind::Activated
            }
        };
        self.notify(people, kind, &role, &name, Some(&assignment.request))
    }

    async fn expire(&mut self, at: Instant, assignment: &Assignment) -> AppResult<()> {
        let (activity, kind) = match assignment.assignment_type {
            AssignmentType::Activated => (Activity::ActivationExpired, NoticeKind::Ended),
            AssignmentType::Assigned => (Activity::AssignmentExpired, NoticeKind::Expired),
        };
        store::assignments::end(&mut self.tx, &assignment.id, at, EndReason::Expired).await?;
        let held = match assignment.assignment_type {
            // It ends as everybody knew it would; the bell tells.
            AssignmentType::Activated => None,
            AssignmentType::Assigned => Some(held(Kind::Assignment, assignment.term)),
        };
        self.ended(activity, kind, &assignment.role, &assignment.principal, &assignment.request, held).await
    }

    async fn expire_eligibility(&mut self, at: Instant, eligibility: &Eligibility) -> AppResult<()> {
        self.end_what_rests_on(&eligibility.id, at, EndReason::Expired).await?;
        store::eligibilities::end(&mut self.tx, &eligibility.id, at, EndReason::Expired).await?;
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
            let policy = store::policies::get(&mut self.tx, &role.id).await?.policy;
            let (kind, about) = (held.kind, about(&role, &name, request));
            let renewable_until = held.ends_at.unwrap_or(self.now).plus(SHOWN_AFTER_END);
            let expired = Mail::Expired(Expired { about, held, renewable_until });
            self.mail_assignment(&policy, kind, &people, &expired).await?;
        }
        self.notify(people, kind, &role, &name, Some(request))
    }

    /// Ends the activations and withdraws the waiting requests that rest on an eligibility which is going away.
    pub(super) async fn end_what_rests_on(
        &mut self,
        eligibility: &ScheduleId,
        at: Instant,
        reason: EndReason,
    ) -> AppResult<()> {
        for active in store::assignments::list_using(&mut self.tx, eligibility).await? {
            match reason {
                EndReason::Expired => self.expire(at, &active).await?,
                EndReason::Removed | EndReason::Deactivated => {
                    self.revoke(&active, "The eligible assignment was removed.").await?;
                }
            }
        }
        for request in store::requests::list_pending_using(&mut self.tx, eligibility).await? {
            self.withdraw(request, "The eligible assignment is gone.").await?;
        }
        Ok(())
    }

    /// Takes an active assignment back: ends it, closes its request as revoked, records and notifies.
    pub(super) async fn revoke(&mut self, active: &Assignment, why: &str) -> AppResult<()> {
        store::assignments::end(&mut self.tx, &active.id, self.now, EndReason::Removed).await?;
        let request =
            store::requests::find(&mut self.tx, &active.request).await?.ok_or(StoreError::Missing("a request"))?;
        let state = request.state.revoke(self.now)?;
        store::requests::update_state(&mut self.tx, &request.id, &state).await?;
        let role = self.role(&active.role).await?;
        let (name, people) = self.principal_name(&active.principal).await?;
        let (activity, kind) = match active.assignment_type {
            AssignmentType::Activated => (Activity::ActivationRevoked, NoticeKind::Ended),
            AssignmentType::Assigned => (Activity::AssignmentRemoved, NoticeKind::Removed),
        };
        let entry = Entry::new(activity)
            .role(&role)
            .subject(active.principal.clone(), &name)
            .request(&active.request)
            .reason(why);
        self.record(entry).await?;
        self.notify(people, kind, &role, &name, Some(&active.request))
    }

    /// Withdraws a waiting request on behalf of whoever acts.
    pub(super) async fn withdraw(&mut self, request: Request, why: &str) -> AppResult<()> {
        let state = request.state.cancel(self.actor.user.clone(), self.now)?;
        store::requests::update_state(&mut self.tx, &request.id, &state).await?;
        self.drop_mails(&request.id).await?;
        let role = self.role(&request.role).await?;
        let (name, _) = self.principal_name(&request.principal).await?;
        let entry = Entry::new(Activity::RequestCanceled)
            .role(&role)
            .subject(request.principal.clone(), &name)
            .request(&request.id)
            .reason(why);
        self.record(entry).await?;
        let mut concerned = self.approvers_of(&request.role).await?;
        concerned.insert(request.requested_by.clone());
        if let Some(actor) = &self.actor.user {
            concerned.remove(actor);
        }
        self.notify(concerned, NoticeKind::Canceled, &role, &name, Some(&request.id))
    }

    /// The role with this id; it is there, because rows point at it.
    pub(super) async fn role(&mut self, id: &crate::domain::ids::RoleId) -> AppResult<Role> {
        Ok(store::roles::find(&mut self.tx, id).await?.ok_or(StoreError::Missing("a role"))?)
    }

    /// A principal's name, and the enabled people behind it.
    pub(super) async fn principal_name(
        &mut self,
        id: &PrincipalId,
    ) -> AppResult<(String, std::collections::BTreeSet<crate::domain::ids::UserId>)> {
        let principal = store::principals::find(&mut self.tx, id).await?.ok_or(StoreError::Missing("a principal"))?;
        Ok((principal.display_name, store::principals::people_of(&mut self.tx, id).await?))
    }
}

/// Settles until nothing is due any more, after downtime or when the worker wakes; answers with when the next thing will be.
pub async fn settle_all(app: &crate::app::App, trace: &str) -> AppResult<Option<Instant>> {
    let mut work = app.begin_as_itself(trace).await?;
    let next = store::deadlines::next(&mut work.tx).await?;
    work.commit().await?;
    Ok(next)
}
