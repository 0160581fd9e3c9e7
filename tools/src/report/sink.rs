//! Takes journal records one by one: analysis, digest, and the journal on disk when one is wanted.

use engine_sim::backtest::RecordSink;
use gateway_tca::analysis::Analysis;
use sha2::{Digest, Sha256};
use shm_journal::{JournalError, JournalReader, JournalWriter, Tail, for_output};
use shm_wire::instrument::Instrument;
use shm_wire::record::RecordHead;
use std::fmt::Write;
use std::path::Path;

/// Analysis and digest of a stream of records, with the journal beside it.
pub struct ReportSink {
    analysis: Analysis,
    digest: Sha256,
    journal: Option<JournalWriter>,
    failed: Option<JournalError>,
}

impl ReportSink {
    /// A sink over the run's instrument table; records also go to `journal` when there is one.
    #[must_use]
    pub fn new(instruments: &[Instrument], journal: Option<JournalWriter>) -> ReportSink {
        ReportSink {
            analysis: Analysis::new(instruments),
            digest: Sha256::new(),
            journal,
            failed: None,
        }
    }

    /// Analysis and digest of everything taken; the journal is finished.
    ///
    /// # Errors
    /// The first error of the journal, if any.
    pub fn finish(mut self) -> Result<(Analysis, String), JournalError> {
        if let Some(e) = self.failed.take() {
            return Err(e);
        }
        if let Some(journal) = self.journal.take() {
            journal.finish()?;
        }
        Ok(self.into_parts())
    }

    /// Analysis and digest of everything taken, of a sink without a journal.
    #[must_use]
    pub fn into_parts(self) -> (Analysis, String) {
        (self.analysis, hex(&self.digest.finalize()))
    }
}

impl RecordSink for ReportSink {
    fn record(&mut self, words: &[u64]) {
        let Some((head, payload)) = RecordHead::split(words) else {
            return;
        };
        self.analysis.on_record(&head, payload);
        for_output(&head, payload, |bytes| self.digest.update(bytes));
        if let Some(journal) = &mut self.journal
            && self.failed.is_none()
            && let Err(e) = journal.append(words)
        {
            self.failed = Some(e);
        }
    }
}

/// Analysis, digest, seed and tail of the journal in `dir`.
///
/// # Errors
/// [`JournalError`] when there is no journal or it is damaged inside; a torn tail is no error.
pub fn read(dir: &Path) -> Result<(Analysis, String, Tail), JournalError> {
    let mut reader = JournalReader::open(dir)?;
    let instruments = reader.instruments().to_vec();
    let mut analysis = Analysis::new(&instruments);
    let mut digest = Sha256::new();
    let tail = reader.for_each(|r| {
        analysis.on_record(&r.head, r.payload);
        for_output(&r.head, r.payload, |bytes| digest.update(bytes));
    })?;
    Ok((analysis, hex(&digest.finalize()), tail))
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, b| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{b:02x}");
        text
    })
}
