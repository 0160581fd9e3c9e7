//! SWEEP: takes level after level until the order is done or the collar is reached (`BEHAVIOUR.md` 3.6).

use super::iceberg::{COMPLETION_AT_ONCE, signed};
use super::line::ACCEPT_INFEASIBLE;
use super::{Start, Terms};
use crate::params::Params;
use crate::params::shared::Settings;
use crate::schedule::whole::Whole;
use crate::tactic::take::{Appetite, Take, Worst};
use engine_core::algorithm::Refusal;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::units::{PPM_ONE, Ppm};

/// Collar.
pub(super) const COLLAR_BPS: ParamSpec = ParamSpec {
    id: 600,
    name: "collar_bps",
    unit: Unit::Bps,
    min: 1,
    max: 1_000,
    default: Some(100),
    mutable: true,
    about: "How far from the mid at its start the sweep goes; the limit holds all the same.",
};

/// SWEEP's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[COLLAR_BPS, COMPLETION_AT_ONCE, ACCEPT_INFEASIBLE];

/// Checks the order.
pub(crate) fn start(terms: Terms<'_>, params: &Params<'_>) -> Result<Start<Whole, Take>, Refusal> {
    let (settings, constraints) = Settings::read(params)?;
    Ok(Start {
        schedule: Whole::new(terms.slice_min(&constraints), terms.prospect()),
        tactic: tactic(params, &settings)?,
        settings,
        constraints,
    })
}

/// The tactic: what is shown within the collar is taken, one child to a level.
pub(super) fn tactic(params: &Params<'_>, settings: &Settings) -> Result<Take, Refusal> {
    super::sniper::takes(settings)?;
    Ok(Take::sweep(Appetite {
        worst: Worst::Arrival {
            bps: signed(params, &COLLAR_BPS).unwrap_or(100),
        },
        share: Ppm(PPM_ONE),
        cooldown_ms: 0,
        updates: 1,
    }))
}
