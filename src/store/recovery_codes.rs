//! Recovery codes, by their keyed hash.

use sqlx::Row as _;

use super::{Db, StoreResult, Write};
use crate::domain::{ids::UserId, time::Instant};

/// Takes away the codes a person had and gives them these, each with an id of its own.
pub async fn replace(db: &mut Write, user: &UserId, codes: &[(String, String)], now: Instant) -> StoreResult<()> {
    sqlx::query("delete from recovery_codes where user_id = $1").bind(user.as_str()).execute(&mut **db).await?;
    for (id, hash) in codes {
        sqlx::query(
            "insert into recovery_codes (id, user_id, code_hash, created_at, used_at) values ($1, $2, $3, $4, null)",
        )
        .bind(id.as_str())
        .bind(user.as_str())
        .bind(hash.as_str())
        .bind(now.millis())
        .execute(&mut **db)
        .await?;
    }
    Ok(())
}

/// Uses up a code. True when the person had it and had not used it.
pub async fn consume(db: &mut Write, user: &UserId, hash: &str, now: Instant) -> StoreResult<bool> {
    let done =
        sqlx::query("update recovery_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null")
            .bind(user.as_str())
            .bind(hash)
            .bind(now.millis())
            .execute(&mut **db)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// How many codes a person has left.
pub async fn count_unused(db: &mut Db, user: &UserId) -> StoreResult<i64> {
    let row = sqlx::query("select count(*) from recovery_codes where user_id = $1 and used_at is null")
        .bind(user.as_str())
        .fetch_one(db)
        .await?;
    Ok(row.try_get(0)?)
}
