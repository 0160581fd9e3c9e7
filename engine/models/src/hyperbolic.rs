//! Ratios of hyperbolic functions that neither overflow for large arguments nor cancel for small ones,
//! and their trigonometric twins for a negative risk aversion.
//!
//! A [`Decay`] holds `kappa` and which of three branches applies; every Almgren-Chriss formula is written
//! once on top of it.

use libm::{cos, exp, expm1, sin};

/// The shape of a trajectory: how the position decays with time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Decay {
    /// `lam > 0`: sinh with this `kappa` per unit of time.
    Hyperbolic(f64),
    /// `lam = 0`: a straight line.
    Linear,
    /// `lam < 0`: sin with this `kappa`; the caller has checked `kappa * T < pi`.
    Trigonometric(f64),
}

impl Decay {
    /// `kappa`, zero for the straight line, per unit of time.
    pub(crate) fn kappa(self) -> f64 {
        match self {
            Self::Hyperbolic(kappa) | Self::Trigonometric(kappa) => kappa,
            Self::Linear => 0.0,
        }
    }

    /// `sinh(kappa*part)/sinh(kappa*whole)` for `0 <= part <= whole`, `whole > 0`.
    pub(crate) fn ratio(self, part: f64, whole: f64) -> f64 {
        match self {
            Self::Hyperbolic(kappa) => sinh_ratio(kappa * part, kappa * whole),
            Self::Linear => part / whole,
            Self::Trigonometric(kappa) => sin(kappa * part) / sin(kappa * whole),
        }
    }

    /// `[sinh(kappa*(mid+step/2)) - sinh(kappa*(mid-step/2))]/sinh(kappa*whole)`, the part traded over `step`
    /// around the remaining time `mid`, without subtracting two close numbers.
    pub(crate) fn step_ratio(self, mid: f64, step: f64, whole: f64) -> f64 {
        match self {
            Self::Hyperbolic(kappa) => {
                let lead = exp(kappa * (mid + 0.5 * step - whole));
                lead * -expm1(-kappa * step) * (1.0 + exp(-2.0 * kappa * mid))
                    / -expm1(-2.0 * kappa * whole)
            }
            Self::Linear => step / whole,
            Self::Trigonometric(kappa) => {
                2.0 * sin(0.5 * kappa * step) * cos(kappa * mid) / sin(kappa * whole)
            }
        }
    }

    /// `1 - sinh(kappa*(whole-elapsed))/sinh(kappa*whole)` for `0 <= elapsed <= whole`: the part traded so far. Exactly 1 once what is left
    /// lies below the precision.
    pub(crate) fn done_ratio(self, elapsed: f64, whole: f64) -> f64 {
        let mid = whole - 0.5 * elapsed;
        match self {
            Self::Hyperbolic(kappa) => {
                expm1(-kappa * elapsed) * (1.0 + exp(-2.0 * kappa * mid))
                    / expm1(-2.0 * kappa * whole)
            }
            Self::Linear | Self::Trigonometric(_) => self.step_ratio(mid, elapsed, whole),
        }
    }

    /// `kappa*cosh(kappa*part)/sinh(kappa*whole)`: the trading rate per unit of quantity, 1/time.
    pub(crate) fn rate_ratio(self, part: f64, whole: f64) -> f64 {
        match self {
            Self::Hyperbolic(kappa) => {
                kappa * exp(kappa * (part - whole)) * (1.0 + exp(-2.0 * kappa * part))
                    / -expm1(-2.0 * kappa * whole)
            }
            Self::Linear => 1.0 / whole,
            Self::Trigonometric(kappa) => kappa * cos(kappa * part) / sin(kappa * whole),
        }
    }

    /// `(1 - S(T-t) - S(t))/kappa^2` with `S(u) = sinh(kappa u)/sinh(kappa T)`, which tends to `t*(T-t)/2`
    /// as `kappa` goes to zero; for sin the divisor is `-kappa^2`, so it is never negative. Time squared.
    pub(crate) fn bulge(self, elapsed: f64, whole: f64) -> f64 {
        let rest = whole - elapsed;
        match self {
            // 2 sinh(p) sinh(q)/cosh(p+q), in exponentials that cannot overflow.
            Self::Hyperbolic(kappa) => {
                expm1(-kappa * elapsed) / kappa * (expm1(-kappa * rest) / kappa)
                    / (1.0 + exp(-kappa * whole))
            }
            Self::Linear => 0.5 * elapsed * rest,
            Self::Trigonometric(kappa) => {
                2.0 * (sin(0.5 * kappa * elapsed) / kappa) * (sin(0.5 * kappa * rest) / kappa)
                    / cos(0.5 * kappa * whole)
            }
        }
    }
}

/// `sinh(a)/sinh(b)` for `0 <= a <= b`, `b > 0`.
fn sinh_ratio(a: f64, b: f64) -> f64 {
    exp(a - b) * expm1(-2.0 * a) / expm1(-2.0 * b)
}

/// `2*(cosh(u) - 1)` without cancellation near zero: `4 sinh^2(u/2)`.
pub(crate) fn two_cosh_minus_two(u: f64) -> f64 {
    let half = libm::sinh(0.5 * u);
    4.0 * half * half
}

/// `1/sinh^2(y)` for `y > 0`, zero when it underflows.
pub(crate) fn inverse_sinh_squared(y: f64) -> f64 {
    let gap = -expm1(-2.0 * y);
    4.0 * exp(-2.0 * y) / (gap * gap)
}

/// `coth(y)` for `y > 0`.
pub(crate) fn coth(y: f64) -> f64 {
    (1.0 + exp(-2.0 * y)) / -expm1(-2.0 * y)
}

/// `(sinh(2y)/2 - y)/y^3` for `0 <= y <= 1` by its series, whose terms are all positive; 2/3 at zero.
/// With `sign = -1` it is `(y - sin(2y)/2)/y^3`.
pub(crate) fn half_sinh_excess(y: f64, sign: f64) -> f64 {
    // term_m = 2^(2m) y^(2m-2) / (2m+1)!, m = 1, 2, ..; twelve terms leave less than 1e-17 at y = 1.
    let mut term = 2.0 / 3.0;
    let mut sum = term;
    let mut m = 1.0;
    while m < 12.0 {
        term *= sign * 4.0 * y * y / ((2.0 * m + 2.0) * (2.0 * m + 3.0));
        sum += term;
        m += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn ratios_agree_with_their_definitions_at_moderate_arguments() {
        let decay = Decay::Hyperbolic(0.7);
        close(
            "ratio",
            decay.ratio(1.5, 4.0),
            libm::sinh(1.05) / libm::sinh(2.8),
            1e-14,
        );
        let step = (libm::sinh(0.7 * 2.0) - libm::sinh(0.7 * 1.0)) / libm::sinh(2.8);
        close("step", decay.step_ratio(1.5, 1.0, 4.0), step, 1e-14);
        close(
            "rate",
            decay.rate_ratio(1.5, 4.0),
            0.7 * libm::cosh(1.05) / libm::sinh(2.8),
            1e-14,
        );
        let bulge = (1.0 - decay.ratio(3.0, 4.0) - decay.ratio(1.0, 4.0)) / 0.49;
        close("bulge", decay.bulge(1.0, 4.0), bulge, 1e-13);
        let wave = Decay::Trigonometric(0.6);
        let bulge = (1.0 - wave.ratio(3.0, 4.0) - wave.ratio(1.0, 4.0)) / -0.36;
        close("bulge of sin", wave.bulge(1.0, 4.0), bulge, 1e-13);
        close(
            "excess",
            half_sinh_excess(0.8, 1.0),
            (libm::sinh(1.6) / 2.0 - 0.8) / 0.512,
            1e-13,
        );
        close(
            "excess of sin",
            half_sinh_excess(0.8, -1.0),
            (0.8 - sin(1.6) / 2.0) / 0.512,
            1e-13,
        );
    }

    #[test]
    fn ratios_tend_to_the_straight_line_for_tiny_kappa_and_stay_finite_for_huge_kappa() {
        let tiny = Decay::Hyperbolic(1e-9);
        close("ratio", tiny.ratio(1.0, 4.0), 0.25, 1e-12);
        close("step", tiny.step_ratio(1.5, 1.0, 4.0), 0.25, 1e-12);
        close("bulge", tiny.bulge(1.0, 4.0), 1.5, 1e-8);
        let huge = Decay::Hyperbolic(1e6);
        for value in [
            huge.ratio(3.0, 4.0),
            huge.step_ratio(3.5, 1.0, 4.0),
            huge.bulge(1.0, 4.0),
        ] {
            assert!(value.is_finite());
        }
        close("all at once", huge.step_ratio(3.5, 1.0, 4.0), 1.0, 1e-15);
        assert_eq!(inverse_sinh_squared(1e6), 0.0);
        assert_eq!(coth(1e6), 1.0);
    }
}
