//! Remove an eligible or an active assignment, with everything that rests on it (reference/entra-pim.md section 5.2).

use std::collections::BTreeSet;

use crate::app::mail::{about, held};
use crate::app::record::Entry;
use crate::app::work::Work;
use crate::app::{App, AppError, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::activation::Ticket;
use crate::domain::administrators::Loss;
use crate::domain::assignment::{RemovalFacts, remove};
use crate::domain::audit::Activity;
use crate::domain::ids::{PrincipalId, RequestId, RoleId, ScheduleId, UserId};
use crate::domain::mail::{Held, Mail, Removed};
use crate::domain::notice::NoticeKind;
use crate::domain::refusal::Refusal;
use crate::domain::request::{Action, Kind, State};
use crate::domain::role::{PortalRole, Role};
use crate::domain::schedule::{AssignmentType, EndReason};
use crate::domain::time::Instant;
use crate::store::principals::{Without, standing_holders_without};
use crate::store::requests::Request;
use crate::store::{self, Db};

/// Removes one assignment; answers with the role.
pub async fn remove_assignment(
    app: &App,
    caller: &Caller,
    kind: Kind,
    schedule: &ScheduleId,
    justification: &str,
) -> AppResult<Role> {
    let mut work = app.begin(caller).await?;
    let activity = match kind {
        Kind::Eligibility => Activity::EligibilityRemoved,
        Kind::Assignment => Activity::AssignmentRemoved,
    };
    work = work.permit(Permission::WriteAssignments, &Entry::new(activity).reason(justification)).await?;
    match kind {
        Kind::Eligibility => work.remove_eligibility(schedule, justification).await,
        Kind::Assignment => work.remove_active(schedule, justification).await,
    }
}

impl Work {
    async fn remove_eligibility(mut self, schedule: &ScheduleId, justification: &str) -> AppResult<Role> {
        // One that is not trusted is removed all the same: that takes away, and gives nothing.
        let Some(eligibility) = store::eligibilities::find_live(&mut self.tx, schedule).await? else {
            return Err(Refusal::NotFound("assignment").into());
        };
        let eligibility = eligibility.into_unchecked();
        self.settle_about(std::slice::from_ref(&eligibility.principal)).await?;
        if eligibility.term.is_over(self.now) {
            return Err(Refusal::NotFound("assignment").into());
        }
        let role = self.role(&eligibility.role).await?;
        let (name, people) = self.principal_name(&eligibility.principal).await?;
        let attempt = Entry::new(Activity::EligibilityRemoved)
            .role(&role)
            .subject(eligibility.principal.clone(), &name)
            .reason(justification);
        let facts = RemovalFacts { created_at: eligibility.created_at, last_of: None };
        if let Err(refusal) = remove(facts, self.now) {
            return Err(self.refuse(attempt, vec![refusal]).await);
        }
        let principal = &eligibility.principal;
        let now = self.now;
        self.end_what_rests_on(&eligibility.id).await?;
        self.withdraw_about(&eligibility.id, "The assignment was removed.").await?;
        let request = self.removal(Kind::Eligibility, (&role.id, principal), &eligibility.id, justification).await?;
        self.end_eligibility(&eligibility.id, now, EndReason::Removed).await?;
        self.record(attempt.request(&request)).await?;
        let was = held(Kind::Eligibility, eligibility.term);
        self.removed(&role, &name, was, &people, &request, justification).await?;
        self.commit().await?;
        Ok(role)
    }

    async fn remove_active(mut self, schedule: &ScheduleId, justification: &str) -> AppResult<Role> {
        let Some(active) = store::assignments::find_live(&mut self.tx, schedule).await? else {
            return Err(Refusal::NotFound("assignment").into());
        };
        let active = active.into_unchecked();
        self.settle_about(std::slice::from_ref(&active.principal)).await?;
        if active.term.is_over(self.now) {
            return Err(Refusal::NotFound("assignment").into());
        }
        let role = self.role(&active.role).await?;
        let (name, people) = self.principal_name(&active.principal).await?;
        let attempt = Entry::new(Activity::AssignmentRemoved)
            .role(&role)
            .subject(active.principal.clone(), &name)
            .reason(justification);
        let last_of = match active.assignment_type {
            AssignmentType::Activated => None,
            AssignmentType::Assigned => {
                let without = Without::Schedule(active.id.as_str());
                last_administrator(&self.app, &mut self.tx, &role.id, self.now, &without).await?
            }
        };
        let kept = self.keep_administrators(Loss::Assignment(&active.id)).await?;
        if let Err(refusal) = remove(RemovalFacts { created_at: active.created_at, last_of }, self.now).and(kept) {
            return Err(self.refuse(attempt, vec![refusal]).await);
        }
        match active.assignment_type {
            AssignmentType::Activated => self.revoke(&active, justification).await?,
            AssignmentType::Assigned => {
                let principal = &active.principal;
                self.withdraw_about(&active.id, "The assignment was removed.").await?;
                let request = self.removal(Kind::Assignment, (&role.id, principal), &active.id, justification).await?;
                let now = self.now;
                self.end_assignment(&active.id, now, EndReason::Removed).await?;
                self.record(attempt.request(&request)).await?;
                let was = held(Kind::Assignment, active.term);
                self.removed(&role, &name, was, &people, &request, justification).await?;
            }
        }
        self.commit().await?;
        Ok(role)
    }

    /// The request of kind adminRemove that every removal is. The event of the removal is recorded next.
    async fn removal(
        &mut self,
        kind: Kind,
        (role, principal): (&RoleId, &PrincipalId),
        schedule: &ScheduleId,
        justification: &str,
    ) -> AppResult<RequestId> {
        let request = Request {
            id: RequestId::parse(&self.new_id()).map_err(|_| AppError::Broken("the source of ids"))?,
            action: Action::AdminRemove,
            kind,
            role: role.clone(),
            principal: principal.clone(),
            requested_by: self.user()?,
            eligibility: None,
            schedule: Some(schedule.clone()),
            justification: justification.to_owned(),
            ticket: Ticket::default(),
            starts_at: None,
            ends_at: None,
            duration_minutes: None,
            created_at: self.now,
            approval_required: false,
            state: State::Revoked { approval: None, at: self.now },
        };
        let seal = self.seal(&request);
        store::requests::insert(&request, &seal).run(&mut self.tx).await?;
        Ok(request.id)
    }

    /// Tells whom it concerns.
    async fn removed(
        &mut self,
        role: &Role,
        name: &str,
        held: Held,
        people: &BTreeSet<UserId>,
        request: &RequestId,
        justification: &str,
    ) -> AppResult<()> {
        let stored = store::policies::get(&mut self.tx, &role.id).await?;
        let policy = self.app.in_force_to_tell(&role.id, stored);
        let kind = held.kind;
        let removed = Mail::Removed(Removed {
            about: about(role, name, request),
            held,
            ended_at: self.now,
            reason: justification.to_owned(),
            by: self.actor.name.clone(),
        });
        self.mail_assignment(&policy, kind, people, &removed).await?;
        self.notify(people.clone(), NoticeKind::Removed, role, "", Some(request))
    }
}

/// The portal role that would be left without any standing holder if this were thought away.
pub(super) async fn last_administrator(
    app: &App,
    db: &mut Db,
    role: &RoleId,
    now: Instant,
    without: &Without<'_>,
) -> AppResult<Option<PortalRole>> {
    let Some(portal) = PortalRole::of(role) else { return Ok(None) };
    let left = standing_holders_without(db, role, now, without).await?;
    let left = app.open_standing_holders(left, role, now);
    Ok(left.is_empty().then_some(portal))
}
