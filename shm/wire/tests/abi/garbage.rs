//! Any bytes may arrive: every decoder answers with a value or a typed error.

use proptest::prelude::*;
use shm_wire::codes;
use shm_wire::control;
use shm_wire::instrument::{Instrument, Round, field_text, text_field};
use shm_wire::layout::MESSAGES;
use shm_wire::market;
use shm_wire::message::{DecodeError, Header, MESSAGE_WORDS_MAX, Message};
use shm_wire::parent;
use shm_wire::reason::{FieldCode, Reason};
use shm_wire::record::{self, RECORD_HEAD_WORDS, RecordHead};
use shm_wire::report::ExecutionReport;
use shm_wire::slice;
use shm_wire::units::{Nanos, Price, Qty};

/// Decodes as one type: right exactly when type and length are right, and equal to the words when right.
fn decode<M: Message>(words: &[u64]) -> bool {
    let fits = words
        .first()
        .is_some_and(|w| Header::of_word(*w).kind == M::KIND);
    match M::from_words(words) {
        Ok(message) => {
            assert!(fits && words.len() == M::WORDS);
            assert_eq!(
                message.words(),
                words,
                "decoding copies and changes nothing"
            );
            true
        }
        Err(DecodeError::Header { .. }) => {
            assert!(words.is_empty());
            false
        }
        Err(DecodeError::UnknownKind { kind }) => {
            assert_ne!(kind, M::KIND);
            false
        }
        Err(DecodeError::Length {
            kind,
            expected,
            found,
        }) => {
            assert_eq!((kind, expected, found), (M::KIND, M::WORDS, words.len()));
            assert_ne!(expected, found);
            false
        }
        Err(e @ DecodeError::Field { .. }) => panic!("from_words checks no field: {e}"),
    }
}

macro_rules! decode_all {
    ($words:expr; $($message:path),+ $(,)?) => { [$(decode::<$message>($words)),+] };
}

fn decode_as_every_message(words: &[u64]) -> usize {
    let answers = decode_all!(words;
        market::Quote, market::Trade, market::TradeCancel, market::TradeCorrect, market::OfficialPrice,
        market::AuctionIndicative, market::Status, market::PriceBands, market::ShortSaleRestriction, market::Depth,
        market::FeedHeartbeat, parent::ParentNew, parent::ParentAmend, parent::ParentCancel, parent::ParentPause,
        parent::ParentResume, parent::ParentComplete, parent::ParentUpdate, slice::SliceNew, slice::SliceReplace, slice::SliceCancel,
        ExecutionReport, control::Kill, control::PauseScope, control::Limits, control::Heartbeat, control::Signal,
        control::Shutdown, control::ReleaseParent, control::RestoreLink, record::TimerFired, record::Continue, record::Link, record::RunStarted, record::RunEnded,
        record::ClockOffset,
    );
    assert_eq!(answers.len(), MESSAGES.len(), "every message is tried");
    answers.iter().filter(|a| **a).count()
}

fn words() -> impl Strategy<Value = Vec<u64>> {
    let edge = prop_oneof![Just(0), Just(u64::MAX), Just(1 << 63), any::<u64>()];
    proptest::collection::vec(edge, 0..=MESSAGE_WORDS_MAX + 2)
}

proptest! {
    #[test]
    fn random_words_decode_or_are_refused_with_a_type(mut words in words(), pick in 0..MESSAGES.len(), shape in 0..3_u8) {
        let layout = &MESSAGES[pick];
        if shape > 0 && !words.is_empty() {
            words[0] = words[0] & !0xffff | u64::from(layout.kind);
        }
        if shape > 1 {
            words.resize(layout.size / 8, 0x0123_4567_89ab_cdef);
            words[0] = words[0] & !0xffff | u64::from(layout.kind);
        }
        let decoded = decode_as_every_message(&words);
        if shape > 1 {
            prop_assert_eq!(decoded, 1);
        }
    }

    #[test]
    fn a_header_comes_back_from_its_word_and_knows_its_length(word: u64, kind: u16, count in 1..=MESSAGE_WORDS_MAX) {
        let header = Header::new(kind, count);
        prop_assert_eq!(Header::of_word(header.word()), header);
        prop_assert_eq!(header.words(), Some(count));
        let header = Header::of_word(word);
        prop_assert_eq!(header.word(), word);
        if let Some(count) = header.words() {
            let same = Header { kind: header.kind, flags: header.flags, reserved: header.reserved, ..Header::new(0, count) };
            prop_assert_eq!(same, header);
        }
    }

    #[test]
    fn a_record_splits_only_where_its_header_says(mut words in words(), payload in 1..=MESSAGE_WORDS_MAX - RECORD_HEAD_WORDS, honest: bool) {
        if honest {
            words.resize(RECORD_HEAD_WORDS + payload, 5);
            words[0] = RecordHead::new(payload).header.word();
        }
        match RecordHead::split(&words) {
            Some((head, rest)) => {
                prop_assert_eq!(head.words(), &words[..RECORD_HEAD_WORDS]);
                prop_assert_eq!(rest, &words[RECORD_HEAD_WORDS..]);
            }
            None => prop_assert!(!honest),
        }
    }

    #[test]
    fn a_random_instrument_record_is_checked_without_a_panic(words in proptest::collection::vec(any::<u64>(), size_of::<Instrument>() / 8), price: i64, qty: u64) {
        let mut bytes = words;
        let record: &mut Instrument = &mut bytemuck::cast_slice_mut::<u64, Instrument>(&mut bytes)[0];
        let verdict = record.check();
        prop_assert!(verdict.is_none_or(|(field, rule)| !field.is_empty() && !rule.is_empty()));
        prop_assert!(record.sessions().len() <= 4 && record.auctions().len() <= 4);
        prop_assert!(record.tick_at(Price(price)) >= 1);
        let _ = (record.symbol(), record.currency(), record.zone(), record.session_at(Nanos(qty)));
        prop_assert!(record.floor_lots(Qty(qty)) <= Qty(qty));
    }

    #[test]
    fn an_accepted_tick_table_rounds_every_accepted_price_to_its_neighbours(price in -Price::BOUND..=Price::BOUND, tick in 1..=Price::SCALE) {
        let mut record = Instrument::equity(0, "A", 1).unwrap();
        record.tick_bands[0].tick = tick;
        prop_assert_eq!(record.check(), None);
        let down = record.round_to_tick(Price(price), Round::Down);
        let up = record.round_to_tick(Price(price), Round::Up);
        prop_assert!(record.on_tick(down) && record.on_tick(up));
        prop_assert!(down.0 <= price && price <= up.0 && up.0 - down.0 <= tick);
        prop_assert_eq!(up == down, record.on_tick(Price(price)));
    }

    #[test]
    fn a_text_field_is_read_back_or_is_empty(bytes: [u8; 32], text in "[ -~]{1,32}") {
        let read = field_text(&bytes);
        prop_assert!(read.bytes().all(|b| (0x20..0x7f).contains(&b)));
        let field = text_field::<32>(&text).unwrap();
        prop_assert_eq!(field_text(&field), text);
    }
}

macro_rules! decode_codes {
    ($raw:expr; $($code:path : $ty:ty),+ $(,)?) => {$(
        if let Ok(raw) = <$ty>::try_from($raw) {
            match <$code>::try_from(raw) {
                Ok(value) => assert_eq!(value.code(), raw),
                Err(e) => assert_eq!(e.raw, $raw),
            }
        }
    )+};
}

#[test]
fn every_number_is_a_code_or_an_unknown_code() {
    for raw in 0..=u64::from(u16::MAX) {
        decode_codes!(raw;
            codes::Side: u8, codes::AlgorithmCode: u16, codes::OrderType: u8, codes::TimeInForce: u8,
            codes::PegType: u8, codes::ReportKind: u8, codes::VenueReason: u8, codes::TradingStatus: u8,
            codes::AuctionKind: u8, codes::DepthAction: u8, codes::BookSide: u8, codes::ParentState: u8,
            codes::Completion: u8, codes::CatchUp: u8, codes::ResumePolicy: u8, codes::AuctionPolicy: u8,
            codes::ControlScope: u8, codes::RingKind: u8, codes::LinkState: u8, parent::UpdateKind: u8,
            record::Direction: u8, FieldCode: u16, Reason: u16,
        );
    }
}
