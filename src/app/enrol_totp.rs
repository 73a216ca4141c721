//! Setting up the second factor: show a secret, confirm it by a code, hand out recovery codes once.
//!
//! Nothing is saved before the code is right: the secret travels sealed in the form that confirms it. Whoever has a second factor
//! has to show it before replacing it.

use zeroize::Zeroizing;

use super::{
    App, AppResult, Caller, Work,
    confirm_mfa::Verified,
    crypto::{Totp, TotpSecret},
    ports::new_uuid,
    record::Entry,
    totp_secret,
};
use crate::{
    domain::{
        audit::Activity,
        credentials::{Credentials, RecoveryCode},
        ids::UserId,
        limits::Costly,
        refusal::Refusal,
        seal::{Object, ObjectKind},
        time::Instant,
    },
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
    caller.standing(app, &mut db, now).await?;
    let user = store::users::get(&mut db, &caller.user).await?;
    let before = app.credentials(&mut db, &caller.user).await?;
    may_enrol(&before, caller.verified_at)?;
    let organization = store::organization::get(&mut db).await?;
    let secret = sealed
        .and_then(|sealed| totp_secret::open_draft(app, &before, sealed, now))
        .unwrap_or_else(|| TotpSecret::generate(app.randomness.as_ref()));
    Ok(Enrolment {
        url: Totp::enrolment_url(&secret, &organization.name, &user.user_principal_name),
        secret: secret.as_typed(),
        sealed: totp_secret::seal_draft(app, &user.id, &secret, now)?,
    })
}

/// Sets up the second factor if the code is that of the secret in the form. The session then goes on as verified, under a new secret.
pub async fn confirm_enrolment(
    app: &App,
    caller: &Caller,
    sealed: &str,
    typed: &str,
) -> AppResult<(Verified, ShownCodes)> {
    app.spend(&caller.user, Costly::Enrolment)?;
    let mut work = app.begin(caller).await?;
    let id = work.user()?;
    let user = store::users::get(&mut work.tx, &id).await?;
    let before = app.credentials(&mut work.tx, &id).await?;
    let attempt = Entry::new(Activity::SecondFactorEnrolled).subject(&user.id, user.display_name.as_str());
    if let Err(refusal) = may_enrol(&before, work.actor.verified_at) {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let accepted = totp_secret::open_draft(app, &before, sealed, work.now)
        .and_then(|secret| Totp::new(&secret).accept(typed, 0, work.now).ok().map(|step| (secret, step)));
    let Some((secret, step)) = accepted else {
        return Err(work.refuse(attempt, vec![Refusal::WrongCode]).await);
    };
    let sealed = totp_secret::seal(app, &user.id, &secret)?;
    let now = work.now;
    work.save_credentials(&before.second_factor(sealed, step, now)).await?;
    let codes = new_codes(&mut work, &user.id).await?;
    work.record(attempt).await?;
    let secret = work.move_session(caller.session.as_ref(), true).await?;
    work.commit().await?;
    Ok((Verified { at: now, secret }, codes))
}

/// Replaces the recovery codes. Asks for a verified session.
pub async fn make_recovery_codes(app: &App, caller: &Caller) -> AppResult<ShownCodes> {
    app.spend(&caller.user, Costly::Enrolment)?;
    let mut work = app.begin(caller).await?;
    let id = work.user()?;
    let user = store::users::get(&mut work.tx, &id).await?;
    let attempt = Entry::new(Activity::RecoveryCodesMade).subject(&user.id, user.display_name.as_str());
    let credentials = app.credentials(&mut work.tx, &id).await?;
    let refusal = match (credentials.has_second_factor(), work.actor.verified_at) {
        (false, _) => Some(Refusal::NoSecondFactor),
        (true, None) => Some(Refusal::VerificationRequired),
        (true, Some(_)) => None,
    };
    if let Some(refusal) = refusal {
        return Err(work.refuse(attempt, vec![refusal]).await);
    }
    let codes = new_codes(&mut work, &user.id).await?;
    work.record(attempt).await?;
    work.commit().await?;
    Ok(codes)
}

fn may_enrol(before: &Credentials, verified_at: Option<Instant>) -> Result<(), Refusal> {
    if before.must_change_password {
        // Whoever set the password still knows it: the second factor must not be theirs.
        return Err(Refusal::PasswordChangeRequired);
    }
    match (before.has_second_factor(), verified_at) {
        (false, _) | (true, Some(_)) => Ok(()),
        (true, None) => Err(Refusal::VerificationRequired),
    }
}

async fn new_codes(work: &mut Work, user: &UserId) -> AppResult<ShownCodes> {
    let app = work.app().clone();
    let now = work.now;
    let codes = app.keys.recovery_codes.generate(app.randomness.as_ref());
    let hashes = codes.iter().filter_map(|code| app.keys.recovery_codes.hash(user, code));
    let rows: Vec<RecoveryCode> = hashes
        .map(|hash| RecoveryCode {
            id: new_uuid(now, app.randomness.as_ref()),
            user: user.clone(),
            hash,
            created_at: now,
        })
        .collect();
    work.void_recovery_codes(user).await?;
    for code in &rows {
        let seal = work.seal(code);
        store::recovery_codes::insert(&mut work.tx, code, &seal).await?;
    }
    Ok(codes)
}

impl Work {
    /// Saves what a person proves who they are with; the next event that is recorded is the one that changed it.
    pub(super) async fn save_credentials(&mut self, credentials: &Credentials) -> AppResult<()> {
        let seal = self.seal(credentials);
        Ok(store::credentials::save(&mut self.tx, credentials, &seal).await?)
    }

    /// Takes away the recovery codes a person has; the next event that is recorded says so.
    pub(super) async fn void_recovery_codes(&mut self, user: &UserId) -> AppResult<()> {
        for id in store::recovery_codes::delete_of_user(&mut self.tx, user).await? {
            self.unseal(Object::new(ObjectKind::RecoveryCode, id));
        }
        Ok(())
    }
}
