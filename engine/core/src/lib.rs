//! The engine as one pure function: [`engine::Engine::step`] takes an instant and an input and fills an outbox.
//!
//! Nothing below `step` can see a clock, a file, a thread, a random source or a global. Memory is taken when the engine is
//! made and never afterwards. Algorithms ([`algorithm::Algorithms`]) answer with targets and intents; only the risk gate
//! makes a child order. Parents that are not due cost nothing: [`marks`] hold, for each instrument, the nearest price and
//! volume at which anybody must act.
//!
//! Suggested reading order: [`ledger`], [`child`], [`phase`], [`blocked`], [`market`], [`auction`], [`view`], [`algorithm`], [`marks`],
//! [`risk`], [`input`], [`outbox`], [`engine`].
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        clippy::disallowed_macros,
        clippy::disallowed_types,
        clippy::allow_attributes,
        reason = "tests may use the heap"
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod algorithm;
pub mod auction;
pub mod blocked;
pub mod child;
pub mod counters;
pub mod engine;
pub mod input;
pub mod ledger;
pub mod market;
pub mod marks;
pub mod outbox;
pub mod phase;
pub mod print_sizes;
pub mod risk;
pub mod tables;
pub mod view;
