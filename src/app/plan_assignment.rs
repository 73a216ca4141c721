//! What the "Add assignments" wizard needs to know before anything is assigned. It only reads; `assign_role` decides.

use super::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::assignment::{Candidate, check_members};
use crate::domain::ids::{PrincipalId, RoleId};
use crate::domain::policy::AssignmentRules;
use crate::domain::refusal::Refusal;
use crate::domain::role::Role;
use crate::store;

/// Every role that can be chosen, by name.
pub async fn list_assignable_roles(app: &App, caller: &Caller) -> AppResult<Vec<Role>> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    standing.permit(Permission::WriteAssignments)?;
    let mut roles = store::roles::list_all(&mut db).await?;
    roles.retain(|role| !role.is_hidden);
    roles.sort_by(|one, other| one.display_name.cmp(&other.display_name));
    Ok(roles)
}

/// A role, and what its settings say about assigning it.
pub async fn show_assignment_rules(app: &App, caller: &Caller, role: &RoleId) -> AppResult<(Role, AssignmentRules)> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    standing.permit(Permission::WriteAssignments)?;
    let role = store::roles::find(&mut db, role).await?.filter(|role| !role.is_hidden);
    let role = role.ok_or(Refusal::RoleNotAssignable)?;
    let stored = store::policies::get(&mut db, &role.id).await?;
    let rules = app.in_force(&role.id, stored)?.assignment;
    Ok((role, rules))
}

/// Refuses whoever could not be assigned at all, each by name.
pub async fn check_membership(
    app: &App,
    caller: &Caller,
    role: Option<&RoleId>,
    members: &[PrincipalId],
) -> AppResult<()> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    standing.permit(Permission::WriteAssignments)?;
    let mut refusals = Vec::new();
    match role {
        None => refusals.push(Refusal::Missing { field: "role", sentence: "Choose the role." }),
        Some(role) => match store::roles::find(&mut db, role).await? {
            Some(role) if !role.is_hidden => {}
            Some(_) | None => refusals.push(Refusal::RoleNotAssignable),
        },
    }
    let mut candidates = Vec::with_capacity(members.len());
    for member in members {
        let found = store::principals::find(&mut db, member).await?.ok_or(Refusal::NotFound("person or group"))?;
        let found = app.trusted(found);
        candidates.push(Candidate {
            principal: found.id,
            name: found.display_name,
            standing: found.standing,
            assigned: false,
        });
    }
    refusals.extend(check_members(&candidates));
    if refusals.is_empty() { Ok(()) } else { Err(refusals.into()) }
}
