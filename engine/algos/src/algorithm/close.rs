//! CLOSE: a ramp of market volume into the end of the window, begun as late as its rate allows (`BEHAVIOUR.md` 3.6).
//!
//! The auction itself is not traded by this build: the engine suspends orders in auctions, so everything is the ramp's, and
//! whoever asks for the auction is told so.

use super::pov::{INTERVAL_MS, TARGET_PCT_VOL, check_rates, interval, ppm};
use super::{Start, Terms};
use crate::params::shared::Settings;
use crate::params::{Params, refuse};
use crate::schedule::ramp::Ramp;
use crate::schedule::volume::{Volume, Waking};
use crate::tactic::ahead_behind::{AheadBehind, PriceStyle};
use engine_core::algorithm::Refusal;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::reason::Reason;
use shm_wire::units::{DurationNs, Nanos, Ppm};

/// Choices of `close_auction`; all but the first are refused as UNSUPPORTED.
const AUCTIONS: &[(&str, i64)] = &[
    ("EXCLUDE", 0),
    ("INCLUDE", 1),
    ("ONLY", 2),
    ("IMBALANCE_ONLY", 3),
];

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
/// Part in the auction.
const CLOSE_AUCTION: ParamSpec = ParamSpec {
    id: 701,
    name: "close_auction",
    unit: Unit::Choice(AUCTIONS),
    min: 0,
    max: 3,
    default: Some(0),
    mutable: true,
    about: "Part in the closing auction; this build trades no auctions and refuses all but EXCLUDE as UNSUPPORTED.",
};

/// CLOSE's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[RAMP_PCT_VOL, RAMP_MS, CLOSE_AUCTION, INTERVAL_MS];

/// Checks the order.
pub(crate) fn start(
    terms: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<Ramp, AheadBehind>, Refusal> {
    let (settings, constraints) = Settings::read(params)?;
    if let Some(auction @ 1..) = params.value(&CLOSE_AUCTION) {
        return Err(refuse(
            CLOSE_AUCTION.id,
            Reason::Unsupported,
            [auction, 0, 0],
        ));
    }
    if terms.order.end == Nanos::NEVER {
        return Err(super::twap::no_end());
    }
    check_rates(params, &settings)?;
    let rate = ppm(params, &RAMP_PCT_VOL).unwrap_or(Ppm(200_000));
    let volume = Volume::new(rate, None, interval(params), Waking::OnTrade);
    let length = params.count(&RAMP_MS).map(DurationNs::from_millis);
    Ok(Start {
        schedule: Ramp::new(volume, rate, length),
        tactic: AheadBehind::new(PriceStyle::Adaptive),
        settings,
        constraints,
    })
}
