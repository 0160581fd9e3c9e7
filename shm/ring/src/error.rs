//! Why a mapped file could not be made or attached: one error, naming what was expected and what
//! was found.

use core::fmt;
use std::io;
use std::path::PathBuf;

use crate::lock::Role;
use crate::ring::RingDamage;
use crate::segment::SegmentState;

/// Why a segment could not be created, adopted or attached. Never a partial attach.
#[derive(Debug)]
#[non_exhaustive]
pub enum AttachError {
    /// The operating system refused.
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// No such file.
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// A file of this name exists already.
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The path is a symbolic link; links are not followed.
    SymbolicLink {
        /// The file.
        path: PathBuf,
    },
    /// Not a regular file.
    NotRegular {
        /// The file.
        path: PathBuf,
    },
    /// Permission bits beyond 0660.
    Mode {
        /// Bits found, `0..=0o7777`.
        found: u32,
    },
    /// The file belongs to somebody else.
    FileOwner {
        /// User id expected.
        expected: u32,
        /// User id found.
        found: u32,
    },
    /// The file's size is not what its header, or any header, says.
    FileSize {
        /// Bytes expected (the least possible if the file cannot even hold a header).
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// A header field differs.
    Field {
        /// Name of the field.
        field: &'static str,
        /// Value expected.
        expected: u64,
        /// Value found.
        found: u64,
    },
    /// The segment is not ready.
    State {
        /// State found; `None` if the word is no state at all.
        found: Option<SegmentState>,
    },
    /// The segment's owner does not live, and a living one was asked for.
    OwnerDead {
        /// Process id in the header.
        pid: u32,
    },
    /// Another process (or another handle of this one) holds the role.
    LinkBusy {
        /// The role.
        role: Role,
        /// Process id it wrote into the header, 0 if unknown.
        holder_pid: u32,
    },
    /// The file was replaced or removed while it was being attached.
    Replaced {
        /// The file.
        path: PathBuf,
    },
    /// The specification given by the caller is not possible.
    Spec {
        /// Name of the field.
        field: &'static str,
        /// The rule it breaks.
        rule: &'static str,
        /// Value given.
        found: u64,
    },
    /// The cells, or the consumer's indices, contradict each other.
    Ring(RingDamage),
}

impl AttachError {
    /// Stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "IO",
            Self::NotFound { .. } => "NOT_FOUND",
            Self::Exists { .. } => "EXISTS",
            Self::SymbolicLink { .. } => "SYMBOLIC_LINK",
            Self::NotRegular { .. } => "NOT_REGULAR",
            Self::Mode { .. } => "MODE",
            Self::FileOwner { .. } => "FILE_OWNER",
            Self::FileSize { .. } => "FILE_SIZE",
            Self::Field { .. } => "HEADER_FIELD",
            Self::State { .. } => "STATE",
            Self::OwnerDead { .. } => "OWNER_DEAD",
            Self::LinkBusy { .. } => "LINK_BUSY",
            Self::Replaced { .. } => "REPLACED",
            Self::Spec { .. } => "SPEC",
            Self::Ring(_) => "RING_DAMAGED",
        }
    }

    /// Whether trying again later may succeed without anybody repairing anything: the file is not
    /// there yet, its owner is starting, or the role is still held.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::NotFound { .. }
                | Self::LinkBusy { .. }
                | Self::Replaced { .. }
                | Self::OwnerDead { .. }
                | Self::State {
                    found: Some(SegmentState::Init | SegmentState::Closed)
                }
        )
    }

    pub(crate) fn io(doing: &'static str, path: &std::path::Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            io::ErrorKind::AlreadyExists => Self::Exists { path },
            _ if source.raw_os_error() == Some(libc::ELOOP) => Self::SymbolicLink { path },
            _ => Self::Io {
                doing,
                path,
                source,
            },
        }
    }
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.code())?;
        match self {
            Self::Io {
                doing,
                path,
                source,
            } => write!(f, "{doing} {}: {source}", path.display()),
            Self::NotFound { path } => write!(f, "no file {}", path.display()),
            Self::Exists { path } => write!(f, "{} exists", path.display()),
            Self::SymbolicLink { path } => {
                write!(
                    f,
                    "{} is a symbolic link, expected a regular file",
                    path.display()
                )
            }
            Self::NotRegular { path } => write!(f, "{} is not a regular file", path.display()),
            Self::Mode { found } => write!(f, "mode: expected 0660 or tighter, found {found:04o}"),
            Self::FileOwner { expected, found } => {
                write!(f, "file owner: expected uid {expected}, found {found}")
            }
            Self::FileSize { expected, found } => {
                write!(f, "file size: expected {expected} bytes, found {found}")
            }
            Self::Field {
                field,
                expected,
                found,
            } => {
                write!(f, "{field}: expected {expected:#x}, found {found:#x}")
            }
            Self::State { found } => write!(f, "state: expected Ready, found {found:?}"),
            Self::OwnerDead { pid } => {
                write!(f, "owner: expected a living one, found dead pid {pid}")
            }
            Self::LinkBusy { role, holder_pid } => {
                write!(f, "{role:?} role: expected free, held by pid {holder_pid}")
            }
            Self::Replaced { path } => {
                write!(
                    f,
                    "{} was replaced or removed while attaching",
                    path.display()
                )
            }
            Self::Spec { field, rule, found } => write!(f, "{field}: {rule}, found {found}"),
            Self::Ring(damage) => damage.fmt(f),
        }
    }
}

impl std::error::Error for AttachError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Ring(damage) => Some(damage),
            _ => None,
        }
    }
}

impl From<RingDamage> for AttachError {
    fn from(damage: RingDamage) -> Self {
        Self::Ring(damage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    fn check(error: &AttachError, text: &str) {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.source().is_some(), error.code() == "IO", "{error}");
    }

    #[test]
    fn errors_of_a_file_name_it() {
        let path = || PathBuf::from("r.ring");
        let refused = io::Error::from(io::ErrorKind::PermissionDenied);
        let refused = AttachError::io("open", &path(), refused);
        check(&refused, "IO: open r.ring: permission denied");
        let link = "SYMBOLIC_LINK: r.ring is a symbolic link, expected a regular file";
        let replaced = "REPLACED: r.ring was replaced or removed while attaching";
        let strange = "NOT_REGULAR: r.ring is not a regular file";
        check(&AttachError::SymbolicLink { path: path() }, link);
        check(&AttachError::Replaced { path: path() }, replaced);
        check(&AttachError::NotRegular { path: path() }, strange);
        let missing = AttachError::NotFound { path: path() };
        check(&missing, "NOT_FOUND: no file r.ring");
        check(
            &AttachError::Exists { path: path() },
            "EXISTS: r.ring exists",
        );
    }

    #[test]
    fn errors_of_a_value_say_what_was_expected_and_what_was_found() {
        let mode = AttachError::Mode { found: 0o666 };
        check(&mode, "MODE: mode: expected 0660 or tighter, found 0666");
        let (expected, found) = (1, 2);
        let owner = AttachError::FileOwner { expected, found };
        check(&owner, "FILE_OWNER: file owner: expected uid 1, found 2");
        let (expected, found) = (64, 63);
        let size = AttachError::FileSize { expected, found };
        check(&size, "FILE_SIZE: file size: expected 64 bytes, found 63");
        let field = AttachError::Field {
            field: "magic",
            expected,
            found,
        };
        check(&field, "HEADER_FIELD: magic: expected 0x40, found 0x3f");
        let state = AttachError::State { found: None };
        check(&state, "STATE: state: expected Ready, found None");
        let dead = AttachError::OwnerDead { pid: 9 };
        check(
            &dead,
            "OWNER_DEAD: owner: expected a living one, found dead pid 9",
        );
        let busy = AttachError::LinkBusy {
            role: Role::Producer,
            holder_pid: 9,
        };
        check(
            &busy,
            "LINK_BUSY: Producer role: expected free, held by pid 9",
        );
        let spec = AttachError::Spec {
            field: "cells",
            rule: "a power of two",
            found: 3,
        };
        check(&spec, "SPEC: cells: a power of two, found 3");
    }

    #[test]
    fn what_the_system_says_becomes_the_error_that_it_means() {
        let of = |number| {
            let error = io::Error::from_raw_os_error(number);
            AttachError::io("open", std::path::Path::new("r"), error)
        };
        let codes = [libc::ENOENT, libc::EEXIST, libc::ELOOP, libc::EIO].map(|n| of(n).code());
        assert_eq!(codes, ["NOT_FOUND", "EXISTS", "SYMBOLIC_LINK", "IO"]);
        assert!(of(libc::ENOENT).is_transient() && !of(libc::EIO).is_transient());
    }
}
