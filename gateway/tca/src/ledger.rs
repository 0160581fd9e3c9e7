//! Parents, children and fills as the journal tells them: the engine's word for state and schedule, the execution
//! reports for what was filled.

use crate::event::{Event, event_time};
use crate::laws::{self, Violation};
use shm_wire::codes::{AlgorithmCode, ParentState, ReportKind, RingKind, Side};
use shm_wire::ids::ParentKey;
use shm_wire::instrument::{Instrument, field_text};
use shm_wire::message::DecodeError;
use shm_wire::parent::{ParentAmend, ParentNew, ParentUpdate, Terms, UpdateKind};
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::record::{Direction, RecordHead};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SliceCancel, SliceNew, SliceReplace};
use shm_wire::units::{Price, Qty};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// Most points of a parent's series; beyond, every second one is left out.
pub const SERIES_POINTS_MAX: usize = 512;
/// Most slice lines that a parent keeps, the latest.
pub const SLICE_LINES_MAX: usize = 256;
/// Most violations that are kept in words; all are counted.
pub const VIOLATIONS_KEPT_MAX: usize = 100;

/// A parent's schedule and fills at one instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Point {
    /// Engine time, ns UTC.
    pub time: u64,
    /// Q(t), steps.
    pub target: u64,
    /// Filled, steps.
    pub filled: u64,
}

/// A series that never grows beyond [`SERIES_POINTS_MAX`] and always ends with the latest point.
#[derive(Clone, Debug, Default)]
pub struct Series {
    points: Vec<Point>,
    stride: u64,
    seen: u64,
}

impl Series {
    /// The points, oldest first.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }
    fn push(&mut self, point: Point) {
        let stride = self.stride.max(1);
        let keep = self.seen.is_multiple_of(stride) || self.points.len() < 2;
        self.seen += 1;
        match self.points.last_mut() {
            Some(last) if !keep || last.time == point.time => *last = point,
            _ => self.points.push(point),
        }
        if self.points.len() >= SERIES_POINTS_MAX {
            let mut index = 0;
            let end = self.points.len() - 1;
            self.points.retain(|_| {
                index += 1;
                (index - 1) % 2 == 0 || index - 1 == end
            });
            self.stride = stride * 2;
        }
    }
}

/// One execution that counts.
#[derive(Clone, Copy, Debug)]
pub struct Fill {
    /// Venue time, ns UTC.
    pub time: u64,
    /// Parent, index into [`Ledger::parents`].
    pub parent: usize,
    /// Child.
    pub child_id: u64,
    /// Price, 1e-9.
    pub price: Price,
    /// Quantity, steps; 0 after a bust.
    pub qty: u64,
    /// 1 took liquidity, 2 rested, 0 unknown.
    pub liquidity: u8,
    /// Whether the venue voided it.
    pub busted: bool,
}

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
struct PendingAmend {
    version: u16,
    limit: i64,
    quantity: u64,
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
    /// Limit in force; [`Price::NONE`] without.
    pub limit: Price,
    /// Reported state.
    pub state: ParentState,
    /// Blocked bits of the last update.
    pub blocked: u16,
    /// Rejected field, when there is one.
    pub field: FieldCode,
    /// Reason of the last update.
    pub why: Why,
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
    pending: Option<PendingAmend>,
}

impl Parent {
    fn new(key: ParentKey, time: u64) -> Parent {
        Parent {
            key,
            client_order_id: String::new(),
            instrument: u32::MAX,
            side: None,
            algorithm: 0,
            limit: Price::NONE,
            state: ParentState::Pending,
            blocked: 0,
            field: FieldCode::None,
            why: Why::default(),
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
            pending: None,
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
        self.ordered.max(self.pending.map_or(0, |p| p.quantity))
    }

    /// Whether a price is allowed by the limit in force or the one being asked for.
    #[must_use]
    pub fn within_limit(&self, price: Price) -> bool {
        let Some(side) = self.side else { return true };
        let holds = |limit: Price| {
            !limit.is_some()
                || price.is_some()
                    && (if side.is_buy() {
                        price <= limit
                    } else {
                        price >= limit
                    })
        };
        holds(self.limit) || self.pending.is_some_and(|p| holds(Price(p.limit)))
    }

    fn take_terms(&mut self, terms: &Terms) {
        field_text(&terms.client_order_id).clone_into(&mut self.client_order_id);
        self.instrument = terms.instrument;
        self.side = Side::try_from(terms.side).ok();
        self.algorithm = terms.algorithm;
        self.limit = Price(terms.limit);
        self.ordered = terms.quantity;
        (self.start, self.end) = (terms.start, terms.end);
    }

    fn point(&mut self, time: u64) {
        let (target, filled) = (self.target, self.filled);
        self.series.push(Point {
            time,
            target,
            filled,
        });
    }

    fn decided(&mut self, time: u64, why: Why) {
        if why.reason != Reason::None {
            self.decisions += 1;
            self.last_decision = Some(Decision { time, why });
        }
    }
}

/// A child order.
#[derive(Clone, Copy, Debug)]
pub struct Child {
    /// Parent, index into [`Ledger::parents`].
    pub parent: usize,
    /// Largest quantity that may stand at the venue, steps.
    pub qty: u64,
    /// Filled, steps.
    pub filled: u64,
    /// Whether nothing more can come.
    pub ended: bool,
}

impl Child {
    fn open(&self) -> u64 {
        if self.ended {
            0
        } else {
            self.qty.saturating_sub(self.filled)
        }
    }
}

/// What is counted over all records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Records.
    pub records: u64,
    /// Inputs from the market ring.
    pub market_messages: u64,
    /// Outputs that carry a reason.
    pub decisions: u64,
    /// Children sent.
    pub children: u64,
    /// Executions that count.
    pub fills: u64,
    /// Records whose payload does not decode.
    pub undecodable: u64,
    /// Reports about children or executions that the journal does not know.
    pub orphans: u64,
    /// Broken laws.
    pub violations: u64,
}

/// Everything about orders.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Instrument table.
    pub instruments: Vec<Instrument>,
    /// Parents in the order of their arrival.
    pub parents: Vec<Parent>,
    /// Executions in the order of their arrival.
    pub fills: Vec<Fill>,
    /// Counters.
    pub counters: Counters,
    /// The first broken laws in words.
    pub violations: Vec<Violation>,
    /// Time of the first record, ns UTC.
    pub first_time: u64,
    /// Time of the latest record, ns UTC.
    pub last_time: u64,
    /// Sequence of the latest record.
    pub last_sequence: u64,
    /// Whether the run ended in order.
    pub ended: bool,
    /// Run number and seed, once the run's first record was seen.
    pub run: Option<(u64, u64)>,
    by_key: HashMap<ParentKey, usize>,
    children: HashMap<u64, Child>,
    executions: HashMap<(u16, u64, u64), usize>,
    amendments: HashSet<(u16, u64, u64)>,
}

impl Ledger {
    /// An empty ledger over an instrument table.
    #[must_use]
    pub fn new(instruments: &[Instrument]) -> Ledger {
        Ledger {
            instruments: instruments.to_vec(),
            ..Ledger::default()
        }
    }

    /// Instrument of a parent.
    #[must_use]
    pub fn instrument(&self, id: u32) -> Option<&Instrument> {
        self.instruments.get(id as usize)
    }

    /// Parent of a key.
    #[must_use]
    pub fn parent(&self, key: ParentKey) -> Option<&Parent> {
        self.by_key.get(&key).map(|i| &self.parents[*i])
    }

    /// Takes one record; the event it holds comes back for whoever wants more of it.
    pub fn on_record(&mut self, head: &RecordHead, payload: &[u64]) -> Event {
        let c = &mut self.counters;
        c.records += 1;
        if head.direction == Direction::Input.code() && head.ring == RingKind::Market.code() {
            c.market_messages += 1;
        }
        if c.records == 1 {
            self.first_time = head.time;
        }
        self.last_time = self.last_time.max(head.time);
        if self.last_sequence != 0 && head.sequence != self.last_sequence.wrapping_add(1) {
            laws::broken(self, None, head, "record sequence without gaps");
        }
        self.last_sequence = head.sequence;
        let event = Event::of(head, payload);
        match &event {
            Ok(event) => self.on_event(head, event),
            Err(DecodeError::UnknownKind { .. }) => {}
            Err(_) => self.counters.undecodable += 1,
        }
        event.unwrap_or(Event::Other)
    }

    fn on_event(&mut self, head: &RecordHead, event: &Event) {
        match event {
            Event::ParentNew(m) => self.on_new(head, m),
            Event::ParentAmend(m) => self.on_amend(m),
            Event::Update(m) => self.on_update(head, m),
            Event::SliceNew(m) => self.on_slice(head, m),
            Event::SliceReplace(m) => self.on_replace(head, m),
            Event::SliceCancel(m) => self.on_cancel(head, m),
            Event::Report(m) => self.on_report(head, m),
            Event::RunStarted(m) => self.run = Some((m.run, m.seed)),
            Event::RunEnded(_) => self.ended = true,
            _ => {}
        }
    }

    fn slot(&mut self, key: ParentKey, time: u64) -> usize {
        let next = self.parents.len();
        let index = *self.by_key.entry(key).or_insert(next);
        if index == next {
            self.parents.push(Parent::new(key, time));
        }
        index
    }

    fn on_new(&mut self, head: &RecordHead, m: &ParentNew) {
        let key = ParentKey {
            source: m.source,
            parent_id: m.parent_id,
        };
        // The same key again is a re-send, or a conflict that the engine answers: the first terms stand.
        if !self.by_key.contains_key(&key) {
            let index = self.slot(key, head.time);
            self.parents[index].take_terms(&m.terms);
        }
    }

    fn on_amend(&mut self, m: &ParentAmend) {
        let key = ParentKey {
            source: m.source,
            parent_id: m.parent_id,
        };
        if let Some(&index) = self.by_key.get(&key) {
            self.parents[index].pending = Some(PendingAmend {
                version: m.version,
                limit: m.terms.limit,
                quantity: Qty::decode(m.terms.quantity).map_or(0, |q| q.0),
            });
        }
    }

    fn on_update(&mut self, head: &RecordHead, m: &ParentUpdate) {
        let key = ParentKey {
            source: m.source,
            parent_id: m.parent_id,
        };
        let index = self.slot(key, head.time);
        let kind = UpdateKind::try_from(m.event).ok();
        let why = Why::new(Reason::try_from(m.reason).unwrap_or_default(), m.operands);
        let p = &mut self.parents[index];
        if why.reason != Reason::None {
            self.counters.decisions += 1;
        }
        p.decided(head.time, why);
        let refused = matches!(kind, Some(UpdateKind::RequestRejected))
            || matches!(kind, Some(UpdateKind::Rejected)) && p.accepted.is_some();
        if refused {
            p.pending = None;
            return;
        }
        let was_done = p.done.is_some();
        p.take_update(head.time, m, why);
        match kind {
            Some(UpdateKind::Accepted) => p.accepted = p.accepted.or(Some(head.time)),
            Some(UpdateKind::Rejected) => p.state = ParentState::Rejected,
            Some(UpdateKind::SliceEnd) => p.slice_end(m, why.reason),
            _ => {}
        }
        if matches!(kind, Some(UpdateKind::Done | UpdateKind::Rejected)) {
            p.done = p.done.or(Some(head.time));
            if was_done {
                laws::broken(
                    self,
                    Some(index),
                    head,
                    "one terminal report for each parent",
                );
            }
        }
    }

    fn on_slice(&mut self, head: &RecordHead, m: &SliceNew) {
        self.counters.children += 1;
        let key = ParentKey {
            source: m.source,
            parent_id: m.parent_id,
        };
        let index = self.slot(key, head.time);
        laws::check_slice(self, index, head, m);
        let reason = self.decision(index, head, m.reason);
        let p = &mut self.parents[index];
        p.children += 1;
        p.open = p.open.saturating_add(m.qty);
        p.line(head.time, m.child_id, "new", m.qty, m.price, reason);
        let child = Child {
            parent: index,
            qty: m.qty,
            filled: 0,
            ended: false,
        };
        if self.children.insert(m.child_id, child).is_some() {
            laws::broken(self, Some(index), head, "child ids are never used twice");
        }
    }

    fn on_replace(&mut self, head: &RecordHead, m: &SliceReplace) {
        let Some(mut child) = self.children.get(&m.child_id).copied() else {
            self.counters.orphans += 1;
            return;
        };
        let before = child.open();
        child.qty = child.qty.max(m.qty);
        let p = &mut self.parents[child.parent];
        p.open = p.open.saturating_add(child.open()).saturating_sub(before);
        self.children.insert(m.child_id, child);
        laws::check_replace(self, child.parent, head, m);
        let reason = self.decision(child.parent, head, m.reason);
        self.parents[child.parent].line(head.time, m.child_id, "replace", m.qty, m.price, reason);
    }

    fn on_cancel(&mut self, head: &RecordHead, m: &SliceCancel) {
        let Some(child) = self.children.get(&m.child_id).copied() else {
            self.counters.orphans += 1;
            return;
        };
        let reason = self.decision(child.parent, head, m.reason);
        let none = Price::NONE.0;
        self.parents[child.parent].line(head.time, m.child_id, "cancel", 0, none, reason);
    }

    /// Books a decision whose reason stands in a slice message.
    fn decision(&mut self, index: usize, head: &RecordHead, reason: u16) -> Reason {
        let reason = Reason::try_from(reason).unwrap_or_default();
        if reason != Reason::None {
            self.counters.decisions += 1;
        }
        self.parents[index].decided(head.time, Why::bare(reason));
        reason
    }

    fn on_report(&mut self, head: &RecordHead, m: &ExecutionReport) {
        let Ok(kind) = ReportKind::try_from(m.kind) else {
            self.counters.undecodable += 1;
            return;
        };
        let Some(mut child) = self.children.get(&m.child_id).copied() else {
            self.counters.orphans += 1;
            return;
        };
        let before = child.open();
        let mut booked = false;
        match kind {
            ReportKind::PartialFill | ReportKind::Fill => {
                booked = self.book(head, m, child.parent);
                if booked {
                    child.filled = child.filled.saturating_add(m.last_qty);
                }
            }
            ReportKind::Bust | ReportKind::Correct => self.amend_fill(m, kind),
            ReportKind::Rejected | ReportKind::CancelRejected | ReportKind::ReplaceRejected => {
                self.parents[child.parent].rejects += 1;
            }
            _ => {}
        }
        let settled = matches!(kind, ReportKind::Replaced | ReportKind::ReplaceRejected);
        if settled && (1..=Qty::BOUND).contains(&m.order_qty) {
            child.qty = m.order_qty;
        }
        child.ended |= kind.is_terminal();
        let p = &mut self.parents[child.parent];
        p.open = p.open.saturating_add(child.open()).saturating_sub(before);
        self.children.insert(m.child_id, child);
        if booked {
            self.parents[child.parent].point(head.time);
            laws::check_fill(self, child.parent, head);
        }
    }

    /// Books an execution once for its (venue, execution key); whether it was new.
    fn book(&mut self, head: &RecordHead, m: &ExecutionReport, parent: usize) -> bool {
        let (Some(price), Some(qty)) = (Price::decode(m.last_price), Qty::decode(m.last_qty))
        else {
            self.counters.undecodable += 1;
            return false;
        };
        let key = (m.venue, m.execution_high, m.execution_low);
        if qty.is_zero() || self.executions.contains_key(&key) {
            return false;
        }
        self.executions.insert(key, self.fills.len());
        self.parents[parent].fills.push(self.fills.len());
        self.fills.push(Fill {
            time: event_time(m.time, head.time),
            parent,
            child_id: m.child_id,
            price,
            qty: qty.0,
            liquidity: m.liquidity,
            busted: false,
        });
        let p = &mut self.parents[parent];
        p.filled = p.filled.saturating_add(qty.0);
        p.value = p
            .value
            .saturating_add(i128::from(price.0) * i128::from(qty.0));
        p.fill_count += 1;
        self.counters.fills += 1;
        true
    }

    /// A bust or correction, once for its own key.
    fn amend_fill(&mut self, m: &ExecutionReport, kind: ReportKind) {
        let own = (m.venue, m.execution_high, m.execution_low);
        let meant = (m.venue, m.reference_high, m.reference_low);
        if (own.1, own.2) != (0, 0) && !self.amendments.insert(own) {
            return;
        }
        let Some(&index) = self.executions.get(&meant) else {
            self.counters.orphans += 1;
            return;
        };
        let old = self.fills[index];
        let new = match (kind, Price::decode(m.last_price), Qty::decode(m.last_qty)) {
            (ReportKind::Bust, ..) => Fill {
                qty: 0,
                busted: true,
                ..old
            },
            (_, Some(price), Some(qty)) => Fill {
                price,
                qty: qty.0,
                busted: qty.is_zero(),
                ..old
            },
            _ => {
                self.counters.undecodable += 1;
                return;
            }
        };
        self.fills[index] = new;
        let value = |f: &Fill| i128::from(f.price.0) * i128::from(f.qty);
        let p = &mut self.parents[old.parent];
        p.filled = p.filled.saturating_sub(old.qty).saturating_add(new.qty);
        p.value = p
            .value
            .saturating_sub(value(&old))
            .saturating_add(value(&new));
        let (was, is) = (u64::from(!old.busted), u64::from(!new.busted));
        p.fill_count = (p.fill_count + is).saturating_sub(was);
        self.counters.fills = (self.counters.fills + is).saturating_sub(was);
    }
}

impl Parent {
    fn take_update(&mut self, time: u64, m: &ParentUpdate, why: Why) {
        if self.client_order_id.is_empty() {
            field_text(&m.client_order_id).clone_into(&mut self.client_order_id);
        }
        if self.instrument == u32::MAX {
            self.instrument = m.instrument;
        }
        if self.algorithm == 0 {
            self.algorithm = m.algorithm;
        }
        if let Some(amend) = self.pending.filter(|a| a.version == m.version) {
            self.limit = Price(amend.limit);
            self.pending = None;
        }
        if let Ok(state) = ParentState::try_from(m.state) {
            self.state = state;
        }
        self.field = FieldCode::try_from(m.field).unwrap_or(FieldCode::None);
        self.why = why;
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

    fn slice_end(&mut self, m: &ParentUpdate, reason: Reason) {
        self.slice_ends += 1;
        self.deviation_max = self.deviation_max.max(m.filled.abs_diff(m.target));
        if m.filled < m.target.saturating_sub(m.band) {
            self.slice_misses += 1;
            *self.miss_reasons.entry(reason.name()).or_default() += 1;
        }
    }

    fn line(
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
