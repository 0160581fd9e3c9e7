//! Scripts of orders through the book, for reference cases and for people who want to try a sequence.
//!
//! The vocabulary is that of the reference family MATCH-FIFO: `new`, `reduce` (to a quantity left), `cancel`, `replace`
//! (to a price and a quantity left).

use shm_wire::codes::BookSide;
use shm_wire::units::{Price, Qty};

use super::book::{Book, Owner};
use super::submit::{Disposition, Fill, Incoming, Refusal, SIDES, Terms};

/// One line of a script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// A new order; `price` `None` is a market order, whose rest is canceled.
    New {
        /// Number.
        id: u64,
        /// Side where it would rest.
        side: BookSide,
        /// Limit in any unit.
        price: Option<i64>,
        /// Quantity.
        qty: u64,
        /// Terms.
        terms: Terms,
    },
    /// The order's quantity left becomes `qty`, if that is less; zero cancels.
    Reduce {
        /// Number.
        id: u64,
        /// Quantity left.
        qty: u64,
    },
    /// Cancel.
    Cancel {
        /// Number.
        id: u64,
    },
    /// New price and quantity left; zero cancels.
    Replace {
        /// Number.
        id: u64,
        /// Price.
        price: i64,
        /// Quantity left.
        qty: u64,
    },
}

/// What a script line was answered, when not with trades or rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A fill-or-kill order could not fill whole.
    RejectedFok,
    /// A post-only order would have traded.
    RejectedPostOnly,
    /// No such order rests.
    Unknown,
    /// Quantity zero, the number rests already, or a reduce that is none.
    Invalid,
}

impl Event {
    /// Name in reference cases.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::RejectedFok => "rejected_fok",
            Self::RejectedPostOnly => "rejected_post_only",
            Self::Unknown => "unknown",
            Self::Invalid => "invalid",
        }
    }
}

/// One trade of a script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScriptTrade {
    /// Number of the incoming order.
    pub taker: u64,
    /// Number of the resting order.
    pub maker: u64,
    /// Price: the maker's.
    pub price: i64,
    /// Quantity.
    pub qty: u64,
}

/// An order that still rests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScriptResting {
    /// Number.
    pub id: u64,
    /// Side.
    pub side: BookSide,
    /// Price.
    pub price: i64,
    /// Quantity left.
    pub qty: u64,
}

/// Outcome of a script.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ScriptOutcome {
    /// Trades in order.
    pub trades: Vec<ScriptTrade>,
    /// What rests at the end: bids, then asks, best and oldest first.
    pub resting: Vec<ScriptResting>,
    /// Refusals in order, each with the order's number.
    pub events: Vec<(u64, Event)>,
}

/// Runs a script through an empty book.
#[must_use]
pub fn run_script(script: &[Action]) -> ScriptOutcome {
    let mut book = Book::new();
    let mut outcome = ScriptOutcome::default();
    let mut fills = Vec::new();
    for action in script {
        fills.clear();
        let (id, event) = run_action(&mut book, action, &mut fills);
        outcome.trades.extend(fills.iter().map(|fill| ScriptTrade {
            taker: id,
            maker: fill.maker.id,
            price: fill.maker.price.0,
            qty: fill.qty.0,
        }));
        outcome.events.extend(event.map(|event| (id, event)));
    }
    for side in SIDES {
        outcome
            .resting
            .extend(book.orders(side).map(|order| ScriptResting {
                id: order.id,
                side,
                price: order.price.0,
                qty: order.qty.0,
            }));
    }
    outcome
}

fn run_action(book: &mut Book, action: &Action, fills: &mut Vec<Fill>) -> (u64, Option<Event>) {
    let find = |book: &Book, id| book.find(Owner::Other, id);
    match *action {
        Action::New {
            id,
            side,
            price,
            qty,
            terms,
        } => {
            let order = Incoming {
                id,
                owner: Owner::Other,
                side,
                limit: price.map(Price),
                qty: Qty(qty),
                terms,
            };
            (id, refusal(book.submit(&order, fills)))
        }
        Action::Reduce { id, qty } => match find(book, id) {
            None => (id, Some(Event::Unknown)),
            Some(handle) => match book.order(handle).qty.checked_sub(Qty(qty)) {
                None => (id, Some(Event::Invalid)),
                Some(by) => {
                    book.reduce(handle, by);
                    (id, None)
                }
            },
        },
        Action::Cancel { id } => match find(book, id) {
            None => (id, Some(Event::Unknown)),
            Some(handle) => {
                book.remove(handle);
                (id, None)
            }
        },
        Action::Replace { id, price, qty } => match find(book, id) {
            None => (id, Some(Event::Unknown)),
            Some(handle) if qty == 0 => {
                book.remove(handle);
                (id, None)
            }
            Some(handle) => (
                id,
                refusal(book.replace(handle, Price(price), Qty(qty), fills)),
            ),
        },
    }
}

fn refusal(disposition: Disposition) -> Option<Event> {
    match disposition {
        Disposition::Taken { .. } => None,
        Disposition::Refused(Refusal::Unfillable) => Some(Event::RejectedFok),
        Disposition::Refused(Refusal::WouldTrade) => Some(Event::RejectedPostOnly),
        Disposition::Refused(Refusal::Invalid) => Some(Event::Invalid),
    }
}

#[cfg(test)]
mod tests;
