//! A signal of the price for a schedule that holds no floats: how an expected drift bends an Almgren-Chriss path.
//!
//! ```text
//! done(t) = 1 - S(T-t) - c*bulge(t)     S(u) = sinh(kappa*u)/sinh(kappa*T),  bulge = (1 - S(T-t) - S(t))/kappa^2
//! c       = alpha/(2*eta*X)             alpha: expected move in our favour per time
//! ```
//!
//! That is the program of [`crate::ac_drift`] in continuous time, per unit of quantity. Against the order (`c < 0`) it may want more
//! than all of it before the end: the path is then done early. In its favour it may want to trade the other way first, which it
//! must not: `c` is held where the path starts flat.

use libm::tanh;

use crate::fixed::{SHARE_ONE, share};
use crate::shortfall::{Figures, Known, Pace, mean_rate};

/// Largest `c*T^2` against the order: done in the first tenth of the time.
const AGAINST_MAX: f64 = 20.0;

/// How far a path leans: `c`, 1/ns^2; positive is later, negative earlier.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Lean {
    c: f64,
}

impl Lean {
    /// No signal.
    pub const NONE: Lean = Lean { c: 0.0 };

    /// For a price that is expected to move by `favour_ppm` millionths of itself in the order's favour (negative: against it) over
    /// `whole` ns, on the path of this pace.
    #[must_use]
    pub fn of_move(favour_ppm: i64, pace: Pace, figures: &Figures, whole: u64) -> Lean {
        let known = Known::of(figures);
        let days = known.days(whole);
        let per_day = pace.kappa * whole as f64 / days;
        let eta = known.eta_at(known.quantity * mean_rate(per_day, days));
        let alpha = favour_ppm as f64 / 1e6 * known.worth / days;
        // c*T^2, free of units.
        let c = alpha / (2.0 * eta * known.quantity) * days * days;
        let z = pace.kappa * whole as f64;
        // The slope of the path at its start is kappa*coth(z) - c*tanh(z/2)/kappa.
        let flat = if z < 1e-3 {
            2.0
        } else {
            z * z / (tanh(z) * tanh(0.5 * z))
        };
        let whole = (whole.max(1)) as f64;
        Lean {
            c: c.clamp(-AGAINST_MAX, flat) / (whole * whole),
        }
    }
    /// Whether there is no signal.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.c == 0.0
    }
    /// Share that is done after `elapsed` of `whole` ns at this pace and lean, in units of 1 / [`SHARE_ONE`].
    #[must_use]
    pub fn done(self, pace: Pace, elapsed: u64, whole: u64) -> u64 {
        if elapsed >= whole {
            return SHARE_ONE;
        }
        let (elapsed, whole) = (elapsed as f64, whole as f64);
        let bulge = pace.decay().bulge(elapsed, whole);
        share(pace.done_ratio(elapsed, whole) - self.c * bulge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ac_discrete::Parameters;
    use crate::ac_drift::DriftProgram;
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

    fn shares(lean: Lean, pace: Pace) -> [f64; 5] {
        [0, 1, 2, 3, 4].map(|q| lean.done(pace, q * DAY / 4, DAY) as f64 / SHARE_ONE as f64)
    }

    #[test]
    fn the_path_is_that_of_the_program_with_drift() {
        let known = Known::of(&FIGURES);
        for milli in [500, 3_000] {
            let pace = Pace::of_product(milli, DAY);
            let kappa = f64::from(milli) / 1e3;
            let eta = known.eta_at(known.quantity * mean_rate(kappa, 1.0));
            for favour in [-100, 40] {
                let lean = Lean::of_move(favour, pace, &FIGURES, DAY);
                let alpha = favour as f64 / 1e6 * known.worth;
                let program = DriftProgram::new(
                    Parameters {
                        quantity: known.quantity,
                        horizon: 1.0,
                        periods: 4_000,
                        sigma: known.sigma,
                        eta,
                        gamma: 0.0,
                        epsilon: 0.0,
                        lam: kappa * kappa * eta / (known.sigma * known.sigma),
                    },
                    alpha,
                )
                .unwrap();
                for (quarter, got) in shares(lean, pace).iter().enumerate() {
                    let period = u32::try_from(quarter * 1_000).unwrap();
                    let want = 1.0 - program.holding(period) / known.quantity;
                    close("share", *got, want, 1e-4);
                }
            }
        }
    }

    #[test]
    fn a_strong_signal_is_done_early_or_waits_and_never_turns_back() {
        for pace in [
            Pace::STRAIGHT,
            Pace::of_product(3_000, DAY),
            Pace::of_product(60_000, DAY),
        ] {
            for favour in [-1_000_000, -300, 0, 300, 1_000_000] {
                let lean = Lean::of_move(favour, pace, &FIGURES, DAY);
                assert_eq!(lean.is_none(), favour == 0);
                let mut last = 0;
                for step in 0..=1_000 {
                    let now = lean.done(pace, step * DAY / 1_000, DAY);
                    assert!(now >= last && now <= SHARE_ONE, "{favour} {step}");
                    last = now;
                }
                assert_eq!(last, SHARE_ONE);
                let plain = pace.done(DAY / 2, DAY);
                let got = lean.done(pace, DAY / 2, DAY);
                assert!(if favour < 0 {
                    got >= plain
                } else {
                    got <= plain
                });
            }
        }
    }
}
