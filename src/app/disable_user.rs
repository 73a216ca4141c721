//! Keeping a person out: signed out everywhere at once, and no more signing in, activating or deciding.

use super::{App, AppError, AppResult, Caller, record::Entry};
use crate::{
    domain::{
        access::Permission,
        administrators::Loss,
        assignment::keep_an_administrator,
        audit::Activity,
        ids::{RoleId, UserId},
        refusal::Refusal,
        role::PortalRole,
        seal::Sealable as _,
        sealed_rows::Account,
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
    let last_of = last_holder(app, &mut work.tx, id, now, &Without::User(id)).await?;
    let kept = work.keep_administrators(Loss::Person(id)).await?;
    if let Err(refusal) = may_lock_out(&work.user()?, id).and_then(|()| keep_an_administrator(last_of)).and(kept) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    // An account that is not trusted is disabled all the same, and not sealed.
    let account = store::users::find_account(&mut work.tx, id).await?.and_then(|account| app.open(account));
    let seal = account.map(|account| work.seal(&Account { enabled: false, ..account }));
    if seal.is_none() {
        work.unseal(Account::from(&user).object());
    }
    store::users::set_enabled(&mut work.tx, id, false, seal.as_ref(), now).await?;
    store::sessions::delete_of_user(&mut work.tx, id).await?;
    work.record(attempt.change("Enabled", if user.enabled { "yes" } else { "no" }, "no")).await?;
    for active in store::assignments::list_activated_by(&mut work.tx, id).await? {
        work.revoke(active.unchecked(), "The person was disabled.").await?;
    }
    for request in store::requests::list_pending_of(&mut work.tx, id).await? {
        work.withdraw(request, "The person was disabled.").await?;
    }
    work.commit().await
}

/// The administrator role that this person holds by assignment and that nobody would hold any more without it.
pub(super) async fn last_holder(
    app: &App,
    db: &mut Db,
    user: &UserId,
    now: Instant,
    without: &Without<'_>,
) -> AppResult<Option<PortalRole>> {
    for portal in PortalRole::ADMINISTRATORS {
        let role = RoleId::parse(portal.template_id()).map_err(|_| AppError::Broken("a role's id"))?;
        let holders = standing_holders_without(db, &role, now, &Without::Schedule("")).await?;
        if !app.open_standing_holders(holders, &role, now).contains(user) {
            continue;
        }
        let left = standing_holders_without(db, &role, now, without).await?;
        if app.open_standing_holders(left, &role, now).is_empty() {
            return Ok(Some(portal));
        }
    }
    Ok(None)
}
