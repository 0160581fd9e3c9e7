//! How near an order kept to its share of the volume, window by window (`MODELS.md` 1.9 and 3.6).
//!
//! The order's time, from its start to its end, is cut into windows of one length; a last piece that is shorter is left
//! out, and so are windows that touch a pause or suspension and windows without market volume by others. In a window
//! O = own fills and M = the others' eligible volume; its rate is O / (O + M). It is in bounds when the rate is within the
//! order's own `min_pct_vol` and `max_pct_vol`, or, where it names none, within a fifth of its target to that side.

use crate::ledger::Rates;
use crate::ratio::fraction;
use crate::tape::Sums;
use serde::Serialize;
use shm_wire::units::PPM_ONE;

/// Lengths of the windows, seconds.
pub const COMPLIANCE_SECONDS: [u64; 3] = [60, 300, 1_800];
/// Most windows of one order and length; what comes later is left out. A week of minutes.
pub const WINDOWS_MAX: usize = 10_080;

/// Compliance over windows of one length.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Compliance {
    /// Length of a window, seconds.
    pub window_seconds: u64,
    /// Windows that were judged.
    pub windows: u64,
    /// Share of them in bounds.
    pub in_bounds_fraction: Option<f64>,
    /// Windows out of bounds.
    pub breaches: u64,
    /// Of these, windows above.
    pub breaches_above: u64,
    /// Root mean square of rate - target, fraction of 1.
    pub rate_rms_error: Option<f64>,
    /// Largest rate of a window, fraction of 1.
    pub rate_max: Option<f64>,
}

/// Compliance over each length. `fills`: time and quantity, ascending in time. `span`: start and end, ns UTC. `paused`: spans to
/// leave out, ascending. `rates`: what was asked for at an instant.
#[must_use]
pub fn compliance(
    sums: &Sums,
    fills: &[(u64, u64)],
    span: (u64, u64),
    paused: &[(u64, u64)],
    rates: impl Fn(u64) -> Option<Rates>,
) -> Vec<Compliance> {
    COMPLIANCE_SECONDS
        .iter()
        .map(|seconds| {
            let mut sum = Windows::default();
            let length = seconds * 1_000_000_000;
            let (mut next, mut pauses) = (0, paused.iter().peekable());
            let count = (span.1.saturating_sub(span.0) / length).min(WINDOWS_MAX as u64);
            let mut before = sums.volume_before(span.0);
            for window in 0..count {
                let from = span.0 + window * length;
                let to = from + length;
                let mut own = 0_u64;
                while let Some(&(time, qty)) = fills.get(next).filter(|f| f.0 < to) {
                    own = own.saturating_add(if time < from { 0 } else { qty });
                    next += 1;
                }
                let until = sums.volume_before(to);
                let others = until.saturating_sub(before);
                before = until;
                while pauses.next_if(|p| p.1 <= from).is_some() {}
                let stopped = pauses.peek().is_some_and(|p| p.0 < to);
                if let Some(rates) = rates(from).filter(|_| others > 0 && !stopped) {
                    sum.judge(own, others, rates);
                }
            }
            sum.row(*seconds)
        })
        .collect()
}

#[derive(Default)]
struct Windows {
    count: u64,
    below: u64,
    above: u64,
    squares: f64,
    rate_max: f64,
}

impl Windows {
    fn judge(&mut self, own: u64, others: u64, rates: Rates) {
        let whole = u128::from(own) + u128::from(others);
        let scaled = u128::from(own) * u128::from(PPM_ONE);
        let (low, high) = rates.bounds();
        self.count += 1;
        self.below += u64::from(scaled < whole * u128::from(low.0));
        self.above += u64::from(scaled > whole * u128::from(high.0));
        let rate = own as f64 / whole as f64;
        let error = rate - f64::from(rates.target.0) / f64::from(PPM_ONE);
        self.squares += error * error;
        self.rate_max = self.rate_max.max(rate);
    }

    fn row(&self, window_seconds: u64) -> Compliance {
        let breaches = self.below + self.above;
        let defined = |value: f64| (self.count > 0).then_some(value);
        Compliance {
            window_seconds,
            windows: self.count,
            in_bounds_fraction: fraction(self.count - breaches.min(self.count), self.count),
            breaches,
            breaches_above: self.above,
            rate_rms_error: defined((self.squares / self.count as f64).sqrt()),
            rate_max: defined(self.rate_max),
        }
    }
}
