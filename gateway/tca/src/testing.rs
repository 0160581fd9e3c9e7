//! Hand-made runs for tests: one line each for a quote, a print, an order, an update, a slice, a fill.

use crate::analysis::Analysis;
use shm_wire::codes::{AlgorithmCode, OrderType, ParentState, ReportKind, RingKind, Side};
use shm_wire::instrument::{Instrument, Session, text_field};
use shm_wire::market::{Quote, Status, Trade};
use shm_wire::message::Message;
use shm_wire::parent::{ParentNew, ParentUpdate, UpdateKind};
use shm_wire::reason::Reason;
use shm_wire::record::{Direction, RecordHead};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::SliceNew;
use shm_wire::units::Price;

/// One second.
pub(crate) const S: u64 = 1_000_000_000;
/// A price in cents.
pub(crate) const fn cents(c: i64) -> i64 {
    c * 10_000_000
}

/// One instrument, AAPL, with a session from second 100 to second 10,000.
pub(crate) fn instruments() -> Vec<Instrument> {
    let mut i = Instrument::equity(0, "AAPL", 1).unwrap();
    i.session_count = 1;
    i.sessions[0] = Session {
        open: 100 * S,
        close: 10_000 * S,
    };
    vec![i]
}

/// A run as records.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) records: Vec<(RecordHead, Vec<u64>)>,
    executions: u64,
}

impl Run {
    pub(crate) fn push(&mut self, t: u64, direction: Direction, ring: RingKind, m: &impl Message) {
        let mut head = RecordHead::new(m.words().len());
        head.sequence = self.records.len() as u64 + 1;
        head.time = t;
        head.direction = direction.code();
        head.ring = ring.code();
        self.records.push((head, m.words().to_vec()));
    }
    pub(crate) fn market(&mut self, t: u64, m: &impl Message) {
        self.push(t, Direction::Input, RingKind::Market, m);
    }
    pub(crate) fn quote(&mut self, t: u64, bid: i64, ask: i64) {
        let mut q = Quote::empty();
        q.time = t;
        (q.bid_price, q.ask_price) = (cents(bid), cents(ask));
        (q.bid_qty, q.ask_qty) = (100, 100);
        self.market(t, &q);
    }
    pub(crate) fn trade(&mut self, t: u64, price: i64, qty: u64, conditions: u32) {
        let mut m = Trade::empty();
        m.time = t;
        m.price = cents(price);
        m.qty = qty;
        m.conditions = conditions;
        m.trade_id = self.records.len() as u64 + 1;
        self.market(t, &m);
    }
    pub(crate) fn status(&mut self, t: u64, status: u8) {
        let mut m = Status::empty();
        m.time = t;
        m.status = status;
        self.market(t, &m);
    }
    pub(crate) fn order(
        &mut self,
        t: u64,
        id: u64,
        side: Side,
        algorithm: AlgorithmCode,
        qty: u64,
    ) {
        let mut m = ParentNew::empty();
        m.parent_id = id;
        m.source = 1;
        m.version = 1;
        m.terms.quantity = qty;
        m.terms.limit = Price::NONE.0;
        m.terms.side = side.code();
        m.terms.algorithm = algorithm.code();
        m.terms.client_order_id = text_field(&format!("order-{id}")).unwrap();
        self.push(t, Direction::Input, RingKind::Orders, &m);
    }
    pub(crate) fn update(&mut self, t: u64, id: u64, f: impl FnOnce(&mut ParentUpdate)) {
        let mut m = ParentUpdate::empty();
        m.parent_id = id;
        m.source = 1;
        m.version = 1;
        m.event = UpdateKind::Progress.code();
        m.state = ParentState::Active.code();
        m.arrival_price = Price::NONE.0;
        m.average_price = Price::NONE.0;
        f(&mut m);
        self.push(t, Direction::Output, RingKind::Updates, &m);
    }
    pub(crate) fn accept(&mut self, t: u64, id: u64, qty: u64, start: u64, end: u64) {
        self.update(t, id, |m| {
            m.event = UpdateKind::Accepted.code();
            m.reason = Reason::Accepted.code();
            m.ordered = qty;
            (m.start, m.end) = (start, end);
        });
    }
    pub(crate) fn done(
        &mut self,
        t: u64,
        id: u64,
        state: ParentState,
        reason: Reason,
        filled: u64,
    ) {
        self.update(t, id, |m| {
            m.event = UpdateKind::Done.code();
            m.state = state.code();
            m.reason = reason.code();
            m.filled = filled;
        });
    }
    pub(crate) fn slice(&mut self, t: u64, id: u64, child: u64, price: i64, qty: u64) {
        let mut m = SliceNew::empty();
        m.child_id = child;
        m.parent_id = id;
        m.source = 1;
        m.version = 1;
        m.qty = qty;
        m.price = cents(price);
        m.order_type = OrderType::Limit.code();
        m.reason = Reason::SliceDue.code();
        self.push(t, Direction::Output, RingKind::Slices, &m);
    }
    pub(crate) fn report(&mut self, t: u64, child: u64, f: impl FnOnce(&mut ExecutionReport)) {
        let mut m = ExecutionReport::empty();
        m.child_id = child;
        m.venue = 1;
        m.time = t;
        self.executions += 1;
        m.execution_low = self.executions;
        f(&mut m);
        self.push(t, Direction::Input, RingKind::Reports, &m);
    }
    pub(crate) fn fill(&mut self, t: u64, child: u64, price: i64, qty: u64) -> u64 {
        self.report(t, child, |m| {
            m.kind = ReportKind::Fill.code();
            m.last_qty = qty;
            m.last_price = cents(price);
        });
        self.executions
    }
    pub(crate) fn analysis(&self) -> Analysis {
        let mut a = Analysis::new(&instruments());
        for (head, payload) in &self.records {
            a.on_record(head, payload);
        }
        a
    }
}
