//! The settings of mails, and who the administrators are that get them.

use std::collections::BTreeSet;

use super::row::Columns as _;
use super::statements::Statement;
use super::{Db, Question, StoreResult, Write, principals::holding_actively};
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
pub fn administrators(now: Instant) -> Question<BTreeSet<UserId>> {
    holders(now, "from mail_settings g join eligibility_schedules e on g.id = 1 and g.include_eligible = 1")
}

/// Everybody who is Global or Privileged Role Administrator actively, or eligible for it, whatever the settings say.
pub fn everybody_administering(now: Instant) -> Question<BTreeSet<UserId>> {
    holders(now, "from eligibility_schedules e")
}

/// Active holders of the two roles, and the eligible ones that `eligible` selects.
fn holders(now: Instant, eligible: &'static str) -> Question<BTreeSet<UserId>> {
    let [one, other] = PortalRole::ADMINISTRATORS;
    let statement = Statement::new(format!(
        "{active} \
         union all select u.id {eligible} join users u on u.id = e.principal_id where {are_so} \
         union all select u.id {eligible} join group_members m on m.group_id = e.principal_id join users u on u.id = m.user_id \
         where {are_so}",
        active = holding_actively!(),
        are_so = "e.role_id in ($1, $3) and e.ended_at is null and e.starts_at <= $2 and (e.ends_at is null or e.ends_at > $2) \
                  and u.enabled = 1"
    ))
    .text(one.template_id())
    .number(now.millis())
    .text(other.template_id());
    Question::new(statement, |rows| Ok(rows.iter().map(|row| row.parsed("id")).collect::<Result<_, _>>()?))
}
