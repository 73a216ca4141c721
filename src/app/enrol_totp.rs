//! Setting up the second factor: show a secret, confirm it by a code, hand out recovery codes once.
//!
//! Nothing is saved before the code is right: the secret travels sealed in the form that confirms it. Whoever has a second factor
//! has to show it before replacing it.

use zeroize::Zeroizing;

use super::{
    App, AppResult, Caller, Work,
    crypto::{Totp, TotpSecret},
    ports::new_uuid,
    record::Entry,
    totp_secret,
};
use crate::{
    domain::{audit::Activity, ids::UserId, refusal::Refusal, time::Instant, user::User},
    store,
};

/// What the person needs to set up their device.
pub struct Enrolment {
    /// For the QR code.
    pub url: String,
    /// For typing: base32 in groups of four.
    pub secret: String,
    /// For the form that confirms; it opens for this person only, for half an hour.
    pub sealed: String,
}

/// Recovery codes, to be shown once.
pub type ShownCodes = Vec<Zeroizing<String>>;

/// Begins an enrolment; or shows the one again that `sealed` holds, when the code typed for it was wrong.
pub async fn start_enrolment(app: &App, caller: &Caller, sealed: Option<&str>) -> AppResult<Enrolment> {
    let now = app.now();
    let mut db = app.store.read().await?;
    caller.standing(&mut db, now).await?;
    let user = store::users::get(&mut db, &caller.user).await?;
    may_enrol(&user, caller.verified_at)?;
    let organization = store::organization::get(&mut db).await?;
    let secret = sealed
        .and_then(|sealed| totp_secret::open_draft(app, &user, sealed, now))
        .unwrap_or_else(|| TotpSecret::generate(app.randomness.as_ref()));
    Ok(Enrolment {
        url: Totp::enrolment_url(&secret, &organization.name, &user.user_principal_name),
        secret: secret.as_typed(),
        sealed: totp_secret::seal_draft(app, &user.id, &secret, now)?,
    })
}

/// Sets up the second factor if the code is that of the secret in the form. The session counts as verified from the returned
/// moment on; its secret has to be replaced then.
pub async fn confirm_enrolment(
    app: &App,
    caller: &Caller,
    sealed: &str,
    typed: &str,
) -> AppResult<(Instant, ShownCodes)> {
    let mut work = app.begin(caller).await?;
    let id = work.user()?;
    let user = store::users::get(&mut work.tx, &id).await?;
    let attempt = Entry::new(Activity::SecondFactorEnrolled).subject(&user.id, user.display_name.as_str());
    if let Err(refusal) = may_enrol(&user, work.actor.verified_at) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let accepted = totp_secret::open_draft(app, &user, sealed, work.now)
        .and_then(|secret| Totp::new(&secret).accept(typed, 0, work.now).ok().map(|step| (secret, step)));
    let Some((secret, step)) = accepted else {
        return Err(work.refuse(attempt, vec![Refusal::WrongCode]).await);
    };
    let sealed = totp_secret::seal(app, &user.id, &secret)?;
    let now = work.now;
    store::users::set_second_factor(&mut work.tx, &user.id, Some((&sealed, step)), now).await?;
    let codes = new_codes(&mut work, &user.id).await?;
    work.record(attempt).await?;
    work.commit().await?;
    Ok((now, codes))
}

/// Replaces the recovery codes. Asks for a verified session.
pub async fn make_recovery_codes(app: &App, caller: &Caller) -> AppResult<ShownCodes> {
    let mut work = app.begin(caller).await?;
    let id = work.user()?;
    let user = store::users::get(&mut work.tx, &id).await?;
    let attempt = Entry::new(Activity::RecoveryCodesMade).subject(&user.id, user.display_name.as_str());
    let refusal = match (user.second_factor_since, work.actor.verified_at) {
        (None, _) => Some(Refusal::NoSecondFactor),
        (Some(_), None) => Some(Refusal::VerificationRequired),
        (Some(_), Some(_)) => None,
    };
    if let Some(refusal) = refusal {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let codes = new_codes(&mut work, &user.id).await?;
    work.record(attempt).await?;
    work.commit().await?;
    Ok(codes)
}

fn may_enrol(user: &User, verified_at: Option<Instant>) -> Result<(), Refusal> {
    if user.must_change_password {
        // Whoever set the password still knows it: the second factor must not be theirs.
        return Err(Refusal::PasswordChangeRequired);
    }
    match (user.second_factor_since, verified_at) {
        (None, _) | (Some(_), Some(_)) => Ok(()),
        (Some(_), None) => Err(Refusal::VerificationRequired),
    }
}

async fn new_codes(work: &mut Work, user: &UserId) -> AppResult<ShownCodes> {
    let app = work.app().clone();
    let now = work.now;
    let codes = app.recovery_codes.generate(app.randomness.as_ref());
    let rows: Vec<(String, String)> = codes
        .iter()
        .filter_map(|code| app.recovery_codes.hash(user, code))
        .map(|hash| (new_uuid(now, app.randomness.as_ref()), hash))
        .collect();
    store::recovery_codes::replace(&mut work.tx, user, &rows, now).await?;
    Ok(codes)
}
