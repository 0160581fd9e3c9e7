//! Names and values of parameters as people and text formats write them.

use shm_wire::params::{ParamSpec, Unit};
use shm_wire::units::{PPM_ONE, Price};

/// Name of a unit, the same in every face of the schema.
#[must_use]
pub const fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Quantity => "quantity steps",
        Unit::Price => "price",
        Unit::Ticks => "ticks",
        Unit::Bps => "bps",
        Unit::Ppm => "fraction of 1",
        Unit::Millis => "ms",
        Unit::Time => "time",
        Unit::Flag => "flag",
        Unit::Choice(_) => "choice",
    }
}

/// An integer of 10^-`places` as a decimal without trailing zeros.
#[must_use]
pub fn decimal(value: i64, places: u32) -> String {
    let scale = 10_u64.pow(places);
    let magnitude = value.unsigned_abs();
    let width = places as usize;
    let text = format!("{}.{:0width$}", magnitude / scale, magnitude % scale);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{text}")
}

/// A rate in parts per million as a fraction of 1.
#[must_use]
pub fn fraction(ppm: i64) -> String {
    decimal(ppm, PPM_ONE.ilog10())
}

/// A value of a parameter for people: `10%`, `SOFT`, `true`, `250`.
#[must_use]
pub fn in_words(spec: &ParamSpec, value: i64) -> String {
    match spec.unit {
        Unit::Choice(values) => values
            .iter()
            .find(|v| v.1 == value)
            .map_or_else(|| value.to_string(), |v| v.0.to_owned()),
        Unit::Flag => (value != 0).to_string(),
        Unit::Ppm => format!("{}%", decimal(value, 4)),
        Unit::Price => Price(value).to_string(),
        _ => value.to_string(),
    }
}

/// What a parameter means, what it takes and what holds without it, in sentences for people.
#[must_use]
pub fn description(spec: &ParamSpec) -> String {
    format!("{} Takes {}.", spec.about, range_in_words(spec))
}

/// Range and default for people.
#[must_use]
pub fn range_in_words(spec: &ParamSpec) -> String {
    let range = match spec.unit {
        Unit::Choice(values) => values.iter().map(|v| v.0).collect::<Vec<_>>().join(", "),
        Unit::Flag => "true or false".to_owned(),
        Unit::Time => "an instant".to_owned(),
        Unit::Ppm | Unit::Count => format!(
            "{} to {}",
            in_words(spec, spec.min),
            in_words(spec, spec.max)
        ),
        unit => format!(
            "{} to {} {}",
            in_words(spec, spec.min),
            in_words(spec, spec.max),
            unit_name(unit)
        ),
    };
    match spec.default {
        Some(v) => format!("{range}; default {}", in_words(spec, v)),
        None => format!("{range}; no default"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_have_no_trailing_zeros() {
        assert_eq!(fraction(1), "0.000001");
        assert_eq!([fraction(100_000), fraction(1_000_000)], ["0.1", "1"]);
        assert_eq!(decimal(-1_500, 3), "-1.5");
        assert_eq!(decimal(i64::MIN, 9), "-9223372036.854775808");
        assert_eq!(decimal(0, 4), "0");
    }
}
