//! Reading a market file: everything is checked once, then handed out without copying.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use shm_wire::instrument::Instrument;
use shm_wire::layout::LAYOUT_HASH;
use shm_wire::message::Header;
use shm_wire::units::Nanos;

use super::check::{check_message, words_of};
use super::error::MarketFileError;
use super::header::{
    Capabilities, FILE_BYTES_MAX, FileHeader, HEADER_WORDS, INSTRUMENTS_MAX, MAGIC,
    SOURCE_BYTES_MAX, VERSION,
};

/// A market file in memory, checked.
#[derive(Debug, Clone)]
pub struct MarketFile {
    words: Vec<u64>,
    instruments: Vec<Instrument>,
    source: String,
    header: FileHeader,
    messages_start: usize,
    messages_end: usize,
}

/// A place between two messages of one [`MarketFile`]. The default is before the first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Position {
    word: usize,
    index: u64,
}

impl Position {
    /// How many messages stand before this place.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }
}

impl MarketFile {
    /// Reads and checks the file at `path`.
    ///
    /// # Errors
    /// [`MarketFileError`] names the first thing that is wrong, what was expected and what was found.
    pub fn open(path: impl AsRef<Path>) -> Result<MarketFile, MarketFileError> {
        let path = path.as_ref();
        let io = |action| {
            move |source| MarketFileError::Io {
                path: path.to_path_buf(),
                action,
                source,
            }
        };
        let mut file = File::open(path).map_err(io("open"))?;
        let meta = file.metadata().map_err(io("read"))?;
        if !meta.is_file() {
            return Err(io("read")(std::io::Error::other("not a regular file")));
        }
        // The header is checked against the length before memory is taken for the rest.
        let mut head = [0_u64; HEADER_WORDS];
        let got = read_up_to(&mut file, bytemuck::cast_slice_mut(&mut head)).map_err(io("read"))?;
        Layout::of(&head, got, meta.len())?;
        let count = (meta.len() / 8) as usize;
        let mut words = Vec::new();
        words
            .try_reserve_exact(count)
            .map_err(|_| io("read")(std::io::ErrorKind::OutOfMemory.into()))?;
        words.resize(count, 0);
        words[..HEADER_WORDS].copy_from_slice(&head);
        file.read_exact(bytemuck::cast_slice_mut(&mut words[HEADER_WORDS..]))
            .map_err(io("read"))?;
        MarketFile::from_words(words)
    }

    /// Checks a market file that is already in memory.
    ///
    /// # Errors
    /// As [`MarketFile::open`].
    pub fn from_words(words: Vec<u64>) -> Result<MarketFile, MarketFileError> {
        let mut head = [0_u64; HEADER_WORDS];
        let got = words.len().min(HEADER_WORDS);
        head[..got].copy_from_slice(&words[..got]);
        let layout = Layout::of(&head, got * 8, words.len() as u64 * 8)?;
        let crc_at = words.len() - 1;
        let expected = crc32fast::hash(bytemuck::cast_slice(&words[..crc_at]));
        if words[crc_at] != u64::from(expected) {
            return Err(MarketFileError::Checksum {
                expected,
                found: words[crc_at],
            });
        }
        let source = read_source(
            &words[HEADER_WORDS..layout.instruments_start],
            layout.header.source_bytes as usize,
        )?;
        let instruments =
            read_instruments(&words[layout.instruments_start..layout.messages_start])?;
        check_messages(
            &words[layout.messages_start..crc_at],
            &layout.header,
            instruments.len(),
        )?;
        Ok(MarketFile {
            words,
            instruments,
            source,
            header: layout.header,
            messages_start: layout.messages_start,
            messages_end: crc_at,
        })
    }

    /// The instrument table; an instrument's id is its place.
    #[must_use]
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }
    /// Where the data comes from, as the converter or generator wrote it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
    /// What the source can tell.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        Capabilities(self.header.capabilities)
    }
    /// Price levels on each side that a book in this file shows; 0 = not limited, or no book.
    #[must_use]
    pub fn depth_levels(&self) -> u32 {
        self.header.depth_levels as u32
    }
    /// Messages in the file.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.header.messages
    }
    /// Whether there is no message at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.header.messages == 0
    }
    /// Time of the first message; zero in an empty file.
    #[must_use]
    pub fn first_time(&self) -> Nanos {
        Nanos(self.header.first_time)
    }
    /// Time of the last message; zero in an empty file.
    #[must_use]
    pub fn last_time(&self) -> Nanos {
        Nanos(self.header.last_time)
    }
    /// The messages in time order, each as its words, header first.
    #[must_use]
    pub fn messages(&self) -> Messages<'_> {
        Messages {
            file: self,
            position: Position::default(),
        }
    }
    /// Time and words of the message at `position`, which moves on; `None` at the end.
    #[inline]
    pub fn next(&self, position: &mut Position) -> Option<(Nanos, &[u64])> {
        let rest = self
            .words
            .get(self.messages_start.checked_add(position.word)?..self.messages_end)?;
        // A position of another file may point into the middle of a message: it then ends the walk.
        let words = rest.get(..Header::of_word(*rest.first()?).words()?)?;
        position.word += words.len();
        position.index += 1;
        Some((Nanos(*words.get(2)?), words))
    }
    /// Time of the message at `position` without moving on.
    #[inline]
    #[must_use]
    pub fn peek_time(&self, position: Position) -> Option<Nanos> {
        let mut copy = position;
        self.next(&mut copy).map(|(time, _)| time)
    }
    /// The place before the first message at or after `time`.
    #[must_use]
    pub fn position_at(&self, time: Nanos) -> Position {
        let mut position = Position::default();
        let mut next = position;
        while let Some((t, _)) = self.next(&mut next) {
            if t >= time {
                break;
            }
            position = next;
        }
        position
    }
}

/// Iterator over the messages of a [`MarketFile`].
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    file: &'a MarketFile,
    position: Position,
}

impl<'a> Iterator for Messages<'a> {
    type Item = &'a [u64];
    #[inline]
    fn next(&mut self) -> Option<&'a [u64]> {
        self.file.next(&mut self.position).map(|(_, words)| words)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.file.len() - self.position.index) as usize;
        (left, Some(left))
    }
}

/// Where the parts of a file lie, as its header says and its length confirms.
struct Layout {
    header: FileHeader,
    instruments_start: usize,
    messages_start: usize,
}

impl Layout {
    fn of(
        head: &[u64; HEADER_WORDS],
        got_bytes: usize,
        file_bytes: u64,
    ) -> Result<Layout, MarketFileError> {
        let header = FileHeader::of_words(head);
        if header.magic != MAGIC {
            return Err(MarketFileError::Magic {
                found: header.magic.to_le_bytes(),
            });
        }
        let least = (HEADER_WORDS as u64 + 1) * 8;
        if got_bytes < HEADER_WORDS * 8 || file_bytes < least {
            return Err(MarketFileError::Length {
                what: "file length in bytes, at least",
                expected: least,
                found: file_bytes,
            });
        }
        if file_bytes > FILE_BYTES_MAX {
            return Err(MarketFileError::Length {
                what: "file length in bytes, at most",
                expected: FILE_BYTES_MAX,
                found: file_bytes,
            });
        }
        if header.version != VERSION {
            return Err(MarketFileError::Version {
                expected: VERSION,
                found: header.version,
            });
        }
        if header.layout_hash != LAYOUT_HASH {
            return Err(MarketFileError::LayoutHash {
                expected: LAYOUT_HASH,
                found: header.layout_hash,
            });
        }
        limit("instruments", header.instruments, INSTRUMENTS_MAX as u64)?;
        limit("source_bytes", header.source_bytes, SOURCE_BYTES_MAX as u64)?;
        limit("depth_levels", header.depth_levels, u64::from(u32::MAX))?;
        limit("message_words", header.message_words, FILE_BYTES_MAX / 8)?;
        limit("messages", header.messages, header.message_words)?;
        if let Some(found) = header.reserved.into_iter().find(|w| *w != 0) {
            return Err(MarketFileError::Header {
                field: "reserved",
                found,
                rule: "must be zero",
            });
        }
        // All four terms are bounded above, so these sums fit.
        let instruments_start = HEADER_WORDS + (header.source_bytes as usize).div_ceil(8);
        let messages_start = instruments_start + header.instruments as usize * INSTRUMENT_WORDS;
        let expected = (messages_start as u64 + header.message_words + 1) * 8;
        if expected != file_bytes {
            return Err(MarketFileError::Length {
                what: "file length in bytes",
                expected,
                found: file_bytes,
            });
        }
        Ok(Layout {
            header,
            instruments_start,
            messages_start,
        })
    }
}

pub(super) const INSTRUMENT_WORDS: usize = size_of::<Instrument>() / 8;
const _: () = assert!(size_of::<Instrument>().is_multiple_of(8));

fn limit(field: &'static str, found: u64, max: u64) -> Result<(), MarketFileError> {
    if found > max {
        return Err(MarketFileError::Header {
            field,
            found,
            rule: "beyond the limit of a market file",
        });
    }
    Ok(())
}

fn read_up_to(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match file.read(&mut buffer[got..])? {
            0 => break,
            n => got += n,
        }
    }
    Ok(got)
}

fn read_source(words: &[u64], bytes: usize) -> Result<String, MarketFileError> {
    let all: &[u8] = bytemuck::cast_slice(words);
    let (text, padding) = all.split_at(bytes);
    if padding.iter().any(|b| *b != 0) {
        return Err(MarketFileError::Header {
            field: "source",
            found: bytes as u64,
            rule: "must be padded with zeros",
        });
    }
    String::from_utf8(text.to_vec()).map_err(|e| MarketFileError::Header {
        field: "source",
        found: e.utf8_error().valid_up_to() as u64,
        rule: "must be UTF-8",
    })
}

fn read_instruments(words: &[u64]) -> Result<Vec<Instrument>, MarketFileError> {
    let table: &[Instrument] = bytemuck::cast_slice(words);
    check_instruments(table)?;
    Ok(table.to_vec())
}

/// Checks a table: every record by its own rules, ids dense.
pub(super) fn check_instruments(table: &[Instrument]) -> Result<(), MarketFileError> {
    for (index, instrument) in table.iter().enumerate() {
        if let Some((field, rule)) = instrument.check() {
            return Err(MarketFileError::Instrument { index, field, rule });
        }
        if instrument.id as usize != index {
            return Err(MarketFileError::Instrument {
                index,
                field: "id",
                rule: "must be the record's place in the table",
            });
        }
    }
    Ok(())
}

fn check_messages(
    words: &[u64],
    header: &FileHeader,
    instruments: usize,
) -> Result<(), MarketFileError> {
    let mut rest = words;
    let mut count = 0_u64;
    let mut state = Order { last: None };
    while let Some(first) = rest.first() {
        let index = count;
        let wrap = |error| MarketFileError::Message { index, error };
        let len = words_of(*first).map_err(wrap)?;
        let Some(message) = rest.get(..len) else {
            return Err(MarketFileError::Length {
                what: "words of the last message",
                expected: len as u64,
                found: rest.len() as u64,
            });
        };
        state.admit(index, message, instruments)?;
        if index == 0 && message[2] != header.first_time {
            return Err(MarketFileError::Header {
                field: "first_time",
                found: header.first_time,
                rule: "must be the time of the first message",
            });
        }
        rest = &rest[len..];
        count += 1;
    }
    if count != header.messages {
        return Err(MarketFileError::Length {
            what: "messages",
            expected: header.messages,
            found: count,
        });
    }
    if state.last.unwrap_or(0) != header.last_time || (count == 0 && header.first_time != 0) {
        return Err(MarketFileError::Header {
            field: "last_time",
            found: header.last_time,
            rule: "must be the time of the last message",
        });
    }
    Ok(())
}

/// The rules that hold between a message and those before it; reader and writer share them.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) last: Option<u64>,
}

impl Order {
    pub(super) fn admit(
        &mut self,
        index: u64,
        message: &[u64],
        instruments: usize,
    ) -> Result<(), MarketFileError> {
        check_message(message).map_err(|error| MarketFileError::Message { index, error })?;
        // `check_message` accepts market messages only, which all have instrument and time in these places.
        let (instrument, time) = (message[1] as u32, message[2]);
        if instrument as usize >= instruments {
            return Err(MarketFileError::UnknownInstrument {
                index,
                found: instrument,
                instruments,
            });
        }
        if let Some(previous) = self.last.filter(|last| time < *last) {
            return Err(MarketFileError::TimeBackwards {
                index,
                previous,
                found: time,
            });
        }
        self.last = Some(time);
        Ok(())
    }
}
