//! ICEBERG: a part of the order shows, the next one when it is done (`BEHAVIOUR.md` 3.6).

use super::line::ACCEPT_INFEASIBLE;
use super::{Start, Terms};
use crate::params::shared::{COMPLETION, MAX_SLICE_QTY, MIN_SLICE_QTY, Settings};
use crate::params::{Params, refuse};
use crate::schedule::whole::Whole;
use crate::tactic::peg::{Peg, Reference};
use crate::tactic::single::{Chase, Single};
use crate::tactic::tranche::Tranches;
use engine_core::algorithm::Refusal;
use engine_core::view::Constraints;
use shm_wire::codes::Completion;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::reason::Reason;
use shm_wire::units::Qty;

/// Part of the order that shows when nothing is asked for.
const DEFAULT_PART: u64 = 20;
/// A tranche rests this long before it follows the touch, ms: its place in the queue is worth something.
const MIN_REST_MS: u32 = 3_000;

/// Shown quantity.
pub(super) const DISPLAY_QTY: ParamSpec = ParamSpec {
    id: 300,
    name: "display_qty",
    unit: Unit::Quantity,
    min: 1,
    max: 1 << 48,
    default: None,
    mutable: true,
    about: "Quantity that shows at a time, moved by randomize_size_pct.",
};
/// Least shown quantity.
pub(super) const DISPLAY_LOW: ParamSpec = ParamSpec {
    id: 301,
    name: "display_low",
    unit: Unit::Quantity,
    min: 1,
    max: 1 << 48,
    default: None,
    mutable: true,
    about: "With display_high instead of display_qty: least quantity that shows.",
};
/// Largest shown quantity.
pub(super) const DISPLAY_HIGH: ParamSpec = ParamSpec {
    id: 302,
    name: "display_high",
    unit: Unit::Quantity,
    min: 1,
    max: 1 << 48,
    default: None,
    mutable: true,
    about: "With display_low instead of display_qty: largest quantity that shows.",
};
/// Refresh delay.
pub(super) const REFRESH_DELAY_MS: ParamSpec = ParamSpec {
    id: 303,
    name: "refresh_delay_ms",
    unit: Unit::Millis,
    min: 0,
    max: 3_600_000,
    default: Some(0),
    mutable: true,
    about: "Time between the end of a tranche and the next, moved by randomize_time_pct.",
};
/// Distance to the touch.
pub(super) const TICK_OFFSET: ParamSpec = ParamSpec {
    id: 304,
    name: "tick_offset",
    unit: Unit::Ticks,
    min: -10_000,
    max: 10_000,
    default: Some(0),
    mutable: true,
    about: "Distance of a tranche to the own side of the touch; positive goes ahead of it, never onto the other side.",
};
/// Completion: the shared parameter for orders without a schedule.
pub(super) const COMPLETION_AT_ONCE: ParamSpec = ParamSpec {
    default: Some(Completion::Cancel as i64),
    ..COMPLETION
};

/// ICEBERG's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    DISPLAY_QTY,
    DISPLAY_LOW,
    DISPLAY_HIGH,
    REFRESH_DELAY_MS,
    TICK_OFFSET,
    COMPLETION_AT_ONCE,
    ACCEPT_INFEASIBLE,
];

/// Checks the order.
pub(crate) fn start(
    terms: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<Whole, Single>, Refusal> {
    let (settings, constraints) = Settings::read(params)?;
    let (low, high) = display(terms, params, &constraints)?;
    Ok(Start {
        schedule: Whole::new(Qty(low.0.midpoint(high.0)), terms.prospect()),
        tactic: tactic(terms, params, &constraints)?,
        settings,
        constraints,
    })
}

/// The tactic: tranches near the own side of the touch.
pub(super) fn tactic(
    terms: Terms<'_>,
    params: &Params<'_>,
    constraints: &Constraints,
) -> Result<Single, Refusal> {
    let (low, high) = display(terms, params, constraints)?;
    let delay = small(params, &REFRESH_DELAY_MS).unwrap_or(0);
    let offset = signed(params, &TICK_OFFSET).unwrap_or(0);
    let chase = Chase {
        min_ticks: 1,
        max_ticks: None,
        min_rest_ms: MIN_REST_MS,
        keeps: false,
    };
    let peg = Peg::new(Reference::Primary, offset);
    Ok(Single::iceberg(Tranches::new(low, high, delay), peg, chase))
}

/// Least and largest quantity that shows; equal when one was asked for, or none.
fn display(
    terms: Terms<'_>,
    params: &Params<'_>,
    constraints: &Constraints,
) -> Result<(Qty, Qty), Refusal> {
    let sent = |spec| params.count(spec).map(Qty);
    let (one, low, high) = (sent(&DISPLAY_QTY), sent(&DISPLAY_LOW), sent(&DISPLAY_HIGH));
    let (least_spec, low, high) = match (one, low, high) {
        (Some(_), Some(_), _) => return Err(params.conflict(&DISPLAY_LOW, &DISPLAY_QTY)),
        (Some(_), _, Some(_)) => return Err(params.conflict(&DISPLAY_HIGH, &DISPLAY_QTY)),
        (Some(q), None, None) => (&DISPLAY_QTY, q, q),
        (None, Some(low), Some(high)) if low <= high => (&DISPLAY_LOW, low, high),
        (None, Some(_), _) => return Err(params.conflict(&DISPLAY_LOW, &DISPLAY_HIGH)),
        (None, None, Some(_)) => return Err(params.conflict(&DISPLAY_HIGH, &DISPLAY_LOW)),
        (None, None, None) => {
            let part = Qty(terms.order.quantity.0 / DEFAULT_PART);
            let part = terms
                .instrument
                .floor_lots(part)
                .max(terms.slice_min(constraints));
            let part = part.min(constraints.max_slice_qty);
            return Ok((part, part));
        }
    };
    if high > constraints.max_slice_qty {
        return Err(params.conflict(&MAX_SLICE_QTY, least_spec));
    }
    if low < constraints.min_slice_qty {
        return Err(params.conflict(&MIN_SLICE_QTY, least_spec));
    }
    let venue = Qty(terms.instrument.min_qty).max(terms.instrument.granule());
    if low < venue {
        // What the venue would not take can never be shown.
        let operands = [low.0, venue.0, high.0].map(|q| i64::try_from(q).unwrap_or(i64::MAX));
        return Err(refuse(least_spec.id, Reason::ParameterRange, operands));
    }
    Ok((low, high))
}

/// A count that fits 32 bits.
pub(super) fn small(params: &Params<'_>, spec: &ParamSpec) -> Option<u32> {
    params.count(spec).and_then(|v| u32::try_from(v).ok())
}

/// A signed value that fits 32 bits.
pub(super) fn signed(params: &Params<'_>, spec: &ParamSpec) -> Option<i32> {
    params.value(spec).and_then(|v| i32::try_from(v).ok())
}
