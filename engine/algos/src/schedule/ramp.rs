//! A rate of the market's volume from an instant on that leaves just enough time before the end: the ramp into the close.
//!
//! ```text
//!                                   ┌── ramp ──────────┐ end
//!   ──────── nothing is due ────────┤  rate x volume   │
//!        volume is watched          start: time x volume per time = volume that the order needs at its rate, and a quarter
//! ```
//!
//! A market that goes quiet in the ramp would leave the order undone. With completion SOFT or HARD the second half of the
//! ramp therefore follows at least a straight line to the end, whatever the market trades.

use super::volume::{Volume, finish, mark_for, others_for};
use super::{Driver, Pace, Schedule, next_after};
use crate::odds::Bound;
use crate::params::shared::Settings;
use engine_core::algorithm::{Target, Wake};
use engine_core::view::View;
use shm_wire::codes::{Completion, ResumePolicy};
use shm_wire::reason::Why;
use shm_wire::units::{DurationNs, Nanos, Ppm, Qty};

/// The ramp is longer than the volume seen so far asks for, by this many parts of four.
const MARGIN_PARTS: u64 = 5;
/// Volume is too young to judge by before this, or an eighth of the window.
const JUDGE_FROM: DurationNs = DurationNs::from_secs(300);
/// Shortest and longest time between two estimates of the start.
const LOOK: (DurationNs, DurationNs) = (DurationNs::from_secs(1), DurationNs::from_secs(60));

/// State of the ramp.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ramp {
    volume: Volume,
    rate: Ppm,
    /// Length asked for; none: computed.
    length: Option<DurationNs>,
    /// Market volume when the ramp began, none before.
    began_at: Option<Qty>,
    /// Volume that what was done before the ramp stands for.
    credit: Qty,
    /// When the ramp began.
    began: Nanos,
    /// What was due when its second half began, none before.
    line_from: Option<Qty>,
}

impl Ramp {
    /// A ramp of `volume`'s rate, `length` long, else as long as market volume says.
    #[must_use]
    pub const fn new(volume: Volume, rate: Ppm, length: Option<DurationNs>) -> Ramp {
        Ramp {
            volume,
            rate,
            length,
            began_at: None,
            credit: Qty::ZERO,
            began: Nanos(0),
            line_from: None,
        }
    }

    /// When the ramp begins, as far as is known now.
    fn start(&self, view: &View<'_>) -> Nanos {
        let order = view.order;
        let window = order.end.since(order.start);
        let length = self.length.unwrap_or_else(|| {
            let elapsed = view.now.since(order.start);
            if elapsed.0 < JUDGE_FROM.0.min(window.0 / 8) {
                return DurationNs(window.0 / 2);
            }
            if view.market_volume.is_zero() {
                return window;
            }
            let needed = others_for(view.ledger.leaves(), self.rate);
            let time = needed
                .mul_div(MARGIN_PARTS, 4)
                .mul_div(elapsed.0, view.market_volume.0);
            DurationNs(time.0)
        });
        order.end.minus(DurationNs(length.0.min(window.0)))
    }
}

impl Schedule for Ramp {
    fn target(&mut self, settings: &Settings, view: &View<'_>) -> (Target, Pace) {
        let start = self.start(view);
        if self.began_at.is_none() && view.now >= start && view.now >= view.order.start {
            self.began_at = Some(view.market_volume);
            self.volume.begin(view.now);
            self.began = view.now;
            self.credit = others_for(view.ledger.filled(), self.rate);
        }
        let Some(base) = self.began_at else {
            return self.before(settings, view, start);
        };
        // The ramp's own volume; what was done before counts as done at the rate.
        let ramp_volume = view.market_volume.saturating_sub(base);
        let counted = Qty(ramp_volume.0.saturating_add(self.credit.0));
        let line = self.line(settings, view, counted);
        let shifted = View {
            market_volume: counted.max(others_for(line, self.rate)),
            ..*view
        };
        let (mut target, mut pace) = self.volume.rated(settings, &shifted);
        if pace.finishing {
            finish(view, &mut target, &mut pace);
        }
        target.wake.volume = mark_for(target.wake.volume, &shifted, view);
        if self.line_from.is_some() || finishes(settings) {
            target.wake.time = target.wake.time.min(self.line_wake(view));
        }
        self.volume.prospect.look(view, &mut target);
        (target, pace)
    }

    fn resume(&mut self, settings: &Settings, view: &View<'_>, policy: ResumePolicy) {
        self.volume.resume(settings, view, policy);
    }

    fn bound(&self, settings: &Settings) -> Bound {
        Bound::of_rate(settings, self.rate, self.length)
    }

    fn notice(&mut self, view: &View<'_>) -> Option<Why> {
        self.volume.notice(view)
    }
}

/// Whether the order is to be done by its end.
const fn finishes(settings: &Settings) -> bool {
    matches!(settings.completion, Completion::Soft | Completion::Hard)
}

impl Ramp {
    fn half(&self, view: &View<'_>) -> Nanos {
        let length = view.order.end.since(self.began);
        self.began.plus(DurationNs(length.0 / 2))
    }
    /// What the straight line of the second half makes due, when `counted` is the volume that counts.
    fn line(&mut self, settings: &Settings, view: &View<'_>, counted: Qty) -> Qty {
        let half = self.half(view);
        if !finishes(settings) || view.now < half {
            return Qty::ZERO;
        }
        let total = view.order.quantity;
        let due = self.rate.own_of_others(counted).min(total);
        let from = *self.line_from.get_or_insert(due);
        // Done a little early: the finishing part is for what the line could not do.
        let length = view.order.end.since(half).0;
        let length = length - length / 8;
        let elapsed = view.now.since(half).0.min(length);
        from + total.saturating_sub(from).mul_div(elapsed, length.max(1))
    }
    /// The next look at the line.
    fn line_wake(&self, view: &View<'_>) -> Nanos {
        let half = self.half(view);
        if view.now < half {
            return half;
        }
        let step = view.order.end.since(half).0 / 64;
        view.now
            .plus(DurationNs(step.clamp(LOOK.0.0 / 2, LOOK.1.0)))
    }
    /// Nothing is due yet.
    fn before(&mut self, settings: &Settings, view: &View<'_>, start: Nanos) -> (Target, Pace) {
        let none = View {
            market_volume: Qty::ZERO,
            ..*view
        };
        let (mut target, mut pace) = self.volume.rated(settings, &none);
        target.cumulative = Qty::ZERO;
        target.release = Qty::ZERO;
        pace.lower = Qty::ZERO;
        pace.aim = Qty::ZERO;
        pace.driver = Driver::Ramp;
        let left = view.order.end.since(view.now).0 / 64;
        let look = view.now.plus(DurationNs(left.clamp(LOOK.0.0, LOOK.1.0)));
        let instants = [view.order.start, start.min(look), view.order.end];
        target.wake = Wake::at(next_after(view.now, &instants).min(target.slice_end));
        (target, pace)
    }
}
