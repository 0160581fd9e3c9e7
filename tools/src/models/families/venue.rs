//! Families of the simulated venue: the matching book and the queue position.

use engine_sim::matching::Terms;
use engine_sim::matching::script::{Action, ScriptOutcome, run_script};
use engine_sim::queue::{QueueEvent, QueuePosition, QueueRule};
use serde_json::{Map, Value, json};
use shm_wire::codes::BookSide;

use crate::models::inputs::{Inputs, answer, integer, quantity, whole_quantity};

pub(super) fn match_fifo(inputs: &Inputs<'_>) -> Result<Value, String> {
    let mut script = Vec::new();
    for (line, row) in inputs.list("script")?.iter().enumerate() {
        let cells = row
            .as_array()
            .ok_or_else(|| format!("script[{line}]: must be a list"))?;
        script.push(action(cells).map_err(|error| format!("script[{line}]: {error}"))?);
    }
    Ok(answer_outcome(&run_script(&script)))
}

fn answer_outcome(outcome: &ScriptOutcome) -> Value {
    let trade = |of: &engine_sim::matching::script::ScriptTrade| {
        json!([of.taker, of.maker, of.price, of.qty])
    };
    let resting = |of: &engine_sim::matching::script::ScriptResting| {
        let side = if of.side == BookSide::Bid { 1 } else { -1 };
        json!([of.id, side, of.price, of.qty])
    };
    let trades: Value = outcome.trades.iter().map(trade).collect();
    let resting: Value = outcome.resting.iter().map(resting).collect();
    let events: Value = outcome
        .events
        .iter()
        .map(|(id, event)| json!([id, event.text()]))
        .collect();
    json!({
        "trades_taker_maker_px_qty": trades,
        "resting_best_first_bids_then_asks": resting,
        "events": events,
    })
}

/// One line of a script: `new id side price quantity terms`, `reduce id quantity`, `cancel id`, `replace id price quantity`.
fn action(cells: &[Value]) -> Result<Action, String> {
    let (verb, cells) = cells.split_first().ok_or("must not be empty")?;
    match (verb.as_str(), cells) {
        (Some("new"), [id, side, price, qty, terms]) => Ok(Action::New {
            id: whole_quantity(id, "id")?,
            side: book_side(side)?,
            price: if price.is_null() {
                None
            } else {
                Some(integer(price, "price")?)
            },
            qty: whole_quantity(qty, "quantity")?,
            terms: terms_of(terms)?,
        }),
        (Some("reduce"), [id, qty]) => Ok(Action::Reduce {
            id: whole_quantity(id, "id")?,
            qty: whole_quantity(qty, "quantity")?,
        }),
        (Some("cancel"), [id]) => Ok(Action::Cancel {
            id: whole_quantity(id, "id")?,
        }),
        (Some("replace"), [id, price, qty]) => Ok(Action::Replace {
            id: whole_quantity(id, "id")?,
            price: integer(price, "price")?,
            qty: whole_quantity(qty, "quantity")?,
        }),
        _ => Err("must be new, reduce, cancel or replace with its fields".to_owned()),
    }
}

fn book_side(cell: &Value) -> Result<BookSide, String> {
    match integer(cell, "side")? {
        1 => Ok(BookSide::Bid),
        -1 => Ok(BookSide::Ask),
        _ => Err("side: must be 1 or -1".to_owned()),
    }
}

fn terms_of(cell: &Value) -> Result<Terms, String> {
    match cell.as_str() {
        Some("GTC") => Ok(Terms::Rest),
        Some("IOC") => Ok(Terms::Immediate),
        Some("FOK") => Ok(Terms::FillOrKill),
        Some("POST") => Ok(Terms::PostOnly),
        _ => Err("terms: must be GTC, IOC, FOK or POST".to_owned()),
    }
}

pub(super) fn queue_l2(inputs: &Inputs<'_>) -> Result<Value, String> {
    let quantity = |name: &str| quantity(inputs.value(name)?, name);
    let start = QueuePosition::new(quantity("ahead")?, quantity("behind")?, quantity("own")?);
    let mut events = Vec::new();
    for (line, row) in inputs.list("events")?.iter().enumerate() {
        events.push(event(row).map_err(|error| format!("events[{line}]: {error}"))?);
    }
    let mut by_rule = Map::new();
    for rule in QueueRule::ALL {
        let mut position = start;
        let mut rows = Vec::new();
        for event in &events {
            position.apply(rule, *event);
            rows.push(json!({
                "ahead": answer(position.ahead),
                "filled": answer(position.filled),
                "behind": answer(position.behind),
            }));
        }
        by_rule.insert(rule.text().to_owned(), rows.into());
    }
    Ok(json!({ "after_each_event": by_rule }))
}

fn event(row: &Value) -> Result<QueueEvent, String> {
    let Some([verb, cell]) = row.as_array().map(Vec::as_slice) else {
        return Err("must be an event and its quantity".to_owned());
    };
    let quantity = quantity(cell, "quantity")?;
    match verb.as_str() {
        Some("add") => Ok(QueueEvent::Add(quantity)),
        Some("cancel") => Ok(QueueEvent::Cancel(quantity)),
        Some("trade") => Ok(QueueEvent::Trade(quantity)),
        _ => Err("must be add, cancel or trade".to_owned()),
    }
}
