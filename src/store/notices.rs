//! The bell's rows.

use super::row::Columns as _;
use super::{Db, StoreResult, Write};
use crate::domain::ids::{NotificationId, RequestId, UserId};
use crate::domain::notice::NoticeKind;
use crate::domain::role::Role;
use crate::domain::time::Instant;

/// Puts a notice behind one person's bell.
#[expect(clippy::too_many_arguments, reason = "the columns of one row, each of its own type")]
pub async fn insert(
    tx: &mut Write,
    id: &NotificationId,
    user: &UserId,
    at: Instant,
    kind: NoticeKind,
    role: &Role,
    who: &str,
    request: Option<&RequestId>,
) -> StoreResult<()> {
    sqlx::query(
        "insert into notices (id, user_id, at, kind, role_id, role_name, subject_name, request_id) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id.as_str())
    .bind(user.as_str())
    .bind(at.millis())
    .bind(kind.word())
    .bind(role.id.as_str())
    .bind(&role.display_name)
    .bind(who)
    .bind(request.map(RequestId::as_str))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How many notices this person has not read.
pub async fn count_unread(db: &mut Db, user: &UserId) -> StoreResult<u64> {
    let row = sqlx::query("select count(*) as n from notices where user_id = $1 and read_at is null")
        .bind(user.as_str())
        .fetch_one(db)
        .await?;
    Ok(row.count("n")?)
}
