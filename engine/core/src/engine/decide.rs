//! One parent's decision: phase, blocks, end, target, placement, wakes, in this order.

use super::Engine;
use super::parent::{Parent, Slot};
use crate::algorithm::{Algorithms, Intents, Target, Wake};
use crate::blocked::Blocked;
use crate::child::{ChildEvent, ChildState};
use crate::outbox::Outputs;
use crate::phase::{Pending, Phase, PhaseEvent};
use crate::view::View;
use shm_wire::codes::{ResumePolicy, TradingStatus};
use shm_wire::instrument::Session;
use shm_wire::parent::UpdateKind;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Price, Qty};

/// A wake that is due at once comes again no sooner than this: a schedule cannot spin the engine.
const REARM_MIN: DurationNs = DurationNs::from_millis(1);
/// A mark that is already reached when it is set is looked at again after this.
const REACHED_RECHECK: DurationNs = DurationNs::from_millis(10);
/// Children stay this long after market data went stale.
const STALE_GRACE: DurationNs = DurationNs::from_secs(1);

impl<A: Algorithms> Engine<A> {
    /// Asks one parent what to do and does it.
    pub(super) fn decide(&mut self, parent: u32, out: &mut impl Outputs) {
        if self.parents[parent as usize].phase.is_terminal() {
            return;
        }
        self.counters.decisions += 1;
        if self.is_calm(parent) {
            if cfg!(debug_assertions) {
                // Whatever blocks an order must be known to `is_calm` too.
                self.refresh_blocks(parent);
                assert!(self.parents[parent as usize].blocked.is_empty());
            }
            self.work(parent, out);
            return;
        }
        if self.parents[parent as usize].pending == Pending::Amend {
            self.try_amend(parent, out);
        }
        self.start_if_due(parent, out);
        let auctions = self.parents[parent as usize]
            .constraints
            .auctions
            .takes_part();
        if auctions {
            self.age_auctions(parent);
        }
        self.refresh_blocks(parent);
        if auctions {
            self.work_auctions(parent, out);
        }
        if self.wind_down(parent, out) {
            self.finish_if_over(parent, out);
            return;
        }
        let p = &self.parents[parent as usize];
        if !p.phase.works() {
            let why = Why::new(
                Reason::WaitStart,
                [super::accept::operand(p.order.start.0), 0, 0],
            );
            let start = p.order.start;
            let why = if auctions {
                self.auction_why(parent)
            } else {
                None
            }
            .unwrap_or(why);
            self.rest(parent, why, Wake::at(start), out);
            return;
        }
        if p.call {
            let (why, wake) = self.wait_in_call(parent, out);
            self.rest(parent, why, wake, out);
            self.finish_if_over(parent, out);
            return;
        }
        self.work(parent, out);
    }

    /// Whether the order works, nothing stands in its way and nothing did before: told by a few words, in the usual case.
    /// What [`Self::start_if_due`], [`Self::refresh_blocks`] and [`Self::wind_down`] would find then changes nothing.
    #[inline]
    fn is_calm(&self, parent: u32) -> bool {
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

    /// The picture an algorithm sees.
    pub(super) fn view(&self, parent: u32, out_of_limit: bool) -> View<'_> {
        view_of(
            &self.parents,
            &self.instruments,
            self.now,
            parent,
            out_of_limit,
        )
    }

    /// Asks the schedule for its target.
    fn target(&mut self, parent: u32, out_of_limit: bool) -> (Target, A::Pace) {
        let view = view_of(
            &self.parents,
            &self.instruments,
            self.now,
            parent,
            out_of_limit,
        );
        self.algorithms
            .target(&mut self.plans[parent as usize], &view)
    }

    pub(super) fn start_if_due(&mut self, parent: u32, out: &mut impl Outputs) {
        let now = self.now;
        let p = &mut self.parents[parent as usize];
        let slot = &self.instruments[p.instrument as usize];
        let market = &slot.market;
        if p.phase == Phase::Scheduled && now >= p.order.start {
            p.phase = p.phase.next(PhaseEvent::Started).unwrap_or(p.phase);
            p.volume_base = p.counted(market);
        }
        if p.phase.works() && !p.arrival.is_some() && market.mid.is_some() {
            p.arrival = market.mid;
            if p.tighten_limit(&slot.record) {
                // The limit in force follows from the arrival price: it is told before the first child.
                self.update(parent, UpdateKind::Progress, out);
            }
        }
    }

    /// Derives the blocks that the market and the operators cause, and notes when work stopped and began again.
    fn refresh_blocks(&mut self, parent: u32) {
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
    fn note_work(&mut self, parent: u32, b: Blocked) {
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
    fn wind_down(&mut self, parent: u32, out: &mut impl Outputs) -> bool {
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
    fn blocked_why(&self, parent: u32, reason: Reason) -> Why {
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

    /// Wakes at the end of the window, and where work may go on after it, at the end of the session.
    pub(super) fn end_wake(&self, parent: u32) -> Wake {
        let p = &self.parents[parent as usize];
        if self.now < p.order.end {
            return Wake::at(p.order.end);
        }
        let record = &self.instruments[p.instrument as usize].record;
        record
            .session_at(self.now)
            .map_or(Wake::NEVER, |s| Wake::at(Nanos(s.close)))
    }

    /// The last slice's end, once.
    fn report_end(&mut self, parent: u32, out: &mut impl Outputs) {
        let p = &mut self.parents[parent as usize];
        if p.end_reported || !p.phase.works() {
            return;
        }
        p.end_reported = true;
        if p.blocked.is_empty() {
            let plan_target = self.final_target(parent);
            self.parents[parent as usize].target = plan_target;
        }
        self.update(parent, UpdateKind::SliceEnd, out);
    }

    fn final_target(&self, parent: u32) -> Qty {
        let mut plan = self.plans[parent as usize];
        self.algorithms
            .target(&mut plan, &self.view(parent, false))
            .0
            .cumulative
    }

    /// The order works: target, slice ends, placement, gate, wakes.
    fn work(&mut self, parent: u32, out: &mut impl Outputs) {
        let out_of_limit = self.parents[parent as usize]
            .blocked
            .has(Blocked::OUT_OF_LIMIT);
        let answer = self.target(parent, out_of_limit);
        // Looked at where it stands: it is large.
        let (target, pace) = (&answer.0, &answer.1);
        self.note_target(parent, target, out);
        let p = &self.parents[parent as usize];
        if self.now < p.lockout {
            let until = p.lockout;
            let why = Why::new(Reason::WaitLockout, [super::accept::operand(until.0), 0, 0]);
            self.rest(
                parent,
                why,
                target.wake.or(Wake::at(until)).or(self.end_wake(parent)),
                out,
            );
            return;
        }
        let mut intents = Intents::default();
        let view = view_of(
            &self.parents,
            &self.instruments,
            self.now,
            parent,
            out_of_limit,
        );
        let plan = &mut self.plans[parent as usize];
        let mut placement = self
            .algorithms
            .place(plan, &view, target, pace, &mut intents);
        if out_of_limit && intents.is_empty() {
            placement.why = self.out_of_limit_why(parent);
        }
        let mut retry = Nanos::NEVER;
        for intent in intents.iter() {
            if let Some(held) = self.apply(parent, intent, out) {
                self.counters.intents_held += 1;
                placement.why = held.why;
                retry = retry.min(held.retry);
            }
        }
        // What nobody waits for comes after the slices have left.
        self.counters.intents_overflowed += u64::from(intents.overflow());
        let wake = target
            .wake
            .or(placement.wake)
            .or(self.end_wake(parent))
            .or(Wake::at(retry))
            .or(self.limit_marks(parent, out_of_limit));
        self.rest(parent, placement.why, wake, out);
        self.finish_if_over(parent, out);
    }

    fn out_of_limit_why(&self, parent: u32) -> Why {
        let p = &self.parents[parent as usize];
        let touch = self.instruments[p.instrument as usize]
            .market
            .near(p.order.side.is_buy());
        Why::new(Reason::SuspendOutOfLimit, [touch.0, p.order.limit.0, 0])
    }

    /// Wakes for a touch that leaves the limit behind, or comes back to it.
    fn limit_marks(&self, parent: u32, out_of_limit: bool) -> Wake {
        let p = &self.parents[parent as usize];
        let limit = p.order.limit;
        if !limit.is_some() {
            return Wake::NEVER;
        }
        let mut wake = Wake::NEVER;
        match (p.order.side.is_buy(), out_of_limit) {
            (true, true) => wake.bid_at_or_below = Some(limit),
            (true, false) => wake.bid_at_or_above = Some(Price(limit.0.saturating_add(1))),
            (false, true) => wake.ask_at_or_above = Some(limit),
            (false, false) => wake.ask_at_or_below = Some(Price(limit.0.saturating_sub(1))),
        }
        wake
    }

    /// Keeps what the schedule says for the updates and reports a slice that ended.
    fn note_target(&mut self, parent: u32, target: &Target, out: &mut impl Outputs) {
        let now = self.now;
        let p = &mut self.parents[parent as usize];
        if target.slice != p.slice {
            p.slice = target.slice;
            p.target = target.slice_start_target;
            p.band = target.band;
            self.update(parent, UpdateKind::SliceEnd, out);
        }
        let p = &mut self.parents[parent as usize];
        p.target = target.cumulative;
        p.band = target.band;
        if now >= target.finishing_from && p.phase == Phase::Active {
            p.phase = p.phase.next(PhaseEvent::Finishing).unwrap_or(p.phase);
        }
    }

    /// Takes back every child that is not already on its way out.
    pub(super) fn cancel_children(&mut self, parent: u32, reason: Reason, out: &mut impl Outputs) {
        for index in 0..self.parents[parent as usize].children.len() {
            let c = &self.parents[parent as usize].children[index];
            let stays = c.auction != 0 && !self.takes_back(parent, c.auction);
            if !c.state.is_over() && !stays && c.state.next(ChildEvent::CancelSent).is_some() {
                self.send_cancel(parent, index, Why::bare(reason), out);
            }
        }
    }

    /// Ends the decision: reason, update when it changed, marks.
    fn rest(&mut self, parent: u32, why: Why, wake: Wake, out: &mut impl Outputs) {
        let now = self.now;
        let takes_part = self.parents[parent as usize]
            .constraints
            .auctions
            .takes_part();
        let auction_wake = if takes_part {
            self.auction_wake(parent)
        } else {
            Nanos::NEVER
        };
        let p = &mut self.parents[parent as usize];
        p.why = why;
        let slot = &mut self.instruments[p.instrument as usize];
        let m = &slot.market;
        let volume = p.market_volume(m);
        let mut wake = wake;
        if takes_part {
            wake.time = wake.time.min(auction_wake);
        }
        let mut reached = wake.volume <= volume;
        if reached {
            wake.volume = Qty(u64::MAX);
        }
        let mut drop_if = |mark: &mut Option<Price>, hit: bool| {
            if mark.is_some() && hit {
                *mark = None;
                reached = true;
            }
        };
        let (bid, ask) = (m.bid, m.ask);
        let at = |touch: Price, mark: Option<Price>, above: bool| {
            touch.is_some() && mark.is_some_and(|k| if above { touch >= k } else { touch <= k })
        };
        let (a, b) = (wake.bid_at_or_above, wake.bid_at_or_below);
        let (c, d) = (wake.ask_at_or_above, wake.ask_at_or_below);
        drop_if(&mut wake.bid_at_or_above, at(bid, a, true));
        drop_if(&mut wake.bid_at_or_below, at(bid, b, false));
        drop_if(&mut wake.ask_at_or_above, at(ask, c, true));
        drop_if(&mut wake.ask_at_or_below, at(ask, d, false));
        if reached {
            wake.time = wake.time.min(now.plus(REACHED_RECHECK));
        }
        if wake.time <= now {
            wake.time = now.plus(REARM_MIN);
        }
        let mut base = p.volume_base;
        if p.constraints.block_filter {
            // Marks stand on all of the volume: too early at worst, and then set again.
            base += slot.market.block_volume;
        }
        self.marks.set(&mut slot.marks, parent, &wake, base);
        self.update_if_changed(parent, out);
    }

    /// Ends the order when nothing is left to wait for.
    fn finish_if_over(&mut self, parent: u32, out: &mut impl Outputs) {
        let p = &self.parents[parent as usize];
        if p.has_open_children() || p.blocked.has(Blocked::UNKNOWN_CHILD) {
            return;
        }
        let leaves = p.ledger.leaves();
        let operands = [super::accept::operand(leaves.0), 0, 0];
        let over = self.window_over(p);
        let (event, why) = if leaves.is_zero() && p.ledger.withheld().is_zero() {
            (PhaseEvent::AllFilled, Why::bare(Reason::TerminalFilled))
        } else if p.pending == Pending::Cancel {
            (
                PhaseEvent::CancelDone,
                Why::new(Reason::TerminalCanceled, operands),
            )
        } else if self.shutting_down {
            (
                PhaseEvent::CancelDone,
                Why::new(Reason::TerminalShutdown, operands),
            )
        } else if over {
            (
                PhaseEvent::Ended,
                Why::new(self.end_reason(parent), operands),
            )
        } else if self.only_dust_is_left(parent) {
            (PhaseEvent::Ended, Why::new(Reason::TerminalDust, operands))
        } else {
            return;
        };
        let Some(phase) = p.phase.next(event) else {
            return;
        };
        self.end(parent, phase, why, out);
    }

    /// Whether what is left is below anything the venue takes, so that waiting for the end changes nothing.
    fn only_dust_is_left(&self, parent: u32) -> bool {
        let p = &self.parents[parent as usize];
        let record = &self.instruments[p.instrument as usize].record;
        let least = record.min_qty.max(record.granule().0);
        p.phase.works()
            && p.pending == Pending::None
            && p.ledger.withheld().is_zero()
            && p.ledger.leaves().0 < least
    }

    /// Whether the order's window is over: at its end; with PAST_END at the end of the session that its end lies in. No order is
    /// carried into the next session.
    fn window_over(&self, p: &Parent) -> bool {
        if self.now < p.order.end {
            return false;
        }
        let record = &self.instruments[p.instrument as usize].record;
        let holds = |s: &&Session| s.open < p.order.end.0 && p.order.end.0 <= s.close;
        let session = record.sessions().iter().find(holds);
        !p.constraints.past_end || session.is_some_and(|s| self.now.0 >= s.close)
    }

    /// Why an order ends with leaves.
    fn end_reason(&self, parent: u32) -> Reason {
        let p = &self.parents[parent as usize];
        let slot = &self.instruments[p.instrument as usize];
        let least = slot.record.min_qty.max(slot.record.granule().0);
        let view = self.view(parent, false);
        if p.ledger.leaves().0 < least {
            Reason::TerminalDust
        } else if self.ended_by_auction(p) {
            Reason::TerminalAuction
        } else if p.blocked.has(Blocked::HALT) || p.blocked.has(Blocked::AUCTION) {
            Reason::TerminalHalted
        } else if p.blocked.has(Blocked::OUT_OF_LIMIT) {
            Reason::TerminalOutOfLimit
        } else if p.why.reason == Reason::WaitCap
            || view.cap_total().saturating_sub(p.ledger.filled()).0 < least
        {
            Reason::TerminalCap
        } else if p.constraints.past_end {
            Reason::TerminalSession
        } else {
            Reason::TerminalEnd
        }
    }

    fn end(&mut self, parent: u32, phase: Phase, why: Why, out: &mut impl Outputs) {
        if phase == Phase::Filled {
            self.report_end_filled(parent, out);
        }
        let p = &mut self.parents[parent as usize];
        p.phase = phase;
        p.why = why;
        p.pending = Pending::None;
        let instrument = p.instrument;
        self.marks
            .clear(&mut self.instruments[instrument as usize].marks, parent);
        self.unlink(parent);
        self.live -= 1;
        self.free.push(parent);
        self.counters.parents_ended += 1;
        self.update(parent, UpdateKind::Done, out);
    }

    /// An order that is filled early still tells how it stood against its schedule.
    fn report_end_filled(&mut self, parent: u32, out: &mut impl Outputs) {
        let p = &self.parents[parent as usize];
        if p.end_reported || !p.phase.works() {
            return;
        }
        self.parents[parent as usize].end_reported = true;
        self.update(parent, UpdateKind::SliceEnd, out);
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

/// The picture of one parent, borrowed from the tables and nothing else of the engine.
fn view_of<'a>(
    parents: &'a [Parent],
    instruments: &'a [Slot],
    now: Nanos,
    parent: u32,
    out_of_limit: bool,
) -> View<'a> {
    let p = &parents[parent as usize];
    let slot = &instruments[p.instrument as usize];
    View {
        now,
        instrument: &slot.record,
        market: &slot.market,
        auctions: &slot.auctions,
        order: &p.order,
        constraints: &p.constraints,
        ledger: &p.ledger,
        children: &p.children,
        market_volume: p.market_volume(&slot.market),
        phase: p.phase,
        arrival: p.arrival,
        out_of_limit,
    }
}
