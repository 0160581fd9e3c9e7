//! JSON Schema (draft 2020-12) of an order's parameters.
//!
//! Values as everywhere in the product's JSON: rates are fractions of 1, quantities whole quantity steps, prices decimal
//! strings, times RFC 3339, flags booleans, choices their names. Keywords beginning with `x-` annotate: `x-unit`,
//! `x-number` (identifier on the wire), `x-amendable`, and `x-minimum`, `x-maximum` for prices, which are strings.

use crate::values::{decimal, description, fraction, unit_name};
use engine_algos::registry::{about, algorithms, specs};
use serde_json::{Map, Number, Value, json};
use shm_wire::codes::AlgorithmCode;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::parent::PARAMETERS_MAX;

/// Decimals of a price, 1e-9.
const PRICE_PLACES: u32 = 9;

/// The schema of the parameters of an algorithm; `None` when the registry lacks it.
#[must_use]
pub fn json_schema(algorithm: AlgorithmCode) -> Option<Value> {
    let about = about(algorithm)?;
    let properties: Map<String, Value> = specs(algorithm)
        .map(|s| (s.name.to_owned(), property(s)))
        .collect();
    Some(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:pacer:parameters:{}", algorithm.text()),
        "title": format!("Parameters of {}", algorithm.text()),
        "description": about,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "maxProperties": PARAMETERS_MAX,
    }))
}

/// The algorithms of this build with their schemas: `pacer.algorithms/1`.
#[must_use]
pub fn algorithm_list() -> Value {
    let list: Vec<Value> = algorithms()
        .iter()
        .map(|a| {
            json!({
                "algorithm": a.text(),
                "number": a.code(),
                "about": about(*a),
                "parameters": json_schema(*a),
            })
        })
        .collect();
    json!({"schema": "pacer.algorithms/1", "algorithms": list})
}

fn property(spec: &ParamSpec) -> Value {
    let mut p = Map::new();
    let mut set = |key: &str, value: Value| p.insert(key.to_owned(), value);
    set("description", description(spec).into());
    set("x-unit", unit_name(spec.unit).into());
    set("x-number", spec.id.into());
    set("x-amendable", spec.mutable.into());
    match spec.unit {
        Unit::Choice(values) => {
            let names: Vec<&str> = values.iter().map(|v| v.0).collect();
            set("enum", names.into());
        }
        Unit::Flag => {
            set("type", "boolean".into());
        }
        Unit::Time => {
            set("type", "string".into());
            set("format", "date-time".into());
        }
        Unit::Price => {
            set("type", "string".into());
            set("pattern", r"^-?[0-9]{1,10}(\.[0-9]{1,9})?$".into());
            set("x-minimum", decimal(spec.min, PRICE_PLACES).into());
            set("x-maximum", decimal(spec.max, PRICE_PLACES).into());
        }
        Unit::Ppm => {
            set("type", "number".into());
            set("minimum", rate(spec.min));
            set("maximum", rate(spec.max));
        }
        Unit::Count | Unit::Quantity | Unit::Ticks | Unit::Bps | Unit::Millis => {
            set("type", "integer".into());
            set("minimum", spec.min.into());
            set("maximum", spec.max.into());
        }
    }
    if let Some(v) = spec.default {
        set("default", value(spec, v));
    }
    Value::Object(p)
}

/// A wire value as this schema writes it.
fn value(spec: &ParamSpec, v: i64) -> Value {
    match spec.unit {
        Unit::Choice(values) => values.iter().find(|c| c.1 == v).map(|c| c.0).into(),
        Unit::Flag => (v != 0).into(),
        Unit::Ppm => rate(v),
        Unit::Price => decimal(v, PRICE_PLACES).into(),
        // A default instant would be a bug of the table; it stands there as the number it is.
        Unit::Time | Unit::Count | Unit::Quantity | Unit::Ticks | Unit::Bps | Unit::Millis => {
            v.into()
        }
    }
}

/// Parts per million as the shortest number that means the same.
fn rate(ppm: i64) -> Value {
    let number = fraction(ppm).parse().ok().and_then(Number::from_f64);
    number.map_or(Value::Null, Value::Number)
}
