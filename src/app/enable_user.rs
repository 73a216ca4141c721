//! Letting a person in again.

use super::{App, AppResult, Caller, record::Entry};
use crate::{
    domain::{access::Permission, audit::Activity, ids::UserId, refusal::Refusal},
    store,
};

/// Enables a person. Password and second factor are as they were.
pub async fn enable_user(app: &App, caller: &Caller, id: &UserId) -> AppResult<()> {
    let attempt = Entry::new(Activity::UserEnabled).subject(id, "");
    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    let Some(user) = store::users::find(&mut work.tx, id).await? else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("user")]).await);
    };
    let now = work.now;
    store::users::set_enabled(&mut work.tx, id, true, now).await?;
    let entry = attempt.subject(id, user.display_name.as_str()).change(
        "Enabled",
        if user.enabled { "yes" } else { "no" },
        "yes",
    );
    work.record(entry).await?;
    work.commit().await
}
