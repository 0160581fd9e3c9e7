//! Pacer's simulated market: market files, and what is built on them.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "tests state what must hold")
)]

pub mod backtest;
pub mod market_file;
pub mod matching;
pub mod queue;
pub mod rng;
pub mod synthetic;
pub mod venue;
