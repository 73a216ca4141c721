//! Whether anything can be written is found out before somebody needs it: a server on which nobody does anything still says truly
//! whether it is ready.

use std::time::Duration;

use tokio::time::Instant as Stopwatch;

use crate::app::{App, AppResult};

/// How often it is looked whether somebody got their turn to write meanwhile.
const EVERY: Duration = Duration::from_millis(500);
/// How often something is written, at least.
const WRITE_EVERY: Duration = Duration::from_secs(30);

/// Asks for the turn to write when nobody else got it lately, and writes something now and then. Runs until the task is ended.
pub async fn run(app: App) {
    let (mut turns, mut written) = (app.pulse().queued().turns, Stopwatch::now());
    loop {
        tokio::time::sleep(EVERY).await;
        if app.pulse().queued().turns == turns {
            let is_time = written.elapsed() >= WRITE_EVERY;
            let tried = if is_time { app.write_nothing_new().await } else { take_a_turn(&app).await };
            if let Err(error) = tried {
                tracing::debug!(error = &error as &dyn std::error::Error, "nothing could be written");
                app.note_failure(&error);
            }
            if is_time {
                written = Stopwatch::now();
            }
        }
        turns = app.pulse().queued().turns;
    }
}

/// Takes the turn to write and lets it go again, as a change does that comes to nothing.
async fn take_a_turn(app: &App) -> AppResult<()> {
    if app.integrity().stopped().is_some() {
        return Ok(());
    }
    app.write().await.map(drop)
}
