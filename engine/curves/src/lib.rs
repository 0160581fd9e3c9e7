//! Fitted volume curves: the file that `pacer curves fit` writes, and the curves that the algorithms follow.
//!
//! [`file`](mod@file) is the document and its checks, [`ladder`] finds what an instrument starts with (its own curve, its sector's, its asset
//! class's, none), [`table`] makes of it what the registry holds. Live engine, backtest, plans and the gateway read the same
//! file through the same code, once, at their start; nothing here runs on the engine's thread.
#![forbid(unsafe_code)]

pub mod error;
pub mod file;
pub mod grid;
pub mod ladder;
pub mod table;

pub use error::CurveFileError;
pub use file::CurveFile;
