//! Laws that the journal itself can show to be kept or broken, checked from the outside.
//!
//! Reservation (filled + open + new <= ordered), limit, tick, lot and venue minimum of each child, no child after the end,
//! one terminal report, child ids used once, sequence without gaps. A check never changes what is booked.

use crate::ledger::{Ledger, VIOLATIONS_KEPT_MAX};
use shm_wire::codes::OrderType;
use shm_wire::record::RecordHead;
use shm_wire::slice::{SliceNew, SliceReplace};
use shm_wire::units::{Price, Qty};

/// A broken law.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Violation {
    /// Sequence of the record that broke it.
    pub sequence: u64,
    /// The client's name of the parent; empty when none is concerned.
    pub client_order_id: String,
    /// The law.
    pub law: &'static str,
}

/// Counts a broken law and keeps the first ones in words.
pub(crate) fn broken(
    ledger: &mut Ledger,
    parent: Option<usize>,
    head: &RecordHead,
    law: &'static str,
) {
    ledger.counters.violations += 1;
    if ledger.violations.len() < VIOLATIONS_KEPT_MAX {
        let client_order_id =
            parent.map_or(String::new(), |i| ledger.parents[i].client_order_id.clone());
        ledger.violations.push(Violation {
            sequence: head.sequence,
            client_order_id,
            law,
        });
    }
}

/// Checks a new child before it is booked.
pub(crate) fn check_slice(ledger: &mut Ledger, parent: usize, head: &RecordHead, m: &SliceNew) {
    let p = &ledger.parents[parent];
    let total = p.filled.saturating_add(p.open).saturating_add(m.qty);
    let mut laws = Vec::new();
    if total > p.bound() {
        laws.push("filled + open + new at most ordered");
    }
    if p.done.is_some() {
        laws.push("no child after the end of its parent");
    }
    let limit_order = m.order_type == OrderType::Limit.code();
    let price = Price(if limit_order { m.price } else { Price::NONE.0 });
    if !p.within_limit(price) {
        laws.push("no child price worse than the limit");
    }
    if let Some(instrument) = ledger.instrument(m.instrument) {
        let qty = Qty(m.qty);
        if qty.is_zero() || instrument.floor_lots(qty) != qty || qty.0 < instrument.min_qty {
            laws.push("child quantities are lots and at least the venue's minimum");
        }
        if limit_order && !(Price::decode(m.price).is_some_and(|p| instrument.on_tick(p))) {
            laws.push("child prices lie on a tick");
        }
    }
    for law in laws {
        broken(ledger, Some(parent), head, law);
    }
}

/// Checks a replace after its larger quantity was booked as open.
pub(crate) fn check_replace(
    ledger: &mut Ledger,
    parent: usize,
    head: &RecordHead,
    m: &SliceReplace,
) {
    let p = &ledger.parents[parent];
    let mut laws = Vec::new();
    if p.filled.saturating_add(p.open) > p.bound() {
        laws.push("filled + open + new at most ordered");
    }
    if Price(m.price).is_some() && !p.within_limit(Price(m.price)) {
        laws.push("no child price worse than the limit");
    }
    if let Some(instrument) = ledger.instrument(m.instrument)
        && Price::decode(m.price).is_some_and(|p| !instrument.on_tick(p))
    {
        laws.push("child prices lie on a tick");
    }
    for law in laws {
        broken(ledger, Some(parent), head, law);
    }
}

/// Checks a parent after a fill.
pub(crate) fn check_fill(ledger: &mut Ledger, parent: usize, head: &RecordHead) {
    let p = &ledger.parents[parent];
    if p.filled > p.bound() {
        broken(ledger, Some(parent), head, "filled at most ordered");
    }
}
