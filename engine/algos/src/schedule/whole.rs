//! No schedule: the whole order may be out from the start, and nothing is ever late. Iceberg, pegged, sniper, sweep.
//!
//! The window is one slice. With completion SOFT or HARD its last part is worked like any other order's end.

use super::prospect::Prospect;
use super::{CROSS_GAP_MIN, Driver, Pace, REST_MAX, Schedule, finishing_start, next_after};
use crate::odds::Bound;
use crate::params::shared::Settings;
use engine_core::algorithm::{Target, Wake};
use engine_core::view::View;
use shm_wire::codes::{Completion, ResumePolicy};
use shm_wire::reason::Why;
use shm_wire::units::{DurationNs, Nanos, Qty};

/// Time between two looks in the finishing part.
const FINISHING_TICK: DurationNs = DurationNs::from_millis(250);
/// The finishing part is twice this long, 5 s at least.
const FINISHING_UNIT: DurationNs = DurationNs::from_secs(2);

/// The schedule that lets everything go at once.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Whole {
    /// What a child is expected to hold.
    part: Qty,
    /// What may be expected of the market.
    prospect: Prospect,
}

impl Whole {
    /// Everything at once, in parts of about `part` steps; parts decide what rests out of limit.
    #[must_use]
    pub const fn new(part: Qty, prospect: Prospect) -> Whole {
        Whole { part, prospect }
    }
}

impl Schedule for Whole {
    fn target(&mut self, settings: &Settings, view: &View<'_>) -> (Target, Pace) {
        let order = view.order;
        let started = view.now >= order.start;
        let release = if started { order.quantity } else { Qty::ZERO };
        let finishing_from = match settings.completion {
            Completion::Soft | Completion::Hard if order.end != Nanos::NEVER => {
                finishing_start(order.start, order.end, FINISHING_UNIT)
            }
            _ => Nanos::NEVER,
        };
        let mut pace = Pace {
            quantum: view.instrument.granule(),
            emission_max: Qty(u64::MAX),
            cross_gap: CROSS_GAP_MIN,
            repost: DurationNs(REST_MAX.0 / 5),
            driver: Driver::Clock,
            ..Pace::default()
        };
        let mut tick = Nanos::NEVER;
        if view.now >= finishing_from && view.now < order.end {
            pace.finishing = true;
            pace.improve = true;
            pace.lower = release;
            pace.aim = release;
            tick = view.now.plus(FINISHING_TICK);
        }
        let instants = [order.start, finishing_from, order.end, tick];
        let mut target = Target {
            cumulative: release,
            release,
            // There is no line to be behind of.
            band: order.quantity,
            nominal: self.part.min(order.quantity).max(view.least_child()),
            slice: 0,
            slice_start_target: Qty::ZERO,
            slice_start: order.start,
            slice_end: order.end,
            finishing_from,
            wake: Wake::at(next_after(view.now, &instants)),
        };
        self.prospect.look(view, &mut target);
        (target, pace)
    }

    /// Nothing to draw anew.
    fn resume(&mut self, _: &Settings, view: &View<'_>, _: ResumePolicy) {
        self.prospect.restart(view);
    }

    fn bound(&self, _: &Settings) -> Bound {
        Bound::Market
    }

    fn notice(&mut self, view: &View<'_>) -> Option<Why> {
        self.prospect.notice(view, || Qty(u64::MAX))
    }
}
