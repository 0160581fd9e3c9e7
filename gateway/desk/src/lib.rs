//! What a desk asks about an order, answered once for every face of the product: the command line, the gateway's routes and
//! its live page.
//!
//! - [`order`]: is this an order, and would the engine take it;
//! - [`amend`]: new terms from the known ones and what shall change;
//! - [`plan`](mod@plan): what would be planned for it;
//! - [`why`]: does this order trade now, and why or why not.
//!
//! Pure functions from the journal's view and the engine's own rules to words and JSON. Nothing here reads a file, a clock or a
//! socket.
#![forbid(unsafe_code)]

pub mod amend;
pub mod order;
pub mod plan;
pub mod why;
