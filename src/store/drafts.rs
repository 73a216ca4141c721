//! What somebody typed and could not send yet, sealed. What is in it is the business of `app`.

use sqlx::any::AnyRow;

use super::{Corrupt, Question, StoreResult, Write, row::Columns as _, statements::Statement};
use crate::domain::{ids::UserId, time::Instant};

/// A draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The keyed fingerprint of its id.
    pub id_hash: String,
    /// Whose.
    pub user: UserId,
    /// What was typed, and where.
    pub sealed: String,
    /// Until when it is kept.
    pub expires_at: Instant,
}

fn kept(row: &AnyRow) -> Result<Kept, Corrupt> {
    Ok(Kept {
        id_hash: row.text("id_hash")?,
        user: row.parsed("user_id")?,
        sealed: row.text("sealed")?,
        expires_at: row.moment("expires_at")?,
    })
}

/// The draft whose id has this fingerprint.
pub fn with_hash(id_hash: &str) -> Question<Option<Kept>> {
    let statement = Statement::new("select id_hash, user_id, sealed, expires_at from drafts where id_hash = $1");
    Question::about_maybe_one(statement.text(id_hash), kept)
}

/// Keeps a draft.
pub async fn insert(tx: &mut Write, draft: &Kept) -> StoreResult<()> {
    sqlx::query("insert into drafts (id_hash, user_id, sealed, expires_at) values ($1, $2, $3, $4)")
        .bind(draft.id_hash.as_str())
        .bind(draft.user.as_str())
        .bind(draft.sealed.as_str())
        .bind(draft.expires_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets a draft of this person.
pub async fn delete(tx: &mut Write, user: &UserId, id_hash: &str) -> StoreResult<()> {
    sqlx::query("delete from drafts where id_hash = $1 and user_id = $2")
        .bind(id_hash)
        .bind(user.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets the oldest drafts of this person, so that this many stay at most.
pub async fn delete_oldest(tx: &mut Write, user: &UserId, stay: i64) -> StoreResult<()> {
    sqlx::query(
        "delete from drafts where user_id = $1 and id_hash not in \
         (select id_hash from drafts where user_id = $1 order by expires_at desc, id_hash limit $2)",
    )
    .bind(user.as_str())
    .bind(stay)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets what is too old.
pub async fn delete_expired(tx: &mut Write, now: Instant) -> StoreResult<()> {
    sqlx::query("delete from drafts where expires_at <= $1").bind(now.millis()).execute(&mut **tx).await?;
    Ok(())
}

/// Forgets all of them.
pub async fn delete_all(tx: &mut Write) -> StoreResult<()> {
    sqlx::query("delete from drafts").execute(&mut **tx).await?;
    Ok(())
}
