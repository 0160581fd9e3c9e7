//! Each order alone against a copy of the market: no order of the list meets another, and all cores work.
//!
//! A copy is a run of its own: its own engine, its own venue, the same seed. Which core runs it and when does not matter; results stand in
//! the order of the list, and the digest is that of their digests.

use super::{Counted, Done, settings};
use crate::error::UserError;
use crate::report::sink::{ReportSink, hex};
use engine_algos::registry::Registry;
use engine_sim::backtest::{self, BacktestConfig, BacktestError, Outcome, TimedOrder};
use engine_sim::market_file::MarketFile;
use gateway_tca::report::Report;
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What one order alone came to.
type One = Result<(Report, String, Outcome), BacktestError>;

/// Runs every order on a copy of the market.
pub(super) fn run(
    market: &MarketFile,
    orders: &[TimedOrder],
    config: &BacktestConfig,
    registry: Registry,
) -> Result<Done, Vec<UserError>> {
    let bar = bar(orders.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done: Vec<(usize, One)> = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(order) = orders.get(at) else {
                return done;
            };
            done.push((at, one(market, order, config, registry)));
            bar.inc(1);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut all: Vec<(usize, One)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores.min(orders.len()).max(1))
            .map(|_| scope.spawn(work))
            .collect();
        let joined = workers.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined
            .flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    bar.finish_and_clear();
    all.sort_by_key(|(at, _)| *at);
    let mut counted = Counted::default();
    let mut digest = Sha256::new();
    let mut reports = Vec::with_capacity(all.len());
    for (_, one) in all {
        let (report, own, outcome) = one.map_err(|e| vec![settings(&e)])?;
        counted.add(&outcome);
        digest.update(own.as_bytes());
        reports.push(report);
    }
    Ok(Done {
        report: Report::of_runs(reports),
        digest: hex(&digest.finalize()),
        outcome: counted,
    })
}

fn one(
    market: &MarketFile,
    order: &TimedOrder,
    config: &BacktestConfig,
    registry: Registry,
) -> One {
    let mut sink = ReportSink::new(market.instruments(), None);
    let outcome = backtest::run(
        market,
        std::slice::from_ref(order),
        config,
        registry,
        &mut sink,
        &mut |_| (),
    )?;
    let (analysis, digest) = sink.into_parts();
    Ok((analysis.report(), digest, outcome))
}

/// A bar on standard error that counts orders; it stays silent when standard error is no terminal.
fn bar(orders: usize) -> ProgressBar {
    let bar = ProgressBar::new(orders as u64);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {pos} of {len} orders, {elapsed}, {eta} left")
    {
        bar.set_style(style);
    }
    bar
}
