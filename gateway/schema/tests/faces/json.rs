//! The JSON Schemas judge values as the engine's own parameter check does.

use engine_algos::params::range;
use engine_algos::registry::{algorithms, specs};
use gateway_schema::values::fraction;
use gateway_schema::{algorithm_list, json_schema};
use jsonschema::Validator;
use serde_json::{Value, json};
use shm_wire::codes::AlgorithmCode;
use shm_wire::params::{ParamSpec, Unit};

fn validator(algorithm: AlgorithmCode) -> Validator {
    let schema = json_schema(algorithm).unwrap();
    assert!(jsonschema::meta::is_valid(&schema), "{schema}");
    jsonschema::draft202012::new(&schema).unwrap()
}

/// A wire value as the schema writes it, whether or not it is allowed.
fn written(spec: &ParamSpec, value: i64) -> Value {
    match spec.unit {
        Unit::Choice(values) => values
            .iter()
            .find(|v| v.1 == value)
            .map_or(json!(format!("NO_{value}")), |v| json!(v.0)),
        Unit::Flag if (0..=1).contains(&value) => json!(value == 1),
        Unit::Ppm => json!(fraction(value).parse::<f64>().unwrap()),
        _ => json!(value),
    }
}

#[test]
fn a_value_is_valid_exactly_when_the_table_allows_it() {
    for algorithm in algorithms() {
        let validator = validator(*algorithm);
        for spec in specs(*algorithm) {
            // Texts whose range the schema only annotates.
            if matches!(spec.unit, Unit::Price | Unit::Time) {
                continue;
            }
            let (low, high) = range(spec);
            for value in [low - 1, low, low + 1, high - 1, high, high + 1] {
                let document = json!({ spec.name: written(spec, value) });
                assert_eq!(
                    validator.is_valid(&document),
                    spec.allows(value),
                    "{} {} {value}: {document}",
                    algorithm.text(),
                    spec.name
                );
            }
        }
    }
}

#[test]
fn defaults_are_valid_and_unknown_names_and_kinds_are_not() {
    for algorithm in algorithms() {
        let schema = json_schema(*algorithm).unwrap();
        let validator = validator(*algorithm);
        for spec in specs(*algorithm) {
            let property = &schema["properties"][spec.name];
            assert_eq!(property.get("default").is_some(), spec.default.is_some());
            assert_eq!(property["x-number"], spec.id);
            assert_eq!(property["x-amendable"], spec.mutable);
            if let Some(default) = property.get("default") {
                assert!(
                    validator.is_valid(&json!({ spec.name: default })),
                    "{default}"
                );
            }
            assert!(
                !validator.is_valid(&json!({ spec.name: null })),
                "{}",
                spec.name
            );
        }
        assert!(validator.is_valid(&json!({})));
        assert!(!validator.is_valid(&json!({"no_such_parameter": 1})));
    }
}

#[test]
fn the_list_has_every_algorithm_of_the_registry_with_its_schema() {
    let list = algorithm_list();
    assert_eq!(list["schema"], "pacer.algorithms/1");
    let list = list["algorithms"].as_array().unwrap();
    assert_eq!(list.len(), algorithms().len());
    for (entry, algorithm) in list.iter().zip(algorithms()) {
        assert_eq!(entry["algorithm"], algorithm.text());
        assert_eq!(entry["parameters"], json_schema(*algorithm).unwrap());
        assert!(!entry["about"].as_str().unwrap().is_empty());
    }
}
