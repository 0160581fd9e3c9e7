//! A strict price-time matching book: best price first, first in first out at one price, trades at the maker's price.
//!
//! The book knows prices, quantities and owners; it knows no instrument, session, clock or report. Orders live in one slab
//! and hang in a list per price, so that adding, reducing and removing cost one map look-up and allocate nothing once the
//! slab has grown. Reading order: [`book`] (storage), [`submit`] (matching), [`script`] (plain scripts of orders).

pub mod book;
pub mod lookup;
pub mod script;
pub mod submit;

pub use book::{Book, Handle, Level, Order, Owner};
pub use submit::{Disposition, Fill, Incoming, Refusal, SIDES, Terms};
