//! What trade and quote rows share, and how a file of another kind is told.

use shm_wire::units::Price;

use super::super::PRICE_SCALE;
use super::super::day::NANOS_PER_DAY;
use super::super::lines::{Lines, fields, fixed, unsigned};
use crate::error::UserError;

/// Milliseconds after midnight, with or without decimals, as nanoseconds.
pub(super) fn millis(field: &[u8]) -> Option<u64> {
    fixed(field, 6).filter(|t| *t < NANOS_PER_DAY)
}

/// Dollars x 10,000, with or without up to five decimals, as 1e-9.
pub(super) fn price(field: &[u8]) -> Option<i64> {
    let raw = match unsigned(field) {
        Some(whole) => i64::try_from(whole).ok()?.checked_mul(PRICE_SCALE)?,
        None => i64::try_from(fixed(field, 5)?).ok()?,
    };
    (raw <= Price::BOUND).then_some(raw)
}

/// The kinds of Lean file that a first row can tell apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// Six columns, the fourth a venue.
    TradeTicks,
    /// Eight columns, the sixth a venue.
    QuoteTicks,
    /// Time and five numbers.
    TradeBars,
    /// Time and ten numbers.
    QuoteBars,
    /// A date instead of a time: hour or daily bars.
    LongBars,
    /// Anything else.
    Unknown,
}

impl Shape {
    pub(super) fn of(line: &[u8]) -> Shape {
        let all: Vec<&[u8]> = fields(line).take(12).collect();
        let number = |i: usize| all.get(i).is_some_and(|f| fixed(f, 0).is_some());
        // Dates of hour and daily files read `20131008 00:00`.
        if all[0].len() == 14 && all[0][8] == b' ' {
            return Shape::LongBars;
        }
        let minutes = millis(all[0]).is_some_and(|t| t % 1_000_000_000 == 0);
        match all.len() {
            6 if minutes && (1..6).all(number) && all[3] != b"0" => Shape::TradeBars,
            6 => Shape::TradeTicks,
            8 => Shape::QuoteTicks,
            11 => Shape::QuoteBars,
            _ => Shape::Unknown,
        }
    }

    pub(super) fn expect_trades(self, lines: &Lines) -> Result<(), UserError> {
        self.expect(
            Shape::TradeTicks,
            "trade ticks: time, price, shares, venue, sale condition, suspicious",
            lines,
        )
    }

    pub(super) fn expect_quotes(self, lines: &Lines) -> Result<(), UserError> {
        let columns = "quote ticks: time, bid price, bid shares, ask price, ask shares, venue, quote condition, suspicious";
        self.expect(Shape::QuoteTicks, columns, lines)
    }

    fn expect(self, wanted: Shape, columns: &str, lines: &Lines) -> Result<(), UserError> {
        if self == wanted {
            return Ok(());
        }
        let found = match self {
            Shape::TradeTicks => "trade ticks",
            Shape::QuoteTicks => "quote ticks",
            Shape::TradeBars => "second or minute bars of trades",
            Shape::QuoteBars => "second or minute bars of quotes",
            Shape::LongBars => "hour or daily bars",
            Shape::Unknown => "another format",
        };
        let hint = match self {
            Shape::TradeBars | Shape::QuoteBars | Shape::LongBars => {
                "bars do not say when within them a trade was; use the tick file of that day"
            }
            _ => "trades first, then quotes",
        };
        Err(
            UserError::new("lean.format", format!("the first row looks like {found}"))
                .file(lines.path())
                .line(lines.number())
                .rule(columns)
                .hint(hint),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_tells_the_kind_of_file() {
        let check =
            |line: &str, shape: Shape| assert_eq!(Shape::of(line.as_bytes()), shape, "{line}");
        check("31669457,1821000,300,P,2000,0", Shape::TradeTicks);
        check("31669000,1821000,300,,0,0", Shape::TradeTicks);
        check("14400640,1800100,200,0,0,P,1,0", Shape::QuoteTicks);
        check(
            "34200000,1821000,1821100,1820900,1821000,3000",
            Shape::TradeBars,
        );
        check("34200000,1,2,3,4,5,6,7,8,9,10", Shape::QuoteBars);
        check(
            "20131008 00:00,1821000,1821100,1820900,1821000,3000",
            Shape::LongBars,
        );
        check("", Shape::Unknown);
        check("a,b", Shape::Unknown);
    }

    #[test]
    fn prices_and_times_may_have_decimals() {
        assert_eq!(price(b"1821000"), Some(182_100_000_000));
        assert_eq!(price(b"138050.5"), Some(13_805_050_000));
        assert_eq!(
            (price(b""), price(b"-1"), price(b"999999999999999999")),
            (None, None, None)
        );
        assert_eq!(millis(b"34200000"), Some(34_200_000_000_000));
        assert_eq!(millis(b"34200000.25"), Some(34_200_000_250_000));
        assert_eq!(millis(b"86400000"), None);
    }
}
