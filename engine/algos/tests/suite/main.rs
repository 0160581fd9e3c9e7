//! Algorithms against the real engine in a toy market, the conformance suite among them, and the generated page.
#![expect(
    clippy::unwrap_used,
    reason = "tests and their helpers state what must hold"
)]

mod arrival;
mod conformance;
mod curves;
mod failures;
mod finish;
mod is;
mod own;
mod page;
mod parameters;
mod pov;
mod rates;
mod resting;
mod script;
mod taking;
mod toy;
mod twap;
mod vwap;
