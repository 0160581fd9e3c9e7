//! `pacer oms amend`: new terms for a known order.
//!
//! The wire message carries complete terms and the version known + 1. Terms and version in force are read from the journal, what the
//! arguments say is laid over them. The engine refuses a version that is not the next one, so an amend that came in between is
//! never overwritten unseen.

use super::client::{OmsClient, Request};
use super::known::{OrderArgs, with_order};
use super::{Wait, is_refusal, request, send, show, talk};
use crate::cli::Answer;
use crate::cli::support::{print_json, print_text};
use crate::error::UserError;
use engine_runtime::config::Config;
use gateway_desk::amend::{Change, Difference, amended, differences};
use serde_json::{Value, json};
use shm_wire::codes::ParentState;
use shm_wire::ids::ParentKey;
use shm_wire::instrument::Instrument;
use shm_wire::parent::{ParentAmend, ParentUpdate, Terms, UpdateKind};
use std::time::Duration;

/// Arguments of `pacer oms amend`.
#[derive(clap::Args, Clone, Debug)]
pub struct AmendArgs {
    /// Which order
    #[command(flatten)]
    pub order: OrderArgs,
    /// New quantity, in units of the instrument
    #[arg(long)]
    pub quantity: Option<String>,
    /// New limit price
    #[arg(long)]
    pub limit: Option<String>,
    /// New start, RFC 3339; of an order that has not started
    #[arg(long)]
    pub start: Option<String>,
    /// New end, RFC 3339
    #[arg(long)]
    pub end: Option<String>,
    /// New value of a parameter of the algorithm, `name=value`; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// Back to the default: `limit` (none), `end` (of the session) or the name of a parameter; may be repeated
    #[arg(long, value_name = "WHAT")]
    pub unset: Vec<String>,
    /// Version of the new terms, when nothing else may have changed since you looked: the version in force plus one
    #[arg(long)]
    pub version: Option<u16>,
    /// Seconds of real time that child orders may take to come back, when the new quantity needs it
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub patience: u64,
}

/// An order as the journal knows it.
struct Known {
    key: ParentKey,
    version: u16,
    terms: Terms,
}

pub(super) fn run(config: &Config, args: &AmendArgs, json: bool) -> Answer {
    let change = Change {
        quantity: args.quantity.as_deref(),
        limit: args.limit.as_deref(),
        start: args.start.as_deref(),
        end: args.end.as_deref(),
        parameters: &args.parameters,
        unset: &args.unset,
    };
    let simple = [change.quantity, change.limit, change.start, change.end];
    if simple.iter().all(Option::is_none) && args.parameters.is_empty() && args.unset.is_empty() {
        return Err(vec![
            UserError::new("usage.amend", "nothing is to be changed")
                .rule("at least one of --quantity, --limit, --start, --end, --param, --unset"),
        ]);
    }
    let known = with_order(config, &args.order, |_, p| {
        p.terms.map(|mut terms| {
            // An empty start meant the moment of acceptance: what is in force is the same order's start, and stays.
            terms.start = if p.start == 0 { terms.start } else { p.start };
            Known {
                key: p.key,
                version: p.version.max(1),
                terms,
            }
        })
    })?;
    let known = known.ok_or_else(|| {
        vec![
            UserError::new(
                "oms.no_terms",
                "the journal does not hold the order's terms",
            )
            .hint("only orders of the present run can be amended"),
        ]
    })?;
    let table = config.instrument_table();
    let Some(instrument) = table.get(known.terms.instrument as usize) else {
        let text = "the configuration lacks the instrument of this order";
        return Err(vec![UserError::new("oms.instrument", text)]);
    };
    let terms = amended(&known.terms, &change, instrument).map_err(|errors| {
        let shown = |e: gateway_desk::order::OrderError| {
            UserError::new(&e.code, e.message)
                .field(&e.field)
                .rule(e.rule)
        };
        errors.into_iter().map(shown).collect::<Vec<_>>()
    })?;
    let changes = differences(&known.terms, &terms, Some(instrument));
    let version = args.version.unwrap_or(known.version.wrapping_add(1));
    let update = ask(config, args, &known, terms, version)?;
    let update = match update {
        Some(update) => update,
        None => return Err(vec![waiting(args, &known)]),
    };
    let hint = show::hint(&update);
    if json {
        print_json(&document(&update, &table, &known, &changes, hint));
    } else {
        print_text(&text(&update, &table, &known, &changes));
    }
    Ok(update.version == version && !is_refusal(&update))
}

/// Sends the amend and waits for its answer; `None` when children that must come back first are still out.
fn ask(
    config: &Config,
    args: &AmendArgs,
    known: &Known,
    terms: Terms,
    version: u16,
) -> Result<Option<ParentUpdate>, Vec<UserError>> {
    let mut client =
        OmsClient::attach(config, known.key.source).map_err(|e| request::busy(known.key, e))?;
    let amend = ParentAmend {
        parent_id: known.key.parent_id,
        version,
        terms,
        ..ParentAmend::empty()
    };
    send(&mut client, terms.instrument, Request::Amend(amend))?;
    let answered =
        |u: &ParentUpdate| u.version == version && u.event == UpdateKind::Accepted.code();
    let waits = |u: &ParentUpdate| u.state == ParentState::PendingAmend.code();
    let wait = Wait::Up(Duration::from_secs(args.patience), &waits);
    talk(&mut client, known.key.parent_id, wait, &answered, |_| ())
}

fn waiting(args: &AmendArgs, known: &Known) -> UserError {
    let ParentKey { source, parent_id } = known.key;
    let text = format!(
        "the amend is not answered after {} s: child orders must come back before the new quantity holds",
        args.patience
    );
    UserError::new("oms.amend_pending", text)
        .field("quantity")
        .hint(format!(
            "it stays asked for and is answered when they do: `pacer oms why {source}:{parent_id}`"
        ))
}

fn document(
    update: &ParentUpdate,
    table: &[Instrument],
    known: &Known,
    changes: &[Difference],
    hint: Option<&str>,
) -> Value {
    let changes: Vec<Value> = changes
        .iter()
        .map(|d| json!({"field": d.field, "before": d.before, "after": d.after}))
        .collect();
    let mut document = show::document(update, table);
    document["version_before"] = known.version.into();
    document["changes"] = changes.into();
    document["hint"] = hint.into();
    document
}

fn text(
    update: &ParentUpdate,
    table: &[Instrument],
    known: &Known,
    changes: &[Difference],
) -> String {
    let mut text = show::line(update, table) + "\n";
    if is_refusal(update) {
        text.push_str("refused, nothing has changed\n");
        return text + &show::hint_line(update);
    }
    text.push_str(&format!(
        "version     {} -> {}\n",
        known.version, update.version
    ));
    for d in changes {
        text.push_str(&format!("{:<11} {} -> {}\n", d.field, d.before, d.after));
    }
    if changes.is_empty() {
        text.push_str("the terms are what they were\n");
    }
    text
}
