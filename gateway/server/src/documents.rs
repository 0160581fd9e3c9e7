//! The JSON documents of the HTTP interface, from the live view.

use crate::follow::{Live, Phase};
use gateway_desk::why::{self, PARAMETER_NAME};
use gateway_tca::LiveView;
use gateway_tca::format::{Decimal, Time};
use gateway_tca::ledger::{Ledger, Parent};
use gateway_tca::ratio::Ratio;
use gateway_tca::words::Words;
use serde_json::{Value, json};
use shm_wire::codes::{ParentState, Side};
use shm_wire::units::{Nanos, Price};

/// Fills that a parent's document lists, the latest.
pub const FILLS_MAX: usize = 1_000;

/// Which parents to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only in this state.
    pub state: Option<ParentState>,
    /// Only of this symbol.
    pub instrument: Option<String>,
}

/// An error document: `pacer.error/1`.
#[must_use]
pub fn error(code: &str, message: &str, field: Option<&str>, rule: &str, hint: &str) -> Value {
    errors(std::iter::once((code, message, field, rule, hint)))
}

/// A document of several errors: code, message, field, rule and hint of each.
pub(crate) fn errors<'a>(
    all: impl Iterator<Item = (&'a str, &'a str, Option<&'a str>, &'a str, &'a str)>,
) -> Value {
    let all: Vec<Value> = all
        .map(|(code, message, field, rule, hint)| {
            json!({
                "code": code, "message": message, "file": null, "line": null,
                "field": field, "rule": rule, "hint": hint,
            })
        })
        .collect();
    json!({"schema": "pacer.error/1", "errors": all})
}

/// What is known of the run.
#[must_use]
pub fn run(live: &Live) -> Value {
    let ledger = live.view.as_ref().map(LiveView::ledger);
    let counters = ledger.map(|l| l.counters).unwrap_or_default();
    json!({
        "id": ledger.map(|_| live.run),
        "seed": ledger.and_then(|l| l.run).map(|r| r.1),
        "state": match live.phase {
            Phase::Waiting => "waiting",
            Phase::Following => "following",
            Phase::Ended => "ended",
            Phase::Failed(_) => "failed",
        },
        "time": ledger.and_then(|l| time(l.last_time)),
        "sequence": ledger.map(|l| l.last_sequence),
        "market_messages": counters.market_messages,
        "decisions": counters.decisions,
        "children": counters.children,
        "fills": counters.fills,
        "law_violations": counters.violations,
    })
}

/// The list of parents.
#[must_use]
pub fn parents(live: &Live, filter: &Filter) -> Value {
    let list: Vec<Value> = live
        .view
        .iter()
        .flat_map(|v| v.ledger().parents.iter().map(move |p| (v.ledger(), p)))
        .filter(|(l, p)| {
            filter.state.is_none_or(|s| s == p.state)
                && filter
                    .instrument
                    .as_ref()
                    .is_none_or(|i| *i == symbol(l, p))
        })
        .map(|(l, p)| summary(l, p))
        .collect();
    json!({"schema": "pacer.parents/1", "run": run(live), "parents": list})
}

/// Why there is no document about an id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotOne {
    /// It names no parent order.
    Unknown,
    /// It names several: their keys, `source:parent_id`.
    Several(Vec<String>),
}

/// The one parent order that `id` names.
fn named<'a>(live: &'a Live, id: &str) -> Result<(&'a LiveView, &'a Parent), NotOne> {
    let view = live.view.as_ref().ok_or(NotOne::Unknown)?;
    match view.named(id)[..] {
        [] => Err(NotOne::Unknown),
        [p] => Ok((view, p)),
        ref several => Err(NotOne::Several(several.iter().map(|p| key(p)).collect())),
    }
}

fn key(p: &Parent) -> String {
    format!("{}:{}", p.key.source, p.key.parent_id)
}

/// One parent in full.
///
/// # Errors
/// [`NotOne`].
pub fn parent(live: &Live, id: &str) -> Result<Value, NotOne> {
    let (view, p) = named(live, id)?;
    let ledger = view.ledger();
    let mut document = summary(ledger, p);
    let fills: Vec<Value> = p
        .fills
        .iter()
        .rev()
        .take(FILLS_MAX)
        .rev()
        .map(|i| &ledger.fills[*i])
        .map(|f| {
            json!({
                "time": time(f.time), "child_id": f.child_id.to_string(), "price": price(f.price), "qty": f.qty,
                "liquidity": match f.liquidity { 1 => Some("taken"), 2 => Some("rested"), _ => None },
                "busted": f.busted,
            })
        })
        .collect();
    let slices: Vec<Value> = p
        .slices
        .iter()
        .map(|s| {
            json!({
                "time": time(s.time), "child_id": s.child_id.to_string(), "what": s.what, "qty": s.qty,
                "price": price(s.price), "reason": s.reason.name(), "reason_text": s.reason.text(),
            })
        })
        .collect();
    let schedule: Vec<Value> = p
        .series
        .points()
        .iter()
        .map(|s| json!({"time": time(s.time), "target": s.target, "filled": s.filled}))
        .collect();
    let quote = view.quote(p.instrument).map(|q| {
        json!({
            "bid": price(Price(q.bid_price)), "ask": price(Price(q.ask_price)),
            "bid_qty": q.bid_qty, "ask_qty": q.ask_qty, "time": time(q.time),
        })
    });
    document["schema"] = "pacer.parent/1".into();
    document["run"] = run(live);
    document["why"] = why::explain(view, p).document();
    document["last_decision"] = decision(ledger, p);
    document["miss_reasons"] = json!(p.miss_reasons);
    document["schedule"] = schedule.into();
    document["fills_total"] = p.fills.len().into();
    document["fills"] = fills.into();
    document["slices"] = slices.into();
    document["quote"] = quote.unwrap_or(Value::Null);
    Ok(document)
}

/// Why one parent trades or does not.
///
/// # Errors
/// [`NotOne`].
pub fn why(live: &Live, id: &str) -> Result<Value, NotOne> {
    let (view, p) = named(live, id)?;
    let mut document = why::explain(view, p).document();
    document["run"] = run(live);
    Ok(document)
}

fn summary(ledger: &Ledger, p: &Parent) -> Value {
    let average = Ratio::new(p.value, i128::from(p.filled)).and_then(Ratio::price);
    json!({
        "key": key(p),
        "client_order_id": p.client_order_id,
        "instrument": symbol(ledger, p),
        "side": p.side.map(Side::text),
        "algorithm": p.algorithm_name(),
        "state": p.state.text(),
        "blocked": p.blocked,
        "reason": p.why.reason.name(),
        "reason_text": words(ledger, p).sentence(p.why),
        "ordered": p.ordered,
        "filled": p.filled,
        "leaves": p.ordered.saturating_sub(p.filled),
        "open": p.open,
        "target": p.target,
        "band": p.band,
        "limit": price(p.limit()),
        "average_price": average.and_then(price),
        "arrival_price": price(p.arrival_price),
        "market_volume": p.market_volume,
        "start": time(p.start),
        "end": time(p.end),
        "children": p.children,
        "fill_count": p.fill_count,
        "rejects": p.rejects,
        "decisions": p.decisions,
        "slice_ends": p.slice_ends,
        "slice_misses": p.slice_misses,
    })
}

/// What the reasons of an order are said with.
fn words<'a>(ledger: &'a Ledger, p: &Parent) -> Words<'a> {
    Words::of(p, ledger.instrument(p.instrument), Some(PARAMETER_NAME))
}

fn decision(ledger: &Ledger, p: &Parent) -> Value {
    p.last_decision.map_or(Value::Null, |d| {
        let operands: serde_json::Map<String, Value> = d
            .why
            .reason
            .operands()
            .iter()
            .zip(d.why.operands)
            .map(|(name, value)| ((*name).to_owned(), value.into()))
            .collect();
        json!({
            "time": time(d.time), "reason": d.why.reason.name(), "text": words(ledger, p).sentence(d.why),
            "operands": operands,
        })
    })
}

fn symbol(ledger: &Ledger, p: &Parent) -> String {
    ledger
        .instrument(p.instrument)
        .map_or_else(|| p.instrument.to_string(), |i| i.symbol().to_owned())
}

fn price(p: Price) -> Option<String> {
    p.is_some().then(|| Decimal(p).to_string())
}

fn time(ns: u64) -> Option<String> {
    (ns != 0).then(|| Time(Nanos(ns)).to_string())
}
