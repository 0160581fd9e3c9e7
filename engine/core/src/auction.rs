//! Auctions as an order sees them: whether it takes part, what is known of each, how much may be paired.

use crate::market::MarketState;
use crate::view::Order;
use shm_wire::auction::Auction;
use shm_wire::codes::{AuctionKind, AuctionPolicy};
use shm_wire::instrument::Instrument;
use shm_wire::market::AuctionIndicative;
use shm_wire::units::{DurationNs, Nanos, PPM_ONE, Ppm, Price, Qty};

/// Orders go out this long before their cut-off: what is published by then counts, and a refused one may be sent again.
pub const LEAD: DurationNs = DurationNs::from_secs(5);
/// Volume seen in less time than this says nothing of an auction's.
const JUDGE_FROM: DurationNs = DurationNs::from_secs(300);

/// Which auctions an order takes part in, and how far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuctionTerms {
    /// The opening auction.
    pub open: AuctionPolicy,
    /// The closing auction.
    pub close: AuctionPolicy,
    /// Scheduled auctions during the day.
    pub intraday: AuctionPolicy,
    /// Most of the paired volume that the order may be.
    pub max_share: Ppm,
    /// Market orders where the auction takes them and the order has no limit; else limit orders at the worst price allowed.
    pub market_orders: bool,
}

impl AuctionTerms {
    /// Takes part in none.
    pub const NONE: AuctionTerms = AuctionTerms {
        open: AuctionPolicy::Exclude,
        close: AuctionPolicy::Exclude,
        intraday: AuctionPolicy::Exclude,
        max_share: Ppm(0),
        market_orders: false,
    };
    /// Whether the order may take part in any auction.
    #[inline]
    #[must_use]
    pub const fn takes_part(&self) -> bool {
        self.open as u8 | self.close as u8 | self.intraday as u8 != 0
    }
    /// What holds for an auction of this kind (a code). Those that end a volatility pause or a halt are in no calendar.
    #[must_use]
    pub fn policy(&self, kind: u8) -> AuctionPolicy {
        match AuctionKind::try_from(kind) {
            Ok(AuctionKind::Open) => self.open,
            Ok(AuctionKind::Close) => self.close,
            Ok(AuctionKind::Intraday) => self.intraday,
            Ok(AuctionKind::Volatility) | Err(_) => AuctionPolicy::Exclude,
        }
    }
    /// Whether an order of these terms and that window takes part in `auction`.
    #[must_use]
    pub fn includes(&self, order: &Order, auction: &Auction) -> bool {
        self.policy(auction.kind) != AuctionPolicy::Exclude
            && order.start.0 <= auction.time
            && auction.time <= order.end.0
    }
    /// From when on its orders are not taken any more.
    #[must_use]
    pub fn cutoff(&self, auction: &Auction) -> Nanos {
        auction.order_cutoff(self.policy(auction.kind) == AuctionPolicy::ImbalanceOnly)
    }
    /// When an order for it is sent.
    #[must_use]
    pub fn send_at(&self, auction: &Auction) -> Nanos {
        self.cutoff(auction).minus(LEAD).max(Nanos(auction.from))
    }
}

/// What is known of one auction of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuctionState {
    /// Indicative price, [`Price::NONE`] before the first.
    pub price: Price,
    /// Indicative paired volume.
    pub paired: Qty,
    /// Imbalance, positive when buys exceed.
    pub imbalance: i64,
    /// Whether anything has been published.
    pub indicated: bool,
    /// Whether the cross has printed.
    pub crossed: bool,
    /// The others' volume in the cross.
    pub cross_qty: Qty,
}

impl AuctionState {
    /// Nothing known.
    pub const UNKNOWN: AuctionState = AuctionState {
        price: Price::NONE,
        paired: Qty::ZERO,
        imbalance: 0,
        indicated: false,
        crossed: false,
        cross_qty: Qty::ZERO,
    };
    /// Takes what is published.
    pub fn on_indicative(&mut self, m: &AuctionIndicative) {
        self.price = Price(m.price);
        self.paired = Qty(m.paired_qty);
        self.imbalance = m.imbalance;
        self.indicated = true;
    }
    /// Takes a print of the cross.
    pub fn on_cross(&mut self, qty: Qty) {
        self.crossed = true;
        self.cross_qty = Qty(self.cross_qty.0.saturating_add(qty.0));
    }
}

/// Part of a usual day's volume that an auction pairs, when nothing better is known, ppm: 1 % at the open, 5 % at the close, 0.5 %
/// else.
#[must_use]
pub const fn usual_part(kind: u8) -> u64 {
    if kind == AuctionKind::Open.code() {
        10_000
    } else if kind == AuctionKind::Close.code() {
        50_000
    } else {
        5_000
    }
}

/// Volume that an auction is expected to pair (`BEHAVIOUR.md` 2.3): what is published; before that its usual volume, else a
/// usual part of the usual day's volume, else of the volume so far, scaled to the session. Zero: unknown.
#[must_use]
pub fn expected(
    record: &Instrument,
    market: &MarketState,
    state: &AuctionState,
    auction: &Auction,
    now: Nanos,
) -> Qty {
    if state.indicated {
        return state.paired;
    }
    if auction.usual_qty != 0 {
        return Qty(auction.usual_qty);
    }
    let part = usual_part(auction.kind);
    let one = u64::from(PPM_ONE);
    if record.average_daily_volume != 0 {
        return Qty(record.average_daily_volume).mul_div(part, one);
    }
    let around =
        |s: &&shm_wire::instrument::Session| s.open <= auction.time && auction.time <= s.close;
    let Some(session) = record.sessions().iter().find(around) else {
        return Qty::ZERO;
    };
    let elapsed = now.since(Nanos(session.open));
    if elapsed < JUDGE_FROM {
        return Qty::ZERO;
    }
    let length = session.close - session.open;
    let day = market.volume.mul_div(length, elapsed.0.min(length));
    day.mul_div(part, one)
}

/// An auction whose orders are due, as the algorithm is asked about it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Place in the calendar.
    pub index: usize,
    /// The auction.
    pub auction: &'a Auction,
    /// How the order takes part.
    pub policy: AuctionPolicy,
    /// Volume that is expected to be paired.
    pub expected: Qty,
    /// Most of it that the order may be.
    pub most: Qty,
}

#[cfg(test)]
mod tests {
    use super::*;
    use shm_wire::instrument::Session;

    const OPEN: u64 = 1_000_000_000_000_000;
    const CLOSE: u64 = OPEN + 23_400_000_000_000;

    #[test]
    fn the_forecast_is_what_is_published_else_usual_else_a_part_of_the_day_else_of_the_day_so_far()
    {
        let mut i = Instrument::equity(0, "A", 1).unwrap();
        i.session_count = 1;
        i.sessions[0] = Session {
            open: OPEN,
            close: CLOSE,
        };
        let mut auction = Auction::us_close(Nanos(CLOSE), Qty(700));
        let mut market = MarketState::default();
        let mut state = AuctionState::UNKNOWN;
        let noon = Nanos(OPEN.midpoint(CLOSE));
        let of = |i: &Instrument, m: &MarketState, s: &AuctionState, a: &Auction, now| {
            expected(i, m, s, a, now).0
        };
        assert_eq!(of(&i, &market, &state, &auction, noon), 700);
        auction.usual_qty = 0;
        assert_eq!(of(&i, &market, &state, &auction, noon), 0);
        market.volume = Qty(10_000);
        assert_eq!(of(&i, &market, &state, &auction, noon), 1_000);
        assert_eq!(of(&i, &market, &state, &auction, Nanos(OPEN + 1)), 0);
        i.average_daily_volume = 50_000;
        assert_eq!(of(&i, &market, &state, &auction, noon), 2_500);
        state.on_indicative(&AuctionIndicative {
            paired_qty: 0,
            ..AuctionIndicative::empty()
        });
        assert_eq!(of(&i, &market, &state, &auction, noon), 0);
    }
}
