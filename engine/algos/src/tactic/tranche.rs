//! Tranches: how much of an order is shown at a time, and when the next part may be shown.

use super::situation::Situation;
use crate::draw;
use engine_core::child::ChildState;
use shm_wire::units::{DurationNs, Nanos, PPM_ONE, Ppm, Qty};

/// No child has ended yet.
const NONE: u32 = u32::MAX;

/// What is shown at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tranches {
    /// Least quantity shown, steps.
    low: Qty,
    /// Largest quantity shown, steps; equal to `low` when the size jitter alone varies it.
    high: Qty,
    /// Time between the end of a tranche and the next, ms, moved by the time jitter.
    delay_ms: u32,
    /// Ordinal of the last child that was seen to have ended.
    ended: u32,
    /// No tranche before this.
    from: Nanos,
}

impl Tranches {
    /// `low` to `high` steps at a time (equal: that quantity, moved by the size jitter), `delay_ms` after the one before.
    #[must_use]
    pub const fn new(low: Qty, high: Qty, delay_ms: u32) -> Tranches {
        Tranches {
            low,
            high,
            delay_ms,
            ended: NONE,
            from: Nanos(0),
        }
    }

    /// When the next tranche may be shown, now that nothing of the order is open or on its way.
    pub(super) fn ready_from(&mut self, s: &Situation<'_, '_>) -> Nanos {
        let last = youngest(s);
        if last != self.ended {
            self.ended = last;
            let delay = DurationNs::from_millis(u64::from(self.delay_ms));
            let spread = s.settings.randomize_time.0.min(PPM_ONE);
            let least = Ppm(PPM_ONE - spread).of(Qty(delay.0));
            let seed = s.view.order.seed;
            let more = draw::delay(seed, last, DurationNs(2 * delay.0), Ppm(spread));
            self.from = s.view.now.plus(DurationNs(least.0 + more.0));
        }
        self.from
    }

    /// Quantity of the next tranche: whole lots, within what may be sent; never less than the least child, so that what is
    /// smaller waits.
    pub(super) fn size(&self, s: &Situation<'_, '_>) -> Qty {
        let index = youngest(s).wrapping_add(1);
        let seed = s.view.order.seed;
        let record = s.view.instrument;
        let lot = record.granule().0.max(1);
        let drawn = if self.low < self.high {
            // Each whole lot between the two is as likely as any other.
            let (low, high) = (self.low.0.div_ceil(lot), self.high.0 / lot);
            draw::between(seed, index, low, high.max(low)).saturating_mul(lot)
        } else {
            let factor = draw::factor_ppm(seed, index, s.settings.randomize_size);
            let one = u64::from(PPM_ONE);
            let moved = self.low.mul_div(one.saturating_add_signed(factor), one);
            // To the nearest lot, so that rounding does not bend the mean.
            moved.0.saturating_add(lot / 2)
        };
        let size = record.floor_lots(Qty(drawn)).max(s.least).min(s.budget);
        let rest = s.view.ledger.free().saturating_sub(size);
        if rest.0 < record.min_qty && s.budget == size + rest {
            // A rest that the venue would not take goes along.
            return s.budget;
        }
        size
    }
}

/// Ordinal of the youngest child.
fn youngest(s: &Situation<'_, '_>) -> u32 {
    s.view
        .children
        .iter()
        .filter(|c| c.state != ChildState::Empty)
        .map(|c| c.ordinal)
        .max()
        .unwrap_or(NONE)
}
