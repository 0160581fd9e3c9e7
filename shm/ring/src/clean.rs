//! Removal of what dead processes left in a directory of segments.
//!
//! A segment is stale when all its locks are free **and** the owner in its header is dead. The
//! cleaner takes all its locks before it looks and holds them while it removes, so of two cleaners
//! one wins, and whoever attaches meanwhile either holds a lock first (then the segment is live) or
//! finds its file gone from the path (then its attach fails). A live segment is never removed.
//!
//! What carries our magic but not our layout (another version, damage) is renamed to
//! `NAME.quarantined` for people to look at. What does not carry it, a link, or another user's file
//! is left alone and reported.

use core::sync::atomic::Ordering;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::error::AttachError;
use crate::lock;
use crate::owner::Owner;
use crate::segment::header::{self, HEADER_BYTES, MAGIC_PREFIX};
use crate::segment::{
    Access, Expected, Layout, TEMPORARY_SUFFIX, check_file, check_still_named, open_file,
};

/// Ends the name of a file that was put aside.
pub const QUARANTINE_SUFFIX: &str = ".quarantined";

/// What a clean-up did with each file of the directory.
#[derive(Debug, Default)]
pub struct CleanReport {
    /// Stale segments, removed.
    pub removed: Vec<PathBuf>,
    /// Segments with a holder or a living owner, left.
    pub live: Vec<PathBuf>,
    /// Segments of a layout we do not know, renamed: the new names.
    pub quarantined: Vec<PathBuf>,
    /// Files that are none of ours, left.
    pub foreign: Vec<PathBuf>,
    /// Files that could not be judged or removed, left, with the reason.
    pub failed: Vec<(PathBuf, AttachError)>,
}

/// Removes the stale segments of `directory` (not of its subdirectories).
///
/// # Errors
///
/// If the directory cannot be listed. Trouble with single files stands in the report.
pub fn clean_stale(directory: &Path) -> io::Result<CleanReport> {
    let mut paths = std::fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    let mut report = CleanReport::default();
    for path in paths {
        match judge(&path) {
            Ok(Verdict::Removed) => report.removed.push(path),
            Ok(Verdict::Live) => report.live.push(path),
            Ok(Verdict::Quarantined(to)) => report.quarantined.push(to),
            Ok(Verdict::Foreign) => report.foreign.push(path),
            // Somebody else removed it meanwhile.
            Err(AttachError::NotFound { .. } | AttachError::Replaced { .. }) => {}
            Err(error) => report.failed.push((path, error)),
        }
    }
    Ok(report)
}

enum Verdict {
    Removed,
    Live,
    Quarantined(PathBuf),
    Foreign,
}

fn judge(path: &Path) -> Result<Verdict, AttachError> {
    let file_type = path
        .symlink_metadata()
        .map_err(|source| AttachError::io("stat", path, source))?
        .file_type();
    if !file_type.is_file() || name_ends_with(path, QUARANTINE_SUFFIX) {
        return Ok(Verdict::Foreign);
    }
    let file = open_file(path, Access::ReadWrite)?;
    let temporary = name_ends_with(path, TEMPORARY_SUFFIX);
    if !temporary && !has_our_prefix(&file) {
        return Ok(Verdict::Foreign);
    }
    let all_free =
        lock::try_lock_all(&file).map_err(|source| AttachError::io("lock", path, source))?;
    if !all_free {
        return Ok(Verdict::Live);
    }
    // From here on nobody can attach: the locks are ours until `file` is dropped.
    check_still_named(&file, path)?;
    if temporary {
        // Its maker holds the owner's lock from its first moments until it is renamed.
        return remove(path);
    }
    match read_owner(&file, path) {
        Ok(owner) => {
            let alive = owner
                .is_alive()
                .map_err(|source| AttachError::io("look up the owner of", path, source))?;
            if alive {
                Ok(Verdict::Live)
            } else {
                remove(path)
            }
        }
        Err(AttachError::Field { .. } | AttachError::FileSize { .. }) => put_aside(path),
        Err(error) => Err(error),
    }
}

/// The owner in a header that holds what it must, of any of our layouts.
fn read_owner(file: &File, path: &Path) -> Result<Owner, AttachError> {
    let file_len = check_file(file, path, None)?;
    let mut bytes = [0; HEADER_BYTES];
    file.read_exact_at(&mut bytes, 0)
        .map_err(|source| AttachError::io("read", path, source))?;
    let words = header::from_bytes(&bytes);
    let layout = Layout::of_magic(words[0].load(Ordering::Relaxed));
    let expected = Expected {
        layout: layout.unwrap_or(Layout::Ring),
        kind: None,
        capacity: None,
        layout_hash: None,
    };
    header::read_geometry(&words, &expected, file_len)?;
    header::read_owner(&words).map(|(owner, _)| owner)
}

fn has_our_prefix(file: &File) -> bool {
    let mut bytes = [0; MAGIC_PREFIX.len()];
    file.read_exact_at(&mut bytes, 0).is_ok() && bytes == MAGIC_PREFIX
}

fn name_ends_with(path: &Path, suffix: &str) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().ends_with(suffix.as_bytes()))
}

fn remove(path: &Path) -> Result<Verdict, AttachError> {
    std::fs::remove_file(path).map_err(|source| AttachError::io("remove", path, source))?;
    Ok(Verdict::Removed)
}

fn put_aside(path: &Path) -> Result<Verdict, AttachError> {
    let mut name = path.as_os_str().to_owned();
    name.push(QUARANTINE_SUFFIX);
    let to = PathBuf::from(name);
    std::fs::rename(path, &to).map_err(|source| AttachError::io("rename", path, source))?;
    Ok(Verdict::Quarantined(to))
}
