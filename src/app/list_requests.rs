//! Lists of requests: mine, those I can decide, those I decided, and everybody's that wait.

use crate::app::around_page::waiting_on;
use crate::app::list_my_roles::{Lines, lines, one_more};
use crate::app::show_request::as_of;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::{Permission, Standing};
use crate::domain::time::Instant;
use crate::store::Read;
use crate::store::request_lists::{self, RequestLine};
use crate::store::requests::Waiting;

async fn reader(app: &App, caller: &Caller, now: Instant) -> AppResult<(Read, Standing)> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(&mut db, now).await?;
    Ok((db, standing))
}

/// What I asked for, the newest first.
pub async fn list_my_requests(
    app: &App,
    caller: &Caller,
    before: Option<&str>,
    now: Instant,
) -> AppResult<Lines<RequestLine>> {
    let (mut db, _) = reader(app, caller, now).await?;
    let found = request_lists::list_of(&mut db, &caller.user, before, one_more()).await?;
    Ok(lines(found.into_iter().map(|line| as_of(line, now)).collect()))
}

/// What waits for my decision, the oldest first; never my own.
pub async fn list_approvals(
    app: &App,
    caller: &Caller,
    after: Option<&str>,
    now: Instant,
) -> AppResult<Lines<RequestLine>> {
    let (mut db, standing) = reader(app, caller, now).await?;
    let stands_in = standing.holds(Permission::ManageRequests);
    Ok(lines(request_lists::list_to_decide(&mut db, &caller.user, stands_in, now, after, one_more()).await?))
}

/// How many requests wait for me, and for my decision.
pub async fn count_waiting(app: &App, caller: &Caller, now: Instant) -> AppResult<Waiting> {
    let (mut db, standing) = reader(app, caller, now).await?;
    waiting_on(&mut db, &caller.user, &standing, now).await
}

/// What I decided, the last first.
pub async fn list_my_decisions(
    app: &App,
    caller: &Caller,
    before: Option<(Instant, &str)>,
    now: Instant,
) -> AppResult<Lines<RequestLine>> {
    let (mut db, _) = reader(app, caller, now).await?;
    Ok(lines(request_lists::list_decided_by(&mut db, &caller.user, before, one_more()).await?))
}

/// Everybody's waiting requests, the oldest first; for those who administer.
pub async fn list_waiting_requests(
    app: &App,
    caller: &Caller,
    after: Option<&str>,
    now: Instant,
) -> AppResult<Lines<RequestLine>> {
    let (mut db, standing) = reader(app, caller, now).await?;
    standing.permit(Permission::ManageRequests)?;
    Ok(lines(request_lists::list_waiting(&mut db, now, after, one_more()).await?))
}
