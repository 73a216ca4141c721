//! What people prove who they are with, in columns of `users`. Secrets are read only here and by [`super::principals::present`], which
//! every request asks: what it says of a person counts only while the seal of their credentials holds.

use sqlx::any::AnyRow;

use super::{Corrupt, Db, StoreError, StoreResult, Write, row::Columns as _};
use crate::domain::{
    credentials::Credentials,
    ids::UserId,
    seal::{Seal, Sealed},
    time::Instant,
};

/// The columns of a person's credentials, for a statement in which `users` is `u`.
macro_rules! credential_columns {
    () => {
        "u.id as user_id, u.password_hash, u.must_change_password, u.totp_secret, u.totp_confirmed_at, u.totp_last_step, \
         u.credentials_seal, u.credentials_sealed_by"
    };
}
pub(super) use credential_columns;

/// Reads those columns.
pub(super) fn read(row: &AnyRow) -> Result<Sealed<Credentials>, Corrupt> {
    let credentials = Credentials {
        user: row.parsed("user_id")?,
        password_hash: row.text("password_hash")?,
        must_change_password: row.flag("must_change_password")?,
        totp_secret: row.maybe_text("totp_secret")?,
        totp_confirmed_at: row.maybe_moment("totp_confirmed_at")?,
        totp_last_step: row.number("totp_last_step")?,
    };
    Ok(Sealed::read(credentials, row.seal("credentials_seal", "credentials_sealed_by")?))
}

/// The person's credentials, which must be there.
pub async fn get(db: &mut Db, id: &UserId) -> StoreResult<Sealed<Credentials>> {
    find(db, id).await?.ok_or(StoreError::Missing("user"))
}

/// The person's credentials.
pub async fn find(db: &mut Db, id: &UserId) -> StoreResult<Option<Sealed<Credentials>>> {
    let row = sqlx::query(concat!("select ", credential_columns!(), " from users u where u.id = $1"))
        .bind(id.as_str())
        .fetch_optional(db)
        .await?;
    Ok(row.as_ref().map(read).transpose()?)
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
