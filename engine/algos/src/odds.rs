//! How likely an order completes, before it is accepted: under its cap or rate, behind its limit, in the time that it has.
//!
//! The formula is [`engine_models::feasibility`]'s; what is put into it is decided here, in one place for every algorithm.
//!
//! | what bounds the order | share of the expected volume | refused below 5 % |
//! |---|---|---|
//! | a line: TWAP, VWAP, IS, ARRIVAL | the cap | yes |
//! | a rate that leaves what is left: POV, SCALE_POV, CLOSE with completion CANCEL or PAST_END | the rate | no: a part is what was asked for |
//! | a rate that finishes: the same with SOFT or HARD | the cap | yes |
//! | what rests or takes: ICEBERG, PEGGED, SNIPER, SWEEP | the cap, which is the most that it can be | with SOFT or HARD |
//!
//! Nothing is guessed: without an end, a share or a usual volume the odds are unknown, and the acceptance says which is missing. A
//! limit counts from the mid, against a volatility that the order or the caller knows, else against the usual one; by the usual one
//! no order is refused.

use crate::algorithm::Terms;
use crate::algorithm::is::VOLATILITY_BPS;
use crate::algorithm::line::ACCEPT_INFEASIBLE;
use crate::algorithm::vwap::CURVE_ID;
use crate::curves::Rung;
use crate::params::shared::{MAX_PCT_VOL, Settings};
use crate::params::{Params, refuse};
use crate::schedule::outlook::{REFUSE_BELOW_PPM, VOLUME_DEVIATION_PPM};
use engine_core::algorithm::Refusal;
use engine_core::view::Constraints;
use engine_models::feasibility::Chance;
use engine_models::shortfall::{VOLATILITY_DEFAULT_PPM, deviations_ppm};
use shm_wire::codes::{Completion, Side};
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Ppm, Price, Qty};

/// What bounds how much of an order is filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bound {
    /// A line to its end, under the cap if there is one.
    Line,
    /// The same, and the line is what costs least.
    Path,
    /// A rate of the volume, over the last so much of the window, or all of it.
    Rate(Ppm, Option<DurationNs>),
    /// The market: what it brings to a resting child or shows at a good price; a cap bounds it from above.
    Market,
}

impl Bound {
    /// A rate, where the end is to be left as it is; else what finishes there is bounded by the cap.
    pub(crate) const fn of_rate(
        settings: &Settings,
        rate: Ppm,
        length: Option<DurationNs>,
    ) -> Bound {
        if finishes(settings) {
            Bound::Line
        } else {
            Bound::Rate(rate, length)
        }
    }
}

/// Whether the order is to be done by its end.
const fn finishes(settings: &Settings) -> bool {
    matches!(settings.completion, Completion::Soft | Completion::Hard)
}

/// What is not known, so that there are no odds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// The order has no end.
    End = 1,
    /// Nothing says which share of the volume it may be: it has no cap.
    Share = 2,
    /// The usual volume of the instrument.
    Volume = 3,
    /// What an auction will pair.
    Auction = 4,
}

impl Missing {
    /// Number on the wire: 1 end, 2 share, 3 volume, 4 auction.
    #[must_use]
    pub const fn code(self) -> i64 {
        self as i64
    }
}

/// How an order is likely to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Odds {
    /// Probability that all of it is filled, millionths.
    pub completion_ppm: u32,
    /// What is filled on average, steps.
    pub expected_fill: Qty,
}

/// What is asked about.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) terms: Terms<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) constraints: &'a Constraints,
    pub(crate) bound: Bound,
    /// Everything goes into auctions.
    pub(crate) auctions_only: bool,
}

impl Question<'_> {
    /// The odds, or what is missing; an order of next to no chance that is meant to complete is refused, unless it asks to be taken.
    pub(crate) fn answer(&self, params: &Params<'_>) -> Result<Result<Odds, Missing>, Refusal> {
        let chance = match self.volume_alone(params) {
            Ok(chance) => chance,
            Err(missing) => return Ok(Err(missing)),
        };
        let (room, known) = self.room(params);
        let with_limit = Chance { room, ..chance };
        let odds = Odds {
            completion_ppm: with_limit.completion_ppm(),
            expected_fill: Qty(with_limit.expected_fill()),
        };
        let promises = matches!(self.bound, Bound::Line | Bound::Path) || finishes(self.settings);
        if promises && !params.flag(&ACCEPT_INFEASIBLE) {
            let alone = chance.completion_ppm();
            if alone < REFUSE_BELOW_PPM {
                let operands = [alone.into(), 0, 0];
                return Err(refuse(MAX_PCT_VOL.id, Reason::Infeasible, operands));
            }
            if known && odds.completion_ppm < REFUSE_BELOW_PPM {
                return Err(Refusal {
                    field: FieldCode::Limit,
                    parameter: 0,
                    why: Why::new(Reason::Infeasible, [odds.completion_ppm.into(), 0, 0]),
                });
            }
        }
        Ok(Ok(odds))
    }

    /// The order against the volume to come, without its limit.
    fn volume_alone(&self, params: &Params<'_>) -> Result<Chance, Missing> {
        let (order, cap) = (self.terms.order, self.constraints.max_pct_vol);
        if self.auctions_only {
            return Err(Missing::Auction);
        }
        let (share, length) = match (self.bound, cap) {
            (Bound::Line | Bound::Path, None) => (None, None),
            (Bound::Line | Bound::Path, Some(cap)) => (Some(cap), None),
            (Bound::Rate(rate, length), cap) => {
                (Some(cap.map_or(rate, |cap| cap.min(rate))), length)
            }
            (Bound::Market, None) => return Err(Missing::Share),
            (Bound::Market, Some(cap)) => (Some(cap), None),
        };
        let allowed = match share {
            None => None,
            Some(_) if order.end == Nanos::NEVER => return Err(Missing::End),
            Some(share) => {
                let from = match length {
                    Some(length) => order.end.minus(length).max(order.start),
                    None => order.start,
                };
                let clock = self.clock(params);
                let expected = clock.usual_volume(from, order.end).ok_or(Missing::Volume)?;
                Some(share.own_of_others(expected).0)
            }
        };
        Ok(Chance {
            allowed,
            needed: order.quantity.0,
            deviation_ppm: VOLUME_DEVIATION_PPM,
            room: None,
        })
    }

    /// How far the mid is inside the limit, in deviations of the order's time, and whether the volatility is known; `None` without
    /// limit, mid or end.
    fn room(&self, params: &Params<'_>) -> (Option<i32>, bool) {
        let (order, market) = (self.terms.order, self.terms.market);
        let given = params
            .sent(&VOLATILITY_BPS)
            .and_then(|bps| u32::try_from(bps.saturating_mul(100)).ok());
        let known = given.or((market.volatility_ppm > 0).then_some(market.volatility_ppm));
        let relative = self.constraints.relative_limit_bps;
        if order.end == Nanos::NEVER || !market.mid.is_some() {
            return (None, false);
        }
        let Some(distance) = distance((order.side, market.mid), order.limit, relative) else {
            return (None, false);
        };
        let clock = self.clock(params);
        let room = deviations_ppm(
            distance,
            market.mid.0,
            known.unwrap_or(VOLATILITY_DEFAULT_PPM),
            clock.between(order.start, order.end),
            clock.day(),
        );
        (Some(room), known.is_some())
    }

    fn clock(&self, params: &Params<'_>) -> crate::curves::Clock {
        self.rung_and_clock(params).1
    }

    /// The clock of the order's volume, and where it comes from.
    pub(crate) fn rung_and_clock(&self, params: &Params<'_>) -> (Rung, crate::curves::Clock) {
        let named = params.sent(&CURVE_ID).and_then(|id| u16::try_from(id).ok());
        // An order that names a curve which is not there was refused before.
        let found = self.terms.clock(named).or_else(|_| self.terms.clock(None));
        found.map_or(
            (Rung::None, crate::curves::Clock::UNKNOWN),
            |(clock, rung)| (rung, clock),
        )
    }
}

/// How much better than the tighter of limit and relative limit the mid is, 1e-9; `None` without either.
pub(crate) fn distance(
    (side, mid): (Side, Price),
    limit: Price,
    relative_bps: Option<i16>,
) -> Option<i64> {
    let to_limit = limit.is_some().then(|| {
        let above = limit.0.saturating_sub(mid.0);
        if side.is_buy() {
            above
        } else {
            above.saturating_neg()
        }
    });
    let relative = relative_bps.map(|bps| {
        let product = i128::from(mid.0.unsigned_abs()) * i128::from(bps) / 10_000;
        i64::try_from(product).unwrap_or(i64::MAX)
    });
    match (to_limit, relative) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests;
