//! An algorithm of your own in one file: front-loaded, `cumulative = ordered x (1 - (1 - t)^2)` at time `t` of its window.

use engine_algos::custom::{Own, With};
use engine_algos::params::shared::Settings;
use engine_algos::params::{Params, refuse};
use engine_algos::registry::Registry;
use engine_algos::schedule::{Driver, Pace, Schedule};
use engine_algos::tactic::ahead_behind::{AheadBehind, PriceStyle};
use engine_core::algorithm::{Refusal, Target, Wake};
use engine_core::view::{Order, View};
use shm_wire::codes::ResumePolicy;
use shm_wire::instrument::Instrument;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::reason::Reason;
use shm_wire::units::{DurationNs, Nanos, Qty};

/// Steps over the window.
const STEPS: ParamSpec = ParamSpec {
    id: 960,
    name: "steps",
    unit: Unit::Count,
    min: 2,
    max: 10_000,
    default: Some(20),
    mutable: true,
    about: "Number of steps in which the order falls due.",
};

/// The algorithm: its parameters, and which schedule meets which tactic.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FrontLoaded;

impl Own for FrontLoaded {
    type Schedule = Front;
    type Tactic = AheadBehind;
    const PARAMS: &'static [ParamSpec] = &[STEPS];

    fn start(
        order: &Order,
        _: &Instrument,
        params: &Params<'_>,
        _: &Settings,
    ) -> Result<(Front, AheadBehind), Refusal> {
        let steps = params.count(&STEPS).unwrap_or(20);
        let long = i64::try_from(order.end.since(order.start).0 / steps).unwrap_or(i64::MAX);
        if long < 100_000_000 {
            return Err(refuse(STEPS.id, Reason::IntervalShort, [long, 0, 0]));
        }
        let front = Front {
            from: order.start,
            base: Qty::ZERO,
            steps,
        };
        Ok((front, AheadBehind::new(PriceStyle::Adaptive)))
    }
}

/// The schedule: what was done when the curve was drawn, and the curve from there to the order's end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Front {
    from: Nanos,
    base: Qty,
    steps: u64,
}

impl Front {
    /// What should be done after `count` steps: `base + open x (1 - (1 - count / steps)^2)`, whole lots, the last one exact.
    fn after(&self, count: u64, view: &View<'_>) -> Qty {
        if count >= self.steps {
            return view.order.quantity;
        }
        let open = view.order.quantity.saturating_sub(self.base);
        let left = self.steps - count;
        let rest = open.mul_div(left * left, self.steps * self.steps);
        let done = view.instrument.floor_lots(open.saturating_sub(rest));
        self.base + done
    }
}

impl Schedule for Front {
    fn target(&mut self, settings: &Settings, view: &View<'_>) -> (Target, Pace) {
        let order = view.order;
        let step = DurationNs((order.end.since(self.from).0 / self.steps).max(1));
        let count = (view.now.since(self.from).0 / step.0).min(self.steps - 1);
        let began = self.from.plus(DurationNs(step.0 * count));
        let (done, due) = (self.after(count, view), self.after(count + 1, view));
        let nominal = due.saturating_sub(done).max(view.least_child());
        let band = nominal.max(settings.band().of(order.quantity));
        let target = Target {
            cumulative: done,
            release: if view.now < order.start {
                Qty::ZERO
            } else {
                due
            },
            band,
            nominal,
            slice: u32::try_from(count).unwrap_or(u32::MAX),
            slice_start_target: done,
            slice_start: began,
            slice_end: began.plus(step),
            finishing_from: Nanos::NEVER,
            wake: Wake::at(began.plus(step).max(order.start)),
        };
        let pace = Pace {
            // Below the band the tactic crosses, up to the middle of the band's lower half.
            lower: done.saturating_sub(band),
            aim: done.saturating_sub(Qty(band.0 / 2)),
            quantum: view.least_child(),
            emission_max: settings.emission_max(nominal),
            cross_gap: DurationNs::from_millis(500),
            repost: DurationNs(step.0 / 4),
            improve: view.now >= began.plus(DurationNs(step.0 / 5 * 3)),
            takes_all: false,
            finishing: false,
            driver: Driver::Clock,
        };
        (target, pace)
    }

    /// After a pause, a halt or an amend: a new curve from what is done to the order's end, or the old one.
    fn resume(&mut self, _: &Settings, view: &View<'_>, policy: ResumePolicy) {
        if policy == ResumePolicy::FreezeClock && view.now < view.order.end {
            self.from = view.now.max(view.order.start);
            self.base = view.ledger.filled().min(view.order.quantity);
        }
    }
}

/// The algorithms to give to an engine: those of the registry, and this one as CUSTOM.
pub(crate) fn algorithms() -> With<FrontLoaded> {
    With::new(Registry)
}
