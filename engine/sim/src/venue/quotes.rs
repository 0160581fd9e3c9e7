//! Quote and trade history: only the touch and the prints are known.
//!
//! The displayed quantity of each touch stands in the book as anonymous quantity; our orders queue among it. A quote is the
//! last word on what is displayed. A price that the touch has left is out of view: our orders there keep what they knew of their
//! queue until the touch returns.

use shm_wire::codes::BookSide;
use shm_wire::market::{Quote, Trade, condition};
use shm_wire::message::Message;
use shm_wire::units::{Price, Qty};

use super::children::Shared;
use super::depth::count_execution;
use super::market::Market;
use crate::matching::SIDES;
use crate::matching::book::{rank, side_index};

/// Conditions of a print that no resting order of ours can take part in.
const NOT_FOR_US: u32 = condition::INELIGIBLE | condition::OFF_EXCHANGE;

impl Market {
    /// Takes one quote. `false` when a field breaks its rule.
    pub(super) fn on_quote(&mut self, shared: &mut Shared, quote: &Quote) -> bool {
        if self.by_depth {
            shared.stats.quotes_ignored += 1;
            return true;
        }
        let (Some(bid_qty), Some(ask_qty)) =
            (Qty::decode(quote.bid_qty), Qty::decode(quote.ask_qty))
        else {
            return false;
        };
        // An empty side has no price, or nothing there.
        let side = |price, qty: Qty| Price::decode(price).filter(|_| !qty.is_zero());
        let touch = [
            side(quote.bid_price, bid_qty),
            side(quote.ask_price, ask_qty),
        ];
        for side in SIDES {
            self.leave_touch(side, touch[side_index(side)]);
        }
        for (side, qty) in SIDES.into_iter().zip([bid_qty, ask_qty]) {
            if let Some(price) = touch[side_index(side)] {
                self.set_level(shared, side, price, qty);
            }
        }
        self.quoted = touch;
        // A national quote may be locked or crossed for a moment; nothing trades on it.
        let sane = !matches!(touch, [Some(bid), Some(ask)] if bid >= ask);
        if sane && self.is_open(shared.now) {
            self.uncross(shared, None);
        }
        true
    }

    /// Forgets what stood at prices better than the new touch, and the old touch unless we rest there.
    fn leave_touch(&mut self, side: BookSide, new: Option<Price>) {
        let better = |price| new.is_none_or(|new| rank(side, price) < rank(side, new));
        loop {
            let price = self
                .book
                .levels(side)
                .take_while(|level| better(level.price))
                .find(|level| !level.others().is_zero())
                .map(|level| level.price);
            match price {
                Some(price) => self.forget_anonymous(side, price),
                None => break,
            }
        }
        let old = self.quoted[side_index(side)];
        if let Some(old) = old.filter(|old| Some(*old) != new) {
            self.leave_view(side, old);
        }
    }

    /// Takes one print. `false` when a field breaks its rule.
    pub(super) fn on_trade(&mut self, shared: &mut Shared, trade: &Trade) -> bool {
        let (Some(price), Some(qty)) = (Price::decode(trade.price), Qty::decode(trade.qty)) else {
            return false;
        };
        let mut left = qty;
        if trade.conditions & condition::AUCTION != 0 {
            left -= self.cross(shared, trade, price, qty);
        }
        let for_us = trade.conditions & NOT_FOR_US == 0 && self.is_open(shared.now);
        if for_us && !self.by_order {
            let taken_side = self.taken_side(trade, price);
            for side in SIDES {
                left -= self.print_through(shared, side, price, left);
            }
            left -= self.print_at(shared, taken_side, price, left);
        }
        let mut rest = *trade;
        rest.qty = left.0;
        rest.sequence = self.next_sequence_if(!left.is_zero());
        if !left.is_zero() {
            shared.publish(rest.words());
        }
        true
    }

    fn next_sequence_if(&mut self, wanted: bool) -> u32 {
        if wanted { self.next_sequence() } else { 0 }
    }

    /// The side of the book a print took from: as the source says, else by the touch; `None` inside the spread.
    fn taken_side(&self, trade: &Trade, price: Price) -> Option<BookSide> {
        if let Ok(side) = BookSide::try_from(trade.taken_side) {
            return Some(side);
        }
        match self.quoted {
            [Some(bid), _] if price <= bid => Some(BookSide::Bid),
            [_, Some(ask)] if price >= ask => Some(BookSide::Ask),
            _ => None,
        }
    }

    /// Our orders that a print went through fill first, whatever was ahead of them.
    fn print_through(
        &mut self,
        shared: &mut Shared,
        side: BookSide,
        price: Price,
        qty: Qty,
    ) -> Qty {
        let filled = self.fill_own_ahead(shared, side, price, Some(0), qty);
        if !filled.is_zero() {
            shared.stats.displaced_executions += 1;
            shared.stats.displaced_qty += filled.0;
        }
        filled
    }

    /// A print at a price: what we took there is dropped, then the queue ahead of us, then we. Inside the spread only we are there.
    /// Returns what is not to be printed again: dropped, or ours.
    fn print_at(
        &mut self,
        shared: &mut Shared,
        taken_side: Option<BookSide>,
        price: Price,
        qty: Qty,
    ) -> Qty {
        let mut gone = Qty(0);
        for side in SIDES {
            if taken_side.is_some_and(|taken| taken != side) || gone == qty {
                continue;
            }
            let dropped = self.drop_against_taken(side, price, qty - gone);
            if !dropped.is_zero() {
                count_execution(shared, dropped);
            }
            gone += dropped;
            let own_here = self
                .book
                .level(side, price)
                .is_some_and(|l| !l.own.is_zero());
            if own_here {
                let (own, _) = self.trade_queue(shared, side, price, qty - gone, true);
                gone += own;
                if !own.is_zero() {
                    shared.stats.displaced_executions += 1;
                    shared.stats.displaced_qty += own.0;
                }
            }
        }
        gone
    }
}
