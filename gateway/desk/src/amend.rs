//! New terms for a known order: what is asked for, laid over the terms in force, and what that changes.
//!
//! The message on the wire is always complete; people say what shall change.

use crate::order::OrderError;
use crate::order::values;
use engine_algos::registry::{spec_by_id, spec_by_name, specs};
use gateway_tca::format::{Decimal, short_time, units};
use shm_wire::codes::AlgorithmCode;
use shm_wire::instrument::Instrument;
use shm_wire::parent::{PARAMETERS_MAX, Parameter, Terms};
use shm_wire::reason::Reason;
use shm_wire::units::{Nanos, Price};

/// What shall change, as people write it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change<'a> {
    /// New quantity, in units of the instrument.
    pub quantity: Option<&'a str>,
    /// New limit.
    pub limit: Option<&'a str>,
    /// New start, RFC 3339.
    pub start: Option<&'a str>,
    /// New end, RFC 3339.
    pub end: Option<&'a str>,
    /// New parameters, each `name=value`.
    pub parameters: &'a [String],
    /// What goes back to its default: `limit` (none), `end` (of the session), or the name of a parameter.
    pub unset: &'a [String],
}

/// One term before and after.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// `quantity`, `limit`, `start`, `end`, or the name of a parameter.
    pub field: String,
    /// As it was.
    pub before: String,
    /// As it is asked for.
    pub after: String,
}

/// The terms `known` with the change in them.
///
/// # Errors
/// Every part of the change that is none.
pub fn amended(
    known: &Terms,
    change: &Change<'_>,
    instrument: &Instrument,
) -> Result<Terms, Vec<OrderError>> {
    let mut draft = Draft {
        terms: *known,
        parameters: in_use(known).to_vec(),
        errors: Vec::new(),
    };
    draft.simple(change, instrument);
    match AlgorithmCode::try_from(known.algorithm) {
        Ok(algorithm) => draft.parameters(change, algorithm, instrument),
        Err(_) => draft.bad(
            "algorithm",
            "this build does not know the order's algorithm".to_owned(),
            "an algorithm of this build",
        ),
    }
    let (mut terms, list) = (draft.terms, draft.parameters);
    if list.len() > PARAMETERS_MAX {
        let error = OrderError::new(
            "parameters",
            "too many parameters",
            format!("at most {PARAMETERS_MAX}"),
        );
        draft.errors.push(error);
    }
    if !draft.errors.is_empty() {
        return Err(draft.errors);
    }
    terms.parameters = [Parameter::default(); PARAMETERS_MAX];
    terms.parameters[..list.len()].copy_from_slice(&list);
    // At most 16, checked above.
    terms.parameter_count = u8::try_from(list.len()).unwrap_or(u8::MAX);
    Ok(terms)
}

/// Parameters that a set of terms gives.
fn in_use(terms: &Terms) -> &[Parameter] {
    &terms.parameters[..usize::from(terms.parameter_count).min(PARAMETERS_MAX)]
}

struct Draft {
    terms: Terms,
    parameters: Vec<Parameter>,
    errors: Vec<OrderError>,
}

impl Draft {
    fn bad(&mut self, field: &str, message: String, rule: impl Into<String>) {
        self.errors.push(OrderError::new(field, message, rule));
    }

    fn simple(&mut self, change: &Change<'_>, instrument: &Instrument) {
        if let Some(text) = change.quantity {
            match values::quantity(text, instrument) {
                Ok(steps) => self.terms.quantity = steps,
                Err(rule) => {
                    let message = format!("{text:?} is no quantity of this instrument");
                    self.bad("quantity", message, rule);
                }
            }
        }
        if let Some(text) = change.limit {
            match values::decimal(text, 9) {
                Some(limit) => self.terms.limit = limit,
                None => {
                    let rule = "a decimal price with at most 9 decimals";
                    self.bad("limit", format!("{text:?} is no price"), rule);
                }
            }
        }
        for (field, text) in [("start", change.start), ("end", change.end)] {
            let Some(text) = text else { continue };
            match (values::time(text), field) {
                (Some(time), "start") => self.terms.start = time,
                (Some(time), _) => self.terms.end = time,
                (None, _) => {
                    let rule = "RFC 3339, such as 2012-06-21T10:00:00-04:00";
                    self.bad(field, format!("{text:?} is no time"), rule);
                }
            }
        }
    }

    fn parameters(
        &mut self,
        change: &Change<'_>,
        algorithm: AlgorithmCode,
        instrument: &Instrument,
    ) {
        for item in change.parameters {
            match values::parameter(item, algorithm, instrument) {
                Ok(new) => match self.parameters.iter_mut().find(|p| p.id == new.id) {
                    Some(old) => *old = new,
                    None => self.parameters.push(new),
                },
                Err((message, rule)) => self.bad("parameters", message, rule),
            }
        }
        for name in change.unset {
            match (name.as_str(), spec_by_name(algorithm, name)) {
                ("limit", _) if change.limit.is_none() => self.terms.limit = Price::NONE.0,
                ("end", _) if change.end.is_none() => self.terms.end = 0,
                ("limit" | "end", _) => {
                    let message = format!("{name} is given and unset at once");
                    self.bad("unset", message, "one of both");
                }
                (_, Some(spec)) => self.parameters.retain(|p| p.id != spec.id),
                (_, None) => {
                    let known: Vec<&str> = specs(algorithm).map(|s| s.name).collect();
                    let rule = format!("limit, end, or one of {}", known.join(", "));
                    self.bad("unset", format!("{name:?} cannot be unset"), rule);
                }
            }
        }
    }
}

/// What differs between two sets of terms of one order, in words.
#[must_use]
pub fn differences(
    before: &Terms,
    after: &Terms,
    instrument: Option<&Instrument>,
) -> Vec<Difference> {
    let mut list = Vec::new();
    let mut term = |field: &str, words: &dyn Fn(&Terms) -> String| {
        let (before, after) = (words(before), words(after));
        if before != after {
            list.push(Difference {
                field: field.to_owned(),
                before,
                after,
            });
        }
    };
    term("quantity", &|t| units(t.quantity, instrument));
    term("limit", &|t| match Price(t.limit) {
        p if p.is_some() => Decimal(p).to_string(),
        _ => "none".to_owned(),
    });
    term("start", &|t| time(t.start, "now"));
    term("end", &|t| time(t.end, "end of the session"));
    let mut ids: Vec<u16> = in_use(before).iter().map(|p| p.id).collect();
    ids.extend(in_use(after).iter().map(|p| p.id));
    ids.sort_unstable();
    ids.dedup();
    let algorithm = AlgorithmCode::try_from(before.algorithm).ok();
    for id in ids {
        let spec = algorithm.and_then(|a| spec_by_id(a, id));
        let name = spec.map_or_else(|| format!("parameter {id}"), |s| s.name.to_owned());
        term(&name, &|t| {
            let Some(p) = in_use(t).iter().find(|p| p.id == id) else {
                return "default".to_owned();
            };
            match (spec, instrument) {
                (Some(spec), Some(i)) => values::value_text(spec, p.value, i),
                _ => p.value.to_string(),
            }
        });
    }
    list
}

fn time(ns: u64, empty: &str) -> String {
    if ns == 0 {
        empty.to_owned()
    } else {
        short_time(Nanos(ns))
    }
}

/// What would help after a refused request; nothing where the sentence of the reason says it all.
#[must_use]
pub fn hint(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::BelowExecuted => {
            "what is executed stays: ask for that much or more, or cancel what is left"
        }
        Reason::EndInPast => "give a later --end, or --unset end for the end of the session",
        Reason::Immutable => {
            "it stays for the life of the order: cancel it and send a new one with other terms"
        }
        Reason::PendingOther => {
            "an amend or a cancel waits for child orders to come back: ask again when it is answered"
        }
        Reason::StaleVersion => {
            "the order was amended in between and nothing was changed now: look at it and ask again"
        }
        Reason::AlreadyTerminal => "it takes no request any more: send a new order",
        Reason::NotStarted => "wait for its start, or amend the start",
        Reason::UnknownParent => {
            "the engine of this run has no such order: see `pacer oms watch` or the live page"
        }
        Reason::PriceTick => "choose a price on the tick",
        Reason::OutsideSession => "choose a time inside the session",
        Reason::TimeOrder => "choose an end after the start",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
