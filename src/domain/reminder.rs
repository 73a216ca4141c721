//! Warnings before something ends, and reminders of what waits (reference/entra-pim.md section 5.3): which one to give now, and when
//! the next is due. What was given is remembered as the moment of the one that comes after it, so nothing is said twice, whichever
//! way the clock is moved.
//!
//! Days are of 24 hours: a warning of 14 days comes at another time of the day when the clocks were changed in between.

use super::notice::NoticeKind;
use super::schedule::{AssignmentType, Term};
use super::time::{Instant, Span};

/// What it is that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// An eligible assignment.
    Eligibility,
    /// An active assignment.
    Assigned,
    /// An activation.
    Activated,
}

impl From<AssignmentType> for Ending {
    fn from(kind: AssignmentType) -> Self {
        match kind {
            AssignmentType::Assigned => Self::Assigned,
            AssignmentType::Activated => Self::Activated,
        }
    }
}

/// One warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// How long before the end.
    pub before: Span,
    /// What the bell says.
    pub notice: NoticeKind,
}

impl Ending {
    /// Its warnings, the first to come first.
    pub const fn warnings(self) -> [Warning; 2] {
        match self {
            Self::Eligibility => [
                Warning { before: Span::days(14), notice: NoticeKind::EligibilityEndsSoon },
                Warning { before: Span::days(1), notice: NoticeKind::EligibilityEndsTomorrow },
            ],
            Self::Assigned => [
                Warning { before: Span::days(14), notice: NoticeKind::AssignmentEndsSoon },
                Warning { before: Span::days(1), notice: NoticeKind::AssignmentEndsTomorrow },
            ],
            Self::Activated => [
                Warning { before: Span::minutes(15), notice: NoticeKind::ActivationEndsSoon },
                Warning { before: Span::minutes(5), notice: NoticeKind::ActivationEndsNow },
            ],
        }
    }

    /// When the first warning is due of what was made, or given another end, at this moment. A warning that would come at that
    /// moment, or before the term begins, is none: whoever was just told the end knows it.
    pub fn first_warning(self, term: Term, now: Instant) -> Option<Instant> {
        self.next_after(term, now.max(term.starts_at))
    }

    /// What to say now, given when the next warning was due. Of several that are due the last one is given, because it is the one
    /// that is still true; none when the end itself has come, which says it.
    pub fn warn(self, term: Term, due_at: Instant, now: Instant) -> Warned {
        if now < due_at {
            return Warned { give: None, next_at: Some(due_at) };
        }
        let Some(end) = term.ends_at.filter(|end| now < *end) else {
            return Warned { give: None, next_at: None };
        };
        let give = self.warnings().into_iter().rfind(|warning| end.minus(warning.before) <= now);
        Warned { give, next_at: self.next_after(term, now) }
    }

    fn next_after(self, term: Term, moment: Instant) -> Option<Instant> {
        let end = term.ends_at?;
        self.warnings().into_iter().map(|warning| end.minus(warning.before)).find(|at| *at > moment)
    }
}

/// What is said now, and when to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warned {
    /// The warning to give.
    pub give: Option<Warning>,
    /// When the next one is due.
    pub next_at: Option<Instant>,
}

/// When the approvers of a waiting request are reminded: at half of its window. What waits for ever is not hurried.
pub fn reminder_at(created_at: Instant, lapses_at: Option<Instant>) -> Option<Instant> {
    let window = lapses_at?.since(created_at);
    Some(created_at.plus(Span::from_millis(window.millis().div_euclid(2))))
}

/// Whether a reminder that is due is still worth giving: what has lapsed says so itself.
pub fn still_waits(lapses_at: Option<Instant>, now: Instant) -> bool {
    lapses_at.is_none_or(|lapse| now < lapse)
}

/// How old a request is that waits for ever before somebody should look at it.
pub const STALE_AFTER: Span = Span::days(7);

/// True when a request waits that will never lapse and that nobody has decided for long.
pub fn is_stale(created_at: Instant, lapses_at: Option<Instant>, now: Instant) -> bool {
    lapses_at.is_none() && now.since(created_at) >= STALE_AFTER
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hours: i64) -> Instant {
        Instant::from_millis(0).plus(Span::hours(hours))
    }

    fn term(from: i64, until: i64) -> Term {
        Term { starts_at: at(from), ends_at: Some(at(until)) }
    }

    const DAY: i64 = 24;

    #[test]
    fn the_first_warning_lies_within_the_term_and_ahead() {
        let first = |term, now| Ending::Eligibility.first_warning(term, at(now));
        assert_eq!(first(term(0, 30 * DAY), 0), Some(at(16 * DAY)));
        assert_eq!(first(term(0, 14 * DAY), 0), Some(at(13 * DAY)), "made with 14 days to go");
        assert_eq!(first(term(0, DAY), 0), None);
        assert_eq!(first(term(20 * DAY, 25 * DAY), 0), Some(at(24 * DAY)), "not before it begins");
        assert_eq!(first(Term { starts_at: at(0), ends_at: None }, 0), None);
        assert_eq!(first(term(0, 30 * DAY), 40 * DAY), None);
    }

    #[test]
    fn each_warning_leads_to_the_next() {
        let whole = term(0, 30 * DAY);
        let warn = |due, now| Ending::Assigned.warn(whole, at(due), at(now));
        let early = warn(16 * DAY, 16 * DAY - 1);
        assert_eq!(early, Warned { give: None, next_at: Some(at(16 * DAY)) });
        let first = warn(16 * DAY, 16 * DAY);
        assert_eq!(first.give.map(|given| given.notice), Some(NoticeKind::AssignmentEndsSoon));
        assert_eq!(first.next_at, Some(at(29 * DAY)));
        let second = warn(29 * DAY, 29 * DAY + 3);
        assert_eq!(second.give.map(|given| given.notice), Some(NoticeKind::AssignmentEndsTomorrow));
        assert_eq!(second.next_at, None);
    }

    #[test]
    fn what_was_overtaken_while_nobody_looked_is_left_out() {
        let whole = term(0, 30 * DAY);
        let late = Ending::Eligibility.warn(whole, at(16 * DAY), at(29 * DAY + 1));
        assert_eq!(late.give.map(|given| given.notice), Some(NoticeKind::EligibilityEndsTomorrow));
        assert_eq!(late.next_at, None);
        assert_eq!(
            Ending::Eligibility.warn(whole, at(16 * DAY), at(30 * DAY)),
            Warned { give: None, next_at: None },
            "the end says it"
        );
    }

    #[test]
    fn a_later_end_begins_its_warnings_anew() {
        // It was to be warned of an end that has moved since: nothing is said, and the new end's warning comes.
        let moved = Ending::Assigned.warn(term(0, 60 * DAY), at(29 * DAY), at(29 * DAY));
        assert_eq!(moved, Warned { give: None, next_at: Some(at(46 * DAY)) });
    }

    #[test]
    fn approvers_are_reminded_at_half_of_the_window() {
        assert_eq!(reminder_at(at(0), Some(at(24))), Some(at(12)));
        assert_eq!(reminder_at(at(0), None), None);
        assert!(still_waits(Some(at(24)), at(23)) && !still_waits(Some(at(24)), at(24)));
    }

    #[test]
    fn only_what_waits_for_ever_grows_stale() {
        assert!(!is_stale(at(0), None, at(7 * DAY - 1)));
        assert!(is_stale(at(0), None, at(7 * DAY)));
        assert!(!is_stale(at(0), Some(at(30 * DAY)), at(29 * DAY)));
    }

    proptest! {
        /// However the clock jumps and however seldom somebody looks: no warning twice, none after the end, each true when it is given.
        #[test]
        fn no_warning_is_given_twice(
            length in 1i64..2_000,
            steps in prop::collection::vec(-30i64..400, 1..40),
            which in 0usize..2,
        ) {
            let ending = [Ending::Eligibility, Ending::Assigned][which];
            let whole = term(0, length);
            let mut due = ending.first_warning(whole, at(0));
            let (mut now, mut given) = (0, Vec::new());
            for step in steps {
                now = (now + step).max(0);
                let Some(due_at) = due else { continue };
                let warned = ending.warn(whole, due_at, at(now));
                if let Some(warning) = warned.give {
                    prop_assert!(now < length);
                    prop_assert!(at(length).since(at(now)) <= warning.before);
                    prop_assert!(!given.contains(&warning.notice));
                    given.push(warning.notice);
                }
                due = warned.next_at;
            }
        }
    }
}
