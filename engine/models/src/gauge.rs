//! How volatile a market is, from mids seen now and then: a running mean of squared moves per time, no floats at its edges.

use libm::{exp, rint, sqrt};

/// Least time between two mids that count, ns: shorter moves are mostly the bounce of the quotes.
const GAP_MIN: u64 = 1_000_000_000;
/// Memory of the mean, ns.
const MEMORY: f64 = 300e9;
/// Time that must have been seen before there is an answer, ms ...
const WARM_UP_MS: u32 = 120_000;
/// ... and moves: with fewer the answer is off by a factor of two too often.
const MOVES_MIN: u32 = 24;

/// A running estimate of volatility.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Gauge {
    /// Mean of squared moves, 1e-18 per ns.
    variance: f64,
    /// Time over which moves were seen, ms.
    seen_ms: u32,
    moves: u32,
    last_mid: i64,
    last_time: u64,
}

impl Gauge {
    /// Takes a mid (1e-9) at an instant (ns). What comes within a second of the last one is left out.
    pub fn note(&mut self, now: u64, mid: i64) {
        if self.last_time == 0 {
            (self.last_time, self.last_mid) = (now, mid);
            return;
        }
        let gap = now.saturating_sub(self.last_time);
        if gap < GAP_MIN {
            return;
        }
        let moved = mid.saturating_sub(self.last_mid) as f64;
        let rate = moved * moved / gap as f64;
        // A plain mean while it is young, then one that forgets.
        let seen = f64::from(self.seen_ms) * 1e6;
        let fresh = gap as f64 / (seen + gap as f64);
        let weight = fresh.max(1.0 - exp(-(gap as f64) / MEMORY));
        self.variance += weight * (rate - self.variance);
        let gap_ms = u32::try_from(gap / 1_000_000).unwrap_or(u32::MAX);
        self.seen_ms = self.seen_ms.saturating_add(gap_ms);
        self.moves = self.moves.saturating_add(1);
        (self.last_time, self.last_mid) = (now, mid);
    }
    /// Forgets where the price was: the time until the next mid does not count (after a halt or a pause).
    pub fn interrupt(&mut self) {
        self.last_time = 0;
    }
    /// Volatility of a day of `day_ns`, parts per million of `price`; 0 while too little was seen.
    #[must_use]
    pub fn volatility_ppm(&self, day_ns: u64, price: i64) -> u32 {
        if self.seen_ms < WARM_UP_MS || self.moves < MOVES_MIN || price <= 0 {
            return 0;
        }
        // The conversion saturates.
        rint(sqrt(self.variance * day_ns as f64) / price as f64 * 1e6) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coin_flip_of_one_cent_a_second_has_the_known_volatility() {
        let mut gauge = Gauge::default();
        let (second, cent) = (1_000_000_000_u64, 10_000_000_i64);
        let mut mid = 100_000_000_000;
        for at in 1..=1_000_u64 {
            mid += if (at * 2_654_435_761) >> 7 & 1 == 0 {
                cent
            } else {
                -cent
            };
            gauge.note(at * second, mid);
            gauge.note(at * second + 1, mid + 77 * cent);
            assert_eq!(gauge.volatility_ppm(second, mid) == 0, at <= 120, "{at}");
        }
        // One cent of a hundred a second: sqrt(23,400) bps a day.
        let day = gauge.volatility_ppm(23_400 * second, 100_000_000_000);
        assert!(day.abs_diff(15_297) < 10, "{day}");
        gauge.interrupt();
        gauge.note(9_000 * second, 2 * mid);
        gauge.note(9_001 * second, 2 * mid);
        assert!(gauge.volatility_ppm(23_400 * second, 100_000_000_000) <= day);
    }
}
