//! Time zones that exist.

use chrono_tz::Tz;

use super::normal_form::nfkc;
use crate::domain::{refusal::Refusal, user::TimeZoneName};

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
}
