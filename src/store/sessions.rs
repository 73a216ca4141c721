//! Sessions, found by the fingerprint of the secret in the cookie. The data is a document of `app`; this room does not look into it.

use sqlx::any::AnyRow;

use super::{Corrupt, Db, Question, StoreResult, Write, row::Columns as _, statements::Statement};
use crate::domain::{ids::UserId, time::Instant};

/// A stored session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// The keyed fingerprint of the secret in the cookie.
    pub id_hash: String,
    /// Whose it is, once somebody signed in.
    pub user_id: Option<UserId>,
    /// JSON.
    pub data: String,
    /// Where the sign-in came from.
    pub address: String,
    /// What the browser calls itself.
    pub user_agent: String,
    /// When it began. Kept when the secret is replaced.
    pub created_at: Instant,
    /// When it was last used, to the minute.
    pub last_seen_at: Instant,
    /// When it ends at the latest, if it is not used again.
    pub expires_at: Instant,
    /// The signature over all of this. Without it, or with another one, the row is no session.
    pub seal: Option<String>,
}

fn session(row: &AnyRow) -> Result<StoredSession, Corrupt> {
    Ok(StoredSession {
        id_hash: row.text("id_hash")?,
        user_id: row.maybe_parsed("user_id")?,
        data: row.text("data")?,
        address: row.text("address")?,
        user_agent: row.text("user_agent")?,
        created_at: row.moment("created_at")?,
        last_seen_at: row.moment("last_seen_at")?,
        expires_at: row.moment("expires_at")?,
        seal: row.maybe_text("seal")?,
    })
}

/// The session whose secret has this fingerprint.
pub async fn find(db: &mut Db, id_hash: &str) -> StoreResult<Option<StoredSession>> {
    with_hash(id_hash).ask(db).await
}

/// The same as a question.
pub fn with_hash(id_hash: &str) -> Question<Option<StoredSession>> {
    let statement = Statement::new(
        "select id_hash, user_id, data, address, user_agent, created_at, last_seen_at, expires_at, seal from sessions where id_hash = $1",
    );
    Question::about_maybe_one(statement.text(id_hash), session)
}

/// The sessions of a person, the last used first.
pub async fn list_of_user(db: &mut Db, user: &UserId) -> StoreResult<Vec<StoredSession>> {
    let rows = sqlx::query(
        "select id_hash, user_id, data, address, user_agent, created_at, last_seen_at, expires_at, seal from sessions \
         where user_id = $1 order by last_seen_at desc, id_hash",
    )
    .bind(user.as_str())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(session).collect::<Result<_, _>>()?)
}

/// A new session.
pub async fn insert(db: &mut Write, session: &StoredSession) -> StoreResult<()> {
    sqlx::query(
        "insert into sessions (id_hash, user_id, data, address, user_agent, created_at, last_seen_at, expires_at, seal) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(session.id_hash.as_str())
    .bind(session.user_id.as_ref().map(UserId::as_str))
    .bind(session.data.as_str())
    .bind(session.address.as_str())
    .bind(session.user_agent.as_str())
    .bind(session.created_at.millis())
    .bind(session.last_seen_at.millis())
    .bind(session.expires_at.millis())
    .bind(session.seal.as_deref())
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// Replaces a session's data. False when it was ended meanwhile: it stays ended.
pub async fn update(db: &mut Write, session: &StoredSession) -> StoreResult<bool> {
    let done = sqlx::query(
        "update sessions set user_id = $2, data = $3, address = $4, user_agent = $5, created_at = $6, last_seen_at = $7, \
         expires_at = $8, seal = $9 where id_hash = $1",
    )
    .bind(session.id_hash.as_str())
    .bind(session.user_id.as_ref().map(UserId::as_str))
    .bind(session.data.as_str())
    .bind(session.address.as_str())
    .bind(session.user_agent.as_str())
    .bind(session.created_at.millis())
    .bind(session.last_seen_at.millis())
    .bind(session.expires_at.millis())
    .bind(session.seal.as_deref())
    .execute(&mut **db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a session.
pub async fn delete(db: &mut Write, id_hash: &str) -> StoreResult<()> {
    sqlx::query("delete from sessions where id_hash = $1").bind(id_hash).execute(&mut **db).await?;
    Ok(())
}

/// Ends all sessions of a person; tells how many there were.
pub async fn delete_of_user(db: &mut Write, user: &UserId) -> StoreResult<u64> {
    let done = sqlx::query("delete from sessions where user_id = $1").bind(user.as_str()).execute(&mut **db).await?;
    Ok(done.rows_affected())
}

/// Ends all sessions of everybody.
pub async fn delete_all(db: &mut Write) -> StoreResult<()> {
    sqlx::query("delete from sessions").execute(&mut **db).await?;
    Ok(())
}

/// Removes what has expired.
pub async fn delete_expired(db: &mut Write, now: Instant) -> StoreResult<()> {
    sqlx::query("delete from sessions where expires_at <= $1").bind(now.millis()).execute(&mut **db).await?;
    Ok(())
}
