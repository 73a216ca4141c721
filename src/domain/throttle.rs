//! How fast somebody may try again after being wrong.
//!
//! Failures are counted per account and address together, per address, and per account wherever they come from. Nobody is ever locked out
//! for good, and nobody gets slow by what others do at another address: that would hand anybody the means to lock an administrator
//! out. Only when many addresses guess at one account does it get a little slower for all of them. Either way guessing does not pay.

use std::net::{IpAddr, Ipv6Addr};

use super::time::{Instant, Span};

/// What the failures are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Wrong passwords for one account from one address, or typed by its own person.
    Password,
    /// Wrong passwords for one account, from wherever they come.
    Account,
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
/// A failure is forgotten when nothing went wrong for this long.
pub const FORGOTTEN_AFTER: Span = Span::hours(24);

impl Counted {
    /// This many failures cost nothing: people mistype, and many people share an office's address.
    pub const fn free_failures(self) -> u32 {
        match self {
            Self::Password | Self::SecondFactor => 4,
            Self::Address => 30,
            Self::Account => 50,
        }
    }

    /// No delay is longer. Where strangers can cause it, it is short enough to wait for.
    pub const fn longest_delay(self) -> Span {
        match self {
            Self::Password | Self::SecondFactor | Self::Address => Span::minutes(15),
            Self::Account => Span::minutes(1),
        }
    }
}

/// What counts as one address. Of IPv6 it is a whole /64: that is what a single household gets.
pub fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// How long to wait after the last failure.
pub fn delay(counted: Counted, failures: u32) -> Span {
    let Some(beyond) = failures.checked_sub(counted.free_failures().saturating_add(1)) else {
        return Span::ZERO;
    };
    let factor = 1_i64.checked_shl(beyond.min(32)).unwrap_or(i64::MAX);
    Span::from_millis(FIRST_DELAY.millis().saturating_mul(factor)).min(counted.longest_delay())
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
        assert_eq!(delay(Counted::Address, u32::MAX), Span::minutes(15));
    }

    #[test]
    fn what_strangers_can_cause_is_short() {
        assert_eq!(delay(Counted::Account, 50), Span::ZERO);
        let seconds: Vec<i64> = (51..=54).map(|count| delay(Counted::Account, count).millis() / 1_000).collect();
        assert_eq!(seconds, [15, 30, 60, 60]);
        assert_eq!(delay(Counted::Account, u32::MAX), Span::minutes(1));
    }

    #[test]
    fn a_household_is_one_address() {
        let of = |text: &str| household(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
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
