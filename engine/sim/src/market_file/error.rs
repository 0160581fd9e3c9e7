//! Why a market file cannot be read or written.

use std::fmt;
use std::io;
use std::path::PathBuf;

use shm_wire::message::DecodeError;

/// What is wrong with a market file: what was expected and what was found.
#[derive(Debug)]
pub enum MarketFileError {
    /// The operating system refused.
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// Its answer.
        source: io::Error,
    },
    /// The file does not begin with the magic word.
    Magic {
        /// The first eight bytes.
        found: [u8; 8],
    },
    /// Another version of the container.
    Version {
        /// Version of this program.
        expected: u64,
        /// Version of the file.
        found: u64,
    },
    /// The messages were written by a build with another byte layout.
    LayoutHash {
        /// Hash of this program.
        expected: u64,
        /// Hash in the file.
        found: u64,
    },
    /// The length of the file is not what its counts say, or out of range.
    Length {
        /// Which part.
        what: &'static str,
        /// Expected (or the limit).
        expected: u64,
        /// Found.
        found: u64,
    },
    /// The checksum does not fit the content.
    Checksum {
        /// Checksum of the content.
        expected: u32,
        /// Checksum in the last word.
        found: u64,
    },
    /// A field of the header breaks its rule.
    Header {
        /// The field.
        field: &'static str,
        /// The value.
        found: u64,
        /// The rule.
        rule: &'static str,
    },
    /// A record of the instrument table breaks its rule.
    Instrument {
        /// Its place in the table.
        index: usize,
        /// The field.
        field: &'static str,
        /// The rule.
        rule: &'static str,
    },
    /// A message is not a valid market message.
    Message {
        /// Its place in the file, from 0.
        index: u64,
        /// Why.
        error: DecodeError,
    },
    /// A message is earlier than the one before it.
    TimeBackwards {
        /// Its place in the file, from 0.
        index: u64,
        /// Time of the message before, ns UTC.
        previous: u64,
        /// Its time, ns UTC.
        found: u64,
    },
    /// A message names an instrument that the table does not have.
    UnknownInstrument {
        /// Its place in the file, from 0.
        index: u64,
        /// The instrument.
        found: u32,
        /// Instruments in the table.
        instruments: usize,
    },
}

impl fmt::Display for MarketFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io {
                path,
                action,
                source,
            } => write!(f, "cannot {action} {}: {source}", path.display()),
            Self::Magic { found } => {
                write!(
                    f,
                    "not a Pacer market file: expected it to begin with \"PACERMKT\", found {}",
                    found.escape_ascii()
                )
            }
            Self::Version { expected, found } => {
                write!(f, "market file version: expected {expected}, found {found}")
            }
            Self::LayoutHash { expected, found } => {
                write!(
                    f,
                    "message layout: expected {expected:#018x}, found {found:#018x}; convert the source again with this version"
                )
            }
            Self::Length {
                what,
                expected,
                found,
            } => write!(f, "{what}: expected {expected}, found {found}"),
            Self::Checksum { expected, found } => write!(
                f,
                "checksum: expected {expected:#010x}, found {found:#x}; the file is damaged"
            ),
            Self::Header { field, found, rule } => {
                write!(f, "header field {field} is {found}: {rule}")
            }
            Self::Instrument { index, field, rule } => {
                write!(f, "instrument {index}, field {field}: {rule}")
            }
            Self::Message { index, error } => write!(f, "message {index}: {error}"),
            Self::TimeBackwards {
                index,
                previous,
                found,
            } => {
                write!(
                    f,
                    "message {index}: expected a time of at least {previous}, found {found}"
                )
            }
            Self::UnknownInstrument {
                index,
                found,
                instruments,
            } => {
                write!(
                    f,
                    "message {index}: instrument {found}, the table has {instruments}"
                )
            }
        }
    }
}

impl std::error::Error for MarketFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
