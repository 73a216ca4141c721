//! Assign a role to people and groups, as eligible or active: all of them or none (reference/entra-pim.md section 3).

use crate::app::mail::{about, held};
use crate::app::record::Entry;
use crate::app::work::Work;
use crate::app::{App, AppError, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::activation::Ticket;
use crate::domain::assignment::{AssignAsk, Candidate, assign};
use crate::domain::audit::Activity;
use crate::domain::ids::{PrincipalId, RequestId, RoleId, ScheduleId};
use crate::domain::mail::Assigned;
use crate::domain::notice::NoticeKind;
use crate::domain::policy::Policy;
use crate::domain::refusal::Refusal;
use crate::domain::request::{Action, Kind, State};
use crate::domain::role::Role;
use crate::domain::schedule::{Assignment, AssignmentType, Eligibility, Term};
use crate::store;
use crate::store::requests::Request;

/// Assigns; answers with how many.
pub async fn assign_role(
    app: &App,
    caller: &Caller,
    role: &RoleId,
    members: &[PrincipalId],
    ask: &AssignAsk,
) -> AppResult<usize> {
    let mut work = app.begin(caller).await?;
    let activity = match ask.kind {
        Kind::Eligibility => Activity::EligibilityAssigned,
        Kind::Assignment => Activity::AssignmentAssigned,
    };
    let Some(role) = store::roles::find(&mut work.tx, role).await? else {
        let attempt = Entry::new(activity);
        return Err(work.refuse(attempt, vec![Refusal::NotFound("role")]).await);
    };
    let mut attempt = Entry::new(activity).role(&role).reason(&ask.justification);
    work = work.permit(Permission::WriteAssignments, &attempt).await?;
    work.settle_about(members).await?;

    let stored = store::policies::get(&mut work.tx, &role.id).await?;
    let policy = match app.in_force(&role.id, stored) {
        Ok(policy) => policy,
        Err(refusal) => return Err(work.refuse(attempt, vec![refusal]).await),
    };
    let mut candidates = Vec::new();
    for member in members {
        if candidates.iter().any(|known: &Candidate| known.principal == *member) {
            continue;
        }
        let Some(candidate) = work.candidate(&role, member, ask.kind).await? else {
            return Err(work.refuse(attempt, vec![Refusal::NotFound("person or group")]).await);
        };
        candidates.push(candidate);
    }
    if let [one] = candidates.as_slice() {
        attempt = attempt.subject(one.principal.clone(), &one.name);
    }
    let term = match assign(ask, &role, &policy, &candidates, work.actor.verified_at.is_some(), work.now) {
        Ok(term) => term,
        Err(refusals) => return Err(work.refuse(attempt, refusals).await),
    };
    for candidate in &candidates {
        work.assign_one(&role, &policy, candidate, ask, term, activity).await?;
    }
    work.commit().await?;
    Ok(candidates.len())
}

impl Work {
    async fn candidate(&mut self, role: &Role, member: &PrincipalId, kind: Kind) -> AppResult<Option<Candidate>> {
        let Some(principal) = store::principals::find(&mut self.tx, member).await? else { return Ok(None) };
        let principal = self.app.trusted(principal);
        // A row that is not trusted is in the way, too: it has to be removed first.
        let assigned = match kind {
            Kind::Eligibility => store::eligibilities::find_of(&mut self.tx, &role.id, member).await?.is_some(),
            Kind::Assignment => {
                store::assignments::find_of(&mut self.tx, &role.id, member, AssignmentType::Assigned).await?.is_some()
            }
        };
        Ok(Some(Candidate {
            principal: principal.id,
            name: principal.display_name,
            standing: principal.standing,
            assigned,
        }))
    }

    /// Makes one assignment with its request. Also the way the first administrator gets theirs.
    pub(super) async fn assign_one(
        &mut self,
        role: &Role,
        policy: &Policy,
        candidate: &Candidate,
        ask: &AssignAsk,
        term: Term,
        activity: Activity,
    ) -> AppResult<()> {
        let by = self.user()?;
        let broken = |_| AppError::Broken("the source of ids");
        let request = Request {
            id: RequestId::parse(&self.new_id()).map_err(broken)?,
            action: Action::AdminAssign,
            kind: ask.kind,
            role: role.id.clone(),
            principal: candidate.principal.clone(),
            requested_by: by.clone(),
            eligibility: None,
            schedule: None,
            justification: ask.justification.clone(),
            ticket: Ticket::default(),
            starts_at: Some(term.starts_at),
            ends_at: term.ends_at,
            duration_minutes: None,
            created_at: self.now,
            approval_required: false,
            state: State::Provisioned { approval: None },
        };
        let seal = self.seal(&request);
        store::requests::insert(&request, &seal).run(&mut self.tx).await?;
        let id = ScheduleId::parse(&self.new_id()).map_err(broken)?;
        let (principal, created_at) = (candidate.principal.clone(), self.now);
        match ask.kind {
            Kind::Eligibility => {
                let row =
                    Eligibility { id, role: role.id.clone(), principal, term, created_at, request: request.id.clone() };
                let seal = self.seal(&row);
                store::eligibilities::insert(&mut self.tx, &row, &by, &seal).await?;
            }
            Kind::Assignment => {
                let row = Assignment {
                    id,
                    role: role.id.clone(),
                    principal,
                    assignment_type: AssignmentType::Assigned,
                    activated_using: None,
                    term,
                    created_at,
                    request: request.id.clone(),
                };
                let seal = self.seal(&row);
                store::assignments::insert(&row, &by, &seal).run(&mut self.tx).await?;
            }
        }
        let ends = term.ends_at.map_or_else(|| "permanent".to_owned(), |end| end.millis().to_string());
        let entry = Entry::new(activity)
            .role(role)
            .subject(candidate.principal.clone(), &candidate.name)
            .request(&request.id)
            .reason(&ask.justification)
            .change("starts_at", "", &term.starts_at.millis().to_string())
            .change("ends_at", "", &ends);
        self.record(entry).await?;

        let (_, people) = self.principal_name(&candidate.principal).await?;
        let kind = match ask.kind {
            Kind::Eligibility => NoticeKind::MadeEligible,
            Kind::Assignment => NoticeKind::MadeActive,
        };
        let assigned = Assigned {
            about: about(role, &candidate.name, &request.id),
            held: held(ask.kind, term),
            reason: ask.justification.clone(),
            by: self.actor.name.clone(),
        };
        self.mail_assigned(policy, &people, assigned).await?;
        // What starts later is announced when it starts.
        if ask.kind == Kind::Eligibility || term.starts_at <= self.now {
            self.notify(people, kind, role, &candidate.name, Some(&request.id))?;
        }
        Ok(())
    }
}
