//! One engine thread: the duty cycle around `step`.
//!
//! ```text
//! loop: kill word → reports → control → timers due → continue → orders → market (bounded) → heartbeat
//!       for each input taken: now → journal(input) → step, and within it for each output: journal → publish
//! ```
//! One clock read serves a whole pass. Budgets bound each source. An input is taken only when the journal ring has room for
//! it and every output that it can cause. A pass neither allocates nor makes a system call; the idle strategy `yield` makes
//! one (`sched_yield`) when a pass found nothing.

mod emit;
mod life;
mod peers;
mod watch;

use crate::clock::EngineClock;
use crate::config::PeersConfig;
use crate::counters::{DutyCounters, ShardCounters};
use crate::instance::KillWord;
use crate::journal::{JournalSink, Place};
use crate::latency::Latency;
use crate::links::{Found, InLink, Links};
use crate::room::{JournalLook, JournalRoom, Parked, Room};
use emit::Emitter;
use engine_core::algorithm::Algorithms;
use engine_core::engine::Engine;
use engine_core::input::{Inbound, Input};
use peers::Peers;
use shm_ring::{Idle, MESSAGE_WORDS_MAX, WordsFile};
use shm_wire::codes::{LinkState, RingKind};
use shm_wire::message::MESSAGE_CELLS_MAX;
use shm_wire::record::{Continue, Direction, Link, TimerFired};
use shm_wire::units::Nanos;

/// Most execution reports of one pass.
pub const REPORTS_BUDGET: usize = 256;
/// Most control messages of one pass.
pub const CONTROL_BUDGET: usize = 16;
/// Most timer inputs of one pass; each wakes up to 64 parents.
pub const TIMER_BUDGET: usize = 16;
/// Most continuations of one pass.
pub const CONTINUE_BUDGET: usize = 16;
/// Most orders of one source in one pass.
pub const ORDERS_BUDGET: usize = 64;
/// Most market messages of one pass.
pub const MARKET_BUDGET: usize = 64;
/// Passes without a message after which the spinning thread pauses between passes: some 100 us.
pub const BUSY_PASSES: u32 = 4096;
/// Real time between heartbeats, ns.
pub const HEARTBEAT_NS: u64 = 10_000_000;
/// Real time that an orderly end waits for terminal reports, ns.
pub const SHUTDOWN_WAIT_NS: u64 = 5_000_000_000;
/// Link number of control inputs that the runtime makes itself.
pub const RUNTIME_SOURCE: u16 = u16::MAX;

/// What a shard is started with.
#[derive(Clone, Copy, Debug)]
pub struct ShardSettings {
    /// Number.
    pub shard: u8,
    /// Seed, for the journal.
    pub seed: u64,
    /// Run number, for the journal.
    pub run: u64,
    /// Instruments in the table, for the journal.
    pub instruments: u32,
    /// Idle strategy.
    pub idle: Idle,
    /// Real time without a heartbeat after which feed and router are lost; zero = never.
    pub feed_lost_ns: u64,
    /// As for the feed.
    pub router_lost_ns: u64,
    /// Real time without a pass after which all market data is stale; zero = never.
    pub loop_gap_ns: u64,
}

impl ShardSettings {
    /// With the limits of `peers`.
    #[must_use]
    pub fn with_peers(mut self, peers: &PeersConfig) -> ShardSettings {
        self.feed_lost_ns = peers.feed_lost_ms.saturating_mul(1_000_000);
        self.router_lost_ns = peers.router_lost_ms.saturating_mul(1_000_000);
        self.loop_gap_ns = peers.loop_gap_ms.saturating_mul(1_000_000);
        self
    }
}

/// What a shard shares with the rest of its process, each a page of its own handle.
#[derive(Debug)]
pub struct ShardPages {
    /// Kill page.
    pub kill: WordsFile,
    /// Engine page.
    pub engine: WordsFile,
    /// Counters.
    pub counters: ShardCounters,
}

/// One engine thread.
pub struct Shard<A: Algorithms> {
    engine: Engine<A>,
    orders: Vec<Source>,
    market: InLink,
    reports: InLink,
    control: InLink,
    slices: shm_ring::RingProducer,
    slices_room: Room,
    parked: Parked,
    journal: JournalSink,
    journal_room: JournalRoom,
    clock: EngineClock,
    pages: ShardPages,
    peers: Peers,
    settings: ShardSettings,
    duty: DutyCounters,
    words: [u64; MESSAGE_WORDS_MAX],
    /// The kill word as the engine knows it.
    kill_seen: u64,
    /// Releases from the kill word that this shard knows.
    releases_seen: u64,
    control_sequence: u64,
    inputs: u64,
    last_beat: u64,
    /// Real time without a pass that makes market data stale, ns; `u64::MAX` = never.
    gap_limit: u64,
    /// Clock read of the pass under way.
    pass: u64,
    latency: Latency,
    /// Passes in a row that found nothing.
    idle_passes: u32,
    /// Where inputs are decoded.
    input: Option<Box<Input>>,
    /// Samples of the offset to UTC that the engine knows.
    utc_samples: u64,
    /// When the engine wants a timer, as of its last step.
    next_timer: Nanos,
    /// Whether its last step left work for a continuation.
    goes_on: bool,
}

impl<A: Algorithms> std::fmt::Debug for Shard<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shard")
            .field("settings", &self.settings)
            .field("duty", &self.duty)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Source {
    orders: InLink,
    updates: shm_ring::RingProducer,
    room: Room,
}

impl<A: Algorithms> Shard<A> {
    /// Puts a shard together. Takes all the memory that it will use.
    #[must_use]
    pub fn new(
        settings: ShardSettings,
        engine: Engine<A>,
        links: Links,
        clock: EngineClock,
        pages: ShardPages,
    ) -> Shard<A> {
        let source = |link: crate::links::OrderLink| Source {
            room: Room::of_updates(link.updates.capacity()),
            orders: link.orders,
            updates: link.updates,
        };
        let (next_timer, goes_on) = (engine.next_timer(), engine.needs_continue());
        Shard {
            engine,
            orders: links.orders.into_iter().map(source).collect(),
            market: links.market,
            reports: links.reports,
            control: links.control,
            slices_room: Room::of_slices(links.slices.capacity()),
            slices: links.slices,
            parked: Parked::new(),
            journal_room: JournalRoom::of(links.journal.capacity()),
            journal: JournalSink::new(links.journal),
            clock,
            pages,
            peers: Peers::new(settings.feed_lost_ns, settings.router_lost_ns),
            settings,
            duty: DutyCounters::default(),
            words: [0; MESSAGE_WORDS_MAX],
            kill_seen: 0,
            releases_seen: 0,
            control_sequence: 0,
            inputs: 0,
            last_beat: 0,
            gap_limit: match settings.loop_gap_ns {
                0 => u64::MAX,
                limit => limit,
            },
            pass: 0,
            latency: Latency::default(),
            idle_passes: 0,
            input: Some(Box::new(internal(Inbound::Continue(Continue::empty())))),
            utc_samples: 0,
            next_timer,
            goes_on,
        }
    }

    /// One pass, and the idle strategy when it found nothing.
    #[inline]
    pub fn turn(&mut self) {
        if self.poll_once() > 0 {
            self.idle_passes = 0;
            return;
        }
        // The pause hint costs up to 60 ns on some processors: not while messages come every few microseconds.
        self.idle_passes = self.idle_passes.saturating_add(1);
        if self.settings.idle == Idle::Yield || self.idle_passes > BUSY_PASSES {
            self.settings.idle.idle();
        }
    }

    /// One pass; answers how many inputs it took.
    pub fn poll_once(&mut self) -> usize {
        self.duty.polls += 1;
        let before = self.inputs;
        let monotonic = self.clock.monotonic();
        self.pass = monotonic;
        let now = self.clock.at(monotonic);
        if !self.parked.is_empty() {
            self.parked.retry(&mut self.slices);
        }
        if self.last_beat != 0 && monotonic.saturating_sub(self.last_beat) > self.gap_limit {
            self.on_loop_gap(now, monotonic);
        }
        if self.slices_room.is_blocked()
            || !self.journal_room.is_open()
            || self.orders.iter().any(|s| s.room.is_blocked())
        {
            // Room that came back is an input of its own, whether or not another one comes.
            self.admit(now);
        }
        self.look_at_kill_word(now);
        if self.reports.is_ready() {
            self.drain(now, monotonic, Which::Reports, REPORTS_BUDGET);
        }
        if self.control.is_ready() {
            self.drain(now, monotonic, Which::Control, CONTROL_BUDGET);
        }
        if self.next_timer <= now {
            self.timers(now);
        }
        if self.goes_on {
            self.continuations(now);
        }
        for source in 0..self.orders.len() {
            if self.orders[source].orders.is_ready() {
                self.drain(now, monotonic, Which::Orders(source), ORDERS_BUDGET);
            }
        }
        if self.market.is_ready() {
            self.drain(now, monotonic, Which::Market, MARKET_BUDGET);
        }
        if monotonic.saturating_sub(self.last_beat) >= HEARTBEAT_NS {
            self.supervise(now, monotonic);
            self.beat(monotonic);
        }
        // Inputs taken in one pass are few.
        (self.inputs - before) as usize
    }

    #[inline]
    fn look_at_kill_word(&mut self, now: Nanos) {
        let word = self.pages.kill.load(KillWord::Kill as usize);
        if word != self.kill_seen {
            self.on_kill_word(now, word);
        }
    }

    /// Takes what a link holds, up to `budget`. Apart from the pass, which finds nothing most of the time and must be short.
    #[inline(never)]
    fn drain(&mut self, now: Nanos, monotonic: u64, which: Which, budget: usize) {
        // The place of inputs is lent out for the pass, so that messages are decoded where they stay.
        let Some(mut input) = self.input.take() else {
            return;
        };
        for _ in 0..budget {
            // A refusal cannot be conflated: an order waits until there is room for its answer.
            let answerable = match which {
                Which::Orders(source) => self.orders[source].updates.has_room(MESSAGE_CELLS_MAX),
                Which::Reports | Which::Control | Which::Market => true,
            };
            if !answerable || !self.admit(now) || !self.drain_one(now, monotonic, which, &mut input)
            {
                break;
            }
        }
        self.input = Some(input);
    }

    /// Takes one message; `false` when there is none, or the link is out of service.
    #[inline]
    fn drain_one(&mut self, now: Nanos, monotonic: u64, which: Which, input: &mut Input) -> bool {
        // Not through `link`: the words are borrowed too.
        let words = &mut self.words;
        let link = match which {
            Which::Reports => &mut self.reports,
            Which::Control => &mut self.control,
            Which::Market => &mut self.market,
            Which::Orders(source) => &mut self.orders[source].orders,
        };
        match link.take(words, monotonic, input) {
            Found::Nothing => return false,
            Found::Input(position) => {
                self.take(now, input, position);
                if matches!(which, Which::Control) {
                    self.on_control_taken(now, &input.message);
                }
            }
            Found::Refused => self.duty.decode_refused += 1,
            Found::Poisoned => {
                self.on_poisoned(now);
                return false;
            }
        }
        true
    }

    #[inline]
    fn link(&mut self, which: Which) -> &mut InLink {
        match which {
            Which::Reports => &mut self.reports,
            Which::Control => &mut self.control,
            Which::Market => &mut self.market,
            Which::Orders(source) => &mut self.orders[source].orders,
        }
    }

    #[inline]
    fn timers(&mut self, now: Nanos) {
        for _ in 0..TIMER_BUDGET {
            let due = self.engine.next_timer();
            if due > now || !self.admit(now) {
                return;
            }
            let fired = TimerFired {
                due: due.0,
                ..TimerFired::empty()
            };
            self.take(now, &internal(Inbound::TimerFired(fired)), 0);
        }
    }

    #[inline]
    fn continuations(&mut self, now: Nanos) {
        for _ in 0..CONTINUE_BUDGET {
            if !self.engine.needs_continue() || !self.admit(now) {
                return;
            }
            let go_on = Continue {
                queued: self.engine.queued() as u64,
                ..Continue::empty()
            };
            self.take(now, &internal(Inbound::Continue(go_on)), 0);
        }
    }

    /// Tells `step` of changes in room, and says whether an input may be taken.
    #[inline]
    fn admit(&mut self, now: Nanos) -> bool {
        match self.journal_room.look(self.journal.ring_mut()) {
            JournalLook::Room if self.parked.has_room() => {}
            JournalLook::Room | JournalLook::Full => {
                self.duty.journal_full += 1;
                return false;
            }
            JournalLook::Changed(state) => {
                self.on_room(now, RingKind::Journal, 0, state);
                return false;
            }
        }
        if let Some(state) = self.slices_room.look(&mut self.slices) {
            // What the change made may have used the room: the input waits for another look.
            self.on_room(now, RingKind::Slices, 0, state);
            return false;
        }
        for index in 0..self.orders.len() {
            let source = &mut self.orders[index];
            if let Some(state) = source.room.look(&mut source.updates) {
                let number = source.orders.source();
                self.on_room(now, RingKind::Updates, number, state);
                return false;
            }
        }
        true
    }

    #[cold]
    fn on_room(&mut self, now: Nanos, ring: RingKind, source: u16, state: LinkState) {
        match state {
            LinkState::Open => {}
            LinkState::Short => self.duty.journal_short += 1,
            LinkState::Blocked => self.duty.link_blocked += 1,
        }
        let link = Link {
            ring: ring.code(),
            state: state.code(),
            source,
            ..Link::empty()
        };
        self.take(now, &internal(Inbound::Link(link)), 0);
    }

    /// Takes an input of the runtime's own, when the journal has room.
    fn take_own(&mut self, now: Nanos, message: Inbound) -> bool {
        let room = self.admit(now);
        if room {
            let input = Input {
                source: RUNTIME_SOURCE,
                message,
            };
            self.take(now, &input, 0);
        }
        room
    }

    /// now → journal(input) → step, and within it for each output: journal, publish.
    #[inline]
    fn take(&mut self, now: Nanos, input: &Input, position: u64) {
        self.inputs += 1;
        let place = Place {
            direction: Direction::Input,
            ring: input.message.ring(),
            source: input.source,
            position,
        };
        self.journal.record(now, place, input.message.words());
        let mut out = Emitter {
            now,
            pass: self.pass,
            journal: &mut self.journal,
            slices: &mut self.slices,
            parked: &mut self.parked,
            orders: &mut self.orders,
            duty: &mut self.duty,
            latency: &mut self.latency,
            clock: &mut self.clock,
            count: 0,
            timed: false,
        };
        self.engine.step(now, input, &mut out);
        self.next_timer = self.engine.next_timer();
        self.goes_on = self.engine.needs_continue();
    }

    /// The engine, for tests and measurements.
    #[must_use]
    pub fn engine(&self) -> &Engine<A> {
        &self.engine
    }
    /// What the duty cycle has counted.
    #[must_use]
    pub fn duty(&self) -> &DutyCounters {
        &self.duty
    }
    /// Inputs taken.
    #[must_use]
    pub fn inputs(&self) -> u64 {
        self.inputs
    }
}

#[derive(Clone, Copy)]
enum Which {
    Reports,
    Control,
    Market,
    Orders(usize),
}

fn internal(message: Inbound) -> Input {
    Input { source: 0, message }
}
