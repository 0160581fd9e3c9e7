//! PEGGED: a child follows the touch, the mid or the last trade (`BEHAVIOUR.md` 3.6).

use super::iceberg::{COMPLETION_AT_ONCE, DISPLAY_QTY, signed, small};
use super::line::ACCEPT_INFEASIBLE;
use super::{Start, Terms};
use crate::params::Params;
use crate::params::shared::{MAX_SLICE_QTY, Settings};
use crate::schedule::whole::Whole;
use crate::tactic::peg::{Peg, Reference};
use crate::tactic::single::{Chase, Single};
use crate::tactic::tranche::Tranches;
use engine_core::algorithm::Refusal;
use engine_core::view::Constraints;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::units::Qty;

/// Choices of `peg`.
const PEGS: &[(&str, i64)] = &[
    ("PRIMARY", 0),
    ("MARKET", 1),
    ("MID", 2),
    ("LAST", 3),
    ("VWAP", 4),
];
/// Choices of `round_direction`.
const ROUNDS: &[(&str, i64)] = &[("PASSIVE", 0), ("AGGRESSIVE", 1)];

/// What is followed.
pub(super) const PEG: ParamSpec = ParamSpec {
    id: 400,
    name: "peg",
    unit: Unit::Choice(PEGS),
    min: 0,
    max: 4,
    default: Some(0),
    mutable: true,
    about: "What the price follows: the own side of the touch, the other side, the mid, the last trade, the day's average price of the others. PRIMARY and MID never take.",
};
/// Distance in ticks.
pub(super) const OFFSET_TICKS: ParamSpec = ParamSpec {
    id: 401,
    name: "peg_offset_ticks",
    unit: Unit::Ticks,
    min: -10_000,
    max: 10_000,
    default: None,
    mutable: true,
    about: "Distance to the reference; positive is more aggressive.",
};
/// Distance in basis points.
pub(super) const OFFSET_BPS: ParamSpec = ParamSpec {
    id: 402,
    name: "peg_offset_bps",
    unit: Unit::Bps,
    min: -1_000,
    max: 1_000,
    default: None,
    mutable: true,
    about: "Distance to the reference instead of ticks; positive is more aggressive.",
};
/// Least move.
pub(super) const MIN_CHASE_TICKS: ParamSpec = ParamSpec {
    id: 403,
    name: "min_chase_ticks",
    unit: Unit::Ticks,
    min: 1,
    max: 10_000,
    default: Some(1),
    mutable: true,
    about: "Least move of the pegged price that is followed.",
};
/// Most chase.
pub(super) const MAX_CHASE_TICKS: ParamSpec = ParamSpec {
    id: 404,
    name: "max_chase_ticks",
    unit: Unit::Ticks,
    min: 0,
    max: 100_000,
    default: None,
    mutable: true,
    about: "Most that the price goes after the market from where it first stood; without it, as far as the limit.",
};
/// Least rest.
pub(super) const MIN_REST_MS: ParamSpec = ParamSpec {
    id: 405,
    name: "min_rest_ms",
    unit: Unit::Millis,
    min: 10,
    max: 3_600_000,
    default: Some(250),
    mutable: true,
    about: "Least time between two moves of a child, and between two children.",
};
/// No retreat.
pub(super) const NO_RETREAT: ParamSpec = ParamSpec {
    id: 406,
    name: "no_retreat",
    unit: Unit::Flag,
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "A resting child is never moved to a less aggressive price.",
};
/// Rounding.
pub(super) const ROUND_DIRECTION: ParamSpec = ParamSpec {
    id: 407,
    name: "round_direction",
    unit: Unit::Choice(ROUNDS),
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "Which way a pegged price between two ticks is rounded.",
};

/// PEGGED's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    PEG,
    OFFSET_TICKS,
    OFFSET_BPS,
    MIN_CHASE_TICKS,
    MAX_CHASE_TICKS,
    MIN_REST_MS,
    NO_RETREAT,
    ROUND_DIRECTION,
    DISPLAY_QTY,
    COMPLETION_AT_ONCE,
    ACCEPT_INFEASIBLE,
];

/// Checks the order.
pub(crate) fn start(
    terms: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<Whole, Single>, Refusal> {
    let (settings, constraints) = Settings::read(params)?;
    let part = params.count(&DISPLAY_QTY).map_or(terms.order.quantity, Qty);
    Ok(Start {
        schedule: Whole::new(part.min(constraints.max_slice_qty), terms.prospect()),
        tactic: tactic(params, &constraints)?,
        settings,
        constraints,
    })
}

/// The tactic: one child at the peg.
pub(super) fn tactic(params: &Params<'_>, constraints: &Constraints) -> Result<Single, Refusal> {
    if params.sent(&OFFSET_TICKS).is_some() && params.sent(&OFFSET_BPS).is_some() {
        return Err(params.conflict(&OFFSET_BPS, &OFFSET_TICKS));
    }
    let display = params.count(&DISPLAY_QTY).map(Qty);
    if display.is_some_and(|d| d > constraints.max_slice_qty) {
        return Err(params.conflict(&MAX_SLICE_QTY, &DISPLAY_QTY));
    }
    let reference = match params.value(&PEG) {
        Some(1) => Reference::Market,
        Some(2) => Reference::Mid,
        Some(3) => Reference::Last,
        Some(4) => Reference::Vwap,
        _ => Reference::Primary,
    };
    let mut peg = Peg::new(reference, signed(params, &OFFSET_TICKS).unwrap_or(0));
    peg.offset_bps = signed(params, &OFFSET_BPS).unwrap_or(0);
    peg.round_aggressive = params.value(&ROUND_DIRECTION) == Some(1);
    let min_rest_ms = small(params, &MIN_REST_MS).unwrap_or(250);
    let chase = Chase {
        min_ticks: small(params, &MIN_CHASE_TICKS).unwrap_or(1),
        max_ticks: small(params, &MAX_CHASE_TICKS),
        min_rest_ms,
        keeps: params.flag(&NO_RETREAT),
    };
    let shown = display.unwrap_or(Qty(u64::MAX));
    let tranches = Tranches::new(shown, shown, min_rest_ms);
    Ok(Single::pegged(tranches, peg, chase))
}
