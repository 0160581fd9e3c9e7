//! Requests about one known order: pause, resume, complete, cancel.
//!
//! Only the source that submitted an order may ask something of it, over its own link. An order named by its client order id
//! or `source:number` is looked up in the journal, which tells its source and its shard.

use super::client::{OmsClient, Request};
use super::{follow, send, why};
use crate::cli::Answer;
use crate::error::UserError;
use engine_runtime::config::Config;
use shm_wire::codes::{ParentState, ResumePolicy};
use shm_wire::ids::ParentKey;
use shm_wire::instrument::Instrument;
use shm_wire::parent::{
    ParentCancel, ParentComplete, ParentPause, ParentResume, ParentUpdate, UpdateKind,
};
use shm_wire::reason::Reason;
use std::time::{Duration, Instant};

/// How long an order that was just sent may be missing from the journal.
const JOURNAL_LAG: Duration = Duration::from_secs(1);

/// Which order.
#[derive(clap::Args, Clone, Debug)]
pub struct OrderArgs {
    /// Client order id, source:number, or the number alone
    #[arg(value_name = "ID", conflicts_with = "id")]
    pub name: Option<String>,
    /// The source's own number of the order
    #[arg(long)]
    pub id: Option<u64>,
    /// Order source of a number that stands alone: which pair of rings
    #[arg(long, default_value_t = 2)]
    pub source: u16,
    /// Instrument: of the order, needed with --id where there are several shards; of all orders, for a cancel without ID
    #[arg(long)]
    pub instrument: Option<String>,
}

/// An order to ask something of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) key: ParentKey,
    pub(super) instrument: u32,
}

pub(super) fn pause(config: &Config, order: &OrderArgs, keep: bool, json: bool) -> Answer {
    let wanted = wanted(config, order)?;
    let pause = Request::Pause(ParentPause {
        parent_id: wanted.key.parent_id,
        keep_children: u8::from(keep),
        ..ParentPause::empty()
    });
    let answered = |u: &ParentUpdate| u.state == ParentState::Paused.code();
    ask(config, wanted, pause, false, &answered, json)
}

pub(super) fn resume(config: &Config, order: &OrderArgs, catch_up: bool, json: bool) -> Answer {
    let wanted = wanted(config, order)?;
    let policy = if catch_up {
        ResumePolicy::CatchUp
    } else {
        ResumePolicy::FreezeClock
    };
    let resume = Request::Resume(ParentResume {
        parent_id: wanted.key.parent_id,
        policy: policy.code(),
        ..ParentResume::empty()
    });
    let answered = |u: &ParentUpdate| u.state != ParentState::Paused.code();
    ask(config, wanted, resume, false, &answered, json)
}

pub(super) fn complete(config: &Config, order: &OrderArgs, wait: bool, json: bool) -> Answer {
    let wanted = wanted(config, order)?;
    let complete = Request::Complete(ParentComplete {
        parent_id: wanted.key.parent_id,
        ..ParentComplete::empty()
    });
    let answered = |u: &ParentUpdate| {
        !wait
            && u.event == UpdateKind::Progress.code()
            && u.reason == Reason::FinishingByRequest.code()
    };
    ask(config, wanted, complete, wait, &answered, json)
}

pub(super) fn cancel(config: &Config, order: &OrderArgs, json: bool) -> Answer {
    let wanted = wanted(config, order)?;
    let answered = |u: &ParentUpdate| u.state == ParentState::PendingCancel.code();
    ask(
        config,
        wanted,
        cancel_of(wanted.key),
        false,
        &answered,
        json,
    )
}

/// The cancel of an order.
pub(super) fn cancel_of(key: ParentKey) -> Request {
    Request::Cancel(ParentCancel {
        parent_id: key.parent_id,
        ..ParentCancel::empty()
    })
}

fn ask(
    config: &Config,
    wanted: Wanted,
    request: Request,
    patient: bool,
    answered: &dyn Fn(&ParentUpdate) -> bool,
    json: bool,
) -> Answer {
    let mut client = OmsClient::attach(config, wanted.key.source).map_err(|errors| {
        let source = wanted.key.source;
        let whose = format!(
            "the order belongs to source {source}: only the process that holds its link may ask"
        );
        let busy = |e: UserError| {
            if e.code == "shm.LINK_BUSY" {
                e.hint(whose.clone())
            } else {
                e
            }
        };
        errors.into_iter().map(busy).collect::<Vec<_>>()
    })?;
    send(&mut client, wanted.instrument, request)?;
    follow(&mut client, wanted.key.parent_id, patient, answered, json)
}

/// The order that the arguments name.
fn wanted(config: &Config, order: &OrderArgs) -> Result<Wanted, Vec<UserError>> {
    match (&order.name, order.id) {
        (Some(name), _) => look_up(config, name, order.source),
        (None, Some(parent_id)) => {
            let key = ParentKey {
                source: order.source,
                parent_id,
            };
            match &order.instrument {
                Some(symbol) => Ok(Wanted {
                    key,
                    instrument: instrument(&config.instrument_table(), symbol)?,
                }),
                None if config.shards.len() == 1 => Ok(Wanted { key, instrument: 0 }),
                None => look_up(
                    config,
                    &format!("{}:{parent_id}", order.source),
                    order.source,
                ),
            }
        }
        (None, None) => Err(vec![
            UserError::new("usage.id", "which order?")
                .field("id")
                .rule("a client order id, source:number, or a number of --source"),
        ]),
    }
}

/// Asks the journal, again for a moment: an order that was just accepted may not stand there yet.
fn look_up(config: &Config, name: &str, source: u16) -> Result<Wanted, Vec<UserError>> {
    let begun = Instant::now();
    loop {
        match why::lookup(config, name, source) {
            Err(errors) if errors[0].code == why::UNKNOWN && begun.elapsed() < JOURNAL_LAG => {
                std::thread::sleep(Duration::from_millis(50));
            }
            found => return found,
        }
    }
}

/// Index of a symbol in the table.
pub(super) fn instrument(table: &[Instrument], symbol: &str) -> Result<u32, Vec<UserError>> {
    let found = table
        .iter()
        .find(|i| i.symbol().eq_ignore_ascii_case(symbol));
    found.map(|i| i.id).ok_or_else(|| {
        vec![
            UserError::new(
                "usage.instrument",
                format!("{symbol:?} is not in the table"),
            )
            .field("instrument")
            .rule("a symbol of the configuration"),
        ]
    })
}
