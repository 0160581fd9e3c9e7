//! Counters that other processes read while they run: a page of labelled 64-bit cells, one writer
//! each.
//!
//! The process that counts makes the page, registers labels at start-up and hands each [`Counter`]
//! to the thread that counts. Counting is a relaxed load and a relaxed store of a line of its own:
//! no lock prefix, no system call, no allocation. Readers see each value at some recent moment;
//! values of different counters are not a snapshot.

use core::cell::Cell as NotSync;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::path::Path;
use std::sync::Arc;

use crate::error::AttachError;
use crate::label;
use crate::lock::Role;
use crate::segment::{
    Access, Demand, Expected, Geometry, Layout, PageCells, Segment, SegmentState, new_segment_id,
};

/// The most counters of a page.
pub const COUNTERS_MAX: usize = 4096;

/// The writer's side of a page of counters.
#[derive(Debug)]
pub struct CountersPage {
    cells: Arc<PageCells>,
    registered: AtomicUsize,
}

/// One counter, owned by the thread that counts. It may be sent to that thread but not shared.
///
/// It keeps the page mapped.
#[derive(Debug)]
pub struct Counter {
    cells: Arc<PageCells>,
    index: usize,
    one_writer: PhantomData<NotSync<()>>,
}

/// The reader's side of a page of counters, in any process.
#[derive(Debug)]
pub struct CountersReader {
    cells: PageCells,
}

impl CountersPage {
    /// Makes a page with room for `capacity` counters (`1..=4096`), none registered yet, and holds
    /// its owner's lock.
    ///
    /// # Errors
    ///
    /// [`AttachError::Exists`] if the path is taken, [`AttachError::Spec`] for an impossible
    /// capacity, or what the operating system says.
    pub fn create(path: &Path, capacity: usize) -> Result<Self, AttachError> {
        let capacity = match u32::try_from(capacity) {
            Ok(count) if count >= 1 && capacity <= COUNTERS_MAX => count,
            _ => {
                let found = capacity as u64;
                return Err(AttachError::Spec {
                    field: "capacity",
                    rule: "1..=4096",
                    found,
                });
            }
        };
        let geometry = Geometry {
            layout: Layout::Counters,
            kind: 0,
            capacity,
            layout_hash: 0,
            segment_id: new_segment_id(),
        };
        let segment = Segment::create(path, geometry, 0o660, |_| ())?;
        Ok(Self {
            cells: Arc::new(PageCells::new(segment)),
            registered: AtomicUsize::new(0),
        })
    }

    /// As [`Self::create`], after removing the page that a dead process left at `path`.
    ///
    /// # Errors
    ///
    /// [`AttachError::LinkBusy`] if the page there has a living owner, [`AttachError::Field`] if it
    /// is no page of counters, or as [`Self::create`].
    pub fn replace_or_create(path: &Path, capacity: usize) -> Result<Self, AttachError> {
        match Segment::open(path, Access::ReadWrite, &DEMAND) {
            Ok(old) => {
                old.acquire(Role::Owner)?;
                old.set_state(SegmentState::Closed);
                old.unlink()?;
            }
            Err(AttachError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        Self::create(path, capacity)
    }

    /// Names the next free cell and hands it out, value 0. Labels: 1..=48 bytes of printable ASCII
    /// without spaces, unit last (`journal_depth_cells_max`).
    ///
    /// # Errors
    ///
    /// [`AttachError::Spec`] if the label is impossible or taken, or the page is full.
    pub fn register(&self, name: &str) -> Result<Counter, AttachError> {
        label::check(name)?;
        let cells = self.cells.all();
        let registered = self.registered.load(Ordering::Relaxed);
        let known = cells
            .iter()
            .take(registered)
            .position(|cell| label::read(cell).as_deref() == Some(name));
        if let Some(index) = known {
            let found = index as u64;
            return Err(AttachError::Spec {
                field: "label",
                rule: "used once",
                found,
            });
        }
        let index = self.registered.fetch_add(1, Ordering::Relaxed);
        let Some(cell) = cells.get(index) else {
            self.registered.store(cells.len(), Ordering::Relaxed);
            let found = cells.len() as u64;
            return Err(AttachError::Spec {
                field: "counters",
                rule: "within the capacity",
                found,
            });
        };
        label::write(cell, name);
        Ok(Counter {
            cells: Arc::clone(&self.cells),
            index,
            one_writer: PhantomData,
        })
    }

    /// The segment: state, identity, heartbeats.
    #[must_use]
    pub fn segment(&self) -> &Segment {
        self.cells.segment()
    }

    /// Marks the page closed and removes the file. Counters that were handed out go on counting in
    /// memory nobody finds.
    ///
    /// # Errors
    ///
    /// [`AttachError::Replaced`] if the path names another file by now, or what the operating
    /// system says.
    pub fn remove(self) -> Result<(), AttachError> {
        self.segment().set_state(SegmentState::Closed);
        self.segment().unlink()
    }
}

impl Counter {
    /// Adds, wrapping at 2^64.
    #[inline]
    pub fn add(&self, count: u64) {
        self.set(self.get().wrapping_add(count));
    }

    /// Sets the value.
    #[inline]
    pub fn set(&self, value: u64) {
        // Relaxed: one writer, and readers need no order between counters.
        self.cells.value(self.index).store(value, Ordering::Relaxed);
    }

    /// Raises the value to `value` if that is larger.
    #[inline]
    pub fn raise_to(&self, value: u64) {
        if value > self.get() {
            self.set(value);
        }
    }

    /// The value.
    #[must_use]
    #[inline]
    pub fn get(&self) -> u64 {
        self.cells.value(self.index).load(Ordering::Relaxed)
    }
}

impl CountersReader {
    /// Maps the page at `path` for reading; takes no lock.
    ///
    /// # Errors
    ///
    /// The first check that failed.
    pub fn attach(path: &Path) -> Result<Self, AttachError> {
        let segment = Segment::open(path, Access::ReadOnly, &DEMAND)?;
        Ok(Self {
            cells: PageCells::new(segment),
        })
    }

    /// All counters registered by now, in order of registration. Cells whose label is no label are
    /// left out.
    #[must_use]
    pub fn list(&self) -> Vec<(String, u64)> {
        let cells = self.cells.all().iter();
        cells
            .filter_map(|cell| Some((label::read(cell)?, cell.value().load(Ordering::Relaxed))))
            .collect()
    }

    /// The value under a label, `None` if nothing of that name is registered.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u64> {
        let mut cells = self.cells.all().iter();
        let cell = cells.find(|cell| label::read(cell).as_deref() == Some(name))?;
        Some(cell.value().load(Ordering::Relaxed))
    }

    /// The segment: state, identity, heartbeats.
    #[must_use]
    pub fn segment(&self) -> &Segment {
        self.cells.segment()
    }
}

const DEMAND: Demand = Demand {
    expected: Expected {
        layout: Layout::Counters,
        kind: Some(0),
        capacity: None,
        layout_hash: Some(0),
    },
    epoch: None,
    owner_alive: false,
    file_uid: None,
};
