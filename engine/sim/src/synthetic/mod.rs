//! A seeded market day, order by order: the built-in market of demo and backtest.
//!
//! Each instrument has a book of limit orders that a stream of adds, cancels and executions moves: volume is high at both ends
//! of the day, signs have memory (parent orders of heavy-tailed length), activity comes in bursts, the spread is one to a few
//! ticks, some executions are hidden, one instrument is halted once and reopens. The day opens and closes with an auction. Every execution names an order that rests at
//! the touch and the book is never crossed, so the day can be replayed by the rules of [`crate::venue`].
//!
//! It is a plausible day, not a calibrated one: it shows no daily pattern of volatility beyond that of volume, and nothing about
//! the impact of our own orders. The same configuration gives the same bytes on every machine (functions come from `libm`).

mod auctions;
mod config;
mod day;
mod flow;

pub use config::{SyntheticConfig, SyntheticError, SyntheticHalt, SyntheticInstrument};

use std::path::Path;

use crate::market_file::{Capabilities, MarketFile, MarketFileWriter, Summary};

/// The day's messages in order of time, each as its words.
///
/// # Errors
/// [`SyntheticError`] when the configuration breaks a rule.
pub fn generate(config: &SyntheticConfig) -> Result<Vec<Vec<u64>>, SyntheticError> {
    Ok(day::messages(config)?
        .iter()
        .map(|message| message.words().to_vec())
        .collect())
}

/// The day as a market in memory.
///
/// # Errors
/// [`SyntheticError`] when the configuration breaks a rule.
pub fn market(config: &SyntheticConfig) -> Result<MarketFile, SyntheticError> {
    let writer = MarketFileWriter::in_memory(&config.instrument_table()?, &config.source())?;
    Ok(fill(config, writer)?.into_market()?)
}

/// Writes the day as a market file.
///
/// # Errors
/// [`SyntheticError`] when the configuration breaks a rule or the file cannot be written.
pub fn write(config: &SyntheticConfig, path: impl AsRef<Path>) -> Result<Summary, SyntheticError> {
    let writer = MarketFileWriter::create(path, &config.instrument_table()?, &config.source())?;
    Ok(fill(config, writer)?.finish()?)
}

fn fill(
    config: &SyntheticConfig,
    mut writer: MarketFileWriter,
) -> Result<MarketFileWriter, SyntheticError> {
    let what = Capabilities::ORDER_BY_ORDER.0
        | Capabilities::HIDDEN_EXECUTIONS.0
        | Capabilities::CONSOLIDATED.0
        | Capabilities::SYNTHETIC.0;
    writer.describe(Capabilities(what), 0);
    for message in day::messages(config)? {
        writer.push_words(message.words())?;
    }
    Ok(writer)
}

#[cfg(test)]
mod tests;
