//! The mapping: the one place where bytes of a file become atomics.
#![expect(unsafe_code, reason = "turns mapped bytes into references to atomics")]

use core::ptr::NonNull;
use core::sync::atomic::AtomicU64;
use std::fs::File;
use std::io;

use memmap2::{MmapOptions, MmapRaw};

use super::Segment;
use super::header::{self, HEADER_BYTES, HEADER_WORDS};
use crate::cell::{Cell, Cells};

/// Whether a mapping may be stored into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Loads only; a store would fault.
    ReadOnly,
    /// Loads and stores.
    ReadWrite,
}

/// A file of at least [`HEADER_BYTES`] bytes in memory, populated, and locked there if the system
/// allows it.
///
/// Another process that truncates the file makes later accesses fault (SIGBUS): named files cannot
/// be sealed. That is a crash like any other, and recovery proves that nothing is lost.
#[derive(Debug)]
pub(crate) struct Mapping {
    map: MmapRaw,
    access: Access,
    lock_error: Option<io::Error>,
}

impl Mapping {
    /// Maps the first `bytes` bytes of `file`. The caller has checked that the file is that long.
    pub(crate) fn new(file: &File, bytes: usize, access: Access) -> io::Result<Self> {
        assert!(bytes >= HEADER_BYTES, "a segment holds its header");
        let mut options = MmapOptions::new();
        options.len(bytes).populate();
        let map = match access {
            Access::ReadOnly => options.map_raw_read_only(file)?,
            Access::ReadWrite => options.map_raw(file)?,
        };
        // Locking is a wish: without the privilege the pages are populated all the same, and the
        // caller is told.
        let lock_error = map.lock().err();
        Ok(Self {
            map,
            access,
            lock_error,
        })
    }

    pub(crate) fn lock_error(&self) -> Option<&io::Error> {
        self.lock_error.as_ref()
    }

    pub(crate) fn access(&self) -> Access {
        self.access
    }

    /// The header's words. With [`Access::ReadOnly`] they must only be loaded, which the callers in
    /// this module's parent see to.
    pub(crate) fn header(&self) -> &[AtomicU64; HEADER_WORDS] {
        // SAFETY: the mapping is page-aligned, at least HEADER_BYTES long (checked in `new`), lives
        // as long as `self`, and is only ever accessed through atomics, by this process and, as the
        // ABI demands, by others.
        unsafe { &*self.map.as_ptr().cast::<[AtomicU64; HEADER_WORDS]>() }
    }

    /// The cells behind the header.
    pub(crate) fn cells(&self) -> &[Cell] {
        let count = (self.map.len() - HEADER_BYTES) / size_of::<Cell>();
        // SAFETY: `first_cell` points at `count` whole cells inside the mapping; see `header` for
        // aliasing and lifetime.
        unsafe { core::slice::from_raw_parts(self.first_cell().as_ptr(), count) }
    }

    fn first_cell(&self) -> NonNull<Cell> {
        // SAFETY: the mapping is at least HEADER_BYTES long, so the offset is within it or one past
        // its end.
        let first = unsafe { self.map.as_mut_ptr().add(HEADER_BYTES) };
        // SAFETY: an address inside a mapping is not null. It is aligned to 64: pages are, and
        // HEADER_BYTES is one page.
        unsafe { NonNull::new_unchecked(first.cast::<Cell>()) }
    }
}

/// Cells of a ring in a mapped file.
#[derive(Debug)]
pub struct MappedCells {
    first: NonNull<Cell>,
    mask: u64,
    segment: Segment,
}

// SAFETY: `first` points into the mapping that `segment` owns, and everything behind it is atomics.
unsafe impl Send for MappedCells {}
// SAFETY: as above; shared references allow atomic accesses only.
unsafe impl Sync for MappedCells {}

impl MappedCells {
    /// The cells of a ring segment whose header was checked.
    pub(crate) fn new(segment: Segment) -> Self {
        let cells = segment.mapping().cells();
        assert!(
            cells.len().is_power_of_two(),
            "checked against the header when attached"
        );
        let mask = cells.len() as u64 - 1;
        let first = segment.mapping().first_cell();
        Self {
            first,
            mask,
            segment,
        }
    }

    /// The segment: state, owner, heartbeats.
    #[must_use]
    pub fn segment(&self) -> &Segment {
        &self.segment
    }
}

impl Cells for MappedCells {
    #[inline]
    fn capacity(&self) -> usize {
        self.mask as usize + 1
    }

    #[inline]
    fn cell(&self, position: u64) -> &Cell {
        let index = (position & self.mask) as usize;
        // SAFETY: `index <= mask < number of mapped cells` (set in `new`, never changed), so the
        // address is inside the mapping.
        let cell = unsafe { self.first.add(index) };
        // SAFETY: it is a whole, aligned cell of a mapping that lives as long as `self`, accessed
        // through atomics only.
        unsafe { cell.as_ref() }
    }

    #[inline]
    fn consumer_index(&self) -> &AtomicU64 {
        &self.segment.mapping().header()[header::CONSUMER_INDEX]
    }
}
