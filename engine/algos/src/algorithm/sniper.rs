//! SNIPER, also called I-would: takes the other side when its price is good enough, else is not seen (`BEHAVIOUR.md` 3.6).

use super::iceberg::{COMPLETION_AT_ONCE, signed, small};
use super::line::ACCEPT_INFEASIBLE;
use super::{Start, Terms};
use crate::params::shared::{PASSIVE_ONLY, Settings};
use crate::params::{Params, refuse};
use crate::schedule::whole::Whole;
use crate::tactic::take::{Appetite, Take, Worst};
use engine_core::algorithm::Refusal;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::reason::Reason;
use shm_wire::units::{PPM_ONE, Ppm, Price};

/// Choices of `i_would_ref`.
const REFS: &[(&str, i64)] = &[("ARRIVAL", 0), ("MID", 1), ("LAST", 2)];

/// Price.
pub(super) const I_WOULD_PRICE: ParamSpec = ParamSpec {
    id: 500,
    name: "i_would_price",
    unit: Unit::Price,
    min: -Price::BOUND,
    max: Price::BOUND,
    default: None,
    mutable: true,
    about: "Worst price at which the other side is taken, no worse than the limit.",
};
/// Reference.
pub(super) const I_WOULD_REF: ParamSpec = ParamSpec {
    id: 501,
    name: "i_would_ref",
    unit: Unit::Choice(REFS),
    min: 0,
    max: 2,
    default: Some(0),
    mutable: true,
    about: "Without i_would_price: what that price is measured from; the mid at the start, the mid, the last trade.",
};
/// Distance.
pub(super) const I_WOULD_BPS: ParamSpec = ParamSpec {
    id: 502,
    name: "i_would_bps",
    unit: Unit::Bps,
    min: -1_000,
    max: 1_000,
    default: Some(0),
    mutable: true,
    about: "How much worse than i_would_ref a price may be; negative asks for a better one.",
};
/// Share.
pub(super) const I_WOULD_PCT: ParamSpec = ParamSpec {
    id: 503,
    name: "i_would_pct",
    unit: Unit::Ppm,
    min: 1,
    max: PPM_ONE as i64,
    default: Some(PPM_ONE as i64),
    mutable: true,
    about: "Most of the leaves that one child takes.",
};
/// Cooldown.
pub(super) const COOLDOWN_MS: ParamSpec = ParamSpec {
    id: 504,
    name: "cooldown_ms",
    unit: Unit::Millis,
    min: 0,
    max: 3_600_000,
    default: Some(50),
    mutable: true,
    about: "Least time between two children.",
};
/// Persistence.
pub(super) const PERSIST_UPDATES: ParamSpec = ParamSpec {
    id: 505,
    name: "persist_updates",
    unit: Unit::Count,
    min: 1,
    max: 1_000,
    default: Some(1),
    mutable: true,
    about: "Market updates for which a good price must have been there, the first included; 1 takes at once.",
};

/// SNIPER's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    I_WOULD_PRICE,
    I_WOULD_REF,
    I_WOULD_BPS,
    I_WOULD_PCT,
    COOLDOWN_MS,
    PERSIST_UPDATES,
    COMPLETION_AT_ONCE,
    ACCEPT_INFEASIBLE,
];

/// Checks the order.
pub(crate) fn start(terms: Terms<'_>, params: &Params<'_>) -> Result<Start<Whole, Take>, Refusal> {
    let (settings, constraints) = Settings::read(params)?;
    Ok(Start {
        schedule: Whole::new(terms.slice_min(&constraints), terms.prospect()),
        tactic: tactic(terms, params, &settings)?,
        settings,
        constraints,
    })
}

/// The tactic: what is shown at a good price is taken.
pub(super) fn tactic(
    terms: Terms<'_>,
    params: &Params<'_>,
    settings: &Settings,
) -> Result<Take, Refusal> {
    takes(settings)?;
    let worst = worst(terms, params)?;
    Ok(Take::sniper(Appetite {
        worst,
        share: Ppm(small(params, &I_WOULD_PCT).unwrap_or(PPM_ONE)),
        cooldown_ms: small(params, &COOLDOWN_MS).unwrap_or(50),
        updates: u16::try_from(small(params, &PERSIST_UPDATES).unwrap_or(1)).unwrap_or(u16::MAX),
    }))
}

/// The worst price that is good enough.
pub(super) fn worst(terms: Terms<'_>, params: &Params<'_>) -> Result<Worst, Refusal> {
    let bps = signed(params, &I_WOULD_BPS).unwrap_or(0);
    Ok(
        match (params.value(&I_WOULD_PRICE), params.value(&I_WOULD_REF)) {
            (Some(price), _) => {
                for other in [&I_WOULD_REF, &I_WOULD_BPS] {
                    if params.sent(other).is_some() {
                        return Err(params.conflict(other, &I_WOULD_PRICE));
                    }
                }
                let limit = terms.order.limit;
                let buy = terms.order.side.is_buy();
                let worse = if buy {
                    price > limit.0
                } else {
                    price < limit.0
                };
                if limit.is_some() && worse {
                    let operands = [price, 0, limit.0];
                    return Err(refuse(
                        I_WOULD_PRICE.id,
                        Reason::ParameterConflict,
                        operands,
                    ));
                }
                Worst::Price(Price(price))
            }
            (None, Some(1)) => Worst::Mid { bps },
            (None, Some(2)) => Worst::Last { bps },
            (None, _) => Worst::Arrival { bps },
        },
    )
}

/// Refuses orders that may never take.
pub(super) fn takes(settings: &Settings) -> Result<(), Refusal> {
    if settings.passive_only {
        let operands = [1, 0, 0];
        return Err(refuse(PASSIVE_ONLY.id, Reason::ParameterConflict, operands));
    }
    Ok(())
}
