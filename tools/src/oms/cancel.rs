//! `pacer oms cancel`: one order, or every open order that matches, over the links of the sources that submitted them.
//!
//! The journal tells which orders are open and whose they are. A source whose link another process holds cannot be asked from
//! here: its orders are counted as left, and the exit code says so.

use super::client::OmsClient;
use super::known::{self, OrderArgs};
use super::request::{self, cancel_of};
use super::{is_end, is_refusal, show};
use crate::cli::Answer;
use crate::cli::support::{print_json, print_text};
use crate::error::UserError;
use engine_runtime::config::Config;
use gateway_tca::format::units;
use serde_json::{Value, json};
use shm_wire::codes::{ParentState, Side};
use shm_wire::ids::ParentKey;
use shm_wire::instrument::Instrument;
use shm_wire::parent::ParentUpdate;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Arguments of `pacer oms cancel`.
#[derive(clap::Args, Clone, Debug)]
pub struct CancelArgs {
    /// Which order
    #[command(flatten)]
    pub order: OrderArgs,
    /// Every open order, of every source
    #[arg(long, conflicts_with_all = ["name", "id", "client_order_id"])]
    pub all: bool,
    /// Every open order in this instrument
    #[arg(long, conflicts_with_all = ["name", "id", "client_order_id"])]
    pub instrument: Option<String>,
    /// Every open order of this side: buy, sell, sell_short, sell_short_exempt
    #[arg(long, conflicts_with_all = ["name", "id", "client_order_id"])]
    pub side: Option<String>,
    /// Only orders of this source
    #[arg(long, value_name = "SOURCE", conflicts_with_all = ["name", "id", "client_order_id"])]
    pub only_source: Option<u16>,
    /// Seconds of real time that the ends may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub patience: u64,
}

/// One order that is to be canceled.
#[derive(Clone, Debug)]
struct Open {
    key: ParentKey,
    name: String,
    instrument: u32,
    side: Option<Side>,
    /// Its last update since the cancel was sent.
    last: Option<ParentUpdate>,
    /// It has ended, by the cancel or before.
    ended: bool,
}

pub(super) fn run(config: &Config, args: &CancelArgs, json: bool) -> Answer {
    let filtered = args.side.is_some() || args.instrument.is_some() || args.only_source.is_some();
    if args.order.is_given() || !(args.all || filtered) {
        return request::cancel(config, &args.order, json);
    }
    let mut open = matching(config, args)?;
    let busy = ask(config, args, &mut open)?;
    let table = config.instrument_table();
    let document = document(&open, &busy, &table);
    if json {
        print_json(&document);
    } else {
        print_text(&text(&open, &busy, &table));
    }
    Ok(open.iter().all(|o| o.ended))
}

/// Open orders that the arguments ask for.
fn matching(config: &Config, args: &CancelArgs) -> Result<Vec<Open>, Vec<UserError>> {
    let instrument = match &args.instrument {
        Some(symbol) => Some(request::instrument(&config.instrument_table(), symbol)?),
        None => None,
    };
    let side = match &args.side {
        Some(text) => Some(Side::from_text(text).ok_or_else(|| {
            vec![
                UserError::new("usage.side", format!("{text:?} is no side"))
                    .field("side")
                    .rule("buy, sell, sell_short or sell_short_exempt"),
            ]
        })?),
        None => None,
    };
    let mut open = Vec::new();
    for shard in &config.shards {
        let view = known::view(config, shard)?;
        let wanted = view.ledger().parents.iter().filter(|p| {
            !p.state.is_terminal()
                && instrument.is_none_or(|i| i == p.instrument)
                && side.is_none_or(|s| Some(s) == p.side)
                && args.only_source.is_none_or(|s| s == p.key.source)
        });
        open.extend(wanted.map(|p| Open {
            key: p.key,
            name: p.client_order_id.clone(),
            instrument: p.instrument,
            side: p.side,
            last: None,
            ended: false,
        }));
    }
    Ok(open)
}

/// Cancels source by source and waits for the ends; which sources' links were not to be had, and why.
fn ask(
    config: &Config,
    args: &CancelArgs,
    open: &mut [Open],
) -> Result<BTreeMap<u16, UserError>, Vec<UserError>> {
    let mut busy = BTreeMap::new();
    let mut clients = BTreeMap::new();
    let sources: BTreeSet<u16> = open.iter().map(|o| o.key.source).collect();
    for source in sources {
        match OmsClient::attach(config, source) {
            Ok(mut client) => {
                // What was said before is no answer.
                client.poll(|_| ());
                clients.insert(source, client);
            }
            Err(mut errors) => {
                busy.insert(source, errors.remove(0));
            }
        }
    }
    for order in open.iter() {
        if let Some(client) = clients.get_mut(&order.key.source) {
            client
                .send(order.instrument, cancel_of(order.key))
                .map_err(|e| vec![e])?;
        }
    }
    let until = Instant::now() + Duration::from_secs(args.patience);
    let waits = |o: &Open| !o.ended && !busy.contains_key(&o.key.source);
    while open.iter().any(waits) && Instant::now() < until {
        for (source, client) in &mut clients {
            client.poll(|update| note(open, *source, update));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(busy)
}

/// Books an update of a source.
fn note(open: &mut [Open], source: u16, update: &ParentUpdate) {
    let key = ParentKey {
        source,
        parent_id: update.parent_id,
    };
    let Some(order) = open.iter_mut().find(|o| o.key == key) else {
        return;
    };
    order.last = Some(*update);
    let ended = ParentState::try_from(update.state).is_ok_and(ParentState::is_terminal);
    // A refusal of a known order means that it had ended already.
    order.ended |= is_end(update) || (is_refusal(update) && ended);
}

fn state(order: &Open) -> &'static str {
    order.last.map_or("not asked", |u| {
        ParentState::try_from(u.state).map_or("?", ParentState::text)
    })
}

fn document(open: &[Open], busy: &BTreeMap<u16, UserError>, table: &[Instrument]) -> Value {
    let orders: Vec<Value> = open
        .iter()
        .map(|o| {
            json!({
                "client_order_id": o.name, "source": o.key.source, "parent_id": o.key.parent_id,
                "instrument": table.get(o.instrument as usize).map(Instrument::symbol),
                "side": o.side.map(Side::text), "ended": o.ended,
                "update": o.last.map(|u| show::document(&u, table)),
            })
        })
        .collect();
    let busy: Vec<Value> = busy
        .iter()
        .map(|(source, error)| {
            let orders = open.iter().filter(|o| o.key.source == *source).count();
            json!({"source": source, "orders": orders, "code": error.code, "message": error.message})
        })
        .collect();
    json!({
        "schema": "pacer.cancel/1",
        "matched": open.len(),
        "ended": open.iter().filter(|o| o.ended).count(),
        "sources_busy": busy,
        "orders": orders,
    })
}

fn text(open: &[Open], busy: &BTreeMap<u16, UserError>, table: &[Instrument]) -> String {
    let mut text = String::new();
    for o in open {
        let instrument = table.get(o.instrument as usize);
        let filled = o.last.map_or_else(String::new, |u| {
            format!(
                ", {} of {} filled",
                units(u.filled, instrument),
                units(u.ordered, instrument)
            )
        });
        text.push_str(&format!(
            "{:<16} {:<8} {}{filled}\n",
            o.name,
            instrument.map_or("?", Instrument::symbol),
            state(o),
        ));
    }
    for (source, error) in busy {
        let orders = open.iter().filter(|o| o.key.source == *source).count();
        text.push_str(&format!(
            "source {source}: {orders} orders are left, {} [{}]\n",
            error.message, error.code
        ));
        text.push_str("  only the process that holds this link can cancel them; the kill word stops everything\n");
    }
    let ended = open.iter().filter(|o| o.ended).count();
    text.push_str(&format!(
        "{} open orders matched, {ended} have ended, {} have not\n",
        open.len(),
        open.len() - ended
    ));
    text
}
