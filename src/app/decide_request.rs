//! Approve or deny an activation request. The first decision wins; the second decider is told who was first (4.5).

use crate::app::activate_role::Granted;
use crate::app::mail::{about, asked};
use crate::app::record::Entry;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::activation::{Activation, grant_approved};
use crate::domain::approval::{may_decide, resolve};
use crate::domain::audit::Activity;
use crate::domain::ids::RequestId;
use crate::domain::mail::{Decided, Mail};
use crate::domain::notice::NoticeKind;
use crate::domain::policy::{HalfHours, NotificationRuleId};
use crate::domain::refusal::Refusal;
use crate::domain::request::{Action, Decision, Verdict};
use crate::store::requests::Request;
use crate::store::{self, StoreError};

/// Decides one request.
pub async fn decide_request(
    app: &App,
    caller: &Caller,
    request: &RequestId,
    verdict: Verdict,
    justification: &str,
) -> AppResult<()> {
    let role = store::requests::role_of(request);
    let facts = |now| {
        store::principals::name_of_person(store::requests::principal_of(request))
            .and(store::policies::of_role(role))
            .and(store::approvers::of_role(role, now))
            .and(store::eligibilities::usable(
                store::requests::eligibility_of(request),
                store::requests::requestor_of(request),
                now,
            ))
            .and(store::mail_settings::administrators(now))
    };
    let (mut work, found, ((((named, settings), ways), usable), administrators)) =
        app.begin_about_request(caller, request, facts).await?;
    let decider = work.user()?;
    let activity = match verdict {
        Verdict::Approve => Activity::RequestApproved,
        Verdict::Deny => Activity::RequestDenied,
    };
    let nothing_there = Entry::new(activity).request(request);
    let found = found.and_then(|found| app.open(found));
    let Some(request) = found.filter(|found| found.action == Action::SelfActivate) else {
        // The same as for a request in which they have no part, in the audit too.
        return Err(work.refuse(nothing_there, vec![Refusal::NotFound("request")]).await);
    };
    let role = work.role(&request.role).await?;
    let (name, way) = named.ok_or(StoreError::Missing("a principal"))?;
    let people = app.open_people(way);
    work.known.note_administrators(administrators);
    let attempt = Entry::new(activity)
        .role(&role)
        .subject(request.principal.clone(), &name)
        .request(&request.id)
        .reason(justification);

    let policy = match app.in_force(&role.id, settings) {
        Ok(policy) => policy,
        // Whoever has no part in the request learns nothing of it here either.
        Err(_) if !work.actor.standing.holds(Permission::ManageRequests) => {
            return Err(work.refuse(nothing_there, vec![Refusal::NotFound("request")]).await);
        }
        Err(refusal) => return Err(work.refuse(attempt, vec![refusal]).await),
    };
    let approvers = resolve(&app.approver_facts(&policy.activation.approval.approvers, ways, work.now));
    match may_decide(&approvers, &request.requested_by, &decider) {
        Ok(()) => {}
        // To somebody who has no part in it, the request is not there; they read their own audit, so it tells nothing of it either.
        Err(Refusal::NotApprover) if !work.actor.standing.holds(Permission::ManageRequests) => {
            return Err(work.refuse(nothing_there, vec![Refusal::NotFound("request")]).await);
        }
        Err(refusal) => return Err(work.refuse(attempt, vec![refusal]).await),
    }
    if work.actor.verified_at.is_none() {
        return Err(work.refuse(attempt, vec![Refusal::VerificationRequired]).await);
    }
    if !request.state.is_pending() {
        let how = describe_closed(&mut work.tx, &request).await?;
        return Err(work.refuse(attempt, vec![Refusal::AlreadyClosed { how }]).await);
    }
    if justification.is_empty() {
        let missing = Refusal::Missing {
            field: "justification",
            sentence: "Say why. It is recorded, and shown to the requestor.",
        };
        return Err(work.refuse(attempt, vec![missing]).await);
    }

    // A yes grants only if the person is still there and still eligible; its hours run from now.
    let usable = usable.filter(|_| people.contains(&request.requested_by));
    let active = usable.as_ref().is_some_and(|usable| usable.is_active);
    let eligibility = usable.and_then(|usable| app.open_usable(usable, &request.requested_by));
    let duration = HalfHours::from_minutes(request.duration_minutes.unwrap_or_default())?;
    let outcome = match verdict {
        Verdict::Deny => None,
        Verdict::Approve => match grant_approved(duration, request.starts_at, eligibility.as_ref(), active, work.now) {
            Ok(outcome) => Some(outcome),
            Err(refusal) => return Err(work.refuse(attempt, vec![refusal]).await),
        },
    };
    let decision = Decision { verdict, by: decider.clone(), at: work.now, justification: justification.to_owned() };
    let state = match request.state.clone().decide(decision, matches!(outcome, Some(Activation::Later(_)))) {
        Ok(state) => state,
        Err(refusal) => return Err(work.refuse(attempt, vec![refusal]).await),
    };
    let request = Request { state, ..request };
    let seal = work.seal(&request);
    work.save(store::requests::update_state(&request, Some(&seal)));
    if let (Some(Activation::Now(term) | Activation::Later(term)), Some(eligibility)) = (outcome, &eligibility) {
        work.make_activation(&request, eligibility, term)?;
    }
    work.record(attempt).await?;
    work.drop_mails(&request.id);

    let mut others = approvers;
    others.remove(&decider);
    others.remove(&request.requested_by);
    let (to_requestor, to_others) = match verdict {
        Verdict::Approve => (NoticeKind::Approved, NoticeKind::ApprovedByOther),
        Verdict::Deny => (NoticeKind::Denied, NoticeKind::DeniedByOther),
    };
    let by = work.actor.name.clone();
    let decided = Mail::Decided(Decided {
        about: about(&role, &name, &request.id),
        ask: asked(&request),
        verdict,
        by: by.clone(),
        justification: justification.to_owned(),
    });
    work.mail_by_rule(&policy, NotificationRuleId::RequestorEndUserAssignment, &people, &decided);
    work.mail_by_rule(&policy, NotificationRuleId::ApproverEndUserAssignment, &others, &decided);
    work.notify(people.clone(), to_requestor, &role, &by, Some(&request.id))?;
    work.notify(others, to_others, &role, &by, Some(&request.id))?;
    match outcome {
        Some(Activation::Now(term) | Activation::Later(term)) => {
            let granted = Granted { role: &role, policy: &policy, request: &request, name: &name };
            work.tell_activated(granted, people, term).await?;
        }
        Some(Activation::Pending { .. }) | None => {}
    }
    work.commit().await
}

/// What happened to a closed request, as the rest of "This request was already ...": with the name of who decided.
pub(super) async fn describe_closed(db: &mut store::Db, request: &Request) -> AppResult<String> {
    if let Some(decision) = request.state.decision() {
        let by =
            store::principals::find(db, &(&decision.by).into()).await?.ok_or(StoreError::Missing("a principal"))?;
        let how = match decision.verdict {
            Verdict::Approve => "approved",
            Verdict::Deny => "denied",
        };
        return Ok(format!("{how} by {}", by.display_name));
    }
    Ok(match request.state.clone().cancel(None, request.created_at) {
        Err(Refusal::AlreadyClosed { how }) => how,
        Ok(_) | Err(_) => "closed".to_owned(),
    })
}
