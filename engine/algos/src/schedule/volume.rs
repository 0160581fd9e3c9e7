//! A multiple of the others' volume: POV.
//!
//! `target = r / (1 - r) x M`, so that own / (own + others) is r (reference case POV-TARGET). Wakes stand at the market
//! volume at which the next child becomes due or the order falls out of its band, and at a timer while something is behind.

use super::forgive::Forgiveness;
use super::prospect::Prospect;
use super::{
    CROSS_GAP_MIN, Driver, Pace, REST_MAX, REST_MIN, Schedule, finishing_start, next_after,
};
use crate::odds::Bound;
use crate::params::shared::Settings;
use engine_core::algorithm::{Target, Wake};
use engine_core::view::{Order, View};
use shm_wire::codes::{CatchUp, Completion, ResumePolicy};
use shm_wire::reason::Why;
use shm_wire::units::{DurationNs, Nanos, PPM_ONE, Ppm, Qty};

/// Length of a slice of a schedule that has none, for reports.
const REPORT_SLICE: DurationNs = DurationNs::from_secs(60);
/// A child is worth sending from this part of the target on (1/40), a quarter of the widest band ...
const QUANTUM_PART: u64 = 40;
/// ... or from what falls due in this many intervals, if that is less.
const QUANTUM_INTERVALS: u64 = 5;

/// An exact rate below one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// Numerator.
    pub part: u64,
    /// Denominator, above the numerator.
    pub whole: u64,
}

impl From<Ppm> for Rate {
    fn from(rate: Ppm) -> Rate {
        Rate {
            part: u64::from(rate.0),
            whole: u64::from(PPM_ONE),
        }
    }
}

/// What a participation rate is a share of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Basis {
    /// Own and others' volume: target = r / (1 - r) x others. The industry's default and ours.
    Including,
    /// The others' volume alone: target = r x others.
    Excluding,
}

/// Cumulative target at a participation rate: whole lots, at most `total`. Exact; rates of one or more give `total`.
#[must_use]
pub const fn pov_target(rate: Rate, others: Qty, lot: Qty, total: Qty, basis: Basis) -> Qty {
    let whole = match basis {
        Basis::Including => rate.whole.saturating_sub(rate.part),
        Basis::Excluding => rate.whole,
    };
    if whole == 0 {
        return total;
    }
    let target = others.mul_div(rate.part, whole).floor_to(lot);
    if target.0 > total.0 { total } else { target }
}

/// Least volume of others at which the target reaches `own`; never for a rate of zero.
#[must_use]
pub const fn others_for(own: Qty, rate: Ppm) -> Qty {
    if rate.0 == 0 {
        return Qty(u64::MAX);
    }
    let rest = PPM_ONE.saturating_sub(rate.0);
    if let Some(product) = own.0.checked_mul(rest as u64) {
        // Nearly always: a 128-bit division is slow.
        return Qty(product.div_ceil(rate.0 as u64));
    }
    let others = (own.0 as u128 * rest as u128).div_ceil(rate.0 as u128);
    if others > u64::MAX as u128 {
        Qty(u64::MAX)
    } else {
        #[expect(clippy::cast_possible_truncation, reason = "compared just above")]
        Qty(others as u64)
    }
}

/// A mark on the volume that a schedule was `shown`, as a mark on the volume that there `is`.
pub(crate) const fn mark_for(mark: Qty, shown: &View<'_>, is: &View<'_>) -> Qty {
    if mark.0 == u64::MAX {
        return mark;
    }
    let more = mark.saturating_sub(shown.market_volume);
    Qty(is.market_volume.0.saturating_add(more.0))
}

/// When the schedule asks again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waking {
    /// When market volume makes something due.
    OnTrade,
    /// Each interval.
    Interval,
}

/// State of the schedule.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Volume {
    /// Target rate.
    rate: Ppm,
    /// Least rate, if asked for.
    min_rate: Option<Ppm>,
    /// How often to look while something is behind.
    interval: DurationNs,
    /// When to ask again.
    waking: Waking,
    /// Last report slice seen.
    slice_seen: u32,
    /// Target when it was first seen.
    slice_target: Qty,
    /// What is due is due since then, or since the order's start if that is later.
    since: Nanos,
    /// What of an old shortfall is forgiven.
    pub(super) forgiveness: Forgiveness,
    /// What may be expected of the market.
    pub(super) prospect: Prospect,
}

impl Volume {
    /// A schedule at `rate`.
    #[must_use]
    pub const fn new(
        rate: Ppm,
        min_rate: Option<Ppm>,
        interval: DurationNs,
        waking: Waking,
    ) -> Volume {
        Volume {
            rate,
            min_rate,
            interval,
            waking,
            slice_seen: u32::MAX,
            slice_target: Qty::ZERO,
            since: Nanos(0),
            forgiveness: Forgiveness::NEVER,
            prospect: Prospect::UNKNOWN,
        }
    }
    /// The same with an eye on the market to come, and with forgiveness.
    #[must_use]
    pub const fn with(self, prospect: Prospect, forgiveness: Forgiveness) -> Volume {
        Volume {
            forgiveness,
            prospect,
            ..self
        }
    }
    /// Nothing was due before `time`.
    pub(crate) const fn begin(&mut self, time: Nanos) {
        self.since = time;
    }
    /// Another rate from here on.
    pub(crate) const fn set_rate(&mut self, rate: Ppm) {
        self.rate = rate;
    }
    fn own(&self, others: Qty) -> Qty {
        pov_target(
            self.rate.into(),
            others,
            Qty(1),
            Qty(u64::MAX),
            Basis::Including,
        )
    }
    /// Below this the order is behind: the least rate, else 10 % (aggression 0) to 1 % of the target, one lot at least.
    fn lower(&self, settings: &Settings, others: Qty, lot: Qty) -> Qty {
        if let Some(min) = self.min_rate {
            return min.own_of_others(others);
        }
        let due = self.own(others);
        due.saturating_sub(lot.max(tolerance(settings).of(due)))
    }
    /// Least market volume at which `filled` is below [`Volume::lower`].
    fn behind_at(&self, settings: &Settings, filled: Qty, lot: Qty) -> Qty {
        if let Some(min) = self.min_rate {
            return others_for(filled + Qty(1), min);
        }
        let one = u64::from(PPM_ONE);
        let by_share = filled.mul_div(one, one - u64::from(tolerance(settings).0));
        let due = (filled + lot).max(by_share);
        others_for(due + Qty(2), self.rate)
    }
    /// Average quantity due in one interval, one lot at least.
    fn nominal(&self, view: &View<'_>, due: Qty, least: Qty) -> Qty {
        let elapsed = view
            .now
            .since(view.order.start.max(self.since))
            .0
            .max(self.interval.0)
            .max(1);
        let average = due.mul_div(self.interval.0, elapsed);
        view.instrument.floor_lots(average).max(least)
    }
}

/// How far below its target an order may be before it crosses, as a share of the target.
fn tolerance(settings: &Settings) -> Ppm {
    let percent = 10_u32.saturating_sub(u32::from(settings.aggression)).max(1);
    Ppm(percent * 10_000)
}

impl Schedule for Volume {
    fn target(&mut self, settings: &Settings, view: &View<'_>) -> (Target, Pace) {
        if self.forgiveness.is_never() {
            let mut answer = self.rated(settings, view);
            self.prospect.look(view, &mut answer.0);
            return answer;
        }
        let due = self.own(view.market_volume);
        let forgiven = self.forgiveness.look(view, due);
        let (mut target, pace) = if forgiven.is_zero() {
            self.rated(settings, view)
        } else {
            let missed = others_for(forgiven, self.rate);
            let shown = View {
                market_volume: view.market_volume.saturating_sub(missed),
                ..*view
            };
            let (mut target, mut pace) = self.rated(settings, &shown);
            target.wake.volume = mark_for(target.wake.volume, &shown, view);
            if pace.finishing {
                finish(view, &mut target, &mut pace);
            }
            (target, pace)
        };
        self.prospect.look(view, &mut target);
        (target, pace)
    }

    /// The target depends on the volume that counts alone, and volume does not count while the order is stopped: a
    /// shortfall is kept, whatever the policy.
    fn resume(&mut self, _: &Settings, view: &View<'_>, _: ResumePolicy) {
        self.prospect.restart(view);
    }

    fn planned(&self, order: &Order, _: Nanos, volume: Qty) -> Qty {
        self.own(volume).min(order.quantity)
    }

    fn bound(&self, settings: &Settings) -> Bound {
        Bound::of_rate(settings, self.rate, None)
    }

    fn notice(&mut self, view: &View<'_>) -> Option<Why> {
        let (rate, mut forgiveness) = (self.rate, self.forgiveness);
        self.prospect.notice(view, || {
            let forgiven = forgiveness.look(view, Qty::ZERO);
            let all = others_for(view.order.quantity + forgiven, rate);
            all.saturating_sub(view.market_volume)
        })
    }
}

impl Volume {
    /// The target at the rate, for the volume that is shown.
    pub(super) fn rated(&mut self, settings: &Settings, view: &View<'_>) -> (Target, Pace) {
        let (order, others, lot) = (view.order, view.market_volume, view.instrument.granule());
        let (filled, least) = (view.ledger.filled(), view.least_child());
        let committed = filled + view.ledger.reserved();
        let due = self.own(others);
        let nominal = self.nominal(view, due, least);
        let lower = self.lower(settings, others, lot);
        let cumulative = due.min(order.quantity);
        // `pov_target` in lots: rounded down twice is rounded down once.
        let release = due.floor_to(lot).min(order.quantity);
        let some = nominal.mul_div(QUANTUM_INTERVALS, 1);
        let quantum = least.max(some.min(Qty(due.0 / QUANTUM_PART)));
        let pace = Pace {
            lower: if settings.catch_up == CatchUp::None {
                Qty::ZERO
            } else {
                lower.min(order.quantity)
            },
            aim: lower.mid(due).min(order.quantity),
            quantum,
            emission_max: settings.emission_max(nominal.max(quantum)),
            cross_gap: CROSS_GAP_MIN,
            repost: DurationNs((self.interval.0 * 4).clamp(REST_MIN.0, REST_MAX.0)),
            improve: filled < lower.mid(due),
            takes_all: false,
            finishing: false,
            driver: Driver::Volume,
        };
        let target = Target {
            cumulative,
            release,
            band: cumulative.saturating_sub(lower),
            nominal,
            slice: 0,
            slice_start_target: Qty::ZERO,
            slice_start: order.start,
            slice_end: order.end,
            finishing_from: finishing_from(settings, view, self.interval),
            wake: Wake::NEVER,
        };
        let mut answer = (target, pace);
        let (target, pace) = (&mut answer.0, &mut answer.1);
        if view.now >= target.finishing_from && view.now < order.end {
            pace.finishing = true;
            pace.emission_max = Qty(u64::MAX);
            finish(view, target, pace);
        }
        self.report_slice(view, target);
        self.wake(settings, view, committed, pace, target);
        answer
    }

    /// Minutes since the start, for reports.
    fn report_slice(&mut self, view: &View<'_>, target: &mut Target) {
        let minute = view.now.since(view.order.start).0 / REPORT_SLICE.0;
        target.slice = u32::try_from(minute).unwrap_or(u32::MAX - 1);
        target.slice_start = view.order.start.plus(DurationNs(minute * REPORT_SLICE.0));
        target.slice_end = target.slice_start.plus(REPORT_SLICE).min(view.order.end);
        if self.slice_seen != target.slice {
            self.slice_seen = target.slice;
            self.slice_target = target.cumulative;
        }
        target.slice_start_target = self.slice_target;
    }

    fn wake(
        &self,
        settings: &Settings,
        view: &View<'_>,
        committed: Qty,
        pace: &Pace,
        target: &mut Target,
    ) {
        let filled = view.ledger.filled();
        let due = target.release.saturating_sub(committed);
        let working = committed > filled || filled < pace.lower || due >= pace.quantum;
        let tick = match self.waking {
            Waking::OnTrade if !working => Nanos::NEVER,
            Waking::OnTrade | Waking::Interval => view.now.plus(self.interval),
        };
        let start = view.order.start;
        let instants = [
            start,
            tick,
            target.slice_end,
            target.finishing_from,
            view.order.end,
        ];
        target.wake.time = next_after(view.now, &instants);
        // What is due now and nothing is out for is sent at once, and its reports wake the order: a mark would be set in vain.
        let sends = due >= pace.quantum && committed == filled;
        if self.waking == Waking::Interval || sends {
            return;
        }
        let lot = view.instrument.granule();
        let next = (committed + pace.quantum).min(view.order.quantity);
        let due_at = if next > committed {
            others_for(next, self.rate)
        } else {
            Qty(u64::MAX)
        };
        let behind_at = if filled < view.order.quantity {
            self.behind_at(settings, filled, lot)
        } else {
            Qty(u64::MAX)
        };
        for mark in [due_at, behind_at] {
            if mark > view.market_volume {
                target.wake.volume = target.wake.volume.min(mark);
            }
        }
    }
}

/// In the finishing part everything that the cap lets through is due.
pub(crate) fn finish(view: &View<'_>, target: &mut Target, pace: &mut Pace) {
    let reachable = view.cap_total().min(view.order.quantity);
    target.release = target.release.max(view.instrument.floor_lots(reachable));
    pace.lower = target.release;
    pace.aim = target.release;
}

/// Start of the finishing part, if the order has one.
fn finishing_from(settings: &Settings, view: &View<'_>, interval: DurationNs) -> Nanos {
    match settings.completion {
        Completion::Soft | Completion::Hard if view.order.end != Nanos::NEVER => {
            finishing_start(view.order.start, view.order.end, interval)
        }
        _ => Nanos::NEVER,
    }
}

/// The middle of two quantities.
trait Middle {
    fn mid(self, other: Qty) -> Qty;
}
impl Middle for Qty {
    fn mid(self, other: Qty) -> Qty {
        Qty(self.0.midpoint(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert, proptest};

    #[test]
    fn ten_percent_of_the_market_needs_an_eleventh_of_the_others() {
        let rate = Rate { part: 1, whole: 10 };
        let others = [500, 1_700, 1_790, 9_090, 9_130];
        let target =
            |basis| others.map(|o| pov_target(rate, Qty(o), Qty(100), Qty(1_000), basis).0);
        assert_eq!(target(Basis::Including), [0, 100, 100, 1_000, 1_000]);
        assert_eq!(target(Basis::Excluding), [0, 100, 100, 900, 900]);
    }

    #[test]
    fn a_rate_of_one_is_the_whole_order_and_a_rate_of_zero_never_due() {
        let whole = Rate { part: 1, whole: 1 };
        assert_eq!(
            pov_target(whole, Qty(1), Qty(1), Qty(77), Basis::Including),
            Qty(77)
        );
        assert_eq!(others_for(Qty(1), Ppm(0)), Qty(u64::MAX));
    }

    proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn the_wake_is_the_first_volume_at_which_a_quantity_is_due(
            own in 1_u64..=(1 << 40), rate in 1_u32..PPM_ONE,
        ) {
            let others = others_for(Qty(own), Ppm(rate));
            prop_assert!(Ppm(rate).own_of_others(others).0 >= own);
            prop_assert!(Ppm(rate).own_of_others(Qty(others.0 - 1)).0 < own);
        }

        #[test]
        fn the_wake_of_the_band_is_just_where_it_is_left(
            filled in 0_u64..1_000_000, rate in 1_000_u32..500_000, aggression in 0_u8..=10, lot in 1_u64..200,
        ) {
            let schedule = Volume::new(Ppm(rate), None, DurationNs::from_secs(1), Waking::OnTrade);
            let settings = Settings { aggression, ..crate::params::shared::testing::DEFAULTS };
            let at = schedule.behind_at(&settings, Qty(filled), Qty(lot));
            prop_assert!(schedule.lower(&settings, at, Qty(lot)) > Qty(filled));
            // Not much too late: three steps of own quantity earlier nothing is behind.
            let earlier = at.saturating_sub(others_for(Qty(4), Ppm(rate)));
            prop_assert!(schedule.lower(&settings, earlier, Qty(lot)) <= Qty(filled));
        }
    }
}
