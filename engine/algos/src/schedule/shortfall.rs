//! An Almgren-Chriss path: implementation shortfall and arrival price.
//!
//! The path is stateless: what is due follows from the remaining (volume) time and one pace, so that a plan made anew half-way
//! is its own tail (`MODELS.md` 1.1). In volume time the path is the solution for liquidity and variance that vary like the
//! volume (1.1.1). The pace is made anew when the market is another one than it was made for: volatility, spread or volume,
//! each with its threshold, seldom, and only if it changes the pace. With price adaptivity the next slice is larger or
//! smaller, and the rest of the path is left for the rest of the time (1.5).

use super::bend::{Bend, fixed};
use super::outlook::{busy, expected_volume};
use super::shape::{Lure, Opportunity, Shape, Share, Window};
use super::sliced::Sliced;
use crate::curves::Clock;
use engine_core::view::View;
use engine_models::finish::finishing;
use engine_models::fixed::SHARE_ONE;
use engine_models::gauge::Gauge;
use engine_models::lean::Lean;
use engine_models::shortfall::{Figures, Pace, deviations_ppm, factor_ppm};
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Nanos, PPM_ONE, Ppm, Price, Qty};

/// Least time between two new paces.
const REPLAN_GAP: DurationNs = DurationNs::from_secs(5);
/// A new pace within this part of the old one is none.
const HYSTERESIS: Ppm = Ppm(100_000);
/// Most that price adaptivity adds to or takes from a slice.
const ADAPT_MAX: Ppm = Ppm(500_000);
/// Finishing is taken to last this long at least: the model knows nothing of shorter times.
const FINISH_MIN: DurationNs = DurationNs::from_secs(60);
/// Shortest line.
pub(crate) const LINE_MIN: DurationNs = DurationNs::from_secs(30);

/// What a price move since arrival does to the speed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Adaptivity {
    /// Nothing.
    #[default]
    Neutral,
    /// Aggressive in the money: faster when the price is better than at arrival, slower when it is worse.
    Aim,
    /// Passive in the money: the other way round.
    Pim,
}

/// How the market is compared with the one of the plan, each as a ratio in millionths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Ratios {
    volatility: u32,
    spread: u32,
    volume: u32,
}

impl Ratios {
    const ONE: Ratios = Ratios {
        volatility: PPM_ONE,
        spread: PPM_ONE,
        volume: PPM_ONE,
    };
    /// Whether the market has left these behind: volatility by a factor of two, spread by a factor of two, volume by 30 %.
    fn left_by(&self, now: &Ratios) -> bool {
        apart(self.volatility, now.volatility, 200)
            || apart(self.spread, now.spread, 200)
            || apart(self.volume, now.volume, 130)
    }
}

/// Whether `b` is more than `percent` / 100 times `a`, or less than `a` by the same factor.
fn apart(a: u32, b: u32, percent: u64) -> bool {
    let (a, b) = (u64::from(a), u64::from(b));
    b * 100 > a * percent || a * 100 > b * percent
}

/// `now` as a ratio of `then`, millionths; one where either is unknown.
fn ratio(now: u64, then: u64) -> u32 {
    if now == 0 || then == 0 {
        return PPM_ONE;
    }
    u32::try_from(Qty(now).mul_div(PPM_ONE.into(), then).0).unwrap_or(u32::MAX)
}

/// What an algorithm asks of the path.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Wish {
    /// Pace of the plan.
    pub(crate) pace: Pace,
    /// What price moves do.
    pub(crate) adaptivity: Adaptivity,
    /// Daily volatility that the pace was made for, millionths of the price; 0 = whatever the market shows first.
    pub(crate) volatility_ppm: u32,
    /// How a signal bends the path.
    pub(crate) lean: Lean,
    /// End of the line; [`Nanos::NEVER`] for the order's.
    pub(crate) until: Nanos,
    /// A price that is taken ahead of the path, and how much of it.
    pub(crate) lure: Lure,
    /// Least share of the market's volume; zero for none.
    pub(crate) min_rate: Ppm,
    /// What a day's standard deviation of what is left costs, thousandths of itself; zero: what is left is finished at any cost.
    pub(crate) late_milli: u32,
}

/// The shape.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shortfall {
    clock: Clock,
    wish: Wish,
    /// Pace in force.
    pace: Pace,
    bend: Bend,
    gauge: Gauge,
    /// The market that the pace in force was made for.
    planned: Ratios,
    /// When it was made.
    planned_at: Nanos,
    /// Average spread once its volatility is known, 1e-9; 0 before. The first quotes of a market are no average.
    spread: u64,
    /// The others' volume at the start of the line.
    base: Qty,
}

/// A sliced Almgren-Chriss path.
pub type Path = Sliced<Shortfall>;

impl Shortfall {
    /// The path that `wish` describes, in the time of `clock`.
    pub(crate) fn new(clock: Clock, wish: Wish) -> Shortfall {
        Shortfall {
            clock,
            wish,
            pace: wish.pace,
            bend: Bend::NONE,
            gauge: Gauge::default(),
            planned: Ratios::ONE,
            planned_at: Nanos(0),
            spread: 0,
            base: Qty::ZERO,
        }
    }
    fn tail(&self, from: Nanos, time: Nanos, end: Nanos) -> Share {
        let gone = self.clock.between(from, time);
        let whole = self.clock.between(from, end);
        if !self.wish.lean.is_none() {
            return Share::of(self.wish.lean.done(self.pace, gone, whole), SHARE_ONE);
        }
        if self.pace.is_straight() {
            return Share::of(gone, whole);
        }
        Share::of(self.pace.done(gone, whole), SHARE_ONE)
    }
    /// Daily volatility: what was measured, else what the plan took, millionths of the price.
    fn volatility(&self, price: Price) -> u32 {
        match self.gauge.volatility_ppm(self.clock.day(), price.0) {
            0 if self.wish.volatility_ppm == 0 => engine_models::shortfall::VOLATILITY_DEFAULT_PPM,
            0 => self.wish.volatility_ppm,
            measured => measured,
        }
    }
    /// The market now against the market of the plan; what the plan did not know is as it shows itself first.
    fn ratios(&mut self, view: &View<'_>, window: Window) -> Ratios {
        let price = view.market.mid;
        let volatility = self.gauge.volatility_ppm(self.clock.day(), price.0);
        let spread = view.market.average_spread().max(0).unsigned_abs();
        if self.wish.volatility_ppm == 0 {
            self.wish.volatility_ppm = volatility;
        }
        if self.spread == 0 && volatility > 0 {
            self.spread = spread;
        }
        let volume = busy(&self.clock, view, window, self.base)
            .map_or(PPM_ONE, |(seen, usual)| ratio(seen.0, usual.0));
        Ratios {
            volatility: ratio(volatility.into(), self.wish.volatility_ppm.into()),
            spread: ratio(spread, self.spread),
            volume,
        }
    }
    /// A new pace from `from` on, if the market asks for one.
    fn replan(&mut self, view: &View<'_>, from: Nanos, window: Window) {
        let now = self.ratios(view, window);
        if self.pace.is_straight()
            || view.now < self.planned_at.plus(REPLAN_GAP)
            || !self.planned.left_by(&now)
        {
            return;
        }
        let factor = factor_ppm(now.volatility, now.spread, now.volume);
        let pace = self.wish.pace.times(factor);
        (self.planned, self.planned_at) = (now, view.now);
        let (old, new) = (
            self.pace.product_milli(window.length().0),
            pace.product_milli(window.length().0),
        );
        if new.abs_diff(old) <= HYSTERESIS.of(Qty(old)).0 {
            return;
        }
        let here = fixed(self.share(from, window));
        self.bend = Bend::new((from, here), (from, here));
        self.pace = pace;
    }
    /// How much faster (or, negative, slower) the price makes the next slice, millionths.
    fn haste(&self, view: &View<'_>, window: Window) -> i64 {
        let (arrival, mid) = (view.arrival, view.market.mid);
        if self.wish.adaptivity == Adaptivity::Neutral || !arrival.is_some() || !mid.is_some() {
            return 0;
        }
        let rise = mid.0.saturating_sub(arrival.0);
        let gain = if view.is_buy() {
            rise.saturating_neg()
        } else {
            rise
        };
        let volatility = self.volatility(arrival);
        let whole = self.clock.between(window.start, window.end);
        // One deviation of the line's whole time is worth the most.
        let z = deviations_ppm(gain, arrival.0, volatility, whole, self.clock.day());
        let haste = i64::from(z.clamp(-1_000_000, 1_000_000)) * i64::from(ADAPT_MAX.0) / 1_000_000;
        if self.wish.adaptivity == Adaptivity::Pim {
            -haste
        } else {
            haste
        }
    }
    /// Bends the next slice by the price.
    fn adapt(&mut self, view: &View<'_>, from: Nanos, to: Nanos, window: Window) {
        let haste = self.haste(view, window);
        if haste == 0 || to >= window.end {
            return;
        }
        let here = fixed(self.share(from, window));
        let natural = fixed(self.share(to, window)).saturating_sub(here);
        let times = u64::try_from(1_000_000 + haste).unwrap_or(0);
        let there = here.saturating_add(Qty(natural).mul_div(times, 1_000_000).0);
        self.bend = Bend::new((from, here), (to, there));
    }
}

impl Shape for Shortfall {
    const LOOKS_AHEAD: bool = true;
    const IS_COSTED: bool = true;
    const ENDS_EARLY: bool = true;

    fn share(&self, time: Nanos, window: Window) -> Share {
        let tail = |from, at| self.tail(from, at, window.end);
        self.bend.share(time, &self.clock, window, tail)
    }
    fn share_after(&self, count: u32, slices: u32, window: Window) -> Share {
        let plain =
            self.pace.is_straight() && self.wish.lean.is_none() && self.clock.curve().is_none();
        if plain && self.bend == Bend::NONE {
            return Share::of(count.into(), slices.into());
        }
        self.share(window.after(count, slices), window)
    }
    fn glance(&mut self, view: &View<'_>) {
        if view.market.mid.is_some() {
            self.gauge.note(view.now.0, view.market.mid.0);
        }
    }
    fn observe(&mut self, view: &View<'_>, from: Nanos, to: Nanos, window: Window) {
        self.replan(view, from, window);
        self.adapt(view, from, to, window);
    }
    fn restart(&mut self, view: &View<'_>, _: Window) {
        self.bend = Bend::NONE;
        self.base = view.market_volume;
        self.gauge.interrupt();
    }
    fn end(&self, view: &View<'_>, start: Nanos) -> Nanos {
        if self.wish.until == Nanos::NEVER {
            return view.order.end;
        }
        self.wish
            .until
            .max(start.plus(LINE_MIN))
            .min(view.order.end)
    }
    fn expected_volume(&self, view: &View<'_>, window: Window) -> Option<Qty> {
        expected_volume(&self.clock, view, window, self.base)
    }
    fn opportunity(&self, view: &View<'_>) -> Option<Opportunity> {
        self.wish.lure.now(view)
    }
    fn min_rate(&self) -> Option<Ppm> {
        (self.wish.min_rate.0 > 0).then_some(self.wish.min_rate)
    }
    fn keeps(&self, view: &View<'_>, end: Nanos) -> Option<Why> {
        let leaves = view.ledger.leaves();
        if self.wish.late_milli == 0 || leaves.is_zero() {
            return None;
        }
        let until = end.max(view.now.plus(FINISH_MIN));
        let day_volume = match self.clock.day_volume() {
            // As in the plan: an order of unknown weight is a hundredth of a day.
            Qty(0) => view.order.quantity.0.saturating_mul(100),
            known => known.0,
        };
        // What the other side shows costs the spread alone.
        let shown = view.market.far_qty(view.is_buy());
        let figures = Figures {
            quantity: leaves.saturating_sub(shown).0,
            day_volume,
            day_ns: self.clock.day(),
            volatility_ppm: self.volatility(view.market.mid),
            price: view.market.mid.0.max(0),
            spread: view.market.average_spread().max(0),
            value_per_step: view.instrument.value_per_step,
        };
        let length = self.clock.between(view.now, until);
        let (cost, late) = finishing(&figures, length, self.wish.late_milli);
        let leaves = i64::try_from(leaves.0).unwrap_or(i64::MAX);
        (cost > late).then_some(Why::new(Reason::FinishDear, [cost, late, leaves]))
    }
    fn speed(&self) -> Pace {
        self.pace
    }
}

#[cfg(test)]
mod tests;
