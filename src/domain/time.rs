//! Moments and lengths of time, in milliseconds. The clock itself is not in this room: a moment always comes in as a fact.

use std::fmt;

/// A moment: milliseconds since 1970-01-01T00:00:00Z. This is also the shape of every `*_at` column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The moment that lies this many milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This moment and a length of time; it stops at the end of what can be counted instead of wrapping round.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// This moment less a length of time; it stops at the end of what can be counted.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long ago `earlier` was, seen from here; negative when it is still to come.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

/// A length of time in milliseconds; negative when a later moment was taken from an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A length in milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// A length in seconds.
    pub const fn seconds(count: i64) -> Self {
        Self(count.saturating_mul(1_000))
    }

    /// A length in minutes.
    pub const fn minutes(count: i64) -> Self {
        Self::seconds(count.saturating_mul(60))
    }

    /// A length in hours.
    pub const fn hours(count: i64) -> Self {
        Self::minutes(count.saturating_mul(60))
    }

    /// A length in days of 24 hours.
    pub const fn days(count: i64) -> Self {
        Self::hours(count.saturating_mul(24))
    }

    /// The length in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds, rounded up: what a person has to wait at least.
    pub const fn seconds_rounded_up(self) -> i64 {
        self.0.div_euclid(1_000).saturating_add(if self.0.rem_euclid(1_000) == 0 { 0 } else { 1 })
    }

    /// Days of 24 hours, rounded up: "within so many days".
    pub const fn whole_days_rounded_up(self) -> i64 {
        let day = Self::days(1).0;
        self.0.div_euclid(day).saturating_add(if self.0.rem_euclid(day) == 0 { 0 } else { 1 })
    }

    /// Whole minutes, rounded down.
    pub const fn whole_minutes(self) -> i64 {
        self.0.div_euclid(60_000)
    }
}

impl fmt::Display for Span {
    /// As a sentence says it: "8 hours", "30 minutes", "1 day", "1 hour 30 minutes", "45 seconds".
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds_rounded_up();
        let parts = [
            (seconds.div_euclid(86_400), "day"),
            (seconds.rem_euclid(86_400).div_euclid(3_600), "hour"),
            (seconds.rem_euclid(3_600).div_euclid(60), "minute"),
            (seconds.rem_euclid(60), "second"),
        ];
        let mut first = true;
        for (count, unit) in parts.into_iter().filter(|(count, _)| *count != 0) {
            let space = if first { "" } else { " " };
            let plural = if count == 1 { "" } else { "s" };
            write!(out, "{space}{count} {unit}{plural}")?;
            first = false;
        }
        if first { out.write_str("0 seconds") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let end = Instant::from_millis(i64::MAX);
        assert_eq!(end.plus(Span::days(1)), end);
        assert_eq!(Instant::from_millis(5).plus(Span::seconds(2)).millis(), 2_005);
        assert_eq!(Instant::from_millis(5).since(Instant::from_millis(2)).millis(), 3);
    }

    #[test]
    fn lengths_read_like_a_sentence() {
        assert_eq!(Span::hours(8).to_string(), "8 hours");
        assert_eq!(Span::minutes(90).to_string(), "1 hour 30 minutes");
        assert_eq!(Span::days(1).to_string(), "1 day");
        assert_eq!(Span::from_millis(1_200).to_string(), "2 seconds");
        assert_eq!(Span::ZERO.to_string(), "0 seconds");
    }

    #[test]
    fn days_are_rounded_up() {
        let days = |hours| Span::hours(hours).whole_days_rounded_up();
        assert_eq!([days(24), days(25), days(14 * 24), days(1)], [1, 2, 14, 1]);
    }
}
