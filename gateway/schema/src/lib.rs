//! The parameters of the algorithms as other programs want to read them: JSON Schema and FIXatdl.
//!
//! ```text
//! PARAMS in each algorithm's file ──▶ registry ──▶ json     one schema for the parameters of each algorithm
//!                                              └──▶ fixatdl  one ticket description for an OMS, all algorithms
//! ```
//! The tables of `engine/algos` are the only source; nothing about a parameter is written down here. Both outputs are
//! deterministic, and checked in under `docs/`, where a test compares them.
//!
//! Pure functions; this crate stands apart from the gateway's server so that the command line can use it without the
//! server's dependencies.
#![forbid(unsafe_code)]

pub mod fixatdl;
pub mod json;
pub mod values;

pub use fixatdl::fixatdl;
pub use json::{algorithm_list, json_schema};
