//! The figures of one parent as small tables side by side: cost, fills, mark-outs, participation.

use super::{number, price};
use crate::figures::{AuctionPart, Compliance, Components, Markout};
use crate::report::{ExecutionQuality, ParentReport};
use std::fmt::Write;

/// The tables of a parent; nothing for an order that was never accepted.
pub(super) fn tables(page: &mut String, p: &ParentReport) {
    let q = &p.quality;
    if q == &ExecutionQuality::default() {
        return;
    }
    page.push_str("<div class=\"figures\">");
    cost(page, p);
    fills(page, p);
    if q.markouts.iter().any(|m| m.fills > 0) {
        markouts(page, &q.markouts);
    }
    if !q.auctions.is_empty() {
        auctions(page, &q.auctions);
    }
    if q.pov_compliance.iter().any(|c| c.windows > 0) {
        compliance(page, &q.pov_compliance);
    }
    page.push_str("</div>");
}

fn bps(value: Option<f64>) -> String {
    number(value, 2, "")
}

fn percent(value: Option<f64>) -> String {
    number(value.map(|v| v * 100.0), 1, " %")
}

fn open(page: &mut String, title: &str, heads: &[&str]) {
    let _ = write!(page, "<table class=\"small\"><caption>{title}</caption>");
    if !heads.is_empty() {
        page.push_str("<tr>");
        for (index, head) in heads.iter().enumerate() {
            let class = if index == 0 { " class=\"t\"" } else { "" };
            let _ = write!(page, "<th{class}>{head}</th>");
        }
        page.push_str("</tr>");
    }
}

fn row(page: &mut String, name: &str, cells: &[String]) {
    let _ = write!(page, "<tr><th class=\"t\">{name}</th>");
    for cell in cells {
        let _ = write!(page, "<td>{cell}</td>");
    }
    page.push_str("</tr>");
}

fn auctions(page: &mut String, parts: &[AuctionPart]) {
    let heads = ["", "sent", "filled", "average", "official", "bps", "share"];
    open(page, "Auctions", &heads);
    for a in parts {
        let cells = [
            a.sent.to_string(),
            a.filled.to_string(),
            price(a.average_price),
            price(a.official_price),
            bps(a.slippage_bps),
            percent(a.share),
        ];
        row(page, &a.kind, &cells);
    }
    page.push_str("</table>");
}

fn cost(page: &mut String, p: &ParentReport) {
    let q = &p.quality;
    let base = q.shortfall.as_ref().map_or("arrival", |s| s.base);
    let title = format!("Shortfall against {base}, bps");
    open(page, &title, &["", "Wagner", "Kissell"]);
    let split = |part: fn(&Components) -> Option<f64>| {
        let s = q.shortfall.as_ref();
        [s.map(|s| s.wagner), s.map(|s| s.kissell)].map(|c| bps(c.and_then(|c| part(&c))))
    };
    row(page, "delay", &split(|c| c.delay_bps));
    row(page, "trading", &split(|c| c.trading_bps));
    row(page, "opportunity", &split(|c| c.opportunity_bps));
    row(
        page,
        "<b>total</b>",
        &[q.shortfall_bps, q.shortfall_bps].map(|v| format!("<b>{}</b>", bps(v))),
    );
    page.push_str("</table>");
}

fn fills(page: &mut String, p: &ParentReport) {
    let q = &p.quality;
    open(page, "Fills", &[]);
    row(page, "completion", &[percent(q.completion)]);
    row(
        page,
        "price improvement, bps",
        &[bps(q.price_improvement_bps)],
    );
    row(
        page,
        "effective spread, bps",
        &[bps(q.spreads.effective_bps)],
    );
    row(page, "quoted spread, bps", &[bps(q.spreads.quoted_bps)]);
    row(page, "filled at rest", &[percent(q.passive_ratio)]);
    row(
        page,
        "messages a fill",
        &[number(q.messages_per_fill, 2, "")],
    );
    page.push_str("</table>");
}

fn markouts(page: &mut String, rows: &[Markout]) {
    let heads = ["after", "gain", "rested", "taken", "realised", "impact"];
    open(page, "Mark-outs and realised spread, bps", &heads);
    for m in rows {
        let cells = [
            m.gain_bps,
            m.rested_gain_bps,
            m.taken_gain_bps,
            m.realised_spread_bps,
            m.impact_bps,
        ];
        row(page, &format!("{} s", m.seconds), &cells.map(bps));
    }
    page.push_str("</table>");
}

fn compliance(page: &mut String, rows: &[Compliance]) {
    let heads = [
        "window",
        "judged",
        "in bounds",
        "breaches",
        "rms error",
        "largest",
    ];
    open(page, "Participation by window", &heads);
    for c in rows {
        let cells = [
            c.windows.to_string(),
            percent(c.in_bounds_fraction),
            c.breaches.to_string(),
            percent(c.rate_rms_error),
            percent(c.rate_max),
        ];
        row(page, &format!("{} min", c.window_seconds / 60), &cells);
    }
    page.push_str("</table>");
}
