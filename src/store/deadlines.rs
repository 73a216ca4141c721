//! What is due: requests that lapse, activations that start, assignments that end.

use super::row::Columns as _;
use super::{Db, StoreResult};
use crate::domain::time::Instant;

/// The earliest moment at which something is due, past or future.
pub async fn next(db: &mut Db) -> StoreResult<Option<Instant>> {
    let row = sqlx::query(
        "select min(at) as at from ( \
         select min(lapses_at) as at from requests where status in ('PendingApproval', 'PendingAdminDecision') \
         union all select min(starts_at) from assignment_schedules where started_at is null and ended_at is null \
         union all select min(ends_at) from assignment_schedules where ended_at is null \
         union all select min(ends_at) from eligibility_schedules where ended_at is null) as due",
    )
    .fetch_one(db)
    .await?;
    Ok(row.maybe_moment("at")?)
}
