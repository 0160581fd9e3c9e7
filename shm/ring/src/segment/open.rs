//! Attaching a segment: every check before anything of it is used.

use core::sync::atomic::{Ordering, fence};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::create::MODE_MAX;
use super::header::{self, Expected, HEADER_BYTES, TOTAL_LEN_MAX};
use super::{Access, Mapping, Segment, SegmentState};
use crate::error::AttachError;

/// What an attach demands beyond the geometry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demand {
    pub(crate) expected: Expected,
    /// Exact epoch, or any.
    pub(crate) epoch: Option<u64>,
    /// Whether the owner must live.
    pub(crate) owner_alive: bool,
    /// User the file must belong to; ours by default.
    pub(crate) file_uid: Option<u32>,
}

impl Segment {
    /// Opens and maps a segment whose file and fixed words are as demanded, whatever its state and
    /// owner.
    pub(crate) fn open(path: &Path, access: Access, demand: &Demand) -> Result<Self, AttachError> {
        let file = open_file(path, access)?;
        let file_len = check_file(&file, path, demand.file_uid)?;
        let bytes = usize::try_from(file_len).map_err(|_| AttachError::FileSize {
            expected: TOTAL_LEN_MAX,
            found: file_len,
        })?;
        let mapping = Mapping::new(&file, bytes, access)
            .map_err(|source| AttachError::io("map", path, source))?;
        let geometry = header::read_geometry(mapping.header(), &demand.expected, file_len)?;
        Ok(Self {
            mapping,
            file,
            path: path.to_path_buf(),
            geometry,
        })
    }

    /// Checks state, epoch and owner. Called before and after a role is taken.
    pub(crate) fn check_ready(&self, demand: &Demand) -> Result<(), AttachError> {
        let check_state = || match self.state() {
            Some(SegmentState::Ready) => Ok(()),
            found => Err(AttachError::State { found }),
        };
        check_state()?;
        // Twice, because an adoption may begin and end between the two looks at the state.
        let owner = header::read_owner(self.mapping.header())
            .or_else(|_| header::read_owner(self.mapping.header()));
        // Acquire: if the words above were half-way through an adoption, the state below is INIT or
        // its owner is the new one.
        fence(Ordering::Acquire);
        check_state()?;
        let (owner, epoch) = owner?;
        if let Some(expected) = demand.epoch
            && expected != epoch
        {
            return Err(AttachError::Field {
                field: "epoch",
                expected,
                found: epoch,
            });
        }
        if demand.owner_alive {
            let alive = owner
                .is_alive()
                .map_err(|source| AttachError::io("look up the owner of", &self.path, source))?;
            if !alive {
                return Err(AttachError::OwnerDead { pid: owner.pid });
            }
        }
        Ok(())
    }
}

/// Opens without following a link and without blocking on what is no regular file.
pub(crate) fn open_file(path: &Path, access: Access) -> Result<File, AttachError> {
    OpenOptions::new()
        .read(true)
        .write(access == Access::ReadWrite)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)
        .map_err(|source| AttachError::io("open", path, source))
}

/// Checks type, owner, mode and the bounds of the size; answers the size.
pub(crate) fn check_file(file: &File, path: &Path, uid: Option<u32>) -> Result<u64, AttachError> {
    let found = file
        .metadata()
        .map_err(|source| AttachError::io("stat", path, source))?;
    if !found.is_file() {
        return Err(AttachError::NotRegular {
            path: path.to_path_buf(),
        });
    }
    let expected = uid.unwrap_or_else(|| rustix::process::geteuid().as_raw());
    if found.uid() != expected {
        return Err(AttachError::FileOwner {
            expected,
            found: found.uid(),
        });
    }
    let mode = found.permissions().mode() & 0o7777;
    if mode & !MODE_MAX != 0 {
        return Err(AttachError::Mode { found: mode });
    }
    if found.len() < HEADER_BYTES as u64 {
        return Err(AttachError::FileSize {
            expected: HEADER_BYTES as u64,
            found: found.len(),
        });
    }
    if found.len() > TOTAL_LEN_MAX {
        return Err(AttachError::FileSize {
            expected: TOTAL_LEN_MAX,
            found: found.len(),
        });
    }
    Ok(found.len())
}
