//! Transient impact by a decaying kernel: Bouchaud et al. (2004), Gatheral, Schied and Slynko (2012).
//!
//! `I(t) = lam*sum x_i G(t - t_i)`, `G(l) = (1 + l/l0)^-beta`. The cost of trades at given times is `lam/2 * x'Gx`, so the optimal
//! sizes are proportional to `G^-1 1`: U-shaped. [`ExponentialSum`] is the same with O(m) work per trade and no history.

use libm::{exp, log, pow};

use crate::error::{self, ModelError};
use crate::linear_algebra::{cholesky, cholesky_solve};

/// A power-law kernel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerKernel {
    /// Impact of one unit at its own instant, price per quantity, greater than zero.
    pub lam: f64,
    /// Decay exponent, not negative.
    pub beta: f64,
    /// Time below which the impact hardly decays, greater than zero.
    pub l0: f64,
}

impl PowerKernel {
    /// Checks the kernel.
    ///
    /// # Errors
    /// Names the first input out of range.
    pub fn check(self) -> Result<Self, ModelError> {
        error::positive("lam", self.lam)?;
        error::not_negative("beta", self.beta)?;
        error::positive("l0", self.l0)?;
        Ok(self)
    }

    /// `G(lag)`, in 0..=1; zero before the trade.
    pub fn decay(self, lag: f64) -> f64 {
        if lag < 0.0 {
            0.0
        } else {
            pow(1.0 + lag / self.l0, -self.beta)
        }
    }

    /// Impact at `time` of `trades` at `times`, price. A trade counts in full at its own instant.
    ///
    /// # Errors
    /// Slices of unequal length or numbers that are not finite.
    pub fn impact(self, trades: &[f64], times: &[f64], time: f64) -> Result<f64, ModelError> {
        self.check()?;
        error::finite("time", time)?;
        check_trades(trades, times)?;
        let mut sum = 0.0;
        for (&trade, &at) in trades.iter().zip(times) {
            sum += trade * self.decay(time - at);
        }
        Ok(self.lam * sum)
    }

    /// Cost `lam/2 * x'Gx` of `trades` at `times`, money.
    ///
    /// # Errors
    /// Slices of unequal length or numbers that are not finite.
    pub fn cost(self, trades: &[f64], times: &[f64]) -> Result<f64, ModelError> {
        self.check()?;
        check_trades(trades, times)?;
        let mut sum = 0.0;
        for (i, &trade) in trades.iter().enumerate() {
            for (j, &other) in trades.iter().enumerate() {
                sum += trade * other * self.decay((times[i] - times[j]).abs());
            }
        }
        Ok(0.5 * self.lam * sum)
    }

    /// Fills `trades` with the cheapest split of `quantity` over `times`; `matrix` is scratch of `n*n`.
    ///
    /// # Errors
    /// [`ModelError::Singular`] when the kernel matrix is not positive definite (two trades at one time, or a kernel with
    /// arbitrage); wrong lengths.
    pub fn optimal(
        self,
        quantity: f64,
        times: &[f64],
        matrix: &mut [f64],
        trades: &mut [f64],
    ) -> Result<(), ModelError> {
        self.check()?;
        error::finite("quantity", quantity)?;
        let count = times.len();
        if count == 0 {
            return Err(ModelError::Length {
                field: "times",
                rule: "must hold at least one",
            });
        }
        error::all_finite("times", times)?;
        error::length("matrix", matrix.len(), count * count, "must be n by n")?;
        error::length("trades", trades.len(), count, "must be as long as times")?;
        for row in 0..count {
            for column in 0..count {
                matrix[row * count + column] = self.decay((times[row] - times[column]).abs());
            }
        }
        cholesky("kernel", matrix, count)?;
        trades.fill(1.0);
        cholesky_solve(matrix, count, trades);
        let total: f64 = trades.iter().sum();
        trades
            .iter_mut()
            .for_each(|trade| *trade *= quantity / total);
        Ok(())
    }
}

fn check_trades(trades: &[f64], times: &[f64]) -> Result<(), ModelError> {
    error::length(
        "times",
        times.len(),
        trades.len(),
        "must be as long as trades",
    )?;
    error::all_finite("trades", trades)?;
    error::all_finite("times", times)
}

/// A kernel `sum_m w_m exp(-r_m l)` with its state: M numbers, no history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExponentialSum<const M: usize> {
    weights: [f64; M],
    rates: [f64; M],
    levels: [f64; M],
}

impl<const M: usize> ExponentialSum<M> {
    /// An undisturbed kernel from its weights (price per quantity, not negative) and rates (1/time, not negative).
    ///
    /// # Errors
    /// A weight or rate out of range.
    pub fn new(weights: [f64; M], rates: [f64; M]) -> Result<Self, ModelError> {
        error::all_not_negative("weights", &weights)?;
        error::all_not_negative("rates", &rates)?;
        Ok(Self {
            weights,
            rates,
            levels: [0.0; M],
        })
    }

    /// Lets `elapsed >= 0` time pass.
    pub fn advance(&mut self, elapsed: f64) {
        for (level, rate) in self.levels.iter_mut().zip(&self.rates) {
            *level *= exp(-rate * elapsed.max(0.0));
        }
    }

    /// Adds a trade.
    pub fn trade(&mut self, quantity: f64) {
        for (level, weight) in self.levels.iter_mut().zip(&self.weights) {
            *level += weight * quantity;
        }
    }

    /// Impact now, price.
    pub fn impact(&self) -> f64 {
        self.levels.iter().sum()
    }
}

/// Refuses a power-law decay `b` with an impact `v^d` that allows profit from a round trip (Gatheral 2010): `b + d >= 1` and
/// `b >= 2 - log2(3)`.
///
/// # Errors
/// Names the exponent and the rule it breaks.
pub fn refuse_arbitrage(decay_exponent: f64, impact_exponent: f64) -> Result<(), ModelError> {
    error::positive("b", decay_exponent)?;
    error::positive("d", impact_exponent)?;
    if decay_exponent + impact_exponent < 1.0 {
        return Err(ModelError::OutOfRange {
            field: "b + d",
            rule: "must be at least 1",
        });
    }
    if decay_exponent < 2.0 - log(3.0) / log(2.0) {
        return Err(ModelError::OutOfRange {
            field: "b",
            rule: "must be at least 2 - log2(3)",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{all_close, close};
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    const KERNEL: PowerKernel = PowerKernel {
        lam: 1e-4,
        beta: 0.4,
        l0: 0.5,
    };
    const TIMES: [f64; 4] = [0.0, 1.0, 2.0, 3.0];

    #[test]
    fn path_cost_and_the_optimal_split_come_out() {
        let trades = [1000.0; 4];
        let path = [0.0, 0.5, 3.0, 4.0, 10.0].map(|t| KERNEL.impact(&trades, &TIMES, t).unwrap());
        let want = [
            0.1,
            0.07578582832552,
            0.2628856125817,
            0.2044099772356,
            0.126431822948,
        ];
        all_close("impact", &path, &want, 1e-11);
        close(
            "cost",
            KERNEL.cost(&trades, &TIMES).unwrap(),
            544.2949716653,
            1e-12,
        );
        let (mut matrix, mut best) = ([0.0; 16], [0.0; 4]);
        KERNEL
            .optimal(4000.0, &TIMES, &mut matrix, &mut best)
            .unwrap();
        all_close(
            "split",
            &best,
            &[1242.409373081, 757.590626919, 757.590626919, 1242.409373081],
            1e-11,
        );
        close(
            "optimal cost",
            KERNEL.cost(&best, &TIMES).unwrap(),
            539.8046418887,
            1e-12,
        );
    }

    #[test]
    fn two_trades_at_one_instant_have_no_unique_split() {
        let (mut matrix, mut best) = ([0.0; 4], [0.0; 2]);
        let refused = KERNEL.optimal(1.0, &[1.0, 1.0], &mut matrix, &mut best);
        assert_eq!(refused, Err(ModelError::Singular("kernel")));
        assert!(KERNEL.impact(&[1.0], &[], 0.0).is_err());
        assert!(
            PowerKernel { l0: 0.0, ..KERNEL }
                .cost(&[1.0], &[0.0])
                .is_err()
        );
    }

    #[test]
    fn kernels_with_a_profitable_round_trip_are_refused() {
        assert!(refuse_arbitrage(0.5, 0.5).is_ok());
        assert!(refuse_arbitrage(0.4, 1.0).is_err());
        assert!(refuse_arbitrage(0.45, 0.5).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_kernel_is_positive_definite_and_no_other_split_is_cheaper(
            gaps in proptest::collection::vec((0.05..3.0f64, -0.2..0.2f64), 2..20), beta in 0.05..2.0f64,
        ) {
            let kernel = PowerKernel { beta, ..KERNEL };
            let mut clock = 0.0;
            let times: Vec<f64> = gaps.iter().map(|gap| { clock += gap.0; clock }).collect();
            let count = times.len();
            let (mut matrix, mut trades) = (vec![0.0; count * count], vec![0.0; count]);
            kernel.optimal(1000.0, &times, &mut matrix, &mut trades).unwrap();
            let best = kernel.cost(&trades, &times).unwrap();
            for place in 1..count {
                trades[place] += 1000.0 * gaps[place].1;
                trades[place - 1] -= 1000.0 * gaps[place].1;
            }
            prop_assert!(kernel.cost(&trades, &times).unwrap() >= best * (1.0 - 1e-10));
        }

        #[test]
        fn an_exponential_sum_keeps_no_history_yet_agrees_with_the_full_sum(
            steps in proptest::collection::vec((0.0..2.0f64, -10.0..10.0f64), 1..20),
        ) {
            let (weights, rates) = ([0.5, 0.3, 0.2], [0.1, 1.0, 5.0]);
            let mut state = ExponentialSum::new(weights, rates).unwrap();
            let mut past: Vec<(f64, f64)> = Vec::new();
            let mut clock = 0.0;
            for (gap, quantity) in steps {
                clock += gap;
                state.advance(gap);
                state.trade(quantity);
                past.push((clock, quantity));
                let full: f64 = past.iter()
                    .map(|(at, q)| (0..3).map(|m| q * weights[m] * exp(-rates[m] * (clock - at))).sum::<f64>())
                    .sum();
                prop_assert!((state.impact() - full).abs() < 1e-9);
            }
        }
    }
}
