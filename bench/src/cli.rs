//! The command line.

use crate::stats::Thresholds;
use clap::{Args, Parser, Subcommand, ValueEnum};
use shm_ring::Idle;
use std::path::PathBuf;

/// Latency and throughput scenarios of Pacer, always beside a reference measured in the same run.
///
/// SCENARIO is one of: ring-hop, step, tick-to-slice, stalls. Exit code 0: the figures are there (whether they reach a
/// goal is for the reader); 1: they are not; 2: wrong usage.
#[derive(Parser, Debug)]
#[command(name = "pacer-bench", version)]
pub struct Arguments {
    /// What to measure.
    #[command(subcommand)]
    pub scenario: Scenario,
}

/// The scenarios.
#[derive(Subcommand, Debug)]
pub enum Scenario {
    /// Round trip of one- and two-cell messages through two rings between two processes, beside the yardstick and rtrb.
    RingHop(Options),
    /// Cost of a market message in the engine's `step`, one core, from one parent order to 100,000.
    Step(StepOptions),
    /// From a trade to the slice it causes, through a real engine process with journal and risk gate, beside an echo.
    TickToSlice(EngineOptions),
    /// Gaps in the time of each core and the run-queue delay: whether other figures can be believed.
    Stalls(StallOptions),
    /// The other process of `ring-hop`.
    #[command(hide = true)]
    PeerRingHop(PeerOptions),
    /// The other process of `tick-to-slice`.
    #[command(hide = true)]
    PeerEngine(PeerOptions),
}

/// Options of every scenario.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// One JSON document (`pacer.bench/1`) on standard output instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Samples; each is bracketed, and thrown away when its bracket does not hold.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub samples: Option<u32>,
    /// Two cores: this process and its peer. Default: the first and the last this process may use.
    #[arg(long, value_delimiter = ',', num_args = 1..=2)]
    pub cores: Vec<usize>,
    /// What a poll that finds nothing does. `yield` is for machines that are shared: its times mean nothing.
    #[arg(long, value_enum, default_value_t = IdleOption::Spin)]
    pub idle: IdleOption,
    /// A few samples only: for tests.
    #[arg(long)]
    pub quick: bool,
    /// A yardstick below this many ns is placement "near" (siblings of one core).
    #[arg(long, default_value_t = 75.0)]
    pub near_below: f64,
    /// A yardstick from this many ns on is placement "far" (no cache in common).
    #[arg(long, default_value_t = 350.0)]
    pub far_from: f64,
}

impl Options {
    /// Samples asked for, else `default`, or `quick` of them for tests.
    #[must_use]
    pub fn samples(&self, default: u32, quick: u32) -> u32 {
        self.samples
            .unwrap_or(if self.quick { quick } else { default })
    }
    /// Bounds of the placements.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        Thresholds {
            near_below: self.near_below,
            far_from: self.far_from,
        }
    }
}

/// Options of `step`.
#[derive(Args, Clone, Debug)]
pub struct StepOptions {
    /// Options of every scenario.
    #[command(flatten)]
    pub common: Options,
    /// Parent orders; the first number is what the others are compared with.
    #[arg(long, value_delimiter = ',', default_values_t = [1_u32, 256, 4096, 100_000], value_parser = parents())]
    pub parents: Vec<u32>,
}

/// Options of `tick-to-slice`.
#[derive(Args, Clone, Debug)]
pub struct EngineOptions {
    /// Options of every scenario.
    #[command(flatten)]
    pub common: Options,
    /// Parent orders in the engine: half TWAP, half POV, at least 64 of them POV on an instrument each.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(128..=100_000))]
    pub parents: u32,
}

/// Options of `stalls`.
#[derive(Args, Clone, Debug)]
pub struct StallOptions {
    /// Options of every scenario.
    #[command(flatten)]
    pub common: Options,
    /// Seconds for each core.
    #[arg(long, default_value_t = 5.0)]
    pub seconds: f64,
}

/// How a peer process is started.
#[derive(Args, Clone, Debug)]
pub struct PeerOptions {
    /// Directory of the files in shared memory.
    pub dir: PathBuf,
    /// Core.
    #[arg(long)]
    pub core: usize,
    /// Idle strategy.
    #[arg(long, value_enum)]
    pub idle: IdleOption,
    /// Round trips of one check of the yardstick, then of each message size.
    #[arg(long, value_delimiter = ',')]
    pub rounds: Vec<u64>,
    /// Process that started this one.
    #[arg(long)]
    pub parent: u32,
}

/// Idle strategies by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum IdleOption {
    /// Spin.
    Spin,
    /// `sched_yield`.
    Yield,
}

impl IdleOption {
    /// The strategy as the rings' crate knows it.
    #[must_use]
    pub fn strategy(self) -> Idle {
        match self {
            Self::Spin => Idle::Spin,
            Self::Yield => Idle::Yield,
        }
    }
    /// Its name on the command line and in `pacer.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spin => "spin",
            Self::Yield => "yield",
        }
    }
}

fn parents() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=131_072)
}
