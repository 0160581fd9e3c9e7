//! What the touch alone says about the next move: imbalance, weighted mid, order-flow imbalance.
//!
//! Imbalance and weighted mid as in Stoikov (2018), order-flow imbalance (OFI) as in Cont, Kukanov and Stoikov (2014), the probability
//! that the ask empties first as in Cont and de Larrard (2012). All O(1) per book event.

use core::f64::consts::FRAC_2_PI;

use libm::atan2;

use crate::error::{self, ModelError};

/// The best bid and offer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Touch {
    /// Bid price.
    pub bid: f64,
    /// Quantity at the bid, not negative.
    pub bid_quantity: f64,
    /// Ask price, not below the bid.
    pub ask: f64,
    /// Quantity at the ask, not negative.
    pub ask_quantity: f64,
}

impl Touch {
    /// Checks prices and quantities. A crossed touch is refused, a locked one accepted.
    ///
    /// # Errors
    /// Names the first field out of range.
    pub fn check(self) -> Result<Self, ModelError> {
        error::finite("bid", self.bid)?;
        error::finite("ask", self.ask)?;
        error::not_negative("bid_quantity", self.bid_quantity)?;
        error::not_negative("ask_quantity", self.ask_quantity)?;
        if self.ask < self.bid {
            return Err(ModelError::OutOfRange {
                field: "ask",
                rule: "must not be below the bid",
            });
        }
        Ok(self)
    }

    /// Mid price.
    pub fn mid(self) -> f64 {
        0.5 * (self.bid + self.ask)
    }

    /// `Qb/(Qb + Qa)` in 0..=1; none when both sides are empty.
    pub fn imbalance(self) -> Option<f64> {
        let both = self.bid_quantity + self.ask_quantity;
        if both > 0.0 {
            Some(self.bid_quantity / both)
        } else {
            None
        }
    }

    /// `(Qb - Qa)/(Qb + Qa)` in -1..=1; none when both sides are empty.
    pub fn signed_imbalance(self) -> Option<f64> {
        let both = self.bid_quantity + self.ask_quantity;
        if both > 0.0 {
            Some((self.bid_quantity - self.ask_quantity) / both)
        } else {
            None
        }
    }

    /// `I*ask + (1-I)*bid`, price; none when both sides are empty.
    pub fn weighted_mid(self) -> Option<f64> {
        let imbalance = self.imbalance()?;
        Some(imbalance * self.ask + (1.0 - imbalance) * self.bid)
    }

    /// Probability that the ask empties before the bid, in the diffusion limit of two uncorrelated queues with equal rates:
    /// `(2/pi)*atan(Qb/Qa)`; none when both sides are empty.
    pub fn up_probability(self) -> Option<f64> {
        if self.bid_quantity + self.ask_quantity > 0.0 {
            Some(FRAC_2_PI * atan2(self.bid_quantity, self.ask_quantity))
        } else {
            None
        }
    }
}

/// Order-flow imbalance of one book event; positive is buying pressure, in quantity. The mid moves by about `OFI/(2*depth)` ticks.
pub fn order_flow_imbalance(before: Touch, after: Touch) -> f64 {
    let mut flow = 0.0;
    if after.bid >= before.bid {
        flow += after.bid_quantity;
    }
    if after.bid <= before.bid {
        flow -= before.bid_quantity;
    }
    if after.ask <= before.ask {
        flow -= after.ask_quantity;
    }
    if after.ask >= before.ask {
        flow += before.ask_quantity;
    }
    flow
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    fn touch(bid: f64, bid_quantity: f64, ask: f64, ask_quantity: f64) -> Touch {
        Touch {
            bid,
            bid_quantity,
            ask,
            ask_quantity,
        }
        .check()
        .unwrap()
    }

    #[test]
    fn a_heavy_bid_pulls_the_weighted_mid_up() {
        let heavy = touch(100.0, 900.0, 100.02, 300.0);
        close("imbalance", heavy.imbalance().unwrap(), 0.75, 1e-15);
        close("signed", heavy.signed_imbalance().unwrap(), 0.5, 1e-15);
        close(
            "weighted mid",
            heavy.weighted_mid().unwrap(),
            100.015,
            1e-14,
        );
        close(
            "up",
            heavy.up_probability().unwrap(),
            0.7951672353009,
            1e-12,
        );
        let even = touch(100.0, 500.0, 100.02, 500.0);
        close("up", even.up_probability().unwrap(), 0.5, 1e-15);
        close("mid", even.mid(), 100.01, 1e-14);
    }

    #[test]
    fn order_flow_counts_what_was_added_on_one_side_or_taken_from_the_other() {
        // before | after | OFI
        let table = [
            (
                [100.0, 800.0, 100.02, 300.0],
                [100.0, 900.0, 100.02, 250.0],
                150.0,
            ),
            (
                [100.0, 800.0, 100.02, 300.0],
                [100.01, 200.0, 100.02, 300.0],
                200.0,
            ),
            (
                [100.0, 800.0, 100.02, 300.0],
                [99.99, 500.0, 100.02, 300.0],
                -800.0,
            ),
            (
                [100.0, 800.0, 100.02, 300.0],
                [100.0, 800.0, 100.03, 700.0],
                300.0,
            ),
            (
                [100.0, 800.0, 100.02, 300.0],
                [100.0, 800.0, 100.01, 50.0],
                -50.0,
            ),
        ];
        for (a, b, want) in table {
            let (before, after) = (touch(a[0], a[1], a[2], a[3]), touch(b[0], b[1], b[2], b[3]));
            assert_eq!(order_flow_imbalance(before, after), want);
        }
    }

    #[test]
    fn an_empty_touch_has_no_imbalance_and_a_one_sided_one_is_certain() {
        let empty = touch(1.0, 0.0, 2.0, 0.0);
        assert_eq!(empty.imbalance(), None);
        assert_eq!(empty.weighted_mid(), None);
        assert_eq!(empty.up_probability(), None);
        assert_eq!(touch(1.0, 5.0, 2.0, 0.0).up_probability(), Some(1.0));
        let crossed = Touch {
            bid: 2.0,
            bid_quantity: 1.0,
            ask: 1.0,
            ask_quantity: 1.0,
        };
        assert!(crossed.check().is_err());
    }
}
