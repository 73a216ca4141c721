//! Where the secret of the one-time codes is sealed and opened: in a person's row, and in the form of an enrolment under way.

use zeroize::Zeroizing;

use super::{
    App, AppResult, Work,
    crypto::{Keys, SealError, Totp, TotpSecret},
};
use crate::{
    domain::{
        credentials::Credentials,
        ids::UserId,
        time::{Instant, Span},
    },
    store::{self, Db},
};

/// The second factor of a person.
pub(super) struct Factor {
    pub totp: Totp,
    /// Where it stands.
    pub credentials: Credentials,
}

/// The place a person's secret is bound to.
fn place(user: &UserId) -> String {
    format!("users.totp_secret/{user}")
}

/// The place the secret of an enrolment under way is bound to.
fn draft_place(user: &UserId) -> String {
    format!("enrolment/{user}")
}

/// A person's second factor; `None` when none is set up.
pub(super) async fn find(work: &mut Work, user: &UserId) -> AppResult<Option<Factor>> {
    let app = work.app().clone();
    let credentials = app.credentials(&mut work.tx, user).await?;
    let Some(sealed) = &credentials.totp_secret else { return Ok(None) };
    let secret = TotpSecret::from_bytes(&app.keys.sealer.open(&place(user), sealed)?).ok_or(SealError::Malformed)?;
    Ok(Some(Factor { totp: Totp::new(&secret), credentials }))
}

/// The secret, sealed for a person's row.
pub(super) fn seal(app: &App, user: &UserId, secret: &TotpSecret) -> AppResult<String> {
    Ok(app.keys.sealer.seal(&place(user), secret.as_bytes(), app.randomness.as_ref())?)
}

/// The same credentials, with their secret sealed by these keys.
pub(super) fn sealed_anew(app: &App, mut credentials: Credentials, keys: &Keys) -> AppResult<Credentials> {
    if let Some(sealed) = &credentials.totp_secret {
        let place = place(&credentials.user);
        let secret = app.keys.sealer.open(&place, sealed)?;
        credentials.totp_secret = Some(keys.sealer.seal(&place, &secret, app.randomness.as_ref())?);
    }
    Ok(credentials)
}

/// How long an enrolment may take.
const DRAFT_LASTS: Span = Span::minutes(30);

/// The secret of an enrolment, sealed for the form that confirms it.
pub(super) fn seal_draft(app: &App, user: &UserId, secret: &TotpSecret, now: Instant) -> AppResult<String> {
    let bytes = Zeroizing::new([&now.millis().to_be_bytes(), secret.as_bytes()].concat());
    Ok(app.keys.sealer.seal(&draft_place(user), &bytes, app.randomness.as_ref())?)
}

/// The secret of an enrolment that began a moment ago; `None` when the form was made up, is another person's, too old, or was
/// overtaken by an enrolment that was confirmed since: a form sent twice must not void the recovery codes just shown.
pub(super) fn open_draft(app: &App, before: &Credentials, sealed: &str, now: Instant) -> Option<TotpSecret> {
    let bytes = app.keys.sealer.open(&draft_place(&before.user), sealed).ok()?;
    let (began, secret) = bytes.split_first_chunk::<8>()?;
    let began = Instant::from_millis(i64::from_be_bytes(*began));
    let age = now.since(began);
    let is_recent = Span::ZERO <= age && age <= DRAFT_LASTS;
    let is_overtaken = before.totp_confirmed_at.is_some_and(|since| began <= since);
    if is_recent && !is_overtaken { TotpSecret::from_bytes(secret) } else { None }
}

/// Tries the key file on whatever the database holds sealed: an error means that the key is not this database's.
pub async fn check_key(db: &mut Db, sealer: &super::crypto::Sealer) -> AppResult<()> {
    if let Some((user, sealed)) = store::credentials::find_encrypted_secret(db).await? {
        sealer.open(&place(&user), &sealed)?;
    }
    Ok(())
}
