//! Chance that repeats for the same seed.

use crate::{
    app::ports::{Randomness as _, SeededRandom},
    domain::time::Span,
};

/// Throws dice.
pub struct Chance(SeededRandom);

impl Chance {
    /// The dice of this seed.
    pub fn new(seed: u64) -> Self {
        Self(SeededRandom::new(seed))
    }

    /// A number below `end`; nought when there is none.
    pub fn below(&self, end: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_be_bytes(bytes).checked_rem(end).unwrap_or(0)
    }

    /// True so many times of a hundred.
    pub fn percent(&self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of these.
    pub fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        from.get(usize::try_from(self.below(from.len() as u64)).unwrap_or(0))
    }

    /// A length of time from so many minutes up to, and without, so many.
    pub fn minutes(&self, from: i64, to: i64) -> Span {
        let width = u64::try_from(to.saturating_sub(from)).unwrap_or(0);
        Span::minutes(from.saturating_add(i64::try_from(self.below(width)).unwrap_or(0)))
    }
}
