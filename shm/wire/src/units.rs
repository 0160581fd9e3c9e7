//! Units as types: a price never adds to a quantity, and a swap of two arguments does not compile.
//!
//! Raw integers live only inside this module and at parsing edges. Arithmetic that can fail says so.

use core::fmt;
use core::ops::{Add, AddAssign, Sub, SubAssign};

/// Nanoseconds in one second.
pub const NANOS_PER_SECOND: u64 = 1_000_000_000;
/// Parts in one for [`Ppm`].
pub const PPM_ONE: u32 = 1_000_000;

/// A price of one unit of the instrument, in 1e-9 of the quote currency (as in Databento's DBN).
///
/// Peers' prices are accepted within ±2^60 ([`Price::decode`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
#[repr(transparent)]
pub struct Price(pub i64);

impl Price {
    /// Fixed-point scale: one unit of the quote currency.
    pub const SCALE: i64 = 1_000_000_000;
    /// Wire value for "no price" (a market order, an empty side of the book).
    pub const NONE: Price = Price(i64::MIN);
    /// Largest magnitude that a decoder accepts.
    pub const BOUND: i64 = 1 << 60;

    /// The price a peer wrote, or `None` when it is [`Price::NONE`] or out of bounds.
    #[inline]
    #[must_use]
    pub const fn decode(raw: i64) -> Option<Price> {
        if raw >= -Self::BOUND && raw <= Self::BOUND {
            Some(Price(raw))
        } else {
            None
        }
    }

    /// Whether this is a real price, not [`Price::NONE`].
    #[inline]
    #[must_use]
    pub const fn is_some(self) -> bool {
        self.0 != i64::MIN
    }

    /// Sum of a price and a signed distance, `None` on overflow.
    #[inline]
    #[must_use]
    pub const fn checked_add(self, distance: i64) -> Option<Price> {
        match self.0.checked_add(distance) {
            Some(v) => Some(Price(v)),
            None => None,
        }
    }

    /// Mid of two prices in 1e-9, rounded towards negative infinity.
    #[inline]
    #[must_use]
    pub const fn mid(self, other: Price) -> Price {
        Price(((self.0 as i128 + other.0 as i128).div_euclid(2)) as i64)
    }
}

impl fmt::Display for Price {
    /// Decimal with no trailing zeros, at least two decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_some() {
            return f.write_str("none");
        }
        let magnitude = self.0.unsigned_abs();
        let scale = Self::SCALE.unsigned_abs();
        let mut fraction = magnitude % scale;
        let mut digits = 9_usize;
        while digits > 2 && fraction.is_multiple_of(10) {
            fraction /= 10;
            digits -= 1;
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{fraction:0digits$}", magnitude / scale)
    }
}

/// A quantity: a count of the instrument's quantity steps (1 share, 0.001 BTC, 1 contract).
///
/// Peers' quantities are accepted up to 2^48, so that sums of 2^15 of them fit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
#[repr(transparent)]
pub struct Qty(pub u64);

impl Qty {
    /// Nothing.
    pub const ZERO: Qty = Qty(0);
    /// Largest quantity that a decoder accepts.
    pub const BOUND: u64 = 1 << 48;

    /// The quantity a peer wrote, or `None` when out of bounds.
    #[inline]
    #[must_use]
    pub const fn decode(raw: u64) -> Option<Qty> {
        if raw <= Self::BOUND {
            Some(Qty(raw))
        } else {
            None
        }
    }

    /// Whether nothing is left.
    #[inline]
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Difference, zero when `other` is larger.
    #[inline]
    #[must_use]
    pub const fn saturating_sub(self, other: Qty) -> Qty {
        Qty(self.0.saturating_sub(other.0))
    }

    /// Difference, `None` when `other` is larger.
    #[inline]
    #[must_use]
    pub const fn checked_sub(self, other: Qty) -> Option<Qty> {
        match self.0.checked_sub(other.0) {
            Some(v) => Some(Qty(v)),
            None => None,
        }
    }

    /// Whole lots at or below: rounding down to a multiple of `lot` (`lot` zero counts as one).
    #[inline]
    #[must_use]
    pub const fn floor_to(self, lot: Qty) -> Qty {
        if lot.0 <= 1 {
            self
        } else {
            Qty(self.0 - self.0 % lot.0)
        }
    }

    /// `self x part / whole`, rounded down, exact in 128 bits; `whole` zero gives zero; saturates at `u64::MAX`.
    #[inline]
    #[must_use]
    pub const fn mul_div(self, part: u64, whole: u64) -> Qty {
        if whole == 0 {
            return Qty(0);
        }
        let product = self.0 as u128 * part as u128;
        if product <= u64::MAX as u128 {
            // Nearly always: a 64-bit division is several times faster.
            return Qty(product as u64 / whole);
        }
        let v = product / whole as u128;
        if v > u64::MAX as u128 {
            Qty(u64::MAX)
        } else {
            Qty(v as u64)
        }
    }
}

impl Add for Qty {
    type Output = Qty;
    #[inline]
    fn add(self, other: Qty) -> Qty {
        Qty(self.0 + other.0)
    }
}
impl AddAssign for Qty {
    #[inline]
    fn add_assign(&mut self, other: Qty) {
        self.0 += other.0;
    }
}
impl Sub for Qty {
    type Output = Qty;
    #[inline]
    fn sub(self, other: Qty) -> Qty {
        Qty(self.0 - other.0)
    }
}
impl SubAssign for Qty {
    #[inline]
    fn sub_assign(&mut self, other: Qty) {
        self.0 -= other.0;
    }
}
impl fmt::Display for Qty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Money: price x quantity x the instrument's value per step, in 1e-18 of the quote currency. Never in shared memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Notional(pub i128);

impl Notional {
    /// The exact product, `None` on overflow. `value_per_step` in 1e-9 (quantity step times contract multiplier).
    ///
    /// The result is floored from 1e-18 of price x 1e-9 of step value, that is `price x qty x value_per_step`.
    #[inline]
    #[must_use]
    pub const fn of(price: Price, qty: Qty, value_per_step: i64) -> Option<Notional> {
        // 64 by 64 bits always fit 128.
        let pq = (price.0 as i128).wrapping_mul(qty.0 as i128);
        if pq == pq as i64 as i128 {
            // Nearly always: a checked product of 128 bits is slow.
            return Some(Notional(
                (pq as i64 as i128).wrapping_mul(value_per_step as i128),
            ));
        }
        match pq.checked_mul(value_per_step as i128) {
            Some(v) => Some(Notional(v)),
            None => None,
        }
    }
}

/// An instant: nanoseconds since 1970-01-01 UTC in engine time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
#[repr(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    /// Later than every instant a message may carry: "never".
    pub const NEVER: Nanos = Nanos(u64::MAX);

    /// The instant `span` later, stopping at [`Nanos::NEVER`].
    #[inline]
    #[must_use]
    pub const fn plus(self, span: DurationNs) -> Nanos {
        Nanos(self.0.saturating_add(span.0))
    }

    /// Time from `earlier` to `self`, zero when `earlier` is later.
    #[inline]
    #[must_use]
    pub const fn since(self, earlier: Nanos) -> DurationNs {
        DurationNs(self.0.saturating_sub(earlier.0))
    }

    /// The instant `span` earlier, stopping at zero.
    #[inline]
    #[must_use]
    pub const fn minus(self, span: DurationNs) -> Nanos {
        Nanos(self.0.saturating_sub(span.0))
    }
}

/// A span of engine time in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
#[repr(transparent)]
pub struct DurationNs(pub u64);

impl DurationNs {
    /// A span of whole milliseconds.
    #[must_use]
    pub const fn from_millis(ms: u64) -> DurationNs {
        DurationNs(ms.saturating_mul(1_000_000))
    }
    /// A span of whole seconds.
    #[must_use]
    pub const fn from_secs(s: u64) -> DurationNs {
        DurationNs(s.saturating_mul(NANOS_PER_SECOND))
    }
}

/// A rate in parts per million: 100_000 is 10 %.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
#[repr(transparent)]
pub struct Ppm(pub u32);

impl Ppm {
    /// `self` of `qty`, rounded down.
    #[inline]
    #[must_use]
    pub const fn of(self, qty: Qty) -> Qty {
        qty.mul_div(self.0 as u64, PPM_ONE as u64)
    }

    /// Own quantity that makes this rate of own / (own + others): `r / (1 - r) x others`, rounded down.
    ///
    /// `BEHAVIOUR.md` 3.3; rates of one or more give `u64::MAX`.
    #[inline]
    #[must_use]
    pub const fn own_of_others(self, others: Qty) -> Qty {
        if self.0 >= PPM_ONE {
            return Qty(u64::MAX);
        }
        others.mul_div(self.0 as u64, (PPM_ONE - self.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn ten_percent_of_the_market_is_an_eleventh_of_the_others() {
        assert_eq!(Ppm(100_000).own_of_others(Qty(9_090)), Qty(1_010));
        assert_eq!(Ppm(100_000).of(Qty(9_090)), Qty(909));
    }

    #[test]
    fn prices_print_as_plain_decimals() {
        assert_eq!(Price(582_724_000_000).to_string(), "582.724");
        assert_eq!(Price(-500_000_000).to_string(), "-0.50");
        assert_eq!(Price(1).to_string(), "0.000000001");
        assert_eq!(Price::NONE.to_string(), "none");
    }

    #[test]
    fn decoders_bound_what_a_peer_may_send() {
        assert_eq!(Price::decode(i64::MIN), None);
        assert_eq!(Price::decode(Price::BOUND + 1), None);
        assert_eq!(Qty::decode(Qty::BOUND), Some(Qty(Qty::BOUND)));
        assert_eq!(Qty::decode(Qty::BOUND + 1), None);
    }

    #[test]
    fn floor_to_lot_never_rounds_up() {
        assert_eq!(Qty(199).floor_to(Qty(100)), Qty(100));
        assert_eq!(Qty(99).floor_to(Qty(100)), Qty(0));
        assert_eq!(Qty(7).floor_to(Qty(0)), Qty(7));
    }
}
