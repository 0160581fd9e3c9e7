//! The way of records: from the engine thread through the journal ring to segment files.
//!
//! The engine thread writes records into a ring in shared memory ([`JournalSink`]): they stand in memory that outlives the
//! process before anything is published. The journal thread ([`spawn`]) appends them to segment files. When the disk
//! fails, the thread stops taking records, the ring fills, and the engine stops taking inputs: nothing is lost silently.

use engine_core::outbox::OUTPUTS_MAX;
use shm_journal::{JournalError, JournalWriter};
use shm_ring::{MESSAGE_CELLS_MAX, MESSAGE_WORDS_MAX, RingConsumer, RingProducer};
use shm_wire::codes::RingKind;
use shm_wire::record::{Direction, RECORD_HEAD_WORDS, RECORD_PAYLOAD_WORDS_MAX, RecordHead};
use shm_wire::units::Nanos;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Cells that one input and its outputs can take at most.
pub const STEP_CELLS_MAX: usize = (1 + OUTPUTS_MAX) * MESSAGE_CELLS_MAX;

/// How far ahead of the last record lines of the ring are asked for, cells.
const PREFETCH_CELLS: usize = 32;

/// Where a record's payload came from or goes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Direction.
    pub direction: Direction,
    /// Ring.
    pub ring: RingKind,
    /// Link number.
    pub source: u16,
    /// Position in the ring.
    pub position: u64,
}

/// The engine thread's end of the journal.
#[derive(Debug)]
pub struct JournalSink {
    ring: RingProducer,
    sequence: u64,
}

impl JournalSink {
    /// Writes into `ring`, from sequence 1.
    #[must_use]
    pub fn new(ring: RingProducer) -> JournalSink {
        JournalSink { ring, sequence: 0 }
    }

    /// Whether a whole step fits.
    #[inline]
    pub fn has_room(&mut self) -> bool {
        self.ring.has_room(STEP_CELLS_MAX)
    }

    /// Writes one record.
    ///
    /// # Panics
    /// When the ring has no room or the payload is longer than a record's: the duty cycle checks room before each step.
    #[inline]
    pub fn record(&mut self, time: Nanos, place: Place, payload: &[u64]) {
        assert!(
            payload.len() <= RECORD_PAYLOAD_WORDS_MAX,
            "Invariant: every message fits a record"
        );
        self.sequence += 1;
        let head = RecordHead {
            sequence: self.sequence,
            time: time.0,
            position: place.position,
            direction: place.direction.code(),
            ring: place.ring.code(),
            source: place.source,
            ..RecordHead::new(payload.len())
        };
        let len = RECORD_HEAD_WORDS + payload.len();
        let pushed = self.ring.try_push_parts(&head.words(), payload);
        assert!(
            pushed.is_ok(),
            "Invariant: room in the journal ring is checked before each step"
        );
        // The ring is larger than the cache: its lines are asked for a few records ahead.
        self.ring.prefetch(PREFETCH_CELLS, shm_ring::cells_for(len));
    }

    /// Sequence of the last record.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The ring, for looks at its room.
    #[inline]
    pub fn ring_mut(&mut self) -> &mut RingProducer {
        &mut self.ring
    }

    /// The ring.
    #[must_use]
    pub fn ring(&self) -> &RingProducer {
        &self.ring
    }
}

/// What the journal thread shares with the process.
#[derive(Debug, Default)]
pub struct JournalStatus {
    finish: AtomicBool,
    failed: AtomicBool,
    written: AtomicU64,
}

impl JournalStatus {
    /// Lets the thread end once the ring is empty.
    pub fn finish(&self) {
        self.finish.store(true, Ordering::Release);
    }
    /// Whether writing failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }
    /// Sequence of the last record in the kernel's hands.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }
}

/// Why the journal thread ended early.
#[derive(Debug)]
pub enum JournalFault {
    /// The files.
    Journal(JournalError),
    /// The ring held what is no record.
    Ring(shm_ring::Corrupt),
    /// The thread could not be started.
    Thread(std::io::Error),
}

impl std::fmt::Display for JournalFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Journal(e) => write!(f, "journal: {e}"),
            Self::Ring(e) => write!(f, "journal ring: {e}"),
            Self::Thread(e) => write!(f, "journal thread: {e}"),
        }
    }
}

impl std::error::Error for JournalFault {}

/// A running journal thread; joining gives the sequence of its last record.
pub type JournalThread = JoinHandle<Result<u64, JournalFault>>;

/// Starts the journal thread. `sync` is the longest time that records stay unsynced, zero for "only at the end".
///
/// # Errors
/// [`JournalFault::Thread`].
pub fn spawn(
    ring: RingConsumer,
    writer: JournalWriter,
    sync: Duration,
    status: Arc<JournalStatus>,
) -> Result<JournalThread, JournalFault> {
    thread::Builder::new()
        .name("journal".into())
        .spawn(move || {
            let answer = drain(ring, writer, sync, &status);
            if answer.is_err() {
                status.failed.store(true, Ordering::Release);
            }
            answer
        })
        .map_err(JournalFault::Thread)
}

fn drain(
    mut ring: RingConsumer,
    mut writer: JournalWriter,
    sync: Duration,
    status: &JournalStatus,
) -> Result<u64, JournalFault> {
    /// Pause when nothing is there: short against a slice, long against a core.
    const PAUSE: Duration = Duration::from_micros(100);
    let mut words = [0; MESSAGE_WORDS_MAX];
    let mut synced = Instant::now();
    let mut unsynced = false;
    loop {
        // Read before the poll: what was written before the flag is then certainly seen.
        let finish = status.finish.load(Ordering::Acquire);
        let mut taken = 0;
        while taken < 4096 {
            let Some(message) = ring.poll(&mut words).map_err(JournalFault::Ring)? else {
                break;
            };
            writer
                .append(&words[..message.words])
                .map_err(JournalFault::Journal)?;
            taken += 1;
        }
        if taken > 0 {
            writer.flush().map_err(JournalFault::Journal)?;
            status
                .written
                .store(writer.next_sequence() - 1, Ordering::Release);
            unsynced = true;
        }
        if unsynced && !sync.is_zero() && synced.elapsed() >= sync {
            writer.sync().map_err(JournalFault::Journal)?;
            synced = Instant::now();
            unsynced = false;
        }
        if taken == 0 {
            if finish {
                let last = writer.next_sequence() - 1;
                writer.finish().map_err(JournalFault::Journal)?;
                return Ok(last);
            }
            thread::sleep(PAUSE);
        }
    }
}
