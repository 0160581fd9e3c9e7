//! The report as a table for people.

use super::RunFacts;
use gateway_tca::figures::AuctionPart;
use gateway_tca::format::Decimal;
use gateway_tca::report::{ParentReport, Report};
use std::fmt::Write;

/// The whole report as text, one line per parent.
#[must_use]
pub fn text(report: &Report, facts: &RunFacts) -> String {
    let mut out = head(report, facts);
    out.push_str(&columns());
    for p in &report.parents {
        out.push_str(&line(p));
        out.push('\n');
    }
    out.push('\n');
    out.push_str(&gateway_tca::text::quality(report));
    out.push('\n');
    out.push_str(&gateway_tca::text::algorithms(report));
    out.push_str(&foot(report));
    out
}

/// What run it was and how much happened.
fn head(report: &Report, facts: &RunFacts) -> String {
    let q = &report.quality;
    let wall = facts
        .wall_seconds
        .map_or(String::new(), |s| format!(", {s:.2} s"));
    format!(
        "Execution report of run {} on {} (seed {})\n\
         {} market messages, {} decisions, {} children, {} fills, {} law violations{wall}\n\n",
        facts.id,
        facts.market,
        facts.seed,
        q.market_messages,
        q.decisions,
        q.children,
        q.fills,
        q.law_violations,
    )
}

fn columns() -> String {
    format!(
        "{:<16} {:<8} {:<10} {:<9} {:<12} {:>10} {:>10} {:>7} {:>11} {:>9} {:>9} {:>9} {:>7} {:>9}\n",
        "order",
        "symbol",
        "side",
        "algo",
        "state",
        "ordered",
        "filled",
        "done",
        "avg price",
        "arrival",
        "vwap",
        "twap",
        "part.",
        "children"
    )
}

/// Sums, what was left and why, and broken laws.
fn foot(report: &Report) -> String {
    let (t, q) = (&report.totals, &report.quality);
    let notional: Vec<String> = t.notional.iter().map(|(c, n)| format!("{n} {c}")).collect();
    let notional = if notional.is_empty() {
        "none".to_owned()
    } else {
        notional.join(", ")
    };
    let mut out = format!(
        "\nSlippage in bps, positive = cost; part. = own / (own + others) volume.\n\
         {} of {} parents completed, {} of {} filled, notional {notional}; success rate {:.2} %\n",
        t.completed,
        t.parents,
        t.filled,
        t.ordered,
        q.success_rate * 100.0
    );
    for p in report
        .parents
        .iter()
        .filter(|p| p.leaves > 0 || p.state == "REJECTED")
    {
        let _ = writeln!(
            out,
            "  {}: {} left: {}",
            p.client_order_id, p.leaves, p.reason_text
        );
    }
    for p in &report.parents {
        for a in &p.quality.auctions {
            let _ = writeln!(out, "  {}", auction(p, a));
        }
    }
    for v in &q.violations {
        let (record, order, law) = (v.sequence, &v.client_order_id, v.law);
        let _ = writeln!(out, "  LAW BROKEN at record {record} ({order}): {law}");
    }
    out
}

/// What an order did in one kind of auction.
fn auction(p: &ParentReport, a: &AuctionPart) -> String {
    let price = |d: Option<Decimal>| d.map_or("-".to_owned(), |d| d.to_string());
    format!(
        "{}: {} auction: {} sent, {} filled at {}, official price {} ({}), share {}",
        p.client_order_id,
        a.kind,
        a.sent,
        a.filled,
        price(a.average_price),
        price(a.official_price),
        a.slippage_bps
            .map_or("-".to_owned(), |v| format!("{v:+.2} bps")),
        a.share
            .map_or("-".to_owned(), |v| format!("{:.2}%", v * 100.0)),
    )
}

fn line(p: &ParentReport) -> String {
    let bps = |v: Option<f64>| v.map_or("-".to_owned(), |v| format!("{v:+.2}"));
    let done = if p.ordered == 0 {
        0.0
    } else {
        p.filled as f64 / p.ordered as f64 * 100.0
    };
    format!(
        "{:<16} {:<8} {:<10} {:<9} {:<12} {:>10} {:>10} {:>6.1}% {:>11} {:>9} {:>9} {:>9} {:>7} {:>9}",
        p.client_order_id,
        p.instrument,
        p.side,
        p.algorithm,
        p.state,
        p.ordered,
        p.filled,
        done,
        p.average_price.map_or("-".to_owned(), |d| d.to_string()),
        bps(p.slippage_bps.arrival),
        bps(p.slippage_bps.interval_vwap),
        bps(p.slippage_bps.interval_twap),
        p.participation
            .map_or("-".to_owned(), |v| format!("{:.2}%", v * 100.0)),
        p.children,
    )
}
