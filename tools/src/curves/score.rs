//! `pacer curves score`: one full-day order for each symbol and session, traded on three schedules at bin prices.
//!
//! *twap* is flat, *static* the renormalised mean share of the previous 20 full sessions, *dynamic* the same curve moved by the volume of
//! earlier bins ([`engine_models::volume_forecast`]). Everything that a plan uses lies before it: sessions of earlier dates and bins that
//! are over. A curve file's own sessions come first; sessions of the bars that lie between its last one and the first scored one
//! are walked through without being scored.

use std::collections::BTreeMap;

use engine_models::volume_forecast::Adaptation;
use jiff::civil::Date;

use super::bars::{BadRow, Bars};
use super::sessions::{self, Session};
use super::walk::{Planned, Walk};
use crate::error::UserError;
use engine_curves::file::CurveFile;
use engine_curves::grid::{Grid, Kind};
use engine_curves::ladder::{self, Base, History, Rung};

/// The schedules, in the order of every array here.
pub const METHODS: [&str; 3] = ["twap", "static", "dynamic"];

/// Parts of the dynamic rule that are scored alone, for what each adds.
pub const ABLATIONS: [&str; 3] = ["revealed_rule_only", "bias_only", "without_bias"];

/// One order's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Index in [`Outcome::symbols`].
    pub symbol: usize,
    /// Session.
    pub date: Date,
    /// Full or half.
    pub kind: Kind,
    /// `|average fill - vwap|/vwap` of each method, bps.
    pub tracking: [f64; 3],
    /// The same of each part alone.
    pub ablations: [f64; 3],
    /// `sum |forecast - volume|/sum volume` over the bins; none while the level is unknown.
    pub volume_error: Option<[f64; 3]>,
    /// `sum |weight - market share|` over the bins.
    pub share_error: [f64; 3],
}

/// One symbol.
#[derive(Clone, Debug, PartialEq)]
pub struct SymbolFacts {
    /// Symbol.
    pub symbol: String,
    /// Where its curve and parameters came from at the first scored session.
    pub rung: Rung,
    /// Scored sessions with fewer full sessions behind them than a whole window.
    pub short_history: u64,
    /// Scored sessions without a filter state, where dynamic is the static curve.
    pub cold: u64,
}

/// Everything that was scored.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// Symbols by name.
    pub symbols: Vec<SymbolFacts>,
    /// Orders by symbol, then date.
    pub orders: Vec<Scored>,
    /// First scored date asked for.
    pub from: Date,
    /// Scored orders that lie in the fit period of their symbol.
    pub in_sample: u64,
    /// Days left out: too few bars, or no volume.
    pub incomplete: u64,
    /// Bars outside the session.
    pub outside: u64,
    /// Bars read.
    pub bars: u64,
    /// Rows left out.
    pub bad_rows: u64,
    /// The first of them.
    pub bad: Vec<BadRow>,
}

/// Scores all files from the date `from` on (the day after the fit without).
///
/// # Errors
/// Bars on another grid, nothing to score, a file that cannot be used.
pub fn score(
    file: &CurveFile,
    files: &[Bars],
    from: Option<Date>,
    groups: &BTreeMap<String, String>,
    mut tick: impl FnMut(&str),
) -> Result<Outcome, UserError> {
    let after = file.source.last.tomorrow().unwrap_or(file.source.last);
    let calendar = sessions::calendar(files, file.grid);
    let mut outcome = Outcome {
        symbols: Vec::new(),
        orders: Vec::new(),
        from: from.unwrap_or(after),
        in_sample: 0,
        incomplete: 0,
        outside: 0,
        bars: files.iter().map(|bars| bars.rows.len() as u64).sum(),
        bad_rows: files.iter().map(|bars| bars.bad_count).sum(),
        bad: files
            .iter()
            .flat_map(|bars| bars.bad.iter().cloned())
            .take(100)
            .collect(),
    };
    for bars in files {
        tick(&bars.symbol);
        same_grid(bars, file.grid)?;
        let group = groups.get(&bars.symbol).map(String::as_str);
        let base = ladder::base(file, &bars.symbol, group);
        let mut all = sessions::sessions(bars, file.grid, &calendar, |_| true);
        outcome.incomplete += all.incomplete;
        outcome.outside += all.outside;
        let days = std::mem::take(&mut all.days);
        score_symbol(file, &bars.symbol, &base, &days, &mut outcome);
    }
    if outcome.orders.is_empty() {
        return Err(
            UserError::new("file.bars", "the bars hold no session to score")
                .rule(format!("a session on or after {}", outcome.from)),
        );
    }
    Ok(outcome)
}

fn same_grid(bars: &Bars, grid: Grid) -> Result<(), UserError> {
    let own = sessions::grid_of(std::slice::from_ref(bars))?;
    if own.open == grid.open && own.bins <= grid.bins {
        return Ok(());
    }
    Err(
        UserError::new("file.session", "the session differs from the curve file's")
            .file(&bars.path)
            .field("datetime")
            .rule(format!(
                "first bar {:02}:{:02}, at most {} bins",
                grid.open / 3600,
                grid.open / 60 % 60,
                grid.bins
            ))
            .hint("fit a curve file of its own for another market"),
    )
}

fn score_symbol(
    file: &CurveFile,
    symbol: &str,
    base: &Base<'_>,
    days: &[Session],
    outcome: &mut Outcome,
) {
    let model = base.dynamics.map(|dynamics| file.model(dynamics));
    let fitted = file.symbols.get(symbol);
    let first = days
        .iter()
        .map(|day| day.date)
        .find(|date| *date >= outcome.from);
    let window = file.window();
    // Inside the fit period the file's final history would be the future, so the walk begins with the bars.
    let resumed = fitted.filter(|f| first.is_some_and(|first| first > f.last));
    let (mut walk, skip_to) = match (resumed, fitted) {
        (Some(f), _) => {
            let history = History::resume(window, &f.recent, &f.half_days);
            (
                Walk::new(base, model, history, Some(f.state.into())),
                Some(f.last),
            )
        }
        (None, Some(f)) => (
            Walk::new(base, model, History::new(window), Some(f.start.into())),
            None,
        ),
        (None, None) => (Walk::new(base, model, History::new(window), None), None),
    };
    let mut facts = SymbolFacts {
        symbol: symbol.to_owned(),
        rung: base.rung,
        short_history: 0,
        cold: 0,
    };
    let index = outcome.symbols.len();
    for day in days
        .iter()
        .filter(|day| skip_to.is_none_or(|last| day.date > last))
    {
        if day.date >= outcome.from {
            facts.short_history += u64::from(walk.history().len() < window.sessions);
            facts.cold += u64::from(walk.state().is_none());
            outcome.in_sample += u64::from(fitted.is_some_and(|f| day.date <= f.last));
            outcome.orders.push(scored(file, &walk, day, index));
        }
        walk.advance(day);
    }
    if first.is_some() {
        outcome.symbols.push(facts);
    }
}

fn scored(file: &CurveFile, walk: &Walk<'_>, day: &Session, symbol: usize) -> Scored {
    let own = Adaptation::from(file.adaptation);
    let bias_only = Adaptation {
        bias: own.bias,
        ..Adaptation::OFF
    };
    let without_bias = Adaptation { bias: 0.0, ..own };
    let planned = walk.plan(day, None);
    let part = |adaptation| tracking_error(&walk.plan(day, Some(adaptation)).dynamic_weights, day);
    let flat = vec![1.0 / day.volumes.len() as f64; day.volumes.len()];
    let weights = [&flat, &planned.static_weights, &planned.dynamic_weights];
    Scored {
        symbol,
        date: day.date,
        kind: day.kind,
        tracking: weights.map(|weights| tracking_error(weights, day)),
        ablations: [Adaptation::REVEALED, bias_only, without_bias].map(part),
        volume_error: volume_error(walk, &planned, day),
        share_error: weights.map(|weights| share_error(weights, day)),
    }
}

/// `|average fill - vwap|/vwap` when the weights trade at bin prices, bps.
#[must_use]
pub fn tracking_error(weights: &[f64], day: &Session) -> f64 {
    let volume = day.volume();
    // Differences from one price keep the small result exact.
    let anchor = day.prices[0];
    let relative = || day.prices.iter().map(|price| price - anchor);
    let vwap: f64 = relative()
        .zip(&day.volumes)
        .map(|(p, v)| p * v)
        .sum::<f64>()
        / volume;
    let total: f64 = weights.iter().sum();
    let fill: f64 = relative().zip(weights).map(|(p, w)| p * w).sum::<f64>() / total;
    1e4 * (fill - vwap).abs() / (anchor + vwap)
}

fn share_error(weights: &[f64], day: &Session) -> f64 {
    let volume = day.volume();
    let market = day.volumes.iter().map(|v| v / volume);
    weights
        .iter()
        .zip(market)
        .map(|(own, market)| (own - market).abs())
        .sum()
}

/// Of the volume forecast of each bin: flat and static spread the mean volume of the sessions in their curve, dynamic forecasts one bin
/// ahead. Half days have no usual total and no figure.
fn volume_error(walk: &Walk<'_>, planned: &Planned, day: &Session) -> Option<[f64; 3]> {
    let level = walk.history().mean_volume()?;
    if day.kind == Kind::Half || planned.forecast.len() != day.volumes.len() {
        return None;
    }
    let volume = day.volume();
    let bins = day.volumes.len() as f64;
    let mut error = [0.0; 3];
    for (bin, seen) in day.volumes.iter().enumerate() {
        let forecast = [
            level / bins,
            level * planned.static_weights[bin],
            planned.forecast[bin],
        ];
        for (error, forecast) in error.iter_mut().zip(forecast) {
            *error += (forecast - seen).abs() / volume;
        }
    }
    Some(error)
}
