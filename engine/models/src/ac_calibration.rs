//! Almgren-Chriss parameters from what a desk knows: spread, daily volume, annual volatility.
//!
//! The rule of the paper's example: trading costs one spread per 1% of daily volume and moves the price
//! by one spread per 10%.

use libm::sqrt;

use crate::error::{self, ModelError};

/// What is observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    /// Price at arrival, greater than zero.
    pub price: f64,
    /// Annual volatility as a fraction of price, not negative.
    pub annual_volatility_frac: f64,
    /// Expected annual growth as a fraction of price.
    pub annual_growth_frac: f64,
    /// Trading days per year, greater than zero (250 in the paper).
    pub days_per_year: f64,
    /// Bid-ask spread, price, not negative.
    pub spread: f64,
    /// Average daily volume, quantity per day, greater than zero.
    pub daily_volume: f64,
}

/// Parameters per day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibrated {
    /// Volatility, price per square root of a day.
    pub sigma: f64,
    /// Drift, price per day.
    pub alpha: f64,
    /// Fixed cost, price.
    pub epsilon: f64,
    /// Permanent impact, price per unit.
    pub gamma: f64,
    /// Temporary impact, price per (unit per day).
    pub eta: f64,
}

/// `sigma = S0*vol/sqrt(days)`, `alpha = S0*growth/days`, `eps = spread/2`, `gamma = spread/(0.1*ADV)`,
/// `eta = spread/(0.01*ADV)`.
///
/// # Errors
/// Names the first input out of range.
pub fn calibrate(observed: Observed) -> Result<Calibrated, ModelError> {
    error::positive("price", observed.price)?;
    error::not_negative("annual_volatility_frac", observed.annual_volatility_frac)?;
    error::finite("annual_growth_frac", observed.annual_growth_frac)?;
    error::positive("days_per_year", observed.days_per_year)?;
    error::not_negative("spread", observed.spread)?;
    error::positive("daily_volume", observed.daily_volume)?;
    Ok(Calibrated {
        sigma: observed.price * observed.annual_volatility_frac / sqrt(observed.days_per_year),
        alpha: observed.price * observed.annual_growth_frac / observed.days_per_year,
        epsilon: 0.5 * observed.spread,
        gamma: observed.spread / (0.1 * observed.daily_volume),
        eta: observed.spread / (0.01 * observed.daily_volume),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    const PAPER: Observed = Observed {
        price: 50.0,
        annual_volatility_frac: 0.3,
        annual_growth_frac: 0.1,
        days_per_year: 250.0,
        spread: 0.125,
        daily_volume: 5e6,
    };

    #[test]
    fn the_papers_parameters_come_out() {
        let got = calibrate(PAPER).unwrap();
        close("sigma", got.sigma, 0.9486832980505, 1e-12);
        close("alpha", got.alpha, 0.02, 1e-15);
        close("epsilon", got.epsilon, 0.0625, 1e-15);
        close("gamma", got.gamma / 1e-7, 2.5, 1e-14);
        close("eta", got.eta / 1e-6, 2.5, 1e-14);
    }

    #[test]
    fn an_instrument_without_volume_or_price_is_refused() {
        let refused = calibrate(Observed {
            daily_volume: 0.0,
            ..PAPER
        });
        assert_eq!(refused, Err(ModelError::NotPositive("daily_volume")));
        assert!(
            calibrate(Observed {
                price: -1.0,
                ..PAPER
            })
            .is_err()
        );
        assert!(
            calibrate(Observed {
                days_per_year: 0.0,
                ..PAPER
            })
            .is_err()
        );
    }
}
