//! The events file: one JSON object a line, appended once for each record even across restarts of the gateway.

use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Longest line that is looked for at the end of an existing file.
const LAST_LINE_BYTES_MAX: u64 = 1 << 20;

/// Bytes that may wait for the disk before the follower stops reading.
const PENDING_BYTES_MAX: usize = 16 << 20;

/// Appends events. A write that fails is tried again whole at the same place, so a full disk is lag and never loss.
#[derive(Debug)]
pub struct Sink {
    file: File,
    /// Bytes of the file that hold whole lines.
    end: u64,
    pending: Vec<u8>,
    /// Sequence of the last event that the file holds of this run; 0 when none.
    done: u64,
}

impl Sink {
    /// Opens or makes the file. A last line that was cut by a crash is taken off; events of `run` that the file holds
    /// already are not written again.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn open(path: &Path, run: u64) -> io::Result<Sink> {
        if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let size = file.metadata()?.len();
        let from = size.saturating_sub(LAST_LINE_BYTES_MAX);
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        let whole = tail.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let keep = if whole == 0 && from > 0 {
            size
        } else {
            from + whole as u64
        };
        file.set_len(keep)?;
        let last = tail[..whole]
            .split(|b| *b == b'\n')
            .rfind(|line| !line.is_empty())
            .and_then(|line| serde_json::from_slice::<Value>(line).ok());
        let done = last
            .filter(|event| event["run"].as_u64() == Some(run))
            .and_then(|event| event["sequence"].as_u64())
            .unwrap_or(0);
        Ok(Sink {
            file,
            end: keep,
            pending: Vec::new(),
            done,
        })
    }

    /// Whether the file lacks the event of this sequence.
    #[must_use]
    pub fn wants(&self, sequence: u64) -> bool {
        sequence > self.done
    }

    /// Takes an event; [`Sink::flush`] writes it.
    pub fn push(&mut self, event: &Value) {
        self.pending.extend_from_slice(event.to_string().as_bytes());
        self.pending.push(b'\n');
    }

    /// Whether so much waits that no more should be taken before a flush succeeds.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.pending.len() >= PENDING_BYTES_MAX
    }

    /// Hands all lines to the kernel.
    ///
    /// # Errors
    /// What the operating system says; the lines wait for the next call.
    pub fn flush(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            self.file.write_all_at(&self.pending, self.end)?;
            self.end += self.pending.len() as u64;
            self.pending.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reopened_file_goes_on_behind_its_last_whole_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/events.jsonl");
        let mut sink = Sink::open(&path, 7).unwrap();
        assert!(sink.wants(1));
        for sequence in 1..=3 {
            sink.push(&json!({"run": 7, "sequence": sequence}));
        }
        sink.flush().unwrap();
        drop(sink);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{\"run\":7,\"sequ");
        std::fs::write(&path, &text).unwrap();
        let sink = Sink::open(&path, 7).unwrap();
        assert!(!sink.wants(3) && sink.wants(4));
        drop(sink);
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3);
        assert!(Sink::open(&path, 8).unwrap().wants(1), "another run");
    }
}
