//! Whether what is left is worth finishing: what it would cost now against what a day more of it risks.

use crate::shortfall::{Figures, Known, milli_bps};

/// Expected cost of trading `figures.quantity` (zero: nothing beyond what is shown) over `whole` ns, and what a day's standard deviation of it costs when that costs
/// `late_milli` thousandths of itself; both in thousandths of a basis point of the price.
#[must_use]
pub fn finishing(figures: &Figures, whole: u64, late_milli: u32) -> (i64, i64) {
    let known = Known::of(figures);
    let rate = known.quantity / known.days(whole);
    let impact = if figures.quantity == 0 {
        0.0
    } else {
        known.temporary_frac(rate) + 0.5 * known.permanent_frac()
    };
    let late = f64::from(late_milli) / 1e3 * known.sigma_frac;
    (milli_bps(impact + 0.5 * known.spread_frac), milli_bps(late))
}

/// Thousandths of a deviation at which a risk aversion (1e-12 per unit of money) weighs a day's risk of `figures.quantity`.
#[must_use]
pub fn deviations_of_money(pico: u64, figures: &Figures) -> u32 {
    let known = Known::of(figures);
    // lam = d/(X*sigma); the conversion saturates.
    libm::rint(pico as f64 * 1e-12 * known.quantity * known.sigma * 1e3) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIGURES: Figures = Figures {
        quantity: 50_000,
        day_volume: 5_000_000,
        day_ns: 23_400_000_000_000,
        volatility_ppm: 20_000,
        price: 50_000_000_000,
        spread: 10_000_000,
        value_per_step: 1_000_000_000,
    };

    #[test]
    fn a_small_rest_costs_the_spread_and_a_large_one_its_impact() {
        let of = |quantity, seconds: u64| {
            let figures = Figures {
                quantity,
                ..FIGURES
            };
            finishing(&figures, seconds * 1_000_000_000, 500)
        };
        // Half of 2 bps, and 0.142 * 200 bps * (100 / 21,367)^0.6 = 1.14 bps.
        let (cost, late) = of(100, 100);
        assert!((2_000..2_300).contains(&cost), "{cost}");
        assert_eq!(late, 100_000, "half of 200 bps");
        let (large, _) = of(5_000_000, 10);
        assert!(large > 100_000, "{large}");
        assert!(of(1_000, 10).0 > of(1_000, 100).0);
    }

    #[test]
    fn an_aversion_to_money_is_so_many_deviations() {
        // 50,000 x 1 a day is 50,000: at 1e-5 half a deviation of it costs itself.
        assert_eq!(deviations_of_money(10_000_000, &FIGURES), 500);
        assert_eq!(deviations_of_money(0, &FIGURES), 0);
    }
}
