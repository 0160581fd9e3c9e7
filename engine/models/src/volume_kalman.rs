//! Chen, Feng and Palomar (2016): intraday log-volume as a daily level, a seasonal and an intraday deviation.
//!
//! ```text
//! y = eta + phi_bin + mu + v, v ~ N(0, r)        y = ln(volume/shares outstanding)
//! eta changes only at a day's start: eta' = a_eta*eta + w, w ~ N(0, s_eta^2)
//! mu changes at every bin:           mu'  = a_mu*mu + w,   w ~ N(0, s_mu^2)
//! ```
//!
//! Two by two by hand: no allocation, tens of operations a bin. The covariance is kept as three numbers, so it is symmetric by
//! construction, and corrected in Joseph's form, so it stays positive semi-definite. A bin without volume is skipped (do not correct).

use core::f64::consts::PI;

use libm::{exp, log, sqrt};

use crate::error::{self, ModelError};

/// Covariance of `[eta, mu]`, log-volume squared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Covariance {
    /// Variance of the daily level.
    pub eta: f64,
    /// Covariance of the two.
    pub cross: f64,
    /// Variance of the intraday deviation.
    pub mu: f64,
}

impl Covariance {
    /// Variance of `eta + mu`, never negative.
    pub fn sum(self) -> f64 {
        // Nearly opposite states cancel, and what is left may be rounding below zero.
        (self.eta + 2.0 * self.cross + self.mu).max(0.0)
    }

    /// `eta*mu - cross^2`, not negative for a covariance.
    pub fn determinant(self) -> f64 {
        self.eta * self.mu - self.cross * self.cross
    }

    pub(crate) fn check(self, field: &'static str) -> Result<Self, ModelError> {
        error::not_negative(field, self.eta)?;
        error::not_negative(field, self.mu)?;
        error::finite(field, self.cross)?;
        // Zero is allowed: a state known exactly. Rounding of the printed numbers is forgiven.
        if self.determinant() < -1e-12 * self.eta * self.mu {
            return Err(ModelError::Singular(field));
        }
        Ok(self)
    }
}

/// Mean and covariance of the state `[eta, mu]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State {
    /// Mean of the daily level and of the intraday deviation, log-volume.
    pub mean: [f64; 2],
    /// Their covariance.
    pub covariance: Covariance,
}

/// Parameters of the state equation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dynamics {
    /// Persistence of the daily level from day to day.
    pub a_eta: f64,
    /// Persistence of the deviation from bin to bin.
    pub a_mu: f64,
    /// Variance of the daily innovation, not negative.
    pub sigma_eta2: f64,
    /// Variance of the bin's innovation, not negative.
    pub sigma_mu2: f64,
    /// Variance of the observation, greater than zero.
    pub r: f64,
}

impl Dynamics {
    /// Checks the parameters.
    ///
    /// # Errors
    /// Names the first one out of range.
    pub fn check(self) -> Result<Self, ModelError> {
        error::finite("a_eta", self.a_eta)?;
        error::finite("a_mu", self.a_mu)?;
        error::not_negative("sigma_eta2", self.sigma_eta2)?;
        error::not_negative("sigma_mu2", self.sigma_mu2)?;
        error::positive("r", self.r)?;
        Ok(self)
    }

    /// Diagonals of the transition and of its noise. Within the day the level stays as it is, exactly.
    pub(crate) fn transition(&self, bin: Bin) -> ([f64; 2], [f64; 2]) {
        match bin {
            Bin::SameDay => ([1.0, self.a_mu], [0.0, self.sigma_mu2]),
            Bin::NewDay => ([self.a_eta, self.a_mu], [self.sigma_eta2, self.sigma_mu2]),
        }
    }
}

/// Where the next bin lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bin {
    /// In the same day as the one before it.
    SameDay,
    /// The first of a day.
    NewDay,
}

/// How far an outlier may pull.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outliers {
    /// As far as the gain says.
    Trusted,
    /// The innovation is clipped at `lambda*(CSC' + r)/2`; the field is `lambda`, not negative.
    Clipped(f64),
}

/// What one observation did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correction {
    /// `y - phi - C x`, log-volume.
    pub innovation: f64,
    /// `CSC' + r`.
    pub innovation_variance: f64,
    /// Gain on `[eta, mu]`.
    pub gain: [f64; 2],
    /// The part of the innovation taken for an outlier, log-volume.
    pub outlier: f64,
    /// The threshold that separated it; infinite when outliers are trusted.
    pub threshold: f64,
    /// Log-likelihood of the observation.
    pub log_likelihood: f64,
    /// The state after it.
    pub state: State,
}

/// Distribution of the log-volume of a bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// Mean of the log-volume.
    pub log_mean: f64,
    /// Its variance, observation noise included.
    pub log_variance: f64,
}

impl Forecast {
    /// Median volume, in the unit of `exp(y)`.
    pub fn median(self) -> f64 {
        exp(self.log_mean)
    }

    /// Mean volume, in the unit of `exp(y)`.
    pub fn mean(self) -> f64 {
        exp(self.log_mean + 0.5 * self.log_variance)
    }
}

impl State {
    /// Checks a state that comes from outside.
    ///
    /// # Errors
    /// Numbers that are not finite, or a covariance that is not positive semi-definite.
    pub fn check(self) -> Result<Self, ModelError> {
        error::all_finite("state_mean", &self.mean)?;
        self.covariance.check("state_cov")?;
        Ok(self)
    }

    /// The state one bin later, before that bin is seen.
    pub fn predict(&self, dynamics: &Dynamics, bin: Bin) -> Self {
        let (a, q) = dynamics.transition(bin);
        Self {
            mean: [a[0] * self.mean[0], a[1] * self.mean[1]],
            covariance: Covariance {
                eta: a[0] * a[0] * self.covariance.eta + q[0],
                cross: a[0] * a[1] * self.covariance.cross,
                mu: a[1] * a[1] * self.covariance.mu + q[1],
            },
        }
    }

    /// Takes in the log-volume `y` of a bin with the seasonal `phi`.
    ///
    /// # Errors
    /// `y`, `phi` or `lambda` out of range. The state is not touched.
    pub fn correct(
        &self,
        dynamics: &Dynamics,
        phi: f64,
        y: f64,
        outliers: Outliers,
    ) -> Result<Correction, ModelError> {
        let innovation = error::finite("y - phi", y - phi)? - (self.mean[0] + self.mean[1]);
        let s = self.covariance;
        let variance = error::positive("CSC' + r", s.sum() + dynamics.r)?;
        let gain = [(s.eta + s.cross) / variance, (s.cross + s.mu) / variance];
        let threshold = match outliers {
            Outliers::Trusted => f64::INFINITY,
            Outliers::Clipped(lambda) => 0.5 * error::not_negative("lambda", lambda)? * variance,
        };
        let used = innovation.clamp(-threshold, threshold);
        Ok(Correction {
            innovation,
            innovation_variance: variance,
            gain,
            outlier: innovation - used,
            threshold,
            log_likelihood: -0.5 * (log(2.0 * PI * variance) + innovation * innovation / variance),
            state: Self {
                mean: [self.mean[0] + gain[0] * used, self.mean[1] + gain[1] * used],
                covariance: joseph(s, gain, dynamics.r),
            },
        })
    }

    /// Forecast of a bin with the seasonal `phi`, from the state predicted for it.
    pub fn forecast(&self, dynamics: &Dynamics, phi: f64) -> Forecast {
        Forecast {
            log_mean: self.mean[0] + self.mean[1] + phi,
            log_variance: self.covariance.sum() + dynamics.r,
        }
    }
}

/// `(1 - KC) S (1 - KC)' + K r K'`, which is positive semi-definite up to rounding. When a vague state meets an exact
/// observation even that rounding is large, so the correlation is held within -1..=1.
fn joseph(s: Covariance, gain: [f64; 2], r: f64) -> Covariance {
    let top = [1.0 - gain[0], -gain[0]];
    let bottom = [-gain[1], 1.0 - gain[1]];
    let form = |a: [f64; 2], b: [f64; 2]| {
        a[0] * (s.eta * b[0] + s.cross * b[1]) + a[1] * (s.cross * b[0] + s.mu * b[1])
    };
    let eta = (form(top, top) + gain[0] * gain[0] * r).max(0.0);
    let mu = (form(bottom, bottom) + gain[1] * gain[1] * r).max(0.0);
    let bound = sqrt(eta) * sqrt(mu);
    let cross = form(top, bottom) + gain[0] * gain[1] * r;
    Covariance {
        eta,
        cross: cross.max(-bound).min(bound),
        mu,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{all_close, close};
    use proptest::prelude::*;

    const DYNAMICS: Dynamics = Dynamics {
        a_eta: 0.95,
        a_mu: 0.7,
        sigma_eta2: 0.04,
        sigma_mu2: 0.03,
        r: 0.02,
    };
    const START: State = State {
        mean: [0.2, -0.1],
        covariance: Covariance {
            eta: 0.05,
            cross: 0.01,
            mu: 0.08,
        },
    };

    #[test]
    fn one_step_within_the_day_gives_the_known_numbers() {
        let prior = START.predict(&DYNAMICS, Bin::SameDay);
        all_close("prior", &prior.mean, &[0.2, -0.07], 1e-14);
        close("prior cov", prior.covariance.cross, 0.007, 1e-14);
        let plain = prior
            .correct(&DYNAMICS, 9.0, 9.6, Outliers::Trusted)
            .unwrap();
        close("innovation", plain.innovation, 0.47, 1e-13);
        close("variance", plain.innovation_variance, 0.1532, 1e-13);
        all_close(
            "gain",
            &plain.gain,
            &[0.3720626631854, 0.4973890339426],
            1e-12,
        );
        all_close(
            "mean",
            &plain.state.mean,
            &[0.3748694516971, 0.163772845953],
            1e-12,
        );
        close(
            "cross",
            plain.state.covariance.cross,
            -0.02135117493473,
            1e-12,
        );
        close("loglik", plain.log_likelihood, -0.7018860249778, 1e-12);
        let robust = prior
            .correct(&DYNAMICS, 9.0, 9.6, Outliers::Clipped(3.0))
            .unwrap();
        close("threshold", robust.threshold, 0.2298, 1e-13);
        close("outlier", robust.outlier, 0.2402, 1e-12);
        all_close("robust mean", &robust.state.mean, &[0.2855, 0.0443], 1e-12);
        // h | phi | log mean | log variance
        let table = [
            (8.8, 9.289510443864, 0.06423727154047),
            (8.7, 9.155118146214, 0.08008315600522),
            (8.9, 9.331043537859, 0.08973081302219),
        ];
        let mut state = plain.state;
        for (phi, mean, variance) in table {
            state = state.predict(&DYNAMICS, Bin::SameDay);
            let forecast = state.forecast(&DYNAMICS, phi);
            close("log mean", forecast.log_mean, mean, 1e-12);
            close("log variance", forecast.log_variance, variance, 1e-12);
            close(
                "mean",
                forecast.mean() / forecast.median(),
                exp(0.5 * variance),
                1e-12,
            );
        }
    }

    #[test]
    fn the_first_bin_of_a_day_moves_the_level_too() {
        let prior = START.predict(&DYNAMICS, Bin::NewDay);
        all_close("prior", &prior.mean, &[0.19, -0.07], 1e-14);
        close("eta", prior.covariance.eta, 0.085125, 1e-14);
        let robust = prior
            .correct(&DYNAMICS, 9.4, 8.1, Outliers::Clipped(3.0))
            .unwrap();
        close("outlier", robust.outlier, -1.1385625, 1e-12);
        close("loglik", robust.log_likelihood, -5.455767882461, 1e-12);
    }

    #[test]
    fn numbers_out_of_range_are_refused_by_name() {
        assert!(Dynamics { r: 0.0, ..DYNAMICS }.check().is_err());
        let refused = START.correct(&DYNAMICS, 9.0, f64::NAN, Outliers::Trusted);
        assert_eq!(refused, Err(ModelError::NotFinite("y - phi")));
        let wrong = State {
            covariance: Covariance {
                eta: 1.0,
                cross: 2.0,
                mu: 1.0,
            },
            ..START
        };
        assert_eq!(wrong.check(), Err(ModelError::Singular("state_cov")));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_covariance_stays_positive_semi_definite_over_many_days(
            ys in proptest::collection::vec(-3.0..3.0f64, 1..200),
            r_exponent in -12.0..2.0f64, start in 0.0..1e6f64, a_mu in -0.99..0.99f64,
        ) {
            let dynamics = Dynamics { r: libm::pow(10.0, r_exponent), a_mu, ..DYNAMICS };
            let covariance = Covariance { eta: start, cross: 0.0, mu: start };
            let mut state = State { mean: [0.0; 2], covariance };
            for (bin, y) in ys.iter().enumerate() {
                let place = if bin % 26 == 0 { Bin::NewDay } else { Bin::SameDay };
                state = state.predict(&dynamics, place);
                let before = state.covariance.sum();
                state = state.correct(&dynamics, 0.0, *y, Outliers::Clipped(2.0)).unwrap().state;
                let after = state.covariance;
                prop_assert!(after.eta >= 0.0 && after.mu >= 0.0);
                prop_assert!(after.determinant() >= -1e-15 * after.eta * after.mu, "{after:?}");
                prop_assert!(after.sum() <= before * (1.0 + 1e-9) + 1e-9);
            }
        }
    }
}
