//! The risk gate: the only place where an intent becomes a child order.
//!
//! It clamps quantity (free, cap, slice and child limits, lots) and price (limit, collar, bands, tick), and holds an
//! intent back, with a reason and an instant to try again, when a rule forbids it.

use super::Engine;
use crate::algorithm::{Algorithms, Intent, Style};
use crate::blocked::Blocked;
use crate::child::{Child, ChildEvent, ChildState};
use crate::outbox::{Output, Outputs};
use crate::risk::collar;
use shm_wire::codes::{LinkState, OrderType, Side, TimeInForce};
use shm_wire::ids::ChildId;
use shm_wire::instrument::Round;
use shm_wire::reason::{Reason, Why};
use shm_wire::slice::{SLICE_POST_ONLY, SliceCancel, SliceNew, SliceReplace};
use shm_wire::units::{DurationNs, Nanos, Notional, Price, Qty};

/// Which control suspended a parent, as the operand of `SuspendRisk`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RiskControl {
    /// Too many rejects in a row.
    Rejects,
    /// A child filled more than its quantity.
    ChildOverfill,
}

impl RiskControl {
    pub(super) const fn code(self) -> i64 {
        match self {
            Self::Rejects => 1,
            Self::ChildOverfill => 2,
        }
    }
}

/// An intent that was not carried out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) why: Why,
    pub(super) retry: Nanos,
}

/// Look again after a rate or book limit.
const RETRY: DurationNs = DurationNs::from_millis(100);

const NEVER: Nanos = Nanos::NEVER;

impl<A: Algorithms> Engine<A> {
    /// Carries out an intent, or says why not.
    pub(super) fn apply(
        &mut self,
        parent: u32,
        intent: &Intent,
        out: &mut impl Outputs,
    ) -> Option<Held> {
        match *intent {
            Intent::New {
                qty,
                price,
                style,
                why,
            } => self.send_new(parent, qty, price, style, why, out).err(),
            Intent::Replace {
                child,
                qty,
                price,
                why,
            } => self.send_replace(parent, child, qty, price, why, out).err(),
            Intent::Cancel { child, why } => {
                let known = self.parents[parent as usize].children.get(child);
                let may = known.is_some_and(|c| c.state.next(ChildEvent::CancelSent).is_some());
                if may {
                    self.send_cancel(parent, child, why, out);
                }
                None
            }
        }
    }

    /// Takes the next sequence of the slice link.
    pub(super) fn next_slice_sequence(&mut self) -> u64 {
        self.slices_sequence += 1;
        self.slices_sequence
    }
    /// Engine time.
    pub(super) fn time(&self) -> Nanos {
        self.now
    }

    pub(super) fn held(&self, reason: Reason, operands: [i64; 3], retry: DurationNs) -> Held {
        Held {
            why: Why::new(reason, operands),
            retry: self.time().plus(retry),
        }
    }

    fn send_new(
        &mut self,
        parent: u32,
        qty: Qty,
        price: Price,
        style: Style,
        why: Why,
        out: &mut impl Outputs,
    ) -> Result<(), Held> {
        self.check_links()?;
        let price = self.clamp_price(parent, price, style)?;
        let qty = self.clamp_new(parent, qty, price)?;
        self.check_own_orders(parent, price, style, out)?;
        self.check_rates(parent)?;
        let index = self.put_child(parent, qty, price, style == Style::Immediate, 0)?;
        let message = self.new_message(parent, index, style, why);
        out.push_new(&message);
        self.book_child(parent, index);
        Ok(())
    }

    /// Reserves and records a new child: in the book, or at the place `auction` - 1 of the calendar. Its message is still to be
    /// sent, and then [`Engine::book_child`] called.
    #[inline]
    pub(super) fn put_child(
        &mut self,
        parent: u32,
        qty: Qty,
        price: Price,
        immediate: bool,
        auction: u8,
    ) -> Result<usize, Held> {
        let index = self.free_child(parent)?;
        let p = &mut self.parents[parent as usize];
        if u64::from(p.next_ordinal) > ChildId::ORDINAL_MAX {
            p.blocked = p.blocked.with(Blocked::RISK);
            return Err(Held {
                why: Why::bare(Reason::SuspendOrdinals),
                retry: NEVER,
            });
        }
        if p.ledger.reserve(qty).is_err() {
            // The clamp took no more than is free; this guards law 2 against a mistake there.
            return Err(self.held(Reason::WaitChild, [0; 3], RETRY));
        }
        let ordinal = p.next_ordinal;
        p.next_ordinal += 1;
        p.children_sent += 1;
        p.children[index] = Child {
            state: ChildState::Empty.next(ChildEvent::Sent).unwrap_or_default(),
            immediate,
            auction,
            version: 1,
            ordinal,
            qty,
            requested_qty: qty,
            filled: Qty::ZERO,
            owed: Qty::ZERO,
            price,
            requested_price: price,
            sent: self.now,
        };
        Ok(index)
    }

    /// What nobody waits for comes after the slice has left.
    #[inline]
    pub(super) fn book_child(&mut self, parent: u32, index: usize) {
        self.take_rates(parent);
        self.index_own(parent, index);
        self.counters.children += 1;
    }

    pub(super) fn new_message(
        &mut self,
        parent: u32,
        index: usize,
        style: Style,
        why: Why,
    ) -> SliceNew {
        let sequence = self.next_slice_sequence();
        let p = &self.parents[parent as usize];
        let c = &p.children[index];
        SliceNew {
            sequence,
            child_id: self.child_id(parent, index).0,
            parent_id: p.key.parent_id,
            source: p.key.source,
            version: c.version,
            instrument: p.instrument,
            qty: c.qty.0,
            price: c.price.0,
            side: p.order.side.code(),
            order_type: OrderType::Limit.code(),
            time_in_force: match style {
                Style::Immediate => TimeInForce::Ioc,
                Style::PostOnly | Style::Rest => TimeInForce::Day,
            }
            .code(),
            flags: if style == Style::PostOnly {
                SLICE_POST_ONLY
            } else {
                0
            },
            reason: why.reason.code(),
            client: p.attribution.client,
            account: p.attribution.account,
            trader: p.attribution.trader,
            desk: p.attribution.desk,
            algorithm: p.algorithm,
            ..SliceNew::empty()
        }
    }

    fn send_replace(
        &mut self,
        parent: u32,
        index: usize,
        qty: Qty,
        price: Price,
        why: Why,
        out: &mut impl Outputs,
    ) -> Result<(), Held> {
        self.check_links()?;
        let Some(c) = self.parents[parent as usize].children.get(index).copied() else {
            return Ok(());
        };
        let Some(next) = c.state.next(ChildEvent::ReplaceSent) else {
            return Ok(());
        };
        let price = self.clamp_price(parent, price, Style::Rest)?;
        let more = qty.saturating_sub(c.qty);
        let more = if more.is_zero() {
            more
        } else {
            let cap = self.view(parent, false).cap_total();
            self.clamp_more(parent, more, price, cap)
        };
        let record = &self.instruments[self.parents[parent as usize].instrument as usize].record;
        // The total stays a whole number of lots, so that a partly filled child works off its odd rest.
        let wanted = if qty > c.qty {
            c.qty + more
        } else {
            record.floor_lots(qty.max(c.filled))
        };
        if wanted <= c.filled || (wanted == c.qty && price == c.price) {
            return Ok(());
        }
        self.check_own_orders(parent, price, Style::Rest, out)?;
        self.check_rates(parent)?;
        let p = &mut self.parents[parent as usize];
        if p.ledger.reserve(wanted.saturating_sub(c.qty)).is_err() {
            return Err(self.held(Reason::WaitChild, [0; 3], RETRY));
        }
        let child = &mut p.children[index];
        child.state = next;
        child.version = child.version.wrapping_add(1);
        child.requested_qty = wanted;
        child.requested_price = price;
        child.sent = self.now;
        let (version, instrument) = (child.version, p.instrument);
        self.take_rates(parent);
        self.index_own(parent, index);
        self.counters.replaces += 1;
        let message = SliceReplace {
            sequence: self.next_slice_sequence(),
            child_id: self.child_id(parent, index).0,
            qty: wanted.0,
            price: price.0,
            instrument,
            version,
            reason: why.reason.code(),
            ..SliceReplace::empty()
        };
        out.push(Output::Replace(message));
        Ok(())
    }

    /// Sends a cancel; always possible, whatever the rates say. The caller has checked that the state allows it.
    pub(super) fn send_cancel(
        &mut self,
        parent: u32,
        index: usize,
        why: Why,
        out: &mut impl Outputs,
    ) {
        let p = &mut self.parents[parent as usize];
        let child = &mut p.children[index];
        let Some(next) = child.state.next(ChildEvent::CancelSent) else {
            return;
        };
        child.state = next;
        let (version, instrument) = (child.version, p.instrument);
        self.counters.cancels += 1;
        let message = SliceCancel {
            sequence: self.next_slice_sequence(),
            child_id: self.child_id(parent, index).0,
            instrument,
            version,
            reason: why.reason.code(),
            ..SliceCancel::empty()
        };
        out.push(Output::Cancel(message));
    }

    pub(super) fn child_id(&self, parent: u32, index: usize) -> ChildId {
        let p = &self.parents[parent as usize];
        ChildId::new(
            u64::from(self.config.shard),
            u64::from(p.slot),
            u64::from(p.generation),
            u64::from(p.children[index].ordinal),
        )
    }

    pub(super) fn check_links(&self) -> Result<(), Held> {
        if self.slices_blocked {
            return Err(Held {
                why: Why::bare(Reason::WaitLink),
                retry: NEVER,
            });
        }
        if self.journal == LinkState::Blocked {
            return Err(Held {
                why: Why::bare(Reason::WaitJournal),
                retry: NEVER,
            });
        }
        if self.executions.full() {
            let used = super::accept::operand(self.executions.used() as u64);
            return Err(Held {
                why: Why::new(Reason::ExecutionTableFull, [used, used, 0]),
                retry: NEVER,
            });
        }
        Ok(())
    }

    /// No child price is worse than limit, collar and bands (B3), and every price is on its tick (B5).
    fn clamp_price(&self, parent: u32, price: Price, style: Style) -> Result<Price, Held> {
        let p = &self.parents[parent as usize];
        let slot = &self.instruments[p.instrument as usize];
        let buy = p.order.side.is_buy();
        let reference = slot.market.reference();
        if !reference.is_some() || !price.is_some() || p.awaits_limit() {
            let (bid, ask) = (slot.market.bid.0, slot.market.ask.0);
            return Err(self.held(Reason::WaitBook, [bid, ask, 0], RETRY));
        }
        let mut worst = collar(reference, buy, slot.limits.collar_ppm);
        let better = |a: Price, b: Price| if buy { a.min(b) } else { a.max(b) };
        if p.order.limit.is_some() {
            worst = better(worst, p.order.limit);
        }
        let band = if buy {
            slot.market.band_upper
        } else {
            slot.market.band_lower
        };
        if band.is_some() {
            worst = better(worst, band);
        }
        // Rounded to the passive side: never beyond what was asked for or allowed.
        let way = if buy { Round::Down } else { Round::Up };
        let clamped = slot.record.round_to_tick(better(price, worst), way);
        let far = slot.market.far(buy);
        let crosses = far.is_some() && if buy { clamped >= far } else { clamped <= far };
        if style == Style::Immediate && !crosses {
            return Err(self.held(Reason::WaitCollar, [price.0, worst.0, 0], RETRY));
        }
        if p.order.side == Side::SellShort
            && slot.market.short_sale_restricted
            && (!slot.market.bid.is_some() || clamped <= slot.market.bid)
        {
            return Err(self.held(Reason::WaitShortSale, [slot.market.bid.0, 0, 0], RETRY));
        }
        Ok(clamped)
    }

    /// Quantity of a new child, or why there is none.
    fn clamp_new(&self, parent: u32, qty: Qty, price: Price) -> Result<Qty, Held> {
        let view = self.view(parent, false);
        let cap = view.cap_total();
        let clamped = self.clamp_more(parent, qty, price, cap);
        let least = view.least_child();
        if clamped >= least && !clamped.is_zero() {
            return Ok(clamped);
        }
        let p = &self.parents[parent as usize];
        let done = p.committed_in_the_book();
        if cap.saturating_sub(done) < qty.min(least) {
            let total = super::accept::operand(cap.0);
            let done = super::accept::operand(done.0);
            return Err(self.held(Reason::WaitCap, [total, done, 0], RETRY));
        }
        if p.ledger.free() < least && !p.ledger.reserved().is_zero() {
            let open = super::accept::operand(p.ledger.reserved().0);
            return Err(Held {
                why: Why::new(Reason::WaitChild, [open, 0, 0]),
                retry: NEVER,
            });
        }
        let operands = [
            super::accept::operand(clamped.0),
            super::accept::operand(least.0),
            0,
        ];
        Err(Held {
            why: Why::new(Reason::WaitMinimum, operands),
            retry: NEVER,
        })
    }

    /// Additional quantity that may be sent at `price`: free, limits, whole lots, and no more in all than `cap`.
    fn clamp_more(&self, parent: u32, qty: Qty, price: Price, cap: Qty) -> Qty {
        let p = &self.parents[parent as usize];
        let left = cap.saturating_sub(p.committed_in_the_book());
        self.clamp_to(parent, qty, price, left)
    }

    /// As [`Engine::clamp_more`], with `cap` more at most.
    #[inline]
    pub(super) fn clamp_to(&self, parent: u32, qty: Qty, price: Price, cap: Qty) -> Qty {
        let p = &self.parents[parent as usize];
        let slot = &self.instruments[p.instrument as usize];
        let mut q = qty
            .min(p.ledger.free())
            .min(cap)
            .min(p.constraints.max_slice_qty)
            .min(slot.limits.child_qty_max);
        // Divided only when the product says so: 128-bit divisions are slow.
        let worth = Notional::of(price, q, slot.record.value_per_step).map(|n| n.0.abs());
        if worth.is_none_or(|worth| worth > slot.limits.child_notional_max.0) {
            let unit = Notional::of(price, Qty(1), slot.record.value_per_step);
            let most = unit
                .filter(|u| u.0 != 0)
                .map_or(0, |u| slot.limits.child_notional_max.0 / u.0.abs());
            q = q.min(Qty(u64::try_from(most).unwrap_or(u64::MAX)));
        }
        let q = slot.record.floor_lots(q);
        // A rest smaller than a lot, left by odd fills, may go out whole where it is the last of the order.
        let rest = p.ledger.free();
        if q.is_zero() && rest == p.ledger.leaves() && rest.0 < slot.record.lot && qty >= rest {
            let fits = rest <= cap && rest.0 >= slot.record.min_qty;
            return if fits { rest } else { Qty::ZERO };
        }
        q
    }

    pub(super) fn check_rates(&self, parent: u32) -> Result<(), Held> {
        let p = &self.parents[parent as usize];
        let slot = &self.instruments[p.instrument as usize];
        let limits = &slot.limits;
        let engine = self.config.limits.engine_rate;
        let rate = if !p.meter.allows(limits.parent_rate, self.now) {
            limits.parent_rate
        } else if !slot.meter.allows(limits.instrument_rate, self.now) {
            limits.instrument_rate
        } else if !self.meter.allows(engine, self.now) {
            engine
        } else {
            return Ok(());
        };
        Err(self.held(Reason::WaitRate, [rate.per_second.into(), 0, 0], RETRY))
    }
    pub(super) fn take_rates(&mut self, parent: u32) {
        let now = self.now;
        let p = &mut self.parents[parent as usize];
        let slot = &mut self.instruments[p.instrument as usize];
        p.meter.take(slot.limits.parent_rate, now);
        slot.meter.take(slot.limits.instrument_rate, now);
        self.meter.take(self.config.limits.engine_rate, now);
    }

    /// A place for a child: an unused one, else the one that ended longest ago.
    fn free_child(&self, parent: u32) -> Result<usize, Held> {
        let p = &self.parents[parent as usize];
        let mut oldest: Option<(usize, u32)> = None;
        for (index, c) in p.children.iter().enumerate() {
            if c.state == ChildState::Empty {
                return Ok(index);
            }
            let ended = c.state.is_over() && c.owed.is_zero();
            if ended && oldest.is_none_or(|(_, ordinal)| c.ordinal < ordinal) {
                oldest = Some((index, c.ordinal));
            }
        }
        match oldest {
            Some((index, _)) => Ok(index),
            None => {
                let open = super::accept::operand(p.ledger.reserved().0);
                Err(Held {
                    why: Why::new(Reason::WaitChild, [open, 0, 0]),
                    retry: NEVER,
                })
            }
        }
    }
}
