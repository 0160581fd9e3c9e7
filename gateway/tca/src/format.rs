//! How numbers leave: prices and money as decimal strings, times as RFC 3339 with nanoseconds.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use shm_wire::instrument::Instrument;
use shm_wire::units::{Nanos, Notional, Price};
use std::fmt;

/// A price that serializes as a decimal string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Decimal(pub Price);

impl Decimal {
    /// The price in units of the quote currency, for pictures and ratios only.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.0.0 as f64 / Price::SCALE as f64
    }
}
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// An instant that serializes as RFC 3339 with nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Time(pub Nanos);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_nanosecond(i128::from(self.0.0)) {
            Ok(t) => write!(f, "{t:.9}"),
            // Later than the calendar reaches: only a hostile record holds such an instant.
            Err(_) => write!(f, "{}ns", self.0.0),
        }
    }
}
impl Serialize for Time {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// An instant for people: RFC 3339 with no more digits of a second than it needs.
#[must_use]
pub fn short_time(time: Nanos) -> String {
    Timestamp::from_nanosecond(i128::from(time.0))
        .map_or_else(|_| format!("{}ns", time.0), |t| t.to_string())
}

/// A quantity for people: in units of the instrument, a decimal where its step is one; in steps without an instrument.
#[must_use]
pub fn units(steps: u64, instrument: Option<&Instrument>) -> String {
    let scale = i128::from(Price::SCALE);
    let step = instrument.map_or(scale, |i| i128::from(i.qty_step));
    let value = i128::from(steps) * step;
    let fraction = format!("{:09}", value % scale);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}", value / scale)
}

/// Money as a decimal string: at least two decimals, no trailing zeros beyond.
#[must_use]
pub fn money(notional: Notional) -> String {
    const SCALE: u128 = 1_000_000_000_000_000_000;
    let magnitude = notional.0.unsigned_abs();
    let fraction = format!("{:018}", magnitude % SCALE);
    let kept = fraction.trim_end_matches('0').len().max(2);
    let sign = if notional.0 < 0 { "-" } else { "" };
    format!("{sign}{}.{}", magnitude / SCALE, &fraction[..kept])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_leave_as_the_contract_says() {
        assert_eq!(Decimal(Price(582_724_000_000)).to_string(), "582.724");
        assert_eq!(
            Time(Nanos(1_340_285_400_000_000_001)).to_string(),
            "2012-06-21T13:30:00.000000001Z"
        );
        assert_eq!(Time(Nanos(u64::MAX)).to_string().len(), 30);
        assert_eq!(money(Notional(1_500_000_000_000_000_000)), "1.50");
        assert_eq!(money(Notional(-1)), "-0.000000000000000001");
        let half = Nanos(1_340_285_400_500_000_000);
        assert_eq!(short_time(half), "2012-06-21T13:30:00.5Z");
        let mut coin = Instrument::equity(0, "BTCUSD", 1).unwrap();
        coin.qty_step = 1_000_000;
        assert_eq!(units(1_250, Some(&coin)), "1.25");
        assert_eq!(
            (units(700, None), units(0, Some(&coin))),
            ("700".into(), "0".into())
        );
    }
}
