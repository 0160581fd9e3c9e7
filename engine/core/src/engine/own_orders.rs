//! Own orders never trade with each other (`BEHAVIOUR.md` 2.7).
//!
//! Each instrument keeps its own resting prices in two heaps, so that a conflict is one look. The order that wants to
//! cross waits; what rests in its way steps aside: it is repriced a few ticks beyond, which keeps an odd rest working, or taken
//! back when that was not enough and nothing that could not be sent again would come back. Its parent waits a moment, so that
//! the two do not take turns.

use super::Engine;
use super::gate::Held;
use crate::algorithm::{Algorithms, Style};
use crate::child::{ChildEvent, ChildState};
use crate::outbox::{Output, Outputs};
use crate::view::CHILDREN_MAX;
use shm_wire::instrument::Round;
use shm_wire::reason::{Reason, Why};
use shm_wire::slice::SliceReplace;
use shm_wire::units::{DurationNs, Price, Qty};

/// A parent whose resting child made room for another own order waits this long before it sends again.
const LOCKOUT: DurationNs = DurationNs::from_millis(250);
/// A child that steps aside goes this many average spreads away, and at least one tick.
const ASIDE_SPREADS: i64 = 2;
/// A child without an answer is waited for this long before it is taken back, where odd lots are barred.
const PATIENCE: DurationNs = DurationNs::from_secs(1);
/// The order that waits for the room looks again after this.
const RETRY: DurationNs = DurationNs::from_millis(20);

impl<A: Algorithms> Engine<A> {
    /// Whether a child at `price` could meet an own resting order; if so the intent is held and the other makes room.
    pub(super) fn check_own_orders(
        &mut self,
        parent: u32,
        price: Price,
        style: Style,
        out: &mut impl Outputs,
    ) -> Result<(), Held> {
        let p = &self.parents[parent as usize];
        let buy = p.order.side.is_buy();
        let slot = &self.instruments[p.instrument as usize];
        let root = if buy { slot.own_asks } else { slot.own_bids };
        let Some((key, node)) = self.own_resting.peek(root) else {
            return Ok(());
        };
        let resting = price_of(key, buy);
        let conflict = if buy {
            price >= resting
        } else {
            price <= resting
        };
        if !conflict {
            return Ok(());
        }
        // A post-only order does not cross: it waits for the other to move by itself.
        if style != Style::PostOnly {
            let children = u32::try_from(CHILDREN_MAX).unwrap_or(1);
            self.make_room(node / children, (node % children) as usize, price, out);
        }
        Err(self.held(Reason::WaitSelfMatch, [resting.0, 0, 0], RETRY))
    }

    /// Moves a resting child out of the way of `incoming`, or takes it back.
    fn make_room(&mut self, other: u32, index: usize, incoming: Price, out: &mut impl Outputs) {
        let until = self.time().plus(LOCKOUT);
        let o = &self.parents[other as usize];
        let c = o.children[index];
        let slot = &self.instruments[o.instrument as usize];
        let tick = slot.record.tick_at(incoming);
        // Far enough that the incoming order meets others first and does not chase this one down the book.
        let wide = slot.market.average_spread().saturating_mul(ASIDE_SPREADS);
        let distance = tick.saturating_mul((wide / tick).max(1));
        let (aside, way) = if o.order.side.is_buy() {
            (incoming.0.saturating_sub(distance), Round::Down)
        } else {
            (incoming.0.saturating_add(distance), Round::Up)
        };
        // Another band of the tick table may begin in between.
        let aside = slot.record.round_to_tick(Price(aside), way).0;
        match c.state {
            // What ends at once by itself, or is on its way already, is only waited for.
            _ if c.immediate => return,
            // Once in a while only: an order that is the whole touch would be chased down its own book.
            ChildState::Live if aside > 0 && o.lockout <= self.time() => {
                self.step_aside(other, index, Price(aside), out);
            }
            // It may be about to trade: what is taken back then is an odd rest. Once it is acknowledged it can step aside.
            ChildState::PendingNew
                if slot.record.granule() > Qty(1) && self.time() < c.sent.plus(PATIENCE) =>
            {
                return;
            }
            // Taken back, its odd rest could not be sent again: it moves on when its time has come.
            _ if aside > 0 && slot.record.floor_lots(c.filled) != c.filled => return,
            ChildState::Live | ChildState::PendingNew => {
                self.send_cancel(other, index, Why::bare(Reason::WaitSelfMatch), out);
            }
            _ => return,
        }
        self.counters.self_match_moves += 1;
        let o = &mut self.parents[other as usize];
        o.lockout = o.lockout.max(until);
    }

    /// Reprices a live child to the passive side; quantity stays, so nothing more is reserved.
    fn step_aside(&mut self, other: u32, index: usize, price: Price, out: &mut impl Outputs) {
        let now = self.time();
        let o = &mut self.parents[other as usize];
        let child = &mut o.children[index];
        let Some(next) = child.state.next(ChildEvent::ReplaceSent) else {
            return;
        };
        child.state = next;
        child.version = child.version.wrapping_add(1);
        child.requested_qty = child.qty;
        child.requested_price = price;
        child.sent = now;
        let (version, qty, instrument) = (child.version, child.qty, o.instrument);
        self.take_rates(other);
        self.index_own(other, index);
        self.counters.replaces += 1;
        let message = SliceReplace {
            sequence: self.next_slice_sequence(),
            child_id: self.child_id(other, index).0,
            qty: qty.0,
            price: price.0,
            instrument,
            version,
            reason: Reason::WaitSelfMatch.code(),
            ..SliceReplace::empty()
        };
        out.push(Output::Replace(message));
    }

    /// Keeps the index of own resting prices in step with a child: the more aggressive of its two prices counts.
    pub(super) fn index_own(&mut self, parent: u32, index: usize) {
        let p = &self.parents[parent as usize];
        let c = &p.children[index];
        let buy = p.order.side.is_buy();
        let node =
            parent * u32::try_from(CHILDREN_MAX).unwrap_or(1) + u32::try_from(index).unwrap_or(0);
        let slot = &mut self.instruments[p.instrument as usize];
        let root = if c.auction != 0 {
            &mut slot.own_auction[usize::from(!buy)]
        } else if buy {
            &mut slot.own_bids
        } else {
            &mut slot.own_asks
        };
        if c.state.is_over() {
            self.own_resting.remove(root, node);
        } else {
            let (a, b) = (c.price, c.requested_price);
            self.own_resting.set(
                root,
                node,
                key_of(if buy { a.max(b) } else { a.min(b) }, buy),
            );
        }
    }
}

/// Key of an own order in its heap: the highest bid or the lowest ask comes first.
fn key_of(price: Price, bid: bool) -> u64 {
    let rising = price.0.cast_unsigned() ^ (1 << 63);
    if bid { !rising } else { rising }
}
/// Price behind a key of the side that faces `buy`.
fn price_of(key: u64, buy: bool) -> Price {
    // A buy faces asks, whose keys rise; a sale faces bids, whose keys fall.
    let rising = if buy { key } else { !key };
    Price((rising ^ (1 << 63)).cast_signed())
}
