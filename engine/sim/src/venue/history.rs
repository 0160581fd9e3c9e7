//! Which message of history goes where; what changes nothing at the venue is published as it is.

use shm_wire::codes::TradingStatus;
use shm_wire::market::{
    AuctionIndicative, Depth, FeedHeartbeat, OfficialPrice, PriceBands, Quote,
    ShortSaleRestriction, Status, Trade, TradeCancel, TradeCorrect,
};
use shm_wire::message::{Header, Message};
use shm_wire::units::Nanos;

use super::children::Shared;
use super::market::Market;
use super::outbox::{PUBLIC_WORDS_MAX, Words};

/// Type, instrument and time of a history message. All but the heartbeat carry them in the same places.
pub(super) fn head(words: &[u64]) -> Option<(u16, u32, Nanos)> {
    let header = Header::of_word(*words.first()?);
    if header.words() != Some(words.len()) || header.kind == FeedHeartbeat::KIND || words.len() < 3
    {
        return None;
    }
    Some((header.kind, words[1] as u32, Nanos(words[2])))
}

/// Hands one message to its market. `false` when it is not one, or a field breaks its rule.
pub(super) fn take(market: &mut Market, shared: &mut Shared, kind: u16, words: &[u64]) -> bool {
    match kind {
        Depth::KIND => Depth::from_words(words).is_ok_and(|m| market.on_depth(shared, &m)),
        Quote::KIND => Quote::from_words(words).is_ok_and(|m| market.on_quote(shared, &m)),
        Trade::KIND => Trade::from_words(words).is_ok_and(|m| market.on_trade(shared, &m)),
        Status::KIND => Status::from_words(words).is_ok_and(|m| on_status(market, shared, m)),
        TradeCancel::KIND => pass_on::<TradeCancel>(market, shared, words),
        TradeCorrect::KIND => pass_on::<TradeCorrect>(market, shared, words),
        OfficialPrice::KIND => pass_on::<OfficialPrice>(market, shared, words),
        AuctionIndicative::KIND => {
            if let Ok(m) = AuctionIndicative::from_words(words) {
                market.on_indicative(&m);
            }
            pass_on::<AuctionIndicative>(market, shared, words)
        }
        PriceBands::KIND => pass_on::<PriceBands>(market, shared, words),
        ShortSaleRestriction::KIND => pass_on::<ShortSaleRestriction>(market, shared, words),
        _ => false,
    }
}

fn on_status(market: &mut Market, shared: &mut Shared, mut status: Status) -> bool {
    let Ok(code) = TradingStatus::try_from(status.status) else {
        return false;
    };
    market.status = code;
    status.sequence = market.next_sequence();
    shared.publish(status.words());
    if market.is_open(shared.now) && market.book.is_crossed() {
        market.uncross(shared, None);
    }
    true
}

/// Publishes a message that changes nothing here, under the venue's own sequence.
fn pass_on<M: Message>(market: &mut Market, shared: &mut Shared, words: &[u64]) -> bool {
    if M::from_words(words).is_err() {
        return false;
    }
    let Some(mut copy) = Words::<PUBLIC_WORDS_MAX>::copy(words) else {
        return false;
    };
    copy.set_sequence(market.next_sequence());
    shared.publish(copy.as_slice());
    true
}
