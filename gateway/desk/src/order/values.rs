//! Values as people write them: decimals, quantities, times, parameters.

use engine_algos::registry::{spec_by_name, specs};
use gateway_tca::format::Time;
use shm_wire::codes::AlgorithmCode;
use shm_wire::instrument::Instrument;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::parent::Parameter;
use shm_wire::units::{Nanos, Price, Qty};

/// A decimal with at most `places` decimals as an integer of 10^-places; `None` when it is none or does not fit.
#[must_use]
pub fn decimal(text: &str, places: u32) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places as usize || whole.len() > 18 {
        return None;
    }
    let scale = 10_i128.checked_pow(places)?;
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let part: i128 = if fraction.is_empty() {
        0
    } else {
        fraction.parse().ok()?
    };
    let part = part * 10_i128.pow(places - u32::try_from(fraction.len()).ok()?);
    let value = whole.checked_mul(scale)?.checked_add(part)?;
    i64::try_from(if negative { -value } else { value }).ok()
}

/// A quantity in units of the instrument as quantity steps.
///
/// # Errors
/// The rule that is broken.
pub fn quantity(text: &str, instrument: &Instrument) -> Result<u64, String> {
    let rule = "a positive decimal number of units";
    let units = decimal(text, 9)
        .filter(|u| *u > 0)
        .ok_or_else(|| rule.to_owned())?;
    if units % instrument.qty_step != 0 {
        return Err(format!(
            "a multiple of the quantity step {}",
            Price(instrument.qty_step)
        ));
    }
    let steps = (units / instrument.qty_step).unsigned_abs();
    Qty::decode(steps)
        .map(|q| q.0)
        .ok_or_else(|| "at most 2^48 quantity steps".to_owned())
}

/// An RFC 3339 time as nanoseconds UTC; `None` when it is none, before 1970, or beyond the year 2500.
#[must_use]
pub fn time(text: &str) -> Option<u64> {
    let stamp: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(stamp.as_nanosecond())
        .ok()
        .filter(|t| *t > 0 && *t < 17_000_000_000_000_000_000)
}

/// `name=value` as a parameter of the algorithm, range checked.
///
/// # Errors
/// What is wrong, and the rule.
pub fn parameter(
    item: &str,
    algorithm: AlgorithmCode,
    instrument: &Instrument,
) -> Result<Parameter, (String, String)> {
    let Some((name, text)) = item.split_once('=') else {
        return Err((format!("{item:?} is no parameter"), "name=value".to_owned()));
    };
    let Some(spec) = spec_by_name(algorithm, name) else {
        let known: Vec<&str> = specs(algorithm).map(|s| s.name).collect();
        let rule = if known.is_empty() {
            "the algorithm is not available".to_owned()
        } else {
            format!("one of {}", known.join(", "))
        };
        return Err((
            format!("{} has no parameter {name:?}", algorithm.text()),
            rule,
        ));
    };
    let Some(value) = value(spec, text, instrument) else {
        return Err((format!("{name}: {text:?} is no value of it"), form_of(spec)));
    };
    if !spec.allows(value) {
        return Err((
            format!("{name}: {text} is outside its range"),
            form_of(spec),
        ));
    }
    Ok(Parameter {
        id: spec.id,
        value,
        ..Parameter::default()
    })
}

/// Value of a parameter in its wire unit.
fn value(spec: &ParamSpec, text: &str, instrument: &Instrument) -> Option<i64> {
    match spec.unit {
        Unit::Count | Unit::Ticks | Unit::Bps | Unit::Millis => text.parse().ok(),
        Unit::Quantity => i64::try_from(quantity(text, instrument).ok()?).ok(),
        Unit::Price => decimal(text, 9),
        Unit::Ppm => match text.strip_suffix('%') {
            Some(percent) => decimal(percent, 4),
            None => decimal(text, 6),
        },
        Unit::Time => i64::try_from(time(text)?).ok(),
        Unit::Flag => match text {
            "true" | "1" | "yes" | "on" => Some(1),
            "false" | "0" | "no" | "off" => Some(0),
            _ => None,
        },
        Unit::Choice(values) => values
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map(|v| v.1),
    }
}

/// A parameter as it is written in an order list.
#[must_use]
pub fn text_of(spec: &ParamSpec, value: i64, instrument: &Instrument) -> String {
    format!("{}={}", spec.name, value_text(spec, value, instrument))
}

/// The value of a parameter as people write it.
#[must_use]
pub fn value_text(spec: &ParamSpec, value: i64, instrument: &Instrument) -> String {
    match spec.unit {
        Unit::Count | Unit::Ticks | Unit::Bps | Unit::Millis => value.to_string(),
        Unit::Quantity => Price(value.saturating_mul(instrument.qty_step)).to_string(),
        Unit::Price => Price(value).to_string(),
        Unit::Ppm => format!("{}%", percent(value)),
        Unit::Time => Time(Nanos(value.unsigned_abs())).to_string(),
        Unit::Flag => (value != 0).to_string(),
        Unit::Choice(values) => values
            .iter()
            .find(|v| v.1 == value)
            .map_or_else(|| value.to_string(), |v| v.0.to_owned()),
    }
}

/// How a parameter is written, with its range.
#[must_use]
pub fn form_of(spec: &ParamSpec) -> String {
    let (low, high) = (spec.min, spec.max);
    match spec.unit {
        Unit::Count => format!("a whole number from {low} to {high}"),
        Unit::Quantity => format!("a quantity of {low} to {high} steps"),
        Unit::Price => format!("a price from {} to {}", Price(low), Price(high)),
        Unit::Ticks => format!("a whole number of ticks from {low} to {high}"),
        Unit::Bps => format!("whole basis points from {low} to {high}"),
        Unit::Ppm => format!("a percentage from {}% to {}%", percent(low), percent(high)),
        Unit::Millis => format!("whole milliseconds from {low} to {high}"),
        Unit::Time => "an RFC 3339 time".to_owned(),
        Unit::Flag => "true or false".to_owned(),
        Unit::Choice(values) => {
            let names: Vec<&str> = values.iter().map(|v| v.0).collect();
            format!("one of {}", names.join(", "))
        }
    }
}

/// Parts per million as a percentage without trailing zeros.
#[must_use]
pub fn percent(ppm: i64) -> String {
    let text = format!("{}.{:04}", ppm / 10_000, (ppm % 10_000).abs());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
