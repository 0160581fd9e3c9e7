//! Round trips, and every kind of damage to a market file.

use proptest::prelude::*;
use shm_wire::codes::{BookSide, DepthAction, TradingStatus};
use shm_wire::instrument::{Instrument, Session};
use shm_wire::market::{Depth, FeedHeartbeat, Quote, Status, Trade};
use shm_wire::message::Message;
use shm_wire::units::{Nanos, Price};

use super::*;

fn table() -> Vec<Instrument> {
    let mut a = Instrument::equity(0, "AAPL", 100).unwrap();
    a.session_count = 1;
    a.sessions[0] = Session {
        open: 10,
        close: 1_000,
    };
    vec![a, Instrument::equity(1, "GOOG", 1).unwrap()]
}

fn trade(time: u64, instrument: u32, qty: u64) -> Trade {
    Trade {
        instrument,
        time,
        price: 5 * Price::SCALE,
        qty,
        ..Trade::empty()
    }
}

fn sample() -> MarketFileWriter {
    let mut w = MarketFileWriter::in_memory(&table(), "a test, seven words and a bit").unwrap();
    w.describe(Capabilities::ORDER_BY_ORDER | Capabilities::LEVELS, 10);
    w.push(&Status {
        time: 10,
        status: TradingStatus::Continuous.code(),
        ..Status::empty()
    })
    .unwrap();
    let depth = Depth {
        time: 10,
        order_id: 7,
        price: -Price::SCALE,
        qty: 3,
        action: DepthAction::Add.code(),
        side: BookSide::Bid.code(),
        ..Depth::empty()
    };
    w.push(&depth).unwrap();
    w.push(&trade(11, 1, 100)).unwrap();
    let quote = Quote {
        time: 12,
        bid_price: i64::MIN,
        ask_price: 7,
        ask_qty: 1,
        ..Quote::empty()
    };
    w.push(&quote).unwrap();
    w
}

fn sample_words() -> Vec<u64> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.market");
    let mut w = MarketFileWriter::create(&path, &table(), "s").unwrap();
    let mut position = Position::default();
    let market = sample().into_market().unwrap();
    while let Some((_, words)) = market.next(&mut position) {
        w.push_words(words).unwrap();
    }
    w.finish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    bytes
        .chunks_exact(8)
        .map(|c| u64::from_le_bytes(c.try_into().unwrap()))
        .collect()
}

fn reseal(words: &mut [u64]) {
    let last = words.len() - 1;
    words[last] = u64::from(crc32fast::hash(bytemuck::cast_slice(&words[..last])));
}

#[test]
fn what_is_written_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("day.market");
    let mut w = MarketFileWriter::create(&path, &table(), "somewhere").unwrap();
    w.describe(Capabilities::QUOTES_AND_TRADES, 0);
    w.push(&trade(20, 0, 1)).unwrap();
    w.push(&trade(20, 1, 2)).unwrap();
    assert!(!path.exists());
    let summary = w.finish().unwrap();
    assert_eq!(
        (summary.messages, summary.first_time, summary.last_time),
        (2, 20, 20)
    );
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);

    let m = MarketFile::open(&path).unwrap();
    assert_eq!(m.instruments(), &table()[..]);
    assert_eq!((m.source(), m.len(), m.is_empty()), ("somewhere", 2, false));
    assert!(m.capabilities().has(Capabilities::QUOTES_AND_TRADES));
    assert!(!m.capabilities().has(Capabilities::LEVELS));
    let all: Vec<Trade> = m
        .messages()
        .map(|w| Trade::from_words(w).unwrap())
        .collect();
    assert_eq!(all, [trade(20, 0, 1), trade(20, 1, 2)]);
}

#[test]
fn a_walk_gives_times_and_instruments_and_can_start_anywhere() {
    let m = sample().into_market().unwrap();
    assert_eq!(m.depth_levels(), 10);
    let times: Vec<u64> = m.messages().map(|w| time_of(w).unwrap().0).collect();
    assert_eq!(times, [10, 10, 11, 12]);
    let instruments: Vec<u32> = m.messages().map(|w| instrument_of(w).unwrap()).collect();
    assert_eq!(instruments, [0, 0, 1, 0]);
    let mut at = m.position_at(Nanos(11));
    assert_eq!((at.index(), m.peek_time(at)), (2, Some(Nanos(11))));
    assert_eq!(m.next(&mut at).unwrap().0, Nanos(11));
    assert_eq!(m.position_at(Nanos(10)).index(), 0);
    assert_eq!(m.position_at(Nanos(99)).index(), 4);
    assert_eq!(m.messages().size_hint(), (4, Some(4)));
}

#[test]
fn an_unfinished_file_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("day.market");
    std::fs::write(&path, "old").unwrap();
    drop(MarketFileWriter::create(&path, &table(), "").unwrap());
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn the_writer_refuses_what_the_reader_would() {
    let mut w = sample();
    assert!(matches!(
        w.push(&trade(11, 0, 1)),
        Err(MarketFileError::TimeBackwards {
            previous: 12,
            found: 11,
            ..
        })
    ));
    assert!(matches!(
        w.push(&trade(12, 2, 1)),
        Err(MarketFileError::UnknownInstrument {
            found: 2,
            instruments: 2,
            ..
        })
    ));
    assert!(matches!(
        w.push(&trade(12, 0, u64::MAX)),
        Err(MarketFileError::Message { index: 4, .. })
    ));
    assert!(matches!(
        w.push(&FeedHeartbeat::empty()),
        Err(MarketFileError::Message { .. })
    ));
    assert!(matches!(
        w.push(&Depth::empty()),
        Err(MarketFileError::Message { .. })
    ));
    assert!(matches!(
        w.push_words(&[]),
        Err(MarketFileError::Message { .. })
    ));
    w.push(&trade(12, 0, 1)).unwrap();
    assert_eq!(w.into_market().unwrap().len(), 5);
    let mut bad = table();
    bad[1].id = 5;
    assert!(matches!(
        MarketFileWriter::in_memory(&bad, ""),
        Err(MarketFileError::Instrument {
            index: 1,
            field: "id",
            ..
        })
    ));
}

#[test]
fn each_damage_is_named() {
    let words = sample_words();
    let check = |change: &dyn Fn(&mut Vec<u64>), expected: &str| {
        let mut w = words.clone();
        change(&mut w);
        let error = MarketFile::from_words(w).unwrap_err().to_string();
        assert!(
            error.contains(expected),
            "expected {expected:?}, got {error:?}"
        );
    };
    check(
        &|w| w[0] = u64::from_le_bytes(*b"NOTPACER"),
        "found NOTPACER",
    );
    check(&|w| w[1] = 9, "version: expected 1, found 9");
    check(&|w| w[2] ^= 1, "message layout");
    check(
        &|w| w[5] = u64::MAX,
        "header field instruments is 18446744073709551615",
    );
    check(&|w| w[5] = 3, "file length in bytes: expected");
    check(&|w| w[7] += 1, "file length in bytes: expected");
    check(&|w| w[8] = 1 << 40, "source_bytes");
    check(&|w| w[12] = 1, "reserved is 1: must be zero");
    check(
        &|w| w.truncate(5),
        "file length in bytes, at least: expected 136, found 40",
    );
    check(&|w| w.clear(), "not a Pacer market file");
    check(&|w| w[20] ^= 1, "checksum: expected");
    let sealed = |change: &dyn Fn(&mut Vec<u64>), expected: &str| {
        check(
            &|w| {
                change(w);
                reseal(w);
            },
            expected,
        );
    };
    sealed(&|w| w[6] = 2, "messages: expected 2, found 4");
    sealed(&|w| w[9] = 1, "first_time");
    sealed(&|w| w[10] = 1, "last_time");
    sealed(&|w| w[16] = 0xff, "source");
    sealed(&|w| w[17] = 0, "instrument 0, field symbol");
    let first = words.len() - 1 - words[7] as usize;
    sealed(&|w| w[first] = 0, "message 0: header 0x0000000000000000");
    sealed(&|w| w[first] |= 0x7f, "not a message of this ring");
    sealed(
        &|w| w[first + 2] = 11,
        "first_time is 10: must be the time of the first message",
    );
    let both = |w: &mut Vec<u64>| {
        w[first + 2] = 11;
        w[9] = 11;
    };
    sealed(&both, "message 1: expected a time of at least 11, found 10");
    sealed(
        &|w| w[first + 1] = 9,
        "message 0: instrument 9, the table has 2",
    );
    sealed(&|w| w[first + 3] = 99, "field status is 0x63: no such code");
}

#[test]
fn a_file_that_is_missing_short_or_a_folder_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    assert!(matches!(
        MarketFile::open(&path),
        Err(MarketFileError::Io { .. })
    ));
    assert!(matches!(
        MarketFile::open(dir.path()),
        Err(MarketFileError::Io { .. })
    ));
    for bytes in [&b""[..], b"PACERMKT", b"PACERMK", &[0; 4096]] {
        std::fs::write(&path, bytes).unwrap();
        let error = MarketFile::open(&path).unwrap_err();
        assert!(
            matches!(
                error,
                MarketFileError::Magic { .. } | MarketFileError::Length { .. }
            ),
            "{error}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_words_never_open(words in proptest::collection::vec(any::<u64>(), 0..200)) {
        prop_assert!(MarketFile::from_words(words).is_err());
    }

    #[test]
    fn a_sealed_file_with_random_damage_is_refused_or_valid(
        at in any::<prop::sample::Index>(), bit in 0..64_u32,
    ) {
        let mut words = sample_words();
        let last = words.len() - 1;
        words[at.index(last)] ^= 1 << bit;
        reseal(&mut words);
        if let Ok(market) = MarketFile::from_words(words) {
            prop_assert_eq!(market.messages().count() as u64, market.len());
        }
    }
}
