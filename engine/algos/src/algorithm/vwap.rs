//! VWAP: the order spread like the market's volume (`BEHAVIOUR.md` 3.2).

use super::line::{ACCEPT_INFEASIBLE, Line};
use super::{Start, Terms};
use crate::auctions::{
    AUCTION_MARKET_ORDERS, CLOSE_AUCTION, INTRADAY_AUCTION, MAX_PCT_AUCTION, OPEN_AUCTION,
};
use crate::params::shared::{MAX_PCT_VOL, Settings};
use crate::params::{Params, refuse};
use crate::schedule::curve::{Curved, Volumes};
use crate::schedule::sliced::Sliced;
use crate::tactic::ahead_behind::{AheadBehind, PriceStyle};
use engine_core::algorithm::Refusal;
use engine_core::view::Constraints;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::reason::Reason;

/// Forecast.
pub(super) const DYNAMIC_CURVE: ParamSpec = ParamSpec {
    id: 900,
    name: "dynamic_curve",
    unit: Unit::Flag,
    min: 0,
    max: 1,
    default: Some(1),
    mutable: true,
    about: "The session's own volume bends the curve, by 10 percentage points at most; without it the curve is static.",
};
/// Speed near the limit.
pub(super) const SPEED_UP_NEAR_LIMIT: ParamSpec = ParamSpec {
    id: 902,
    name: "speed_up_near_limit",
    unit: Unit::Flag,
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "Slices grow, to twice their size, as the other side of the touch comes within five usual spreads of the limit.",
};
/// Curve.
pub(crate) const CURVE_ID: ParamSpec = ParamSpec {
    id: 903,
    name: "curve_id",
    unit: Unit::Count,
    min: 1,
    max: u16::MAX as i64,
    default: None,
    mutable: true,
    about: "Number of a curve of the curve file, instead of the instrument's own; refused where there is none for such a session.",
};
/// Participation cap: the shared parameter, described for VWAP.
const MAX_PCT_VOL_OF_VWAP: ParamSpec = ParamSpec {
    about: "Cap on own / (own + others) volume, held against what was traded and what is expected; 20% is a good choice, 100% lifts it.",
    ..MAX_PCT_VOL
};

/// VWAP's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    DYNAMIC_CURVE,
    SPEED_UP_NEAR_LIMIT,
    CURVE_ID,
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
    Ok(Start {
        schedule: schedule(terms, params, &constraints)?,
        tactic: AheadBehind::new(PriceStyle::Adaptive),
        settings,
        constraints,
    })
}

/// The curve over the order's window.
pub(super) fn schedule(
    terms: Terms<'_>,
    params: &Params<'_>,
    constraints: &Constraints,
) -> Result<Curved, Refusal> {
    let order = terms.order;
    let hurries = params.flag(&SPEED_UP_NEAR_LIMIT);
    let limited = order.limit.is_some() || constraints.relative_limit_bps.is_some();
    if hurries && !limited {
        return Err(refuse(
            SPEED_UP_NEAR_LIMIT.id,
            Reason::ParameterConflict,
            [1, 0, 0],
        ));
    }
    let named = params.count(&CURVE_ID).and_then(|v| u16::try_from(v).ok());
    let line = Line::of(&terms, constraints, named)?;
    let dynamic = params.flag(&DYNAMIC_CURVE);
    let shape = Volumes::new(line.clock, order.start, dynamic).hurrying(hurries);
    Ok(Sliced::shaped(
        shape,
        line.window,
        order.quantity,
        line.interval,
        line.grid,
    ))
}
