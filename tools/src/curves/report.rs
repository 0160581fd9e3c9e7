//! The documents of `pacer curves`: `pacer.curves/1` of a score, `pacer.curves-fit/1` of a fit, and both for people.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::bootstrap::{self, Comparison};
use super::fit;
use super::score::{ABLATIONS, METHODS, Outcome, Scored};
use engine_curves::file::CurveFile;
use engine_curves::grid::Kind;

/// The pairs that are compared: index of a, index of b in [`METHODS`].
const PAIRS: [(usize, usize); 3] = [(2, 1), (1, 0), (2, 0)];

/// A method over some orders.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Mean absolute tracking error, bps.
    pub tracking_error_bps_mean: f64,
    /// Root mean square of it, bps.
    pub tracking_error_bps_rms: f64,
    /// Mean over orders of the error of the bins' volume forecasts, fraction of the session's volume; null where the level was unknown.
    pub volume_error_mean: Option<f64>,
    /// Mean over orders of the summed absolute error of the bins' shares.
    pub share_error_mean: f64,
    /// Orders.
    pub n: usize,
}

fn summary(orders: &[&Scored], method: usize) -> Option<Summary> {
    if orders.is_empty() {
        return None;
    }
    let n = orders.len() as f64;
    let mean = |of: &dyn Fn(&Scored) -> f64| orders.iter().map(|o| of(o)).sum::<f64>() / n;
    let errors: Vec<f64> = orders
        .iter()
        .filter_map(|o| Some(o.volume_error?[method]))
        .collect();
    Some(Summary {
        tracking_error_bps_mean: mean(&|o| o.tracking[method]),
        tracking_error_bps_rms: mean(&|o| o.tracking[method] * o.tracking[method]).sqrt(),
        volume_error_mean: (!errors.is_empty())
            .then(|| errors.iter().sum::<f64>() / errors.len() as f64),
        share_error_mean: mean(&|o| o.share_error[method]),
        n: orders.len(),
    })
}

fn methods(orders: &[&Scored]) -> Map<String, Value> {
    METHODS
        .iter()
        .enumerate()
        .map(|(index, name)| ((*name).to_owned(), json!(summary(orders, index))))
        .collect()
}

fn comparison(orders: &[&Scored], a: usize, b: usize) -> Option<Comparison> {
    let values: Vec<_> = orders
        .iter()
        .map(|o| (o.date, o.tracking[a], o.tracking[b]))
        .collect();
    bootstrap::compare(&values)
}

fn pairs(orders: &[&Scored]) -> Vec<Value> {
    PAIRS
        .iter()
        .filter_map(|&(a, b)| {
            let c = comparison(orders, a, b)?;
            Some(json!({
                "a": METHODS[a],
                "b": METHODS[b],
                "change_percent": c.change_percent,
                "ci95": c.change_ci95,
                "difference_bps": c.difference,
                "difference_ci95_bps": c.difference_ci95,
            }))
        })
        .collect()
}

fn dates(orders: &[&Scored]) -> Vec<String> {
    let mut dates: Vec<_> = orders.iter().map(|o| o.date).collect();
    dates.sort_unstable();
    dates.dedup();
    dates.iter().map(ToString::to_string).collect()
}

fn of_kind(outcome: &Outcome, kind: Kind) -> Vec<&Scored> {
    outcome.orders.iter().filter(|o| o.kind == kind).collect()
}

/// What a reader must know of these figures, one sentence each.
fn notes(outcome: &Outcome, file: &CurveFile) -> Vec<String> {
    let mut notes = Vec::new();
    if outcome.in_sample > 0 {
        notes.push(format!(
            "{} orders lie inside the fit period: their parameters have seen them",
            outcome.in_sample
        ));
    }
    let lower: Vec<String> = outcome
        .symbols
        .iter()
        .filter(|s| s.rung != engine_curves::ladder::Rung::Symbol)
        .map(|s| format!("{} ({})", s.symbol, s.rung.name()))
        .collect();
    if !lower.is_empty() {
        notes.push(format!(
            "not in the curve file, served by a lower rung: {}",
            lower.join(", ")
        ));
    }
    let short: u64 = outcome.symbols.iter().map(|s| s.short_history).sum();
    if short > 0 {
        notes.push(format!(
            "{short} orders had fewer than {} full sessions before them; the rung's curve stands for the missing ones",
            file.window_sessions
        ));
    }
    let cold: u64 = outcome.symbols.iter().map(|s| s.cold).sum();
    if cold > 0 {
        notes.push(format!(
            "{cold} orders had no filter state: dynamic is static there"
        ));
    }
    if outcome.bad_rows > 0 {
        notes.push(format!("{} rows could not be used", outcome.bad_rows));
    }
    notes
}

/// The document `pacer.curves/1`.
#[must_use]
pub fn score_document(outcome: &Outcome, file: &CurveFile, path: &Path) -> Value {
    let full = of_kind(outcome, Kind::Full);
    let half = of_kind(outcome, Kind::Half);
    let full_dates = dates(&full);
    let rows: Vec<Value> = outcome
        .symbols
        .iter()
        .enumerate()
        .map(|(index, facts)| {
            let own: Vec<&Scored> = full.iter().copied().filter(|o| o.symbol == index).collect();
            let mean = |m| summary(&own, m).map(|s| s.tracking_error_bps_mean);
            json!({
                "symbol": facts.symbol,
                "rung": facts.rung,
                "n": own.len(),
                "twap_bps": mean(0),
                "static_bps": mean(1),
                "dynamic_bps": mean(2),
                "short_history": facts.short_history,
                "cold": facts.cold,
            })
        })
        .collect();
    let mut ablation = Map::new();
    for (index, name) in ABLATIONS.iter().enumerate() {
        let mean = full.iter().map(|o| o.ablations[index]).sum::<f64>() / full.len().max(1) as f64;
        ablation.insert((*name).to_owned(), json!(mean));
    }
    json!({
        "schema": "pacer.curves/1",
        "curve_file": path.display().to_string(),
        "fit": file.source,
        "scored": {
            "from": outcome.from,
            "first": full_dates.first(),
            "last": full_dates.last(),
            "sessions": full_dates.len(),
            "symbols": outcome.symbols.len(),
            "in_sample_orders": outcome.in_sample,
            "bars": outcome.bars,
            "bad_rows": outcome.bad_rows,
            "bars_outside_session": outcome.outside,
            "incomplete_sessions": outcome.incomplete,
        },
        "bootstrap": {"unit": "date", "draws": bootstrap::DRAWS, "seed": bootstrap::SEED},
        "adaptation": file.adaptation,
        "methods": methods(&full),
        "pairs": pairs(&full),
        "half_days": {
            "dates": dates(&half),
            "methods": methods(&half),
            "pairs": pairs(&half),
        },
        "ablation_tracking_error_bps_mean": ablation,
        "symbols": rows,
        "bad": outcome.bad,
        "notes": notes(outcome, file),
    })
}

/// The score for people.
#[must_use]
pub fn score_text(outcome: &Outcome, file: &CurveFile) -> String {
    let mut text = String::new();
    let fit_of = &file.source;
    let _ = writeln!(
        text,
        "fitted on {} .. {} ({} symbols), scored from {}",
        fit_of.first, fit_of.last, fit_of.symbols, outcome.from
    );
    for (title, kind) in [("full sessions", Kind::Full), ("half days", Kind::Half)] {
        let orders = of_kind(outcome, kind);
        if orders.is_empty() {
            continue;
        }
        let _ = writeln!(
            text,
            "\n{title}: {} orders on {} dates\n{:<10} {:>16} {:>8} {:>14} {:>12}",
            orders.len(),
            dates(&orders).len(),
            "method",
            "tracking, bps",
            "rms",
            "volume error",
            "share error"
        );
        for (index, name) in METHODS.iter().enumerate() {
            if let Some(s) = summary(&orders, index) {
                let volume = s
                    .volume_error_mean
                    .map_or("-".to_owned(), |e| format!("{e:.4}"));
                let _ = writeln!(
                    text,
                    "{name:<10} {:>16.3} {:>8.3} {volume:>14} {:>12.4}",
                    s.tracking_error_bps_mean, s.tracking_error_bps_rms, s.share_error_mean
                );
            }
        }
        for &(a, b) in &PAIRS {
            if let Some(c) = comparison(&orders, a, b) {
                let range = |ci: Option<[f64; 2]>| {
                    ci.map_or("no interval".to_owned(), |[l, h]| {
                        format!("{l:+.2} .. {h:+.2}")
                    })
                };
                let _ = writeln!(
                    text,
                    "{} against {}: {:+.2} % ({}), {:+.3} bps ({})",
                    METHODS[a],
                    METHODS[b],
                    c.change_percent,
                    range(c.change_ci95),
                    c.difference,
                    range(c.difference_ci95)
                );
            }
        }
    }
    for note in notes(outcome, file) {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

/// The document `pacer.curves-fit/1`.
#[must_use]
pub fn fit_document(outcome: &fit::Outcome, path: &Path) -> Value {
    let file = &outcome.file;
    let symbols: Vec<Value> = file
        .symbols
        .iter()
        .map(|(name, f)| {
            json!({
                "symbol": name, "group": f.group, "first": f.first, "last": f.last,
                "sessions": f.sessions, "half_days": f.half_days.len(), "dynamics": f.dynamics,
                "log_likelihood": f.log_likelihood, "observations": f.observations,
            })
        })
        .collect();
    let skipped: Vec<Value> = outcome
        .skipped
        .iter()
        .map(|(name, sessions)| json!({"symbol": name, "sessions": sessions}))
        .collect();
    json!({
        "schema": "pacer.curves-fit/1",
        "out": path.display().to_string(),
        "fit": file.source,
        "grid": file.grid,
        "window_sessions": file.window_sessions,
        "averaging": file.averaging.name(),
        "lambda": file.lambda,
        "guard": file.guard,
        "adaptation": file.adaptation,
        "validation": outcome.validation,
        "groups": file.groups.keys().collect::<Vec<_>>(),
        "symbols": symbols,
        "skipped": skipped,
    })
}

/// The fit for people.
#[must_use]
pub fn fit_text(outcome: &fit::Outcome, path: &Path) -> String {
    let file = &outcome.file;
    let s = &file.source;
    let mut text = format!(
        "{}: {} of {} symbols, {} full and {} half sessions, {} .. {}\n",
        path.display(),
        file.symbols.len(),
        s.symbols,
        s.full_sessions,
        s.half_sessions,
        s.first,
        s.last
    );
    let a = &file.adaptation;
    let _ = writeln!(
        text,
        "dynamic rule: bias {:+.3}, filter {:.3}, surprise {:+.3}, fitted on {} orders",
        a.bias, a.filter, a.surprise, a.orders
    );
    if let Some(v) = &outcome.validation {
        let _ = writeln!(
            text,
            "inside the fit period, on dates held out: static {:.2}, rule (b) {:.2}, fitted {:.2} bps",
            v.static_bps, v.revealed_bps, v.fitted_bps
        );
    }
    for (name, sessions) in &outcome.skipped {
        let _ = writeln!(
            text,
            "note: {name} has {sessions} full sessions, {} are needed: the ladder will serve it",
            fit::SESSIONS_MIN
        );
    }
    text
}
