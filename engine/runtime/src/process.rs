//! The engine as a process: makes the instance's files, starts the threads, supervises them, ends in order.

use crate::clock::{ClockPage, CounterClock, Drift, EngineClock, monotonic};
use crate::config::{Config, Core, ShardConfig};
use crate::counters::{COUNTERS_CAPACITY, ShardCounters};
use crate::instance::{ENGINE_WORDS, EngineState, EngineWord, Instance, KILL_WORDS, ring_expect};
use crate::journal::{self, JournalFault, JournalStatus, JournalThread};
use crate::links::{self, Links};
use crate::os::{self, Ending};
use crate::shard::{Shard, ShardPages, ShardSettings};
use engine_core::algorithm::Algorithms;
use engine_core::engine::{Engine, EngineConfig};
use shm_journal::{JournalError, JournalMeta, JournalWriter};
use shm_ring::{AttachError, CountersPage, RingOwner, WordsFile, attach_consumer, clean_stale};
use shm_wire::codes::RingKind;
use shm_wire::instrument::Instrument;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Why the engine could not run, or did not end in order.
#[derive(Debug)]
pub enum RuntimeError {
    /// A directory could not be made or listed.
    Directory(PathBuf, std::io::Error),
    /// A file of the instance belongs to a living process or to none of ours.
    Occupied(Vec<PathBuf>),
    /// A file of the instance could not be made or attached.
    Attach(AttachError),
    /// The journal could not be made.
    Journal(JournalError),
    /// The journal thread ended early.
    JournalThread(JournalFault),
    /// The engine refused its settings.
    Engine(engine_core::engine::ConfigError),
    /// A core asked for is not there.
    Core(usize),
    /// A thread could not be started.
    Thread(std::io::Error),
    /// A thread ended by a panic.
    Panicked(&'static str),
}

impl fmt::Display for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path, e) => write!(f, "{}: {e}", path.display()),
            Self::Occupied(paths) => {
                write!(f, "the instance is in use or holds foreign files:")?;
                paths.iter().try_for_each(|p| write!(f, " {}", p.display()))
            }
            Self::Attach(e) => write!(f, "{e}"),
            Self::Journal(e) => write!(f, "{e}"),
            Self::JournalThread(e) => write!(f, "{e}"),
            Self::Engine(e) => write!(f, "{e}"),
            Self::Core(core) => write!(f, "core {core} is not available to this process"),
            Self::Thread(e) => write!(f, "thread: {e}"),
            Self::Panicked(name) => write!(f, "the {name} thread panicked"),
        }
    }
}

impl std::error::Error for RuntimeError {}

impl From<AttachError> for RuntimeError {
    fn from(e: AttachError) -> Self {
        Self::Attach(e)
    }
}

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunSummary {
    /// Records in each shard's journal.
    pub records: Vec<u64>,
    /// The signal that ended it; `None` when the stop word did.
    pub signal: Option<Ending>,
    /// What could not be had, in words (locked memory).
    pub warnings: Vec<String>,
}

/// A running engine.
#[derive(Debug)]
pub struct EngineProcess {
    instance: Instance,
    remove_on_exit: bool,
    /// Whether engine time is meant to be UTC: origin `now` at speed 1.
    follows_utc: bool,
    engine_page: WordsFile,
    kill_page: WordsFile,
    clock_page: ClockPage,
    rings: Vec<RingOwner>,
    counters: Vec<CountersPage>,
    shards: Vec<RunningShard>,
    counter_clock: CounterClock,
    drift: Arc<Drift>,
    warnings: Vec<String>,
}

#[derive(Debug)]
struct RunningShard {
    engine: JoinHandle<()>,
    journal: JournalThread,
    status: Arc<JournalStatus>,
}

impl EngineProcess {
    /// Makes the instance and starts its threads. Blocks ending signals on the calling thread, which then calls
    /// [`EngineProcess::supervise`].
    ///
    /// # Errors
    /// [`RuntimeError`]; what was made by then is removed.
    pub fn start<A>(config: &Config, algorithms: &A) -> Result<EngineProcess, RuntimeError>
    where
        A: Algorithms + Clone + Send + 'static,
        A::Plan: Send,
    {
        os::block_endings();
        let cores = core_affinity::get_core_ids().unwrap_or_default();
        let instance = Instance::new(config.instance_dir());
        prepare(&instance, config)?;
        let mut process = Self::open(&instance, config)?;
        for shard in &config.shards {
            let core = match shard.core {
                Core::Any => None,
                Core::Pinned(core) => Some(
                    *cores
                        .iter()
                        .find(|c| c.id == core)
                        .ok_or(RuntimeError::Core(core))?,
                ),
            };
            process.start_shard(config, shard, core, algorithms)?;
        }
        if let Err(e) = os::lock_memory() {
            let warning = format!("memory is not locked: {e} (raise the limit of locked memory)");
            process.warnings.push(warning);
        }
        if config.clock.held {
            // Somebody else starts it.
        } else if config.clock.origin == "now" {
            process.clock_page.start_at(os::realtime_nanos());
        } else {
            process.clock_page.start();
        }
        process.say(EngineState::Running);
        Ok(process)
    }

    fn open(instance: &Instance, config: &Config) -> Result<EngineProcess, RuntimeError> {
        let engine_page = WordsFile::create(&instance.engine(), ENGINE_WORDS)?;
        let kill_page = WordsFile::create(&instance.kill(), KILL_WORDS)?;
        let origin = config.origin(os::realtime_nanos());
        let clock_page = ClockPage::create(&instance.clock(), origin, config.speed_ppm())?;
        Ok(EngineProcess {
            instance: instance.clone(),
            remove_on_exit: config.instance.remove_on_exit,
            follows_utc: config.clock.origin == "now" && config.speed_ppm() == 1_000_000,
            engine_page,
            kill_page,
            clock_page,
            rings: Vec::new(),
            counters: Vec::new(),
            shards: Vec::new(),
            counter_clock: CounterClock::new(),
            drift: Arc::new(Drift::default()),
            warnings: Vec::new(),
        })
    }

    fn start_shard<A>(
        &mut self,
        config: &Config,
        shard: &ShardConfig,
        core: Option<core_affinity::CoreId>,
        algorithms: &A,
    ) -> Result<(), RuntimeError>
    where
        A: Algorithms + Clone + Send + 'static,
        A::Plan: Send,
    {
        let id = shard.id;
        let table = config.instrument_table();
        self.rings
            .extend(links::create(&self.instance, id, &config.rings)?);
        let page = CountersPage::replace_or_create(&self.instance.counters(id), COUNTERS_CAPACITY)?;
        let counters = ShardCounters::register(&page)?;
        self.counters.push(page);
        let links = Links::attach(&self.instance, id, &config.rings)?;
        let journal_path = self.instance.ring(id, RingKind::Journal, 0);
        let consumer = attach_consumer(&journal_path, &ring_expect(RingKind::Journal), 0)?;
        let meta = JournalMeta {
            run: config.instance.run,
            seed: config.instance.seed,
            shard: u32::from(id),
            instruments: &table,
        };
        let segment = config.journal.segment_mib << 20;
        let writer = JournalWriter::create_with(&config.journal_dir(id), &meta, segment)
            .map_err(RuntimeError::Journal)?;
        let status = Arc::new(JournalStatus::default());
        let sync = Duration::from_millis(config.journal.sync_ms);
        let journal = journal::spawn(consumer, writer, sync, Arc::clone(&status))
            .map_err(RuntimeError::JournalThread)?;
        let pages = ShardPages {
            kill: self.instance.open_kill()?,
            engine: self.instance.open_engine()?,
            counters,
        };
        let clock = EngineClock::new(
            ClockPage::open(&self.instance.clock())?,
            self.counter_clock.clone(),
            Arc::clone(&self.drift),
        );
        let settings = shard_settings(config, shard, table.len());
        let engine_config = engine_config(config, id);
        let algorithms = algorithms.clone();
        let engine =
            Engine::new(engine_config, &table, algorithms.clone()).map_err(RuntimeError::Engine)?;
        let mut shard = Shard::new(settings, engine, links, clock, pages);
        let engine = thread::Builder::new()
            .name(format!("engine-{id}"))
            .spawn(move || {
                os::block_all_signals();
                if let Some(core) = core {
                    core_affinity::set_for_current(core);
                }
                os::touch_stack();
                warm_up(engine_config, &table, algorithms);
                shard.run();
            })
            .map_err(RuntimeError::Thread)?;
        self.shards.push(RunningShard {
            engine,
            journal,
            status,
        });
        Ok(())
    }

    fn say(&self, state: EngineState) {
        self.engine_page
            .store(EngineWord::State as usize, state as u64);
    }

    /// The instance.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// What could not be had, in words.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Keeps house until a signal or the stop word ends the run, then ends it in order.
    ///
    /// # Errors
    /// [`RuntimeError`] when a thread failed.
    pub fn supervise(mut self) -> Result<RunSummary, RuntimeError> {
        const LOOK: Duration = Duration::from_millis(50);
        let mut compared = Instant::now();
        let mut signal = None;
        loop {
            if let Some(ending) = os::wait_ending(LOOK) {
                signal = Some(ending);
                self.engine_page.store(EngineWord::Stop as usize, 1);
            }
            let stopping = self.engine_page.load(EngineWord::Stop as usize) != 0;
            let broken = self
                .shards
                .iter()
                .any(|s| s.status.has_failed() || s.engine.is_finished());
            if stopping || broken {
                break;
            }
            if compared.elapsed() >= Duration::from_secs(1) {
                self.counter_clock.compare(&self.drift);
                if self.follows_utc {
                    let engine = self.clock_page.now().0;
                    let offset = os::realtime_nanos().wrapping_sub(engine).cast_signed();
                    self.drift.put_utc_offset(offset);
                }
                compared = Instant::now();
            }
            let nanos = monotonic();
            for ring in &self.rings {
                ring.segment().beat(shm_ring::Role::Owner, nanos);
            }
        }
        self.engine_page.store(EngineWord::Stop as usize, 1);
        self.say(EngineState::Stopping);
        let records = self.join()?;
        self.say(EngineState::Ended);
        let summary = RunSummary {
            records,
            signal,
            warnings: std::mem::take(&mut self.warnings),
        };
        self.close()?;
        Ok(summary)
    }

    fn join(&mut self) -> Result<Vec<u64>, RuntimeError> {
        let mut records = Vec::new();
        let mut failed = None;
        for shard in self.shards.drain(..) {
            if shard.engine.join().is_err() {
                failed = Some(RuntimeError::Panicked("engine"));
            }
            shard.status.finish();
            match shard.journal.join() {
                Ok(Ok(last)) => records.push(last),
                Ok(Err(fault)) => failed = Some(RuntimeError::JournalThread(fault)),
                Err(_) => failed = Some(RuntimeError::Panicked("journal")),
            }
        }
        failed.map_or(Ok(records), Err)
    }

    fn close(self) -> Result<(), RuntimeError> {
        if !self.remove_on_exit {
            self.rings.into_iter().for_each(RingOwner::close);
            return Ok(());
        }
        let dir = self.instance.dir().to_path_buf();
        let dir_error = |e| RuntimeError::Directory(dir.clone(), e);
        for ring in self.rings {
            ring.remove()?;
        }
        for page in self.counters {
            page.remove()?;
        }
        self.kill_page.remove()?;
        self.clock_page.remove()?;
        self.engine_page.remove()?;
        std::fs::remove_dir_all(&dir).map_err(dir_error)
    }
}

fn shard_settings(config: &Config, shard: &ShardConfig, instruments: usize) -> ShardSettings {
    ShardSettings {
        shard: shard.id,
        seed: config.instance.seed,
        run: config.instance.run,
        instruments: u32::try_from(instruments).unwrap_or(u32::MAX),
        idle: shard.idle.strategy(),
        feed_lost_ns: 0,
        router_lost_ns: 0,
        loop_gap_ns: 0,
    }
    .with_peers(&config.peers)
}

/// What the engine of a shard is made with.
#[must_use]
pub fn engine_config(config: &Config, shard: u8) -> EngineConfig {
    EngineConfig {
        shard,
        seed: config.instance.seed,
        parents_max: config.engine.parents_max,
        executions_max: config.engine.executions_max,
        limits: config.limits.risk_limits(),
    }
}

/// Directories of the instance, with what dead processes left there removed.
fn prepare(instance: &Instance, config: &Config) -> Result<(), RuntimeError> {
    let mut dirs = vec![instance.dir().to_path_buf()];
    dirs.extend(config.shards.iter().map(|s| instance.shard_dir(s.id)));
    for dir in dirs {
        let failed = |e| RuntimeError::Directory(dir.clone(), e);
        make_dir(&dir).map_err(failed)?;
        let report = clean_stale(&dir).map_err(failed)?;
        if !report.live.is_empty() {
            return Err(RuntimeError::Occupied(report.live));
        }
        if let Some((_, error)) = report.failed.into_iter().next() {
            return Err(RuntimeError::Attach(error));
        }
    }
    Ok(())
}

fn make_dir(dir: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(dir)
}

/// Runs market data through a small engine of the same kind, so that code and tables are warm before the first message.
pub fn warm_up<A: Algorithms>(config: EngineConfig, instruments: &[Instrument], algorithms: A) {
    use engine_core::input::{Inbound, Input};
    use shm_wire::market::{Quote, Trade};
    use shm_wire::units::{Nanos, Price};
    let small = EngineConfig {
        parents_max: 16,
        executions_max: 16,
        ..config
    };
    let Ok(mut engine) = Engine::new(small, instruments, algorithms) else {
        return;
    };
    let mut outbox = engine_core::outbox::Outbox::new();
    for turn in 0..4096_u32 {
        let instrument = turn % u32::try_from(instruments.len()).unwrap_or(1).max(1);
        let quote = Quote {
            instrument,
            sequence: turn,
            time: u64::from(turn),
            bid_price: Price::SCALE * 100,
            ask_price: Price::SCALE * 101,
            bid_qty: 100,
            ask_qty: 100,
            ..Quote::empty()
        };
        let trade = Trade {
            instrument,
            sequence: turn,
            time: u64::from(turn),
            price: Price::SCALE * 100,
            qty: 1,
            ..Trade::empty()
        };
        for message in [Inbound::Quote(quote), Inbound::Trade(trade)] {
            let input = Input { source: 0, message };
            engine.step(Nanos(u64::from(turn)), &input, &mut outbox);
            std::hint::black_box(outbox.len());
        }
    }
}
