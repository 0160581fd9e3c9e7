//! The parameters that every algorithm takes, with one meaning. Ids 1 to 99; none is ever used twice.

use super::Params;
use engine_core::algorithm::Refusal;
use engine_core::auction::AuctionTerms;
use engine_core::view::Constraints;
use shm_wire::codes::{CatchUp, Completion, ResumePolicy};
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::units::{PPM_ONE, Ppm, Qty};

/// Choices of `completion`.
const COMPLETIONS: &[(&str, i64)] = &[
    ("CANCEL", Completion::Cancel as i64),
    ("SOFT", Completion::Soft as i64),
    ("HARD", Completion::Hard as i64),
    ("PAST_END", Completion::PastEnd as i64),
];
/// Choices of `catch_up`.
const CATCH_UPS: &[(&str, i64)] = &[
    ("NONE", CatchUp::None as i64),
    ("SMOOTH", CatchUp::Smooth as i64),
    ("IMMEDIATE", CatchUp::Immediate as i64),
];
/// Choices of `ool_policy`.
const RESUMES: &[(&str, i64)] = &[
    ("FREEZE_CLOCK", ResumePolicy::FreezeClock as i64),
    ("CATCH_UP", ResumePolicy::CatchUp as i64),
];

/// Largest quantity of a parameter, steps.
const QTY_MAX: i64 = 1 << 48;

/// Participation cap.
pub const MAX_PCT_VOL: ParamSpec = ParamSpec {
    id: 1,
    name: "max_pct_vol",
    unit: Unit::Ppm,
    min: 1,
    max: PPM_ONE as i64,
    default: None,
    mutable: true,
    about: "Cap on own / (own + others) volume; 100% lifts it.",
};
/// Least child.
pub const MIN_SLICE_QTY: ParamSpec = ParamSpec {
    id: 2,
    name: "min_slice_qty",
    unit: Unit::Quantity,
    min: 1,
    max: QTY_MAX,
    default: None,
    mutable: true,
    about: "Least quantity of a child order; without it, the lot or the venue's minimum.",
};
/// Largest child.
pub const MAX_SLICE_QTY: ParamSpec = ParamSpec {
    id: 3,
    name: "max_slice_qty",
    unit: Unit::Quantity,
    min: 1,
    max: QTY_MAX,
    default: None,
    mutable: true,
    about: "Largest quantity of a child order.",
};
/// Size jitter.
pub const RANDOMIZE_SIZE_PCT: ParamSpec = ParamSpec {
    id: 4,
    name: "randomize_size_pct",
    unit: Unit::Ppm,
    min: 0,
    max: 400_000,
    default: Some(200_000),
    mutable: true,
    about: "How far the quantity of a slice may vary to either side, zero-mean against the schedule.",
};
/// Time jitter.
pub const RANDOMIZE_TIME_PCT: ParamSpec = ParamSpec {
    id: 5,
    name: "randomize_time_pct",
    unit: Unit::Ppm,
    min: 0,
    max: 400_000,
    default: Some(200_000),
    mutable: true,
    about: "How late inside its interval a slice may fall due, so that gaps vary by this to either side.",
};
/// Completion policy.
pub const COMPLETION: ParamSpec = ParamSpec {
    id: 6,
    name: "completion",
    unit: Unit::Choice(COMPLETIONS),
    min: 0,
    max: 3,
    default: Some(Completion::Soft as i64),
    mutable: true,
    about: "What happens to leaves near the end: stop, cross what fits the touch, sweep to limit or collar, or go on after the end.",
};
/// Catch-up.
pub const CATCH_UP: ParamSpec = ParamSpec {
    id: 7,
    name: "catch_up",
    unit: Unit::Choice(CATCH_UPS),
    min: 0,
    max: 2,
    default: Some(CatchUp::Smooth as i64),
    mutable: true,
    about: "How lateness is worked off: not at all, within catch_up_cap_x, or at once.",
};
/// Catch-up cap.
pub const CATCH_UP_CAP_X: ParamSpec = ParamSpec {
    id: 8,
    name: "catch_up_cap_x",
    unit: Unit::Count,
    min: 1,
    max: 20,
    default: Some(3),
    mutable: true,
    about: "With catch_up SMOOTH: most that is sent at a time, in nominal slices.",
};
/// Out-of-limit policy.
pub const OOL_POLICY: ParamSpec = ParamSpec {
    id: 9,
    name: "ool_policy",
    unit: Unit::Choice(RESUMES),
    min: 0,
    max: 1,
    default: Some(ResumePolicy::FreezeClock as i64),
    mutable: true,
    about: "After time out of limit: a new schedule from there to the end, or the old one and catch up.",
};
/// Aggression.
pub const AGGRESSION: ParamSpec = ParamSpec {
    id: 10,
    name: "aggression",
    unit: Unit::Count,
    min: 0,
    max: 10,
    default: Some(5),
    mutable: true,
    about: "How narrow the band around the schedule is before the spread is crossed: 0 widest, 10 narrowest.",
};
/// Passive only.
pub const PASSIVE_ONLY: ParamSpec = ParamSpec {
    id: 11,
    name: "passive_only",
    unit: Unit::Flag,
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "Never takes liquidity: every child is post-only, lateness and the end included.",
};
/// Cost cap of a HARD completion.
pub const HARD_COST_CAP_BPS: ParamSpec = ParamSpec {
    id: 12,
    name: "hard_cost_cap_bps",
    unit: Unit::Bps,
    min: 1,
    max: 1_000,
    default: Some(50),
    mutable: true,
    about: "With completion HARD: how far from the mid the sweep may go.",
};
/// Busted quantity.
pub const REWORK_BUSTS: ParamSpec = ParamSpec {
    id: 13,
    name: "rework_busts",
    unit: Unit::Flag,
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "Quantity re-opened by busted fills is worked again at once instead of being withheld.",
};
/// Limit against the arrival price.
pub const RELATIVE_LIMIT_BPS: ParamSpec = ParamSpec {
    id: 14,
    name: "relative_limit_bps",
    unit: Unit::Bps,
    min: -1_000,
    max: 1_000,
    default: None,
    mutable: true,
    about: "How much worse than the arrival price a price may be (negative: how much better it must be); the tighter of this and the limit holds.",
};

/// The shared parameters.
pub static PARAMS: &[ParamSpec] = &[
    MAX_PCT_VOL,
    MIN_SLICE_QTY,
    MAX_SLICE_QTY,
    RANDOMIZE_SIZE_PCT,
    RANDOMIZE_TIME_PCT,
    COMPLETION,
    CATCH_UP,
    CATCH_UP_CAP_X,
    OOL_POLICY,
    AGGRESSION,
    PASSIVE_ONLY,
    HARD_COST_CAP_BPS,
    REWORK_BUSTS,
    RELATIVE_LIMIT_BPS,
];

/// What the shared parameters of one order say, decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Completion policy.
    pub completion: Completion,
    /// Catch-up.
    pub catch_up: CatchUp,
    /// Catch-up cap, nominal slices.
    pub catch_up_cap_x: u8,
    /// Aggression 0 to 10.
    pub aggression: u8,
    /// Never take liquidity.
    pub passive_only: bool,
    /// Size jitter to either side.
    pub randomize_size: Ppm,
    /// Time jitter.
    pub randomize_time: Ppm,
    /// How far from the mid a HARD completion may go, bps.
    pub hard_cost_cap_bps: u16,
}

impl Settings {
    /// Decodes and checks the shared parameters.
    pub(crate) fn read(params: &Params<'_>) -> Result<(Settings, Constraints), Refusal> {
        let small = |spec: &ParamSpec| {
            params
                .count(spec)
                .and_then(|v| u16::try_from(v).ok())
                .unwrap_or(0)
        };
        let ppm = |spec: &ParamSpec| {
            params
                .count(spec)
                .and_then(|v| u32::try_from(v).ok())
                .map(Ppm)
        };
        let settings = Settings {
            completion: match params.value(&COMPLETION) {
                Some(0) => Completion::Cancel,
                Some(2) => Completion::Hard,
                Some(3) => Completion::PastEnd,
                _ => Completion::Soft,
            },
            catch_up: match params.value(&CATCH_UP) {
                Some(0) => CatchUp::None,
                Some(2) => CatchUp::Immediate,
                _ => CatchUp::Smooth,
            },
            catch_up_cap_x: u8::try_from(small(&CATCH_UP_CAP_X)).unwrap_or(u8::MAX),
            aggression: u8::try_from(small(&AGGRESSION)).unwrap_or(u8::MAX),
            passive_only: params.flag(&PASSIVE_ONLY),
            randomize_size: ppm(&RANDOMIZE_SIZE_PCT).unwrap_or(Ppm(0)),
            randomize_time: ppm(&RANDOMIZE_TIME_PCT).unwrap_or(Ppm(0)),
            hard_cost_cap_bps: small(&HARD_COST_CAP_BPS),
        };
        let min_slice = params.count(&MIN_SLICE_QTY);
        let max_slice = params.count(&MAX_SLICE_QTY);
        if let (Some(min), Some(max)) = (min_slice, max_slice)
            && min > max
        {
            return Err(params.conflict(&MIN_SLICE_QTY, &MAX_SLICE_QTY));
        }
        if settings.passive_only && settings.completion == Completion::Hard {
            return Err(params.conflict(&PASSIVE_ONLY, &COMPLETION));
        }
        let freeze = params.value(&OOL_POLICY) != Some(ResumePolicy::CatchUp as i64);
        let constraints = Constraints {
            max_pct_vol: ppm(&MAX_PCT_VOL).filter(|c| c.0 < PPM_ONE),
            min_slice_qty: Qty(min_slice.unwrap_or(0)),
            max_slice_qty: Qty(max_slice.unwrap_or(u64::MAX)),
            sweep: settings.completion == Completion::Hard,
            freeze_clock_out_of_limit: freeze,
            past_end: settings.completion == Completion::PastEnd,
            rework_busts: params.flag(&REWORK_BUSTS),
            count_volume_out_of_limit: !freeze,
            block_filter: false,
            relative_limit_bps: params
                .value(&RELATIVE_LIMIT_BPS)
                .and_then(|v| i16::try_from(v).ok()),
            auctions: AuctionTerms::NONE,
        };
        Ok((settings, constraints))
    }

    /// Share of the whole order that the band has to either side (`BEHAVIOUR.md` 2.4): 10 % at 0, 5 % at 3, 3 % at 5,
    /// 0.5 % at 10, straight lines between.
    #[must_use]
    pub const fn band(&self) -> Ppm {
        const BAND: [u32; 11] = [
            100_000, 83_333, 66_667, 50_000, 40_000, 30_000, 25_000, 20_000, 15_000, 10_000, 5_000,
        ];
        Ppm(BAND[if self.aggression > 10 {
            10
        } else {
            self.aggression as usize
        }])
    }

    /// Most to send at a time when nominal slices have this size.
    #[must_use]
    pub const fn emission_max(&self, nominal: Qty) -> Qty {
        match self.catch_up {
            CatchUp::None => nominal,
            CatchUp::Smooth => nominal.mul_div(self.catch_up_cap_x as u64, 1),
            CatchUp::Immediate => Qty(u64::MAX),
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::{CatchUp, Completion, Ppm, Settings};

    /// The defaults.
    pub(crate) const DEFAULTS: Settings = Settings {
        completion: Completion::Soft,
        catch_up: CatchUp::Smooth,
        catch_up_cap_x: 3,
        aggression: 5,
        passive_only: false,
        randomize_size: Ppm(200_000),
        randomize_time: Ppm(200_000),
        hard_cost_cap_bps: 50,
    };

    #[test]
    fn the_band_narrows_with_aggression() {
        let band = |aggression| {
            Settings {
                aggression,
                ..DEFAULTS
            }
            .band()
            .0
        };
        assert_eq!([0, 3, 5, 10].map(band), [100_000, 50_000, 30_000, 5_000]);
        assert!((0..10).all(|a| band(a) > band(a + 1)));
    }
}
