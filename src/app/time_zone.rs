//! Time zones that exist, and the one in which somebody reads. What pages show of a time is in `ui/time.rs`.

use chrono::{DateTime, Datelike as _, Days, LocalResult, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::normal_form::nfkc;
use crate::domain::{refusal::Refusal, time::Instant, user::TimeZoneName};

/// The zone in which somebody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

/// The hour on Monday at which a week is told.
const MORNING: i64 = 8;

impl Zone {
    /// The zone of this name of the IANA database; UTC for a name that this build does not know.
    pub fn named(name: &str) -> Self {
        Self(name.parse().unwrap_or(Tz::UTC))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// A moment as its clocks show it.
    pub fn local(self, at: Instant) -> DateTime<Tz> {
        let utc = DateTime::<Utc>::from_timestamp_millis(at.millis()).unwrap_or_default();
        utc.with_timezone(&self.0)
    }

    /// The moments at which its clocks show this: one, two when they are put back, none when they skip it.
    pub fn moments(self, naive: NaiveDateTime) -> LocalResult<Instant> {
        self.0.from_local_datetime(&naive).map(|at| Instant::from_millis(at.timestamp_millis()))
    }

    /// "22 May 2027, 18:24 CEST (Europe/Berlin)": for the one sentence in which it matters, and for mails.
    pub fn exact(self, at: Instant) -> String {
        let local = self.local(at).format("%-d %b %Y, %H:%M %Z").to_string();
        let name = self.name();
        if local.ends_with(&format!(" {name}")) { local } else { format!("{local} ({name})") }
    }

    /// The last Monday morning that has come.
    pub fn last_monday_morning(self, now: Instant) -> Instant {
        let today = self.local(now).date_naive();
        let days = u64::from(today.weekday().num_days_from_monday());
        let morning = |days: u64| {
            let monday = today.checked_sub_days(Days::new(days)).unwrap_or(today);
            let wall = monday.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::hours(MORNING));
            // No clock of the world skips eight in the morning.
            wall.and_then(|wall| self.moments(wall).earliest()).unwrap_or(now)
        };
        let this = morning(days);
        if this <= now { this } else { morning(days + 7) }
    }
}

/// The name of a zone of the IANA database.
pub fn parse_time_zone(field: &'static str, typed: &str) -> Result<TimeZoneName, Refusal> {
    let name = nfkc(typed.trim());
    let unknown = || Refusal::Unreadable { field, sentence: "Choose a time zone, such as Europe/Zurich.".to_owned() };
    let zone: Tz = name.parse().map_err(|_| unknown())?;
    TimeZoneName::parse(zone.name()).map_err(|error| error.at(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zones_that_exist() {
        assert!(parse_time_zone("time_zone", "Europe/Zurich").is_ok());
        assert!(parse_time_zone("time_zone", "UTC").is_ok());
        assert!(parse_time_zone("time_zone", "Europe/Atlantis").is_err());
        assert!(parse_time_zone("time_zone", "").is_err());
    }

    #[test]
    fn a_week_ends_on_monday_at_eight_wherever_that_is() {
        let zone = Zone::named("Europe/Zurich");
        let monday = Instant::from_millis(1_772_434_800_000); // 2 March 2026, 07:00 UTC
        for later in [0, 1, 86_400_000, 7 * 86_400_000 - 1] {
            assert_eq!(zone.last_monday_morning(Instant::from_millis(monday.millis() + later)), monday);
        }
        let before = zone.last_monday_morning(Instant::from_millis(monday.millis() - 1));
        assert_eq!(monday.since(before).millis(), 7 * 86_400_000);
        // The week in which the clocks are put forward is an hour shorter.
        let after = zone.last_monday_morning(Instant::from_millis(1_774_850_400_000 + 3_600_000));
        assert_eq!(zone.exact(after), "30 Mar 2026, 08:00 CEST (Europe/Zurich)");
        assert_eq!(Zone::named("UTC").exact(after), "30 Mar 2026, 06:00 UTC");
    }
}
