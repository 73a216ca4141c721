//! What the first page counts and lists: the person's own roles, and the figures of the whole portal.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::{Corrupt, Db, StoreResult};
use crate::domain::ids::{RoleId, UserId};
use crate::domain::role::Role;
use crate::domain::schedule::AssignmentType;
use crate::domain::time::{Instant, Span};

/// Something a person holds or could activate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The role.
    pub role: RoleId,
    /// Its name.
    pub role_name: String,
    /// How it is held; none for an eligible assignment.
    pub assignment_type: Option<AssignmentType>,
    /// The group through which, where it is not the person's own.
    pub group: Option<String>,
    /// Whose it is.
    pub principal_name: String,
    /// Since when.
    pub starts_at: Instant,
    /// Until when; permanent if empty.
    pub ends_at: Option<Instant>,
}

fn held(row: &AnyRow) -> Result<Held, Corrupt> {
    let principal_name = row.text("principal_name")?;
    Ok(Held {
        role: row.parsed("role_id")?,
        role_name: row.text("role_name")?,
        assignment_type: row.maybe_parsed("assignment_type")?,
        group: (row.text("kind")? == "group").then(|| principal_name.clone()),
        principal_name,
        starts_at: row.moment("starts_at")?,
        ends_at: row.maybe_moment("ends_at")?,
    })
}

/// The roles that are on for this person now, the one that ends first first.
pub async fn list_active_of(db: &mut Db, user: &UserId, now: Instant, limit: i64) -> StoreResult<Vec<Held>> {
    let rows = sqlx::query(
        "select a.role_id, r.display_name as role_name, a.assignment_type, p.kind, p.display_name as principal_name, a.starts_at, \
         a.ends_at from assignment_schedules a join roles r on r.id = a.role_id \
         left join eligibility_schedules v on v.id = a.activated_using join principals p on p.id = coalesce(v.principal_id, a.principal_id) \
         where a.ended_at is null and a.starts_at <= $2 and (a.ends_at is null or a.ends_at > $2) and (a.principal_id = $1 \
         or a.principal_id in (select group_id from group_members where user_id = $1)) \
         order by case when a.ends_at is null then 1 else 0 end, a.ends_at, r.name_key, a.id limit $3",
    )
    .bind(user.as_str())
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(held).collect::<Result<_, _>>()?)
}

/// The person's assignments, eligible and assigned, that end before `until`, the first to end first.
pub async fn list_ending_of(
    db: &mut Db,
    user: &UserId,
    now: Instant,
    until: Instant,
    limit: i64,
) -> StoreResult<Vec<Held>> {
    let rows = sqlx::query(
        "select s.role_id, r.display_name as role_name, s.assignment_type, p.kind, p.display_name as principal_name, s.starts_at, \
         s.ends_at from (select id, role_id, principal_id, cast(null as text) as assignment_type, starts_at, ends_at from \
         eligibility_schedules where ended_at is null and ends_at > $2 and ends_at <= $3 union all select id, role_id, \
         principal_id, assignment_type, starts_at, ends_at from assignment_schedules where ended_at is null and ends_at > $2 \
         and ends_at <= $3 and assignment_type = 'Assigned') s join roles r on r.id = s.role_id \
         join principals p on p.id = s.principal_id where s.principal_id = $1 \
         or s.principal_id in (select group_id from group_members where user_id = $1) order by s.ends_at, s.id limit $4",
    )
    .bind(user.as_str())
    .bind(now.millis())
    .bind(until.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(held).collect::<Result<_, _>>()?)
}

/// The roles that this person has in any way now, by name.
pub async fn list_roles_of(db: &mut Db, user: &UserId, now: Instant) -> StoreResult<Vec<Role>> {
    let rows = sqlx::query(
        "select * from roles where id in (select s.role_id from (select role_id, principal_id, ends_at from eligibility_schedules \
         where ended_at is null union all select role_id, principal_id, ends_at from assignment_schedules where ended_at is null) s \
         where (s.ends_at is null or s.ends_at > $2) and (s.principal_id = $1 \
         or s.principal_id in (select group_id from group_members where user_id = $1))) order by name_key, id",
    )
    .bind(user.as_str())
    .bind(now.millis())
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(super::roles::read).collect::<Result<_, _>>()?)
}

/// What people have activated and is on now, the first to end first.
pub async fn list_on_now(db: &mut Db, now: Instant, limit: i64) -> StoreResult<Vec<Held>> {
    let rows = sqlx::query(
        "select a.role_id, r.display_name as role_name, a.assignment_type, p.kind, p.display_name as principal_name, a.starts_at, \
         a.ends_at from assignment_schedules a join roles r on r.id = a.role_id join principals p on p.id = a.principal_id \
         where a.ended_at is null and a.ends_at > $1 and a.starts_at <= $1 and a.assignment_type = 'Activated' \
         order by a.ends_at, a.id limit $2",
    )
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    Ok(rows.iter().map(held).collect::<Result<_, _>>()?)
}

/// How many roles people have activated and are on now.
pub async fn count_on_now(db: &mut Db, now: Instant) -> StoreResult<u64> {
    let row = sqlx::query(
        "select count(*) as n from assignment_schedules where ended_at is null and ends_at > $1 and starts_at <= $1 \
         and assignment_type = 'Activated'",
    )
    .bind(now.millis())
    .fetch_one(db)
    .await?;
    Ok(row.count("n")?)
}

/// How many requests wait, and since when the oldest one does.
pub async fn waiting(db: &mut Db, now: Instant) -> StoreResult<(u64, Option<Instant>)> {
    let row = sqlx::query(
        "select count(*) as n, min(created_at) as oldest from requests where status in ('PendingApproval', \
         'PendingAdminDecision') and (lapses_at is null or lapses_at > $1)",
    )
    .bind(now.millis())
    .fetch_one(db)
    .await?;
    Ok((row.count("n")?, row.maybe_moment("oldest")?))
}

/// The median time from a request to its decision, of those made since then; none when nobody decided anything.
pub async fn median_decision(db: &mut Db, since: Instant) -> StoreResult<Option<Span>> {
    // Ids begin with their moment, so the primary key finds the requests of a span of time.
    let floor = crate::domain::ids::uuid_v7(since, [0; 10]);
    let row = sqlx::query("select count(*) as n from requests where id >= $1 and decided_at is not null")
        .bind(&floor)
        .fetch_one(&mut *db)
        .await?;
    let Some(middle) = row.number("n")?.checked_sub(1).filter(|last| *last >= 0).map(|last| last / 2) else {
        return Ok(None);
    };
    let row = sqlx::query(
        "select decided_at - created_at as took from requests where id >= $1 and decided_at is not null \
         order by took limit 1 offset $2",
    )
    .bind(floor)
    .bind(middle)
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.number("took")).transpose()?.map(Span::from_millis))
}

/// A quarter of an hour in milliseconds: every time zone's midnight lies on one.
pub const QUARTER: i64 = 900_000;

/// How many activations began in each quarter of an hour since then: the quarter's beginning, and how many.
pub async fn activations_since(db: &mut Db, since: Instant) -> StoreResult<Vec<(Instant, u64)>> {
    let rows = sqlx::query(
        "select at / 900000 as quarter, count(*) as n from audit_events where action = 'ActivationCompleted' \
         and outcome = 'Success' and at >= $1 \
         and seq >= coalesce((select seq from audit_events where at >= $1 and seq >= 1 order by at, seq limit 1), 1) \
         group by at / 900000 order by quarter",
    )
    .bind(since.millis())
    .fetch_all(db)
    .await?;
    let quarters = rows
        .iter()
        .map(|row| Ok((Instant::from_millis(row.number("quarter")?.saturating_mul(QUARTER)), row.count("n")?)));
    Ok(quarters.collect::<Result<_, Corrupt>>()?)
}
