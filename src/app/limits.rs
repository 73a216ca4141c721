//! What one person used of what they may do (`domain/limits.rs`). Kept in the memory of this process: each server counts for itself, and a
//! restart forgets it. That takes no way to the database, and nobody can fill that by being refused.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::app::{App, AppResult};
use crate::domain::ids::UserId;
use crate::domain::limits::{Costly, PATIENCE, READS_AT_ONCE, Used};
use crate::domain::refusal::Refusal;
use crate::domain::time::{Instant, Span};

/// So many entries are kept before those are looked for that can go.
const MANY: usize = 2_000;

/// What people used.
#[derive(Default)]
pub(super) struct Limits {
    used: Mutex<HashMap<(UserId, Costly), Used>>,
    readers: Mutex<HashMap<UserId, Weak<Semaphore>>>,
    are_lifted: AtomicBool,
}

/// A turn to read, given back when it is dropped.
pub struct ReadTurn {
    _permit: OwnedSemaphorePermit,
}

impl Limits {
    fn take(&self, user: &UserId, what: Costly, now: Instant) -> Result<(), Span> {
        if self.are_lifted.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= MANY {
            used.retain(|(_, what), used| !used.is_nothing(what.allowance(), now));
        }
        let entry = used.entry((user.clone(), what)).or_insert_with(|| Used::nothing(now));
        *entry = entry.at(what.allowance(), now);
        *entry = entry.one_more(what.allowance(), now)?;
        Ok(())
    }

    fn turns_of(&self, user: &UserId) -> Arc<Semaphore> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = readers.get(user).and_then(Weak::upgrade) {
            return turns;
        }
        if readers.len() >= MANY {
            readers.retain(|_, turns| turns.strong_count() > 0);
        }
        let turns = Arc::new(Semaphore::new(READS_AT_ONCE));
        readers.insert(user.clone(), Arc::downgrade(&turns));
        turns
    }
}

impl App {
    /// Counts one more of this for the person; refused when there was too much of it in a short time.
    pub(super) fn spend(&self, user: &UserId, what: Costly) -> Result<(), Refusal> {
        self.limits().take(user, what, self.now()).map_err(|wait| Refusal::TooOften { wait })
    }

    /// Waits until the person may read once more at the same time. A connection of theirs that reads slowly makes them wait, and
    /// nobody else. Refused when that takes too long.
    pub async fn turn_to_read(&self, user: &UserId) -> AppResult<ReadTurn> {
        let turns = self.limits().turns_of(user);
        let patience = Duration::from_millis(PATIENCE.millis().unsigned_abs());
        match timeout(patience, turns.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(ReadTurn { _permit: permit }),
            Ok(Err(_)) | Err(_) => Err(Refusal::TooOften { wait: Span::seconds(5) }.into()),
        }
    }

    /// Counts nothing any more: for telling a story, and for tests in which a person does in a second what takes them a day.
    pub fn lift_limits(&self) {
        self.limits().are_lifted.store(true, Ordering::Relaxed);
    }
}
