//! Our slices at the venue: checks, matching on arrival, replace, cancel, end of the session.

use shm_wire::codes::{OrderType, PegType, ReportKind, Side, TimeInForce, VenueReason};
use shm_wire::market::condition;
use shm_wire::slice::{
    SLICE_AUCTION, SLICE_IMBALANCE_ONLY, SLICE_POST_ONLY, SliceCancel, SliceNew, SliceReplace,
};
use shm_wire::units::{Price, Qty};

use super::children::{Child, OwnFill, Shared, TOOK};
use super::market::{Market, Print};
use crate::matching::book::rank;
use crate::matching::{Disposition, Fill, Handle, Incoming, Owner, Refusal, Terms};

/// What a new slice asks for, once its codes are known.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    limit: Option<Price>,
    qty: Qty,
    min_qty: Qty,
    terms: Terms,
}

impl Market {
    /// A new slice arrives. Its child is not in the table yet.
    pub(super) fn on_new(&mut self, shared: &mut Shared, market: usize, slice: &SliceNew) {
        let at = shared.enter(Child::of(slice, market));
        let in_force = TimeInForce::try_from(slice.time_in_force);
        if let Some(kind) = in_force.ok().and_then(super::auction::kind_of)
            && Side::try_from(slice.side).is_ok()
        {
            self.on_new_at_auction(shared, at, kind, slice);
            return;
        }
        let wanted = match Side::try_from(slice.side) {
            Ok(_) => self.check_new(shared, at, slice),
            Err(_) => Err(VenueReason::Other),
        };
        match wanted {
            Err(reason) => shared.tell(at, ReportKind::Rejected, reason, slice.sequence),
            Ok(wanted) => self.accept(shared, at, wanted, slice.sequence),
        }
    }

    fn check_new(
        &self,
        shared: &mut Shared,
        at: usize,
        slice: &SliceNew,
    ) -> Result<Wanted, VenueReason> {
        let order_type = OrderType::try_from(slice.order_type).map_err(|_| VenueReason::Other)?;
        let in_force = TimeInForce::try_from(slice.time_in_force);
        let terms = match in_force.map_err(|_| VenueReason::Other)? {
            TimeInForce::Day | TimeInForce::Gtc if slice.flags & SLICE_POST_ONLY != 0 => {
                Terms::PostOnly
            }
            TimeInForce::Day | TimeInForce::Gtc => Terms::Rest,
            _ if slice.flags & SLICE_POST_ONLY != 0 => return Err(VenueReason::Other),
            TimeInForce::Ioc => Terms::Immediate,
            TimeInForce::Fok => Terms::FillOrKill,
            // They were taken elsewhere, unless their side is unknown.
            TimeInForce::Open | TimeInForce::Close | TimeInForce::Auction => {
                return Err(VenueReason::Other);
            }
        };
        let shown_whole = slice.display_qty == 0 || slice.display_qty >= slice.qty;
        if slice.flags & (SLICE_AUCTION | SLICE_IMBALANCE_ONLY) != 0
            || slice.peg != PegType::None.code()
            || !shown_whole
        {
            return Err(VenueReason::Other);
        }
        let qty = self.check_qty(slice.qty)?;
        if slice.min_qty > slice.qty {
            return Err(VenueReason::Quantity);
        }
        let (limit, terms) = match (order_type, terms) {
            (OrderType::Limit, terms) => (Some(self.check_price(slice.price)?), terms),
            (OrderType::Market, Terms::PostOnly) => return Err(VenueReason::Other),
            // A market order never rests: what does not fill is canceled.
            (OrderType::Market, Terms::Rest) => (None, Terms::Immediate),
            (OrderType::Market, terms) => (None, terms),
        };
        if !self.is_open(shared.now) {
            return Err(VenueReason::Halted);
        }
        if shared.rejects_at_random() {
            return Err(VenueReason::Other);
        }
        let wanted = Wanted {
            limit,
            qty,
            min_qty: Qty(slice.min_qty),
            terms,
        };
        self.check_match(shared.children[at].side, wanted)?;
        Ok(wanted)
    }

    pub(super) fn check_qty(&self, raw: u64) -> Result<Qty, VenueReason> {
        let qty = Qty::decode(raw).ok_or(VenueReason::Quantity)?;
        let whole = self.instrument.floor_lots(qty) == qty;
        if qty.is_zero() || !whole || qty.0 < self.instrument.min_qty {
            return Err(VenueReason::Quantity);
        }
        Ok(qty)
    }

    pub(super) fn check_price(&self, raw: i64) -> Result<Price, VenueReason> {
        let price = Price::decode(raw).ok_or(VenueReason::PriceBand)?;
        let negative = shm_wire::instrument::INSTRUMENT_NEGATIVE_PRICES;
        let allowed = price.0 > 0 || self.instrument.flags & negative != 0;
        if !allowed || !self.instrument.on_tick(price) {
            return Err(VenueReason::PriceBand);
        }
        Ok(price)
    }

    /// What the book would say: self match, post-only, fill-or-kill, least quantity.
    fn check_match(
        &self,
        side: shm_wire::codes::BookSide,
        wanted: Wanted,
    ) -> Result<(), VenueReason> {
        let other = side.opposite();
        let takes = self.takes_to(side, wanted.limit);
        let reach = match wanted.terms {
            Terms::Rest | Terms::PostOnly => Some(wanted.limit),
            Terms::Immediate | Terms::FillOrKill => takes,
        };
        if reach.is_some_and(|limit| self.book.meets_own(other, limit, wanted.qty)) {
            return Err(VenueReason::SelfMatch);
        }
        let available =
            |enough| takes.map_or(Qty(0), |limit| self.book.available(other, limit, enough));
        if wanted.terms == Terms::PostOnly && !available(Qty(1)).is_zero() {
            return Err(VenueReason::WouldTrade);
        }
        if wanted.terms == Terms::FillOrKill && available(wanted.qty) < wanted.qty {
            return Err(VenueReason::Unfillable);
        }
        if available(wanted.min_qty) < wanted.min_qty {
            return Err(VenueReason::Unfillable);
        }
        Ok(())
    }

    /// How far an order takes on arrival: to its limit, and where only quotes are known no further than the touch. The outer
    /// `None`: nothing can be taken.
    fn takes_to(
        &self,
        side: shm_wire::codes::BookSide,
        limit: Option<Price>,
    ) -> Option<Option<Price>> {
        if self.by_depth {
            return Some(limit);
        }
        let touch = self.quoted_opposite(side)?;
        let other = side.opposite();
        match limit {
            Some(limit) if rank(other, limit) < rank(other, touch) => Some(Some(limit)),
            _ => Some(Some(touch)),
        }
    }

    fn accept(&mut self, shared: &mut Shared, at: usize, wanted: Wanted, answers: u64) {
        shared.children[at].live = true;
        shared.tell(at, ReportKind::Ack, VenueReason::None, answers);
        self.place(shared, at, wanted);
    }

    /// Matches a checked order and lets the rest rest, or cancels it.
    fn place(&mut self, shared: &mut Shared, at: usize, wanted: Wanted) {
        let side = shared.children[at].side;
        let filled = match self.takes_to(side, wanted.limit) {
            None => Qty(0),
            Some(limit) => {
                let take = Incoming {
                    id: at as u64,
                    owner: Owner::Own,
                    side,
                    limit,
                    qty: wanted.qty,
                    terms: Terms::Immediate,
                };
                self.take_for(shared, at, &take)
            }
        };
        let rest = wanted.qty - filled;
        if rest.is_zero() {
            return;
        }
        match (wanted.terms, wanted.limit) {
            (Terms::Rest | Terms::PostOnly, Some(price)) => {
                let in_view = self.in_view(side, price);
                if self
                    .book
                    .rest(Owner::Own, at as u64, side, price, rest)
                    .is_none()
                {
                    self.end(shared, at, ReportKind::Canceled, 0);
                    return;
                }
                let child = &mut shared.children[at];
                child.in_view = in_view;
                child.sweeping = !filled.is_zero();
                // On a locked or crossed quote a resting order of ours may stand at or through displayed quantity: leave it to
                // the next quote.
            }
            _ => self.end(shared, at, ReportKind::Canceled, 0),
        }
    }

    fn take_for(&mut self, shared: &mut Shared, at: usize, order: &Incoming) -> Qty {
        let mut fills: Vec<Fill> = core::mem::take(&mut shared.fills);
        fills.clear();
        let before = self.anonymous_at_best(order);
        let disposition = self.book.submit(order, &mut fills);
        for fill in &fills {
            let anonymous = match before {
                Some((price, qty)) if price == fill.maker.price => qty,
                _ => fill.maker.qty,
            };
            self.remember_taken(&fill.maker, fill.qty, anonymous);
            shared.fill(
                at,
                OwnFill {
                    qty: fill.qty,
                    price: fill.maker.price,
                    liquidity: TOOK,
                },
            );
            let print = Print {
                side: fill.maker.side,
                price: fill.maker.price,
                qty: fill.qty,
                conditions: condition::OWN,
                venue: shared.config.venue,
            };
            self.publish_print(shared, print);
        }
        shared.fills = fills;
        match disposition {
            Disposition::Taken { filled, .. } => filled,
            Disposition::Refused(Refusal::Invalid | Refusal::Unfillable | Refusal::WouldTrade) => {
                Qty(0)
            }
        }
    }

    /// What the source shows at the best opposite price, before we take from it.
    fn anonymous_at_best(&self, order: &Incoming) -> Option<(Price, Qty)> {
        let other = order.side.opposite();
        let price = self.book.best(other)?.price;
        Some((price, self.anonymous(other, price)))
    }

    /// Ends a live child that does not rest (any more).
    pub(super) fn end(&mut self, shared: &mut Shared, at: usize, kind: ReportKind, answers: u64) {
        shared.children[at].live = false;
        shared.tell(at, kind, VenueReason::None, answers);
    }

    /// A cancel arrives.
    pub(super) fn on_cancel(&mut self, shared: &mut Shared, at: usize, slice: &SliceCancel) {
        if self.on_auction_cancel(shared, at, slice) {
            return;
        }
        let Some(handle) = self.resting(shared, at) else {
            shared.tell(
                at,
                ReportKind::CancelRejected,
                VenueReason::TooLate,
                slice.sequence,
            );
            return;
        };
        self.take_out(handle);
        self.end(shared, at, ReportKind::Canceled, slice.sequence);
    }

    fn resting(&self, shared: &Shared, at: usize) -> Option<Handle> {
        let live = shared.children[at].live;
        self.book.find(Owner::Own, at as u64).filter(|_| live)
    }

    fn take_out(&mut self, handle: Handle) {
        self.book.remove(handle);
    }

    /// A replace arrives: less at the same price keeps the place, anything else joins the back of its queue and may trade.
    pub(super) fn on_replace(&mut self, shared: &mut Shared, at: usize, slice: &SliceReplace) {
        if self.on_auction_replace(shared, at, slice) {
            return;
        }
        let wanted = self.check_replace(shared, at, slice);
        let (handle, wanted) = match wanted {
            Ok(found) => found,
            Err(reason) => {
                shared.tell(at, ReportKind::ReplaceRejected, reason, slice.sequence);
                return;
            }
        };
        let order = *self.book.order(handle);
        let keeps = wanted.limit == Some(order.price) && wanted.qty <= order.qty;
        let child = &mut shared.children[at];
        child.qty = Qty(slice.qty);
        child.version = slice.version;
        if keeps {
            self.book.reduce(handle, order.qty - wanted.qty);
        } else {
            self.take_out(handle);
        }
        shared.tell(at, ReportKind::Replaced, VenueReason::None, slice.sequence);
        if !keeps {
            self.place(shared, at, wanted);
        }
    }

    fn check_replace(
        &self,
        shared: &Shared,
        at: usize,
        slice: &SliceReplace,
    ) -> Result<(Handle, Wanted), VenueReason> {
        let handle = self.resting(shared, at).ok_or(VenueReason::TooLate)?;
        let child = &shared.children[at];
        if slice.version <= child.version {
            return Err(VenueReason::Other);
        }
        let qty = self.check_qty(slice.qty)?;
        let price = self.check_price(slice.price)?;
        if slice.display_qty != 0 && slice.display_qty < slice.qty {
            return Err(VenueReason::Other);
        }
        // What filled while the replace was on its way leaves nothing of the quantity wanted.
        if qty <= child.cumulative {
            return Err(VenueReason::TooLate);
        }
        if !self.is_open(shared.now) {
            return Err(VenueReason::Halted);
        }
        let wanted = Wanted {
            limit: Some(price),
            qty: qty - child.cumulative,
            min_qty: Qty(0),
            terms: if child.post_only {
                Terms::PostOnly
            } else {
                Terms::Rest
            },
        };
        let order = self.book.order(handle);
        if price != order.price || wanted.qty > order.qty {
            self.check_match(child.side, wanted)?;
        }
        Ok((handle, wanted))
    }

    /// The session ends: day orders expire, oldest and best first, bids before asks.
    pub(super) fn on_session_end(&mut self, shared: &mut Shared) {
        for side in crate::matching::SIDES {
            let day: Vec<Handle> = self
                .book
                .own(side)
                .filter(|handle| {
                    let at = self.book.order(*handle).id as usize;
                    shared.children[at].time_in_force == TimeInForce::Day
                })
                .collect();
            for handle in day {
                let at = self.book.order(handle).id as usize;
                self.take_out(handle);
                self.end(shared, at, ReportKind::Expired, 0);
            }
        }
    }
}
