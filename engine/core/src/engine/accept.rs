//! Accepting a parent order: every term is checked, and a refusal names the field and the rule.

use super::parent::{Attribution, Parent};
use super::{Engine, SOURCES_MAX};
use crate::algorithm::Algorithms;
use crate::ledger::Ledger;
use crate::outbox::Outputs;
use crate::phase::{Phase, PhaseEvent};
use crate::risk::RiskLimits;
use crate::tables::mix;
use crate::view::{Constraints, Order};
use shm_wire::codes::{LinkState, ResumePolicy, Side};
use shm_wire::ids::{ChildId, ParentKey};
use shm_wire::instrument::{Instrument, field_text};
use shm_wire::message::Message;
use shm_wire::parent::{PARAMETERS_MAX, ParentNew, Terms, UpdateKind};
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::units::{Nanos, Notional, Price, Qty};

/// A refused term.
pub(super) type Refused = (FieldCode, u16, Why);

pub(super) fn refused(field: FieldCode, reason: Reason, operands: [i64; 3]) -> Refused {
    (field, 0, Why::new(reason, operands))
}

/// A number as an operand, cut at the largest.
pub(super) fn operand(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl<A: Algorithms> Engine<A> {
    pub(super) fn on_new(&mut self, source: u16, m: &ParentNew, out: &mut impl Outputs) {
        let key = ParentKey {
            source,
            parent_id: m.parent_id,
        };
        if let Some(link) = self.sources.get_mut(usize::from(source)) {
            link.orders_sequence = link.orders_sequence.max(m.sequence);
        }
        let hash = terms_hash(&m.terms);
        if let Some(known) = self.keys.get(key) {
            self.again(known, m.version, hash, m, out);
            return;
        }
        match self.admit(source, m) {
            Ok((order, plan, constraints)) => {
                let Some(slot) = self.take_slot() else {
                    let capacity = operand(self.config.parents_max as u64);
                    let why = refused(FieldCode::None, Reason::CapacityParents, [capacity, 0, 0]);
                    self.reject_new(source, m, why, out);
                    return;
                };
                self.install(slot, key, m, hash, order);
                let note = self.algorithms.accept_note(&plan);
                let p = &mut self.parents[slot as usize];
                self.plans[slot as usize] = plan;
                p.why = note;
                self.constrain(slot, constraints);
                self.counters.parents_accepted += 1;
                self.update(slot, UpdateKind::Accepted, out);
                self.queue(slot);
            }
            Err(refusal) => self.reject_new(source, m, refusal, out),
        }
    }

    /// The same key again: the same content is answered again, other content is a conflict.
    fn again(
        &mut self,
        known: u32,
        version: u16,
        hash: u64,
        m: &ParentNew,
        out: &mut impl Outputs,
    ) {
        self.counters.duplicates += 1;
        let p = &self.parents[known as usize];
        if version == p.version && hash == p.hash {
            self.update(known, UpdateKind::Accepted, out);
            return;
        }
        let blank = Self::blank_update(p.key.source, m.parent_id, UpdateKind::RequestRejected);
        let why = refused(FieldCode::ParentId, Reason::DuplicateConflict, [0; 3]);
        self.refuse(Some(known), blank, why, out);
    }

    fn reject_new(&mut self, source: u16, m: &ParentNew, refusal: Refused, out: &mut impl Outputs) {
        self.counters.parents_rejected += 1;
        let mut blank = Self::blank_update(source, m.parent_id, UpdateKind::Rejected);
        blank.client_order_id = m.terms.client_order_id;
        blank.ordered = m.terms.quantity;
        blank.algorithm = m.terms.algorithm;
        blank.instrument = m.terms.instrument;
        blank.version = m.version;
        self.refuse(None, blank, refusal, out);
    }

    /// Checks all terms of a new order and plans it.
    fn admit(&self, source: u16, m: &ParentNew) -> Result<(Order, A::Plan, Constraints), Refused> {
        if usize::from(source) >= SOURCES_MAX || source != m.source {
            return Err(refused(
                FieldCode::Source,
                Reason::Identifier,
                [m.source.into(), 0, 0],
            ));
        }
        if m.parent_id == 0 {
            return Err(refused(FieldCode::ParentId, Reason::Identifier, [0; 3]));
        }
        if field_text(&m.terms.client_order_id).is_empty() {
            return Err(refused(
                FieldCode::ClientOrderId,
                Reason::Identifier,
                [0; 3],
            ));
        }
        if m.version != 1 {
            let found = [m.version.into(), 1, 0];
            return Err(refused(FieldCode::Version, Reason::StaleVersion, found));
        }
        if self.shutting_down || self.killed {
            return Err(refused(FieldCode::None, Reason::NotAccepting, [0; 3]));
        }
        if self.journal != LinkState::Open {
            return Err(refused(FieldCode::None, Reason::JournalShort, [0; 3]));
        }
        if self.executions.nearly_full() {
            let (used, capacity) = (self.executions.used(), self.executions.capacity());
            let found = [operand(used as u64), operand(capacity as u64), 0];
            return Err(refused(FieldCode::None, Reason::ExecutionTableFull, found));
        }
        let key = ParentKey {
            source,
            parent_id: m.parent_id,
        };
        let order = self.check_terms(&m.terms, key)?;
        let (plan, constraints) = self.plan(&m.terms, &order)?;
        Ok((order, plan, constraints))
    }

    /// Asks the algorithm for a plan; end-of-window rules that depend on it are checked here.
    pub(super) fn plan(
        &self,
        terms: &Terms,
        order: &Order,
    ) -> Result<(A::Plan, Constraints), Refused> {
        let slot = &self.instruments[terms.instrument as usize];
        self.algorithms
            .plan_in(terms.algorithm, order, &slot.record, &slot.market, self.now)
            .map_err(|r| (r.field, r.parameter, r.why))
    }

    /// Checks everything of the terms that is not the algorithm's own.
    pub(super) fn check_terms(&self, t: &Terms, key: ParentKey) -> Result<Order, Refused> {
        let Some(slot) = self.instruments.get(t.instrument as usize) else {
            let found = [t.instrument.into(), 0, 0];
            return Err(refused(
                FieldCode::Instrument,
                Reason::UnknownInstrument,
                found,
            ));
        };
        let record = &slot.record;
        let side = Side::try_from(t.side)
            .map_err(|_| refused(FieldCode::Side, Reason::InvalidEnum, [t.side.into(), 0, 0]))?;
        let quantity = check_quantity(t.quantity, record, &slot.limits)?;
        let limit = check_price(t.limit, record, FieldCode::Limit)?;
        check_price(t.decision_price, record, FieldCode::DecisionPrice)?;
        let (start, end) = self.check_times(t, record)?;
        check_notional(
            quantity,
            limit,
            slot.market.reference(),
            record,
            &slot.limits,
        )?;
        let count = usize::from(t.parameter_count);
        if count > PARAMETERS_MAX {
            let found = [t.parameter_count.into(), 0, 16];
            return Err(refused(
                FieldCode::ParameterCount,
                Reason::ParameterRange,
                found,
            ));
        }
        Ok(Order {
            seed: mix(self.config.seed ^ mix(key.parent_id ^ u64::from(key.source) << 48)),
            side,
            quantity,
            limit,
            start,
            end,
            parameters: t.parameters,
            parameter_count: count,
        })
    }

    /// Start and end of the window: empty start is now, empty end is the end of the session.
    fn check_times(&self, t: &Terms, record: &Instrument) -> Result<(Nanos, Nanos), Refused> {
        let now = self.now;
        let wanted = Nanos(t.start).max(now);
        if t.end != 0 && t.end <= now.0 {
            let found = [operand(t.end), operand(now.0), 0];
            return Err(refused(FieldCode::End, Reason::EndInPast, found));
        }
        if t.end != 0 && t.start >= t.end {
            let found = [operand(t.start), operand(t.end), 0];
            return Err(refused(FieldCode::Start, Reason::TimeOrder, found));
        }
        if record.sessions().is_empty() {
            // Trades around the clock: without an end there is none.
            let end = if t.end == 0 {
                Nanos::NEVER
            } else {
                Nanos(t.end)
            };
            return Ok((wanted, end));
        }
        let Some(session) = record.session_at_or_after(wanted) else {
            return Err(refused(
                FieldCode::Start,
                Reason::OutsideSession,
                [operand(wanted.0), 0, 0],
            ));
        };
        let start = wanted.max(Nanos(session.open));
        let end = if t.end == 0 { session.close } else { t.end };
        if end > session.close {
            return Err(refused(
                FieldCode::End,
                Reason::OutsideSession,
                [operand(end), 0, 0],
            ));
        }
        if start.0 >= end {
            let found = [operand(start.0), operand(end), 0];
            return Err(refused(FieldCode::Start, Reason::TimeOrder, found));
        }
        Ok((start, Nanos(end)))
    }

    /// A free slot: a fresh one, else the one that ended longest ago and has nothing left to tell.
    fn take_slot(&mut self) -> Option<u32> {
        for _ in 0..8 {
            let slot = self.free.pop()?;
            let p = &self.parents[slot as usize];
            if p.update_due != 0 || u64::from(p.generation) >= ChildId::GENERATION_MAX {
                self.free.push(slot);
                continue;
            }
            if p.phase.is_terminal() {
                self.keys.remove(p.key);
            }
            return Some(slot);
        }
        None
    }

    /// Puts an order's constraints in force.
    pub(super) fn constrain(&mut self, parent: u32, constraints: Constraints) {
        let p = &mut self.parents[parent as usize];
        let slot = &mut self.instruments[p.instrument as usize];
        slot.sizes_wanted |= constraints.block_filter;
        // What has counted so far stays, whichever volume counts from here on.
        let counted = p.market_volume(&slot.market);
        p.constraints = constraints;
        let volume = p.counted(&slot.market);
        p.volume_base = volume.saturating_sub(counted);
        if p.stopped_at.is_some() {
            p.stopped_at = Some(volume);
        }
        p.tighten_limit(&slot.record);
    }

    fn install(&mut self, slot: u32, key: ParentKey, m: &ParentNew, hash: u64, order: Order) {
        let generation = self.parents[slot as usize].generation + 1;
        let t = &m.terms;
        let mut p = Parent::empty(slot);
        p.key = key;
        p.generation = generation;
        p.instrument = t.instrument;
        p.algorithm = t.algorithm;
        p.version = m.version;
        p.hash = hash;
        p.attribution = Attribution {
            client: t.client,
            account: t.account,
            trader: t.trader,
            desk: t.desk,
            client_order_id: t.client_order_id,
        };
        p.order = order;
        p.ledger = Ledger::new(order.quantity);
        p.resume_policy = ResumePolicy::FreezeClock;
        p.why = Why::bare(Reason::Accepted);
        // The first decision moves a due order on to ACTIVE, so that there is one way to start.
        p.phase = Phase::Pending
            .next(PhaseEvent::AcceptedLater)
            .unwrap_or_default();
        p.volume_base = self.instruments[t.instrument as usize].market.volume;
        self.parents[slot as usize] = p;
        self.keys.insert(key, slot);
        self.live += 1;
        self.link(slot);
    }
}

/// Hash of the terms, to tell a repeat from a conflict.
pub(super) fn terms_hash(terms: &Terms) -> u64 {
    let m = ParentNew {
        terms: *terms,
        ..ParentNew::empty()
    };
    m.words().iter().fold(0, |h, w| mix(h ^ w))
}

fn check_quantity(raw: u64, record: &Instrument, limits: &RiskLimits) -> Result<Qty, Refused> {
    let least = record.min_qty.max(1);
    let range = [operand(raw), operand(least), operand(Qty::BOUND)];
    let Some(qty) = Qty::decode(raw).filter(|q| q.0 >= least) else {
        return Err(refused(FieldCode::Quantity, Reason::QuantityRange, range));
    };
    if record.floor_lots(qty) != qty {
        let found = [operand(raw), operand(record.lot), 0];
        return Err(refused(FieldCode::Quantity, Reason::QuantityLot, found));
    }
    if qty > limits.parent_qty_max {
        let found = [operand(raw), operand(limits.parent_qty_max.0), 0];
        return Err(refused(FieldCode::Quantity, Reason::QuantityLimit, found));
    }
    Ok(qty)
}

fn check_price(raw: i64, record: &Instrument, field: FieldCode) -> Result<Price, Refused> {
    if raw == Price::NONE.0 {
        return Ok(Price::NONE);
    }
    let least = if record.flags & shm_wire::instrument::INSTRUMENT_NEGATIVE_PRICES == 0 {
        1
    } else {
        -Price::BOUND
    };
    let Some(price) = Price::decode(raw).filter(|p| p.0 >= least) else {
        return Err(refused(
            field,
            Reason::PriceRange,
            [raw, least, Price::BOUND],
        ));
    };
    if field == FieldCode::Limit && !record.on_tick(price) {
        return Err(refused(
            field,
            Reason::PriceTick,
            [raw, record.tick_at(price), 0],
        ));
    }
    Ok(price)
}

/// Notional at the limit, else at the market's reference; unknown reference: the rule does not apply.
fn check_notional(
    qty: Qty,
    limit: Price,
    reference: Price,
    record: &Instrument,
    limits: &RiskLimits,
) -> Result<(), Refused> {
    let price = if limit.is_some() { limit } else { reference };
    if !price.is_some() {
        return Ok(());
    }
    let worth = Notional::of(price, qty, record.value_per_step).map(|n| {
        if n.0 < 0 {
            Notional(n.0.saturating_neg())
        } else {
            n
        }
    });
    match worth {
        Some(worth) if worth <= limits.parent_notional_max => Ok(()),
        _ => {
            let units = limits.parent_notional_max.0 / 1_000_000_000_000_000_000;
            let units = i64::try_from(units).unwrap_or(i64::MAX);
            Err(refused(
                FieldCode::Quantity,
                Reason::NotionalLimit,
                [units, 0, 0],
            ))
        }
    }
}
