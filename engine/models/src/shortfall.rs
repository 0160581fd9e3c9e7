//! Almgren-Chriss for a schedule that holds no floats: integers in, shares of one out.
//!
//! ```text
//! pace    kappa, 1/ns of (volume) time: from an urgency, a half-life or a risk aversion
//! done    1 - sinh(kappa*(T - t))/sinh(kappa*T), from the remaining time alone
//! impact  h(v) = eta*sigma*S*(v/V)^beta, Almgren et al. (2005), made linear at the rate that is planned: eta_eff = h(v*)/v*
//! horizon T* = sqrt(3*eta_eff/(lam*sigma^2)), where constant pace costs least of E + lam*Var
//! ```
//!
//! Linear impact makes the half-life independent of the order's size; the repeated linearisation of the concave law undoes that:
//! at one `lam` a larger order decays faster (risk grows with the square of its size, cost with a lower power), and at a `lam` of
//! so many deviations, which falls with the size, slower.

use libm::{exp, pow, sqrt};

use crate::athl::Coefficients;
use crate::fixed::{SHARE_ONE, ppm, share};
use crate::hyperbolic::Decay;

/// Daily volatility of an instrument of which none is known: 2 %, parts per million of its price.
pub const VOLATILITY_DEFAULT_PPM: u32 = 20_000;
/// Share of a usual day's volume that an order is taken for when the day's volume is unknown: 1 %.
const SHARE_OF_DAY_DEFAULT: f64 = 0.01;
/// Spread of an instrument of which none is known: 5 bps of its price.
const SPREAD_DEFAULT_FRAC: f64 = 5e-4;
/// Times the impact is made linear anew.
const LINEARISATIONS: u32 = 12;
/// `kappa * T` beyond which a trajectory is done at once for every purpose.
const PRODUCT_MAX: f64 = 60.0;

/// What is known of order and market, in integers; zero stands for unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Quantity to trade, steps.
    pub quantity: u64,
    /// Usual volume of a day, steps.
    pub day_volume: u64,
    /// Length of a day of trading, ns (of volume time).
    pub day_ns: u64,
    /// Daily volatility, parts per million of the price.
    pub volatility_ppm: u32,
    /// Price, 1e-9.
    pub price: i64,
    /// Usual spread, 1e-9.
    pub spread: i64,
    /// Money of one step at price one, 1e-9.
    pub value_per_step: i64,
}

/// How much risk weighs against cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aversion {
    /// `lam`, 1e-12 per unit of money.
    Money(u64),
    /// `lam` at which one standard deviation of the day's risk of the whole order costs this many thousandths of itself: scale free.
    Deviations(u32),
}

/// Cost and risk of a plan, thousandths of a basis point of the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// Expected cost against the arrival price, half the spread and half the permanent impact included.
    pub cost_milli_bps: i64,
    /// Standard deviation.
    pub deviation_milli_bps: i64,
}

/// How fast a position decays: `kappa` per ns; zero is a straight line.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pace {
    pub(crate) kappa: f64,
}

impl Pace {
    /// A straight line.
    pub const STRAIGHT: Pace = Pace { kappa: 0.0 };

    /// `kappa * T` of `product_milli` thousandths over `whole` ns.
    #[must_use]
    pub fn of_product(product_milli: u32, whole: u64) -> Pace {
        Pace {
            kappa: f64::from(product_milli) / 1e3 / (whole.max(1) as f64),
        }
    }
    /// The position falls by a factor of e in `half_life` ns, when the horizon is long.
    #[must_use]
    pub fn of_half_life(half_life: u64) -> Pace {
        Pace {
            kappa: 1.0 / half_life.max(1) as f64,
        }
    }
    /// Optimal for a risk aversion over `whole` ns.
    #[must_use]
    pub fn of_aversion(aversion: Aversion, figures: &Figures, whole: u64) -> Pace {
        let known = Known::of(figures);
        let days = known.days(whole);
        let lam = known.lam(aversion);
        let mut kappa = 0.0;
        for _ in 0..LINEARISATIONS {
            let eta = known.eta_at(known.quantity * mean_rate(kappa, days));
            kappa = (sqrt(lam / eta) * known.sigma).min(PRODUCT_MAX / days);
        }
        Pace {
            kappa: kappa / known.day_ns,
        }
    }
    /// Whether this is a straight line.
    #[must_use]
    pub fn is_straight(self) -> bool {
        self.kappa <= 0.0
    }
    /// `kappa * T` over `whole` ns, thousandths.
    #[must_use]
    pub fn product_milli(self, whole: u64) -> u64 {
        libm::rint(self.kappa * whole as f64 * 1e3) as u64
    }
    /// This pace times `factor_ppm` millionths.
    #[must_use]
    pub fn times(self, factor_ppm: u32) -> Pace {
        Pace {
            kappa: self.kappa * f64::from(factor_ppm) / 1e6,
        }
    }
    /// Share of the quantity at the start that is done after `elapsed` of `whole` ns, in units of 1 / [`SHARE_ONE`].
    #[must_use]
    pub fn done(self, elapsed: u64, whole: u64) -> u64 {
        if elapsed >= whole {
            return SHARE_ONE;
        }
        share(self.done_ratio(elapsed as f64, whole as f64))
    }
    pub(crate) fn done_ratio(self, elapsed: f64, whole: f64) -> f64 {
        if self.kappa * whole > PRODUCT_MAX {
            return -libm::expm1(-self.kappa * elapsed);
        }
        self.decay().done_ratio(elapsed, whole)
    }
    pub(crate) fn decay(self) -> Decay {
        if self.is_straight() {
            Decay::Linear
        } else {
            Decay::Hyperbolic(self.kappa)
        }
    }

    /// Expected cost and risk of `figures` at this pace over `whole` ns.
    #[must_use]
    pub fn expectation(self, figures: &Figures, whole: u64) -> Expectation {
        let known = Known::of(figures);
        let days = known.days(whole);
        let kappa = self.kappa * known.day_ns;
        let rate = mean_rate(kappa, days) * known.quantity;
        let impact = known.temporary_frac(rate) + 0.5 * known.permanent_frac();
        let cost = impact + 0.5 * known.spread_frac;
        let deviation = known.sigma_frac * sqrt(mean_square_days(kappa, days));
        Expectation {
            cost_milli_bps: milli_bps(cost),
            deviation_milli_bps: milli_bps(deviation),
        }
    }
}

/// `T* = sqrt(3 eta/(lam sigma^2))`, ns of volume time: the horizon at which constant pace costs least.
#[must_use]
pub fn horizon(aversion: Aversion, figures: &Figures) -> u64 {
    let known = Known::of(figures);
    let lam = known.lam(aversion);
    let mut days = 0.1;
    for _ in 0..4 * LINEARISATIONS {
        let eta = known.eta_at(known.quantity / days);
        days = sqrt(3.0 * eta / lam) / known.sigma;
        days = days.clamp(1e-9, 1e6);
    }
    (days * known.day_ns) as u64
}

/// How much slower or faster a kappa is when volatility, spread and volume are so many times (millionths) what they were:
/// `kappa ~ sigma/sqrt(eta)` with `eta ~ spread * volume^-beta`; held within a quarter and four.
#[must_use]
pub fn factor_ppm(volatility: u32, spread: u32, volume: u32) -> u32 {
    let of = |v: u32| f64::from(v.max(1)) / 1e6;
    let beta = Coefficients::PUBLISHED.beta;
    let factor = of(volatility) / sqrt(of(spread)) * pow(of(volume), 0.5 * beta);
    ppm(factor.clamp(0.25, 4.0), 4_000_000)
}

/// A move of the price (1e-9) in standard deviations of `whole` ns, millionths; `volatility_ppm` is that of a day, of `price`.
#[must_use]
pub fn deviations_ppm(moved: i64, price: i64, volatility_ppm: u32, whole: u64, day: u64) -> i32 {
    let days = whole.max(1) as f64 / day.max(1) as f64;
    let deviation = price as f64 * f64::from(volatility_ppm.max(1)) / 1e6 * sqrt(days);
    if deviation <= 0.0 {
        return 0;
    }
    // The conversion saturates.
    libm::rint(moved as f64 / deviation * 1e6) as i32
}

/// How likely a log-normal volume around `expected` is at least `needed`, millionths; `deviation_ppm` is that of its logarithm.
#[must_use]
pub fn probability_ppm(expected: u64, needed: u64, deviation_ppm: u32) -> u32 {
    if needed == 0 {
        return 1_000_000;
    }
    if expected == 0 {
        return 0;
    }
    let z = libm::log(expected as f64 / needed as f64) * 1e6 / f64::from(deviation_ppm.max(1));
    ppm(0.5 * libm::erfc(-z / core::f64::consts::SQRT_2), 1_000_000)
}

/// The figures as numbers, unknown ones replaced: days, steps, money.
pub(crate) struct Known {
    pub(crate) quantity: f64,
    pub(crate) day_volume: f64,
    day_ns: f64,
    pub(crate) sigma_frac: f64,
    pub(crate) spread_frac: f64,
    /// Daily volatility of a step, money.
    pub(crate) sigma: f64,
    /// Worth of a step, money.
    pub(crate) worth: f64,
}

impl Known {
    pub(crate) fn of(f: &Figures) -> Known {
        let price = if f.price > 0 {
            f.price as f64 / 1e9
        } else {
            100.0
        };
        let quantity = f.quantity.max(1) as f64;
        let volatility = if f.volatility_ppm == 0 {
            VOLATILITY_DEFAULT_PPM
        } else {
            f.volatility_ppm
        };
        let worth = price * f.value_per_step.max(1) as f64 / 1e9;
        let sigma_frac = f64::from(volatility) / 1e6;
        Known {
            quantity,
            day_volume: if f.day_volume == 0 {
                quantity / SHARE_OF_DAY_DEFAULT
            } else {
                f.day_volume as f64
            },
            day_ns: f.day_ns.max(1) as f64,
            sigma_frac,
            spread_frac: if f.spread > 0 {
                f.spread as f64 / 1e9 / price
            } else {
                SPREAD_DEFAULT_FRAC
            },
            sigma: sigma_frac * worth,
            worth,
        }
    }
    pub(crate) fn days(&self, whole: u64) -> f64 {
        (whole.max(1) as f64) / self.day_ns
    }
    /// Temporary impact at `rate` steps a day, fraction of the price.
    pub(crate) fn temporary_frac(&self, rate: f64) -> f64 {
        let c = Coefficients::PUBLISHED;
        c.eta * self.sigma_frac * pow(rate / self.day_volume, c.beta)
    }
    /// Permanent impact of the whole quantity, fraction of the price; the turnover factor counts as one.
    pub(crate) fn permanent_frac(&self) -> f64 {
        Coefficients::PUBLISHED.gamma * self.sigma_frac * self.quantity / self.day_volume
    }
    /// Slope of the line through the concave impact at `rate`, money per step and per step a day.
    pub(crate) fn eta_at(&self, rate: f64) -> f64 {
        let rate = rate.max(1e-6);
        (self.temporary_frac(rate) * self.worth / rate).max(1e-300)
    }
    pub(crate) fn lam(&self, aversion: Aversion) -> f64 {
        match aversion {
            Aversion::Money(pico) => (pico.max(1) as f64) * 1e-12,
            Aversion::Deviations(milli) => {
                f64::from(milli.max(1)) / 1e3 / (self.quantity * self.sigma)
            }
        }
    }
}

/// Rate weighted by what trades at it, per unit of quantity and day: `integral of v^2` of the sinh trajectory; `1/T` for a straight one.
pub(crate) fn mean_rate(kappa: f64, days: f64) -> f64 {
    let z = kappa * days;
    if z < 1e-4 {
        return 1.0 / days;
    }
    // kappa^2/sinh^2(z) * (T/2 + sinh(2z)/(4 kappa)), divided through by exp(2z).
    let small = exp(-2.0 * z);
    let sinh2 = 0.25 * (1.0 - small) * (1.0 - small);
    let sinh_double = 0.5 * (1.0 - small * small);
    kappa * kappa * (0.5 * days * small + sinh_double / (4.0 * kappa)) / sinh2
}

/// `integral of x^2` of the trajectory per unit of quantity squared, days; `T/3` for a straight one.
fn mean_square_days(kappa: f64, days: f64) -> f64 {
    let z = kappa * days;
    if z < 1e-2 {
        return days / 3.0 * (1.0 - z * z * 2.0 / 15.0);
    }
    let small = exp(-2.0 * z);
    let sinh2 = 0.25 * (1.0 - small) * (1.0 - small);
    let sinh_double = 0.5 * (1.0 - small * small);
    (sinh_double / (4.0 * kappa) - 0.5 * days * small) / sinh2
}

pub(crate) fn milli_bps(fraction: f64) -> i64 {
    libm::rint(fraction * 1e7) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    const DAY: u64 = 23_400_000_000_000;
    const FIGURES: Figures = Figures {
        quantity: 50_000,
        day_volume: 5_000_000,
        day_ns: DAY,
        volatility_ppm: 20_000,
        price: 50_000_000_000,
        spread: 10_000_000,
        value_per_step: 1_000_000_000,
    };

    #[test]
    fn urgencies_are_done_half_way_as_published() {
        let share = |milli| {
            let pace = Pace::of_product(milli, DAY);
            pace.done(DAY / 2, DAY) as f64 / SHARE_ONE as f64
        };
        for (milli, want) in [(500, 0.515), (1_500, 0.614), (3_000, 0.787), (6_000, 0.950)] {
            assert!((share(milli) - want).abs() < 1e-3, "{milli}");
        }
        assert_eq!(Pace::STRAIGHT.done(DAY / 2, DAY), SHARE_ONE / 2);
        assert_eq!(Pace::of_product(500_000, DAY).done(DAY / 2, DAY), SHARE_ONE);
    }

    #[test]
    fn the_tail_is_the_plan_made_anew() {
        let pace = Pace::of_product(3_000, DAY);
        let (middle, later) = (DAY / 3, DAY / 4 * 3);
        let at = |t| pace.done(t, DAY) as f64 / SHARE_ONE as f64;
        let again = pace.done(later - middle, DAY - middle) as f64 / SHARE_ONE as f64;
        close(
            "tail",
            at(middle) + (1.0 - at(middle)) * again,
            at(later),
            1e-11,
        );
    }

    #[test]
    fn more_aversion_goes_faster_size_counts_and_the_horizon_agrees_with_its_formula() {
        let product =
            |aversion, f: &Figures| Pace::of_aversion(aversion, f, DAY).product_milli(DAY);
        let calm = product(Aversion::Money(100_000), &FIGURES);
        let eager = product(Aversion::Money(10_000_000), &FIGURES);
        assert!(eager > 2 * calm, "{calm} {eager}");
        let larger = Figures {
            quantity: 500_000,
            ..FIGURES
        };
        assert!(product(Aversion::Money(10_000_000), &larger) > eager);
        let relative = |f| product(Aversion::Deviations(500), f);
        assert!(relative(&larger) < relative(&FIGURES));
        let t = |n, f: &Figures| horizon(Aversion::Deviations(n), f);
        assert!(t(100, &FIGURES) > t(500, &FIGURES) && t(500, &FIGURES) > t(2_000, &FIGURES));
        assert!(t(500, &larger) > t(500, &FIGURES));
        // Fixed point: T^2 = 3 eta/(lam sigma^2).
        let known = Known::of(&FIGURES);
        let days = known.days(t(500, &FIGURES));
        let eta = known.eta_at(known.quantity / days);
        let lam = known.lam(Aversion::Deviations(500));
        close(
            "T*",
            days * days,
            3.0 * eta / (lam * known.sigma * known.sigma),
            1e-6,
        );
    }

    #[test]
    fn faster_costs_more_and_risks_less_and_a_straight_line_has_the_known_moments() {
        let at = |milli| Pace::of_product(milli, DAY).expectation(&FIGURES, DAY);
        let (slow, fast) = (at(0), at(6_000));
        assert!(fast.cost_milli_bps > slow.cost_milli_bps);
        assert!(fast.deviation_milli_bps < slow.deviation_milli_bps);
        // 200 bps * sqrt(1/3).
        assert_eq!(slow.deviation_milli_bps, 115_470);
        for (kappa, tolerance) in [(0.009_9, 1e-6), (0.010_1, 1e-6)] {
            close(
                "variance",
                mean_square_days(kappa, 1.0),
                1.0 / 3.0,
                tolerance * 30.0,
            );
        }
        close("rate", mean_rate(1e-4, 1.0), 1.0, 1e-6);
        close("rate of a fast one", mean_rate(40.0, 1.0), 20.0, 1e-9);
    }

    #[test]
    fn the_pace_follows_the_market_and_probabilities_are_those_of_the_normal_law() {
        assert_eq!(factor_ppm(1_000_000, 1_000_000, 1_000_000), 1_000_000);
        assert_eq!(factor_ppm(2_000_000, 1_000_000, 1_000_000), 2_000_000);
        assert_eq!(factor_ppm(1_000_000, 4_000_000, 1_000_000), 500_000);
        assert_eq!(factor_ppm(u32::MAX, 1, 1_000_000), 4_000_000);
        assert_eq!(deviations_ppm(-20, 1_000, 20_000, DAY, DAY), -1_000_000);
        assert_eq!(deviations_ppm(20, 1_000, 20_000, 4 * DAY, DAY), 500_000);
        assert_eq!(deviations_ppm(20, 0, 20_000, DAY, DAY), 0);
        assert_eq!(probability_ppm(100, 100, 350_000), 500_000);
        assert_eq!(probability_ppm(0, 1, 350_000), 0);
        assert_eq!(probability_ppm(0, 0, 350_000), 1_000_000);
        // e^0.35 away is one deviation.
        assert!(probability_ppm(141_907, 100_000, 350_000).abs_diff(841_345) < 10);
    }
}
