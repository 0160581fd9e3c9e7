//! One parent's decision: phase, blocks, end, target, placement, wakes, in this order.

use super::Engine;
use super::parent::{Parent, Slot};
use crate::algorithm::{Algorithms, Intents, Target, Wake};
use crate::blocked::Blocked;
use crate::outbox::Outputs;
use crate::phase::{Pending, Phase, PhaseEvent};
use crate::view::View;
use shm_wire::parent::UpdateKind;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Price, Qty};

/// A wake that is due at once comes again no sooner than this: a schedule cannot spin the engine.
const REARM_MIN: DurationNs = DurationNs::from_millis(1);
/// A mark that is already reached when it is set is looked at again after this.
const REACHED_RECHECK: DurationNs = DurationNs::from_millis(10);

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
    pub(super) fn target(&mut self, parent: u32, out_of_limit: bool) -> (Target, A::Pace) {
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

    /// The order works: target, slice ends, placement, gate, wakes.
    pub(super) fn work(&mut self, parent: u32, out: &mut impl Outputs) {
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
        let (mut retry, sent) = (Nanos::NEVER, self.slices_sequence);
        for intent in intents.iter() {
            if let Some(held) = self.apply(parent, intent, out) {
                self.counters.intents_held += 1;
                placement.why = held.why;
                retry = retry.min(held.retry);
            }
        }
        // What nobody waits for comes after the slices have left.
        self.counters.intents_overflowed += u64::from(intents.overflow());
        if self.slices_sequence != sent {
            // A slice has no room for operands: an update tells them, also when its reason is that of the one before.
            self.parents[parent as usize].why_reported = Why::default();
        }
        let wake = target
            .wake
            .or(placement.wake)
            .or(self.end_wake(parent))
            .or(Wake::at(retry))
            .or(self.limit_marks(parent, out_of_limit));
        self.rest(parent, placement.why, wake, out);
        self.finish_if_over(parent, out);
    }

    pub(super) fn out_of_limit_why(&self, parent: u32) -> Why {
        let p = &self.parents[parent as usize];
        let touch = self.instruments[p.instrument as usize]
            .market
            .near(p.order.side.is_buy());
        Why::new(Reason::SuspendOutOfLimit, [touch.0, p.order.limit.0, 0])
    }

    /// Wakes for a touch that leaves the limit behind, or comes back to it.
    pub(super) fn limit_marks(&self, parent: u32, out_of_limit: bool) -> Wake {
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
    pub(super) fn note_target(&mut self, parent: u32, target: &Target, out: &mut impl Outputs) {
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

    /// Ends the decision: reason, update when it changed, marks.
    pub(super) fn rest(&mut self, parent: u32, why: Why, wake: Wake, out: &mut impl Outputs) {
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
