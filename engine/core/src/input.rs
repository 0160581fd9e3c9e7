//! Inputs of `step`: everything that can wake the engine is a variant here, decoded once from a private copy.

use shm_wire::codes::{LinkState, RingKind, TradingStatus};
use shm_wire::control::{
    Heartbeat, Kill, Limits, PauseScope, ReleaseParent, RestoreLink, Shutdown, Signal,
};
use shm_wire::market::{
    AuctionIndicative, Depth, FeedHeartbeat, OfficialPrice, PriceBands, Quote,
    ShortSaleRestriction, Status, Trade, TradeCancel, TradeCorrect,
};
use shm_wire::message::{DecodeError, Header, Message};
use shm_wire::parent::{
    ParentAmend, ParentCancel, ParentComplete, ParentNew, ParentPause, ParentResume,
};
use shm_wire::record::{ClockOffset, Continue, Link, TimerFired};
use shm_wire::report::ExecutionReport;
use shm_wire::units::{Price, Qty};

/// One input, with the link it came from.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// Link number within its ring kind: the order source for orders.
    pub source: u16,
    /// The message.
    pub message: Inbound,
}

macro_rules! inbound {
    ($($ring:ident { $($name:ident),+ })+) => {
        /// A decoded message.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "each variant is the wire message of the same name")]
        pub enum Inbound { $($($name($name)),+),+ }

        impl Inbound {
            /// Decodes a message of a ring and checks its fields.
            ///
            /// # Errors
            /// [`DecodeError`] naming what is wrong; arbitrary words never do more than that.
            pub fn decode(ring: RingKind, words: &[u64]) -> Result<Inbound, DecodeError> {
                let mut slot = Inbound::Continue(Continue::empty());
                Inbound::decode_into(&mut slot, ring, words)?;
                Ok(slot)
            }
            /// As [`Inbound::decode`], into a place that is there already: nothing larger than the message itself is moved. On an
            /// error the place holds an earlier message or this one unchecked, and must not be used.
            ///
            /// # Errors
            /// As [`Inbound::decode`].
            #[inline]
            pub fn decode_into(
                slot: &mut Inbound,
                ring: RingKind,
                words: &[u64],
            ) -> Result<(), DecodeError> {
                let Some(&first) = words.first() else {
                    return Err(DecodeError::Header { word: 0 });
                };
                let header = Header::of_word(first);
                if header.words() != Some(words.len()) {
                    return Err(DecodeError::Header { word: first });
                }
                match (ring, header.kind) {
                    $($((RingKind::$ring, $name::KIND) => *slot = Inbound::$name($name::from_words(words)?)),+),+,
                    (_, kind) => return Err(DecodeError::UnknownKind { kind }),
                }
                slot.check()
            }
            /// The message as words, for the journal.
            #[must_use]
            pub fn words(&self) -> &[u64] {
                match self { $($(Inbound::$name(m) => m.words()),+),+ }
            }
            /// The ring it belongs to.
            #[must_use]
            pub const fn ring(&self) -> RingKind {
                match self { $($(Inbound::$name(_) => RingKind::$ring),+),+ }
            }
        }
    };
}

inbound! {
    Market { Quote, Trade, TradeCancel, TradeCorrect, OfficialPrice, AuctionIndicative, Status, PriceBands,
        ShortSaleRestriction, Depth, FeedHeartbeat }
    Orders { ParentNew, ParentAmend, ParentCancel, ParentPause, ParentResume, ParentComplete }
    Reports { ExecutionReport }
    Control { Kill, PauseScope, Limits, Heartbeat, Signal, Shutdown, ReleaseParent, RestoreLink }
    Internal { TimerFired, Continue, Link, ClockOffset }
}

impl Inbound {
    /// Bounds of prices, quantities and codes that the engine relies on.
    fn check(&self) -> Result<(), DecodeError> {
        match self {
            Inbound::Quote(m) => {
                price_or_none(Quote::KIND, "bid_price", m.bid_price)?;
                price_or_none(Quote::KIND, "ask_price", m.ask_price)?;
                qty(Quote::KIND, "bid_qty", m.bid_qty)?;
                qty(Quote::KIND, "ask_qty", m.ask_qty)
            }
            Inbound::Trade(m) => {
                price(Trade::KIND, "price", m.price)?;
                qty(Trade::KIND, "qty", m.qty)
            }
            Inbound::TradeCancel(m) => {
                price(TradeCancel::KIND, "price", m.price)?;
                qty(TradeCancel::KIND, "qty", m.qty)
            }
            Inbound::TradeCorrect(m) => {
                price(TradeCorrect::KIND, "new_price", m.new_price)?;
                price(TradeCorrect::KIND, "old_price", m.old_price)?;
                qty(TradeCorrect::KIND, "new_qty", m.new_qty)?;
                qty(TradeCorrect::KIND, "old_qty", m.old_qty)
            }
            Inbound::AuctionIndicative(m) => {
                price_or_none(AuctionIndicative::KIND, "price", m.price)?;
                qty(AuctionIndicative::KIND, "paired_qty", m.paired_qty)?;
                qty(
                    AuctionIndicative::KIND,
                    "imbalance",
                    m.imbalance.unsigned_abs(),
                )
            }
            Inbound::PriceBands(m) => {
                price_or_none(PriceBands::KIND, "lower", m.lower)?;
                price_or_none(PriceBands::KIND, "upper", m.upper)
            }
            Inbound::Status(m) => code(
                Status::KIND,
                "status",
                u64::from(m.status),
                TradingStatus::try_from(m.status).is_ok(),
            ),
            Inbound::ExecutionReport(m) => {
                const KIND: u16 = ExecutionReport::KIND;
                code(
                    KIND,
                    "kind",
                    u64::from(m.kind),
                    shm_wire::codes::ReportKind::try_from(m.kind).is_ok(),
                )?;
                qty(KIND, "last_qty", m.last_qty)?;
                qty(KIND, "cumulative_qty", m.cumulative_qty)?;
                qty(KIND, "order_qty", m.order_qty)?;
                price_or_none(KIND, "last_price", m.last_price)
            }
            Inbound::Link(m) => {
                code(
                    Link::KIND,
                    "state",
                    u64::from(m.state),
                    LinkState::try_from(m.state).is_ok(),
                )?;
                code(
                    Link::KIND,
                    "ring",
                    u64::from(m.ring),
                    RingKind::try_from(m.ring).is_ok(),
                )
            }
            // Terms of orders are checked field by field at accept, with a reject that names the field.
            _ => Ok(()),
        }
    }
}

fn price_or_none(kind: u16, field: &'static str, raw: i64) -> Result<(), DecodeError> {
    if raw == Price::NONE.0 {
        Ok(())
    } else {
        price(kind, field, raw)
    }
}
fn price(kind: u16, field: &'static str, raw: i64) -> Result<(), DecodeError> {
    match Price::decode(raw) {
        Some(_) => Ok(()),
        None => Err(DecodeError::Field {
            kind,
            field,
            value: raw.cast_unsigned(),
            rule: "a price lies within +-2^60",
        }),
    }
}
fn qty(kind: u16, field: &'static str, raw: u64) -> Result<(), DecodeError> {
    match Qty::decode(raw) {
        Some(_) => Ok(()),
        None => Err(DecodeError::Field {
            kind,
            field,
            value: raw,
            rule: "a quantity is at most 2^48 steps",
        }),
    }
}
fn code(kind: u16, field: &'static str, value: u64, known: bool) -> Result<(), DecodeError> {
    if known {
        Ok(())
    } else {
        Err(DecodeError::Field {
            kind,
            field,
            value,
            rule: "the code has no such value",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_field_out_of_bounds_is_named() {
        let q = Quote {
            bid_qty: u64::MAX,
            ..Quote::empty()
        };
        assert!(matches!(
            Inbound::decode(RingKind::Market, q.words()),
            Err(DecodeError::Field {
                field: "bid_qty",
                ..
            })
        ));
        let k = Kill::empty();
        assert!(matches!(
            Inbound::decode(RingKind::Market, k.words()),
            Err(DecodeError::UnknownKind { kind: Kill::KIND })
        ));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn random_words_are_a_message_or_a_typed_error(
            ring in 1_u8..10, mut words in proptest::collection::vec(any::<u64>(), 0..57), kind in 0x0100_u16..0x0710,
            well_formed in any::<bool>()
        ) {
            if well_formed && !words.is_empty() {
                words[0] = Header::new(kind, words.len()).word();
            }
            let ring = RingKind::try_from(ring).unwrap();
            if let Ok(m) = Inbound::decode(ring, &words) {
                prop_assert_eq!(m.words(), &words[..]);
                prop_assert_eq!(m.ring(), ring);
            }
        }
    }
}
