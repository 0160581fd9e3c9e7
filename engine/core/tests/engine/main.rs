//! The engine through its only door, `step`, driven by a small algorithm whose moves are easy to foresee.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    missing_docs,
    reason = "tests state what must hold"
)]

mod accept;
mod auction;
mod controls;
mod life;
mod market;
mod random;
mod reports;
mod rig;
