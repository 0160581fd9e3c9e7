//! Order-by-order history: adds, cancels and executions of the others' orders, with ours between them.

use shm_wire::codes::{BookSide, DepthAction};
use shm_wire::market::{Depth, condition};
use shm_wire::units::{Price, Qty};

use super::behind::Behind;
use super::children::Shared;
use super::levels::Edge;
use super::market::{Market, Print};
use crate::matching::{Owner, SIDES};

/// A depth message whose fields are in range.
#[derive(Clone, Copy, Debug)]
struct Event {
    id: u64,
    side: BookSide,
    price: Price,
    qty: Qty,
    conditions: u32,
    venue: u16,
}

impl Market {
    /// Takes one depth message. `false` when a field breaks its rule.
    pub(super) fn on_depth(&mut self, shared: &mut Shared, depth: &Depth) -> bool {
        let Ok(action) = DepthAction::try_from(depth.action) else {
            return false;
        };
        if action == DepthAction::Clear {
            self.by_depth = true;
            self.clear_others();
            return true;
        }
        let (Ok(side), Some(price), Some(qty)) = (
            BookSide::try_from(depth.side),
            Price::decode(depth.price),
            Qty::decode(depth.qty),
        ) else {
            return false;
        };
        if !self.by_depth {
            // A book that quotes built gives way to the better source.
            self.by_depth = true;
            self.clear_others();
        }
        self.by_order |= depth.order_id != 0;
        let event = Event {
            id: depth.order_id,
            side,
            price,
            qty,
            conditions: depth.conditions,
            venue: depth.venue,
        };
        match action {
            DepthAction::Add => self.add(shared, event),
            DepthAction::Reduce => self.cancel_part(shared, event),
            DepthAction::Delete => self.delete(shared, event),
            DepthAction::Execute => self.execute(shared, event),
            DepthAction::ExecuteHidden => self.execute_hidden(shared, event),
            DepthAction::Level | DepthAction::Clear => {
                self.level(shared, side, price, qty);
                if self.is_open(shared.now) {
                    self.uncross(shared, Some(side));
                }
            }
        }
        true
    }

    fn add(&mut self, shared: &mut Shared, event: Event) {
        let Event {
            id,
            side,
            price,
            qty,
            ..
        } = event;
        self.source_speaks_of(side, price);
        self.drop_parked(side, price, Edge::Included);
        let rested = if id == 0 {
            self.book.grow_anonymous(side, price, qty)
        } else {
            self.book.rest(Owner::Other, id, side, price, qty).is_some()
        };
        if !rested {
            shared.stats.duplicate_adds += 1;
        }
        if self.is_open(shared.now) {
            self.uncross(shared, Some(side));
        }
    }

    /// History's cancel of `qty` of an order: what is really there goes first, the rest we had taken.
    fn cancel_part(&mut self, shared: &mut Shared, event: Event) {
        let done = match self.book.find(Owner::Other, event.id) {
            Some(handle) => self.book.reduce(handle, event.qty),
            None if self.ghosts.contains_key(&event.id) => Qty(0),
            // An order without a name here: it is part of the anonymous quantity.
            None => self.cancel_unknown(shared, event),
        };
        let missing = event.qty - done;
        if !missing.is_zero() {
            self.lay_ghost(event.id, missing);
            count_reduce(shared, missing);
        }
    }

    fn cancel_unknown(&mut self, shared: &mut Shared, event: Event) -> Qty {
        let held = self.anonymous(event.side, event.price);
        let done = event.qty.min(held);
        if !done.is_zero() {
            self.cancel_anonymous(shared, event.side, event.price, done);
        }
        done
    }

    /// The source shows a level whole: orders known there lose their names. Zero at the edge of the view means out of view.
    fn level(&mut self, shared: &mut Shared, side: BookSide, price: Price, qty: Qty) {
        self.source_speaks_of(side, price);
        self.forget_names(side, price);
        if qty.is_zero() && self.is_edge(side, price) {
            self.leave_view(side, price);
            return;
        }
        if !qty.is_zero() {
            self.drop_parked(side, price, Edge::Excluded);
        }
        self.set_level(shared, side, price, qty);
    }

    fn delete(&mut self, shared: &mut Shared, event: Event) {
        let ghost = self.ghosts.remove(&event.id);
        match self.book.find(Owner::Other, event.id) {
            Some(handle) => {
                self.book.remove(handle);
                if let Some(ghost) = ghost {
                    count_reduce(shared, ghost);
                }
            }
            None => match ghost {
                Some(ghost) => count_reduce(shared, ghost),
                None => {
                    let done = self.cancel_unknown(shared, event);
                    if done < event.qty {
                        count_reduce(shared, event.qty - done);
                    }
                }
            },
        }
    }

    /// An aggressor of `qty` whose limit is the order's price: our resting orders ahead of that order first, then the order.
    fn execute(&mut self, shared: &mut Shared, event: Event) {
        let with_own = self.is_open(shared.now) && event.conditions & condition::INELIGIBLE == 0;
        let handle = self.book.find(Owner::Other, event.id);
        let (price, stamp) = match handle {
            Some(handle) => {
                let order = self.book.order(handle);
                (order.price, Some(order.stamp))
            }
            // Taken whole by us: nothing of it is ahead of ours. Anonymous: the queue decides, below.
            None if self.ghosts.contains_key(&event.id) => (event.price, None),
            None => (event.price, Some(0)),
        };
        let mut own = Qty(0);
        if with_own {
            own = self.fill_own_ahead(shared, event.side, price, stamp, event.qty);
            self.overtake(shared, event.side, price);
        }
        let left = event.qty - own;
        let done = match handle {
            Some(handle) => self.book.reduce(handle, left),
            None if stamp.is_none() => Qty(0),
            None => {
                let dropped = self.drop_against_taken(event.side, price, left);
                let (filled, done) =
                    self.trade_queue(shared, event.side, price, left - dropped, with_own);
                own += filled;
                done
            }
        };
        if !own.is_zero() {
            shared.stats.displaced_executions += 1;
            shared.stats.displaced_qty += own.0;
        }
        let print = Print {
            side: event.side,
            price,
            qty: done,
            conditions: event.conditions,
            venue: event.venue,
        };
        self.publish_print(shared, print);
        let missing = event.qty - own - done;
        if !missing.is_zero() {
            self.lay_ghost(event.id, missing);
            count_execution(shared, missing);
        }
    }

    /// A hidden order of history traded: our visible orders at its price or better come before it.
    fn execute_hidden(&mut self, shared: &mut Shared, event: Event) {
        let mut own = Qty(0);
        if self.is_open(shared.now) && event.conditions & condition::INELIGIBLE == 0 {
            own = self.fill_own_ahead(shared, event.side, event.price, None, event.qty);
        }
        if !own.is_zero() {
            shared.stats.displaced_executions += 1;
            shared.stats.displaced_qty += own.0;
        }
        let print = Print {
            side: event.side,
            price: event.price,
            qty: event.qty - own,
            conditions: event.conditions | condition::HIDDEN,
            venue: event.venue,
        };
        self.publish_print(shared, print);
    }

    /// History has used up `qty` of what we took of an order.
    fn lay_ghost(&mut self, id: u64, qty: Qty) {
        if let Some(ghost) = self.ghosts.get_mut(&id) {
            *ghost = ghost.saturating_sub(qty);
            // An entry of zero stays while the order may still be named; a delete or clear removes it.
        }
    }

    fn clear_others(&mut self) {
        for side in SIDES {
            let others: Vec<_> = self
                .book
                .levels(side)
                .flat_map(|level| self.book.queue(side, level.price))
                .filter(|handle| self.book.order(*handle).owner != Owner::Own)
                .collect();
            for handle in others {
                self.book.remove(handle);
            }
        }
        self.behind = [Behind::default(); 2];
        self.ghosts.clear();
        self.taken.clear();
        self.parked.clear();
    }
}

fn count_reduce(shared: &mut Shared, qty: Qty) {
    if qty.is_zero() {
        return;
    }
    shared.stats.dropped_reduces += 1;
    shared.stats.dropped_reduce_qty = shared.stats.dropped_reduce_qty.saturating_add(qty.0);
}

pub(super) fn count_execution(shared: &mut Shared, qty: Qty) {
    shared.stats.dropped_executions += 1;
    shared.stats.dropped_qty = shared.stats.dropped_qty.saturating_add(qty.0);
}
