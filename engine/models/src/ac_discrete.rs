//! Almgren and Chriss (2000) in discrete periods: the trajectory that minimises expected cost plus
//! `lam` times its variance, under linear permanent and temporary impact.
//!
//! ```text
//! E = gamma X^2/2 + eps*sum|n_k| + (eta_t/tau)*sum n_k^2,   eta_t = eta - gamma*tau/2
//! V = sigma^2*tau*sum x_k^2
//! 2(cosh(kappa tau) - 1)/tau^2 = kt2 = lam*sigma^2/eta_t,   x_j = X sinh(kappa(T-t_j))/sinh(kappa T)
//! ```
//!
//! `lam = 0` is a straight line (TWAP) and `lam < 0` the same with sin while `kappa*T < pi`. The three-term
//! recurrence is never run forward, because it excites the growing mode.

use libm::{asin, asinh, sqrt};

use crate::error::{self, ModelError};
use crate::hyperbolic::{Decay, two_cosh_minus_two};

/// Inputs of a discrete program.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Quantity `X` to trade, greater than zero.
    pub quantity: f64,
    /// Horizon `T` in time units, greater than zero.
    pub horizon: f64,
    /// Number of equal periods `N`, at least 1.
    pub periods: u32,
    /// Arithmetic volatility, price per square root of time, not negative.
    pub sigma: f64,
    /// Fixed cost per unit (half the spread), price, not negative.
    pub epsilon: f64,
    /// Permanent impact, price per unit, not negative.
    pub gamma: f64,
    /// Temporary impact, price per (unit per time); `eta - gamma*T/(2N)` must be greater than zero.
    pub eta: f64,
    /// Risk aversion, 1/money; zero is TWAP, negative is risk-seeking.
    pub lam: f64,
}

/// Expected cost and variance of a schedule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// Expected cost, money.
    pub expected: f64,
    /// Variance of the cost, money squared.
    pub variance: f64,
}

impl Costs {
    /// Standard deviation, money.
    pub fn std(self) -> f64 {
        sqrt(self.variance)
    }

    /// `E + lam*V`, money.
    pub fn utility(self, lam: f64) -> f64 {
        self.expected + lam * self.variance
    }

    /// Liquidity-adjusted value at risk `E + lambda_v*sqrt(V)`, money.
    pub fn value_at_risk(self, lambda_v: f64) -> f64 {
        self.expected + lambda_v * self.std()
    }
}

/// What a schedule needs to go on from any state: `kappa` and the period. Three numbers, no schedule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    decay: Decay,
    tau: f64,
}

impl Pace {
    /// Pace of a single mode with `kappa_tilde_sq = lam*sigma^2/eta_t` (1/time^2) and period `tau`.
    ///
    /// # Errors
    /// `tau` not greater than zero, or a negative `kappa_tilde_sq` whose period is too long for sin.
    pub fn new(kappa_tilde_sq: f64, tau: f64) -> Result<Self, ModelError> {
        error::positive("tau", tau)?;
        error::finite("kappa_tilde_sq", kappa_tilde_sq)?;
        let half = 0.5 * tau * sqrt(kappa_tilde_sq.abs());
        let decay = if kappa_tilde_sq == 0.0 {
            Decay::Linear
        } else if kappa_tilde_sq > 0.0 {
            Decay::Hyperbolic(2.0 * asinh(half) / tau)
        } else if half < 1.0 {
            Decay::Trigonometric(2.0 * asin(half) / tau)
        } else {
            return Err(RISK_SEEKING);
        };
        Ok(Self { decay, tau })
    }

    /// `kappa`, 1/time; zero for TWAP.
    pub fn kappa(self) -> f64 {
        self.decay.kappa()
    }

    /// Fraction of what remains to trade in the next period when `remaining` time is left: in 0..=1 for
    /// `lam >= 0`, and 1 once no more than one period is left.
    ///
    /// `f(R) = 1 - sinh(kappa(R-tau))/sinh(kappa R)`; two exponentials, no state.
    pub fn fraction(self, remaining: f64) -> f64 {
        if remaining <= self.tau {
            return 1.0;
        }
        self.decay
            .step_ratio(remaining - 0.5 * self.tau, self.tau, remaining)
    }

    /// Share of the starting quantity still held when `remaining` of `horizon` is left.
    pub fn share_left(self, remaining: f64, horizon: f64) -> f64 {
        self.decay.ratio(remaining, horizon)
    }

    pub(crate) fn decay(self) -> Decay {
        self.decay
    }

    /// Checks that sin does not pass its half wave within the horizon.
    pub(crate) fn check_horizon(self, horizon: f64) -> Result<(), ModelError> {
        match self.decay {
            Decay::Trigonometric(kappa) if kappa * horizon >= core::f64::consts::PI => {
                Err(RISK_SEEKING)
            }
            _ => Ok(()),
        }
    }
}

const RISK_SEEKING: ModelError = ModelError::OutOfRange {
    field: "lam",
    rule: "so negative that kappa*T reaches pi: no optimum exists",
};

/// A checked program: its inputs cannot be wrong any more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Program {
    inputs: Parameters,
    tau: f64,
    eta_tilde: f64,
    kappa_tilde_sq: f64,
    pace: Pace,
}

impl Program {
    /// Checks the inputs and solves for `kappa`.
    ///
    /// # Errors
    /// Names the first input out of range, the discrete correction `eta_t` when it is not greater than zero, or
    /// a negative `lam` for which no optimum exists.
    pub fn new(inputs: Parameters) -> Result<Self, ModelError> {
        error::positive("quantity", inputs.quantity)?;
        error::positive("horizon", inputs.horizon)?;
        if inputs.periods == 0 {
            return Err(ModelError::NotPositive("periods"));
        }
        error::not_negative("sigma", inputs.sigma)?;
        error::not_negative("epsilon", inputs.epsilon)?;
        error::not_negative("gamma", inputs.gamma)?;
        error::positive("eta", inputs.eta)?;
        error::finite("lam", inputs.lam)?;
        let tau = inputs.horizon / f64::from(inputs.periods);
        let eta_tilde = eta_tilde(inputs.eta, inputs.gamma, tau)?;
        let kappa_tilde_sq = inputs.lam * (inputs.sigma * inputs.sigma) / eta_tilde;
        let pace = Pace::new(kappa_tilde_sq, tau)?;
        pace.check_horizon(inputs.horizon)?;
        Ok(Self {
            inputs,
            tau,
            eta_tilde,
            kappa_tilde_sq,
            pace,
        })
    }

    /// The inputs as given.
    pub fn inputs(&self) -> &Parameters {
        &self.inputs
    }

    /// Period `T/N`, time.
    pub fn tau(&self) -> f64 {
        self.tau
    }

    /// Temporary impact after the discrete-time correction, price per (unit per time).
    pub fn eta_tilde(&self) -> f64 {
        self.eta_tilde
    }

    /// `lam*sigma^2/eta_t`, 1/time^2; negative when `lam` is.
    pub fn kappa_tilde_sq(&self) -> f64 {
        self.kappa_tilde_sq
    }

    /// `kappa`, 1/time.
    pub fn kappa(&self) -> f64 {
        self.pace.kappa()
    }

    /// Half-life `1/kappa` in time units; none for TWAP. It does not depend on the horizon.
    pub fn half_life(&self) -> Option<f64> {
        let kappa = self.pace.kappa();
        if kappa > 0.0 { Some(1.0 / kappa) } else { None }
    }

    /// The stateless form, for deciding slice by slice from what really remains.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Time left after `period`.
    pub(crate) fn remaining(&self, period: u32) -> f64 {
        let left = self.inputs.periods.saturating_sub(period);
        f64::from(left) * self.tau
    }

    /// Quantity held after `period`, for `0..=N`; exactly `X` at 0 and 0 from `N` on.
    pub fn holding(&self, period: u32) -> f64 {
        if period == 0 {
            return self.inputs.quantity;
        }
        self.inputs.quantity
            * self
                .pace
                .decay
                .ratio(self.remaining(period), self.remaining(0))
    }

    /// Quantity traded in `period`, for `1..=N`; zero outside.
    pub fn trade(&self, period: u32) -> f64 {
        if period == 0 || period > self.inputs.periods {
            return 0.0;
        }
        let mid = self.remaining(period) + 0.5 * self.tau;
        self.inputs.quantity * self.pace.decay.step_ratio(mid, self.tau, self.remaining(0))
    }

    /// Share of the quantity done after `period`, in 0..=1 for `lam >= 0`; exactly 1 from `N` on.
    pub fn share_done(&self, period: u32) -> f64 {
        if period >= self.inputs.periods {
            return 1.0;
        }
        let elapsed = f64::from(period) * self.tau;
        self.pace.decay.done_ratio(elapsed, self.remaining(0))
    }

    /// Expected cost and variance of the optimum.
    pub fn costs(&self) -> Costs {
        self.costs_of(|period| self.holding(period), |period| self.trade(period))
    }

    /// Expected cost and variance of any schedule with these parameters, given as the `N+1` quantities held.
    ///
    /// # Errors
    /// `holdings` has not `N+1` elements or holds a number that is not finite.
    pub fn costs_of_holdings(&self, holdings: &[f64]) -> Result<Costs, ModelError> {
        error::length(
            "holdings",
            holdings.len(),
            self.inputs.periods as usize + 1,
            "must hold N+1",
        )?;
        error::all_finite("holdings", holdings)?;
        let at = |period: u32| holdings[period as usize];
        Ok(self.costs_of(at, |period| at(period - 1) - at(period)))
    }

    fn costs_of(&self, holding: impl Fn(u32) -> f64, trade: impl Fn(u32) -> f64) -> Costs {
        let inputs = &self.inputs;
        let (mut traded, mut trades_sq, mut holdings_sq) = (0.0, 0.0, 0.0);
        for period in 1..=inputs.periods {
            let (left, done) = (holding(period), trade(period));
            traded += done.abs();
            trades_sq += done * done;
            holdings_sq += left * left;
        }
        let permanent = 0.5 * inputs.gamma * inputs.quantity * inputs.quantity;
        let temporary = self.eta_tilde / self.tau * trades_sq;
        Costs {
            expected: permanent + inputs.epsilon * traded + temporary,
            variance: inputs.sigma * inputs.sigma * self.tau * holdings_sq,
        }
    }
}

/// `eta - gamma*tau/2`, the temporary impact left after the discrete-time correction.
///
/// # Errors
/// The result is not greater than zero: the period is too long for this pair of impacts.
pub fn eta_tilde(eta: f64, gamma: f64, tau: f64) -> Result<f64, ModelError> {
    error::positive("eta - gamma*tau/2", eta - 0.5 * gamma * tau)
}

/// Risk aversion (1/money) for which the position decays with the wanted half-life:
/// `lam = eta_t*2(cosh(tau/theta) - 1)/(tau^2*sigma^2)`.
///
/// # Errors
/// An input is not greater than zero, or the answer is too large for a number.
pub fn lam_for_half_life(
    half_life: f64,
    tau: f64,
    sigma: f64,
    eta_tilde: f64,
) -> Result<f64, ModelError> {
    error::positive("half_life", half_life)?;
    error::positive("tau", tau)?;
    error::positive("sigma", sigma)?;
    error::positive("eta_tilde", eta_tilde)?;
    let lam = eta_tilde * two_cosh_minus_two(tau / half_life) / (tau * tau * (sigma * sigma));
    error::finite("lam", lam)
}

#[cfg(test)]
mod tests;
