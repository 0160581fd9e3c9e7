//! Segments: files in shared memory with a checked header, the thing that rings and pages stand in.
//!
//! A segment is made under a temporary name and renamed when it is whole, so nobody attaches half
//! of one. Attaching goes in this order: open without following links; regular file, owner, mode;
//! size; map; copy the header's fixed words once and check each; state READY; the owner's words;
//! the role's lock; then look again whether the path still names this file and the state and epoch
//! still stand. Any failure is an [`AttachError`], never a partial attach.

mod create;
pub(crate) mod header;
mod map;
mod open;
mod page;

use core::sync::atomic::Ordering;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub use header::{ABI_MAJOR, ABI_MINOR};
pub use map::MappedCells;

pub(crate) use create::{TEMPORARY_SUFFIX, new_segment_id};
pub(crate) use header::{Expected, Geometry, Layout};
pub(crate) use map::{Access, Mapping};
pub(crate) use open::{Demand, check_file, open_file};
pub(crate) use page::PageCells;

use crate::error::AttachError;
use crate::lock::{self, Role};
use crate::owner::Owner;

/// Life of a segment, as its header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentState {
    /// Being made or adopted: not to be attached.
    Init,
    /// In use.
    Ready,
    /// Its owner ended in order; the content stays for whoever adopts it.
    Closed,
    /// A peer broke the layout: nobody may attach any more.
    Poisoned,
}

impl SegmentState {
    fn word(self) -> u64 {
        match self {
            Self::Init => 1,
            Self::Ready => 2,
            Self::Closed => 3,
            Self::Poisoned => 4,
        }
    }

    fn from_word(word: u64) -> Option<Self> {
        [Self::Init, Self::Ready, Self::Closed, Self::Poisoned]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// A sign of life that a role wrote into the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heartbeat {
    /// Beats so far.
    pub count: u64,
    /// Time of the last beat, nanoseconds of the machine's monotonic clock (whatever its writer
    /// passed to [`Segment::beat`]).
    pub nanos: u64,
}

/// A mapped file with a checked header.
///
/// It keeps the file open, and with it the locks of the roles it took; dropping it releases both.
#[derive(Debug)]
pub struct Segment {
    mapping: Mapping,
    file: File,
    path: PathBuf,
    geometry: Geometry,
}

impl Segment {
    /// Path under which it was created or attached.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What kind of link or page it is; the numbers are the wire crate's.
    #[must_use]
    pub fn kind(&self) -> u16 {
        self.geometry.kind
    }

    /// Identity of this file. Positions are comparable only under the same id: a durable record
    /// stores (id, position).
    #[must_use]
    pub fn id(&self) -> u64 {
        self.geometry.segment_id
    }

    /// How often it was created or adopted, 1 at creation. Another process may write it: not to be
    /// trusted.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.mapping.header()[header::EPOCH].load(Ordering::Acquire)
    }

    /// Its state; `None` if the word is no state.
    #[must_use]
    pub fn state(&self) -> Option<SegmentState> {
        // Acquire: pairs with the Release in `set_state`; the header written before READY is
        // visible.
        SegmentState::from_word(self.mapping.header()[header::STATE].load(Ordering::Acquire))
    }

    /// The process that made or adopted it.
    ///
    /// # Errors
    ///
    /// [`AttachError::Field`] if the owner's words do not match their checksum.
    pub fn owner(&self) -> Result<Owner, AttachError> {
        header::read_owner(self.mapping.header()).map(|(owner, _)| owner)
    }

    /// Whether some other handle plays `role` now, by the operating system's locks.
    ///
    /// # Errors
    ///
    /// What the operating system answers.
    pub fn is_held(&self, role: Role) -> io::Result<bool> {
        lock::is_held(&self.file, role)
    }

    /// Writes a sign of life. One thread for each role calls this; no system call.
    ///
    /// # Panics
    ///
    /// If the segment was attached for reading only.
    #[inline]
    pub fn beat(&self, role: Role, nanos: u64) {
        let words = self.writable_header();
        let at = beat_index(role);
        let count = words[at].load(Ordering::Relaxed);
        words[at + 1].store(nanos, Ordering::Relaxed);
        // Release: pairs with the Acquire in `heartbeat`; the time is at least as new as the count.
        words[at].store(count.wrapping_add(1), Ordering::Release);
    }

    /// The last sign of life of `role`. Another process writes it: not to be trusted.
    #[must_use]
    #[inline]
    pub fn heartbeat(&self, role: Role) -> Heartbeat {
        let words = self.mapping.header();
        let at = beat_index(role);
        // Acquire: pairs with the Release in `beat`.
        let count = words[at].load(Ordering::Acquire);
        Heartbeat {
            count,
            nanos: words[at + 1].load(Ordering::Relaxed),
        }
    }

    /// Declares the segment unusable: later attaches fail with [`AttachError::State`].
    ///
    /// # Panics
    ///
    /// If the segment was attached for reading only.
    pub fn poison(&self) {
        self.set_state(SegmentState::Poisoned);
    }

    /// Why its memory could not be locked, if it could not: it is populated all the same, but may
    /// be swapped.
    #[must_use]
    pub fn memory_lock_error(&self) -> Option<&io::Error> {
        self.mapping.lock_error()
    }

    pub(crate) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    pub(crate) fn set_state(&self, state: SegmentState) {
        // Release: pairs with the Acquire in `state`.
        self.writable_header()[header::STATE].store(state.word(), Ordering::Release);
    }

    /// Takes a role for as long as this segment lives.
    pub(crate) fn acquire(&self, role: Role) -> Result<(), AttachError> {
        let taken = lock::try_lock(&self.file, role)
            .map_err(|source| AttachError::io("lock", &self.path, source))?;
        if !taken {
            return Err(AttachError::LinkBusy {
                role,
                holder_pid: self.holder_pid(role),
            });
        }
        check_still_named(&self.file, &self.path)?;
        let me =
            Owner::current().map_err(|source| AttachError::io("identify", &self.path, source))?;
        if role != Role::Owner {
            let words = self.writable_header();
            let at = beat_index(role);
            words[at + 2].store(u64::from(me.pid), Ordering::Relaxed);
            words[at + 3].store(me.start_time, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Removes the file, if the path still names it.
    pub(crate) fn unlink(&self) -> Result<(), AttachError> {
        check_still_named(&self.file, &self.path)?;
        std::fs::remove_file(&self.path)
            .map_err(|source| AttachError::io("remove", &self.path, source))
    }

    fn holder_pid(&self, role: Role) -> u32 {
        match role {
            Role::Owner => self.owner().map_or(0, |owner| owner.pid),
            Role::Producer | Role::Consumer => {
                let word = self.mapping.header()[beat_index(role) + 2].load(Ordering::Relaxed);
                u32::try_from(word).unwrap_or(0)
            }
        }
    }

    fn writable_header(&self) -> &[core::sync::atomic::AtomicU64; header::HEADER_WORDS] {
        assert!(
            self.mapping.access() == Access::ReadWrite,
            "Invariant: only a segment attached for writing is written"
        );
        self.mapping.header()
    }
}

/// Whether `path` still names `file`. A cleaner unlinks a file only while it holds all its locks;
/// so whoever has taken a lock and still finds the file under its name is safe from it.
pub(crate) fn check_still_named(file: &File, path: &Path) -> Result<(), AttachError> {
    let replaced = || AttachError::Replaced {
        path: path.to_path_buf(),
    };
    let named = std::fs::symlink_metadata(path).map_err(|_| replaced())?;
    let ours = file
        .metadata()
        .map_err(|source| AttachError::io("stat", path, source))?;
    if (named.dev(), named.ino()) == (ours.dev(), ours.ino()) {
        Ok(())
    } else {
        Err(replaced())
    }
}

fn beat_index(role: Role) -> usize {
    match role {
        Role::Owner => header::OWNER_BEAT,
        Role::Producer => header::PRODUCER_BEAT,
        Role::Consumer => header::CONSUMER_BEAT,
    }
}
