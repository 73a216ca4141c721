//! What one person or group holds: every live eligible and active assignment, with the names that a page shows.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::{Corrupt, Db, StoreResult};
use crate::domain::ids::{GroupId, PrincipalId, RoleId, ScheduleId};
use crate::domain::schedule::{AssignmentType, Term};
use crate::domain::time::Instant;

/// One live assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The schedule.
    pub id: ScheduleId,
    /// The role.
    pub role: RoleId,
    /// The role's name; `None` when it is gone from the catalogue.
    pub role_name: Option<String>,
    /// How it is active; `None` when it is eligible.
    pub active: Option<AssignmentType>,
    /// The group through which it is held or was activated, with its name; `None` when it is held directly.
    pub through: Option<(GroupId, String)>,
    /// From when to when.
    pub term: Term,
}

/// Everything this person, or a group they are in, holds now or later; of a group, what it holds itself. By role.
pub async fn list_of(db: &mut Db, principal: &PrincipalId, now: Instant, limit: i64) -> StoreResult<Vec<Holding>> {
    let rows = sqlx::query(
        "select h.id, h.role_id, r.display_name as role_name, h.assignment_type, coalesce(e.principal_id, h.principal_id) as principal_id, p.display_name as principal_name, \
         h.starts_at, h.ends_at from ( \
         select id, role_id, principal_id, '' as assignment_type, starts_at, ends_at, ended_at, cast(null as text) as activated_using from \
         eligibility_schedules \
         union all \
         select id, role_id, principal_id, assignment_type, starts_at, ends_at, ended_at, activated_using from assignment_schedules) h \
         left join roles r on r.id = h.role_id left join eligibility_schedules e on e.id = h.activated_using \
         left join principals p on p.id = coalesce(e.principal_id, h.principal_id) \
         where h.ended_at is null and (h.ends_at is null or h.ends_at > $2) \
         and (h.principal_id = $1 or h.principal_id in (select group_id from group_members where user_id = $1)) \
         order by r.name_key, h.assignment_type, h.id limit $3",
    )
    .bind(principal.as_str())
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(|row| read(row, principal)).collect::<Result<_, _>>()?)
}

fn read(row: &AnyRow, principal: &PrincipalId) -> Result<Holding, Corrupt> {
    let held_by: PrincipalId = row.parsed("principal_id")?;
    let through = if held_by == *principal {
        None
    } else {
        Some((row.parsed("principal_id")?, row.maybe_text("principal_name")?.unwrap_or_default()))
    };
    let active = if row.text("assignment_type")?.is_empty() { None } else { Some(row.parsed("assignment_type")?) };
    Ok(Holding {
        id: row.parsed("id")?,
        role: row.parsed("role_id")?,
        role_name: row.maybe_text("role_name")?,
        active,
        through,
        term: Term { starts_at: row.moment("starts_at")?, ends_at: row.maybe_moment("ends_at")? },
    })
}
