//! When a mail that could not be delivered is tried again, and when no more.

use crate::domain::time::{Instant, Span};

/// So long a mail is tried.
const A_DAY: Span = Span::days(1);

/// A mail that waited longer than this for its first attempt is not sent by itself: nobody is helped by it any more.
pub const TOO_OLD: Span = Span::days(7);

/// The waits after the first attempts; the last one is repeated.
const WAITS: [Span; 7] = [
    Span::minutes(1),
    Span::minutes(2),
    Span::minutes(5),
    Span::minutes(15),
    Span::minutes(30),
    Span::hours(1),
    Span::hours(2),
];

/// What follows a failure that may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another attempt.
    At(Instant),
    /// None: the day is over.
    GiveUp,
}

/// What follows the attempt with this number (from 1 on) that failed now, when the first was begun then. The last attempt is at the
/// end of the day.
pub fn after_failure(attempt: u64, first_at: Instant, now: Instant) -> Next {
    let end = first_at.plus(A_DAY);
    if now >= end {
        return Next::GiveUp;
    }
    let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let wait = WAITS.get(place).or(WAITS.last()).copied().unwrap_or(A_DAY);
    Next::At(now.plus(wait).min(end))
}

/// True when a mail that was never tried is not to be sent any more.
pub fn is_too_old(queued_at: Instant, now: Instant) -> bool {
    now.since(queued_at) > TOO_OLD
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every attempt of a mail that never arrives, in minutes after the first.
    fn attempts(lost_each: Span) -> Vec<i64> {
        let first = Instant::from_millis(1_000);
        let (mut now, mut made) = (first, Vec::new());
        loop {
            made.push(now.since(first).whole_minutes());
            let attempt = u64::try_from(made.len()).unwrap();
            match after_failure(attempt, first, now.plus(lost_each)) {
                Next::At(next) => {
                    assert!(next > now, "never at once");
                    now = next;
                }
                Next::GiveUp => return made,
            }
        }
    }

    #[test]
    fn the_waits_grow_and_the_last_attempt_ends_the_day() {
        let made = attempts(Span::ZERO);
        assert_eq!(made[..8], [0, 1, 3, 8, 23, 53, 113, 233]);
        assert_eq!(made.last(), Some(&(24 * 60)));
        assert_eq!(made.len(), 19);
        assert!(made.is_sorted());
    }

    #[test]
    fn attempts_that_take_long_end_with_the_day_too() {
        let made = attempts(Span::minutes(3));
        assert_eq!(made.last(), Some(&(24 * 60)));
    }

    #[test]
    fn a_server_that_was_away_for_days_is_tried_no_more() {
        let first = Instant::from_millis(0);
        assert_eq!(after_failure(1, first, first.plus(Span::days(20))), Next::GiveUp);
    }

    #[test]
    fn what_waited_for_a_week_is_too_old() {
        let queued = Instant::from_millis(0);
        assert!(!is_too_old(queued, queued.plus(Span::days(7))));
        assert!(is_too_old(queued, queued.plus(Span::days(8))));
        assert!(!is_too_old(queued, queued.minus(Span::days(8))), "a clock that goes back ages nothing");
    }
}
