//! The rules of the house that neither the compiler nor clippy checks: arrows between crates, where `unsafe` may stand and
//! how often, lengths, left-overs, and documents that keep their promises.
#![allow(clippy::unwrap_used, reason = "tests state what must hold")]

mod arrows;
mod code;
mod docs;
mod source;
