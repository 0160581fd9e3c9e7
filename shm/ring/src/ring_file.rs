//! A ring in a mapped file: who makes it, who attaches, who holds what.
//!
//! The **owner** (usually the engine) creates the file and holds the owner's lock for its life. The
//! **producer** and the **consumer**, in the same or other processes, each open the file for
//! themselves and hold their role's lock; a second one is told LINK_BUSY. An **observer** maps it
//! for reading and holds nothing.
//!
//! A killed process leaves the file behind, its locks released by the kernel. A restarted owner
//! adopts the file ([`RingOwner::adopt_or_create`]), a restarted end attaches and goes on where the
//! ring says.

use std::path::Path;

use crate::cell::{CAPACITY_MAX, capacity_is_valid};
use crate::error::AttachError;
use crate::lock::Role;
use crate::message::MESSAGE_WORDS_MAX;
use crate::ring::{Consumer, Observed, Observer, Producer};
use crate::segment::{
    Access, Demand, Expected, Geometry, Layout, MappedCells, Segment, SegmentState, new_segment_id,
};

/// Producer of a ring in a mapped file.
pub type RingProducer = Producer<MappedCells>;
/// Consumer of a ring in a mapped file.
pub type RingConsumer = Consumer<MappedCells>;

/// What a new ring is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingSpec {
    /// Kind of link; the numbers are the wire crate's.
    pub kind: u16,
    /// Number of cells: a power of two in `1..=1 Mi`.
    pub capacity: usize,
    /// Hash of everything the payload means.
    pub layout_hash: u64,
    /// Permission bits of the file, 0660 or tighter.
    pub mode: u32,
}

impl RingSpec {
    /// A ring readable and writable for owner and group (0660).
    #[must_use]
    pub fn new(kind: u16, capacity: usize, layout_hash: u64) -> Self {
        Self {
            kind,
            capacity,
            layout_hash,
            mode: 0o660,
        }
    }

    /// What an end that knows this specification expects to find, capacity included.
    #[must_use]
    pub fn expect(&self) -> RingExpect {
        RingExpect {
            capacity: Some(self.capacity),
            ..RingExpect::new(self.kind, self.layout_hash)
        }
    }

    fn geometry(&self) -> Result<Geometry, AttachError> {
        let capacity = checked_capacity(self.capacity)?;
        Ok(Geometry {
            layout: Layout::Ring,
            kind: self.kind,
            capacity,
            layout_hash: self.layout_hash,
            segment_id: new_segment_id(),
        })
    }
}

/// Whether a living owner is a condition of attaching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerRule {
    /// The process in the header must live (pid, start time and boot id).
    Alive,
    /// It may be dead or restarting; the ring outlives it.
    Any,
}

/// What an end expects to find. Every field that is given is compared exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingExpect {
    /// Kind of link.
    pub kind: u16,
    /// Hash of everything the payload means.
    pub layout_hash: u64,
    /// Number of cells, or any.
    pub capacity: Option<usize>,
    /// Epoch, or any.
    pub epoch: Option<u64>,
    /// Whether the owner must live.
    pub owner: OwnerRule,
    /// User the file must belong to; `None` is the effective user of this process.
    pub file_uid: Option<u32>,
}

impl RingExpect {
    /// Any capacity, any epoch, any owner, our own user.
    #[must_use]
    pub fn new(kind: u16, layout_hash: u64) -> Self {
        Self {
            kind,
            layout_hash,
            capacity: None,
            epoch: None,
            owner: OwnerRule::Any,
            file_uid: None,
        }
    }

    fn demand(&self) -> Result<Demand, AttachError> {
        let expected = Expected {
            layout: Layout::Ring,
            kind: Some(self.kind),
            capacity: self.capacity.map(checked_capacity).transpose()?,
            layout_hash: Some(self.layout_hash),
        };
        Ok(Demand {
            expected,
            epoch: self.epoch,
            owner_alive: self.owner == OwnerRule::Alive,
            file_uid: self.file_uid,
        })
    }
}

fn checked_capacity(capacity: usize) -> Result<u32, AttachError> {
    match u32::try_from(capacity) {
        Ok(cells) if capacity_is_valid(capacity) => Ok(cells),
        _ => Err(AttachError::Spec {
            field: "capacity",
            rule: "a power of two in 1..=1048576",
            found: capacity as u64,
        }),
    }
}

const _: () = assert!(CAPACITY_MAX == 1_048_576, "the rule above says so");

/// How a ring came to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It is new and empty.
    Created,
    /// It was there, its owner gone; content and positions stay.
    Adopted,
}

/// The owner's hold on a ring. Dropping it releases the lock and leaves the file.
#[derive(Debug)]
pub struct RingOwner {
    segment: Segment,
}

impl RingOwner {
    /// Makes a new, empty ring, reserved, populated and (if allowed) locked in memory.
    ///
    /// # Errors
    ///
    /// [`AttachError::Exists`] if the path is taken, [`AttachError::Spec`] for an impossible
    /// specification, or what the operating system says.
    pub fn create(path: &Path, spec: &RingSpec) -> Result<Self, AttachError> {
        let segment = Segment::create(path, spec.geometry()?, spec.mode, |_| ())?;
        Ok(Self { segment })
    }

    /// Takes over the ring at `path` if one of this specification is there and has no owner, else
    /// makes it. Unconsumed messages and attached peers of an adopted ring stay; its epoch grows by
    /// one.
    ///
    /// # Errors
    ///
    /// [`AttachError::LinkBusy`] if its owner lives, [`AttachError::Field`] if it is another kind
    /// of ring, [`AttachError::State`] if it is poisoned, or as [`Self::create`].
    pub fn adopt_or_create(path: &Path, spec: &RingSpec) -> Result<(Self, Opened), AttachError> {
        match Segment::open(path, Access::ReadWrite, &spec.expect().demand()?) {
            Ok(segment) => {
                segment.adopt()?;
                Ok((Self { segment }, Opened::Adopted))
            }
            Err(AttachError::NotFound { .. }) => Ok((Self::create(path, spec)?, Opened::Created)),
            Err(error) => Err(error),
        }
    }

    /// The segment: state, identity, heartbeats, who holds which role.
    #[must_use]
    pub fn segment(&self) -> &Segment {
        &self.segment
    }

    /// Ends in order: marks the ring closed and leaves it, content included, for a later adoption.
    pub fn close(self) {
        self.segment.set_state(SegmentState::Closed);
    }

    /// Marks the ring closed and removes the file. Ends that are still attached keep their memory
    /// until they let go.
    ///
    /// # Errors
    ///
    /// [`AttachError::Replaced`] if the path names another file by now, or what the operating
    /// system says.
    pub fn remove(self) -> Result<(), AttachError> {
        self.segment.set_state(SegmentState::Closed);
        self.segment.unlink()
    }
}

/// Attaches the writing end; see [`Producer::attach`] for what happens to the work of a dead
/// producer.
///
/// # Errors
///
/// [`AttachError::LinkBusy`] if another producer is attached; otherwise the first check that
/// failed.
pub fn attach_producer(path: &Path, expect: &RingExpect) -> Result<RingProducer, AttachError> {
    Ok(Producer::attach(attach(path, expect, Role::Producer)?)?)
}

/// Attaches the reading end at the larger of the stored index and `durable_position`, the position
/// after the last message in the consumer's own durable record of this segment id (0 when it keeps
/// none).
///
/// # Errors
///
/// [`AttachError::LinkBusy`] if another consumer is attached; otherwise the first check that
/// failed.
pub fn attach_consumer(
    path: &Path,
    expect: &RingExpect,
    durable_position: u64,
) -> Result<RingConsumer, AttachError> {
    Ok(Consumer::attach(
        attach(path, expect, Role::Consumer)?,
        durable_position,
    )?)
}

/// Maps the ring for reading, whatever its state; nothing is stored and no lock is taken.
///
/// # Errors
///
/// The first check that failed.
pub fn attach_observer(path: &Path, expect: &RingExpect) -> Result<RingObserver, AttachError> {
    let segment = Segment::open(path, Access::ReadOnly, &expect.demand()?)?;
    Ok(RingObserver {
        observer: Observer::new(MappedCells::new(segment)),
    })
}

fn attach(path: &Path, expect: &RingExpect, role: Role) -> Result<MappedCells, AttachError> {
    let demand = expect.demand()?;
    let segment = Segment::open(path, Access::ReadWrite, &demand)?;
    segment.check_ready(&demand)?;
    segment.acquire(role)?;
    // Again, now that nobody can take the file from under us: the owner may have changed since.
    segment.check_ready(&demand)?;
    Ok(MappedCells::new(segment))
}

impl RingProducer {
    /// The segment: state, identity, heartbeats.
    #[must_use]
    pub fn segment(&self) -> &Segment {
        self.cells().segment()
    }

    /// Writes the producer's sign of life; `nanos` of the monotonic clock.
    #[inline]
    pub fn beat(&self, nanos: u64) {
        self.segment().beat(Role::Producer, nanos);
    }
}

impl RingConsumer {
    /// The segment: state, identity, heartbeats.
    #[must_use]
    pub fn segment(&self) -> &Segment {
        self.cells().segment()
    }

    /// Writes the consumer's sign of life; `nanos` of the monotonic clock.
    #[inline]
    pub fn beat(&self, nanos: u64) {
        self.segment().beat(Role::Consumer, nanos);
    }
}

/// A look at a ring in a mapped file that disturbs nobody.
#[derive(Debug)]
pub struct RingObserver {
    observer: Observer<MappedCells>,
}

impl RingObserver {
    /// The segment: state, identity, heartbeats, who holds which role.
    #[must_use]
    pub fn segment(&self) -> &Segment {
        self.observer.cells().segment()
    }

    /// The consumer's index: the position it reads next. Another process writes it: not to be
    /// trusted.
    #[must_use]
    pub fn consumer_index(&self) -> u64 {
        self.observer.consumer_index()
    }

    /// Cells published and not released, `0..=capacity`.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.observer.depth()
    }

    /// Number of cells of the ring.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.observer.capacity()
    }

    /// Copies the message at `position` (a message boundary) into `out`, if the consumer has not
    /// released it.
    pub fn read(&self, position: u64, out: &mut [u64; MESSAGE_WORDS_MAX]) -> Observed {
        self.observer.read(position, out)
    }
}
