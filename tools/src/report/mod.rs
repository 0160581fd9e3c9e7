//! The execution report of a run: the `pacer.run/1` document, the table for people, and the page with pictures.

pub mod sink;
pub mod table;

use gateway_tca::report::Report;
use serde::Serialize;
use serde_json::{Value, json};

/// What is known of a run besides its records.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct RunFacts {
    /// Name of the run.
    pub id: String,
    /// Seed.
    pub seed: u64,
    /// Market the run was made on.
    pub market: String,
    /// Wall-clock seconds; left out of files, so that the same seed gives the same bytes.
    pub wall_seconds: Option<f64>,
    /// SHA-256 of the output records.
    pub digest: String,
    /// Further facts of the kind of run, merged into `run`.
    pub more: serde_json::Map<String, Value>,
}

/// The `pacer.run/1` document (`DESIGN.md` section 8).
#[must_use]
pub fn document(report: &Report, facts: &RunFacts) -> Value {
    let q = &report.quality;
    let mut run = json!({
        "id": facts.id,
        "seed": facts.seed,
        "market": facts.market,
        "market_messages": q.market_messages,
        "decisions": q.decisions,
        "children": q.children,
        "fills": q.fills,
        "law_violations": q.law_violations,
        "success_rate": q.success_rate,
        "digest": facts.digest,
    });
    if let Some(map) = run.as_object_mut() {
        if let Some(wall) = facts.wall_seconds {
            map.insert("wall_seconds".to_owned(), json!(wall));
        }
        map.extend(facts.more.clone());
    }
    json!({
        "schema": "pacer.run/1",
        "run": run,
        "parents": report.parents,
        "totals": report.totals,
        "algorithms": report.algorithms(),
        "quality": report.quality,
    })
}
