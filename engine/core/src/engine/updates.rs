//! What the order source is told: the whole state of a parent, conflated while the link has no room.

use super::parent::Parent;
use super::{Engine, SOURCES_MAX};
use crate::algorithm::Algorithms;
use crate::outbox::{Output, Outputs};
use crate::phase::reported_state;
use shm_wire::parent::{ParentUpdate, UpdateKind};
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::units::Price;

/// Order of importance when updates of one parent are conflated: the later one stays.
const fn strength(kind: UpdateKind) -> u8 {
    match kind {
        UpdateKind::Progress => 1,
        UpdateKind::SliceEnd => 2,
        UpdateKind::RequestRejected => 3,
        UpdateKind::Accepted => 4,
        UpdateKind::Rejected => 5,
        UpdateKind::Done => 6,
    }
}
const KIND_OF_STRENGTH: [UpdateKind; 7] = [
    UpdateKind::Progress,
    UpdateKind::Progress,
    UpdateKind::SliceEnd,
    UpdateKind::RequestRejected,
    UpdateKind::Accepted,
    UpdateKind::Rejected,
    UpdateKind::Done,
];

impl<A: Algorithms> Engine<A> {
    /// The whole state of a parent as a message; the link sequence is given when it is sent.
    fn state_of(&self, p: &Parent, kind: UpdateKind) -> ParentUpdate {
        let market = &self.instruments[p.instrument as usize].market;
        ParentUpdate {
            parent_id: p.key.parent_id,
            source: p.key.source,
            version: p.version,
            event: kind.code(),
            state: reported_state(p.phase, p.blocked, p.pending).code(),
            blocked: p.blocked.bits(),
            reason: p.why.reason.code(),
            algorithm: p.algorithm,
            operands: p.why.operands,
            ordered: p.ledger.ordered().0,
            filled: p.ledger.filled().0,
            open: p.ledger.reserved().0,
            target: p.target.0,
            band: p.band.0,
            average_price: p.average_price().0,
            market_volume: (p.market_volume(market) + self.auction_volume(p)).0,
            arrival_price: p.arrival.0,
            start: p.order.start.0,
            end: p.order.end.0,
            children: p.children_sent,
            fills: p.fills,
            instrument: p.instrument,
            withheld: u32::try_from(p.ledger.withheld().0).unwrap_or(u32::MAX),
            client_order_id: p.attribution.client_order_id,
            ..ParentUpdate::empty()
        }
    }

    /// Sends the state of a parent, or leaves it for later when the link has no room.
    pub(super) fn update(&mut self, parent: u32, kind: UpdateKind, out: &mut impl Outputs) {
        let p = &self.parents[parent as usize];
        if self.sources[usize::from(p.key.source) % SOURCES_MAX].blocked {
            self.counters.updates_conflated += 1;
            let p = &mut self.parents[parent as usize];
            let waiting = p.update_due != 0;
            p.update_due = p.update_due.max(strength(kind));
            if !waiting {
                self.updates_due.push(parent);
            }
            return;
        }
        let message = self.state_of(p, kind);
        let p = &mut self.parents[parent as usize];
        // A projection stands beside the reason that it came with: the next one is news again, and that reason is none.
        if p.why.reason != Reason::Projected {
            p.why_reported = p.why;
        }
        p.state_reported = message.state;
        p.filled_reported = p.ledger.filled();
        self.send_update(message, out);
    }

    /// Sends `Progress` when state, reason or fills changed since the last update.
    pub(super) fn update_if_changed(&mut self, parent: u32, out: &mut impl Outputs) {
        let p = &self.parents[parent as usize];
        let state = reported_state(p.phase, p.blocked, p.pending).code();
        let changed = p.why.reason != p.why_reported.reason
            || state != p.state_reported
            || p.ledger.filled() != p.filled_reported;
        if changed {
            self.update(parent, UpdateKind::Progress, out);
        }
    }

    /// Refuses a request: the message names field, parameter and rule. `known` is the parent it speaks of, if any.
    pub(super) fn refuse(
        &mut self,
        known: Option<u32>,
        blank: ParentUpdate,
        refusal: (FieldCode, u16, Why),
        out: &mut impl Outputs,
    ) {
        let (field, parameter, why) = refusal;
        let mut m = match known {
            Some(p) => {
                self.counters.requests_rejected += 1;
                self.state_of(&self.parents[p as usize], UpdateKind::RequestRejected)
            }
            None => blank,
        };
        m.field = field.code();
        m.parameter = parameter;
        m.reason = why.reason.code();
        m.operands = why.operands;
        self.send_update(m, out);
    }

    fn send_update(&mut self, mut m: ParentUpdate, out: &mut impl Outputs) {
        let source = &mut self.sources[usize::from(m.source) % SOURCES_MAX];
        source.updates_sequence += 1;
        m.sequence = source.updates_sequence;
        out.push(Output::Update(m));
    }

    /// Sends what was conflated, for links that have room again.
    pub(super) fn flush_updates(&mut self, out: &mut impl Outputs) {
        let mut left = self.updates_due.len();
        while left > 0 && out.room() > super::OUTPUTS_PER_DECISION {
            let Some(parent) = self.updates_due.pop() else {
                return;
            };
            left -= 1;
            let p = &mut self.parents[parent as usize];
            let kind = KIND_OF_STRENGTH[usize::from(p.update_due) % KIND_OF_STRENGTH.len()];
            if self.sources[usize::from(p.key.source) % SOURCES_MAX].blocked {
                self.updates_due.push(parent);
                continue;
            }
            p.update_due = 0;
            self.update(parent, kind, out);
        }
    }

    /// Whether conflated updates wait and every link has room (each step sends what it can in any case).
    pub(super) fn has_sendable_updates(&self) -> bool {
        !self.updates_due.is_empty() && self.sources.iter().all(|s| !s.blocked)
    }

    /// A message about a parent that is not in the table.
    pub(super) fn blank_update(source: u16, parent_id: u64, kind: UpdateKind) -> ParentUpdate {
        ParentUpdate {
            source,
            parent_id,
            event: kind.code(),
            state: shm_wire::codes::ParentState::Rejected.code(),
            average_price: Price::NONE.0,
            arrival_price: Price::NONE.0,
            ..ParentUpdate::empty()
        }
    }
}
