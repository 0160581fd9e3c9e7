//! An engine with one or more instruments, an eager algorithm, and helpers to speak to it.

use engine_core::algorithm::{
    Algorithms, Intent, Intents, Placement, Refusal, Style, Target, Wake,
};
use engine_core::auction::{AuctionTerms, Call};
use engine_core::engine::{Engine, EngineConfig};
use engine_core::input::{Inbound, Input};
use engine_core::outbox::{OUTPUTS_MAX, Outbox, Output};
use engine_core::risk::RiskLimits;
use engine_core::view::{Constraints, Order, View};
use shm_wire::codes::{AuctionPolicy, ParentState, ReportKind, ResumePolicy, Side};
use shm_wire::instrument::{Instrument, Session, text_field};
use shm_wire::market::{Quote, Status, Trade};
use shm_wire::parent::{Parameter, ParentCancel, ParentNew, ParentUpdate, UpdateKind};
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::record::{Continue, TimerFired};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::SliceNew;
use shm_wire::units::{DurationNs, Nanos, Ppm, Price, Qty};

/// Start of the session.
pub(crate) const OPEN: u64 = 1_000_000_000_000;
/// End of the session.
pub(crate) const CLOSE: u64 = OPEN + 3_600_000_000_000;
/// One currency unit.
pub(crate) const UNIT: i64 = Price::SCALE;

/// Parameter: quantity of a child.
pub(crate) const CHILD_QTY: u16 = 1;
/// Parameter: 1 = cross with immediate children, 2 = rest at the far price, else rest at the near touch.
pub(crate) const CROSS: u16 = 2;
/// Parameter: participation cap, ppm.
pub(crate) const CAP: u16 = 3;
/// Parameter: wake at this much market volume instead of working.
pub(crate) const SLEEP_UNTIL: u16 = 4;
/// Parameter: policy of the closing auction.
pub(crate) const AT_CLOSE: u16 = 5;
/// Parameter: 1 = goes on after its end.
pub(crate) const PAST_END: u16 = 7;
/// Parameter: quantity planned for an auction; without it all that is free.
pub(crate) const AUCTION_QTY: u16 = 6;

/// Keeps one child of `CHILD_QTY` working until all is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Eager;

impl Algorithms for Eager {
    type Plan = u32;
    type Pace = ();

    fn plan(
        &self,
        algorithm: u16,
        order: &Order,
        _: &Instrument,
        _: Nanos,
    ) -> Result<(u32, Constraints), Refusal> {
        if algorithm != 1 {
            let why = Why::new(Reason::UnknownAlgorithm, [algorithm.into(), 0, 0]);
            return Err(Refusal {
                field: FieldCode::Algorithm,
                parameter: 0,
                why,
            });
        }
        let cap = order.parameter(CAP).map(|c| Ppm(u32::try_from(c).unwrap()));
        Ok((
            0,
            Constraints {
                max_pct_vol: cap,
                past_end: order.parameter(PAST_END) == Some(1),
                auctions: AuctionTerms {
                    close: AuctionPolicy::try_from(
                        u8::try_from(order.parameter(AT_CLOSE).unwrap_or(0)).unwrap(),
                    )
                    .unwrap(),
                    max_share: Ppm(100_000),
                    ..AuctionTerms::NONE
                },
                ..Constraints::default()
            },
        ))
    }
    fn target(&self, _: &mut u32, view: &View<'_>) -> (Target, ()) {
        let target = Target {
            cumulative: view.order.quantity,
            release: view.order.quantity,
            band: Qty::ZERO,
            nominal: Qty(100),
            slice: 0,
            slice_start_target: Qty::ZERO,
            slice_start: view.order.start,
            slice_end: view.order.end,
            finishing_from: Nanos::NEVER,
            wake: Wake::NEVER,
        };
        (target, ())
    }
    fn place(
        &self,
        _: &mut u32,
        view: &View<'_>,
        _: &Target,
        (): &(),
        intents: &mut Intents,
    ) -> Placement {
        let idle = |reason| Placement {
            wake: Wake::at(view.now.plus(DurationNs::from_millis(50))),
            why: Why::bare(reason),
        };
        if let Some(volume) = view.order.parameter(SLEEP_UNTIL) {
            let volume = Qty(volume.unsigned_abs());
            if view.market_volume < volume {
                return Placement {
                    wake: Wake::at_volume(volume),
                    why: Why::bare(Reason::WaitVolume),
                };
            }
        }
        if !view.market.is_usable() {
            return idle(Reason::WaitBook);
        }
        if view.children.iter().any(|c| !c.state.is_over()) {
            return Placement {
                wake: Wake::NEVER,
                why: Why::bare(Reason::WaitChild),
            };
        }
        let buy = view.is_buy();
        let (near, far) = (view.market.near(buy), view.market.far(buy));
        let (price, style) = match view.order.parameter(CROSS) {
            Some(1) => (far, Style::Immediate),
            Some(2) => (far, Style::Rest),
            _ => (near, Style::PostOnly),
        };
        let qty = Qty(view
            .order
            .parameter(CHILD_QTY)
            .unwrap_or(100)
            .unsigned_abs());
        intents.push(Intent::New {
            qty,
            price: view.within_limit(price),
            style,
            why: Why::bare(Reason::SliceDue),
        });
        Placement {
            wake: Wake::NEVER,
            why: Why::bare(Reason::SliceDue),
        }
    }
    fn auction(&self, _: &u32, view: &View<'_>, _: &Call<'_>) -> Qty {
        let planned = view.order.parameter(AUCTION_QTY);
        planned.map_or(view.ledger.free(), |q| Qty(q.unsigned_abs()))
    }
    fn resume(&self, plan: &mut u32, _: &View<'_>, _: ResumePolicy) {
        *plan += 1;
    }
}

/// An engine and what it said.
pub(crate) struct Rig {
    pub(crate) engine: Engine<Eager>,
    pub(crate) now: u64,
    pub(crate) out: Outbox,
    /// Outputs of the last call, continuations included.
    pub(crate) said: Vec<Output>,
    /// Every output so far.
    pub(crate) all: Vec<Output>,
    /// When each of them was said.
    pub(crate) times: Vec<u64>,
    reports: u64,
    executions: u64,
    sequences: Vec<u32>,
}

pub(crate) fn instrument(id: u32) -> Instrument {
    let mut i = Instrument::equity(id, "TEST", 100).unwrap();
    i.session_count = 1;
    i.sessions[0] = Session {
        open: OPEN,
        close: CLOSE,
    };
    i
}

impl Rig {
    pub(crate) fn new() -> Rig {
        Rig::with(1, 256, RiskLimits::demo())
    }
    pub(crate) fn with(instruments: u32, parents_max: usize, limits: RiskLimits) -> Rig {
        let config = EngineConfig {
            shard: 3,
            seed: 7,
            parents_max,
            executions_max: 4_096,
            limits,
        };
        let table: Vec<Instrument> = (0..instruments).map(instrument).collect();
        Rig::of(&table, config)
    }
    pub(crate) fn of(table: &[Instrument], config: EngineConfig) -> Rig {
        let instruments = u32::try_from(table.len()).unwrap();
        let mut rig = Rig {
            engine: Engine::new(config, table, Eager).unwrap(),
            now: OPEN,
            out: Outbox::new(),
            said: Vec::new(),
            all: Vec::new(),
            times: Vec::new(),
            reports: 0,
            executions: 0,
            sequences: vec![0; instruments as usize],
        };
        for i in 0..instruments {
            rig.quote(i, 100, 101);
        }
        rig
    }

    /// One input and the continuations it asks for.
    pub(crate) fn send(&mut self, message: Inbound) -> &[Output] {
        self.said.clear();
        self.step(message);
        let mut rounds = 0;
        while self.engine.needs_continue() {
            self.step(Inbound::Continue(Continue::empty()));
            rounds += 1;
            assert!(rounds < 10_000, "continuations end");
        }
        &self.said
    }
    /// One step without continuations; returns how many outputs it made.
    pub(crate) fn step(&mut self, message: Inbound) -> usize {
        self.engine.step(
            Nanos(self.now),
            &Input { source: 0, message },
            &mut self.out,
        );
        assert!(self.out.len() <= OUTPUTS_MAX);
        let made: Vec<Output> = self.out.iter().copied().collect();
        self.said.extend(&made);
        self.all.extend(&made);
        self.times.resize(self.all.len(), self.now);
        made.len()
    }

    pub(crate) fn quote(&mut self, instrument: u32, bid: i64, ask: i64) -> &[Output] {
        let message = Quote {
            instrument,
            sequence: self.next_sequence(instrument),
            time: self.now,
            bid_price: bid * UNIT,
            ask_price: ask * UNIT,
            bid_qty: 10_000,
            ask_qty: 10_000,
            ..Quote::empty()
        };
        self.send(Inbound::Quote(message))
    }
    pub(crate) fn trade(&mut self, instrument: u32, qty: u64) -> &[Output] {
        let message = Trade {
            instrument,
            sequence: self.next_sequence(instrument),
            time: self.now,
            price: 100 * UNIT,
            qty,
            ..Trade::empty()
        };
        self.send(Inbound::Trade(message))
    }
    pub(crate) fn status(
        &mut self,
        instrument: u32,
        status: shm_wire::codes::TradingStatus,
    ) -> &[Output] {
        let sequence = self.next_sequence(instrument);
        let status = status.code();
        self.send(Inbound::Status(Status {
            instrument,
            sequence,
            status,
            ..Status::empty()
        }))
    }
    pub(crate) fn next_sequence(&mut self, instrument: u32) -> u32 {
        let s = &mut self.sequences[instrument as usize];
        *s += 1;
        *s
    }
    /// Lets time pass and fires timers as the runtime would.
    pub(crate) fn pass(&mut self, millis: u64) -> Vec<Output> {
        let until = self.now + millis * 1_000_000;
        let mut said = Vec::new();
        while self.engine.next_timer().0 <= until {
            self.now = self.now.max(self.engine.next_timer().0);
            let due = self.engine.next_timer().0;
            said.extend_from_slice(self.send(Inbound::TimerFired(TimerFired {
                due,
                ..TimerFired::empty()
            })));
        }
        self.now = until;
        said
    }
    pub(crate) fn submit(&mut self, order: ParentNew) -> &[Output] {
        self.send(Inbound::ParentNew(order))
    }
    pub(crate) fn cancel(&mut self, parent_id: u64) -> &[Output] {
        self.send(Inbound::ParentCancel(ParentCancel {
            parent_id,
            ..ParentCancel::empty()
        }))
    }

    /// A report on a child; fills get a fresh execution key.
    pub(crate) fn report(
        &mut self,
        child: &SliceNew,
        kind: ReportKind,
        qty: u64,
        cumulative: u64,
    ) -> &[Output] {
        let message = self.report_message(child, kind, qty, cumulative);
        self.send(Inbound::ExecutionReport(message))
    }
    pub(crate) fn report_message(
        &mut self,
        child: &SliceNew,
        kind: ReportKind,
        qty: u64,
        cumulative: u64,
    ) -> ExecutionReport {
        self.reports += 1;
        if qty > 0 {
            self.executions += 1;
        }
        ExecutionReport {
            sequence: self.reports,
            child_id: child.child_id,
            version: 1,
            venue: 1,
            kind: kind.code(),
            execution_low: if qty > 0 { self.executions } else { 0 },
            last_qty: qty,
            last_price: child.price,
            cumulative_qty: cumulative,
            order_qty: child.qty,
            time: self.now,
            ..ExecutionReport::empty()
        }
    }

    /// New children among the last outputs.
    pub(crate) fn children(&self) -> Vec<SliceNew> {
        children(&self.said)
    }
    /// Cancels among the last outputs.
    pub(crate) fn cancels(&self) -> usize {
        self.said
            .iter()
            .filter(|o| matches!(o, Output::Cancel(_)))
            .count()
    }
    /// Last update about a parent.
    pub(crate) fn state(&self, parent_id: u64) -> ParentUpdate {
        updates(&self.all)
            .into_iter()
            .rev()
            .find(|u| u.parent_id == parent_id)
            .unwrap()
    }
    pub(crate) fn state_code(&self, parent_id: u64) -> ParentState {
        ParentState::try_from(self.state(parent_id).state).unwrap()
    }
    pub(crate) fn reason(&self, parent_id: u64) -> Reason {
        Reason::try_from(self.state(parent_id).reason).unwrap()
    }
    /// Terminal reports about a parent.
    pub(crate) fn done_count(&self, parent_id: u64) -> usize {
        updates(&self.all)
            .iter()
            .filter(|u| u.parent_id == parent_id && u.event == UpdateKind::Done.code())
            .count()
    }
}

pub(crate) fn children(outputs: &[Output]) -> Vec<SliceNew> {
    outputs
        .iter()
        .filter_map(|o| {
            if let Output::New(s) = o {
                Some(*s)
            } else {
                None
            }
        })
        .collect()
}
pub(crate) fn updates(outputs: &[Output]) -> Vec<ParentUpdate> {
    outputs
        .iter()
        .filter_map(|o| {
            if let Output::Update(u) = o {
                Some(*u)
            } else {
                None
            }
        })
        .collect()
}

/// A buy of `quantity` that rests 100 at a time.
pub(crate) fn order(parent_id: u64, quantity: u64) -> ParentNew {
    let mut m = ParentNew {
        parent_id,
        version: 1,
        ..ParentNew::empty()
    };
    m.terms.quantity = quantity;
    m.terms.limit = Price::NONE.0;
    m.terms.decision_price = Price::NONE.0;
    m.terms.algorithm = 1;
    m.terms.side = Side::Buy.code();
    m.terms.client_order_id = text_field("ORDER").unwrap();
    m
}
/// The same with a parameter more.
pub(crate) fn with(mut m: ParentNew, id: u16, value: i64) -> ParentNew {
    let at = usize::from(m.terms.parameter_count);
    m.terms.parameters[at] = Parameter {
        id,
        value,
        ..Parameter::default()
    };
    m.terms.parameter_count += 1;
    m
}
/// The same as a sale.
pub(crate) fn sale(mut m: ParentNew) -> ParentNew {
    m.terms.side = Side::Sell.code();
    m
}
