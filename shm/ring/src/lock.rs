//! Who holds a link: byte-range locks of the operating system on the segment file itself.
//!
//! Byte `n` of the file stands for role `n`. The locks are Linux *open file description* locks:
//! they belong to the open file, not to the process, so two handles of one process exclude each
//! other too, and the kernel releases them when the last descriptor goes, kill -9 included. They
//! conflict with classic POSIX record locks, so that a C++ (`fcntl`) or Java
//! (`FileChannel.lock(byte, 1, false)`) peer takes part. A lock beside the ring would be one more
//! file to leave behind, and would have a window between removing the ring and removing its lock.
#![expect(
    unsafe_code,
    reason = "fcntl with open-file-description locks has no safe wrapper"
)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// A part that at most one handle plays at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Made the segment and answers for it.
    Owner,
    /// Writes the ring.
    Producer,
    /// Reads the ring.
    Consumer,
}

/// Number of bytes that stand for roles; a cleaner locks them all.
const ROLE_BYTES: i64 = 3;

impl Role {
    fn byte(self) -> i64 {
        match self {
            Self::Owner => 0,
            Self::Producer => 1,
            Self::Consumer => 2,
        }
    }
}

/// Takes the lock of `role`, held until `file` (and every duplicate of its descriptor) is closed.
/// `false` if somebody else holds it.
pub(crate) fn try_lock(file: &File, role: Role) -> io::Result<bool> {
    try_lock_range(file, role.byte(), 1)
}

/// Takes the locks of all roles at once, or none.
pub(crate) fn try_lock_all(file: &File) -> io::Result<bool> {
    try_lock_range(file, 0, ROLE_BYTES)
}

/// Whether some other handle holds `role`. Needs no write access.
pub(crate) fn is_held(file: &File, role: Role) -> io::Result<bool> {
    let mut lock = write_lock(role.byte(), 1);
    // SAFETY: the descriptor is open for as long as `file` is borrowed, and `lock` is a valid
    // `flock` that outlives the call.
    let answer = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut lock) };
    if answer == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(i32::from(lock.l_type) != libc::F_UNLCK)
}

fn try_lock_range(file: &File, start: i64, bytes: i64) -> io::Result<bool> {
    let lock = write_lock(start, bytes);
    // SAFETY: the descriptor is open for as long as `file` is borrowed, and `lock` is a valid
    // `flock` that outlives the call.
    let answer = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) };
    if answer != -1 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EAGAIN | libc::EACCES) => Ok(false),
        _ => Err(error),
    }
}

/// An exclusive lock of `bytes` bytes from `start` on.
fn write_lock(start: i64, bytes: i64) -> libc::flock {
    libc::flock {
        // The constants are 0..=2.
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: start,
        l_len: bytes,
        // Must be 0 for open-file-description locks.
        l_pid: 0,
    }
}
