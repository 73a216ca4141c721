//! The keys before the one of today, as far as they are still needed. What stands here is sealed; this room cannot read it.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::{Corrupt, Db, StoreResult, Write};

/// A key of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPastKey {
    /// The place of the last audit event under it.
    pub last_event: i64,
    /// Which key it was: eight hexadecimal digits.
    pub key_id: String,
    /// Its part that chains the audit, sealed.
    pub chain_key: String,
    /// Its part that hashes recovery codes, sealed; nothing once no code can be under it any more.
    pub recovery_key: Option<String>,
}

/// All of them, the oldest first.
pub async fn list(db: &mut Db) -> StoreResult<Vec<StoredPastKey>> {
    let rows = sqlx::query("select last_event, key_id, chain_key, recovery_key from past_keys order by last_event")
        .fetch_all(db)
        .await?;
    let read = |row: &AnyRow| {
        Ok(StoredPastKey {
            last_event: row.number("last_event")?,
            key_id: row.text("key_id")?,
            chain_key: row.text("chain_key")?,
            recovery_key: row.maybe_text("recovery_key")?,
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, Corrupt>>()?)
}

/// Replaces all of them.
pub async fn replace(tx: &mut Write, keys: &[StoredPastKey]) -> StoreResult<()> {
    sqlx::query("delete from past_keys").execute(&mut **tx).await?;
    for key in keys {
        sqlx::query("insert into past_keys (last_event, key_id, chain_key, recovery_key) values ($1, $2, $3, $4)")
            .bind(key.last_event)
            .bind(&key.key_id)
            .bind(&key.chain_key)
            .bind(key.recovery_key.as_deref())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}
