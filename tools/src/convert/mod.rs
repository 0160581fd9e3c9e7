//! `pacer convert`: foreign market data into Pacer's market file.
//!
//! One folder for each foreign format. Rows that cannot be used are skipped and named in the report; a file that cannot be
//! used at all is an error, and then no market file appears. What each format cannot tell is in `docs/market-data.md`.

pub mod day;
pub mod dbn;
pub mod lean;
pub mod lines;
pub mod lobster;
pub mod open;
pub mod report;

pub use dbn::{DbnArgs, run_dbn};
pub use lean::{AuctionArgs, LeanArgs, run_lean};
pub use lobster::{LobsterArgs, run_lobster};
pub use report::{ConvertReport, InstrumentReport, Skipped};

use std::path::Path;

use engine_sim::market_file::MarketFileError;
use indicatif::{ProgressBar, ProgressStyle};
use shm_wire::instrument::{Instrument, TickBand};
use shm_wire::units::Price;

use crate::error::UserError;
use day::TradingDay;

/// Factor from prices in dollars x 10,000, as both formats write them, to 1e-9.
const PRICE_SCALE: i64 = 100_000;

/// A spinner on standard error that counts rows; it stays silent when standard error is no terminal.
#[must_use]
pub fn progress() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {human_pos} rows, {elapsed}") {
        bar.set_style(style);
    }
    bar
}

/// A US equity of that day: ticks 0.0001 below one dollar and 0.01 above, session 09:30 to 16:00 New York.
fn us_equity(symbol: &str, lot: u64, day: &TradingDay) -> Result<Instrument, UserError> {
    let symbol = symbol.to_ascii_uppercase();
    let Some(mut instrument) = Instrument::equity(0, &symbol, lot) else {
        return Err(
            UserError::new("convert.symbol", format!("{symbol:?} cannot be a symbol"))
                .field("symbol")
                .rule("1 to 32 printable ASCII characters")
                .hint("give --symbol"),
        );
    };
    instrument.tick_band_count = 2;
    instrument.tick_bands[0] = TickBand {
        from: 0,
        tick: Price::SCALE / 10_000,
    };
    instrument.tick_bands[1] = TickBand {
        from: Price::SCALE,
        tick: Price::SCALE / 100,
    };
    instrument.session_count = 1;
    instrument.sessions[0] = day.session();
    match instrument.check() {
        None => Ok(instrument),
        Some((field, rule)) => Err(UserError::new(
            "convert.instrument",
            "the instrument breaks a rule",
        )
        .field(field)
        .rule(rule)),
    }
}

/// Range of an average daily volume on the command line.
fn adv_range() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(..=shm_wire::units::Qty::BOUND)
}

/// Refuses to write over a source.
fn check_out(out: &Path, sources: &[&Path]) -> Result<(), UserError> {
    let Ok(target) = out.canonicalize() else {
        return Ok(());
    };
    if sources
        .iter()
        .any(|s| s.canonicalize().is_ok_and(|s| s == target))
    {
        return Err(
            UserError::new("convert.out", "the market file would replace its source")
                .file(out)
                .field("out")
                .rule("another file than the sources"),
        );
    }
    Ok(())
}

/// The error of a market file that could not be written.
fn write_error(path: &Path, error: &MarketFileError) -> UserError {
    UserError::new("convert.write", error.to_string()).file(path)
}
