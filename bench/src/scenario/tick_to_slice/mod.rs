//! `tick-to-slice`: how long from a trade that makes one POV order due until its slice is there, through a real engine
//! process with journal and risk gate?
//!
//! ```text
//!  this process, first core                      engine process, second core
//!  feed    ── trade ──▶ market ring  ──▶  decode, journal(input), step, journal(slice)
//!  router  ◀─ slice ─── slices ring  ◀──  publish(slice), then updates
//!  router  ── fills ──▶ reports ring ──▶  (between blocks, untimed)
//! ```
//! The time of a trade alone is taken with the engine at rest: it has finished with the trade before. In blocks the next trade is
//! written as soon as a slice is read, so that what the engine has to do after it (marks, updates) counts too.
//!
//! One sample: yardstick, echo of a message through rings of the same kind and size, bursts of trades, yardstick. Each
//! block of 64 trades makes 64 different orders due; their fills are reported, and the updates read, between blocks. After
//! a burst this process sleeps until the journal ring is empty, so that the journal thread gets a core: a burst is far
//! below a quarter of that ring. The engine's stores into the journal ring stand on the measured path.

mod desk;
mod engine;

pub use engine::run_peer;

use super::{directory, yardstick_path};
use crate::cli::EngineOptions;
use crate::cores;
use crate::error::BenchError;
use crate::host::{RunQueue, read_cost};
use crate::measure::{Plan, sample};
use crate::report::Outcome;
use crate::stats::{Bracket, Case, Placement, Shot, median};
use desk::Desk;
use quanta::Clock;

/// Name.
pub const NAME: &str = "tick-to-slice";
/// Trades in a block: one for each POV order that fires.
const BLOCK: u64 = 64;

fn plan(quick: bool) -> Plan {
    Plan {
        block: BLOCK,
        warm: 1,
        blocks: if quick { 2 } else { 5 },
        singles: if quick { 1 } else { 3 },
        rested: if quick { 1 } else { 6 },
    }
}

/// Blocks of a check of the yardstick.
fn check_blocks(quick: bool) -> u64 {
    if quick { 2 } else { 16 }
}

/// Runs the scenario.
///
/// # Errors
/// Whatever kept it from measuring.
pub fn run(options: &EngineOptions, clock: &Clock) -> Result<Outcome, BenchError> {
    let common = &options.common;
    let cores = cores::choose(&common.cores, &cores::available())?;
    let dir = directory()?;
    let mut desk = Desk::open(dir.path(), options, cores)?;
    let plan = plan(common.quick);
    let mut results = Results::new(options.parents, read_cost(clock));
    let mut outcome = Outcome::default();
    let queue = RunQueue::watch();
    for _ in 0..common.samples(400, 2) {
        let (bracket, echo, slice) = one_sample(&mut desk, clock, &plan, common.quick)?;
        outcome.samples_taken += 1;
        let Some(yardstick) = bracket.yardstick() else {
            outcome.samples_discarded += 1;
            continue;
        };
        let placement = common.thresholds().placement(yardstick);
        results.add(placement, yardstick, &echo, &slice);
    }
    outcome.fact("run_queue_share", queue.share());
    results.finish(&mut outcome);
    desk.close(&mut outcome)?;
    Ok(outcome)
}

fn one_sample(
    desk: &mut Desk,
    clock: &Clock,
    plan: &Plan,
    quick: bool,
) -> Result<(Bracket, Shot, Shot), BenchError> {
    let blocks = check_blocks(quick);
    let before = desk.check_yardstick(clock, blocks)?;
    let echo = desk.echo(clock, plan)?;
    let slice = sample(clock, plan, &mut desk.trading)?;
    desk.trading.settle()?;
    let after = desk.check_yardstick(clock, blocks)?;
    desk.drain_journal()?;
    Ok((Bracket { before, after }, echo, slice))
}

struct Results {
    echo: Case,
    /// A trade meets an engine that has nothing else to do.
    slice: Case,
    /// The next trade is written as soon as a slice is read.
    crowded: Case,
    added: Vec<f64>,
    over_echo: Vec<f64>,
    allocations: u64,
    /// What a clock read costs, ns.
    clock_read: f64,
}

impl Results {
    fn new(parents: u32, clock_read: f64) -> Results {
        Results {
            clock_read,
            echo: Case::new(NAME, "echo, no engine", "ns"),
            slice: Case::new(NAME, format!("engine, {parents} parents"), "ns")
                .goal(Placement::Near, 2.2)
                .goal(Placement::Mid, 2.0)
                .goal(Placement::Far, 1.4),
            crowded: Case::new(
                NAME,
                format!("engine, back to back, {parents} parents"),
                "ns",
            ),
            added: Vec::new(),
            over_echo: Vec::new(),
            allocations: 0,
        }
    }
    fn add(&mut self, placement: Placement, yardstick: f64, echo: &Shot, slice: &Shot) {
        self.echo.add(placement, echo, yardstick, yardstick);
        let at_rest = Shot {
            // A block holds no clock read for each event: neither does this.
            p50: slice.rested.value_at_quantile(0.5) as f64 - self.clock_read,
            singles: slice.rested.clone(),
            ..slice.clone()
        };
        self.slice.add(placement, &at_rest, yardstick, yardstick);
        self.crowded.add(placement, slice, yardstick, yardstick);
        self.added.push(at_rest.p50 - echo.p50);
        if echo.p50 > 0.0 {
            self.over_echo.push(at_rest.p50 / echo.p50);
        }
        self.allocations += slice.allocations;
    }
    fn finish(mut self, outcome: &mut Outcome) {
        outcome.rows = self.echo.rows();
        outcome.rows.extend(self.slice.rows());
        outcome.rows.extend(self.crowded.rows());
        outcome.fact("engine_adds_to_echo_ns", median(&mut self.added));
        outcome.fact("engine_over_echo", median(&mut self.over_echo));
        outcome.fact("allocations_of_feed_and_router", self.allocations);
    }
}

/// The ring of the echo out, and back.
fn echo_paths(dir: &std::path::Path) -> [std::path::PathBuf; 2] {
    [dir.join("echo-there"), dir.join("echo-back")]
}

/// Configuration file of the engine.
fn config_path(dir: &std::path::Path) -> std::path::PathBuf {
    dir.join("pacer.toml")
}
