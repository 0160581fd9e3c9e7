//! I-Star of Kissell and Malamut: cost and timing risk of a participation rate.
//!
//! ```text
//! I* = a1*(Q/ADV)^a2*sigma^a3                         bps
//! MI = I**b1*POV^a4 (temporary) + I**(1-b1) (permanent)
//! TR = sigma*sqrt(Q/(3*250*ADV)*(1-POV)/POV)*1e4      bps
//! ```

use libm::{pow, sqrt};

use crate::error::{self, ModelError};

/// Coefficients of the fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients {
    /// Scale, bps, not negative.
    pub a1: f64,
    /// Exponent of size.
    pub a2: f64,
    /// Exponent of volatility.
    pub a3: f64,
    /// Exponent of the participation rate.
    pub a4: f64,
    /// Temporary share of the cost, in 0..=1.
    pub b1: f64,
}

impl Coefficients {
    /// The published all-US fit (`a4` and `b1` as commonly quoted).
    pub const PUBLISHED: Self = Self {
        a1: 708.0,
        a2: 0.55,
        a3: 0.71,
        a4: 0.5,
        b1: 0.98,
    };
}

/// The order and its stock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Order {
    /// Quantity, greater than zero.
    pub quantity: f64,
    /// Average daily volume, quantity per day, greater than zero.
    pub daily_volume: f64,
    /// Annual volatility as a fraction of price, greater than zero.
    pub sigma_annual_frac: f64,
}

/// Trading days in the year of the timing risk.
const DAYS_PER_YEAR: f64 = 250.0;

/// A checked order with its instantaneous cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IStar {
    order: Order,
    coefficients: Coefficients,
    instantaneous_bps: f64,
}

impl IStar {
    /// Checks the inputs and computes `I*`.
    ///
    /// # Errors
    /// Names the first input out of range.
    pub fn new(order: Order, coefficients: Coefficients) -> Result<Self, ModelError> {
        error::positive("quantity", order.quantity)?;
        error::positive("daily_volume", order.daily_volume)?;
        error::positive("sigma_annual_frac", order.sigma_annual_frac)?;
        error::not_negative("a1", coefficients.a1)?;
        error::finite("a2", coefficients.a2)?;
        error::finite("a3", coefficients.a3)?;
        error::finite("a4", coefficients.a4)?;
        error::within("b1", coefficients.b1, 0.0, 1.0, "must lie in 0..=1")?;
        let instantaneous_bps = coefficients.a1
            * pow(order.quantity / order.daily_volume, coefficients.a2)
            * pow(order.sigma_annual_frac, coefficients.a3);
        error::finite("I*", instantaneous_bps)?;
        Ok(Self {
            order,
            coefficients,
            instantaneous_bps,
        })
    }

    /// Cost of trading everything at once, bps.
    pub fn instantaneous_bps(&self) -> f64 {
        self.instantaneous_bps
    }

    /// Part of the cost that does not depend on the rate, bps.
    pub fn permanent_bps(&self) -> f64 {
        self.instantaneous_bps * (1.0 - self.coefficients.b1)
    }

    /// Part of the cost that fades, at the rate `pov` (own over all, in `0..=1`, not zero), bps.
    ///
    /// # Errors
    /// `pov` out of range.
    pub fn temporary_bps(&self, pov: f64) -> Result<f64, ModelError> {
        let pov = rate(pov)?;
        Ok(self.instantaneous_bps * self.coefficients.b1 * pow(pov, self.coefficients.a4))
    }

    /// Whole market impact at the rate `pov`, bps.
    ///
    /// # Errors
    /// `pov` out of range.
    pub fn impact_bps(&self, pov: f64) -> Result<f64, ModelError> {
        Ok(self.temporary_bps(pov)? + self.permanent_bps())
    }

    /// Standard deviation of the cost at the rate `pov`, bps.
    ///
    /// # Errors
    /// `pov` out of range.
    pub fn timing_risk_bps(&self, pov: f64) -> Result<f64, ModelError> {
        let pov = rate(pov)?;
        let days = self.order.quantity / (3.0 * DAYS_PER_YEAR * self.order.daily_volume);
        Ok(1e4 * self.order.sigma_annual_frac * sqrt(days * (1.0 - pov) / pov))
    }

    /// The trader's dilemma: the rate in `(0, cap]` that minimises `impact + aversion*risk`, by golden section on the
    /// logarithm of the rate.
    ///
    /// # Errors
    /// `cap` not in `(0, 1]`, or a negative aversion.
    pub fn best_rate(&self, aversion: f64, cap: f64) -> Result<f64, ModelError> {
        error::not_negative("aversion", aversion)?;
        let cap = rate(cap)?;
        let score = |log_rate: f64| -> Result<f64, ModelError> {
            let pov = libm::exp(log_rate).min(1.0);
            Ok(self.impact_bps(pov)? + aversion * self.timing_risk_bps(pov)?)
        };
        const GOLDEN: f64 = 0.618_033_988_749_894_9;
        let (mut low, mut high) = (libm::log(cap) - 20.0, libm::log(cap));
        let (mut left, mut right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        let (mut at_left, mut at_right) = (score(left)?, score(right)?);
        for _ in 0..64 {
            if at_left < at_right {
                (high, right, at_right) = (right, left, at_left);
                left = high - GOLDEN * (high - low);
                at_left = score(left)?;
            } else {
                (low, left, at_left) = (left, right, at_right);
                right = low + GOLDEN * (high - low);
                at_right = score(right)?;
            }
        }
        Ok(libm::exp(0.5 * (low + high)).min(cap))
    }
}

fn rate(pov: f64) -> Result<f64, ModelError> {
    error::positive("pov", pov)?;
    error::within("pov", pov, 0.0, 1.0, "must not exceed 1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    const ORDER: Order = Order {
        quantity: 1e5,
        daily_volume: 1e6,
        sigma_annual_frac: 0.25,
    };

    #[test]
    fn ten_percent_of_volume_at_ten_percent_participation() {
        let model = IStar::new(ORDER, Coefficients::PUBLISHED).unwrap();
        close("I*", model.instantaneous_bps(), 74.57111964684, 1e-12);
        close(
            "temporary",
            model.temporary_bps(0.1).unwrap(),
            23.10982940379,
            1e-12,
        );
        close("permanent", model.permanent_bps(), 1.491422392937, 1e-12);
        close("MI", model.impact_bps(0.1).unwrap(), 24.60125179673, 1e-12);
        close(
            "TR",
            model.timing_risk_bps(0.1).unwrap(),
            86.60254037844,
            1e-12,
        );
        assert_eq!(model.timing_risk_bps(1.0).unwrap(), 0.0);
    }

    #[test]
    fn the_best_rate_beats_its_neighbours_and_rises_with_aversion() {
        let model = IStar::new(ORDER, Coefficients::PUBLISHED).unwrap();
        let mut before = 0.0;
        for aversion in [0.01, 0.1, 0.3] {
            let score = |pov| {
                model.impact_bps(pov).unwrap() + aversion * model.timing_risk_bps(pov).unwrap()
            };
            let best = model.best_rate(aversion, 0.9).unwrap();
            assert!(best > before, "{best} {before}");
            assert!(score(best) <= score(best * 1.01) && score(best) <= score(best * 0.99));
            before = best;
        }
        close("cap", model.best_rate(100.0, 0.3).unwrap(), 0.3, 1e-9);
    }

    #[test]
    fn inputs_out_of_range_are_refused_by_name() {
        let model = IStar::new(ORDER, Coefficients::PUBLISHED).unwrap();
        assert_eq!(model.impact_bps(0.0), Err(ModelError::NotPositive("pov")));
        assert!(model.impact_bps(1.5).is_err());
        assert!(
            IStar::new(
                ORDER,
                Coefficients {
                    b1: 1.1,
                    ..Coefficients::PUBLISHED
                }
            )
            .is_err()
        );
    }
}
