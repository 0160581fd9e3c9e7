//! What the `pacer` command is made of: converters, order lists, backtests, reports, clients and checks.
#![forbid(unsafe_code)]

pub mod backtest;
pub mod cli;
pub mod convert;
pub mod curves;
pub mod demo;
pub mod error;
pub mod feed_process;
pub mod models;
pub mod oms;
pub mod orders;
pub mod plan;
pub mod report;
pub mod schema;
pub mod venue_process;
