//! The real engine with a venue that answers as a test says, child by child: for failures that chance rarely brings.

use crate::toy::{Ask, SECOND, START, TICK};
use engine_algos::Registry;
use engine_core::engine::{Engine, EngineConfig};
use engine_core::input::{Inbound, Input};
use engine_core::outbox::{Outbox, Output};
use engine_core::risk::RiskLimits;
use shm_wire::codes::{ReportKind, TimeInForce, VenueReason};
use shm_wire::instrument::Instrument;
use shm_wire::market::{Quote, Trade};
use shm_wire::parent::{ParentUpdate, UpdateKind};
use shm_wire::record::{Continue, TimerFired};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::SliceNew;
use shm_wire::units::{Nanos, Price};

/// A child as the venue has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) new: SliceNew,
    pub(crate) qty: u64,
    pub(crate) price: i64,
    pub(crate) filled: u64,
    pub(crate) version: u16,
    pub(crate) open: bool,
    /// Requests that wait for an answer, oldest first: what a replace wants (version, quantity, price), or a cancel.
    pub(crate) asked: Option<(u16, u64, i64)>,
    pub(crate) cancel: bool,
    pub(crate) acked: bool,
    /// Not filled of the order when it was sent.
    pub(crate) leaves: u64,
}

impl Held {
    pub(crate) fn left(&self) -> u64 {
        if self.open { self.qty - self.filled } else { 0 }
    }
    pub(crate) fn immediate(&self) -> bool {
        self.new.time_in_force == TimeInForce::Ioc.code()
    }
}

pub(crate) struct Script {
    engine: Engine<Registry>,
    out: Outbox,
    pub(crate) now: u64,
    feed: u32,
    reports: u64,
    pub(crate) bid: i64,
    pub(crate) depth: u64,
    pub(crate) children: Vec<Held>,
    pub(crate) updates: Vec<ParentUpdate>,
    pub(crate) quantity: u64,
    pub(crate) filled: u64,
}

impl Script {
    pub(crate) fn new(ask: &Ask) -> Script {
        let instrument = Instrument::equity(0, "TOY", 100).unwrap();
        let config = EngineConfig {
            shard: 0,
            seed: 1,
            parents_max: 1,
            executions_max: 1 << 16,
            limits: RiskLimits::demo(),
        };
        let mut script = Script {
            engine: Engine::new(config, &[instrument], Registry).unwrap(),
            out: Outbox::new(),
            now: START,
            feed: 0,
            reports: 0,
            bid: 10_000 * TICK,
            depth: 500,
            children: Vec::new(),
            updates: Vec::new(),
            quantity: ask.quantity,
            filled: 0,
        };
        script.quote();
        script.step(Inbound::ParentNew(ask.message(1)));
        script
    }
    fn step(&mut self, message: Inbound) {
        let mut message = message;
        loop {
            let input = Input { source: 0, message };
            self.engine.step(Nanos(self.now), &input, &mut self.out);
            let outputs: Vec<Output> = self.out.iter().copied().collect();
            for output in outputs {
                self.take(output);
            }
            if !self.engine.needs_continue() {
                return;
            }
            message = Inbound::Continue(Continue::empty());
        }
    }
    fn take(&mut self, output: Output) {
        match output {
            Output::Update(u) => self.updates.push(u),
            Output::New(n) => {
                self.children.push(Held {
                    new: n,
                    qty: n.qty,
                    price: n.price,
                    filled: 0,
                    version: n.version,
                    open: true,
                    asked: None,
                    cancel: false,
                    acked: false,
                    leaves: self.quantity - self.filled,
                });
                self.check_exposure();
            }
            Output::Replace(r) => {
                let c = self.child(r.child_id);
                c.asked = Some((r.version, r.qty, r.price));
                self.check_exposure();
            }
            Output::Cancel(m) => self.child(m.child_id).cancel = true,
        }
    }
    fn child(&mut self, id: u64) -> &mut Held {
        self.children
            .iter_mut()
            .find(|c| c.new.child_id == id)
            .unwrap()
    }
    /// Never more done and out than ordered.
    fn check_exposure(&self) {
        let out = self.open();
        assert!(self.filled + out <= self.quantity, "{out} out of {self:?}");
    }
    /// What is out, the larger quantity of a pending replace counted.
    pub(crate) fn open(&self) -> u64 {
        let open = self.children.iter().filter(|c| c.open);
        open.map(|c| c.asked.map_or(c.qty, |a| a.1.max(c.qty)) - c.filled)
            .sum()
    }
    pub(crate) fn done(&self) -> Option<&ParentUpdate> {
        let done = UpdateKind::Done.code();
        self.updates.iter().find(|u| u.event == done)
    }
    pub(crate) fn quote(&mut self) {
        self.feed += 1;
        let q = Quote {
            sequence: self.feed,
            time: self.now,
            bid_price: self.bid,
            ask_price: self.bid + 2 * TICK,
            bid_qty: self.depth,
            ask_qty: self.depth,
            ..Quote::empty()
        };
        self.step(Inbound::Quote(q));
    }
    fn print(&mut self, qty: u64) {
        self.feed += 1;
        let t = Trade {
            sequence: self.feed,
            time: self.now,
            price: self.bid,
            qty,
            ..Trade::empty()
        };
        self.step(Inbound::Trade(t));
    }
    /// A tenth of a second of market: a quote, a print, a timer.
    pub(crate) fn tick(&mut self) {
        self.now += SECOND / 10;
        self.quote();
        self.print(200);
        self.step(Inbound::TimerFired(TimerFired::empty()));
    }
    pub(crate) fn since_start(&self) -> u64 {
        (self.now - START) / (SECOND / 10)
    }

    fn report(&mut self, index: usize, kind: ReportKind, last: u64, cumulative: u64) {
        self.reports += 1;
        let c = self.children[index];
        let m = ExecutionReport {
            sequence: self.reports,
            child_id: c.new.child_id,
            version: c.version,
            kind: kind.code(),
            reason: if kind == ReportKind::Rejected {
                VenueReason::WouldTrade.code()
            } else {
                0
            },
            execution_low: if last > 0 { self.reports } else { 0 },
            last_qty: last,
            last_price: if last > 0 { c.price } else { Price::NONE.0 },
            cumulative_qty: cumulative,
            order_qty: c.qty,
            ..ExecutionReport::empty()
        };
        self.step(Inbound::ExecutionReport(m));
    }
    pub(crate) fn ack(&mut self, index: usize) {
        self.children[index].acked = true;
        self.report(index, ReportKind::Ack, 0, 0);
    }
    pub(crate) fn fill(&mut self, index: usize, qty: u64) {
        let c = &mut self.children[index];
        c.filled += qty;
        let (filled, whole) = (c.filled, c.filled == c.qty);
        c.open &= !whole;
        self.filled += qty;
        let kind = if whole {
            ReportKind::Fill
        } else {
            ReportKind::PartialFill
        };
        self.report(index, kind, qty, filled);
    }
    /// The child ends with what it has, of which `owed` is told only later by [`Script::late_fill`].
    pub(crate) fn end(&mut self, index: usize, kind: ReportKind, owed: u64) {
        let c = &mut self.children[index];
        c.open = false;
        let cumulative = c.filled + owed;
        self.report(index, kind, 0, cumulative);
    }
    pub(crate) fn late_fill(&mut self, index: usize, qty: u64) {
        let c = &mut self.children[index];
        c.filled += qty;
        let filled = c.filled;
        self.filled += qty;
        self.report(index, ReportKind::PartialFill, qty, filled);
    }
    pub(crate) fn answer_replace(&mut self, index: usize, accept: bool) {
        let c = &mut self.children[index];
        let Some((version, qty, price)) = c.asked.take() else {
            return;
        };
        let kind = if accept && c.open && qty > c.filled {
            (c.version, c.qty, c.price) = (version, qty, price);
            ReportKind::Replaced
        } else {
            ReportKind::ReplaceRejected
        };
        let filled = c.filled;
        self.report(index, kind, 0, filled);
    }
    pub(crate) fn answer_cancel(&mut self, index: usize) {
        let c = &mut self.children[index];
        if !core::mem::take(&mut c.cancel) {
            return;
        }
        if c.open {
            self.end(index, ReportKind::Canceled, 0);
        } else {
            let filled = c.filled;
            self.report(index, ReportKind::CancelRejected, 0, filled);
        }
    }
}

impl core::fmt::Debug for Script {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let open: Vec<_> = self.children.iter().filter(|c| c.open).collect();
        write!(
            f,
            "{} ordered, {} filled, open {open:?}",
            self.quantity, self.filled
        )
    }
}
