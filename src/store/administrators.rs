//! Whoever holds Global Administrator by assignment: the facts for the rule of the last one.

use super::row::Columns as _;
use super::{Db, StoreResult};
use crate::domain::administrators::{Administrator, Way};
use crate::domain::ids::UserId;
use crate::domain::role::PortalRole;
use crate::domain::time::Instant;

/// The enabled people who hold it by assignment at this moment, each with every way in which they do.
pub async fn list(db: &mut Db, now: Instant) -> StoreResult<Vec<Administrator>> {
    let rows = sqlx::query(
        "select u.id, p.display_name, u.last_sign_in_at, u.totp_confirmed_at, a.id as schedule_id, a.ends_at, m.group_id \
         from assignment_schedules a left join group_members m on m.group_id = a.principal_id \
         join users u on u.id = coalesce(m.user_id, a.principal_id) join principals p on p.id = u.id \
         where a.role_id = $1 and a.assignment_type = 'Assigned' and a.ended_at is null and a.starts_at <= $2 \
         and (a.ends_at is null or a.ends_at > $2) and u.enabled = 1 order by u.id, a.id",
    )
    .bind(PortalRole::GlobalAdministrator.template_id())
    .bind(now.millis())
    .fetch_all(db)
    .await?;
    let mut found: Vec<Administrator> = Vec::new();
    for row in &rows {
        let user: UserId = row.parsed("id")?;
        let way = Way {
            schedule: row.parsed("schedule_id")?,
            group: row.maybe_parsed("group_id")?,
            ends_at: row.maybe_moment("ends_at")?,
        };
        match found.last_mut().filter(|last| last.user == user) {
            Some(last) => last.ways.push(way),
            None => found.push(Administrator {
                user,
                name: row.text("display_name")?,
                has_signed_in: row.maybe_moment("last_sign_in_at")?.is_some(),
                has_second_factor: row.maybe_moment("totp_confirmed_at")?.is_some(),
                ways: vec![way],
            }),
        }
    }
    Ok(found)
}
