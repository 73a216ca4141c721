//! The week in figures, and which weeks were told.

use sqlx::any::AnyRow;

use super::row::Columns as _;
use super::{Corrupt, Db, StoreResult, Write};
use crate::domain::ids::uuid_v7;
use crate::domain::mail::{Stale, TopRole};
use crate::domain::time::Instant;

/// True when the week that ended then was told.
pub async fn is_told(db: &mut Db, until: Instant) -> StoreResult<bool> {
    let row = sqlx::query("select 1 from digests where until = $1").bind(until.millis()).fetch_optional(db).await?;
    Ok(row.is_some())
}

/// Remembers that the week that ended then is told; tells whether it was not yet.
pub async fn note_told(tx: &mut Write, until: Instant, now: Instant) -> StoreResult<bool> {
    let done = sqlx::query("insert into digests (until, made_at) values ($1, $2) on conflict (until) do nothing")
        .bind(until.millis())
        .bind(now.millis())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// The tiles: people for whom a role was active by activation since then and before, people and groups that were made permanent,
/// and assignments that were made.
pub async fn count_week(db: &mut Db, from: Instant, until: Instant) -> StoreResult<(u64, u64, u64)> {
    // Ids of requests begin with their moment, so the primary key finds those of the week.
    let row = sqlx::query(
        "select (select count(distinct principal_id) from assignment_schedules where assignment_type = 'Activated' \
         and starts_at >= $1 and starts_at < $2 and (ended_at is null or ended_at > starts_at)) as activated, \
         (select count(distinct principal_id) from (select principal_id from eligibility_schedules where ends_at is null \
         and created_at >= $1 and created_at < $2 union all select principal_id from assignment_schedules where ends_at is null \
         and created_at >= $1 and created_at < $2) p) as permanent, \
         (select count(*) from requests where action = 'adminAssign' and id >= $3 and created_at >= $1 and created_at < $2) \
         as assignments",
    )
    .bind(from.millis())
    .bind(until.millis())
    .bind(uuid_v7(from, [0; 10]))
    .fetch_one(db)
    .await?;
    Ok((row.count("activated")?, row.count("permanent")?, row.count("assignments")?))
}

/// The roles that most people and groups hold permanently, or as eligible, the fullest first.
pub async fn list_fullest(db: &mut Db, now: Instant, limit: i64) -> StoreResult<Vec<TopRole>> {
    let rows = sqlx::query(
        "select r.display_name, cast(sum(h.permanent) as bigint) as permanent, cast(sum(h.eligible) as bigint) as eligible from ( \
         select role_id, 1 as permanent, 0 as eligible from assignment_schedules where ended_at is null and ends_at is null \
         and starts_at <= $1 and assignment_type = 'Assigned' union all \
         select role_id, 0, 1 from eligibility_schedules where ended_at is null and starts_at <= $1 \
         and (ends_at is null or ends_at > $1)) h join roles r on r.id = h.role_id \
         group by r.id, r.display_name, r.name_key order by sum(h.permanent) + sum(h.eligible) desc, r.name_key limit $2",
    )
    .bind(now.millis())
    .bind(limit)
    .fetch_all(db)
    .await?;
    let read = |row: &AnyRow| {
        Ok(TopRole {
            role_name: row.text("display_name")?,
            permanent: row.count("permanent")?,
            eligible: row.count("eligible")?,
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, Corrupt>>()?)
}

/// The oldest requests that have waited since before then, and how many such there are.
pub async fn list_stale(db: &mut Db, before: Instant, limit: i64) -> StoreResult<(Vec<Stale>, u64)> {
    let rows = sqlx::query(
        "select p.display_name as who, r.display_name as role_name, q.created_at from requests q \
         join principals p on p.id = q.requested_by join roles r on r.id = q.role_id \
         where q.status in ('PendingApproval', 'PendingAdminDecision') and q.created_at < $1 order by q.created_at, q.id limit $2",
    )
    .bind(before.millis())
    .bind(limit)
    .fetch_all(&mut *db)
    .await?;
    let count = sqlx::query(
        "select count(*) as n from requests where status in ('PendingApproval', 'PendingAdminDecision') and created_at < $1",
    )
    .bind(before.millis())
    .fetch_one(db)
    .await?;
    let read = |row: &AnyRow| {
        Ok(Stale { who: row.text("who")?, role_name: row.text("role_name")?, asked_at: row.moment("created_at")? })
    };
    Ok((rows.iter().map(read).collect::<Result<_, Corrupt>>()?, count.count("n")?))
}
