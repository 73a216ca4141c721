//! What a reader of the audit looks for.

use super::audit::{Activity, Family, Outcome};
use super::ids::{PrincipalId, RoleId};
use super::time::{Instant, Span};

/// What narrows the list; whatever is empty does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Not before this moment.
    pub from: Option<Instant>,
    /// Before this moment.
    pub to: Option<Instant>,
    /// One of these kinds; all kinds when empty.
    pub activities: Vec<Activity>,
    /// Done by, or done to, this person or group.
    pub person: Option<PrincipalId>,
    /// About this role.
    pub role: Option<RoleId>,
    /// With this text, as a comparison key, in a name, a reason or a ticket.
    pub text: String,
    /// Done or refused.
    pub outcome: Option<Outcome>,
}

/// The spans of time that are offered (reference/entra-pim.md section 8: predefined or custom).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookback {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
    /// Everything that was ever recorded.
    All,
}

impl Lookback {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::All];

    /// Its name in an address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::All => "all",
        }
    }

    /// As a person reads it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Day => "Last 24 hours",
            Self::Week => "Last 7 days",
            Self::Month => "Last 30 days",
            Self::All => "All time",
        }
    }

    /// The span of this name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lookback| lookback.word() == word)
    }

    /// Where it begins, seen from now; nowhere for all of time.
    pub const fn from(self, now: Instant) -> Option<Instant> {
        match self {
            Self::Day => Some(now.minus(Span::hours(24))),
            Self::Week => Some(now.minus(Span::days(7))),
            Self::Month => Some(now.minus(Span::days(30))),
            Self::All => None,
        }
    }
}

/// The kinds of event behind one word of an address: a single kind, or a whole family. None for a word that is neither.
pub fn activities_of(word: &str) -> Option<Vec<Activity>> {
    if let Ok(activity) = word.parse::<Activity>() {
        return Some(vec![activity]);
    }
    let family: Family = word.parse().ok()?;
    Some(Activity::ALL.iter().copied().filter(|activity| activity.family() == family).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_stands_for_all_its_kinds_and_never_for_another_one() {
        let mut found = 0;
        for family in Family::ALL {
            let kinds = activities_of(family.word()).unwrap();
            assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind.family() == *family));
            found += kinds.len();
        }
        assert_eq!(found, Activity::ALL.len());
        assert_eq!(activities_of("SignedIn"), Some(vec![Activity::SignedIn]));
        assert_eq!(activities_of("everything"), None);
        for family in Family::ALL {
            assert!(family.word().parse::<Activity>().is_err(), "{family:?} names two things");
        }
    }

    #[test]
    fn spans_of_time_end_now() {
        let now = Instant::from_millis(100 * 86_400_000);
        assert_eq!(Lookback::Week.from(now), Some(Instant::from_millis(93 * 86_400_000)));
        assert_eq!(Lookback::All.from(now), None);
        for lookback in Lookback::ALL {
            assert_eq!(Lookback::parse(lookback.word()), Some(lookback));
        }
    }
}
