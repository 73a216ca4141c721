//! Recovery codes, by their keyed hash. One that was not used yet is sealed.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Corrupt, Db, StoreResult, Write, row::Columns as _};
use crate::domain::{
    credentials::RecoveryCode,
    ids::UserId,
    seal::{Seal, Sealed},
    time::Instant,
};

fn code(row: &AnyRow) -> Result<Sealed<RecoveryCode>, Corrupt> {
    let code = RecoveryCode {
        id: row.text("id")?,
        user: row.parsed("user_id")?,
        hash: row.text("code_hash")?,
        created_at: row.moment("created_at")?,
    };
    Ok(Sealed::read(code, row.seal("seal", "sealed_by")?))
}

/// A new code.
pub async fn insert(db: &mut Write, code: &RecoveryCode, seal: &Seal) -> StoreResult<()> {
    sqlx::query(
        "insert into recovery_codes (id, user_id, code_hash, created_at, used_at, seal, sealed_by) \
         values ($1, $2, $3, $4, null, $5, $6)",
    )
    .bind(code.id.as_str())
    .bind(code.user.as_str())
    .bind(code.hash.as_str())
    .bind(code.created_at.millis())
    .bind(seal.text())
    .bind(seal.place.seq)
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// Takes away all codes of a person; answers with the ids of those that were not used.
pub async fn delete_of_user(db: &mut Write, user: &UserId) -> StoreResult<Vec<String>> {
    let rows = sqlx::query("delete from recovery_codes where user_id = $1 returning id, used_at")
        .bind(user.as_str())
        .fetch_all(&mut **db)
        .await?;
    let mut unused = Vec::new();
    for row in &rows {
        if row.maybe_moment("used_at")?.is_none() {
            unused.push(row.text("id")?);
        }
    }
    Ok(unused)
}

/// When the oldest code of all people that was not used yet was made.
pub async fn oldest_unused(db: &mut Db) -> StoreResult<Option<Instant>> {
    let row =
        sqlx::query("select min(created_at) as oldest from recovery_codes where used_at is null").fetch_one(db).await?;
    Ok(row.maybe_moment("oldest")?)
}

/// The person's code with this hash, if it was not used.
pub async fn find_unused(db: &mut Db, user: &UserId, hash: &str) -> StoreResult<Option<Sealed<RecoveryCode>>> {
    let row = sqlx::query(
        "select id, user_id, code_hash, created_at, seal, sealed_by from recovery_codes \
         where user_id = $1 and code_hash = $2 and used_at is null",
    )
    .bind(user.as_str())
    .bind(hash)
    .fetch_optional(db)
    .await?;
    Ok(row.as_ref().map(code).transpose()?)
}

/// The code with this id, if it was not used.
pub async fn find_with_id(db: &mut Db, id: &str) -> StoreResult<Option<Sealed<RecoveryCode>>> {
    let row = sqlx::query(
        "select id, user_id, code_hash, created_at, seal, sealed_by from recovery_codes where id = $1 and used_at is null",
    )
    .bind(id)
    .fetch_optional(db)
    .await?;
    Ok(row.as_ref().map(code).transpose()?)
}

/// Uses a code up: its seal goes with it, so that it cannot be made unused again.
pub async fn use_up(db: &mut Write, id: &str, now: Instant) -> StoreResult<()> {
    sqlx::query("update recovery_codes set used_at = $2, seal = null, sealed_by = null where id = $1")
        .bind(id)
        .bind(now.millis())
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// How many codes a person has left; only to show.
pub async fn count_unused(db: &mut Db, user: &UserId) -> StoreResult<i64> {
    let row = sqlx::query("select count(*) from recovery_codes where user_id = $1 and used_at is null")
        .bind(user.as_str())
        .fetch_one(db)
        .await?;
    Ok(row.try_get(0)?)
}
