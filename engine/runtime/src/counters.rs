//! Counters of a shard in shared memory: the engine's own and those of the duty cycle.
//!
//! The engine thread counts in plain integers and copies them to the page every few milliseconds.

use engine_core::counters::Counters;
use shm_ring::{AttachError, Counter, CountersPage};

/// Most counters of a shard's page.
pub const COUNTERS_CAPACITY: usize = 96;

macro_rules! duty {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What the duty cycle has counted.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct DutyCounters { $($(#[$doc])* pub $name: u64),+ }
        impl DutyCounters {
            /// Names in order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];
            fn values(&self) -> [u64; Self::NAMES.len()] {
                [$(self.$name),+]
            }
        }
    };
}

duty! {
    /// Passes of the duty cycle.
    polls,
    /// Outputs made.
    outputs,
    /// Messages that a decoder refused, and cells that broke the ring's rules.
    decode_refused,
    /// Links taken out of service after 16 refusals in a second.
    links_poisoned,
    /// Links that an operator put back in service.
    links_restored,
    /// Passes that took nothing because the journal ring was short of room.
    journal_full,
    /// Times that the journal ring was four fifths full, so that no new parents were accepted.
    journal_short,
    /// Times that no pass was made for longer than the limit, so that market data counted as stale.
    loop_gaps,
    /// Times that a ring to a peer, or the journal ring, ran out of room.
    link_blocked,
    /// Slices that waited outside a full ring.
    slices_parked,
    /// Updates for a source that has no link, or that found no room: they stand in the journal only.
    updates_unsent,
    /// Times that engine time would have gone backwards.
    clock_clamped,
    /// Longest time between two heartbeats of the thread, ns of real time.
    loop_gap_max_ns,
    /// Slices whose way through the engine was timed: from the clock read of the pass that found the input to their publication.
    tick_to_slice_samples,
    /// Half of them took no longer, ns.
    tick_to_slice_p50_ns,
    /// 99 of 100 took no longer, ns.
    tick_to_slice_p99_ns,
    /// The slowest, ns.
    tick_to_slice_max_ns,
    /// Parents that have not ended.
    live_parents,
    /// Children that have not ended.
    open_children,
}

/// The page's counters, held by the engine thread.
#[derive(Debug)]
pub struct ShardCounters {
    engine: Vec<Counter>,
    duty: Vec<Counter>,
}

impl ShardCounters {
    /// Registers every counter.
    ///
    /// # Errors
    /// What the page says.
    pub fn register(page: &CountersPage) -> Result<ShardCounters, AttachError> {
        let all = |names: &[&str], prefix: &str| {
            names
                .iter()
                .map(|name| page.register(&format!("{prefix}{name}")))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(ShardCounters {
            engine: all(Counters::NAMES, "engine_")?,
            duty: all(DutyCounters::NAMES, "duty_")?,
        })
    }

    /// Copies the values to the page. No allocation, no system call.
    pub fn publish(&self, engine: &Counters, duty: &DutyCounters) {
        for (counter, (_, value)) in self.engine.iter().zip(engine.entries()) {
            counter.set(value);
        }
        for (counter, value) in self.duty.iter().zip(duty.values()) {
            counter.set(value);
        }
    }
}
