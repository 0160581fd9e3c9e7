//! What an order without a line may expect: the volume to come, whether its cap lets it complete, and when it will be done.

use super::outlook::{Outlook, expected_volume, projected};
use super::shape::Window;
use crate::curves::Clock;
use engine_core::algorithm::Target;
use engine_core::view::View;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Qty};

/// A projected finish is told this often, if the order is looked at.
const TOLD_EVERY: DurationNs = DurationNs::from_secs(1);
/// Range of a projected finish: a third more or less volume than expected, in thousandths of what is needed (`exp(-0.35)`,
/// `exp(0.35)`).
const RANGE_MILLI: (u64, u64) = (705, 1_419);

/// What is expected of the market, counted from an instant on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Prospect {
    clock: Clock,
    /// Counting began here ...
    from: Nanos,
    /// ... with this much of the others' volume.
    base: Qty,
    outlook: Outlook,
    /// When the finish is told next; never for orders that tell none.
    told_next: Nanos,
}

impl Prospect {
    /// Nothing is known beforehand, and no finish is told.
    pub const UNKNOWN: Prospect = Prospect {
        clock: Clock::UNKNOWN,
        from: Nanos(0),
        base: Qty::ZERO,
        outlook: Outlook::NEW,
        told_next: Nanos::NEVER,
    };

    /// From `start` on, by the usual volume of `clock`.
    #[must_use]
    pub const fn new(clock: Clock, start: Nanos) -> Prospect {
        Prospect {
            clock,
            from: start,
            ..Prospect::UNKNOWN
        }
    }
    /// The same, and the projected finish is told, once a second at most; seconds of different orders begin at different times.
    #[must_use]
    pub const fn told(self, start: Nanos, seed: u64) -> Prospect {
        let phase = DurationNs(seed % TOLD_EVERY.0);
        Prospect {
            told_next: start.plus(phase),
            ..self
        }
    }
    /// Counting starts anew: what was not traded while the order stood still is no sign of a quiet market.
    pub(crate) fn restart(&mut self, view: &View<'_>) {
        self.from = view.now.max(view.order.start);
        self.base = view.market_volume;
        self.outlook.restart();
    }
    /// Looks at what is left, now and then; wakes the order for the next look.
    pub(crate) fn look(&mut self, view: &View<'_>, target: &mut Target) {
        let (window, clock, base) = (self.window(view), self.clock, self.base);
        self.outlook.look(view, window, false, || {
            expected_volume(&clock, view, window, base)
        });
        let next = self.outlook.next(view, window);
        target.wake.time = target.wake.time.min(next);
        // No wake for the projected finish: an order with nothing due and nothing out costs nothing, and it is looked at
        // each interval while it has either.
    }
    /// What is to be told instead of a reason to wait; `needed` is the others' volume until the order is done.
    pub(crate) fn notice(&mut self, view: &View<'_>, needed: impl FnOnce() -> Qty) -> Option<Why> {
        let (window, clock, base) = (self.window(view), self.clock, self.base);
        let expected = || expected_volume(&clock, view, window, base);
        if let Some(why) = self.outlook.notice(view, window, expected) {
            return Some(why);
        }
        if view.now < self.told_next || self.told_next == Nanos::NEVER {
            return None;
        }
        self.told_next = self.told_after(view.now);
        let needed = needed();
        let at = |milli: u64| {
            let instant = projected(&clock, view, window, base, needed.mul_div(milli, 1_000))?;
            i64::try_from(instant.0).ok()
        };
        let finish = at(1_000)?;
        let range = (at(RANGE_MILLI.0)?, at(RANGE_MILLI.1)?);
        Some(Why::new(Reason::Projected, [finish, range.0, range.1]))
    }
    /// The first instant after `now` at which the finish is to be told.
    fn told_after(&self, now: Nanos) -> Nanos {
        if now < self.told_next {
            return self.told_next;
        }
        let late = now.since(self.told_next).0 / TOLD_EVERY.0 + 1;
        self.told_next
            .plus(DurationNs(late.saturating_mul(TOLD_EVERY.0)))
    }
    fn window(&self, view: &View<'_>) -> Window {
        Window {
            start: self.from,
            end: view.order.end,
        }
    }
}
