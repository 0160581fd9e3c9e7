//! One parent order: what the engine reports of it, and what its executions add up to.

use super::limits::Limits;
use super::rates::Rates;
use super::series::{Point, Series};
use shm_wire::codes::{AlgorithmCode, ParentState, Side};
use shm_wire::ids::ParentKey;
use shm_wire::instrument::field_text;
use shm_wire::parent::{ParentUpdate, Terms};
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::units::Price;
use std::collections::{BTreeMap, VecDeque};

/// Most slice lines that a parent keeps, the latest.
pub const SLICE_LINES_MAX: usize = 256;

/// One slice message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SliceLine {
    /// Engine time, ns UTC.
    pub time: u64,
    /// Child.
    pub child_id: u64,
    /// `new`, `replace` or `cancel`.
    pub what: &'static str,
    /// Quantity, steps; 0 for a cancel.
    pub qty: u64,
    /// Limit; [`Price::NONE`] for a market order or a cancel.
    pub price: Price,
    /// Reason code of the emission.
    pub reason: Reason,
}

/// A decision of the engine and why it was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decision {
    /// Engine time, ns UTC.
    pub time: u64,
    /// Reason and operands; slices carry no operands on the wire.
    pub why: Why,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct PendingAmend {
    pub(super) version: u16,
    pub(super) limits: Limits,
    pub(super) quantity: u64,
    pub(super) rates: Rates,
    pub(super) terms: Terms,
}

/// A parent order.
#[derive(Clone, Debug)]
pub struct Parent {
    /// Key.
    pub key: ParentKey,
    /// The client's name.
    pub client_order_id: String,
    /// Instrument.
    pub instrument: u32,
    /// Side; unknown when only updates were seen.
    pub side: Option<Side>,
    /// Algorithm code.
    pub algorithm: u16,
    pub(super) limits: Limits,
    /// Price at the time of the decision to trade, as the order brought it; [`Price::NONE`] without.
    pub decision_price: Price,
    /// Terms in force; none when only updates were seen.
    pub terms: Option<Terms>,
    /// Participation asked for, and since when (engine time, ns UTC); ascending, one entry a change.
    rates: Vec<(u64, Rates)>,
    /// Reported state.
    pub state: ParentState,
    /// Blocked bits of the last update.
    pub blocked: u16,
    /// Rejected field, when there is one.
    pub field: FieldCode,
    /// Reason of the last update.
    pub why: Why,
    /// Engine time of the last update, ns UTC; 0 before the first.
    pub updated: u64,
    /// Version of the terms in force.
    pub version: u16,
    /// Ordered, steps.
    pub ordered: u64,
    /// Start in force, ns UTC; 0 = not known yet.
    pub start: u64,
    /// End in force, ns UTC; 0 = not known yet.
    pub end: u64,
    /// Engine time of the order's arrival, ns UTC.
    pub received: u64,
    /// Engine time of the acceptance, ns UTC.
    pub accepted: Option<u64>,
    /// Engine time of the terminal report, ns UTC.
    pub done: Option<u64>,
    /// Filled by distinct executions, steps.
    pub filled: u64,
    /// Filled as the engine's last update says, steps.
    pub reported_filled: u64,
    /// Sum of price x quantity of the fills, 1e-9 x steps.
    pub value: i128,
    /// Open at the venue or on its way, steps.
    pub open: u64,
    /// Children sent.
    pub children: u64,
    /// Sent to auctions, by kind: open, close, intraday, volatility; steps.
    pub sent_to_auctions: [u64; 4],
    /// Messages to the venue: new children, replaces and cancels.
    pub messages: u64,
    /// Executions, indices into [`Ledger::fills`].
    pub fills: Vec<usize>,
    /// Executions that count (not busted).
    pub fill_count: u64,
    /// Refusals by the venue: rejected children, cancels and replaces.
    pub rejects: u64,
    /// Records about this parent that carry a reason.
    pub decisions: u64,
    /// Latest decision.
    pub last_decision: Option<Decision>,
    /// Schedule target of the last update, steps.
    pub target: u64,
    /// Half-width of the schedule band of the last update, steps.
    pub band: u64,
    /// The others' eligible volume as the engine reports it, steps.
    pub market_volume: u64,
    /// Arrival price as the engine reports it; [`Price::NONE`] before.
    pub arrival_price: Price,
    /// Slice ends seen.
    pub slice_ends: u64,
    /// Slice ends with filled < target - band.
    pub slice_misses: u64,
    /// Their reasons.
    pub miss_reasons: BTreeMap<&'static str, u64>,
    /// Largest |filled - target| at slice ends, steps.
    pub deviation_max: u64,
    /// Schedule against filled.
    pub series: Series,
    /// Latest slice messages.
    pub slices: VecDeque<SliceLine>,
    /// Spans in which the engine reported the order paused or suspended, ns UTC.
    suspended: Vec<(u64, u64)>,
    suspended_since: Option<u64>,
    /// The amend that came last and was not answered yet.
    pub(super) asked: Option<PendingAmend>,
    /// An amend that waits until its quantity covers what is filled and out.
    pub(super) waits: Option<PendingAmend>,
}

impl Parent {
    pub(super) fn new(key: ParentKey, time: u64) -> Parent {
        Parent {
            key,
            client_order_id: String::new(),
            instrument: u32::MAX,
            side: None,
            algorithm: 0,
            limits: Limits::NONE,
            decision_price: Price::NONE,
            terms: None,
            rates: Vec::new(),
            state: ParentState::Pending,
            blocked: 0,
            field: FieldCode::None,
            why: Why::default(),
            updated: 0,
            version: 0,
            ordered: 0,
            start: 0,
            end: 0,
            received: time,
            accepted: None,
            done: None,
            filled: 0,
            reported_filled: 0,
            value: 0,
            open: 0,
            children: 0,
            sent_to_auctions: [0; 4],
            messages: 0,
            fills: Vec::new(),
            fill_count: 0,
            rejects: 0,
            decisions: 0,
            last_decision: None,
            target: 0,
            band: 0,
            market_volume: 0,
            arrival_price: Price::NONE,
            slice_ends: 0,
            slice_misses: 0,
            miss_reasons: BTreeMap::new(),
            deviation_max: 0,
            series: Series::default(),
            slices: VecDeque::new(),
            suspended: Vec::new(),
            suspended_since: None,
            asked: None,
            waits: None,
        }
    }

    /// Name of the algorithm, or its number when this build does not know it.
    #[must_use]
    pub fn algorithm_name(&self) -> String {
        AlgorithmCode::try_from(self.algorithm)
            .map_or_else(|_| self.algorithm.to_string(), |a| a.text().to_owned())
    }

    /// Spans of pause and suspension up to `now`.
    #[must_use]
    pub fn suspended(&self, now: u64) -> Vec<(u64, u64)> {
        let mut spans = self.suspended.clone();
        spans.extend(self.suspended_since.map(|from| (from, now.max(from))));
        spans
    }

    /// Most that may be filled and open together: the larger of the terms in force and those being asked for.
    #[must_use]
    pub fn bound(&self) -> u64 {
        self.amends()
            .fold(self.ordered, |most, a| most.max(a.quantity))
    }

    /// Whether a price is allowed by the limit in force or the one being asked for.
    #[must_use]
    pub fn within_limit(&self, price: Price) -> bool {
        let Some(side) = self.side else { return true };
        let holds = |limits: Limits| limits.allow(side, price, self.arrival_price);
        holds(self.limits) || self.amends().any(|a| holds(a.limits))
    }
    fn amends(&self) -> impl Iterator<Item = PendingAmend> {
        self.asked.into_iter().chain(self.waits)
    }
    /// Notes an amend that the engine will answer. One of the version in force is a repeat, or is refused.
    pub(super) fn ask(&mut self, amend: PendingAmend) {
        if amend.version != self.version {
            self.asked = Some(amend);
        }
    }
    /// Limit of the terms in force; [`Price::NONE`] without.
    #[must_use]
    pub fn limit(&self) -> Price {
        self.limits.absolute
    }

    pub(super) fn take_terms(&mut self, terms: &Terms) {
        field_text(&terms.client_order_id).clone_into(&mut self.client_order_id);
        self.instrument = terms.instrument;
        self.side = Side::try_from(terms.side).ok();
        self.algorithm = terms.algorithm;
        self.limits = Limits::of(terms);
        self.ordered = terms.quantity;
        (self.start, self.end) = (terms.start, terms.end);
        // Zero is no base of basis points: what a sender leaves blank counts as not supplied.
        self.decision_price = Price::decode(terms.decision_price)
            .filter(|p| p.0 != 0)
            .unwrap_or(Price::NONE);
        self.rates = vec![(0, Rates::of(terms))];
        self.terms = Some(*terms);
    }

    /// Participation that was asked for at `time` (engine time, ns UTC); `None` when the order itself was not seen.
    #[must_use]
    pub fn rates_at(&self, time: u64) -> Option<Rates> {
        let next = self.rates.partition_point(|r| r.0 <= time);
        self.rates.get(next.checked_sub(1)?).map(|r| r.1)
    }

    pub(super) fn point(&mut self, time: u64) {
        let (target, filled) = (self.target, self.filled);
        self.series.push(Point {
            time,
            target,
            filled,
        });
    }

    pub(super) fn decided(&mut self, time: u64, why: Why) {
        if why.reason != Reason::None {
            self.decisions += 1;
            self.last_decision = Some(Decision { time, why });
        }
    }
}

impl Parent {
    pub(super) fn take_update(&mut self, time: u64, m: &ParentUpdate, why: Why) {
        if self.client_order_id.is_empty() {
            field_text(&m.client_order_id).clone_into(&mut self.client_order_id);
        }
        if self.instrument == u32::MAX {
            self.instrument = m.instrument;
        }
        if self.algorithm == 0 {
            self.algorithm = m.algorithm;
        }
        let amended = self.amends().find(|a| a.version == m.version);
        if let Some(amend) = amended {
            self.limits = amend.limits;
            self.terms = Some(amend.terms);
            if self.rates.last().is_some_and(|r| r.1 != amend.rates) {
                let since = self.rates.last().map_or(time, |r| r.0.max(time));
                self.rates.push((since, amend.rates));
            }
            (self.asked, self.waits) = (None, None);
        }
        if let Ok(state) = ParentState::try_from(m.state) {
            self.state = state;
        }
        if self.state == ParentState::PendingAmend {
            self.waits = self.asked.take().or(self.waits);
        }
        self.field = FieldCode::try_from(m.field).unwrap_or(FieldCode::None);
        (self.why, self.updated) = (why, time);
        self.version = m.version;
        if m.ordered != 0 {
            self.ordered = m.ordered;
        }
        if m.start != 0 {
            self.start = m.start;
        }
        if m.end != 0 {
            self.end = m.end;
        }
        (self.blocked, self.target, self.band) = (m.blocked, m.target, m.band);
        self.market_volume = m.market_volume;
        self.reported_filled = m.filled;
        self.arrival_price = Price(m.arrival_price);
        self.point(time);
        let blocked =
            m.blocked != 0 || matches!(self.state, ParentState::Paused | ParentState::Suspended);
        let blocked = blocked && !self.state.is_terminal();
        match self.suspended_since {
            None if blocked => self.suspended_since = Some(time),
            Some(from) if !blocked => {
                self.suspended.push((from, time));
                self.suspended_since = None;
            }
            _ => {}
        }
    }

    pub(super) fn slice_end(&mut self, m: &ParentUpdate, reason: Reason) {
        self.slice_ends += 1;
        self.deviation_max = self.deviation_max.max(m.filled.abs_diff(m.target));
        if m.filled < m.target.saturating_sub(m.band) {
            self.slice_misses += 1;
            *self.miss_reasons.entry(reason.name()).or_default() += 1;
        }
    }

    pub(super) fn line(
        &mut self,
        time: u64,
        child_id: u64,
        what: &'static str,
        qty: u64,
        price: i64,
        reason: Reason,
    ) {
        if self.slices.len() == SLICE_LINES_MAX {
            self.slices.pop_front();
        }
        self.slices.push_back(SliceLine {
            time,
            child_id,
            what,
            qty,
            price: Price(price),
            reason,
        });
    }
}
