//! `step`: what does a market message cost in `Engine::step`, and what do parent orders that are not due add to it?
//!
//! One core. For each number of parent orders the same stream: one print in five messages, 64 instruments. With *children*
//! one message in 25 is a print that makes one POV order due, whatever the number of orders; its child is filled by the
//! next input, and that report's cost is part of the figure. With *none due* no print is large enough. All engines are
//! in memory and measured in turn within a sample, so that a ratio is formed at one moment.

use crate::cli::StepOptions;
use crate::cores;
use crate::error::BenchError;
use crate::host::RunQueue;
use crate::measure::{Plan, Subject, sample};
use crate::orders::{
    DAY, Digest, INSTRUMENTS, LEAST_CHILDREN_OF_A_CHILD, VOLUME_FOR_ONE, fill, instruments, limits,
    pov, quote, trade, twap,
};
use crate::report::Outcome;
use crate::stats::{Bracket, Case, Placement, Shot};
use engine_algos::Registry;
use engine_core::engine::{Engine, EngineConfig};
use engine_core::input::{Inbound, Input};
use engine_core::outbox::{OUTPUTS_MAX, Outbox, Output};
use quanta::Clock;
use shm_wire::market::{Quote, Trade};
use shm_wire::parent::{ParentNew, UpdateKind};
use shm_wire::record::Continue;
use shm_wire::slice::SliceNew;
use shm_wire::units::Nanos;
use std::hint::black_box;

/// Name.
pub const NAME: &str = "step";
/// Messages in a block.
const BLOCK: usize = 256;
/// One message in so many makes an order due.
const MESSAGES_PER_CHILD: u64 = 25;
/// One message in so many is a print.
const MESSAGES_PER_TRADE: u64 = 5;
/// Children's worth of each order that one print makes due before anything is measured: an order's children grow up to
/// the fortieth.
const DONE_BEFORE: u64 = 50;
/// Children of each order before anything is measured, so that the orders' turns are spread out.
const TURNS: u64 = 4;
/// Steps of the child that is due after one such print, where an instrument has one POV order.
const SLICE: u64 = 100;
/// Stream time between messages, ns.
const MESSAGE_NS: u64 = 1_000;
/// Cost at the largest number of orders / at the least: the goal.
const GOAL: f64 = 4.0;
/// Engine time at the start: 2026-06-22.
const START: u64 = 1_782_086_400_000_000_000;
/// Executions remembered; a run makes fewer.
const EXECUTIONS: usize = 1 << 21;

fn plan(quick: bool) -> Plan {
    Plan {
        block: BLOCK as u64,
        warm: if quick { 1 } else { 16 },
        blocks: if quick { 2 } else { 32 },
        singles: if quick { 1 } else { 4 },
        rested: 0,
    }
}

/// Runs the scenario.
///
/// # Errors
/// Whatever kept it from measuring.
pub fn run(options: &StepOptions, clock: &Clock) -> Result<Outcome, BenchError> {
    let common = &options.common;
    let available = cores::available();
    let core = common.cores.last().or(available.last());
    cores::pin(*core.unwrap_or(&0))?;
    let plan = plan(common.quick);
    let mut bench = Bench::new(&options.parents)?;
    let queue = RunQueue::watch();
    let mut outcome = Outcome::default();
    for _ in 0..common.samples(250, 2) {
        outcome.samples_taken += 1;
        outcome.samples_discarded += u64::from(!bench.sample(clock, &plan)?);
    }
    outcome.fact("run_queue_share", queue.share());
    bench.finish(&mut outcome);
    Ok(outcome)
}

/// All engines, and what they were measured at.
struct Bench {
    empty: Empty,
    empty_case: Case,
    loads: Vec<(Load, [Case; 2])>,
    allocations: u64,
}

impl Bench {
    fn new(parents: &[u32]) -> Result<Bench, BenchError> {
        let most = parents.iter().max().copied();
        let mut loads = Vec::new();
        for count in parents {
            let load = Load::new(*count)?;
            let name = |what: &str| format!("{what}, {count} parents");
            let mut children = Case::new(NAME, name("4 % children"), "ns");
            if Some(*count) == most && parents.len() > 1 {
                children = children.goal(Placement::Single, GOAL);
            }
            loads.push((load, [children, Case::new(NAME, name("none due"), "ns")]));
        }
        Ok(Bench {
            empty: Empty {
                stream: Stream::new(vec![0]),
            },
            empty_case: Case::new(NAME, "empty loop", "ns"),
            loads,
            allocations: 0,
        })
    }

    /// Measures everything once; `false` when the empty loop changed meanwhile.
    fn sample(&mut self, clock: &Clock, plan: &Plan) -> Result<bool, BenchError> {
        let before = sample(clock, plan, &mut self.empty)?;
        let mut shots = Vec::with_capacity(self.loads.len());
        for (load, _) in &mut self.loads {
            load.stream.fires = true;
            let children = sample(clock, plan, load)?;
            load.stream.fires = false;
            let quiet = sample(clock, plan, load)?;
            load.settle()?;
            self.allocations += children.allocations + quiet.allocations;
            shots.push([children, quiet]);
        }
        let after = sample(clock, plan, &mut self.empty)?;
        let bracket = Bracket {
            before: before.p50,
            after: after.p50,
        };
        let Some(reference) = bracket.yardstick() else {
            return Ok(false);
        };
        self.empty_case
            .add(Placement::Single, &before, reference, reference);
        let first: Vec<f64> = shots.first().into_iter().flatten().map(|s| s.p50).collect();
        for ((_, cases), shots) in self.loads.iter_mut().zip(&shots) {
            for ((case, shot), compared) in cases.iter_mut().zip(shots).zip(&first) {
                let shot: &Shot = shot;
                case.add(Placement::Single, shot, reference, *compared);
            }
        }
        Ok(true)
    }

    fn finish(self, outcome: &mut Outcome) {
        outcome.rows = self.empty_case.rows();
        for (load, [children, quiet]) in self.loads {
            let name = format!("parents_{}", load.parents);
            let rate = load.children as f64 / load.firing_messages.max(1) as f64;
            let facts = serde_json::json!({
                "messages": load.messages,
                "children": load.children,
                "children_per_message": rate,
                "decisions": load.engine.counters().decisions,
                "live_parents": load.engine.live_parents(),
                "digest": load.digest.text(),
            });
            outcome.fact(&name, facts);
            outcome.rows.extend(children.rows());
            outcome.rows.extend(quiet.rows());
        }
        outcome.fact("allocations", self.allocations);
        outcome.notes.push(
            "reference: the same loop without the engine (it copies the message); ratio: P50 / P50 at the first number of parents"
                .into(),
        );
    }
}

/// A market message, as it stands in its cell.
#[derive(Clone, Copy)]
enum Tick {
    Quote(Quote),
    Trade(Trade),
}

impl Tick {
    #[inline]
    fn input(self) -> Input {
        let message = match self {
            Tick::Quote(m) => Inbound::Quote(m),
            Tick::Trade(m) => Inbound::Trade(m),
        };
        Input { source: 0, message }
    }
}

/// The stream of market messages, a block at a time.
struct Stream {
    block: Vec<Tick>,
    at: usize,
    count: u64,
    prints: usize,
    /// Instruments whose POV orders a large print makes due.
    firing: Vec<u32>,
    fires: bool,
    sequences: [u32; INSTRUMENTS as usize],
    ticks: [i64; INSTRUMENTS as usize],
    random: u64,
    time: u64,
}

impl Stream {
    fn new(firing: Vec<u32>) -> Stream {
        Stream {
            block: Vec::with_capacity(BLOCK),
            at: 0,
            count: 0,
            prints: 0,
            firing,
            fires: true,
            sequences: [0; INSTRUMENTS as usize],
            ticks: [0; INSTRUMENTS as usize],
            random: 42,
            time: START,
        }
    }

    fn refill(&mut self) {
        self.block.clear();
        self.at = 0;
        for _ in 0..BLOCK {
            let tick = self.next();
            self.block.push(tick);
        }
    }

    #[inline]
    fn take(&mut self) -> Tick {
        let tick = self.block[self.at];
        self.at += 1;
        self.time += MESSAGE_NS;
        tick
    }

    fn next_sequence(&mut self, instrument: u32) -> u32 {
        let sequence = &mut self.sequences[instrument as usize];
        *sequence += 1;
        *sequence
    }

    fn next(&mut self) -> Tick {
        // Knuth's MMIX generator; the upper bits are used.
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.count += 1;
        let large = self.fires && self.count.is_multiple_of(MESSAGES_PER_CHILD);
        let instrument = if large {
            self.prints += 1;
            self.firing[self.prints % self.firing.len()]
        } else {
            (self.random >> 40) as u32 % INSTRUMENTS
        };
        let index = instrument as usize;
        let sequence = self.next_sequence(instrument);
        if self.count.is_multiple_of(MESSAGES_PER_TRADE) {
            let qty = if large { SLICE * VOLUME_FOR_ONE } else { 1 };
            return Tick::Trade(trade(instrument, sequence, self.time, qty));
        }
        if (self.random >> 33).is_multiple_of(8) {
            let up = (self.random >> 36) & 1 == 1;
            let moved = self.ticks[index] + if up { 1 } else { -1 };
            self.ticks[index] = moved.clamp(-50, 50);
        }
        Tick::Quote(quote(instrument, sequence, self.time, self.ticks[index]))
    }
}

/// The reference: the loop that hands out messages, and nothing else.
struct Empty {
    stream: Stream,
}

impl Subject for Empty {
    #[inline]
    fn event(&mut self) -> Result<(), BenchError> {
        black_box(&self.stream.take().input());
        Ok(())
    }
    fn between(&mut self) -> Result<(), BenchError> {
        self.stream.refill();
        Ok(())
    }
}

/// One engine with its orders.
struct Load {
    parents: u32,
    engine: Engine<Registry>,
    outbox: Outbox,
    stream: Stream,
    to_fill: Vec<SliceNew>,
    reports: u64,
    messages: u64,
    firing_messages: u64,
    children: u64,
    rejected: u64,
    digest: Digest,
}

impl Load {
    /// An engine whose orders have been working for a day, filled and at rest.
    fn new(parents: u32) -> Result<Load, BenchError> {
        let config = EngineConfig {
            shard: 0,
            seed: 1,
            parents_max: parents as usize,
            executions_max: EXECUTIONS,
            limits: limits(),
        };
        let engine = Engine::new(config, &instruments(), Registry)
            .map_err(|e| BenchError::Engine(e.to_string()))?;
        let firing = (0..INSTRUMENTS).filter(|i| povs_on(parents, *i) > 0);
        let mut load = Load {
            parents,
            engine,
            outbox: Outbox::new(),
            stream: Stream::new(firing.collect()),
            to_fill: Vec::with_capacity(2 * OUTPUTS_MAX),
            reports: 0,
            messages: 0,
            firing_messages: 0,
            children: 0,
            rejected: 0,
            digest: Digest::default(),
        };
        load.open_market();
        load.submit(parents, Half::Pov);
        // A POV order's least worthwhile child grows with its pace since the start: a day makes it small.
        load.stream.time += DAY;
        load.settle()?;
        load.submit(parents, Half::Twap);
        load.settle()?;
        if load.rejected > 0 || load.engine.live_parents() != parents as usize {
            return Err(BenchError::Check(format!(
                "{} of {parents} parent orders work, {} were rejected",
                load.engine.live_parents(),
                load.rejected
            )));
        }
        load.spread()?;
        Ok(load)
    }

    fn open_market(&mut self) {
        for instrument in 0..INSTRUMENTS {
            self.stream.sequences[instrument as usize] = 1;
            let message = Inbound::Quote(quote(instrument, 1, self.stream.time, 0));
            self.feed(&Input { source: 0, message });
        }
    }

    fn submit(&mut self, parents: u32, half: Half) {
        for number in 0..parents {
            let order = parent(parents, number, half, self.stream.time);
            if let Some(order) = order {
                let message = Inbound::ParentNew(order);
                self.feed(&Input { source: 1, message });
            }
        }
    }

    /// Runs the stream until the orders' turns are spread out as they stay.
    fn spread(&mut self) -> Result<(), BenchError> {
        for index in 0..self.stream.firing.len() {
            let instrument = self.stream.firing[index];
            let povs = u64::from(povs_on(self.parents, instrument));
            let qty = DONE_BEFORE * SLICE * povs * VOLUME_FOR_ONE;
            let sequence = self.stream.next_sequence(instrument);
            let message = Inbound::Trade(trade(instrument, sequence, self.stream.time, qty));
            self.feed(&Input { source: 0, message });
            self.settle()?;
        }
        let turns = TURNS * u64::from(povs_on(self.parents, 0).max(1));
        let messages = turns * self.stream.firing.len() as u64 * MESSAGES_PER_CHILD;
        for _ in 0..messages.div_ceil(BLOCK as u64) {
            self.between()?;
            for _ in 0..BLOCK {
                self.event()?;
            }
        }
        self.settle()?;
        (self.messages, self.firing_messages, self.children) = (0, 0, 0);
        Ok(())
    }

    /// Gives the engine its continuations and fills until nothing is left to do.
    fn settle(&mut self) -> Result<(), BenchError> {
        for _ in 0..10_000_000_u64 {
            let now = Nanos(self.stream.time);
            if !self.engine.needs_continue() && self.engine.next_timer() > now {
                return Ok(());
            }
            let message = Inbound::Continue(Continue::empty());
            self.feed(&Input { source: 0, message });
        }
        Err(BenchError::Check("the engine never came to rest".into()))
    }

    #[inline]
    fn feed(&mut self, input: &Input) {
        self.engine
            .step(Nanos(self.stream.time), input, &mut self.outbox);
        if !self.outbox.is_empty() {
            self.answer();
        }
    }

    /// Fills every child at once.
    fn answer(&mut self) {
        self.collect();
        while let Some(slice) = self.to_fill.pop() {
            self.reports += 1;
            let message = Inbound::ExecutionReport(fill(&slice, self.reports));
            let input = Input { source: 0, message };
            self.engine
                .step(Nanos(self.stream.time), &input, &mut self.outbox);
            self.collect();
        }
    }

    fn collect(&mut self) {
        for output in self.outbox.iter() {
            match output {
                Output::New(slice) => {
                    self.children += u64::from(self.stream.fires);
                    self.digest.slice(slice);
                    self.to_fill.push(*slice);
                }
                Output::Update(update) if update.event == UpdateKind::Rejected.code() => {
                    self.rejected += 1;
                }
                Output::Update(_) | Output::Replace(_) | Output::Cancel(_) => {}
            }
        }
    }
}

impl Subject for Load {
    #[inline]
    fn event(&mut self) -> Result<(), BenchError> {
        let input = self.stream.take().input();
        self.feed(&input);
        Ok(())
    }
    fn between(&mut self) -> Result<(), BenchError> {
        self.stream.refill();
        self.messages += BLOCK as u64;
        self.firing_messages += u64::from(self.stream.fires) * BLOCK as u64;
        Ok(())
    }
}

/// The halves of the orders.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Pov,
    Twap,
}

/// Even numbers are POV, odd ones TWAP; pairs go round the instruments.
fn parent(parents: u32, number: u32, half: Half, now: u64) -> Option<ParentNew> {
    let instrument = number / 2 % INSTRUMENTS;
    let id = u64::from(number) + 1;
    match half {
        Half::Pov if number.is_multiple_of(2) => {
            let order = number / 2 / INSTRUMENTS;
            let slice = slice_of(povs_on(parents, instrument), order);
            Some(pov(1, id, instrument, slice))
        }
        Half::Twap if !number.is_multiple_of(2) => Some(twap(1, id, instrument, now)),
        Half::Pov | Half::Twap => None,
    }
}

/// POV orders on an instrument.
fn povs_on(parents: u32, instrument: u32) -> u32 {
    let povs = parents.div_ceil(2);
    povs / INSTRUMENTS + u32::from(instrument < povs % INSTRUMENTS)
}

/// Least child of the `order`-th of `count` POV orders on an instrument: with the count, so that each large print makes
/// one of them due on average, a quarter more or less, so that their turns spread out.
fn slice_of(count: u32, order: u32) -> u64 {
    let whole = SLICE / LEAST_CHILDREN_OF_A_CHILD * u64::from(count.max(1));
    if count <= 1 {
        return whole;
    }
    // Multiples of the golden ratio fill an interval evenly.
    let part = u64::from(order.wrapping_mul(0x9e37_79b9)) >> 22;
    whole * (1536 + part) / 2048
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parent_is_one_half_and_the_instruments_share_them_evenly() {
        for parents in [1, 2, 127, 256, 1000] {
            let mut on = [0; INSTRUMENTS as usize];
            let mut twaps = 0;
            for number in 0..parents {
                let pov = parent(parents, number, Half::Pov, START);
                let twap = parent(parents, number, Half::Twap, START);
                assert!(pov.is_some() != twap.is_some());
                if let Some(order) = pov {
                    on[order.terms.instrument as usize] += 1;
                }
                twaps += u32::from(twap.is_some());
            }
            for instrument in 0..INSTRUMENTS {
                assert_eq!(on[instrument as usize], povs_on(parents, instrument));
            }
            assert_eq!(twaps, parents / 2);
        }
    }

    #[test]
    fn the_child_rate_is_the_same_for_one_order_and_for_many() {
        for parents in [1, 256, 2048] {
            let mut load = Load::new(parents).unwrap();
            let before = (load.children, load.messages);
            for _ in 0..100 {
                load.between().unwrap();
                for _ in 0..BLOCK {
                    load.event().unwrap();
                }
            }
            let children = load.children - before.0;
            let messages = load.messages - before.1;
            let rate = children as f64 / messages as f64;
            assert!((0.032..=0.046).contains(&rate), "{parents}: {rate}");
            assert_eq!(load.engine.live_parents(), parents as usize);
            assert_eq!(load.engine.open_children(), 0);
        }
    }

    #[test]
    fn without_large_prints_no_pov_order_is_due() {
        let mut load = Load::new(64).unwrap();
        load.stream.fires = false;
        let before = load.engine.counters().children;
        for _ in 0..100 {
            load.between().unwrap();
            for _ in 0..BLOCK {
                load.event().unwrap();
            }
        }
        let children = load.engine.counters().children - before;
        assert!(children <= 100, "{children} children in 25,600 messages");
    }
}
