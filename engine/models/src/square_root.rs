//! The square-root law of impact: `I = Y*sigma_D*sqrt(Q/V_D)`.
//!
//! Toth et al. (2011); Sato and Kanazawa (arXiv 2411.13965) measured the exponent as 0.489 over eight complete years.
//! A gate before the trade, not a schedule: its marginal impact is infinite at zero, so callers floor `Q` at one lot.

use libm::sqrt;

use crate::error::{self, ModelError};

/// Share of the peak impact that an order paid at constant rate: the mean of `sqrt(u)` over 0..=1.
const PAID_OF_PEAK: f64 = 2.0 / 3.0;

/// Impact of one order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impact {
    /// Impact at the end of the order, fraction of price.
    pub peak_frac: f64,
    /// Average paid at constant rate, fraction of price.
    pub paid_frac: f64,
}

/// Impact of `quantity` in a market that trades `daily_volume` a day, with the factor `y` (order 0.5 to 1) and the daily
/// volatility as a fraction of price.
///
/// # Errors
/// Names the first input out of range.
pub fn impact(
    y: f64,
    sigma_daily_frac: f64,
    quantity: f64,
    daily_volume: f64,
) -> Result<Impact, ModelError> {
    error::not_negative("Y", y)?;
    error::not_negative("sigma_daily_frac", sigma_daily_frac)?;
    error::not_negative("quantity", quantity)?;
    error::positive("daily_volume", daily_volume)?;
    let peak_frac = y * sigma_daily_frac * sqrt(quantity / daily_volume);
    Ok(Impact {
        peak_frac,
        paid_frac: PAID_OF_PEAK * peak_frac,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn five_percent_of_volume_at_two_percent_volatility() {
        let got = impact(1.0, 0.02, 50_000.0, 1e6).unwrap();
        close("peak", 1e4 * got.peak_frac, 44.72135955, 1e-10);
        close("paid", 1e4 * got.paid_frac, 29.8142397, 1e-9);
    }

    #[test]
    fn the_paid_average_is_the_quadrature_of_the_running_impact() {
        let steps = 20_000;
        let sum: f64 = (0..steps)
            .map(|i| {
                let done = 5e4 * (f64::from(i) + 0.5) / f64::from(steps);
                impact(0.7, 0.02, done, 1e6).unwrap().peak_frac
            })
            .sum();
        let paid = impact(0.7, 0.02, 5e4, 1e6).unwrap().paid_frac;
        close("paid", paid, sum / f64::from(steps), 1e-5);
    }

    #[test]
    fn inputs_out_of_range_are_refused_by_name() {
        assert_eq!(
            impact(1.0, 0.02, -1.0, 1e6),
            Err(ModelError::Negative("quantity"))
        );
        assert_eq!(
            impact(1.0, 0.02, 1.0, 0.0),
            Err(ModelError::NotPositive("daily_volume"))
        );
    }
}
