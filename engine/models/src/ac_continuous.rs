//! Almgren and Chriss (2000) as the period goes to zero, with the TWAP it is compared to.
//!
//! `kappa = sqrt(lam*sigma^2/eta)`, `x(t) = X sinh(kappa(T-t))/sinh(kappa T)`. Costs are written with coth and
//! 1/sinh^2, which neither overflow for a large `kappa*T` nor cancel for a small one.

use core::f64::consts::PI;

use libm::{sin, sqrt};

use crate::ac_discrete::Costs;
use crate::error::{self, ModelError};
use crate::hyperbolic::{Decay, coth, half_sinh_excess, inverse_sinh_squared};

/// Inputs of a continuous program; units as in [`crate::ac_discrete::Parameters`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Quantity `X`, greater than zero.
    pub quantity: f64,
    /// Horizon `T`, time, greater than zero.
    pub horizon: f64,
    /// Volatility, price per square root of time, not negative.
    pub sigma: f64,
    /// Fixed cost per unit, price, not negative.
    pub epsilon: f64,
    /// Permanent impact, price per unit, not negative.
    pub gamma: f64,
    /// Temporary impact, price per (unit per time), greater than zero.
    pub eta: f64,
    /// Risk aversion, 1/money; `kappa*T < pi` when negative.
    pub lam: f64,
}

/// A checked continuous program.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContinuousProgram {
    inputs: Parameters,
    decay: Decay,
}

impl ContinuousProgram {
    /// Checks the inputs and solves for `kappa`.
    ///
    /// # Errors
    /// Names the first input out of range, or a negative `lam` for which no optimum exists.
    pub fn new(inputs: Parameters) -> Result<Self, ModelError> {
        error::positive("quantity", inputs.quantity)?;
        error::positive("horizon", inputs.horizon)?;
        error::not_negative("sigma", inputs.sigma)?;
        error::not_negative("epsilon", inputs.epsilon)?;
        error::not_negative("gamma", inputs.gamma)?;
        error::positive("eta", inputs.eta)?;
        error::finite("lam", inputs.lam)?;
        let square = inputs.lam * (inputs.sigma * inputs.sigma) / inputs.eta;
        let kappa = sqrt(error::finite("lam*sigma^2/eta", square)?.abs());
        let decay = if square == 0.0 {
            Decay::Linear
        } else if square > 0.0 {
            Decay::Hyperbolic(kappa)
        } else if kappa * inputs.horizon < PI {
            Decay::Trigonometric(kappa)
        } else {
            return Err(ModelError::OutOfRange {
                field: "lam",
                rule: "so negative that kappa*T reaches pi: no optimum exists",
            });
        };
        Ok(Self { inputs, decay })
    }

    /// `kappa`, 1/time; zero for TWAP.
    pub fn kappa(&self) -> f64 {
        self.decay.kappa()
    }

    /// Quantity held at `time`, which is limited to 0..=T.
    pub fn holding(&self, time: f64) -> f64 {
        let left = self.inputs.horizon - time.clamp(0.0, self.inputs.horizon);
        self.inputs.quantity * self.decay.ratio(left, self.inputs.horizon)
    }

    /// Trading rate at `time` (limited to 0..=T), quantity per time.
    pub fn rate(&self, time: f64) -> f64 {
        let left = self.inputs.horizon - time.clamp(0.0, self.inputs.horizon);
        self.inputs.quantity * self.decay.rate_ratio(left, self.inputs.horizon)
    }

    /// Expected cost and variance of the optimum.
    pub fn costs(&self) -> Costs {
        let (effort, exposure) = self.shapes();
        self.assemble(effort, exposure)
    }

    /// Expected cost and variance of trading at a constant rate.
    pub fn twap_costs(&self) -> Costs {
        self.assemble(1.0, 1.0 / 3.0)
    }

    /// `E + lam*V` of TWAP less that of the optimum, money, never negative beyond rounding.
    pub fn utility_gain_over_twap(&self) -> f64 {
        self.twap_costs().utility(self.inputs.lam) - self.costs().utility(self.inputs.lam)
    }

    fn assemble(&self, effort: f64, exposure: f64) -> Costs {
        let p = &self.inputs;
        let square = p.quantity * p.quantity;
        Costs {
            expected: 0.5 * p.gamma * square
                + p.epsilon * p.quantity
                + p.eta * square / p.horizon * effort,
            variance: p.sigma * p.sigma * square * p.horizon * exposure,
        }
    }

    /// `T/X^2 * integral of v^2` and `1/(X^2 T) * integral of x^2`, both pure functions of `y = kappa*T`:
    /// `(y^2/2)*(1/sinh^2 y + coth(y)/y)` and `(coth(y)/y - 1/sinh^2 y)/2`.
    fn shapes(&self) -> (f64, f64) {
        let y = self.decay.kappa() * self.inputs.horizon;
        match self.decay {
            Decay::Linear => (1.0, 1.0 / 3.0),
            Decay::Hyperbolic(_) => {
                let per_sinh = inverse_sinh_squared(y);
                let effort = 0.5 * (y * y * per_sinh + y * coth(y));
                let exposure = if y < 1.0 {
                    0.5 * half_sinh_excess(y, 1.0) * (y * y * per_sinh)
                } else {
                    0.5 * (coth(y) / y - per_sinh)
                };
                (effort, exposure)
            }
            Decay::Trigonometric(_) => {
                let wave = sin(y);
                let slope = sin(2.0 * y) / (2.0 * y);
                let scale = y / wave * (y / wave);
                let effort = 0.5 * scale * (1.0 + slope);
                let exposure = if y < 1.0 {
                    0.5 * half_sinh_excess(y, -1.0) * scale
                } else {
                    0.5 * (1.0 - slope) / (wave * wave)
                };
                (effort, exposure)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    fn paper(lam: f64) -> Parameters {
        Parameters {
            quantity: 1e6,
            horizon: 5.0,
            sigma: 0.95,
            epsilon: 0.0625,
            gamma: 2.5e-7,
            eta: 2.5e-6,
            lam,
        }
    }

    #[test]
    fn the_papers_continuous_limit_comes_out() {
        let program = ContinuousProgram::new(paper(1e-6)).unwrap();
        close("kappa", program.kappa(), 0.600832755432, 1e-11);
        // t | x | v
        let table = [
            (0.0, 1e6, 603793.9639472),
            (0.5, 739006.8489658, 448018.3994396),
            (1.0, 545212.1822271, 332981.506598),
            (2.5, 212147.7823704, 140764.210451),
            (4.0, 63384.54509585, 70834.34689551),
            (5.0, 0.0, 59725.63016858),
        ];
        for (time, held, rate) in table {
            close("x", program.holding(time), held, 1e-11);
            close("v", program.rate(time), rate, 1e-11);
        }
        close("E", program.costs().expected, 964537.1480529, 1e-11);
        close("V", program.costs().variance, 732447761815.0, 1e-11);
        close("E of TWAP", program.twap_costs().expected, 687500.0, 1e-12);
        close(
            "V of TWAP",
            program.twap_costs().variance,
            1504166666667.0,
            1e-11,
        );
        close(
            "gain",
            program.utility_gain_over_twap(),
            494681.7567987,
            1e-10,
        );
    }

    #[test]
    fn costs_agree_with_quadrature_on_every_branch() {
        for lam in [1e-4, 3e-6, 1e-8, 1e-12, 0.0, -1e-8, -1e-7, -4e-7] {
            let program = ContinuousProgram::new(paper(lam)).unwrap();
            let p = paper(lam);
            // Simpson's rule with 4,000 intervals.
            let (mut effort, mut exposure) = (0.0, 0.0);
            let step = p.horizon / 4000.0;
            for i in 0..=4000u32 {
                let weight = match i {
                    0 | 4000 => 1.0,
                    i if i % 2 == 1 => 4.0,
                    _ => 2.0,
                };
                let time = f64::from(i) * step;
                effort += weight * step / 3.0 * program.rate(time) * program.rate(time);
                exposure += weight * step / 3.0 * program.holding(time) * program.holding(time);
            }
            let expected = 0.5 * p.gamma * 1e12 + p.epsilon * 1e6 + p.eta * effort;
            close("E", program.costs().expected, expected, 1e-8);
            close(
                "V",
                program.costs().variance,
                p.sigma * p.sigma * exposure,
                1e-8,
            );
        }
    }

    #[test]
    fn a_huge_urgency_stays_finite_and_a_hopeless_lam_is_refused() {
        let program = ContinuousProgram::new(paper(1e6)).unwrap();
        assert!(program.costs().expected.is_finite() && program.rate(0.0).is_finite());
        close(
            "V",
            program.costs().variance,
            0.9025e12 / (2.0 * program.kappa()),
            1e-9,
        );
        assert!(ContinuousProgram::new(paper(-1.2e-6)).is_err());
        assert!(
            ContinuousProgram::new(Parameters {
                eta: 0.0,
                ..paper(0.0)
            })
            .is_err()
        );
    }
}
