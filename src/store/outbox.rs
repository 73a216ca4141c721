//! Mails that wait to be sent.

use sqlx::AssertSqlSafe;

use super::row::Columns as _;
use super::{Db, ROWS, StoreResult, Write};
use crate::domain::address::MailAddress;
use crate::domain::ids::{MessageId, RequestId, RoleId, UserId};
use crate::domain::time::Instant;

/// Whom a mail goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// A person, at their notification address, else their mail address; nobody when they are disabled.
    Person(UserId),
    /// An address.
    Address(MailAddress),
}

/// One mail to one recipient, about to be queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMail {
    /// Its id.
    pub id: MessageId,
    /// What it is about: the word of the event.
    pub event: &'static str,
    /// Whom it goes to.
    pub to: Recipient,
    /// The role.
    pub role: RoleId,
    /// The request.
    pub request: RequestId,
    /// When.
    pub at: Instant,
}

/// Queues mails.
pub async fn insert_all(tx: &mut Write, mails: &[NewMail]) -> StoreResult<()> {
    for rows in mails.chunks(ROWS) {
        let selects = (0..).step_by(6).zip(rows).map(|(before, row)| {
            let [id, event, to, role, request, at] = [1, 2, 3, 4, 5, 6].map(|place| before + place);
            match row.to {
                Recipient::Person(_) => format!(
                    "select ${id}, ${event}, id, coalesce(notification_mail, mail), ${role}, ${request}, ${at}, 'Queued' from users \
                     where id = ${to} and enabled = 1"
                ),
                Recipient::Address(_) => {
                    format!("select ${id}, ${event}, null, ${to}, ${role}, ${request}, ${at}, 'Queued'")
                }
            }
        });
        let statement = format!(
            "insert into outbox (id, event, user_id, address, role_id, request_id, queued_at, state) {}",
            selects.collect::<Vec<_>>().join(" union all ")
        );
        let mut insert = sqlx::query(AssertSqlSafe(statement));
        for row in rows {
            let to = match &row.to {
                Recipient::Person(user) => user.as_str(),
                Recipient::Address(address) => address.as_str(),
            };
            insert = insert
                .bind(row.id.as_str())
                .bind(row.event)
                .bind(to)
                .bind(row.role.as_str())
                .bind(row.request.as_str())
                .bind(row.at.millis());
        }
        insert.execute(&mut **tx).await?;
    }
    Ok(())
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

/// Drops what is queued for approvers of a request that was closed before it went out.
pub async fn drop_queued(tx: &mut Write, request: &RequestId, event: &str) -> StoreResult<()> {
    sqlx::query("update outbox set state = 'Dropped' where request_id = $1 and event = $2 and state = 'Queued'")
        .bind(request.as_str())
        .bind(event)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
