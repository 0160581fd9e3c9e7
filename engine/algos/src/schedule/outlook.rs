//! Whether an order can be completed under its participation cap, while it runs and before it starts.

use super::shape::Window;
use crate::curves::Clock;
use engine_core::view::View;
use engine_models::shortfall::probability_ppm;
use shm_wire::units::{DurationNs, PPM_ONE, Ppm, Qty};

/// Standard deviation of the logarithm of volume to come, millionths: a third up or down is one of them.
const VOLUME_DEVIATION_PPM: u32 = 350_000;
/// An order that was infeasible is feasible again when it needs no more than this part of what the cap allows.
const CLEAR_PERCENT: u64 = 85;
/// Below this an order is accepted with a warning.
pub(crate) const WARN_BELOW_PPM: u32 = 500_000;
/// Below this an order is refused.
pub(crate) const REFUSE_BELOW_PPM: u32 = 50_000;

/// What the order's future looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Outlook {
    infeasible: bool,
    /// To be told: probability of completion.
    news: Option<u32>,
}

impl Outlook {
    /// Looks at leaves and the volume that is left; whether the cap lets less through than is wanted, from expectation.
    pub(crate) fn look(&mut self, view: &View<'_>, left: Option<Qty>) -> bool {
        let (Some(cap), Some(left)) = (view.constraints.max_pct_vol, left) else {
            self.infeasible = false;
            return false;
        };
        let leaves = view.ledger.leaves();
        // What the cap already allows and nobody used counts too.
        let unused = view.cap_total().saturating_sub(view.ledger.filled());
        let allowed = Qty(cap.own_of_others(left).0.saturating_add(unused.0));
        let bound = if self.infeasible {
            allowed.mul_div(CLEAR_PERCENT, 100)
        } else {
            allowed
        };
        let infeasible = leaves > bound;
        if infeasible && !self.infeasible {
            self.news = Some(probability_ppm(allowed.0, leaves.0, VOLUME_DEVIATION_PPM));
        }
        self.infeasible = infeasible;
        infeasible
    }
    /// Probability of completion, once for each time that the order becomes infeasible.
    pub(crate) fn notice(&mut self) -> Option<u32> {
        self.news.take()
    }
}

/// How likely `quantity` fits under `cap` when so much of the others' volume is expected, millionths; certain without a cap or an
/// expectation.
pub(crate) fn completion_ppm(quantity: Qty, cap: Option<Ppm>, expected: Option<Qty>) -> u32 {
    match (cap, expected) {
        (Some(cap), Some(expected)) => {
            let allowed = cap.own_of_others(expected);
            probability_ppm(allowed.0, quantity.0, VOLUME_DEVIATION_PPM)
        }
        _ => PPM_ONE,
    }
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
    let gone = now.since(window.start);
    if gone < SEEN_MIN {
        return None;
    }
    let seen = view.market_volume.saturating_sub(base);
    Some(seen.mul_div(window.end.since(now).0, gone.0))
}
