//! Families of the algorithms' schedules, in whole lots.

use engine_algos::schedule::lots::cumulative_lots;
use engine_algos::schedule::volume::{Basis, Rate, pov_target};
use serde_json::{Value, json};
use shm_wire::units::Qty;

use crate::models::inputs::{Inputs, number, whole_quantity};

pub(super) fn lots(inputs: &Inputs<'_>) -> Result<Value, String> {
    let whole = |name: &str| whole_quantity(inputs.value(name)?, name).map(Qty);
    let (total, lot) = (whole("Q")?, whole("lot")?);
    if lot.0 == 0 {
        return Err("lot: must be greater than zero".to_owned());
    }
    let even = vec![1; inputs.count("N")? as usize];
    let curve = weights(inputs.list("volume_curve")?)?;
    let twap: Vec<u64> = cumulative_lots(total, lot, &even)
        .map(|target| target.0)
        .collect();
    let vwap: Vec<u64> = cumulative_lots(total, lot, &curve)
        .map(|target| target.0)
        .collect();
    Ok(json!({
        "twap_slices": slices(&twap),
        "vwap_slices": slices(&vwap),
        "twap_cumulative": twap,
        "vwap_cumulative": vwap,
    }))
}

pub(super) fn pov(inputs: &Inputs<'_>) -> Result<Value, String> {
    let whole = |name: &str| whole_quantity(inputs.value(name)?, name).map(Qty);
    let (total, lot) = (whole("Q")?, whole("lot")?);
    if lot.0 == 0 {
        return Err("lot: must be greater than zero".to_owned());
    }
    let rate = rate(inputs.number("rate")?)?;
    let (mut others, mut rows) = (0, Vec::new());
    for row in inputs.list("others_volume_by_time")? {
        let Some([time, volume]) = row.as_array().map(Vec::as_slice) else {
            return Err("others_volume_by_time: must hold pairs of time and volume".to_owned());
        };
        others += whole_quantity(volume, "others_volume_by_time")?;
        let others_now = whole_quantity(&others.into(), "others_volume_by_time")?;
        let target = |basis| pov_target(rate, Qty(others_now), lot, total, basis).0;
        rows.push(json!({
            "t": time,
            "others": others_now,
            "target_including_own": target(Basis::Including),
            "target_excluding_own": target(Basis::Excluding),
        }));
    }
    Ok(json!({ "rows": rows }))
}

/// A rate below one as the exact fraction that its decimals say.
fn rate(rate: f64) -> Result<Rate, String> {
    const REFUSED: &str = "rate: must lie above 0 and below 1, with at most 18 decimals";
    if !(rate > 0.0 && rate < 1.0) {
        return Err(REFUSED.to_owned());
    }
    let text = rate.to_string();
    let decimals = text
        .strip_prefix("0.")
        .filter(|decimals| decimals.len() <= 18);
    let decimals = decimals.ok_or(REFUSED)?;
    let part = decimals.parse().map_err(|_| REFUSED)?;
    let whole = (0..decimals.len()).fold(1, |whole: u64, _| whole * 10);
    Ok(Rate { part, whole })
}

/// What each bin adds to the cumulative targets, which never fall.
fn slices(cumulative: &[u64]) -> Vec<u64> {
    let before = std::iter::once(0).chain(cumulative.iter().copied());
    cumulative
        .iter()
        .zip(before)
        .map(|(now, before)| now.saturating_sub(before))
        .collect()
}

/// A curve as whole weights. Its decimals are taken as they are written, so that a floor that falls on a whole lot is exact.
fn weights(curve: &[Value]) -> Result<Vec<u64>, String> {
    const REFUSED: &str = "volume_curve: must hold numbers, not negative, of up to 15 decimals";
    let mut texts = Vec::new();
    for weight in curve {
        let weight = number(weight, "volume_curve")?;
        if !(0.0..1e15).contains(&weight) {
            return Err(REFUSED.to_owned());
        }
        // Rust prints the shortest decimal that reads back as the same number, without an exponent.
        texts.push(weight.to_string());
    }
    let decimals = |text: &String| {
        text.split_once('.')
            .map_or(0, |(_, decimals)| decimals.len())
    };
    let most = texts.iter().map(decimals).max().unwrap_or(0);
    let whole = |text: &String| {
        let padding = "0".repeat(most - decimals(text));
        format!("{}{padding}", text.replace('.', ""))
            .parse()
            .map_err(|_| REFUSED.to_owned())
    };
    let weights: Vec<u64> = texts.iter().map(whole).collect::<Result<_, String>>()?;
    // The schedule multiplies quantity and cumulative weight in 128 bits.
    weights
        .iter()
        .try_fold(0_u64, |sum, weight| sum.checked_add(*weight))
        .ok_or(REFUSED)?;
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_becomes_whole_weights_by_its_written_decimals() {
        let read = |curve: Value| weights(curve.as_array().unwrap());
        assert_eq!(read(json!([18.0, 12, 9])), Ok(vec![18, 12, 9]));
        assert_eq!(read(json!([0.18, 0.5, 0.125])), Ok(vec![180, 500, 125]));
        assert_eq!(read(json!([0.1, 0.2, 0])), Ok(vec![1, 2, 0]));
        assert!(read(json!([-1.0])).is_err());
        assert!(read(json!([1e300])).is_err());
        assert!(read(json!(["x"])).is_err());
    }

    #[test]
    fn a_rate_becomes_the_fraction_that_its_decimals_say() {
        assert_eq!(rate(0.1), Ok(Rate { part: 1, whole: 10 }));
        assert_eq!(
            rate(0.075),
            Ok(Rate {
                part: 75,
                whole: 1000
            })
        );
        for refused in [0.0, 1.0, -0.1, 1e-30, f64::NAN] {
            assert!(rate(refused).is_err(), "{refused}");
        }
    }
}
