//! Requests to extend or renew, as administrators see them: one of them, and several that are decided together.

use crate::app::lifecycle::Held;
use crate::app::show_request::{Part, as_of};
use crate::app::{App, AppResult, Caller};
use crate::domain::access::{Permission, Standing};
use crate::domain::ids::RequestId;
use crate::domain::lifecycle::{Sought, Suggestion};
use crate::domain::refusal::Refusal;
use crate::domain::time::Instant;
use crate::store::Db;
use crate::store::request_lists::{self, RequestLine};

/// A request to extend or renew.
#[derive(Clone, Debug)]
pub struct ChangeToDecide {
    /// The request.
    pub line: RequestLine,
    /// What it seeks.
    pub sought: Sought,
    /// What whoever looks can do.
    pub part: Part,
    /// The assignment.
    pub held: Held,
    /// What is offered.
    pub suggestion: Suggestion,
}

/// A request to extend or renew as an administrator or its requestor sees it; nothing when it is about something else. It is not
/// there for anybody else.
pub async fn show_change(
    app: &App,
    caller: &Caller,
    id: &RequestId,
    now: Instant,
) -> AppResult<Option<ChangeToDecide>> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    load(app, &mut db, caller, &standing, id, now).await
}

/// Those of these requests that wait, each with what is offered.
pub async fn show_changes(
    app: &App,
    caller: &Caller,
    ids: &[RequestId],
    now: Instant,
) -> AppResult<Vec<ChangeToDecide>> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    if !standing.holds(Permission::WriteAssignments) {
        return Err(Refusal::NotFound("request").into());
    }
    let mut found = Vec::new();
    for id in ids {
        let change = load(app, &mut db, caller, &standing, id, now).await?;
        found.extend(change.filter(|change| change.line.request.state.is_pending()));
    }
    Ok(found)
}

async fn load(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    standing: &Standing,
    id: &RequestId,
    now: Instant,
) -> AppResult<Option<ChangeToDecide>> {
    let line = request_lists::find(db, id).await?.ok_or(Refusal::NotFound("request"))?;
    let Some(sought) = Sought::of(line.request.action) else { return Ok(None) };
    let line = as_of(line, now);
    let part = if line.request.requested_by == caller.user {
        Part::Own
    } else if !standing.holds(Permission::WriteAssignments) {
        return Err(Refusal::NotFound("request").into());
    } else {
        standing.permit(Permission::WriteAssignments)?;
        if line.request.state.is_pending() { Part::Decide } else { Part::Read }
    };
    let held = Held::of_request(app, db, &line.request).await?;
    let suggestion = held.suggestion(line.request.ends_at, now);
    Ok(Some(ChangeToDecide { line, sought, part, held, suggestion }))
}
