//! Schedules: what cumulative quantity should be done by now, within which band, and when to ask again.

pub mod any;
pub mod bands;
mod bend;
pub mod curve;
pub mod forgive;
pub mod linear;
pub mod liquidity;
pub mod lots;
pub(crate) mod note;
pub(crate) mod outlook;
pub mod prospect;
pub mod ramp;
pub mod rated;
pub mod shape;
pub mod shortfall;
pub mod sliced;
pub mod volume;
pub mod whole;

use crate::odds::Bound;
use crate::params::shared::Settings;
use engine_core::algorithm::{Target, Wake};
use engine_core::phase::Phase;
use engine_core::view::{Order, View};
use shape::Window;
use shm_wire::codes::ResumePolicy;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Qty};

/// A schedule: fixed-size state that answers for one order.
pub trait Schedule {
    /// What should be done by now, and how urgently. Never less than before while nothing was redrawn.
    fn target(&mut self, settings: &Settings, view: &View<'_>) -> (Target, Pace);
    /// The order works again, or its terms changed.
    fn resume(&mut self, settings: &Settings, view: &View<'_>, policy: ResumePolicy);
    /// Where the line lies in time, for schedules that have one.
    fn line(&self) -> Option<Window> {
        None
    }
    /// What is planned to be due at `time` if the others have traded `volume` by then: everything, for schedules without a plan.
    fn planned(&self, order: &Order, time: Nanos, volume: Qty) -> Qty {
        let _ = (time, volume);
        order.quantity
    }
    /// How fast the position decays; a straight line where nothing else is known.
    fn speed(&self) -> engine_models::shortfall::Pace {
        engine_models::shortfall::Pace::STRAIGHT
    }
    /// What bounds how much of the order is filled: a line and its cap, unless told otherwise.
    fn bound(&self, settings: &Settings) -> Bound {
        let _ = settings;
        Bound::Line
    }
    /// What is told with the acceptance, for schedules outside the registry.
    fn accepted(&self) -> Why {
        Why::bare(Reason::Accepted)
    }
    /// Something to tell instead of the next reason to wait, once.
    fn notice(&mut self, view: &View<'_>) -> Option<Why> {
        let _ = view;
        None
    }
}

/// What makes quantity due; decides which reasons are given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Driver {
    /// The clock.
    #[default]
    Clock,
    /// Market volume.
    Volume,
    /// Market volume, from an instant on that has not come yet.
    Ramp,
}

/// How urgent the target is: what a tactic needs beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pace {
    /// Below this, `filled` is too late and the spread is crossed.
    pub lower: Qty,
    /// A cross brings `filled` up to this.
    pub aim: Qty,
    /// Least due quantity that is worth a child.
    pub quantum: Qty,
    /// Most that may be sent now under the catch-up rule.
    pub emission_max: Qty,
    /// Least time between two crosses.
    pub cross_gap: DurationNs,
    /// How long a child rests before a small move of the touch reprices it.
    pub repost: DurationNs,
    /// Passive children go ahead of the touch.
    pub improve: bool,
    /// A cross may take all that the other side shows.
    pub takes_all: bool,
    /// The end nears and leaves are crossed as `completion` says.
    pub finishing: bool,
    /// What makes quantity due.
    pub driver: Driver,
}

/// Shortest time between two crosses.
pub(crate) const CROSS_GAP_MIN: DurationNs = DurationNs::from_millis(100);
/// Longest time between two crosses.
pub(crate) const CROSS_GAP_MAX: DurationNs = DurationNs::from_millis(500);
/// Shortest rest of a child before it is repriced (`BEHAVIOUR.md` 2.4, repost clock).
pub(crate) const REST_MIN: DurationNs = DurationNs::from_millis(500);
/// Longest rest of a child whose touch has moved away a little.
pub(crate) const REST_MAX: DurationNs = DurationNs::from_secs(15);

/// Start of the finishing part of a window: its last `max(2 x interval, 5 s)`, at most half of it.
pub(crate) fn finishing_start(start: Nanos, end: Nanos, interval: DurationNs) -> Nanos {
    let window = interval.0.saturating_mul(2).max(5 * 1_000_000_000);
    end.minus(DurationNs(window.min(end.since(start).0 / 2)))
}

/// Time between two looks at an order that finishes now.
const FINISH_NOW_TICK: DurationNs = DurationNs::from_millis(250);

/// Whether the order was asked to finish now.
pub(crate) fn finishes_now(view: &View<'_>) -> bool {
    view.phase == Phase::FinishingNow
}

/// What a schedule says once the order was asked to finish now: everything is due and late, whatever the schedule. Limit, collar,
/// participation cap and largest slice stay with the gate and the tactic.
#[inline]
pub(crate) fn hasten(view: &View<'_>, target: &mut Target, pace: &mut Pace) {
    if !finishes_now(view) {
        return;
    }
    let all = view.order.quantity;
    target.cumulative = all;
    target.release = all;
    target.slice_start_target = all;
    target.band = Qty::ZERO;
    target.nominal = all;
    target.finishing_from = target.finishing_from.min(view.now);
    target.wake = target.wake.or(Wake::at(view.now.plus(FINISH_NOW_TICK)));
    pace.lower = all;
    pace.aim = all;
    pace.quantum = view.instrument.granule();
    pace.emission_max = Qty(u64::MAX);
    pace.cross_gap = CROSS_GAP_MIN;
    pace.improve = true;
    pace.finishing = true;
}

/// The earliest of some instants that lies after `now`; [`Nanos::NEVER`] when none does.
pub(crate) fn next_after(now: Nanos, instants: &[Nanos]) -> Nanos {
    let mut first = Nanos::NEVER;
    for instant in instants {
        if *instant > now && *instant < first {
            first = *instant;
        }
    }
    first
}
