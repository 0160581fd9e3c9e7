//! tools

pub mod models;
