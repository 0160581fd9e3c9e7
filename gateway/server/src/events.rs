//! A journal record as one JSON object, for people and programs that do not speak the wire.
//!
//! The message's fields keep their names. Prices become decimal strings, times RFC 3339, codes their names, identifiers
//! strings (64 bits do not fit a JavaScript number); "none" and "not set" become `null`, reserved fields are left out.

use gateway_desk::why::PARAMETER_NAME;
use gateway_tca::format::{Decimal, Time};
use gateway_tca::words::Words;
use serde_json::{Map, Value, json};
use shm_wire::codes::{
    AlgorithmCode, BookSide, LinkState, OrderType, ParentState, ReportKind, RingKind, Side,
    TimeInForce, TradingStatus, VenueReason,
};
use shm_wire::instrument::{Instrument, field_text};
use shm_wire::layout::MESSAGES;
use shm_wire::message::{Field, Header, Layout, Message};
use shm_wire::parent::{ParentAmend, ParentNew, ParentUpdate, Terms, UpdateKind};
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::record::{Direction, RecordHead};
use shm_wire::units::{Nanos, Price};

/// The record as a JSON object: `run`, `sequence`, `time`, `direction`, `ring`, `type` and the message's own fields under
/// `message`. A payload that is no message of this build has `type` null and its words under `words`.
#[must_use]
pub fn object(run: u64, head: &RecordHead, payload: &[u64], instruments: &[Instrument]) -> Value {
    let mut event = json!({
        "run": run,
        "sequence": head.sequence,
        "time": time(head.time),
        "direction": Direction::try_from(head.direction).ok().map(Direction::text),
        "ring": RingKind::try_from(head.ring).ok().map(RingKind::text),
        "source": head.source,
        "position": head.position,
        "type": null,
    });
    let kind = payload.first().map(|w| Header::of_word(*w).kind);
    let layout = MESSAGES
        .iter()
        .find(|l| Some(l.kind) == kind && l.size == payload.len() * 8);
    match layout {
        Some(layout) => {
            event["type"] = layout.name.into();
            event["message"] = message(layout, payload, instruments).into();
        }
        None => event["words"] = payload.iter().map(|w| format!("{w:#018x}")).collect(),
    }
    event
}

fn message(layout: &Layout, payload: &[u64], instruments: &[Instrument]) -> Map<String, Value> {
    let bytes: &[u8] = bytemuck::cast_slice(payload);
    let mut map = Map::new();
    for field in layout.fields {
        if matches!(field.name, "reserved" | "header" | "terms") {
            continue;
        }
        let Some(raw) = bytes.get(field.offset..field.offset + field.size) else {
            continue;
        };
        map.insert(
            field.name.to_owned(),
            value(layout.name, field, raw, instruments),
        );
    }
    if let Ok(m) = ParentNew::from_words(payload) {
        map.insert("terms".into(), terms(&m.terms, instruments));
    }
    if let Ok(m) = ParentAmend::from_words(payload) {
        map.insert("terms".into(), terms(&m.terms, instruments));
    }
    if let Ok(m) = ParentUpdate::from_words(payload) {
        let why = Why::new(Reason::try_from(m.reason).unwrap_or_default(), m.operands);
        let words = Words {
            instrument: instruments.get(m.instrument as usize),
            algorithm: AlgorithmCode::try_from(m.algorithm).ok(),
            parameter: Some(PARAMETER_NAME),
        };
        map.insert("reason_text".into(), words.sentence(why).into());
    }
    map
}

/// One field: by name where the name says the unit, else as plain numbers.
fn value(message: &str, field: &Field, raw: &[u8], instruments: &[Instrument]) -> Value {
    let numbers = numbers(field.kind, raw);
    let first = numbers.first().copied().unwrap_or(0);
    match (message, field.name) {
        (_, "client_order_id") => field_text(raw).into(),
        (_, "instrument") => instrument(first, instruments),
        (
            _,
            "price" | "bid_price" | "ask_price" | "last_price" | "average_price" | "arrival_price"
            | "old_price" | "new_price" | "lower" | "upper",
        ) => price(first),
        (_, "time" | "start" | "end" | "due" | "real_time" | "valid_until") => {
            time(u64::try_from(first).unwrap_or(0))
        }
        (
            _,
            "child_id" | "parent_id" | "trade_id" | "order_id" | "execution_high" | "execution_low"
            | "reference_high" | "reference_low" | "layout_hash",
        ) => first.to_string().into(),
        ("Depth", "side") | (_, "taken_side") => code8(first, BookSide::text),
        (_, "side") => code8(first, Side::text),
        ("Link", "state") => code8(first, LinkState::text),
        (_, "state") => code8(first, ParentState::text),
        (_, "ring") => code8(first, RingKind::text),
        (_, "event") => code8(first, UpdateKind::text),
        (_, "status") => code8(first, TradingStatus::text),
        (_, "order_type") => code8(first, OrderType::text),
        (_, "time_in_force") => code8(first, TimeInForce::text),
        ("ExecutionReport", "kind") => code8(first, ReportKind::text),
        ("ExecutionReport", "reason") => code8(first, VenueReason::text),
        (_, "reason") => code16(first, Reason::name),
        (_, "algorithm") => code16(first, AlgorithmCode::text),
        ("ParentUpdate", "field") => code16(first, FieldCode::text),
        _ if field.kind.starts_with('[') => numbers.iter().map(|n| number(*n)).collect(),
        _ => number(first),
    }
}

fn terms(t: &Terms, instruments: &[Instrument]) -> Value {
    let count = usize::from(t.parameter_count).min(t.parameters.len());
    let parameters: Vec<Value> = t.parameters[..count]
        .iter()
        .map(|p| json!({"id": p.id, "value": p.value}))
        .collect();
    json!({
        "client_order_id": field_text(&t.client_order_id),
        "instrument": instrument(i128::from(t.instrument), instruments),
        "side": code8(i128::from(t.side), Side::text),
        "quantity": t.quantity,
        "algorithm": code16(i128::from(t.algorithm), AlgorithmCode::text),
        "limit": price(i128::from(t.limit)),
        "start": time(t.start),
        "end": time(t.end),
        "decision_price": price(i128::from(t.decision_price)),
        "client": t.client,
        "account": t.account,
        "trader": t.trader,
        "desk": t.desk,
        "parameters": parameters,
    })
}

/// The integers of a field whose type is written as `u64`, `[i64; 3]` and alike.
fn numbers(kind: &str, raw: &[u8]) -> Vec<i128> {
    let element = kind.trim_start_matches('[');
    let element = element.split(';').next().unwrap_or(element).trim();
    let width = match element {
        "u8" => 1,
        "u16" => 2,
        "u32" => 4,
        _ => 8,
    };
    raw.chunks_exact(width)
        .map(|chunk| {
            let mut word = [0_u8; 8];
            word[..width].copy_from_slice(chunk);
            if element == "i64" {
                i128::from(i64::from_le_bytes(word))
            } else {
                i128::from(u64::from_le_bytes(word))
            }
        })
        .collect()
}

fn number(n: i128) -> Value {
    u64::try_from(n)
        .map(Value::from)
        .or_else(|_| i64::try_from(n).map(Value::from))
        .unwrap_or(Value::Null)
}

/// A code's name, or its number when this build does not know it.
fn code8<C: TryFrom<u8>>(raw: i128, text: fn(C) -> &'static str) -> Value {
    let code = u8::try_from(raw).ok().and_then(|c| C::try_from(c).ok());
    code.map_or_else(|| number(raw), |c| text(c).into())
}

/// As [`code8`], for codes of two bytes.
fn code16<C: TryFrom<u16>>(raw: i128, text: fn(C) -> &'static str) -> Value {
    let code = u16::try_from(raw).ok().and_then(|c| C::try_from(c).ok());
    code.map_or_else(|| number(raw), |c| text(c).into())
}

fn instrument(index: i128, instruments: &[Instrument]) -> Value {
    usize::try_from(index)
        .ok()
        .and_then(|i| instruments.get(i))
        .map_or_else(|| number(index), |i| i.symbol().into())
}

fn price(raw: i128) -> Value {
    match i64::try_from(raw) {
        Ok(p) if Price(p).is_some() => Decimal(Price(p)).to_string().into(),
        _ => Value::Null,
    }
}

fn time(ns: u64) -> Value {
    if ns == 0 {
        Value::Null
    } else {
        Time(Nanos(ns)).to_string().into()
    }
}

#[cfg(test)]
mod tests;
