//! The straight line: TWAP.

use super::shape::{Shape, Share, Window};
use super::sliced::{Grid, Sliced};
use crate::params::shared::Settings;
use shm_wire::units::{DurationNs, Nanos, Qty};

/// Equal parts in equal times.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Straight;

impl Shape for Straight {
    const EVEN: bool = true;

    fn share(&self, time: Nanos, window: Window) -> Share {
        Share::of(time.since(window.start).0, window.length().0)
    }
    fn share_after(&self, count: u32, slices: u32, _: Window) -> Share {
        Share::of(count.into(), slices.into())
    }
}

/// A straight line cut into slices.
pub type Linear = Sliced<Straight>;

impl Linear {
    /// A line over the whole order, `interval` long slices, fewer when they would be too small.
    #[must_use]
    pub fn new(
        (start, end): (Nanos, Nanos),
        total: Qty,
        interval: DurationNs,
        grid: Grid,
        settings: &Settings,
    ) -> Linear {
        let window = Window { start, end };
        Sliced::shaped(Straight, window, total, interval, grid, settings)
    }
}
