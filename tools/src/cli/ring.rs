//! `pacer ring`: the rings of an instance, observed without a cursor.

use super::Answer;
use super::support::{attach_error, print_json, print_text};
use crate::error::UserError;
use engine_runtime::config::Config;
use engine_runtime::instance::{Instance, ring_expect};
use serde::Serialize;
use shm_ring::{Role, attach_observer};
use shm_wire::codes::RingKind;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// `pacer ring`.
#[derive(Clone, Debug, clap::Args)]
pub struct RingArgs {
    /// Directory of the instance, instead of the configuration's
    #[arg(long, value_name = "DIR")]
    pub instance: Option<PathBuf>,
}

/// One ring.
#[derive(Debug, Serialize)]
struct Row {
    ring: String,
    kind: &'static str,
    capacity: usize,
    depth: usize,
    consumed: u64,
    producer: bool,
    consumer: bool,
    state: String,
}

pub(super) fn run(
    config: &dyn Fn() -> Result<Config, Vec<UserError>>,
    args: &RingArgs,
    json: bool,
) -> Answer {
    let instance = match &args.instance {
        Some(dir) => Instance::new(dir),
        None => Instance::new(config()?.instance_dir()),
    };
    let mut rows = Vec::new();
    for path in files(instance.dir())? {
        let Some(kind) = kind_of(&path) else { continue };
        let ring = attach_observer(&path, &ring_expect(kind)).map_err(attach_error)?;
        let held = |role: Role| ring.segment().is_held(role).unwrap_or(false);
        let name = path.strip_prefix(instance.dir()).unwrap_or(&path);
        rows.push(Row {
            ring: name.display().to_string(),
            kind: kind.text(),
            capacity: ring.capacity(),
            depth: ring.depth(),
            consumed: ring.consumer_index(),
            producer: held(Role::Producer),
            consumer: held(Role::Consumer),
            state: ring
                .segment()
                .state()
                .map_or_else(|| "UNKNOWN".to_owned(), |s| format!("{s:?}").to_uppercase()),
        });
    }
    if rows.is_empty() {
        let text = "there are no rings here";
        return Err(vec![
            UserError::new("shm.NOT_FOUND", text)
                .file(instance.dir())
                .hint("is the instance running?"),
        ]);
    }
    if json {
        print_json(&serde_json::json!({
            "schema": "pacer.ring/1",
            "instance": instance.dir(),
            "rings": rows,
        }));
    } else {
        print_text(&table(&rows));
    }
    Ok(true)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>, Vec<UserError>> {
    let list = |dir: &Path| -> Result<Vec<PathBuf>, Vec<UserError>> {
        let failed = |e: std::io::Error| {
            vec![
                UserError::new("shm.NOT_FOUND", e.to_string())
                    .file(dir)
                    .hint("is the instance running?"),
            ]
        };
        let entries = std::fs::read_dir(dir).map_err(failed)?;
        Ok(entries.filter_map(Result::ok).map(|e| e.path()).collect())
    };
    let mut all = Vec::new();
    for path in list(dir)? {
        if path.is_dir() {
            all.extend(list(&path)?);
        } else {
            all.push(path);
        }
    }
    all.sort();
    Ok(all)
}

/// Kind of the ring in a file, by its name: `orders-1`, `market`, ..
fn kind_of(path: &Path) -> Option<RingKind> {
    let name = path.file_name()?.to_str()?;
    let kind = name.split('-').next().unwrap_or(name);
    RingKind::from_text(kind).filter(|kind| *kind != RingKind::Internal)
}

fn table(rows: &[Row]) -> String {
    let mut out = format!(
        "{:<22} {:>9} {:>8} {:>12} {:<8} {:<8} {}\n",
        "ring", "capacity", "depth", "consumed", "producer", "consumer", "state"
    );
    let held = |yes: bool| if yes { "held" } else { "free" };
    for row in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{:<22} {:>9} {:>8} {:>12} {:<8} {:<8} {}",
            row.ring,
            row.capacity,
            row.depth,
            row.consumed,
            held(row.producer),
            held(row.consumer),
            row.state
        );
    }
    out
}
