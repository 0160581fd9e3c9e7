//! What can go wrong with a journal, with the place and the rule.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a journal could not be written or read.
#[derive(Debug)]
pub enum JournalError {
    /// The operating system refused.
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The directory holds a journal already.
    Exists {
        /// The directory.
        dir: PathBuf,
    },
    /// The directory holds no journal.
    Missing {
        /// The directory.
        dir: PathBuf,
    },
    /// A segment's or the instrument table's header breaks a rule.
    Header {
        /// The file.
        path: PathBuf,
        /// The rule.
        rule: &'static str,
    },
    /// A record inside the journal is damaged: good records follow it.
    Damage {
        /// Segment number, from 1.
        segment: u32,
        /// Byte offset in the segment file.
        offset: u64,
        /// Sequence that was expected there.
        sequence: u64,
        /// The rule that is broken.
        rule: &'static str,
    },
    /// Words handed to the writer are no record.
    NotARecord {
        /// Words handed in.
        words: usize,
    },
    /// A record handed to the writer is not the next one.
    Sequence {
        /// Sequence expected.
        expected: u64,
        /// Sequence found.
        found: u64,
    },
    /// The segment size asked for cannot hold a header and one record.
    SegmentSize {
        /// Bytes asked for.
        bytes: u64,
    },
}

impl JournalError {
    /// Closure that wraps an [`io::Error`].
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
        let path = path.to_path_buf();
        move |source| JournalError::Io {
            action,
            path,
            source,
        }
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io {
                action,
                path,
                source,
            } => write!(f, "{action} {}: {source}", path.display()),
            Self::Exists { dir } => {
                write!(
                    f,
                    "{}: the directory holds a journal already",
                    dir.display()
                )
            }
            Self::Missing { dir } => write!(f, "{}: no journal here", dir.display()),
            Self::Header { path, rule } => write!(f, "{}: {rule}", path.display()),
            Self::Damage {
                segment,
                offset,
                sequence,
                rule,
            } => write!(
                f,
                "journal damaged at segment {segment}, offset {offset}, sequence {sequence}: {rule}"
            ),
            Self::NotARecord { words } => {
                write!(
                    f,
                    "{words} words: head and length are not those of a record"
                )
            }
            Self::Sequence { expected, found } => {
                write!(f, "record {found}: the next sequence is {expected}")
            }
            Self::SegmentSize { bytes } => write!(
                f,
                "a segment of {bytes} bytes: at least {} and a multiple of 8",
                crate::format::SEGMENT_BYTES_MIN
            ),
        }
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
