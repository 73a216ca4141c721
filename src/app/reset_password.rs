//! An administrator gives a person a new password for one sign-in.

use zeroize::Zeroizing;

use super::{App, AppResult, Caller, profile::temporary_password, record::Entry, throttle::forget_passwords};
use crate::{
    domain::{
        access::Permission,
        audit::Activity,
        credentials::Credentials,
        ids::UserId,
        mail::{Credential, CredentialReset},
        refusal::Refusal,
        user::may_lock_out,
    },
    store,
};

/// Why a second factor went with the password.
const MADE_ANEW: &str =
    "What was stored had been changed outside of Ostiary. It was made anew, without a second factor.";

/// Makes a password for a person, to be shown once; its owner has to replace it. They are signed out everywhere.
pub async fn reset_password(app: &App, caller: &Caller, id: &UserId) -> AppResult<Zeroizing<String>> {
    let attempt = Entry::new(Activity::PasswordReset).subject(id, "");
    // Asked before the password is hashed, which is work, and again in the transaction that saves.
    drop(app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?);
    let password = temporary_password(app);
    let hash = app.passwords.hash(&password, app.randomness.as_ref()).await?;

    let mut work = app.begin(caller).await?.permit(Permission::WritePeople, &attempt).await?;
    let Some(user) = store::users::find(&mut work.tx, id).await? else {
        return Err(work.refuse(attempt, vec![Refusal::NotFound("user")]).await);
    };
    let attempt = attempt.subject(id, user.display_name.as_str());
    if let Err(refusal) = may_lock_out(&work.user()?, id) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let stored = store::credentials::get(&mut work.tx, id).await?;
    let (credentials, is_made_anew) = match app.open(stored) {
        Some(before) => (before.password(hash, true), false),
        // Nothing of what somebody else wrote is kept, least of all a second factor that is not their owner's.
        None => (Credentials::with_password(id.clone(), hash, true), true),
    };
    work.save_credentials(&credentials).await?;
    if is_made_anew {
        work.void_recovery_codes(id).await?;
    }
    store::sessions::delete_of_user(&mut work.tx, id).await?;
    forget_passwords(&mut work.tx, &user.user_principal_name.key()).await?;
    work.record(if is_made_anew { attempt.reason(MADE_ANEW) } else { attempt }).await?;
    let reset = CredentialReset {
        who: user.display_name.as_str().to_owned(),
        credential: Credential::Password,
        by: work.actor.name.clone(),
        at: work.now,
    };
    work.mail_credential_reset(id, reset).await?;
    work.commit().await?;
    Ok(Zeroizing::new(password.expose().to_owned()))
}
