//! Exact fractions until the last division.

use shm_wire::units::Price;

/// A fraction with a positive denominator: a price in 1e-9 as sum of price x quantity over quantity, for instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    /// `num / den`; `None` when `den` is not positive.
    #[must_use]
    pub const fn new(num: i128, den: i128) -> Option<Ratio> {
        if den > 0 {
            Some(Ratio { num, den })
        } else {
            None
        }
    }

    /// The value as a price, rounded half away from zero to 1e-9; `None` when it does not fit.
    #[must_use]
    pub fn price(self) -> Option<Price> {
        let floor = self.num.div_euclid(self.den);
        let rest = self.num.rem_euclid(self.den);
        let twice = rest.checked_mul(2)?;
        let up = twice > self.den || (twice == self.den && self.num > 0);
        i64::try_from(floor + i128::from(up))
            .ok()
            .filter(|p| *p != i64::MIN)
            .map(Price)
    }

    /// `sign x (self - bench) / |bench|` in basis points: positive is cost when `sign` is that of the side.
    ///
    /// Numerator and denominator are formed exactly where 128 bits hold them. `None` when `bench` is zero.
    #[must_use]
    pub fn slippage_bps(self, bench: Ratio, sign: i64) -> Option<f64> {
        if bench.num == 0 {
            return None;
        }
        let exact = || {
            let ours = self.num.checked_mul(bench.den)?;
            let theirs = bench.num.checked_mul(self.den)?;
            Some(ours.checked_sub(theirs)? as f64 / theirs.checked_abs()? as f64)
        };
        let relative = exact().unwrap_or_else(|| {
            let (a, b) = (self.as_f64(), bench.as_f64());
            (a - b) / b.abs()
        });
        Some(relative * sign as f64 * 1e4)
    }

    /// The value as a float.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

/// `part / whole` as a fraction of one; `None` when `whole` is zero.
#[must_use]
pub fn fraction(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_round_half_away_from_zero() {
        let price = |n, d| Ratio::new(n, d).unwrap().price().unwrap().0;
        assert_eq!([price(5, 2), price(-5, 2), price(7, 3)], [3, -3, 2]);
        assert_eq!(Ratio::new(1, 0), None);
        assert_eq!(Ratio::new(i128::MAX, 1).unwrap().price(), None);
    }

    #[test]
    fn a_buy_above_and_a_sale_below_the_benchmark_cost() {
        let paid = Ratio::new(1_001, 10).unwrap();
        let bench = Ratio::new(100, 1).unwrap();
        let bps = paid.slippage_bps(bench, 1).unwrap();
        assert!((bps - 10.0).abs() < 1e-12);
        assert!((paid.slippage_bps(bench, -1).unwrap() + 10.0).abs() < 1e-12);
        assert_eq!(paid.slippage_bps(Ratio::new(0, 5).unwrap(), 1), None);
        let huge = Ratio::new(i128::MAX, 3).unwrap();
        assert!(huge.slippage_bps(bench, 1).unwrap().is_finite());
    }
}
