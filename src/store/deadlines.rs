//! What is due: requests that lapse, activations that start, assignments that end, warnings before they do. A row in force without a
//! seal gives nothing, so nothing of it is due.

use super::row::Columns as _;
use super::{Db, StoreResult};
use crate::domain::time::Instant;

/// The earliest moment at which something is due, as the text of a statement, which others are made of too.
macro_rules! next_due {
    () => {
        "select min(at) as due from ( \
         select min(lapses_at) as at from requests where status in ('PendingApproval', 'PendingAdminDecision') and seal is not null \
         union all select min(starts_at) from assignment_schedules where started_at is null and ended_at is null and seal is not null \
         union all select min(ends_at) from assignment_schedules where ended_at is null and seal is not null \
         union all select min(ends_at) from eligibility_schedules where ended_at is null and seal is not null \
         union all select min(remind_at) from requests where status = 'PendingApproval' and remind_at is not null and seal is not null \
         union all select min(warn_at) from assignment_schedules where ended_at is null and warn_at is not null \
         and seal is not null \
         union all select min(warn_at) from eligibility_schedules where ended_at is null and warn_at is not null \
         and seal is not null) as deadlines"
    };
}
pub(super) use next_due;

/// The earliest moment at which something is due, past or future.
pub async fn next(db: &mut Db) -> StoreResult<Option<Instant>> {
    let row = sqlx::query(next_due!()).fetch_one(db).await?;
    Ok(row.maybe_moment("due")?)
}
