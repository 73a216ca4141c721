//! One request: as its requestor sees it, and as somebody sees it who can decide it or administers.

use crate::app::approvers::{approvers_of_role, facts_of_role};
use crate::app::show_activation::{Deciders, deciders};
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::approval::resolve;
use crate::domain::audit::{Event, Outcome};
use crate::domain::ids::{RequestId, UserId};
use crate::domain::lifecycle::Sought;
use crate::domain::refusal::Refusal;
use crate::domain::request::Action;
use crate::domain::role::PortalRole;
use crate::domain::schedule::Term;
use crate::domain::time::Instant;
use crate::store::request_lists::{Before, RequestLine};
use crate::store::{self, Db};

/// Steps shown of one request; more than any request has by its own.
const STEPS: i64 = 200;

/// My request, with its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyRequest {
    /// The request.
    pub line: RequestLine,
    /// Who can decide it, while it waits.
    pub deciders: Option<Deciders>,
    /// What I did and what was done with it, in order.
    pub steps: Vec<Event>,
}

/// One of my requests; somebody else's is not there.
pub async fn show_my_request(app: &App, caller: &Caller, id: &RequestId, now: Instant) -> AppResult<MyRequest> {
    let mut db = app.store.read().await?;
    caller.standing(app, &mut db, now).await?;
    let line = find(&mut db, id, now).await?;
    if line.request.requested_by != caller.user {
        return Err(Refusal::NotFound("request").into());
    }
    let deciders = if line.request.state.is_pending() {
        let approvers = match Sought::of(line.request.action) {
            Some(_) => {
                let ways = store::principals::active_holders(&mut db, PortalRole::ADMINISTRATORS, now).await?;
                app.open_administrators(ways, now)
            }
            None => approvers_of_role(app, &mut db, &line.request.role, now).await?,
        };
        Some(deciders(&mut db, approvers, &caller.user).await?)
    } else {
        None
    };
    let steps = store::audit::list_of_request(&mut db, id, STEPS).await?;
    let steps = steps.into_iter().filter(|step| is_of(step, &caller.user)).collect();
    Ok(MyRequest { line, deciders, steps })
}

/// What somebody did themself, or what was done for them; not what others tried and were refused.
pub(super) fn is_of(step: &Event, user: &UserId) -> bool {
    let concerns = step.subject.as_ref().is_some_and(|subject| subject.is_user(user));
    step.actor.as_ref() == Some(user) || (concerns && step.outcome == Outcome::Success)
}

/// What the person who looks can do about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Decide it.
    Decide,
    /// Nothing: it is their own.
    Own,
    /// Nothing: they see it because they decided it, or administer.
    Read,
}

/// A request, and what helps to decide it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestToDecide {
    /// The request.
    pub line: RequestLine,
    /// What whoever looks can do.
    pub part: Part,
    /// Earlier activations of the role by the requestor.
    pub before: Before,
    /// What the requestor holds actively now.
    pub active_now: Vec<String>,
    /// The eligibility it uses, when it ended early, and the group it belongs to.
    pub eligibility: Option<(Term, Option<Instant>, Option<String>)>,
}

/// A request as its approvers see it. It is not there for somebody without a part in it.
pub async fn show_request(app: &App, caller: &Caller, id: &RequestId, now: Instant) -> AppResult<RequestToDecide> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    let line = find(&mut db, id, now).await?;
    let request = &line.request;
    if request.action != Action::SelfActivate {
        return Err(Refusal::NotFound("request").into());
    }
    let facts = facts_of_role(app, &mut db, &request.role, now).await?;
    let is_approver = resolve(&facts).contains(&caller.user);
    let decided = request.state.decision().is_some_and(|decision| decision.by == caller.user);
    let is_own = request.requested_by == caller.user;
    let administers = standing.holds(Permission::ManageRequests);
    if !(is_own || decided || is_approver || administers) {
        return Err(Refusal::NotFound("request").into());
    }
    if !(is_own || decided) && (!is_approver || facts.administrators.contains(&caller.user)) {
        // They see it by their administrative power alone.
        standing.permit(Permission::ManageRequests)?;
    }
    let part = if is_own {
        Part::Own
    } else if is_approver && request.state.is_pending() {
        Part::Decide
    } else {
        Part::Read
    };
    Ok(RequestToDecide {
        part,
        before: store::request_lists::held_before(&mut db, &request.role, &request.requested_by, now).await?,
        active_now: store::request_lists::roles_active_now(&mut db, &request.requested_by, now).await?,
        eligibility: store::request_lists::eligibility_of(&mut db, id).await?,
        line,
    })
}

/// The waiting request that an administrator is about to cancel.
pub async fn show_waiting_request(app: &App, caller: &Caller, id: &RequestId, now: Instant) -> AppResult<RequestLine> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::ManageRequests)?;
    find(&mut db, id, now).await
}

async fn find(db: &mut Db, id: &RequestId, now: Instant) -> AppResult<RequestLine> {
    let line = store::request_lists::find(db, id).await?.ok_or(Refusal::NotFound("request"))?;
    Ok(as_of(line, now))
}

/// The request as it stands at this moment, whether or not somebody has closed the books on it.
pub(super) fn as_of(mut line: RequestLine, now: Instant) -> RequestLine {
    if let Ok(lapsed) = line.request.state.clone().lapse(now) {
        line.request.state = lapsed;
    }
    line
}
