//! Times as people read them: on the clock of this machine or of `TZ`, and always
//! with the offset. JSON has UTC.

use std::sync::OnceLock;

use jiff::tz::TimeZone;

use model::Timestamp;

/// The zone of this process: `TZ`, else the machine's.
pub fn zone() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(TimeZone::system)
}

/// "2026-11-20 13:00:00+01:00".
pub fn moment(time: Timestamp, zone: &TimeZone) -> String {
    form(time, zone, "%Y-%m-%d %H:%M:%S%:z")
}

/// "13:00:00+01:00", of something that is near.
pub fn clock(time: Timestamp, zone: &TimeZone) -> String {
    form(time, zone, "%H:%M:%S%:z")
}

/// "2026-11-20, 13:00", for people elsewhere.
pub fn minute(time: Timestamp, zone: &TimeZone) -> String {
    form(time, zone, "%Y-%m-%d, %H:%M")
}

/// "2026-11-20".
pub fn day(time: Timestamp, zone: &TimeZone) -> String {
    form(time, zone, "%Y-%m-%d")
}

fn form(time: Timestamp, zone: &TimeZone, form: &str) -> String {
    time.to_zoned(zone.clone()).strftime(form).to_string()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// An hour before UTC in winter, two in summer, by a rule that needs no database of zones.
    pub fn ede() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    #[test]
    fn a_time_is_told_by_the_clock_of_its_zone_with_the_offset_of_that_day() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (time, told) in [
            ("2026-11-20T12:00:00Z", "2026-11-20 13:00:00+01:00"),
            ("2026-07-20T12:00:00Z", "2026-07-20 14:00:00+02:00"),
            ("2026-12-31T23:30:00Z", "2027-01-01 00:30:00+01:00"),
        ] {
            assert_eq!(moment(at(time), &ede()), told);
        }
        assert_eq!(
            moment(at("2026-11-20T12:00:00Z"), &TimeZone::UTC),
            "2026-11-20 12:00:00+00:00"
        );
        assert_eq!(clock(at("2026-11-20T12:00:00Z"), &ede()), "13:00:00+01:00");
        assert_eq!(day(at("2026-11-20T23:30:00Z"), &ede()), "2026-11-21");
    }
}
