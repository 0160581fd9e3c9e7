//! Parent updates for people and machines.

use crate::convert::day::rfc3339;
use gateway_desk::amend;
use gateway_desk::why::PARAMETER_NAME;
use gateway_tca::words::Words;
use serde_json::{Value, json};
use shm_wire::codes::{AlgorithmCode, ParentState};
use shm_wire::instrument::{Instrument, field_text};
use shm_wire::parent::{ParentUpdate, UpdateKind};
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::units::Price;

/// The kind of an update as text.
#[must_use]
pub fn event(update: &ParentUpdate) -> &'static str {
    UpdateKind::try_from(update.event).map_or("?", UpdateKind::text)
}

fn state(update: &ParentUpdate) -> &'static str {
    ParentState::try_from(update.state).map_or("?", ParentState::text)
}

fn reason(update: &ParentUpdate) -> Option<Reason> {
    Reason::try_from(update.reason).ok()
}

/// What would help after a refusal.
#[must_use]
pub fn hint(update: &ParentUpdate) -> Option<&'static str> {
    let refused = [
        UpdateKind::Rejected.code(),
        UpdateKind::RequestRejected.code(),
    ];
    reason(update)
        .filter(|_| refused.contains(&update.event))
        .and_then(amend::hint)
}

/// The hint as a line of its own; empty without one.
#[must_use]
pub fn hint_line(update: &ParentUpdate) -> String {
    hint(update).map_or_else(String::new, |hint| format!("hint: {hint}\n"))
}

/// The reason with its operands as a sentence.
fn sentence(update: &ParentUpdate, instruments: &[Instrument]) -> String {
    let words = Words {
        instrument: instruments.get(update.instrument as usize),
        algorithm: AlgorithmCode::try_from(update.algorithm).ok(),
        parameter: Some(PARAMETER_NAME),
    };
    reason(update).map_or_else(
        || "?".to_owned(),
        |reason| words.sentence(Why::new(reason, update.operands)),
    )
}

/// Name of the parameter that a refusal speaks of.
fn parameter(update: &ParentUpdate) -> Option<&'static str> {
    let algorithm = AlgorithmCode::try_from(update.algorithm).ok()?;
    PARAMETER_NAME(algorithm, update.parameter)
}

fn field(update: &ParentUpdate) -> Option<&'static str> {
    FieldCode::try_from(update.field)
        .ok()
        .filter(|f| *f != FieldCode::None)
        .map(FieldCode::text)
}

fn symbol<'a>(update: &ParentUpdate, instruments: &'a [Instrument]) -> &'a str {
    instruments
        .get(update.instrument as usize)
        .map_or("?", Instrument::symbol)
}

fn price(raw: i64) -> Value {
    let price = Price(raw);
    if price.is_some() {
        json!(price.to_string())
    } else {
        Value::Null
    }
}

/// The update as one object (`pacer.update/1`).
#[must_use]
pub fn document(update: &ParentUpdate, instruments: &[Instrument]) -> Value {
    json!({
        "schema": "pacer.update/1",
        "event": event(update),
        "client_order_id": field_text(&update.client_order_id),
        "source": update.source,
        "parent_id": update.parent_id,
        "version": update.version,
        "instrument": symbol(update, instruments),
        "algorithm": AlgorithmCode::try_from(update.algorithm).map_or("?", AlgorithmCode::text),
        "state": state(update),
        "reason": reason(update).map(Reason::name),
        "reason_text": sentence(update, instruments),
        "operands": update.operands,
        "field": field(update),
        "parameter": parameter(update),
        "ordered": update.ordered,
        "filled": update.filled,
        "leaves": update.ordered.saturating_sub(update.filled),
        "open": update.open,
        "target": update.target,
        "market_volume": update.market_volume,
        "average_price": price(update.average_price),
        "arrival_price": price(update.arrival_price),
        "children": update.children,
        "fills": update.fills,
        "start": rfc3339(update.start),
        "end": rfc3339(update.end),
    })
}

/// The update as one line.
#[must_use]
pub fn line(update: &ParentUpdate, instruments: &[Instrument]) -> String {
    let why = sentence(update, instruments);
    let mut text = format!(
        "{:<16} {:<8} {:<9} {:<13} {:>9} / {:<9} avg {:<10} {why}",
        field_text(&update.client_order_id),
        symbol(update, instruments),
        event(update),
        state(update),
        update.filled,
        update.ordered,
        Price(update.average_price).to_string(),
    );
    match (field(update), parameter(update)) {
        (Some(field), Some(name)) => text.push_str(&format!(" (field {field}, {name})")),
        (Some(field), None) => text.push_str(&format!(" (field {field})")),
        (None, _) => {}
    }
    text
}
