//! VWAP: what a wrong volume curve costs in tracking, and the two rules that follow the day as it unfolds.
//!
//! Konishi (2002): the price innovation of bin n arrives before trading in it, so only the cumulative error before the bin
//! matters, `Var = sum sigma_n^2 (M_{n-1} - U_{n-1})^2`. Dynamic rules: Bialkowski et al. (2008) and Busseti and Boyd (2015).

use crate::error::{self, ModelError};

/// Variance of the slippage against VWAP that the difference between the market's volume and our schedule alone explains, in the
/// square of the unit of `sigma` (standard deviation of the price innovation of each bin). Volumes and schedule are scaled to
/// sum to 1 first.
///
/// # Errors
/// Slices of unequal length or empty, a negative number, or a sum of zero.
pub fn tracking_variance(
    volume: &[f64],
    schedule: &[f64],
    sigma: &[f64],
) -> Result<f64, ModelError> {
    let market_total = total("volume", volume)?;
    let own_total = total("schedule", schedule)?;
    error::length(
        "schedule",
        schedule.len(),
        volume.len(),
        "must be as long as the volume",
    )?;
    error::length(
        "sigma",
        sigma.len(),
        volume.len(),
        "must be as long as the volume",
    )?;
    error::all_not_negative("sigma", sigma)?;
    let (mut market, mut own, mut variance) = (0.0, 0.0, 0.0);
    for (bin, &sd) in sigma.iter().enumerate() {
        let gap = market / market_total - own / own_total;
        variance += sd * sd * gap * gap;
        market += volume[bin];
        own += schedule[bin];
    }
    Ok(variance)
}

/// Remaining-proportion rule: the share of the whole order to trade in the first bin of `forecast` (volumes of the bins
/// still to come, this one included) when the share `done` lies behind us. The last bin takes the rest.
///
/// # Errors
/// An empty forecast, a negative volume, a forecast of nothing before the last bin, or `done` not in 0..=1.
pub fn remaining_share(forecast: &[f64], done: f64) -> Result<f64, ModelError> {
    // A sum of shares may pass 1 by its rounding.
    error::within("done", done, 0.0, 1.0 + 1e-9, "must lie in 0..=1")?;
    let left = (1.0 - done).max(0.0);
    if let [last] = forecast {
        error::not_negative("forecast", *last)?;
        return Ok(left);
    }
    let expected = total("forecast", forecast)?;
    Ok(forecast[0] / expected * left)
}

/// Revealed-volume rule: what to trade in the first bin of `forecast` when the market traded `observed` before it and we did `done` of
/// `quantity`. Never trades back; the last bin completes the order.
///
/// # Errors
/// An empty forecast, a negative number, or nothing observed and nothing expected.
pub fn revealed_trade(
    quantity: f64,
    observed: f64,
    forecast: &[f64],
    done: f64,
) -> Result<f64, ModelError> {
    error::not_negative("quantity", quantity)?;
    error::not_negative("observed", observed)?;
    error::not_negative("done", done)?;
    if let [last] = forecast {
        error::not_negative("forecast", *last)?;
        return Ok((quantity - done).max(0.0));
    }
    if forecast.is_empty() {
        return Err(EMPTY);
    }
    error::all_not_negative("forecast", forecast)?;
    let expected: f64 = forecast.iter().sum();
    let day = error::positive("observed + forecast", observed + expected)?;
    let target = quantity * (observed + forecast[0]) / day;
    Ok((target - done).max(0.0))
}

const EMPTY: ModelError = ModelError::Length {
    field: "forecast",
    rule: "must hold at least one bin",
};

fn total(field: &'static str, values: &[f64]) -> Result<f64, ModelError> {
    error::all_not_negative(field, values)?;
    error::positive(field, values.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{all_close, close};
    use libm::sqrt;
    use proptest::prelude::*;
    use std::vec::Vec;

    const VOLUME: [f64; 7] = [0.18, 0.12, 0.09, 0.08, 0.1, 0.15, 0.28];

    #[test]
    fn a_flat_schedule_on_a_u_shaped_day_tracks_with_the_known_error() {
        let variance = tracking_variance(&VOLUME, &[1.0; 7], &[20.0; 7]).unwrap();
        close("variance", variance, 21.19428571429, 1e-11);
        close("sd", sqrt(variance), 4.603725199693, 1e-11);
        assert_eq!(
            tracking_variance(&VOLUME, &VOLUME, &[20.0; 7]).unwrap(),
            0.0
        );
        assert!(tracking_variance(&VOLUME, &[0.0; 7], &[20.0; 7]).is_err());
        assert!(tracking_variance(&VOLUME, &[1.0; 6], &[20.0; 7]).is_err());
    }

    const FORECASTS: [&[f64]; 4] = [
        &[100.0, 60.0, 50.0, 90.0],
        &[70.0, 55.0, 95.0],
        &[60.0, 100.0],
        &[80.0],
    ];

    #[test]
    fn both_dynamic_rules_give_the_known_slices() {
        let mut done = 0.0;
        let shares = FORECASTS.map(|forecast| {
            let share = remaining_share(forecast, done).unwrap();
            done += share;
            share
        });
        let want = [
            0.3333333333333,
            0.2121212121212,
            0.1704545454545,
            0.2840909090909,
        ];
        all_close("shares", &shares, &want, 1e-11);
        let (mut done, mut observed) = (0.0, 0.0);
        let mut slices = Vec::new();
        for (forecast, volume) in FORECASTS.iter().zip([120.0, 75.0, 40.0, 105.0]) {
            let slice = revealed_trade(1000.0, observed, forecast, done).unwrap();
            slices.push(slice);
            done += slice;
            observed += volume;
        }
        all_close(
            "slices",
            &slices,
            &[
                333.3333333333,
                225.4901960784,
                159.4863297432,
                281.6901408451,
            ],
            1e-11,
        );
    }

    #[test]
    fn a_rule_that_is_ahead_waits_and_the_last_bin_completes() {
        assert_eq!(
            revealed_trade(1000.0, 10.0, &[10.0, 980.0], 500.0).unwrap(),
            0.0
        );
        assert_eq!(revealed_trade(1000.0, 10.0, &[0.0], 500.0).unwrap(), 500.0);
        assert_eq!(remaining_share(&[0.0], 0.25).unwrap(), 0.75);
        assert!(remaining_share(&[], 0.0).is_err());
        assert!(remaining_share(&[0.0, 0.0], 0.0).is_err());
        assert!(revealed_trade(1000.0, 0.0, &[0.0, 0.0], 0.0).is_err());
        assert!(revealed_trade(1000.0, 0.0, &[], 0.0).is_err());
        assert!(remaining_share(&[1.0, 1.0], 1.5).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn both_rules_sum_to_the_order_and_never_trade_back(
            curve in proptest::collection::vec((0.1..10.0f64, 0.1..10.0f64), 1..30),
        ) {
            let forecast: Vec<f64> = curve.iter().map(|row| row.0).collect();
            let (mut share, mut done, mut observed) = (0.0, 0.0, 0.0);
            for (bin, row) in curve.iter().enumerate() {
                let slice = revealed_trade(500.0, observed, &forecast[bin..], done).unwrap();
                prop_assert!(slice >= 0.0);
                done += slice;
                observed += row.1;
                share += remaining_share(&forecast[bin..], share).unwrap();
            }
            prop_assert!((done - 500.0).abs() < 1e-9 && (share - 1.0).abs() < 1e-9);
        }
    }
}
