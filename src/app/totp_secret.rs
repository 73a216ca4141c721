//! Where the secret of the one-time codes is sealed and opened: in a person's row, and in the form of an enrolment under way.

use zeroize::Zeroizing;

use super::{
    App, AppResult, Work,
    crypto::{SealError, Totp, TotpSecret},
};
use crate::{
    domain::{
        ids::UserId,
        time::{Instant, Span},
        user::User,
    },
    store::{self, Db},
};

/// The second factor of a person.
pub(super) struct Factor {
    pub totp: Totp,
    pub last_step: i64,
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
    let credentials = store::users::get_credentials(&mut work.tx, user).await?;
    let Some(sealed) = credentials.totp_secret else { return Ok(None) };
    let secret = TotpSecret::from_bytes(&work.app().sealer.open(&place(user), &sealed)?).ok_or(SealError::Malformed)?;
    Ok(Some(Factor { totp: Totp::new(&secret), last_step: credentials.totp_last_step }))
}

/// The secret, sealed for a person's row.
pub(super) fn seal(app: &App, user: &UserId, secret: &TotpSecret) -> AppResult<String> {
    Ok(app.sealer.seal(&place(user), secret.as_bytes(), app.randomness.as_ref())?)
}

/// How long an enrolment may take.
const DRAFT_LASTS: Span = Span::minutes(30);

/// The secret of an enrolment, sealed for the form that confirms it.
pub(super) fn seal_draft(app: &App, user: &UserId, secret: &TotpSecret, now: Instant) -> AppResult<String> {
    let bytes = Zeroizing::new([&now.millis().to_be_bytes(), secret.as_bytes()].concat());
    Ok(app.sealer.seal(&draft_place(user), &bytes, app.randomness.as_ref())?)
}

/// The secret of an enrolment that began a moment ago; `None` when the form was made up, is another person's, too old, or was
/// overtaken by an enrolment that was confirmed since: a form sent twice must not void the recovery codes just shown.
pub(super) fn open_draft(app: &App, user: &User, sealed: &str, now: Instant) -> Option<TotpSecret> {
    let bytes = app.sealer.open(&draft_place(&user.id), sealed).ok()?;
    let (began, secret) = bytes.split_first_chunk::<8>()?;
    let began = Instant::from_millis(i64::from_be_bytes(*began));
    let age = now.since(began);
    let is_recent = Span::ZERO <= age && age <= DRAFT_LASTS;
    let is_overtaken = user.second_factor_since.is_some_and(|since| began <= since);
    if is_recent && !is_overtaken { TotpSecret::from_bytes(secret) } else { None }
}

/// Tries the key file on whatever the database holds sealed: an error means that the key is not this database's.
pub async fn check_key(db: &mut Db, sealer: &super::crypto::Sealer) -> AppResult<()> {
    if let Some((user, sealed)) = store::users::find_sealed_secret(db).await? {
        sealer.open(&place(&user), &sealed)?;
    }
    Ok(())
}
