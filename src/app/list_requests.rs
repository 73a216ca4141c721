//! Lists of requests: mine, those I can decide, those I decided, and everybody's that wait.

use crate::app::around_page::waiting_on;
use crate::app::list_my_roles::{Lines, lines, one_more};
use crate::app::show_request::as_of;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::time::Instant;
use crate::store::Question;
use crate::store::request_lists::{self, RequestLine};
use crate::store::requests::Waiting;

/// What I asked for, the newest first.
pub async fn list_my_requests(
    app: &App,
    caller: &Caller,
    before: Option<&str>,
    now: Instant,
) -> AppResult<Lines<RequestLine>> {
    let question = request_lists::list_of(&caller.user, before, one_more());
    let (_, found) = caller.ask(app, now, question).await?;
    Ok(lines(found.into_iter().map(|line| as_of(line, now)).collect()))
}

/// What waits for my decision. Never what I asked for myself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approvals {
    /// Requests to activate a role, the oldest first.
    pub activations: Lines<RequestLine>,
    /// Requests to extend or renew, the oldest first; none for who does not administer.
    pub changes: Option<Lines<RequestLine>>,
    /// How many there are.
    pub waiting: Waiting,
    /// As an administrator, the person would see more with a second factor.
    pub needs_verification: bool,
}

/// One page of each kind.
pub async fn list_approvals(
    app: &App,
    caller: &Caller,
    after: Option<&str>,
    changes_after: Option<&str>,
    now: Instant,
) -> AppResult<Approvals> {
    let user = &caller.user;
    // What is asked depends on what the person may do.
    let (standing, ()) = caller.ask(app, now, Question::nothing()).await?;
    let stands_in = standing.permit(Permission::ManageRequests).is_ok();
    let administers = standing.permit(Permission::WriteAssignments).is_ok();
    let activations = request_lists::list_to_decide(user, stands_in, now, after, one_more());
    let changes = administers.then(|| request_lists::list_changes_to_decide(user, now, changes_after, one_more()));
    let question = activations.and(Question::maybe(changes)).and(waiting_on(user, &standing, now));
    let ((activations, changes), waiting) = app.store.ask(question).await?;
    let needs_verification = standing.holds(Permission::ManageRequests) && !stands_in;
    Ok(Approvals { activations: lines(activations), changes: changes.map(lines), waiting, needs_verification })
}

/// What I decided, the last first.
pub async fn list_my_decisions(
    app: &App,
    caller: &Caller,
    before: Option<(Instant, &str)>,
    now: Instant,
) -> AppResult<Lines<RequestLine>> {
    let question = request_lists::list_decided_by(&caller.user, before, one_more());
    Ok(lines(caller.ask(app, now, question).await?.1))
}

/// How many requests wait for me, and for my decision.
pub async fn count_waiting(app: &App, caller: &Caller, now: Instant) -> AppResult<Waiting> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    Ok(waiting_on(&caller.user, &standing, now).ask(&mut db).await?)
}

/// Everybody's waiting requests, the oldest first; for those who administer.
pub async fn list_waiting_requests(
    app: &App,
    caller: &Caller,
    after: Option<&str>,
    now: Instant,
) -> AppResult<Lines<RequestLine>> {
    let question = request_lists::list_waiting(now, after, one_more());
    let (standing, found) = caller.ask(app, now, question).await?;
    standing.permit(Permission::ManageRequests)?;
    Ok(lines(found))
}
