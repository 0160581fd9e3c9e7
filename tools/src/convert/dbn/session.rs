//! Trading hours of CME Globex: from 17:00 Chicago on the evening before to 16:00, Monday to Friday.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use shm_wire::instrument::Session;

use crate::error::UserError;

/// The sessions that share an instant with `from` to `to` (ns UTC), ascending. Holidays and early closes are not known here.
pub(super) fn globex(from: u64, to: u64) -> Result<Vec<Session>, UserError> {
    let zone = TimeZone::get("America/Chicago")
        .map_err(|e| UserError::new("convert.zone", format!("America/Chicago: {e}")))?;
    let day_of = |nanos: u64| {
        Timestamp::from_nanosecond(i128::from(nanos))
            .map(|t| t.to_zoned(zone.clone()).date())
            .map_err(|e| UserError::new("dbn.time", format!("{nanos} ns: {e}")))
    };
    let mut sessions = Vec::new();
    let mut day = day_of(from)?;
    // The evening of the last day belongs to the next one.
    let last = day_of(to)?.tomorrow().map_err(out_of_range)?;
    while day <= last {
        if let Some(session) = session_of(day, &zone)
            && session.open <= to
            && session.close > from
        {
            sessions.push(session);
        }
        day = day.tomorrow().map_err(out_of_range)?;
    }
    Ok(sessions)
}

fn out_of_range(error: jiff::Error) -> UserError {
    UserError::new("dbn.time", error.to_string())
}

/// The session of a trading day; `None` on Saturday and Sunday.
fn session_of(day: Date, zone: &TimeZone) -> Option<Session> {
    use jiff::civil::Weekday::{Saturday, Sunday};
    if matches!(day.weekday(), Saturday | Sunday) {
        return None;
    }
    let at = |day: Date, hour| {
        let zoned = day.at(hour, 0, 0, 0).to_zoned(zone.clone()).ok()?;
        u64::try_from(zoned.timestamp().as_nanosecond()).ok()
    };
    Some(Session {
        open: at(day.yesterday().ok()?, 17)?,
        close: at(day, 16)?,
    })
}

/// A session written `OPEN/CLOSE`, both RFC 3339.
pub(super) fn parse(text: &str) -> Result<Session, UserError> {
    let bad = || {
        UserError::new("dbn.session", format!("{text:?} is no session"))
            .field("session")
            .rule("OPEN/CLOSE, two instants such as 2023-12-25T23:00:00Z, the first before the second")
    };
    let (open, close) = text.split_once('/').ok_or_else(bad)?;
    let nanos = |text: &str| -> Option<u64> {
        u64::try_from(text.trim().parse::<Timestamp>().ok()?.as_nanosecond()).ok()
    };
    let (open, close) = nanos(open).zip(nanos(close)).ok_or_else(bad)?;
    if open < close {
        Ok(Session { open, close })
    } else {
        Err(bad())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::day::rfc3339;

    fn shown(from: &str, to: &str) -> Vec<(String, String)> {
        let nanos =
            |t: &str| u64::try_from(t.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap();
        let sessions = globex(nanos(from), nanos(to)).unwrap();
        let text = |t| rfc3339(t)[..16].to_owned();
        sessions
            .iter()
            .map(|s| (text(s.open), text(s.close)))
            .collect()
    }

    #[test]
    fn a_session_begins_on_the_evening_before_and_sunday_is_the_first() {
        let expected = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        assert_eq!(
            shown("2023-12-25T00:00:00Z", "2023-12-25T23:59:59Z"),
            expected(&[
                ("2023-12-24T23:00", "2023-12-25T22:00"),
                ("2023-12-25T23:00", "2023-12-26T22:00")
            ])
        );
        // From Friday's close to Sunday evening nothing is open; the clocks change on 10 March 2024.
        assert_eq!(shown("2024-03-08T22:00:00Z", "2024-03-10T21:59:59Z"), []);
        assert_eq!(
            shown("2024-03-09T12:00:00Z", "2024-03-10T22:00:00Z"),
            expected(&[("2024-03-10T22:00", "2024-03-11T21:00")])
        );
    }

    #[test]
    fn a_session_is_two_instants_in_order() {
        let s = parse("2023-12-25T23:00:00Z/2023-12-26T22:00:00Z").unwrap();
        assert_eq!(s.close - s.open, 23 * 3_600_000_000_000);
        for bad in [
            "",
            "/",
            "2023-12-25T23:00:00Z",
            "2023-12-26T22:00:00Z/2023-12-25T23:00:00Z",
            "a/b",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
