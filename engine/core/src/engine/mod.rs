//! The engine: [`Engine::step`] takes one input and gives out what follows from it.
//!
//! ```text
//! market / reports / orders / control / timer ──▶ who is due? ──▶ decide(parent) ──▶ gate ──▶ children, updates
//! ```
//! A step decides for as many due parents as the outbox has room for; the rest waits in a fixed queue and is drained by
//! `Continue` inputs ([`Engine::needs_continue`]), so that no loop is unbounded and a replay is exact.
//!
//! Files: `accept` and `requests` (orders), `reports`, `market`, `control` (the other inputs), `decide` (one parent's decision),
//! `blocks` (what stands in its way), `ending` (how it ends), `gate` (intents become children), `auction` (orders for the
//! calendar's auctions), `own_orders` (they never meet), `updates` (what the OMS is told), `parent` (the records).

mod accept;
mod auction;
mod blocks;
mod control;
mod decide;
mod ending;
mod gate;
mod market;
mod own_orders;
mod parent;
mod reports;
mod requests;
mod updates;

use crate::algorithm::{Algorithms, INTENTS_MAX};
use crate::counters::Counters;
use crate::input::{Inbound, Input};
use crate::marks::Marks;
use crate::marks::heap::Arena;
use crate::outbox::{OUTPUTS_MAX, Outputs};
use crate::print_sizes::PrintSizes;
use crate::risk::{Meter, RiskLimits};
use crate::tables::{ExecutionTable, Fifo, KeyTable};
use crate::view::CHILDREN_MAX;
use alloc::vec;
use alloc::vec::Vec;
use parent::{NOBODY, Parent, Slot};
use shm_wire::auction::AUCTIONS_MAX;
use shm_wire::codes::LinkState;
use shm_wire::ids::ChildId;
use shm_wire::instrument::Instrument;
use shm_wire::units::Nanos;

/// Order sources that an engine serves.
pub const SOURCES_MAX: usize = 16;
/// Clients, traders, desks and algorithms that may be killed or paused at a time.
pub const SCOPES_MAX: usize = 32;
/// Parents woken by marks or sweeps in one step.
const WAKES_PER_STEP: usize = 64;
/// Most outputs of one decision: each intent; once, own orders that make room; then children taken back, the limit, slice end, progress and done; and each
/// auction an order that is told at once.
const OUTPUTS_PER_DECISION: usize =
    INTENTS_MAX + own_orders::ROOM_MAX + CHILDREN_MAX + 4 + 2 * AUCTIONS_MAX;

const _: () = assert!(OUTPUTS_PER_DECISION * 2 <= OUTPUTS_MAX);

/// What an engine is made with.
#[derive(Clone, Copy, Debug)]
pub struct EngineConfig {
    /// Shard number, 0 to 63.
    pub shard: u8,
    /// Seed of all random draws; travels in the journal.
    pub seed: u64,
    /// Parent orders that may be known at a time, 1 to 131,072; ended ones make room for new ones, oldest first.
    pub parents_max: usize,
    /// Execution keys remembered for the session.
    pub executions_max: usize,
    /// Limits in force.
    pub limits: RiskLimits,
}

/// Why an engine cannot be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConfigError {
    /// A setting is outside its range.
    Range {
        /// The setting.
        field: &'static str,
        /// The rule.
        rule: &'static str,
    },
    /// A record of the instrument table is not usable.
    Instrument {
        /// Index in the table.
        index: usize,
        /// Field.
        field: &'static str,
        /// Rule.
        rule: &'static str,
    },
}

impl core::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Range { field, rule } => write!(f, "{field}: {rule}"),
            Self::Instrument { index, field, rule } => {
                write!(f, "instrument {index}: {field}: {rule}")
            }
        }
    }
}

impl core::error::Error for ConfigError {}

#[derive(Clone, Copy, Debug, Default)]
struct Source {
    orders_sequence: u64,
    updates_sequence: u64,
    blocked: bool,
    /// Its orders link is out of service.
    lost: bool,
}

/// The engine of one shard.
#[derive(Debug)]
pub struct Engine<A: Algorithms> {
    config: EngineConfig,
    algorithms: A,
    instruments: Vec<Slot>,
    /// Sizes of each instrument's prints, apart from what each message touches.
    print_sizes: Vec<PrintSizes>,
    parents: Vec<Parent>,
    /// Plans of the parents, apart, so that an algorithm may change one while it looks at everything else.
    plans: Vec<A::Plan>,
    keys: KeyTable,
    executions: ExecutionTable,
    marks: Marks,
    own_resting: Arena,
    /// First node of the claims among them: two for each instrument, after those of the children.
    claims_from: u32,
    /// Never used slots, then ended parents, oldest first.
    free: Fifo,
    due: Fifo,
    sweeps: Fifo,
    marks_pending: Fifo,
    updates_due: Fifo,
    sources: [Source; SOURCES_MAX],
    scopes: [Option<control::Scope>; SCOPES_MAX],
    scopes_used: usize,
    slices_sequence: u64,
    reports_sequence: u64,
    slices_blocked: bool,
    /// Room in the journal: SHORT bars new parents, BLOCKED new children as well.
    journal: LinkState,
    /// Order sources whose link is out of service.
    sources_lost: usize,
    router_lost: bool,
    killed: bool,
    paused: bool,
    shutting_down: bool,
    feed_lost: bool,
    meter: Meter,
    now: Nanos,
    live: usize,
    counters: Counters,
}

impl<A: Algorithms> Engine<A> {
    /// Takes all memory the engine will ever use.
    ///
    /// # Errors
    /// [`ConfigError`] naming setting and rule.
    #[expect(
        clippy::disallowed_methods,
        clippy::disallowed_macros,
        reason = "memory is taken here, once"
    )]
    pub fn new(
        config: EngineConfig,
        instruments: &[Instrument],
        algorithms: A,
    ) -> Result<Self, ConfigError> {
        check_config(&config, instruments)?;
        let capacity = config.parents_max;
        let slots = u32::try_from(capacity).unwrap_or(NOBODY);
        let mut parents = Vec::with_capacity(capacity);
        let mut plans = Vec::with_capacity(capacity);
        let mut free = Fifo::new(capacity);
        for slot in 0..slots {
            parents.push(Parent::empty(slot));
            plans.push(A::Plan::default());
            free.push(slot);
        }
        Ok(Engine {
            config,
            algorithms,
            instruments: instruments
                .iter()
                .map(|i| Slot::new(i, &config.limits))
                .collect(),
            print_sizes: vec![PrintSizes::default(); instruments.len()],
            parents,
            plans,
            keys: KeyTable::new(capacity),
            executions: ExecutionTable::new(config.executions_max),
            marks: Marks::new(capacity),
            own_resting: Arena::new(capacity * CHILDREN_MAX + 2 * instruments.len()),
            claims_from: u32::try_from(capacity * CHILDREN_MAX).unwrap_or(NOBODY),
            free,
            due: Fifo::new(capacity),
            sweeps: Fifo::new(instruments.len()),
            marks_pending: Fifo::new(instruments.len()),
            updates_due: Fifo::new(capacity),
            sources: [Source::default(); SOURCES_MAX],
            scopes: [None; SCOPES_MAX],
            scopes_used: 0,
            slices_sequence: 0,
            reports_sequence: 0,
            slices_blocked: false,
            journal: LinkState::Open,
            sources_lost: 0,
            router_lost: false,
            killed: false,
            paused: false,
            shutting_down: false,
            feed_lost: false,
            meter: Meter::default(),
            now: Nanos(0),
            live: 0,
            counters: Counters::default(),
        })
    }

    /// Takes one input at engine time `now` and gives its outputs to `out`, one by one as they are made.
    ///
    /// `now` never goes backwards: an earlier instant counts as the last one.
    pub fn step(&mut self, now: Nanos, input: &Input, out: &mut impl Outputs) {
        out.begin();
        self.now = self.now.max(now);
        self.counters.inputs += 1;
        match &input.message {
            Inbound::Quote(m) => self.on_quote(m),
            Inbound::Trade(m) => self.on_trade(m),
            Inbound::ExecutionReport(m) => self.on_report(m),
            Inbound::TimerFired(_) | Inbound::Continue(_) | Inbound::ClockOffset(_) => {}
            Inbound::ParentNew(m) => self.on_new(input.source, m, out),
            Inbound::ParentAmend(m) => self.on_amend(input.source, m, out),
            Inbound::ParentCancel(m) => self.on_cancel(input.source, m, out),
            Inbound::ParentPause(m) => self.on_pause(input.source, m, out),
            Inbound::ParentResume(m) => self.on_resume(input.source, m, out),
            Inbound::ParentComplete(m) => self.on_complete(input.source, m, out),
            other => self.on_other(other),
        }
        // Each of these is empty in nearly every step.
        if self.marks.next_timer() <= self.now {
            self.wake_timers();
        }
        if !self.marks_pending.is_empty() {
            self.wake_pending_marks();
        }
        if !self.sweeps.is_empty() {
            self.wake_sweeps();
        }
        if !self.updates_due.is_empty() {
            self.flush_updates(out);
        }
        if !self.due.is_empty() {
            self.decide_due(out);
        }
    }

    /// Earliest instant at which a `TimerFired` input is wanted; [`Nanos::NEVER`] when none.
    #[inline]
    #[must_use]
    pub fn next_timer(&self) -> Nanos {
        self.marks.next_timer()
    }
    /// Whether work is left that a `Continue` input will go on with.
    #[inline]
    #[must_use]
    pub fn needs_continue(&self) -> bool {
        !self.due.is_empty()
            || !self.sweeps.is_empty()
            || !self.marks_pending.is_empty()
            || self.marks.next_timer() <= self.now
            || self.has_sendable_updates()
    }
    /// Parents waiting in the queue, for the `Continue` record.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.due.len()
    }
    /// Counters.
    #[inline]
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
    /// Parents that have not ended.
    #[must_use]
    pub fn live_parents(&self) -> usize {
        self.live
    }
    /// Children that have not ended, over all parents. Visits every parent: not for the hot path.
    #[must_use]
    pub fn open_children(&self) -> usize {
        self.parents
            .iter()
            .flat_map(|p| p.children.iter())
            .filter(|c| !c.state.is_over())
            .count()
    }
    /// Market state of an instrument, for tools and tests.
    #[must_use]
    pub fn market(&self, instrument: u32) -> Option<&crate::market::MarketState> {
        self.instruments.get(instrument as usize).map(|s| &s.market)
    }

    /// Takes out of the timers who is due now.
    fn wake_timers(&mut self) {
        for _ in 0..WAKES_PER_STEP {
            match self.marks.pop_timer(self.now) {
                Some(p) => self.queue(p),
                None => break,
            }
        }
    }

    /// Goes on with sweeps over all parents of an instrument.
    fn wake_sweeps(&mut self) {
        let mut budget = WAKES_PER_STEP;
        while budget > 0 {
            let Some(i) = self.sweeps.pop() else { return };
            let mut at = self.instruments[i as usize].sweep;
            while let Some(p) = at
                && budget > 0
            {
                budget -= 1;
                self.queue(p);
                let next = self.parents[p as usize].next;
                at = (next != NOBODY).then_some(next);
            }
            let slot = &mut self.instruments[i as usize];
            slot.sweep = at;
            slot.sweep_queued = at.is_some();
            if at.is_some() {
                self.sweeps.push(i);
            }
        }
    }

    /// Wakes every parent of an instrument, a few in each step.
    fn start_sweep(&mut self, instrument: u32) {
        let slot = &mut self.instruments[instrument as usize];
        if slot.first == NOBODY {
            return;
        }
        slot.sweep = Some(slot.first);
        if !slot.sweep_queued {
            slot.sweep_queued = true;
            self.sweeps.push(instrument);
        }
    }
    fn start_sweep_all(&mut self) {
        for i in 0..u32::try_from(self.instruments.len()).unwrap_or(0) {
            self.start_sweep(i);
        }
    }

    /// Queues a parent for a decision, once.
    #[inline]
    fn queue(&mut self, parent: u32) {
        let p = &mut self.parents[parent as usize];
        if !p.queued && !p.phase.is_terminal() && p.phase != crate::phase::Phase::Pending {
            p.queued = true;
            self.due.push(parent);
        }
    }

    /// Decides for queued parents while the outbox has room for a whole decision.
    fn decide_due(&mut self, out: &mut impl Outputs) {
        // Each parent is decided for at most once in a step.
        let mut left = self.due.len();
        while left > 0 && out.room() >= OUTPUTS_PER_DECISION {
            let Some(p) = self.due.pop() else { return };
            self.parents[p as usize].queued = false;
            self.decide(p, out);
            left -= 1;
        }
    }

    /// Puts a parent into its instrument's list.
    fn link(&mut self, parent: u32) {
        let instrument = self.parents[parent as usize].instrument as usize;
        let first = self.instruments[instrument].first;
        self.parents[parent as usize].previous = NOBODY;
        self.parents[parent as usize].next = first;
        if first != NOBODY {
            self.parents[first as usize].previous = parent;
        }
        self.instruments[instrument].first = parent;
    }
    /// Takes a parent out of its instrument's list; a sweep that stood on it moves on.
    fn unlink(&mut self, parent: u32) {
        let Parent {
            previous,
            next,
            instrument,
            ..
        } = self.parents[parent as usize];
        let slot = &mut self.instruments[instrument as usize];
        if slot.sweep == Some(parent) {
            slot.sweep = (next != NOBODY).then_some(next);
        }
        if previous == NOBODY {
            slot.first = next;
        } else {
            self.parents[previous as usize].next = next;
        }
        if next != NOBODY {
            self.parents[next as usize].previous = previous;
        }
    }
}

fn check_config(config: &EngineConfig, instruments: &[Instrument]) -> Result<(), ConfigError> {
    let slots_max = usize::try_from(ChildId::SLOT_MAX).unwrap_or(0) + 1;
    if u64::from(config.shard) > ChildId::SHARD_MAX {
        return Err(ConfigError::Range {
            field: "shard",
            rule: "0 to 63",
        });
    }
    if config.parents_max == 0 || config.parents_max > slots_max {
        return Err(ConfigError::Range {
            field: "parents_max",
            rule: "1 to 131072",
        });
    }
    if config.executions_max == 0 || config.executions_max > 1 << 24 {
        return Err(ConfigError::Range {
            field: "executions_max",
            rule: "1 to 16777216",
        });
    }
    if instruments.is_empty() || instruments.len() > 1 << 20 {
        return Err(ConfigError::Range {
            field: "instruments",
            rule: "1 to 1048576 records",
        });
    }
    for (index, i) in instruments.iter().enumerate() {
        if i.id as usize != index {
            return Err(ConfigError::Instrument {
                index,
                field: "id",
                rule: "ids count from zero in order",
            });
        }
        if let Some((field, rule)) = i.check() {
            return Err(ConfigError::Instrument { index, field, rule });
        }
    }
    Ok(())
}
