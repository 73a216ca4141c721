//! What the use cases take from the world besides the database: the time and randomness. Each has its real form and one that a
//! test or a told story can steer.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use sha2::{Digest, Sha256};

use crate::domain::{
    ids::uuid_v7,
    time::{Instant, Span},
};

/// Where the time comes from. A use case asks once and passes the answer on.
pub trait Clock: Send + Sync {
    /// This moment.
    fn now(&self) -> Instant;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
    fn now(&self) -> Instant {
        // A machine whose clock stands before 1970 has no usable time; the epoch itself lets nothing in that has an end.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands still until it is moved. Copies share one time.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that stands at this moment.
    pub fn at(now: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(now.millis())))
    }

    /// Moves the clock to a moment, forwards or back.
    pub fn set(&self, now: Instant) {
        self.0.store(now.millis(), Ordering::SeqCst);
    }

    /// Moves the clock on and tells the new time.
    pub fn advance(&self, by: Span) -> Instant {
        Instant::from_millis(self.0.fetch_add(by.millis(), Ordering::SeqCst)).plus(by)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Where randomness comes from: ids, salts, nonces, secrets, tokens.
pub trait Randomness: Send + Sync {
    /// Fills the bytes. It cannot fail: a source that has run dry must stop the process rather than return.
    fn fill(&self, bytes: &mut [u8]);
}

/// This many random bytes, for an id, a salt or a nonce.
pub fn random_bytes<const N: usize>(source: &dyn Randomness) -> [u8; N] {
    let mut bytes = [0; N];
    source.fill(&mut bytes);
    bytes
}

/// The text of a new id: a UUIDv7 of this moment.
pub fn new_uuid(now: Instant, source: &dyn Randomness) -> String {
    uuid_v7(now, random_bytes(source))
}

/// Ids in the order in which they were made, also within one millisecond (RFC 9562, section 6.2, method 1): the 12 bits after the
/// time count, and the rest is random. Lists that sort by id tell what happened in its order.
#[derive(Debug, Default)]
pub struct OrderedIds(Mutex<(i64, u16)>);

impl OrderedIds {
    /// How many ids fit into one millisecond; the next one borrows from the millisecond after.
    const PER_MILLISECOND: u16 = 1 << 12;

    /// The text of the next id.
    pub fn next(&self, now: Instant, source: &dyn Randomness) -> String {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = match *last {
            (millis, _) if millis < now.millis() => (now.millis(), 0),
            (millis, count) if count + 1 < Self::PER_MILLISECOND => (millis, count + 1),
            (millis, _) => (millis.saturating_add(1), 0),
        };
        let (millis, count) = *last;
        drop(last);
        let mut tail = random_bytes::<10>(source);
        for (to, from) in tail.iter_mut().zip(count.to_be_bytes()) {
            *to = from;
        }
        uuid_v7(Instant::from_millis(millis), tail)
    }
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Randomness for OsRandom {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system for randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // Going on would make secrets that can be guessed.
            tracing::error!(%error, "the operating system has no randomness; stopping");
            std::process::abort();
        }
    }
}

/// Bytes that look random and repeat for the same seed. For tests and told stories only. Copies share one stream.
#[derive(Clone, Debug)]
pub struct SeededRandom {
    seed: u64,
    blocks: Arc<AtomicI64>,
}

impl SeededRandom {
    /// The stream of this seed, from its beginning.
    pub fn new(seed: u64) -> Self {
        Self { seed, blocks: Arc::new(AtomicI64::new(0)) }
    }
}

impl Randomness for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(32) {
            let block = self.blocks.fetch_add(1, Ordering::SeqCst);
            let digest =
                Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(block.to_be_bytes()).finalize();
            for (byte, value) in piece.iter_mut().zip(digest) {
                *byte = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_clock_moves_only_when_told() {
        let clock = TestClock::at(Instant::from_millis(1_000));
        let copy = clock.clone();
        assert_eq!(clock.advance(Span::seconds(1)), Instant::from_millis(2_000));
        assert_eq!(copy.now(), Instant::from_millis(2_000));
        copy.set(Instant::from_millis(5));
        assert_eq!(clock.now(), Instant::from_millis(5));
    }

    #[test]
    fn ids_of_one_millisecond_sort_as_they_were_made() {
        let (ids, now) = (OrderedIds::default(), Instant::from_millis(1_772_442_000_000));
        let made: Vec<String> = (0..10_000).map(|_| ids.next(now, &OsRandom)).collect();
        assert!(made.is_sorted_by(|one, two| one < two));
        assert!(made.iter().all(|id| crate::domain::ids::EventId::parse(id).is_ok()));
        assert!(ids.next(now.plus(Span::seconds(1)), &OsRandom) > made[9_999]);
        let back = ids.next(now, &OsRandom);
        assert!(back > made[9_999], "a clock that goes back does not turn the order round");
    }

    #[test]
    fn a_seed_repeats_and_its_bytes_do_not() {
        let source = SeededRandom::new(1);
        let one: [u8; 40] = random_bytes(&source);
        let two: [u8; 40] = random_bytes(&source);
        assert_ne!(one, two);
        assert_eq!(one, random_bytes(&SeededRandom::new(1)));
        assert_ne!(one, random_bytes(&SeededRandom::new(2)));
        assert_ne!(random_bytes::<32>(&OsRandom), random_bytes::<32>(&OsRandom));
    }
}
