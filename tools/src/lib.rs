//! What the `pacer` command is made of: converters, order lists, backtests, reports, clients and checks.
#![forbid(unsafe_code)]

pub mod backtest;
pub mod convert;
pub mod error;
pub mod models;
pub mod orders;
pub mod report;
