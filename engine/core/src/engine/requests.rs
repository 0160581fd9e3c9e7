//! Requests about a known parent order: amend, cancel, pause, resume, complete.

use super::Engine;
use super::accept::{Refused, operand, refused, terms_hash};
use super::parent::Amendment;
use crate::algorithm::Algorithms;
use crate::outbox::Outputs;
use crate::phase::{Pending, Phase, PhaseEvent};
use crate::view::Order;
use shm_wire::codes::ResumePolicy;
use shm_wire::ids::ParentKey;
use shm_wire::parent::{
    ParentAmend, ParentCancel, ParentComplete, ParentPause, ParentResume, Terms, UpdateKind,
};
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::units::Nanos;

impl<A: Algorithms> Engine<A> {
    /// The parent a request speaks of, if it is known and has not ended; otherwise the refusal is sent.
    fn wanted(&mut self, source: u16, parent_id: u64, out: &mut impl Outputs) -> Option<u32> {
        let known = self.keys.get(ParentKey { source, parent_id });
        let reason = match known {
            None => Reason::UnknownParent,
            Some(p) if self.parents[p as usize].phase.is_terminal() => Reason::AlreadyTerminal,
            Some(p) => return Some(p),
        };
        let source = source % u16::try_from(super::SOURCES_MAX).unwrap_or(1);
        let mut blank = Self::blank_update(source, parent_id, UpdateKind::RequestRejected);
        blank.state = shm_wire::codes::ParentState::Rejected.code();
        self.refuse(
            known,
            blank,
            refused(FieldCode::ParentId, reason, [0; 3]),
            out,
        );
        None
    }

    /// Whether a request was applied before: links deliver at least once. Sequence 0 is never a repeat.
    fn repeated(&mut self, source: u16, sequence: u64) -> bool {
        let Some(link) = self.sources.get_mut(usize::from(source)) else {
            return false;
        };
        if sequence != 0 && sequence <= link.orders_sequence {
            self.counters.duplicates += 1;
            return true;
        }
        link.orders_sequence = link.orders_sequence.max(sequence);
        false
    }

    fn refuse_known(&mut self, parent: u32, refusal: Refused, out: &mut impl Outputs) {
        let key = self.parents[parent as usize].key;
        let blank = Self::blank_update(key.source, key.parent_id, UpdateKind::RequestRejected);
        self.refuse(Some(parent), blank, refusal, out);
    }

    pub(super) fn on_cancel(&mut self, source: u16, m: &ParentCancel, out: &mut impl Outputs) {
        if self.repeated(source, m.sequence) {
            return;
        }
        let Some(parent) = self.wanted(source, m.parent_id, out) else {
            return;
        };
        let p = &mut self.parents[parent as usize];
        // A cancel overrides a pending amend; a second cancel changes nothing.
        p.pending = Pending::Cancel;
        p.amendment = None;
        self.queue(parent);
    }

    pub(super) fn on_pause(&mut self, source: u16, m: &ParentPause, out: &mut impl Outputs) {
        if self.repeated(source, m.sequence) {
            return;
        }
        let Some(parent) = self.wanted(source, m.parent_id, out) else {
            return;
        };
        let p = &mut self.parents[parent as usize];
        p.paused = true;
        p.keep_children = m.keep_children != 0;
        p.why = Why::bare(Reason::PausedByRequest);
        self.queue(parent);
    }

    /// Resumes what was paused, and what an operator must release: overfill and risk.
    pub(super) fn on_resume(&mut self, source: u16, m: &ParentResume, out: &mut impl Outputs) {
        if self.repeated(source, m.sequence) {
            return;
        }
        let Some(parent) = self.wanted(source, m.parent_id, out) else {
            return;
        };
        let Ok(policy) = ResumePolicy::try_from(m.policy) else {
            let found = [m.policy.into(), 0, 0];
            self.refuse_known(
                parent,
                refused(FieldCode::None, Reason::InvalidEnum, found),
                out,
            );
            return;
        };
        let p = &mut self.parents[parent as usize];
        p.paused = false;
        p.resume_policy = policy;
        p.release();
        p.why = Why::bare(Reason::ResumedByRequest);
        self.queue(parent);
    }

    /// Finishes an order now. Its limit, caps and collar stay in force, and so does its end; asked again, it answers again.
    pub(super) fn on_complete(&mut self, source: u16, m: &ParentComplete, out: &mut impl Outputs) {
        if self.repeated(source, m.sequence) {
            return;
        }
        let Some(parent) = self.wanted(source, m.parent_id, out) else {
            return;
        };
        let now = self.now;
        let p = &mut self.parents[parent as usize];
        if p.pending != Pending::None {
            let refusal = refused(FieldCode::None, Reason::PendingOther, [0; 3]);
            self.refuse_known(parent, refusal, out);
            return;
        }
        // The order may be due to start with this very input.
        let started = if p.phase == Phase::Scheduled && now >= p.order.start {
            self.start_if_due(parent, out);
            self.parents[parent as usize].phase
        } else {
            p.phase
        };
        let p = &mut self.parents[parent as usize];
        let Some(next) = started.next(PhaseEvent::FinishAsked) else {
            let start = operand(p.order.start.0);
            let refusal = refused(FieldCode::Start, Reason::NotStarted, [start, 0, 0]);
            self.refuse_known(parent, refusal, out);
            return;
        };
        p.phase = next;
        p.why = Why::bare(Reason::FinishingByRequest);
        self.update(parent, UpdateKind::Progress, out);
        self.queue(parent);
    }

    pub(super) fn on_amend(&mut self, source: u16, m: &ParentAmend, out: &mut impl Outputs) {
        let Some(parent) = self.wanted(source, m.parent_id, out) else {
            return;
        };
        let hash = terms_hash(&m.terms);
        let p = &self.parents[parent as usize];
        if m.version == p.version && hash == p.hash {
            // The same amend again: answered again.
            self.counters.duplicates += 1;
            self.update(parent, UpdateKind::Accepted, out);
            return;
        }
        match self.check_amend(parent, m) {
            Ok(order) => {
                let p = &mut self.parents[parent as usize];
                p.amendment = Some(Amendment {
                    order,
                    version: m.version,
                    hash,
                });
                p.pending = Pending::Amend;
                self.try_amend(parent, out);
                self.queue(parent);
            }
            Err(refusal) => self.refuse_known(parent, refusal, out),
        }
    }

    fn check_amend(&self, parent: u32, m: &ParentAmend) -> Result<Order, Refused> {
        let p = &self.parents[parent as usize];
        if m.version != p.version.wrapping_add(1) {
            let found = [m.version.into(), i64::from(p.version) + 1, 0];
            return Err(refused(FieldCode::Version, Reason::StaleVersion, found));
        }
        if p.pending != Pending::None {
            return Err(refused(FieldCode::None, Reason::PendingOther, [0; 3]));
        }
        immutable_unchanged(p, &m.terms)?;
        if m.terms.quantity < p.ledger.filled().0 {
            let found = [operand(m.terms.quantity), operand(p.ledger.filled().0), 0];
            return Err(refused(FieldCode::Quantity, Reason::BelowExecuted, found));
        }
        let mut terms = m.terms;
        // The window began in the past: only what lies ahead is checked again.
        let started = p.phase.works();
        if started {
            terms.start = 0;
        }
        let mut order = self.check_terms(&terms, p.key)?;
        if started {
            order.start = p.order.start;
        }
        // The algorithm must agree before anything changes: all or nothing.
        self.plan(&terms, &order)?;
        Ok(order)
    }

    /// Puts a pending amend in force once what is filled and out fits the new quantity.
    pub(super) fn try_amend(&mut self, parent: u32, out: &mut impl Outputs) {
        let p = &mut self.parents[parent as usize];
        let Some(a) = p.amendment else { return };
        if p.ledger.amend(a.order.quantity).is_err() {
            return;
        }
        p.amendment = None;
        p.pending = Pending::None;
        p.version = a.version;
        p.hash = a.hash;
        p.order = a.order;
        p.end_reported = false;
        let (algorithm, instrument) = (p.algorithm, p.instrument);
        let slot = &self.instruments[instrument as usize];
        let (record, market) = (&slot.record, &slot.market);
        // Checked when the amend arrived; times only move forward, so a plan that fails now keeps the old one.
        if let Ok((plan, constraints)) = self
            .algorithms
            .plan_in(algorithm, &a.order, record, market, self.now)
        {
            self.plans[parent as usize] = plan;
            self.constrain(parent, constraints);
        }
        let p = &mut self.parents[parent as usize];
        p.tighten_limit(&self.instruments[instrument as usize].record);
        if p.phase == Phase::Completing && p.order.end > self.now {
            p.phase = p.phase.next(PhaseEvent::Extended).unwrap_or(p.phase);
        }
        p.why = Why::new(Reason::Amended, [a.version.into(), 0, 0]);
        if p.phase.works() {
            self.redraw(parent, ResumePolicy::FreezeClock);
        }
        self.update(parent, UpdateKind::Accepted, out);
    }

    /// Tells the schedule to start again from here.
    pub(super) fn redraw(&mut self, parent: u32, policy: ResumePolicy) {
        let mut plan = self.plans[parent as usize];
        let view = self.view(parent, false);
        self.algorithms.resume(&mut plan, &view, policy);
        self.plans[parent as usize] = plan;
    }
}

/// Side, instrument, account and algorithm stay (`BEHAVIOUR.md` 2.2).
fn immutable_unchanged(p: &super::parent::Parent, t: &Terms) -> Result<(), Refused> {
    let rules = [
        (t.instrument == p.instrument, FieldCode::Instrument),
        (t.side == p.order.side.code(), FieldCode::Side),
        (t.algorithm == p.algorithm, FieldCode::Algorithm),
        (t.account == p.attribution.account, FieldCode::Account),
        (
            t.client_order_id == p.attribution.client_order_id,
            FieldCode::ClientOrderId,
        ),
        (
            !p.phase.works() || t.start == 0 || Nanos(t.start) == p.order.start,
            FieldCode::Start,
        ),
    ];
    match rules.iter().find(|(same, _)| !same) {
        Some((_, field)) => Err(refused(*field, Reason::Immutable, [0; 3])),
        None => Ok(()),
    }
}
