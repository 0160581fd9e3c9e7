//! The figures of execution quality as a table for people, one line per parent.

use crate::report::{ParentReport, Report};
use std::fmt::Write;

/// Heads of the columns; all but the first are set right.
const HEADS: [&str; 11] = [
    "order",
    "shortfall",
    "delay",
    "trading",
    "missed",
    "improve",
    "eff.spread",
    "passive",
    "mark 60s",
    "msg/fill",
    "in bounds 1/5/30 min",
];

/// The table, with a line that says what the columns are; empty without parents.
#[must_use]
pub fn quality(report: &Report) -> String {
    let mut out = String::new();
    if report.parents.is_empty() {
        return out;
    }
    line(&mut out, &HEADS.map(str::to_owned));
    for p in &report.parents {
        line(&mut out, &cells(p));
    }
    out.push_str(
        "bps; shortfall positive = cost of the whole order, what is left valued at the mid at its end (Kissell's split); \
         improve = against\nthe far touch at send, mark 60s = mid a minute after the fills: positive = gain; in bounds = \
         POV windows inside the asked rates.\n",
    );
    out
}

fn algorithm_heads(out: &mut String) {
    let _ = writeln!(
        out,
        "{:<10} {:>7} {:>9} {:>7} {:>13}  {:<26} {:>6} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "algorithm",
        "parents",
        "completed",
        "filled",
        "slice misses",
        "benchmark",
        "count",
        "mean",
        "+-",
        "5%",
        "25%",
        "median",
        "75%",
        "95%"
    );
}

/// Each algorithm against its own benchmarks, one line each; empty without parents.
#[must_use]
pub fn algorithms(report: &Report) -> String {
    let all = report.algorithms();
    let mut out = String::new();
    if all.is_empty() {
        return out;
    }
    algorithm_heads(&mut out);
    for a in &all {
        for (i, d) in a.benchmarks.iter().enumerate() {
            let head = if i == 0 {
                let misses = if a.slice_ends > 0 {
                    format!("{}/{}", a.slice_misses, a.slice_ends)
                } else {
                    "-".to_owned()
                };
                format!(
                    "{:<10} {:>7} {:>9} {:>6.1}% {misses:>13}",
                    a.algorithm,
                    a.parents,
                    a.completed,
                    a.completion * 100.0
                )
            } else {
                format!("{:<50}", "")
            };
            let number = |v: Option<f64>| v.map_or("-".to_owned(), |v| format!("{v:+.2}"));
            let error = d
                .standard_error
                .map_or("-".to_owned(), |v| format!("{v:.2}"));
            let name = format!("{}, {}", d.benchmark.text(), d.unit);
            let _ = write!(
                out,
                "{head}  {name:<26} {:>6} {:>8} {error:>7}",
                d.count,
                number(d.mean)
            );
            let q = d.quantiles;
            for v in [
                q.map(|q| q.p05),
                q.map(|q| q.p25),
                q.map(|q| q.median),
                q.map(|q| q.p75),
                q.map(|q| q.p95),
            ] {
                let _ = write!(out, " {:>8}", number(v));
            }
            out.push('\n');
        }
        let reasons: Vec<String> = a.reasons.iter().map(|(r, n)| format!("{n} {r}")).collect();
        if !reasons.is_empty() {
            let _ = writeln!(out, "{:<10} not filled whole: {}", "", reasons.join(", "));
        }
    }
    out.push_str("bps positive = cost; pp = own share of the volume less the rate asked for; +- standard error of the mean.\n");
    out
}

fn line(out: &mut String, cells: &[String; HEADS.len()]) {
    let _ = write!(out, "{:<16}", cells[0]);
    for cell in &cells[1..HEADS.len() - 1] {
        let _ = write!(out, " {cell:>10}");
    }
    let _ = writeln!(out, "  {}", cells[HEADS.len() - 1]);
}

fn cells(p: &ParentReport) -> [String; HEADS.len()] {
    let bps = |v: Option<f64>| v.map_or("-".to_owned(), |v| format!("{v:+.2}"));
    let split = p.quality.shortfall.as_ref().map(|s| s.kissell);
    let minute = p.quality.markouts.iter().find(|m| m.seconds == 60);
    let percent = |v: Option<f64>| v.map_or("-".to_owned(), |v| format!("{:.0}%", v * 100.0));
    let windows: Vec<String> = p
        .quality
        .pov_compliance
        .iter()
        .map(|c| percent(c.in_bounds_fraction))
        .collect();
    [
        p.client_order_id.clone(),
        bps(p.quality.shortfall_bps),
        bps(split.and_then(|c| c.delay_bps)),
        bps(split.and_then(|c| c.trading_bps)),
        bps(split.and_then(|c| c.opportunity_bps)),
        bps(p.quality.price_improvement_bps),
        bps(p.quality.spreads.effective_bps),
        percent(p.quality.passive_ratio),
        bps(minute.and_then(|m| m.gain_bps)),
        p.quality
            .messages_per_fill
            .map_or("-".to_owned(), |v| format!("{v:.1}")),
        windows.join(" / "),
    ]
}
