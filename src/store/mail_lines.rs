//! Mails as the list of mails and the page of one mail show them.

use sqlx::{AssertSqlSafe, any::AnyRow};

use super::outbox::{AttemptOutcome, MessageState};
use super::row::Columns as _;
use super::{Corrupt, Db, StoreResult};
use crate::domain::ids::{AttemptId, MessageId, RequestId};
use crate::domain::mail::{Audience, Event};
use crate::domain::time::Instant;

/// One message of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailLine {
    /// Its id; ids sort by time.
    pub id: MessageId,
    /// What it is about.
    pub event: Event,
    /// How it puts things.
    pub audience: Audience,
    /// Its facts, as a document.
    pub facts: String,
    /// The person it goes to; none for an address.
    pub person: Option<String>,
    /// Where it went, or would go now.
    pub address: String,
    /// The role's name.
    pub role_name: Option<String>,
    /// The request it is about.
    pub request: Option<RequestId>,
    /// When the event was.
    pub made_at: Instant,
    /// Since when it waits, or last waited.
    pub queued_at: Instant,
    /// What became of it.
    pub state: MessageState,
    /// When it is tried next, while it waits.
    pub due_at: Option<Instant>,
    /// How often it was tried since it was queued.
    pub attempts: u64,
    /// Since when it is over.
    pub closed_at: Option<Instant>,
    /// Why it was not sent.
    pub note: String,
}

const COLUMNS: &str = "select o.id, m.event, o.audience, m.facts, p.display_name as person, \
    case when o.address <> '' then o.address else coalesce(u.notification_mail, u.mail, '') end as address, \
    r.display_name as role_name, m.request_id, m.made_at, o.queued_at, o.state, o.due_at, o.attempts, o.closed_at, o.note \
    from outbox o join mails m on m.id = o.mail_id left join roles r on r.id = m.role_id \
    left join principals p on p.id = o.user_id left join users u on u.id = o.user_id";

fn read(row: &AnyRow) -> Result<MailLine, Corrupt> {
    Ok(MailLine {
        id: row.parsed("id")?,
        event: row.parsed("event")?,
        audience: row.parsed("audience")?,
        facts: row.text("facts")?,
        person: row.maybe_text("person")?,
        address: row.text("address")?,
        role_name: row.maybe_text("role_name")?,
        request: row.maybe_parsed("request_id")?,
        made_at: row.moment("made_at")?,
        queued_at: row.moment("queued_at")?,
        state: row.parsed("state")?,
        due_at: row.maybe_moment("due_at")?,
        attempts: row.count("attempts")?,
        closed_at: row.maybe_moment("closed_at")?,
        note: row.text("note")?,
    })
}

/// Messages, the newest first, older than `before`: of one state or of all, whose recipient or role has this comparison key in it.
pub async fn list(
    db: &mut Db,
    state: Option<MessageState>,
    key: &str,
    before: Option<&MessageId>,
    limit: i64,
) -> StoreResult<Vec<MailLine>> {
    // The state is in the text of the statement, as in the partial indexes.
    let of_state = state.map(|state| format!("o.state = '{}' and ", state.word())).unwrap_or_default();
    let statement = format!(
        "{COLUMNS} where {of_state}o.id < $1 and ($2 = '' or replace(p.name_key, $2, '') <> p.name_key or replace(lower(o.address), $2, '') <> lower(o.address) \
         or replace(lower(u.mail), $2, '') <> lower(u.mail) or replace(lower(u.notification_mail), $2, '') <> lower(u.notification_mail) \
         or replace(r.name_key, $2, '') <> r.name_key) order by o.id desc limit $3"
    );
    // Ids are lower-case hexadecimal: `g` comes after all of them.
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(before.map_or("g", MessageId::as_str))
        .bind(key)
        .bind(limit)
        .fetch_all(db)
        .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// One message.
pub async fn find(db: &mut Db, id: &MessageId) -> StoreResult<Option<MailLine>> {
    let row =
        sqlx::query(AssertSqlSafe(format!("{COLUMNS} where o.id = $1"))).bind(id.as_str()).fetch_optional(db).await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// How many wait, and how many failed.
pub async fn count_unsent(db: &mut Db) -> StoreResult<(u64, u64)> {
    let row = sqlx::query(
        "select (select count(*) from outbox where state = 'Queued') as waiting, \
         (select count(*) from outbox where state = 'Failed') as failed",
    )
    .fetch_one(db)
    .await?;
    Ok((row.count("waiting")?, row.count("failed")?))
}

/// One attempt to send a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// When it began.
    pub began_at: Instant,
    /// How and when it ended; unknown while it runs, and for good when the server stopped in its middle.
    pub ended: Option<(Instant, AttemptOutcome)>,
    /// What the mail server said, or what went wrong.
    pub answer: String,
}

/// Every attempt to send a message, the newest first.
pub async fn list_attempts(db: &mut Db, message: &MessageId) -> StoreResult<Vec<Attempt>> {
    let rows = sqlx::query("select * from mail_attempts where message_id = $1 order by id desc limit 200")
        .bind(message.as_str())
        .fetch_all(db)
        .await?;
    let read = |row: &AnyRow| {
        Ok(Attempt {
            id: row.parsed("id")?,
            began_at: row.moment("began_at")?,
            ended: row.maybe_moment("ended_at")?.zip(row.maybe_parsed("outcome")?),
            answer: row.text("answer")?,
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, Corrupt>>()?)
}
