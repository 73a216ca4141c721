//! Letting a person in again.

use super::{App, AppResult, Caller, record::Entry};
use crate::{
    domain::{access::Permission, audit::Activity, ids::UserId, refusal::Refusal, sealed_rows::Account},
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
    let attempt = attempt.subject(id, user.display_name.as_str());
    let Some(account) = store::users::find_account(&mut work.tx, id).await?.and_then(|account| app.open(account))
    else {
        let refusal = Refusal::ChangedOutside {
            what: "This account was",
            way_out: "Check its names and addresses, and save them anew; then it can be enabled.",
        };
        return Err(work.refuse(attempt, vec![refusal]).await);
    };
    let seal = work.seal(&Account { enabled: true, ..account });
    store::users::set_enabled(&mut work.tx, id, true, Some(&seal), now).await?;
    let entry = attempt.change("Enabled", if user.enabled { "yes" } else { "no" }, "yes");
    work.record(entry).await?;
    work.commit().await
}
