//! Almgren and Chriss (2000) with a constant expected drift of the price.
//!
//! `x_j = X*S(T-t_j) + xbar*[1 - S(T-t_j) - S(t_j)]`, `xbar = alpha/(2*lam*sigma^2)`. The correction does not
//! depend on the quantity. Written so that `lam -> 0` gives its limit `alpha*t*(T-t)/(4*eta_t)` and nothing
//! divides by `lam`.

use libm::{sin, sinh};

use crate::ac_discrete::{Parameters, Program};
use crate::error::{self, ModelError};
use crate::hyperbolic::Decay;

/// A discrete program with a drift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriftProgram {
    program: Program,
    alpha: f64,
    /// `alpha/(2*eta_t)*kappa^2/kappa_tilde^2`, quantity per time squared.
    correction: f64,
}

impl DriftProgram {
    /// A program for a price that is expected to move by `alpha` (price per time) in our favour: up while
    /// selling, down while buying.
    ///
    /// # Errors
    /// As [`Program::new`], or `alpha` is not finite.
    pub fn new(inputs: Parameters, alpha: f64) -> Result<Self, ModelError> {
        let program = Program::new(inputs)?;
        error::finite("alpha", alpha)?;
        let half = 0.5 * program.kappa() * program.tau();
        let squeeze = match program.pace().decay() {
            Decay::Hyperbolic(_) => half / sinh(half),
            Decay::Linear => 1.0,
            Decay::Trigonometric(_) => half / sin(half),
        };
        let correction = alpha / (2.0 * program.eta_tilde()) * squeeze * squeeze;
        Ok(Self {
            program,
            alpha,
            correction,
        })
    }

    /// The program without drift.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// `alpha/(2*lam*sigma^2)`, the quantity one would hold for ever; none when `lam*sigma^2` is zero.
    pub fn steady_holding(&self) -> Option<f64> {
        let inputs = self.program.inputs();
        let risk = 2.0 * inputs.lam * (inputs.sigma * inputs.sigma);
        if risk == 0.0 {
            None
        } else {
            Some(self.alpha / risk)
        }
    }

    /// Quantity held after `period`, for `0..=N`.
    pub fn holding(&self, period: u32) -> f64 {
        let whole = self.program.remaining(0);
        let elapsed = whole - self.program.remaining(period);
        let bulge = self.program.pace().decay().bulge(elapsed, whole);
        self.program.holding(period) + self.correction * bulge
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{all_close, close};
    use std::vec::Vec;

    fn paper(lam: f64) -> Parameters {
        Parameters {
            quantity: 1e6,
            horizon: 5.0,
            periods: 5,
            sigma: 0.95,
            epsilon: 0.0625,
            gamma: 2.5e-7,
            eta: 2.5e-6,
            lam,
        }
    }

    fn holdings(lam: f64, alpha: f64) -> Vec<f64> {
        let program = DriftProgram::new(paper(lam), alpha).unwrap();
        (0..=5).map(|period| program.holding(period)).collect()
    }

    #[test]
    fn the_papers_drift_correction_comes_out() {
        let program = DriftProgram::new(paper(1e-6), 0.02).unwrap();
        close(
            "xbar",
            program.steady_holding().unwrap(),
            11080.33240997,
            1e-11,
        );
        let want = [
            1e6,
            546342.2872717,
            296084.1173907,
            154127.3858025,
            66528.5345035,
            0.0,
        ];
        all_close("holdings", &holdings(1e-6, 0.02), &want, 1e-11);
    }

    #[test]
    fn stationarity_holds_on_every_branch() {
        // (x_{j-1} - 2 x_j + x_{j+1})/tau^2 = kt2*x_j - alpha/(2 eta_t)
        for lam in [1e-6, 1e-9, 1e-14, 0.0, -2e-7] {
            let program = DriftProgram::new(paper(lam), 0.02).unwrap();
            let x = holdings(lam, 0.02);
            let (kt2, eta) = (
                program.program().kappa_tilde_sq(),
                program.program().eta_tilde(),
            );
            for j in 1..5 {
                let curve = x[j - 1] - 2.0 * x[j] + x[j + 1];
                close("curvature", curve, kt2 * x[j] - 0.02 / (2.0 * eta), 1e-9);
            }
        }
        assert_eq!(
            DriftProgram::new(paper(0.0), 0.02)
                .unwrap()
                .steady_holding(),
            None
        );
    }

    #[test]
    fn the_correction_does_not_depend_on_the_quantity() {
        let small = Parameters {
            quantity: 1.0,
            ..paper(1e-6)
        };
        let correction = |inputs: Parameters| {
            let program = DriftProgram::new(inputs, 0.02).unwrap();
            program.holding(2) - program.program().holding(2)
        };
        close(
            "correction",
            correction(small),
            correction(paper(1e-6)),
            1e-9,
        );
        assert!(DriftProgram::new(small, f64::NAN).is_err());
    }
}
