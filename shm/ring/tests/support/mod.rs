//! What the tests of mapped files share.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;

use tempfile::TempDir;

/// A directory in shared memory where there is one.
pub(crate) fn directory() -> TempDir {
    let base = Path::new("/dev/shm");
    if base.is_dir() {
        tempfile::tempdir_in(base).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

/// Overwrites bytes of a file, as anybody with write access could.
pub(crate) fn write_at(path: &Path, offset: u64, bytes: &[u8]) {
    OpenOptions::new()
        .write(true)
        .open(path)
        .unwrap()
        .write_all_at(bytes, offset)
        .unwrap();
}
