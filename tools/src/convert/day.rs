//! A New York trading day: wall-clock times to nanoseconds UTC, daylight saving time included.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use shm_wire::instrument::Session;

use crate::error::UserError;

const NANOS_PER_HOUR: u64 = 3_600_000_000_000;
/// Nanoseconds of a day; times after midnight are below.
pub const NANOS_PER_DAY: u64 = 24 * NANOS_PER_HOUR;
/// Start of the regular session after midnight, ns.
pub const REGULAR_OPEN: u64 = 9 * NANOS_PER_HOUR + NANOS_PER_HOUR / 2;
/// End of the regular session after midnight, ns, exclusive.
pub const REGULAR_CLOSE: u64 = 16 * NANOS_PER_HOUR;

/// One date in New York.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TradingDay {
    date: Date,
    /// UTC nanoseconds of wall clock 00:00 under the offset that holds at noon.
    midnight: u64,
}

impl TradingDay {
    /// The day written `2013-10-08` or `20131008`.
    ///
    /// # Errors
    /// [`UserError`] when the text is no date from 1970 to 2199 or the time zone database lacks New York.
    pub fn parse(text: &str) -> Result<TradingDay, UserError> {
        let bad = || {
            UserError::new("convert.date", format!("{text:?} is not a date"))
                .field("date")
                .rule("YYYY-MM-DD or YYYYMMDD, 1970 to 2199")
        };
        let dashed = match text.as_bytes() {
            digits if digits.len() == 8 && digits.iter().all(u8::is_ascii_digit) => {
                format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..])
            }
            _ => text.to_owned(),
        };
        let date: Date = if dashed.len() == 10 {
            dashed.parse().map_err(|_| bad())?
        } else {
            return Err(bad());
        };
        if !(1970..2200).contains(&date.year()) {
            return Err(bad());
        }
        let zone = TimeZone::get("America/New_York")
            .map_err(|e| UserError::new("convert.zone", format!("America/New_York: {e}")))?;
        // The clocks change at 02:00; the offset of noon holds for every session of the day.
        let noon = date.at(12, 0, 0, 0).to_zoned(zone).map_err(|_| bad())?;
        let noon = u64::try_from(noon.timestamp().as_nanosecond()).map_err(|_| bad())?;
        let midnight = noon.checked_sub(12 * NANOS_PER_HOUR).ok_or_else(bad)?;
        Ok(TradingDay { date, midnight })
    }

    /// The date.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }
    /// UTC nanoseconds of a wall-clock time in nanoseconds after midnight, below [`NANOS_PER_DAY`].
    #[must_use]
    pub fn at(&self, after_midnight: u64) -> u64 {
        self.midnight + after_midnight
    }
    /// The regular session, 09:30 to 16:00.
    #[must_use]
    pub fn session(&self) -> Session {
        Session {
            open: self.at(REGULAR_OPEN),
            close: self.at(REGULAR_CLOSE),
        }
    }
    /// Whether a UTC time lies in the regular session.
    #[must_use]
    pub fn is_regular(&self, time: u64) -> bool {
        let session = self.session();
        time >= session.open && time < session.close
    }
}

/// RFC 3339 with nine decimals, UTC.
#[must_use]
pub fn rfc3339(nanos: u64) -> String {
    match Timestamp::from_nanosecond(i128::from(nanos)) {
        Ok(t) => format!("{t:.9}"),
        Err(_) => format!("{nanos} ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_follows_daylight_saving_time() {
        let check = |date: &str, open: &str, close: &str| {
            let s = TradingDay::parse(date).unwrap().session();
            assert_eq!(
                (rfc3339(s.open).as_str(), rfc3339(s.close).as_str()),
                (open, close),
                "{date}"
            );
        };
        check(
            "2012-06-21",
            "2012-06-21T13:30:00.000000000Z",
            "2012-06-21T20:00:00.000000000Z",
        );
        check(
            "20130104",
            "2013-01-04T14:30:00.000000000Z",
            "2013-01-04T21:00:00.000000000Z",
        );
        check(
            "2013-11-01",
            "2013-11-01T13:30:00.000000000Z",
            "2013-11-01T20:00:00.000000000Z",
        );
        check(
            "2013-11-04",
            "2013-11-04T14:30:00.000000000Z",
            "2013-11-04T21:00:00.000000000Z",
        );
        // A Sunday on which the clocks change: the session is after the change.
        check(
            "2013-03-10",
            "2013-03-10T13:30:00.000000000Z",
            "2013-03-10T20:00:00.000000000Z",
        );
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2013",
            "2013-13-01",
            "20131301",
            "2013-02-30",
            "1969-12-31",
            "2013/10/08",
            "éééé",
            "2013-10-08T00:00",
        ] {
            assert!(TradingDay::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_session_is_half_open() {
        let day = TradingDay::parse("2013-10-08").unwrap();
        let s = day.session();
        assert!(day.is_regular(s.open) && day.is_regular(s.close - 1));
        assert!(!day.is_regular(s.open - 1) && !day.is_regular(s.close));
    }
}
