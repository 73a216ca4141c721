//! What this server knows about itself: when the worker last did its round, what went wrong last, and how long changes queue.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use std::time::Duration;

use crate::domain::time::{Instant, Span};

/// A worker that gave no sign for so long is stuck: it looks round every half minute, and after every batch.
pub const STUCK_AFTER: Span = Span::minutes(2);

/// The signs of life of one server.
#[derive(Debug)]
pub struct Pulse {
    signs: Mutex<Signs>,
    turns: AtomicU64,
    waited_micros: AtomicU64,
}

/// When the worker was seen doing what.
#[derive(Clone, Debug)]
pub struct Signs {
    /// When it was last seen at work, or the start of the server.
    pub beat_at: Instant,
    /// When it last finished a round: nothing was due any more.
    pub last_run_at: Option<Instant>,
    /// What went wrong last, and when; in words that name no data.
    pub last_error: Option<(Instant, String)>,
}

/// How often somebody took their turn to write, and how long they all waited for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Turns.
    pub turns: u64,
    /// The time of all of them together.
    pub waited: Duration,
}

impl Pulse {
    pub(super) fn since(now: Instant) -> Self {
        let signs = Signs { beat_at: now, last_run_at: None, last_error: None };
        Self { signs: Mutex::new(signs), turns: AtomicU64::new(0), waited_micros: AtomicU64::new(0) }
    }

    /// The signs as they are now.
    pub fn signs(&self) -> Signs {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How long changes queued so far.
    pub fn queued(&self) -> Queued {
        let waited = Duration::from_micros(self.waited_micros.load(Ordering::Relaxed));
        Queued { turns: self.turns.load(Ordering::Relaxed), waited }
    }

    pub(super) fn beat(&self, now: Instant) {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner).beat_at = now;
    }

    pub(super) fn ran(&self, now: Instant) {
        let mut signs = self.signs.lock().unwrap_or_else(PoisonError::into_inner);
        signs.beat_at = now;
        signs.last_run_at = Some(now);
    }

    /// A round that failed is a sign of life, too.
    pub(super) fn failed(&self, now: Instant, why: String) {
        let mut signs = self.signs.lock().unwrap_or_else(PoisonError::into_inner);
        signs.beat_at = now;
        signs.last_error = Some((now, why));
    }

    pub(super) fn waited(&self, took: Duration) {
        self.turns.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.waited_micros.fetch_add(micros, Ordering::Relaxed);
    }
}
