//! Showing the second factor: a one-time code, or a recovery code for the day the device is lost. Each counts once.

use super::{App, AppError, AppResult, Caller, Work, record::Entry, sessions::Secret, throttle::Counter, totp_secret};
use crate::{
    domain::{
        audit::Activity, ids::UserId, refusal::Refusal, seal::Sealable as _, second_factor::CodeError, time::Instant,
    },
    store,
};

/// A second factor was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// When: the session is verified from then on.
    pub at: Instant,
    /// The new secret of the session; none for a caller without one.
    pub secret: Option<Secret>,
}

/// Decides whether the typed code counts. The session then goes on as verified, under a new secret. When the session has ended
/// meanwhile, nothing happens, and the code still works.
pub async fn confirm_mfa(app: &App, caller: &Caller, typed: &str) -> AppResult<Verified> {
    let mut work = app.begin(caller).await?;
    let user = work.user()?;
    let name = work.actor.name.clone();
    let counter = Counter::second_factor(&user);
    counter.check(&mut work.tx, work.now).await?;

    let activity = match accept(&mut work, &user, typed).await {
        Ok(activity) => activity,
        Err(error @ AppError::Refused(_)) => {
            if error.refusals().contains(&Refusal::WrongCode) {
                counter.count(&mut work.tx, work.now).await?;
            }
            let why = error.refusals().first().map(Refusal::to_string).unwrap_or_default();
            work.record(Entry::new(Activity::VerificationFailed).subject(&user, &name).refused(&why)).await?;
            work.commit().await?;
            return Err(error);
        }
        Err(error) => return Err(error),
    };
    counter.forget(&mut work.tx).await?;
    work.record(Entry::new(activity).subject(&user, &name)).await?;
    let (at, secret) = (work.now, work.move_session(caller.session.as_ref(), true).await?);
    work.commit().await?;
    Ok(Verified { at, secret })
}

/// Uses the code up; tells what is recorded.
async fn accept(work: &mut Work, user: &UserId, typed: &str) -> AppResult<Activity> {
    let Some(factor) = totp_secret::find(work, user).await? else {
        return Err(Refusal::NoSecondFactor.into());
    };
    let hashes = work.app().keys.recovery_codes.hashes(user, typed);
    if !hashes.is_empty() {
        return use_up_code(work, user, &hashes).await;
    }
    match factor.totp.accept(typed, factor.credentials.totp_last_step, work.now) {
        Ok(step) => {
            work.save_credentials(&factor.credentials.last_step(step)).await?;
            Ok(Activity::Verified)
        }
        Err(CodeError::Wrong | CodeError::UsedBefore) => Err(Refusal::WrongCode.into()),
    }
}

/// Uses up the person's recovery code with one of these hashes.
async fn use_up_code(work: &mut Work, user: &UserId, hashes: &[String]) -> AppResult<Activity> {
    let now = work.now;
    for hash in hashes {
        let stored = store::recovery_codes::find_unused(&mut work.tx, user, hash).await?;
        if let Some(code) = stored.and_then(|stored| work.app().open(stored)) {
            store::recovery_codes::use_up(&mut work.tx, &code.id, now).await?;
            work.unseal(code.object());
            return Ok(Activity::RecoveryCodeUsed);
        }
    }
    Err(Refusal::WrongCode.into())
}
