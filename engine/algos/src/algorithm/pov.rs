//! POV: a constant share of the market's volume (`BEHAVIOUR.md` 3.3).

use super::{Start, Terms};
use crate::auctions::{
    AUCTION_MARKET_ORDERS, CLOSE_AUCTION, INTRADAY_AUCTION, MAX_PCT_AUCTION, OPEN_AUCTION,
};
use crate::params::Params;
use crate::params::shared::{COMPLETION, MAX_PCT_VOL, PASSIVE_ONLY, Settings};
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
    COMPLETION_OF_POV,
    MAX_PCT_VOL_OF_POV,
    OPEN_AUCTION,
    CLOSE_AUCTION,
    INTRADAY_AUCTION,
    MAX_PCT_AUCTION,
    AUCTION_MARKET_ORDERS,
];

/// Checks the order and makes its schedule.
pub(crate) fn start(
    _: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<Volume, AheadBehind>, Refusal> {
    let (settings, mut constraints) = Settings::read(params)?;
    Ok(Start {
        schedule: schedule(params, &settings, &mut constraints)?,
        tactic: AheadBehind::new(PriceStyle::Adaptive),
        settings,
        constraints,
    })
}

/// The schedule; without a cap of its own the order gets one a tenth above its rate.
pub(super) fn schedule(
    params: &Params<'_>,
    settings: &Settings,
    constraints: &mut Constraints,
) -> Result<Volume, Refusal> {
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
    Ok(Volume::new(rate, min_rate, interval(params), waking))
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
