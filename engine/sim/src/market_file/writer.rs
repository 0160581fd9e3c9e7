//! Writing a market file. The file appears under its name whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use shm_wire::instrument::Instrument;
use shm_wire::layout::LAYOUT_HASH;
use shm_wire::message::Message;

use super::error::MarketFileError;
use super::header::{
    Capabilities, FILE_BYTES_MAX, FileHeader, HEADER_WORDS, INSTRUMENTS_MAX, MAGIC,
    SOURCE_BYTES_MAX, VERSION,
};
use super::reader::{MarketFile, Order, check_instruments};

/// Collects messages and writes them under a temporary name that [`finish`](MarketFileWriter::finish) renames.
///
/// Every message is checked by the rules of the reader, so a finished file can always be opened.
#[derive(Debug)]
pub struct MarketFileWriter {
    words: Vec<u64>,
    header: FileHeader,
    instruments: usize,
    order: Order,
    target: Option<Target>,
}

/// What a finished file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Messages.
    pub messages: u64,
    /// Length of the file, bytes.
    pub bytes: u64,
    /// Time of the first message, ns UTC; 0 without messages.
    pub first_time: u64,
    /// Time of the last message, ns UTC; 0 without messages.
    pub last_time: u64,
}

#[derive(Debug)]
struct Target {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
}

impl Drop for Target {
    fn drop(&mut self) {
        // After the rename there is nothing under this name; before it, an unfinished file must not stay.
        let _ = fs::remove_file(&self.temporary);
    }
}

impl MarketFileWriter {
    /// Begins a file at `path` with this instrument table (ids 0, 1, 2, ...) and source text.
    ///
    /// # Errors
    /// [`MarketFileError`] when the table or the text break a rule or the temporary file cannot be made.
    pub fn create(
        path: impl AsRef<Path>,
        instruments: &[Instrument],
        source: &str,
    ) -> Result<MarketFileWriter, MarketFileError> {
        let mut writer = MarketFileWriter::in_memory(instruments, source)?;
        let path = path.as_ref().to_path_buf();
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&temporary)
            .map_err(|source| MarketFileError::Io {
                path: path.clone(),
                action: "create",
                source,
            })?;
        writer.target = Some(Target {
            file,
            temporary,
            path,
        });
        Ok(writer)
    }

    /// Begins a file that stays in memory (see [`MarketFileWriter::into_market`]).
    ///
    /// # Errors
    /// [`MarketFileError`] when the table or the text break a rule.
    pub fn in_memory(
        instruments: &[Instrument],
        source: &str,
    ) -> Result<MarketFileWriter, MarketFileError> {
        check_instruments(instruments)?;
        let limits = [
            ("instruments", instruments.len(), INSTRUMENTS_MAX),
            ("source_bytes", source.len(), SOURCE_BYTES_MAX),
        ];
        for (field, found, max) in limits {
            if found > max {
                return Err(MarketFileError::Header {
                    field,
                    found: found as u64,
                    rule: "beyond the limit of a market file",
                });
            }
        }
        let mut words = vec![0_u64; HEADER_WORDS + source.len().div_ceil(8)];
        let text: &mut [u8] = bytemuck::cast_slice_mut(&mut words[HEADER_WORDS..]);
        text[..source.len()].copy_from_slice(source.as_bytes());
        words.extend_from_slice(bytemuck::cast_slice(instruments));
        let header = FileHeader {
            magic: MAGIC,
            version: VERSION,
            layout_hash: LAYOUT_HASH,
            instruments: instruments.len() as u64,
            source_bytes: source.len() as u64,
            ..FileHeader::default()
        };
        Ok(MarketFileWriter {
            words,
            header,
            instruments: instruments.len(),
            order: Order { last: None },
            target: None,
        })
    }

    /// Says what the source can tell, and how many levels a side its book shows (0 = not limited, or no book).
    pub fn describe(&mut self, capabilities: Capabilities, depth_levels: u32) {
        self.header.capabilities = capabilities.0;
        self.header.depth_levels = u64::from(depth_levels);
    }

    /// Appends a message.
    ///
    /// # Errors
    /// [`MarketFileError`] when it is no valid market message, goes back in time or names an unknown instrument.
    #[inline]
    pub fn push<M: Message>(&mut self, message: &M) -> Result<(), MarketFileError> {
        self.push_words(message.words())
    }

    /// Appends a message given as words.
    ///
    /// # Errors
    /// As [`MarketFileWriter::push`].
    pub fn push_words(&mut self, words: &[u64]) -> Result<(), MarketFileError> {
        self.order
            .admit(self.header.messages, words, self.instruments)?;
        let bytes = (self.words.len() as u64 + words.len() as u64 + 1) * 8;
        if bytes > FILE_BYTES_MAX {
            return Err(MarketFileError::Length {
                what: "file length in bytes, at most",
                expected: FILE_BYTES_MAX,
                found: bytes,
            });
        }
        if self.header.messages == 0 {
            self.header.first_time = words[2];
        }
        self.header.last_time = words[2];
        self.header.messages += 1;
        self.header.message_words += words.len() as u64;
        self.words.extend_from_slice(words);
        Ok(())
    }

    /// Messages so far.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.header.messages
    }
    /// Whether there is no message yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.header.messages == 0
    }

    /// Completes header and checksum, writes everything and renames the file to its name. For a writer in memory only
    /// the summary is returned.
    ///
    /// # Errors
    /// [`MarketFileError::Io`]; the temporary file is then removed and a file of that name is left as it was.
    pub fn finish(mut self) -> Result<Summary, MarketFileError> {
        self.seal();
        let summary = Summary {
            messages: self.header.messages,
            bytes: self.words.len() as u64 * 8,
            first_time: self.header.first_time,
            last_time: self.header.last_time,
        };
        if let Some(mut target) = self.target.take() {
            let path = target.path.clone();
            let io = |action| {
                move |source| MarketFileError::Io {
                    path,
                    action,
                    source,
                }
            };
            let written = target
                .file
                .write_all(bytemuck::cast_slice(&self.words))
                .and_then(|()| target.file.sync_all());
            written.map_err(io.clone()("write"))?;
            fs::rename(&target.temporary, &target.path).map_err(io("rename to"))?;
        }
        Ok(summary)
    }

    /// The file as a reader sees it, without a disk in between.
    ///
    /// # Errors
    /// As [`MarketFile::from_words`].
    pub fn into_market(mut self) -> Result<MarketFile, MarketFileError> {
        self.seal();
        MarketFile::from_words(std::mem::take(&mut self.words))
    }

    fn seal(&mut self) {
        self.words[..HEADER_WORDS].copy_from_slice(&self.header.words());
        let crc = crc32fast::hash(bytemuck::cast_slice(&self.words));
        self.words.push(u64::from(crc));
    }
}
