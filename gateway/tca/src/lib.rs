//! Post-trade analytics: pure functions from journal records to numbers.
//!
//! Feed the records of a run in order to [`Analysis::on_record`] and ask for the [`Report`]; or to [`LiveView`] to watch a
//! run. Sums of money and quantity are exact integers; floats appear only in the last division. Nothing here reads a
//! file, a clock or a socket, and no bytes of a record can make it panic: what does not decode is counted.
//!
//! Cost: a market message is O(1) whatever the number of parents. Prints and mids are kept as tapes per instrument and
//! turned into prefix sums when the report is asked for; a parent's interval is then two binary searches.
//!
//! Suggested reading order: [`event`], [`tape`], [`ledger`], [`laws`], [`ratio`], [`figures`], [`report`],
//! [`analysis`], [`benchmark`], [`words`], [`view`], [`text`], [`html`].
#![forbid(unsafe_code)]

pub mod analysis;
pub mod benchmark;
pub mod event;
pub mod figures;
pub mod format;
pub mod html;
pub mod laws;
pub mod ledger;
pub mod ratio;
pub mod report;
pub mod tape;
pub mod text;
pub mod view;
pub mod words;

pub use analysis::Analysis;
pub use report::{ParentReport, Report, Totals};
pub use view::LiveView;

#[cfg(test)]
mod testing;
