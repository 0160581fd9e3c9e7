//! Matching of an incoming order with the book.

use shm_wire::codes::BookSide;
use shm_wire::units::{Price, Qty};

use super::book::{Book, Handle, Order, Owner, rank};

/// An order that arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Incoming {
    /// The owner's number.
    pub id: u64,
    /// Whose it is.
    pub owner: Owner,
    /// Side where it would rest; it takes from the other.
    pub side: BookSide,
    /// Worst price; `None` at any price (what does not fill is canceled).
    pub limit: Option<Price>,
    /// Quantity.
    pub qty: Qty,
    /// What becomes of it.
    pub terms: Terms,
}

/// Time in force and conditions of an incoming order, as the book sees them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Terms {
    /// Trades what it can, the rest rests.
    Rest,
    /// Trades what it can, the rest is canceled.
    Immediate,
    /// Trades whole or is refused.
    FillOrKill,
    /// Rests whole or is refused.
    PostOnly,
}

/// One trade of an incoming order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fill {
    /// The resting order as it was before this trade; its price is the trade's price.
    pub maker: Order,
    /// Quantity traded.
    pub qty: Qty,
}

/// Why an incoming order was refused whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// A fill-or-kill order that could not fill whole.
    Unfillable,
    /// A post-only order that would have traded.
    WouldTrade,
    /// Quantity zero, or the number rests already.
    Invalid,
}

/// What became of an incoming order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// Taken: `filled + canceled + resting = quantity`.
    Taken {
        /// Traded.
        filled: Qty,
        /// Where the rest rests.
        resting: Option<Handle>,
        /// Canceled at once.
        canceled: Qty,
    },
    /// Refused whole; the book is as before.
    Refused(Refusal),
}

impl Book {
    /// Quantity on `side` at `limit` or better (`None`: all of it), counted no further than `enough`.
    #[must_use]
    pub fn available(&self, side: BookSide, limit: Option<Price>, enough: Qty) -> Qty {
        let mut sum = Qty(0);
        for level in self.levels(side) {
            if sum >= enough || !within(side, level.price, limit) {
                break;
            }
            sum += level.qty;
        }
        sum
    }

    /// Whether an order of ours that takes `qty` from `side` down to `limit` would meet another of ours.
    #[must_use]
    pub fn meets_own(&self, side: BookSide, limit: Option<Price>, qty: Qty) -> bool {
        let Some(own) = self.first_own(side) else {
            return false;
        };
        let own = *self.order(own);
        if !within(side, own.price, limit) {
            return false;
        }
        let mut ahead = Qty(0);
        for level in self.levels(side) {
            if level.price == own.price {
                break;
            }
            ahead += level.qty;
            if ahead >= qty {
                return false;
            }
        }
        for handle in self.queue(side, own.price) {
            let order = self.order(handle);
            if order.owner == Owner::Own {
                return true;
            }
            ahead += order.qty;
            if ahead >= qty {
                return false;
            }
        }
        true
    }

    /// Takes up to `qty` from `side` at `limit` or better, best price and oldest first; each trade is added to `fills`.
    /// Returns what was taken.
    pub fn take(
        &mut self,
        side: BookSide,
        limit: Option<Price>,
        qty: Qty,
        fills: &mut Vec<Fill>,
    ) -> Qty {
        let mut left = qty;
        while !left.is_zero() {
            let Some(level) = self.best(side) else { break };
            if !within(side, level.price, limit) {
                break;
            }
            let handle = level.first();
            let maker = *self.order(handle);
            let traded = self.reduce(handle, left);
            left -= traded;
            fills.push(Fill { maker, qty: traded });
        }
        qty - left
    }

    /// Matches an incoming order; its trades are added to `fills`.
    pub fn submit(&mut self, order: &Incoming, fills: &mut Vec<Fill>) -> Disposition {
        if order.qty.is_zero() || self.find(order.owner, order.id).is_some() {
            return Disposition::Refused(Refusal::Invalid);
        }
        let other = order.side.opposite();
        match order.terms {
            Terms::FillOrKill if self.available(other, order.limit, order.qty) < order.qty => {
                return Disposition::Refused(Refusal::Unfillable);
            }
            Terms::PostOnly if !self.available(other, order.limit, Qty(1)).is_zero() => {
                return Disposition::Refused(Refusal::WouldTrade);
            }
            Terms::Rest | Terms::Immediate | Terms::FillOrKill | Terms::PostOnly => {}
        }
        let filled = self.take(other, order.limit, order.qty, fills);
        let rest = order.qty - filled;
        let resting = match (order.terms, order.limit) {
            (Terms::Rest | Terms::PostOnly, Some(price)) => {
                self.rest(order.owner, order.id, order.side, price, rest)
            }
            _ => None,
        };
        let canceled = if resting.is_some() { Qty(0) } else { rest };
        Disposition::Taken {
            filled,
            resting,
            canceled,
        }
    }

    /// New quantity left and price of a resting order.
    ///
    /// Less at the same price keeps the place in the queue; more, or another price, loses it and may trade. The caller
    /// answers for terms that must not trade.
    pub fn replace(
        &mut self,
        handle: Handle,
        price: Price,
        left: Qty,
        fills: &mut Vec<Fill>,
    ) -> Disposition {
        let order = *self.order(handle);
        if left.is_zero() {
            return Disposition::Refused(Refusal::Invalid);
        }
        if price == order.price && left <= order.qty {
            self.reduce(handle, order.qty - left);
            return Disposition::Taken {
                filled: Qty(0),
                resting: Some(handle),
                canceled: Qty(0),
            };
        }
        self.remove(handle);
        let again = Incoming {
            id: order.id,
            owner: order.owner,
            side: order.side,
            limit: Some(price),
            qty: left,
            terms: Terms::Rest,
        };
        self.submit(&again, fills)
    }
}

/// Whether a level of `side` is at `limit` or better.
#[inline]
#[must_use]
pub fn within(side: BookSide, price: Price, limit: Option<Price>) -> bool {
    limit.is_none_or(|limit| rank(side, price) <= rank(side, limit))
}

/// Both sides, bids first.
pub const SIDES: [BookSide; 2] = [BookSide::Bid, BookSide::Ask];
