//! Administrators who are recovered from the server's console: the codes that wait to be typed, and what the audit tells of it.

use sqlx::any::AnyRow;

use super::{Corrupt, Db, StoreResult, Write, row::Columns as _};
use crate::domain::{ids::UserId, time::Instant};

/// A code that `ostiary recover` printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Whose.
    pub user: UserId,
    /// The keyed fingerprint of the code.
    pub code_hash: String,
    /// Until when it works.
    pub expires_at: Instant,
    /// The signature over all of this.
    pub seal: String,
}

/// The person's code.
pub async fn find(db: &mut Db, user: &UserId) -> StoreResult<Option<Recovery>> {
    let read = |row: &AnyRow| {
        Ok::<_, Corrupt>(Recovery {
            user: row.parsed("user_id")?,
            code_hash: row.text("code_hash")?,
            expires_at: row.moment("expires_at")?,
            seal: row.text("seal")?,
        })
    };
    let row = sqlx::query("select user_id, code_hash, expires_at, seal from recoveries where user_id = $1")
        .bind(user.as_str())
        .fetch_optional(db)
        .await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// This code is the only one of its person that counts from now on.
pub async fn replace(db: &mut Write, recovery: &Recovery) -> StoreResult<()> {
    delete(db, &recovery.user).await?;
    sqlx::query("insert into recoveries (user_id, code_hash, expires_at, seal) values ($1, $2, $3, $4)")
        .bind(recovery.user.as_str())
        .bind(recovery.code_hash.as_str())
        .bind(recovery.expires_at.millis())
        .bind(recovery.seal.as_str())
        .execute(&mut **db)
        .await?;
    Ok(())
}

/// No code of the person counts any more.
pub async fn delete(db: &mut Write, user: &UserId) -> StoreResult<()> {
    sqlx::query("delete from recoveries where user_id = $1").bind(user.as_str()).execute(&mut **db).await?;
    Ok(())
}

/// What the audit tells of a recovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Who was recovered.
    pub user: UserId,
    /// Their name then.
    pub name: String,
    /// When.
    pub at: Instant,
}

/// The recoveries that nobody acknowledged since, as the end of a statement about `audit_events r`.
macro_rules! unacknowledged {
    () => {
        "from audit_events r where r.action = 'AdministratorRecovered' and r.outcome = 'Success' and not exists \
         (select 1 from audit_events k where k.action = 'RecoveryAcknowledged' and k.outcome = 'Success' \
         and k.subject_id = r.subject_id and k.seq > r.seq)"
    };
}
pub(super) use unacknowledged;

/// The recoveries that nobody acknowledged, the oldest first.
pub async fn list_unacknowledged(db: &mut Db) -> StoreResult<Vec<Recovered>> {
    let read = |row: &AnyRow| {
        Ok(Recovered { user: row.parsed("subject_id")?, name: row.text("subject_name")?, at: row.moment("at")? })
    };
    let rows = sqlx::query(concat!("select r.subject_id, r.subject_name, r.at ", unacknowledged!(), " order by r.seq"))
        .fetch_all(db)
        .await?;
    Ok(rows.iter().map(read).collect::<Result<_, Corrupt>>()?)
}

/// Forgets all codes.
pub async fn delete_all(tx: &mut Write) -> StoreResult<()> {
    sqlx::query("delete from recoveries").execute(&mut **tx).await?;
    Ok(())
}
