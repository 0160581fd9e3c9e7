//! What the engine knows of one instrument's market.

use shm_wire::codes::TradingStatus;
use shm_wire::market::{Quote, Trade, condition};
use shm_wire::units::{Nanos, Price, Qty};

/// Weight of the newest value in the running averages: 1/64.
const AVERAGE_SHIFT: u32 = 6;
/// A spread above this multiple of its average is abnormal (`BEHAVIOUR.md` 2.3).
const SPREAD_ABNORMAL_FACTOR: i64 = 10;
/// Good quotes that end an abnormal book.
const GOOD_QUOTES_TO_RECOVER: u8 = 5;

/// Market state of one instrument: touch, last trade, cumulative volume, averages, status.
#[derive(Clone, Copy, Debug)]
pub struct MarketState {
    /// Best bid, [`Price::NONE`] when empty.
    pub bid: Price,
    /// Best ask, [`Price::NONE`] when empty.
    pub ask: Price,
    /// Quantity at the best bid.
    pub bid_qty: Qty,
    /// Quantity at the best ask.
    pub ask_qty: Qty,
    /// Time of the last quote.
    pub quote_time: Nanos,
    /// Last eligible trade's price, [`Price::NONE`] before the first.
    pub last: Price,
    /// Last eligible trade's quantity.
    pub last_qty: Qty,
    /// The others' eligible volume since the start of the run.
    pub volume: Qty,
    /// The part of it that was traded in blocks; zero while no order leaves them out.
    pub block_volume: Qty,
    /// Price x quantity of that volume, 1e-9 per step.
    pub turnover: i128,
    /// Average spread in 1e-9 x 64 (fixed point).
    spread_average: i64,
    /// Average absolute change of the mid between quotes in 1e-9 x 64 (fixed point).
    move_average: i64,
    /// Last valid mid, [`Price::NONE`] before the first valid quote.
    pub mid: Price,
    /// Trading status.
    pub status: TradingStatus,
    /// `AuctionKind` code of the auction that the status speaks of, else 0.
    pub auction: u8,
    /// Lower price band, [`Price::NONE`] for none.
    pub band_lower: Price,
    /// Upper price band, [`Price::NONE`] for none.
    pub band_upper: Price,
    /// Short-sale restriction in force.
    pub short_sale_restricted: bool,
    /// Last feed sequence, 0 before the first.
    pub sequence: u32,
    /// A gap was seen and no quote has come since, or the feed is lost.
    pub stale: bool,
    /// Good quotes still needed after an unusable book.
    recover: u8,
}

/// How a feed sequence follows the last one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Continuity {
    /// The next one, or the first.
    Next,
    /// Seen before.
    Old,
    /// Some are missing.
    Gap,
}

impl Default for MarketState {
    fn default() -> Self {
        MarketState {
            bid: Price::NONE,
            ask: Price::NONE,
            bid_qty: Qty::ZERO,
            ask_qty: Qty::ZERO,
            quote_time: Nanos(0),
            last: Price::NONE,
            last_qty: Qty::ZERO,
            volume: Qty::ZERO,
            block_volume: Qty::ZERO,
            turnover: 0,
            spread_average: 0,
            move_average: 0,
            mid: Price::NONE,
            status: TradingStatus::Continuous,
            auction: 0,
            band_lower: Price::NONE,
            band_upper: Price::NONE,
            short_sale_restricted: false,
            sequence: 0,
            stale: false,
            recover: 0,
        }
    }
}

impl MarketState {
    /// Takes the next feed sequence. A gap makes the instrument stale until a quote arrives.
    #[inline]
    pub fn advance(&mut self, sequence: u32) -> Continuity {
        let last = self.sequence;
        if last != 0 && sequence != 0 {
            let ahead = sequence.wrapping_sub(last);
            if ahead == 0 || ahead > u32::MAX / 2 {
                return Continuity::Old;
            }
            self.sequence = sequence;
            if ahead > 1 {
                self.stale = true;
                return Continuity::Gap;
            }
        } else if sequence != 0 {
            self.sequence = sequence;
        }
        Continuity::Next
    }

    /// Takes a quote whose fields the decoder has bounded.
    #[inline]
    pub fn on_quote(&mut self, q: &Quote) {
        self.bid = if q.bid_qty == 0 {
            Price::NONE
        } else {
            Price(q.bid_price)
        };
        self.ask = if q.ask_qty == 0 {
            Price::NONE
        } else {
            Price(q.ask_price)
        };
        self.bid_qty = if self.bid.is_some() {
            Qty(q.bid_qty)
        } else {
            Qty::ZERO
        };
        self.ask_qty = if self.ask.is_some() {
            Qty(q.ask_qty)
        } else {
            Qty::ZERO
        };
        self.quote_time = Nanos(q.time);
        self.stale = false;
        if !(self.bid.is_some() && self.ask.is_some()) {
            // An empty side is often our own doing: we took the whole touch. It is unusable now, and good again
            // with the next two-sided quote.
            return;
        }
        if self.bid >= self.ask {
            self.recover = GOOD_QUOTES_TO_RECOVER;
            return;
        }
        let spread = self.ask.0 - self.bid.0;
        if self.spread_average == 0 {
            self.spread_average = spread << AVERAGE_SHIFT;
        } else if spread
            > (self.spread_average >> AVERAGE_SHIFT).saturating_mul(SPREAD_ABNORMAL_FACTOR)
        {
            self.recover = GOOD_QUOTES_TO_RECOVER;
        } else {
            self.recover = self.recover.saturating_sub(1);
        }
        self.spread_average += spread - (self.spread_average >> AVERAGE_SHIFT);
        let mid = self.bid.mid(self.ask);
        if self.mid.is_some() {
            let moved = (mid.0 - self.mid.0).abs();
            self.move_average += moved - (self.move_average >> AVERAGE_SHIFT);
        }
        self.mid = mid;
    }

    /// Takes a print; returns whether it counts as the others' eligible volume.
    #[inline]
    pub fn on_trade(&mut self, t: &Trade) -> bool {
        if t.conditions & condition::INELIGIBLE != 0 {
            return false;
        }
        self.last = Price(t.price);
        self.last_qty = Qty(t.qty);
        self.volume = Qty(self.volume.0.saturating_add(t.qty));
        self.turnover = self
            .turnover
            .saturating_add(i128::from(t.price) * i128::from(t.qty));
        true
    }

    /// Whether both sides are there and uncrossed, the spread is not abnormal, and it has stayed so for a few quotes.
    #[inline]
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.stale
            && self.recover == 0
            && self.bid.is_some()
            && self.ask.is_some()
            && self.bid < self.ask
    }
    /// Spread, zero when a side is missing.
    #[inline]
    #[must_use]
    pub fn spread(&self) -> i64 {
        if self.bid.is_some() && self.ask.is_some() {
            self.ask.0 - self.bid.0
        } else {
            0
        }
    }
    /// Running average of the spread, 1e-9.
    #[must_use]
    pub fn average_spread(&self) -> i64 {
        self.spread_average >> AVERAGE_SHIFT
    }
    /// Running average of the absolute change of the mid from quote to quote, 1e-9: a volatility measure.
    #[must_use]
    pub fn average_move(&self) -> i64 {
        self.move_average >> AVERAGE_SHIFT
    }
    /// Price that the collar is measured from: mid, else last trade.
    #[must_use]
    pub fn reference(&self) -> Price {
        if self.mid.is_some() {
            self.mid
        } else {
            self.last
        }
    }
    /// Average price of the others' eligible prints of the run, rounded down; [`Price::NONE`] before the first.
    #[must_use]
    pub fn average_price(&self) -> Price {
        if self.volume.is_zero() {
            return Price::NONE;
        }
        let average = self.turnover.div_euclid(i128::from(self.volume.0));
        i64::try_from(average).map_or(Price::NONE, Price)
    }
    /// Own side of the touch: bid for a buy, ask for a sale.
    #[inline]
    #[must_use]
    pub fn near(&self, buy: bool) -> Price {
        if buy { self.bid } else { self.ask }
    }
    /// Other side of the touch: ask for a buy, bid for a sale.
    #[inline]
    #[must_use]
    pub fn far(&self, buy: bool) -> Price {
        if buy { self.ask } else { self.bid }
    }
    /// Quantity at the other side of the touch.
    #[inline]
    #[must_use]
    pub fn far_qty(&self, buy: bool) -> Qty {
        if buy { self.ask_qty } else { self.bid_qty }
    }
    /// Whether continuous trading goes on.
    #[inline]
    #[must_use]
    pub fn is_continuous(&self) -> bool {
        matches!(self.status, TradingStatus::Continuous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(bid: i64, ask: i64) -> Quote {
        Quote {
            bid_price: bid,
            ask_price: ask,
            bid_qty: 100,
            ask_qty: 100,
            ..Quote::empty()
        }
    }

    #[test]
    fn a_gap_is_stale_until_the_next_quote_and_old_messages_change_nothing() {
        let mut m = MarketState::default();
        assert_eq!(m.advance(7), Continuity::Next);
        assert_eq!(m.advance(8), Continuity::Next);
        assert_eq!(m.advance(8), Continuity::Old);
        assert_eq!(m.advance(11), Continuity::Gap);
        assert!(m.stale);
        m.on_quote(&quote(100, 102));
        assert!(!m.stale && m.is_usable());
        m.sequence = u32::MAX;
        assert_eq!(m.advance(1), Continuity::Gap, "wraps past zero");
    }

    #[test]
    fn a_crossed_book_needs_five_good_quotes_and_a_one_sided_one_the_other_side() {
        let mut m = MarketState::default();
        m.on_quote(&quote(100, 102));
        assert!(m.is_usable());
        m.on_quote(&quote(103, 102));
        assert!(!m.is_usable());
        for left in (0..5).rev() {
            m.on_quote(&quote(100, 102));
            assert_eq!(m.is_usable(), left == 0);
        }
        m.on_quote(&Quote {
            ask_qty: 0,
            ..quote(100, 102)
        });
        assert!(!m.is_usable());
        m.on_quote(&quote(100, 102));
        assert!(m.is_usable());
    }

    #[test]
    fn ineligible_and_own_prints_are_not_the_others_volume() {
        let mut m = MarketState::default();
        let mut t = Trade {
            price: 10,
            qty: 5,
            ..Trade::empty()
        };
        assert!(m.on_trade(&t));
        t.conditions = condition::OWN;
        assert!(!m.on_trade(&t));
        t.conditions = condition::OFF_EXCHANGE | condition::HIDDEN;
        assert!(m.on_trade(&t));
        assert_eq!((m.volume, m.turnover), (Qty(10), 100));
    }
}
