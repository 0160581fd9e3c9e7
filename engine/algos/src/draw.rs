//! Random draws that depend on the order's seed and an index only, so that a replay draws the same.

use shm_wire::units::{DurationNs, Ppm};

/// What a draw is for; draws of different purposes are independent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// When inside its interval a slice falls due.
    Time = 1,
    /// How much larger or smaller a slice is.
    Size = 2,
}

/// 64 well mixed bits of (seed, purpose, index): the finaliser of SplitMix64 (Steele, Lea, Flood 2014), twice.
fn bits(seed: u64, purpose: Purpose, index: u64) -> u64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    const fn finish(z: u64) -> u64 {
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    let seeded = finish(seed.wrapping_add((purpose as u64).wrapping_mul(GOLDEN)));
    finish(seeded.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)))
}

/// Uniform in `0..=most`.
fn up_to(bits: u64, most: u64) -> u64 {
    let scaled = (u128::from(bits) * (u128::from(most) + 1)) >> 64;
    u64::try_from(scaled).unwrap_or(most)
}

/// Uniform delay of slice `index` in 0..=`share` of `interval`.
pub(crate) fn delay(seed: u64, index: u32, interval: DurationNs, share: Ppm) -> DurationNs {
    let most = shm_wire::units::Qty(interval.0)
        .mul_div(u64::from(share.0), 1_000_000)
        .0;
    DurationNs(up_to(bits(seed, Purpose::Time, u64::from(index)), most))
}

/// Uniform quantity number `index` in `low`..=`high`.
pub(crate) fn between(seed: u64, index: u32, low: u64, high: u64) -> u64 {
    low + up_to(
        bits(seed, Purpose::Size, u64::from(index)),
        high.saturating_sub(low),
    )
}

/// Uniform signed factor of slice `index` in -`share`..=`share`, parts per million.
pub(crate) fn factor_ppm(seed: u64, index: u32, share: Ppm) -> i64 {
    let drawn = up_to(
        bits(seed, Purpose::Size, u64::from(index)),
        2 * u64::from(share.0),
    );
    i64::try_from(drawn).unwrap_or(0) - i64::from(share.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_in_range_and_average_to_the_middle() {
        let mut sum_time = 0;
        let mut sum_size = 0;
        for i in 0..10_000 {
            let d = delay(7, i, DurationNs(1_000), Ppm(200_000));
            let f = factor_ppm(7, i, Ppm(200_000));
            assert!(d.0 <= 200 && f.abs() <= 200_000);
            sum_time += d.0;
            sum_size += f;
        }
        assert!((990_000..1_010_000).contains(&sum_time), "{sum_time}");
        assert!((sum_size / 10_000).abs() < 4_000, "{sum_size}");
    }

    #[test]
    fn equal_seeds_draw_equally_and_others_do_not() {
        assert_eq!(
            factor_ppm(1, 5, Ppm(400_000)),
            factor_ppm(1, 5, Ppm(400_000))
        );
        assert_ne!(
            factor_ppm(1, 5, Ppm(400_000)),
            factor_ppm(2, 5, Ppm(400_000))
        );
        assert_eq!(factor_ppm(1, 5, Ppm(0)), 0);
    }
}
