//! A shortfall that is old enough is forgiven: what was missed then is not made up later (`BEHAVIOUR.md` 3.3).
//!
//! Age is counted in volume time: as much of the others' volume as has traded in `after` on average since the start. What was due
//! before that volume came, and is neither filled nor open, is taken off what is due.

use engine_core::view::View;
use shm_wire::units::Qty;

/// What was forgiven so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forgiveness {
    /// Age at which a shortfall is forgiven, ms; zero: never.
    after_ms: u32,
    /// Quantity forgiven.
    forgiven: Qty,
}

impl Forgiveness {
    /// Nothing is ever forgiven.
    pub const NEVER: Forgiveness = Forgiveness::after(0);

    /// A shortfall of this age, ms; zero: never.
    #[must_use]
    pub const fn after(after_ms: u32) -> Forgiveness {
        Forgiveness {
            after_ms,
            forgiven: Qty::ZERO,
        }
    }
    /// Whether nothing is ever forgiven.
    pub(crate) const fn is_never(&self) -> bool {
        self.after_ms == 0
    }
    /// Quantity forgiven when `due` is due in all, before anything was forgiven.
    pub(crate) fn look(&mut self, view: &View<'_>, due: Qty) -> Qty {
        let span = u64::from(self.after_ms) * 1_000_000;
        let elapsed = view.now.since(view.order.start).0;
        let others = view.market_volume;
        if span > 0 && elapsed > span && !others.is_zero() {
            let recent = others.mul_div(span, elapsed);
            let old = due.mul_div(others.saturating_sub(recent).0, others.0);
            let done = view.ledger.filled() + view.ledger.reserved() + self.forgiven;
            self.forgiven += old.min(view.order.quantity).saturating_sub(done);
        }
        self.forgiven
    }
}
