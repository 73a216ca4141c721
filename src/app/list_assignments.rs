//! Looking at assignments: who is eligible for what, who holds it, and what ended.

use super::normal_form::nfkc;
use super::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::ids::{RoleId, ScheduleId};
use crate::domain::name::comparison_key;
pub use crate::store::assignment_lines::LineCounts;
use crate::store::{
    self,
    assignment_lines::{AssignmentLine, LineFilter, Section},
    like_containing,
};

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

fn pattern(typed: &str) -> String {
    like_containing(&comparison_key(nfkc(typed).trim()))
}

/// A page of one tab, from behind `after` on.
pub async fn list_assignments(
    app: &App,
    caller: &Caller,
    search: &AssignmentSearch,
    after: Option<&ScheduleId>,
    size: usize,
) -> AppResult<Assignments> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(&mut db, now).await?;
    standing.permit(Permission::ReadAssignments)?;
    let pattern = pattern(&search.typed);
    let filter = LineFilter { section: search.section, role: search.role.as_ref(), pattern: &pattern };
    let limit = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let mut lines = store::assignment_lines::list(&mut db, filter, after, now, limit).await?;
    let more = lines.len() > size;
    lines.truncate(size);
    let next = lines.last().filter(|_| more).map(|line| line.id.clone());
    Ok(Assignments { lines, next })
}

/// How many each tab holds of what is searched for.
pub async fn count_assignments(
    app: &App,
    caller: &Caller,
    role: Option<&RoleId>,
    typed: &str,
) -> AppResult<LineCounts> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(&mut db, now).await?;
    standing.permit(Permission::ReadAssignments)?;
    Ok(store::assignment_lines::count(&mut db, role, &pattern(typed), now).await?)
}
