//! The worker: sleeps until something is due, settles it, and wakes early when a write made an earlier deadline. Access never
//! depends on it.

use std::time::Duration;

use crate::app::App;
use crate::app::settle::settle_all;
use crate::app::tidy::{self, tidy};

/// The longest sleep: another server on the same database may have made a deadline that nobody here heard of.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// How long to wait after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Runs until the task is ended.
pub async fn run(app: App) {
    let mut tidy_next = app.now();
    loop {
        if tidy_next <= app.now() {
            if let Err(error) = tidy(&app).await {
                tracing::error!(error = &error as &dyn std::error::Error, "old sessions could not be removed");
            }
            tidy_next = app.now().plus(tidy::EVERY);
        }
        let trace = app.new_id(app.now());
        let sleep = match settle_all(&app, &trace).await {
            Ok(Some(next)) => {
                let millis = u64::try_from(next.since(app.now()).millis()).unwrap_or(0);
                Duration::from_millis(millis).min(LONGEST_SLEEP)
            }
            Ok(None) => LONGEST_SLEEP,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "what was due could not be settled");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(sleep) => {}
            () = app.deadline_moved() => {}
        }
    }
}
