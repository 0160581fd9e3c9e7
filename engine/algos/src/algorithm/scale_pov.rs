//! SCALE_POV: a share of the market's volume that depends on the price (`BEHAVIOUR.md` 3.6).

use super::iceberg::{COMPLETION_AT_ONCE, small};
use super::line::ACCEPT_INFEASIBLE;
use super::pov::{INTERVAL_MS, MIN_PCT_VOL, TARGET_PCT_VOL, check_rates, interval, ppm};
use super::{Start, Terms};
use crate::auctions::{
    AUCTION_MARKET_ORDERS, CLOSE_AUCTION, INTRADAY_AUCTION, MAX_PCT_AUCTION, OPEN_AUCTION,
};
use crate::params::shared::{COMPLETION, MAX_PCT_VOL, Settings};
use crate::params::{Params, refuse};
use crate::schedule::bands::{Anchor, Bands, Scale, Steer};
use crate::schedule::forgive::Forgiveness;
use crate::schedule::volume::{Volume, Waking};
use crate::tactic::ahead_behind::{AheadBehind, PriceStyle};
use engine_core::algorithm::Refusal;
use shm_wire::codes::Completion;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::reason::Reason;
use shm_wire::units::{PPM_ONE, Ppm};

/// Choices of `price_adaptivity`.
const ADAPTIVITIES: &[(&str, i64)] = &[("AIM", 1), ("PIM", 2)];
/// Choices of `scale_ref`.
const REFS: &[(&str, i64)] = &[("ARRIVAL", 0), ("LIMIT", 1)];

/// Direction.
const PRICE_ADAPTIVITY: ParamSpec = ParamSpec {
    id: 800,
    name: "price_adaptivity",
    unit: Unit::Choice(ADAPTIVITIES),
    min: 1,
    max: 2,
    default: Some(1),
    mutable: true,
    about: "Faster when the price is better than the reference (AIM), or when it is worse (PIM).",
};
/// Slope.
const ADAPTIVITY_SLOPE: ParamSpec = ParamSpec {
    id: 801,
    name: "adaptivity_slope",
    unit: Unit::Ppm,
    min: 0,
    max: 100_000,
    default: Some(2_000),
    mutable: true,
    about: "How much the rate changes for each basis point between price and reference.",
};
/// Reference.
const SCALE_REF: ParamSpec = ParamSpec {
    id: 802,
    name: "scale_ref",
    unit: Unit::Choice(REFS),
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "Price at which the rate is target_pct_vol: the mid at the start, or the limit.",
};
/// Width of a band.
const BAND_BPS: ParamSpec = ParamSpec {
    id: 803,
    name: "band_bps",
    unit: Unit::Bps,
    min: 1,
    max: 1_000,
    default: Some(5),
    mutable: true,
    about: "Width of the price bands in which the rate is constant.",
};
/// Least rate: the shared parameter, described with this algorithm's default.
const SCALE_MIN_PCT_VOL: ParamSpec = ParamSpec {
    about: "Least rate of any band; without it, half of the target.",
    ..MIN_PCT_VOL
};
/// Largest rate: the shared parameter, described with this algorithm's default.
const SCALE_MAX_PCT_VOL: ParamSpec = ParamSpec {
    about: "Largest rate of any band, and cap on own / (own + others) volume; without it, twice the target.",
    max: PPM_ONE as i64 - 1,
    ..MAX_PCT_VOL
};

/// SCALE_POV's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    TARGET_PCT_VOL,
    SCALE_MIN_PCT_VOL,
    SCALE_MAX_PCT_VOL,
    PRICE_ADAPTIVITY,
    ADAPTIVITY_SLOPE,
    SCALE_REF,
    BAND_BPS,
    INTERVAL_MS,
    COMPLETION_AT_ONCE,
    ACCEPT_INFEASIBLE,
    OPEN_AUCTION,
    CLOSE_AUCTION,
    INTRADAY_AUCTION,
    MAX_PCT_AUCTION,
    AUCTION_MARKET_ORDERS,
];

/// Checks the order.
pub(crate) fn start(
    terms: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<Bands, AheadBehind>, Refusal> {
    let (settings, mut constraints) = Settings::read(params)?;
    check_rates(params, &settings)?;
    if settings.completion == Completion::Hard {
        // The largest rate is a cap, and a sweep would break it.
        return Err(params.conflict(&COMPLETION, &SCALE_MAX_PCT_VOL));
    }
    let rate = ppm(params, &TARGET_PCT_VOL).unwrap_or(Ppm(100_000));
    let anchor = if params.value(&SCALE_REF) == Some(1) {
        Anchor::Limit
    } else {
        Anchor::Arrival
    };
    if anchor == Anchor::Limit && !terms.order.limit.is_some() {
        return Err(refuse(SCALE_REF.id, Reason::ParameterConflict, [1, 0, 0]));
    }
    let twice = Ppm(rate.0.saturating_mul(2).min(PPM_ONE - 1));
    let max = ppm(params, &SCALE_MAX_PCT_VOL).unwrap_or(twice);
    let slope = small(params, &ADAPTIVITY_SLOPE).unwrap_or(0);
    let slope = i32::try_from(slope).unwrap_or(i32::MAX);
    let scale = Scale {
        rate,
        min: ppm(params, &SCALE_MIN_PCT_VOL).unwrap_or(Ppm(rate.0.div_ceil(2))),
        max,
        slope_ppm: if params.value(&PRICE_ADAPTIVITY) == Some(2) {
            -slope
        } else {
            slope
        },
        band_bps: small(params, &BAND_BPS).unwrap_or(5),
        anchor,
    };
    constraints.max_pct_vol = Some(max);
    let order = terms.order;
    let prospect = terms.prospect().told(order.start, order.seed);
    let volume = Volume::new(rate, None, interval(params), Waking::OnTrade)
        .with(prospect, Forgiveness::NEVER);
    Ok(Start {
        schedule: Bands::new(volume, Steer::Price(scale)),
        tactic: AheadBehind::new(PriceStyle::Adaptive),
        settings,
        constraints,
    })
}
