//! Where a model's answer becomes whole lots: the one rounding that schedules use.
//!
//! The cumulative target is rounded down, never the single trade, so that every error is below one lot and the trades of a
//! schedule sum to the order exactly.

use libm::{floor, rint};

use crate::error::{self, ModelError};

/// Whole lots of `total` that are due when the share `done` of the order should be done: the largest multiple of `lot` that does
/// not exceed `total*done`, and exactly `total` from a share of 1 on. A product that misses a whole lot only by its own rounding counts as that lot.
///
/// Quantities in steps of the instrument; `total` up to 2^53.
///
/// # Errors
/// `lot` is zero, `total` exceeds 2^53, or `done` is negative or not finite.
pub fn lots_due(total: u64, lot: u64, done: f64) -> Result<u64, ModelError> {
    const EXACT_MAX: u64 = 1 << 53;
    if lot == 0 {
        return Err(ModelError::NotPositive("lot"));
    }
    if total > EXACT_MAX {
        return Err(ModelError::OutOfRange {
            field: "total",
            rule: "must not exceed 2^53",
        });
    }
    error::not_negative("done", done)?;
    if done >= 1.0 {
        return Ok(total);
    }
    let lots = total as f64 * done / lot as f64;
    let near = rint(lots);
    let whole = if (lots - near).abs() <= 4.0 * f64::EPSILON * lots {
        near
    } else {
        floor(lots)
    };
    // Below 2^53 lots, so the conversion is exact; the product cannot pass the total.
    Ok((whole as u64).saturating_mul(lot).min(total - total % lot))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ac_discrete::{Parameters, Program};
    use proptest::prelude::*;

    #[test]
    fn targets_are_whole_lots_below_the_share_and_the_end_takes_the_rest() {
        // total | lot | share | due
        let table = [
            (10_300, 100, 0.0, 0),
            (10_300, 100, 0.5, 5_100),
            (1_000, 100, 0.3, 300),
            (1_000, 100, 0.299_999, 200),
            (250, 100, 0.999, 200),
            (250, 100, 1.0, 250),
            (250, 100, 7.0, 250),
            (0, 1, 0.5, 0),
        ];
        for (total, lot, share, due) in table {
            assert_eq!(
                lots_due(total, lot, share),
                Ok(due),
                "{total} {lot} {share}"
            );
        }
        assert_eq!(lots_due(1, 0, 0.5), Err(ModelError::NotPositive("lot")));
        assert_eq!(lots_due(1, 1, f64::NAN), Err(ModelError::NotFinite("done")));
        assert!(lots_due(1 << 54, 1, 0.5).is_err());
        assert!(lots_due(1, 1, -0.5).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn trades_of_a_schedule_in_lots_sum_to_the_order_exactly(
            total in 1u64..=(1 << 53), lot in 1u64..10_000, periods in 1u32..80, exponent in -12.0..0.0f64,
        ) {
            let inputs = Parameters {
                quantity: total as f64,
                horizon: 1.0,
                periods,
                sigma: 1.0,
                epsilon: 0.0,
                gamma: 0.0,
                eta: 1e-6,
                lam: libm::pow(10.0, exponent),
            };
            let program = Program::new(inputs).unwrap();
            let (mut before, mut sum) = (0, 0);
            for period in 1..=periods {
                let share = program.share_done(period);
                let due = lots_due(total, lot, share).unwrap();
                prop_assert!(due >= before, "never back");
                prop_assert!(due.is_multiple_of(lot) || share >= 1.0);
                let exact = total as f64 * share;
                prop_assert!((exact - due as f64).abs() < lot as f64 + 1e-9 * exact + 1.0);
                sum += due - before;
                before = due;
            }
            prop_assert_eq!(sum, total);
        }
    }
}
