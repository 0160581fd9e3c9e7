//! How a sliced line bends between its ends.

use crate::curves::Rung;
use engine_core::view::View;
use engine_models::shortfall::Pace;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Price, Qty};

/// Where a line lies in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// Where it starts.
    pub start: Nanos,
    /// Where it ends.
    pub end: Nanos,
}

impl Window {
    /// Its length.
    #[must_use]
    pub const fn length(&self) -> DurationNs {
        self.end.since(self.start)
    }
    /// The instant after so many of equal slices, rounded up: a boundary is never taken too early.
    #[must_use]
    pub const fn after(&self, count: u32, slices: u32) -> Nanos {
        let whole = self.length().0 as u128 * count as u128;
        let offset = whole.div_ceil(if slices == 0 { 1 } else { slices as u128 });
        #[expect(
            clippy::cast_possible_truncation,
            reason = "count is at most slices, so that the offset is at most the length"
        )]
        let time = self.start.plus(DurationNs(offset as u64));
        if time.0 > self.end.0 { self.end } else { time }
    }
}

/// An exact share of the line's quantity: all of it when part reaches whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// Numerator.
    pub part: u64,
    /// Denominator.
    pub whole: u64,
}

impl Share {
    /// `part` of `whole`.
    #[must_use]
    pub const fn of(part: u64, whole: u64) -> Share {
        Share { part, whole }
    }
}

/// A shape: fixed-size state that says which share of a line is due.
pub trait Shape: Copy {
    /// Slices of equal time hold equal quantities.
    const EVEN: bool = false;
    /// Whether the rest is held against what the participation cap leaves.
    const LOOKS_AHEAD: bool = false;
    /// Whether the line may end before the order.
    const ENDS_EARLY: bool = false;

    /// Share due at an instant of the window: zero at its start, all at its end, never falling.
    fn share(&self, time: Nanos, window: Window) -> Share;
    /// Share due after so many of equal slices.
    fn share_after(&self, count: u32, slices: u32, window: Window) -> Share {
        self.share(window.after(count, slices), window)
    }
    /// Looks at the market before each answer.
    fn glance(&mut self, view: &View<'_>) {
        let _ = view;
    }
    /// A slice begins at `from`: the line may bend for what comes after it. What was due at `from` stays due.
    fn observe(&mut self, view: &View<'_>, from: Nanos, to: Nanos, window: Window) {
        let _ = (view, from, to, window);
    }
    /// A new line starts here, over `window`.
    fn restart(&mut self, view: &View<'_>, window: Window) {
        let _ = (view, window);
    }
    /// Where a line that starts at `start` ends.
    fn end(&self, view: &View<'_>, start: Nanos) -> Nanos {
        let _ = start;
        view.order.end
    }
    /// The others' volume that is expected from now to the end of the window; `None` when nobody knows.
    fn expected_volume(&self, view: &View<'_>, window: Window) -> Option<Qty> {
        let _ = (view, window);
        None
    }
    /// A price of the other side that is good enough to take more than is due.
    fn good_price(&self, view: &View<'_>) -> Option<Price> {
        let _ = view;
        None
    }
    /// How fast the position decays in the shape's own time.
    fn speed(&self) -> Pace {
        Pace::STRAIGHT
    }
    /// What is said with the acceptance: where the curve is from, the horizon, the expected cost.
    fn accepted(&self, window: Window) -> Why {
        let horizon = i64::try_from(window.length().0 / 1_000_000).unwrap_or(i64::MAX);
        Why::new(Reason::Accepted, [Rung::None.code(), horizon, 0])
    }
}
