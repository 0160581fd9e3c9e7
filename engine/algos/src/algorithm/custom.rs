//! CUSTOM: a pairing of schedule and tactic that the order chooses by name; parts of other algorithms, no code.
//!
//! A parameter of a part that was not chosen is refused: it would do nothing.

use super::iceberg::{DISPLAY_HIGH, DISPLAY_LOW, DISPLAY_QTY, REFRESH_DELAY_MS, TICK_OFFSET};
use super::line::ACCEPT_INFEASIBLE;
use super::pegged::{MAX_CHASE_TICKS, MIN_CHASE_TICKS, MIN_REST_MS, NO_RETREAT, OFFSET_BPS};
use super::pegged::{OFFSET_TICKS, PEG, ROUND_DIRECTION};
use super::pov::{BLOCK_FILTER, FORGIVE_AFTER, LIQUIDITY_ADAPTIVITY, MIN_PCT_VOL, TARGET_PCT_VOL};
use super::sniper::PERSIST_UPDATES;
use super::sniper::{COOLDOWN_MS, I_WOULD_BPS, I_WOULD_PCT, I_WOULD_PRICE, I_WOULD_REF};
use super::sweep::COLLAR_BPS;
use super::twap::{INTERVAL_MS, ORDER_SIZE_OVERRIDE, PRICE_OFFSET_TICKS, PRICE_STYLE, SLICES};
use super::vwap::{CURVE_ID, DYNAMIC_CURVE, SPEED_UP_NEAR_LIMIT};
use super::{Start, Terms, iceberg, pegged, pov, sniper, sweep, twap, vwap};
use crate::params::Params;
use crate::params::shared::Settings;
use crate::schedule::any::AnySchedule;
use crate::schedule::whole::Whole;
use crate::tactic::any::AnyTactic;
use engine_core::algorithm::Refusal;
use shm_wire::params::{ParamSpec, Unit};

/// Choices of `schedule`.
const SCHEDULES: &[(&str, i64)] = &[("LINEAR", 0), ("VOLUME", 1), ("AT_ONCE", 2), ("CURVE", 3)];
/// Choices of `tactic`.
const TACTICS: &[(&str, i64)] = &[
    ("AHEAD_BEHIND", 0),
    ("PEG", 1),
    ("ICEBERG", 2),
    ("SNIPE", 3),
    ("SWEEP", 4),
];

/// Schedule.
const SCHEDULE: ParamSpec = ParamSpec {
    id: 950,
    name: "schedule",
    unit: Unit::Choice(SCHEDULES),
    min: 0,
    max: 3,
    default: Some(0),
    mutable: true,
    about: "How much is due when: the line of TWAP, the rate of POV, everything at once, the curve of VWAP.",
};
/// Tactic.
const TACTIC: ParamSpec = ParamSpec {
    id: 951,
    name: "tactic",
    unit: Unit::Choice(TACTICS),
    min: 0,
    max: 4,
    default: Some(0),
    mutable: true,
    about: "How what is due is sent: as TWAP and POV do, or as PEGGED, ICEBERG, SNIPER or SWEEP do.",
};

/// CUSTOM's own parameters: the choice, and those of the parts.
pub(crate) static PARAMS: &[ParamSpec] = &[
    SCHEDULE,
    TACTIC,
    INTERVAL_MS,
    SLICES,
    ORDER_SIZE_OVERRIDE,
    TARGET_PCT_VOL,
    MIN_PCT_VOL,
    BLOCK_FILTER,
    LIQUIDITY_ADAPTIVITY,
    FORGIVE_AFTER,
    DYNAMIC_CURVE,
    SPEED_UP_NEAR_LIMIT,
    CURVE_ID,
    ACCEPT_INFEASIBLE,
    PRICE_STYLE,
    PRICE_OFFSET_TICKS,
    PEG,
    OFFSET_TICKS,
    OFFSET_BPS,
    MIN_CHASE_TICKS,
    MAX_CHASE_TICKS,
    MIN_REST_MS,
    NO_RETREAT,
    ROUND_DIRECTION,
    DISPLAY_QTY,
    DISPLAY_LOW,
    DISPLAY_HIGH,
    REFRESH_DELAY_MS,
    TICK_OFFSET,
    I_WOULD_PRICE,
    I_WOULD_REF,
    I_WOULD_BPS,
    I_WOULD_PCT,
    COOLDOWN_MS,
    PERSIST_UPDATES,
    COLLAR_BPS,
];

/// The parameters of each schedule, in the order of their numbers.
static OF_SCHEDULES: [&[ParamSpec]; 4] = [
    &[INTERVAL_MS, SLICES, ORDER_SIZE_OVERRIDE, ACCEPT_INFEASIBLE],
    &[
        TARGET_PCT_VOL,
        MIN_PCT_VOL,
        BLOCK_FILTER,
        LIQUIDITY_ADAPTIVITY,
        FORGIVE_AFTER,
        ACCEPT_INFEASIBLE,
    ],
    &[ACCEPT_INFEASIBLE],
    &[
        DYNAMIC_CURVE,
        SPEED_UP_NEAR_LIMIT,
        CURVE_ID,
        ACCEPT_INFEASIBLE,
    ],
];
/// The parameters of each tactic, in the order of their numbers.
static OF_TACTICS: [&[ParamSpec]; 5] = [
    &[PRICE_STYLE, PRICE_OFFSET_TICKS],
    pegged::PARAMS,
    iceberg::PARAMS,
    sniper::PARAMS,
    sweep::PARAMS,
];

/// Checks the order and pairs what it chose.
pub(crate) fn start(
    terms: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<AnySchedule, AnyTactic>, Refusal> {
    let (settings, mut constraints) = Settings::read(params)?;
    refuse_unused(params)?;
    let schedule = match params.value(&SCHEDULE) {
        Some(1) => AnySchedule::Volume(pov::schedule(&terms, params, &settings, &mut constraints)?),
        Some(2) => {
            let part = terms.slice_min(&constraints);
            AnySchedule::Whole(Whole::new(part, terms.prospect()))
        }
        Some(3) => AnySchedule::Curved(vwap::schedule(terms, params, &constraints)?),
        _ => AnySchedule::Linear(twap::schedule(terms, params, &mut constraints)?),
    };
    let tactic = match params.value(&TACTIC) {
        Some(1) => AnyTactic::Single(pegged::tactic(params, &constraints)?),
        Some(2) => AnyTactic::Single(iceberg::tactic(terms, params, &constraints)?),
        Some(3) => AnyTactic::Take(sniper::tactic(terms, params, &settings)?),
        Some(4) => AnyTactic::Take(sweep::tactic(params, &settings)?),
        _ => AnyTactic::AheadBehind(twap::tactic(params, &settings)?),
    };
    Ok(Start {
        schedule,
        tactic,
        settings,
        constraints,
    })
}

/// Refuses what neither the schedule nor the tactic would read.
fn refuse_unused(params: &Params<'_>) -> Result<(), Refusal> {
    let chosen = |spec: &ParamSpec, of: &[&'static [ParamSpec]]| {
        let index = params.count(spec).and_then(|n| usize::try_from(n).ok());
        index.and_then(|n| of.get(n).copied()).unwrap_or(&[])
    };
    let schedule = chosen(&SCHEDULE, &OF_SCHEDULES);
    let tactic = chosen(&TACTIC, &OF_TACTICS);
    let reads = |id: u16| schedule.iter().chain(tactic).any(|p| p.id == id);
    let belongs = |of: &[&[ParamSpec]], id: u16| of.iter().any(|p| p.iter().any(|s| s.id == id));
    for spec in &PARAMS[2..] {
        if params.sent(spec).is_none() || reads(spec.id) {
            continue;
        }
        let choice = if belongs(&OF_SCHEDULES, spec.id) {
            &SCHEDULE
        } else {
            &TACTIC
        };
        return Err(params.conflict(spec, choice));
    }
    Ok(())
}
