//! An administrator takes away a second factor that was lost.

use super::{App, AppResult, Caller, record::Entry, throttle::Counter};
use crate::{
    domain::{
        access::Permission,
        administrators::Loss,
        audit::Activity,
        ids::UserId,
        mail::{Credential, CredentialReset},
        refusal::Refusal,
        user::may_lock_out,
    },
    store,
};

/// Removes a person's second factor and recovery codes. They are signed out everywhere, and set up a new one when they are back.
pub async fn reset_second_factor(app: &App, caller: &Caller, id: &UserId) -> AppResult<()> {
    let attempt = Entry::new(Activity::SecondFactorReset).subject(id, "");
    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    let Some(user) = store::users::find(&mut work.tx, id).await? else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("user")]).await);
    };
    let attempt = attempt.subject(id, user.display_name.as_str());
    let kept = work.keep_administrators(Loss::SecondFactor(id)).await?;
    if let Err(refusal) = may_lock_out(&work.user()?, id).and(kept) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let now = work.now;
    let stored = store::credentials::get(&mut work.tx, id).await?;
    let Some(before) = app.open(stored) else {
        // A new seal would vouch for a password that somebody else may have set.
        return Err(work.refuse(attempt, vec![Refusal::CredentialsNotTrusted]).await);
    };
    work.save_credentials(&before.without_second_factor()).await?;
    work.void_recovery_codes(id).await?;
    store::sessions::delete_of_user(&mut work.tx, id).await?;
    Counter::second_factor(id).forget(&mut work.tx).await?;
    work.record(attempt).await?;
    let reset = CredentialReset {
        who: user.display_name.as_str().to_owned(),
        credential: Credential::SecondFactor,
        by: work.actor.name.clone(),
        at: now,
    };
    work.mail_credential_reset(id, reset).await?;
    work.commit().await
}
