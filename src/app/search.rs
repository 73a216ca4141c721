//! The search in the top bar: roles, people and groups, each as far as the person may see them.

use crate::app::normal_form::search_key;
use crate::app::people::{list_groups, list_users};
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::group::Group;
use crate::domain::name::comparison_key;
use crate::domain::role::Role;
use crate::domain::user::User;
use crate::store;

/// How many of each kind are shown.
pub const SHOWN: usize = 8;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Roles by name.
    pub roles: Vec<Role>,
    /// Whether these are all roles, or only those that the person has.
    pub sees_all_roles: bool,
    /// People by name.
    pub users: Vec<User>,
    /// Groups by name.
    pub groups: Vec<Group>,
    /// More would be found after showing a second factor.
    pub needs_verification: bool,
}

/// Looks for a text. Everybody finds the roles they have; other roles, people and groups need their permissions.
pub async fn search(app: &App, caller: &Caller, typed: &str) -> AppResult<Found> {
    let now = app.now();
    let key = search_key(typed);
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    let sees_all_roles = standing.permit(Permission::ReadRoles).is_ok();
    let sees_people = standing.permit(Permission::ReadPeople).is_ok();
    let needs_verification =
        !standing.verified && (standing.holds(Permission::ReadRoles) || standing.holds(Permission::ReadPeople));
    if key.is_empty() {
        return Ok(Found { sees_all_roles, needs_verification, ..Found::default() });
    }
    let roles = if sees_all_roles {
        store::roles::list_by_name().ask(&mut db).await?
    } else {
        store::overview::list_roles_of(&mut db, &caller.user, now).await?
    };
    drop(db);
    let roles =
        roles.into_iter().filter(|role| comparison_key(&role.display_name).contains(&key)).take(SHOWN).collect();
    let (users, groups) = if sees_people {
        let users = list_users(app, caller, typed, None, None, SHOWN).await?.lines;
        let groups = list_groups(app, caller, typed, None, SHOWN).await?.lines;
        (users, groups.into_iter().map(|line| line.group).collect())
    } else {
        (Vec::new(), Vec::new())
    };
    Ok(Found { roles, sees_all_roles, users, groups, needs_verification })
}
