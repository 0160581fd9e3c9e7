//! What a pass seldom meets: kill word, lost peers and links, pauses of the thread, heartbeats.

use super::{Shard, Which};
use engine_core::algorithm::Algorithms;
use engine_core::input::Inbound;
use shm_ring::Role;
use shm_wire::codes::{ControlScope, RingKind};
use shm_wire::control::{Heartbeat, Kill};
use shm_wire::record::ClockOffset;
use shm_wire::units::Nanos;

impl<A: Algorithms> Shard<A> {
    #[cold]
    pub(super) fn on_kill_word(&mut self, now: Nanos, word: u64) {
        if word == 0 {
            // Only the engine clears it; that somebody else did does not end the kill.
            self.pages.kill.fetch_or(0, self.kill_seen);
            return;
        }
        let kill = Kill {
            sequence: self.next_control_sequence(),
            value: word,
            scope: ControlScope::All.code(),
            active: 1,
            ..Kill::empty()
        };
        if self.take_own(now, Inbound::Kill(kill)) {
            self.kill_seen = word;
        }
    }

    /// A journaled "clear everything" is the one thing that clears the kill word.
    #[cold]
    pub(super) fn clear_kill_word(&mut self, kill: &Kill) {
        if kill.active == 0 && kill.scope == ControlScope::All.code() {
            self.pages.kill.fetch_clear(0, self.kill_seen);
            self.kill_seen = 0;
        }
    }

    #[cold]
    pub(super) fn on_poisoned(&mut self, now: Nanos) {
        self.duty.decode_refused += 1;
        self.duty.links_poisoned += 1;
        self.tell_poisoned(now);
    }

    /// Tells the engine of links that went out of service, as soon as there is room to say it.
    #[cold]
    pub(super) fn tell_poisoned(&mut self, now: Nanos) {
        for which in 0..self.orders.len() + 3 {
            let which = match which.checked_sub(3) {
                Some(source) => Which::Orders(source),
                None => [Which::Reports, Which::Control, Which::Market][which],
            };
            let link = self.link(which);
            let (kind, source) = (link.kind(), link.source());
            if link.is_untold() && self.say_alive(now, kind, source, false) {
                self.link(which).set_told();
            }
        }
    }

    /// No pass was made for too long: what is known of the market is old. It is as if the feed had been lost and had come back, so each
    /// instrument is stale until its next quote. Nothing is caught up in a burst: schedules answer from the clock.
    #[cold]
    pub(super) fn on_loop_gap(&mut self, now: Nanos, monotonic: u64) {
        let stale = self.say_alive(now, RingKind::Market, 0, false);
        // A feed that is lost stays so.
        if stale && (self.peers.feed_is_lost() || self.say_alive(now, RingKind::Market, 0, true)) {
            self.duty.loop_gaps += 1;
            self.beat(monotonic);
        }
    }

    /// Peers that fell silent, or spoke again; a new sample of the offset to UTC.
    pub(super) fn supervise(&mut self, now: Nanos, monotonic: u64) {
        let feed = self.market.consumer().segment().heartbeat(Role::Producer);
        if let Some(alive) = self.peers.feed(feed, monotonic) {
            self.say_alive(now, RingKind::Market, 0, alive);
        }
        if self.duty.links_poisoned > 0 {
            self.tell_poisoned(now);
        }
        let router = self.reports.consumer().segment().heartbeat(Role::Producer);
        if let Some(alive) = self.peers.router(router, monotonic) {
            self.say_alive(now, RingKind::Reports, 0, alive);
        }
        let (samples, offset) = self.clock.utc_offset();
        if samples != self.utc_samples {
            let message = ClockOffset {
                offset,
                ..ClockOffset::empty()
            };
            if self.take_own(now, Inbound::ClockOffset(message)) {
                self.utc_samples = samples;
            }
        }
    }

    /// Says that a peer is lost or alive; `false` when there is no room to say it now.
    pub(super) fn say_alive(
        &mut self,
        now: Nanos,
        ring: RingKind,
        source: u16,
        alive: bool,
    ) -> bool {
        let heartbeat = Heartbeat {
            sequence: self.next_control_sequence(),
            real_time: self.clock.monotonic(),
            ring: ring.code(),
            alive: u8::from(alive),
            source,
            ..Heartbeat::empty()
        };
        self.take_own(now, Inbound::Heartbeat(heartbeat))
    }

    pub(super) fn next_control_sequence(&mut self) -> u64 {
        self.control_sequence += 1;
        self.control_sequence
    }

    pub(super) fn beat(&mut self, monotonic: u64) {
        let gap = monotonic.saturating_sub(self.last_beat);
        self.duty.loop_gap_max_ns = self.duty.loop_gap_max_ns.max(gap);
        self.last_beat = monotonic;
        self.duty.clock_clamped = self.clock.clamped();
        self.duty.live_parents = self.engine.live_parents() as u64;
        self.duty.tick_to_slice_samples = self.latency.samples();
        self.duty.tick_to_slice_p50_ns = self.latency.percentile(500);
        self.duty.tick_to_slice_p99_ns = self.latency.percentile(990);
        self.duty.tick_to_slice_max_ns = self.latency.max();
        self.pages
            .counters
            .publish(self.engine.counters(), &self.duty);
        self.market.consumer().beat(monotonic);
        self.reports.consumer().beat(monotonic);
        self.control.consumer().beat(monotonic);
        self.slices.beat(monotonic);
        self.journal.ring().beat(monotonic);
        for source in &self.orders {
            source.orders.consumer().beat(monotonic);
            source.updates.beat(monotonic);
        }
    }
}
