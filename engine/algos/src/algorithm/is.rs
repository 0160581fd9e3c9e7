//! IS, implementation shortfall: an Almgren-Chriss path from start to end (`BEHAVIOUR.md` 3.4).

use super::line::{ACCEPT_INFEASIBLE, Line};
use super::pov::{MIN_PCT_VOL, ppm};
use super::sniper::{I_WOULD_BPS, I_WOULD_PCT, I_WOULD_PRICE, I_WOULD_REF, worst};
use super::{Start, Terms};
use crate::auctions::{
    AUCTION_MARKET_ORDERS, CLOSE_AUCTION, INTRADAY_AUCTION, MAX_PCT_AUCTION, OPEN_AUCTION,
};
use crate::params::Params;
use crate::params::shared::{MAX_PCT_VOL, PASSIVE_ONLY, Settings};
use crate::schedule::shape::{Greed, Lure};
use crate::schedule::shortfall::{Adaptivity, Path, Shortfall, Wish};
use crate::schedule::sliced::Sliced;
use crate::tactic::ahead_behind::{AheadBehind, PriceStyle};
use engine_core::algorithm::Refusal;
use engine_core::view::Order;
use engine_models::lean::Lean;
use engine_models::shortfall::{Aversion, Figures, Pace, VOLATILITY_DEFAULT_PPM};
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::units::{Nanos, PPM_ONE, Ppm};

/// `kappa * T` of urgency 1 to 5, thousandths.
pub(crate) const PRODUCTS_MILLI: [u32; 5] = [500, 1_500, 3_000, 6_000, 12_000];
/// Urgency of an order that asks for none.
pub(crate) const URGENCY_DEFAULT: u64 = 3;
/// Choices of `price_adaptivity`.
const ADAPTIVITIES: &[(&str, i64)] = &[("NEUTRAL", 0), ("AIM", 1), ("PIM", 2)];

/// Urgency.
pub(crate) const URGENCY: ParamSpec = ParamSpec {
    id: 1000,
    name: "urgency",
    unit: Unit::Count,
    min: 1,
    max: 5,
    default: None,
    mutable: true,
    about: "How early the order trades, 1 to 5: half-way through its (volume) time 51.5, 61.4, 78.7, 95.0 and 99.8 percent are done; without it, `risk_aversion` and `half_life_ms`, 3.",
};
/// Risk aversion.
pub(crate) const RISK_AVERSION: ParamSpec = ParamSpec {
    id: 1001,
    name: "risk_aversion",
    unit: Unit::Count,
    min: 1,
    max: 1_000_000_000_000,
    default: None,
    mutable: true,
    about: "Weight of variance against cost, in 1e-12 per unit of the quote currency (1000000 is 1e-6), instead of `urgency`.",
};
/// Half-life.
pub(crate) const HALF_LIFE_MS: ParamSpec = ParamSpec {
    id: 1002,
    name: "half_life_ms",
    unit: Unit::Millis,
    min: 1_000,
    max: 86_400_000,
    default: None,
    mutable: true,
    about: "Time in which the position falls to 1/e when the window is long, instead of `urgency`.",
};
/// Adaptivity.
pub(crate) const PRICE_ADAPTIVITY: ParamSpec = ParamSpec {
    id: 1003,
    name: "price_adaptivity",
    unit: Unit::Choice(ADAPTIVITIES),
    min: 0,
    max: 2,
    default: Some(0),
    mutable: true,
    about: "Speed by the price since arrival, by half at most: not at all, faster when it is favourable (AIM), faster when it is adverse (PIM).",
};
/// Volatility.
pub(crate) const VOLATILITY_BPS: ParamSpec = ParamSpec {
    id: 1004,
    name: "volatility_bps",
    unit: Unit::Bps,
    min: 1,
    max: 5_000,
    default: None,
    mutable: true,
    about: "Volatility of a day, of the price; without it 200, and what the market shows once two minutes of it were seen.",
};
/// Signal.
const ALPHA_BPS: ParamSpec = ParamSpec {
    id: 1005,
    name: "alpha_bps",
    unit: Unit::Bps,
    min: -1_000,
    max: 1_000,
    default: None,
    mutable: true,
    about: "How far the price is expected to move over the order's time, up being positive: earlier if that is against the order, later if it is in its favour.",
};
/// Least share.
const MIN_PCT_VOL_OF_IS: ParamSpec = ParamSpec {
    about: "Share of own / (own + others) volume that the order keeps up with, also where its path asks for less.",
    ..MIN_PCT_VOL
};
/// I-would: the parameters of SNIPER, off unless one of them is given.
const I_WOULD_PRICE_OF_IS: ParamSpec = ParamSpec {
    about: "I-would: a price of the other side that is taken ahead of the path, no worse than the limit.",
    ..I_WOULD_PRICE
};
const I_WOULD_REF_OF_IS: ParamSpec = ParamSpec {
    default: None,
    about: "I-would: instead of i_would_price, what that price is measured from; the mid at the start (without it), the mid, the last trade.",
    ..I_WOULD_REF
};
const I_WOULD_BPS_OF_IS: ParamSpec = ParamSpec {
    default: None,
    about: "I-would: how much worse than i_would_ref a price may be (without it, not at all); negative asks for a better one.",
    ..I_WOULD_BPS
};
const I_WOULD_PCT_OF_IS: ParamSpec = ParamSpec {
    default: None,
    about: "I-would: most of the leaves that one child takes (without it, all of them, as far as they are shown).",
    ..I_WOULD_PCT
};
/// The parameters of an I-would.
static I_WOULD: [&ParamSpec; 4] = [
    &I_WOULD_PRICE_OF_IS,
    &I_WOULD_REF_OF_IS,
    &I_WOULD_BPS_OF_IS,
    &I_WOULD_PCT_OF_IS,
];
/// Participation cap: the shared parameter with a default.
pub(crate) const MAX_PCT_VOL_OF_IS: ParamSpec = ParamSpec {
    default: Some(250_000),
    about: "Cap on own / (own + others) volume, held against what was traded and what is expected; 100% lifts it.",
    ..MAX_PCT_VOL
};

/// IS's own parameters.
pub(crate) static PARAMS: &[ParamSpec] = &[
    URGENCY,
    RISK_AVERSION,
    HALF_LIFE_MS,
    PRICE_ADAPTIVITY,
    VOLATILITY_BPS,
    ALPHA_BPS,
    MIN_PCT_VOL_OF_IS,
    I_WOULD_PRICE_OF_IS,
    I_WOULD_REF_OF_IS,
    I_WOULD_BPS_OF_IS,
    I_WOULD_PCT_OF_IS,
    ACCEPT_INFEASIBLE,
    MAX_PCT_VOL_OF_IS,
    OPEN_AUCTION,
    CLOSE_AUCTION,
    INTRADAY_AUCTION,
    MAX_PCT_AUCTION,
    AUCTION_MARKET_ORDERS,
];

/// Checks the order and makes its path.
pub(crate) fn start(
    terms: Terms<'_>,
    params: &Params<'_>,
) -> Result<Start<Path, AheadBehind>, Refusal> {
    let (settings, constraints) = Settings::read(params)?;
    let order = terms.order;
    let min_rate = min_rate(params, &settings)?;
    let lure = i_would(terms, params, &settings)?;
    let line = Line::of(&terms, &constraints, None)?;
    let given = volatility(params);
    let figures = line.figures(&terms, given);
    let (pace, of_money) = pace(params, &figures, line.whole())?;
    let wish = Wish {
        pace,
        adaptivity: adaptivity(params),
        // A pace from money stands for a volatility; one from an urgency for whatever the market is like at first.
        volatility_ppm: match given {
            0 if of_money => VOLATILITY_DEFAULT_PPM,
            given => given,
        },
        lean: lean(params, order, pace, (&figures, line.whole())),
        until: Nanos::NEVER,
        lure,
        min_rate,
        late_milli: 0,
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

/// The least share asked for, zero for none; refused where it contradicts other wishes.
fn min_rate(params: &Params<'_>, settings: &Settings) -> Result<Ppm, Refusal> {
    let Some(min) = ppm(params, &MIN_PCT_VOL_OF_IS) else {
        return Ok(Ppm(0));
    };
    if ppm(params, &MAX_PCT_VOL_OF_IS).is_some_and(|max| max < min) {
        return Err(params.conflict(&MIN_PCT_VOL_OF_IS, &MAX_PCT_VOL_OF_IS));
    }
    if settings.passive_only {
        return Err(params.conflict(&MIN_PCT_VOL_OF_IS, &PASSIVE_ONLY));
    }
    Ok(min)
}

/// The price that is taken ahead of the path, if one was asked for.
fn i_would(terms: Terms<'_>, params: &Params<'_>, settings: &Settings) -> Result<Lure, Refusal> {
    let Some(asked) = I_WOULD.iter().find(|s| params.sent(s).is_some()) else {
        return Ok(Lure::NONE);
    };
    if settings.passive_only {
        return Err(params.conflict(asked, &PASSIVE_ONLY));
    }
    let share = ppm(params, &I_WOULD_PCT_OF_IS).unwrap_or(Ppm(PPM_ONE));
    Ok(Lure::new(worst(terms, params)?, Greed::Share(share)))
}

/// How the signal bends the path.
fn lean(params: &Params<'_>, order: &Order, pace: Pace, over: (&Figures, u64)) -> Lean {
    let up_ppm = params.value(&ALPHA_BPS).unwrap_or(0).saturating_mul(100);
    let favour = if order.side.is_buy() { -up_ppm } else { up_ppm };
    if favour == 0 {
        return Lean::NONE;
    }
    Lean::of_move(favour, pace, over.0, over.1)
}

/// The pace asked for over `whole` ns of volume time, and whether it comes from money.
fn pace(params: &Params<'_>, figures: &Figures, whole: u64) -> Result<(Pace, bool), Refusal> {
    let asked = (
        params.count(&URGENCY),
        params.count(&RISK_AVERSION),
        params.count(&HALF_LIFE_MS),
    );
    Ok(match asked {
        (Some(_), Some(_), _) => return Err(params.conflict(&RISK_AVERSION, &URGENCY)),
        (Some(_), _, Some(_)) => return Err(params.conflict(&HALF_LIFE_MS, &URGENCY)),
        (_, Some(_), Some(_)) => return Err(params.conflict(&HALF_LIFE_MS, &RISK_AVERSION)),
        (None, Some(lam), None) => {
            let pace = Pace::of_aversion(Aversion::Money(lam), figures, whole);
            (pace, true)
        }
        (None, None, Some(ms)) => (Pace::of_half_life(ms.saturating_mul(1_000_000)), false),
        (urgency, None, None) => {
            let product = product_milli(urgency.unwrap_or(URGENCY_DEFAULT));
            (Pace::of_product(product, whole), false)
        }
    })
}

/// `kappa * T` of an urgency, thousandths.
pub(crate) fn product_milli(urgency: u64) -> u32 {
    let index = usize::try_from(urgency.clamp(1, 5) - 1).unwrap_or(0);
    PRODUCTS_MILLI[index]
}

/// Daily volatility asked for, millionths; 0 for none.
pub(crate) fn volatility(params: &Params<'_>) -> u32 {
    let bps = params.count(&VOLATILITY_BPS).unwrap_or(0);
    u32::try_from(bps.saturating_mul(100)).unwrap_or(0)
}

/// Adaptivity asked for.
pub(crate) fn adaptivity(params: &Params<'_>) -> Adaptivity {
    match params.value(&PRICE_ADAPTIVITY) {
        Some(1) => Adaptivity::Aim,
        Some(2) => Adaptivity::Pim,
        _ => Adaptivity::Neutral,
    }
}
