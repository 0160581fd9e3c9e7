//! TWAP: equal parts of the order over equal parts of its time (`BEHAVIOUR.md` 3.1).

use super::line::ACCEPT_INFEASIBLE;
use super::{Start, Terms};
use crate::auctions::{
    AUCTION_MARKET_ORDERS, CLOSE_AUCTION, INTRADAY_AUCTION, MAX_PCT_AUCTION, OPEN_AUCTION,
};
use crate::params::shared::{MAX_SLICE_QTY, MIN_SLICE_QTY, RANDOMIZE_TIME_PCT, Settings};
use crate::params::{Params, refuse};
use crate::schedule::linear::{Linear, Straight};
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
    ("LAST", 4),
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
    max: 4,
    default: Some(0),
    mutable: true,
    about: "How a slice is priced: join, improve and cross as it gets late; cross at once; rest at the mid; rest at the own side; at the last trade.",
};
/// Distance to the last trade.
pub(super) const PRICE_OFFSET_TICKS: ParamSpec = ParamSpec {
    id: 103,
    name: "price_offset_ticks",
    unit: Unit::Ticks,
    min: -10_000,
    max: 10_000,
    default: Some(0),
    mutable: true,
    about: "With price_style LAST: distance to the last trade; positive is more aggressive, onto the other side if it reaches there.",
};
/// Quantity of a child.
pub(super) const ORDER_SIZE_OVERRIDE: ParamSpec = ParamSpec {
    id: 104,
    name: "order_size_override",
    unit: Unit::Quantity,
    min: 1,
    max: 1 << 48,
    default: None,
    mutable: true,
    about: "Quantity of every child but a last rest, instead of the slice bounds; without `interval_ms` and `slices`, one child to a slice.",
};

/// TWAP's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    INTERVAL_MS,
    SLICES,
    PRICE_STYLE,
    PRICE_OFFSET_TICKS,
    ORDER_SIZE_OVERRIDE,
    ACCEPT_INFEASIBLE,
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
    let (settings, mut constraints) = Settings::read(params)?;
    Ok(Start {
        schedule: schedule(terms, params, &mut constraints)?,
        tactic: tactic(params, &settings)?,
        settings,
        constraints,
    })
}

/// The line over the order's window.
pub(super) fn schedule(
    terms: Terms<'_>,
    params: &Params<'_>,
    constraints: &mut Constraints,
) -> Result<Linear, Refusal> {
    let order = terms.order;
    override_size(terms, params, constraints)?;
    if order.end == Nanos::NEVER {
        return Err(no_end());
    }
    let duration = order.end.since(order.start);
    let interval = interval(terms, params, duration)?;
    let (clock, _) = terms.clock(None)?;
    let grid = Grid {
        lot: terms.instrument.granule(),
        venue_min: Qty(terms.instrument.min_qty),
        slice_min: terms.slice_min(constraints),
    };
    Ok(Linear::new(
        Straight::of(clock),
        (order.start, order.end),
        order.quantity,
        interval,
        grid,
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
        Some(4) => {
            let offset = params.value(&PRICE_OFFSET_TICKS);
            PriceStyle::Last(offset.and_then(|v| i16::try_from(v).ok()).unwrap_or(0))
        }
        _ => PriceStyle::Adaptive,
    };
    let last = matches!(style, PriceStyle::Last(_));
    if params.sent(&PRICE_OFFSET_TICKS).is_some() && !last {
        return Err(params.conflict(&PRICE_OFFSET_TICKS, &PRICE_STYLE));
    }
    if style == PriceStyle::Marketable && settings.passive_only {
        return Err(params.conflict(&PRICE_STYLE, &crate::params::shared::PASSIVE_ONLY));
    }
    Ok(AheadBehind::new(style))
}

/// Children of one size: the least and the largest quantity of one are the same.
fn override_size(
    terms: Terms<'_>,
    params: &Params<'_>,
    constraints: &mut Constraints,
) -> Result<(), Refusal> {
    let Some(size) = params.count(&ORDER_SIZE_OVERRIDE).map(Qty) else {
        return Ok(());
    };
    for other in [&MIN_SLICE_QTY, &MAX_SLICE_QTY] {
        if params.sent(other).is_some() {
            return Err(params.conflict(&ORDER_SIZE_OVERRIDE, other));
        }
    }
    let least = Qty(terms.instrument.min_qty.max(1));
    if terms.instrument.floor_lots(size) != size || size < least {
        let lot = i64::try_from(terms.instrument.lot.max(least.0)).unwrap_or(i64::MAX);
        let value = i64::try_from(size.0).unwrap_or(i64::MAX);
        return Err(refuse(
            ORDER_SIZE_OVERRIDE.id,
            Reason::QuantityLot,
            [value, lot, 0],
        ));
    }
    constraints.min_slice_qty = size;
    constraints.max_slice_qty = size;
    Ok(())
}

/// Length of a slice: asked for, from the number of slices, one child to a slice, or a sixtieth of the window.
fn interval(
    terms: Terms<'_>,
    params: &Params<'_>,
    duration: DurationNs,
) -> Result<DurationNs, Refusal> {
    let (asked, parameter) = match (params.count(&INTERVAL_MS), params.count(&SLICES)) {
        (Some(_), Some(_)) => return Err(params.conflict(&SLICES, &INTERVAL_MS)),
        (Some(ms), None) => (DurationNs::from_millis(ms), INTERVAL_MS.id),
        (None, Some(n)) => (DurationNs(duration.0 / n.max(1)), SLICES.id),
        (None, None) if params.sent(&ORDER_SIZE_OVERRIDE).is_some() => {
            let size = params.count(&ORDER_SIZE_OVERRIDE).unwrap_or(1).max(1);
            let children = (terms.order.quantity.0 / size).max(1);
            (DurationNs(duration.0 / children), ORDER_SIZE_OVERRIDE.id)
        }
        (None, None) => {
            let sixtieth = (duration.0 / 60).clamp(1_000_000_000, 60_000_000_000);
            (DurationNs(sixtieth), 0)
        }
    };
    // The window itself may be shorter than a slice.
    let interval = DurationNs(asked.0.min(duration.0));
    if interval < SLICE_MIN {
        let operands = [i64::try_from(interval.0).unwrap_or(i64::MAX), 0, 0];
        if parameter == SLICES.id || parameter == ORDER_SIZE_OVERRIDE.id {
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
