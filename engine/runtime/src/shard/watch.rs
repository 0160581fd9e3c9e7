//! What a pass seldom meets: kill word, lost peers and links, pauses of the thread, heartbeats.

use super::{Shard, Which};
use crate::instance::KillWord;
use engine_core::algorithm::Algorithms;
use engine_core::input::Inbound;
use shm_ring::Role;
use shm_wire::codes::{ControlScope, RingKind};
use shm_wire::control::{Heartbeat, Kill, RestoreLink};
use shm_wire::record::ClockOffset;
use shm_wire::units::Nanos;
use std::sync::atomic::Ordering;

impl<A: Algorithms> Shard<A> {
    #[cold]
    pub(super) fn on_kill_word(&mut self, now: Nanos, word: u64) {
        if word == 0 {
            let releases = self.pages.kill.load(KillWord::Releases as usize);
            if releases == self.releases_seen {
                // Only the engine clears it; that somebody else did does not end the kill.
                self.pages
                    .kill
                    .fetch_or(KillWord::Kill as usize, self.kill_seen);
            } else {
                // Another shard was released. This one stays killed until it is told too; a new kill is one of its own.
                (self.releases_seen, self.kill_seen) = (releases, 0);
            }
            return;
        }
        let kill = Kill {
            sequence: self.next_control_sequence(),
            value: word,
            scope: ControlScope::All.code(),
            active: 1,
            ..Kill::empty()
        };
        let releases = self.pages.kill.load(KillWord::Releases as usize);
        if self.take_own(now, Inbound::Kill(kill)) {
            (self.kill_seen, self.releases_seen) = (word, releases);
        }
    }

    /// What a control input asks of the duty cycle itself.
    #[cold]
    pub(super) fn on_control_taken(&mut self, now: Nanos, message: &Inbound) {
        match message {
            Inbound::Kill(kill) => self.clear_kill_word(kill),
            Inbound::RestoreLink(restore) => self.restore(now, restore),
            _ => {}
        }
    }

    /// Reads a link again that was out of service.
    fn restore(&mut self, now: Nanos, m: &RestoreLink) {
        let which = match RingKind::try_from(m.ring) {
            Ok(RingKind::Reports) => Which::Reports,
            Ok(RingKind::Control) => Which::Control,
            Ok(RingKind::Market) => Which::Market,
            Ok(RingKind::Orders) => {
                let known = |s: &super::Source| s.orders.source() == m.source;
                let Some(index) = self.orders.iter().position(known) else {
                    return;
                };
                Which::Orders(index)
            }
            _ => return,
        };
        if self.link(which).restore(m.upto) {
            self.duty.links_restored += 1;
            self.tell_links(now);
        }
    }

    /// The control link is put back by a word of its own: over the link it could not be asked for.
    #[cold]
    fn restore_control(&mut self, now: Nanos, upto: u64) {
        let word = KillWord::RestoreControl as usize;
        let restore = RestoreLink {
            sequence: self.next_control_sequence(),
            upto,
            ring: RingKind::Control.code(),
            ..RestoreLink::empty()
        };
        if !self.control.is_poisoned() {
            self.pages.kill.fetch_clear(word, u64::MAX);
        } else if self.take_own(now, Inbound::RestoreLink(restore)) {
            self.pages.kill.fetch_clear(word, u64::MAX);
            self.restore(now, &restore);
        }
    }

    /// A journaled "clear everything" is the one thing that clears the kill word.
    fn clear_kill_word(&mut self, kill: &Kill) {
        if kill.active == 0 && kill.scope == ControlScope::All.code() {
            // First the count: who sees the word cleared must see why.
            let releases = self.pages.kill.word(KillWord::Releases as usize);
            self.releases_seen = releases.fetch_add(1, Ordering::AcqRel) + 1;
            self.pages
                .kill
                .fetch_clear(KillWord::Kill as usize, self.kill_seen);
            self.kill_seen = 0;
        }
    }

    #[cold]
    pub(super) fn on_poisoned(&mut self, now: Nanos) {
        self.duty.decode_refused += 1;
        self.duty.links_poisoned += 1;
        self.tell_links(now);
    }

    /// Tells the engine of links that went out of service or came back, as soon as there is room to say it.
    #[cold]
    pub(super) fn tell_links(&mut self, now: Nanos) {
        for which in 0..self.orders.len() + 3 {
            let which = match which.checked_sub(3) {
                Some(source) => Which::Orders(source),
                None => [Which::Reports, Which::Control, Which::Market][which],
            };
            let link = self.link(which);
            if !link.is_untold() {
                continue;
            }
            let (kind, source, alive) = (link.kind(), link.source(), !link.is_poisoned());
            // A link that works again does not bring back a peer that is away: that is told when it is.
            let away = match which {
                Which::Market => self.peers.feed_is_lost(),
                Which::Reports => self.peers.router_is_lost(),
                Which::Control | Which::Orders(_) => false,
            };
            if (alive && away) || self.say_alive(now, kind, source, alive) {
                self.link(which).set_told();
            }
        }
    }

    /// No pass was made for too long: what is known of the market is old. It is as if the feed had been lost and had come back, so each
    /// instrument is stale until its next quote. Nothing is caught up in a burst: schedules answer from the clock.
    #[cold]
    pub(super) fn on_loop_gap(&mut self, now: Nanos, monotonic: u64) {
        let stale = self.say_alive(now, RingKind::Market, 0, false);
        // A feed that is lost stays so, and so does one whose link is out of service.
        let lost = self.peers.feed_is_lost() || self.market.is_poisoned();
        if stale && (lost || self.say_alive(now, RingKind::Market, 0, true)) {
            self.duty.loop_gaps += 1;
            self.beat(monotonic);
        }
    }

    /// Peers that fell silent, or spoke again; a new sample of the offset to UTC.
    pub(super) fn supervise(&mut self, now: Nanos, monotonic: u64) {
        let feed = self.market.consumer().segment().heartbeat(Role::Producer);
        if let Some(alive) = self.peers.feed(feed, monotonic)
            // A peer that came back on a link out of service cannot be heard.
            && !(alive && self.market.is_poisoned())
            && !self.say_alive(now, RingKind::Market, 0, alive)
        {
            self.peers.feed_again();
        }
        let router = self.reports.consumer().segment().heartbeat(Role::Producer);
        if let Some(alive) = self.peers.router(router, monotonic)
            && !(alive && self.reports.is_poisoned())
            && !self.say_alive(now, RingKind::Reports, 0, alive)
        {
            self.peers.router_again();
        }
        if self.duty.links_poisoned > 0 {
            self.tell_links(now);
        }
        let restore = self.pages.kill.load(KillWord::RestoreControl as usize);
        if restore != 0 {
            self.restore_control(now, restore);
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
