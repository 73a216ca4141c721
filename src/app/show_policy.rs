//! One role's settings, as people look at them: values, names, who can approve today, and what was changed when.

use crate::app::approvers::reach_of;
use crate::app::update_policy::describe;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::audit::{Activity, Change, Event};
use crate::domain::ids::RoleId;
use crate::domain::name::comparison_key;
use crate::domain::policy::Policy;
use crate::domain::reach::Reach;
use crate::domain::refusal::Refusal;
use crate::domain::role::Role;
use crate::domain::time::Instant;
use crate::store::policies::StoredPolicy;
use crate::store::principals::Principal;
use crate::store::{self, Db};

/// How many saves the history goes back.
const HISTORY: i64 = 10;

/// A role's settings with everything the pages say about them.
#[derive(Clone, Debug)]
pub struct ShownPolicy {
    /// Whose settings.
    pub role: Role,
    /// The settings, their version, and the last save.
    pub stored: StoredPolicy,
    /// The named approvers by name.
    pub approvers: Vec<Principal>,
    /// Who can approve today.
    pub reach: Reach,
    /// Who gets the mails of administrators today, by name.
    pub mailed_admins: Vec<String>,
    /// The last saves, newest first; empty for whoever may not read the audit.
    pub history: Vec<Event>,
    /// Whether the caller may change them.
    pub may_write: bool,
}

/// Shows the settings of a role that is not hidden.
pub async fn show_policy(app: &App, caller: &Caller, id: &RoleId) -> AppResult<ShownPolicy> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, now).await?;
    standing.permit(Permission::ReadRoles)?;
    let role = shown_role(&mut db, id).await?;
    let stored = store::policies::get(&mut db, &role.id).await?;
    let named = &stored.policy.activation.approval.approvers;
    let mut approvers = Vec::new();
    for approver in named {
        approvers.extend(store::principals::find(&mut db, approver).await?);
    }
    approvers.sort_by(|one, other| one.display_name.cmp(&other.display_name));
    let reach = reach_of(app, &mut db, named, now).await?;
    let history = if standing.holds(Permission::ReadAudit) {
        store::audit::list_done_to_role(&mut db, &role.id, Activity::SettingsUpdated, HISTORY).await?
    } else {
        Vec::new()
    };
    let mailed_admins = mailed_admins(&mut db, now).await?;
    let may_write = standing.holds(Permission::WriteSettings);
    Ok(ShownPolicy { role, stored, approvers, reach, mailed_admins, history, may_write })
}

/// Where these settings differ from what is saved: each setting, what is saved, what these say.
pub async fn compare_policy(app: &App, caller: &Caller, id: &RoleId, typed: &Policy) -> AppResult<Vec<Change>> {
    let mut db = app.store.read().await?;
    let (_, standing) = caller.standing(app, &mut db, app.now()).await?;
    standing.permit(Permission::WriteSettings)?;
    let role = shown_role(&mut db, id).await?;
    let stored = store::policies::get(&mut db, &role.id).await?;
    let saved = describe(&mut db, &stored.policy).await?;
    let typed = describe(&mut db, typed).await?;
    let differences = saved.into_iter().zip(typed).filter(|((_, saved), (_, typed))| saved != typed);
    Ok(differences.map(|((field, before), (_, after))| Change { field, before, after }).collect())
}

/// The administrators who get mails today, by name.
async fn mailed_admins(db: &mut Db, now: Instant) -> AppResult<Vec<String>> {
    let mut names = Vec::new();
    for admin in store::mail_settings::administrators(now).ask(db).await? {
        names.extend(store::principals::enabled_user_name(db, &admin).await?);
    }
    names.sort_by_key(|name| comparison_key(name));
    Ok(names)
}

async fn shown_role(db: &mut Db, id: &RoleId) -> AppResult<Role> {
    let role = store::roles::find(db, id).await?.filter(|role| !role.is_hidden);
    Ok(role.ok_or(Refusal::NotFound("role"))?)
}
