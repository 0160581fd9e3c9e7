//! What a message must satisfy to stand in a market file.

use shm_wire::codes::{AuctionKind, BookSide, DepthAction, TradingStatus};
use shm_wire::market::{
    AuctionIndicative, Depth, OfficialPrice, PriceBands, Quote, ShortSaleRestriction, Status,
    Trade, TradeCancel, TradeCorrect,
};
use shm_wire::message::{DecodeError, Header, Message};
use shm_wire::units::{Nanos, Price, Qty};

/// Time of a market message, ns UTC; `None` when the words are no market message.
#[inline]
#[must_use]
pub fn time_of(words: &[u64]) -> Option<Nanos> {
    is_market(words).then(|| Nanos(words[2]))
}

/// Instrument of a market message; `None` when the words are no market message.
#[inline]
#[must_use]
pub fn instrument_of(words: &[u64]) -> Option<u32> {
    is_market(words).then(|| words[1] as u32)
}

/// Every market message begins with header, (instrument, sequence), time.
#[inline]
fn is_market(words: &[u64]) -> bool {
    words.len() >= 3 && matches!(Header::of_word(words[0]).kind, Quote::KIND..=Depth::KIND)
}

/// Length in words of the message that begins with `word`.
pub(super) fn words_of(word: u64) -> Result<usize, DecodeError> {
    let header = Header::of_word(word);
    if header.reserved != 0 {
        return Err(DecodeError::Header { word });
    }
    header.words().ok_or(DecodeError::Header { word })
}

/// Checks one message whole: type, length, codes and bounds.
pub(super) fn check_message(words: &[u64]) -> Result<(), DecodeError> {
    let kind = words.first().map_or(0, |w| Header::of_word(*w).kind);
    let rule = Rules { kind };
    match kind {
        Depth::KIND => check_depth(&Depth::from_words(words)?, rule),
        Quote::KIND => {
            let m = Quote::from_words(words)?;
            rule.side(m.bid_price, m.bid_qty, "bid_price")?;
            rule.side(m.ask_price, m.ask_qty, "ask_price")
        }
        Trade::KIND => {
            let m = Trade::from_words(words)?;
            rule.price(m.price, "price")?;
            rule.qty(m.qty, "qty")?;
            let known = m.taken_side == 0 || BookSide::try_from(m.taken_side).is_ok();
            rule.code(known, m.taken_side, "taken_side")
        }
        TradeCancel::KIND => {
            let m = TradeCancel::from_words(words)?;
            rule.price(m.price, "price")?;
            rule.qty(m.qty, "qty")
        }
        TradeCorrect::KIND => {
            let m = TradeCorrect::from_words(words)?;
            rule.price(m.old_price, "old_price")?;
            rule.price(m.new_price, "new_price")?;
            rule.qty(m.old_qty, "old_qty")?;
            rule.qty(m.new_qty, "new_qty")
        }
        _ => check_state(words, rule),
    }
}

/// Messages about the state of an instrument rather than its book and its prints.
fn check_state(words: &[u64], rule: Rules) -> Result<(), DecodeError> {
    match rule.kind {
        OfficialPrice::KIND => {
            let m = OfficialPrice::from_words(words)?;
            rule.price(m.price, "price")?;
            rule.qty(m.qty, "qty")?;
            rule.auction(m.auction)
        }
        AuctionIndicative::KIND => {
            let m = AuctionIndicative::from_words(words)?;
            rule.price_or_none(m.price, "price")?;
            rule.qty(m.paired_qty, "paired_qty")?;
            rule.qty(m.imbalance.unsigned_abs(), "imbalance")?;
            rule.auction(m.auction)
        }
        Status::KIND => {
            let m = Status::from_words(words)?;
            rule.code(
                TradingStatus::try_from(m.status).is_ok(),
                m.status,
                "status",
            )?;
            if m.auction == 0 {
                Ok(())
            } else {
                rule.auction(m.auction)
            }
        }
        PriceBands::KIND => {
            let m = PriceBands::from_words(words)?;
            rule.price_or_none(m.lower, "lower")?;
            rule.price_or_none(m.upper, "upper")
        }
        ShortSaleRestriction::KIND => {
            let m = ShortSaleRestriction::from_words(words)?;
            rule.code(m.active <= 1, m.active, "active")
        }
        kind => Err(DecodeError::UnknownKind { kind }),
    }
}

fn check_depth(m: &Depth, rule: Rules) -> Result<(), DecodeError> {
    let action = DepthAction::try_from(m.action);
    rule.code(action.is_ok(), m.action, "action")?;
    if action == Ok(DepthAction::Clear) {
        return Ok(());
    }
    rule.code(BookSide::try_from(m.side).is_ok(), m.side, "side")?;
    rule.price(m.price, "price")?;
    rule.qty(m.qty, "qty")
}

#[derive(Clone, Copy)]
struct Rules {
    kind: u16,
}

impl Rules {
    fn fail(self, field: &'static str, value: u64, rule: &'static str) -> Result<(), DecodeError> {
        Err(DecodeError::Field {
            kind: self.kind,
            field,
            value,
            rule,
        })
    }
    fn price(self, raw: i64, field: &'static str) -> Result<(), DecodeError> {
        match Price::decode(raw) {
            Some(_) => Ok(()),
            None => self.fail(field, raw as u64, "a price lies within +-2^60"),
        }
    }
    fn price_or_none(self, raw: i64, field: &'static str) -> Result<(), DecodeError> {
        if Price(raw).is_some() {
            self.price(raw, field)
        } else {
            Ok(())
        }
    }
    fn side(self, price: i64, qty: u64, field: &'static str) -> Result<(), DecodeError> {
        self.price_or_none(price, field)?;
        self.qty(qty, field)?;
        if !Price(price).is_some() && qty != 0 {
            return self.fail(field, qty, "an empty side has quantity 0");
        }
        Ok(())
    }
    fn qty(self, raw: u64, field: &'static str) -> Result<(), DecodeError> {
        match Qty::decode(raw) {
            Some(_) => Ok(()),
            None => self.fail(field, raw, "a quantity is at most 2^48"),
        }
    }
    fn auction(self, raw: u8) -> Result<(), DecodeError> {
        self.code(AuctionKind::try_from(raw).is_ok(), raw, "auction")
    }
    fn code(self, known: bool, raw: u8, field: &'static str) -> Result<(), DecodeError> {
        if known {
            Ok(())
        } else {
            self.fail(field, u64::from(raw), "no such code")
        }
    }
}
