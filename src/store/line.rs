//! The line of those who want to write: how long somebody waits in it, and since when nobody got their turn.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant as Stopwatch;

use super::checks::code;
use super::{StoreError, readers::PATIENCE};

/// Since when the turn is asked for in vain; nothing once somebody got it.
#[derive(Clone, Default)]
pub(super) struct Line(Arc<Mutex<Option<Stopwatch>>>);

/// Somebody's place in the line.
#[derive(Clone)]
pub(super) struct Place {
    line: Line,
    came: Stopwatch,
}

impl Line {
    /// A place at the end.
    pub(super) fn enter(&self) -> Place {
        Place { line: self.clone(), came: Stopwatch::now() }
    }

    /// How long nobody has got what they ask for; nothing when the last one who asked got it.
    pub(super) fn blocked_for(&self) -> Option<Duration> {
        self.since().map(|since| since.elapsed())
    }

    fn since(&self) -> MutexGuard<'_, Option<Stopwatch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Until when whoever has this place waits. Everybody waits as long as everybody else, from the moment on at which they came: a
    /// lock that another program holds costs nobody the time that those before them have waited for it.
    pub(super) fn until(&self) -> Stopwatch {
        self.came + PATIENCE
    }

    /// What is left of that.
    pub(super) fn left(&self) -> Duration {
        self.until().saturating_duration_since(Stopwatch::now())
    }

    /// The turn is asked for.
    pub(super) fn ask(&self) {
        self.line.since().get_or_insert_with(Stopwatch::now);
    }

    /// The turn is there.
    pub(super) fn got(&self) {
        *self.line.since() = None;
    }

    /// Nobody in this process let go of their turn in time.
    pub(super) fn leave(&self) -> StoreError {
        self.line.since().get_or_insert(self.came);
        StoreError::Locked
    }
}

/// Whether somebody else holds what this waited for. SQLite's codes are numbers whose last byte is the kind; PostgreSQL says so when
/// `lock_timeout` is over.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| match code.parse::<u32>() {
        Ok(number) if code.len() != 5 => number & 0xff == 5,
        Ok(_) | Err(_) => code == "55P03",
    })
}
