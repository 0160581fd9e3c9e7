//! The forecast of one order: the filter of [`crate::volume_kalman`] on any piece of the day, and the share due from it.
//!
//! [`crate::volume_forecast::Session`] follows a whole session bin by bin. An order starts and stops anywhere, so its
//! [`Tracker`] works on log ratios of observed to usual volume, whatever interval they were counted over, in six numbers.
//! The share due is that module's: rule (b) of Busseti and Boyd weighted by the model's [`Adaptation`], within guard rails
//! around the static share. Integers in and out.
//!
//! [`Adaptation`]: crate::volume_forecast::Adaptation

use libm::{exp, log};

use crate::fixed::{self, SHARE_ONE};
use crate::volume_forecast::{Adaptation, Model, Signals};
use crate::volume_kalman::{Bin, Covariance, Dynamics, Outliers, State};

/// Farthest a surprise counts, log-volume.
const SURPRISE_MAX: f64 = 2.0;
/// Variance of how busy a day is before anything of it is seen, log-volume squared.
const DAY_VARIANCE: f64 = 0.15;
/// Part of the expected volume after which nothing adapts any more.
const SETTLED_FROM: f64 = 0.8;

/// The model of an instrument that none was fitted for: deviations that halve in about ten minutes.
pub const USUAL: Model = Model {
    dynamics: Dynamics {
        a_eta: 1.0,
        a_mu: 0.7,
        sigma_eta2: 0.0,
        sigma_mu2: 0.05,
        r: 0.1,
    },
    outliers: Outliers::Clipped(3.0),
    adaptation: Adaptation::REVEALED,
    guard: 0.1,
};

/// What is usual about the next interval and the time around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// Volume seen since the order's start.
    pub seen: u64,
    /// Volume that is usual until now.
    pub usual_so_far: u64,
    /// Static share due after the next interval, units of 1 / [`SHARE_ONE`].
    pub static_share: u64,
}

/// State of one order's forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tracker {
    state: State,
}

impl Tracker {
    /// Nothing seen: the day is as usual, more or less.
    #[must_use]
    pub fn new(model: &Model) -> Tracker {
        let d = model.dynamics;
        Tracker {
            state: State {
                mean: [0.0; 2],
                covariance: Covariance {
                    eta: DAY_VARIANCE,
                    cross: 0.0,
                    mu: d.sigma_mu2 / (1.0 - d.a_mu * d.a_mu).max(0.01),
                },
            },
        }
    }
    /// Takes in the volume of the last interval and what is usual for it; where one is zero nothing is learnt from it.
    pub fn observe(&mut self, model: &Model, volume: u64, usual: u64) {
        if volume > 0 && usual > 0 {
            let (y, phi) = (log(volume as f64), log(usual as f64));
            if let Ok(c) = self.state.correct(&model.dynamics, phi, y, model.outliers) {
                self.state = c.state;
            }
        }
        self.state = self.state.predict(&model.dynamics, Bin::SameDay);
    }
    /// Share of the order due after the next interval, in units of 1 / [`SHARE_ONE`]: within the model's guard of the static share; and `None` once so much of
    /// the expected volume is seen that nothing should adapt any more. `usual` are the intervals to come, the next one first.
    pub fn due(
        &self,
        model: &Model,
        so_far: &Usual,
        usual: impl Iterator<Item = u64>,
    ) -> Option<u64> {
        let (mut next, mut rest) = (0.0, 0.0);
        let mut state = self.state;
        for (step, volume) in usual.enumerate() {
            let v = state.forecast(&model.dynamics, 0.0);
            let expected = volume as f64 * exp(v.log_mean + 0.5 * v.log_variance);
            if step == 0 {
                next = expected;
            } else {
                rest += expected;
            }
            state = state.predict(&model.dynamics, Bin::SameDay);
        }
        let seen = so_far.seen as f64;
        let all = seen + next + rest;
        if !all.is_finite() || all <= 0.0 || seen >= SETTLED_FROM * all {
            return None;
        }
        let surprise = if so_far.seen > 0 && so_far.usual_so_far > 0 {
            log(seen / so_far.usual_so_far as f64).clamp(-SURPRISE_MAX, SURPRISE_MAX)
        } else {
            0.0
        };
        let static_share = fixed::real(so_far.static_share);
        let signals = Signals {
            static_share,
            filter_share: (seen + next) / all,
            surprise,
        };
        let share = signals
            .share(model.adaptation)
            .clamp(static_share - model.guard, static_share + model.guard);
        Some(fixed::share(share).min(SHARE_ONE))
    }
    /// How many times as busy as usual the rest of the day looks, millionths, 1,000,000 = as usual.
    #[must_use]
    pub fn busy_ppm(&self) -> u32 {
        fixed::ppm(exp(self.state.mean[0]).clamp(0.1, 10.0), 10_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(tracker: &Tracker, seen: u64, usual: [u64; 4], at: u64) -> Option<f64> {
        let static_share =
            fixed::share((at + usual[0]) as f64 / (at + usual.iter().sum::<u64>()) as f64);
        let so_far = Usual {
            seen,
            usual_so_far: at,
            static_share,
        };
        tracker
            .due(&USUAL, &so_far, usual.into_iter())
            .map(fixed::real)
    }

    #[test]
    fn as_usual_the_share_is_the_static_one() {
        let mut tracker = Tracker::new(&USUAL);
        tracker.observe(&USUAL, 100, 100);
        let got = due(&tracker, 100, [100, 100, 100, 100], 100).unwrap();
        // Means of a log-normal lie a little above what is usual: more is to come than the static curve says.
        assert!((got - 0.4).abs() < 0.05, "{got}");
        assert_eq!(tracker.busy_ppm(), 1_000_000);
    }

    #[test]
    fn a_block_moves_the_share_no_further_than_the_guard() {
        let mut tracker = Tracker::new(&USUAL);
        tracker.observe(&USUAL, 100_000, 100);
        let got = due(&tracker, 100_000, [100, 100, 100, 100], 100);
        assert!(got.is_none_or(|g| g <= 0.5 + 1e-9), "{got:?}");
        let got = due(&tracker, 300, [100, 100, 100, 100], 100).unwrap();
        assert!((0.3..=0.5 + 1e-9).contains(&got), "{got}");
    }

    #[test]
    fn a_busy_morning_makes_the_day_busy_and_near_its_end_nothing_adapts() {
        let mut tracker = Tracker::new(&USUAL);
        for _ in 0..20 {
            tracker.observe(&USUAL, 300, 100);
        }
        assert!(tracker.busy_ppm() > 1_300_000, "{}", tracker.busy_ppm());
        assert!(due(&tracker, 60_000, [100, 10, 10, 10], 2_000).is_none());
        tracker.observe(&USUAL, 0, 100);
        assert!(
            tracker.busy_ppm() > 1_300_000,
            "nothing is learnt from an empty interval"
        );
    }
}
