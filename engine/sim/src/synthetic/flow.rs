//! The flow of one instrument: when something happens, and what the market wants.

use super::config::SyntheticInstrument;
use crate::rng::Rng;

/// Share of the activity that earlier activity excites; the rest arrives by itself.
const BRANCHING: f64 = 0.5;
/// How long a burst lasts, seconds (mean life of one excitation).
const BURST_SECONDS: f64 = 2.0;
/// Chance that a trade goes against the parent order that is at work.
const NOISE: f64 = 0.2;
/// Tail of the length of parent orders: smaller is heavier, and the memory of signs longer.
const PARENT_TAIL: f64 = 1.4;
/// Longest parent order, trades.
const PARENT_MAX: f64 = 400.0;

/// Times and signs of one instrument's events.
#[derive(Debug)]
pub(super) struct Flow {
    session: f64,
    /// Mean events per second over the day.
    rate: f64,
    excitement: f64,
    excited_at: f64,
    parent_is_buy: bool,
    parent_left: f64,
    /// Logarithm of the price the flow believes in, relative to the open.
    belief: f64,
    believed_at: f64,
    volatility: f64,
}

/// Events of a day: thirty thousand for a quiet instrument, sixty for the busiest.
pub(super) fn events(instrument: &SyntheticInstrument) -> f64 {
    let volume = instrument.average_daily_volume.0 as f64;
    30_000.0 + 30_000.0 * volume / (volume + 4_000_000.0)
}

/// Activity at a fraction of the day, mean one: high after the open, higher before the close.
pub(super) fn shape(fraction: f64) -> f64 {
    let open = libm::exp(-fraction / 0.09);
    let close = libm::exp(-(1.0 - fraction) / 0.07);
    // The integral of the two bumps is 0.09 x 1.7 + 0.07 x 2.1 = 0.30.
    0.7 + 1.7 * open + 2.1 * close
}

impl Flow {
    pub(super) fn new(instrument: &SyntheticInstrument, session_seconds: f64) -> Flow {
        Flow {
            session: session_seconds,
            rate: events(instrument) / session_seconds,
            excitement: 0.0,
            excited_at: 0.0,
            parent_is_buy: true,
            parent_left: 0.0,
            belief: 0.0,
            believed_at: 0.0,
            volatility: instrument.volatility,
        }
    }

    fn decay(&mut self, at: f64) {
        let passed = (at - self.excited_at).max(0.0);
        self.excitement *= libm::exp(-passed / BURST_SECONDS);
        self.excited_at = at;
    }

    /// Seconds from the open to the next event after `at`. Thinning: candidates come at a bound of the rate that falls as the
    /// excitement does.
    pub(super) fn next(&mut self, at: f64, rng: &mut Rng) -> f64 {
        let mut at = at;
        loop {
            self.decay(at);
            let base = self.rate * (1.0 - BRANCHING) * self.shape_bound(at);
            let bound = base + self.excitement;
            at += rng.exponential() / bound;
            self.decay(at);
            let now = self.rate * (1.0 - BRANCHING) * shape(self.fraction(at)) + self.excitement;
            if rng.unit() * bound <= now {
                // Each event excites BRANCHING more on average.
                self.excitement += BRANCHING / BURST_SECONDS;
                return at;
            }
        }
    }

    fn fraction(&self, at: f64) -> f64 {
        (at / self.session).clamp(0.0, 1.0)
    }

    /// A bound of the shape from `at` on, good for the next minutes: the curve is convex, so its ends bound it.
    fn shape_bound(&self, at: f64) -> f64 {
        shape(self.fraction(at)).max(shape(self.fraction(at + self.session * 0.05)))
    }

    /// Sign of the next trade: mostly that of the parent order at work, pulled to the price the market believes in.
    pub(super) fn is_buy(&mut self, at: f64, log_price: f64, rng: &mut Rng) -> bool {
        let passed = (at - self.believed_at).max(0.0);
        self.believed_at = at;
        self.belief += self.volatility * libm::sqrt(passed / self.session) * rng.normal();
        // A gap of 0.1 % already decides four parents of five.
        let pull = (0.5 + 300.0 * (self.belief - log_price)).clamp(0.1, 0.9);
        if self.parent_left < 1.0 {
            let length = libm::pow(1.0 - rng.unit(), -1.0 / PARENT_TAIL);
            self.parent_left = length.min(PARENT_MAX);
            self.parent_is_buy = rng.chance(pull);
        }
        self.parent_left -= 1.0;
        if rng.chance(NOISE) {
            return rng.chance(pull);
        }
        self.parent_is_buy
    }

    /// A jump of what the market believes in, for a halt.
    pub(super) fn news(&mut self, jump: f64) {
        self.belief += jump;
        self.parent_left = 0.0;
    }
}
