//! A page of named 64-bit words in a mapped file: the kill word, the clock page.
//!
//! Each word has a cache line of its own, its name beside it. The names, in order, are hashed into
//! the header's layout hash, so that an attach with other names fails. Who may write which word is
//! the business of whoever uses the page; the methods name their memory order.

use core::sync::atomic::{AtomicU64, Ordering};
use std::path::Path;

use crate::error::AttachError;
use crate::label;
use crate::ring_file::Opened;
use crate::segment::{
    Access, Demand, Expected, Geometry, Layout, PageCells, Segment, SegmentState, new_segment_id,
};

/// The most words of a page.
pub const WORDS_MAX: usize = 1024;

/// A page of named words, for loading and storing. Dropping it leaves the file.
#[derive(Debug)]
pub struct WordsFile {
    cells: PageCells,
}

/// The same page, for loading only.
#[derive(Debug)]
pub struct WordsReader {
    cells: PageCells,
}

impl WordsFile {
    /// Makes a page with these names, all words zero, and holds its owner's lock.
    ///
    /// # Errors
    ///
    /// [`AttachError::Exists`] if the path is taken, [`AttachError::Spec`] for an impossible name
    /// or number of names, or what the operating system says.
    pub fn create(path: &Path, names: &[&str]) -> Result<Self, AttachError> {
        let segment = Segment::create(path, geometry(names)?, 0o660, |cells| {
            for (cell, name) in cells.iter().zip(names) {
                label::write(cell, name);
            }
        })?;
        Ok(Self {
            cells: PageCells::new(segment),
        })
    }

    /// Takes over the page at `path`, values untouched, if one with these names is there and has no
    /// owner, else makes it.
    ///
    /// # Errors
    ///
    /// [`AttachError::LinkBusy`] if its owner lives, or as [`Self::create`] and [`Self::open`].
    pub fn adopt_or_create(path: &Path, names: &[&str]) -> Result<(Self, Opened), AttachError> {
        match Segment::open(path, Access::ReadWrite, &demand(names)?) {
            Ok(segment) => {
                segment.adopt()?;
                Ok((
                    Self {
                        cells: PageCells::new(segment),
                    },
                    Opened::Adopted,
                ))
            }
            Err(AttachError::NotFound { .. }) => Ok((Self::create(path, names)?, Opened::Created)),
            Err(error) => Err(error),
        }
    }

    /// Maps the page at `path` for loading and storing; takes no lock.
    ///
    /// # Errors
    ///
    /// The first check that failed; other names are an [`AttachError::Field`] of `layout_hash` or
    /// `capacity`.
    pub fn open(path: &Path, names: &[&str]) -> Result<Self, AttachError> {
        Ok(Self {
            cells: open(path, names, Access::ReadWrite)?,
        })
    }

    /// The word at `index` (order of the names), acquire.
    ///
    /// # Panics
    ///
    /// If `index` is not below the number of names; so do all methods with an index.
    #[must_use]
    #[inline]
    pub fn load(&self, index: usize) -> u64 {
        self.word(index).load(Ordering::Acquire)
    }

    /// Sets the word at `index`, release.
    #[inline]
    pub fn store(&self, index: usize, value: u64) {
        self.word(index).store(value, Ordering::Release);
    }

    /// Sets bits of the word at `index`, acquire and release; answers the value before.
    #[inline]
    pub fn fetch_or(&self, index: usize, bits: u64) -> u64 {
        self.word(index).fetch_or(bits, Ordering::AcqRel)
    }

    /// Clears bits of the word at `index`, acquire and release; answers the value before.
    #[inline]
    pub fn fetch_clear(&self, index: usize, bits: u64) -> u64 {
        self.word(index).fetch_and(!bits, Ordering::AcqRel)
    }

    /// The segment: state, identity, heartbeats.
    #[must_use]
    pub fn segment(&self) -> &Segment {
        self.cells.segment()
    }

    /// Marks the page closed and removes the file.
    ///
    /// # Errors
    ///
    /// [`AttachError::Replaced`] if the path names another file by now, or what the operating
    /// system says.
    pub fn remove(self) -> Result<(), AttachError> {
        self.segment().set_state(SegmentState::Closed);
        self.segment().unlink()
    }

    /// The atomic behind the word at `index`, alone on its cache line: for measurements that choose
    /// their own instructions.
    #[must_use]
    #[inline]
    pub fn word(&self, index: usize) -> &AtomicU64 {
        self.cells.value(index)
    }
}

impl WordsReader {
    /// Maps the page at `path` for loading; takes no lock and cannot store.
    ///
    /// # Errors
    ///
    /// As [`WordsFile::open`].
    pub fn open(path: &Path, names: &[&str]) -> Result<Self, AttachError> {
        Ok(Self {
            cells: open(path, names, Access::ReadOnly)?,
        })
    }

    /// The word at `index` (order of the names), acquire.
    ///
    /// # Panics
    ///
    /// If `index` is not below the number of names.
    #[must_use]
    #[inline]
    pub fn load(&self, index: usize) -> u64 {
        self.cells.value(index).load(Ordering::Acquire)
    }

    /// The segment: state, identity, heartbeats.
    #[must_use]
    pub fn segment(&self) -> &Segment {
        self.cells.segment()
    }
}

fn open(path: &Path, names: &[&str], access: Access) -> Result<PageCells, AttachError> {
    let demand = demand(names)?;
    let segment = Segment::open(path, access, &demand)?;
    segment.check_ready(&demand)?;
    Ok(PageCells::new(segment))
}

fn geometry(names: &[&str]) -> Result<Geometry, AttachError> {
    let capacity = match u32::try_from(names.len()) {
        Ok(count) if count >= 1 && names.len() <= WORDS_MAX => count,
        _ => {
            let found = names.len() as u64;
            return Err(AttachError::Spec {
                field: "names",
                rule: "1..=1024 names",
                found,
            });
        }
    };
    names.iter().try_for_each(|name| label::check(name))?;
    Ok(Geometry {
        layout: Layout::Words,
        kind: 0,
        capacity,
        layout_hash: names_hash(names),
        segment_id: new_segment_id(),
    })
}

fn demand(names: &[&str]) -> Result<Demand, AttachError> {
    let geometry = geometry(names)?;
    let expected = Expected {
        layout: Layout::Words,
        kind: Some(0),
        capacity: Some(geometry.capacity),
        layout_hash: Some(geometry.layout_hash),
    };
    Ok(Demand {
        expected,
        epoch: None,
        owner_alive: false,
        file_uid: None,
    })
}

/// FNV-1a, 64 bits, of the names, each followed by a zero byte.
fn names_hash(names: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in names.iter().flat_map(|name| name.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}
