//! Who made a segment, and whether that process still lives.
//!
//! A process id alone names nobody: ids are reused. Id, start time (clock ticks since boot, field
//! 22 of `/proc/<pid>/stat`) and boot id together do. The locks of [`crate::lock`] decide who holds
//! a link; this confirms it and tells people.

use std::fs;
use std::io;

/// Identity of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Process id.
    pub pid: u32,
    /// Start of the process in clock ticks since boot.
    pub start_time: u64,
    /// Identity of the boot, 128 bits.
    pub boot_id: [u64; 2],
}

impl Owner {
    /// This process.
    ///
    /// # Errors
    ///
    /// If `/proc` cannot be read.
    pub fn current() -> io::Result<Self> {
        let pid = std::process::id();
        let start_time = start_time(pid)?
            .ok_or_else(|| io::Error::other("this process has no start time in /proc"))?;
        Ok(Self {
            pid,
            start_time,
            boot_id: boot_id()?,
        })
    }

    /// Whether the process lives: same boot, same start time, not a zombie.
    ///
    /// # Errors
    ///
    /// If `/proc` cannot be read, so that the question has no answer.
    pub fn is_alive(&self) -> io::Result<bool> {
        if self.boot_id != boot_id()? {
            return Ok(false);
        }
        Ok(start_time(self.pid)? == Some(self.start_time))
    }
}

/// Start time of a process, `None` if there is none of that id or only its zombie.
fn start_time(pid: u32) -> io::Result<Option<u64>> {
    let text = match fs::read(format!("/proc/{pid}/stat")) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        // A process that ends while its file is read gives ESRCH.
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                || error.raw_os_error() == Some(libc::ESRCH) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    Ok(parse_stat(&text))
}

/// Start time out of the text of `/proc/<pid>/stat`. The name (field 2) may hold spaces and
/// parentheses, so the fields are counted from its last closing one.
fn parse_stat(text: &str) -> Option<u64> {
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X" | "x") {
        return None;
    }
    // The state is field 3, the start time field 22: 18 fields between them.
    fields.nth(18)?.parse().ok()
}

/// Identity of the running boot.
fn boot_id() -> io::Result<[u64; 2]> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    parse_boot_id(&text).ok_or_else(|| io::Error::other("boot id is not 32 hexadecimal digits"))
}

fn parse_boot_id(text: &str) -> Option<[u64; 2]> {
    let digits: String = text.trim().chars().filter(|c| *c != '-').collect();
    if digits.len() != 32 {
        return None;
    }
    let (high, low) = digits.split_at_checked(16)?;
    Some([
        u64::from_str_radix(high, 16).ok()?,
        u64::from_str_radix(low, 16).ok()?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_time_is_found_behind_any_process_name() {
        let tail = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20";
        for name in ["cat", "a b", "x) S 9", "((("] {
            assert_eq!(
                parse_stat(&format!("77 ({name}) {tail}")),
                Some(4242),
                "{name}"
            );
        }
        assert_eq!(
            parse_stat("77 (cat) Z 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242"),
            None
        );
        for garbage in [
            "",
            "77",
            "77 (cat)",
            "77 (cat) S 1 2",
            "77 (cat) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 x",
        ] {
            assert_eq!(parse_stat(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn a_boot_id_is_sixteen_bytes() {
        assert_eq!(
            parse_boot_id("00000000-0000-0001-0000-0000000000ff\n"),
            Some([1, 255])
        );
        for garbage in [
            "",
            "12",
            "zz000000-0000-0001-0000-0000000000ff",
            "ääääääääääääääää",
        ] {
            assert_eq!(parse_boot_id(garbage), None, "{garbage}");
        }
    }

    #[cfg(not(miri))]
    #[test]
    fn this_process_lives_and_one_with_another_start_or_boot_does_not() {
        let me = Owner::current().unwrap();
        assert!(me.is_alive().unwrap());
        assert!(
            !Owner {
                start_time: me.start_time + 1,
                ..me
            }
            .is_alive()
            .unwrap()
        );
        assert!(
            !Owner {
                boot_id: [1, 2],
                ..me
            }
            .is_alive()
            .unwrap()
        );
        assert!(
            !Owner {
                pid: u32::MAX,
                ..me
            }
            .is_alive()
            .unwrap()
        );
    }
}
