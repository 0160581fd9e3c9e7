//! Settings of the simulated exchange.

use shm_wire::units::{DurationNs, Nanos};

use crate::queue::QueueRule;
use crate::rng::Rng;

/// A delay: a fixed part and a uniform random part of 0 to `jitter`. A channel never reorders: a message is at least as late
/// as the one before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Latency {
    /// Fixed part.
    pub base: DurationNs,
    /// Largest random part.
    pub jitter: DurationNs,
}

impl Latency {
    /// A delay without jitter.
    #[must_use]
    pub const fn fixed(base: DurationNs) -> Latency {
        Latency {
            base,
            jitter: DurationNs(0),
        }
    }

    /// `from` plus one draw of this delay.
    pub(super) fn after(self, from: Nanos, rng: &mut Rng) -> Nanos {
        let random = match self.jitter.0 {
            0 => 0,
            jitter => rng.below(jitter.saturating_add(1)),
        };
        from.plus(self.base).plus(DurationNs(random))
    }
}

impl From<DurationNs> for Latency {
    fn from(base: DurationNs) -> Latency {
        Latency::fixed(base)
    }
}

/// Settings of a [`super::Venue`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VenueConfig {
    /// Seed of rejects, jitter and execution keys.
    pub seed: u64,
    /// Number of the venue in reports and prints.
    pub venue: u16,
    /// From the router's send to the matching engine.
    pub order_latency: Latency,
    /// From the matching engine to the router.
    pub report_latency: Latency,
    /// From the matching engine to whoever reads the public feed.
    pub market_latency: Latency,
    /// New slices refused at random with reason OTHER, parts per million.
    pub reject_ppm: u32,
    /// Most of a cross's volume that our orders of one side fill together, parts per million, at most half of it.
    pub auction_share_ppm: u32,
    /// Levels that are assumed behind a touch that we took whole, where the source shows nothing; 0 = none.
    pub assumed_levels: u8,
    /// How decreases of levels are attributed to the queue.
    pub queue_rule: QueueRule,
}

impl Default for VenueConfig {
    /// Seed 1, venue 1, 100 µs to the venue, 100 µs back, public data at once, no random rejects, a quarter of a cross, queue in
    /// the middle.
    fn default() -> VenueConfig {
        VenueConfig {
            seed: 1,
            venue: 1,
            order_latency: Latency::fixed(DurationNs(100_000)),
            report_latency: Latency::fixed(DurationNs(100_000)),
            market_latency: Latency::fixed(DurationNs(0)),
            reject_ppm: 0,
            auction_share_ppm: 250_000,
            assumed_levels: 10,
            queue_rule: QueueRule::Proportional,
        }
    }
}
