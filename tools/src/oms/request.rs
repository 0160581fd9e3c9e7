//! Requests about one known order: pause, resume, complete, cancel.
//!
//! Only the source that submitted an order may ask something of it, over its own link. An order named by its client order id
//! or `source:number` is looked up in the journal, which tells its source and its shard.

use super::client::{OmsClient, Request};
use super::known::{OrderArgs, Wanted, wanted};
use super::{follow, send};
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
    let mut client =
        OmsClient::attach(config, wanted.key.source).map_err(|e| busy(wanted.key, e))?;
    send(&mut client, wanted.instrument, request)?;
    follow(&mut client, wanted.key.parent_id, patient, answered, json)
}

/// Says whose link it is that another process holds.
pub(super) fn busy(key: ParentKey, errors: Vec<UserError>) -> Vec<UserError> {
    let whose = format!(
        "the order belongs to source {}: only the process that holds its link may ask",
        key.source
    );
    let busy = |e: UserError| {
        if e.code == "shm.LINK_BUSY" {
            e.hint(whose.clone())
        } else {
            e
        }
    };
    errors.into_iter().map(busy).collect()
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
