//! Save a role's settings: all tabs in one act, unless somebody else saved in between (reference/entra-pim.md section 2).

use crate::app::approvers::resolve_approvers;
use crate::app::record::Entry;
use crate::app::{App, AppResult, Caller};
use crate::domain::access::Permission;
use crate::domain::audit::Activity;
use crate::domain::ids::RoleId;
use crate::domain::policy::{Policy, check};
use crate::domain::refusal::Refusal;
use crate::domain::role::Role;
use crate::domain::sealed_rows::RoleSettings;
use crate::store::{self, Db};

/// What a save did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Whose settings.
    pub role: Role,
    /// False when everything was as it had been: then there is no new version, and nothing to record.
    pub changed: bool,
}

/// Saves the settings over the version the caller had seen.
pub async fn update_policy(app: &App, caller: &Caller, role: &RoleId, seen: i64, policy: Policy) -> AppResult<Saved> {
    let mut work = app.begin(caller).await?;
    let attempt = Entry::new(Activity::SettingsUpdated);
    let Some(role) = store::roles::find(&mut work.tx, role).await?.filter(|role| !role.is_hidden) else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("role")]).await);
    };
    let attempt = attempt.role(&role);
    work = work.permit(Permission::WriteSettings, &attempt).await?;
    let stored = store::policies::get(&mut work.tx, &role.id).await?;
    if stored.version != seen {
        return Err(work.refuse(attempt, vec![Refusal::Stale]).await);
    }
    let mut policy = policy;
    policy.activation.approval.approvers.sort();
    policy.activation.approval.approvers.dedup();
    // Settings that were changed outside of Ostiary are saved anew, also as they are.
    if policy == stored.policy && app.in_force(&role.id, stored.clone()).is_ok() {
        return Ok(Saved { role, changed: false });
    }
    for approver in &policy.activation.approval.approvers {
        if store::principals::find(&mut work.tx, approver).await?.is_none() {
            let gone = Refusal::Impossible {
                field: "approvers",
                sentence: "One of these approvers does not exist.".to_owned(),
            };
            return Err(work.refuse(attempt, vec![gone]).await);
        }
    }
    let reachable = resolve_approvers(app, &mut work.tx, &policy.activation.approval.approvers, work.now).await?.len();
    if let Err(refusals) = check(&policy, reachable) {
        return Err(work.refuse(attempt, refusals).await);
    }
    let user = work.user()?;
    let before = describe(&mut work.tx, &stored.policy).await?;
    let after = describe(&mut work.tx, &policy).await?;
    let settings = RoleSettings { role: &role.id, version: seen + 1, policy: &policy };
    let seal = work.seal(&settings);
    store::policies::save(&mut work.tx, settings, &seal, &user, work.now).await?;
    let entry = before
        .iter()
        .zip(&after)
        .fold(attempt, |entry, ((field, before), (_, after))| entry.change(field, before, after));
    work.record(entry).await?;
    work.commit().await?;
    Ok(Saved { role, changed: true })
}

/// Every setting with its value in words, in the order of the tabs: what the audit compares and the details page shows.
pub async fn describe(db: &mut Db, policy: &Policy) -> AppResult<Vec<(String, String)>> {
    let mut names = Vec::new();
    for approver in &policy.activation.approval.approvers {
        let found = store::principals::find(db, approver).await?;
        names.push(found.map_or_else(|| "(no longer there)".to_owned(), |principal| principal.display_name));
    }
    names.sort();
    Ok(policy.in_words(&names))
}
