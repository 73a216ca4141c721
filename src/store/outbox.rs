//! Mails that wait to be sent.

use super::{StoreResult, Write};
use crate::domain::address::MailAddress;
use crate::domain::ids::{MessageId, RequestId, RoleId, UserId};
use crate::domain::time::Instant;

/// Whom a mail goes to.
#[derive(Clone, Copy, Debug)]
pub enum Recipient<'a> {
    /// A person, at their notification address, else their mail address; nobody when they are disabled.
    Person(&'a UserId),
    /// An address.
    Address(&'a MailAddress),
}

/// One mail to one recipient.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    /// What it is about: the word of the event.
    pub event: &'a str,
    /// Whom it goes to.
    pub to: Recipient<'a>,
    /// The role.
    pub role: &'a RoleId,
    /// The request.
    pub request: &'a RequestId,
}

/// Queues a mail.
pub async fn insert(tx: &mut Write, id: &MessageId, at: Instant, mail: &Mail<'_>) -> StoreResult<()> {
    let (statement, to) = match mail.to {
        Recipient::Person(user) => (
            "insert into outbox (id, event, user_id, address, role_id, request_id, queued_at, state) \
             select $1, $2, id, coalesce(notification_mail, mail), $4, $5, $6, 'Queued' from users where id = $3 and enabled = 1",
            user.as_str(),
        ),
        Recipient::Address(address) => (
            "insert into outbox (id, event, user_id, address, role_id, request_id, queued_at, state) \
             values ($1, $2, null, $3, $4, $5, $6, 'Queued')",
            address.as_str(),
        ),
    };
    sqlx::query(statement)
        .bind(id.as_str())
        .bind(mail.event)
        .bind(to)
        .bind(mail.role.as_str())
        .bind(mail.request.as_str())
        .bind(at.millis())
        .execute(&mut **tx)
        .await?;
    Ok(())
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
