//! This process's side of `tick-to-slice`: order source, feed and router in one.

use super::engine::{ANSWER_YARDSTICK, ECHO, Farewell};
use super::{BLOCK, config_path, echo_paths, yardstick_path};
use crate::cli::EngineOptions;
use crate::cores::{self, Cores};
use crate::error::{BenchError, During};
use crate::hop::{Hop, pause, push};
use crate::measure::{Plan, Subject, sample};
use crate::orders::{
    DAY, Digest, INSTRUMENTS, LEAST_CHILDREN_OF_A_CHILD, LOT, RATE_MAX, VOLUME_FOR_ONE, fill, pov,
    quote, trade, twap,
};
use crate::peer::{Gone, Peer};
use crate::report::Outcome;
use crate::stats::Shot;
use crate::yardstick::Yardstick;
use engine_runtime::clock::ClockPage;
use engine_runtime::config::RingsConfig;
use engine_runtime::instance::{Instance, ring_expect, ring_spec};
use quanta::Clock;
use shm_ring::{
    CountersReader, Idle, MESSAGE_WORDS_MAX, RingConsumer, RingObserver, RingOwner, RingProducer,
    attach_consumer, attach_observer, attach_producer,
};
use shm_wire::codes::RingKind;
use shm_wire::message::Message;
use shm_wire::parent::{ParentNew, ParentUpdate, UpdateKind};
use shm_wire::slice::SliceNew;
use std::path::Path;
use std::time::{Duration, Instant};

/// Order source of all orders.
const SOURCE: u16 = 1;
/// The longest wait for anything but a slice.
const PATIENCE: Duration = Duration::from_secs(10);
/// Polls between two looks at whether the engine still lives.
const LOOK_EVERY: u32 = 4096;
/// Least child of the POV orders that are there and never due.
const NEVER_DUE: u64 = 100_000_000;
/// Quantity of each trade, steps: four children's worth, so that one is due whatever the orders' least child.
const TRADE_QTY: u64 = 4 * VOLUME_FOR_ONE * LEAST_CHILDREN_OF_A_CHILD * LOT;
/// Between two trades that are timed alone, ns: longer than the engine works for one.
const REST_NS: u64 = 2_000;
/// Strays that fit between two blocks.
const STRAYS_MAX: usize = 4096;

/// The engine process and everything here that talks to it.
pub(super) struct Desk {
    yardstick: Yardstick,
    echo: Hop,
    pub(super) trading: Trading,
    journal: RingObserver,
    counters: CountersReader,
    peer: Peer,
    _owners: [RingOwner; 2],
    journal_dir: tempfile::TempDir,
}

impl Desk {
    /// Starts the engine, opens the market, submits the orders.
    pub(super) fn open(
        dir: &Path,
        options: &EngineOptions,
        cores: Cores,
    ) -> Result<Desk, BenchError> {
        let idle = options.common.idle.strategy();
        let instance = Instance::new(dir.join("instance"));
        let journal_dir = tempfile::Builder::new()
            .prefix("pacer-bench-journal-")
            .tempdir()
            .during("directory of the journal")?;
        let text = config(options, &instance, journal_dir.path(), cores.peer);
        std::fs::write(config_path(dir), text).during("configuration of the engine")?;
        let page = yardstick_path(dir);
        let yardstick = Yardstick::create(&page, idle)?;
        let [there, back] = echo_paths(dir);
        let sizes = RingsConfig::default();
        let owners = [
            RingOwner::create(&there, &ring_spec(RingKind::Market, &sizes))?,
            RingOwner::create(&back, &ring_spec(RingKind::Slices, &sizes))?,
        ];
        let name = options.common.idle.name();
        let mut peer = Peer::start("peer-engine", dir, cores, name, &[0], &page)?;
        match peer.answer()?.as_str() {
            "ready" => {}
            other => return Err(BenchError::Peer(format!("it said {other:?}"))),
        }
        cores::pin(cores.near)?;
        let gone = peer.gone();
        let journal = instance.ring(0, RingKind::Journal, 0);
        let mut desk = Desk {
            yardstick,
            echo: Hop::attach(
                &there,
                &back,
                (
                    &ring_expect(RingKind::Market),
                    &ring_expect(RingKind::Slices),
                ),
                idle,
                gone.clone(),
            )?,
            trading: Trading::attach(&instance, idle, gone)?,
            journal: attach_observer(&journal, &ring_expect(RingKind::Journal))?,
            counters: CountersReader::attach(&instance.counters(0))?,
            peer,
            _owners: owners,
            journal_dir,
        };
        desk.begin(&instance, options.parents)?;
        Ok(desk)
    }

    fn begin(&mut self, instance: &Instance, parents: u32) -> Result<(), BenchError> {
        let clock = ClockPage::open(&instance.clock())?;
        let trading = &mut self.trading;
        for instrument in 0..INSTRUMENTS {
            trading.quote(instrument, clock.now().0)?;
        }
        let povs = parents.div_ceil(2);
        for number in 0..povs {
            let instrument = number % INSTRUMENTS;
            let id = u64::from(number) + 1;
            // The first order of each instrument fires; it is told by its number.
            let least = if number < INSTRUMENTS { LOT } else { NEVER_DUE };
            trading.submit(pov(SOURCE, id, instrument, least))?;
        }
        trading.wait_accepted(u64::from(povs))?;
        // A POV order's least worthwhile child grows with its pace since the start: as if they had worked for a day.
        let origin = clock.words().load(0);
        clock.words().store(0, origin + DAY);
        for number in povs..parents {
            let instrument = number % INSTRUMENTS;
            let id = u64::from(number) + 1;
            trading.submit(twap(SOURCE, id, instrument, clock.now().0))?;
        }
        trading.wait_accepted(u64::from(parents))?;
        trading.settle()?;
        self.drain_journal()
    }

    /// One check of the yardstick, answered by the engine thread.
    pub(super) fn check_yardstick(
        &mut self,
        clock: &Clock,
        blocks: u64,
    ) -> Result<f64, BenchError> {
        self.trading
            .drill(ANSWER_YARDSTICK, Yardstick::rounds(blocks))?;
        self.yardstick.check(clock, blocks)
    }

    /// Echo of a message, answered by the engine thread.
    pub(super) fn echo(&mut self, clock: &Clock, plan: &Plan) -> Result<Shot, BenchError> {
        self.trading.drill(ECHO, plan.events())?;
        sample(clock, plan, &mut self.echo)
    }

    /// Sleeps until the journal thread has taken everything.
    pub(super) fn drain_journal(&mut self) -> Result<(), BenchError> {
        let deadline = Deadline::new("the journal to be written");
        while self.journal.depth() > 0 {
            deadline.check(&self.peer.gone())?;
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(())
    }

    /// Checks the engine's own counts, ends it, and says what was found.
    pub(super) fn close(mut self, outcome: &mut Outcome) -> Result<(), BenchError> {
        // The last order marks the end of the count of allocations.
        self.trading.drill(ECHO, 1)?;
        self.echo.event()?;
        self.trading.settle()?;
        let trading = &self.trading;
        let sent = trading.trades + trading.strays;
        let count = |name: &str| self.counters.get(name).unwrap_or(0);
        let deadline = Deadline::new("the engine's counters");
        while count("engine_children") < sent || count("engine_fills") < sent {
            deadline.check(&self.peer.gone())?;
            std::thread::sleep(Duration::from_millis(5));
        }
        let children = count("engine_children");
        if children != sent {
            return Err(BenchError::Check(format!(
                "{} trades and {} other wakes, but {children} children",
                trading.trades, trading.strays
            )));
        }
        outcome.fact("trades", trading.trades);
        outcome.fact("children", children);
        outcome.fact("children_without_a_trade", trading.strays);
        outcome.fact("fills", count("engine_fills"));
        outcome.fact("updates", trading.updates_read);
        outcome.fact("journal_cells_a_trade", self.cells_a_trade());
        outcome.fact("digest", trading.digest.text());
        self.peer.close_orders();
        let text = self.peer.answer()?;
        let farewell: Farewell =
            serde_json::from_str(&text).map_err(|e| BenchError::Peer(e.to_string()))?;
        self.peer.end()?;
        outcome.fact("allocations_of_engine_thread", farewell.allocations);
        outcome.fact("journal_records", farewell.records);
        outcome.notes.extend(farewell.warnings);
        drop(self.journal_dir);
        Ok(())
    }

    /// Cells of journal for each trade, its fill included.
    fn cells_a_trade(&self) -> f64 {
        self.journal.consumer_index() as f64 / self.trading.trades.max(1) as f64
    }
}

/// Order source, feed and router.
pub(super) struct Trading {
    orders: RingProducer,
    updates: RingConsumer,
    market: RingProducer,
    slices: RingConsumer,
    reports: RingProducer,
    idle: Idle,
    gone: Gone,
    next_order: u64,
    order_sequence: u64,
    sequences: [u32; INSTRUMENTS as usize],
    report_sequence: u64,
    turn: u32,
    /// Children of this block, to be filled before the next.
    to_fill: Vec<SliceNew>,
    accepted: u64,
    updates_read: u64,
    trades: u64,
    strays: u64,
    digest: Digest,
    words: [u64; MESSAGE_WORDS_MAX],
}

impl Trading {
    fn attach(instance: &Instance, idle: Idle, gone: Gone) -> Result<Trading, BenchError> {
        let path = |kind| instance.ring(0, kind, SOURCE);
        let write = |kind| attach_producer(&path(kind), &ring_expect(kind));
        let read = |kind| attach_consumer(&path(kind), &ring_expect(kind), 0);
        Ok(Trading {
            orders: write(RingKind::Orders)?,
            updates: read(RingKind::Updates)?,
            market: write(RingKind::Market)?,
            slices: read(RingKind::Slices)?,
            reports: write(RingKind::Reports)?,
            idle,
            gone,
            next_order: 1 << 32,
            order_sequence: 0,
            sequences: [0; INSTRUMENTS as usize],
            report_sequence: 0,
            turn: 0,
            to_fill: Vec::with_capacity(BLOCK as usize + STRAYS_MAX),
            accepted: 0,
            updates_read: 0,
            trades: 0,
            strays: 0,
            digest: Digest::default(),
            words: [0; MESSAGE_WORDS_MAX],
        })
    }

    fn quote(&mut self, instrument: u32, now: u64) -> Result<(), BenchError> {
        let sequence = self.next_sequence(instrument);
        push(
            &mut self.market,
            quote(instrument, sequence, now, 0).words(),
        )
    }

    #[inline]
    fn next_sequence(&mut self, instrument: u32) -> u32 {
        let sequence = &mut self.sequences[instrument as usize];
        *sequence += 1;
        *sequence
    }

    /// Sends a parent order, waiting for room.
    fn submit(&mut self, mut order: ParentNew) -> Result<(), BenchError> {
        self.order_sequence += 1;
        order.sequence = self.order_sequence;
        let deadline = Deadline::new("room for a parent order");
        while self.orders.try_push(order.words()).is_err() {
            deadline.check(&self.gone)?;
            self.read_updates()?;
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Asks the engine thread for a drill; see [`super::engine`].
    fn drill(&mut self, drill: u16, rounds: u64) -> Result<(), BenchError> {
        self.next_order += 1;
        let mut order = pov(SOURCE, self.next_order, 0, LOT);
        order.terms.algorithm = drill;
        order.terms.quantity = rounds * LOT;
        self.submit(order)
    }

    fn wait_accepted(&mut self, orders: u64) -> Result<(), BenchError> {
        let deadline = Deadline::new("parent orders to be accepted");
        while self.accepted < orders {
            deadline.check(&self.gone)?;
            self.read_updates()?;
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Reads what the engine says of its orders. A refusal of anything but a drill is an error.
    fn read_updates(&mut self) -> Result<(), BenchError> {
        let refused = |e: &dyn std::fmt::Display| BenchError::Check(format!("updates: {e}"));
        while let Some(message) = self
            .updates
            .poll(&mut self.words)
            .map_err(|e| refused(&e))?
        {
            self.updates_read += 1;
            let update = ParentUpdate::from_words(&self.words[..message.words]);
            let update = update.map_err(|e| refused(&e))?;
            self.accepted += u64::from(update.event == UpdateKind::Accepted.code());
            let drill = update.algorithm == ANSWER_YARDSTICK || update.algorithm == ECHO;
            if update.event == UpdateKind::Rejected.code() && !drill {
                return Err(BenchError::Check(format!(
                    "order {} was rejected: field {}, reason {}, {:?}",
                    update.parent_id, update.field, update.reason, update.operands
                )));
            }
        }
        Ok(())
    }

    /// Fills what is out and waits until the engine has taken every report.
    pub(super) fn settle(&mut self) -> Result<(), BenchError> {
        let deadline = Deadline::new("the engine to take the reports");
        loop {
            self.take_strays()?;
            self.fill_all()?;
            while self.reports.room() < self.reports.capacity() {
                deadline.check(&self.gone)?;
                pause(self.idle);
            }
            self.read_updates()?;
            self.take_strays()?;
            if self.to_fill.is_empty() {
                return Ok(());
            }
        }
    }

    fn fill_all(&mut self) -> Result<(), BenchError> {
        for slice in self.to_fill.drain(..) {
            self.report_sequence += 1;
            push(
                &mut self.reports,
                fill(&slice, self.report_sequence).words(),
            )?;
        }
        Ok(())
    }

    /// Takes slices that no trade asked for (a TWAP order whose time had come).
    fn take_strays(&mut self) -> Result<(), BenchError> {
        while let Some(slice) = self.poll_slice()? {
            self.stray(slice);
        }
        Ok(())
    }

    #[cold]
    fn stray(&mut self, slice: SliceNew) {
        self.strays += 1;
        self.to_fill.push(slice);
    }

    /// The next new child, if one is there. Anything else is an error: every child is filled at once, so that there is
    /// nothing to replace or cancel.
    #[inline]
    fn poll_slice(&mut self) -> Result<Option<SliceNew>, BenchError> {
        match self.slices.poll(&mut self.words) {
            Ok(None) => Ok(None),
            Ok(Some(message)) => SliceNew::from_words(&self.words[..message.words])
                .map(Some)
                .map_err(|e| BenchError::Check(format!("slices: {e}"))),
            Err(e) => Err(BenchError::Check(format!("slices: {e}"))),
        }
    }

    /// What the engine said last of an order whose child is missing.
    #[cold]
    fn no_child(&mut self, parent: u64) -> BenchError {
        let mut last = None;
        while let Ok(Some(message)) = self.updates.poll(&mut self.words) {
            let update = ParentUpdate::from_words(&self.words[..message.words]);
            last = update.ok().filter(|u| u.parent_id == parent).or(last);
        }
        let said = last.map_or("nothing".into(), |u| {
            format!(
                "reason {} {:?}, blocked {:#x}, market volume {}, target {}, filled {}, open {}",
                u.reason, u.operands, u.blocked, u.market_volume, u.target, u.filled, u.open
            )
        });
        BenchError::Check(format!(
            "trade {} fired no child of order {parent}; it said {said}",
            self.trades + 1
        ))
    }

    /// Waits for the child of `parent`.
    #[inline]
    fn wait_for_slice_of(&mut self, parent: u64) -> Result<SliceNew, BenchError> {
        let mut polls = 0_u32;
        let mut begun: Option<Instant> = None;
        loop {
            match self.poll_slice()? {
                Some(slice) if slice.parent_id == parent => return Ok(slice),
                Some(slice) => self.stray(slice),
                None => {
                    polls = polls.wrapping_add(1);
                    if polls.is_multiple_of(LOOK_EVERY) {
                        self.gone.check()?;
                        if begun.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                            return Err(self.no_child(parent));
                        }
                    }
                    pause(self.idle);
                }
            }
        }
    }
}

impl Subject for Trading {
    /// A trade, and the slice it causes.
    #[inline]
    fn event(&mut self) -> Result<(), BenchError> {
        let instrument = self.turn;
        self.turn = (self.turn + 1) % INSTRUMENTS;
        let sequence = self.next_sequence(instrument);
        let trade = trade(instrument, sequence, 0, TRADE_QTY);
        push(&mut self.market, trade.words())?;
        let slice = self.wait_for_slice_of(u64::from(instrument) + 1)?;
        self.trades += 1;
        self.digest.slice(&slice);
        self.to_fill.push(slice);
        Ok(())
    }
    fn between(&mut self) -> Result<(), BenchError> {
        self.settle()
    }
    /// Until the engine has nothing left to do of the event before.
    #[inline]
    fn rest(&mut self, clock: &Clock) {
        let begun = clock.raw();
        while clock.delta_as_nanos(begun, clock.raw()) < REST_NS {
            pause(self.idle);
        }
    }
}

/// A wait that ends.
struct Deadline {
    what: &'static str,
    begun: Instant,
}

impl Deadline {
    fn new(what: &'static str) -> Deadline {
        Deadline {
            what,
            begun: Instant::now(),
        }
    }
    fn check(&self, gone: &Gone) -> Result<(), BenchError> {
        gone.check()?;
        if self.begun.elapsed() > PATIENCE {
            return Err(BenchError::Check(format!(
                "waited in vain for {}",
                self.what
            )));
        }
        Ok(())
    }
}

/// The engine's configuration: the product's defaults, the documented limits with rates that hold nothing back.
fn config(options: &EngineOptions, instance: &Instance, journal: &Path, core: usize) -> String {
    let mut text = format!(
        r#"[instance]
name = "bench"
dir = {dir:?}
remove_on_exit = true
[journal]
dir = {journal:?}
[engine]
parents_max = {parents}
executions_max = 4194304
[peers]
feed_lost_ms = 0
router_lost_ms = 0
loop_gap_ms = 0
[limits]
profile = "demo"
parent_rate_max = {RATE_MAX}
instrument_rate_max = {RATE_MAX}
engine_rate_max = {RATE_MAX}
[[shards]]
id = 0
core = {core}
idle = "{idle}"
"#,
        dir = instance.dir(),
        parents = options.parents,
        idle = options.common.idle.name(),
    );
    for instrument in 0..INSTRUMENTS {
        text.push_str(&format!(
            "[[instruments]]\nsymbol = \"BENCH{instrument:02}\"\nlot = {LOT}\nticks = [{{ from = \"0\", tick = \"0.01\" }}]\nsessions = [{{ open = \"2000-01-01T00:00:00Z\", close = \"2100-01-01T00:00:00Z\" }}]\n"
        ));
    }
    text
}
