//! The engine in virtual time against the simulated exchange: as fast as it goes, same inputs and seed, same bytes.
//!
//! ```text
//!  market file ──▶ venue ──▶ quotes, trades, status ──▶ engine ──▶ slices ──▶ venue
//!                        └─▶ reports ─────────────────▶   │
//!  order list ────────────────────────────────────────▶   └──▶ updates
//! ```
//! The driver is a loop over the earliest of four things: the next message of history, what the venue has due, the
//! engine's next timer, the next order. Every input and output leaves as a journal record, exactly as in a live run.

mod journal;

use crate::market_file::{MarketFile, Position};
use crate::venue::{Sink, Venue, VenueConfig, VenueError, VenueStats};
use engine_core::algorithm::Algorithms;
use engine_core::counters::Counters;
use engine_core::engine::{ConfigError, Engine, EngineConfig};
use engine_core::input::{Inbound, Input};
use engine_core::outbox::{Outbox, Output};
use engine_core::risk::RiskLimits;
use journal::Recorder;
use shm_wire::codes::{AlgorithmCode, RingKind};
use shm_wire::message::Message;
use shm_wire::parent::ParentNew;
use shm_wire::record::{Continue, RunEnded, RunStarted, TimerFired};
use shm_wire::report::ExecutionReport;
use shm_wire::units::{DurationNs, Nanos};
use std::collections::VecDeque;

/// Where journal records go: head and payload words of each, in order.
pub trait RecordSink {
    /// Takes one record.
    fn record(&mut self, words: &[u64]);
}

/// Settings of a backtest.
#[derive(Clone, Copy, Debug)]
pub struct BacktestConfig {
    /// Seed of the engine's draws and of the venue.
    pub seed: u64,
    /// Limits in force.
    pub limits: RiskLimits,
    /// The simulated exchange; its seed is replaced by `seed`.
    pub venue: VenueConfig,
}

impl Default for BacktestConfig {
    fn default() -> Self {
        BacktestConfig {
            seed: 1,
            limits: RiskLimits::demo(),
            venue: VenueConfig::default(),
        }
    }
}

/// How long history goes on after the last order's window: analytics look at the market after the fills.
const WATCHED_AFTER: DurationNs = DurationNs::from_secs(300);

/// A parent order and the instant at which its source sends it.
#[derive(Clone, Copy, Debug)]
pub struct TimedOrder {
    /// When it is sent; before the run's start: at the start.
    pub at: Nanos,
    /// The order.
    pub order: ParentNew,
}

/// What a run came to.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Engine counters.
    pub counters: Counters,
    /// Venue counters.
    pub venue: VenueStats,
    /// Parents that had not ended when nothing was left to happen.
    pub unfinished: usize,
    /// Engine time at the end.
    pub ended: Nanos,
    /// Journal records.
    pub records: u64,
}

/// Why a backtest cannot start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BacktestError {
    /// The engine's settings.
    Engine(ConfigError),
    /// The venue's settings.
    Venue(VenueError),
}

impl core::fmt::Display for BacktestError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Engine(e) => e.fmt(f),
            Self::Venue(e) => e.fmt(f),
        }
    }
}
impl std::error::Error for BacktestError {}

/// Runs the orders against the market; `progress` hears of the share of history done, in parts per thousand.
///
/// # Errors
/// [`BacktestError`] when engine or venue refuse their settings.
pub fn run<A: Algorithms>(
    market: &MarketFile,
    orders: &[TimedOrder],
    config: &BacktestConfig,
    algorithms: A,
    sink: &mut dyn RecordSink,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome, BacktestError> {
    let mut run = Run::new(market, orders, config, algorithms, sink)?;
    run.start(config);
    let step = (market.len() / 1_000).max(1);
    let mut told = 0;
    while run.advance() {
        let done = run.at.index() / step;
        if done != told {
            told = done;
            progress(done.min(1_000));
        }
    }
    Ok(run.finish())
}

/// Executions that the orders can have: none is smaller than one step. A table of the largest size costs a run more than a quiet
/// day of the market does.
fn executions(orders: &[TimedOrder]) -> usize {
    let ordered = orders
        .iter()
        .fold(0_u64, |sum, o| sum.saturating_add(o.order.terms.quantity));
    usize::try_from(ordered.clamp(1 << 10, 1 << 20)).unwrap_or(1 << 20)
}

/// End of an order's window as far as it can be known before the run; an open end is the end of its session, or that of
/// the file.
fn window_end(market: &MarketFile, order: &ParentNew) -> Nanos {
    let terms = &order.terms;
    // A close is measured against the closing price of its session, whenever its own window ends.
    let to_close = terms.algorithm == AlgorithmCode::Close.code();
    if terms.end != 0 && !to_close {
        return Nanos(terms.end);
    }
    let start = Nanos(terms.start.max(market.first_time().0));
    market
        .instruments()
        .get(terms.instrument as usize)
        .and_then(|i| i.session_at_or_after(start))
        .map_or(market.last_time(), |s| Nanos(s.close))
        .max(Nanos(terms.end))
}

/// What the venue has handed over and the engine has not taken yet.
#[derive(Default)]
struct Pending {
    items: VecDeque<(Nanos, Handed)>,
}

enum Handed {
    Public([u64; 16], usize),
    Report(ExecutionReport),
}

impl Sink for Pending {
    fn public(&mut self, at: Nanos, words: &[u64]) {
        let mut copy = [0; 16];
        let count = words.len().min(copy.len());
        copy[..count].copy_from_slice(&words[..count]);
        self.items.push_back((at, Handed::Public(copy, count)));
    }
    fn report(&mut self, at: Nanos, report: &ExecutionReport) {
        self.items.push_back((at, Handed::Report(*report)));
    }
}

struct Run<'a, A: Algorithms> {
    market: &'a MarketFile,
    at: Position,
    orders: Vec<TimedOrder>,
    next_order: usize,
    engine: Engine<A>,
    venue: Venue,
    pending: Pending,
    out: Outbox,
    journal: Recorder<'a>,
    now: Nanos,
    orders_sent: u64,
    /// History is played until then even when all orders have ended: their benchmarks cover their whole windows.
    watched_until: Nanos,
}

impl<'a, A: Algorithms> Run<'a, A> {
    fn new(
        market: &'a MarketFile,
        orders: &[TimedOrder],
        config: &BacktestConfig,
        algorithms: A,
        sink: &'a mut dyn RecordSink,
    ) -> Result<Self, BacktestError> {
        let engine_config = EngineConfig {
            shard: 0,
            seed: config.seed,
            parents_max: orders.len().max(1),
            executions_max: executions(orders),
            limits: config.limits,
        };
        let engine = Engine::new(engine_config, market.instruments(), algorithms)
            .map_err(BacktestError::Engine)?;
        let venue_config = VenueConfig {
            seed: config.seed,
            ..config.venue
        };
        let venue = Venue::new(market.instruments(), venue_config).map_err(BacktestError::Venue)?;
        let from = market.first_time();
        let mut orders = orders.to_vec();
        for o in &mut orders {
            o.at = o.at.max(from);
        }
        // Equal instants keep the order of the list.
        orders.sort_by_key(|o| o.at);
        let ends = orders.iter().map(|o| window_end(market, &o.order));
        let last = ends.max().unwrap_or(from);
        Ok(Run {
            market,
            at: Position::default(),
            orders,
            next_order: 0,
            engine,
            venue,
            pending: Pending::default(),
            out: Outbox::new(),
            journal: Recorder::new(sink),
            now: from,
            orders_sent: 0,
            watched_until: Nanos(last.0.saturating_add(WATCHED_AFTER.0)),
        })
    }

    /// First record: engine time starts with the file's first message.
    fn start(&mut self, config: &BacktestConfig) {
        let started = RunStarted {
            run: config.seed,
            seed: config.seed,
            layout_hash: shm_wire::layout::LAYOUT_HASH,
            instruments: u32::try_from(self.market.instruments().len()).unwrap_or(u32::MAX),
            speed_ppm: 1_000_000,
            ..RunStarted::empty()
        };
        self.journal.run(self.now, started.words());
    }

    fn play_history(&mut self) {
        if let Some((_, words)) = self.market.next(&mut self.at) {
            self.venue.on_history(words, &mut self.pending);
        }
    }

    /// Does the next thing; `false` when nothing is left that could change an order or what it is measured against.
    fn advance(&mut self) -> bool {
        let history = self.market.peek_time(self.at);
        let venue = self.venue.next_due();
        let all_ended = self.next_order == self.orders.len() && self.engine.live_parents() == 0;
        let mut market = [history, venue].into_iter().flatten();
        if all_ended && market.all(|t| t > self.watched_until) {
            return false;
        }
        let order = self.orders.get(self.next_order).map(|o| o.at);
        let timer = Some(self.engine.next_timer()).filter(|t| *t != Nanos::NEVER);
        let Some(next) = [history, order, timer, venue].into_iter().flatten().min() else {
            return false;
        };
        self.now = self.now.max(next);
        // The venue wants history of an instant before it is advanced to it.
        if history == Some(next) {
            self.play_history();
        } else {
            self.venue.advance(self.now, &mut self.pending);
        }
        self.hand_over();
        if self.market.peek_time(self.at).is_none_or(|t| t > self.now) {
            self.fire_timer();
            self.send_orders();
        }
        true
    }

    /// Gives the engine what the venue has published, in its order.
    fn hand_over(&mut self) {
        while let Some((at, handed)) = self.pending.items.pop_front() {
            let now = at.max(self.now);
            match handed {
                Handed::Public(words, count) => {
                    // The feed's part: what the engine does not follow stays behind.
                    if let Ok(message) = Inbound::decode(RingKind::Market, &words[..count]) {
                        self.step(now, &Input { source: 0, message });
                    }
                }
                Handed::Report(report) => {
                    let message = Inbound::ExecutionReport(report);
                    self.step(now, &Input { source: 0, message });
                }
            }
        }
    }

    fn fire_timer(&mut self) {
        let due = self.engine.next_timer();
        if due <= self.now {
            let message = Inbound::TimerFired(TimerFired {
                due: due.0,
                ..TimerFired::empty()
            });
            self.step(self.now, &Input { source: 0, message });
        }
    }

    fn send_orders(&mut self) {
        while let Some(o) = self.orders.get(self.next_order)
            && o.at <= self.now
        {
            self.next_order += 1;
            self.orders_sent += 1;
            let order = ParentNew {
                sequence: self.orders_sent,
                ..o.order
            };
            let input = Input {
                source: order.source,
                message: Inbound::ParentNew(order),
            };
            self.step(self.now, &input);
        }
    }

    /// One step, and whatever it left over.
    fn step(&mut self, now: Nanos, input: &Input) {
        self.step_once(now, input);
        while self.engine.needs_continue() {
            let queued = self.engine.queued() as u64;
            let message = Inbound::Continue(Continue {
                queued,
                ..Continue::empty()
            });
            self.step_once(now, &Input { source: 0, message });
        }
    }

    fn step_once(&mut self, now: Nanos, input: &Input) {
        self.now = self.now.max(now);
        self.journal.input(self.now, input);
        self.engine.step(self.now, input, &mut self.out);
        for output in self.out.iter() {
            self.journal.output(self.now, output);
            if !matches!(output, Output::Update(_)) {
                self.venue
                    .on_slice(self.now, output.words(), &mut self.pending);
            }
        }
    }

    fn finish(mut self) -> Outcome {
        let counters = *self.engine.counters();
        let ended = RunEnded {
            inputs: counters.inputs,
            outputs: self.journal.outputs(),
            refused: counters.refused,
            ..RunEnded::empty()
        };
        self.journal.run(self.now, ended.words());
        Outcome {
            counters,
            venue: self.venue.stats(),
            unfinished: self.engine.live_parents(),
            ended: self.now,
            records: self.journal.records(),
        }
    }
}

#[cfg(test)]
mod tests;
