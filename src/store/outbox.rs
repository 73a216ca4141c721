//! Mails that wait to be sent.

use super::row::Columns as _;
use super::{Db, StoreResult, Write};
use crate::domain::ids::{MessageId, RequestId, RoleId, UserId};
use crate::domain::time::Instant;

/// One mail to one recipient.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    /// What it is about: the word of the event.
    pub event: &'a str,
    /// The person it goes to, if it is one.
    pub user: Option<&'a UserId>,
    /// The address.
    pub address: &'a str,
    /// The role.
    pub role: &'a RoleId,
    /// The request.
    pub request: &'a RequestId,
}

/// Queues a mail.
pub async fn insert(tx: &mut Write, id: &MessageId, at: Instant, mail: &Mail<'_>) -> StoreResult<()> {
    sqlx::query(
        "insert into outbox (id, event, user_id, address, role_id, request_id, queued_at, state) \
         values ($1, $2, $3, $4, $5, $6, $7, 'Queued')",
    )
    .bind(id.as_str())
    .bind(mail.event)
    .bind(mail.user.map(UserId::as_str))
    .bind(mail.address)
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

/// Where a person wants their mail: the notification address, else the mail address.
pub async fn address_of(db: &mut Db, user: &UserId) -> StoreResult<Option<String>> {
    let row =
        sqlx::query("select coalesce(notification_mail, mail) as address from users where id = $1 and enabled = 1")
            .bind(user.as_str())
            .fetch_optional(db)
            .await?;
    Ok(row.map(|row| row.text("address")).transpose()?)
}
