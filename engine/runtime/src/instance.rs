//! The files of an instance in shared memory: names, kinds, sizes.
//!
//! ```text
//! DIR/clock                 page of words: origin, start, speed of engine time
//! DIR/kill                  page of words: the kill word, and what belongs to it
//! DIR/engine                page of words: stop request, state
//! DIR/exchange              ring, simulated exchange to feed (made by the venue process)
//! DIR/shard0/market         ring, feed to engine
//! DIR/shard0/orders-1       ring, order source 1 to engine
//! DIR/shard0/updates-1      ring, engine to order source 1
//! DIR/shard0/slices         ring, engine to router
//! DIR/shard0/reports        ring, router to engine
//! DIR/shard0/control        ring, gateway and operators to engine
//! DIR/shard0/journal        ring, engine thread to journal thread
//! DIR/shard0/counters       page of counters
//! ```

use crate::config::RingsConfig;
use shm_ring::{AttachError, RingExpect, RingSpec, WordsFile};
use shm_wire::codes::RingKind;
use shm_wire::layout::LAYOUT_HASH;
use std::path::{Path, PathBuf};

/// Names of the kill page, in the order of [`KillWord`].
pub const KILL_WORDS: &[&str] = &["kill", "releases", "restore_control"];
/// Names of the engine page, in the order of [`EngineWord`].
pub const ENGINE_WORDS: &[&str] = &["stop", "state"];

/// Words of the kill page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KillWord {
    /// The kill word: any bit set stops everything. Anybody allowed sets bits; the engine clears them, on a journaled control input.
    Kill = 0,
    /// How often a shard cleared it: tells the other shards that no stranger did.
    Releases = 1,
    /// Not zero: the control link is to be put back in service, and rubbish before this ring position does not count. It cannot be
    /// asked for over the link itself; the engine journals it and clears the word.
    RestoreControl = 2,
}

/// Words of the engine page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EngineWord {
    /// Not zero: end in order (what SIGTERM sets).
    Stop = 0,
    /// An [`EngineState`] as number.
    State = 1,
}

/// State of the engine process, as in the engine page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EngineState {
    /// Being set up.
    Starting = 0,
    /// All shards turn.
    Running = 1,
    /// Refusing parents, canceling children.
    Stopping = 2,
    /// The journal is complete.
    Ended = 3,
}

/// Where an instance's files are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instance {
    dir: PathBuf,
}

impl Instance {
    /// The instance in `dir`.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Instance {
        Instance { dir: dir.into() }
    }
    /// Its directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }
    /// Directory of a shard.
    #[must_use]
    pub fn shard_dir(&self, shard: u8) -> PathBuf {
        self.dir.join(format!("shard{shard}"))
    }
    /// Clock page.
    #[must_use]
    pub fn clock(&self) -> PathBuf {
        self.dir.join("clock")
    }
    /// Kill page.
    #[must_use]
    pub fn kill(&self) -> PathBuf {
        self.dir.join("kill")
    }
    /// Engine page.
    #[must_use]
    pub fn engine(&self) -> PathBuf {
        self.dir.join("engine")
    }
    /// Ring from the simulated exchange to the feed.
    #[must_use]
    pub fn exchange(&self) -> PathBuf {
        self.dir.join("exchange")
    }
    /// A shard's ring; `source` counts for orders and updates only.
    #[must_use]
    pub fn ring(&self, shard: u8, kind: RingKind, source: u16) -> PathBuf {
        let dir = self.shard_dir(shard);
        match kind {
            RingKind::Orders | RingKind::Updates => dir.join(format!("{}-{source}", kind.text())),
            RingKind::Exchange => self.exchange(),
            _ => dir.join(kind.text()),
        }
    }
    /// A shard's page of counters.
    #[must_use]
    pub fn counters(&self, shard: u8) -> PathBuf {
        self.shard_dir(shard).join("counters")
    }
    /// Opens the engine page.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn open_engine(&self) -> Result<WordsFile, AttachError> {
        WordsFile::open(&self.engine(), ENGINE_WORDS)
    }
    /// Opens the kill page.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn open_kill(&self) -> Result<WordsFile, AttachError> {
        WordsFile::open(&self.kill(), KILL_WORDS)
    }
    /// State of the engine, `None` when there is none or the word is no state.
    #[must_use]
    pub fn state(&self) -> Option<EngineState> {
        let word = self.open_engine().ok()?.load(EngineWord::State as usize);
        [
            EngineState::Starting,
            EngineState::Running,
            EngineState::Stopping,
            EngineState::Ended,
        ]
        .into_iter()
        .find(|state| *state as u64 == word)
    }
}

/// What a ring of `kind` is made as.
#[must_use]
pub fn ring_spec(kind: RingKind, rings: &RingsConfig) -> RingSpec {
    let cells = match kind {
        RingKind::Orders => rings.orders,
        RingKind::Updates => rings.updates,
        RingKind::Market => rings.market,
        RingKind::Slices => rings.slices,
        RingKind::Reports => rings.reports,
        RingKind::Control | RingKind::Internal => rings.control,
        RingKind::Journal => rings.journal,
        RingKind::Exchange => rings.exchange,
    };
    RingSpec::new(u16::from(kind.code()), cells, LAYOUT_HASH)
}

/// What an end of a ring of `kind` expects to find: any capacity, any owner.
#[must_use]
pub fn ring_expect(kind: RingKind) -> RingExpect {
    RingExpect::new(u16::from(kind.code()), LAYOUT_HASH)
}
