//! One backward recursion for TWAP, VWAP and implementation shortfall with liquidity and volatility that
//! change over the day.
//!
//! Minimises `sum a_k n_k^2 + b_k x_k^2` with `a_k = eta_t,k/tau_k` and `b_k = lam*sigma_k^2*tau_k`:
//!
//! ```text
//! A_{N+1} = inf;  B_k = b_k + A_{k+1};  f_k = B_k/(a_k + B_k);  A_k = 1/(1/a_k + 1/B_k);  n_k = f_k x_{k-1}
//! ```
//!
//! The optimal cost is `A_1*X^2`. Constant coefficients give the sinh trajectory, `b = 0` with `a_k ~ 1/volume_k`
//! gives the static VWAP. O(N), fills the caller's slices.

use crate::error::{self, ModelError};

/// Fills `fractions` with the share of what remains to trade in each period, each in 0..=1 and the last 1, and gives `A_1`:
/// the cost is `A_1*X^2` (money; spread and permanent impact apart).
///
/// `effort[k]` is `a_k` (money per quantity squared), greater than zero; infinity means that the period
/// cannot trade. `risk[k]` is `b_k`, not negative.
///
/// # Errors
/// Empty or unequal slices, or the first coefficient out of range.
pub fn fractions(effort: &[f64], risk: &[f64], fractions: &mut [f64]) -> Result<f64, ModelError> {
    let count = effort.len();
    if count == 0 {
        return Err(ModelError::Length {
            field: "a",
            rule: "must hold at least one period",
        });
    }
    error::length("b", risk.len(), count, "must be as long as a")?;
    error::length("fractions", fractions.len(), count, "must be as long as a")?;
    error::all_not_negative("b", risk)?;
    if effort.iter().any(|&a| a.is_nan() || a <= 0.0) {
        return Err(ModelError::NotPositive("a"));
    }
    let mut tail = f64::INFINITY;
    for period in (0..count).rev() {
        let (a, holding) = (effort[period], risk[period] + tail);
        fractions[period] = if holding.is_infinite() {
            1.0
        } else {
            1.0 / (1.0 + a / holding)
        };
        tail = 1.0 / (1.0 / a + 1.0 / holding);
    }
    Ok(tail)
}

/// Fills `trades` (N) and `holdings` (N+1) from the fractions and the quantity `X >= 0`.
///
/// # Errors
/// Slices of the wrong length, or a quantity that is negative or not finite.
pub fn schedule(
    quantity: f64,
    fractions: &[f64],
    trades: &mut [f64],
    holdings: &mut [f64],
) -> Result<(), ModelError> {
    error::not_negative("quantity", quantity)?;
    error::length(
        "trades",
        trades.len(),
        fractions.len(),
        "must be as long as the fractions",
    )?;
    error::length(
        "holdings",
        holdings.len(),
        fractions.len() + 1,
        "must hold N+1",
    )?;
    holdings[0] = quantity;
    for (period, &fraction) in fractions.iter().enumerate() {
        trades[period] = fraction * holdings[period];
        holdings[period + 1] = holdings[period] - trades[period];
    }
    Ok(())
}

/// The most that may be traded in a period with this expected volume of others, for a ceiling on our share of the
/// total: `rate_max/(1 - rate_max)*volume`.
///
/// # Errors
/// The ceiling is not in `0..1`, or the volume is negative.
pub fn participation_cap(rate_max: f64, volume: f64) -> Result<f64, ModelError> {
    error::not_negative("volume", volume)?;
    error::not_negative("rate_max", rate_max)?;
    if rate_max >= 1.0 {
        return Err(ModelError::OutOfRange {
            field: "rate_max",
            rule: "must be below 1",
        });
    }
    Ok(rate_max / (1.0 - rate_max) * volume)
}

/// As [`schedule`] with `n_k <= caps[k]`. What a cap holds back is spread over the tail by the same fractions,
/// and a period trades more than its fraction when the caps behind it could not take the rest.
///
/// # Errors
/// As [`schedule`]; a negative cap; [`ModelError::Infeasible`] at once when the caps together are smaller than the quantity.
pub fn schedule_with_caps(
    quantity: f64,
    fractions: &[f64],
    caps: &[f64],
    trades: &mut [f64],
    holdings: &mut [f64],
) -> Result<(), ModelError> {
    error::length(
        "caps",
        caps.len(),
        fractions.len(),
        "must be as long as the fractions",
    )?;
    error::all_not_negative("caps", caps)?;
    let room: f64 = caps.iter().sum();
    if room < quantity {
        return Err(ModelError::Infeasible("caps"));
    }
    schedule(quantity, fractions, trades, holdings)?;
    let mut room_behind = room;
    for (period, &fraction) in fractions.iter().enumerate() {
        room_behind -= caps[period];
        let left = holdings[period];
        let needed_now = left - room_behind;
        trades[period] = (fraction * left)
            .max(needed_now)
            .min(caps[period])
            .min(left);
        holdings[period + 1] = left - trades[period];
    }
    // The caps leave at most the rounding of their own sum behind the last period.
    holdings[fractions.len()] = 0.0;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ac_discrete::{Parameters, Program};
    use crate::testing::{all_close, close};
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    const VOLUME: [f64; 7] = [18e3, 12e3, 9e3, 8e3, 10e3, 15e3, 28e3];

    fn solve(quantity: f64, a: &[f64], b: &[f64]) -> (Vec<f64>, Vec<f64>, Vec<f64>, f64) {
        let count = a.len();
        let (mut f, mut n, mut x) = (vec![0.0; count], vec![0.0; count], vec![0.0; count + 1]);
        let cost = fractions(a, b, &mut f).unwrap() * quantity * quantity;
        schedule(quantity, &f, &mut n, &mut x).unwrap();
        (f, n, x, cost)
    }

    #[test]
    fn liquidity_like_volume_without_risk_is_the_static_vwap() {
        let a: Vec<f64> = VOLUME.iter().map(|v| 0.1 / v).collect();
        let (f, n, x, cost) = solve(50_000.0, &a, &[0.0; 7]);
        close("first fraction", f[0], 0.18, 1e-13);
        all_close(
            "trades",
            &n,
            &[9e3, 6e3, 4.5e3, 4e3, 5e3, 7.5e3, 14e3],
            1e-12,
        );
        close("cost", cost, 2500.0, 1e-12);
        assert_eq!(x[7], 0.0);
    }

    #[test]
    fn risk_on_a_u_shaped_curve_trades_early() {
        let a: Vec<f64> = VOLUME.iter().map(|v| 0.1 / v).collect();
        let b = [2e-6, 1.2e-6, 1e-6, 1e-6, 1e-6, 1.2e-6, 1.5e-6];
        let (f, n, _, cost) = solve(50_000.0, &a, &b);
        let want = [
            0.46025117496,
            0.3284757472464,
            0.2588621191633,
            0.2304680889051,
            0.2743640867621,
            0.4171523730225,
            1.0,
        ];
        all_close("fractions", &f, &want, 1e-11);
        close("first trade", n[0], 23012.558748, 1e-11);
        close("cost", cost, 6392.37743, 1e-10);
    }

    #[test]
    fn constant_coefficients_are_the_sinh_trajectory() {
        let inputs = Parameters {
            quantity: 1e6,
            horizon: 5.0,
            periods: 5,
            sigma: 0.95,
            epsilon: 0.0,
            gamma: 2.5e-7,
            eta: 2.5e-6,
            lam: 1e-6,
        };
        let program = Program::new(inputs).unwrap();
        let (f, n, x, cost) = solve(1e6, &[2.375e-6; 5], &[9.025e-7; 5]);
        for period in 1..=5u32 {
            close(
                "trade",
                n[period as usize - 1],
                program.trade(period),
                1e-12,
            );
            close(
                "holding",
                x[period as usize],
                program.holding(period),
                1e-12,
            );
            let fraction = program.pace().fraction(f64::from(6 - period));
            close("fraction", f[period as usize - 1], fraction, 1e-12);
        }
        close("cost", cost, 1087855.558362, 1e-11);
    }

    #[test]
    fn a_period_that_cannot_trade_gets_nothing() {
        let (f, n, _, _) = solve(100.0, &[1.0, f64::INFINITY, 1.0], &[0.0; 3]);
        assert_eq!(f[1], 0.0);
        all_close("trades", &n, &[50.0, 0.0, 50.0], 1e-15);
        // A dead last period hands its duty to the one before it.
        let (f, n, _, _) = solve(100.0, &[1.0, 1.0, f64::INFINITY], &[0.0; 3]);
        assert_eq!(f[2], 1.0);
        all_close("trades", &n, &[50.0, 50.0, 0.0], 1e-15);
    }

    #[test]
    fn caps_are_respected_and_an_impossible_quantity_is_refused_at_once() {
        let f = [0.9, 0.5, 0.5, 1.0];
        let (mut n, mut x) = ([0.0; 4], [0.0; 5]);
        schedule_with_caps(100.0, &f, &[40.0, 30.0, 20.0, 30.0], &mut n, &mut x).unwrap();
        all_close("trades", &n, &[40.0, 30.0, 15.0, 15.0], 1e-15);
        // The tail holds 20 only, so the first period must trade 80 although its fraction says 10.
        schedule_with_caps(
            100.0,
            &[0.1, 0.5, 1.0],
            &[90.0, 10.0, 10.0],
            &mut n[..3],
            &mut x[..4],
        )
        .unwrap();
        all_close("trades", &n[..3], &[80.0, 10.0, 10.0], 1e-15);
        let refused = schedule_with_caps(
            111.0,
            &[0.1, 0.5, 1.0],
            &[90.0, 10.0, 10.0],
            &mut n[..3],
            &mut x[..4],
        );
        assert_eq!(refused, Err(ModelError::Infeasible("caps")));
        close("cap", participation_cap(0.1, 900.0).unwrap(), 100.0, 1e-12);
        assert!(participation_cap(1.0, 900.0).is_err());
    }

    #[test]
    fn coefficients_out_of_range_are_refused_by_name() {
        let mut f = [0.0; 2];
        assert_eq!(
            fractions(&[1.0, 0.0], &[0.0; 2], &mut f),
            Err(ModelError::NotPositive("a"))
        );
        assert_eq!(
            fractions(&[1.0; 2], &[0.0, -1.0], &mut f),
            Err(ModelError::Negative("b"))
        );
        assert!(fractions(&[], &[], &mut []).is_err());
        assert!(fractions(&[1.0; 2], &[0.0; 3], &mut f).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_cost_is_what_the_recursion_says_and_no_perturbation_lowers_it(
            rows in proptest::collection::vec((0.1..10.0f64, 0.0..10.0f64, -0.2..0.2f64), 1..30),
        ) {
            let a: Vec<f64> = rows.iter().map(|row| row.0).collect();
            let b: Vec<f64> = rows.iter().map(|row| row.1).collect();
            let (_, n, mut x, cost) = solve(10.0, &a, &b);
            let score = |x: &[f64]| -> f64 {
                (0..a.len())
                    .map(|k| a[k] * (x[k] - x[k + 1]) * (x[k] - x[k + 1]) + b[k] * x[k + 1] * x[k + 1])
                    .sum()
            };
            prop_assert!((score(&x) - cost).abs() <= 1e-9 * cost);
            prop_assert!(n.iter().all(|&trade| trade >= 0.0));
            let last = x.len() - 1;
            for (place, row) in x[1..last].iter_mut().zip(&rows) {
                *place += 10.0 * row.2;
            }
            prop_assert!(score(&x) >= cost * (1.0 - 1e-12));
        }

        #[test]
        fn capped_schedules_sum_to_the_quantity_within_every_cap(
            rows in proptest::collection::vec((0.1..10.0f64, 0.0..5.0f64, 0.0..50.0f64), 1..30),
            share in 0.0..1.0f64,
        ) {
            let a: Vec<f64> = rows.iter().map(|row| row.0).collect();
            let b: Vec<f64> = rows.iter().map(|row| row.1).collect();
            let caps: Vec<f64> = rows.iter().map(|row| row.2).collect();
            let quantity = share * caps.iter().sum::<f64>();
            let (mut f, mut n) = (vec![0.0; a.len()], vec![0.0; a.len()]);
            let mut x = vec![0.0; a.len() + 1];
            fractions(&a, &b, &mut f).unwrap();
            schedule_with_caps(quantity, &f, &caps, &mut n, &mut x).unwrap();
            prop_assert!((n.iter().sum::<f64>() - quantity).abs() <= 1e-9 * quantity.max(1.0));
            prop_assert!(n.iter().zip(&caps).all(|(&n, &cap)| (0.0..=cap).contains(&n)));
        }
    }
}
