//! One instrument at the venue: its book, its status, what we took from history, and what it published last.

use std::collections::BTreeMap;

use shm_wire::codes::{BookSide, TradingStatus};
use shm_wire::instrument::Instrument;
use shm_wire::market::{Quote, Trade, condition};
use shm_wire::message::Message;
use shm_wire::units::{Nanos, Price, Qty};

use super::auction::Auctions;
use super::behind::Behind;
use super::children::{OwnFill, RESTED, Shared, TOOK};
use crate::matching::book::{rank, side_index};
use crate::matching::lookup::Lookup;
use crate::matching::{Book, Handle, Order, Owner, SIDES};

/// Best price and quantity of both sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Touch {
    /// Best bid; [`Price::NONE`] when there is none.
    pub bid_price: Price,
    /// Quantity there.
    pub bid_qty: Qty,
    /// Best ask; [`Price::NONE`] when there is none.
    pub ask_price: Price,
    /// Quantity there.
    pub ask_qty: Qty,
}

impl Touch {
    /// Both sides empty.
    pub const EMPTY: Touch = Touch {
        bid_price: Price::NONE,
        bid_qty: Qty(0),
        ask_price: Price::NONE,
        ask_qty: Qty(0),
    };
}

/// Anonymous quantity at one price that we took and that the source still shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    /// What we took, less what history dropped since.
    pub(super) qty: Qty,
    /// What the source showed last.
    pub(super) shown: Qty,
}

/// One place of a queue that is out of view.
#[derive(Clone, Copy, Debug)]
pub(super) enum Parked {
    /// Quantity of the others, as last seen.
    Others(Qty),
    /// Our order with this number in the book.
    Own(u64),
}

/// A historical print as it is to be published.
#[derive(Clone, Copy, Debug)]
pub(super) struct Print {
    pub(super) side: BookSide,
    pub(super) price: Price,
    pub(super) qty: Qty,
    pub(super) conditions: u32,
    pub(super) venue: u16,
}

/// One instrument.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) instrument: Instrument,
    pub(super) book: Book,
    pub(super) status: TradingStatus,
    /// Whether depth messages build the book; otherwise quotes do.
    pub(super) by_depth: bool,
    /// Whether any depth message named an order.
    pub(super) by_order: bool,
    /// The touch as the last quote message gave it.
    pub(super) quoted: [Option<Price>; 2],
    /// Quantity of historical orders that we took and history does not know of.
    pub(super) ghosts: Lookup<u64, Qty>,
    /// The same for anonymous quantity, by side and price.
    pub(super) taken: BTreeMap<(u8, i64), Taken>,
    /// Queues around our orders at prices that went out of view, by side and price.
    pub(super) parked: BTreeMap<(u8, i64), Vec<Parked>>,
    /// Reused by the queue rule.
    pub(super) segments: Vec<(Handle, Qty)>,
    /// Our orders that wait for a cross.
    pub(super) auctions: Auctions,
    /// What is assumed of each side that we emptied.
    pub(super) behind: [Behind; 2],
    sequence: u32,
    published: Touch,
}

impl Market {
    pub(super) fn new(instrument: Instrument) -> Market {
        Market {
            instrument,
            book: Book::new(),
            status: TradingStatus::Continuous,
            by_depth: false,
            by_order: false,
            quoted: [None; 2],
            ghosts: Lookup::default(),
            taken: BTreeMap::new(),
            parked: BTreeMap::new(),
            segments: Vec::new(),
            auctions: Auctions::default(),
            behind: [Behind::default(); 2],
            sequence: 0,
            published: Touch::EMPTY,
        }
    }

    /// Whether orders match now: continuous trading inside a session (an instrument without sessions is always in one).
    pub(super) fn is_open(&self, now: Nanos) -> bool {
        self.status == TradingStatus::Continuous
            && (self.instrument.session_count == 0 || self.instrument.session_at(now).is_some())
    }

    /// The next number of the instrument's public feed.
    pub(super) fn next_sequence(&mut self) -> u32 {
        self.sequence = self.sequence.wrapping_add(1);
        self.sequence
    }

    pub(super) fn touch(&self) -> Touch {
        let side = |side| {
            self.book.best(side).map_or((Price::NONE, Qty(0)), |level| {
                (level.price, level.qty.min(Qty(Qty::BOUND)))
            })
        };
        Self::touch_of(side(BookSide::Bid), side(BookSide::Ask))
    }

    /// The touch without our orders.
    pub(super) fn others_touch(&self) -> Touch {
        let side = |side| {
            self.book
                .levels(side)
                .find(|level| !level.others().is_zero())
                .map_or((Price::NONE, Qty(0)), |level| {
                    (level.price, level.others().min(Qty(Qty::BOUND)))
                })
        };
        Self::touch_of(side(BookSide::Bid), side(BookSide::Ask))
    }

    fn touch_of(bid: (Price, Qty), ask: (Price, Qty)) -> Touch {
        Touch {
            bid_price: bid.0,
            bid_qty: bid.1,
            ask_price: ask.0,
            ask_qty: ask.1,
        }
    }

    /// Publishes the touch when it changed. Outside continuous trading the touch stands still.
    pub(super) fn publish_touch(&mut self, shared: &mut Shared) {
        if self.status != TradingStatus::Continuous {
            return;
        }
        let touch = self.touch();
        if touch == self.published {
            return;
        }
        self.published = touch;
        let mut quote = Quote::empty();
        quote.instrument = self.instrument.id;
        quote.sequence = self.next_sequence();
        quote.time = shared.now.0;
        quote.bid_price = touch.bid_price.0;
        quote.bid_qty = touch.bid_qty.0;
        quote.ask_price = touch.ask_price.0;
        quote.ask_qty = touch.ask_qty.0;
        shared.publish(quote.words());
    }

    /// Publishes a print under a number of the venue's own.
    pub(super) fn publish_print(&mut self, shared: &mut Shared, print: Print) {
        if print.qty.is_zero() {
            return;
        }
        let mut trade = Trade::empty();
        trade.instrument = self.instrument.id;
        trade.sequence = self.next_sequence();
        trade.time = shared.now.0;
        trade.price = print.price.0;
        trade.qty = print.qty.0;
        trade.trade_id = shared.print_id();
        trade.conditions = print.conditions;
        trade.venue = print.venue;
        trade.taken_side = print.side.code();
        shared.publish(trade.words());
    }

    /// Our resting order at `handle` trades up to `qty` at `price` (its own, unless it is sweeping). Returns what traded.
    pub(super) fn fill_resting(
        &mut self,
        shared: &mut Shared,
        handle: Handle,
        qty: Qty,
        price: Price,
    ) -> Qty {
        let order = *self.book.order(handle);
        assert!(
            order.owner == Owner::Own,
            "Invariant: only our orders are filled here"
        );
        let traded = self.book.reduce(handle, qty);
        let took = price != order.price;
        shared.fill(
            order.id as usize,
            OwnFill {
                qty: traded,
                price,
                liquidity: if took { TOOK } else { RESTED },
            },
        );
        let print = Print {
            side: if took {
                order.side.opposite()
            } else {
                order.side
            },
            price,
            qty: traded,
            conditions: condition::OWN,
            venue: shared.config.venue,
        };
        self.publish_print(shared, print);
        traded
    }

    /// An aggressor of history takes up to `qty` from our resting orders: those better than `price`, and those at `price` that
    /// are older than stamp `before` (`None`: all). Returns what they filled.
    pub(super) fn fill_own_ahead(
        &mut self,
        shared: &mut Shared,
        side: BookSide,
        price: Price,
        before: Option<u64>,
        qty: Qty,
    ) -> Qty {
        let mut left = qty;
        while !left.is_zero() {
            let Some(handle) = self.book.first_own(side) else {
                break;
            };
            let own = *self.book.order(handle);
            let better = rank(side, own.price) < rank(side, price);
            let ahead = own.price == price && before.is_none_or(|stamp| own.stamp < stamp);
            if !better && !ahead {
                break;
            }
            left -= self.fill_resting(shared, handle, left, own.price);
        }
        qty - left
    }

    /// Remembers that we took `qty` of an order of the others, which was `order` before.
    pub(super) fn remember_taken(&mut self, order: &Order, qty: Qty, anonymous_before: Qty) {
        if order.owner != Owner::Own {
            let shown = anonymous_before.max(order.qty);
            self.behind[side_index(order.side)].take(order.price, shown);
        }
        match order.owner {
            Owner::Own => {}
            Owner::Other => {
                let ghost = self.ghosts.entry(order.id).or_insert(Qty(0));
                *ghost = Qty(ghost.0.saturating_add(qty.0));
            }
            Owner::Anonymous => {
                let at = (order.side.code(), order.price.0);
                let entry = self.taken.entry(at).or_insert(Taken {
                    qty: Qty(0),
                    shown: anonymous_before,
                });
                entry.qty = Qty(entry.qty.0.saturating_add(qty.0));
            }
        }
    }

    /// Anonymous quantity at a price.
    pub(super) fn anonymous(&self, side: BookSide, price: Price) -> Qty {
        let mut sum = Qty(0);
        for handle in self.book.queue(side, price) {
            let order = self.book.order(handle);
            if order.owner == Owner::Anonymous {
                sum += order.qty;
            }
        }
        sum
    }

    /// Removes what stands of the others on `side` at prices better than `price`: history has moved through it.
    pub(super) fn overtake(&mut self, shared: &mut Shared, side: BookSide, price: Price) {
        while let Some(level) = self.book.best(side) {
            if rank(side, level.price) >= rank(side, price) || level.others().is_zero() {
                // Our own orders better than `price` were filled before this is called, or the aggressor was used up.
                break;
            }
            let level_price = level.price;
            self.remove_others_at(shared, side, level_price);
        }
    }

    fn remove_others_at(&mut self, shared: &mut Shared, side: BookSide, price: Price) {
        let mut at = self.book.level(side, price).map(|level| level.first());
        while let Some(handle) = at {
            at = self.book.next(handle);
            if self.book.order(handle).owner != Owner::Own {
                self.remove_overtaken(shared, handle);
            }
        }
    }

    fn remove_overtaken(&mut self, shared: &mut Shared, handle: Handle) {
        let gone = self.book.remove(handle);
        shared.stats.overtaken_orders += 1;
        shared.stats.overtaken_qty = shared.stats.overtaken_qty.saturating_add(gone.qty.0);
    }

    /// Brings a crossed book in order after `fresh` moved (`None`: after a halt, either side).
    ///
    /// Our orders trade as makers at their own price, at the revealed price when they are sweeping; others that stand in the
    /// way are overtaken: the side that did not move, after a halt the older order.
    pub(super) fn uncross(&mut self, shared: &mut Shared, fresh: Option<BookSide>) {
        while self.book.is_crossed() {
            let front = |side| self.book.best(side).map(|level| level.first());
            let (Some(bid), Some(ask)) = (front(BookSide::Bid), front(BookSide::Ask)) else {
                break;
            };
            let pair = [*self.book.order(bid), *self.book.order(ask)];
            let own = pair.map(|order| order.owner == Owner::Own);
            match own {
                [true, true] => break,
                [true, false] => self.trade_crossed(shared, bid, ask),
                [false, true] => self.trade_crossed(shared, ask, bid),
                [false, false] => {
                    let keep_bid = match fresh {
                        Some(side) => side == BookSide::Bid,
                        None => pair[0].stamp > pair[1].stamp,
                    };
                    self.remove_overtaken(shared, if keep_bid { ask } else { bid });
                }
            }
        }
    }

    fn trade_crossed(&mut self, shared: &mut Shared, own: Handle, other: Handle) {
        let ours = *self.book.order(own);
        let theirs = *self.book.order(other);
        let sweeping = shared.children[ours.id as usize].sweeping;
        let price = if sweeping && theirs.owner == Owner::Anonymous {
            theirs.price
        } else {
            ours.price
        };
        let before = match theirs.owner {
            Owner::Anonymous => self.anonymous(theirs.side, theirs.price),
            Owner::Other | Owner::Own => Qty(0),
        };
        let traded = self.book.reduce(other, ours.qty);
        self.remember_taken(&theirs, traded, before);
        self.fill_resting(shared, own, traded, price);
    }

    /// Whether an order of ours at `price` sees what is shown there.
    pub(super) fn in_view(&self, side: BookSide, price: Price) -> bool {
        self.book
            .worst_of_others(side)
            .is_none_or(|level| rank(side, price) <= rank(side, level.price))
    }

    /// Whether any order of ours rests.
    pub(super) fn has_own(&self) -> bool {
        SIDES
            .iter()
            .any(|side| self.book.first_own(*side).is_some())
    }

    /// The best opposite price of the last quote, or the level assumed behind it, for an order that would rest on `side`.
    pub(super) fn quoted_opposite(&self, side: BookSide) -> Option<Price> {
        let other = side_index(side.opposite());
        self.behind[other].assumed.or(self.quoted[other])
    }
}
