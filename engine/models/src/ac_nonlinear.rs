//! Almgren (2003): temporary impact `h(v) = eta*v^k`.
//!
//! With an infinite horizon everything follows from one time, `T* = (k eta X^(k-1)/(lam sigma^2))^(1/(k+1))`:
//!
//! ```text
//! k < 1   x = X*(1 + (1-k)/(1+k) t/T*)^(-(1+k)/(1-k))      never quite done
//! k = 1   x = X*exp(-t/T*)
//! k > 1   x = X*(1 - (k-1)/(k+1) t/T*)^((k+1)/(k-1))       done at T*(k+1)/(k-1)
//! E = (k+1)/(3k+1)*eta*X*(X/T*)^k = lam*V/k
//! ```
//!
//! A finite horizon has the first integral `k*eta*v^(k+1) = lam*sigma^2*x^2 + c` with `c >= 0` chosen so that the
//! order ends in time.

use libm::{exp, expm1, log1p, pow};

use crate::error::{self, ModelError};

/// Inputs of a power-law program; `h(v) = eta*v^k` with `v` in quantity per time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Quantity `X`, greater than zero.
    pub quantity: f64,
    /// Volatility, price per square root of time, greater than zero.
    pub sigma: f64,
    /// Impact coefficient, price at unit rate, greater than zero.
    pub eta: f64,
    /// Exponent `k`, greater than zero; 1 is linear, 0.5 the square root.
    pub exponent: f64,
    /// Risk aversion, 1/money, greater than zero (without it an infinite horizon never trades).
    pub lam: f64,
}

/// A checked power-law program without a deadline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLaw {
    inputs: Parameters,
    time_scale: f64,
}

impl PowerLaw {
    /// Checks the inputs and computes `T*`.
    ///
    /// # Errors
    /// Names the first input out of range.
    pub fn new(inputs: Parameters) -> Result<Self, ModelError> {
        let Parameters {
            quantity,
            sigma,
            eta,
            exponent,
            lam,
        } = inputs;
        error::positive("quantity", quantity)?;
        error::positive("sigma", sigma)?;
        error::positive("eta", eta)?;
        error::positive("k", exponent)?;
        error::positive("lam", lam)?;
        let base = exponent * eta * pow(quantity, exponent - 1.0) / (lam * (sigma * sigma));
        let time_scale = error::positive("T*", pow(base, 1.0 / (exponent + 1.0)))?;
        Ok(Self { inputs, time_scale })
    }

    /// `T*`, time; the position falls by about e in it.
    pub fn time_scale(&self) -> f64 {
        self.time_scale
    }

    /// Rate at the start `X/T*`, quantity per time.
    pub fn initial_rate(&self) -> f64 {
        self.inputs.quantity / self.time_scale
    }

    /// When the order is done: `T*(k+1)/(k-1)` for `k > 1`, never otherwise.
    pub fn end(&self) -> Option<f64> {
        let k = self.inputs.exponent;
        if k > 1.0 {
            Some(self.time_scale * (k + 1.0) / (k - 1.0))
        } else {
            None
        }
    }

    /// Quantity held at `time >= 0`.
    pub fn holding(&self, time: f64) -> f64 {
        let elapsed = time.max(0.0) / self.time_scale;
        // One form for every k: x = X*exp(-log1p(p*s)/p) with p = (1-k)/(1+k), whose limit at p = 0 is exp(-s).
        let p = (1.0 - self.inputs.exponent) / (1.0 + self.inputs.exponent);
        let reach = p * elapsed;
        if reach <= -1.0 {
            return 0.0;
        }
        let decay = if reach == 0.0 {
            elapsed
        } else {
            log1p(reach) / p
        };
        self.inputs.quantity * exp(-decay)
    }

    /// Expected temporary cost, money.
    pub fn temporary_cost(&self) -> f64 {
        let Parameters {
            quantity,
            eta,
            exponent: k,
            ..
        } = self.inputs;
        (k + 1.0) / (3.0 * k + 1.0) * eta * quantity * pow(self.initial_rate(), k)
    }

    /// Variance of the cost, money squared.
    pub fn variance(&self) -> f64 {
        let Parameters {
            quantity,
            sigma,
            exponent: k,
            ..
        } = self.inputs;
        (k + 1.0) / (3.0 * k + 1.0) * self.time_scale * (sigma * sigma) * (quantity * quantity)
    }

    /// The rate to trade at with `left` to do: `(lam*sigma^2/(k*eta))^(1/(k+1)) * left^(2/(k+1))`, quantity per time.
    /// Depends on nothing but what is left, so it needs no schedule.
    pub fn rate(&self, left: f64) -> f64 {
        let Parameters {
            sigma,
            eta,
            exponent: k,
            lam,
            ..
        } = self.inputs;
        let left = left.max(0.0);
        pow(
            lam * (sigma * sigma) * left * left / (k * eta),
            1.0 / (k + 1.0),
        )
    }
}

/// The rate to trade at with `left` to do and `remaining` time to do it, from the first integral: quantity per time,
/// never less than [`PowerLaw::rate`] and never less than what the deadline asks of an ever slower order.
///
/// The constant is found by bisection of the time the order would take; the quadrature is Gauss-Legendre with
/// a fixed number of nodes, so the answer is the same on every machine.
///
/// # Errors
/// `left` or `remaining` not greater than zero.
pub fn finite_horizon_rate(law: &PowerLaw, left: f64, remaining: f64) -> Result<f64, ModelError> {
    error::positive("left", left)?;
    error::positive("remaining", remaining)?;
    // In units of the position: x = left*u, v = rate_0*(u^2 + c)^(1/(k+1)); duration = left/rate_0 * integral du/(..).
    let rate_0 = law.rate(left);
    let wanted = remaining * rate_0 / left;
    let power = 1.0 / (law.inputs.exponent + 1.0);
    // c = e^level; a larger constant is a faster order.
    let (mut low, mut high) = (-80.0, 80.0);
    for _ in 0..80 {
        let level = 0.5 * (low + high);
        if duration(level, power) > wanted {
            low = level;
        } else {
            high = level;
        }
    }
    Ok(rate_0 * pow(1.0 + exp(0.5 * (low + high)), power))
}

/// `integral_0^1 (u^2 + c)^(-p) du` with `c = e^level`, on `u = sqrt(c)*sinh(w)` so that the integrand is smooth for any
/// `c`: `c^(1/2-p) * integral_0^W cosh(w)^(1-2p) dw`.
fn duration(level: f64, power: f64) -> f64 {
    let width = libm::asinh(exp(-0.5 * level));
    let mut sum = 0.0;
    for panel in 0..16 {
        for (node, weight) in GAUSS {
            for side in [-1.0, 1.0] {
                let w = width * (f64::from(panel) + 0.5 + 0.5 * side * node) / 16.0;
                sum += weight * exp((1.0 - 2.0 * power) * log_cosh(w));
            }
        }
    }
    sum * width / 32.0 * exp(level * (0.5 - power))
}

/// `ln cosh(w)` for `w >= 0` without overflow.
fn log_cosh(w: f64) -> f64 {
    w + log1p(0.5 * expm1(-2.0 * w))
}

/// Positive nodes and weights of the eight-point Gauss-Legendre rule.
const GAUSS: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ac_continuous::{self, ContinuousProgram};
    use crate::testing::{all_close, close};

    fn law(eta: f64, exponent: f64) -> PowerLaw {
        let inputs = Parameters {
            quantity: 1e6,
            sigma: 0.95,
            eta,
            exponent,
            lam: 1e-6,
        };
        PowerLaw::new(inputs).unwrap()
    }

    #[test]
    fn linear_and_square_root_impact_give_the_known_numbers() {
        let linear = law(2.5e-6, 1.0);
        close("T*", linear.time_scale(), 1.664356663247, 1e-11);
        close("rate", linear.initial_rate(), 600832.755432, 1e-11);
        let held = [0.0, 1.0, 2.0, 5.0].map(|time| linear.holding(time));
        let want = [1e6, 548354.8004655, 300692.9871936, 49580.19709156];
        all_close("x", &held, &want, 1e-11);
        close("E", linear.temporary_cost(), 751040.94429, 1e-11);
        close("V", linear.variance(), 751040944290.0, 1e-11);
        let root = law(0.0012, 0.5);
        close("T*", root.time_scale(), 0.7617328642119, 1e-11);
        let held = [1.0, 2.0, 5.0].map(|time| root.holding(time));
        all_close(
            "x",
            &held,
            &[336578.9563526, 151655.7855464, 30863.67653335],
            1e-11,
        );
        close("E", root.temporary_cost(), 824956.6919415, 1e-11);
        close("V", root.variance(), 412478345970.7, 1e-11);
    }

    #[test]
    fn a_convex_impact_ends_in_finite_time_and_the_identity_holds_for_every_exponent() {
        for k in [0.3, 0.6, 1.0, 1.0 + 1e-9, 1.5, 2.0] {
            let law = law(1e-4, k);
            close(
                "E = lam V/k",
                law.temporary_cost(),
                1e-6 * law.variance() / k,
                1e-12,
            );
            // The feedback rate is minus the slope of the path.
            let (time, step) = (0.3 * law.time_scale(), 1e-4 * law.time_scale());
            let slope = (law.holding(time - step) - law.holding(time + step)) / (2.0 * step);
            close("feedback", law.rate(law.holding(time)), slope, 1e-6);
            close("first rate", law.rate(1e6), law.initial_rate(), 1e-12);
        }
        let convex = law(1e-9, 2.0);
        let end = convex.end().unwrap();
        assert_eq!(convex.holding(end), 0.0);
        assert_eq!(convex.holding(2.0 * end), 0.0);
        assert!(convex.holding(0.99 * end) > 0.0);
        assert_eq!(law(1e-4, 0.5).end(), None);
    }

    #[test]
    fn with_a_deadline_the_linear_case_is_the_sinh_trajectory() {
        let law = law(2.5e-6, 1.0);
        for horizon in [0.1, 1.0, 5.0, 20.0] {
            let program = ContinuousProgram::new(ac_continuous::Parameters {
                quantity: 1e6,
                horizon,
                sigma: 0.95,
                epsilon: 0.0,
                gamma: 0.0,
                eta: 2.5e-6,
                lam: 1e-6,
            })
            .unwrap();
            let rate = finite_horizon_rate(&law, 1e6, horizon).unwrap();
            close("rate", rate, program.rate(0.0), 1e-9);
        }
    }

    #[test]
    fn with_a_deadline_following_the_rate_ends_the_order_in_time() {
        let law = law(0.0012, 0.5);
        let (mut left, steps) = (1e6, 2000);
        for step in 0..steps {
            let remaining = 2.0 * f64::from(steps - step) / f64::from(steps);
            let rate = finite_horizon_rate(&law, left, remaining).unwrap();
            assert!(rate >= law.rate(left));
            left -= rate * 2.0 / f64::from(steps);
        }
        assert!(left.abs() < 2e3, "left {left}");
        assert!(finite_horizon_rate(&law, 1.0, 0.0).is_err());
    }

    #[test]
    fn inputs_out_of_range_are_refused_by_name() {
        let good = Parameters {
            quantity: 1.0,
            sigma: 1.0,
            eta: 1.0,
            exponent: 0.5,
            lam: 1.0,
        };
        let refused = |inputs| PowerLaw::new(inputs).unwrap_err();
        assert_eq!(
            refused(Parameters { lam: 0.0, ..good }),
            ModelError::NotPositive("lam")
        );
        assert_eq!(
            refused(Parameters {
                exponent: 0.0,
                ..good
            }),
            ModelError::NotPositive("k")
        );
        assert_eq!(
            refused(Parameters { eta: -1.0, ..good }),
            ModelError::NotPositive("eta")
        );
    }
}
