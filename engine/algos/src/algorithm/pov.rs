//! POV: a constant share of the market's volume (`BEHAVIOUR.md` 3.3).

use super::iceberg::small;
use super::line::ACCEPT_INFEASIBLE;
use super::{Start, Terms};
use crate::auctions::{
    AUCTION_MARKET_ORDERS, CLOSE_AUCTION, INTRADAY_AUCTION, MAX_PCT_AUCTION, OPEN_AUCTION,
};
use crate::params::Params;
use crate::params::shared::{COMPLETION, MAX_PCT_VOL, PASSIVE_ONLY, Settings};
use crate::schedule::bands::{Bands, Steer};
use crate::schedule::forgive::Forgiveness;
use crate::schedule::liquidity::Liquidity;
use crate::schedule::rated::Rated;
use crate::schedule::volume::{Volume, Waking};
use crate::tactic::ahead_behind::{AheadBehind, PriceStyle};
use engine_core::algorithm::Refusal;
use engine_core::view::Constraints;
use shm_wire::codes::Completion;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::units::{DurationNs, PPM_ONE, Ppm};

/// Choices of `wake`.
const WAKES: &[(&str, i64)] = &[("ON_TRADE", 0), ("INTERVAL", 1)];

/// Target rate.
pub(crate) const TARGET_PCT_VOL: ParamSpec = ParamSpec {
    id: 200,
    name: "target_pct_vol",
    unit: Unit::Ppm,
    min: 1,
    max: PPM_ONE as i64 - 1,
    default: Some(100_000),
    mutable: true,
    about: "Wanted share of own / (own + others) volume.",
};
/// Least rate.
pub(super) const MIN_PCT_VOL: ParamSpec = ParamSpec {
    id: 201,
    name: "min_pct_vol",
    unit: Unit::Ppm,
    min: 1,
    max: PPM_ONE as i64 - 1,
    default: None,
    mutable: true,
    about: "Share below which the order crosses; without it, 1 % to 10 % below the target, by aggression.",
};
/// Timer.
pub(super) const INTERVAL_MS: ParamSpec = ParamSpec {
    id: 202,
    name: "interval_ms",
    unit: Unit::Millis,
    min: 100,
    max: 86_400_000,
    default: Some(1_000),
    mutable: true,
    about: "How often the order looks at the market while something is behind or rests.",
};
/// Wake.
const WAKE: ParamSpec = ParamSpec {
    id: 203,
    name: "wake",
    unit: Unit::Choice(WAKES),
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "Whether market volume wakes the order as soon as something is due, or the timer alone does.",
};
/// Blocks.
pub(super) const BLOCK_FILTER: ParamSpec = ParamSpec {
    id: 204,
    name: "block_filter",
    unit: Unit::Flag,
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "Prints above the 99.5 % quantile of their size are left out of the volume that target and cap are shares of.",
};
/// Liquidity.
pub(super) const LIQUIDITY_ADAPTIVITY: ParamSpec = ParamSpec {
    id: 205,
    name: "liquidity_adaptivity",
    unit: Unit::Flag,
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "The rate follows usual spread / spread and depth / usual depth, by a factor of two at most, between `min_pct_vol` and `max_pct_vol`.",
};
/// Forgiveness.
pub(super) const FORGIVE_AFTER: ParamSpec = ParamSpec {
    id: 206,
    name: "forgive_after",
    unit: Unit::Millis,
    min: 1_000,
    max: 86_400_000,
    default: None,
    mutable: true,
    about: "A shortfall older than this, in volume time, is not made up any more; without it all of it is. Five minutes is a good choice.",
};
/// Completion: the shared parameter with POV's default.
const COMPLETION_OF_POV: ParamSpec = ParamSpec {
    default: Some(Completion::Cancel as i64),
    ..COMPLETION
};
/// Participation cap: the shared parameter, described with POV's default.
const MAX_PCT_VOL_OF_POV: ParamSpec = ParamSpec {
    about: "Cap on own / (own + others) volume; without it, a tenth above the target; 100% lifts it.",
    ..MAX_PCT_VOL
};

/// POV's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    TARGET_PCT_VOL,
    MIN_PCT_VOL,
    INTERVAL_MS,
    WAKE,
    BLOCK_FILTER,
    LIQUIDITY_ADAPTIVITY,
    FORGIVE_AFTER,
    COMPLETION_OF_POV,
    ACCEPT_INFEASIBLE,
    MAX_PCT_VOL_OF_POV,
    OPEN_AUCTION,
    CLOSE_AUCTION,
    INTRADAY_AUCTION,
    MAX_PCT_AUCTION,
    AUCTION_MARKET_ORDERS,
];

/// Checks the order and makes its schedule.
pub(crate) fn start(
    terms: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<Rated, AheadBehind>, Refusal> {
    let (settings, mut constraints) = Settings::read(params)?;
    Ok(Start {
        schedule: schedule(&terms, params, &settings, &mut constraints)?,
        tactic: AheadBehind::new(PriceStyle::Adaptive),
        settings,
        constraints,
    })
}

/// The schedule; without a cap of its own the order gets one a tenth above its rate.
pub(super) fn schedule(
    terms: &Terms<'_>,
    params: &Params<'_>,
    settings: &Settings,
    constraints: &mut Constraints,
) -> Result<Rated, Refusal> {
    let rate = ppm(params, &TARGET_PCT_VOL).unwrap_or(Ppm(100_000));
    let min_rate = ppm(params, &MIN_PCT_VOL);
    let max_sent = ppm(params, &MAX_PCT_VOL);
    check_rates(params, settings)?;
    let lifted = max_sent == Some(Ppm(PPM_ONE));
    if settings.completion == Completion::Hard && !lifted {
        return Err(params.conflict(&COMPLETION, &MAX_PCT_VOL));
    }
    if max_sent.is_none() {
        let tenth_above = (u64::from(rate.0) * 11 / 10).min(u64::from(PPM_ONE) - 1);
        constraints.max_pct_vol = u32::try_from(tenth_above).ok().map(Ppm);
    }
    let waking = if params.value(&WAKE) == Some(1) {
        Waking::Interval
    } else {
        Waking::OnTrade
    };
    constraints.block_filter = params.flag(&BLOCK_FILTER);
    let order = terms.order;
    let prospect = terms.prospect().told(order.start, order.seed);
    let forgiveness = Forgiveness::after(small(params, &FORGIVE_AFTER).unwrap_or(0));
    if !params.flag(&LIQUIDITY_ADAPTIVITY) {
        let volume = Volume::new(rate, min_rate, interval(params), waking);
        return Ok(Rated::Constant(volume.with(prospect, forgiveness)));
    }
    let (tenth, twice) = (rate.0 / 10, rate.0.saturating_mul(2).min(PPM_ONE - 1));
    let liquidity = Liquidity::new(
        rate,
        min_rate.unwrap_or(Ppm((rate.0 - tenth).max(1))),
        constraints.max_pct_vol.unwrap_or(Ppm(twice)),
    );
    let volume = Volume::new(rate, None, interval(params), waking);
    Ok(Rated::Steered(Bands::new(
        volume.with(prospect, forgiveness),
        Steer::Liquidity(liquidity, min_rate),
    )))
}

/// Refuses rates that contradict each other.
pub(super) fn check_rates(params: &Params<'_>, settings: &Settings) -> Result<(), Refusal> {
    let rate = ppm(params, &TARGET_PCT_VOL).unwrap_or(Ppm(100_000));
    let min_rate = ppm(params, &MIN_PCT_VOL);
    if min_rate.is_some_and(|min| min > rate) {
        return Err(params.conflict(&MIN_PCT_VOL, &TARGET_PCT_VOL));
    }
    if ppm(params, &MAX_PCT_VOL).is_some_and(|max| max < rate) {
        return Err(params.conflict(&MAX_PCT_VOL, &TARGET_PCT_VOL));
    }
    if min_rate.is_some() && settings.passive_only {
        return Err(params.conflict(&MIN_PCT_VOL, &PASSIVE_ONLY));
    }
    Ok(())
}

/// A rate.
pub(crate) fn ppm(params: &Params<'_>, spec: &ParamSpec) -> Option<Ppm> {
    params
        .count(spec)
        .and_then(|v| u32::try_from(v).ok())
        .map(Ppm)
}

/// How often the order looks at the market.
pub(super) fn interval(params: &Params<'_>) -> DurationNs {
    DurationNs::from_millis(params.count(&INTERVAL_MS).unwrap_or(1_000))
}
