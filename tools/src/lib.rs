//! tools

pub mod convert;
pub mod error;
pub mod models;
