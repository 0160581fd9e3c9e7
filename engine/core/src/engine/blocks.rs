//! What stands in the way of an order: market, operators, limits; and what happens to its children then.

use super::Engine;
use super::parent::{Parent, Slot};
use crate::algorithm::Algorithms;
use crate::blocked::Blocked;
use crate::child::{ChildEvent, ChildState};
use crate::outbox::Outputs;
use crate::phase::Pending;
use shm_wire::codes::{ResumePolicy, TradingStatus};
use shm_wire::reason::{Reason, Why};
use shm_wire::units::DurationNs;

/// Children stay this long after market data went stale.
const STALE_GRACE: DurationNs = DurationNs::from_secs(1);

impl<A: Algorithms> Engine<A> {
    /// Whether the order works, nothing stands in its way and nothing did before: told by a few words, in the usual case.
    /// What [`Self::start_if_due`], [`Self::refresh_blocks`] and [`Self::wind_down`] would find then changes nothing.
    #[inline]
    pub(super) fn is_calm(&self, parent: u32) -> bool {
        let p = &self.parents[parent as usize];
        let slot = &self.instruments[p.instrument as usize];
        let engine = !self.has_control() && !self.router_lost && !self.shutting_down;
        let instrument = slot.is_open(self.now) && !slot.killed && !slot.paused;
        let order = p.phase.works()
            && p.blocked.is_empty()
            && p.pending == Pending::None
            && !p.paused
            && p.stopped_at.is_none()
            && p.arrival.is_some()
            && !p.constraints.auctions.takes_part()
            && self.now < p.order.end;
        engine
            && instrument
            && order
            && !p.ledger.leaves().is_zero()
            && !p.ledger.is_overfilled()
            && !is_beyond(p, slot)
            && p.children.iter().all(|c| c.state != ChildState::Unknown)
    }

    /// Derives the blocks that the market and the operators cause, and notes when work stopped and began again.
    pub(super) fn refresh_blocks(&mut self, parent: u32) {
        let killed = self.covered(&self.parents[parent as usize], true);
        let scoped_pause = self.covered(&self.parents[parent as usize], false);
        let router_lost = self.router_lost;
        let now = self.now;
        let call = self.call_for(&self.parents[parent as usize]);
        let p = &mut self.parents[parent as usize];
        p.call = call == Some(true);
        let slot = &self.instruments[p.instrument as usize];
        let market = &slot.market;
        let was = p.blocked;
        let mut b = was
            .without(Blocked::HALT)
            .without(Blocked::AUCTION)
            .without(Blocked::STALE)
            .without(Blocked::KILL)
            .without(Blocked::PAUSED)
            .without(Blocked::ROUTER)
            .without(Blocked::OUT_OF_LIMIT)
            .without(Blocked::UNKNOWN_CHILD)
            .without(Blocked::OVERFILL);
        match market.status {
            TradingStatus::Continuous if now < slot.settled => b = b.with(Blocked::HALT),
            TradingStatus::Continuous => {}
            TradingStatus::Halt | TradingStatus::Pause => b = b.with(Blocked::HALT),
            TradingStatus::Auction | TradingStatus::PreOpen | TradingStatus::Closed => {
                if call == Some(false) {
                    b = b.with(Blocked::AUCTION);
                }
            }
        }
        let set = |b: Blocked, on: bool, bit: Blocked| if on { b.with(bit) } else { b };
        b = set(b, market.stale, Blocked::STALE);
        b = set(b, killed, Blocked::KILL);
        b = set(b, scoped_pause || p.paused, Blocked::PAUSED);
        b = set(b, router_lost, Blocked::ROUTER);
        b = set(b, p.ledger.is_overfilled(), Blocked::OVERFILL);
        if router_lost {
            for c in &mut p.children {
                c.state = c.state.next(ChildEvent::Lost).unwrap_or(c.state);
            }
        }
        let unknown = p.children.iter().any(|c| c.state == ChildState::Unknown);
        b = set(b, unknown, Blocked::UNKNOWN_CHILD);
        let beyond = is_beyond(p, slot) && p.phase.works();
        b = set(b, beyond, Blocked::OUT_OF_LIMIT);
        p.blocked = b;
        if b.has(Blocked::STALE) && !was.has(Blocked::STALE) {
            p.stale_since = now;
        }
        self.note_work(parent, b);
    }

    /// While an order does not work, market volume does not count for it and its schedule stands still.
    pub(super) fn note_work(&mut self, parent: u32, b: Blocked) {
        let p = &mut self.parents[parent as usize];
        let volume = p.counted(&self.instruments[p.instrument as usize].market);
        let out_of_limit = b.has(Blocked::OUT_OF_LIMIT) && !p.constraints.count_volume_out_of_limit;
        let stopped = b.stops_emission() || out_of_limit || p.call;
        if !p.phase.works() {
            return;
        }
        match (stopped, p.stopped_at) {
            (true, None) => p.stopped_at = Some(volume),
            (false, Some(at)) => {
                p.volume_base += volume.saturating_sub(at);
                p.stopped_at = None;
                let policy = p.resume_policy;
                p.resume_policy = ResumePolicy::FreezeClock;
                let policy = if p.constraints.freeze_clock_out_of_limit {
                    policy
                } else {
                    ResumePolicy::CatchUp
                };
                self.redraw(parent, policy);
            }
            _ => {}
        }
    }

    /// Cancel, end, shutdown and blocks: takes children back. Returns whether the decision ends here.
    pub(super) fn wind_down(&mut self, parent: u32, out: &mut impl Outputs) -> bool {
        let now = self.now;
        let p = &self.parents[parent as usize];
        let blocked = p.blocked;
        let past_end = self.window_over(p);
        let all_done = p.ledger.leaves().is_zero();
        let stale_only =
            blocked == Blocked::STALE || blocked == Blocked::STALE.with(Blocked::OUT_OF_LIMIT);
        let keeps = (blocked.has(Blocked::PAUSED) && p.keep_children && !self.source_lost(p))
            || (stale_only && now < p.stale_since.plus(STALE_GRACE));
        let (stop, reason) = if p.pending == Pending::Cancel || self.shutting_down {
            (true, Reason::CancelForParent)
        } else if past_end {
            (true, Reason::SliceOver)
        } else if blocked.has(Blocked::KILL) {
            (true, Reason::CancelForKill)
        } else if p.pending == Pending::Amend {
            (true, Reason::CancelForAmend)
        } else {
            (
                all_done || blocked.stops_emission(),
                Reason::CancelForParent,
            )
        };
        if !stop {
            return false;
        }
        if past_end {
            self.report_end(parent, out);
        }
        let ends = past_end || self.shutting_down;
        let p = &self.parents[parent as usize];
        if !keeps || p.pending != Pending::None || ends {
            self.cancel_children(parent, reason, out);
        }
        let p = &self.parents[parent as usize];
        let open = super::accept::operand(p.ledger.reserved().0);
        let why = match blocked_reason(blocked) {
            // What an operator or a control said stays until the block is lifted.
            Some(reason) if p.why.reason == reason => p.why,
            Some(reason) if !ends && p.pending == Pending::None => self.blocked_why(parent, reason),
            _ => self
                .auction_why(parent)
                .unwrap_or(Why::new(Reason::WaitTerminal, [open, 0, 0])),
        };
        let mut wake = self.end_wake(parent);
        let settled = self.instruments[p.instrument as usize].settled;
        if now < settled {
            wake.time = wake.time.min(settled);
        }
        if blocked.has(Blocked::STALE) && now < p.stale_since.plus(STALE_GRACE) {
            wake.time = wake.time.min(p.stale_since.plus(STALE_GRACE));
        }
        self.rest(parent, why, wake, out);
        true
    }

    /// The reason of a block with what is known of it.
    pub(super) fn blocked_why(&self, parent: u32, reason: Reason) -> Why {
        use super::accept::operand;
        let p = &self.parents[parent as usize];
        match reason {
            Reason::SuspendOverfill => {
                let (filled, ordered) = (p.ledger.filled(), p.ledger.ordered());
                Why::new(reason, [operand(filled.0), operand(ordered.0), 0])
            }
            Reason::SuspendUnknownChild => {
                let unknown = |c: &crate::child::Child| c.state == ChildState::Unknown;
                let index = p.children.iter().position(unknown);
                let id = index.map_or(0, |i| self.child_id(parent, i).0.cast_signed());
                Why::new(reason, [id, 0, 0])
            }
            Reason::SuspendPaused if self.source_lost(p) => {
                Why::new(Reason::SuspendSource, [p.key.source.into(), 0, 0])
            }
            _ => Why::bare(reason),
        }
    }
}

/// Whether the near touch is worse than the limit.
#[inline]
fn is_beyond(p: &Parent, slot: &Slot) -> bool {
    let buy = p.order.side.is_buy();
    let near = slot.market.near(buy);
    p.order.limit.is_some()
        && near.is_some()
        && if buy {
            near > p.order.limit
        } else {
            near < p.order.limit
        }
}

/// The reason that stands for a blocked set: the gravest first.
fn blocked_reason(b: Blocked) -> Option<Reason> {
    [
        (Blocked::KILL, Reason::SuspendKill),
        (Blocked::OVERFILL, Reason::SuspendOverfill),
        (Blocked::RISK, Reason::SuspendRisk),
        (Blocked::UNKNOWN_CHILD, Reason::SuspendUnknownChild),
        (Blocked::ROUTER, Reason::SuspendRouter),
        (Blocked::HALT, Reason::SuspendHalt),
        (Blocked::AUCTION, Reason::SuspendAuction),
        (Blocked::STALE, Reason::SuspendStale),
        (Blocked::PAUSED, Reason::SuspendPaused),
    ]
    .into_iter()
    .find(|(bit, _)| b.has(*bit))
    .map(|(_, reason)| reason)
}
