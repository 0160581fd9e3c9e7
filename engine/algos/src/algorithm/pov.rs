//! POV: a constant share of the market's volume (`BEHAVIOUR.md` 3.3).

use super::{Start, Terms};
use crate::params::Params;
use crate::params::shared::{COMPLETION, MAX_PCT_VOL, PASSIVE_ONLY, Settings};
use crate::schedule::volume::{Volume, Waking};
use crate::tactic::ahead_behind::{AheadBehind, PriceStyle};
use engine_core::algorithm::Refusal;
use shm_wire::codes::Completion;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::units::{DurationNs, PPM_ONE, Ppm};

/// Choices of `wake`.
const WAKES: &[(&str, i64)] = &[("ON_TRADE", 0), ("INTERVAL", 1)];

/// Target rate.
const TARGET_PCT_VOL: ParamSpec = ParamSpec {
    id: 200,
    name: "target_pct_vol",
    unit: Unit::Ppm,
    min: 1,
    max: PPM_ONE as i64 - 1,
    default: Some(100_000),
    mutable: true,
    about: "Wanted share of own / (own + others) volume.",
};
/// Least rate.
const MIN_PCT_VOL: ParamSpec = ParamSpec {
    id: 201,
    name: "min_pct_vol",
    unit: Unit::Ppm,
    min: 1,
    max: PPM_ONE as i64 - 1,
    default: None,
    mutable: true,
    about: "Share below which the order crosses; without it, 1 % to 10 % below the target, by aggression.",
};
/// Timer.
const INTERVAL_MS: ParamSpec = ParamSpec {
    id: 202,
    name: "interval_ms",
    unit: Unit::Millis,
    min: 100,
    max: 86_400_000,
    default: Some(1_000),
    mutable: true,
    about: "How often the order looks at the market while something is behind or rests.",
};
/// Wake.
const WAKE: ParamSpec = ParamSpec {
    id: 203,
    name: "wake",
    unit: Unit::Choice(WAKES),
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "Whether market volume wakes the order as soon as something is due, or the timer alone does.",
};
/// Completion: the shared parameter with POV's default.
const COMPLETION_OF_POV: ParamSpec = ParamSpec {
    default: Some(Completion::Cancel as i64),
    ..COMPLETION
};
/// Participation cap: the shared parameter, described with POV's default.
const MAX_PCT_VOL_OF_POV: ParamSpec = ParamSpec {
    about: "Cap on own / (own + others) volume; without it, a tenth above the target; 100% lifts it.",
    ..MAX_PCT_VOL
};

/// POV's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    TARGET_PCT_VOL,
    MIN_PCT_VOL,
    INTERVAL_MS,
    WAKE,
    COMPLETION_OF_POV,
    MAX_PCT_VOL_OF_POV,
];

/// Checks the order and makes its schedule.
pub(crate) fn start(
    _: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<Volume, AheadBehind>, Refusal> {
    let (settings, mut constraints) = Settings::read(params)?;
    let ppm = |spec: &ParamSpec| {
        params
            .count(spec)
            .and_then(|v| u32::try_from(v).ok())
            .map(Ppm)
    };
    let rate = ppm(&TARGET_PCT_VOL).unwrap_or(Ppm(100_000));
    let min_rate = ppm(&MIN_PCT_VOL);
    let max_sent = ppm(&MAX_PCT_VOL);
    if min_rate.is_some_and(|min| min > rate) {
        return Err(params.conflict(&MIN_PCT_VOL, &TARGET_PCT_VOL));
    }
    if max_sent.is_some_and(|max| max < rate) {
        return Err(params.conflict(&MAX_PCT_VOL, &TARGET_PCT_VOL));
    }
    if min_rate.is_some() && settings.passive_only {
        return Err(params.conflict(&MIN_PCT_VOL, &PASSIVE_ONLY));
    }
    let lifted = max_sent == Some(Ppm(PPM_ONE));
    if settings.completion == Completion::Hard && !lifted {
        return Err(params.conflict(&COMPLETION, &MAX_PCT_VOL));
    }
    if max_sent.is_none() {
        let tenth_above = (u64::from(rate.0) * 11 / 10).min(u64::from(PPM_ONE) - 1);
        constraints.max_pct_vol = u32::try_from(tenth_above).ok().map(Ppm);
    }
    let interval = DurationNs::from_millis(params.count(&INTERVAL_MS).unwrap_or(1_000));
    let waking = if params.value(&WAKE) == Some(1) {
        Waking::Interval
    } else {
        Waking::OnTrade
    };
    Ok(Start {
        schedule: Volume::new(rate, min_rate, interval, waking),
        tactic: AheadBehind::new(PriceStyle::Adaptive),
        settings,
        constraints,
    })
}
