//! The instrument table: one fixed record each, in a market file's header and in the engine's configuration.

use crate::auction::{AUCTIONS_MAX, Auction};
use crate::codes::AuctionKind;
use crate::units::{Nanos, Price, Qty};

/// Bands of a tick table.
pub const TICK_BANDS_MAX: usize = 8;
/// Sessions of an instrument.
pub const SESSIONS_MAX: usize = 4;

/// Flag: volume is consolidated, so participation means something.
pub const INSTRUMENT_CONSOLIDATED_VOLUME: u32 = 1;
/// Flag: quantities that are no multiple of the lot are allowed.
pub const INSTRUMENT_ODD_LOTS: u32 = 1 << 1;
/// Flag: prices may be negative.
pub const INSTRUMENT_NEGATIVE_PRICES: u32 = 1 << 2;

part! {
    derive(Default);
    /// From this price on, this tick.
    TickBand {
        /// Lowest price of the band, 1e-9.
        from: i64,
        /// Tick, 1e-9, positive.
        tick: i64,
    }
}

part! {
    derive(Default);
    /// One trading session.
    Session {
        /// First instant, ns UTC.
        open: u64,
        /// End, ns UTC, exclusive.
        close: u64,
    }
}

/// Which way to round a price to a tick.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Round {
    /// Towards lower prices.
    Down,
    /// Towards higher prices.
    Up,
}

part! {
    derive();
    /// Everything the engine knows of an instrument beforehand.
    Instrument {
        /// Symbol: printable ASCII, padded with zeros.
        symbol: [u8; 32],
        /// Quote currency, ISO 4217, padded with zeros.
        currency: [u8; 8],
        /// Time zone of the venue, IANA name, padded with zeros.
        zone: [u8; 32],
        /// Dense index.
        id: u32,
        /// Bits INSTRUMENT_*.
        flags: u32,
        /// What one quantity step is, in 1e-9 units of the instrument (1 share = 1e9).
        qty_step: i64,
        /// Lot, steps.
        lot: u64,
        /// Least order quantity of the venue, steps.
        min_qty: u64,
        /// Money of one step at price one, 1e-9: quantity step times contract multiplier.
        value_per_step: i64,
        /// Average daily volume, steps; 0 = unknown.
        average_daily_volume: u64,
        /// Quote older than this is stale, ms; 0 = rule off.
        stale_ms: u32,
        /// Engine shard.
        shard: u16,
        /// Bands in use.
        tick_band_count: u8,
        /// Sessions in use.
        session_count: u8,
        /// Tick table, ascending by `from`.
        tick_bands: [TickBand; TICK_BANDS_MAX],
        /// Sessions, ascending, not overlapping.
        sessions: [Session; SESSIONS_MAX],
        /// Auctions in use.
        auction_count: u8,
        /// Zero.
        reserved: [u8; 7],
        /// Auctions, ascending by the time of the cross.
        auctions: [Auction; AUCTIONS_MAX],
    }
}

impl Instrument {
    /// A US-style equity: one currency unit = 100 ticks, lot and minimum as given, no session yet.
    ///
    /// `None` when the symbol is empty, longer than 32 bytes or not printable ASCII.
    #[must_use]
    pub fn equity(id: u32, symbol: &str, lot: u64) -> Option<Instrument> {
        let mut i: Instrument = bytemuck::Zeroable::zeroed();
        i.id = id;
        i.symbol = text_field(symbol)?;
        i.currency = text_field("USD")?;
        i.zone = text_field("America/New_York")?;
        i.flags = INSTRUMENT_CONSOLIDATED_VOLUME;
        i.qty_step = Price::SCALE;
        i.lot = lot;
        i.min_qty = lot;
        i.value_per_step = Price::SCALE;
        i.tick_band_count = 1;
        i.tick_bands[0] = TickBand {
            from: 0,
            tick: Price::SCALE / 100,
        };
        Some(i)
    }

    /// Symbol as text.
    #[must_use]
    pub fn symbol(&self) -> &str {
        field_text(&self.symbol)
    }
    /// Currency as text.
    #[must_use]
    pub fn currency(&self) -> &str {
        field_text(&self.currency)
    }
    /// Zone name as text.
    #[must_use]
    pub fn zone(&self) -> &str {
        field_text(&self.zone)
    }

    /// Tick at `price`: the last band that starts at or below it, the first band below all.
    #[inline]
    #[must_use]
    pub fn tick_at(&self, price: Price) -> i64 {
        let bands = &self.tick_bands[..(self.tick_band_count as usize).min(TICK_BANDS_MAX)];
        let mut tick = bands.first().map_or(1, |b| b.tick);
        for band in bands {
            if price.0 >= band.from {
                tick = band.tick;
            }
        }
        tick.max(1)
    }
    /// Whether `price` lies on its tick.
    #[inline]
    #[must_use]
    pub fn on_tick(&self, price: Price) -> bool {
        price.0.rem_euclid(self.tick_at(price)) == 0
    }
    /// `price` on its tick, rounded the given way.
    #[inline]
    #[must_use]
    pub fn round_to_tick(&self, price: Price, way: Round) -> Price {
        let tick = self.tick_at(price);
        let down = price.0.div_euclid(tick) * tick;
        match way {
            Round::Down => Price(down),
            Round::Up if down == price.0 => price,
            Round::Up => Price(down.saturating_add(tick)),
        }
    }
    /// Largest whole lots at or below `qty`; whole steps where odd lots are allowed.
    #[inline]
    #[must_use]
    pub fn floor_lots(&self, qty: Qty) -> Qty {
        if self.flags & INSTRUMENT_ODD_LOTS != 0 {
            qty
        } else {
            qty.floor_to(Qty(self.lot))
        }
    }
    /// The granularity of quantities: one lot, or one step where odd lots are allowed.
    #[inline]
    #[must_use]
    pub fn granule(&self) -> Qty {
        if self.flags & INSTRUMENT_ODD_LOTS != 0 {
            Qty(1)
        } else {
            Qty(self.lot.max(1))
        }
    }
    /// The session that holds `time`, if any.
    #[must_use]
    pub fn session_at(&self, time: Nanos) -> Option<Session> {
        self.sessions()
            .iter()
            .copied()
            .find(|s| time.0 >= s.open && time.0 < s.close)
    }
    /// The session that holds `time`, else the next one after it.
    #[must_use]
    pub fn session_at_or_after(&self, time: Nanos) -> Option<Session> {
        self.sessions().iter().copied().find(|s| time.0 < s.close)
    }
    /// Sessions in use.
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        &self.sessions[..(self.session_count as usize).min(SESSIONS_MAX)]
    }
    /// Auctions in use.
    #[inline]
    #[must_use]
    pub fn auctions(&self) -> &[Auction] {
        &self.auctions[..(self.auction_count as usize).min(AUCTIONS_MAX)]
    }
    /// The auction of `kind` whose cross is at or after `from`, with its place in the table.
    #[must_use]
    pub fn auction_after(&self, kind: AuctionKind, from: Nanos) -> Option<(usize, &Auction)> {
        self.auctions()
            .iter()
            .enumerate()
            .find(|(_, a)| a.kind == kind.code() && a.time >= from.0)
    }
    /// Adds an auction behind the others; `false` when the table is full.
    pub fn add_auction(&mut self, auction: Auction) -> bool {
        let count = self.auctions().len();
        let Some(place) = self.auctions.get_mut(count) else {
            return false;
        };
        *place = auction;
        self.auction_count += 1;
        true
    }
    /// The first rule this record breaks, as (field, rule).
    #[must_use]
    pub fn check(&self) -> Option<(&'static str, &'static str)> {
        if self.symbol().is_empty() {
            return Some(("symbol", "must be 1 to 32 printable ASCII characters"));
        }
        if self.qty_step <= 0 || self.value_per_step <= 0 {
            return Some((
                "qty_step",
                "quantity step and value per step must be positive",
            ));
        }
        if self.lot == 0 || self.lot > Qty::BOUND || self.min_qty > Qty::BOUND {
            return Some((
                "lot",
                "lot must be at least 1 and lot and minimum at most 2^48 steps",
            ));
        }
        let bands = self.tick_band_count as usize;
        if bands == 0 || bands > TICK_BANDS_MAX {
            return Some(("tick_bands", "1 to 8 bands"));
        }
        if self.tick_bands[..bands].iter().any(|b| b.tick <= 0)
            || self.tick_bands[..bands]
                .windows(2)
                .any(|w| w[0].from >= w[1].from)
        {
            return Some(("tick_bands", "ticks must be positive and bands ascend"));
        }
        if self.session_count as usize > SESSIONS_MAX {
            return Some(("sessions", "at most 4 sessions"));
        }
        let sessions = self.sessions();
        if sessions.iter().any(|s| s.open >= s.close)
            || sessions.windows(2).any(|w| w[0].close > w[1].open)
        {
            return Some((
                "sessions",
                "sessions must open before they close and must not overlap",
            ));
        }
        if self.auction_count as usize > AUCTIONS_MAX {
            return Some(("auctions", "at most 4 auctions"));
        }
        let auctions = self.auctions();
        if let Some(rule) = auctions.iter().find_map(Auction::broken) {
            return Some(("auctions", rule));
        }
        if auctions.windows(2).any(|w| w[0].time >= w[1].time) {
            return Some(("auctions", "auctions ascend by the time of the cross"));
        }
        None
    }
}

/// `text` as a fixed field padded with zeros, when it fits and is printable ASCII.
#[must_use]
pub fn text_field<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > N || !bytes.iter().all(|b| (0x20..0x7f).contains(b)) {
        return None;
    }
    let mut field = [0; N];
    field[..bytes.len()].copy_from_slice(bytes);
    Some(field)
}

/// The text in a zero-padded field; empty when it is not printable ASCII followed by zeros.
#[must_use]
pub fn field_text(field: &[u8]) -> &str {
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    let (text, rest) = field.split_at(end);
    if rest.iter().any(|b| *b != 0) || !text.iter().all(|b| (0x20..0x7f).contains(b)) {
        return "";
    }
    core::str::from_utf8(text).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_round_passive_side_on_the_tick_table() {
        let mut i = Instrument::equity(0, "SIE", 1).unwrap();
        i.tick_band_count = 2;
        i.tick_bands[0] = TickBand {
            from: 0,
            tick: 100_000,
        };
        i.tick_bands[1] = TickBand {
            from: Price::SCALE,
            tick: 10_000_000,
        };
        assert_eq!(i.tick_at(Price(999_999_999)), 100_000);
        assert_eq!(
            i.round_to_tick(Price(1_234_567_890), Round::Down),
            Price(1_230_000_000)
        );
        assert_eq!(
            i.round_to_tick(Price(1_234_567_890), Round::Up),
            Price(1_240_000_000)
        );
        assert_eq!(
            i.round_to_tick(Price(1_240_000_000), Round::Up),
            Price(1_240_000_000)
        );
        assert!(i.on_tick(Price(1_240_000_000)) && !i.on_tick(Price(1_245_000_000)));
    }

    #[test]
    fn text_fields_refuse_what_is_not_printable() {
        assert_eq!(text_field::<4>("AAPL").map(|f| f.len()), Some(4));
        assert_eq!(text_field::<4>("GOOGL"), None);
        assert_eq!(text_field::<4>("A\n"), None);
        assert_eq!(field_text(&[b'A', 0, b'B', 0]), "");
    }

    #[test]
    fn a_record_with_overlapping_sessions_is_named() {
        let mut i = Instrument::equity(0, "A", 100).unwrap();
        assert_eq!(i.check(), None);
        i.session_count = 2;
        i.sessions[0] = Session {
            open: 10,
            close: 30,
        };
        i.sessions[1] = Session {
            open: 20,
            close: 40,
        };
        assert_eq!(i.check().map(|e| e.0), Some("sessions"));
    }
}
