//! Making a segment: under a temporary name, renamed when whole.

use core::sync::atomic::{AtomicU32, Ordering, fence};
use std::fs::{File, OpenOptions, Permissions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FallocateFlags, RenameFlags, fallocate, renameat_with};

use super::header::{self, Geometry};
use super::{Access, Mapping, Segment, SegmentState};
use crate::cell::Cell;
use crate::error::AttachError;
use crate::lock::Role;
use crate::owner::Owner;

/// Ends the name of a segment that is being made.
pub(crate) const TEMPORARY_SUFFIX: &str = ".shm-tmp";
/// The widest permissions a segment may have.
pub(crate) const MODE_MAX: u32 = 0o660;

static TEMPORARY_COUNT: AtomicU32 = AtomicU32::new(0);

impl Segment {
    /// Makes the file, lets `fill` write the cells, and publishes it under `path`. The owner's role
    /// is held.
    pub(crate) fn create(
        path: &Path,
        geometry: Geometry,
        mode: u32,
        fill: impl FnOnce(&[Cell]),
    ) -> Result<Self, AttachError> {
        if mode & !MODE_MAX != 0 {
            let rule = "0660 or tighter";
            return Err(AttachError::Spec {
                field: "mode",
                rule,
                found: u64::from(mode),
            });
        }
        // Without this look a taken name would cost a whole segment; the rename below decides.
        if path.symlink_metadata().is_ok() {
            return Err(AttachError::Exists {
                path: path.to_path_buf(),
            });
        }
        let temporary = temporary_path(path)?;
        let made = Self::create_at(&temporary, geometry, mode).and_then(|mut segment| {
            fill(segment.mapping.cells());
            segment.set_state(SegmentState::Ready);
            renameat_with(CWD, &temporary, CWD, path, RenameFlags::NOREPLACE)
                .map_err(|source| AttachError::io("rename", path, source.into()))?;
            segment.path = path.to_path_buf();
            Ok(segment)
        });
        if made.is_err() {
            // Best effort: what remains is a temporary name without a lock, which the stale
            // clean-up removes.
            let _ = std::fs::remove_file(&temporary);
        }
        made
    }

    fn create_at(path: &Path, geometry: Geometry, mode: u32) -> Result<Self, AttachError> {
        let io = |doing| move |source| AttachError::io(doing, path, source);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(mode)
            .custom_flags(libc::O_NOFOLLOW)
            .open(path)
            .map_err(io("create"))?;
        // The process's umask may have taken bits away.
        file.set_permissions(Permissions::from_mode(mode))
            .map_err(io("set mode of"))?;
        let bytes = reserve(&file, &geometry).map_err(io("reserve"))?;
        let mapping = Mapping::new(&file, bytes, Access::ReadWrite).map_err(io("map"))?;
        let segment = Self {
            mapping,
            file,
            path: path.to_path_buf(),
            geometry,
        };
        segment.acquire(Role::Owner)?;
        segment.set_state(SegmentState::Init);
        header::write_geometry(segment.mapping.header(), &geometry);
        let me = Owner::current().map_err(io("identify"))?;
        header::write_owner(segment.mapping.header(), &me, 1);
        Ok(segment)
    }

    /// Becomes the owner of a segment whose owner is gone, content and peers untouched; the epoch
    /// grows by one.
    pub(crate) fn adopt(&self) -> Result<(), AttachError> {
        self.acquire(Role::Owner)?;
        if self.state() == Some(SegmentState::Poisoned) {
            return Err(AttachError::State {
                found: self.state(),
            });
        }
        let me =
            Owner::current().map_err(|source| AttachError::io("identify", &self.path, source))?;
        let epoch = self.epoch().wrapping_add(1);
        self.set_state(SegmentState::Init);
        // Release: pairs with the Acquire fence in `check_ready`; whoever sees an owner's word
        // written below sees INIT or later.
        fence(Ordering::Release);
        header::write_owner(self.mapping.header(), &me, epoch);
        self.set_state(SegmentState::Ready);
        Ok(())
    }
}

/// A number that differs for each segment ever made: seeded by the system's random source.
pub(crate) fn new_segment_id() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Takes all memory of the file now, so that a full file system fails here and not at the first
/// store.
fn reserve(file: &File, geometry: &Geometry) -> std::io::Result<usize> {
    let bytes = geometry.total_len();
    fallocate(file, FallocateFlags::empty(), 0, bytes)?;
    usize::try_from(bytes).map_err(std::io::Error::other)
}

fn temporary_path(path: &Path) -> Result<PathBuf, AttachError> {
    let invalid = || {
        let source = std::io::Error::from(std::io::ErrorKind::InvalidFilename);
        AttachError::io("create", path, source)
    };
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().ok_or_else(invalid)?);
    let count = TEMPORARY_COUNT.fetch_add(1, Ordering::Relaxed);
    name.push(format!(".{}-{count}{TEMPORARY_SUFFIX}", std::process::id()));
    Ok(path.with_file_name(name))
}
