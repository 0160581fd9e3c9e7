//! Own orders never trade with each other (`BEHAVIOUR.md` 2.7, `docs/adr/0004-self-match.md`).
//!
//! Each instrument keeps its own resting prices in two heaps, so that a conflict is one look. All else here happens only after a
//! conflict: the order that wants to cross waits, each time twice as long; if few own children stand in its way, they step
//! aside together, and no passive order comes back into its reach for a while (a claim). If many do, nobody moves, unless the order has
//! come to its end. Orders that cross are not barred by a claim.

use super::Engine;
use super::gate::Held;
use crate::algorithm::{Algorithms, Style};
use crate::child::{Child, ChildEvent, ChildState};
use crate::marks::heap::Root;
use crate::outbox::{Output, Outputs};
use crate::phase::Phase;
use crate::view::CHILDREN_MAX;
use shm_wire::instrument::Round;
use shm_wire::reason::{Reason, Why};
use shm_wire::slice::SliceReplace;
use shm_wire::units::{DurationNs, Nanos, Price};

/// Most own children that step aside at a time; behind more of them the rest follows with the next look.
pub(super) const ROOM_MAX: usize = 10;
/// An order that works its window asks no more of them than this to step aside; behind more it waits, until some have traded.
const FEW: usize = 20;
/// An order that finishes asks behind no more of them than this.
const MANY: usize = 60;
/// A parent whose resting child stepped aside waits this long before it sends again, so that the two do not take turns.
const LOCKOUT: DurationNs = DurationNs::from_millis(250);
/// Passive orders stay out of the reach of an order that was given room for this long: it, and those that wait beside it, trade
/// meanwhile. Longer makes fewer messages, and fewer passive fills where orders of both sides compete.
const CLAIM: DurationNs = DurationNs::from_secs(120);
/// A child that steps aside goes this many average spreads away, and at least one tick.
const ASIDE_SPREADS: i64 = 2;
/// A parent that made room is not asked again for this long, but by an order that finishes.
const UNDISTURBED: DurationNs = DurationNs::from_secs(3);
/// A child without an answer is waited for this long before it is taken back.
const PATIENCE: DurationNs = DurationNs::from_secs(1);
/// The order that waits looks again after this, then after twice as long each time.
const RETRY: DurationNs = DurationNs::from_millis(20);
/// Doublings of [`RETRY`]: 1.28 s at most.
const DOUBLINGS: u8 = 6;
/// An order that did not have to wait for this long starts with [`RETRY`] again.
const FORGET: DurationNs = DurationNs::from_secs(10);

/// What one parent has to do with own orders on the other side: as the one that wants to cross, and as the one that rests.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manners {
    /// It asks for room no sooner.
    ask_from: Nanos,
    /// Times that it has waited in a row.
    waits: u8,
    /// Its children are not moved before this.
    undisturbed_until: Nanos,
}

/// What stands in an order's way.
enum InTheWay {
    /// So many children, all of which can step aside now.
    Movable(usize),
    /// One that was sent long ago and has no answer.
    Silent(u32),
    /// Something that is on its way, or must not be moved: look again then, if known.
    Wait(Nanos),
}

impl<A: Algorithms> Engine<A> {
    /// Whether a child at `price` could meet an own resting order; if so the intent is held and the other may make room.
    #[inline]
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
        let root = slot.own_resting[usize::from(!buy)];
        let reach = key_of(price, !buy);
        match self.own_resting.peek(root) {
            Some((key, _)) if key <= reach => self.wait_for_room(parent, price, style, out),
            _ => Ok(()),
        }
    }

    /// Holds the intent, and asks what is in its way to make room when it is time for that.
    #[cold]
    fn wait_for_room(
        &mut self,
        parent: u32,
        price: Price,
        style: Style,
        out: &mut impl Outputs,
    ) -> Result<(), Held> {
        let now = self.time();
        let p = &self.parents[parent as usize];
        let (buy, instrument) = (p.order.side.is_buy(), p.instrument);
        let slot = &mut self.instruments[instrument as usize];
        let reach = key_of(price, !buy);
        let (near, far) = (slot.market.near(buy), slot.market.far(buy));
        let crosses = far.is_some() && if buy { price >= far } else { price <= far };
        let claim = self.claims_from + 2 * instrument + u32::from(!buy);
        let root = &mut slot.own_resting[usize::from(!buy)];
        let claimed = self.own_resting.key(claim).is_some_and(|key| key <= reach);
        if claimed {
            let until = slot.claimed_until[usize::from(!buy)];
            // Once the touch has left the claimed price, nobody is late for it any more.
            let over = now >= until || key_of(near, !buy) != slot.claimed_key[usize::from(!buy)];
            if over || crosses {
                // Over; or it does not bar this one, and is put back once seen what stands behind it.
                self.own_resting.remove(root, claim);
            } else {
                return Err(Held {
                    why: Why::new(Reason::WaitSelfMatch, [price.0, 0, 0]),
                    retry: until,
                });
            }
            let rest = self.own_resting.peek(*root);
            if !over {
                let key = slot.claimed_key[usize::from(!buy)];
                self.own_resting.set(root, claim, key);
            }
            if rest.is_none_or(|(key, _)| key > reach) {
                return Ok(());
            }
        }
        let root = *root;
        let nearest = self.own_resting.peek(root).map_or(reach, |(key, _)| key);
        let m = &mut self.parents[parent as usize].manners;
        if now >= m.ask_from {
            if now > m.ask_from.plus(FORGET) {
                m.waits = 0;
            }
            let wait = DurationNs(RETRY.0 << m.waits.min(DOUBLINGS));
            m.waits = m.waits.saturating_add(1);
            m.ask_from = now.plus(wait);
            // A post-only order does not cross: it waits for the other to move by itself.
            if style != Style::PostOnly {
                self.ask_for_room(parent, root, reach, price, out);
            }
        }
        Err(Held {
            why: Why::new(Reason::WaitSelfMatch, [price_of(nearest, buy).0, 0, 0]),
            retry: self.parents[parent as usize].manners.ask_from,
        })
    }

    /// Keeps passive orders of the other side out of reach of `price` for a while: a node beside the own resting prices, so that the one
    /// look finds it too.
    fn claim(&mut self, parent: u32, price: Price) {
        let p = &self.parents[parent as usize];
        let (buy, instrument) = (p.order.side.is_buy(), p.instrument);
        let until = self.now.plus(CLAIM);
        let slot = &mut self.instruments[instrument as usize];
        let node = self.claims_from + 2 * instrument + u32::from(buy);
        let root = &mut slot.own_resting[usize::from(buy)];
        let key = key_of(price, buy);
        self.own_resting.set(root, node, key);
        slot.claimed_until[usize::from(buy)] = until;
        slot.claimed_key[usize::from(buy)] = key;
    }

    /// Lets all that stands in the way step aside (of more than [`ROOM_MAX`] the rest with the next look), or nothing.
    fn ask_for_room(
        &mut self,
        parent: u32,
        root: Root,
        reach: u64,
        price: Price,
        out: &mut impl Outputs,
    ) {
        let now = self.time();
        let p = &self.parents[parent as usize];
        // An order that finishes has no other way left.
        let finishes = matches!(p.phase, Phase::Completing | Phase::FinishingNow);
        let mut nodes = [0; MANY + 1];
        match self.in_the_way(root, reach, finishes, &mut nodes) {
            InTheWay::Wait(until) => {
                let m = &mut self.parents[parent as usize].manners;
                m.ask_from = m.ask_from.min(until.max(now.plus(RETRY)));
            }
            InTheWay::Silent(node) => {
                let (other, index) = child_of(node);
                self.send_cancel(other, index, Why::bare(Reason::WaitSelfMatch), out);
                self.note_room(other);
                let m = &mut self.parents[parent as usize].manners;
                m.waits = 0;
                m.ask_from = now.plus(RETRY);
            }
            InTheWay::Movable(count) => {
                for node in &nodes[..count.min(ROOM_MAX)] {
                    let (other, index) = child_of(*node);
                    let aside = self.aside(other, price);
                    self.step_aside(other, index, aside, out);
                    self.note_room(other);
                }
                self.claim(parent, price);
                let m = &mut self.parents[parent as usize].manners;
                m.waits = 0;
                m.ask_from = now.plus(RETRY);
            }
        }
    }

    /// What rests within `reach`, put into `nodes`, as far as it takes to know what to do.
    fn in_the_way(
        &self,
        root: Root,
        reach: u64,
        finishes: bool,
        nodes: &mut [u32; MANY + 1],
    ) -> InTheWay {
        let now = self.time();
        let most = if finishes { MANY } else { FEW };
        let Some(mut count) = self.own_resting.up_to(root, reach, &mut nodes[..most + 1]) else {
            return InTheWay::Wait(Nanos::NEVER);
        };
        if let Some(at) = nodes[..count].iter().position(|n| *n >= self.claims_from) {
            count -= 1;
            nodes[at] = nodes[count];
        }
        if count > most {
            return InTheWay::Wait(Nanos::NEVER);
        }
        let mut until = Nanos(0);
        for node in &nodes[..count] {
            let (other, index) = child_of(*node);
            let o = &self.parents[other as usize];
            let c = &o.children[index];
            match c.state {
                // What ends at once by itself is only waited for.
                _ if c.immediate => until = Nanos::NEVER,
                ChildState::Live if finishes => {}
                ChildState::Live => until = until.max(o.manners.undisturbed_until),
                // It may be about to trade: what is taken back then is an odd rest.
                ChildState::PendingNew if now < c.sent.plus(PATIENCE) => {
                    until = until.max(c.sent.plus(PATIENCE));
                }
                ChildState::PendingNew if !self.has_odd_fill(other, c) => {
                    return InTheWay::Silent(*node);
                }
                _ => until = Nanos::NEVER,
            }
        }
        if until > now {
            InTheWay::Wait(until)
        } else {
            InTheWay::Movable(count)
        }
    }

    /// Whether a part lot of the child has filled, so that its rest could not be sent again where odd lots are barred.
    fn has_odd_fill(&self, parent: u32, child: &Child) -> bool {
        let p = &self.parents[parent as usize];
        let record = &self.instruments[p.instrument as usize].record;
        record.floor_lots(child.filled) != child.filled
    }

    /// Counts a child that made room; its parent waits, and is left alone after that.
    fn note_room(&mut self, other: u32) {
        let now = self.time();
        self.counters.self_match_moves += 1;
        let o = &mut self.parents[other as usize];
        o.lockout = o.lockout.max(now.plus(LOCKOUT));
        o.manners.undisturbed_until = now.plus(UNDISTURBED);
    }

    /// Where a child goes that makes room for an order at `incoming`: far enough that the incoming order meets others first and
    /// does not chase this one down the book.
    fn aside(&self, other: u32, incoming: Price) -> Price {
        let o = &self.parents[other as usize];
        let slot = &self.instruments[o.instrument as usize];
        let tick = slot.record.tick_at(incoming);
        let wide = slot.market.average_spread().saturating_mul(ASIDE_SPREADS);
        let distance = tick.saturating_mul((wide / tick).max(1));
        let (aside, way) = if o.order.side.is_buy() {
            (incoming.0.saturating_sub(distance), Round::Down)
        } else {
            (incoming.0.saturating_add(distance), Round::Up)
        };
        // Another band of the tick table may begin in between.
        slot.record.round_to_tick(Price(aside), way)
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
        } else {
            &mut slot.own_resting[usize::from(buy)]
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

/// Parent and child behind a node of the heaps.
fn child_of(node: u32) -> (u32, usize) {
    let children = u32::try_from(CHILDREN_MAX).unwrap_or(1);
    (node / children, (node % children) as usize)
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
