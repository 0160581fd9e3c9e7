//! A whole instance in a temporary directory: the engine's side as a [`Shard`], and the peers' ends of its rings. The clock
//! is held, and the test moves it.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "each test binary uses its own part"
)]

use engine_algos::Registry;
use engine_core::engine::Engine;
use engine_runtime::clock::{ClockPage, CounterClock, Drift, EngineClock};
use engine_runtime::config::Config;
use engine_runtime::counters::{COUNTERS_CAPACITY, ShardCounters};
use engine_runtime::instance::{ENGINE_WORDS, Instance, KILL_WORDS, ring_expect};
use engine_runtime::links::{self, Links};
use engine_runtime::process::engine_config;
use engine_runtime::shard::{Shard, ShardPages, ShardSettings};
use shm_ring::{
    CountersPage, MESSAGE_WORDS_MAX, RingConsumer, RingOwner, RingProducer, WordsFile,
    attach_consumer, attach_producer,
};
use shm_wire::codes::{AlgorithmCode, ReportKind, RingKind, Side, TradingStatus};
use shm_wire::instrument::text_field;
use shm_wire::market::{Quote, Status, Trade};
use shm_wire::message::Message;
use shm_wire::parent::{Parameter, ParentCancel, ParentNew};
use shm_wire::record::RecordHead;
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SliceCancel, SliceNew};
use shm_wire::units::Price;
use std::path::Path;
use std::sync::Arc;

/// 2026-06-22 10:00 in New York.
pub const TEN: u64 = 1_782_136_800_000_000_000;
pub const SECOND: u64 = 1_000_000_000;

pub const CONFIG: &str = r#"
[instance]
name = "test"
[clock]
origin = "2026-06-22T10:00:00-04:00"
held = true
[journal]
dir = "journal"
sync_ms = 0
[rings]
updates = 1024
slices = 1024
journal = 65536
market = 1024
reports = 1024
orders = 1024
[engine]
parents_max = 64
executions_max = 65536
[peers]
feed_lost_ms = 0
router_lost_ms = 0
loop_gap_ms = 0
[limits]
profile = "demo"
[[shards]]
id = 0
idle = "spin"
[[instruments]]
symbol = "AAPL"
lot = 100
min_qty = 1
ticks = [{ from = "0", tick = "0.01" }]
sessions = [{ open = "2026-06-22T09:30:00-04:00", close = "2026-06-22T16:00:00-04:00" }]
[[instruments]]
symbol = "GOOG"
lot = 100
min_qty = 1
ticks = [{ from = "0", tick = "0.01" }]
sessions = [{ open = "2026-06-22T09:30:00-04:00", close = "2026-06-22T16:00:00-04:00" }]
"#;

pub struct Desk {
    pub shard: Shard<Registry>,
    pub peers: Peers,
    pub clock: ClockPage,
    pub kill: WordsFile,
    pub engine: WordsFile,
    pub owners: Vec<RingOwner>,
    pub dir: tempfile::TempDir,
}

/// The other ends of the rings.
pub struct Peers {
    pub orders: RingProducer,
    pub updates: RingConsumer,
    pub market: RingProducer,
    pub slices: RingConsumer,
    pub reports: RingProducer,
    pub control: RingProducer,
    pub journal: Option<RingConsumer>,
    pub order_sequence: u64,
    pub report_sequence: u64,
    pub market_sequence: [u32; 2],
}

impl Desk {
    pub fn new() -> Desk {
        Desk::with(CONFIG)
    }

    pub fn with(text: &str) -> Desk {
        let config = Config::parse(text, Path::new("test.toml")).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let instance = Instance::new(dir.path());
        std::fs::create_dir_all(instance.shard_dir(0)).unwrap();
        let engine = WordsFile::create(&instance.engine(), ENGINE_WORDS).unwrap();
        let kill = WordsFile::create(&instance.kill(), KILL_WORDS).unwrap();
        let clock =
            ClockPage::create(&instance.clock(), config.origin(0), config.speed_ppm()).unwrap();
        let owners = links::create(&instance, 0, &config.rings).unwrap();
        let page = CountersPage::create(&instance.counters(0), COUNTERS_CAPACITY).unwrap();
        let pages = ShardPages {
            kill: instance.open_kill().unwrap(),
            engine: instance.open_engine().unwrap(),
            counters: ShardCounters::register(&page).unwrap(),
        };
        let links = Links::attach(&instance, 0, &config.rings).unwrap();
        let table = config.instrument_table();
        let core = Engine::new(engine_config(&config, 0), &table, Registry).unwrap();
        let engine_clock = EngineClock::new(
            ClockPage::open(&instance.clock()).unwrap(),
            CounterClock::new(),
            Arc::new(Drift::default()),
        );
        let settings = ShardSettings {
            shard: 0,
            seed: 1,
            run: 1,
            instruments: 2,
            idle: config.shards[0].idle.strategy(),
            feed_lost_ns: 0,
            router_lost_ns: 0,
            loop_gap_ns: 0,
        }
        .with_peers(&config.peers);
        Desk {
            shard: Shard::new(settings, core, links, engine_clock, pages),
            peers: Peers::attach(&instance),
            clock,
            kill,
            engine,
            owners,
            dir,
        }
    }

    /// Moves the held clock to `nanos` after ten o'clock.
    pub fn at(&self, nanos: u64) {
        self.clock.words().store(0, TEN + nanos);
    }

    /// Passes until one finds nothing.
    pub fn settle(&mut self) {
        for _ in 0..10_000 {
            if self.shard.poll_once() == 0 {
                return;
            }
        }
        panic!("the duty cycle never came to rest");
    }

    /// As [`Desk::settle`], over at least two heartbeats of the thread.
    pub fn settle_beats(&mut self) {
        for _ in 0..2 {
            std::thread::sleep(std::time::Duration::from_millis(12));
            self.settle();
        }
    }

    /// Moves the clock by tenths of a second until something is sent.
    pub fn until_slice(&mut self) {
        for tick in 0..1_000 {
            self.at(tick * SECOND / 10);
            self.settle();
            if self.shard.engine().counters().children > 0 {
                return;
            }
        }
        panic!("no child was ever sent");
    }

    /// Opens the market of both instruments at 100.00 / 100.10.
    pub fn open_market(&mut self) {
        for instrument in 0..2 {
            self.peers.status(instrument, TradingStatus::Continuous);
            self.peers.quote(instrument, 100_000, 100_100, 5_000);
        }
        self.settle();
    }
}

impl Peers {
    pub fn attach(instance: &Instance) -> Peers {
        let journal = instance.ring(0, RingKind::Journal, 0);
        Peers {
            journal: attach_consumer(&journal, &ring_expect(RingKind::Journal), 0).ok(),
            ..Peers::attach_without_journal(instance)
        }
    }

    pub fn attach_without_journal(instance: &Instance) -> Peers {
        let write = |kind: RingKind| {
            attach_producer(&instance.ring(0, kind, 1), &ring_expect(kind)).unwrap()
        };
        let read = |kind: RingKind| {
            attach_consumer(&instance.ring(0, kind, 1), &ring_expect(kind), 0).unwrap()
        };
        Peers {
            orders: write(RingKind::Orders),
            updates: read(RingKind::Updates),
            market: write(RingKind::Market),
            slices: read(RingKind::Slices),
            reports: write(RingKind::Reports),
            control: write(RingKind::Control),
            journal: None,
            order_sequence: 0,
            report_sequence: 0,
            market_sequence: [0; 2],
        }
    }

    /// A TWAP order that crosses at once, from ten o'clock for `seconds`.
    pub fn twap(&mut self, parent_id: u64, quantity: u64, seconds: u64) {
        let mut order = self.order(parent_id, quantity, AlgorithmCode::Twap);
        order.terms.start = TEN;
        order.terms.end = TEN + seconds * SECOND;
        // price_style MARKETABLE.
        order.terms.parameter_count = 1;
        order.terms.parameters[0] = Parameter {
            id: 102,
            value: 1,
            ..Parameter::default()
        };
        self.orders.try_push(order.words()).unwrap();
    }

    /// An order for any algorithm that keeps it busy in the desk's market.
    pub fn work(&mut self, parent_id: u64, algorithm: AlgorithmCode, quantity: u64, seconds: u64) {
        let mut order = self.order(parent_id, quantity, algorithm);
        order.terms.start = TEN;
        order.terms.end = TEN + seconds * SECOND;
        let parameter = match algorithm {
            // ramp_ms, i_would_bps.
            AlgorithmCode::Close => Some((700, 86_400_000)),
            AlgorithmCode::Sniper => Some((502, 1_000)),
            _ => None,
        };
        if let Some((id, value)) = parameter {
            order.terms.parameter_count = 1;
            order.terms.parameters[0] = Parameter {
                id,
                value,
                ..Parameter::default()
            };
        }
        self.orders.try_push(order.words()).unwrap();
    }

    pub fn order(&mut self, parent_id: u64, quantity: u64, algorithm: AlgorithmCode) -> ParentNew {
        self.order_sequence += 1;
        let mut order = ParentNew::empty();
        order.sequence = self.order_sequence;
        order.parent_id = parent_id;
        order.source = 1;
        order.version = 1;
        order.terms.quantity = quantity;
        order.terms.limit = Price::NONE.0;
        order.terms.decision_price = Price::NONE.0;
        order.terms.algorithm = algorithm.code();
        order.terms.side = Side::Buy.code();
        order.terms.client_order_id = text_field(&format!("order-{parent_id}")).unwrap();
        order
    }

    pub fn cancel(&mut self, parent_id: u64) {
        self.order_sequence += 1;
        let cancel = ParentCancel {
            sequence: self.order_sequence,
            parent_id,
            source: 1,
            ..ParentCancel::empty()
        };
        self.orders.try_push(cancel.words()).unwrap();
    }

    pub fn quote(&mut self, instrument: u32, bid_milli: i64, ask_milli: i64, qty: u64) -> bool {
        let quote = Quote {
            instrument,
            sequence: self.next_market(instrument),
            bid_price: bid_milli * 1_000_000,
            ask_price: ask_milli * 1_000_000,
            bid_qty: qty,
            ask_qty: qty,
            ..Quote::empty()
        };
        self.market.try_push(quote.words()).is_ok()
    }

    pub fn trade(&mut self, instrument: u32, price_milli: i64, qty: u64) -> bool {
        let sequence = self.next_market(instrument);
        let trade = Trade {
            instrument,
            sequence,
            price: price_milli * 1_000_000,
            qty,
            trade_id: u64::from(sequence),
            ..Trade::empty()
        };
        self.market.try_push(trade.words()).is_ok()
    }

    pub fn status(&mut self, instrument: u32, status: TradingStatus) {
        let status = Status {
            instrument,
            sequence: self.next_market(instrument),
            status: status.code(),
            ..Status::empty()
        };
        self.market.try_push(status.words()).unwrap();
    }

    fn next_market(&mut self, instrument: u32) -> u32 {
        let sequence = &mut self.market_sequence[instrument as usize];
        *sequence += 1;
        *sequence
    }

    /// All slices that wait, as words.
    pub fn slices(&mut self) -> Vec<Vec<u64>> {
        drain(&mut self.slices)
    }

    pub fn updates(&mut self) -> Vec<Vec<u64>> {
        drain(&mut self.updates)
    }

    /// Fills a new slice whole at its price; acknowledges a cancel. No allocation.
    pub fn answer(&mut self, words: &[u64]) -> bool {
        if let Ok(slice) = SliceNew::from_words(words) {
            self.report(ReportKind::Ack, slice.child_id, &slice, 0)
                && self.report(ReportKind::Fill, slice.child_id, &slice, slice.qty)
        } else if let Ok(cancel) = SliceCancel::from_words(words) {
            self.report(ReportKind::Canceled, cancel.child_id, &SliceNew::empty(), 0)
        } else {
            true
        }
    }

    pub fn report(
        &mut self,
        kind: ReportKind,
        child_id: u64,
        slice: &SliceNew,
        filled: u64,
    ) -> bool {
        let report = ExecutionReport {
            sequence: self.report_sequence + 1,
            child_id,
            version: 1,
            venue: 1,
            kind: kind.code(),
            execution_high: u64::from(filled > 0),
            execution_low: if filled > 0 {
                self.report_sequence + 1
            } else {
                0
            },
            last_qty: filled,
            last_price: if filled > 0 {
                slice.price
            } else {
                Price::NONE.0
            },
            cumulative_qty: filled,
            order_qty: slice.qty,
            answers: slice.sequence,
            ..ExecutionReport::empty()
        };
        let pushed = self.reports.try_push(report.words()).is_ok();
        self.report_sequence += u64::from(pushed);
        pushed
    }

    /// Lets the journal go. No allocation.
    pub fn skip_journal(&mut self, words: &mut [u64; MESSAGE_WORDS_MAX]) {
        if let Some(journal) = &mut self.journal {
            while journal.poll(words).unwrap().is_some() {}
        }
    }

    /// All journal records that wait.
    pub fn journal(&mut self) -> Vec<(RecordHead, Vec<u64>)> {
        drain(self.journal.as_mut().unwrap())
            .iter()
            .map(|words| {
                let (head, payload) = RecordHead::split(words).unwrap();
                (head, payload.to_vec())
            })
            .collect()
    }
}

pub fn drain(ring: &mut RingConsumer) -> Vec<Vec<u64>> {
    let mut words = [0; MESSAGE_WORDS_MAX];
    let mut all = Vec::new();
    while let Some(message) = ring.poll(&mut words).unwrap() {
        all.push(words[..message.words].to_vec());
    }
    all
}
