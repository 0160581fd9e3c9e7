//! Shares of one as integers: where an answer between 0 and 1 leaves the models for a schedule that has no floats.

/// One, in the unit of a share: 2^40.
pub const SHARE_ONE: u64 = 1 << 40;

/// `value` in units of 1 / [`SHARE_ONE`], rounded down and held within 0 and one; not a number counts as zero.
#[must_use]
pub fn share(value: f64) -> u64 {
    // A conversion of a float saturates, and NaN becomes zero.
    ((value * SHARE_ONE as f64) as u64).min(SHARE_ONE)
}

/// A share as a number.
#[must_use]
pub fn real(share: u64) -> f64 {
    share as f64 / SHARE_ONE as f64
}

/// `value` times a million, rounded, within 0 and `max`.
pub(crate) fn ppm(value: f64, max: u32) -> u32 {
    (libm::rint(value * 1e6) as u32).min(max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stay_within_zero_and_one() {
        assert_eq!(share(0.5), SHARE_ONE / 2);
        assert_eq!([share(-1.0), share(f64::NAN)], [0, 0]);
        assert_eq!([share(1.0), share(7.0)], [SHARE_ONE; 2]);
        assert_eq!(real(share(0.25)).to_bits(), 0.25f64.to_bits());
        assert_eq!(ppm(0.123_456_7, 1_000_000), 123_457);
    }
}
