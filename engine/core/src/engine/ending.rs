//! How an order ends: the end of its window, of its session, of its quantity; children are taken back before.

use super::Engine;
use super::parent::Parent;
use crate::algorithm::{Algorithms, Wake};
use crate::blocked::Blocked;
use crate::child::ChildEvent;
use crate::outbox::Outputs;
use crate::phase::{Pending, Phase, PhaseEvent};
use shm_wire::instrument::Session;
use shm_wire::parent::UpdateKind;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{Nanos, Qty};

impl<A: Algorithms> Engine<A> {
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
    pub(super) fn report_end(&mut self, parent: u32, out: &mut impl Outputs) {
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

    pub(super) fn final_target(&self, parent: u32) -> Qty {
        let mut plan = self.plans[parent as usize];
        self.algorithms
            .target(&mut plan, &self.view(parent, false))
            .0
            .cumulative
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

    /// Ends the order when nothing is left to wait for.
    pub(super) fn finish_if_over(&mut self, parent: u32, out: &mut impl Outputs) {
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
    pub(super) fn only_dust_is_left(&self, parent: u32) -> bool {
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
    pub(super) fn window_over(&self, p: &Parent) -> bool {
        if self.now < p.order.end {
            return false;
        }
        let record = &self.instruments[p.instrument as usize].record;
        let holds = |s: &&Session| s.open < p.order.end.0 && p.order.end.0 <= s.close;
        let session = record.sessions().iter().find(holds);
        !p.constraints.past_end || session.is_some_and(|s| self.now.0 >= s.close)
    }

    /// Why an order ends with leaves.
    pub(super) fn end_reason(&self, parent: u32) -> Reason {
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

    pub(super) fn end(&mut self, parent: u32, phase: Phase, why: Why, out: &mut impl Outputs) {
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
    pub(super) fn report_end_filled(&mut self, parent: u32, out: &mut impl Outputs) {
        let p = &self.parents[parent as usize];
        if p.end_reported || !p.phase.works() {
            return;
        }
        self.parents[parent as usize].end_reported = true;
        self.update(parent, UpdateKind::SliceEnd, out);
    }
}
