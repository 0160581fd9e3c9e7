//! Pegs: a price that follows the touch, the mid or the last trade at a distance.

use super::price::{self, OthersTouch, ahead_of, towards_far};
use engine_core::algorithm::Wake;
use engine_core::view::View;
use shm_wire::instrument::Round;
use shm_wire::units::{Price, Qty};

/// What a price follows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Reference {
    /// The own side of the touch.
    #[default]
    Primary,
    /// The other side of the touch.
    Market,
    /// The middle of the touch.
    Mid,
    /// The last trade.
    Last,
    /// The average price of the day's eligible prints.
    Vwap,
}

/// A reference and the distance to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peg {
    /// What is followed.
    pub reference: Reference,
    /// Distance, ticks; positive is more aggressive.
    pub offset_ticks: i32,
    /// Distance, basis points of the reference, added to the ticks; positive is more aggressive.
    pub offset_bps: i32,
    /// Round off-tick prices to the aggressive side.
    pub round_aggressive: bool,
    others: OthersTouch,
}

impl Peg {
    /// At `offset_ticks` from `reference`.
    #[must_use]
    pub const fn new(reference: Reference, offset_ticks: i32) -> Peg {
        Peg {
            reference,
            offset_ticks,
            offset_bps: 0,
            round_aggressive: false,
            others: OthersTouch::UNKNOWN,
        }
    }

    /// Reference and pegged price; none before the first trade when that is followed. The book is usable.
    pub(super) fn price(&mut self, view: &View<'_>, passive_only: bool) -> Option<(Price, Price)> {
        let buy = view.is_buy();
        let (near, far) = (self.others.look(view), view.market.far(buy));
        let reference = match self.reference {
            Reference::Primary => near,
            Reference::Market => far,
            Reference::Mid => near.mid(far),
            Reference::Last => view.market.last,
            Reference::Vwap => view.market.average_price(),
        };
        if !reference.is_some() {
            return None;
        }
        let tick = view.instrument.tick_at(reference);
        let share = i128::from(reference.0.unsigned_abs()) * i128::from(self.offset_bps) / 10_000;
        let share = i64::try_from(share).unwrap_or(0);
        let offset = tick
            .saturating_mul(i64::from(self.offset_ticks))
            .saturating_add(share);
        let way = match (self.round_aggressive, price::passive(buy)) {
            (true, Round::Down) => Round::Up,
            (true, Round::Up) => Round::Down,
            (false, way) => way,
        };
        let exact = towards_far(reference, offset, buy);
        let mut pegged = view.instrument.round_to_tick(exact, way);
        let rests = matches!(self.reference, Reference::Primary | Reference::Mid);
        if (rests || passive_only) && ahead_of(pegged, far, buy) >= 0 {
            pegged = towards_far(far, -tick, buy);
        }
        Some((reference, view.within_limit(pegged)))
    }

    /// Marks at which the reference has moved by `ticks` since now.
    pub(super) fn wake(&self, view: &View<'_>, ticks: u32) -> Wake {
        let (bid, ask) = (view.market.bid, view.market.ask);
        let distance = |touch: Price| {
            let tick = view.instrument.tick_at(touch);
            tick.saturating_mul(i64::from(ticks.max(1)))
        };
        let at = |touch: Price, sign: i64| touch.checked_add(sign * distance(touch));
        let on_bid = Wake {
            bid_at_or_above: at(bid, 1),
            bid_at_or_below: at(bid, -1),
            ..Wake::NEVER
        };
        let on_ask = Wake {
            ask_at_or_above: at(ask, 1),
            ask_at_or_below: at(ask, -1),
            ..Wake::NEVER
        };
        let buy = view.is_buy();
        match self.reference {
            Reference::Primary if buy => on_bid,
            Reference::Primary => on_ask,
            Reference::Market if buy => on_ask,
            Reference::Market => on_bid,
            Reference::Mid => on_bid.or(on_ask),
            Reference::Last | Reference::Vwap => Wake::at_volume(view.market_volume + Qty(1)),
        }
    }
}
