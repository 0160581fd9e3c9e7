//! How likely an order completes under a share of the volume and behind a limit, and how much of it is filled.
//!
//! ```text
//! V    others' volume to come: log-normal around what is expected, its logarithm with deviation d
//! A    part of the time that the price spends within the limit: that of a Brownian path without drift, from `room`
//!      deviations of the whole time inside (positive) or outside (negative) the limit
//! P    = P(A * allowed * e^(d*Z) >= needed)        allowed: own share of the expected volume
//! ```
//!
//! The time that such a path spends beyond a level `alpha` away has an atom `erf(alpha/sqrt 2)` at zero and the density
//! `exp(-alpha^2/(2*(1-x))) / (pi*sqrt(x*(1-x)))`, the arcsine law for `alpha = 0`. With `x = sin^2 u` the integrals are of smooth
//! functions over a quarter turn, periodic when continued: the midpoint rule with a few points has them to 0.2 percentage points where a twentieth or more of what is allowed is needed.
//! Volume and price are taken as independent, and the volume as even over the time.

use core::f64::consts::{FRAC_PI_2, SQRT_2};
use libm::{cos, erfc, exp, log, sin};

use crate::fixed::ppm;

/// Points of the midpoint rule.
const POINTS: u32 = 48;
/// Beyond so many deviations a limit is never, or always, in the way.
const FAR: f64 = 6.0;

/// What an order needs and may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance {
    /// Own share of the others' expected volume, steps; `None` when no share bounds the order.
    pub allowed: Option<u64>,
    /// Quantity to fill, steps.
    pub needed: u64,
    /// Standard deviation of the logarithm of the volume, millionths.
    pub deviation_ppm: u32,
    /// How far inside its limit (negative: outside) the price is, in deviations of the time that is left, millionths; `None` without a limit.
    pub room: Option<i32>,
}

impl Chance {
    /// Probability that all of it is filled, millionths.
    #[must_use]
    pub fn completion_ppm(&self) -> u32 {
        if self.needed == 0 {
            return 1_000_000;
        }
        ppm(self.over_time(|part| self.fits(part)), 1_000_000)
    }
    /// Quantity that is filled on average, steps; all that is needed where no share bounds it and the limit is never in the way.
    #[must_use]
    pub fn expected_fill(&self) -> u64 {
        let needed = self.needed as f64;
        let filled = self.over_time(|part| self.filled(part));
        // The conversion saturates.
        (libm::rint(needed * filled) as u64).min(self.needed)
    }

    /// Probability that the volume of this part of the time is enough.
    fn fits(&self, part: f64) -> f64 {
        match self.allowed {
            None => 1.0,
            Some(allowed) => {
                let ratio = part * allowed as f64 / self.needed.max(1) as f64;
                normal(log(ratio) / self.deviation())
            }
        }
    }
    /// Mean part of the need that is filled in this part of the time: `E min(1, m*e^(d*Z))`.
    fn filled(&self, part: f64) -> f64 {
        let Some(allowed) = self.allowed else {
            return 1.0;
        };
        let ratio = part * allowed as f64 / self.needed.max(1) as f64;
        if ratio <= 0.0 {
            return 0.0;
        }
        let d = self.deviation();
        let z = log(ratio) / d;
        (ratio * exp(0.5 * d * d) * normal(-z - d) + normal(z)).min(1.0)
    }
    fn deviation(&self) -> f64 {
        f64::from(self.deviation_ppm.max(1)) / 1e6
    }
    /// Mean of `f` over the part of the time within the limit.
    fn over_time(&self, f: impl Fn(f64) -> f64) -> f64 {
        let Some(room) = self.room else {
            return f(1.0);
        };
        let room = f64::from(room) / 1e6;
        let (inside, alpha) = (room >= 0.0, room.abs());
        if alpha > FAR {
            return if inside { f(1.0) } else { 0.0 };
        }
        let crosses = erfc(alpha / SQRT_2);
        let (mut sum, mut weights) = (0.0, 0.0);
        for point in 0..POINTS {
            let u = FRAC_PI_2 * (f64::from(point) + 0.5) / f64::from(POINTS);
            let (s, c) = (sin(u), cos(u));
            let weight = exp(-0.5 * alpha * alpha / (c * c));
            let beyond = s * s;
            let part = if inside { 1.0 - beyond } else { beyond };
            sum += weight * f(part);
            weights += weight;
        }
        // The weights are made to add up to the probability that the limit is crossed at all.
        let crossing = if weights > 0.0 {
            crosses * sum / weights
        } else {
            0.0
        };
        if inside {
            (1.0 - crosses) * f(1.0) + crossing
        } else {
            crossing
        }
    }
}

/// The normal law.
fn normal(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

#[cfg(test)]
mod tests;
