//! Appends records to segment files.
//!
//! Records gather in a buffer that is handed to the kernel at record boundaries: when it is full, at [`JournalWriter::flush`]
//! and before a rotation. A segment appears under its name with its header complete (written aside, then renamed).

use crate::error::JournalError;
use crate::format::{
    HEADER_BYTES, SEGMENT_BYTES_DEFAULT, SEGMENT_BYTES_MIN, SegmentHeader, chain_next, crc,
    segment_path,
};
use crate::instruments;
use shm_wire::instrument::Instrument;
use shm_wire::record::RecordHead;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Words the writer holds back before it hands them to the kernel by itself.
const BUFFER_WORDS: usize = 32 * 1024;

/// What a journal says about its run.
#[derive(Clone, Copy, Debug)]
pub struct JournalMeta<'a> {
    /// Run number.
    pub run: u64,
    /// Seed of the run.
    pub seed: u64,
    /// Engine shard.
    pub shard: u32,
    /// Instrument table; ids must be 0, 1, 2, ..
    pub instruments: &'a [Instrument],
}

/// Writes one journal. One writer per directory.
#[derive(Debug)]
pub struct JournalWriter {
    dir: PathBuf,
    header: SegmentHeader,
    file: File,
    path: PathBuf,
    /// Bytes of the segment in the kernel's hands.
    written: u64,
    buffer: Vec<u64>,
    chain: u32,
    next_sequence: u64,
}

impl JournalWriter {
    /// Starts a journal in `dir`, which is made when absent, with segments of 64 MiB.
    ///
    /// # Errors
    /// [`JournalError::Exists`] when there is one already, [`JournalError::Header`] when the table breaks a rule, or `Io`.
    pub fn create(dir: &Path, meta: &JournalMeta<'_>) -> Result<JournalWriter, JournalError> {
        Self::create_with(dir, meta, SEGMENT_BYTES_DEFAULT)
    }

    /// Starts a journal with segments of `segment_bytes`, a multiple of 8 that holds the header and the longest record.
    ///
    /// # Errors
    /// As [`JournalWriter::create`], and [`JournalError::SegmentSize`].
    pub fn create_with(
        dir: &Path,
        meta: &JournalMeta<'_>,
        segment_bytes: u64,
    ) -> Result<JournalWriter, JournalError> {
        if segment_bytes < SEGMENT_BYTES_MIN || !segment_bytes.is_multiple_of(8) {
            return Err(JournalError::SegmentSize {
                bytes: segment_bytes,
            });
        }
        fs::create_dir_all(dir).map_err(JournalError::io("create", dir))?;
        let table = instruments::instruments_path(dir);
        if segment_path(dir, 1).exists() || table.exists() {
            return Err(JournalError::Exists {
                dir: dir.to_path_buf(),
            });
        }
        let words = instruments::encode(meta.instruments);
        let bytes: &[u8] = bytemuck::cast_slice(&words);
        instruments::decode(bytes).map_err(|rule| JournalError::Header {
            path: table.clone(),
            rule,
        })?;
        write_aside(&table, bytes, 0)?;
        let header = SegmentHeader {
            run: meta.run,
            seed: meta.seed,
            shard: meta.shard,
            segment: 1,
            first_sequence: 1,
            segment_bytes,
            chain: 0,
            instruments_crc: instruments::table_crc(meta.instruments),
            instruments: u32::try_from(meta.instruments.len()).unwrap_or(u32::MAX),
        };
        let (file, path) = create_segment(dir, &header)?;
        Ok(JournalWriter {
            dir: dir.to_path_buf(),
            header,
            file,
            path,
            written: HEADER_BYTES as u64,
            buffer: Vec::with_capacity(BUFFER_WORDS + crate::format::RECORD_WORDS_MAX),
            chain: 0,
            next_sequence: 1,
        })
    }

    /// Appends one record: head and payload words, as they stand on the journal ring.
    ///
    /// # Errors
    /// [`JournalError::NotARecord`], [`JournalError::Sequence`] when it is not the next one, or `Io`.
    pub fn append(&mut self, words: &[u64]) -> Result<(), JournalError> {
        let Some((head, _)) = RecordHead::split(words) else {
            return Err(JournalError::NotARecord { words: words.len() });
        };
        if head.sequence != self.next_sequence {
            return Err(JournalError::Sequence {
                expected: self.next_sequence,
                found: head.sequence,
            });
        }
        let need = (words.len() as u64 + 1) * 8;
        if self.position() + need > self.header.segment_bytes {
            self.rotate()?;
        }
        let sum = crc(words);
        self.chain = chain_next(self.chain, sum);
        self.buffer.extend_from_slice(words);
        self.buffer
            .push(u64::from(sum) | u64::from(self.chain) << 32);
        self.next_sequence += 1;
        if self.buffer.len() >= BUFFER_WORDS {
            self.flush()?;
        }
        Ok(())
    }

    /// Hands everything appended so far to the kernel: it outlives the process and readers see it.
    ///
    /// # Errors
    /// [`JournalError::Io`]; the records stay in the buffer.
    pub fn flush(&mut self) -> Result<(), JournalError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let bytes: &[u8] = bytemuck::cast_slice(&self.buffer);
        self.file
            .write_all_at(bytes, self.written)
            .map_err(JournalError::io("write", &self.path))?;
        self.written += bytes.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Flushes and waits until the storage has everything: it outlives the host.
    ///
    /// # Errors
    /// [`JournalError::Io`]. A failed sync must not be retried as if clean: the segment is suspect.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.flush()?;
        self.file
            .sync_data()
            .map_err(JournalError::io("sync", &self.path))
    }

    /// Ends the journal: flush, cut the last segment to what is used, sync.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn finish(mut self) -> Result<(), JournalError> {
        self.flush()?;
        self.file
            .set_len(self.written)
            .map_err(JournalError::io("cut", &self.path))?;
        self.file
            .sync_all()
            .map_err(JournalError::io("sync", &self.path))
    }

    /// Sequence that the next record must carry.
    #[must_use]
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Number of the segment being written, from 1.
    #[must_use]
    pub fn segment(&self) -> u32 {
        self.header.segment
    }

    /// Byte offset behind the last record appended.
    fn position(&self) -> u64 {
        self.written + self.buffer.len() as u64 * 8
    }

    fn rotate(&mut self) -> Result<(), JournalError> {
        self.sync()?;
        let header = SegmentHeader {
            segment: self.header.segment + 1,
            first_sequence: self.next_sequence,
            chain: self.chain,
            ..self.header
        };
        let (file, path) = create_segment(&self.dir, &header)?;
        self.header = header;
        self.file = file;
        self.path = path;
        self.written = HEADER_BYTES as u64;
        Ok(())
    }
}

impl Drop for JournalWriter {
    /// Hands what is buffered to the kernel; a failure here has no one to tell, so callers flush or finish.
    fn drop(&mut self) {
        drop(self.flush());
    }
}

/// A new segment file with its header, preallocated, under its final name.
fn create_segment(dir: &Path, header: &SegmentHeader) -> Result<(File, PathBuf), JournalError> {
    let path = segment_path(dir, header.segment);
    if path.exists() {
        return Err(JournalError::Exists {
            dir: dir.to_path_buf(),
        });
    }
    let file = write_aside(&path, &header.bytes(), header.segment_bytes)?;
    Ok((file, path))
}

/// Writes `bytes` to a file aside, reserves `reserve` bytes for it, and renames it to `path`.
fn write_aside(path: &Path, bytes: &[u8], reserve: u64) -> Result<File, JournalError> {
    let aside = path.with_extension("tmp");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&aside)
        .map_err(JournalError::io("create", &aside))?;
    file.write_all(bytes)
        .map_err(JournalError::io("write", &aside))?;
    if reserve > 0 {
        preallocate(&file, reserve).map_err(JournalError::io("reserve space for", &aside))?;
    }
    fs::rename(&aside, path).map_err(JournalError::io("rename", &aside))?;
    Ok(file)
}

/// Reserves space, so that a full disk shows here and not in mid-run; file systems that cannot get a sparse file.
fn preallocate(file: &File, bytes: u64) -> std::io::Result<()> {
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => file.set_len(bytes),
        Err(e) => Err(e.into()),
    }
}
