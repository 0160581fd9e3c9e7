//! The cumulative floor rule: target after bin k = whole lots of total x W_k, the last bin takes the rest.
//!
//! The error of each cumulative target is below one lot and the sum is exact (reference case SCHEDULE-LOTS).

use shm_wire::units::Qty;

/// Whole lots of `total x part / whole`; `part >= whole` gives `total` exactly.
///
/// `part` and `whole` below 2^80, so that the product is exact for every quantity.
#[must_use]
pub const fn cumulative_after(total: Qty, lot: Qty, part: u128, whole: u128) -> Qty {
    if part >= whole {
        return total;
    }
    // Below `total`, since part < whole.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the quotient is below `total`, which is 64 bits"
    )]
    let exact = Qty((total.0 as u128 * part / whole) as u64);
    exact.floor_to(lot)
}

/// Cumulative targets after each bin of a curve with these weights (any scale). All weights zero counts as a straight line
/// of no weight: only the last bin has the order. At most 65,536 weights.
pub fn cumulative_lots(total: Qty, lot: Qty, weights: &[u64]) -> impl Iterator<Item = Qty> + '_ {
    let whole: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    let mut part = 0_u128;
    let last = weights.len();
    weights.iter().enumerate().map(move |(index, weight)| {
        part += u128::from(*weight);
        if index + 1 == last {
            total
        } else if whole == 0 {
            Qty::ZERO
        } else {
            cumulative_after(total, lot, part, whole)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
    use std::vec::Vec;

    fn cumulative(total: u64, lot: u64, weights: &[u64]) -> Vec<u64> {
        cumulative_lots(Qty(total), Qty(lot), weights)
            .map(|q| q.0)
            .collect()
    }

    #[test]
    fn targets_in_whole_lots_follow_the_curve_and_the_last_bin_takes_the_rest() {
        assert_eq!(
            cumulative(10_300, 100, &[1; 7]),
            [1_400, 2_900, 4_400, 5_800, 7_300, 8_800, 10_300]
        );
        assert_eq!(
            cumulative(10_300, 100, &[18, 12, 9, 8, 10, 15, 28]),
            [1_800, 3_000, 4_000, 4_800, 5_800, 7_400, 10_300]
        );
        assert_eq!(cumulative(5, 1, &[1; 7]), [0, 1, 2, 2, 3, 4, 5]);
        assert_eq!(cumulative(250, 100, &[0, 0]), [0, 250]);
    }

    proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn cumulative_targets_ascend_end_exactly_and_miss_by_less_than_a_lot(
            total in 0_u64..=(1 << 48), lot in 1_u64..1_000, weights in prop::collection::vec(any::<u64>(), 1..40),
        ) {
            let whole: u128 = weights.iter().map(|w| u128::from(*w)).sum();
            let targets = cumulative(total, lot, &weights);
            prop_assert_eq!(targets.last(), Some(&total));
            let mut part = 0_u128;
            let mut before = 0;
            for (target, weight) in targets.iter().zip(&weights).take(weights.len() - 1) {
                part += u128::from(*weight);
                let exact = u128::from(total) * part / whole.max(1);
                prop_assert!(*target >= before && u128::from(*target) <= exact);
                prop_assert!(exact - u128::from(*target) < u128::from(lot) || part >= whole);
                before = *target;
            }
        }
    }
}
