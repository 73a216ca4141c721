//! The bell's rows.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::statements::Statement;
use super::{Corrupt, Db, Question, ROWS, Statements, StoreResult, Write, tuples};
use crate::domain::ids::{NotificationId, RequestId, RoleId, UserId};
use crate::domain::notice::NoticeKind;
use crate::domain::time::Instant;

/// A notice as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id; ids sort by time.
    pub id: NotificationId,
    /// When.
    pub at: Instant,
    /// What it says.
    pub kind: NoticeKind,
    /// The role's name then.
    pub role_name: String,
    /// The other person's name then; empty when there is none.
    pub who: String,
    /// The request it is about.
    pub request: Option<RequestId>,
    /// Whether the person has read it.
    pub is_read: bool,
}

fn read(row: &AnyRow) -> Result<Notice, Corrupt> {
    Ok(Notice {
        id: row.parsed("id")?,
        at: row.moment("at")?,
        kind: row.parsed("kind")?,
        role_name: row.text("role_name")?,
        who: row.text("subject_name")?,
        request: row.maybe_parsed("request_id")?,
        is_read: row.maybe_number("read_at")?.is_some(),
    })
}

/// A notice that is about to be put behind one person's bell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    /// Its id.
    pub id: NotificationId,
    /// Whose.
    pub user: UserId,
    /// When.
    pub at: Instant,
    /// What it says.
    pub kind: NoticeKind,
    /// The role.
    pub role: RoleId,
    /// The role's name now.
    pub role_name: String,
    /// The other person's name now; empty when there is none.
    pub who: String,
    /// The request it is about.
    pub request: Option<RequestId>,
}

/// Puts notices behind the bells.
pub fn add_all(statements: &mut Statements, notices: &[NewNotice]) {
    for rows in notices.chunks(ROWS) {
        let mut insert = Statement::new(format!(
            "insert into notices (id, user_id, at, kind, role_id, role_name, subject_name, request_id) values {}",
            tuples(rows.len(), 8)
        ));
        for row in rows {
            insert = insert
                .text(row.id.as_str())
                .text(row.user.as_str())
                .number(row.at.millis())
                .text(row.kind.word())
                .text(row.role.as_str())
                .text(&row.role_name)
                .text(&row.who)
                .maybe_text(row.request.as_ref().map(RequestId::as_str));
        }
        statements.add(insert);
    }
}

/// How many notices this person has not read.
pub fn count_unread(user: &UserId) -> Question<u64> {
    let statement =
        Statement::new("select count(*) as n from notices where user_id = $1 and read_at is null").text(user.as_str());
    Question::about_one(statement, |row| Ok(row.count("n")?))
}

/// The person's notices, the newest first, at most `limit`; with `before`, only older ones than that.
pub async fn list_newest(
    db: &mut Db,
    user: &UserId,
    before: Option<&NotificationId>,
    limit: i64,
) -> StoreResult<Vec<Notice>> {
    // Ids are lower-case hexadecimal: `g` comes after all of them.
    let before = before.map_or("g", NotificationId::as_str);
    let rows = sqlx::query("select * from notices where user_id = $1 and id < $2 order by id desc limit $3")
        .bind(user.as_str())
        .bind(before)
        .bind(limit)
        .fetch_all(db)
        .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// The notice with this id, if it is this person's.
pub async fn find_of(db: &mut Db, user: &UserId, id: &NotificationId) -> StoreResult<Option<Notice>> {
    let row = sqlx::query("select * from notices where id = $1 and user_id = $2")
        .bind(id.as_str())
        .bind(user.as_str())
        .fetch_optional(db)
        .await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// Notes that the person read this one; tells whether it was new.
pub async fn mark_read(tx: &mut Write, user: &UserId, id: &NotificationId, now: Instant) -> StoreResult<bool> {
    let done = sqlx::query("update notices set read_at = $3 where id = $1 and user_id = $2 and read_at is null")
        .bind(id.as_str())
        .bind(user.as_str())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes that the person read this one and all before it; tells how many were new.
pub async fn mark_read_up_to(tx: &mut Write, user: &UserId, id: &NotificationId, now: Instant) -> StoreResult<u64> {
    let done = sqlx::query("update notices set read_at = $3 where user_id = $1 and id <= $2 and read_at is null")
        .bind(user.as_str())
        .bind(id.as_str())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected())
}

/// The newest notice of all.
pub async fn newest(db: &mut Db) -> StoreResult<Option<NotificationId>> {
    let row = sqlx::query("select id from notices order by id desc limit 1").fetch_optional(db).await?;
    Ok(row.map(|row| row.parsed("id")).transpose()?)
}

/// Whose bells rang after this notice.
pub async fn list_bells_after(db: &mut Db, notice: &NotificationId) -> StoreResult<Vec<UserId>> {
    let rows =
        sqlx::query("select distinct user_id from notices where id > $1").bind(notice.as_str()).fetch_all(db).await?;
    Ok(rows.iter().map(|row| row.parsed("user_id")).collect::<Result<_, _>>()?)
}

/// Whose bells rang since this moment.
pub async fn list_bells_since(db: &mut Db, since: Instant) -> StoreResult<Vec<UserId>> {
    // Ids begin with their moment, so the primary key finds them.
    let floor = crate::domain::ids::uuid_v7(since, [0; 10]);
    let rows = sqlx::query("select distinct user_id from notices where id >= $1").bind(floor).fetch_all(db).await?;
    Ok(rows.iter().map(|row| row.parsed("user_id")).collect::<Result<_, _>>()?)
}
