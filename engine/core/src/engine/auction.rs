//! Orders for the auctions of the calendar: when they are due, how much, at what price, when they may be taken back.
//!
//! An auction order is a child like any other: reserved, priced no worse than limit, collar and bands, in whole lots. It goes
//! out [`LEAD`](crate::auction::LEAD) before the cut-off, once for each auction, and stays until the venue ends it: from the cancel cut-off
//! on it is not taken back, whatever happens. A child that the venue says nothing of after the auction is UNKNOWN.

use super::Engine;
use super::accept::operand;
use super::gate::Held;
use super::parent::Parent;
use crate::algorithm::{Algorithms, Style, Wake};
use crate::auction::{self, AuctionTerms, Call};
use crate::blocked::Blocked;
use crate::child::{ChildEvent, ChildState};
use crate::outbox::{Output, Outputs};
use crate::phase::{Pending, Phase};
use crate::risk::collar;
use shm_wire::auction::{AUCTION_LIMIT, AUCTION_MARKET, Auction};
use shm_wire::codes::{AuctionKind, AuctionPolicy, OrderType, Side, TimeInForce, TradingStatus};
use shm_wire::instrument::Round;
use shm_wire::market::{AuctionIndicative, Trade};
use shm_wire::parent::UpdateKind;
use shm_wire::reason::{Reason, Why};
use shm_wire::slice::{SLICE_AUCTION, SLICE_IMBALANCE_ONLY};
use shm_wire::units::{DurationNs, Nanos, Price, Qty};

/// The venue's answer to an auction that is over comes within this.
const GRACE: DurationNs = DurationNs::from_secs(1);
/// A held auction order is tried again after this.
const RETRY: DurationNs = DurationNs::from_millis(100);
/// Blocks in spite of which an auction order goes out and stays.
const IN_SPITE: Blocked = Blocked::AUCTION.with(Blocked::OUT_OF_LIMIT);
/// Blocks that take an auction order back where its auction still allows it.
const TAKES_BACK: Blocked = Blocked::PAUSED
    .with(Blocked::KILL)
    .with(Blocked::RISK)
    .with(Blocked::OVERFILL);

impl Parent {
    /// What the parent's open auction orders hold reserved.
    pub(super) fn waiting_for_auctions(&self) -> Qty {
        self.children
            .iter()
            .filter(|c| c.auction != 0)
            .fold(Qty::ZERO, |sum, c| sum + c.reserved())
    }
    /// Filled and reserved in the book: what the participation cap is held against.
    pub(super) fn committed_in_the_book(&self) -> Qty {
        if !self.constraints.auctions.takes_part() {
            return self.ledger.committed();
        }
        let apart = self.ledger.in_auctions() + self.waiting_for_auctions();
        self.ledger.committed().saturating_sub(apart)
    }
    fn has_order_at(&self, index: usize) -> bool {
        let open = |c: &crate::child::Child| !c.state.is_over() || !c.owed.is_zero();
        self.children
            .iter()
            .any(|c| usize::from(c.auction) == index + 1 && open(c))
    }
}

impl<A: Algorithms> Engine<A> {
    /// What is published of an auction.
    pub(super) fn on_indicative(&mut self, m: &AuctionIndicative) {
        let slot = &mut self.instruments[m.instrument as usize];
        let states = slot.auctions.iter_mut();
        let ahead = slot
            .record
            .auctions()
            .iter()
            .zip(states)
            .find(|(a, s)| a.kind == m.auction && !s.crossed);
        match ahead {
            Some((_, state)) => state.on_indicative(m),
            None => self.counters.unsupported += 1,
        }
    }

    /// A print of an auction: the cross of one in the calendar, also when it prints in parts.
    pub(super) fn on_auction_print(&mut self, m: &Trade) {
        // The venue's clock may be a little ahead of ours.
        let now = self.now.max(Nanos(m.time));
        let slot = &mut self.instruments[m.instrument as usize];
        let states = slot.auctions.iter_mut();
        let found = slot
            .record
            .auctions()
            .iter()
            .zip(states)
            .find(|(a, _)| a.may_cross(now, m.venue));
        let Some((_, state)) = found else { return };
        let own = m.conditions & shm_wire::market::condition::OWN != 0;
        let news = !state.crossed;
        state.on_cross(if own { Qty::ZERO } else { Qty(m.qty) });
        if news {
            self.start_sweep(m.instrument);
        }
    }

    /// Whether the market is in a call that these terms take part in; `None` outside of calls.
    pub(super) fn call_for(&self, p: &Parent) -> Option<bool> {
        let market = &self.instruments[p.instrument as usize].market;
        let kind = match market.status {
            TradingStatus::Auction => market.auction,
            TradingStatus::PreOpen => AuctionKind::Open.code(),
            TradingStatus::Closed => AuctionKind::Close.code(),
            _ => return None,
        };
        Some(p.constraints.auctions.policy(kind) != AuctionPolicy::Exclude)
    }

    /// Children whose auction is over and of which the venue has said nothing are unknown.
    pub(super) fn age_auctions(&mut self, parent: u32) {
        let now = self.now;
        let p = &mut self.parents[parent as usize];
        let record = &self.instruments[p.instrument as usize].record;
        for c in p.children.iter_mut().filter(|c| c.auction != 0) {
            let auction = record.auctions().get(usize::from(c.auction) - 1);
            if auction.is_none_or(|a| now >= Nanos(a.until).plus(GRACE)) {
                c.state = c.state.next(ChildEvent::Lost).unwrap_or(c.state);
            }
        }
    }

    /// Sends the auction orders that are due.
    pub(super) fn work_auctions(&mut self, parent: u32, out: &mut impl Outputs) {
        let p = &self.parents[parent as usize];
        let blocked = p.blocked.without(IN_SPITE);
        if p.pending != Pending::None
            || self.shutting_down
            || p.phase == Phase::FinishingNow
            || !blocked.is_empty()
            || self.now < p.lockout
        {
            return;
        }
        for index in 0..self.instruments[p.instrument as usize]
            .record
            .auctions()
            .len()
        {
            if self.is_due(parent, index)
                && let Err(held) = self.send_to_auction(parent, index, out)
            {
                self.counters.intents_held += 1;
                self.parents[parent as usize].why = held.why;
            }
        }
    }

    /// Whether an order for the auction should go out now.
    fn is_due(&self, parent: u32, index: usize) -> bool {
        let p = &self.parents[parent as usize];
        let slot = &self.instruments[p.instrument as usize];
        let terms = &p.constraints.auctions;
        let Some(auction) = slot.record.auctions().get(index) else {
            return false;
        };
        terms.includes(&p.order, auction)
            && self.now >= terms.send_at(auction)
            && self.now < terms.cutoff(auction)
            && !slot.auctions[index].crossed
            && p.auctions_refused >> index & 1 == 0
            && !p.has_order_at(index)
    }

    /// What the algorithm wants in an auction, as far as it may: the planned quantity, what is expected to be paired, what is sent.
    fn wanted_at(&self, parent: u32, index: usize) -> (Qty, Qty, Qty) {
        let p = &self.parents[parent as usize];
        let slot = &self.instruments[p.instrument as usize];
        let terms = &p.constraints.auctions;
        let auction = &slot.record.auctions()[index];
        let state = &slot.auctions[index];
        let expected = auction::expected(&slot.record, &slot.market, state, auction, self.now);
        let most = terms.max_share.of(expected);
        let call = Call {
            index,
            auction,
            policy: terms.policy(auction.kind),
            expected,
            most,
        };
        let view = self.view(parent, false);
        let planned = self
            .algorithms
            .auction(&self.plans[parent as usize], &view, &call);
        (planned, expected, planned.min(most))
    }

    fn send_to_auction(
        &mut self,
        parent: u32,
        index: usize,
        out: &mut impl Outputs,
    ) -> Result<(), Held> {
        self.check_links()?;
        let (planned, expected, wanted) = self.wanted_at(parent, index);
        let p = &self.parents[parent as usize];
        let slot = &self.instruments[p.instrument as usize];
        let auction = slot.record.auctions()[index];
        let only_imbalance =
            p.constraints.auctions.policy(auction.kind) == AuctionPolicy::ImbalanceOnly;
        let worst = self.worst_at(parent, index)?;
        let as_market = is_market(&p.constraints.auctions, p.order.limit, &auction);
        let qty = self.clamp_to(parent, wanted, worst, Qty(u64::MAX));
        let operands = [operand(planned.0), operand(expected.0), operand(qty.0)];
        if qty.is_zero() || qty.0 < slot.record.min_qty {
            return Err(self.held(
                Reason::WaitAuctionOver,
                [operands[0], operands[1], 0],
                RETRY,
            ));
        }
        // An own order of the other side in the same auction could be met.
        let other = usize::from(p.order.side.is_buy());
        if self.own_resting.peek(slot.own_auction[other]).is_some() {
            return Err(self.held(Reason::WaitSelfMatch, [worst.0, 0, 0], RETRY));
        }
        self.check_rates(parent)?;
        let why = Why::new(Reason::AuctionShare, operands);
        let place = u8::try_from(index + 1).unwrap_or(u8::MAX);
        let child = self.put_child(parent, qty, worst, false, place)?;
        let p = &mut self.parents[parent as usize];
        p.auctions_tried |= 1 << index;
        p.why = why;
        let mut message = self.new_message(parent, child, Style::Rest, why);
        message.time_in_force = in_force(auction.kind).code();
        message.flags = SLICE_AUCTION
            | if only_imbalance {
                SLICE_IMBALANCE_ONLY
            } else {
                0
            };
        if as_market {
            message.order_type = OrderType::Market.code();
            message.price = Price::NONE.0;
        }
        out.push(Output::New(message));
        self.book_child(parent, child);
        self.update(parent, UpdateKind::Progress, out);
        Ok(())
    }

    /// The worst price that limit, collar and bands allow in an auction, measured from its indicative price where there is one.
    fn worst_at(&self, parent: u32, index: usize) -> Result<Price, Held> {
        let p = &self.parents[parent as usize];
        let slot = &self.instruments[p.instrument as usize];
        let buy = p.order.side.is_buy();
        let indicative = slot.auctions[index].price;
        let reference = if indicative.is_some() {
            indicative
        } else {
            slot.market.reference()
        };
        if p.awaits_limit() {
            return Err(self.held(Reason::WaitBook, [0; 3], RETRY));
        }
        // Before the open there may be no price to measure a collar from: then the order's own limit is the bound.
        let worst = if reference.is_some() {
            collar(reference, buy, slot.limits.collar_ppm)
        } else if p.order.limit.is_some() {
            p.order.limit
        } else {
            return Err(self.held(Reason::WaitBook, [0; 3], RETRY));
        };
        let band = if buy {
            slot.market.band_upper
        } else {
            slot.market.band_lower
        };
        let worst = [p.order.limit, band]
            .into_iter()
            .filter(|bound| bound.is_some())
            .fold(
                worst,
                |w, bound| if buy { w.min(bound) } else { w.max(bound) },
            );
        let way = if buy { Round::Down } else { Round::Up };
        let worst = slot.record.round_to_tick(worst, way);
        let bid = slot.market.bid;
        if p.order.side == Side::SellShort
            && slot.market.short_sale_restricted
            && (!bid.is_some() || worst <= bid)
        {
            return Err(self.held(Reason::WaitShortSale, [bid.0, 0, 0], RETRY));
        }
        Ok(worst)
    }

    /// Whether an auction order may and should be taken back now.
    pub(super) fn takes_back(&self, parent: u32, place: u8) -> bool {
        let p = &self.parents[parent as usize];
        let auctions = self.instruments[p.instrument as usize].record.auctions();
        let wanted = p.pending != Pending::None
            || self.shutting_down
            || p.blocked.has(TAKES_BACK)
            || p.ledger.leaves().is_zero();
        let auction = auctions.get(usize::from(place).wrapping_sub(1));
        wanted && auction.is_none_or(|a| self.now.0 < a.cancel_cutoff)
    }

    /// What an order says while it waits for auctions and has nothing else to do.
    pub(super) fn auction_why(&self, parent: u32) -> Option<Why> {
        let p = &self.parents[parent as usize];
        let auctions = self.instruments[p.instrument as usize].record.auctions();
        let at = p
            .children
            .iter()
            .position(|c| c.auction != 0 && !c.state.is_over())?;
        let child = &p.children[at];
        if child.state == ChildState::Unknown {
            let id = self.child_id(parent, at).0;
            let why = Why::new(Reason::SuspendUnknownChild, [operand(id), 0, 0]);
            return Some(why);
        }
        let auction = auctions.get(usize::from(child.auction).wrapping_sub(1))?;
        let open = operand(p.waiting_for_auctions().0);
        Some(Why::new(
            Reason::WaitAuction,
            [open, operand(auction.time), 0],
        ))
    }

    /// When the auctions want the order looked at again.
    pub(super) fn auction_wake(&self, parent: u32) -> Nanos {
        let p = &self.parents[parent as usize];
        let slot = &self.instruments[p.instrument as usize];
        let terms = &p.constraints.auctions;
        let mut next = Nanos::NEVER;
        for (index, a) in slot.record.auctions().iter().enumerate() {
            let (send_at, cutoff) = (terms.send_at(a), terms.cutoff(a));
            let wake = if p.has_order_at(index) {
                Nanos(a.until).plus(GRACE)
            } else if !terms.includes(&p.order, a) || self.now >= cutoff {
                continue;
            } else if self.now < send_at {
                send_at
            } else {
                cutoff.min(self.now.plus(RETRY))
            };
            if wake > self.now {
                next = next.min(wake);
            }
        }
        next
    }

    /// A call goes on in which the order takes part: its children in the book are taken back, and it waits.
    pub(super) fn wait_in_call(&mut self, parent: u32, out: &mut impl Outputs) -> (Why, Wake) {
        self.cancel_children(parent, Reason::CancelForParent, out);
        let why = self.auction_why(parent);
        let why = why.unwrap_or(Why::bare(Reason::WaitAuctionOver));
        (why, self.end_wake(parent))
    }

    /// Whether an order that ends with leaves did so because an auction did not take them.
    pub(super) fn ended_by_auction(&self, p: &Parent) -> bool {
        let auctions = self.instruments[p.instrument as usize].record.auctions();
        let terms = &p.constraints.auctions;
        auctions.iter().enumerate().any(|(index, a)| {
            let last = a.time >= p.order.end.0 && p.auctions_tried >> index & 1 != 0;
            let only = terms.includes(&p.order, a) && terms.policy(a.kind) == AuctionPolicy::Only;
            last || only
        })
    }

    /// The others' volume in the auctions that the order took part in.
    pub(super) fn auction_volume(&self, p: &Parent) -> Qty {
        let slot = &self.instruments[p.instrument as usize];
        let terms = &p.constraints.auctions;
        if !terms.takes_part() {
            return Qty::ZERO;
        }
        let all = slot.record.auctions().iter().zip(&slot.auctions);
        all.filter(|(a, s)| s.crossed && terms.includes(&p.order, a))
            .fold(Qty::ZERO, |sum, (_, s)| sum + s.cross_qty)
    }
}

/// Whether the order goes into the auction without a price: it asks for it, has no limit, and the auction takes it. Where an
/// auction takes no limit orders there is no other way.
fn is_market(terms: &AuctionTerms, limit: Price, auction: &Auction) -> bool {
    !limit.is_some()
        && auction.offers(AUCTION_MARKET)
        && (terms.market_orders || !auction.offers(AUCTION_LIMIT))
}

fn in_force(kind: u8) -> TimeInForce {
    if kind == AuctionKind::Open.code() {
        TimeInForce::Open
    } else if kind == AuctionKind::Close.code() {
        TimeInForce::Close
    } else {
        TimeInForce::Auction
    }
}
