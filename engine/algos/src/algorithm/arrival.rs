//! ARRIVAL: an Almgren-Chriss path whose horizon is computed, against the arrival price (`BEHAVIOUR.md` 3.5).

use super::is::{
    MAX_PCT_VOL_OF_IS, PRICE_ADAPTIVITY, RISK_AVERSION, URGENCY, URGENCY_DEFAULT, VOLATILITY_BPS,
    adaptivity, volatility,
};
use super::line::{ACCEPT_INFEASIBLE, Line};
use super::{Start, Terms};
use crate::auctions::{
    AUCTION_MARKET_ORDERS, CLOSE_AUCTION, INTRADAY_AUCTION, MAX_PCT_AUCTION, OPEN_AUCTION,
};
use crate::params::Params;
use crate::params::shared::{RANDOMIZE_TIME_PCT, Settings};
use crate::schedule::shape::{Greed, Lure};
use crate::schedule::shortfall::{LINE_MIN, Path, Shortfall, Wish};
use crate::schedule::sliced::Sliced;
use crate::tactic::ahead_behind::{AheadBehind, PriceStyle};
use crate::tactic::take::Worst;
use engine_core::algorithm::Refusal;
use engine_models::finish::deviations_of_money;
use engine_models::lean::Lean;
use engine_models::shortfall::{Aversion, Pace, VOLATILITY_DEFAULT_PPM, horizon};
use shm_wire::codes::Completion;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::units::Ppm;

/// What one standard deviation of a day's risk costs at urgency 1 to 5, thousandths of itself.
const DEVIATIONS_MILLI: [u32; 5] = [100, 250, 500, 1_000, 2_000];

/// Urgency: the same parameter as of IS.
const URGENCY_OF_ARRIVAL: ParamSpec = ParamSpec {
    about: "How dear risk is, 1 to 5: a day's standard deviation of the order costs 0.1, 0.25, 0.5, 1 or 2 of itself; without it and `risk_aversion`, 3.",
    ..URGENCY
};
/// Tolerance.
const TOLERANCE_BPS: ParamSpec = ParamSpec {
    id: 1100,
    name: "tolerance_bps",
    unit: Unit::Bps,
    min: 0,
    max: 1_000,
    default: Some(10),
    mutable: true,
    about: "A price that is better than at arrival by this is taken ahead of the path, by a quarter of the order at most; 0 = never.",
};
/// Finishing.
const FORCE_COMPLETION: ParamSpec = ParamSpec {
    id: 1101,
    name: "force_completion",
    unit: Unit::Flag,
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "What is left when the line ends is finished at any cost; without it, not when that is expected to cost more than a day more of the rest risks at the order's urgency.",
};
/// The first child goes at once.
const RANDOMIZE_TIME_OF_ARRIVAL: ParamSpec = ParamSpec {
    default: Some(0),
    ..RANDOMIZE_TIME_PCT
};

/// ARRIVAL's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    URGENCY_OF_ARRIVAL,
    RISK_AVERSION,
    PRICE_ADAPTIVITY,
    VOLATILITY_BPS,
    TOLERANCE_BPS,
    FORCE_COMPLETION,
    ACCEPT_INFEASIBLE,
    MAX_PCT_VOL_OF_IS,
    RANDOMIZE_TIME_OF_ARRIVAL,
    OPEN_AUCTION,
    CLOSE_AUCTION,
    INTRADAY_AUCTION,
    MAX_PCT_AUCTION,
    AUCTION_MARKET_ORDERS,
];

/// Checks the order, computes its horizon and makes its path.
pub(crate) fn start(
    terms: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<Path, AheadBehind>, Refusal> {
    let (settings, constraints) = Settings::read(params)?;
    let order = terms.order;
    let line = Line::of(&terms, &constraints, None)?;
    let given = match volatility(params) {
        0 => VOLATILITY_DEFAULT_PPM,
        given => given,
    };
    let figures = line.figures(&terms, given);
    let aversion = match (params.count(&URGENCY), params.count(&RISK_AVERSION)) {
        (Some(_), Some(_)) => return Err(params.conflict(&RISK_AVERSION, &URGENCY)),
        (None, Some(lam)) => Aversion::Money(lam),
        (urgency, None) => {
            Aversion::Deviations(deviations_milli(urgency.unwrap_or(URGENCY_DEFAULT)))
        }
    };
    let late_milli = match aversion {
        Aversion::Deviations(milli) => milli,
        Aversion::Money(pico) => deviations_of_money(pico, &figures),
    };
    // A sweep to the limit leaves nothing for a reason of cost.
    let forced = params.flag(&FORCE_COMPLETION) || settings.completion == Completion::Hard;
    let wanted = line
        .clock
        .after(order.start, horizon(aversion, &figures), order.end);
    let until = wanted.max(order.start.plus(LINE_MIN)).min(order.end);
    let line = line.until(until);
    let pace = Pace::of_aversion(aversion, &figures, line.whole());
    let wish = Wish {
        pace,
        adaptivity: adaptivity(params),
        volatility_ppm: given,
        lean: Lean::NONE,
        until,
        lure: tolerance(params),
        min_rate: Ppm(0),
        late_milli: if forced { 0 } else { late_milli },
    };
    Ok(Start {
        schedule: Sliced::shaped(
            Shortfall::new(line.clock, wish),
            line.window,
            order.quantity,
            line.interval,
            line.grid,
        ),
        tactic: AheadBehind::new(PriceStyle::Adaptive),
        settings,
        constraints,
    })
}

/// A price better than at arrival by the tolerance, if there is one.
fn tolerance(params: &Params<'_>) -> Lure {
    let bps = params
        .count(&TOLERANCE_BPS)
        .and_then(|v| i32::try_from(v).ok());
    match bps {
        Some(bps @ 1..) => Lure::new(Worst::Arrival { bps: -bps }, Greed::Slices),
        _ => Lure::NONE,
    }
}

/// Thousandths of a deviation of an urgency.
pub(crate) fn deviations_milli(urgency: u64) -> u32 {
    let index = usize::try_from(urgency.clamp(1, 5) - 1).unwrap_or(0);
    DEVIATIONS_MILLI[index]
}
