//! How much one person may do that costs others: writes of theirs are rows of the audit, notices and mails of others, and the place from
//! which the database is written. Each kind has an amount that is free at once, and comes back with time. SECURITY.md has the same numbers.
//!
//! The numbers are far above what somebody does by hand, and low enough that nobody fills a disk, a bell or a mailbox.

use super::{
    request::words,
    time::{Instant, Span},
};

/// What is counted per person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Costly {
    /// Filing a request: an activation, an extension, a renewal; granted, waiting or refused. Ending an activation early, too.
    Request,
    /// Canceling a request of one's own.
    Cancellation,
    /// An attempt that is refused and recorded, of any other kind.
    RefusedAttempt,
    /// Setting up or replacing a second factor or its recovery codes, and each code that is typed for that.
    Enrolment,
    /// Exporting the audit.
    Export,
}

words!(Costly {
    Request = "request",
    Cancellation = "cancellation",
    RefusedAttempt = "refused attempt",
    Enrolment = "enrolment",
    Export = "export",
});

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// So many at once, after a pause.
    pub at_once: u32,
    /// And one more each time this has passed.
    pub one_every: Span,
}

/// How many requests of one person are answered at the same time; more wait for their turn. Each holds a connection to the database while
/// it reads.
pub const READS_AT_ONCE: usize = 2;

/// How long one of them waits at most.
pub const PATIENCE: Span = Span::seconds(10);

/// How long one search in the audit goes on at most. The next page of its list looks on where it stopped.
pub const SEARCH_TIME: Span = Span::seconds(2);

/// The longest text that is looked for, in characters, after compatible characters were made one (NFKC).
pub const LONGEST_SEARCH: usize = 200;

impl Costly {
    /// The allowance of each.
    pub const fn allowance(self) -> Allowance {
        match self {
            // Somebody who activates every role they have, several times a day, stays below it.
            Self::Request => Allowance { at_once: 100, one_every: Span::seconds(30) },
            Self::Cancellation => Allowance { at_once: 30, one_every: Span::minutes(1) },
            Self::RefusedAttempt => Allowance { at_once: 60, one_every: Span::seconds(30) },
            Self::Enrolment | Self::Export => Allowance { at_once: 20, one_every: Span::minutes(1) },
        }
    }
}

/// What somebody used of an allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// So many, of which some may have come back since.
    count: u32,
    /// Counted up to this moment.
    at: Instant,
}

impl Used {
    /// Nothing yet.
    pub const fn nothing(now: Instant) -> Self {
        Self { count: 0, at: now }
    }

    /// What is still used at this moment. Time that went backwards gives nothing back, and takes nothing away.
    #[must_use]
    pub fn at(self, allowance: Allowance, now: Instant) -> Self {
        if now < self.at {
            return Self { at: now, ..self };
        }
        let back = now.since(self.at).millis() / allowance.one_every.millis().max(1);
        let back = u32::try_from(back).unwrap_or(u32::MAX);
        if back >= self.count {
            return Self::nothing(now);
        }
        let counted = Span::from_millis(i64::from(back).saturating_mul(allowance.one_every.millis()));
        Self { count: self.count - back, at: self.at.plus(counted) }
    }

    /// One more; or how long to wait for it.
    pub fn one_more(self, allowance: Allowance, now: Instant) -> Result<Self, Span> {
        let used = self.at(allowance, now);
        if used.count < allowance.at_once {
            return Ok(Self { count: used.count + 1, ..used });
        }
        Err(used.at.plus(allowance.one_every).since(now))
    }

    /// True when all of it has come back.
    pub fn is_nothing(self, allowance: Allowance, now: Instant) -> bool {
        self.at(allowance, now).count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_millis(1_700_000_000_000);
    const THREE: Allowance = Allowance { at_once: 3, one_every: Span::seconds(10) };

    fn three_used() -> Used {
        (0..3).fold(Used::nothing(START), |used, _| used.one_more(THREE, START).unwrap())
    }

    #[test]
    fn so_many_are_free_at_once_and_then_one_waits() {
        let used = three_used();
        assert_eq!(used.one_more(THREE, START), Err(Span::seconds(10)));
        let almost = START.plus(Span::from_millis(9_999));
        assert_eq!(used.one_more(THREE, almost), Err(Span::from_millis(1)));
        let used = used.one_more(THREE, START.plus(Span::seconds(10))).unwrap();
        assert_eq!(used.one_more(THREE, START.plus(Span::seconds(10))), Err(Span::seconds(10)));
    }

    #[test]
    fn waiting_for_one_loses_nothing_of_the_next() {
        // Fifteen seconds give one back, and half of another.
        let used = three_used().one_more(THREE, START.plus(Span::seconds(15))).unwrap();
        assert_eq!(used.one_more(THREE, START.plus(Span::seconds(15))), Err(Span::seconds(5)));
        assert!(used.one_more(THREE, START.plus(Span::seconds(20))).is_ok());
    }

    #[test]
    fn a_long_pause_gives_all_of_it_back_and_no_more() {
        let later = START.plus(Span::days(1_000));
        assert!(three_used().is_nothing(THREE, later));
        assert!(!three_used().is_nothing(THREE, START.plus(Span::from_millis(29_999))));
        assert!(three_used().is_nothing(THREE, START.plus(Span::seconds(30))));
        let again = (0..3).fold(three_used(), |used, _| used.one_more(THREE, later).unwrap());
        assert!(again.one_more(THREE, later).is_err());
    }

    #[test]
    fn a_clock_that_was_ahead_makes_nobody_wait_for_it() {
        let ahead = START.plus(Span::days(400));
        let used = (0..3).fold(Used::nothing(ahead), |used, _| used.one_more(THREE, ahead).unwrap());
        assert_eq!(used.one_more(THREE, START), Err(Span::seconds(10)));
        let used = used.at(THREE, START);
        assert!(used.one_more(THREE, START.plus(Span::seconds(10))).is_ok());
    }

    #[test]
    fn every_kind_has_an_allowance() {
        for kind in Costly::ALL {
            let allowance = kind.allowance();
            assert!(allowance.at_once >= 20 && allowance.one_every >= Span::seconds(1), "{kind:?}");
        }
    }

    /// What is written down is what holds.
    #[test]
    fn the_numbers_are_those_of_the_documentation() {
        let text = include_str!("../../SECURITY.md");
        for kind in Costly::ALL {
            let Allowance { at_once, one_every } = kind.allowance();
            let line =
                format!("| {} | {at_once}, then one every {} seconds |", kind.word(), one_every.millis() / 1_000);
            assert!(text.contains(&line), "{line}");
        }
        for line in [
            format!("| sessions | {}; one more ends the one not used for longest |", crate::domain::session::AT_ONCE),
            format!(
                "| pages and lists at the same time | {READS_AT_ONCE}; more wait, {} seconds at most |",
                PATIENCE.millis() / 1_000
            ),
            format!("| search in the audit | {} seconds; the next page looks on |", SEARCH_TIME.millis() / 1_000),
            format!("| text that is looked for | {LONGEST_SEARCH} characters |"),
        ] {
            assert!(text.contains(&line), "{line}");
        }
    }
}
