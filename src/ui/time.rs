//! Times as people read and type them: in the reader's zone, which is always named. The only place that knows a calendar.

use chrono::{DateTime, Days, LocalResult, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Utc};
use leptos::prelude::*;

use crate::app::viewer::Viewer;
use crate::domain::refusal::Refusal;
use crate::domain::time::{Instant, Span};

pub use crate::app::time_zone::Zone;

/// The first full minute at or after this moment.
pub fn full_minute(at: Instant) -> Instant {
    Instant::from_millis(at.millis().saturating_add(59_999).div_euclid(60_000).saturating_mul(60_000))
}

impl Zone {
    /// The zone of whoever looks.
    pub fn of(viewer: &Viewer) -> Self {
        Self::named(&viewer.time_zone)
    }

    /// The names people choose from: regions and cities, and UTC.
    pub fn names() -> Vec<&'static str> {
        let regions = [
            "Africa",
            "America",
            "Antarctica",
            "Arctic",
            "Asia",
            "Atlantic",
            "Australia",
            "Europe",
            "Indian",
            "Pacific",
        ];
        let is_known = |name: &str| name.split_once('/').is_some_and(|(region, _)| regions.contains(&region));
        let mut names: Vec<_> =
            chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| is_known(name)).collect();
        names.sort_unstable();
        names.insert(0, "UTC");
        names
    }

    /// "22 May 2027".
    pub fn date(self, at: Instant) -> String {
        self.local(at).format("%-d %b %Y").to_string()
    }

    /// "18:24".
    pub fn clock(self, at: Instant) -> String {
        self.local(at).format("%H:%M").to_string()
    }

    /// "22 May 2027, 18:24".
    pub fn moment(self, at: Instant) -> String {
        self.local(at).format("%-d %b %Y, %H:%M").to_string()
    }

    /// "today 18:24", "tomorrow 09:00", else the date and the time.
    pub fn near(self, at: Instant, now: Instant) -> String {
        let days = self.local(at).date_naive().signed_duration_since(self.local(now).date_naive()).num_days();
        match days {
            0 => format!("today {}", self.clock(at)),
            1 => format!("tomorrow {}", self.clock(at)),
            -1 => format!("yesterday {}", self.clock(at)),
            _ => self.moment(at),
        }
    }

    /// The hour of the day, 0 to 23.
    pub fn hour(self, at: Instant) -> u32 {
        self.local(at).hour()
    }

    /// How many days before that of `now` the day of `at` lies; negative when it is still to come.
    pub fn days_before(self, at: Instant, now: Instant) -> i64 {
        self.local(now).date_naive().signed_duration_since(self.local(at).date_naive()).num_days()
    }

    /// When the day began that lies this many days before that of `now`.
    pub fn day_began(self, days_before: u64, now: Instant) -> Instant {
        let day = self.local(now).date_naive();
        let midnight = day.checked_sub_days(Days::new(days_before)).unwrap_or(day).and_time(NaiveTime::MIN);
        match self.moments(midnight) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at,
            // Where the clocks skip midnight, the day begins when they stop skipping.
            LocalResult::None => {
                let later = midnight.checked_add_signed(TimeDelta::hours(1)).unwrap_or(midnight);
                self.moments(later).earliest().unwrap_or(now)
            }
        }
    }

    /// "22 May".
    pub fn day(self, at: Instant) -> String {
        self.local(at).format("%-d %b").to_string()
    }

    /// As a `datetime-local` input takes it: "2027-05-22T18:24".
    pub fn input(self, at: Instant) -> String {
        self.local(at).format("%Y-%m-%dT%H:%M").to_string()
    }

    /// What was typed into an input that showed this moment. Left as it was it is that moment to the millisecond, also when the
    /// time comes twice.
    pub fn parse_over(self, field: &'static str, typed: &str, shown: Option<Instant>) -> Result<Instant, Refusal> {
        match shown {
            Some(shown) if self.input(shown) == typed => Ok(shown),
            Some(_) | None => self.parse(field, typed),
        }
    }

    /// What was typed into a `datetime-local` input. A time that the clocks skip is refused; of one that comes twice, the first.
    pub fn parse(self, field: &'static str, typed: &str) -> Result<Instant, Refusal> {
        let unreadable = || Refusal::Unreadable { field, sentence: "Choose a date and a time.".to_owned() };
        let typed = typed.trim();
        let naive = NaiveDateTime::parse_from_str(typed, "%Y-%m-%dT%H:%M")
            .or_else(|_| NaiveDateTime::parse_from_str(typed, "%Y-%m-%dT%H:%M:%S"))
            .map_err(|_| unreadable())?;
        match self.moments(naive) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Ok(at),
            LocalResult::None => Err(Refusal::Unreadable {
                field,
                sentence: format!("The clocks of {} skip this time. Choose another.", self.name()),
            }),
        }
    }
}

/// How far off, in the largest unit that says it: "in 181 days", "in 3 h 12 min", "2 min ago", "now".
pub fn relative(at: Instant, now: Instant) -> String {
    let ahead = at.since(now);
    if ahead.millis() >= 0 { format!("in {}", short(ahead)) } else { format!("{} ago", short(now.since(at))) }
}

/// A length of time for tight places: "181 days", "3 h 12 min", "2 min", "less than a minute".
pub fn short(span: Span) -> String {
    let minutes = span.whole_minutes();
    match (minutes / 1_440, minutes / 60, minutes % 60) {
        (days @ 2.., _, _) => format!("{days} days"),
        (_, 0, 0) => "less than a minute".to_owned(),
        (_, 0, minutes) => format!("{minutes} min"),
        (_, hours, 0) => format!("{hours} h"),
        (_, hours, minutes) => format!("{hours} h {minutes:02} min"),
    }
}

/// For machines: "2027-05-22T16:24:00Z".
pub fn machine(at: Instant) -> String {
    let utc = DateTime::<Utc>::from_timestamp_millis(at.millis()).unwrap_or_default();
    utc.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A moment in the reader's zone, with its exact form for machines and on hover.
#[component]
pub fn Moment(
    /// When.
    at: Instant,
    /// The reader's zone.
    zone: Zone,
) -> impl IntoView {
    view! {
        <time datetime=machine(at) title=zone.exact(at)>
            {zone.moment(at)}
        </time>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Instant {
        Zone::named("UTC").parse("at", text).unwrap()
    }

    #[test]
    fn a_moment_reads_in_the_readers_zone() {
        let at = utc("2026-07-01T12:00");
        assert_eq!(Zone::named("Europe/Berlin").exact(at), "1 Jul 2026, 14:00 CEST (Europe/Berlin)");
        assert_eq!(Zone::named("Europe/Berlin").near(at, at), "today 14:00");
        assert_eq!(Zone::named("Asia/Tokyo").near(utc("2026-07-01T16:00"), at), "tomorrow 01:00");
    }

    #[test]
    fn what_is_shown_can_be_typed_back() {
        let zone = Zone::named("America/New_York");
        let at = utc("2026-11-23T18:30");
        assert_eq!(zone.parse("at", &zone.input(at)), Ok(at));
    }

    #[test]
    fn daylight_saving_is_kept_in_both_directions() {
        let zone = Zone::named("Europe/Berlin");
        assert!(zone.parse("at", "2026-03-29T02:30").is_err());
        assert_eq!(zone.parse("at", "2026-10-25T02:30"), Ok(utc("2026-10-25T00:30")));
        assert_eq!(zone.parse("at", "2026-03-29T03:00"), Ok(utc("2026-03-29T01:00")));
    }

    #[test]
    fn a_field_that_nobody_touched_keeps_its_moment() {
        let zone = Zone::named("Europe/Berlin");
        for exact in [utc("2026-10-25T01:30"), utc("2026-07-01T12:00").plus(Span::from_millis(12_345))] {
            assert_eq!(zone.parse_over("at", &zone.input(exact), Some(exact)), Ok(exact));
        }
        assert_eq!(
            zone.parse_over("at", "2026-10-25T02:31", Some(utc("2026-10-25T01:30"))),
            Ok(utc("2026-10-25T00:31"))
        );
    }

    #[test]
    fn days_begin_at_midnight_of_the_reader() {
        let zone = Zone::named("Asia/Kolkata");
        let now = utc("2026-07-01T20:00");
        assert_eq!(zone.hour(now), 1);
        assert_eq!(zone.day_began(0, now), utc("2026-07-01T18:30"));
        assert_eq!(zone.days_before(utc("2026-07-01T18:29"), now), 1);
        // Lebanon's clocks skip midnight.
        let zone = Zone::named("Asia/Beirut");
        let now = utc("2026-03-30T12:00");
        assert_eq!(zone.day_began(1, now), utc("2026-03-28T22:00"));
    }

    #[test]
    fn lengths_take_the_unit_that_says_it() {
        let now = utc("2026-07-01T12:00");
        assert_eq!(relative(now.plus(Span::minutes(192)), now), "in 3 h 12 min");
        assert_eq!(relative(now.plus(Span::days(181)), now), "in 181 days");
        assert_eq!(relative(now.minus(Span::minutes(2)), now), "2 min ago");
        assert_eq!(short(Span::hours(36)), "36 h");
        assert_eq!(short(Span::seconds(20)), "less than a minute");
    }
}
