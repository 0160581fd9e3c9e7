//! CLOSE: a ramp of market volume into the end of the window, begun as late as its rate allows (`BEHAVIOUR.md` 3.6).
//!
//! With `close_auction` the order goes into the closing auction as far as `max_pct_auction` lets it, and the ramp works the
//! excess; without it everything is the ramp's.

use super::line::ACCEPT_INFEASIBLE;
use super::pov::{INTERVAL_MS, TARGET_PCT_VOL, check_rates, interval, ppm};
use super::{Start, Terms};
use crate::auctions::{
    AUCTION_MARKET_ORDERS, CLOSE_AUCTION, INTRADAY_AUCTION, MAX_PCT_AUCTION, OPEN_AUCTION,
};
use crate::params::Params;
use crate::params::shared::Settings;
use crate::schedule::forgive::Forgiveness;
use crate::schedule::ramp::Ramp;
use crate::schedule::volume::{Volume, Waking};
use crate::tactic::ahead_behind::{AheadBehind, PriceStyle};
use engine_core::algorithm::Refusal;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::units::{DurationNs, Nanos, Ppm};

/// Rate of the ramp: the shared parameter with CLOSE's default.
const RAMP_PCT_VOL: ParamSpec = ParamSpec {
    default: Some(200_000),
    about: "Share of own / (own + others) volume in the ramp; it decides how early the ramp begins.",
    ..TARGET_PCT_VOL
};
/// Length of the ramp.
const RAMP_MS: ParamSpec = ParamSpec {
    id: 700,
    name: "ramp_ms",
    unit: Unit::Millis,
    min: 1_000,
    max: 86_400_000,
    default: None,
    mutable: true,
    about: "Length of the ramp before the end; without it, what leaves, rate and the market's volume so far ask for, and a quarter.",
};
/// CLOSE's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    RAMP_PCT_VOL,
    RAMP_MS,
    INTERVAL_MS,
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
) -> Result<Start<Ramp, AheadBehind>, Refusal> {
    let (settings, constraints) = Settings::read(params)?;
    if terms.order.end == Nanos::NEVER {
        return Err(super::twap::no_end());
    }
    check_rates(params, &settings)?;
    let rate = ppm(params, &RAMP_PCT_VOL).unwrap_or(Ppm(200_000));
    let volume = Volume::new(rate, None, interval(params), Waking::OnTrade)
        .with(terms.prospect(), Forgiveness::NEVER);
    let length = params.count(&RAMP_MS).map(DurationNs::from_millis);
    Ok(Start {
        schedule: Ramp::new(volume, rate, length),
        tactic: AheadBehind::new(PriceStyle::Adaptive),
        settings,
        constraints,
    })
}
