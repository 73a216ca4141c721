//! The role catalogue.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::statements::Statement;
use super::{Corrupt, Db, Question, StoreResult, Write};
use crate::domain::ids::RoleId;
use crate::domain::role::Role;
use crate::domain::time::Instant;

/// The role with this id.
pub async fn find(db: &mut Db, id: &RoleId) -> StoreResult<Option<Role>> {
    let row = sqlx::query("select * from roles where id = $1").bind(id.as_str()).fetch_optional(db).await?;
    Ok(row.as_ref().map(read).transpose()?)
}

/// Every role, by id; for bringing the catalogue up to date.
pub async fn list_all(db: &mut Db) -> StoreResult<Vec<Role>> {
    let rows = sqlx::query("select * from roles").fetch_all(db).await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Every role, by name.
pub fn list_by_name() -> Question<Vec<Role>> {
    Question::about_each(Statement::new("select * from roles order by name_key, id"), read)
}

/// Inserts the role, or brings its texts up to date.
pub async fn upsert(tx: &mut Write, role: &Role, name_key: &str) -> StoreResult<()> {
    sqlx::query(
        "insert into roles (id, display_name, name_key, description, is_privileged, is_hidden) values ($1, $2, $3, $4, $5, $6) \
         on conflict (id) do update set display_name = excluded.display_name, name_key = excluded.name_key, \
         description = excluded.description, is_privileged = excluded.is_privileged, is_hidden = excluded.is_hidden",
    )
    .bind(role.id.as_str())
    .bind(&role.display_name)
    .bind(name_key)
    .bind(&role.description)
    .bind(i64::from(role.is_privileged))
    .bind(i64::from(role.is_hidden))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A role and how many have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleLine {
    /// The role.
    pub role: Role,
    /// People and groups that are eligible for it.
    pub eligible: u64,
    /// People and groups that hold it now.
    pub active: u64,
}

/// Which roles are listed.
#[derive(Clone, Copy, Debug)]
pub struct RoleFilter<'a> {
    /// A comparison key that is looked for in the name and the description; empty for all of them.
    pub key: &'a str,
    /// Only those whose misuse reaches far.
    pub privileged: bool,
    /// Only those that somebody is eligible for or holds.
    pub assigned: bool,
}

/// The roles that can be assigned, by name, from behind `after` on. A role that is not there is the start of the list.
///
/// What is not closed is counted in the index of each role alone; of these, what is over or has not begun is little, has indexes of its
/// own, and is taken off.
pub async fn list(
    db: &mut Db,
    filter: RoleFilter<'_>,
    after: Option<&RoleId>,
    now: Instant,
    limit: i64,
) -> StoreResult<Vec<RoleLine>> {
    let rows = sqlx::query(
        "select * from (select r.*, \
         (select count(*) from eligibility_schedules e where e.role_id = r.id and e.ended_at is null) - coalesce(apart.eligible, 0) as eligible, \
         (select count(*) from assignment_schedules a where a.role_id = r.id and a.ended_at is null) - coalesce(apart.active, 0) as active \
         from roles r left join (select role_id, sum(eligible) as eligible, sum(active) as active from (\
         select role_id, 1 as eligible, 0 as active from eligibility_schedules where ended_at is null and ends_at <= $1 \
         union all select role_id, 0, 1 from assignment_schedules where ended_at is null and ends_at <= $1 \
         union all select role_id, 0, 1 from assignment_schedules where started_at is null and ended_at is null and starts_at > $1) as each_one \
         group by role_id) as apart on apart.role_id = r.id \
         where r.is_hidden = 0 and (r.is_privileged = 1 or $3 = 0) \
         and ($2 = '' or replace(r.name_key, $2, '') <> r.name_key or replace(lower(r.description), $2, '') <> lower(r.description)) \
         and not exists (select 1 from roles l where l.id = $5 and (r.name_key < l.name_key or (r.name_key = l.name_key and r.id <= l.id)))) \
         as listed where $4 = 0 or eligible + active > 0 order by name_key, id limit $6",
    )
    .bind(now.millis())
    .bind(filter.key)
    .bind(i64::from(filter.privileged))
    .bind(i64::from(filter.assigned))
    .bind(after.map_or("", RoleId::as_str))
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows
        .iter()
        .map(|row| Ok(RoleLine { role: read(row)?, eligible: row.count("eligible")?, active: row.count("active")? }))
        .collect::<Result<_, Corrupt>>()?)
}

/// One row as a role.
pub(super) fn read(row: &AnyRow) -> Result<Role, Corrupt> {
    Ok(Role {
        id: row.parsed("id")?,
        display_name: row.text("display_name")?,
        description: row.text("description")?,
        is_privileged: row.flag("is_privileged")?,
        is_hidden: row.flag("is_hidden")?,
    })
}
