//! Keeping a person out: signed out everywhere at once, and no more signing in, activating or deciding.

use super::{App, AppError, AppResult, Caller, record::Entry};
use crate::{
    domain::{
        access::Permission,
        assignment::keep_an_administrator,
        audit::Activity,
        ids::{RoleId, UserId},
        refusal::Refusal,
        role::PortalRole,
        time::Instant,
        user::may_lock_out,
    },
    store::{
        self, Db,
        principals::{Without, standing_holders_without},
    },
};

/// Disables a person. What they had activated ends, and what they had asked for is withdrawn; what they were assigned stays, for the
/// day they are enabled again.
pub async fn disable_user(app: &App, caller: &Caller, id: &UserId) -> AppResult<()> {
    let attempt = Entry::new(Activity::UserDisabled).subject(id, "");
    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    let Some(user) = store::users::find(&mut work.tx, id).await? else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("user")]).await);
    };
    let attempt = attempt.subject(id, user.display_name.as_str());
    work.settle_about(&[id.into()]).await?;
    let now = work.now;
    let last_of = last_holder(&mut work.tx, id, now, &Without::User(id)).await?;
    if let Err(refusal) = may_lock_out(&work.user()?, id).and_then(|()| keep_an_administrator(last_of)) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    store::users::set_enabled(&mut work.tx, id, false, now).await?;
    store::sessions::delete_of_user(&mut work.tx, id).await?;
    work.record(attempt.change("Enabled", if user.enabled { "yes" } else { "no" }, "no")).await?;
    for active in store::assignments::list_activated_by(&mut work.tx, id).await? {
        work.revoke(&active, "The person was disabled.").await?;
    }
    for request in store::requests::list_pending_of(&mut work.tx, id).await? {
        work.withdraw(request, "The person was disabled.").await?;
    }
    work.commit().await
}

/// The administrator role that this person holds by assignment and that nobody would hold any more without it.
pub(super) async fn last_holder(
    db: &mut Db,
    user: &UserId,
    now: Instant,
    without: &Without<'_>,
) -> AppResult<Option<PortalRole>> {
    for portal in PortalRole::ADMINISTRATORS {
        let role = RoleId::parse(portal.template_id()).map_err(|_| AppError::Broken("a role's id"))?;
        let holders = standing_holders_without(db, &role, now, &Without::Schedule("")).await?;
        if holders.contains(user) && standing_holders_without(db, &role, now, without).await?.is_empty() {
            return Ok(Some(portal));
        }
    }
    Ok(None)
}
