//! Why a parent order trades or does not trade now, in words: from the journal alone.
//!
//! The engine tells a reason with operands whenever its decision changes; this page puts it beside what holds around it: state,
//! blocked set, schedule against fills, caps in force, touch, and when the engine looks at the order next.

mod look;

use engine_algos::registry::{Registry, spec_by_id};
use engine_core::algorithm::Algorithms;
use engine_core::blocked::Blocked;
use engine_core::view::{Constraints, Order};
use gateway_tca::LiveView;
use gateway_tca::format::{Decimal, Time, short_time};
use gateway_tca::ledger::{Parent, SliceLine};
use gateway_tca::words::{ParameterName, Words};
use serde_json::{Map, Value, json};
use shm_wire::codes::Side;
use shm_wire::instrument::Instrument;
use shm_wire::market::Quote;
use shm_wire::parent::PARAMETERS_MAX;
use shm_wire::units::{Nanos, Ppm, Price, Qty};

/// Names of the algorithms' parameters.
pub const PARAMETER_NAME: ParameterName =
    |algorithm, id| spec_by_id(algorithm, id).map(|spec| spec.name);

/// Whether an order trades now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trades {
    /// A child order is at the venue or on its way.
    Yes,
    /// Nothing is out, for the reason given.
    No,
    /// The order has ended.
    Ended,
}

/// The answer about one order.
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a> {
    parent: &'a Parent,
    instrument: Option<&'a Instrument>,
    quote: Option<&'a Quote>,
    constraints: Option<Constraints>,
    words: Words<'a>,
    /// Engine time of the latest record, ns UTC.
    now: u64,
}

/// The answer about one parent order of a run.
#[must_use]
pub fn explain<'a>(view: &'a LiveView, parent: &'a Parent) -> Explanation<'a> {
    let instrument = view.ledger().instrument(parent.instrument);
    Explanation {
        parent,
        instrument,
        quote: view.quote(parent.instrument),
        constraints: instrument.and_then(|i| constraints(parent, i)),
        words: Words::of(parent, instrument, Some(PARAMETER_NAME)),
        now: view.ledger().last_time,
    }
}

/// What the engine enforces for these terms: the algorithms' own reading of them, defaults included.
fn constraints(parent: &Parent, instrument: &Instrument) -> Option<Constraints> {
    let terms = parent.terms.as_ref()?;
    let order = Order {
        seed: 0,
        side: parent.side?,
        quantity: Qty(parent.ordered),
        limit: parent.limit(),
        start: Nanos(parent.start),
        end: Nanos(parent.end),
        parameters: terms.parameters,
        parameter_count: usize::from(terms.parameter_count).min(PARAMETERS_MAX),
    };
    let planned = Registry::default().plan(parent.algorithm, &order, instrument, order.start);
    planned.ok().map(|(_, constraints)| constraints)
}

/// One reason of the blocked set in words.
#[must_use]
pub fn block_words(bit: Blocked) -> &'static str {
    match bit {
        Blocked::PAUSED => "paused by its order source or an operator; a resume lifts it",
        Blocked::HALT => "trading in the instrument is halted, or has just come back",
        Blocked::AUCTION => "an auction in which the order takes no part, or no session",
        Blocked::OUT_OF_LIMIT => "the near touch is worse than the limit",
        Blocked::STALE => "market data is stale",
        Blocked::RISK => "a risk control stopped it; a resume lifts it",
        Blocked::ROUTER => "the router does not answer",
        Blocked::UNKNOWN_CHILD => "the state of a child order is not known",
        Blocked::OVERFILL => "more is filled than ordered; a resume after a bust lifts it",
        Blocked::KILL => "the kill word or a kill is set; only a clearing control lifts it",
        _ => "",
    }
}

/// Names and words of a blocked set, in the order of its bits.
fn blocks(bits: u16) -> Vec<(&'static str, &'static str)> {
    let set = Blocked::from_bits(bits);
    Blocked::NAMES
        .iter()
        .filter(|(bit, _)| set.has(*bit))
        .map(|(bit, name)| (*name, block_words(*bit)))
        .collect()
}

/// Where fills stand against the band around the schedule.
fn position(p: &Parent) -> &'static str {
    if p.filled.saturating_add(p.band) < p.target {
        "behind the band"
    } else if p.filled > p.target.saturating_add(p.band) {
        "ahead of the band"
    } else {
        "inside the band"
    }
}

impl Explanation<'_> {
    /// Whether the order trades now.
    #[must_use]
    pub fn trades(&self) -> Trades {
        let p = self.parent;
        if p.state.is_terminal() {
            Trades::Ended
        } else if p.open > 0 && !Blocked::from_bits(p.blocked).stops_emission() {
            Trades::Yes
        } else {
            Trades::No
        }
    }

    /// The answer in one sentence.
    #[must_use]
    pub fn headline(&self) -> String {
        let p = self.parent;
        let reason = self.words.sentence(p.why);
        match self.trades() {
            Trades::Ended => format!("it has ended {}: {reason}", p.state.text()),
            Trades::Yes => {
                let open = self.words.quantity(p.open);
                format!("it trades now, {open} open at the venue: {reason}")
            }
            Trades::No if p.open > 0 => {
                let open = self.words.quantity(p.open);
                format!("it sends nothing now, {open} is still open at the venue: {reason}")
            }
            Trades::No => format!("it does not trade now: {reason}"),
        }
    }

    /// The whole answer for people, one statement a line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let p = self.parent;
        let mut lines = vec![self.order_line(), self.headline()];
        if p.updated != 0 {
            let (at, now) = (short_time(Nanos(p.updated)), short_time(Nanos(self.now)));
            lines.push(format!(
                "the engine said so at {at}; the journal has come to {now}"
            ));
        }
        for (name, words) in blocks(p.blocked) {
            lines.push(format!("blocked, {name}: {words}"));
        }
        lines.push(self.schedule_line());
        lines.extend(self.cap_lines());
        if let Some(q) = self.quote {
            let price = |raw| Decimal(Price(raw));
            let (bid, ask) = (price(q.bid_price), price(q.ask_price));
            let (bid_qty, ask_qty) = (
                self.words.quantity(q.bid_qty),
                self.words.quantity(q.ask_qty),
            );
            lines.push(format!(
                "market: {bid_qty} bid at {bid}, {ask_qty} offered at {ask}"
            ));
        }
        if let Some(slice) = p.slices.back() {
            lines.push(format!(
                "last message to the venue: {}",
                self.slice_words(slice)
            ));
        }
        if self.trades() != Trades::Ended {
            lines.push(format!("next look: {}", look::next(p, self.now).1));
        }
        lines
    }

    fn order_line(&self) -> String {
        let p = self.parent;
        let symbol = self.instrument.map_or("?", Instrument::symbol);
        format!(
            "{} ({}:{}): {} {} {} {symbol}, {}",
            p.client_order_id,
            p.key.source,
            p.key.parent_id,
            p.algorithm_name(),
            p.side.map_or("?", Side::text),
            self.words.quantity(p.ordered),
            p.state.text(),
        )
    }

    fn schedule_line(&self) -> String {
        let (p, q) = (self.parent, |steps| self.words.quantity(steps));
        let leaves = q(p.ordered.saturating_sub(p.filled));
        let mut line = format!(
            "schedule: {} filled, {} due, band {} either way: {}; {leaves} left",
            q(p.filled),
            q(p.target),
            q(p.band),
            position(p),
        );
        if p.start != 0 {
            line.push_str(&format!("; window from {}", short_time(Nanos(p.start))));
            if p.end != u64::MAX {
                line.push_str(&format!(" to {}", short_time(Nanos(p.end))));
            }
        }
        line
    }

    /// Most that the participation cap allows to be filled or open now, and the cap; none without a cap.
    fn cap(&self) -> Option<(Ppm, Qty)> {
        let (constraints, instrument) = (self.constraints?, self.instrument?);
        let cap = constraints.max_pct_vol?;
        let own = cap.own_of_others(Qty(self.parent.market_volume));
        Some((cap, Qty(own.0.saturating_add(instrument.lot))))
    }

    fn cap_lines(&self) -> Vec<String> {
        let (p, q) = (self.parent, |steps| self.words.quantity(steps));
        let mut lines = Vec::new();
        if p.limit().is_some() {
            lines.push(format!("limit: {}", Decimal(p.limit())));
        }
        if let Some((cap, most)) = self.cap() {
            lines.push(format!(
                "participation cap: {} % of the volume; the others traded {}, so {} may be filled or open, {} is",
                f64::from(cap.0) / 1e4,
                q(p.market_volume),
                q(most.0),
                q(p.filled.saturating_add(p.open)),
            ));
        }
        if let Some(c) = self.constraints {
            let largest = c.max_slice_qty.0;
            match (c.min_slice_qty.0, largest) {
                (0, u64::MAX) => {}
                (low, u64::MAX) => lines.push(format!("slices: at least {}", q(low))),
                (low, high) => lines.push(format!("slices: {} to {}", q(low), q(high))),
            }
        }
        lines
    }

    fn slice_words(&self, slice: &SliceLine) -> String {
        let mut words = slice.what.to_owned();
        if slice.qty != 0 {
            words.push_str(&format!(" {}", self.words.quantity(slice.qty)));
        }
        if slice.price.is_some() {
            words.push_str(&format!(" at {}", Decimal(slice.price)));
        }
        let at = short_time(Nanos(slice.time));
        format!("{words}, {at}: {}", slice.reason.text())
    }

    /// The `pacer.why/1` document.
    #[must_use]
    pub fn document(&self) -> Value {
        let p = self.parent;
        let symbol = self.instrument.map(Instrument::symbol);
        let blocked: Vec<Value> = blocks(p.blocked)
            .into_iter()
            .map(|(name, text)| json!({"name": name, "text": text}))
            .collect();
        let (next, words) = look::next(p, self.now);
        let ended = self.trades() == Trades::Ended;
        let cap = self.cap();
        let quote = self.quote.map(|q| {
            let (bid, ask) = (price(Price(q.bid_price)), price(Price(q.ask_price)));
            json!({"bid": bid, "ask": ask, "bid_qty": q.bid_qty, "ask_qty": q.ask_qty, "time": time(q.time)})
        });
        let slice = p.slices.back().map(|s| {
            json!({
                "time": time(s.time), "child_id": s.child_id.to_string(), "what": s.what, "qty": s.qty,
                "price": price(s.price), "reason": s.reason.name(), "text": self.slice_words(s),
            })
        });
        json!({
            "schema": "pacer.why/1",
            "key": format!("{}:{}", p.key.source, p.key.parent_id),
            "client_order_id": p.client_order_id,
            "instrument": symbol,
            "side": p.side.map(Side::text),
            "algorithm": p.algorithm_name(),
            "state": p.state.text(),
            "time": time(self.now),
            "trades": self.trades() == Trades::Yes,
            "headline": self.headline(),
            "reason": reason(p, &self.words),
            "blocked": blocked,
            "schedule": {
                "ordered": p.ordered, "filled": p.filled, "leaves": p.ordered.saturating_sub(p.filled),
                "open": p.open, "target": p.target, "band": p.band, "position": position(p),
                "start": time(p.start), "end": time(p.end),
            },
            "caps": {
                "limit": price(p.limit()),
                "max_pct_vol": cap.map(|(cap, _)| f64::from(cap.0) / 1e6),
                "market_volume": p.market_volume,
                "filled_or_open_max": cap.map(|(_, most)| most.0),
                "min_slice_qty": self.constraints.map(|c| c.min_slice_qty.0).filter(|q| *q != 0),
                "max_slice_qty": self.constraints.map(|c| c.max_slice_qty.0).filter(|q| *q != u64::MAX),
            },
            "quote": quote,
            "last_slice": slice,
            "next_look": if ended { Value::Null } else {
                json!({"time": next.and_then(|t| time(t.0)), "text": words})
            },
            "lines": self.lines(),
        })
    }
}

/// The last reason of an order with its operands by name.
fn reason(p: &Parent, words: &Words<'_>) -> Value {
    let operands: Map<String, Value> = p
        .why
        .reason
        .operands()
        .iter()
        .zip(p.why.operands)
        .map(|(name, value)| ((*name).to_owned(), value.into()))
        .collect();
    json!({
        "name": p.why.reason.name(), "code": p.why.reason.code(), "text": words.sentence(p.why),
        "time": time(p.updated), "operands": operands,
    })
}

fn price(p: Price) -> Option<String> {
    p.is_some().then(|| Decimal(p).to_string())
}

fn time(ns: u64) -> Option<String> {
    (ns != 0 && ns != u64::MAX).then(|| Time(Nanos(ns)).to_string())
}

#[cfg(test)]
mod tests;
