//! One session of a VWAP order: what the static curve wants, what the filter expects, and the share that is due.
//!
//! A [`Session`] joins the static curve `S` (cumulative share after a bin), the filter of [`crate::volume_kalman`] on
//! `y = ln(volume)` with the seasonal `ln(share * bins)`, and the revealed-volume rule (b) of Busseti and Boyd. Before bin n
//! it knows the volume of the bins before n and nothing else, and holds three numbers about the end of bin n:
//!
//! ```text
//! S_n                              static cumulative share
//! K_n = (V + f_n) / (V + sum f)    rule (b): V observed, f the filter's mean forecast of the bins to come
//! x_n = ln(V / (S_{n-1} * level))  surprise: volume so far against what the curve expected of a usual session
//!
//! U_n = S_n + filter*(K_n - S_n) + S_n*(1 - S_n)*(bias + surprise*x_n)          [`Adaptation`]
//! ```
//!
//! then held within `guard` of `S_n`, within 0..=1 and never below what was due before: nothing is traded back, and the last
//! bin completes. `bias = surprise = 0`, `filter = 1` is rule (b) itself; all three zero is the static curve. A negative
//! bias is Konishi's (2002) volatility weighting: `E[sigma^2 M]/E[sigma^2]` lies below `E[M]` when prices move in heavy bins, since
//! the volume that comes with a move lies after it. Fixed arrays, no allocation, O(bins) per decision and O(1) per observation.

use libm::log;

use crate::error::{self, ModelError};
use crate::volume_kalman::{Bin, Covariance, Dynamics, Forecast, Outliers, State};

/// Most bins of a session.
pub const BINS_MAX: usize = 128;

/// Smallest share the seasonal of a bin is taken from; a bin that never traded has no logarithm.
const SHARE_MIN: f64 = 1e-6;

/// Farthest a surprise counts, in log-volume: a factor of e^2 in either direction.
const SURPRISE_MAX: f64 = 2.0;

/// How the day's volume moves the share that is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adaptation {
    /// Constant lead (positive) or lag, in units of `S*(1 - S)`; -1..=1.
    pub bias: f64,
    /// Weight of the filter's revealed-volume share against the static one; 0..=2.
    pub filter: f64,
    /// Weight of the surprise of the volume so far, per unit of log-volume, in units of `S*(1 - S)`; -1..=1.
    pub surprise: f64,
}

impl Adaptation {
    /// Rule (b) as published.
    pub const REVEALED: Self = Self {
        bias: 0.0,
        filter: 1.0,
        surprise: 0.0,
    };
    /// The static curve: nothing adapts.
    pub const OFF: Self = Self {
        bias: 0.0,
        filter: 0.0,
        surprise: 0.0,
    };

    /// Checks the ranges.
    ///
    /// # Errors
    /// Names the first weight out of range.
    pub fn check(self) -> Result<Self, ModelError> {
        error::within("bias", self.bias, -1.0, 1.0, "must lie in -1..=1")?;
        error::within("filter", self.filter, 0.0, 2.0, "must lie in 0..=2")?;
        error::within("surprise", self.surprise, -1.0, 1.0, "must lie in -1..=1")?;
        Ok(self)
    }
}

/// Everything about an instrument that stays the same for the session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model {
    /// State equation of the log-volume, in the unit of the volumes observed.
    pub dynamics: Dynamics,
    /// Robustness of the correction.
    pub outliers: Outliers,
    /// How the forecast moves the schedule.
    pub adaptation: Adaptation,
    /// Most distance from the static cumulative share, fraction of the order, 0..=1 (usual: 0.1).
    pub guard: f64,
}

impl Model {
    /// Checks every field.
    ///
    /// # Errors
    /// Names the first one out of range.
    pub fn check(self) -> Result<Self, ModelError> {
        self.dynamics.check()?;
        self.adaptation.check()?;
        if let Outliers::Clipped(lambda) = self.outliers {
            error::not_negative("lambda", lambda)?;
        }
        error::within("guard", self.guard, 0.0, 1.0, "must lie in 0..=1")?;
        Ok(self)
    }

    /// The state of an instrument of which only the usual volume of a bin (log) is known, if that: a vague level, a deviation in balance.
    pub fn vague(&self, log_bin_volume: f64) -> State {
        let d = self.dynamics;
        let memory = (1.0 - d.a_mu * d.a_mu).max(0.01);
        State {
            mean: [log_bin_volume, 0.0],
            covariance: Covariance {
                eta: 1.0,
                cross: 0.0,
                mu: d.sigma_mu2 / memory,
            },
        }
    }
}

/// What is known about the end of the next bin before that bin begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signals {
    /// Static cumulative share after the bin, 0..=1.
    pub static_share: f64,
    /// The filter's revealed-volume cumulative share after the bin, 0..=1.
    pub filter_share: f64,
    /// Log of the volume so far over what a usual session has by now, -2..=2; 0 while nothing is known.
    pub surprise: f64,
}

impl Signals {
    /// The share due after the bin, before guard rails.
    pub fn share(&self, adaptation: Adaptation) -> f64 {
        let s = self.static_share;
        s + adaptation.filter * (self.filter_share - s)
            + s * (1.0 - s) * (adaptation.bias + adaptation.surprise * self.surprise)
    }
}

/// A session in progress: bins before `next` are seen, the others are to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Session {
    bins: usize,
    next: usize,
    /// Share of each bin, summing to 1.
    curve: [f64; BINS_MAX],
    /// Seasonal of each bin.
    phi: [f64; BINS_MAX],
    /// Static cumulative share after bin n.
    cumulative: [f64; BINS_MAX],
    /// Log of a usual session's volume.
    log_level: Option<f64>,
    /// Predicted for `next`; after the last bin, as corrected by it.
    state: State,
    observed: f64,
    due: f64,
}

impl Session {
    /// A session on `curve` (share of each bin, any scale), from the state after the last session's last bin. `log_level` is the log of a
    /// usual session's volume; without it the surprise stays 0.
    ///
    /// # Errors
    /// A curve of no or more than [`BINS_MAX`] bins, a negative share or a sum of zero, a model or state out of range.
    pub fn start(
        model: &Model,
        before: State,
        curve: &[f64],
        log_level: Option<f64>,
    ) -> Result<Self, ModelError> {
        model.check()?;
        before.check()?;
        if curve.is_empty() || curve.len() > BINS_MAX {
            return Err(ModelError::Length {
                field: "curve",
                rule: "must hold 1..=128 bins",
            });
        }
        if let Some(level) = log_level {
            error::finite("log_level", level)?;
        }
        error::all_not_negative("curve", curve)?;
        let total = error::positive("curve", curve.iter().sum())?;
        let mut session = Self {
            bins: curve.len(),
            next: 0,
            curve: [0.0; BINS_MAX],
            phi: [0.0; BINS_MAX],
            cumulative: [0.0; BINS_MAX],
            log_level,
            state: before.predict(&model.dynamics, Bin::NewDay),
            observed: 0.0,
            due: 0.0,
        };
        let mut sum = 0.0;
        for (bin, &weight) in curve.iter().enumerate() {
            let share = weight / total;
            sum += share;
            session.curve[bin] = share;
            session.phi[bin] = log(share.max(SHARE_MIN) * session.bins as f64);
            session.cumulative[bin] = sum;
        }
        session.cumulative[session.bins - 1] = 1.0;
        Ok(session)
    }

    /// Bins of the session.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// The bin to come, from 0; [`Self::bins`] when all are seen.
    pub fn next(&self) -> usize {
        self.next
    }

    /// Volume observed so far.
    pub fn observed(&self) -> f64 {
        self.observed
    }

    /// The filter's state; hand that of a finished session to the next one.
    pub fn state(&self) -> State {
        self.state
    }

    /// Static share of a bin; 0 outside the session.
    pub fn static_share(&self, bin: usize) -> f64 {
        self.curve.get(bin).copied().unwrap_or(0.0)
    }

    /// Forecast of the next bin's log-volume; `None` when the session is over.
    pub fn forecast(&self, model: &Model) -> Option<Forecast> {
        (self.next < self.bins).then(|| self.state.forecast(&model.dynamics, self.phi[self.next]))
    }

    /// Mean volume expected in each bin to come, the next one first; gives how many.
    ///
    /// # Errors
    /// `out` shorter than what is left of the session.
    pub fn remaining(&self, model: &Model, out: &mut [f64]) -> Result<usize, ModelError> {
        let left = self.bins - self.next;
        if out.len() < left {
            return Err(ModelError::Length {
                field: "out",
                rule: "must hold every bin to come",
            });
        }
        let mut state = self.state;
        for (step, value) in out[..left].iter_mut().enumerate() {
            if step > 0 {
                state = state.predict(&model.dynamics, Bin::SameDay);
            }
            let phi = self.phi[self.next + step];
            *value = state.forecast(&model.dynamics, phi).mean();
        }
        Ok(left)
    }

    /// What is known about the end of the next bin; `None` when the session is over.
    pub fn signals(&self, model: &Model) -> Option<Signals> {
        if self.next >= self.bins {
            return None;
        }
        let mut expected = [0.0; BINS_MAX];
        let left = self.remaining(model, &mut expected).ok()?;
        let day = self.observed + expected[..left].iter().sum::<f64>();
        let static_share = self.cumulative[self.next];
        let revealed = (self.observed + expected[0]) / day;
        Some(Signals {
            static_share,
            // An overflow or an underflow of the forecast leaves the static curve.
            filter_share: if revealed.is_finite() {
                revealed
            } else {
                static_share
            },
            surprise: self.surprise(),
        })
    }

    fn surprise(&self) -> f64 {
        match (self.log_level, self.next.checked_sub(1)) {
            (Some(level), Some(last)) if self.observed > 0.0 && self.cumulative[last] > 0.0 => {
                let usual = level + log(self.cumulative[last]);
                (log(self.observed) - usual).clamp(-SURPRISE_MAX, SURPRISE_MAX)
            }
            _ => 0.0,
        }
    }

    /// Cumulative share of the order due at the end of the next bin, 0..=1, within the guard rails, never less than was due before; 1 for
    /// the last bin and after it.
    pub fn target(&self, model: &Model) -> f64 {
        let Some(signals) = self.signals(model) else {
            return 1.0;
        };
        if self.next + 1 == self.bins {
            return 1.0;
        }
        let s = signals.static_share;
        signals
            .share(model.adaptation)
            .clamp(s - model.guard, s + model.guard)
            .clamp(0.0, 1.0)
            .max(self.due)
    }

    /// Fixes what is due at the end of the next bin, so that later targets never fall below it, and gives it.
    pub fn commit(&mut self, model: &Model) -> f64 {
        self.due = self.target(model);
        self.due
    }

    /// Takes in the market's volume of the next bin and moves on to the one after it. A bin without volume corrects nothing.
    ///
    /// # Errors
    /// A negative volume, or a session that is over; nothing changes then.
    pub fn observe(&mut self, model: &Model, volume: f64) -> Result<(), ModelError> {
        error::not_negative("volume", volume)?;
        if self.next >= self.bins {
            return Err(ModelError::OutOfRange {
                field: "bin",
                rule: "must lie within the session",
            });
        }
        let mut state = self.state;
        if volume > 0.0 {
            let phi = self.phi[self.next];
            let y = log(volume);
            state = state
                .correct(&model.dynamics, phi, y, model.outliers)?
                .state;
        }
        self.observed += volume;
        self.next += 1;
        if self.next < self.bins {
            state = state.predict(&model.dynamics, Bin::SameDay);
        }
        self.state = state;
        Ok(())
    }
}

/// Volume of a usual session: the geometric mean, as the log that [`Session::start`] takes; `None` when no session traded.
pub fn log_level(volumes: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for volume in volumes {
        if volume > 0.0 && volume.is_finite() {
            sum += log(volume);
            count += 1.0;
        }
    }
    (count > 0.0).then(|| sum / count)
}

/// Log of the mean bin's volume in a session of that log-level: what [`Model::vague`] takes.
pub fn log_bin_volume(log_level: f64, bins: usize) -> f64 {
    log_level - log(bins.max(1) as f64)
}

#[cfg(test)]
mod tests;
