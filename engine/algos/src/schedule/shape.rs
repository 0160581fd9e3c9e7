//! How a sliced line bends between its ends.

use crate::tactic::take::Worst;
use engine_core::view::View;
use engine_models::shortfall::Pace;
use shm_wire::reason::Why;
use shm_wire::units::{DurationNs, Nanos, Ppm, Price, Qty};

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

/// A price worth more than the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opportunity {
    /// The worst price that is good enough.
    pub price: Price,
    /// How much is taken at it.
    pub greed: Greed,
}

/// How much more than is due a good price makes the order take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Greed {
    /// A few slices at a time, a quarter of the order ahead of the line at most.
    Slices,
    /// This share of what is left, as far as it is shown.
    Share(Ppm),
}

/// A price that is waited for, and how much of it is taken: small enough to keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Lure {
    /// Price, or basis points.
    value: i64,
    /// Share of what is left; zero: a few slices.
    share: Ppm,
    kind: LureKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum LureKind {
    Nothing,
    Price,
    Arrival,
    Mid,
    Last,
}

impl Lure {
    /// Nothing is waited for.
    pub(crate) const NONE: Lure = Lure {
        value: 0,
        share: Ppm(0),
        kind: LureKind::Nothing,
    };

    /// A price no worse than this, taken with this greed.
    pub(crate) fn new(worst: Worst, greed: Greed) -> Lure {
        let (kind, value) = match worst {
            Worst::Price(price) => (LureKind::Price, price.0),
            Worst::Arrival { bps } => (LureKind::Arrival, bps.into()),
            Worst::Mid { bps } => (LureKind::Mid, bps.into()),
            Worst::Last { bps } => (LureKind::Last, bps.into()),
        };
        let share = match greed {
            Greed::Slices => Ppm(0),
            Greed::Share(share) => share,
        };
        Lure { value, share, kind }
    }
    /// The price now; none while its reference is unknown.
    pub(crate) fn now(&self, view: &View<'_>) -> Option<Opportunity> {
        let bps = i32::try_from(self.value).unwrap_or(0);
        let worst = match self.kind {
            LureKind::Nothing => return None,
            LureKind::Price => Worst::Price(Price(self.value)),
            LureKind::Arrival => Worst::Arrival { bps },
            LureKind::Mid => Worst::Mid { bps },
            LureKind::Last => Worst::Last { bps },
        };
        let greed = match self.share {
            Ppm(0) => Greed::Slices,
            share => Greed::Share(share),
        };
        let price = worst.price(view)?;
        Some(Opportunity { price, greed })
    }
}

/// A shape: fixed-size state that says which share of a line is due.
pub trait Shape: Copy {
    /// Slices of equal time hold equal quantities.
    const EVEN: bool = false;
    /// Whether the rest is held against what the participation cap leaves.
    const LOOKS_AHEAD: bool = false;
    /// Whether it is told when the cap leaves too little room, whatever the line makes of it.
    const WATCHES: bool = Self::LOOKS_AHEAD;
    /// The line is what costs least: a cap that often holds it back makes another order of it (`BEHAVIOUR.md` 3.4).
    const IS_COSTED: bool = false;
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
    fn opportunity(&self, view: &View<'_>) -> Option<Opportunity> {
        let _ = view;
        None
    }
    /// Least share of own / (own + others) volume that the order keeps up with, whatever the line says.
    fn min_rate(&self) -> Option<Ppm> {
        None
    }
    /// Why what is left when the line ends at `end` is better left than finished, if it is.
    fn keeps(&self, view: &View<'_>, end: Nanos) -> Option<Why> {
        let _ = (view, end);
        None
    }
    /// How fast the position decays in the shape's own time.
    fn speed(&self) -> Pace {
        Pace::STRAIGHT
    }
}
