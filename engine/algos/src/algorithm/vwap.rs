//! VWAP: the order spread like the market's volume (`BEHAVIOUR.md` 3.2).

use super::line::{ACCEPT_INFEASIBLE, Line};
use super::{Start, Terms};
use crate::auctions::{
    AUCTION_MARKET_ORDERS, CLOSE_AUCTION, INTRADAY_AUCTION, MAX_PCT_AUCTION, OPEN_AUCTION,
};
use crate::params::Params;
use crate::params::shared::{MAX_PCT_VOL, Settings};
use crate::schedule::curve::{Curved, Volumes};
use crate::schedule::sliced::Sliced;
use crate::tactic::ahead_behind::{AheadBehind, PriceStyle};
use engine_core::algorithm::Refusal;
use engine_models::shortfall::Pace;
use shm_wire::params::{ParamSpec, Unit};

/// Forecast.
const DYNAMIC_CURVE: ParamSpec = ParamSpec {
    id: 900,
    name: "dynamic_curve",
    unit: Unit::Flag,
    min: 0,
    max: 1,
    default: Some(1),
    mutable: true,
    about: "The session's own volume bends the curve, by 10 percentage points at most; without it the curve is static.",
};
/// Participation cap: the shared parameter, described for VWAP.
const MAX_PCT_VOL_OF_VWAP: ParamSpec = ParamSpec {
    about: "Cap on own / (own + others) volume, held against what was traded and what is expected; 20% is a good choice, 100% lifts it.",
    ..MAX_PCT_VOL
};

/// VWAP's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    DYNAMIC_CURVE,
    ACCEPT_INFEASIBLE,
    MAX_PCT_VOL_OF_VWAP,
    OPEN_AUCTION,
    CLOSE_AUCTION,
    INTRADAY_AUCTION,
    MAX_PCT_AUCTION,
    AUCTION_MARKET_ORDERS,
];

/// Checks the order and makes its curve.
pub(crate) fn start(
    terms: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<Curved, AheadBehind>, Refusal> {
    let (settings, constraints) = Settings::read(params)?;
    let order = terms.order;
    let line = Line::of(&terms, &constraints)?;
    let figures = line.figures(&terms, 0);
    let note = line.note(&terms, params, &constraints, (Pace::STRAIGHT, &figures))?;
    let dynamic = params.flag(&DYNAMIC_CURVE);
    let shape = Volumes::new(line.clock, order.start, dynamic, note);
    Ok(Start {
        schedule: Sliced::shaped(
            shape,
            line.window,
            order.quantity,
            line.interval,
            line.grid,
            &settings,
        ),
        tactic: AheadBehind::new(PriceStyle::Adaptive),
        settings,
        constraints,
    })
}
