//! Auctions of the calendar: our orders wait beside the book for history's cross and take part in it.
//!
//! The historic cross is not enlarged: what we fill, somebody else of our side does not, and all our orders of a side
//! together get at most [`VenueConfig::auction_share_ppm`](super::VenueConfig::auction_share_ppm) of its volume. Market orders come first, then the better
//! limit, then the earlier order; an imbalance-only order fills against the imbalance last published, no further than that. What
//! is left after the cross expires, and so does everything when no cross prints until the auction's `until`.

use shm_wire::auction::{
    AUCTION_IMBALANCE_ONLY, AUCTION_LIMIT, AUCTION_MARKET, AUCTIONS_MAX, Auction,
};
use shm_wire::codes::{AuctionKind, BookSide, OrderType, ReportKind, TimeInForce, VenueReason};
use shm_wire::market::{AuctionIndicative, Trade, condition};
use shm_wire::slice::{
    SLICE_AUCTION, SLICE_IMBALANCE_ONLY, SLICE_POST_ONLY, SliceCancel, SliceNew, SliceReplace,
};
use shm_wire::units::{PPM_ONE, Price, Qty};

use super::children::{OwnFill, RESTED, Shared};
use super::market::{Market, Print};
use crate::matching::SIDES;
use crate::matching::book::rank;

/// Conditions of an auction print that is no cross of its own.
const NO_CROSS: u32 = condition::OFFICIAL_OPEN
    | condition::OFFICIAL_CLOSE
    | condition::AVERAGE_PRICE
    | condition::DERIVATIVE
    | condition::SUSPICIOUS
    | condition::OFF_EXCHANGE
    | condition::OWN;

/// One order of ours that waits for a cross.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// Place in the table of children.
    at: usize,
    /// Place in the calendar.
    auction: usize,
    /// `None`: a market order.
    limit: Option<Price>,
    left: Qty,
    imbalance_only: bool,
}

/// What a market keeps for its auctions.
#[derive(Debug, Default)]
pub(super) struct Auctions {
    waiting: Vec<Waiting>,
    over: [bool; AUCTIONS_MAX],
    /// Imbalance last published, positive when buys exceed.
    imbalance: [i64; AUCTIONS_MAX],
}

impl Auctions {
    /// Whether an order of ours waits for this auction.
    pub(super) fn is_waited_for(&self, auction: usize) -> bool {
        self.waiting.iter().any(|w| w.auction == auction)
    }
    fn find(&self, at: usize) -> Option<usize> {
        self.waiting.iter().position(|w| w.at == at)
    }
}

/// The kind of auction a time in force asks for.
pub(super) fn kind_of(in_force: TimeInForce) -> Option<AuctionKind> {
    match in_force {
        TimeInForce::Open => Some(AuctionKind::Open),
        TimeInForce::Close => Some(AuctionKind::Close),
        TimeInForce::Auction => Some(AuctionKind::Intraday),
        TimeInForce::Day | TimeInForce::Gtc | TimeInForce::Ioc | TimeInForce::Fok => None,
    }
}

impl Market {
    /// The next auction of a kind that is not over, with its place in the calendar.
    fn auction_ahead(&self, kind: u8) -> Option<(usize, &Auction)> {
        let over = &self.auctions.over;
        let mut all = self.instrument.auctions().iter().enumerate();
        all.find(|(i, a)| a.kind == kind && !over[*i])
    }

    /// A new order for an auction: checked, then it waits.
    pub(super) fn on_new_at_auction(
        &mut self,
        shared: &mut Shared,
        at: usize,
        kind: AuctionKind,
        slice: &SliceNew,
    ) {
        match self.check_auction(shared, kind, at, slice) {
            Err(reason) => shared.tell(at, ReportKind::Rejected, reason, slice.sequence),
            Ok(order) => {
                shared.children[at].live = true;
                shared.stats.auction_orders += 1;
                shared.tell(at, ReportKind::Ack, VenueReason::None, slice.sequence);
                self.auctions.waiting.push(order);
            }
        }
    }

    fn check_auction(
        &self,
        shared: &mut Shared,
        kind: AuctionKind,
        at: usize,
        slice: &SliceNew,
    ) -> Result<Waiting, VenueReason> {
        let plain = slice.flags & SLICE_AUCTION != 0
            && slice.flags & SLICE_POST_ONLY == 0
            && slice.peg == shm_wire::codes::PegType::None.code()
            && (slice.display_qty == 0 || slice.display_qty >= slice.qty)
            && slice.min_qty == 0;
        let order_type = OrderType::try_from(slice.order_type).map_err(|_| VenueReason::Other)?;
        let (place, auction) = self
            .auction_ahead(kind.code())
            .filter(|_| plain)
            .ok_or(VenueReason::Other)?;
        let imbalance_only = slice.flags & SLICE_IMBALANCE_ONLY != 0;
        let needs = match order_type {
            OrderType::Market => AUCTION_MARKET,
            OrderType::Limit => AUCTION_LIMIT,
        };
        if !auction.offers(needs) || (imbalance_only && !auction.offers(AUCTION_IMBALANCE_ONLY)) {
            return Err(VenueReason::Other);
        }
        if shared.now.0 < auction.from {
            return Err(VenueReason::Halted);
        }
        if shared.now >= auction.order_cutoff(imbalance_only) {
            return Err(VenueReason::TooLate);
        }
        let left = self.check_qty(slice.qty)?;
        let limit = match order_type {
            OrderType::Market => None,
            OrderType::Limit => Some(self.check_price(slice.price)?),
        };
        if shared.rejects_at_random() {
            return Err(VenueReason::Other);
        }
        Ok(Waiting {
            at,
            auction: place,
            limit,
            left,
            imbalance_only,
        })
    }

    /// A cancel of an order that waits for an auction; `false` when the child does not.
    pub(super) fn on_auction_cancel(
        &mut self,
        shared: &mut Shared,
        at: usize,
        slice: &SliceCancel,
    ) -> bool {
        let Some(place) = self.auctions.find(at) else {
            return false;
        };
        let auction = &self.instrument.auctions()[self.auctions.waiting[place].auction];
        if shared.now.0 >= auction.cancel_cutoff {
            let (kind, reason) = (ReportKind::CancelRejected, VenueReason::TooLate);
            shared.tell(at, kind, reason, slice.sequence);
        } else {
            self.auctions.waiting.remove(place);
            self.end(shared, at, ReportKind::Canceled, slice.sequence);
        }
        true
    }

    /// A replace of an order that waits for an auction; `false` when the child does not.
    pub(super) fn on_auction_replace(
        &mut self,
        shared: &mut Shared,
        at: usize,
        slice: &SliceReplace,
    ) -> bool {
        let Some(place) = self.auctions.find(at) else {
            return false;
        };
        match self.check_auction_replace(shared, place, slice) {
            Err(reason) => shared.tell(at, ReportKind::ReplaceRejected, reason, slice.sequence),
            Ok((limit, qty)) => {
                let waiting = &mut self.auctions.waiting[place];
                (waiting.limit, waiting.left) = (limit, qty);
                let child = &mut shared.children[at];
                (child.qty, child.version) = (qty, slice.version);
                shared.tell(at, ReportKind::Replaced, VenueReason::None, slice.sequence);
            }
        }
        true
    }

    fn check_auction_replace(
        &self,
        shared: &Shared,
        place: usize,
        slice: &SliceReplace,
    ) -> Result<(Option<Price>, Qty), VenueReason> {
        let waiting = &self.auctions.waiting[place];
        let auction = &self.instrument.auctions()[waiting.auction];
        if shared.now.0 >= auction.cancel_cutoff
            || shared.now >= auction.order_cutoff(waiting.imbalance_only)
        {
            return Err(VenueReason::TooLate);
        }
        if slice.version <= shared.children[waiting.at].version {
            return Err(VenueReason::Other);
        }
        let qty = self.check_qty(slice.qty)?;
        let limit = match waiting.limit {
            None => None,
            Some(_) => Some(self.check_price(slice.price)?),
        };
        Ok((limit, qty))
    }

    /// Remembers what is published of an auction.
    pub(super) fn on_indicative(&mut self, m: &AuctionIndicative) {
        if let Some((place, _)) = self.auction_ahead(m.auction) {
            self.auctions.imbalance[place] = m.imbalance;
        }
    }

    /// A print of an auction: if it is the cross of one in the calendar, our orders take part. Returns what they filled, which is
    /// printed as ours already.
    pub(super) fn cross(
        &mut self,
        shared: &mut Shared,
        trade: &Trade,
        price: Price,
        qty: Qty,
    ) -> Qty {
        if trade.conditions & NO_CROSS != 0 {
            return Qty(0);
        }
        let over = self.auctions.over;
        let found = self
            .instrument
            .auctions()
            .iter()
            .enumerate()
            .find(|(i, a)| !over[*i] && a.may_cross(shared.now, trade.venue));
        let Some((place, _)) = found else {
            return Qty(0);
        };
        self.auctions.over[place] = true;
        shared.stats.auctions_crossed += 1;
        let mut filled = Qty(0);
        for side in SIDES {
            filled += self.fill_in_cross(shared, place, side, price, qty);
        }
        self.expire_auction(shared, place);
        filled
    }

    fn fill_in_cross(
        &mut self,
        shared: &mut Shared,
        place: usize,
        side: BookSide,
        price: Price,
        qty: Qty,
    ) -> Qty {
        let share = shared.config.auction_share_ppm.min(PPM_ONE / 2);
        let mut room = qty.mul_div(u64::from(share), u64::from(PPM_ONE));
        // A buy goes against sells that exceed, a sale against buys.
        let against = self.auctions.imbalance[place];
        let mut excess = Qty(match side {
            BookSide::Bid => against.min(0).unsigned_abs(),
            BookSide::Ask => against.max(0).unsigned_abs(),
        });
        let mut filled = Qty(0);
        while let Some(next) = self.next_in_cross(shared, place, side, price) {
            let waiting = &mut self.auctions.waiting[next];
            let most = if waiting.imbalance_only {
                room.min(excess)
            } else {
                room
            };
            let fill = self.instrument.floor_lots(waiting.left.min(most));
            let (at, whole) = (waiting.at, waiting.imbalance_only);
            waiting.left = Qty(0);
            if fill.is_zero() {
                continue;
            }
            room -= fill;
            if whole {
                excess -= fill;
            }
            filled += fill;
            shared.stats.auction_filled_qty += fill.0;
            let liquidity = RESTED;
            let own = OwnFill {
                qty: fill,
                price,
                liquidity,
            };
            shared.fill(at, own);
            let print = Print {
                side,
                price,
                qty: fill,
                conditions: condition::OWN | condition::AUCTION,
                venue: shared.config.venue,
            };
            self.publish_print(shared, print);
        }
        filled
    }

    /// The order of a side that comes first in a cross at `price` and has not been looked at.
    fn next_in_cross(
        &self,
        shared: &Shared,
        place: usize,
        side: BookSide,
        price: Price,
    ) -> Option<usize> {
        let waiting = self.auctions.waiting.iter().enumerate();
        waiting
            .filter(|(_, w)| {
                w.auction == place && shared.children[w.at].side == side && !w.left.is_zero()
            })
            .filter(|(_, w)| w.limit.is_none_or(|l| rank(side, l) <= rank(side, price)))
            .min_by_key(|(i, w)| (w.limit.is_some(), w.limit.map(|l| rank(side, l)), *i))
            .map(|(i, _)| i)
    }

    /// Ends an auction: what of our orders has not filled expires.
    pub(super) fn expire_auction(&mut self, shared: &mut Shared, place: usize) {
        self.auctions.over[place] = true;
        let waiting = core::mem::take(&mut self.auctions.waiting);
        for order in waiting {
            if order.auction != place {
                self.auctions.waiting.push(order);
            } else if shared.children[order.at].live {
                shared.stats.auction_expired += 1;
                self.end(shared, order.at, ReportKind::Expired, 0);
            }
        }
    }
}
