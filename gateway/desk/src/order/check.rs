//! What the engine would refuse, found before anything runs: orders are offered to an engine of their own.

use super::OrderError;
use engine_algos::registry::{Registry, spec_by_id};
use engine_core::engine::{Engine, EngineConfig};
use engine_core::input::{Inbound, Input};
use engine_core::outbox::{Outbox, Output};
use engine_core::risk::RiskLimits;
use gateway_tca::format::short_time;
use shm_wire::codes::AlgorithmCode;
use shm_wire::instrument::Instrument;
use shm_wire::parent::{ParentNew, ParentUpdate, UpdateKind};
use shm_wire::reason::{FieldCode, Reason};
use shm_wire::units::{Nanos, Price, Qty};

/// One error for each order that the engine refuses at `now`, with its index.
#[must_use]
pub fn refusals(
    orders: &[ParentNew],
    instruments: &[Instrument],
    now: Nanos,
) -> Vec<(usize, OrderError)> {
    let config = EngineConfig {
        shard: 0,
        seed: 0,
        parents_max: orders.len().max(1),
        executions_max: 1,
        limits: RiskLimits::demo(),
    };
    let mut engine = match Engine::new(config, instruments, Registry) {
        Ok(engine) => engine,
        Err(e) => {
            let rule = "at most 131072 orders over a valid instrument table";
            return vec![(0, OrderError::new("engine", e.to_string(), rule))];
        }
    };
    let mut out = Outbox::new();
    let mut errors = Vec::new();
    for (index, order) in orders.iter().enumerate() {
        let input = Input {
            source: 0,
            message: Inbound::ParentNew(*order),
        };
        engine.step(now, &input, &mut out);
        for output in out.iter() {
            if let Output::Update(u) = output
                && u.event == UpdateKind::Rejected.code()
                && u.parent_id == order.parent_id
            {
                errors.push((index, explain(order, u)));
            }
        }
    }
    errors
}

/// The refusal in words: column, rule and what was found.
fn explain(order: &ParentNew, u: &ParentUpdate) -> OrderError {
    let reason = Reason::try_from(u.reason).unwrap_or_default();
    let field = FieldCode::try_from(u.field).unwrap_or(FieldCode::None);
    let algorithm = AlgorithmCode::try_from(order.terms.algorithm).ok();
    let column = match field {
        FieldCode::None | FieldCode::ParentId | FieldCode::Source => "row",
        FieldCode::ParameterCount | FieldCode::Parameters => "parameters",
        other => other.text(),
    };
    let name = algorithm
        .and_then(|a| spec_by_id(a, u.parameter))
        .map_or(String::new(), |spec| format!("{}: ", spec.name));
    let message = format!("{name}{}", reason.text());
    OrderError::new(column, message, rule(reason, field, u.operands))
}

/// The rule with its figures.
fn rule(reason: Reason, field: FieldCode, operands: [i64; 3]) -> String {
    let timely = matches!(field, FieldCode::Start | FieldCode::End);
    let priced = matches!(field, FieldCode::Limit | FieldCode::DecisionPrice);
    let say = |value: i64| match value {
        v if timely => u64::try_from(v).map_or_else(|_| v.to_string(), |t| short_time(Nanos(t))),
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
