//! The auctions of an instrument's calendar: when orders are taken, when they may be taken back, when the cross is.
//!
//! ```text
//!   from ──── orders ────▶ cutoff ── imbalance-only orders ─▶ imbalance_cutoff ──▶ time ── the cross prints ──▶ until
//!    └────── cancels ─────▶ cancel_cutoff
//! ```

use crate::codes::AuctionKind;
use crate::units::{DurationNs, Nanos, Qty};

/// Auctions of an instrument.
pub const AUCTIONS_MAX: usize = 4;

/// Flag of an auction: market orders are taken.
pub const AUCTION_MARKET: u8 = 1;
/// Flag of an auction: limit orders are taken.
pub const AUCTION_LIMIT: u8 = 1 << 1;
/// Flag of an auction: orders against an imbalance are taken.
pub const AUCTION_IMBALANCE_ONLY: u8 = 1 << 2;

part! {
    derive(Default);
    /// One auction of the calendar.
    Auction {
        /// Orders are taken from here on, ns UTC.
        from: u64,
        /// No order is taken from here on, ns UTC.
        cutoff: u64,
        /// No imbalance-only order is taken from here on, ns UTC; `cutoff` where none is offered.
        imbalance_cutoff: u64,
        /// No order may be taken back or changed from here on, ns UTC.
        cancel_cutoff: u64,
        /// Scheduled cross, ns UTC.
        time: u64,
        /// No cross is expected from here on, ns UTC: orders expire.
        until: u64,
        /// Volume that is usually paired, steps; 0 = unknown.
        usual_qty: u64,
        /// Venue whose print is the cross; 0 = any.
        venue: u16,
        /// `AuctionKind` code: open, close or intraday.
        kind: u8,
        /// Bits AUCTION_*.
        flags: u8,
        /// Zero.
        reserved: u32,
    }
}

impl Auction {
    /// A US stock's opening auction at `time`: orders and cancels until two minutes before it, market and limit orders, the
    /// print within 15 minutes.
    #[must_use]
    pub const fn us_open(time: Nanos, usual: Qty) -> Auction {
        let cutoff = time.minus(DurationNs::from_secs(120)).0;
        Auction {
            from: time.minus(DurationNs::from_secs(3 * 3_600)).0,
            cutoff,
            imbalance_cutoff: cutoff,
            cancel_cutoff: cutoff,
            time: time.0,
            until: time.plus(DurationNs::from_secs(900)).0,
            usual_qty: usual.0,
            venue: 0,
            kind: AuctionKind::Open.code(),
            flags: AUCTION_MARKET | AUCTION_LIMIT,
            reserved: 0,
        }
    }
    /// A US stock's closing auction at `time`: orders and cancels until ten minutes before it, imbalance-only orders until ten
    /// seconds before, the print within ten minutes.
    #[must_use]
    pub const fn us_close(time: Nanos, usual: Qty) -> Auction {
        let cutoff = time.minus(DurationNs::from_secs(600)).0;
        Auction {
            from: time.minus(DurationNs::from_secs(9 * 3_600)).0,
            cutoff,
            imbalance_cutoff: time.minus(DurationNs::from_secs(10)).0,
            cancel_cutoff: cutoff,
            time: time.0,
            until: time.plus(DurationNs::from_secs(600)).0,
            usual_qty: usual.0,
            venue: 0,
            kind: AuctionKind::Close.code(),
            flags: AUCTION_MARKET | AUCTION_LIMIT | AUCTION_IMBALANCE_ONLY,
            reserved: 0,
        }
    }
    /// Whether orders of this kind are offered: bits AUCTION_*.
    #[inline]
    #[must_use]
    pub const fn offers(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
    /// No order of this sort is taken from here on.
    #[inline]
    #[must_use]
    pub const fn order_cutoff(&self, imbalance_only: bool) -> Nanos {
        Nanos(if imbalance_only {
            self.imbalance_cutoff
        } else {
            self.cutoff
        })
    }
    /// Whether a print of `venue` at `time` can be this auction's cross.
    #[inline]
    #[must_use]
    pub const fn may_cross(&self, time: Nanos, venue: u16) -> bool {
        time.0 >= self.time
            && time.0 < self.until
            && (self.venue == 0 || venue == 0 || self.venue == venue)
    }
    /// The first rule that this auction breaks.
    pub(crate) fn broken(&self) -> Option<&'static str> {
        let kinds = [AuctionKind::Open, AuctionKind::Close, AuctionKind::Intraday];
        let known = AUCTION_MARKET | AUCTION_LIMIT | AUCTION_IMBALANCE_ONLY;
        if !kinds.iter().any(|k| k.code() == self.kind) {
            return Some("an auction opens, closes or lies inside the day");
        }
        if self.flags == 0 || self.flags & !known != 0 {
            return Some("an auction takes market, limit or imbalance-only orders");
        }
        if self.from >= self.cutoff
            || self.cutoff > self.imbalance_cutoff
            || self.imbalance_cutoff > self.time
            || self.cancel_cutoff > self.time
            || self.time >= self.until
        {
            return Some(
                "from < cutoff <= imbalance_cutoff <= time < until, cancel_cutoff <= time",
            );
        }
        (self.usual_qty > Qty::BOUND).then_some("the usual volume is at most 2^48 steps")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_us_auctions_keep_their_own_rules_and_stop_taking_orders_in_time() {
        let noon = Nanos(1_000_000_000_000_000_000);
        for auction in [
            Auction::us_open(noon, Qty(5)),
            Auction::us_close(noon, Qty(5)),
        ] {
            assert_eq!(auction.broken(), None);
            assert!(auction.offers(AUCTION_LIMIT) && auction.order_cutoff(false) < noon);
            assert!(auction.order_cutoff(true) >= auction.order_cutoff(false));
        }
        assert!(!Auction::us_open(noon, Qty(5)).offers(AUCTION_IMBALANCE_ONLY));
    }

    #[test]
    fn a_cross_is_a_print_of_its_venue_in_its_time() {
        let mut a = Auction::us_close(Nanos(1_000_000_000_000_000), Qty(0));
        assert!(a.may_cross(Nanos(a.time), 17) && !a.may_cross(Nanos(a.time - 1), 17));
        assert!(!a.may_cross(Nanos(a.until), 17));
        a.venue = 14;
        assert!(!a.may_cross(Nanos(a.time), 17) && a.may_cross(Nanos(a.time), 14));
    }

    #[test]
    fn a_broken_order_of_times_is_named() {
        let good = Auction::us_close(Nanos(1_000_000_000_000_000), Qty(0));
        let breaks: [fn(&mut Auction); 7] = [
            |a| a.from = a.cutoff,
            |a| a.imbalance_cutoff = a.cutoff - 1,
            |a| a.imbalance_cutoff = a.time + 1,
            |a| a.cancel_cutoff = a.time + 1,
            |a| a.until = a.time,
            |a| a.kind = AuctionKind::Volatility.code(),
            |a| a.flags = 8,
        ];
        for change in breaks {
            let mut a = good;
            change(&mut a);
            assert!(a.broken().is_some(), "{a:?}");
        }
    }
}
