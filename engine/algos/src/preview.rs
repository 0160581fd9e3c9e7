//! What a plan looks like before anything is sent: targets over time, expected cost and risk, horizon, feasibility.
//!
//! A pure function of order, instrument, curves and, where it is known, the market: command line and gateway show
//! the same numbers, and they are those of the plan that the engine would make.

use crate::algorithm::is;
use crate::curves::{Clock, Rung};
use crate::odds::{Missing, Odds};
use crate::registry::{Expected, Registry, specs};
use crate::schedule::shape::Window;
use engine_core::algorithm::Refusal;
use engine_core::market::MarketState;
use engine_core::view::Order;
use engine_models::shortfall::Figures;
use shm_wire::codes::{AlgorithmCode, Side};
use shm_wire::instrument::Instrument;
use shm_wire::parent::{PARAMETERS_MAX, Parameter};
use shm_wire::units::{DurationNs, Nanos, Price, Qty};

/// Instants of a preview, start and end included.
pub const POINTS_MAX: usize = 64;

/// What is known of a market, for a plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MarketFigures {
    /// Mid, [`Price::NONE`] for unknown.
    pub mid: Price,
    /// Average spread, 1e-9; zero for unknown.
    pub spread: i64,
    /// Volatility of a day, millionths of the price; zero for unknown.
    pub volatility_ppm: u32,
}

impl MarketFigures {
    /// Nothing.
    pub const UNKNOWN: MarketFigures = MarketFigures {
        mid: Price::NONE,
        spread: 0,
        volatility_ppm: 0,
    };
    /// What the engine knows.
    #[must_use]
    pub fn of(market: &MarketState) -> MarketFigures {
        MarketFigures {
            mid: market.mid,
            spread: market.average_spread(),
            volatility_ppm: 0,
        }
    }
}

/// An order that somebody thinks of sending.
#[derive(Clone, Copy, Debug)]
pub struct Thought<'a> {
    /// Number of the algorithm.
    pub algorithm: u16,
    /// Side.
    pub side: Side,
    /// Quantity, steps.
    pub quantity: Qty,
    /// Limit, [`Price::NONE`] for none.
    pub limit: Price,
    /// Start of the window.
    pub start: Nanos,
    /// End of the window, [`Nanos::NEVER`] for none.
    pub end: Nanos,
    /// Parameters.
    pub parameters: &'a [Parameter],
}

impl Thought<'_> {
    /// As the engine sees it; draws do not show in a preview. Parameters beyond the most that an order may have are left
    /// out: an order with so many cannot be sent.
    fn order(&self) -> Order {
        let mut order = Order {
            seed: 0,
            side: self.side,
            quantity: self.quantity,
            limit: self.limit,
            start: self.start,
            end: self.end,
            parameters: [Parameter::default(); PARAMETERS_MAX],
            parameter_count: self.parameters.len().min(PARAMETERS_MAX),
        };
        for (slot, parameter) in order.parameters.iter_mut().zip(self.parameters) {
            *slot = *parameter;
        }
        order
    }
}

/// Target at an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Point {
    /// The instant.
    pub time: Nanos,
    /// Cumulative quantity due, steps.
    pub cumulative: Qty,
}

/// A plan before anything is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Preview {
    points: [Point; POINTS_MAX],
    count: usize,
    /// From the start to where the plan is done.
    pub horizon: DurationNs,
    /// Expected cost against the arrival price, thousandths of a basis point.
    pub cost_milli_bps: i64,
    /// Its standard deviation.
    pub deviation_milli_bps: i64,
    /// Odds of completion under cap or rate and limit, or what is missing for them.
    pub odds: Result<Odds, Missing>,
    /// Where the volume curve is from.
    pub rung: Rung,
}

impl Preview {
    /// Targets from start to end, equally far apart; none where the plan has no end.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points[..self.count]
    }
}

/// What the engine would plan for the order.
///
/// # Errors
/// The refusal that the engine would answer with.
pub fn plan_preview(
    registry: &Registry,
    thought: &Thought<'_>,
    instrument: &Instrument,
    market: MarketFigures,
) -> Result<Preview, Refusal> {
    of_order(
        registry,
        thought.algorithm,
        &thought.order(),
        instrument,
        market,
    )
}

/// The plan at each urgency from 1 to 5, for algorithms that take one; `None` for others.
///
/// # Errors
/// The refusal that the engine would answer with.
pub fn urgencies(
    registry: &Registry,
    thought: &Thought<'_>,
    instrument: &Instrument,
    market: MarketFigures,
) -> Result<Option<[Preview; 5]>, Refusal> {
    if !takes(thought.algorithm, is::URGENCY.id) {
        return Ok(None);
    }
    let order = thought.order();
    let at = |urgency| {
        let order = with_urgency(&order, urgency);
        of_order(registry, thought.algorithm, &order, instrument, market)
    };
    Ok(Some([at(1)?, at(2)?, at(3)?, at(4)?, at(5)?]))
}

/// Whether an algorithm has a parameter of this number.
fn takes(algorithm: u16, parameter: u16) -> bool {
    AlgorithmCode::try_from(algorithm).is_ok_and(|code| specs(code).any(|s| s.id == parameter))
}

fn of_order(
    registry: &Registry,
    algorithm: u16,
    order: &Order,
    instrument: &Instrument,
    market: MarketFigures,
) -> Result<Preview, Refusal> {
    let planned = registry.planned(algorithm, order, instrument, market)?;
    let Expected {
        odds, rung, clock, ..
    } = planned.expected;
    let usual = |to: Nanos| match to {
        Nanos::NEVER => None,
        to => clock.usual_volume(order.start, to),
    };
    let mut preview = Preview {
        points: [Point::default(); POINTS_MAX],
        count: 0,
        horizon: DurationNs(0),
        cost_milli_bps: 0,
        deviation_milli_bps: 0,
        odds,
        rung,
    };
    let window = planned.line().unwrap_or(Window {
        start: order.start,
        end: order.end,
    });
    if window.end == Nanos::NEVER {
        return Ok(preview);
    }
    preview.horizon = window.length();
    for (index, point) in preview.points.iter_mut().enumerate() {
        let time = instant(window, index);
        let volume = usual(time).unwrap_or(Qty::ZERO);
        *point = Point {
            time,
            cumulative: planned.quantity_at(order, time, volume),
        };
    }
    preview.count = POINTS_MAX;
    let figures = figures(algorithm, order, instrument, market, &clock);
    let whole = clock.between(window.start, window.end);
    let expected = planned.pace().expectation(&figures, whole);
    preview.cost_milli_bps = expected.cost_milli_bps;
    preview.deviation_milli_bps = expected.deviation_milli_bps;
    Ok(preview)
}

/// The order with this urgency and no other measure of it.
fn with_urgency(order: &Order, urgency: i64) -> Order {
    let measures = [is::URGENCY.id, is::RISK_AVERSION.id, is::HALF_LIFE_MS.id];
    let mut changed = *order;
    changed.parameters = [Parameter::default(); PARAMETERS_MAX];
    changed.parameter_count = 0;
    let asked = Parameter {
        id: is::URGENCY.id,
        value: urgency,
        ..Parameter::default()
    };
    let kept = order.parameters[..order.parameter_count.min(PARAMETERS_MAX)]
        .iter()
        .filter(|p| !measures.contains(&p.id));
    for (slot, parameter) in changed
        .parameters
        .iter_mut()
        .zip(core::iter::once(&asked).chain(kept))
    {
        *slot = *parameter;
        changed.parameter_count += 1;
    }
    changed
}

/// Instant number `index` of [`POINTS_MAX`].
fn instant(window: Window, index: usize) -> Nanos {
    let last = u32::try_from(POINTS_MAX - 1).unwrap_or(1);
    window.after(u32::try_from(index).unwrap_or(last).min(last), last)
}

fn figures(
    algorithm: u16,
    order: &Order,
    instrument: &Instrument,
    market: MarketFigures,
    clock: &Clock,
) -> Figures {
    let id = is::VOLATILITY_BPS.id;
    let bps = order.parameter(id).filter(|_| takes(algorithm, id));
    let volatility = bps.and_then(|v| u32::try_from(v.saturating_mul(100)).ok());
    Figures {
        quantity: order.quantity.0,
        day_volume: clock.day_volume().0,
        day_ns: clock.day(),
        volatility_ppm: volatility.unwrap_or(market.volatility_ppm),
        price: market.mid.0.max(0),
        spread: market.spread.max(0),
        value_per_step: instrument.value_per_step,
    }
}

#[cfg(test)]
mod tests;
