//! `pacer oms why`: does an order trade now, and why or why not. Reads the instance's journals; takes no link and disturbs nobody.

use super::request::Wanted;
use crate::cli::Answer;
use crate::cli::support::{print_json, print_text};
use crate::error::UserError;
use engine_runtime::config::Config;
use gateway_desk::why::explain;
use gateway_tca::LiveView;
use gateway_tca::ledger::Parent;
use shm_journal::JournalTail;
use std::path::Path;

/// Records taken between two looks for the journal's end.
const BATCH: usize = 65_536;

/// Code of the error that no order has the given name.
pub(super) const UNKNOWN: &str = "oms.unknown_parent";

pub(super) fn run(config: &Config, id: &str, source: u16, json: bool) -> Answer {
    with_parent(config, id, source, |view, parent| {
        let explanation = explain(view, parent);
        if json {
            print_json(&explanation.document());
        } else {
            print_text(&(explanation.lines().join("\n") + "\n"));
        }
    })?;
    Ok(true)
}

/// Key and instrument of the order that `id` names.
///
/// # Errors
/// [`UNKNOWN`], or a journal that cannot be read.
pub(super) fn lookup(config: &Config, id: &str, source: u16) -> Result<Wanted, Vec<UserError>> {
    with_parent(config, id, source, |_, parent| Wanted {
        key: parent.key,
        instrument: parent.instrument,
    })
}

fn with_parent<T>(
    config: &Config,
    id: &str,
    source: u16,
    look: impl Fn(&LiveView, &Parent) -> T,
) -> Result<T, Vec<UserError>> {
    let mut names = Vec::new();
    for shard in &config.shards {
        let view = read(&config.journal_dir(shard.id))?;
        if let Some(parent) = find(&view, id, source) {
            return Ok(look(&view, parent));
        }
        names.extend(latest_names(&view));
    }
    let known = if names.is_empty() {
        "the journal knows no parent order yet".to_owned()
    } else {
        format!("the latest are {}", names.join(", "))
    };
    let error = UserError::new(UNKNOWN, format!("no parent order {id:?}"))
        .field("id")
        .rule("a client order id, source:number, or a number of --source")
        .hint(known);
    Err(vec![error])
}

/// The view at the journal's present end.
pub(super) fn read(dir: &Path) -> Result<LiveView, Vec<UserError>> {
    let failed = |e: shm_journal::JournalError| {
        vec![
            UserError::new("journal.read", e.to_string())
                .file(dir)
                .hint("did the engine of this configuration run?"),
        ]
    };
    let mut tail = JournalTail::open(dir).map_err(failed)?;
    let mut view = LiveView::new(tail.instruments());
    loop {
        let count = tail.poll(BATCH, |record| {
            view.on_record(&record.head, record.payload);
        });
        if count.map_err(failed)? < BATCH {
            return Ok(view);
        }
    }
}

/// By name, by `source:number`, or by the number alone.
fn find<'a>(view: &'a LiveView, id: &str, source: u16) -> Option<&'a Parent> {
    view.find(id)
        .or_else(|| view.find(&format!("{source}:{}", id.parse::<u64>().ok()?)))
}

fn latest_names(view: &LiveView) -> Vec<String> {
    let parents = view.ledger().parents.iter().rev().take(5);
    parents
        .map(|p| {
            format!(
                "{} ({}:{})",
                p.client_order_id, p.key.source, p.key.parent_id
            )
        })
        .collect()
}
