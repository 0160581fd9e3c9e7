//! What a conversion found: the document `pacer.convert/1`.

use std::fmt;
use std::path::Path;

use serde::{Serialize, Serializer};
use shm_wire::units::Price;

use super::day::rfc3339;

/// Most entries of one list in the report; what is beyond is counted only.
pub const LIST_MAX: usize = 1_000;

/// The result of `pacer convert`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConvertReport {
    /// Always `pacer.convert/1`.
    pub schema: &'static str,
    /// Format of the source: `lobster`, `lean` or `dbn`.
    pub format: &'static str,
    /// The market file.
    pub out: String,
    /// Rows read: events of the message file, or trade and quote rows together.
    pub rows: u64,
    /// Messages in the market file.
    pub messages: u64,
    /// Rows that could not be used, the first thousand.
    pub skipped: Vec<Skipped>,
    /// All rows that could not be used.
    pub skipped_count: u64,
    /// Rows of the book file compared with the rebuilt book; null without a book file.
    pub book_rows_compared: Option<u64>,
    /// Rows that differed; null without a book file.
    pub book_rows_different: Option<u64>,
    /// Levels taken from the book file: those of the first book and those uncovered at the depth edge.
    pub levels_revealed: Option<u64>,
    /// Those of them that stood in the first book, orders older than the file.
    pub levels_seeded: Option<u64>,
    /// Rows of the book file that differed, the first thousand.
    pub differences: Vec<Skipped>,
    /// What was traded.
    pub instruments: Vec<InstrumentReport>,
    /// What a reader should know of this source, one sentence each.
    pub notes: Vec<String>,
}

/// A row and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// What is wrong.
    pub why: String,
}

/// What one instrument traded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InstrumentReport {
    /// Symbol.
    pub symbol: String,
    /// Every trade row.
    pub executions: u64,
    /// Its quantity, steps.
    pub traded_volume: u64,
    /// Volume-weighted average price of every trade row; null without one.
    pub vwap: Option<Decimal>,
    /// Executions that count (see `docs/market-data.md`).
    pub eligible_executions: u64,
    /// Their quantity, steps.
    pub eligible_volume: u64,
    /// Their volume-weighted average price.
    pub eligible_vwap: Option<Decimal>,
    /// Time of the first execution, RFC 3339 UTC.
    pub first: Option<String>,
    /// Time of the last execution, RFC 3339 UTC.
    pub last: Option<String>,
}

impl ConvertReport {
    /// Whether everything was used and every book row agreed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.skipped_count == 0 && self.book_rows_different.unwrap_or(0) == 0
    }
}

impl fmt::Display for ConvertReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} rows, {} messages",
            self.out, self.rows, self.messages
        )?;
        if let (Some(compared), Some(different), Some(revealed)) = (
            self.book_rows_compared,
            self.book_rows_different,
            self.levels_revealed,
        ) {
            writeln!(
                f,
                "book: {compared} rows compared, {different} different, {revealed} levels revealed"
            )?;
        }
        for i in &self.instruments {
            let show = |d: Option<Decimal>| d.map_or("none".to_owned(), |d| d.to_string());
            writeln!(
                f,
                "{}: {} executions, {} traded, VWAP {}; eligible {}, {}, {}",
                i.symbol,
                i.executions,
                i.traded_volume,
                show(i.vwap),
                i.eligible_executions,
                i.eligible_volume,
                show(i.eligible_vwap)
            )?;
        }
        for (title, list, count) in [
            ("skipped", &self.skipped, self.skipped_count),
            (
                "different",
                &self.differences,
                self.differences.len() as u64,
            ),
        ] {
            for row in list.iter().take(10) {
                writeln!(f, "{title}: {}:{}: {}", row.file, row.line, row.why)?;
            }
            if count > 10 {
                writeln!(f, "{title}: {count} rows in all")?;
            }
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

/// Collects rows for the report, at most [`LIST_MAX`] in full.
#[derive(Clone, Debug, Default)]
pub(super) struct RowList {
    pub(super) rows: Vec<Skipped>,
    pub(super) count: u64,
}

impl RowList {
    pub(super) fn push(&mut self, file: &Path, line: u64, why: impl Into<String>) {
        self.count += 1;
        if self.rows.len() < LIST_MAX {
            self.rows.push(Skipped {
                file: file.display().to_string(),
                line,
                why: why.into(),
            });
        }
    }
}

/// A price of 1e-9 as a decimal string with six to nine decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal(pub i128);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = u128::from(Price::SCALE.unsigned_abs());
        let magnitude = self.0.unsigned_abs();
        let mut fraction = magnitude % scale;
        let mut digits = 9_usize;
        while digits > 6 && fraction.is_multiple_of(10) {
            fraction /= 10;
            digits -= 1;
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{fraction:0digits$}", magnitude / scale)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Executions, volume and the exact sum of price x quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Volume {
    pub(super) executions: u64,
    pub(super) quantity: u64,
    /// Sum of price (1e-9) x quantity; 2^60 x 2^48 leaves room for 2^19 of the largest, and the sum saturates.
    turnover: i128,
}

impl Volume {
    fn add(&mut self, price: i64, quantity: u64) {
        self.executions += 1;
        self.quantity = self.quantity.saturating_add(quantity);
        self.turnover = self
            .turnover
            .saturating_add(i128::from(price) * i128::from(quantity));
    }

    /// Turnover over quantity in 1e-9, halves to the even neighbour.
    pub(super) fn vwap(&self) -> Option<Decimal> {
        if self.quantity == 0 {
            return None;
        }
        let quantity = i128::from(self.quantity);
        let (floor, rest) = (
            self.turnover.div_euclid(quantity),
            self.turnover.rem_euclid(quantity),
        );
        let up = match (rest * 2).cmp(&quantity) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Greater => 1,
            std::cmp::Ordering::Equal => floor.rem_euclid(2),
        };
        Some(Decimal(floor + up))
    }
}

/// The prints of one instrument.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tape {
    pub(super) all: Volume,
    pub(super) eligible: Volume,
    first: Option<u64>,
    last: Option<u64>,
}

/// Whether a print belongs to the eligible volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    Eligible,
    PlainOnly,
}

impl Tape {
    pub(super) fn print(&mut self, time: u64, price: i64, quantity: u64, counts: Counts) {
        self.all.add(price, quantity);
        if counts == Counts::Eligible {
            self.eligible.add(price, quantity);
        }
        self.first = Some(self.first.map_or(time, |t| t.min(time)));
        self.last = Some(self.last.map_or(time, |t| t.max(time)));
    }

    pub(super) fn report(&self, symbol: &str) -> InstrumentReport {
        InstrumentReport {
            symbol: symbol.to_owned(),
            executions: self.all.executions,
            traded_volume: self.all.quantity,
            vwap: self.all.vwap(),
            eligible_executions: self.eligible.executions,
            eligible_volume: self.eligible.quantity,
            eligible_vwap: self.eligible.vwap(),
            first: self.first.map(rfc3339),
            last: self.last.map(rfc3339),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_price_is_exact_and_halves_go_to_the_even_digit() {
        let vwap = |prints: &[(i64, u64)]| {
            let mut v = Volume::default();
            for (price, quantity) in prints {
                v.add(*price, *quantity);
            }
            v.vwap().map(|d| d.to_string())
        };
        assert_eq!(vwap(&[]), None);
        assert_eq!(vwap(&[(582_500_000_000, 3)]).as_deref(), Some("582.500000"));
        assert_eq!(
            vwap(&[(1_000_000_000, 1), (2_000_000_000, 2)]).as_deref(),
            Some("1.666666667")
        );
        assert_eq!(vwap(&[(0, 1), (1, 1)]).as_deref(), Some("0.000000"));
        assert_eq!(vwap(&[(1, 1), (2, 1)]).as_deref(), Some("0.000000002"));
        assert_eq!(vwap(&[(-1, 1), (-2, 1)]).as_deref(), Some("-0.000000002"));
    }
}
