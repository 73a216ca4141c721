//! The settings of mails, and who the administrators are that get them.

use std::collections::BTreeSet;

use super::row::Columns as _;
use super::{Db, StoreResult, Write};
use crate::domain::ids::UserId;
use crate::domain::role::PortalRole;
use crate::domain::time::Instant;

/// Whether administrators whose role is not active get mails too.
pub async fn includes_eligible(db: &mut Db) -> StoreResult<bool> {
    let row = sqlx::query("select include_eligible from mail_settings where id = 1").fetch_optional(db).await?;
    Ok(row.map(|row| row.flag("include_eligible")).transpose()?.unwrap_or(false))
}

/// Saves that.
pub async fn save(tx: &mut Write, include_eligible: bool) -> StoreResult<()> {
    sqlx::query(
        "insert into mail_settings (id, include_eligible) values (1, $1) \
         on conflict (id) do update set include_eligible = excluded.include_eligible",
    )
    .bind(i64::from(include_eligible))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The enabled people who get the mails of administrators: those who are actively Global or Privileged Role Administrator, and those
/// who are eligible for it where the settings include them. One statement, since most events ask it.
pub async fn administrators(db: &mut Db, now: Instant) -> StoreResult<BTreeSet<UserId>> {
    holders(db, now, "from mail_settings g, eligibility_schedules e where g.id = 1 and g.include_eligible = 1 and")
        .await
}

/// Everybody who is Global or Privileged Role Administrator actively, or eligible for it, whatever the settings say.
pub async fn everybody_administering(db: &mut Db, now: Instant) -> StoreResult<BTreeSet<UserId>> {
    holders(db, now, "from eligibility_schedules e where").await
}

/// Active holders of the two roles, and the eligible ones that `eligible` selects.
async fn holders(db: &mut Db, now: Instant, eligible: &'static str) -> StoreResult<BTreeSet<UserId>> {
    let statement = format!(
        "with holders as (select a.principal_id from assignment_schedules a where a.role_id in ($1, $3) and a.ended_at is null \
         and a.starts_at <= $2 and (a.ends_at is null or a.ends_at > $2) \
         union select e.principal_id {eligible} e.role_id in ($1, $3) and e.ended_at is null and e.starts_at <= $2 \
         and (e.ends_at is null or e.ends_at > $2)) \
         select u.id from holders h join users u on u.id = h.principal_id where u.enabled = 1 \
         union select u.id from holders h join group_members m on m.group_id = h.principal_id join users u on u.id = m.user_id \
         where u.enabled = 1"
    );
    let [one, other] = PortalRole::ADMINISTRATORS;
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(one.template_id())
        .bind(now.millis())
        .bind(other.template_id())
        .fetch_all(db)
        .await?;
    Ok(rows.iter().map(|row| row.parsed("id")).collect::<Result<_, _>>()?)
}
