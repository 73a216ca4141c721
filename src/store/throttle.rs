//! Failures that are counted, by a key that says for what.

use super::{Corrupt, Db, StoreResult, Write, row::Columns as _};
use crate::domain::{throttle::Failures, time::Instant};

/// The failures counted under a key.
pub async fn find(db: &mut Db, key: &str) -> StoreResult<Option<Failures>> {
    let row = sqlx::query("select failures, last_failure_at from throttles where key = $1")
        .bind(key)
        .fetch_optional(db)
        .await?;
    let failures = row.map(|row| {
        let count = u32::try_from(row.number("failures")?)
            .map_err(|error| Corrupt { column: "failures", problem: error.to_string() })?;
        Ok::<_, Corrupt>(Failures { count, last_at: row.moment("last_failure_at")? })
    });
    Ok(failures.transpose()?)
}

/// Keeps the failures of a key.
pub async fn save(db: &mut Write, key: &str, failures: Failures) -> StoreResult<()> {
    sqlx::query(
        "insert into throttles (key, failures, last_failure_at) values ($1, $2, $3) \
         on conflict (key) do update set failures = excluded.failures, last_failure_at = excluded.last_failure_at",
    )
    .bind(key)
    .bind(i64::from(failures.count))
    .bind(failures.last_at.millis())
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// Forgets the failures of a key.
pub async fn delete(db: &mut Write, key: &str) -> StoreResult<()> {
    sqlx::query("delete from throttles where key = $1").bind(key).execute(&mut **db).await?;
    Ok(())
}

/// Forgets the failures of every key that goes on from this one with a colon. The key has none of the signs that `like` reads.
pub async fn delete_below(db: &mut Write, key: &str) -> StoreResult<()> {
    sqlx::query("delete from throttles where key like $1").bind(format!("{key}:%")).execute(&mut **db).await?;
    Ok(())
}

/// Forgets all failures whose last is older than this.
pub async fn delete_older(db: &mut Write, than: Instant) -> StoreResult<()> {
    sqlx::query("delete from throttles where last_failure_at < $1").bind(than.millis()).execute(&mut **db).await?;
    Ok(())
}
