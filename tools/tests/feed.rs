//! The feed handler between two rings: numbering, normalisation, and conflation when the engine's ring is full.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

use engine_runtime::config::Config;
use engine_runtime::instance::{Instance, ring_expect, ring_spec};
use engine_runtime::links;
use pacer_tools::feed_process::FeedProcess;
use shm_ring::{
    MESSAGE_WORDS_MAX, RingConsumer, RingOwner, RingProducer, attach_consumer, attach_producer,
};
use shm_wire::codes::RingKind;
use shm_wire::market::{Depth, FLAG_CONFLATED, Quote, Trade};
use shm_wire::message::Message;
use std::path::Path;

struct Bench {
    feed: FeedProcess,
    config: Config,
    exchange: RingProducer,
    market: RingConsumer,
    _owners: Vec<RingOwner>,
    _dir: tempfile::TempDir,
}

fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        r#"
[instance]
name = "feed"
dir = {:?}
[journal]
dir = "unused"
[rings]
market = 64
journal = 4096
[limits]
profile = "demo"
[[instruments]]
symbol = "A"
ticks = [{{ from = "0", tick = "0.01" }}]
sessions = [{{ open = "2026-06-22T09:30:00-04:00", close = "2026-06-22T16:00:00-04:00" }}]
[[instruments]]
symbol = "B"
ticks = [{{ from = "0", tick = "0.01" }}]
sessions = [{{ open = "2026-06-22T09:30:00-04:00", close = "2026-06-22T16:00:00-04:00" }}]
"#,
        dir.path()
    );
    let config = Config::parse(&text, Path::new("feed.toml")).unwrap();
    let instance = Instance::new(dir.path());
    std::fs::create_dir_all(instance.shard_dir(0)).unwrap();
    let mut owners = links::create(&instance, 0, &config.rings).unwrap();
    let spec = ring_spec(RingKind::Exchange, &config.rings);
    owners.push(RingOwner::create(&instance.exchange(), &spec).unwrap());
    let expect = ring_expect(RingKind::Exchange);
    let exchange = attach_producer(&instance.exchange(), &expect).unwrap();
    let path = instance.ring(0, RingKind::Market, 0);
    Bench {
        feed: FeedProcess::attach(&config).unwrap(),
        config,
        exchange,
        market: attach_consumer(&path, &ring_expect(RingKind::Market), 0).unwrap(),
        _owners: owners,
        _dir: dir,
    }
}

impl Bench {
    fn quote(&mut self, instrument: u32, bid: i64) {
        let quote = Quote {
            instrument,
            sequence: 77,
            bid_price: bid,
            ..Quote::empty()
        };
        self.exchange.try_push(quote.words()).unwrap();
    }
    fn trade(&mut self, instrument: u32, qty: u64) {
        let trade = Trade {
            instrument,
            qty,
            ..Trade::empty()
        };
        self.exchange.try_push(trade.words()).unwrap();
    }
    fn drain(&mut self) -> Vec<Vec<u64>> {
        let mut words = [0; MESSAGE_WORDS_MAX];
        let mut all = Vec::new();
        while let Some(message) = self.market.poll(&mut words).unwrap() {
            all.push(words[..message.words].to_vec());
        }
        all
    }
}

fn sequence(words: &[u64]) -> u32 {
    (words[1] >> 32) as u32
}
fn instrument(words: &[u64]) -> u32 {
    words[1] as u32
}

#[test]
fn a_feed_that_follows_a_dead_one_goes_on_above_its_sequences_with_a_gap() {
    let mut bench = bench();
    for n in 1..=5 {
        bench.quote(0, n);
        bench.quote(1, n);
    }
    bench.feed.poll();
    let last = bench.drain().iter().map(|w| sequence(w)).max().unwrap();
    bench.quote(0, 6);
    let Bench {
        feed,
        config,
        mut market,
        _owners,
        _dir,
        ..
    } = bench;
    drop(feed);
    let mut feed = FeedProcess::attach(&config).unwrap();
    feed.poll();
    let mut words = [0; MESSAGE_WORDS_MAX];
    let first = market.poll(&mut words).unwrap().unwrap();
    let next = sequence(&words[..first.words]);
    assert!(
        next > last + 1,
        "{next} after {last}: the engine sees a gap, never an old message"
    );
}

#[test]
fn each_instrument_gets_its_own_gapless_sequence_and_depth_stays_behind() {
    let mut bench = bench();
    bench.quote(0, 1);
    bench.exchange.try_push(Depth::empty().words()).unwrap();
    bench.quote(1, 2);
    bench.quote(0, 3);
    assert!(bench.feed.poll());
    let sent = bench.drain();
    let numbers: Vec<(u32, u32)> = sent.iter().map(|w| (instrument(w), sequence(w))).collect();
    assert_eq!(numbers, [(0, 1), (1, 1), (0, 2)]);
    assert!(!bench.feed.poll());
}

#[test]
fn a_full_ring_conflates_and_neither_volume_nor_sequence_is_lost() {
    let mut bench = bench();
    for turn in 0..500 {
        bench.quote(turn % 2, i64::from(turn));
        bench.trade(turn % 2, 10);
    }
    while bench.feed.poll() {}
    let mut sent = bench.drain();
    assert_eq!(sent.len(), 64, "the ring was full");
    bench.quote(0, 9_999);
    while bench.feed.poll() {}
    bench.feed.poll();
    sent.extend(bench.drain());
    for of in 0..2 {
        let mine: Vec<_> = sent.iter().filter(|w| instrument(w) == of).collect();
        let numbers: Vec<u32> = mine.iter().map(|w| sequence(w)).collect();
        assert!(numbers.windows(2).all(|w| w[1] == w[0] + 1), "{numbers:?}");
        let trades = mine.iter().filter_map(|w| Trade::from_words(w).ok());
        assert_eq!(trades.map(|t| t.qty).sum::<u64>(), 2_500);
    }
    let quotes: Vec<Quote> = sent
        .iter()
        .filter_map(|w| Quote::from_words(w).ok())
        .collect();
    let newest = |of: u32| quotes.iter().rfind(|q| q.instrument == of).unwrap();
    assert_eq!((newest(0).bid_price, newest(1).bid_price), (9_999, 499));
    assert!(quotes.iter().any(|q| q.header.flags & FLAG_CONFLATED != 0));
}

#[test]
fn what_is_no_message_of_the_exchange_is_passed_over() {
    let mut bench = bench();
    for kind in 0..600 {
        let words = [shm_ring::header_word(kind * 7, 3), u64::MAX, 5];
        if bench.exchange.try_push(&words).is_err() {
            break;
        }
    }
    while bench.feed.poll() {}
    assert!(bench.drain().is_empty());
    bench.quote(1, 4);
    bench.feed.poll();
    assert_eq!(bench.drain().len(), 1, "and it goes on");
}
