//! Keeping a person out: signed out everywhere at once, and no more signing in, activating or deciding.

use super::{App, AppResult, Caller, record::Entry};
use crate::{
    domain::{access::Permission, audit::Activity, ids::UserId, refusal::Refusal, user::may_lock_out},
    store,
};

/// Disables a person.
pub async fn disable_user(app: &App, caller: &Caller, id: &UserId) -> AppResult<()> {
    let attempt = Entry::new(Activity::UserDisabled).subject(id, "");
    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    let Some(user) = store::users::find(&mut work.tx, id).await? else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("user")]).await);
    };
    let attempt = attempt.subject(id, user.display_name.as_str());
    if let Err(refusal) = may_lock_out(&work.user()?, id) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let now = work.now;
    store::users::set_enabled(&mut work.tx, id, false, now).await?;
    store::sessions::delete_of_user(&mut work.tx, id).await?;
    work.record(attempt.change("Enabled", if user.enabled { "yes" } else { "no" }, "no")).await?;
    work.commit().await
}
