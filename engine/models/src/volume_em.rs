//! Fitting [`crate::volume_kalman`] to past days: Kalman smoother and the closed EM step of Chen, Feng and Palomar (2016).
//!
//! Days are concatenated; a day starts at every `bins`-th observation, `bins` being the length of `phi`. A missing observation (a
//! bin without volume) is `None`: the filter skips its correction and the M-step leaves it out. The paper's persistence of the level is 1
//! within the day (one manual prints 0).
//!
//! The robust variant takes each observation for `y = eta + phi + mu + v + z`: the filter's clipping separates the outlier `z`
//! ([`Outliers::Clipped`]), and seasonal and observation variance are those of `y - z`. With trusted observations `z` is zero.

use crate::error::{self, ModelError};
use crate::volume_kalman::{Bin, Covariance, Dynamics, Outliers, State};

/// Everything that is fitted, but for the seasonal, which is a slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Theta {
    /// Distribution of the state at the first observation.
    pub start: State,
    /// Parameters of the equations.
    pub dynamics: Dynamics,
}

/// One observation's states, kept by the caller for the backward pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smoothed {
    predicted: State,
    filtered: State,
    /// The state given all observations.
    pub state: State,
    /// `Cov(x_t, x_{t-1})` given all observations; zero for the first.
    lag: [[f64; 2]; 2],
    /// The part of the observation that the filter took for an outlier, log-volume.
    pub outlier: f64,
}

impl Smoothed {
    /// A value to fill a buffer with.
    pub const EMPTY: Self = {
        let zero = State {
            mean: [0.0; 2],
            covariance: Covariance {
                eta: 0.0,
                cross: 0.0,
                mu: 0.0,
            },
        };
        Self {
            predicted: zero,
            filtered: zero,
            state: zero,
            lag: [[0.0; 2]; 2],
            outlier: 0.0,
        }
    };
}

/// E-step: fills `path` (one per observation) and gives the log-likelihood of the observations, outliers taken off.
///
/// # Errors
/// Names the first input out of range; [`ModelError::Singular`] when a predicted covariance has no inverse.
pub fn smooth(
    y: &[Option<f64>],
    phi: &[f64],
    theta: &Theta,
    outliers: Outliers,
    path: &mut [Smoothed],
) -> Result<f64, ModelError> {
    check(y, phi, theta)?;
    error::length("path", path.len(), y.len(), "must be as long as y")?;
    let dynamics = &theta.dynamics;
    let mut log_likelihood = 0.0;
    let mut before = theta.start;
    for (index, (step, observed)) in path.iter_mut().zip(y).enumerate() {
        let predicted = if index == 0 {
            before
        } else {
            before.predict(dynamics, place(index, phi.len()))
        };
        let mut filtered = predicted;
        let mut outlier = 0.0;
        if let Some(y) = observed {
            let phi = phi[index % phi.len()];
            let correction = predicted.correct(dynamics, phi, *y, outliers)?;
            outlier = correction.outlier;
            // What a clipped innovation leaves is that of the observation without its outlier.
            let (all, used) = (correction.innovation, correction.innovation - outlier);
            log_likelihood += correction.log_likelihood
                + 0.5 * (all * all - used * used) / correction.innovation_variance;
            filtered = correction.state;
        }
        *step = Smoothed {
            predicted,
            filtered,
            state: filtered,
            lag: [[0.0; 2]; 2],
            outlier,
        };
        before = filtered;
    }
    for index in (1..path.len()).rev() {
        let (head, tail) = path.split_at_mut(index);
        let (a, _) = dynamics.transition(place(index, phi.len()));
        back(&mut head[index - 1], &mut tail[0], a)?;
    }
    Ok(log_likelihood)
}

/// One step of the backward pass: `L = S A' P^-1`, then mean, covariance and lag covariance.
fn back(now: &mut Smoothed, next: &mut Smoothed, a: [f64; 2]) -> Result<(), ModelError> {
    let (s, p) = (now.filtered.covariance, next.predicted.covariance);
    let determinant = p.determinant();
    if determinant <= 0.0 {
        return Err(ModelError::Singular("predicted covariance"));
    }
    let inverse = [
        [p.mu / determinant, -p.cross / determinant],
        [-p.cross / determinant, p.eta / determinant],
    ];
    let cross = [
        [s.eta * a[0], s.cross * a[1]],
        [s.cross * a[0], s.mu * a[1]],
    ];
    let mut l = [[0.0; 2]; 2];
    for (row, l) in l.iter_mut().enumerate() {
        for (column, l) in l.iter_mut().enumerate() {
            *l = cross[row][0] * inverse[0][column] + cross[row][1] * inverse[1][column];
        }
    }
    let later = next.state;
    let shift = [
        later.mean[0] - next.predicted.mean[0],
        later.mean[1] - next.predicted.mean[1],
    ];
    let gap = Covariance {
        eta: later.covariance.eta - p.eta,
        cross: later.covariance.cross - p.cross,
        mu: later.covariance.mu - p.mu,
    };
    let form = |u: [f64; 2], v: [f64; 2]| {
        u[0] * (gap.eta * v[0] + gap.cross * v[1]) + u[1] * (gap.cross * v[0] + gap.mu * v[1])
    };
    now.state = State {
        mean: [
            now.filtered.mean[0] + l[0][0] * shift[0] + l[0][1] * shift[1],
            now.filtered.mean[1] + l[1][0] * shift[0] + l[1][1] * shift[1],
        ],
        covariance: Covariance {
            eta: s.eta + form(l[0], l[0]),
            cross: s.cross + form(l[0], l[1]),
            mu: s.mu + form(l[1], l[1]),
        },
    };
    let c = later.covariance;
    next.lag = [
        [
            c.eta * l[0][0] + c.cross * l[0][1],
            c.eta * l[1][0] + c.cross * l[1][1],
        ],
        [
            c.cross * l[0][0] + c.mu * l[0][1],
            c.cross * l[1][0] + c.mu * l[1][1],
        ],
    ];
    Ok(())
}

/// M-step: the parameters that maximise the expected likelihood of the smoothed `path`; fills `phi_next`. A parameter that the
/// data say nothing about (one day only, a bin never seen) keeps its value.
///
/// # Errors
/// Slices of the wrong length.
pub fn maximise(
    y: &[Option<f64>],
    phi: &[f64],
    theta: &Theta,
    path: &[Smoothed],
    phi_next: &mut [f64],
) -> Result<Theta, ModelError> {
    check(y, phi, theta)?;
    error::length("path", path.len(), y.len(), "must be as long as y")?;
    error::length(
        "phi_next",
        phi_next.len(),
        phi.len(),
        "must be as long as phi",
    )?;
    let bins = phi.len();
    let mut level = Moments::default();
    let mut deviation = Moments::default();
    for (index, pair) in path.windows(2).enumerate() {
        let (before, now) = (&pair[0], &pair[1]);
        if place(index + 1, bins) == Bin::NewDay {
            level.add(
                now.state.covariance.eta,
                before.state.covariance.eta,
                now.lag[0][0],
                [now.state.mean[0], before.state.mean[0]],
            );
        }
        deviation.add(
            now.state.covariance.mu,
            before.state.covariance.mu,
            now.lag[1][1],
            [now.state.mean[1], before.state.mean[1]],
        );
    }
    let old = theta.dynamics;
    let (a_eta, sigma_eta2) = level.solve().unwrap_or((old.a_eta, old.sigma_eta2));
    let (a_mu, sigma_mu2) = deviation.solve().unwrap_or((old.a_mu, old.sigma_mu2));
    seasonal(y, phi, path, phi_next);
    let (mut squares, mut seen) = (0.0, 0.0);
    for (index, (step, observed)) in path.iter().zip(y).enumerate() {
        if let Some(y) = observed {
            let level = step.state.mean[0] + step.state.mean[1];
            let residual = y - step.outlier - phi_next[index % bins] - level;
            squares += residual * residual + step.state.covariance.sum();
            seen += 1.0;
        }
    }
    let r = if seen > 0.0 { squares / seen } else { old.r };
    Ok(Theta {
        start: path[0].state,
        dynamics: Dynamics {
            a_eta,
            a_mu,
            sigma_eta2,
            sigma_mu2,
            r,
        },
    })
}

/// Mean of what the states leave of the observations, bin by bin.
fn seasonal(y: &[Option<f64>], phi: &[f64], path: &[Smoothed], phi_next: &mut [f64]) {
    let bins = phi.len();
    for (bin, next) in phi_next.iter_mut().enumerate() {
        let (mut sum, mut seen) = (0.0, 0.0);
        for index in (bin..y.len()).step_by(bins) {
            if let Some(y) = y[index] {
                let step = &path[index];
                sum += y - step.outlier - (step.state.mean[0] + step.state.mean[1]);
                seen += 1.0;
            }
        }
        *next = if seen > 0.0 { sum / seen } else { phi[bin] };
    }
}

/// Second moments of one component over the transitions that it makes.
#[derive(Debug, Default)]
struct Moments {
    now: f64,
    before: f64,
    lag: f64,
    count: f64,
}

impl Moments {
    fn add(&mut self, now: f64, before: f64, lag: f64, mean: [f64; 2]) {
        self.now += now + mean[0] * mean[0];
        self.before += before + mean[1] * mean[1];
        self.lag += lag + mean[0] * mean[1];
        self.count += 1.0;
    }

    /// Persistence and variance of the innovation.
    fn solve(&self) -> Option<(f64, f64)> {
        if self.count == 0.0 || self.before <= 0.0 {
            return None;
        }
        let a = self.lag / self.before;
        let sum = self.now + a * a * self.before - 2.0 * a * self.lag;
        Some((a, (sum / self.count).max(0.0)))
    }
}

/// Repeats both steps until the log-likelihood gains less than `gain_min` or `iterations_max` is reached; `phi` is updated in place, `phi_next` is
/// scratch of its length. Gives the parameters and the last log-likelihood.
///
/// # Errors
/// As [`smooth`].
pub fn fit(
    y: &[Option<f64>],
    phi: &mut [f64],
    phi_next: &mut [f64],
    mut theta: Theta,
    path: &mut [Smoothed],
    (outliers, limits): (Outliers, Limits),
) -> Result<(Theta, f64), ModelError> {
    let mut best = smooth(y, phi, &theta, outliers, path)?;
    for _ in 0..limits.iterations_max {
        theta = maximise(y, phi, &theta, path, phi_next)?;
        phi.copy_from_slice(phi_next);
        let now = smooth(y, phi, &theta, outliers, path)?;
        let gain = now - best;
        best = now;
        if gain < limits.gain_min {
            break;
        }
    }
    Ok((theta, best))
}

/// When [`fit`] stops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Most iterations.
    pub iterations_max: u32,
    /// Smallest gain of log-likelihood worth another iteration.
    pub gain_min: f64,
}

fn place(index: usize, bins: usize) -> Bin {
    if index.is_multiple_of(bins) {
        Bin::NewDay
    } else {
        Bin::SameDay
    }
}

fn check(y: &[Option<f64>], phi: &[f64], theta: &Theta) -> Result<(), ModelError> {
    if phi.is_empty() || y.is_empty() {
        return Err(ModelError::Length {
            field: "y",
            rule: "and phi must not be empty",
        });
    }
    error::all_finite("phi", phi)?;
    theta.start.check()?;
    theta.dynamics.check()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{all_close, close};
    use std::vec;
    use std::vec::Vec;

    const Y: [f64; 9] = [9.5, 8.7, 9.2, 9.1, 8.5, 8.9, 9.6, 9.0, 9.4];
    const PHI: [f64; 3] = [9.2, 8.6, 9.0];
    const THETA: Theta = Theta {
        start: State {
            mean: [0.1, 0.0],
            covariance: Covariance {
                eta: 0.1,
                cross: 0.0,
                mu: 0.05,
            },
        },
        dynamics: Dynamics {
            a_eta: 0.9,
            a_mu: 0.6,
            sigma_eta2: 0.05,
            sigma_mu2: 0.04,
            r: 0.03,
        },
    };

    fn observations() -> Vec<Option<f64>> {
        Y.iter().map(|&y| Some(y)).collect()
    }

    #[test]
    fn one_iteration_on_a_tiny_panel_gives_the_known_numbers() {
        let (y, mut path, mut phi) = (observations(), [Smoothed::EMPTY; 9], [0.0; 3]);
        let log_likelihood = smooth(&y, &PHI, &THETA, Outliers::Trusted, &mut path).unwrap();
        close("loglik", log_likelihood, 0.3531596899429, 1e-10);
        all_close(
            "first",
            &path[0].state.mean,
            &[0.1713773664374, 0.06268327054796],
            1e-10,
        );
        all_close(
            "fifth",
            &path[4].state.mean,
            &[0.07099860055539, -0.133287522328],
            1e-10,
        );
        let next = maximise(&y, &PHI, &THETA, &path, &mut phi).unwrap();
        close(
            "Sigma1",
            next.start.covariance.cross,
            -0.01990698945123,
            1e-10,
        );
        close("a_eta", next.dynamics.a_eta, 0.7007388601862, 1e-10);
        close("a_mu", next.dynamics.a_mu, 0.6389169893514, 1e-10);
        close("s_eta2", next.dynamics.sigma_eta2, 0.04860172131172, 1e-10);
        close("s_mu2", next.dynamics.sigma_mu2, 0.02805149281015, 1e-10);
        close("r", next.dynamics.r, 0.0205257613762, 1e-10);
        all_close(
            "phi",
            &phi,
            &[9.226189639233, 8.58170603316, 9.001704935293],
            1e-10,
        );
    }

    #[test]
    fn iterations_never_lower_the_likelihood_also_with_missing_bins() {
        let mut y = observations();
        y[4] = None;
        let (mut path, mut phi, mut next) = ([Smoothed::EMPTY; 9], PHI, [0.0; 3]);
        let (mut theta, mut before) = (THETA, f64::NEG_INFINITY);
        for _ in 0..20 {
            let now = smooth(&y, &phi, &theta, Outliers::Trusted, &mut path).unwrap();
            assert!(now >= before - 1e-9, "{now} {before}");
            before = now;
            theta = maximise(&y, &phi, &theta, &path, &mut next).unwrap();
            phi = next;
        }
        let limits = Limits {
            iterations_max: 20,
            gain_min: 0.0,
        };
        let how = (Outliers::Trusted, limits);
        let fitted = fit(&y, &mut PHI.clone(), &mut next, THETA, &mut path, how).unwrap();
        assert!(fitted.1 >= before);
    }

    #[test]
    fn a_single_day_says_nothing_about_the_change_from_day_to_day() {
        let y: Vec<Option<f64>> = observations()[..3].to_vec();
        let (mut path, mut phi) = (vec![Smoothed::EMPTY; 3], [0.0; 3]);
        smooth(&y, &PHI, &THETA, Outliers::Trusted, &mut path).unwrap();
        let next = maximise(&y, &PHI, &THETA, &path, &mut phi).unwrap();
        assert_eq!(next.dynamics.a_eta, THETA.dynamics.a_eta);
        assert_eq!(next.dynamics.sigma_eta2, THETA.dynamics.sigma_eta2);
        assert!(smooth(&[], &PHI, &THETA, Outliers::Trusted, &mut []).is_err());
        assert!(smooth(&y, &[], &THETA, Outliers::Trusted, &mut path).is_err());
    }

    /// Days of the state equations, deterministic; every `wild`-th observation is ten times too large.
    fn panel(days: usize, wild: usize) -> Vec<Option<f64>> {
        let mut state = 7u64;
        let mut normal = || {
            // The sum of twelve uniforms.
            let mut sum = -6.0;
            for _ in 0..12 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                sum += (state >> 11) as f64 / (1u64 << 53) as f64;
            }
            sum
        };
        let truth = THETA.dynamics;
        let (mut eta, mut mu) = (0.0, 0.0);
        let mut y = Vec::new();
        for index in 0..days * PHI.len() {
            if index % PHI.len() == 0 {
                eta = truth.a_eta * eta + libm::sqrt(truth.sigma_eta2) * normal();
            }
            mu = truth.a_mu * mu + libm::sqrt(truth.sigma_mu2) * normal();
            let v = libm::sqrt(truth.r) * normal();
            let block = if wild > 0 && index % wild == 5 {
                2.3
            } else {
                0.0
            };
            y.push(Some(PHI[index % PHI.len()] + eta + mu + v + block));
        }
        y
    }

    fn fitted(y: &[Option<f64>], outliers: Outliers) -> (Theta, [f64; 3]) {
        let (mut phi, mut next) = (PHI, [0.0; 3]);
        let mut path = vec![Smoothed::EMPTY; y.len()];
        let limits = Limits {
            iterations_max: 60,
            gain_min: 1e-3,
        };
        let how = (outliers, limits);
        let (theta, _) = fit(y, &mut phi, &mut next, THETA, &mut path, how).unwrap();
        (theta, phi)
    }

    #[test]
    fn blocks_bend_the_plain_fit_and_hardly_the_robust_one() {
        let (clean, wild) = (panel(400, 0), panel(400, 40));
        let (want, want_phi) = fitted(&clean, Outliers::Trusted);
        let (plain, plain_phi) = fitted(&wild, Outliers::Trusted);
        let (robust, robust_phi) = fitted(&wild, Outliers::Clipped(8.0));
        let off = |theta: &Theta| (theta.dynamics.r - want.dynamics.r).abs();
        assert!(off(&plain) > 0.05, "{:?}", plain.dynamics);
        assert!(off(&robust) < 0.4 * off(&plain), "{:?}", robust.dynamics);
        let shift = |phi: &[f64; 3]| {
            let sum: f64 = phi.iter().zip(&want_phi).map(|(a, b)| (a - b).abs()).sum();
            sum / 3.0
        };
        assert!(shift(&robust_phi) < 0.7 * shift(&plain_phi));
    }

    #[test]
    fn a_threshold_that_is_never_met_is_the_plain_fit() {
        let y = panel(40, 0);
        let plain = fitted(&y, Outliers::Trusted);
        assert_eq!(fitted(&y, Outliers::Clipped(1e9)), plain);
    }
}
