//! Levels without order numbers: what a source shows at one price, less what we took there, and who ahead of or behind us left.

use shm_wire::codes::BookSide;
use shm_wire::units::{Price, Qty};

use super::children::Shared;
use super::market::{Market, Parked, Taken};
use crate::matching::Owner;
use crate::matching::book::rank;

/// Whether a price itself belongs to a range of prices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Edge {
    Included,
    Excluded,
}

impl Market {
    /// The source shows `shown` of anonymous quantity at `price`.
    ///
    /// What we took there stays taken until the source shows more than it did before, or nothing. More than stands here joins
    /// behind our orders (ahead of them, when the price was out of view as they came to rest); less leaves ahead of and behind us
    /// by the queue rule. The book may be crossed afterwards.
    pub(super) fn set_level(
        &mut self,
        shared: &mut Shared,
        side: BookSide,
        price: Price,
        shown: Qty,
    ) {
        if !shown.is_zero() {
            self.unpark(side, price);
        }
        let target = self.less_taken(side, price, shown);
        let held = self.anonymous(side, price);
        if target < held {
            self.cancel_anonymous(shared, side, price, held - target);
        } else if target > held {
            let more = target - held;
            if !(held.is_zero() && self.reveal_ahead(shared, side, price, more)) {
                self.book.grow_anonymous(side, price, more);
            }
        }
    }

    /// What is left of `shown` after what we took at that price.
    fn less_taken(&mut self, side: BookSide, price: Price, shown: Qty) -> Qty {
        if self.taken.is_empty() {
            return shown;
        }
        let key = (side.code(), price.0);
        match self.taken.get_mut(&key) {
            None => shown,
            Some(taken) if shown > taken.shown || shown.is_zero() => {
                self.taken.remove(&key);
                shown
            }
            Some(taken) => {
                taken.shown = shown;
                taken.qty = taken.qty.min(shown);
                shown - taken.qty
            }
        }
    }

    /// Puts `qty` ahead of our orders at `price` if they came to rest there out of view. `false` when they did not.
    fn reveal_ahead(
        &mut self,
        shared: &mut Shared,
        side: BookSide,
        price: Price,
        qty: Qty,
    ) -> bool {
        let Some(level) = self.book.level(side, price) else {
            return false;
        };
        let first = *self.book.order(level.first());
        if first.owner != Owner::Own || shared.children[first.id as usize].in_view {
            return false;
        }
        for handle in self.book.queue(side, price) {
            let order = self.book.order(handle);
            if order.owner == Owner::Own {
                shared.children[order.id as usize].in_view = true;
            }
        }
        self.book
            .rest_anonymous_in_front(side, price, qty)
            .is_some()
    }

    /// `gone` of the anonymous quantity at `price` left without a trade.
    ///
    /// The queue rule says for each of our orders how much of it was ahead; it is rounded to whole steps against us (less leaves
    /// ahead), and the answers of several orders are kept in the order of the queue.
    pub(super) fn cancel_anonymous(
        &mut self,
        shared: &mut Shared,
        side: BookSide,
        price: Price,
        gone: Qty,
    ) {
        let mut segments = core::mem::take(&mut self.segments);
        segments.clear();
        let mut total = 0_u64;
        for handle in self.book.queue(side, price) {
            let order = self.book.order(handle);
            match order.owner {
                Owner::Anonymous => {
                    segments.push((handle, order.qty));
                    total += order.qty.0;
                }
                Owner::Own | Owner::Other => {}
            }
        }
        let after = total.saturating_sub(gone.0);
        let own_here = self
            .book
            .level(side, price)
            .is_some_and(|l| !l.own.is_zero());
        let mut ahead = 0_u64;
        let mut ahead_after = 0_u64;
        let last = segments.len().saturating_sub(1);
        for (at, (handle, qty)) in segments.iter().enumerate() {
            ahead += qty.0;
            let wanted = if at == last || !own_here {
                // The end of the queue: everything is ahead of it.
                after.min(ahead)
            } else {
                let behind = total - ahead;
                let part = shared.config.queue_rule.canceled_ahead(
                    ahead as f64,
                    behind as f64,
                    gone.0 as f64,
                );
                let from_ahead = (part as u64).max(gone.0.saturating_sub(behind)).min(ahead);
                ahead - from_ahead
            };
            let end = wanted.clamp(ahead_after, after.min(ahead_after + qty.0).max(ahead_after));
            let keep = end - ahead_after;
            self.book.reduce(*handle, Qty(qty.0 - keep));
            ahead_after = end;
        }
        self.segments = segments;
    }

    /// Removes all anonymous quantity at `price`.
    pub(super) fn forget_anonymous(&mut self, side: BookSide, price: Price) {
        let mut at = self.book.level(side, price).map(|level| level.first());
        while let Some(handle) = at {
            at = self.book.next(handle);
            if self.book.order(handle).owner == Owner::Anonymous {
                self.book.remove(handle);
            }
        }
        self.taken.remove(&(side.code(), price.0));
    }

    /// Orders of the others at `price` lose their names; what we took of them is remembered for the level.
    pub(super) fn forget_names(&mut self, side: BookSide, price: Price) {
        let mut at = self.book.level(side, price).map(|level| level.first());
        while let Some(handle) = at {
            at = self.book.next(handle);
            let order = *self.book.order(handle);
            if order.owner != Owner::Other {
                continue;
            }
            let ghost = self.ghosts.remove(&order.id).unwrap_or(Qty(0));
            self.book.make_anonymous(handle);
            if !ghost.is_zero() {
                let entry = self.taken.entry((side.code(), price.0)).or_insert(Taken {
                    qty: Qty(0),
                    shown: Qty(Qty::BOUND),
                });
                entry.qty = Qty(entry.qty.0.saturating_add(ghost.0));
            }
        }
    }

    /// Whether `price` is the worst of what is known of the others, with better known: what leaves there leaves the view.
    pub(super) fn is_edge(&self, side: BookSide, price: Price) -> bool {
        let at = rank(side, price);
        let worst = self
            .book
            .worst_of_others(side)
            .is_some_and(|l| rank(side, l.price) <= at);
        let best = self
            .book
            .levels(side)
            .find(|level| !level.others().is_zero());
        worst && best.is_some_and(|level| rank(side, level.price) < at)
    }

    /// The level at `price` goes out of view. Our orders there remember what was ahead of and behind them.
    pub(super) fn leave_view(&mut self, side: BookSide, price: Price) {
        let own_here = self
            .book
            .level(side, price)
            .is_some_and(|l| !l.own.is_zero());
        if own_here && !self.anonymous(side, price).is_zero() {
            let places = self
                .book
                .queue(side, price)
                .map(|handle| {
                    let order = self.book.order(handle);
                    match order.owner {
                        Owner::Own => Parked::Own(order.id),
                        Owner::Anonymous | Owner::Other => Parked::Others(order.qty),
                    }
                })
                .collect();
            self.parked.insert((side.code(), price.0), places);
        }
        self.forget_anonymous(side, price);
    }

    /// A level that had gone out of view is back: the queue is built again as it was last seen, orders of ours that came in
    /// between at its end.
    fn unpark(&mut self, side: BookSide, price: Price) {
        if self.parked.is_empty() {
            return;
        }
        let Some(places) = self.parked.remove(&(side.code(), price.0)) else {
            return;
        };
        let ours: Vec<_> = self
            .book
            .queue(side, price)
            .map(|handle| *self.book.order(handle))
            .filter(|order| order.owner == Owner::Own)
            .collect();
        if ours.is_empty() {
            return;
        }
        for order in &ours {
            if let Some(handle) = self.book.find(Owner::Own, order.id) {
                self.book.remove(handle);
            }
        }
        let left = |id: u64| {
            ours.iter()
                .find(|order| order.id == id)
                .map(|order| order.qty)
        };
        for place in places {
            match place {
                Parked::Others(qty) => {
                    self.book.grow_anonymous(side, price, qty);
                }
                Parked::Own(id) => {
                    if let Some(qty) = left(id) {
                        self.book.rest(Owner::Own, id, side, price, qty);
                    }
                }
            }
        }
        for order in &ours {
            // Nothing happens for those that are back already.
            self.book.rest(Owner::Own, order.id, side, price, order.qty);
        }
    }

    /// Something came into view at `price`: whatever we remember of better prices (and of `price` itself, when nothing was
    /// shown there before) is gone.
    pub(super) fn drop_parked(&mut self, side: BookSide, price: Price, edge: Edge) {
        if self.parked.is_empty() {
            return;
        }
        self.parked.retain(|(code, parked), _| {
            let parked = rank(side, Price(*parked));
            let gone = match edge {
                Edge::Included => parked <= rank(side, price),
                Edge::Excluded => parked < rank(side, price),
            };
            *code != side.code() || !gone
        });
    }

    /// An execution of history against anonymous quantity: what we took there is not there any more. Returns the part of `qty`
    /// that is dropped for it.
    pub(super) fn drop_against_taken(&mut self, side: BookSide, price: Price, qty: Qty) -> Qty {
        let key = (side.code(), price.0);
        let Some(Taken {
            qty: taken, shown, ..
        }) = self.taken.get_mut(&key)
        else {
            return Qty(0);
        };
        let dropped = qty.min(*taken);
        *taken -= dropped;
        *shown = shown.saturating_sub(dropped);
        if taken.is_zero() {
            self.taken.remove(&key);
        }
        dropped
    }

    /// An aggressor of history trades `qty` with the queue at `price`: anonymous quantity and our orders in their order; orders
    /// of the others that are known by number are not meant. Returns what our orders filled and what the anonymous did.
    pub(super) fn trade_queue(
        &mut self,
        shared: &mut Shared,
        side: BookSide,
        price: Price,
        qty: Qty,
        with_own: bool,
    ) -> (Qty, Qty) {
        let (mut own, mut anonymous) = (Qty(0), Qty(0));
        let mut at = self.book.level(side, price).map(|level| level.first());
        while let Some(handle) = at {
            let left = qty - own - anonymous;
            if left.is_zero() {
                break;
            }
            at = self.book.next(handle);
            match self.book.order(handle).owner {
                Owner::Own if with_own => own += self.fill_resting(shared, handle, left, price),
                Owner::Anonymous => anonymous += self.book.reduce(handle, left),
                Owner::Own | Owner::Other => {}
            }
        }
        (own, anonymous)
    }
}
