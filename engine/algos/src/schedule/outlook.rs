//! Whether an order can be completed under its participation cap, while it runs and before it starts, and when it will be done.

use super::shape::Window;
use crate::curves::Clock;
use engine_core::view::View;
use engine_models::shortfall::probability_ppm;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Nanos, PPM_ONE, Qty};

/// Standard deviation of the logarithm of volume to come, millionths: a third up or down is one of them.
pub(crate) const VOLUME_DEVIATION_PPM: u32 = 350_000;
/// An order that was infeasible is feasible again when it needs no more than this part of what the cap allows.
const CLEAR_PERCENT: u64 = 85;
/// Below this an order is accepted with a warning.
pub(crate) const WARN_BELOW_PPM: u32 = 500_000;
/// Below this an order is refused.
pub(crate) const REFUSE_BELOW_PPM: u32 = 50_000;

/// One second, ns.
const SECOND: u64 = 1_000_000_000;
/// Looks over a window, at most.
const LOOKS: u64 = 256;
/// Least and most time between two looks.
const LOOK: (u64, u64) = (1_000_000_000, 60_000_000_000);
/// Looks before a cap that binds often counts.
const BOUND_FROM: u16 = 16;
/// A cap that binds at more than one look in so many makes an order infeasible ...
const BOUND_ONE_IN: u16 = 5;
/// ... and feasible again at less than one in so many.
const BOUND_CLEAR_ONE_IN: u16 = 10;

/// What the order's future looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Outlook {
    /// The next look, in whole seconds.
    next_s: u32,
    /// Looks of this line, and those at which the cap bound.
    looks: u16,
    bound: u16,
    infeasible: bool,
    /// The volume to come is too little under the cap.
    short: bool,
    /// The answer changed and was not told yet.
    untold: bool,
    /// What is left is better left than finished.
    pub(crate) kept: bool,
}

impl Outlook {
    /// Nothing seen.
    pub(crate) const NEW: Outlook = Outlook {
        next_s: 0,
        looks: 0,
        bound: 0,
        infeasible: false,
        short: false,
        untold: false,
        kept: false,
    };

    /// Looks again soon: terms, window or market are other ones.
    pub(crate) fn restart(&mut self) {
        self.next_s = 0;
        (self.looks, self.bound) = (0, 0);
    }
    /// Looks at leaves and the volume that is left, if it is time to; whether the cap lets less through than is wanted. `binds`
    /// says whether it holds something back now: often enough, that is told as well, and changes nothing else.
    pub(crate) fn look(
        &mut self,
        view: &View<'_>,
        window: Window,
        binds: bool,
        left: impl FnOnce() -> Option<Qty>,
    ) -> bool {
        if view.now < self.at() || self.next(view, window) == Nanos::NEVER {
            return self.short;
        }
        let step = window.length().0 / LOOKS;
        let next = view.now.plus(DurationNs(step.clamp(LOOK.0, LOOK.1)));
        self.next_s = u32::try_from(next.0.div_ceil(SECOND)).unwrap_or(u32::MAX);
        self.looks = self.looks.saturating_add(1);
        self.bound = self.bound.saturating_add(u16::from(binds));
        self.short = left().is_some_and(|left| {
            let allowed = allowed(view, left);
            let most = if self.short {
                allowed.mul_div(CLEAR_PERCENT, 100)
            } else {
                allowed
            };
            view.ledger.leaves() > most
        });
        let infeasible = self.short || self.is_bound();
        // What was never told is not taken back either.
        self.untold = (infeasible != self.infeasible) != self.untold;
        self.infeasible = infeasible;
        self.short
    }
    /// The next look; never without a cap or an end.
    pub(crate) fn next(&self, view: &View<'_>, window: Window) -> Nanos {
        let looks = view.constraints.max_pct_vol.is_some()
            && window.end != Nanos::NEVER
            && view.now < window.end;
        if looks { self.at() } else { Nanos::NEVER }
    }
    /// What is to be told, once for each time that the order becomes infeasible or feasible again: probability of completion and
    /// projected finish.
    pub(crate) fn notice(
        &mut self,
        view: &View<'_>,
        window: Window,
        left: impl FnOnce() -> Option<Qty>,
    ) -> Option<Why> {
        if !self.untold {
            return None;
        }
        self.untold = false;
        let reason = if self.infeasible {
            Reason::Infeasible
        } else {
            Reason::Feasible
        };
        let leaves = view.ledger.leaves();
        let Some(left) = left() else {
            return Some(Why::new(reason, [PPM_ONE.into(), 0, 0]));
        };
        let allowed = allowed(view, left);
        let probability = probability_ppm(allowed.0, leaves.0, VOLUME_DEVIATION_PPM);
        // As fast as the cap allows, if volume comes evenly.
        let time = window.end.since(view.now).0;
        let needed = Qty(time).mul_div(leaves.0, allowed.0.max(1));
        let finish = i64::try_from(view.now.plus(DurationNs(needed.0)).0).unwrap_or(i64::MAX);
        Some(Why::new(reason, [probability.into(), finish, 0]))
    }
    const fn at(&self) -> Nanos {
        Nanos(self.next_s as u64 * SECOND)
    }
    fn is_bound(&self) -> bool {
        let one_in = if self.infeasible {
            BOUND_CLEAR_ONE_IN
        } else {
            BOUND_ONE_IN
        };
        self.looks >= BOUND_FROM && self.bound > self.looks / one_in
    }
}

/// What the cap lets through of the volume that is left, and of what was traded already.
fn allowed(view: &View<'_>, left: Qty) -> Qty {
    let Some(cap) = view.constraints.max_pct_vol else {
        return Qty(u64::MAX);
    };
    let unused = view.cap_total().saturating_sub(view.ledger.filled());
    Qty(cap.own_of_others(left).0.saturating_add(unused.0))
}

/// How much usual volume weighs against what was seen: that of a quarter of an hour.
const USUAL_WEIGHT: DurationNs = DurationNs::from_secs(900);
/// Where nothing is usual, this long must have been seen.
const SEEN_MIN: DurationNs = DurationNs::from_secs(60);

/// How busy the market has been since the start of the line against what is usual, with a quarter of an hour of usual volume added to
/// both; `None` when nothing is usual.
pub(crate) fn busy(
    clock: &Clock,
    view: &View<'_>,
    window: Window,
    base: Qty,
) -> Option<(Qty, Qty)> {
    let usual = clock.usual_volume(window.start, view.now.max(window.start))?;
    let weight = clock.day_volume().mul_div(USUAL_WEIGHT.0, clock.day());
    let seen = view.market_volume.saturating_sub(base);
    Some((seen + weight, usual + weight))
}

/// The others' volume that is expected from now to the end of the window: what is usual, times how busy the market has been; where
/// nothing is usual, what was seen per time.
pub(crate) fn expected_volume(
    clock: &Clock,
    view: &View<'_>,
    window: Window,
    base: Qty,
) -> Option<Qty> {
    let now = view.now.max(window.start);
    if let Some((seen, usual)) = busy(clock, view, window, base) {
        let left = clock.usual_volume(now, window.end)?;
        return Some(left.mul_div(seen.0, usual.0.max(1)));
    }
    let (seen, gone) = seen(view, window, base)?;
    Some(seen.mul_div(window.end.since(now).0, gone.0))
}

/// When the others will have traded `needed` more, from the same expectation; `None` while nobody knows, [`Nanos::NEVER`] when that
/// is after the session.
pub(crate) fn projected(
    clock: &Clock,
    view: &View<'_>,
    window: Window,
    base: Qty,
    needed: Qty,
) -> Option<Nanos> {
    let now = view.now.max(window.start);
    if let Some((seen, usual)) = busy(clock, view, window, base) {
        let usually = needed.mul_div(usual.0, seen.0.max(1));
        let span = Qty(clock.day()).mul_div(usually.0, clock.day_volume().0.max(1));
        return Some(clock.reach(now, span.0));
    }
    let (seen, gone) = seen(view, window, base)?;
    if seen.is_zero() {
        return None;
    }
    Some(now.plus(DurationNs(needed.mul_div(gone.0, seen.0).0)))
}

/// What was seen since the start of the window and in which time, once that is long enough to tell.
fn seen(view: &View<'_>, window: Window, base: Qty) -> Option<(Qty, DurationNs)> {
    let gone = view.now.since(window.start);
    (gone >= SEEN_MIN).then(|| (view.market_volume.saturating_sub(base), gone))
}
