//! Reading and checking the parameters of an order against an algorithm's specification.

pub mod shared;

use engine_core::algorithm::Refusal;
use engine_core::view::Order;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::reason::{FieldCode, Reason, Why};

/// Every parameter of an algorithm: its own, then the shared ones that it does not define for itself (same id, another
/// default).
pub fn all(own: &'static [ParamSpec]) -> impl Iterator<Item = &'static ParamSpec> + Clone {
    let shared = shared::PARAMS
        .iter()
        .filter(move |s| own.iter().all(|o| o.id != s.id));
    own.iter().chain(shared)
}

/// The parameters of one order, each known, in range and given once.
#[derive(Clone, Copy)]
pub struct Params<'a> {
    own: &'static [ParamSpec],
    order: &'a Order,
}

impl<'a> Params<'a> {
    /// Checks what was sent against the specification.
    pub(crate) fn check(own: &'static [ParamSpec], order: &'a Order) -> Result<Self, Refusal> {
        let sent = &order.parameters[..order.parameter_count.min(order.parameters.len())];
        for (index, p) in sent.iter().enumerate() {
            let id = i64::from(p.id);
            let Some(spec) = all(own).find(|s| s.id == p.id) else {
                return Err(refuse(p.id, Reason::UnknownParameter, [id, 0, 0]));
            };
            if sent[..index].iter().any(|other| other.id == p.id) {
                return Err(refuse(p.id, Reason::ParameterTwice, [id, 0, 0]));
            }
            if !spec.allows(p.value) {
                let (min, max) = range(spec);
                return Err(refuse(p.id, Reason::ParameterRange, [p.value, min, max]));
            }
        }
        Ok(Params { own, order })
    }
    /// What was sent for the parameter, if anything.
    #[must_use]
    pub fn sent(&self, spec: &ParamSpec) -> Option<i64> {
        self.order.parameter(spec.id)
    }
    /// What was sent, else the algorithm's default.
    #[must_use]
    pub fn value(&self, spec: &ParamSpec) -> Option<i64> {
        self.sent(spec)
            .or_else(|| all(self.own).find(|s| s.id == spec.id)?.default)
    }
    /// As [`Params::value`], for parameters that are never negative.
    #[must_use]
    pub fn count(&self, spec: &ParamSpec) -> Option<u64> {
        self.value(spec).and_then(|v| u64::try_from(v).ok())
    }
    /// As [`Params::value`], for flags.
    #[must_use]
    pub fn flag(&self, spec: &ParamSpec) -> bool {
        self.value(spec) == Some(1)
    }
    /// Refuses `spec` because of what `other` is.
    #[must_use]
    pub fn conflict(&self, spec: &ParamSpec, other: &ParamSpec) -> Refusal {
        let value = self.value(spec).unwrap_or(0);
        let other_value = self.value(other).unwrap_or(0);
        refuse(
            spec.id,
            Reason::ParameterConflict,
            [value, i64::from(other.id), other_value],
        )
    }
}

/// Least and largest allowed value; for choices, of their numbers.
#[must_use]
pub fn range(spec: &ParamSpec) -> (i64, i64) {
    match spec.unit {
        Unit::Choice(values) => (
            values.iter().map(|v| v.1).min().unwrap_or(0),
            values.iter().map(|v| v.1).max().unwrap_or(0),
        ),
        _ => (spec.min, spec.max),
    }
}

/// A refusal that names a parameter.
#[must_use]
pub const fn refuse(parameter: u16, reason: Reason, operands: [i64; 3]) -> Refusal {
    Refusal {
        field: FieldCode::Parameters,
        parameter,
        why: Why::new(reason, operands),
    }
}
