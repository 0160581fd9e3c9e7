//! The result: a JSON document (`pacer.bench/1`) or a table.

use crate::error::BenchError;
use crate::host::Host;
use crate::stats::Row;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Name and version of the document.
pub const SCHEMA: &str = "pacer.bench/1";

/// Everything a scenario found out.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Scenario.
    pub scenario: &'static str,
    /// The machine.
    pub host: Host,
    /// Figures.
    pub rows: Vec<Row>,
    /// Samples taken.
    pub samples_taken: u64,
    /// Samples thrown away because the yardstick changed during them.
    pub samples_discarded: u64,
    /// Counts and checks of the scenario.
    pub facts: Map<String, Value>,
    /// What a reader must know, in words.
    pub notes: Vec<String>,
}

/// What a scenario answers; the rest of the document is the same for all.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Figures.
    pub rows: Vec<Row>,
    /// Samples taken.
    pub samples_taken: u64,
    /// Samples thrown away.
    pub samples_discarded: u64,
    /// Counts and checks.
    pub facts: Map<String, Value>,
    /// Words.
    pub notes: Vec<String>,
}

impl Outcome {
    /// Adds a fact.
    pub fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.to_owned(), value.into());
    }
    /// Says so when no sample survived.
    fn note_empty(&mut self) {
        if self.rows.iter().all(|row| row.samples == 0) {
            self.notes.push(
                "no sample survived: the yardstick changed by more than a fifth during each of them, so there is no figure"
                    .into(),
            );
        }
    }
}

impl Document {
    /// Puts a document together.
    #[must_use]
    pub fn new(scenario: &'static str, host: Host, mut outcome: Outcome) -> Document {
        outcome.note_empty();
        Document {
            schema: SCHEMA,
            scenario,
            host,
            rows: outcome.rows,
            samples_taken: outcome.samples_taken,
            samples_discarded: outcome.samples_discarded,
            facts: outcome.facts,
            notes: outcome.notes,
        }
    }

    /// The document as JSON text.
    ///
    /// # Errors
    /// [`BenchError::Check`], should a figure not be expressible.
    pub fn json(&self) -> Result<String, BenchError> {
        serde_json::to_string_pretty(self).map_err(|e| BenchError::Check(e.to_string()))
    }

    /// The document as a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let host = &self.host;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{} on {}, {} cores, Linux {}, {} ({}), TSC {} MHz, clock read {:.1} ns",
            self.scenario,
            host.cpu,
            host.cores,
            host.kernel,
            host.rustc,
            host.profile,
            host.tsc.mhz,
            host.tsc.read_ns
        );
        let _ = writeln!(
            text,
            "{:<28} {:<6} {:>4} {:>9} {:>8} {:>8} {:>9} {:>7} {:>10} {:>6}  goal",
            "case", "place", "unit", "p50", "p99", "p99.9", "max", "samples", "reference", "ratio"
        );
        for row in &self.rows {
            let _ = writeln!(
                text,
                "{:<28} {:<6} {:>4} {:>9} {:>8} {:>8} {:>9} {:>7} {:>10} {:>6}  {}",
                row.case,
                row.placement.name(),
                row.unit,
                real(row.p50, 1),
                whole(row.p99),
                whole(row.p999),
                whole(row.max),
                row.samples,
                real(row.yardstick_p50, 1),
                real(row.ratio, 2),
                goal(row)
            );
        }
        let _ = writeln!(
            text,
            "samples: {} taken, {} thrown away (yardstick changed by more than a fifth)",
            self.samples_taken, self.samples_discarded
        );
        for (name, value) in &self.facts {
            let _ = writeln!(text, "{name}: {value}");
        }
        for note in &self.notes {
            let _ = writeln!(text, "note: {note}");
        }
        text
    }
}

fn real(value: Option<f64>, digits: usize) -> String {
    value.map_or("-".into(), |v| format!("{v:.digits$}"))
}
fn whole(value: Option<u64>) -> String {
    value.map_or("-".into(), |v| v.to_string())
}
fn goal(row: &Row) -> String {
    match (row.goal, row.ratio) {
        (Some(goal), Some(ratio)) if ratio <= goal => format!("{goal} met"),
        (Some(goal), Some(_)) => format!("{goal} NOT MET"),
        _ => String::new(),
    }
}

/// An error as the document of `pacer.error/1`.
#[must_use]
pub fn error_document(error: &BenchError) -> Value {
    json!({
        "schema": "pacer.error/1",
        "errors": [{
            "code": error.code(),
            "message": error.to_string(),
            "file": null,
            "line": null,
            "field": null,
            "rule": null,
            "hint": null,
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Case;

    fn host() -> Host {
        crate::host::facts(&quanta::Clock::new(), 2)
    }

    #[test]
    fn a_result_without_samples_says_so_and_holds_nulls() {
        let outcome = Outcome {
            rows: Case::new("ring-hop", "one cell", "ns").rows(),
            samples_taken: 3,
            samples_discarded: 3,
            ..Outcome::default()
        };
        let document = Document::new("ring-hop", host(), outcome);
        let value: Value = serde_json::from_str(&document.json().unwrap()).unwrap();
        assert_eq!(value["schema"], SCHEMA);
        let row = &value["rows"][0];
        for field in ["p50", "p99", "p999", "max", "yardstick_p50", "ratio"] {
            assert!(row[field].is_null(), "{field}");
        }
        assert_eq!(row["samples"], 0);
        assert!(value["notes"][0].as_str().unwrap().contains("no sample"));
        assert!(document.table().contains("no sample survived"));
    }

    #[test]
    fn an_error_names_its_code() {
        let value = error_document(&BenchError::Cores {
            needed: 2,
            found: 1,
        });
        assert_eq!(value["errors"][0]["code"], "TOO_FEW_CORES");
    }
}
