//! What people prove who they are with, in columns of `users`. Secrets are read only here and by [`super::principals::present`], which
//! every request asks: what it says of a person counts only while the seal of their credentials holds.

use super::ways::{flag, maybe_parsed, parsed, seal, words};
use super::{Corrupt, Db, StoreError, StoreResult, Write, row::Columns as _};
use crate::domain::{
    credentials::Credentials,
    ids::UserId,
    seal::{Seal, Sealed},
    time::Instant,
};

/// A person's credentials as one text, for a statement in which `users` is `u`. Every request reads them, and each column of an answer
/// costs time.
macro_rules! credentials_text {
    () => {
        "u.id || ' ' || u.password_hash || ' ' || u.must_change_password || ' ' || coalesce(u.totp_secret, '') || ' ' || \
         coalesce(cast(u.totp_confirmed_at as text), '') || ' ' || u.totp_last_step || ' ' || coalesce(u.credentials_seal, '') || ' ' || \
         coalesce(cast(u.credentials_sealed_by as text), '')"
    };
}
pub(super) use credentials_text;

/// Reads that text.
pub(super) fn read(text: &str) -> Result<Sealed<Credentials>, Corrupt> {
    let [user, password_hash, must_change_password, secret, confirmed_at, last_step, seal_text, event] =
        words(text, "credentials")?;
    let credentials = Credentials {
        user: parsed(user, "users.id")?,
        password_hash: password_hash.to_owned(),
        must_change_password: flag(must_change_password, "must_change_password")?,
        totp_secret: (!secret.is_empty()).then(|| secret.to_owned()),
        totp_confirmed_at: maybe_parsed(confirmed_at, "totp_confirmed_at")?.map(Instant::from_millis),
        totp_last_step: parsed(last_step, "totp_last_step")?,
    };
    Ok(Sealed::read(credentials, seal(seal_text, event)?))
}

/// The person's credentials, which must be there.
pub async fn get(db: &mut Db, id: &UserId) -> StoreResult<Sealed<Credentials>> {
    find(db, id).await?.ok_or(StoreError::Missing("user"))
}

/// The person's credentials.
pub async fn find(db: &mut Db, id: &UserId) -> StoreResult<Option<Sealed<Credentials>>> {
    let row = sqlx::query(concat!("select ", credentials_text!(), " as credentials from users u where u.id = $1"))
        .bind(id.as_str())
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| read(&row.text("credentials")?)).transpose()?)
}

/// Replaces the person's credentials.
pub async fn save(db: &mut Write, credentials: &Credentials, seal: &Seal) -> StoreResult<()> {
    sqlx::query(
        "update users set password_hash = $2, must_change_password = $3, totp_secret = $4, totp_confirmed_at = $5, \
         totp_last_step = $6, credentials_seal = $7, credentials_sealed_by = $8 where id = $1",
    )
    .bind(credentials.user.as_str())
    .bind(credentials.password_hash.as_str())
    .bind(i64::from(credentials.must_change_password))
    .bind(credentials.totp_secret.as_deref())
    .bind(credentials.totp_confirmed_at.map(Instant::millis))
    .bind(credentials.totp_last_step)
    .bind(seal.text())
    .bind(seal.place.seq)
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// Any one encrypted secret with its owner: what a key file is tried on.
pub async fn find_encrypted_secret(db: &mut Db) -> StoreResult<Option<(UserId, String)>> {
    let row = sqlx::query("select id, totp_secret from users where totp_secret is not null order by id limit 1")
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| Ok::<_, Corrupt>((row.parsed("id")?, row.text("totp_secret")?))).transpose()?)
}
