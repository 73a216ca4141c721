//! Looking at assignments: who is eligible for what, who holds it, and what ended.

use super::normal_form::search_key;
use super::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::ids::{RoleId, ScheduleId};
use crate::domain::time::Instant;
use crate::store::Question;
pub use crate::store::assignment_lines::LineCounts;
use crate::store::assignment_lines::{self, AssignmentLine, LineFilter, Place, Section};

/// What narrows the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssignmentSearch {
    /// Which tab.
    pub section: Section,
    /// Of this role only.
    pub role: Option<RoleId>,
    /// A part of the name of a role, a person or a group.
    pub typed: String,
}

/// A page of assignments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignments {
    /// The lines.
    pub lines: Vec<AssignmentLine>,
    /// The line behind which the next page begins.
    pub next: Option<ScheduleId>,
}

/// A page of one tab, from behind `after` on.
pub async fn list_assignments(
    app: &App,
    caller: &Caller,
    search: &AssignmentSearch,
    after: Option<&ScheduleId>,
    size: usize,
) -> AppResult<Assignments> {
    Ok(list_with(app, caller, search, after, size, |_, _| Question::nothing()).await?.0)
}

/// The same, with how many each tab holds of what is searched for.
pub async fn list_and_count_assignments(
    app: &App,
    caller: &Caller,
    search: &AssignmentSearch,
    after: Option<&ScheduleId>,
    size: usize,
) -> AppResult<(Assignments, LineCounts)> {
    let counts = |pattern: &str, now| assignment_lines::count(search.role.as_ref(), pattern, now);
    list_with(app, caller, search, after, size, counts).await
}

/// The page, with the answer to a question about the same text and moment.
async fn list_with<T: 'static>(
    app: &App,
    caller: &Caller,
    search: &AssignmentSearch,
    after: Option<&ScheduleId>,
    size: usize,
    also: impl FnOnce(&str, Instant) -> Question<T>,
) -> AppResult<(Assignments, T)> {
    let now = app.now();
    let from = match after {
        Some(line) => assignment_lines::find_place(&mut *app.store.read().await?, search.section, line).await?,
        None => Place::default(),
    };
    let key = search_key(&search.typed);
    let filter = LineFilter { section: search.section, role: search.role.as_ref(), key: &key };
    let limit = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let question = assignment_lines::list(filter, &from, now, limit).and(also(&key, now));
    let (standing, (mut lines, answer)) = caller.ask(app, now, question).await?;
    standing.permit(Permission::ReadAssignments)?;
    let more = lines.len() > size;
    lines.truncate(size);
    let next = lines.last().filter(|_| more).map(|line| line.id.clone());
    Ok((Assignments { lines, next }, answer))
}
