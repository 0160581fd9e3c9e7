//! How well the fills of an order were priced: against the touch when their child was sent, against the mid before them,
//! and against the mids after them.
//!
//! ```text
//! improvement   s (far - p)             far: other side of the touch when the engine sent the child
//! effective     2 s (p - mid before)    realised(h) = 2 s (p - mid at t+h)    impact(h) = 2 s (mid at t+h - mid before)
//! mark-out(h)   s (mid at t+h - p)
//! ```
//! Each is summed over quantity and divided by the summed base (far touch, mid before, own price), so a large fill weighs
//! as much as it cost. "Before" is strictly before the fill's instant; "at" is the last usable touch until then. A fill
//! whose horizon lies beyond the end of the run is left out of that horizon.

use super::bps;
use crate::ledger::Fill;
use crate::tape::{Sums, Touch};
use serde::Serialize;

/// Horizons of the mark-outs, seconds.
pub const MARKOUT_SECONDS: [u64; 4] = [1, 15, 60, 300];

/// What the market did after the fills, at one horizon.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Markout {
    /// Horizon, seconds.
    pub seconds: u64,
    /// Fills that could be measured.
    pub fills: u64,
    /// Move of the mid, basis points of the fill's price, positive = in favour of the fill.
    pub gain_bps: Option<f64>,
    /// The same over fills that rested.
    pub rested_gain_bps: Option<f64>,
    /// The same over fills that took liquidity.
    pub taken_gain_bps: Option<f64>,
    /// Realised spread, basis points of the mid before the fill, positive = cost.
    pub realised_spread_bps: Option<f64>,
    /// Impact: effective less realised spread of the same fills, basis points.
    pub impact_bps: Option<f64>,
}

/// Spreads around the fills.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Spreads {
    /// Spread quoted before the fills, basis points of the mid.
    pub quoted_bps: Option<f64>,
    /// Effective spread, basis points of the mid before the fills, positive = cost.
    pub effective_bps: Option<f64>,
    /// Effective over quoted; 1 = crossed the whole spread, -1 = earned it.
    pub effective_over_quoted: Option<f64>,
}

/// Figures over the fills of one order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FillFigures {
    /// Against the far touch at send, basis points, positive = better than crossing then.
    pub price_improvement_bps: Option<f64>,
    /// Filled at rest over filled with known liquidity, by quantity.
    pub passive_ratio: Option<f64>,
    /// Spreads.
    pub spreads: Spreads,
    /// One row a horizon.
    pub markouts: Vec<Markout>,
}

/// A numerator and its base.
#[derive(Clone, Copy, Default)]
struct Sum {
    part: i128,
    base: i128,
}

impl Sum {
    fn add(&mut self, part: i128, base: i128, qty: i128) {
        self.part = self.part.saturating_add(part.saturating_mul(qty));
        self.base = self
            .base
            .saturating_add(base.saturating_abs().saturating_mul(qty));
    }
    fn bps(self) -> Option<f64> {
        bps(self.part, self.base)
    }
}

#[derive(Clone, Copy, Default)]
struct Horizon {
    fills: u64,
    all: Sum,
    rested: Sum,
    taken: Sum,
    realised: Sum,
    impact: Sum,
}

/// The figures over `fills` (busted ones are skipped) of an order of side `sign` (+1 buy, -1 sell).
#[must_use]
pub fn fill_figures<'a>(
    fills: impl Iterator<Item = &'a Fill>,
    sign: i64,
    sums: Option<&Sums>,
) -> FillFigures {
    let sign = i128::from(sign);
    let (mut improvement, mut quoted, mut effective) =
        (Sum::default(), Sum::default(), Sum::default());
    let (mut rested, mut known) = (0_u128, 0_u128);
    let mut horizons = [Horizon::default(); MARKOUT_SECONDS.len()];
    for f in fills.filter(|f| !f.busted) {
        let (price, qty) = (i128::from(f.price.0), i128::from(f.qty));
        if f.far_touch.is_some() {
            let far = i128::from(f.far_touch.0);
            improvement.add(sign * (far - price), far, qty);
        }
        if matches!(f.liquidity, 1 | 2) {
            known += u128::from(f.qty);
            rested += if f.liquidity == 2 {
                u128::from(f.qty)
            } else {
                0
            };
        }
        let Some(sums) = sums else { continue };
        let before = sums.touch_before(f.time);
        if let Some(t) = before {
            // Twice the half-spread and twice the mid: the factors cancel in the division.
            let sum = i128::from(t.sum);
            effective.add(2 * sign * (2 * price - sum), sum, qty);
            quoted.add(2 * i128::from(t.spread), sum, qty);
        }
        for (h, seconds) in horizons.iter_mut().zip(MARKOUT_SECONDS) {
            let at = f.time.saturating_add(seconds * 1_000_000_000);
            if let Some(after) = sums.covers(at).then(|| sums.touch_until(at)).flatten() {
                h.take(f, sign, before, after);
            }
        }
    }
    FillFigures {
        price_improvement_bps: improvement.bps(),
        passive_ratio: (known > 0).then(|| rested as f64 / known as f64),
        spreads: Spreads {
            quoted_bps: quoted.bps(),
            effective_bps: effective.bps(),
            effective_over_quoted: (quoted.part > 0)
                .then(|| effective.part as f64 / quoted.part as f64),
        },
        markouts: horizons
            .iter()
            .zip(MARKOUT_SECONDS)
            .map(|(h, seconds)| h.row(seconds))
            .collect(),
    }
}

impl Horizon {
    fn take(&mut self, f: &Fill, sign: i128, before: Option<Touch>, after: Touch) {
        let (price, qty) = (2 * i128::from(f.price.0), i128::from(f.qty));
        let after = i128::from(after.sum);
        self.fills += 1;
        let gain = sign * (after - price);
        self.all.add(gain, price, qty);
        match f.liquidity {
            1 => self.taken.add(gain, price, qty),
            2 => self.rested.add(gain, price, qty),
            _ => {}
        }
        if let Some(before) = before {
            let before = i128::from(before.sum);
            self.realised.add(-2 * gain, before, qty);
            self.impact.add(2 * sign * (after - before), before, qty);
        }
    }

    fn row(&self, seconds: u64) -> Markout {
        Markout {
            seconds,
            fills: self.fills,
            gain_bps: self.all.bps(),
            rested_gain_bps: self.rested.bps(),
            taken_gain_bps: self.taken.bps(),
            realised_spread_bps: self.realised.bps(),
            impact_bps: self.impact.bps(),
        }
    }
}
