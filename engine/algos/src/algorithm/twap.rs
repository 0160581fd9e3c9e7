//! TWAP: equal parts of the order over equal parts of its time (`BEHAVIOUR.md` 3.1).

use super::{Start, Terms};
use crate::auctions::{
    AUCTION_MARKET_ORDERS, CLOSE_AUCTION, INTRADAY_AUCTION, MAX_PCT_AUCTION, OPEN_AUCTION,
};
use crate::params::shared::{RANDOMIZE_TIME_PCT, Settings};
use crate::params::{Params, refuse};
use crate::schedule::linear::Linear;
use crate::schedule::sliced::{Grid, SLICES_MAX};
use crate::tactic::ahead_behind::{AheadBehind, PriceStyle};
use engine_core::algorithm::Refusal;
use engine_core::view::Constraints;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Qty};

/// Shortest slice.
const SLICE_MIN: DurationNs = DurationNs::from_millis(100);

const _: () = assert!(
    RANDOMIZE_TIME_PCT.max < 600_000,
    "slices fall due while they are passive"
);

/// Choices of `price_style`.
const STYLES: &[(&str, i64)] = &[
    ("ADAPTIVE", 0),
    ("MARKETABLE", 1),
    ("MID", 2),
    ("SAME_SIDE", 3),
];

/// Length of a slice.
pub(super) const INTERVAL_MS: ParamSpec = ParamSpec {
    id: 100,
    name: "interval_ms",
    unit: Unit::Millis,
    min: 100,
    max: 86_400_000,
    default: None,
    mutable: true,
    about: "Length of a slice; without it and `slices`, a sixtieth of the window between 1 s and 60 s.",
};
/// Count of slices.
pub(super) const SLICES: ParamSpec = ParamSpec {
    id: 101,
    name: "slices",
    unit: Unit::Count,
    min: 1,
    max: SLICES_MAX as i64,
    default: None,
    mutable: true,
    about: "Number of slices, instead of `interval_ms`; fewer are made when they would be below the least slice.",
};
/// Pricing.
pub(super) const PRICE_STYLE: ParamSpec = ParamSpec {
    id: 102,
    name: "price_style",
    unit: Unit::Choice(STYLES),
    min: 0,
    max: 3,
    default: Some(0),
    mutable: true,
    about: "How a slice is priced: join, improve and cross as it gets late; cross at once; rest at the mid; rest at the own side.",
};

/// TWAP's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    INTERVAL_MS,
    SLICES,
    PRICE_STYLE,
    OPEN_AUCTION,
    CLOSE_AUCTION,
    INTRADAY_AUCTION,
    MAX_PCT_AUCTION,
    AUCTION_MARKET_ORDERS,
];

/// Checks the order and makes its line.
pub(crate) fn start(
    terms: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<Linear, AheadBehind>, Refusal> {
    let (settings, constraints) = Settings::read(params)?;
    Ok(Start {
        schedule: schedule(terms, params, &settings, &constraints)?,
        tactic: tactic(params, &settings)?,
        settings,
        constraints,
    })
}

/// The line over the order's window.
pub(super) fn schedule(
    terms: Terms<'_>,
    params: &Params<'_>,
    settings: &Settings,
    constraints: &Constraints,
) -> Result<Linear, Refusal> {
    let order = terms.order;
    if order.end == Nanos::NEVER {
        return Err(no_end());
    }
    let duration = order.end.since(order.start);
    let interval = interval(params, duration)?;
    let grid = Grid {
        lot: terms.instrument.granule(),
        venue_min: Qty(terms.instrument.min_qty),
        slice_min: terms.slice_min(constraints),
    };
    Ok(Linear::new(
        (order.start, order.end),
        order.quantity,
        interval,
        grid,
        settings,
    ))
}

/// The refusal of an order without an end.
pub(super) const fn no_end() -> Refusal {
    Refusal {
        field: FieldCode::End,
        parameter: 0,
        why: Why::bare(Reason::OutsideSession),
    }
}

/// The tactic of the band, priced as asked.
pub(super) fn tactic(params: &Params<'_>, settings: &Settings) -> Result<AheadBehind, Refusal> {
    let style = match params.value(&PRICE_STYLE) {
        Some(1) => PriceStyle::Marketable,
        Some(2) => PriceStyle::Mid,
        Some(3) => PriceStyle::SameSide,
        _ => PriceStyle::Adaptive,
    };
    if style == PriceStyle::Marketable && settings.passive_only {
        return Err(params.conflict(&PRICE_STYLE, &crate::params::shared::PASSIVE_ONLY));
    }
    Ok(AheadBehind::new(style))
}

/// Length of a slice: asked for, from the number of slices, or a sixtieth of the window.
fn interval(params: &Params<'_>, duration: DurationNs) -> Result<DurationNs, Refusal> {
    let (asked, parameter) = match (params.count(&INTERVAL_MS), params.count(&SLICES)) {
        (Some(_), Some(_)) => return Err(params.conflict(&SLICES, &INTERVAL_MS)),
        (Some(ms), None) => (DurationNs::from_millis(ms), INTERVAL_MS.id),
        (None, Some(n)) => (DurationNs(duration.0 / n.max(1)), SLICES.id),
        (None, None) => {
            let sixtieth = (duration.0 / 60).clamp(1_000_000_000, 60_000_000_000);
            (DurationNs(sixtieth), 0)
        }
    };
    // The window itself may be shorter than a slice.
    let interval = DurationNs(asked.0.min(duration.0));
    if interval < SLICE_MIN {
        let operands = [i64::try_from(interval.0).unwrap_or(i64::MAX), 0, 0];
        if parameter == SLICES.id {
            return Err(refuse(parameter, Reason::IntervalShort, operands));
        }
        return Err(Refusal {
            field: FieldCode::End,
            parameter: 0,
            why: Why::new(Reason::IntervalShort, operands),
        });
    }
    Ok(interval)
}
