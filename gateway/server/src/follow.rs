//! The follower thread: journal to live view and events file.

use crate::events;
use crate::settings::Settings;
use crate::sink::Sink;
use engine_algos::Registry;
use engine_core::market::MarketState;
use gateway_tca::LiveView;
use gateway_tca::event::Event;
use shm_journal::{JournalError, JournalTail, Record};
use shm_wire::codes::RingKind;
use shm_wire::instrument::Instrument;
use shm_wire::record::Direction;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Records taken between two flushes of the events file.
const BATCH: usize = 2_048;
/// Pause when there is nothing new.
const IDLE: Duration = Duration::from_millis(5);
/// Pause while the journal is absent or damaged.
const RETRY: Duration = Duration::from_millis(50);
/// A follower that did not look for so long is not ready.
pub const LAG_MAX: Duration = Duration::from_secs(2);

/// Where the follower stands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Phase {
    /// No journal yet.
    #[default]
    Waiting,
    /// Following; the engine may be alive or not.
    Following,
    /// The run has ended in order and all its events are written.
    Ended,
    /// The journal or the events file cannot be used, in words. Tried again.
    Failed(String),
}

/// What the follower shares with the HTTP server.
#[derive(Debug)]
pub struct Live {
    /// Phase.
    pub phase: Phase,
    /// View, once there is a journal.
    pub view: Option<LiveView>,
    /// Market of each instrument, as the engine knows it.
    pub markets: Vec<MarketState>,
    /// The algorithms on the curves of the settings, or why there are none.
    pub registry: Result<Registry, String>,
    /// Run number of the journal.
    pub run: u64,
    /// Whether the last look at the journal found its end.
    pub caught_up: bool,
    /// When that was.
    pub looked: Option<Instant>,
}

impl Default for Live {
    fn default() -> Self {
        Live {
            phase: Phase::default(),
            view: None,
            markets: Vec::new(),
            registry: Ok(Registry::default()),
            run: 0,
            caught_up: false,
            looked: None,
        }
    }
}

impl Live {
    /// Takes one record.
    fn on_record(&mut self, record: &Record<'_>) {
        let Some(view) = &mut self.view else { return };
        if let Event::Quote(quote) = view.on_record(&record.head, record.payload)
            && let Some(market) = self.markets.get_mut(quote.instrument as usize)
        {
            market.on_quote(&quote);
        }
    }

    /// `None` when the view is fresh; otherwise why not.
    #[must_use]
    pub fn not_ready(&self) -> Option<String> {
        match &self.phase {
            Phase::Waiting => Some("waiting for the journal".to_owned()),
            Phase::Failed(why) => Some(why.clone()),
            Phase::Ended => None,
            Phase::Following if !self.caught_up => Some("catching up with the journal".to_owned()),
            Phase::Following if self.looked.is_none_or(|t| t.elapsed() > LAG_MAX) => {
                Some("the follower lags".to_owned())
            }
            Phase::Following => None,
        }
    }
}

/// [`Live`] behind its lock.
#[derive(Clone, Debug, Default)]
pub struct Shared(Arc<Mutex<Live>>);

impl Shared {
    /// The lock. A poisoned one is taken all the same: the follower holds no half-done state across a panic point.
    pub fn lock(&self) -> MutexGuard<'_, Live> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows the journal until told to stop.
#[derive(Debug)]
pub struct Follower {
    settings: Settings,
    shared: Shared,
    tail: Option<JournalTail>,
    sink: Option<Sink>,
    instruments: Vec<Instrument>,
}

impl Follower {
    /// A follower that has not looked yet.
    #[must_use]
    pub fn new(settings: Settings, shared: Shared) -> Follower {
        Follower {
            settings,
            shared,
            tail: None,
            sink: None,
            instruments: Vec::new(),
        }
    }

    /// Works until `stop` is set or, with `until_ended`, the run has ended; everything read is written when it returns.
    pub fn run(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Acquire) {
            let pause = match self.round() {
                Ok(Some(pause)) => pause,
                Ok(None) => break,
                Err(why) => {
                    self.shared.lock().phase = Phase::Failed(why);
                    RETRY
                }
            };
            if !pause.is_zero() {
                std::thread::sleep(pause);
            }
        }
        if let Some(sink) = &mut self.sink
            && let Err(e) = sink.flush()
        {
            eprintln!("pacer-gateway: events file: {e}");
        }
    }

    /// One look at the journal; how long to pause, or `None` when all is done.
    fn round(&mut self) -> Result<Option<Duration>, String> {
        if self.tail.is_none() && !self.open()? {
            return Ok(Some(RETRY));
        }
        let (Some(tail), shared) = (&mut self.tail, &self.shared) else {
            return Ok(Some(RETRY));
        };
        let run = tail.header().run;
        let instruments = &self.instruments;
        let (sink, settings) = (&mut self.sink, &self.settings);
        let full = sink.as_ref().is_some_and(Sink::is_full);
        let count = tail
            .poll(if full { 0 } else { BATCH }, |record| {
                shared.lock().on_record(&record);
                if let Some(sink) = sink.as_mut()
                    && sink.wants(record.head.sequence)
                    && (settings.market_data || !is_market(&record))
                {
                    sink.push(&events::object(
                        run,
                        &record.head,
                        record.payload,
                        instruments,
                    ));
                }
            })
            .map_err(|e| e.to_string())?;
        if let Some(sink) = sink {
            sink.flush().map_err(|e| format!("events file: {e}"))?;
        }
        let mut live = shared.lock();
        live.caught_up = count < BATCH && !full;
        live.looked = Some(Instant::now());
        let ended = live.view.as_ref().is_some_and(|v| v.ledger().ended);
        live.phase = if ended && live.caught_up {
            Phase::Ended
        } else {
            Phase::Following
        };
        if live.phase == Phase::Ended && self.settings.until_ended {
            return Ok(None);
        }
        Ok(Some(if count == 0 { IDLE } else { Duration::ZERO }))
    }

    /// Opens journal and events file; false while there is no journal.
    fn open(&mut self) -> Result<bool, String> {
        let tail = match JournalTail::open(&self.settings.journal) {
            Ok(tail) => tail,
            Err(JournalError::Missing { .. }) => {
                self.shared.lock().phase = Phase::Waiting;
                return Ok(false);
            }
            Err(e) => return Err(e.to_string()),
        };
        let run = tail.header().run;
        if let Some(path) = &self.settings.events {
            let sink = Sink::open(path, run).map_err(|e| format!("{}: {e}", path.display()))?;
            self.sink = Some(sink);
        }
        let mut live = self.shared.lock();
        live.view = Some(LiveView::new(tail.instruments()));
        live.markets = vec![MarketState::default(); tail.instruments().len()];
        live.registry = registry(self.settings.curves.as_deref(), tail.instruments());
        if let Err(why) = &live.registry {
            eprintln!("pacer-gateway: no plans: {why}");
        }
        live.run = run;
        live.phase = Phase::Following;
        eprintln!(
            "pacer-gateway: following {} (run {run}, {} instruments)",
            self.settings.journal.display(),
            tail.instruments().len()
        );
        self.instruments = tail.instruments().to_vec();
        self.tail = Some(tail);
        Ok(true)
    }
}

/// The algorithms on the curves of a file, where one is named.
fn registry(curves: Option<&Path>, instruments: &[Instrument]) -> Result<Registry, String> {
    match curves {
        None => Ok(Registry::default()),
        Some(path) => engine_curves::table::load(path, instruments)
            .map(Registry::with_curves)
            .map_err(|e| e.to_string()),
    }
}

fn is_market(record: &Record<'_>) -> bool {
    record.head.direction == Direction::Input.code() && record.head.ring == RingKind::Market.code()
}
