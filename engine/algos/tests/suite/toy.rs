//! A toy market and venue around the real engine, for the conformance suite: random walk, simple fills, fixed latency.

use engine_algos::Registry;
use engine_algos::curves::CurveTable;
use engine_core::algorithm::Algorithms;
use engine_core::engine::{Engine, EngineConfig};
use engine_core::input::{Inbound, Input};
use engine_core::outbox::{Outbox, Output};
use engine_core::risk::RiskLimits;
use shm_wire::codes::{AlgorithmCode, ReportKind, Side, TradingStatus, VenueReason};
use shm_wire::instrument::{Instrument, Session, text_field};
use shm_wire::market::{Quote, Status, Trade};
use shm_wire::parent::{
    Parameter, ParentAmend, ParentComplete, ParentNew, ParentUpdate, UpdateKind,
};
use shm_wire::record::{Continue, TimerFired};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SLICE_POST_ONLY, SliceNew};
use shm_wire::units::{Nanos, Price};
use std::collections::{BTreeMap, VecDeque};

pub(crate) const SECOND: u64 = 1_000_000_000;
pub(crate) const START: u64 = 1_700_000_000 * SECOND;
pub(crate) const TICK: i64 = Price::SCALE / 100;

/// What the toy world is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    pub(crate) seed: u64,
    pub(crate) lot: u64,
    /// Average time between market events, ns.
    pub(crate) event_ns: u64,
    /// Largest print, lots.
    pub(crate) print_lots: u64,
    /// Largest quantity at the touch, lots.
    pub(crate) depth_lots: u64,
    /// Venue latency one way, ns.
    pub(crate) latency_ns: u64,
    /// Of 100 replaces and cancels, how many are refused.
    pub(crate) refused_percent: u64,
    /// Odds in 100 that a resting child takes part in a print at its price.
    pub(crate) fill_percent: u64,
    /// The touch never moves and is one tick wide.
    pub(crate) still: bool,
    /// Prints are no multiples of the lot.
    pub(crate) odd: bool,
}

impl Weather {
    pub(crate) const FAIR: Weather = Weather {
        seed: 1,
        lot: 100,
        event_ns: SECOND / 5,
        print_lots: 6,
        depth_lots: 12,
        latency_ns: 200_000,
        refused_percent: 0,
        fill_percent: 40,
        still: false,
        odd: false,
    };
    /// Nothing but a cross ever trades.
    pub(crate) const STILL: Weather = Weather {
        fill_percent: 0,
        still: true,
        ..Weather::FAIR
    };
}

/// One order as a test writes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub(crate) algorithm: AlgorithmCode,
    pub(crate) side: Side,
    pub(crate) quantity: u64,
    pub(crate) limit: Option<i64>,
    pub(crate) seconds: u64,
    pub(crate) parameters: [(u16, i64); 12],
}

impl Ask {
    pub(crate) fn new(algorithm: AlgorithmCode, quantity: u64, seconds: u64) -> Ask {
        Ask {
            algorithm,
            side: Side::Buy,
            quantity,
            limit: None,
            seconds,
            parameters: [(0, 0); 12],
        }
    }
    pub(crate) fn with(mut self, name: &str, value: i64) -> Ask {
        let spec = engine_algos::registry::spec_by_name(self.algorithm, name)
            .unwrap_or_else(|| panic!("{name}"));
        let free = self.parameters.iter_mut().find(|p| p.0 == 0).unwrap();
        *free = (spec.id, value);
        self
    }
    /// A parameter by number.
    pub(crate) fn with_id(mut self, id: u16, value: i64) -> Ask {
        let free = self.parameters.iter_mut().find(|p| p.0 == 0).unwrap();
        *free = (id, value);
        self
    }
    pub(crate) fn message(&self, parent_id: u64) -> ParentNew {
        let mut m = ParentNew::empty();
        m.parent_id = parent_id;
        m.sequence = parent_id;
        m.version = 1;
        m.terms.quantity = self.quantity;
        m.terms.limit = self.limit.unwrap_or(Price::NONE.0);
        m.terms.end = START + self.seconds * SECOND;
        m.terms.decision_price = Price::NONE.0;
        m.terms.algorithm = self.algorithm.code();
        m.terms.side = self.side.code();
        m.terms.client_order_id = text_field("toy").unwrap();
        for p in self.parameters.iter().filter(|p| p.0 != 0) {
            let at = usize::from(m.terms.parameter_count);
            m.terms.parameters[at] = Parameter {
                id: p.0,
                value: p.1,
                ..Parameter::default()
            };
            m.terms.parameter_count += 1;
        }
        m
    }
}

/// A child at the venue.
#[derive(Clone, Copy, Debug)]
struct Resting {
    buy: bool,
    qty: u64,
    filled: u64,
    price: i64,
    version: u16,
}

/// What a run left behind.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) outputs: Vec<Output>,
    pub(crate) news: Vec<(u64, SliceNew)>,
    pub(crate) updates: Vec<ParentUpdate>,
    pub(crate) filled: u64,
    pub(crate) last_fill: u64,
    pub(crate) others_at_last_fill: u64,
    pub(crate) others: u64,
    pub(crate) worst_price: Option<i64>,
    pub(crate) steps_most_slices: usize,
    /// Slice messages.
    pub(crate) messages: usize,
}

impl Seen {
    pub(crate) fn done(&self) -> &ParentUpdate {
        self.updates
            .iter()
            .find(|u| u.event == UpdateKind::Done.code())
            .expect("the order ended")
    }
}

pub(crate) struct World<A: Algorithms = Registry> {
    weather: Weather,
    engine: Engine<A>,
    out: Outbox,
    now: u64,
    random: u64,
    /// Bid of a still market, ticks.
    pub(crate) base: i64,
    pub(crate) bid: i64,
    pub(crate) ask: i64,
    bid_qty: u64,
    ask_qty: u64,
    feed: u32,
    reports: VecDeque<(u64, ExecutionReport)>,
    arrivals: VecDeque<(u64, Output)>,
    report_sequence: u64,
    executions: u64,
    resting: BTreeMap<u64, Resting>,
    buy: bool,
    /// The book shows no ask while set.
    pub(crate) one_sided: bool,
    /// The book is five ticks wide and shows our own children, which nobody trades with.
    pub(crate) shows_own: bool,
    pub(crate) seen: Seen,
}

impl World {
    pub(crate) fn new(weather: Weather) -> World {
        World::with(weather, Registry)
    }
    /// A session of a day that begins now, of which so much volume is usual, with these curves.
    pub(crate) fn in_session(
        weather: Weather,
        seconds: u64,
        usual: u64,
        curves: CurveTable,
    ) -> World {
        let mut instrument = Instrument::equity(0, "TOY", weather.lot).unwrap();
        instrument.average_daily_volume = usual;
        instrument.session_count = 1;
        instrument.sessions[0] = Session {
            open: START,
            close: START + seconds * SECOND,
        };
        World::of(weather, instrument, Registry::with_curves(curves))
    }
}

impl<A: Algorithms> World<A> {
    pub(crate) fn with(weather: Weather, algorithms: A) -> World<A> {
        let instrument = Instrument::equity(0, "TOY", weather.lot).unwrap();
        World::of(weather, instrument, algorithms)
    }
    fn of(weather: Weather, instrument: Instrument, algorithms: A) -> World<A> {
        let config = EngineConfig {
            shard: 0,
            seed: weather.seed,
            parents_max: 8,
            executions_max: 1 << 16,
            limits: RiskLimits::demo(),
        };
        let mut world = World {
            weather,
            engine: Engine::new(config, &[instrument], algorithms).unwrap(),
            out: Outbox::new(),
            now: START,
            random: weather.seed ^ 0x5eed,
            base: 10_000,
            bid: 10_000 * TICK,
            ask: 10_001 * TICK,
            bid_qty: 10 * weather.lot,
            ask_qty: 10 * weather.lot,
            feed: 0,
            reports: VecDeque::new(),
            arrivals: VecDeque::new(),
            report_sequence: 0,
            executions: 0,
            resting: BTreeMap::new(),
            buy: true,
            one_sided: false,
            shows_own: false,
            seen: Seen::default(),
        };
        world.quote();
        world
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }

    fn step(&mut self, message: Inbound) {
        let input = Input { source: 0, message };
        self.engine.step(Nanos(self.now), &input, &mut self.out);
        self.drain();
        while self.engine.needs_continue() {
            let message = Inbound::Continue(Continue::empty());
            self.engine.step(
                Nanos(self.now),
                &Input { source: 0, message },
                &mut self.out,
            );
            self.drain();
        }
    }
    fn drain(&mut self) {
        let outputs: Vec<Output> = self.out.iter().copied().collect();
        let slices = outputs
            .iter()
            .filter(|o| !matches!(o, Output::Update(_)))
            .count();
        self.seen.messages += slices;
        self.seen.steps_most_slices = self.seen.steps_most_slices.max(slices);
        for output in outputs {
            self.seen.outputs.push(output);
            match output {
                Output::Update(u) => self.seen.updates.push(u),
                slice => {
                    if let Output::New(n) = slice {
                        self.seen.news.push((self.now, n));
                    }
                    let at = self.now + self.weather.latency_ns;
                    self.arrivals.push_back((at, slice));
                }
            }
        }
    }

    pub(crate) fn submit(&mut self, ask: &Ask, parent_id: u64) {
        self.buy = ask.side.is_buy();
        self.step(Inbound::ParentNew(ask.message(parent_id)));
    }
    pub(crate) fn amend(&mut self, ask: &Ask, parent_id: u64, version: u16) {
        let new = ask.message(parent_id);
        let m = ParentAmend {
            sequence: self.seen.messages as u64 + 100,
            parent_id,
            version,
            terms: new.terms,
            ..ParentAmend::empty()
        };
        self.step(Inbound::ParentAmend(m));
    }
    pub(crate) fn complete(&mut self, parent_id: u64) {
        let m = ParentComplete {
            sequence: self.seen.messages as u64 + 100,
            parent_id,
            ..ParentComplete::empty()
        };
        self.step(Inbound::ParentComplete(m));
    }
    pub(crate) fn status(&mut self, status: TradingStatus) {
        self.feed += 1;
        let m = Status {
            sequence: self.feed,
            time: self.now,
            status: status.code(),
            ..Status::empty()
        };
        self.step(Inbound::Status(m));
    }
    pub(crate) fn quote(&mut self) {
        self.feed += 1;
        let (mut bid, mut bid_qty) = (self.bid, self.bid_qty);
        if self.shows_own {
            self.ask = self.bid + 5 * TICK;
            for r in self.resting.values() {
                if r.price < bid {
                    continue;
                }
                let here = if r.price > bid { 0 } else { bid_qty };
                (bid, bid_qty) = (r.price, here + r.qty - r.filled);
            }
        }
        let q = Quote {
            sequence: self.feed,
            time: self.now,
            bid_price: bid,
            ask_price: if self.one_sided {
                Price::NONE.0
            } else {
                self.ask
            },
            bid_qty,
            ask_qty: if self.one_sided { 0 } else { self.ask_qty },
            ..Quote::empty()
        };
        self.step(Inbound::Quote(q));
    }
    /// So many times fewer market events from here on.
    pub(crate) fn slow(&mut self, times: u64) {
        self.weather.event_ns *= times;
    }
    /// A large print away from our children.
    pub(crate) fn block(&mut self, qty: u64) {
        self.print(self.bid, qty);
    }
    fn print(&mut self, price: i64, qty: u64) {
        self.feed += 1;
        self.seen.others += qty;
        let t = Trade {
            sequence: self.feed,
            time: self.now,
            price,
            qty,
            ..Trade::empty()
        };
        self.step(Inbound::Trade(t));
    }

    /// Moves the market once: a print at one side, or a new touch.
    fn market_event(&mut self) {
        let lot = self.weather.lot;
        if self.draw(100) < 45 {
            let odd = if self.weather.odd { lot / 3 } else { 0 };
            let qty = (1 + self.draw(self.weather.print_lots)) * lot - odd;
            let sold = self.draw(2) == 0;
            let price = if sold { self.bid } else { self.ask };
            let left = self.trade_with_children(sold, price, qty);
            if left > 0 {
                self.print(price, left);
            }
        } else {
            let step = [-1, 0, 0, 1][self.draw(4) as usize];
            let spread = 1 + self.draw(3) as i64;
            if self.weather.still {
                (self.bid, self.ask) = (self.base * TICK, (self.base + 1) * TICK);
            } else {
                self.bid += step * TICK;
                self.ask = self.bid + spread * TICK;
            }
            self.bid_qty = (1 + self.draw(self.weather.depth_lots)) * lot;
            self.ask_qty = (1 + self.draw(self.weather.depth_lots)) * lot;
            self.fill_crossed();
            self.quote();
        }
    }
    /// An aggressor meets resting children at its price or better; returns what is left for the others.
    fn trade_with_children(&mut self, sold: bool, price: i64, qty: u64) -> u64 {
        let mut left = qty;
        let ids: Vec<u64> = self.resting.keys().copied().collect();
        for id in ids {
            let r = self.resting[&id];
            let better = if r.buy {
                r.price > price
            } else {
                r.price < price
            };
            let meets = !self.shows_own
                && r.buy == sold
                && (better || (r.price == price && self.draw(100) < self.weather.fill_percent));
            let take = (r.qty - r.filled).min(left);
            if meets && take > 0 {
                left -= take;
                self.fill(id, take, r.price);
            }
        }
        left
    }
    fn fill_crossed(&mut self) {
        let ids: Vec<u64> = self.resting.keys().copied().collect();
        for id in ids {
            let r = self.resting[&id];
            if if r.buy {
                r.price >= self.ask
            } else {
                r.price <= self.bid
            } {
                self.fill(id, r.qty - r.filled, r.price);
            }
        }
    }

    fn report(&mut self, id: u64, kind: ReportKind, fill: (u64, i64), r: &Resting) {
        self.report_sequence += 1;
        let execution = if fill.0 > 0 {
            self.executions += 1;
            self.executions
        } else {
            0
        };
        let m = ExecutionReport {
            sequence: self.report_sequence,
            child_id: id,
            version: r.version,
            kind: kind.code(),
            reason: if kind == ReportKind::Rejected {
                VenueReason::WouldTrade.code()
            } else {
                0
            },
            execution_low: execution,
            last_qty: fill.0,
            last_price: if fill.0 > 0 { fill.1 } else { Price::NONE.0 },
            cumulative_qty: r.filled,
            order_qty: r.qty,
            ..ExecutionReport::empty()
        };
        self.reports
            .push_back((self.now + self.weather.latency_ns, m));
    }
    fn fill(&mut self, id: u64, qty: u64, price: i64) {
        let Some(r) = self.resting.get_mut(&id) else {
            return;
        };
        r.filled += qty;
        let r = *r;
        self.seen.filled += qty;
        self.seen.last_fill = self.now;
        self.seen.others_at_last_fill = self.seen.others;
        let worse = |a: i64, b: i64| if r.buy { a.max(b) } else { a.min(b) };
        self.seen.worst_price = Some(self.seen.worst_price.map_or(price, |w| worse(w, price)));
        if r.filled == r.qty {
            self.resting.remove(&id);
            self.report(id, ReportKind::Fill, (qty, price), &r);
        } else {
            self.report(id, ReportKind::PartialFill, (qty, price), &r);
        }
    }
    /// Trades what an order takes from the touch on arrival.
    fn take(&mut self, id: u64) {
        let r = self.resting[&id];
        let (far, depth) = if r.buy {
            (self.ask, self.ask_qty)
        } else {
            (self.bid, self.bid_qty)
        };
        let crosses = if r.buy {
            r.price >= far
        } else {
            r.price <= far
        };
        let qty = (r.qty - r.filled).min(depth);
        if !crosses || qty == 0 || self.one_sided {
            return;
        }
        if r.buy {
            self.ask_qty -= qty;
        } else {
            self.bid_qty -= qty;
        }
        self.fill(id, qty, far);
        if (if r.buy { self.ask_qty } else { self.bid_qty }) == 0 {
            if r.buy {
                self.ask += TICK;
                self.ask_qty = self.weather.lot * (1 + self.weather.depth_lots / 2);
            } else {
                self.bid -= TICK;
                self.bid_qty = self.weather.lot * (1 + self.weather.depth_lots / 2);
            }
        }
        self.quote();
    }

    /// What the venue has under this number, or nothing in particular.
    fn known(&self, id: u64, version: u16) -> Resting {
        self.resting.get(&id).copied().unwrap_or(Resting {
            buy: self.buy,
            qty: 0,
            filled: 0,
            price: 0,
            version,
        })
    }
    fn arrive(&mut self, output: Output) {
        match output {
            Output::New(n) => {
                let r = Resting {
                    buy: self.buy,
                    qty: n.qty,
                    filled: 0,
                    price: n.price,
                    version: n.version,
                };
                let crosses = if r.buy {
                    r.price >= self.ask
                } else {
                    r.price <= self.bid
                };
                if n.flags & SLICE_POST_ONLY != 0 && crosses && !self.one_sided {
                    self.report(n.child_id, ReportKind::Rejected, (0, 0), &r);
                    return;
                }
                self.resting.insert(n.child_id, r);
                self.report(n.child_id, ReportKind::Ack, (0, 0), &r);
                self.take(n.child_id);
                let immediate = n.time_in_force == shm_wire::codes::TimeInForce::Ioc.code();
                if immediate && let Some(r) = self.resting.remove(&n.child_id) {
                    self.report(n.child_id, ReportKind::Canceled, (0, 0), &r);
                }
            }
            Output::Replace(m) => {
                let refused = self.draw(100) < self.weather.refused_percent;
                let r = self.known(m.child_id, m.version);
                if refused || m.qty <= r.filled || !self.resting.contains_key(&m.child_id) {
                    self.report(m.child_id, ReportKind::ReplaceRejected, (0, 0), &r);
                    return;
                }
                let new = Resting {
                    qty: m.qty,
                    price: m.price,
                    version: m.version,
                    ..r
                };
                self.resting.insert(m.child_id, new);
                self.report(m.child_id, ReportKind::Replaced, (0, 0), &new);
                self.take(m.child_id);
            }
            Output::Cancel(m) => {
                let refused = self.draw(100) < self.weather.refused_percent;
                let r = self.known(m.child_id, m.version);
                let kind = if !refused && self.resting.remove(&m.child_id).is_some() {
                    ReportKind::Canceled
                } else {
                    ReportKind::CancelRejected
                };
                self.report(m.child_id, kind, (0, 0), &r);
            }
            Output::Update(_) => {}
        }
    }

    /// Runs for `seconds` from the run's start.
    pub(crate) fn run_until(&mut self, seconds: u64) {
        let end = START + seconds * SECOND;
        let mut market = self.now + self.weather.event_ns / 2;
        loop {
            let report = self.reports.front().map_or(u64::MAX, |r| r.0);
            let arrival = self.arrivals.front().map_or(u64::MAX, |a| a.0);
            let timer = self.engine.next_timer().0.max(self.now);
            let next = report.min(arrival).min(timer).min(market);
            if next > end {
                self.now = end;
                return;
            }
            self.now = next;
            if report == next {
                let (_, m) = self.reports.pop_front().unwrap();
                self.step(Inbound::ExecutionReport(m));
            } else if arrival == next {
                let (_, output) = self.arrivals.pop_front().unwrap();
                self.arrive(output);
            } else if timer == next {
                self.step(Inbound::TimerFired(TimerFired::empty()));
            } else {
                self.market_event();
                let gap = self.weather.event_ns;
                market = self.now + 1 + self.draw(2 * gap);
            }
        }
    }
    pub(crate) fn live(&self) -> usize {
        self.engine.live_parents()
    }
    pub(crate) fn counters(&self) -> &engine_core::counters::Counters {
        self.engine.counters()
    }
}

/// Runs one order to its end and a little further.
pub(crate) fn run(weather: Weather, ask: &Ask) -> World {
    run_with(weather, ask, Registry)
}

/// As [`run`], with other algorithms.
pub(crate) fn run_with<A: Algorithms>(weather: Weather, ask: &Ask, algorithms: A) -> World<A> {
    let mut world = World::with(weather, algorithms);
    world.submit(ask, 1);
    world.run_until(ask.seconds + 30);
    world
}
