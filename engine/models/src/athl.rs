//! Almgren, Thum, Hauptmann and Li (2005): impact estimated from 29,509 US orders.
//!
//! ```text
//! I = gamma*sigma*(X/V)^alpha*(Theta/V)^delta               permanent move, fraction of price
//! J = I/2 + sign(X)*eta*sigma*|X/(V*T)|^beta                realised cost against arrival
//! ```
//!
//! It explains means, not single orders (R^2 below 1%), and the authors hold it valid to about 10% of daily volume.

use libm::{copysign, pow};

use crate::error::{self, ModelError};

/// Coefficients of the fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients {
    /// Permanent impact, not negative.
    pub gamma: f64,
    /// Temporary impact, not negative.
    pub eta: f64,
    /// Exponent of size in the permanent part, greater than zero.
    pub alpha: f64,
    /// Exponent of the rate in the temporary part, greater than zero.
    pub beta: f64,
    /// Exponent of inverse turnover, finite.
    pub delta: f64,
}

impl Coefficients {
    /// The published fit with the exponents that the authors set.
    pub const PUBLISHED: Self = Self {
        gamma: 0.314,
        eta: 0.142,
        alpha: 1.0,
        beta: 0.6,
        delta: 0.25,
    };
}

/// The stock and the order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Order {
    /// Daily volatility as a fraction of price, not negative.
    pub sigma_daily_frac: f64,
    /// Average daily volume `V`, shares per day, greater than zero.
    pub daily_volume: f64,
    /// Shares outstanding `Theta`, greater than zero.
    pub shares_outstanding: f64,
    /// Shares to trade `X`, negative for a sale.
    pub quantity: f64,
}

/// A checked pair of order and coefficients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Impact {
    order: Order,
    coefficients: Coefficients,
}

impl Impact {
    /// Checks the inputs.
    ///
    /// # Errors
    /// Names the first input out of range.
    pub fn new(order: Order, coefficients: Coefficients) -> Result<Self, ModelError> {
        error::not_negative("sigma_daily_frac", order.sigma_daily_frac)?;
        error::positive("daily_volume", order.daily_volume)?;
        error::positive("shares_outstanding", order.shares_outstanding)?;
        error::finite("quantity", order.quantity)?;
        error::not_negative("gamma", coefficients.gamma)?;
        error::not_negative("eta", coefficients.eta)?;
        error::positive("alpha", coefficients.alpha)?;
        error::positive("beta", coefficients.beta)?;
        error::finite("delta", coefficients.delta)?;
        Ok(Self {
            order,
            coefficients,
        })
    }

    /// `Theta/V`, days to turn the company over once.
    pub fn inverse_turnover(&self) -> f64 {
        self.order.shares_outstanding / self.order.daily_volume
    }

    /// Permanent move `I` as a fraction of price; its sign is that of the quantity.
    pub fn permanent_frac(&self) -> f64 {
        let size = (self.order.quantity / self.order.daily_volume).abs();
        let move_frac = self.coefficients.gamma
            * self.order.sigma_daily_frac
            * pow(size, self.coefficients.alpha)
            * pow(self.inverse_turnover(), self.coefficients.delta);
        copysign(move_frac, self.order.quantity)
    }

    /// Temporary part of trading over `days` of volume time, as a fraction of price; its sign is that of the quantity.
    ///
    /// # Errors
    /// `days` is not greater than zero.
    pub fn temporary_frac(&self, days: f64) -> Result<f64, ModelError> {
        error::positive("days", days)?;
        let rate = (self.order.quantity / (self.order.daily_volume * days)).abs();
        let cost =
            self.coefficients.eta * self.order.sigma_daily_frac * pow(rate, self.coefficients.beta);
        Ok(copysign(cost, self.order.quantity))
    }

    /// Realised move against arrival `J = I/2 + temporary`, as a fraction of price: one pays half one's own permanent impact.
    ///
    /// # Errors
    /// `days` is not greater than zero.
    pub fn realised_frac(&self, days: f64) -> Result<f64, ModelError> {
        Ok(0.5 * self.permanent_frac() + self.temporary_frac(days)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    const IBM: Order = Order {
        sigma_daily_frac: 0.0157,
        daily_volume: 6_561_000.0,
        shares_outstanding: 1.728e9,
        quantity: 656_100.0,
    };
    const DRI: Order = Order {
        sigma_daily_frac: 0.0226,
        daily_volume: 1_929_000.0,
        shares_outstanding: 1.68e8,
        quantity: 192_900.0,
    };

    #[test]
    fn the_papers_table_comes_out() {
        // order, I, [(T, K, J)] in bps
        let table = [
            (
                IBM,
                19.8597,
                [
                    (0.1, 22.2940, 32.2239),
                    (0.2, 14.7086, 24.6384),
                    (0.5, 8.48801, 18.4179),
                ],
            ),
            (
                DRI,
                21.6787,
                [
                    (0.1, 32.0920, 42.9313),
                    (0.2, 21.1728, 32.0122),
                    (0.5, 12.2184, 23.0577),
                ],
            ),
        ];
        for (order, permanent, rows) in table {
            let impact = Impact::new(order, Coefficients::PUBLISHED).unwrap();
            close("I", 1e4 * impact.permanent_frac(), permanent, 5e-6);
            for (days, temporary, realised) in rows {
                close(
                    "K",
                    1e4 * impact.temporary_frac(days).unwrap(),
                    temporary,
                    5e-6,
                );
                close(
                    "J",
                    1e4 * impact.realised_frac(days).unwrap(),
                    realised,
                    5e-6,
                );
            }
        }
    }

    #[test]
    fn a_sale_mirrors_a_purchase_and_nothing_costs_nothing() {
        let buy = Impact::new(IBM, Coefficients::PUBLISHED).unwrap();
        let sale = Order {
            quantity: -IBM.quantity,
            ..IBM
        };
        let sell = Impact::new(sale, Coefficients::PUBLISHED).unwrap();
        assert_eq!(
            sell.realised_frac(0.2).unwrap(),
            -buy.realised_frac(0.2).unwrap()
        );
        let none = Impact::new(
            Order {
                quantity: 0.0,
                ..IBM
            },
            Coefficients::PUBLISHED,
        )
        .unwrap();
        assert_eq!(none.realised_frac(0.2).unwrap(), 0.0);
    }

    #[test]
    fn inputs_out_of_range_are_refused_by_name() {
        let refused = Impact::new(
            Order {
                daily_volume: 0.0,
                ..IBM
            },
            Coefficients::PUBLISHED,
        );
        assert_eq!(refused, Err(ModelError::NotPositive("daily_volume")));
        let impact = Impact::new(IBM, Coefficients::PUBLISHED).unwrap();
        assert_eq!(
            impact.realised_frac(0.0),
            Err(ModelError::NotPositive("days"))
        );
    }
}
