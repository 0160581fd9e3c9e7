//! Walks the records of segment files, checking each; what reader and tail share.

use crate::error::JournalError;
use crate::format::{HEADER_BYTES, RECORD_WORDS_MAX, SegmentHeader, chain_next, crc, segment_path};
use shm_wire::message::Header;
use shm_wire::record::{RECORD_HEAD_WORDS, RECORD_KIND, RecordHead};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Words read at a time.
const CHUNK_WORDS: usize = 64 * 1024;

/// What stands at the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// A good record: words `start..start + len` of the buffer, checksum word not included.
    Record { start: usize, len: usize },
    /// Nothing was written here yet (zeros or end of file).
    End,
    /// Something that is not the next record.
    Bad { rule: &'static str },
}

/// A place in a journal.
#[derive(Debug)]
pub(crate) struct Cursor {
    dir: PathBuf,
    path: PathBuf,
    pub(crate) header: SegmentHeader,
    file: File,
    /// Byte offset in the file of `buffer[0]`.
    base: u64,
    buffer: Vec<u64>,
    /// Words of the buffer that hold file contents.
    filled: usize,
    /// Next word of the buffer to look at.
    at: usize,
    chain: u32,
    pub(crate) next_sequence: u64,
}

impl Cursor {
    /// At the first record of the journal in `dir`.
    pub(crate) fn open(dir: &Path) -> Result<Cursor, JournalError> {
        let path = segment_path(dir, 1);
        if !path.exists() {
            return Err(JournalError::Missing {
                dir: dir.to_path_buf(),
            });
        }
        let (file, header) = open_segment(&path)?;
        if header.segment != 1 || header.first_sequence != 1 || header.chain != 0 {
            return Err(JournalError::Header {
                path,
                rule: "the first segment must be number 1 and start at sequence 1",
            });
        }
        Ok(Cursor {
            dir: dir.to_path_buf(),
            path,
            header,
            file,
            base: HEADER_BYTES as u64,
            buffer: vec![0; CHUNK_WORDS],
            filled: 0,
            at: 0,
            chain: 0,
            next_sequence: 1,
        })
    }

    /// Byte offset of the cursor in its segment.
    pub(crate) fn offset(&self) -> u64 {
        self.base + self.at as u64 * 8
    }

    /// Words of a [`Step::Record`].
    pub(crate) fn words(&self, start: usize, len: usize) -> &[u64] {
        &self.buffer[start..start + len]
    }

    /// Checks what stands at the cursor; a good record is stepped over.
    pub(crate) fn step(&mut self) -> Result<Step, JournalError> {
        let step = self.look();
        // Too little in the buffer, or something that may have been written since it was read: look at the file again.
        let step = match step {
            Step::Record { .. } => step,
            _ => {
                self.refill()?;
                self.look()
            }
        };
        if let Step::Record { start, len } = step {
            let sum = self.buffer[start + len];
            self.chain = (sum >> 32) as u32;
            self.next_sequence += 1;
            self.at = start + len + 1;
        }
        Ok(step)
    }

    /// Whether the next segment exists.
    pub(crate) fn has_next_segment(&self) -> bool {
        self.next_path().exists()
    }

    /// Goes to the next segment, which must continue sequence and chain.
    pub(crate) fn next_segment(&mut self) -> Result<(), JournalError> {
        let path = self.next_path();
        let (file, header) = open_segment(&path)?;
        let expected = SegmentHeader {
            segment: self.header.segment + 1,
            first_sequence: self.next_sequence,
            chain: self.chain,
            ..self.header
        };
        if header != expected {
            return Err(JournalError::Damage {
                segment: self.header.segment,
                offset: self.offset(),
                sequence: self.next_sequence,
                rule: "the next segment does not continue this one",
            });
        }
        self.path = path;
        self.header = header;
        self.file = file;
        self.base = HEADER_BYTES as u64;
        self.filled = 0;
        self.at = 0;
        Ok(())
    }

    /// Whether a good record stands anywhere behind the cursor in this segment: then what stands at the cursor is damage,
    /// not a torn tail.
    pub(crate) fn good_record_follows(&self) -> Result<bool, JournalError> {
        let size = self
            .file
            .metadata()
            .map_err(JournalError::io("stat", &self.path))?
            .len();
        let words = usize::try_from(size.saturating_sub(self.offset()) / 8).unwrap_or(0);
        let mut rest = vec![0_u64; words];
        let found = read_words(&self.file, self.offset(), &mut rest)
            .map_err(JournalError::io("read", &self.path))?;
        rest.truncate(found);
        Ok((1..rest.len()).any(|start| {
            Header::of_word(rest[start]).kind == RECORD_KIND
                && record_at(&rest[start..]).is_some_and(|(words, sum)| {
                    RecordHead::split(words)
                        .is_some_and(|(head, _)| head.sequence >= self.next_sequence)
                        && crc(words) == sum as u32
                })
        }))
    }

    /// The error for damage at the cursor.
    pub(crate) fn damage(&self, rule: &'static str) -> JournalError {
        JournalError::Damage {
            segment: self.header.segment,
            offset: self.offset(),
            sequence: self.next_sequence,
            rule,
        }
    }

    fn next_path(&self) -> PathBuf {
        segment_path(&self.dir, self.header.segment.saturating_add(1))
    }

    /// Reads at the cursor: a record's worth first, and the whole buffer only when something stands there, so that a
    /// follower that polls an idle journal costs next to nothing.
    fn refill(&mut self) -> Result<(), JournalError> {
        self.base = self.offset();
        self.at = 0;
        let (probe, rest) = self.buffer.split_at_mut(RECORD_WORDS_MAX);
        let read = |words: &mut [u64], offset| {
            read_words(&self.file, offset, words).map_err(JournalError::io("read", &self.path))
        };
        self.filled = read(probe, self.base)?;
        if self.filled == RECORD_WORDS_MAX && probe[0] != 0 {
            self.filled += read(rest, self.base + RECORD_WORDS_MAX as u64 * 8)?;
        }
        Ok(())
    }

    fn look(&self) -> Step {
        let rest = &self.buffer[self.at..self.filled];
        let Some(&first) = rest.first() else {
            return Step::End;
        };
        if first == 0 {
            return Step::End;
        }
        let header = Header::of_word(first);
        if header.kind != RECORD_KIND {
            return bad("a record starts with the record type");
        }
        if !header
            .words()
            .is_some_and(|w| w > RECORD_HEAD_WORDS && w < RECORD_WORDS_MAX)
        {
            return bad("length and cells of the record do not agree");
        }
        let Some((words, sum)) = record_at(rest) else {
            return bad("the record is cut short");
        };
        if crc(words) != sum as u32 {
            return bad("the record's checksum does not match");
        }
        if chain_next(self.chain, sum as u32) != (sum >> 32) as u32 {
            return bad("the record does not continue the checksum chain");
        }
        match RecordHead::split(words) {
            Some((head, _)) if head.sequence == self.next_sequence => Step::Record {
                start: self.at,
                len: words.len(),
            },
            _ => bad("the record's sequence is not the next one"),
        }
    }
}

const fn bad(rule: &'static str) -> Step {
    Step::Bad { rule }
}

/// Words and checksum word of a record that starts `words`, when it is all there.
fn record_at(words: &[u64]) -> Option<(&[u64], u64)> {
    let len = Header::of_word(*words.first()?).words()?;
    Some((words.get(..len)?, *words.get(len)?))
}

fn open_segment(path: &Path) -> Result<(File, SegmentHeader), JournalError> {
    let file = File::open(path).map_err(JournalError::io("open", path))?;
    let mut words = vec![0_u64; HEADER_BYTES / 8];
    let found = read_words(&file, 0, &mut words).map_err(JournalError::io("read", path))?;
    words.truncate(found);
    let header = SegmentHeader::parse(bytemuck::cast_slice(&words)).map_err(|rule| {
        JournalError::Header {
            path: path.to_path_buf(),
            rule,
        }
    })?;
    Ok((file, header))
}

/// Reads whole words at `offset` until the buffer is full or the file ends; how many were read.
fn read_words(file: &File, offset: u64, words: &mut [u64]) -> io::Result<usize> {
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(words);
    let mut done = 0;
    while done < bytes.len() {
        match file.read_at(&mut bytes[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done / 8)
}
