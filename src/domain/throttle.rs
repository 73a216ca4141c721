//! How fast somebody may try again after being wrong.
//!
//! Failures are counted per account and per address. An account is never locked for good: that would hand anybody the means to lock
//! an administrator out. It only gets slower, up to a quarter of an hour, and slow enough that guessing does not pay.

use super::time::{Instant, Span};

/// What the failures are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Wrong passwords for one account, from wherever they come.
    Password,
    /// Wrong codes of one account's second factor.
    SecondFactor,
    /// Wrong attempts of any kind from one address, for whichever account.
    Address,
}

/// Failures since the last success (or since they were forgotten), and when the last one was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// How many in a row.
    pub count: u32,
    /// When the last one was.
    pub last_at: Instant,
}

/// The first delay; each further failure doubles it.
pub const FIRST_DELAY: Span = Span::seconds(15);
/// No delay is longer.
pub const LONGEST_DELAY: Span = Span::minutes(15);
/// A failure is forgotten when nothing went wrong for this long.
pub const FORGOTTEN_AFTER: Span = Span::hours(24);

impl Counted {
    /// This many failures cost nothing: people mistype, and many people share an office's address.
    pub const fn free_failures(self) -> u32 {
        match self {
            Self::Password | Self::SecondFactor => 4,
            Self::Address => 30,
        }
    }
}

/// How long to wait after the last failure.
pub fn delay(counted: Counted, failures: u32) -> Span {
    let Some(beyond) = failures.checked_sub(counted.free_failures().saturating_add(1)) else {
        return Span::ZERO;
    };
    let factor = 1_i64.checked_shl(beyond.min(32)).unwrap_or(i64::MAX);
    Span::from_millis(FIRST_DELAY.millis().saturating_mul(factor)).min(LONGEST_DELAY)
}

/// When the next attempt is heard; `None` when it is heard now. An attempt that is not heard is not counted either.
pub fn blocked_until(counted: Counted, failures: Option<Failures>, now: Instant) -> Option<Instant> {
    let failures = failures.filter(|failures| !is_forgotten(*failures, now))?;
    let until = failures.last_at.plus(delay(counted, failures.count));
    (now < until).then_some(until)
}

/// The record after one more failure.
#[must_use]
pub fn after_failure(failures: Option<Failures>, now: Instant) -> Failures {
    let before = failures.filter(|failures| !is_forgotten(*failures, now)).map_or(0, |failures| failures.count);
    Failures { count: before.saturating_add(1), last_at: now }
}

/// True when the record no longer counts.
pub fn is_forgotten(failures: Failures, now: Instant) -> bool {
    now.since(failures.last_at) >= FORGOTTEN_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_millis(1_700_000_000_000);

    #[test]
    fn a_few_mistakes_are_free() {
        let few = Failures { count: 4, last_at: NOW };
        assert_eq!(blocked_until(Counted::Password, Some(few), NOW), None);
        assert_eq!(blocked_until(Counted::Password, None, NOW), None);
        assert_eq!(blocked_until(Counted::Address, Some(Failures { count: 30, last_at: NOW }), NOW), None);
    }

    #[test]
    fn the_delay_grows_and_has_an_end() {
        let seconds: Vec<i64> = (5..=12).map(|count| delay(Counted::Password, count).millis() / 1_000).collect();
        assert_eq!(seconds, [15, 30, 60, 120, 240, 480, 900, 900]);
        assert_eq!(delay(Counted::Address, u32::MAX), LONGEST_DELAY);
    }

    #[test]
    fn the_wait_ends_exactly_when_it_says() {
        let five = Some(Failures { count: 5, last_at: NOW });
        let until = NOW.plus(FIRST_DELAY);
        assert_eq!(blocked_until(Counted::Password, five, until.minus(Span::from_millis(1))), Some(until));
        assert_eq!(blocked_until(Counted::Password, five, until), None);
    }

    #[test]
    fn a_day_without_failure_forgets() {
        let many = Some(Failures { count: 40, last_at: NOW });
        let tomorrow = NOW.plus(FORGOTTEN_AFTER);
        assert_eq!(blocked_until(Counted::Password, many, tomorrow), None);
        assert_eq!(after_failure(many, tomorrow), Failures { count: 1, last_at: tomorrow });
        assert_eq!(after_failure(many, NOW), Failures { count: 41, last_at: NOW });
    }
}
