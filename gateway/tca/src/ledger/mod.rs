//! Parents, children and fills as the journal tells them: the engine's word for state and schedule, the execution
//! reports for what was filled.

mod limits;
mod parent;
mod rates;
mod series;

pub use limits::RELATIVE_LIMIT_BPS_ID;
pub use parent::{Decision, Parent, SLICE_LINES_MAX, SliceLine};
pub use rates::{MAX_PCT_VOL_ID, MIN_PCT_VOL_ID, Rates, TARGET_PCT_VOL_DEFAULT, TARGET_PCT_VOL_ID};
pub use series::{Point, SERIES_POINTS_MAX, Series};

use crate::event::{Event, event_time};
use crate::figures::kind_of;
use crate::laws::{self, Violation};
use limits::Limits;
use parent::PendingAmend;
use shm_wire::codes::{ParentState, ReportKind, RingKind, Side};
use shm_wire::ids::ParentKey;
use shm_wire::instrument::Instrument;
use shm_wire::market::Quote;
use shm_wire::message::DecodeError;
use shm_wire::parent::{ParentAmend, ParentNew, ParentUpdate, UpdateKind};
use shm_wire::reason::{Reason, Why};
use shm_wire::record::{Direction, RecordHead};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SLICE_AUCTION, SliceCancel, SliceNew, SliceReplace};
use shm_wire::units::{Price, Qty};
use std::collections::{HashMap, HashSet};

/// Most violations that are kept in words; all are counted.
pub const VIOLATIONS_KEPT_MAX: usize = 100;

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
    /// Touch on the other side when the child was sent, as the engine knew it; [`Price::NONE`] without one.
    pub far_touch: Price,
    /// Whether the venue voided it.
    pub busted: bool,
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
    /// Touch on the other side when the child was sent; [`Price::NONE`] without one.
    pub far_touch: Price,
    /// `AuctionKind` code of the auction it waits for; 0 for the book.
    pub auction: u8,
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
    /// Bid and ask of each instrument; [`Price::NONE`] for an empty side.
    touches: Vec<[Price; 2]>,
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
            touches: vec![[Price::NONE; 2]; instruments.len()],
            ..Ledger::default()
        }
    }

    /// Kind of auction that a fill was made in, as a code; 0 for the book.
    #[must_use]
    pub fn auction_of(&self, fill: &Fill) -> u8 {
        self.children.get(&fill.child_id).map_or(0, |c| c.auction)
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
            Event::Quote(m) => self.on_quote(m),
            Event::RunStarted(m) => self.run = Some((m.run, m.seed)),
            Event::RunEnded(_) => self.ended = true,
            _ => {}
        }
    }

    fn on_quote(&mut self, m: &Quote) {
        if let Some(touch) = self.touches.get_mut(m.instrument as usize) {
            *touch = [m.bid_price, m.ask_price].map(|p| Price::decode(p).unwrap_or(Price::NONE));
        }
    }

    /// What an order of this side would trade against now; [`Price::NONE`] when nothing is there.
    fn far_touch(&self, instrument: u32, side: Option<Side>) -> Price {
        match (self.touches.get(instrument as usize), side) {
            (Some(touch), Some(side)) => touch[usize::from(side.is_buy())],
            _ => Price::NONE,
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
            self.parents[index].ask(PendingAmend {
                version: m.version,
                limits: Limits::of(&m.terms),
                quantity: Qty::decode(m.terms.quantity).map_or(0, |q| q.0),
                rates: Rates::of(&m.terms),
                terms: m.terms,
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
            // What waits stays: the request that came last was refused.
            p.asked = None;
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
        let side = self.parents[index].side.or(Side::try_from(m.side).ok());
        let far_touch = self.far_touch(m.instrument, side);
        let p = &mut self.parents[index];
        p.children += 1;
        p.messages += 1;
        p.open = p.open.saturating_add(m.qty);
        p.line(head.time, m.child_id, "new", m.qty, m.price, reason);
        let auction = if m.flags & SLICE_AUCTION == 0 {
            0
        } else {
            kind_of(m.time_in_force)
        };
        if let Some(sent) = p
            .sent_to_auctions
            .get_mut(usize::from(auction).wrapping_sub(1))
        {
            *sent = sent.saturating_add(m.qty);
        }
        let child = Child {
            parent: index,
            auction,
            qty: m.qty,
            filled: 0,
            far_touch,
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
        let p = &mut self.parents[child.parent];
        p.messages += 1;
        p.line(head.time, m.child_id, "replace", m.qty, m.price, reason);
    }

    fn on_cancel(&mut self, head: &RecordHead, m: &SliceCancel) {
        let Some(child) = self.children.get(&m.child_id).copied() else {
            self.counters.orphans += 1;
            return;
        };
        let reason = self.decision(child.parent, head, m.reason);
        let none = Price::NONE.0;
        let p = &mut self.parents[child.parent];
        p.messages += 1;
        p.line(head.time, m.child_id, "cancel", 0, none, reason);
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
                booked = self.book(head, m, &child);
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
    fn book(&mut self, head: &RecordHead, m: &ExecutionReport, child: &Child) -> bool {
        let parent = child.parent;
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
            far_touch: child.far_touch,
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
