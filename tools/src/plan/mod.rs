//! `pacer plan`: what the engine would plan for an order, before anything is sent.
//!
//! The order is a row of an order list; instruments and the market up to the order's start come from a market file. The
//! numbers and the words are [`gateway_desk::plan`]'s, the same that the gateway answers with.

mod market;

use crate::curves;
use crate::error::UserError;
use crate::orders::{self, OrderRow};
use engine_algos::registry::Registry;
use engine_sim::market_file::MarketFile;
use gateway_desk::order::COLUMNS;
use gateway_desk::plan::{Planned, window};
use shm_wire::instrument::Instrument;
use shm_wire::units::Nanos;
use std::path::{Path, PathBuf};

/// Arguments of `pacer plan`.
#[derive(Clone, Debug, clap::Args)]
pub struct PlanArgs {
    /// An order: a row of an order list, or a file with an order list (see docs/order-list.md)
    #[arg(long, value_name = "ORDER")]
    pub order: String,
    /// Market file with the instrument; its market up to the order's start gives mid and spread
    #[arg(long, value_name = "PATH")]
    pub market: PathBuf,
    /// Curve file of `pacer curves fit`, for the algorithms that follow volume
    #[arg(long, value_name = "FILE")]
    pub curves: Option<PathBuf>,
}

/// Plans every order asked for.
///
/// # Errors
/// Every error in market file or orders, and what the engine would refuse.
pub fn run(args: &PlanArgs) -> Result<Vec<Planned>, Vec<UserError>> {
    let file = MarketFile::open(&args.market).map_err(|e| {
        vec![
            UserError::new("market.file", e.to_string())
                .file(&args.market)
                .hint("make a market file with `pacer convert`"),
        ]
    })?;
    let now = file.first_time();
    let rows = rows_of(&args.order, file.instruments(), now)?;
    let registry = match &args.curves {
        None => Registry::default(),
        Some(path) => Registry::with_curves(curves::load(path, file.instruments())?),
    };
    rows.iter()
        .map(|row| plan(&registry, &file, row, now))
        .collect()
}

/// The rows of a file, or the one row that was given on the command line.
fn rows_of(
    order: &str,
    instruments: &[Instrument],
    now: Nanos,
) -> Result<Vec<OrderRow>, Vec<UserError>> {
    if Path::new(order).is_file() {
        return orders::load(Path::new(order), instruments, now);
    }
    let text = format!("{}\n{order}\n", COLUMNS.join(","));
    orders::parse(text.as_bytes(), Path::new("--order"), instruments, now)
}

fn plan(
    registry: &Registry,
    file: &MarketFile,
    row: &OrderRow,
    now: Nanos,
) -> Result<Planned, Vec<UserError>> {
    let terms = &row.order.terms;
    let instrument = file.instruments()[terms.instrument as usize];
    let (start, _) = window(&instrument, terms.start, terms.end, now);
    let figures = market::figures(file, terms.instrument, start);
    gateway_desk::plan::plan(registry, &row.order, &instrument, figures, now).map_err(|e| {
        let error = UserError::new(&e.code, e.message).line(row.line);
        vec![error.field(&e.field).rule(e.rule)]
    })
}

#[cfg(test)]
mod tests;
