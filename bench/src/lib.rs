//! `pacer-bench`: latency and throughput of the product's own code, always beside a reference measured in the same run.
//!
//! A scenario has a name, a question and a seed. Every figure that crosses cores is bracketed by the **yardstick** (a bare
//! ping-pong of two cache lines) before and after: a sample whose two checks differ by more than a fifth is thrown away,
//! ratios are formed sample by sample, and rows are split by placement, because a virtual machine's host moves its cores.
//!
//! Suggested reading order: [`cli`], [`stats`], [`yardstick`], [`measure`], [`peer`], [`hop`], [`orders`], [`scenario`], [`report`].
//!
//! What this crate refuses to do: no figure without its reference, no open-loop tail (closed loops only, see
//! `docs/performance.md`), no copy of the product's code.

pub mod cli;
pub mod cores;
pub mod error;
pub mod hop;
pub mod host;
pub mod measure;
pub mod orders;
pub mod peer;
pub mod report;
pub mod scenario;
pub mod stats;
pub mod yardstick;
