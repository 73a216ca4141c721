//! Showing the second factor: a one-time code, or a recovery code for the day the device is lost. Each counts once.

use super::{App, AppError, AppResult, Caller, Work, record::Entry, throttle::Counter, totp_secret};
use crate::{
    domain::{audit::Activity, ids::UserId, refusal::Refusal, second_factor::CodeError, time::Instant},
    store,
};

/// Decides whether the typed code counts; tells the moment from which the session is verified. The session's secret has to be
/// replaced then.
pub async fn confirm_mfa(app: &App, caller: &Caller, typed: &str) -> AppResult<Instant> {
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
    let at = work.now;
    work.commit().await?;
    Ok(at)
}

/// Uses the code up; tells what is recorded.
async fn accept(work: &mut Work, user: &UserId, typed: &str) -> AppResult<Activity> {
    let Some(factor) = totp_secret::find(work, user).await? else {
        return Err(Refusal::NoSecondFactor.into());
    };
    if let Some(hash) = work.app().recovery_codes.hash(user, typed) {
        let now = work.now;
        return if store::recovery_codes::consume(&mut work.tx, user, &hash, now).await? {
            Ok(Activity::RecoveryCodeUsed)
        } else {
            Err(Refusal::WrongCode.into())
        };
    }
    match factor.totp.accept(typed, factor.last_step, work.now) {
        Ok(step) => {
            store::users::set_last_step(&mut work.tx, user, step).await?;
            Ok(Activity::Verified)
        }
        Err(CodeError::Wrong | CodeError::UsedBefore) => Err(Refusal::WrongCode.into()),
    }
}
