//! Execution reports: duplicates, any order of arrival, late fills, busts and corrections.

use super::Engine;
use super::gate::RiskControl;
use super::parent::Parent;
use crate::algorithm::Algorithms;
use crate::blocked::Blocked;
use crate::child::{Child, ChildEvent};
use crate::tables::Execution;
use shm_wire::codes::{ReportKind, VenueReason};
use shm_wire::ids::{ChildId, ExecutionKey};
use shm_wire::reason::{Reason, Why};
use shm_wire::report::ExecutionReport;
use shm_wire::units::{DurationNs, Price, Qty};

impl<A: Algorithms> Engine<A> {
    pub(super) fn on_report(&mut self, m: &ExecutionReport) {
        // The decoder has checked the code.
        let Ok(kind) = ReportKind::try_from(m.kind) else {
            return;
        };
        if m.sequence <= self.reports_sequence {
            self.counters.duplicates += 1;
            return;
        }
        if m.sequence > self.reports_sequence + 1 {
            self.counters.report_gaps += 1;
        }
        self.reports_sequence = m.sequence;
        let id = ChildId(m.child_id);
        let Some(parent) = self.parent_of(id) else {
            self.counters.orphan_reports += 1;
            return;
        };
        match kind {
            ReportKind::PartialFill | ReportKind::Fill => self.on_fill(parent, id, m, kind),
            ReportKind::Bust => self.on_bust(parent, m),
            ReportKind::Correct => self.on_correct(parent, m),
            _ => self.on_answer(parent, id, m, kind),
        }
        self.check_ledger(parent);
        self.queue(parent);
    }

    /// The parent slot a child id names, when shard, slot, generation and ordinal were really used.
    fn parent_of(&self, id: ChildId) -> Option<u32> {
        let slot = usize::try_from(id.slot()).ok()?;
        let p = self.parents.get(slot)?;
        let used = id.shard() == u64::from(self.config.shard)
            && id.generation() == u64::from(p.generation)
            && p.generation != 0
            && id.ordinal() < u64::from(p.next_ordinal);
        used.then_some(p.slot)
    }

    fn child_index(&self, parent: u32, id: ChildId) -> Option<usize> {
        self.parents[parent as usize].children.iter().position(|c| {
            u64::from(c.ordinal) == id.ordinal() && c.state != crate::child::ChildState::Empty
        })
    }

    fn on_fill(&mut self, parent: u32, id: ChildId, m: &ExecutionReport, kind: ReportKind) {
        let qty = Qty(m.last_qty);
        let key = ExecutionKey {
            high: m.execution_high,
            low: m.execution_low,
        };
        if qty.is_zero() || m.last_price == Price::NONE.0 || key == ExecutionKey::default() {
            self.counters.refused += 1;
            return;
        }
        let full = self.executions.full();
        let price = Price(m.last_price);
        if !self.executions.insert(Execution {
            key,
            venue: m.venue,
            qty,
            price,
        }) {
            self.counters.duplicates += 1;
            return;
        }
        if full {
            self.counters.executions_forgotten += 1;
        }
        self.counters.fills += 1;
        let index = self.child_index(parent, id);
        let p = &mut self.parents[parent as usize];
        p.fills += 1;
        p.rejects_in_row = 0;
        p.turnover = p
            .turnover
            .saturating_add(i128::from(price.0) * i128::from(qty.0));
        let Some(index) = index else {
            // The child's record made room for a newer one: its reservation is gone, the fill is booked all the same.
            self.counters.late_fills += 1;
            p.ledger.fill(qty, Qty::ZERO);
            self.after_fill(parent);
            return;
        };
        let child = &mut p.children[index];
        let before = child.reserved();
        if child.state.is_over() && child.owed.is_zero() {
            self.counters.late_fills += 1;
        }
        let room = child
            .qty
            .max(child.requested_qty)
            .saturating_sub(child.filled);
        if qty > room {
            self.counters.child_overfills += 1;
            p.blocked = p.blocked.with(Blocked::RISK);
            p.why = Why::new(
                Reason::SuspendRisk,
                [RiskControl::ChildOverfill.code(), 0, 0],
            );
        }
        book_fill(child, qty, m, kind, &mut self.counters.unexpected_reports);
        let consumed = before.saturating_sub(child.reserved()).min(qty);
        // What a terminal report ended beyond this fill is released, not consumed.
        let released = before
            .saturating_sub(child.reserved())
            .saturating_sub(consumed);
        p.ledger.fill(qty, consumed);
        if p.children[index].auction != 0 {
            p.ledger.note_auction_fill(qty);
        }
        p.ledger.release(released);
        self.index_own(parent, index);
        self.after_fill(parent);
    }

    fn after_fill(&mut self, parent: u32) {
        let p = &mut self.parents[parent as usize];
        if p.ledger.is_overfilled() {
            self.counters.parent_overfills += 1;
            p.blocked = p.blocked.with(Blocked::OVERFILL);
        }
    }

    /// Answers other than fills.
    fn on_answer(&mut self, parent: u32, id: ChildId, m: &ExecutionReport, kind: ReportKind) {
        let Some(index) = self.child_index(parent, id) else {
            self.counters.unexpected_reports += 1;
            return;
        };
        let event = match kind {
            ReportKind::Ack => ChildEvent::Ack,
            ReportKind::Canceled => ChildEvent::Canceled,
            ReportKind::Rejected => ChildEvent::Rejected,
            ReportKind::CancelRejected => ChildEvent::CancelRejected,
            ReportKind::Replaced => ChildEvent::Replaced,
            ReportKind::ReplaceRejected => ChildEvent::ReplaceRejected,
            ReportKind::Expired => ChildEvent::Expired,
            ReportKind::PartialFill | ReportKind::Fill | ReportKind::Bust | ReportKind::Correct => {
                return;
            }
        };
        let p = &mut self.parents[parent as usize];
        let child = &mut p.children[index];
        let Some(next) = child.state.next(event) else {
            if child.state.is_over() {
                self.counters.late_answers += 1;
            } else {
                self.counters.unexpected_reports += 1;
            }
            return;
        };
        let before = child.reserved();
        child.state = next;
        let auction = child.auction;
        match kind {
            ReportKind::Replaced => {
                child.qty = child.requested_qty;
                child.price = child.requested_price;
            }
            ReportKind::ReplaceRejected => {
                child.requested_qty = child.qty;
                child.requested_price = child.price;
            }
            _ => {}
        }
        if next.is_over() {
            // The venue's cumulative quantity says which fills are still on their way.
            let most = child.qty.max(child.requested_qty);
            child.owed = Qty(m.cumulative_qty).min(most).saturating_sub(child.filled);
        }
        let after = child.reserved();
        p.ledger.release(before.saturating_sub(after));
        self.index_own(parent, index);
        if kind == ReportKind::Rejected {
            if auction != 0 && m.reason == VenueReason::TooLate.code() {
                self.parents[parent as usize].auctions_refused |= 1 << (auction - 1);
            }
            self.on_venue_reject(parent, m.reason);
        }
    }

    /// Quantity is back; the parent waits a while that depends on the reason, and too many in a row suspend it.
    fn on_venue_reject(&mut self, parent: u32, reason: u8) {
        self.counters.venue_rejects += 1;
        let reason = VenueReason::try_from(reason).unwrap_or(VenueReason::Other);
        let limits = self.instruments[self.parents[parent as usize].instrument as usize].limits;
        let p = &mut self.parents[parent as usize];
        let wait = match reason {
            // A post-only slice met a moved market: no fault of the order.
            VenueReason::WouldTrade => DurationNs::from_millis(20),
            VenueReason::SelfMatch => DurationNs::from_millis(100),
            VenueReason::PriceBand | VenueReason::Quantity => DurationNs::from_millis(100),
            VenueReason::Throttle => DurationNs::from_millis(250),
            VenueReason::Halted => DurationNs::from_secs(1),
            VenueReason::None
            | VenueReason::TooLate
            | VenueReason::Unfillable
            | VenueReason::Other => {
                DurationNs::from_millis((100_u64 << p.rejects_in_row.min(6)).min(5_000))
            }
        };
        p.lockout = self.now.plus(wait);
        let excused = matches!(
            reason,
            VenueReason::WouldTrade | VenueReason::SelfMatch | VenueReason::Halted
        );
        if !excused {
            p.rejects_in_row = p.rejects_in_row.saturating_add(1);
            if p.rejects_in_row >= limits.rejects_max {
                p.blocked = p.blocked.with(Blocked::RISK);
                p.why = Why::new(Reason::SuspendRisk, [RiskControl::Rejects.code(), 0, 0]);
            }
        }
    }

    /// An earlier fill is void: filled falls, the quantity is withheld unless the order reworks busts.
    fn on_bust(&mut self, parent: u32, m: &ExecutionReport) {
        let key = ExecutionKey {
            high: m.reference_high,
            low: m.reference_low,
        };
        let Some(e) = self.executions.get_mut(m.venue, key) else {
            self.counters.unexpected_reports += 1;
            return;
        };
        let (qty, price) = (e.qty, e.price);
        if qty.is_zero() {
            self.counters.duplicates += 1;
            return;
        }
        e.qty = Qty::ZERO;
        let p = &mut self.parents[parent as usize];
        p.turnover -= i128::from(price.0) * i128::from(qty.0);
        unfill(p, qty);
    }

    /// An earlier fill had another quantity or price.
    fn on_correct(&mut self, parent: u32, m: &ExecutionReport) {
        let key = ExecutionKey {
            high: m.reference_high,
            low: m.reference_low,
        };
        let (new_qty, new_price) = (Qty(m.last_qty), Price(m.last_price));
        let Some(e) = self
            .executions
            .get_mut(m.venue, key)
            .filter(|_| new_price.is_some())
        else {
            self.counters.unexpected_reports += 1;
            return;
        };
        let (old_qty, old_price) = (e.qty, e.price);
        (e.qty, e.price) = (new_qty, new_price);
        let p = &mut self.parents[parent as usize];
        p.turnover += i128::from(new_price.0) * i128::from(new_qty.0)
            - i128::from(old_price.0) * i128::from(old_qty.0);
        if new_qty > old_qty {
            p.ledger.fill(new_qty - old_qty, Qty::ZERO);
            self.after_fill(parent);
        } else {
            unfill(p, old_qty - new_qty);
        }
    }

    /// Law 2 re-checked after every report: the ledger's reservation is the children's.
    fn check_ledger(&self, parent: u32) {
        let p = &self.parents[parent as usize];
        assert!(
            p.ledger.reserved() == p.children_reserved(),
            "Invariant: the ledger reserves what the children hold"
        );
    }
}

fn unfill(p: &mut Parent, qty: Qty) {
    p.ledger.bust(qty);
    if p.constraints.rework_busts {
        p.ledger.release_withheld();
    }
}

/// Books a fill on the child and moves its state.
fn book_fill(
    child: &mut Child,
    qty: Qty,
    m: &ExecutionReport,
    kind: ReportKind,
    unexpected: &mut u64,
) {
    child.filled += qty;
    child.owed = child.owed.saturating_sub(qty);
    if child.state.is_over() {
        return;
    }
    let whole = child.filled >= child.qty.max(child.requested_qty);
    let event = if kind == ReportKind::Fill || whole {
        ChildEvent::Fill
    } else {
        ChildEvent::PartialFill
    };
    match child.state.next(event) {
        Some(next) => child.state = next,
        None => *unexpected += 1,
    }
    if child.state.is_over() {
        // A final fill that overtook earlier ones: they are still on their way.
        child.owed = Qty(m.cumulative_qty)
            .min(child.qty.max(child.requested_qty))
            .saturating_sub(child.filled);
    }
}
