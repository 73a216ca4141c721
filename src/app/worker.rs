//! The worker: sleeps until something is due, settles it, and wakes early when a write made an earlier deadline. Access never
//! depends on it.
//!
//! Two servers on one database each have one: whoever has the writer's turn finds what is due at that moment, and what the other has
//! done is not due any more. A clock that is moved makes it wake within [`LONGEST_SLEEP`]; what was done stays done, because it is
//! remembered by what it did, not by the time.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant as Stopwatch;

use crate::app::settle::settle_all;
use crate::app::tidy::{self, tidy};
use crate::app::{App, AppError};
use crate::domain::time::Instant;

/// The longest sleep: another server on the same database may have made a deadline that nobody here heard of, and the clock may
/// have been moved.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// How long to wait for more after a write woke it: those that come thick and fast wake it once for many.
const AFTER_WRITE: Duration = Duration::from_millis(50);
/// How long to wait after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Runs until the task is ended.
pub async fn run(app: App) {
    // Old rows are removed by the machine's own measure of time: the clock can be set back by years.
    let mut tidied: Option<Stopwatch> = None;
    loop {
        if tidied.is_none_or(|at| at.elapsed() >= tidy::EVERY) {
            if let Err(error) = tidy(&app).await {
                tracing::error!(error = &error as &dyn std::error::Error, "old sessions could not be removed");
            }
            tidied = Some(Stopwatch::now());
        }
        let sleep = round(&app).await;
        tokio::select! {
            () = tokio::time::sleep(sleep) => {}
            () = app.deadline_moved() => tokio::time::sleep(AFTER_WRITE).await,
        }
    }
}

/// Settles what is due; answers how long to sleep. A round that panics is a round that failed: the next one comes.
async fn round(app: &App) -> Duration {
    let mut rounds = JoinSet::new();
    let (trace, worker) = (app.new_id(app.now()), app.clone());
    rounds.spawn(async move { settle_all(&worker, &trace).await });
    let settled = match rounds.join_next().await {
        Some(Ok(settled)) => settled,
        Some(Err(_)) | None => Err(AppError::Broken("a round of the worker")),
    };
    let now = app.now();
    match settled {
        Ok(next) => {
            app.pulse().ran(now);
            sleep_until(next, now)
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "what was due could not be settled");
            app.note_failure(&error);
            app.pulse().failed(now, error.to_string());
            AFTER_FAILURE
        }
    }
}

/// How long to sleep until this moment, but never longer than [`LONGEST_SLEEP`].
pub(super) fn sleep_until(next: Option<Instant>, now: Instant) -> Duration {
    next.map_or(LONGEST_SLEEP, |next| {
        Duration::from_millis(u64::try_from(next.since(now).millis()).unwrap_or(0)).min(LONGEST_SLEEP)
    })
}
