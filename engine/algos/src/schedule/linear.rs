//! The straight line: TWAP.

use super::outlook::expected_volume;
use super::shape::{Shape, Share, Window};
use super::sliced::{Grid, Sliced};
use crate::curves::Clock;
use engine_core::view::View;
use shm_wire::units::{DurationNs, Nanos, Qty};

/// Equal parts in equal times.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Straight {
    /// What volume is usual: the line does not follow it, but its cap does.
    clock: Clock,
    /// The others' volume at the start of the line.
    base: Qty,
}

impl Straight {
    /// Nothing is known of the market.
    pub const UNKNOWN: Straight = Straight {
        clock: Clock::UNKNOWN,
        base: Qty::ZERO,
    };
    /// In a market of this usual volume.
    pub(crate) const fn of(clock: Clock) -> Straight {
        Straight {
            clock,
            ..Straight::UNKNOWN
        }
    }
}

impl Shape for Straight {
    const EVEN: bool = true;
    const WATCHES: bool = true;

    fn share(&self, time: Nanos, window: Window) -> Share {
        Share::of(time.since(window.start).0, window.length().0)
    }
    fn share_after(&self, count: u32, slices: u32, _: Window) -> Share {
        Share::of(count.into(), slices.into())
    }
    fn restart(&mut self, view: &View<'_>, _: Window) {
        self.base = view.market_volume;
    }
    fn expected_volume(&self, view: &View<'_>, window: Window) -> Option<Qty> {
        expected_volume(&self.clock, view, window, self.base)
    }
}

/// A straight line cut into slices.
pub type Linear = Sliced<Straight>;

impl Linear {
    /// A line over the whole order, `interval` long slices, fewer when they would be too small.
    #[must_use]
    pub fn new(
        straight: Straight,
        (start, end): (Nanos, Nanos),
        total: Qty,
        interval: DurationNs,
        grid: Grid,
    ) -> Linear {
        let window = Window { start, end };
        Sliced::shaped(straight, window, total, interval, grid)
    }
}
