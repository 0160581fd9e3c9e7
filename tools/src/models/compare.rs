//! Comparison of two documents, value by value.

use serde_json::Value;

use super::report::Number;

/// `|got - expected| <= max(abs, rel*|expected|)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tolerance {
    rel: f64,
    abs: f64,
}

impl Tolerance {
    /// Reads `{rel, abs}`; a part left out is zero.
    pub(super) fn read(value: &Value) -> Result<Self, String> {
        let object = value
            .as_object()
            .ok_or("tolerance: must be an object with rel and abs")?;
        let part = |name: &str| match object.get(name) {
            None => Ok(0.0),
            Some(value) => value
                .as_f64()
                .filter(|part| *part >= 0.0 && part.is_finite())
                .ok_or_else(|| format!("tolerance.{name}: must be a number, not negative")),
        };
        Ok(Self {
            rel: part("rel")?,
            abs: part("abs")?,
        })
    }

    fn limit(self, expected: f64) -> f64 {
        self.abs.max(self.rel * expected.abs())
    }

    fn is_exact(self) -> bool {
        self.rel == 0.0 && self.abs == 0.0
    }
}

/// Adds one entry per value of `expected` to `numbers`. A field that `got` lacks fails; fields that only `got` has are not looked at.
pub(super) fn compare(
    path: &str,
    expected: &Value,
    got: Option<&Value>,
    tolerance: Tolerance,
    numbers: &mut Vec<Number>,
) {
    match expected {
        Value::Object(fields) => {
            for (name, value) in fields {
                let place = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                let got = got.and_then(|got| got.get(name));
                compare(&place, value, got, tolerance, numbers);
            }
        }
        Value::Array(items) => {
            let found = got.and_then(Value::as_array).map(Vec::len);
            if found != Some(items.len()) {
                numbers.push(unequal_length(path, items.len(), found));
            }
            for (index, item) in items.iter().enumerate() {
                let got = got.and_then(|got| got.get(index));
                compare(&format!("{path}[{index}]"), item, got, tolerance, numbers);
            }
        }
        _ => numbers.push(leaf(path, expected, got, tolerance)),
    }
}

fn unequal_length(path: &str, expected: usize, got: Option<usize>) -> Number {
    Number {
        path: format!("{path}.length"),
        expected: expected.into(),
        got: got.map_or(Value::Null, Into::into),
        error: None,
        limit: None,
        pass: false,
    }
}

fn leaf(path: &str, expected: &Value, got: Option<&Value>, tolerance: Tolerance) -> Number {
    let (mut error, mut limit) = (None, None);
    let pass = match (expected, got) {
        (Value::Number(want), Some(Value::Number(have))) => {
            let (want_f, have_f) = (want.as_f64(), have.as_f64());
            error = want_f.zip(have_f).map(|(want, have)| (have - want).abs());
            if tolerance.is_exact() {
                // Integers beyond 2^53 must not meet as floats.
                integer(want)
                    .zip(integer(have))
                    .map_or(error == Some(0.0), |(a, b)| a == b)
            } else {
                limit = want_f.map(|want| tolerance.limit(want));
                error
                    .zip(limit)
                    .is_some_and(|(error, limit)| error <= limit)
            }
        }
        (_, Some(got)) => expected == got,
        (_, None) => false,
    };
    let got = got.cloned().unwrap_or(Value::Null);
    Number {
        path: path.to_owned(),
        expected: expected.clone(),
        got,
        error,
        limit,
        pass,
    }
}

fn integer(number: &serde_json::Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn failures(expected: Value, got: Value, rel: f64, abs: f64) -> Vec<String> {
        let mut numbers = Vec::new();
        compare(
            "",
            &expected,
            Some(&got),
            Tolerance { rel, abs },
            &mut numbers,
        );
        assert!(!numbers.is_empty());
        numbers
            .into_iter()
            .filter(|number| !number.pass)
            .map(|number| number.path)
            .collect()
    }

    #[test]
    fn a_number_passes_within_the_larger_of_both_tolerances() {
        let none: Vec<String> = Vec::new();
        assert_eq!(
            failures(json!({"a": 100.0}), json!({"a": 100.9}), 0.01, 0.0),
            none
        );
        assert_eq!(
            failures(json!({"a": 100.0}), json!({"a": 101.1}), 0.01, 0.0),
            ["a"]
        );
        assert_eq!(
            failures(json!({"a": 0.0}), json!({"a": 1e-7}), 0.01, 1e-6),
            none
        );
        assert_eq!(failures(json!({"a": 5}), json!({"a": 5.0}), 0.0, 0.0), none);
        assert_eq!(failures(json!({"a": 5}), json!({"a": 6}), 0.0, 0.0), ["a"]);
        let large = 9_007_199_254_740_993_u64;
        assert_eq!(
            failures(json!({"a": large}), json!({"a": large - 1}), 0.0, 0.0),
            ["a"]
        );
    }

    #[test]
    fn null_means_not_defined_and_matches_nothing_else() {
        let none: Vec<String> = Vec::new();
        assert_eq!(
            failures(json!({"a": null}), json!({"a": null}), 1.0, 1.0),
            none
        );
        assert_eq!(
            failures(json!({"a": null}), json!({"a": 0.0}), 1.0, 1.0),
            ["a"]
        );
        assert_eq!(failures(json!({"a": null}), json!({}), 1.0, 1.0), ["a"]);
        assert_eq!(
            failures(json!({"a": 0.0}), json!({"a": null}), 1.0, 1.0),
            ["a"]
        );
        assert_eq!(
            failures(json!({"a": 0.0}), json!({"a": "NaN"}), 1.0, 1.0),
            ["a"]
        );
    }

    #[test]
    fn shapes_texts_and_truth_values_must_agree_exactly() {
        assert_eq!(
            failures(json!([1, 2]), json!([1]), 1.0, 1.0),
            [".length", "[1]"]
        );
        assert_eq!(
            failures(json!({"a": [{"b": 1}]}), json!({"a": []}), 0.0, 0.0).len(),
            2
        );
        assert_eq!(
            failures(json!({"a": [1]}), json!({"a": [1, 2]}), 0.0, 0.0),
            ["a.length"]
        );
        assert_eq!(
            failures(json!({"a": "post"}), json!({"a": "cross"}), 1.0, 1.0),
            ["a"]
        );
        assert_eq!(
            failures(json!({"a": true}), json!({"a": false}), 1.0, 1.0),
            ["a"]
        );
        assert_eq!(
            failures(json!({"a": {"b": 1}}), json!({"a": 1}), 0.0, 0.0),
            ["a.b"]
        );
    }

    #[test]
    fn a_tolerance_that_is_no_tolerance_is_refused() {
        assert!(Tolerance::read(&json!({"rel": -1.0})).is_err());
        assert!(Tolerance::read(&json!({"abs": "small"})).is_err());
        assert!(Tolerance::read(&json!(1e-9)).is_err());
        assert!(Tolerance::read(&json!({})).unwrap().is_exact());
    }
}
