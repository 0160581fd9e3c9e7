//! What can go wrong in a measurement.

use std::fmt;

/// Why there is no result.
#[derive(Debug)]
pub enum BenchError {
    /// The process may run on fewer cores than the scenario needs.
    Cores {
        /// Cores needed.
        needed: usize,
        /// Cores there are.
        found: usize,
    },
    /// A core asked for is not there.
    NoSuchCore {
        /// The core.
        core: usize,
        /// Cores there are.
        available: Vec<usize>,
    },
    /// A core could not be taken.
    Pin(usize),
    /// A file in shared memory.
    Attach(shm_ring::AttachError),
    /// The engine.
    Engine(String),
    /// The operating system.
    Io(&'static str, std::io::Error),
    /// The peer process ended or said something else than expected.
    Peer(String),
    /// The product answered what it must not answer.
    Check(String),
}

impl BenchError {
    /// Short code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cores { .. } => "TOO_FEW_CORES",
            Self::NoSuchCore { .. } => "NO_SUCH_CORE",
            Self::Pin(_) => "CORE_NOT_TAKEN",
            Self::Attach(_) => "ATTACH",
            Self::Engine(_) => "ENGINE",
            Self::Io(..) => "IO",
            Self::Peer(_) => "PEER",
            Self::Check(_) => "CHECK",
        }
    }
}

impl fmt::Display for BenchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cores { needed, found } => write!(
                f,
                "cores: this scenario needs {needed} cores, this process may use {found}"
            ),
            Self::NoSuchCore { core, available } => {
                write!(
                    f,
                    "cores: core {core} is not among those of this process: {available:?}"
                )
            }
            Self::Pin(core) => write!(f, "cores: this thread could not be pinned to core {core}"),
            Self::Attach(e) => write!(f, "shared memory: {e}"),
            Self::Engine(e) => write!(f, "engine: {e}"),
            Self::Io(what, e) => write!(f, "{what}: {e}"),
            Self::Peer(e) => write!(f, "peer process: {e}"),
            Self::Check(e) => write!(f, "check: {e}"),
        }
    }
}

impl std::error::Error for BenchError {}

impl From<shm_ring::AttachError> for BenchError {
    fn from(e: shm_ring::AttachError) -> Self {
        Self::Attach(e)
    }
}

/// Names what an input-output error was about.
pub trait During<T> {
    /// The error with its context.
    ///
    /// # Errors
    /// [`BenchError::Io`].
    fn during(self, what: &'static str) -> Result<T, BenchError>;
}

impl<T> During<T> for std::io::Result<T> {
    fn during(self, what: &'static str) -> Result<T, BenchError> {
        self.map_err(|e| BenchError::Io(what, e))
    }
}
