//! What a synthetic day is made of.

use shm_wire::instrument::{Instrument, Session};
use shm_wire::units::{DurationNs, NANOS_PER_SECOND, Nanos, Price, Qty};

use super::auctions::calendar;
use crate::market_file::MarketFileError;

/// One instrument of the day.
#[derive(Clone, PartialEq, Debug)]
pub struct SyntheticInstrument {
    /// Symbol.
    pub symbol: String,
    /// Price at the open, on a tick of one cent, at least 1.00.
    pub price: Price,
    /// Volume of the day to aim at, shares.
    pub average_daily_volume: Qty,
    /// Widest spread in ticks after the book has settled, 1 to 10.
    pub spread_ticks_max: u8,
    /// Standard deviation of the day's return, fraction of 1, at most 0.2.
    pub volatility: f64,
}

/// A trading halt of one instrument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SyntheticHalt {
    /// Place of the instrument in the configuration.
    pub instrument: usize,
    /// From the open to the halt.
    pub after_open: DurationNs,
    /// Its length; trading resumes after a reopening auction.
    pub length: DurationNs,
}

/// A synthetic day.
#[derive(Clone, PartialEq, Debug)]
pub struct SyntheticConfig {
    /// Seed of everything random.
    pub seed: u64,
    /// Instruments; their places are their ids.
    pub instruments: Vec<SyntheticInstrument>,
    /// The continuous session.
    pub session: Session,
    /// One halt, if any.
    pub halt: Option<SyntheticHalt>,
}

/// Why there is no synthetic day.
#[derive(Debug)]
pub enum SyntheticError {
    /// A field of the configuration breaks its rule.
    Config {
        /// Field.
        field: &'static str,
        /// Rule.
        rule: &'static str,
    },
    /// The market file could not be made.
    File(MarketFileError),
}

impl core::fmt::Display for SyntheticError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Config { field, rule } => write!(f, "synthetic market: {field}: {rule}"),
            Self::File(error) => write!(f, "synthetic market: {error}"),
        }
    }
}

impl std::error::Error for SyntheticError {}

impl From<MarketFileError> for SyntheticError {
    fn from(error: MarketFileError) -> SyntheticError {
        SyntheticError::File(error)
    }
}

/// 2024-06-12 09:30 in New York, a Wednesday.
const OPEN: Nanos = Nanos(1_718_199_000 * NANOS_PER_SECOND);
/// 16:00 of that day.
const CLOSE: Nanos = OPEN.plus(DurationNs::from_secs(6 * 3_600 + 1_800));

impl Default for SyntheticConfig {
    /// ACME at 52.40 with six million shares a day and ZORP at 18.15 with two and a half, a New York session with its auctions, ZORP halted for
    /// five minutes at 11:10.
    fn default() -> SyntheticConfig {
        let instrument = |symbol: &str, cents: i64, volume| SyntheticInstrument {
            symbol: symbol.to_owned(),
            price: Price(cents * (Price::SCALE / 100)),
            average_daily_volume: Qty(volume),
            spread_ticks_max: 3,
            volatility: 0.015,
        };
        SyntheticConfig {
            seed: 1,
            instruments: vec![
                instrument("ACME", 5_240, 6_000_000),
                instrument("ZORP", 1_815, 2_500_000),
            ],
            session: Session {
                open: OPEN.0,
                close: CLOSE.0,
            },
            halt: Some(SyntheticHalt {
                instrument: 1,
                after_open: DurationNs::from_secs(6_000),
                length: DurationNs::from_secs(300),
            }),
        }
    }
}

impl SyntheticConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// [`SyntheticError::Config`] with the first field that breaks its rule.
    pub fn check(&self) -> Result<(), SyntheticError> {
        let fail = |field, rule| Err(SyntheticError::Config { field, rule });
        let length = self.session.close.saturating_sub(self.session.open);
        let minute = 60 * NANOS_PER_SECOND;
        if length < 10 * minute || length > 24 * 60 * minute || self.session.close > 1 << 62 {
            return fail("session", "must last 10 minutes to 24 hours");
        }
        if self.instruments.is_empty() || self.instruments.len() > 1_000 {
            return fail("instruments", "1 to 1000 instruments");
        }
        for i in &self.instruments {
            let cents = i.price.0 / (Price::SCALE / 100);
            if !(100..=100_000_000).contains(&cents) || i.price.0 % (Price::SCALE / 100) != 0 {
                return fail("price", "1.00 to 1000000.00 in whole cents");
            }
            if !(10_000..=10_000_000_000).contains(&i.average_daily_volume.0) {
                return fail(
                    "average_daily_volume",
                    "ten thousand to ten thousand million",
                );
            }
            if !(1..=10).contains(&i.spread_ticks_max) {
                return fail("spread_ticks_max", "1 to 10 ticks");
            }
            if !(0.0..=0.2).contains(&i.volatility) {
                return fail("volatility", "0 to 0.2");
            }
        }
        if let Some(halt) = self.halt {
            let end = halt.after_open.0.saturating_add(halt.length.0);
            if halt.instrument >= self.instruments.len() {
                return fail("halt.instrument", "must be an instrument of the day");
            }
            if halt.after_open.0 < minute || halt.length.0 < minute || end + minute > length {
                return fail(
                    "halt",
                    "must last a minute and lie a minute inside the session",
                );
            }
        }
        Ok(())
    }

    /// The instrument table of the day.
    ///
    /// # Errors
    /// [`SyntheticError::Config`] when the configuration breaks a rule.
    pub fn instrument_table(&self) -> Result<Vec<Instrument>, SyntheticError> {
        self.check()?;
        let record = |(id, i): (usize, &SyntheticInstrument)| {
            let mut record = Instrument::equity(id as u32, &i.symbol, 1)?;
            record.average_daily_volume = i.average_daily_volume.0;
            record.session_count = 1;
            record.sessions[0] = self.session;
            for auction in calendar(self.session, i.average_daily_volume) {
                record.add_auction(auction);
            }
            Some(record)
        };
        self.instruments
            .iter()
            .enumerate()
            .map(record)
            .collect::<Option<Vec<_>>>()
            .ok_or(SyntheticError::Config {
                field: "symbol",
                rule: "1 to 32 printable ASCII characters",
            })
    }

    /// How a market file names this source.
    #[must_use]
    pub fn source(&self) -> String {
        format!("synthetic, seed {}", self.seed)
    }
}
