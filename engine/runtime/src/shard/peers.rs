//! Whether feed and router still give signs of life, in real time.

use shm_ring::Heartbeat;

/// Both peers.
#[derive(Debug)]
pub(super) struct Peers {
    feed: Watch,
    router: Watch,
}

#[derive(Debug)]
struct Watch {
    /// Silence that counts as death, ns; zero = never.
    limit: u64,
    /// Beats at the last look, and when they last changed by our own clock.
    count: u64,
    seen: u64,
    lost: bool,
}

impl Peers {
    pub(super) fn new(feed_limit: u64, router_limit: u64) -> Peers {
        Peers {
            feed: Watch::new(feed_limit),
            router: Watch::new(router_limit),
        }
    }
    /// Whether the feed was lost (`false`) or came back (`true`) since the last look.
    pub(super) fn feed(&mut self, beat: Heartbeat, monotonic: u64) -> Option<bool> {
        self.feed.look(beat, monotonic)
    }
    /// Whether the feed is lost.
    pub(super) fn feed_is_lost(&self) -> bool {
        self.feed.lost
    }
    /// Whether the router is lost.
    pub(super) fn router_is_lost(&self) -> bool {
        self.router.lost
    }
    /// What was found of the feed could not be told: it is found again.
    pub(super) fn feed_again(&mut self) {
        self.feed.lost = !self.feed.lost;
    }
    /// As for the feed.
    pub(super) fn router_again(&mut self) {
        self.router.lost = !self.router.lost;
    }
    /// As for the feed.
    pub(super) fn router(&mut self, beat: Heartbeat, monotonic: u64) -> Option<bool> {
        self.router.look(beat, monotonic)
    }
}

impl Watch {
    fn new(limit: u64) -> Watch {
        Watch {
            limit,
            count: 0,
            seen: 0,
            lost: false,
        }
    }
    /// The peer writes its count; when it changed is told by our own clock, so that a peer cannot lie about time. A peer that
    /// never beat is not lost: it has not come yet.
    fn look(&mut self, beat: Heartbeat, monotonic: u64) -> Option<bool> {
        if self.limit == 0 || beat.count == 0 {
            return None;
        }
        if beat.count != self.count {
            self.count = beat.count;
            self.seen = monotonic;
            let was_lost = std::mem::take(&mut self.lost);
            return was_lost.then_some(true);
        }
        if !self.lost && monotonic.saturating_sub(self.seen) > self.limit {
            self.lost = true;
            return Some(false);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(count: u64) -> Heartbeat {
        Heartbeat { count, nanos: 0 }
    }

    #[test]
    fn a_silent_peer_is_lost_once_and_comes_back_once() {
        let mut watch = Watch::new(500);
        assert_eq!(watch.look(beat(0), 10_000), None, "has not come yet");
        assert_eq!(watch.look(beat(1), 10_000), None);
        assert_eq!(watch.look(beat(1), 10_500), None);
        assert_eq!(watch.look(beat(1), 10_501), Some(false));
        assert_eq!(watch.look(beat(1), 99_000), None);
        assert_eq!(watch.look(beat(2), 99_001), Some(true));
        assert_eq!(watch.look(beat(3), 99_002), None);
    }

    #[test]
    fn what_could_not_be_told_is_found_again() {
        let mut peers = Peers::new(500, 500);
        assert_eq!(peers.feed(beat(1), 0), None);
        assert_eq!(peers.feed(beat(1), 501), Some(false));
        peers.feed_again();
        assert_eq!(peers.feed(beat(1), 502), Some(false));
        assert_eq!(peers.feed(beat(2), 503), Some(true));
        peers.feed_again();
        assert_eq!(peers.feed(beat(3), 504), Some(true));
        assert!(!peers.feed_is_lost());
    }

    #[test]
    fn a_limit_of_zero_watches_nobody() {
        let mut watch = Watch::new(0);
        assert_eq!(watch.look(beat(1), 1), None);
        assert_eq!(watch.look(beat(1), u64::MAX), None);
    }
}
