//! Orders for the auctions of the calendar: taken in time, canceled in time, filled in the cross or expired.

use super::{Bench, CLOSE, Latency, OPEN, VenueConfig, instrument};
use proptest::prelude::*;
use shm_wire::auction::{AUCTION_IMBALANCE_ONLY, AUCTION_LIMIT, AUCTION_MARKET, Auction};
use shm_wire::codes::{AuctionKind, ReportKind, Side, TimeInForce, VenueReason};
use shm_wire::market::condition::{AUCTION, OFFICIAL_CLOSE, OWN};
use shm_wire::market::{AuctionIndicative, Trade};
use shm_wire::message::Message;
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SLICE_AUCTION, SLICE_IMBALANCE_ONLY};
use shm_wire::units::Nanos;

const CUTOFF: u64 = 500_000;
const CANCEL_CUTOFF: u64 = 400_000;
const IMBALANCE_CUTOFF: u64 = 900_000;
const UNTIL: u64 = CLOSE + 100_000;
/// The primary venue.
const PRIMARY: u16 = 14;

fn closing() -> Auction {
    Auction {
        from: OPEN + 10,
        cutoff: CUTOFF,
        imbalance_cutoff: IMBALANCE_CUTOFF,
        cancel_cutoff: CANCEL_CUTOFF,
        time: CLOSE,
        until: UNTIL,
        usual_qty: 0,
        venue: PRIMARY,
        kind: AuctionKind::Close.code(),
        flags: AUCTION_MARKET | AUCTION_LIMIT | AUCTION_IMBALANCE_ONLY,
        reserved: 0,
    }
}

fn bench() -> Bench {
    let mut instrument = instrument(0);
    assert!(instrument.add_auction(closing()));
    let config = VenueConfig {
        order_latency: Latency::default(),
        report_latency: Latency::default(),
        market_latency: Latency::default(),
        ..VenueConfig::default()
    };
    let mut bench = Bench::of(instrument, config);
    bench.quote((999, 100), (1001, 100));
    bench.now = OPEN + 100;
    bench
}

/// An order at the close; returns what the venue said at once.
fn at_close(
    bench: &mut Bench,
    id: u64,
    side: Side,
    cents: Option<i64>,
    qty: u64,
) -> Vec<ExecutionReport> {
    bench.order(id, side, cents, qty, TimeInForce::Close, SLICE_AUCTION)
}

fn cross(bench: &mut Bench, time: u64, cents: i64, qty: u64, conditions: u32, venue: u16) {
    bench.now = time;
    let mut trade = Trade::empty();
    trade.time = time;
    trade.price = cents * super::CENT;
    trade.qty = qty;
    trade.trade_id = time;
    trade.conditions = conditions;
    trade.venue = venue;
    bench.venue.on_history(trade.words(), &mut bench.out);
    bench.venue.advance(Nanos(time), &mut bench.out);
}

fn kinds(reports: &[ExecutionReport]) -> Vec<(u64, ReportKind, u64)> {
    let kind = |r: &ExecutionReport| ReportKind::try_from(r.kind).unwrap();
    reports
        .iter()
        .map(|r| (r.child_id, kind(r), r.last_qty))
        .collect()
}

fn reason(reports: &[ExecutionReport]) -> (ReportKind, VenueReason) {
    let last = reports.last().unwrap();
    (
        ReportKind::try_from(last.kind).unwrap(),
        VenueReason::try_from(last.reason).unwrap(),
    )
}

#[test]
fn orders_fill_at_the_cross_where_their_limit_allows_and_expire_with_the_rest() {
    let mut b = bench();
    for (id, cents, qty) in [
        (1, Some(1005), 100),
        (2, Some(999), 100),
        (3, None, 200),
        (4, Some(1003), 500),
    ] {
        assert_eq!(
            reason(&at_close(&mut b, id, Side::Buy, cents, qty)).0,
            ReportKind::Ack
        );
    }
    let before = b.out.reports.len();
    cross(&mut b, CLOSE + 12, 1003, 2_000, AUCTION, PRIMARY);
    // A quarter of the cross: the market order, the better limit, then the rest at the price.
    assert_eq!(
        kinds(&b.out.reports[before..]),
        [
            (3, ReportKind::Fill, 200),
            (1, ReportKind::Fill, 100),
            (4, ReportKind::PartialFill, 200),
            (2, ReportKind::Expired, 0),
            (4, ReportKind::Expired, 0),
        ]
    );
    assert!(
        b.out.reports[before..]
            .iter()
            .all(|r| r.last_qty == 0 || r.last_price == 1003 * super::CENT)
    );
    // The tape shows the cross once: our parts and the rest.
    let tape: Vec<(u64, u32)> = b.out.trades.iter().map(|t| (t.qty, t.conditions)).collect();
    let own = OWN | AUCTION;
    assert_eq!(tape, [(200, own), (100, own), (200, own), (1_500, AUCTION)]);
    let stats = b.venue.stats();
    assert_eq!(
        (
            stats.auction_filled_qty,
            stats.auction_expired,
            stats.auctions_crossed
        ),
        (500, 2, 1)
    );
}

#[test]
fn nothing_is_taken_after_the_cutoff_nor_canceled_after_its_own() {
    let mut b = bench();
    b.now = OPEN + 5;
    assert_eq!(
        reason(&at_close(&mut b, 9, Side::Buy, None, 1)),
        (ReportKind::Rejected, VenueReason::Halted)
    );
    b.now = OPEN + 200;
    at_close(&mut b, 1, Side::Buy, None, 100);
    at_close(&mut b, 2, Side::Sell, Some(990), 100);
    b.now = CANCEL_CUTOFF - 1;
    assert_eq!(
        ReportKind::try_from(b.cancel(1).kind),
        Ok(ReportKind::Canceled)
    );
    b.now = CANCEL_CUTOFF;
    let late = b.cancel(2);
    assert_eq!(
        reason(&[late]),
        (ReportKind::CancelRejected, VenueReason::TooLate)
    );
    b.now = CUTOFF - 1;
    assert_eq!(
        reason(&at_close(&mut b, 3, Side::Buy, None, 5)).0,
        ReportKind::Ack
    );
    b.now = CUTOFF;
    assert_eq!(
        reason(&at_close(&mut b, 4, Side::Buy, None, 5)),
        (ReportKind::Rejected, VenueReason::TooLate)
    );
    let flags = SLICE_AUCTION | SLICE_IMBALANCE_ONLY;
    let only = b.order(5, Side::Buy, None, 5, TimeInForce::Close, flags);
    assert_eq!(reason(&only).0, ReportKind::Ack);
    b.now = IMBALANCE_CUTOFF;
    let only = b.order(6, Side::Buy, None, 5, TimeInForce::Close, flags);
    assert_eq!(reason(&only), (ReportKind::Rejected, VenueReason::TooLate));
}

#[test]
fn a_missing_cross_expires_orders_and_a_late_or_second_one_fills_nobody() {
    let mut b = bench();
    at_close(&mut b, 1, Side::Buy, None, 100);
    // Another venue's cross, and an official close that repeats a print, are not ours.
    cross(&mut b, CLOSE + 1, 1003, 5_000, AUCTION, 17);
    cross(
        &mut b,
        CLOSE + 2,
        1003,
        5_000,
        AUCTION | OFFICIAL_CLOSE,
        PRIMARY,
    );
    assert_eq!(b.venue.next_due(), Some(Nanos(UNTIL)));
    let before = b.out.reports.len();
    cross(&mut b, UNTIL, 1003, 5_000, AUCTION, PRIMARY);
    assert_eq!(
        kinds(&b.out.reports[before..]),
        [(1, ReportKind::Expired, 0)]
    );
    assert_eq!(b.venue.next_due(), None);

    let mut b = bench();
    at_close(&mut b, 1, Side::Buy, None, 100);
    cross(&mut b, UNTIL - 1, 1003, 400, AUCTION, PRIMARY);
    let filled = b.venue.stats().auction_filled_qty;
    cross(&mut b, UNTIL - 1, 1003, 400, AUCTION, PRIMARY);
    assert_eq!((filled, b.venue.stats().auction_filled_qty), (100, 100));
}

#[test]
fn an_imbalance_only_order_fills_against_the_imbalance_and_no_further() {
    for (imbalance, filled) in [(-60, 60), (60, 0), (0, 0), (-5_000, 100)] {
        let mut b = bench();
        let flags = SLICE_AUCTION | SLICE_IMBALANCE_ONLY;
        b.order(1, Side::Buy, None, 100, TimeInForce::Close, flags);
        let mut m = AuctionIndicative::empty();
        m.time = b.now;
        m.imbalance = imbalance;
        m.auction = AuctionKind::Close.code();
        b.history(&m);
        cross(&mut b, CLOSE, 1000, 10_000, AUCTION, PRIMARY);
        assert_eq!(b.venue.stats().auction_filled_qty, filled, "{imbalance}");
    }
}

#[test]
fn a_replace_before_the_cutoffs_changes_quantity_and_limit() {
    let mut b = bench();
    at_close(&mut b, 1, Side::Sell, Some(1010), 300);
    assert_eq!(reason(&b.replace(1, 2, 1000, 40)).0, ReportKind::Replaced);
    b.now = CANCEL_CUTOFF;
    assert_eq!(
        reason(&b.replace(1, 3, 1000, 30)),
        (ReportKind::ReplaceRejected, VenueReason::TooLate)
    );
    cross(&mut b, CLOSE, 1001, 10_000, AUCTION, PRIMARY);
    assert_eq!(b.venue.stats().auction_filled_qty, 40);
}

#[test]
fn without_an_auction_in_the_calendar_there_is_none() {
    let mut b = Bench::new();
    b.quote((999, 100), (1001, 100));
    assert_eq!(
        reason(&at_close(&mut b, 1, Side::Buy, None, 5)),
        (ReportKind::Rejected, VenueReason::Other)
    );
    cross(&mut b, CLOSE - 1, 1003, 400, AUCTION, PRIMARY);
    assert_eq!(b.out.trades.iter().map(|t| t.qty).sum::<u64>(), 400);
}

proptest! {
    #[test]
    fn the_cross_keeps_its_volume_and_our_sides_their_share(
        orders in proptest::collection::vec((any::<bool>(), 0_i64..20, 1_u64..500), 0..30), qty in 0_u64..5_000, cents in 995_i64..1_010,
    ) {
        let mut b = bench();
        for (id, (buy, limit, size)) in orders.iter().enumerate() {
            let side = if *buy { Side::Buy } else { Side::Sell };
            let limit = (*limit > 0).then_some(993 + limit);
            at_close(&mut b, id as u64 + 1, side, limit, *size);
        }
        cross(&mut b, CLOSE, cents, qty, AUCTION, PRIMARY);
        let tape: u64 = b.out.trades.iter().map(|t| t.qty).sum();
        prop_assert_eq!(tape, qty, "the cross is as large as it was");
        for buy in [true, false] {
            let filled: u64 = b.out.reports.iter()
                .filter(|r| orders[r.child_id as usize - 1].0 == buy)
                .map(|r| r.last_qty).sum();
            prop_assert!(filled <= qty / 4);
        }
        for r in b.out.reports.iter().filter(|r| r.last_qty > 0) {
            let (buy, limit, size) = orders[r.child_id as usize - 1];
            prop_assert!(r.cumulative_qty <= size && r.last_price == cents * super::CENT);
            let limit = 993 + limit;
            let allowed = if buy { cents <= limit } else { cents >= limit };
            prop_assert!(limit == 993 || allowed);
        }
        // Everything that was acknowledged has ended.
        let count = |kinds: &[ReportKind]| b.out.reports.iter().filter(|r| kinds.iter().any(|k| k.code() == r.kind)).count();
        prop_assert_eq!(count(&[ReportKind::Ack]), count(&[ReportKind::Fill, ReportKind::Expired]));
    }
}
