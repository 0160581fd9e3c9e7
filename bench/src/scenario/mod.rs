//! The scenarios: one question each.

pub mod ring_hop;
pub mod stalls;
pub mod step;
pub mod tick_to_slice;

use crate::error::{BenchError, During};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Where shared memory is a file system.
const SHARED_MEMORY: &str = "/dev/shm";

/// A directory of this run's own, in shared memory where there is such a thing; removed at the end.
///
/// # Errors
/// What the operating system says.
pub fn directory() -> Result<TempDir, BenchError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("pacer-bench-");
    if Path::new(SHARED_MEMORY).is_dir() {
        builder.tempdir_in(SHARED_MEMORY)
    } else {
        builder.tempdir()
    }
    .during("directory in shared memory")
}

/// The yardstick's page in a run's directory.
#[must_use]
pub fn yardstick_path(dir: &Path) -> PathBuf {
    dir.join("yardstick")
}
