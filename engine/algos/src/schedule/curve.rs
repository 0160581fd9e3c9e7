//! A volume curve: VWAP.
//!
//! Static: a straight line in volume time. Dynamic: each bin of the session that was seen corrects a forecast of the volume to
//! come, and the line is bent to where the revealed-volume rule wants it after the next bin (`MODELS.md` 1.8.3, 1.8.4), within
//! guard rails around the static line, never backwards, and no more once most of the volume is over.

use super::bend::{Bend, fixed};
use super::outlook::expected_volume;
use super::shape::{Shape, Share, Window};
use super::sliced::Sliced;
use crate::curves::Clock;
use engine_core::view::View;
use engine_models::volume_rule::{Tracker, USUAL, Usual};
use shm_wire::units::{DurationNs, Nanos, PPM_ONE, Ppm, Qty};

/// Distance of the limit, in usual spreads, from which on slices do not grow.
const NEAR_SPREADS: i64 = 5;
/// Most bins that are looked ahead.
const AHEAD_MAX: usize = crate::curves::BINS_MAX;

/// The shape.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Volumes {
    clock: Clock,
    bend: Bend,
    /// The forecast.
    tracker: Tracker,
    /// Whether it is wanted and there is a curve.
    dynamic: bool,
    /// End of the interval that the forecast saw last.
    seen_at: Nanos,
    /// The others' volume then.
    seen: Qty,
    /// The others' volume at the start of the line.
    base: Qty,
    /// Slices grow when the price comes near the limit.
    hurries: bool,
}

/// A sliced volume curve.
pub type Curved = Sliced<Volumes>;

impl Volumes {
    /// The line of `clock` from `start`, bent by the session's own volume if `dynamic`.
    pub(crate) fn new(clock: Clock, start: Nanos, dynamic: bool) -> Volumes {
        let model = clock.curve().map_or(&USUAL, |c| c.model());
        Volumes {
            clock,
            bend: Bend::NONE,
            tracker: Tracker::new(model),
            // Without a usual volume there is nothing to hold the session's against.
            dynamic: dynamic && clock.curve().is_some() && !clock.day_volume().is_zero(),
            seen_at: start,
            seen: Qty::ZERO,
            base: Qty::ZERO,
            hurries: false,
        }
    }
    /// The same line, faster near the limit if `hurries`.
    pub(crate) fn hurrying(self, hurries: bool) -> Volumes {
        Volumes { hurries, ..self }
    }
    /// Bends the next slice when the limit is near: what is not done before it is reached may never be.
    fn hurry(&mut self, view: &View<'_>, from: Nanos, to: Nanos, window: Window) {
        let haste = nearness_ppm(view);
        if haste.0 == 0 || to >= window.end {
            return;
        }
        let here = fixed(self.share(from, window));
        let natural = Qty(fixed(self.share(to, window)).saturating_sub(here));
        let there = here.saturating_add(natural.0 + haste.of(natural).0);
        self.bend = Bend::new((from, here), (to, there));
    }
    fn tail(&self, from: Nanos, time: Nanos, end: Nanos) -> Share {
        Share::of(
            self.clock.between(from, time),
            self.clock.between(from, end),
        )
    }
    /// What is usual in the bins from `from` to `end`.
    fn usual(&self, from: Nanos, bin: DurationNs, end: Nanos) -> impl Iterator<Item = u64> + '_ {
        let starts =
            (0..AHEAD_MAX as u64).map(move |n| from.plus(DurationNs(bin.0.saturating_mul(n))));
        starts
            .take_while(move |at| *at < end)
            .map(move |at| self.usual_between(at, at.plus(bin).min(end)))
    }
    fn usual_between(&self, from: Nanos, to: Nanos) -> u64 {
        self.clock.usual_volume(from, to).unwrap_or(Qty::ZERO).0
    }
}

impl Shape for Volumes {
    const LOOKS_AHEAD: bool = true;

    fn share(&self, time: Nanos, window: Window) -> Share {
        let tail = |from, at| self.tail(from, at, window.end);
        self.bend.share(time, &self.clock, window, tail)
    }
    fn share_after(&self, count: u32, slices: u32, window: Window) -> Share {
        if self.clock.curve().is_none() && self.bend == Bend::NONE {
            return Share::of(count.into(), slices.into());
        }
        self.share(window.after(count, slices), window)
    }
    fn observe(&mut self, view: &View<'_>, from: Nanos, to: Nanos, window: Window) {
        self.follow(view, from, window);
        if self.hurries {
            self.hurry(view, from, to, window);
        }
    }
    fn restart(&mut self, view: &View<'_>, window: Window) {
        self.bend = Bend::NONE;
        (self.seen_at, self.seen, self.base) =
            (window.start, view.market_volume, view.market_volume);
    }
    fn expected_volume(&self, view: &View<'_>, window: Window) -> Option<Qty> {
        expected_volume(&self.clock, view, window, self.base)
    }
}

/// How near the limit is to the other side of the touch: all of a slice more at the limit, nothing more from [`NEAR_SPREADS`] usual
/// spreads on.
fn nearness_ppm(view: &View<'_>) -> Ppm {
    let far = view.market.far(view.is_buy());
    if !view.order.limit.is_some() || !far.is_some() {
        return Ppm(0);
    }
    let room = view.order.limit.0.saturating_sub(far.0);
    let room = if view.is_buy() {
        room
    } else {
        room.saturating_neg()
    };
    let spread = view
        .market
        .average_spread()
        .max(view.instrument.tick_at(far));
    let near = spread.saturating_mul(NEAR_SPREADS).max(1);
    let left = near.saturating_sub(room.max(0)).max(0);
    let part = i128::from(left) * i128::from(PPM_ONE) / i128::from(near);
    Ppm(u32::try_from(part).unwrap_or(0))
}

impl Volumes {
    /// Each bin that was seen bends the line for the next one.
    fn follow(&mut self, view: &View<'_>, from: Nanos, window: Window) {
        let (true, Some(curve), Some(bin)) = (self.dynamic, self.clock.curve(), self.clock.bin())
        else {
            return;
        };
        let mut tracker = self.tracker;
        if from.since(self.seen_at) < bin || view.now >= window.end {
            return;
        }
        let volume = view.market_volume.saturating_sub(self.seen);
        let usual = self.usual_between(self.seen_at, view.now);
        tracker.observe(curve.model(), volume.0, usual);
        (self.tracker, self.seen_at, self.seen) = (tracker, view.now, view.market_volume);
        let next = from.plus(bin).min(window.end);
        if next >= window.end {
            return;
        }
        let so_far = Usual {
            seen: view.market_volume.saturating_sub(self.base).0,
            usual_so_far: self.usual_between(window.start, from),
            static_share: fixed(self.tail(window.start, next, window.end)),
        };
        let ahead = self.usual(from, bin, window.end);
        if let Some(due) = tracker.due(curve.model(), &so_far, ahead) {
            let here = fixed(self.share(from, window));
            self.bend = Bend::new((from, here), (next, due));
        }
    }
}

#[cfg(test)]
mod tests;
