//! Cont and Kukanov (2017), one venue: how much of a slice to rest and how much to take at once.
//!
//! The outflow of the queue ahead (trades and cancels within the slice) is exponential with a known mean, F its distribution:
//!
//! ```text
//! p  = (2h + f + r)/(lu + h + r + th)
//! L* = clip(F^-1(p) - Qa, 0, S),  M* = S - L*
//! all-limit  if lu <= (2h + f + r)/F(Qa + S) - (h + r + th)
//! all-market if lu >= (2h + f + r)/F(Qa)     - (h + r + th)
//! ```
//!
//! Costs are against the mid: what is taken pays `h + f`, what is filled earns `h + r`, all that is sent pays the impact `th`, and what is
//! left over pays `lu + th` when it is sent after all.

use libm::{expm1, log1p};

use crate::error::{self, ModelError};

/// The slice, the venue and the prices of its mistakes. Prices are money per unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inputs {
    /// Quantity of the slice `S`, not negative.
    pub quantity: f64,
    /// Quantity ahead of us in the queue `Qa`, not negative.
    pub queue_ahead: f64,
    /// Mean outflow of the queue within the slice, quantity, greater than zero.
    pub outflow_mean: f64,
    /// Half the spread `h`, not negative.
    pub half_spread: f64,
    /// Fee of taking `f`.
    pub taker_fee: f64,
    /// Rebate of making `r` (negative: a fee).
    pub maker_rebate: f64,
    /// Penalty of what is left over `lu`.
    pub underfill_penalty: f64,
    /// Impact of every unit sent `th`, not negative.
    pub impact: f64,
}

/// The split and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// `p`; from 1 on resting everything is best.
    pub ratio: f64,
    /// Quantity to rest.
    pub limit: f64,
    /// Quantity to take at once.
    pub market: f64,
    /// Probability that all that rests is filled.
    pub full_fill_probability: f64,
    /// Expected cost against the mid, money.
    pub expected_cost: f64,
    /// Penalty up to which everything rests, money per unit; none when nothing can reach our order.
    pub penalty_low: Option<f64>,
    /// Penalty from which everything is taken; none when there is no queue ahead, since it is then never.
    pub penalty_high: Option<f64>,
}

/// The best split.
///
/// # Errors
/// Names the first input out of range; `lu + h + r + th` must be greater than zero, and so must `2h + f + r`.
pub fn split(inputs: Inputs) -> Result<Split, ModelError> {
    error::not_negative("quantity", inputs.quantity)?;
    error::not_negative("queue_ahead", inputs.queue_ahead)?;
    error::positive("outflow_mean", inputs.outflow_mean)?;
    error::not_negative("half_spread", inputs.half_spread)?;
    error::finite("taker_fee", inputs.taker_fee)?;
    error::finite("maker_rebate", inputs.maker_rebate)?;
    error::finite("lambda_u", inputs.underfill_penalty)?;
    error::not_negative("theta", inputs.impact)?;
    let Inputs {
        quantity,
        queue_ahead,
        outflow_mean: mean,
        half_spread: h,
        ..
    } = inputs;
    let saving = error::positive(
        "2h + f + r",
        2.0 * h + inputs.taker_fee + inputs.maker_rebate,
    )?;
    let earned = h + inputs.maker_rebate;
    let stake = inputs.underfill_penalty + earned + inputs.impact;
    let ratio = saving / error::positive("lambda_u + h + r + theta", stake)?;
    // P(outflow <= x) and its complement, both without cancellation.
    let reached = |x: f64| -expm1(-x / mean);
    let beyond = |x: f64| libm::exp(-x / mean);
    let quantile = if ratio < 1.0 {
        -mean * log1p(-ratio)
    } else {
        f64::INFINITY
    };
    let limit = (quantile - queue_ahead).clamp(0.0, quantity);
    let market = quantity - limit;
    let filled = mean * beyond(queue_ahead) * reached(limit);
    let expected_cost = (h + inputs.taker_fee) * market - earned * filled
        + inputs.impact * (market + limit)
        + (inputs.underfill_penalty + inputs.impact) * (quantity - market - filled);
    let threshold = |x: f64| {
        let probability = reached(x);
        if probability > 0.0 {
            Some(saving / probability - (earned + inputs.impact))
        } else {
            None
        }
    };
    Ok(Split {
        ratio,
        limit,
        market,
        full_fill_probability: beyond(queue_ahead + limit),
        expected_cost,
        penalty_low: threshold(queue_ahead + quantity),
        penalty_high: threshold(queue_ahead),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;
    use proptest::prelude::*;

    const BASE: Inputs = Inputs {
        quantity: 1000.0,
        queue_ahead: 2000.0,
        outflow_mean: 2200.0,
        half_spread: 0.01,
        taker_fee: 0.003,
        maker_rebate: 0.002,
        underfill_penalty: 0.022,
        impact: 0.0005,
    };

    #[test]
    fn the_penalty_decides_between_resting_splitting_and_taking() {
        // lu | ratio | limit | full fill | cost
        let table = [
            (
                0.022,
                0.7246376811594,
                837.2685559478,
                0.2753623188406,
                11.77467587744,
            ),
            (
                0.005,
                1.428571428571,
                1000.0,
                0.2557291599131,
                0.3342952777828,
            ),
            (0.05, 0.4, 0.0, 0.4028903215291, 13.5),
        ];
        for (underfill_penalty, ratio, limit, full, cost) in table {
            let got = split(Inputs {
                underfill_penalty,
                ..BASE
            })
            .unwrap();
            close("ratio", got.ratio, ratio, 1e-11);
            close("limit", got.limit, limit, 1e-10);
            close("sum", got.limit + got.market, 1000.0, 1e-14);
            close("full fill", got.full_fill_probability, full, 1e-11);
            close("cost", got.expected_cost, cost, 1e-10);
            close("low", got.penalty_low.unwrap(), 0.0210899227183, 1e-11);
            close("high", got.penalty_high.unwrap(), 0.02936835501314, 1e-11);
        }
    }

    #[test]
    fn without_a_queue_nothing_is_ever_all_market() {
        let got = split(Inputs {
            queue_ahead: 0.0,
            underfill_penalty: 10.0,
            ..BASE
        })
        .unwrap();
        assert_eq!(got.penalty_high, None);
        assert!(got.limit > 0.0);
        assert!(
            split(Inputs {
                outflow_mean: 0.0,
                ..BASE
            })
            .is_err()
        );
        assert!(
            split(Inputs {
                underfill_penalty: -1.0,
                ..BASE
            })
            .is_err()
        );
    }

    fn cost_of(inputs: Inputs, limit: f64) -> f64 {
        let Inputs {
            quantity: s,
            outflow_mean: m,
            half_spread: h,
            ..
        } = inputs;
        let filled =
            m * (libm::exp(-inputs.queue_ahead / m) - libm::exp(-(inputs.queue_ahead + limit) / m));
        let market = s - limit;
        (h + inputs.taker_fee) * market - (h + inputs.maker_rebate) * filled
            + inputs.impact * s
            + (inputs.underfill_penalty + inputs.impact) * (limit - filled)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_other_split_is_cheaper(
            queue_ahead in 0.0..5000.0f64, outflow_mean in 100.0..5000.0f64,
            underfill_penalty in 0.0..0.1f64, share in 0.0..=1.0f64,
        ) {
            let inputs = Inputs { queue_ahead, outflow_mean, underfill_penalty, ..BASE };
            let best = split(inputs).unwrap();
            prop_assert!((cost_of(inputs, best.limit) - best.expected_cost).abs() < 1e-8);
            prop_assert!(best.expected_cost <= cost_of(inputs, share * 1000.0) + 1e-9);
        }
    }
}
