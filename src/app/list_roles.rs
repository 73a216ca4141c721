//! Looking at roles: the list with who has them, and one of them.

use super::normal_form::search_key;
use super::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::ids::RoleId;
use crate::domain::refusal::Refusal;
use crate::domain::role::Role;
use crate::store::{
    self,
    roles::{RoleFilter, RoleLine},
};

/// What narrows the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleSearch {
    /// A part of the name or of the description.
    pub typed: String,
    /// Only those whose misuse reaches far.
    pub privileged: bool,
    /// Only those that somebody is eligible for or holds.
    pub assigned: bool,
}

/// A page of roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    /// The lines, by name.
    pub lines: Vec<RoleLine>,
    /// The role behind which the next page begins.
    pub next: Option<RoleId>,
    /// Whether the person may see who has a role.
    pub shows_assignments: bool,
}

/// The roles that can be assigned, by name.
pub async fn list_roles(
    app: &App,
    caller: &Caller,
    search: &RoleSearch,
    after: Option<&RoleId>,
    size: usize,
) -> AppResult<Roles> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::ReadRoles)?;
    let shows_assignments = standing.holds(Permission::ReadAssignments);
    let key = search_key(&search.typed);
    let filter =
        RoleFilter { key: &key, privileged: search.privileged, assigned: search.assigned && shows_assignments };
    let limit = i64::try_from(size).unwrap_or(i64::MAX).saturating_add(1);
    let mut lines = store::roles::list(&mut db, filter, after, now, limit).await?;
    let more = lines.len() > size;
    lines.truncate(size);
    let next = lines.last().filter(|_| more).map(|line| line.role.id.clone());
    Ok(Roles { lines, next, shows_assignments })
}

/// One role that can be assigned.
pub async fn show_role(app: &App, caller: &Caller, id: &RoleId) -> AppResult<Role> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    standing.permit(Permission::ReadRoles)?;
    let role = store::roles::find(&mut db, id).await?.filter(|role| !role.is_hidden);
    Ok(role.ok_or(Refusal::NotFound("role"))?)
}
