//! Orders that take part in the auctions of a synthetic day, end to end: engine, venue, history.

use super::runs::{Kept, market, order, played};
use super::*;
use shm_wire::auction::Auction;
use shm_wire::codes::{AlgorithmCode, AuctionKind, AuctionPolicy, ParentState, TimeInForce};
use shm_wire::instrument::Instrument;
use shm_wire::market::{AuctionIndicative, OfficialPrice, Status, Trade, condition};
use shm_wire::message::Header;
use shm_wire::parent::{ParentUpdate, UpdateKind};
use shm_wire::reason::Reason;
use shm_wire::record::RecordHead;
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SLICE_AUCTION, SliceCancel, SliceNew};

/// The algorithms that take part, and what they need besides.
const ALGORITHMS: [AlgorithmCode; 7] = [
    AlgorithmCode::Twap,
    AlgorithmCode::Vwap,
    AlgorithmCode::Pov,
    AlgorithmCode::Is,
    AlgorithmCode::Arrival,
    AlgorithmCode::Close,
    AlgorithmCode::ScalePov,
];

const INCLUDE: i64 = AuctionPolicy::Include as i64;
const ONLY: i64 = AuctionPolicy::Only as i64;
const IMBALANCE: i64 = AuctionPolicy::ImbalanceOnly as i64;

/// The same market after a change of its messages: what `change` gives up is left out, times may move.
fn changed(market: &MarketFile, change: impl Fn(&mut Vec<u64>) -> bool) -> MarketFile {
    rewritten(market, market.instruments(), change)
}

/// The same with another instrument table.
fn rewritten(
    market: &MarketFile,
    table: &[Instrument],
    change: impl Fn(&mut Vec<u64>) -> bool,
) -> MarketFile {
    let mut all: Vec<Vec<u64>> = market.messages().map(<[u64]>::to_vec).collect();
    all.retain_mut(|words| change(words));
    all.sort_by_key(|words| words[2]);
    let mut writer = MarketFileWriter::in_memory(table, "changed").unwrap();
    let mut sequence = 0_u64;
    for words in &mut all {
        sequence += 1;
        words[1] = words[1] & 0xffff_ffff | sequence << 32;
        writer.push_words(words).unwrap();
    }
    writer.into_market().unwrap()
}

/// Whether a message is the print of an auction at `time`.
fn is_cross(words: &[u64], time: u64) -> bool {
    Trade::from_words(words).is_ok_and(|t| t.time == time && t.conditions & condition::AUCTION != 0)
}

fn auction(market: &MarketFile, kind: AuctionKind) -> Auction {
    *market.instruments()[0]
        .auction_after(kind, Nanos(0))
        .unwrap()
        .1
}

/// Auction children of a run with the time at which they were sent, and what the venue filled of each.
fn children(kept: &Kept) -> Vec<(u64, SliceNew, u64)> {
    let filled = |id: u64| -> u64 {
        kept.of::<ExecutionReport>()
            .filter(|r| r.child_id == id)
            .map(|r| r.last_qty)
            .sum()
    };
    kept.split()
        .filter_map(|(head, payload): (RecordHead, &[u64])| {
            let slice = SliceNew::from_words(payload).ok()?;
            (slice.flags & SLICE_AUCTION != 0).then(|| (head.time, slice, filled(slice.child_id)))
        })
        .collect()
}

/// What holds of every run with auctions: times, caps, prices, quantities, ends.
fn laws(market: &MarketFile, kept: &Kept, orders: &[TimedOrder], max_ppm: u64) {
    let auctions = market.instruments()[0].auctions();
    let of = |slice: &SliceNew| {
        let kind = match TimeInForce::try_from(slice.time_in_force) {
            Ok(TimeInForce::Open) => AuctionKind::Open,
            Ok(TimeInForce::Auction) => AuctionKind::Intraday,
            _ => AuctionKind::Close,
        };
        *auctions.iter().find(|a| a.kind == kind.code()).unwrap()
    };
    let sent = children(kept);
    for (time, slice, filled) in &sent {
        let a = of(slice);
        let imbalance_only = slice.flags != SLICE_AUCTION;
        assert!(*time < a.order_cutoff(imbalance_only).0 && *time >= a.from);
        let published = kept
            .split()
            .filter(|(head, _)| head.time <= *time)
            .filter_map(|(_, p)| AuctionIndicative::from_words(p).ok())
            .filter(|m| m.auction == a.kind)
            .last();
        let expected = published.map_or(a.usual_qty, |m| m.paired_qty);
        assert!(
            slice.qty <= expected * max_ppm / 1_000_000,
            "{slice:?} of {expected}"
        );
        assert!(*filled <= slice.qty);
    }
    for (head, payload) in kept.split() {
        if let Ok(cancel) = SliceCancel::from_words(payload) {
            let child = sent.iter().find(|(_, s, _)| s.child_id == cancel.child_id);
            assert!(child.is_none_or(|(_, s, _)| head.time < of(s).cancel_cutoff));
        }
        if let Ok(r) = ExecutionReport::from_words(payload)
            && r.last_qty > 0
            && let Some((_, s, _)) = sent.iter().find(|(_, s, _)| s.child_id == r.child_id)
        {
            let official = market
                .messages()
                .filter_map(|w| OfficialPrice::from_words(w).ok())
                .find(|o| o.auction == of(s).kind);
            assert!(
                official.is_none_or(|o| o.price == r.last_price),
                "filled at the cross"
            );
        }
    }
    for o in orders {
        let done = kept.done(o.order.parent_id);
        assert!(done.filled <= o.order.terms.quantity);
        assert!(matches!(
            ParentState::try_from(done.state),
            Ok(ParentState::Filled | ParentState::DonePartial)
        ));
    }
}

fn one(
    market: &MarketFile,
    code: AlgorithmCode,
    quantity: u64,
    parameters: &[(&str, i64)],
) -> (Kept, Outcome, [TimedOrder; 1]) {
    let orders = [order(market, 1, code, quantity, (0, 50), parameters)];
    let (kept, outcome) = played(market, &orders, &BacktestConfig::default());
    assert_eq!(outcome.unfinished, 0, "{code:?}");
    (kept, outcome, orders)
}

#[test]
fn every_algorithm_that_may_takes_its_part_in_both_auctions() {
    let market = market(true);
    for code in ALGORITHMS {
        let parameters = [("open_auction", INCLUDE), ("close_auction", INCLUDE)];
        let (kept, outcome, orders) = one(&market, code, 60_000, &parameters);
        laws(&market, &kept, &orders, 100_000);
        let sent = children(&kept);
        assert_eq!(sent.len(), 2, "{code:?}");
        assert!(sent.iter().all(|(_, _, filled)| *filled > 0), "{code:?}");
        let all: u64 = sent.iter().map(|(_, _, filled)| filled).sum();
        assert_eq!(outcome.venue.auction_filled_qty, all);
        // The book has its part, and auction volume counts as market volume.
        let done = kept.done(1);
        assert!(done.filled > all, "{code:?}: {} of {}", all, done.filled);
    }
}

#[test]
fn only_the_auction_means_only_the_auction() {
    let market = market(false);
    for code in ALGORITHMS {
        let (kept, _, orders) = one(&market, code, 1_000, &[("close_auction", ONLY)]);
        laws(&market, &kept, &orders, 100_000);
        assert_eq!(kept.of::<SliceNew>().count(), 1, "{code:?}");
        assert_eq!(kept.done(1).state, ParentState::Filled.code(), "{code:?}");
        // More than its share does not go in, and the rest has a reason.
        let (kept, _, orders) = one(&market, code, 90_000, &[("close_auction", ONLY)]);
        laws(&market, &kept, &orders, 100_000);
        let done = kept.done(1);
        assert_eq!(kept.of::<SliceNew>().count(), 1, "{code:?}");
        assert!(
            done.filled > 0 && done.filled < 9_000,
            "{code:?}: {}",
            done.filled
        );
        assert_eq!(done.reason, Reason::TerminalAuction.code(), "{code:?}");
    }
}

#[test]
fn close_works_the_excess_in_the_ramp_and_all_of_it_when_it_takes_no_part() {
    let market = market(false);
    let run = |quantity, parameters: &[(&str, i64)]| {
        let (kept, outcome, orders) = one(&market, AlgorithmCode::Close, quantity, parameters);
        laws(&market, &kept, &orders, 500_000);
        let first = kept
            .split()
            .find(|(_, p)| SliceNew::from_words(p).is_ok_and(|s| s.flags & SLICE_AUCTION == 0))
            .map(|(head, _)| head.time);
        (outcome.venue.auction_filled_qty, kept.done(1), first)
    };
    // What the auction may take whole is not worked before it.
    let (auction, done, ramp) = run(2_000, &[("close_auction", INCLUDE)]);
    assert_eq!((auction, done.filled, ramp), (2_000, 2_000, None));
    let (auction, done, ramp) = run(20_000, &[("close_auction", INCLUDE)]);
    assert!(
        auction > 0 && done.filled > auction && ramp.is_some(),
        "{auction} of {}",
        done.filled
    );
    let (none, without, earlier) = run(20_000, &[]);
    assert_eq!(none, 0);
    assert!(
        earlier < ramp,
        "less is left to the ramp, so it begins later"
    );
    assert!(without.filled > 15_000);
    // A larger share of the auction.
    let (half, _, _) = run(
        20_000,
        &[("close_auction", INCLUDE), ("max_pct_auction", 300_000)],
    );
    assert!(half > auction, "{half} {auction}");
    let parameters = [("close_auction", IMBALANCE), ("max_pct_auction", 500_000)];
    let (kept, outcome, orders) = one(&market, AlgorithmCode::Close, 20_000, &parameters);
    laws(&market, &kept, &orders, 500_000);
    let last = kept.of::<AuctionIndicative>().last().unwrap();
    assert!(outcome.venue.auction_filled_qty <= last.imbalance.unsigned_abs());
    let parameters = [("close_auction", INCLUDE), ("auction_market", 1)];
    let (kept, _, _) = one(&market, AlgorithmCode::Close, 2_000, &parameters);
    let sent = children(&kept);
    assert_eq!(
        (sent.len(), sent[0].1.price, sent[0].2),
        (1, Price::NONE.0, 2_000)
    );
}

#[test]
fn a_cross_that_never_prints_or_prints_late_ends_the_order_all_the_same() {
    let day = market(false);
    let close = auction(&day, AuctionKind::Close);
    let quiet = changed(&day, |w| {
        !is_cross(w, close.time)
            && !OfficialPrice::from_words(w).is_ok_and(|o| o.auction == close.kind)
    });
    let (kept, outcome, orders) = one(
        &quiet,
        AlgorithmCode::Close,
        2_000,
        &[("close_auction", INCLUDE)],
    );
    laws(&quiet, &kept, &orders, 100_000);
    assert_eq!(
        (
            outcome.venue.auction_filled_qty,
            outcome.venue.auction_expired
        ),
        (0, 1)
    );
    let done = kept.done(1);
    assert_eq!(
        (done.filled, done.reason),
        (0, Reason::TerminalAuction.code())
    );

    let late = |seconds: u64| {
        changed(&day, |w| {
            if is_cross(w, close.time) {
                w[2] += seconds * SECOND;
            }
            true
        })
    };
    for (seconds, filled) in [(90, 2_000), (599, 2_000), (600, 0)] {
        let market = late(seconds);
        let (kept, outcome, _) = one(
            &market,
            AlgorithmCode::Close,
            2_000,
            &[("close_auction", INCLUDE)],
        );
        assert_eq!(outcome.venue.auction_filled_qty, filled, "{seconds}");
        assert_eq!(kept.done(1).filled, filled);
    }
}

#[test]
fn a_cross_that_prints_twice_is_one_cross() {
    let day = market(false);
    let close = auction(&day, AuctionKind::Close);
    let twice = {
        let again: Vec<Vec<u64>> = day
            .messages()
            .filter(|w| is_cross(w, close.time))
            .map(<[u64]>::to_vec)
            .collect();
        let mut writer = MarketFileWriter::in_memory(day.instruments(), "twice").unwrap();
        let mut sequence = 0_u64;
        for words in day.messages().map(<[u64]>::to_vec) {
            let copies = if is_cross(&words, close.time) {
                vec![words, again[0].clone()]
            } else {
                vec![words]
            };
            for mut words in copies {
                sequence += 1;
                words[1] = words[1] & 0xffff_ffff | sequence << 32;
                assert!(Header::of_word(words[0]).kind != 0);
                writer.push_words(&words).unwrap();
            }
        }
        writer.into_market().unwrap()
    };
    let (kept, outcome, _) = one(
        &twice,
        AlgorithmCode::Close,
        2_000,
        &[("close_auction", INCLUDE)],
    );
    assert_eq!(
        (outcome.venue.auctions_crossed, kept.done(1).filled),
        (2, 2_000),
        "open and close"
    );
}

#[test]
fn an_opening_cross_that_never_prints_gives_its_part_back_to_the_book() {
    let day = market(false);
    let open = auction(&day, AuctionKind::Open);
    let market = changed(&day, |w| !is_cross(w, open.time));
    let (kept, outcome, orders) = one(
        &market,
        AlgorithmCode::Twap,
        6_000,
        &[("open_auction", INCLUDE)],
    );
    laws(&market, &kept, &orders, 100_000);
    assert_eq!(outcome.venue.auction_expired, 1);
    assert_eq!(kept.done(1).filled, 6_000);
}

#[test]
fn vwap_gives_an_auction_the_weight_of_its_usual_volume() {
    let market = market(false);
    let parameters = [("close_auction", INCLUDE), ("max_pct_auction", 1_000_000)];
    let (kept, _, orders) = one(&market, AlgorithmCode::Vwap, 10_000, &parameters);
    laws(&market, &kept, &orders, 1_000_000);
    // Six hundredths of a day beside the day.
    let sent = children(&kept);
    assert_eq!(sent.len(), 1);
    let share = 10_000 * 60_000 / 1_060_000;
    assert!(sent[0].1.qty.abs_diff(share) <= 1, "{}", sent[0].1.qty);
    assert_eq!(kept.done(1).filled, 10_000);
}

#[test]
fn pov_keeps_its_rate_over_book_and_auction_together() {
    let market = market(false);
    let parameters = [
        ("close_auction", INCLUDE),
        ("open_auction", INCLUDE),
        ("target_pct_vol", 50_000),
    ];
    let (kept, _, orders) = one(&market, AlgorithmCode::Pov, 500_000, &parameters);
    laws(&market, &kept, &orders, 100_000);
    let done = kept.done(1);
    let rate = done.filled * 1_000_000 / (done.filled + done.market_volume);
    assert!((42_000..=55_000).contains(&rate), "{rate}");
    let crosses: u64 = market
        .messages()
        .filter_map(|w| OfficialPrice::from_words(w).ok())
        .map(|o| o.qty)
        .sum();
    assert!(done.market_volume > crosses * 9 / 10);
}

#[test]
fn auction_runs_give_the_same_records_each_time_and_an_unfilled_end_is_told_once() {
    let market = market(true);
    let play = || {
        one(
            &market,
            AlgorithmCode::Close,
            40_000,
            &[("close_auction", INCLUDE)],
        )
        .0
    };
    let (first, second) = (play(), play());
    assert_eq!(first.0, second.0);
    assert_eq!(first.updates(1, UpdateKind::Done).len(), 1);
}

/// A day whose halt ends in an auction of the calendar: a call at 24.5 minutes, the cross at 25.
fn with_a_scheduled_auction() -> MarketFile {
    let day = market(true);
    let open = auction(&day, AuctionKind::Open);
    let cross = open.time + 25 * 60 * SECOND;
    let mut table = [day.instruments()[0]];
    let [first, last] = [table[0].auctions[0], table[0].auctions[1]];
    table[0].auction_count = 0;
    let between = Auction {
        from: cross - 600 * SECOND,
        cutoff: cross - 10 * SECOND,
        imbalance_cutoff: cross - 10 * SECOND,
        cancel_cutoff: cross - 10 * SECOND,
        time: cross,
        until: cross + 60 * SECOND,
        usual_qty: 4_000,
        kind: AuctionKind::Intraday.code(),
        ..first
    };
    for auction in [first, between, last] {
        assert!(table[0].add_auction(auction));
    }
    rewritten(&day, &table, |words| {
        if let Ok(mut status) = Status::from_words(words)
            && status.auction == AuctionKind::Volatility.code()
        {
            status.auction = AuctionKind::Intraday.code();
            words.copy_from_slice(status.words());
        }
        true
    })
}

#[test]
fn a_scheduled_auction_suspends_who_takes_no_part_and_fills_who_does() {
    let market = with_a_scheduled_auction();
    let suspended = |kept: &Kept| {
        // Between open and close, of which neither order is a part.
        let [open, close] =
            [AuctionKind::Open, AuctionKind::Close].map(|k| auction(&market, k).time);
        kept.split()
            .filter(|(head, _)| head.time > open && head.time < close)
            .filter_map(|(_, p)| ParentUpdate::from_words(p).ok())
            .filter(|u| u.reason == Reason::SuspendAuction.code())
            .count()
    };
    let (kept, outcome, _) = one(&market, AlgorithmCode::Twap, 6_000, &[]);
    assert!(suspended(&kept) > 0);
    assert_eq!(outcome.venue.auction_filled_qty, 0);
    let (kept, outcome, orders) = one(
        &market,
        AlgorithmCode::Pov,
        60_000,
        &[("intraday_auction", INCLUDE)],
    );
    laws(&market, &kept, &orders, 100_000);
    let sent = children(&kept);
    assert_eq!((sent.len(), suspended(&kept)), (1, 0));
    assert_eq!(sent[0].1.time_in_force, TimeInForce::Auction.code());
    // A tenth of what is usual, all of it filled.
    assert_eq!(
        (sent[0].1.qty, outcome.venue.auction_filled_qty),
        (400, 400)
    );
    // And it goes on in the book behind it.
    let later = kept
        .split()
        .filter(|(head, p)| SliceNew::from_words(p).is_ok() && head.time > sent[0].0 + 15 * SECOND);
    assert!(later.count() > 0);
}
