//! Mails that wait to be sent, and what became of them.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::statements::Statement;
use super::ways::{account_text, maybe, read_account};
use super::{Corrupt, Db, ROWS, Statements, StoreResult, Write, places, tuples};
use crate::domain::address::MailAddress;
use crate::domain::ids::{AttemptId, MailId, MessageId, RequestId, RoleId, UserId};
use crate::domain::mail::{Audience, Event};
use crate::domain::request::words;
use crate::domain::seal::Sealed;
use crate::domain::sealed_rows::Account;
use crate::domain::time::Instant;

/// Whom a mail goes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recipient {
    /// A person, at their notification address, else their mail address, as it is when the mail goes out; nobody when they are
    /// disabled by then.
    Person(UserId),
    /// An address.
    Address(String),
}

/// One mail that is about to be queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMail {
    /// Its id.
    pub id: MailId,
    /// What it is about.
    pub event: Event,
    /// The role.
    pub role: Option<RoleId>,
    /// The request.
    pub request: Option<RequestId>,
    /// Its facts, as a document.
    pub facts: String,
    /// When.
    pub at: Instant,
    /// The message to each recipient.
    pub messages: Vec<NewMessage>,
}

/// One message to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id.
    pub id: MessageId,
    /// How it puts things.
    pub audience: Audience,
    /// Whom it goes to.
    pub to: Recipient,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// It waits to be sent, or to be tried again.
    Queued,
    /// A mail server took it.
    Sent,
    /// It could not be sent, and is not tried any more.
    Failed,
    /// It was not to be sent any more.
    Dropped,
}

words!(MessageState { Queued = "Queued", Sent = "Sent", Failed = "Failed", Dropped = "Dropped" });

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The server took it.
    Sent,
    /// A failure that may pass.
    Deferred,
    /// The server refused it for good.
    Refused,
}

words!(AttemptOutcome { Sent = "Sent", Deferred = "Deferred", Refused = "Refused" });

/// Queues mails.
pub fn add_all(statements: &mut Statements, mails: &[NewMail]) {
    for rows in mails.chunks(ROWS) {
        let mut insert = Statement::new(format!(
            "insert into mails (id, event, role_id, request_id, facts, made_at) values {}",
            tuples(rows.len(), 6)
        ));
        for row in rows {
            insert = insert
                .text(row.id.as_str())
                .text(row.event.word())
                .maybe_text(row.role.as_ref().map(RoleId::as_str))
                .maybe_text(row.request.as_ref().map(RequestId::as_str))
                .text(&row.facts)
                .number(row.at.millis());
        }
        statements.add(insert);
    }
    let messages: Vec<_> =
        mails.iter().flat_map(|mail| mail.messages.iter().map(move |message| (mail, message))).collect();
    for rows in messages.chunks(ROWS) {
        let mut insert = Statement::new(format!(
            "insert into outbox (id, mail_id, audience, user_id, address, queued_at, state, due_at, attempts, note) values {}",
            tuples(rows.len(), 10)
        ));
        for (mail, row) in rows {
            let (user, address) = match &row.to {
                Recipient::Person(user) => (Some(user.as_str()), ""),
                Recipient::Address(address) => (None, address.as_str()),
            };
            insert = insert
                .text(row.id.as_str())
                .text(mail.id.as_str())
                .text(row.audience.word())
                .maybe_text(user)
                .text(address)
                .number(mail.at.millis())
                .text(MessageState::Queued.word())
                .number(mail.at.millis())
                .number(0)
                .text("");
        }
        statements.add(insert);
    }
}

/// How many mails wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// So many.
    pub queued: u64,
    /// Since when the oldest of them waits.
    pub oldest_at: Option<Instant>,
}

/// Counts the mails that wait.
pub async fn depth(db: &mut Db) -> StoreResult<Depth> {
    let row = sqlx::query("select count(*) as n, min(queued_at) as oldest from outbox where state = 'Queued'")
        .fetch_one(db)
        .await?;
    Ok(Depth { queued: row.count("n")?, oldest_at: row.maybe_moment("oldest")? })
}

/// Drops what is queued of these events about a request.
pub fn add_drop(statements: &mut Statements, request: &RequestId, events: &[Event], note: &str, now: Instant) {
    let text = format!(
        "update outbox set state = 'Dropped', due_at = null, closed_at = $2, note = $3 where state = 'Queued' \
         and mail_id in (select id from mails where request_id = $1 and event in ({}))",
        places(4, events.len())
    );
    let update = Statement::new(text).text(request.as_str()).number(now.millis()).text(note);
    statements.add(events.iter().fold(update, |update, event| update.text(event.word())));
}

/// Drops everything that is queued.
pub async fn drop_all(tx: &mut Write, note: &str, now: Instant) -> StoreResult<()> {
    sqlx::query("update outbox set state = 'Dropped', due_at = null, closed_at = $1, note = $2 where state = 'Queued'")
        .bind(now.millis())
        .bind(note)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// When the next message is due, past or future.
pub async fn next_due(db: &mut Db) -> StoreResult<Option<Instant>> {
    let row = sqlx::query("select min(due_at) as at from outbox where state = 'Queued'").fetch_one(db).await?;
    Ok(row.maybe_moment("at")?)
}

/// A message that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Which.
    pub id: MessageId,
    /// Since when it waits.
    pub queued_at: Instant,
    /// How often it was tried.
    pub attempts: u64,
}

/// The messages that are due, the longest due first.
pub async fn list_due(db: &mut Db, now: Instant, limit: i64) -> StoreResult<Vec<Due>> {
    let rows = sqlx::query(
        "select id, queued_at, attempts from outbox where state = 'Queued' and due_at <= $1 order by due_at, id limit $2",
    )
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    let read = |row: &AnyRow| {
        Ok(Due { id: row.parsed("id")?, queued_at: row.moment("queued_at")?, attempts: row.count("attempts")? })
    };
    Ok(rows.iter().map(read).collect::<Result<_, Corrupt>>()?)
}

/// Claims a message for an attempt that begins now; nobody else finds it due before `until`.
pub async fn claim(
    tx: &mut Write,
    message: &MessageId,
    attempt: &AttemptId,
    now: Instant,
    until: Instant,
) -> StoreResult<()> {
    sqlx::query(
        "update outbox set due_at = $3, attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, $4), \
         attempt_id = $2 where id = $1 and state = 'Queued'",
    )
    .bind(message.as_str())
    .bind(attempt.as_str())
    .bind(until.millis())
    .bind(now.millis())
    .execute(&mut **tx)
    .await?;
    sqlx::query("insert into mail_attempts (id, message_id, began_at, answer) values ($1, $2, $3, '')")
        .bind(attempt.as_str())
        .bind(message.as_str())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends a message that is not to be sent, before any attempt.
pub async fn close_unsent(
    tx: &mut Write,
    message: &MessageId,
    state: MessageState,
    note: &str,
    now: Instant,
) -> StoreResult<()> {
    sqlx::query(
        "update outbox set state = $2, due_at = null, closed_at = $3, note = $4 where id = $1 and state = 'Queued'",
    )
    .bind(message.as_str())
    .bind(state.word())
    .bind(now.millis())
    .bind(note)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A claimed message with everything that sending it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// What it is about.
    pub event: Event,
    /// Its facts, as a document.
    pub facts: String,
    /// How it puts things.
    pub audience: Audience,
    /// The request whose mails stand together.
    pub request: Option<RequestId>,
    /// When the event was: the date of the mail.
    pub made_at: Instant,
    /// Where it goes now; none for a person who is disabled.
    pub address: Option<MailAddress>,
    /// The row that says so; none for an address that is no person's.
    pub account: Option<Sealed<Account>>,
    /// The reader's time zone, else the organisation's.
    pub time_zone: String,
}

/// The message, if it is still claimed by this attempt and still to be sent. The address is the person's of this moment.
pub async fn find_claimed(db: &mut Db, message: &MessageId, attempt: &AttemptId) -> StoreResult<Option<Claimed>> {
    let row = sqlx::query(concat!(
        "select m.event, m.facts, m.request_id, m.made_at, o.audience, o.user_id, o.address, u.enabled, \
         coalesce(u.notification_mail, u.mail) as mail, coalesce(u.time_zone, g.time_zone) as zone, ",
        account_text!("u"),
        " as account from outbox o \
         join mails m on m.id = o.mail_id join organization g on g.id = 1 left join users u on u.id = o.user_id \
         where o.id = $1 and o.attempt_id = $2 and o.state = 'Queued'",
    ))
    .bind(message.as_str())
    .bind(attempt.as_str())
    .fetch_optional(db)
    .await?;
    let claimed = row.map(|row| {
        let address = match (row.maybe_text("user_id")?, row.maybe_number("enabled")?) {
            (None, _) => Some(row.parsed("address")?),
            (Some(_), Some(1)) => Some(row.parsed("mail")?),
            (Some(_), _) => None,
        };
        Ok::<_, Corrupt>(Claimed {
            event: row.parsed("event")?,
            facts: row.text("facts")?,
            audience: row.parsed("audience")?,
            request: row.maybe_parsed("request_id")?,
            made_at: row.moment("made_at")?,
            address,
            account: maybe(&row.maybe_text("account")?.unwrap_or_default(), read_account)?,
            time_zone: row.text("zone")?,
        })
    });
    Ok(claimed.transpose()?)
}

/// Writes down how an attempt ended, and what the server said.
pub async fn end_attempt(
    tx: &mut Write,
    attempt: &AttemptId,
    outcome: AttemptOutcome,
    answer: &str,
    now: Instant,
) -> StoreResult<()> {
    sqlx::query("update mail_attempts set ended_at = $2, outcome = $3, answer = $4 where id = $1 and ended_at is null")
        .bind(attempt.as_str())
        .bind(now.millis())
        .bind(outcome.word())
        .bind(answer)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A server took the message, to this address. That is so even if it was dropped, or claimed anew, meanwhile.
pub async fn note_sent(tx: &mut Write, message: &MessageId, address: &MailAddress, now: Instant) -> StoreResult<()> {
    sqlx::query(
        "update outbox set state = 'Sent', due_at = null, closed_at = $2, address = $3, note = '' where id = $1 and state <> 'Sent'",
    )
    .bind(message.as_str())
    .bind(now.millis())
    .bind(address.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The attempt was the last: it failed for good, or found that the message is not to be sent. Nothing changes when another attempt has
/// the message by now, or it was dropped.
pub async fn give_up(
    tx: &mut Write,
    message: &MessageId,
    attempt: &AttemptId,
    state: MessageState,
    note: &str,
    now: Instant,
) -> StoreResult<()> {
    sqlx::query(
        "update outbox set state = $5, due_at = null, closed_at = $3, note = $4 \
         where id = $1 and attempt_id = $2 and state = 'Queued'",
    )
    .bind(message.as_str())
    .bind(attempt.as_str())
    .bind(now.millis())
    .bind(note)
    .bind(state.word())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The attempt failed, and the next may be made then. Nothing changes when another attempt has the message by now.
pub async fn defer(tx: &mut Write, message: &MessageId, attempt: &AttemptId, due_at: Instant) -> StoreResult<()> {
    sqlx::query("update outbox set due_at = $3 where id = $1 and attempt_id = $2 and state = 'Queued'")
        .bind(message.as_str())
        .bind(attempt.as_str())
        .bind(due_at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// How often this message was tried, and when first; for what follows a failure.
pub async fn find_tries(db: &mut Db, message: &MessageId) -> StoreResult<Option<(u64, Instant)>> {
    let row =
        sqlx::query("select attempts, first_attempt_at from outbox where id = $1 and first_attempt_at is not null")
            .bind(message.as_str())
            .fetch_optional(db)
            .await?;
    Ok(row.map(|row| Ok::<_, Corrupt>((row.count("attempts")?, row.moment("first_attempt_at")?))).transpose()?)
}

/// Queues a message anew that is over; tells whether it was. Its day of attempts begins again.
pub async fn queue_again(tx: &mut Write, message: &MessageId, now: Instant) -> StoreResult<bool> {
    let done = sqlx::query(
        "update outbox set state = 'Queued', due_at = $2, queued_at = $2, closed_at = null, attempts = 0, first_attempt_at = null, \
         attempt_id = null, note = '' where id = $1 and state <> 'Queued'",
    )
    .bind(message.as_str())
    .bind(now.millis())
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}
