//! Storage of the book: a slab of orders, a list per price, prices in order of aggressiveness.
//!
//! Invariants: a level's quantity is the sum of its orders' quantities; no order rests with quantity zero; within a level
//! the list runs from the oldest to the youngest order, and stamps ascend along it.

use std::collections::BTreeMap;

use shm_wire::codes::BookSide;
use shm_wire::units::{Price, Qty};

use super::lookup::Lookup;

/// Most quantity one level may hold, so that sums never overflow whatever a file says.
pub const LEVEL_QTY_MAX: u64 = 1 << 60;

/// End of a list.
const NIL: u32 = u32::MAX;

/// Whose quantity it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Owner {
    /// Another participant's order, known by its number.
    Other,
    /// Others' quantity without order numbers: what a level shows beyond the orders that are known.
    Anonymous,
    /// Ours.
    Own,
}

/// Place of a resting order in the book's slab; void once the order has left the book.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Handle(u32);

/// A resting order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// The owner's number of it; 0 for anonymous quantity.
    pub id: u64,
    /// Whose it is.
    pub owner: Owner,
    /// Side where it rests.
    pub side: BookSide,
    /// Price.
    pub price: Price,
    /// Quantity left, never zero.
    pub qty: Qty,
    /// Arrival number: smaller is older. Zero is older than everything.
    pub stamp: u64,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    order: Order,
    next: u32,
    previous: u32,
}

/// One price of one side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Level {
    /// Price.
    pub price: Price,
    /// Quantity of all owners.
    pub qty: Qty,
    /// Our part of it.
    pub own: Qty,
    head: u32,
    tail: u32,
}

impl Level {
    /// The others' part.
    #[must_use]
    pub fn others(&self) -> Qty {
        self.qty - self.own
    }
    /// The oldest order.
    #[must_use]
    pub fn first(&self) -> Handle {
        Handle(self.head)
    }
}

/// A book of one instrument.
#[derive(Clone, Debug, Default)]
pub struct Book {
    nodes: Vec<Node>,
    free: Vec<u32>,
    levels: [BTreeMap<i64, Level>; 2],
    own: [BTreeMap<(i64, u64), u32>; 2],
    index: Lookup<(u64, u8), u32>,
    stamp: u64,
}

/// Index of a side in two-element arrays.
#[inline]
#[must_use]
pub fn side_index(side: BookSide) -> usize {
    match side {
        BookSide::Bid => 0,
        BookSide::Ask => 1,
    }
}

/// Rank of a price on its side: smaller is better for who takes from it.
#[inline]
#[must_use]
pub fn rank(side: BookSide, price: Price) -> i64 {
    match side {
        BookSide::Bid => price.0.saturating_neg(),
        BookSide::Ask => price.0,
    }
}

fn key(owner: Owner, id: u64) -> (u64, u8) {
    (id, owner as u8)
}

impl Book {
    /// An empty book.
    #[must_use]
    pub fn new() -> Book {
        Book::default()
    }

    /// Adds an order behind all others at its price, whatever stands on the other side.
    ///
    /// `None` when the quantity is zero, when an order of this owner and number rests already (anonymous quantity has no
    /// number), or when the level would hold more than [`LEVEL_QTY_MAX`].
    pub fn rest(
        &mut self,
        owner: Owner,
        id: u64,
        side: BookSide,
        price: Price,
        qty: Qty,
    ) -> Option<Handle> {
        if qty.is_zero() || self.is_full(side, price, qty) || self.find(owner, id).is_some() {
            return None;
        }
        self.stamp += 1;
        let order = Order {
            id,
            owner,
            side,
            price,
            qty,
            stamp: self.stamp,
        };
        Some(self.link(order, Place::Back))
    }

    /// Adds anonymous quantity ahead of everything at `price`: it was there before what we know of. `None` for zero.
    pub fn rest_anonymous_in_front(
        &mut self,
        side: BookSide,
        price: Price,
        qty: Qty,
    ) -> Option<Handle> {
        if qty.is_zero() || self.is_full(side, price, qty) {
            return None;
        }
        let order = Order {
            id: 0,
            owner: Owner::Anonymous,
            side,
            price,
            qty,
            stamp: 0,
        };
        Some(self.link(order, Place::Front))
    }

    /// Adds anonymous quantity behind all others at `price`. `false` when the level cannot hold it.
    pub fn grow_anonymous(&mut self, side: BookSide, price: Price, qty: Qty) -> bool {
        if qty.is_zero() || self.is_full(side, price, qty) {
            return qty.is_zero();
        }
        if let Some(level) = self.levels[side_index(side)].get_mut(&rank(side, price)) {
            let last = &mut self.nodes[level.tail as usize].order;
            if last.owner == Owner::Anonymous {
                last.qty += qty;
                level.qty += qty;
                return true;
            }
        }
        self.rest(Owner::Anonymous, 0, side, price, qty).is_some()
    }

    fn is_full(&self, side: BookSide, price: Price, qty: Qty) -> bool {
        let held = self.level(side, price).map_or(0, |level| level.qty.0);
        qty.0 > LEVEL_QTY_MAX.saturating_sub(held)
    }

    fn link(&mut self, order: Order, place: Place) -> Handle {
        let at = self.free.pop().unwrap_or_else(|| {
            self.nodes.push(Node {
                order,
                next: NIL,
                previous: NIL,
            });
            (self.nodes.len() - 1) as u32
        });
        let side = side_index(order.side);
        let rank = rank(order.side, order.price);
        let level = self.levels[side].entry(rank).or_insert(Level {
            price: order.price,
            qty: Qty(0),
            own: Qty(0),
            head: NIL,
            tail: NIL,
        });
        level.qty += order.qty;
        let (previous, next) = match place {
            Place::Back => (level.tail, NIL),
            Place::Front => (NIL, level.head),
        };
        match place {
            Place::Back => level.tail = at,
            Place::Front => level.head = at,
        }
        if level.head == NIL {
            level.head = at;
        }
        if level.tail == NIL {
            level.tail = at;
        }
        if order.owner == Owner::Own {
            level.own += order.qty;
            self.own[side].insert((rank, order.stamp), at);
        }
        if previous != NIL {
            self.nodes[previous as usize].next = at;
        }
        if next != NIL {
            self.nodes[next as usize].previous = at;
        }
        self.nodes[at as usize] = Node {
            order,
            next,
            previous,
        };
        if order.owner != Owner::Anonymous {
            self.index.insert(key(order.owner, order.id), at);
        }
        Handle(at)
    }

    /// The order at `handle`, which must be resting.
    #[inline]
    #[must_use]
    pub fn order(&self, handle: Handle) -> &Order {
        &self.nodes[handle.0 as usize].order
    }

    /// The resting order of this owner and number; never one of the anonymous.
    #[inline]
    #[must_use]
    pub fn find(&self, owner: Owner, id: u64) -> Option<Handle> {
        if owner == Owner::Anonymous {
            return None;
        }
        self.index.get(&key(owner, id)).copied().map(Handle)
    }

    /// The next younger order at the same price.
    #[inline]
    #[must_use]
    pub fn next(&self, handle: Handle) -> Option<Handle> {
        let next = self.nodes[handle.0 as usize].next;
        (next != NIL).then_some(Handle(next))
    }

    /// Takes `by` away from an order, keeping its place; it leaves the book when nothing is left. Returns what was taken.
    pub fn reduce(&mut self, handle: Handle, by: Qty) -> Qty {
        let node = &mut self.nodes[handle.0 as usize];
        let by = by.min(node.order.qty);
        node.order.qty -= by;
        let Node {
            order,
            next,
            previous,
        } = *node;
        let side = side_index(order.side);
        let rank = rank(order.side, order.price);
        let gone = order.qty.is_zero();
        let mut level_gone = false;
        if let Some(level) = self.levels[side].get_mut(&rank) {
            level.qty -= by;
            if order.owner == Owner::Own {
                level.own -= by;
            }
            if gone {
                if level.head == handle.0 {
                    level.head = next;
                }
                if level.tail == handle.0 {
                    level.tail = previous;
                }
                level_gone = level.head == NIL;
            }
        }
        if !gone {
            return by;
        }
        if previous != NIL {
            self.nodes[previous as usize].next = next;
        }
        if next != NIL {
            self.nodes[next as usize].previous = previous;
        }
        if level_gone {
            self.levels[side].remove(&rank);
        }
        if order.owner == Owner::Own {
            self.own[side].remove(&(rank, order.stamp));
        }
        if order.owner != Owner::Anonymous {
            self.index.remove(&key(order.owner, order.id));
        }
        self.free.push(handle.0);
        by
    }

    /// Forgets the number of another participant's order: its quantity stays in place, without a name.
    pub fn make_anonymous(&mut self, handle: Handle) {
        let order = &mut self.nodes[handle.0 as usize].order;
        if order.owner == Owner::Other {
            self.index.remove(&key(order.owner, order.id));
            order.owner = Owner::Anonymous;
            order.id = 0;
        }
    }

    /// Takes an order out of the book and returns it as it was.
    pub fn remove(&mut self, handle: Handle) -> Order {
        let order = *self.order(handle);
        self.reduce(handle, order.qty);
        order
    }

    /// Best level of a side.
    #[inline]
    #[must_use]
    pub fn best(&self, side: BookSide) -> Option<&Level> {
        self.levels[side_index(side)]
            .first_key_value()
            .map(|(_, level)| level)
    }

    /// Levels of a side, best first.
    pub fn levels(&self, side: BookSide) -> impl Iterator<Item = &Level> {
        self.levels[side_index(side)].values()
    }

    /// The worst level of a side that holds quantity of others.
    #[must_use]
    pub fn worst_of_others(&self, side: BookSide) -> Option<&Level> {
        self.levels[side_index(side)]
            .values()
            .rev()
            .find(|level| !level.others().is_zero())
    }

    /// The level at a price.
    #[inline]
    #[must_use]
    pub fn level(&self, side: BookSide, price: Price) -> Option<&Level> {
        self.levels[side_index(side)].get(&rank(side, price))
    }

    /// Our best and oldest resting order of a side.
    #[inline]
    #[must_use]
    pub fn first_own(&self, side: BookSide) -> Option<Handle> {
        self.own[side_index(side)]
            .first_key_value()
            .map(|(_, at)| Handle(*at))
    }

    /// Our resting orders of a side, best and oldest first.
    pub fn own(&self, side: BookSide) -> impl Iterator<Item = Handle> {
        self.own[side_index(side)].values().copied().map(Handle)
    }

    /// Orders of one level, oldest first.
    pub fn queue(&self, side: BookSide, price: Price) -> impl Iterator<Item = Handle> {
        let mut at = self.level(side, price).map(Level::first);
        std::iter::from_fn(move || {
            let here = at?;
            at = self.next(here);
            Some(here)
        })
    }

    /// Orders of a side, best price and oldest first.
    pub fn orders(&self, side: BookSide) -> impl Iterator<Item = &Order> {
        self.levels(side)
            .flat_map(move |level| self.queue(side, level.price))
            .map(|handle| self.order(handle))
    }

    /// Orders resting on both sides.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len() - self.free.len()
    }

    /// Whether nothing rests.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the best bid is at or above the best ask.
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        match (self.best(BookSide::Bid), self.best(BookSide::Ask)) {
            (Some(bid), Some(ask)) => bid.price >= ask.price,
            _ => false,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Back,
    Front,
}
