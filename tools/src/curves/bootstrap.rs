//! Confidence intervals that resample whole days: all symbols of a date share its news, so a date is the unit, not an order.

use std::collections::BTreeMap;

use jiff::civil::Date;

/// Seed of the resampling: the same orders give the same interval.
pub const SEED: u64 = 1;

/// Draws.
pub const DRAWS: usize = 4_000;

/// Fewest dates that an interval may rest on.
const DATES_MIN: usize = 5;

/// Means of two methods over the same orders, and how far they differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// `100*(mean a/mean b - 1)`.
    pub change_percent: f64,
    /// Its interval of 95 %; none with fewer than five dates.
    pub change_ci95: Option<[f64; 2]>,
    /// `mean a - mean b`, bps.
    pub difference: f64,
    /// Its interval of 95 %.
    pub difference_ci95: Option<[f64; 2]>,
}

/// Compares two values of each order; the interval resamples dates.
#[must_use]
pub fn compare(orders: &[(Date, f64, f64)]) -> Option<Comparison> {
    let mut days: BTreeMap<Date, [f64; 3]> = BTreeMap::new();
    for (date, a, b) in orders {
        let day = days.entry(*date).or_default();
        *day = [day[0] + a, day[1] + b, day[2] + 1.0];
    }
    let days: Vec<[f64; 3]> = days.into_values().collect();
    let [a, b, count] = days.iter().fold([0.0; 3], add);
    if count == 0.0 || b <= 0.0 {
        return None;
    }
    let mut comparison = Comparison {
        change_percent: 100.0 * (a / b - 1.0),
        change_ci95: None,
        difference: (a - b) / count,
        difference_ci95: None,
    };
    if days.len() < DATES_MIN {
        return Some(comparison);
    }
    let mut random = SplitMix(SEED);
    let (mut changes, mut differences) = (Vec::with_capacity(DRAWS), Vec::with_capacity(DRAWS));
    for _ in 0..DRAWS {
        let [a, b, count] =
            (0..days.len()).fold([0.0; 3], |sum, _| add(sum, &days[random.below(days.len())]));
        if b > 0.0 {
            changes.push(100.0 * (a / b - 1.0));
            differences.push((a - b) / count);
        }
    }
    comparison.change_ci95 = interval(changes);
    comparison.difference_ci95 = interval(differences);
    Some(comparison)
}

fn add(a: [f64; 3], b: &[f64; 3]) -> [f64; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// Percentiles 2.5 and 97.5.
fn interval(mut values: Vec<f64>) -> Option<[f64; 2]> {
    values.sort_unstable_by(f64::total_cmp);
    let cut = values.len() / 40;
    Some([
        *values.get(cut)?,
        *values.get(values.len().checked_sub(1 + cut)?)?,
    ])
}

/// Steele, Lea and Flood (2014).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`, even to a part in 2^64/bound.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(day: i8, a: f64, b: f64) -> (Date, f64, f64) {
        (Date::constant(2025, 11, day), a, b)
    }

    #[test]
    fn a_constant_ratio_has_an_interval_of_no_width() {
        let mut orders = vec![order(1, 4.5, 5.0), order(2, 9.0, 10.0), order(2, 1.8, 2.0)];
        assert_eq!(compare(&orders).unwrap().change_ci95, None);
        orders.extend((3..6).map(|day| order(day, 0.9, 1.0)));
        let got = compare(&orders).unwrap();
        assert!((got.change_percent + 10.0).abs() < 1e-12);
        let [low, high] = got.change_ci95.unwrap();
        assert!((low + 10.0).abs() < 1e-9 && (high + 10.0).abs() < 1e-9);
        assert!((got.difference + 2.0 / 6.0).abs() < 1e-12);
        assert_eq!(compare(&orders).unwrap(), got);
    }

    #[test]
    fn orders_of_one_date_move_together() {
        // A thousand orders on ten dates, all of a date alike: the interval is that of ten numbers, not of a thousand.
        let by_date = |day: i8| if day % 2 == 0 { 1.0 } else { -1.0 };
        let orders: Vec<_> = (0..1000)
            .map(|index| (index % 10 + 1) as i8)
            .map(|day| order(day, 10.0 + by_date(day), 10.0))
            .collect();
        let [low, high] = compare(&orders).unwrap().difference_ci95.unwrap();
        assert!(low <= -0.5 && high >= 0.5, "{low} {high}");
        assert!(compare(&[]).is_none());
    }
}
