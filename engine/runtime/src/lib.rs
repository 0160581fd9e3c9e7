//! The engine as a process: pinned threads that turn the duty cycle, the clock, the journal thread, orderly shutdown.
//!
//! A [`shard::Shard`] owns one engine and its links and turns the duty cycle of the design: kill word, reports, control,
//! timers, continue, orders, market, heartbeat. Each input is journaled, stepped, its outputs journaled and published.
//! After start-up the engine thread neither allocates nor makes a system call ([`alloc_guard`] and a system-call filter
//! prove it in tests). What is slow (segment files, signals, supervision) lives on other threads of the same process.
//!
//! The runtime knows nothing of strategies, formulas or venues; it calls `step` and moves messages.
//!
//! Suggested reading order: [`config`], [`instance`], [`clock`], [`links`], [`journal`], [`room`], [`shard`], [`process`].

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "tests state what must hold")
)]

pub mod alloc_guard;
pub mod clock;
pub mod config;
pub mod counters;
pub mod instance;
pub mod journal;
pub mod latency;
pub mod links;
pub mod os;
pub mod process;
pub mod room;
pub mod shard;
