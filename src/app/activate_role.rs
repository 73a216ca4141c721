//! Activate an eligible role: at once, at a later start, or after somebody's approval (reference/entra-pim.md section 4).

use std::collections::BTreeSet;

use crate::app::mail::{about, activated, asked};
use crate::app::record::Entry;
use crate::app::work::Work;
use crate::app::{App, AppError, AppResult, Caller};
use crate::domain::activation::{Activation, ActivationAsk, ActivationFacts, activate};
use crate::domain::approval::{anybody_for, resolve};
use crate::domain::audit::Activity;
use crate::domain::ids::{PrincipalId, RequestId, ScheduleId, UserId};
use crate::domain::limits::Costly;
use crate::domain::mail::{Mail, Waiting};
use crate::domain::notice::NoticeKind;
use crate::domain::policy::{NotificationRuleId, Policy};
use crate::domain::refusal::Refusal;
use crate::domain::request::{Action, Kind, State};
use crate::domain::role::Role;
use crate::domain::schedule::{Assignment, AssignmentType, Eligibility, Term};
use crate::store;
use crate::store::requests::Request;

/// What an accepted ask led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activated {
    /// The request.
    pub request: RequestId,
    /// The role.
    pub role: Role,
    /// Pending, in force, or in force later.
    pub outcome: Activation,
}

/// Activates the role of this eligibility for the caller.
pub async fn activate_role(
    app: &App,
    caller: &Caller,
    eligibility: &ScheduleId,
    ask: ActivationAsk,
) -> AppResult<Activated> {
    app.spend(&caller.user, Costly::Request)?;
    let user = caller.user.clone();
    let role = store::eligibilities::role_of(eligibility);
    let facts = |now| {
        store::eligibilities::usable(eligibility, &user, now)
            .and(store::policies::of_role(role))
            .and(store::approvers::of_role(role, now))
    };
    let (mut work, ((usable, settings), ways)) = app.begin_asking(caller, &[PrincipalId::from(&user)], facts).await?;
    let stands = usable.as_ref().map(|usable| (usable.is_active, usable.is_pending));
    let eligibility = usable.and_then(|usable| app.open_usable(usable, &user));
    let (Some((is_active, is_pending)), Some(eligibility)) = (stands, eligibility) else {
        return Err(Refusal::NotEligible.into());
    };
    let role = work.role(&eligibility.role).await?;
    let attempt = Entry::new(Activity::ActivationRequested)
        .role(&role)
        .subject(&user, &work.actor.name)
        .reason(&ask.justification)
        .ticket(&ask.ticket.number, &ask.ticket.system);

    let policy = match app.in_force(&role.id, settings) {
        Ok(policy) => policy,
        Err(refusal) => return Err(work.refuse(attempt, vec![refusal]).await),
    };
    let approvers = resolve(&app.approver_facts(&policy.activation.approval.approvers, ways, work.now));
    let facts = ActivationFacts {
        policy: &policy,
        eligibility: Some(&eligibility),
        already_active: is_active,
        already_pending: is_pending,
        verified_at: work.actor.verified_at,
        somebody_can_approve: anybody_for(&approvers, &user),
    };
    let outcome = match activate(&ask, &facts, work.now) {
        Ok(outcome) => outcome,
        Err(refusals) => return Err(work.refuse(attempt, refusals).await),
    };

    let request = Request {
        id: RequestId::parse(&work.new_id()).map_err(|_| AppError::Broken("the source of ids"))?,
        action: Action::SelfActivate,
        kind: Kind::Assignment,
        role: role.id.clone(),
        principal: PrincipalId::from(&user),
        requested_by: user.clone(),
        eligibility: Some(eligibility.id.clone()),
        schedule: None,
        justification: ask.justification,
        ticket: ask.ticket,
        starts_at: ask.starts_at,
        ends_at: None,
        duration_minutes: Some(ask.duration.minutes()),
        created_at: work.now,
        approval_required: policy.activation.approval.required,
        state: match outcome {
            Activation::Pending { lapses_at } => State::PendingApproval { lapses_at },
            Activation::Now(_) => State::Provisioned { approval: None },
            Activation::Later(_) => State::Granted { approval: None },
        },
    };
    let seal = work.seal(&request);
    work.save(store::requests::insert(&request, &seal));
    if let Activation::Now(term) | Activation::Later(term) = outcome {
        work.make_activation(&request, &eligibility, term)?;
    }
    work.record(attempt.request(&request.id)).await?;
    match outcome {
        Activation::Pending { .. } => {
            work.record_itself(work.step(Activity::ApprovalRequested, &role, &request)).await?;
            let mut others = approvers;
            others.remove(&user);
            let rule = NotificationRuleId::ApproverEndUserAssignment;
            let name = work.actor.name.clone();
            let waiting = Waiting { about: about(&role, &name, &request.id), ask: asked(&request) };
            work.mail_by_rule(&policy, rule, &others, &Mail::ApprovalRequested(waiting));
            work.notify(others, NoticeKind::ApprovalRequested, &role, &name, Some(&request.id))?;
            work.notify([user], NoticeKind::Pending, &role, "", Some(&request.id))?;
        }
        Activation::Now(term) | Activation::Later(term) => {
            let name = work.actor.name.clone();
            let granted = Granted { role: &role, policy: &policy, request: &request, name: &name };
            work.tell_activated(granted, BTreeSet::from([user]), term).await?;
        }
    }
    work.commit().await?;
    Ok(Activated { request: request.id, role, outcome })
}

/// An activation that was granted, with what is known about it already.
pub(super) struct Granted<'a> {
    pub role: &'a Role,
    pub policy: &'a Policy,
    pub request: &'a Request,
    /// The person's name.
    pub name: &'a str,
}

impl Work {
    /// An event that is one step of a request, with its reason and ticket.
    pub(super) fn step(&self, activity: Activity, role: &Role, request: &Request) -> Entry {
        let name = if self.actor.user.as_ref() == Some(&request.requested_by) { self.actor.name.as_str() } else { "" };
        Entry::new(activity)
            .role(role)
            .subject(request.principal.clone(), name)
            .request(&request.id)
            .reason(&request.justification)
            .ticket(&request.ticket.number, &request.ticket.system)
    }

    /// Makes the activation that a request was granted, in force from its start. The event of the grant is recorded next.
    pub(super) fn make_activation(
        &mut self,
        request: &Request,
        eligibility: &Eligibility,
        term: Term,
    ) -> AppResult<()> {
        let assignment = Assignment {
            id: ScheduleId::parse(&self.new_id()).map_err(|_| AppError::Broken("the source of ids"))?,
            role: request.role.clone(),
            principal: request.principal.clone(),
            assignment_type: AssignmentType::Activated,
            activated_using: Some(eligibility.id.clone()),
            term,
            created_at: self.now,
            request: request.id.clone(),
        };
        let seal = self.seal(&assignment);
        self.save(store::assignments::insert(&assignment, &request.requested_by, &seal));
        Ok(())
    }

    /// Tells of an activation that was granted, when it is in force now; otherwise its start does.
    pub(super) async fn tell_activated(
        &mut self,
        granted: Granted<'_>,
        people: BTreeSet<UserId>,
        term: Term,
    ) -> AppResult<()> {
        let Granted { role, policy, request, name } = granted;
        if term.starts_at <= self.now {
            self.record_itself(
                self.step(Activity::ActivationCompleted, role, request).subject(request.principal.clone(), name),
            )
            .await?;
            // Whoever acts while an approved request is granted is its approver.
            let approved_by = request.approval_required.then(|| self.actor.name.clone());
            self.mail_activated(policy, &people, activated(role, name, request, term, approved_by)).await?;
            self.notify(people, NoticeKind::Activated, role, name, Some(&request.id))?;
        }
        Ok(())
    }
}
