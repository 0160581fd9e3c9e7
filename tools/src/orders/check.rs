//! What the engine would refuse, found before anything runs: the rows are offered to an engine of their own.

use super::OrderRow;
use crate::error::UserError;
use engine_algos::registry::{Registry, spec_by_id};
use engine_core::engine::{Engine, EngineConfig};
use engine_core::input::{Inbound, Input};
use engine_core::outbox::{Outbox, Output};
use engine_core::risk::RiskLimits;
use shm_wire::codes::AlgorithmCode;
use shm_wire::instrument::Instrument;
use shm_wire::parent::{ParentUpdate, UpdateKind};
use shm_wire::reason::{FieldCode, Reason};
use shm_wire::units::{Nanos, Price, Qty};
use std::path::Path;

/// One error for each row that the engine refuses at `now`.
#[must_use]
pub fn refusals(
    path: &Path,
    rows: &[OrderRow],
    instruments: &[Instrument],
    now: Nanos,
) -> Vec<UserError> {
    let config = EngineConfig {
        shard: 0,
        seed: 0,
        parents_max: rows.len().max(1),
        executions_max: 1,
        limits: RiskLimits::demo(),
    };
    let mut engine = match Engine::new(config, instruments, Registry) {
        Ok(engine) => engine,
        Err(e) => {
            return vec![
                UserError::new("orders.engine", e.to_string())
                    .file(path)
                    .rule("at most 131072 orders over a valid instrument table"),
            ];
        }
    };
    let mut out = Outbox::new();
    let mut errors = Vec::new();
    for row in rows {
        let input = Input {
            source: 0,
            message: Inbound::ParentNew(row.order),
        };
        engine.step(now, &input, &mut out);
        for output in out.iter() {
            if let Output::Update(u) = output
                && u.event == UpdateKind::Rejected.code()
                && u.parent_id == row.order.parent_id
            {
                errors.push(explain(path, row, u));
            }
        }
    }
    errors
}

/// The refusal in words: column, rule and what was found.
fn explain(path: &Path, row: &OrderRow, u: &ParentUpdate) -> UserError {
    let reason = Reason::try_from(u.reason).unwrap_or_default();
    let field = FieldCode::try_from(u.field).unwrap_or(FieldCode::None);
    let algorithm = AlgorithmCode::try_from(row.order.terms.algorithm).ok();
    let column = match field {
        FieldCode::None | FieldCode::ParentId | FieldCode::Source => "row",
        FieldCode::ParameterCount | FieldCode::Parameters => "parameters",
        other => other.text(),
    };
    let name = algorithm
        .and_then(|a| spec_by_id(a, u.parameter))
        .map_or(String::new(), |spec| format!("{}: ", spec.name));
    UserError::new(
        &format!("orders.{column}"),
        format!("{name}{}", reason.text()),
    )
    .file(path)
    .line(row.line)
    .field(column)
    .rule(rule(reason, field, u.operands))
}

/// The rule with its figures.
fn rule(reason: Reason, field: FieldCode, operands: [i64; 3]) -> String {
    let timely = matches!(field, FieldCode::Start | FieldCode::End);
    let priced = matches!(field, FieldCode::Limit | FieldCode::DecisionPrice);
    let say = |value: i64| match value {
        v if timely => jiff::Timestamp::from_nanosecond(v.into())
            .map_or_else(|_| v.to_string(), |t| t.to_string()),
        v if priced => Price(v).to_string(),
        v if v == i64::try_from(Qty::BOUND).unwrap_or(i64::MAX) => "2^48".to_owned(),
        v => v.to_string(),
    };
    let parts: Vec<String> = reason
        .operands()
        .iter()
        .zip(operands)
        .map(|(name, value)| format!("{name} {}", say(value)))
        .collect();
    if parts.is_empty() {
        reason.name().to_owned()
    } else {
        format!("{} ({})", reason.name(), parts.join(", "))
    }
}
