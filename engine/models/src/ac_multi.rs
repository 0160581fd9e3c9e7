//! Almgren and Chriss (2000), appendix on portfolios, with diagonal impact.
//!
//! `min sum_k n_k'H n_k/tau + lam*tau*sum_k x_k'C x_k`, `H = diag(eta_i - gamma_i*tau/2)`. With `H^-1/2 (lam C) H^-1/2 =
//! U diag(w) U'` and `y = U'H^1/2 x` every mode is a single Almgren-Chriss program with `w` in the place of `kappa`-tilde
//! squared. The eigenvectors are found once when the basket arrives; each step is O(d^2).

use libm::sqrt;

use crate::ac_discrete::{Costs, Pace, eta_tilde};
use crate::error::{self, ModelError};
use crate::linear_algebra::symmetric_eigen;

/// Inputs of a basket of `d` names.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a> {
    /// Positions to bring to zero, one per name: positive is long (to sell), negative short (to buy back), zero a hedge.
    pub quantities: &'a [f64],
    /// Horizon, time, greater than zero.
    pub horizon: f64,
    /// Number of periods, at least 1.
    pub periods: u32,
    /// Covariance of the prices, `d*d` row-major, symmetric, positive semi-definite; (money per unit)^2 per time.
    pub covariance: &'a [f64],
    /// Temporary impact of each name.
    pub eta: &'a [f64],
    /// Permanent impact of each name, not negative.
    pub gamma: &'a [f64],
    /// Risk aversion, 1/money.
    pub lam: f64,
}

/// Room for the modes of a basket, lent by the caller so that nothing allocates: two `d*d` slices and two `d` slices.
#[derive(Debug)]
pub struct Workspace<'a> {
    /// `d*d`: destroyed.
    pub matrix: &'a mut [f64],
    /// `d*d`: the modes.
    pub vectors: &'a mut [f64],
    /// `d`: square roots of the corrected impacts.
    pub roots: &'a mut [f64],
    /// `d`: the basket in modes.
    pub modes: &'a mut [f64],
}

/// A solved basket.
#[derive(Debug)]
pub struct Basket<'a> {
    inputs: Parameters<'a>,
    space: Workspace<'a>,
    tau: f64,
}

impl<'a> Basket<'a> {
    /// Checks the inputs and finds the modes.
    ///
    /// # Errors
    /// Names the first input out of range: lengths, impacts, a covariance that is not symmetric or not positive
    /// semi-definite, a negative `lam` without an optimum.
    pub fn new(inputs: Parameters<'a>, space: Workspace<'a>) -> Result<Self, ModelError> {
        let names = inputs.quantities.len();
        check(&inputs, &space, names)?;
        let tau = inputs.horizon / f64::from(inputs.periods);
        for (name, root) in space.roots.iter_mut().enumerate() {
            *root = sqrt(eta_tilde(inputs.eta[name], inputs.gamma[name], tau)?);
        }
        let mut top = 0.0f64;
        for row in 0..names {
            for column in 0..names {
                let value = inputs.covariance[row * names + column];
                let scaled = value / (space.roots[row] * space.roots[column]);
                space.matrix[row * names + column] = scaled;
                top = top.max(scaled.abs());
            }
        }
        symmetric_eigen("covariance", space.matrix, space.vectors, names)?;
        for mode in 0..names {
            let eigenvalue = &mut space.matrix[mode * names + mode];
            // A singular covariance leaves rounding below zero, a wrong one leaves more.
            if *eigenvalue < -1e-12 * top {
                return Err(ModelError::Singular("covariance"));
            }
            *eigenvalue = inputs.lam * eigenvalue.max(0.0);
            let mut sum = 0.0;
            for name in 0..names {
                let weight = space.vectors[name * names + mode] * space.roots[name];
                sum += weight * inputs.quantities[name];
            }
            space.modes[mode] = sum;
        }
        let basket = Self { inputs, space, tau };
        for mode in 0..names {
            basket.pace(mode)?.check_horizon(inputs.horizon)?;
        }
        Ok(basket)
    }

    fn names(&self) -> usize {
        self.inputs.quantities.len()
    }

    fn pace(&self, mode: usize) -> Result<Pace, ModelError> {
        Pace::new(self.space.matrix[mode * self.names() + mode], self.tau)
    }

    /// Fills `kappas` with the decay of each mode, 1/time, ascending.
    ///
    /// # Errors
    /// `kappas` does not hold one number per name.
    pub fn kappas_ascending(&self, kappas: &mut [f64]) -> Result<(), ModelError> {
        error::length(
            "kappas",
            kappas.len(),
            self.names(),
            "must hold one per name",
        )?;
        for (mode, kappa) in kappas.iter_mut().enumerate() {
            *kappa = self.pace(mode)?.kappa();
        }
        kappas.sort_unstable_by(f64::total_cmp);
        Ok(())
    }

    /// Fills `held` with the position in each name after `period`, for `0..=N`.
    ///
    /// # Errors
    /// `held` does not hold one number per name.
    pub fn holdings(&self, period: u32, held: &mut [f64]) -> Result<(), ModelError> {
        let names = self.names();
        error::length("held", held.len(), names, "must hold one per name")?;
        if period == 0 {
            held.copy_from_slice(self.inputs.quantities);
            return Ok(());
        }
        held.fill(0.0);
        let left = f64::from(self.inputs.periods.saturating_sub(period)) * self.tau;
        for mode in 0..names {
            let share = self.pace(mode)?.share_left(left, self.inputs.horizon);
            let amount = self.space.modes[mode] * share;
            for (name, held) in held.iter_mut().enumerate() {
                *held += self.space.vectors[name * names + mode] * amount;
            }
        }
        for (held, root) in held.iter_mut().zip(self.space.roots.iter()) {
            *held /= root;
        }
        Ok(())
    }

    /// Expected cost (permanent and temporary, without the spread) and variance; `before` and `after` are scratch of one
    /// number per name.
    ///
    /// # Errors
    /// The scratch slices do not hold one number per name.
    pub fn costs(&self, before: &mut [f64], after: &mut [f64]) -> Result<Costs, ModelError> {
        let names = self.names();
        let mut expected = 0.0;
        for (gamma, quantity) in self.inputs.gamma.iter().zip(self.inputs.quantities) {
            expected += 0.5 * gamma * quantity * quantity;
        }
        let mut variance = 0.0;
        self.holdings(0, before)?;
        for period in 1..=self.inputs.periods {
            self.holdings(period, after)?;
            for name in 0..names {
                let effort = self.space.roots[name] * (before[name] - after[name]);
                expected += effort * effort / self.tau;
                let mut row = 0.0;
                for (other, held) in after.iter().enumerate() {
                    row += self.inputs.covariance[name * names + other] * held;
                }
                variance += self.tau * after[name] * row;
            }
            before.copy_from_slice(after);
        }
        Ok(Costs { expected, variance })
    }
}

fn check(inputs: &Parameters<'_>, space: &Workspace<'_>, names: usize) -> Result<(), ModelError> {
    if names == 0 {
        return Err(ModelError::Length {
            field: "quantities",
            rule: "must hold at least one name",
        });
    }
    error::all_finite("quantities", inputs.quantities)?;
    error::positive("horizon", inputs.horizon)?;
    if inputs.periods == 0 {
        return Err(ModelError::NotPositive("periods"));
    }
    error::finite("lam", inputs.lam)?;
    error::length(
        "covariance",
        inputs.covariance.len(),
        names * names,
        "must be d by d",
    )?;
    error::length("eta", inputs.eta.len(), names, "must hold one per name")?;
    error::length("gamma", inputs.gamma.len(), names, "must hold one per name")?;
    error::all_finite("covariance", inputs.covariance)?;
    error::all_positive("eta", inputs.eta)?;
    error::all_not_negative("gamma", inputs.gamma)?;
    for row in 0..names {
        for column in 0..row {
            let (a, b) = (
                inputs.covariance[row * names + column],
                inputs.covariance[column * names + row],
            );
            if (a - b).abs() > 1e-12 * a.abs().max(b.abs()) {
                return Err(ModelError::OutOfRange {
                    field: "covariance",
                    rule: "must be symmetric",
                });
            }
        }
    }
    error::length(
        "matrix",
        space.matrix.len(),
        names * names,
        "must be d by d",
    )?;
    error::length(
        "vectors",
        space.vectors.len(),
        names * names,
        "must be d by d",
    )?;
    error::length("roots", space.roots.len(), names, "must hold one per name")?;
    error::length("modes", space.modes.len(), names, "must hold one per name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ac_discrete::{self, Program};
    use crate::testing::{all_close, close};
    use std::vec;
    use std::vec::Vec;

    struct Solved {
        kappas: Vec<f64>,
        holdings: Vec<Vec<f64>>,
        costs: Costs,
    }

    fn solve(inputs: Parameters<'_>) -> Result<Solved, ModelError> {
        let names = inputs.quantities.len();
        let (mut matrix, mut vectors) = (vec![0.0; names * names], vec![0.0; names * names]);
        let (mut roots, mut modes) = (vec![0.0; names], vec![0.0; names]);
        let space = Workspace {
            matrix: &mut matrix,
            vectors: &mut vectors,
            roots: &mut roots,
            modes: &mut modes,
        };
        let basket = Basket::new(inputs, space)?;
        let mut kappas = vec![0.0; names];
        basket.kappas_ascending(&mut kappas)?;
        let mut holdings = vec![vec![0.0; names]; inputs.periods as usize + 1];
        for (period, row) in holdings.iter_mut().enumerate() {
            basket.holdings(period as u32, row)?;
        }
        let costs = basket.costs(&mut vec![0.0; names], &mut vec![0.0; names])?;
        Ok(Solved {
            kappas,
            holdings,
            costs,
        })
    }

    const PAIR: Parameters<'static> = Parameters {
        quantities: &[100e3, -80e3],
        horizon: 1.0,
        periods: 5,
        covariance: &[0.9025, 0.55, 0.55, 0.64],
        eta: &[2.5e-6, 1.6e-6],
        gamma: &[2.5e-7, 1.5e-7],
        lam: 1e-6,
    };

    #[test]
    fn a_long_short_pair_gives_the_known_numbers() {
        let got = solve(PAIR).unwrap();
        all_close(
            "kappas",
            &got.kappas,
            &[0.3252688436611, 0.8131030227963],
            1e-10,
        );
        all_close(
            "x_1",
            &got.holdings[1],
            &[79132.3474795, -64085.79437325],
            1e-10,
        );
        all_close(
            "x_4",
            &got.holdings[4],
            &[19428.10045014, -16050.70366372],
            1e-10,
        );
        close("E", got.costs.expected, 36641.02399486, 1e-10);
        close("V", got.costs.variance, 1002302366.623, 1e-10);
    }

    #[test]
    fn a_liquid_proxy_is_traded_through_although_it_starts_and_ends_flat() {
        let got = solve(Parameters {
            quantities: &[100e3, 0.0],
            covariance: &[0.9025, 0.72, 0.72, 0.64],
            eta: &[2.5e-6, 2e-7],
            gamma: &[2.5e-7, 1e-8],
            lam: 4e-6,
            ..PAIR
        })
        .unwrap();
        all_close(
            "x_1",
            &got.holdings[1],
            &[76383.32977145, -32528.32830881],
            1e-10,
        );
        assert_eq!(got.holdings[5], [0.0, 0.0]);
        close("V", got.costs.variance, 660844676.8953, 1e-10);
    }

    #[test]
    fn uncorrelated_names_are_separate_programs() {
        let covariance = [0.9025, 0.0, 0.0, 0.0, 0.64, 0.0, 0.0, 0.0, 0.25];
        let got = solve(Parameters {
            quantities: &[1e6, 5e5, 1e4],
            horizon: 5.0,
            covariance: &covariance,
            eta: &[2.5e-6, 1.6e-6, 1e-6],
            gamma: &[2.5e-7, 1.5e-7, 0.0],
            ..PAIR
        })
        .unwrap();
        let single = ac_discrete::Parameters {
            quantity: 1e6,
            horizon: 5.0,
            periods: 5,
            sigma: 0.95,
            epsilon: 0.0,
            gamma: 2.5e-7,
            eta: 2.5e-6,
            lam: 1e-6,
        };
        let program = Program::new(single).unwrap();
        for period in 0..=5u32 {
            close(
                "x",
                got.holdings[period as usize][0],
                program.holding(period),
                1e-12,
            );
        }
    }

    #[test]
    fn without_risk_aversion_every_name_is_twap_and_a_singular_covariance_is_accepted() {
        let got = solve(Parameters {
            lam: 0.0,
            covariance: &[1.0; 4],
            ..PAIR
        })
        .unwrap();
        all_close("x_2", &got.holdings[2], &[60e3, -48e3], 1e-12);
        assert!(
            solve(Parameters {
                covariance: &[1.0; 4],
                ..PAIR
            })
            .is_ok()
        );
    }

    #[test]
    fn inputs_out_of_range_are_refused_by_name() {
        let indefinite = solve(Parameters {
            covariance: &[1.0, 2.0, 2.0, 1.0],
            ..PAIR
        });
        assert_eq!(indefinite.err(), Some(ModelError::Singular("covariance")));
        assert!(
            solve(Parameters {
                covariance: &[1.0, 0.5, 0.4, 1.0],
                ..PAIR
            })
            .is_err()
        );
        assert!(
            solve(Parameters {
                eta: &[1e-6],
                ..PAIR
            })
            .is_err()
        );
        assert!(
            solve(Parameters {
                gamma: &[1e-3, 0.0],
                ..PAIR
            })
            .is_err()
        );
        assert!(solve(Parameters { lam: -1.0, ..PAIR }).is_err());
    }
}
