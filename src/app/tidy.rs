//! Tidying: rows that mean nothing any more are removed. Nothing depends on it but the size of the database.

use crate::{
    app::{App, AppResult},
    domain::throttle::FORGOTTEN_AFTER,
    store,
};
use std::time::Duration;

/// How often it is worth the writer's time.
pub const EVERY: Duration = Duration::from_hours(1);

/// Removes sessions that are over, drafts that are too old, and failures that are forgotten.
pub async fn tidy(app: &App) -> AppResult<()> {
    let now = app.now();
    let mut tx = app.write().await?;
    store::sessions::delete_expired(&mut tx, now).await?;
    store::drafts::delete_expired(&mut tx, now).await?;
    store::throttle::delete_older(&mut tx, now.minus(FORGOTTEN_AFTER)).await?;
    Ok(tx.commit().await?)
}
