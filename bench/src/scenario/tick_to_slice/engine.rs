//! The engine process of `tick-to-slice`: the runtime of `pacer-engine`, unchanged, with a registry that also takes
//! **drills**.
//!
//! A drill is a parent order with an algorithm number of the benchmark's own. The engine thread asks the registry to plan
//! it; the registry answers the yardstick or echoes messages, on that very thread and core, and then refuses the order. So
//! the yardstick and the echo are measured where the engine runs, without a second thread that fights for the core. Every
//! other order goes to the product's registry, and nothing of this stands on the measured path.

use super::{config_path, echo_paths, yardstick_path};
use crate::cli::PeerOptions;
use crate::error::{BenchError, During};
use crate::hop::echo;
use crate::peer::Gone;
use crate::yardstick::Yardstick;
use engine_algos::Registry;
use engine_core::algorithm::{Algorithms, Intents, Placement, Refusal, Target};
use engine_core::market::MarketState;
use engine_core::view::{Constraints, Order, View};
use engine_runtime::alloc_guard;
use engine_runtime::config::Config;
use engine_runtime::instance::{EngineWord, Instance, ring_expect};
use engine_runtime::process::EngineProcess;
use serde::{Deserialize, Serialize};
use shm_ring::{Idle, RingConsumer, RingProducer, attach_consumer, attach_producer};
use shm_wire::codes::{ResumePolicy, RingKind};
use shm_wire::instrument::Instrument;
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::units::Nanos;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Algorithm number of the drill that answers the yardstick; the order's quantity is the number of round trips.
pub(super) const ANSWER_YARDSTICK: u16 = 0xbe01;
/// Algorithm number of the drill that echoes messages.
pub(super) const ECHO: u16 = 0xbe02;

/// What the engine process says at its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Farewell {
    /// Allocator calls of the engine thread between the first parent order and the last.
    pub(super) allocations: u64,
    /// Records in the journal.
    pub(super) records: u64,
    /// What could not be had.
    pub(super) warnings: Vec<String>,
}

/// Runs the engine process until its standard input ends.
///
/// # Errors
/// Whatever kept it from running or ending in order.
pub fn run_peer(options: &PeerOptions) -> Result<(), BenchError> {
    engine_runtime::os::die_with_parent(options.parent).during("watching the parent")?;
    let path = config_path(&options.dir);
    let text = std::fs::read_to_string(&path).during("configuration of the engine")?;
    let config =
        Config::parse(&text, &path).map_err(|errors| BenchError::Engine(errors.to_string()))?;
    let drills = Drills::open(&options.dir, options.idle.strategy())?;
    let registry = DrilledRegistry {
        registry: Registry,
        drills: Arc::new(Mutex::new(drills)),
        allocations: Arc::default(),
    };
    let failed = |e: engine_runtime::process::RuntimeError| BenchError::Engine(e.to_string());
    let process = EngineProcess::start(&config, &registry).map_err(failed)?;
    let instance = process.instance().clone();
    println!("ready");
    std::thread::Builder::new()
        .name("orders".into())
        .spawn(move || stop_at_end_of_input(&instance))
        .during("starting a thread")?;
    let summary = process.supervise().map_err(failed)?;
    let farewell = Farewell {
        allocations: registry.allocations.between(),
        records: summary.records.iter().sum(),
        warnings: summary.warnings,
    };
    let text = serde_json::to_string(&farewell).map_err(|e| BenchError::Check(e.to_string()))?;
    println!("{text}");
    Ok(())
}

fn stop_at_end_of_input(instance: &Instance) {
    let mut nothing = [0; 64];
    while matches!(std::io::stdin().read(&mut nothing), Ok(count) if count > 0) {}
    if let Ok(page) = instance.open_engine() {
        page.store(EngineWord::Stop as usize, 1);
    }
}

/// Allocator calls of the engine thread at the first and at the last order it planned.
#[derive(Debug, Default)]
struct Allocations {
    /// One more than the count, so that zero means "none yet".
    first: AtomicU64,
    last: AtomicU64,
}

impl Allocations {
    fn note(&self) {
        // Relaxed: one thread writes, and another reads after it has ended.
        let calls = alloc_guard::calls() + 1;
        let unset = self.first.load(Ordering::Relaxed) == 0;
        if unset {
            self.first.store(calls, Ordering::Relaxed);
        }
        self.last.store(calls, Ordering::Relaxed);
    }
    fn between(&self) -> u64 {
        self.last.load(Ordering::Relaxed) - self.first.load(Ordering::Relaxed)
    }
}

/// What the engine thread needs for its drills.
#[derive(Debug)]
struct Drills {
    yardstick: Yardstick,
    input: RingConsumer,
    output: RingProducer,
    idle: Idle,
    /// Never set: a drill waits for its answers as long as the process lives.
    gone: Gone,
}

impl Drills {
    fn open(dir: &Path, idle: Idle) -> Result<Drills, BenchError> {
        let [there, back] = echo_paths(dir);
        Ok(Drills {
            yardstick: Yardstick::open(&yardstick_path(dir), idle)?,
            input: attach_consumer(&there, &ring_expect(RingKind::Market), 0)?,
            output: attach_producer(&back, &ring_expect(RingKind::Slices))?,
            idle,
            gone: Gone::default(),
        })
    }
    fn run(&mut self, drill: u16, rounds: u64) {
        // A drill that fails leaves the other process without its answer; it gives up and says so.
        let _ = match drill {
            ANSWER_YARDSTICK => self.yardstick.pong(rounds),
            _ => {
                let (input, output) = (&mut self.input, &mut self.output);
                echo(input, output, rounds, self.idle, &self.gone).map(|_| ())
            }
        };
    }
}

/// The product's registry, and drills.
#[derive(Clone, Debug)]
struct DrilledRegistry {
    registry: Registry,
    drills: Arc<Mutex<Drills>>,
    allocations: Arc<Allocations>,
}

impl DrilledRegistry {
    /// Runs the drill that an order asks for and refuses it; `None` for an order of the product's.
    fn drill(&self, algorithm: u16, order: &Order) -> Option<Refusal> {
        self.allocations.note();
        if algorithm != ANSWER_YARDSTICK && algorithm != ECHO {
            return None;
        }
        if let Ok(mut drills) = self.drills.lock() {
            drills.run(algorithm, order.quantity.0);
        }
        Some(Refusal {
            field: FieldCode::Algorithm,
            parameter: 0,
            why: Why::bare(Reason::Unsupported),
        })
    }
}

impl Algorithms for DrilledRegistry {
    type Plan = <Registry as Algorithms>::Plan;
    type Pace = <Registry as Algorithms>::Pace;

    fn plan(
        &self,
        algorithm: u16,
        order: &Order,
        instrument: &Instrument,
        now: Nanos,
    ) -> Result<(Self::Plan, Constraints), Refusal> {
        match self.drill(algorithm, order) {
            Some(refusal) => Err(refusal),
            None => self.registry.plan(algorithm, order, instrument, now),
        }
    }

    fn plan_in(
        &self,
        algorithm: u16,
        order: &Order,
        instrument: &Instrument,
        market: &MarketState,
        now: Nanos,
    ) -> Result<(Self::Plan, Constraints), Refusal> {
        match self.drill(algorithm, order) {
            Some(refusal) => Err(refusal),
            None => self
                .registry
                .plan_in(algorithm, order, instrument, market, now),
        }
    }

    fn accept_note(&self, plan: &Self::Plan) -> Why {
        self.registry.accept_note(plan)
    }

    #[inline]
    fn target(&self, plan: &mut Self::Plan, view: &View<'_>) -> (Target, Self::Pace) {
        self.registry.target(plan, view)
    }

    #[inline]
    fn place(
        &self,
        plan: &mut Self::Plan,
        view: &View<'_>,
        target: &Target,
        pace: &Self::Pace,
        intents: &mut Intents,
    ) -> Placement {
        self.registry.place(plan, view, target, pace, intents)
    }

    #[inline]
    fn resume(&self, plan: &mut Self::Plan, view: &View<'_>, policy: ResumePolicy) {
        self.registry.resume(plan, view, policy);
    }
}
