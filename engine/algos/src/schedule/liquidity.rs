//! A rate that follows spread and depth: faster while the market is cheap to trade in, slower while it is dear.
//!
//! `rate x (usual spread / spread) x (depth / usual depth)`, by a factor of two at most, within the order's bounds.

use engine_core::view::View;
use shm_wire::units::{PPM_ONE, Ppm, Qty};

/// Most and least factor, millionths.
const FACTOR: (u64, u64) = (500_000, 2_000_000);
/// Weight of the newest depth in the usual one: 1/16.
const USUAL_SHIFT: u32 = 4;

/// How the rate follows the book.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Liquidity {
    rate: Ppm,
    min: Ppm,
    max: Ppm,
    /// Running average of the quantity at both sides of the touch, steps x 16; zero before the first look.
    usual_depth: u64,
}

impl Liquidity {
    /// `rate` in a usual book, between `min` and `max` in any.
    #[must_use]
    pub const fn new(rate: Ppm, min: Ppm, max: Ppm) -> Liquidity {
        Liquidity {
            rate,
            min,
            max,
            usual_depth: 0,
        }
    }
    /// The rate at a usual book.
    pub(crate) const fn usual_rate(&self) -> Ppm {
        self.rate
    }
    /// The rate from here on; none while the book is no measure.
    pub(crate) fn look(&mut self, view: &View<'_>) -> Option<Ppm> {
        let market = view.market;
        if !market.is_usable() {
            return None;
        }
        let depth = market.bid_qty.0.saturating_add(market.ask_qty.0);
        if self.usual_depth == 0 {
            self.usual_depth = depth << USUAL_SHIFT;
        }
        self.usual_depth = self
            .usual_depth
            .saturating_add(depth)
            .saturating_sub(self.usual_depth >> USUAL_SHIFT);
        let spread = market.spread().unsigned_abs();
        let usual_spread = market.average_spread().unsigned_abs();
        Some(self.rate_in(
            (spread, usual_spread),
            (depth, self.usual_depth >> USUAL_SHIFT),
        ))
    }
    /// The rate where spread and depth (first) are to be held against usual ones (second).
    #[must_use]
    pub fn rate_in(&self, spread: (u64, u64), depth: (u64, u64)) -> Ppm {
        let one = Qty(PPM_ONE.into());
        let cheap = one.mul_div(spread.1.max(1), spread.0.max(1));
        let factor = cheap.mul_div(depth.0.max(1), depth.1.max(1));
        let factor = factor.0.clamp(FACTOR.0, FACTOR.1);
        let rate = Qty(self.rate.0.into()).mul_div(factor, PPM_ONE.into());
        let rate = u32::try_from(rate.0).unwrap_or(PPM_ONE);
        Ppm(rate.clamp(self.min.0, self.max.0).min(PPM_ONE - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_or_thin_book_slows_and_a_narrow_or_deep_one_speeds_within_the_bounds() {
        let liquidity = Liquidity::new(Ppm(100_000), Ppm(60_000), Ppm(180_000));
        let rate = |spread, depth| liquidity.rate_in((spread, 4), (depth, 1_000)).0;
        assert_eq!(rate(4, 1_000), 100_000);
        assert_eq!(
            [rate(5, 1_000), rate(8, 1_000), rate(2, 1_000)],
            [80_000, 60_000, 180_000]
        );
        assert_eq!(
            [rate(4, 800), rate(4, 1), rate(4, 1_500)],
            [80_000, 60_000, 150_000]
        );
        assert_eq!(rate(0, u64::MAX), 180_000);
        assert_eq!(rate(u64::MAX, 0), 60_000);
    }
}
