use shm_wire::codes::BookSide::{Ask, Bid};
use shm_wire::codes::DepthAction::{Add, Execute};
use shm_wire::codes::ReportKind::{
    Ack, CancelRejected, Canceled, Expired, Fill, PartialFill, Rejected, ReplaceRejected, Replaced,
};
use shm_wire::codes::VenueReason::{
    None as NoReason, Other, PriceBand, Quantity, SelfMatch, TooLate, Unfillable, WouldTrade,
};
use shm_wire::codes::{ReportKind, Side, TimeInForce, VenueReason};
use shm_wire::message::Message;
use shm_wire::slice::SLICE_POST_ONLY;
use shm_wire::units::Nanos;

use super::{Bench, CENT, CLOSE, Latency, MICROSECOND, OPEN, Record, VenueConfig, read};

fn book() -> Bench {
    let mut bench = Bench::new();
    bench.depth(Add, 1, Bid, 1000, 100);
    bench.depth(Add, 2, Ask, 1002, 80);
    bench
}

fn refusal(reports: &[shm_wire::report::ExecutionReport]) -> (ReportKind, VenueReason) {
    let read = read(reports);
    assert_eq!(read.len(), 1);
    (read[0].0, read[0].1)
}

#[test]
fn orders_off_tick_or_without_quantity_are_rejected_with_the_rule() {
    let mut bench = book();
    let mut slice = bench.new_slice(5, Side::Buy, Some(1000), 10, TimeInForce::Day, 0);
    slice.price += 1;
    bench.slice(&slice);
    assert_eq!(refusal(&bench.out.reports), (Rejected, PriceBand));
    assert_eq!(bench.out.reports[0].answers, slice.sequence);
    assert_eq!(
        refusal(&bench.day(6, Side::Buy, 1000, 0)),
        (Rejected, Quantity)
    );
    assert_eq!(
        refusal(&bench.day(7, Side::Buy, -1000, 5)),
        (Rejected, PriceBand)
    );
    let auction = bench.order(8, Side::Buy, Some(1000), 5, TimeInForce::Close, 0);
    assert_eq!(refusal(&auction), (Rejected, Other));
}

#[test]
fn post_only_and_fill_or_kill_are_refused_whole() {
    let mut bench = book();
    let post = bench.order(
        5,
        Side::Buy,
        Some(1002),
        10,
        TimeInForce::Day,
        SLICE_POST_ONLY,
    );
    assert_eq!(refusal(&post), (Rejected, WouldTrade));
    let kill = bench.order(6, Side::Buy, Some(1002), 81, TimeInForce::Fok, 0);
    assert_eq!(refusal(&kill), (Rejected, Unfillable));
    assert_eq!(bench.tape(), []);
    let whole = bench.order(7, Side::Buy, Some(1002), 80, TimeInForce::Fok, 0);
    assert_eq!(read(&whole)[1], (Fill, NoReason, 80, 1002, 80));
}

#[test]
fn our_orders_never_trade_with_each_other() {
    let mut bench = book();
    bench.day(5, Side::Buy, 1001, 10);
    assert_eq!(
        refusal(&bench.day(6, Side::Sell, 1001, 10)),
        (Rejected, SelfMatch)
    );
    // The order that would be used up before it reaches ours is taken.
    bench.day(7, Side::Buy, 999, 10);
    bench.cancel(5);
    let sale = bench.day(8, Side::Sell, 999, 100);
    assert_eq!(read(&sale)[1], (Fill, NoReason, 100, 1000, 100));
    assert_eq!(
        refusal(&bench.day(9, Side::SellShort, 998, 11)),
        (Rejected, SelfMatch)
    );
}

#[test]
fn a_replace_keeps_its_place_only_for_less_at_the_same_price() {
    let mut bench = book();
    bench.day(5, Side::Buy, 1000, 50);
    bench.depth(Add, 3, Bid, 1000, 100);
    assert_eq!(
        read(&bench.replace(5, 2, 1000, 40)),
        [(Replaced, NoReason, 0, 0, 0)]
    );
    bench.depth(Execute, 3, Bid, 1000, 10);
    assert_eq!(bench.filled(5), 10);
    let up = bench.replace(5, 3, 1000, 60);
    assert_eq!(
        (up[0].order_qty, up[0].version, up[0].cumulative_qty),
        (60, 3, 10)
    );
    bench.depth(Execute, 3, Bid, 1000, 10);
    assert_eq!(bench.filled(5), 10);
    assert_eq!(
        refusal(&bench.replace(5, 3, 1000, 70)),
        (ReplaceRejected, Other)
    );
    assert_eq!(
        refusal(&bench.replace(5, 4, 1000, 10)),
        (ReplaceRejected, TooLate)
    );
    assert_eq!(
        refusal(&bench.replace(99, 2, 1000, 10)),
        (ReplaceRejected, TooLate)
    );
    let across = bench.replace(5, 4, 1002, 60);
    assert_eq!(
        read(&across),
        [
            (Replaced, NoReason, 0, 0, 10),
            (Fill, NoReason, 50, 1002, 60)
        ]
    );
}

#[test]
fn late_cancels_are_refused_with_the_right_sums() {
    let mut bench = book();
    bench.order(5, Side::Buy, Some(1002), 30, TimeInForce::Ioc, 0);
    let late = bench.cancel(5);
    assert_eq!(read(&[late]), [(CancelRejected, TooLate, 0, 0, 30)]);
    let unknown = bench.cancel(6);
    assert_eq!(read(&[unknown]), [(CancelRejected, TooLate, 0, 0, 0)]);
}

#[test]
fn day_orders_expire_at_the_end_of_the_session_and_good_till_cancel_stay() {
    let mut bench = book();
    bench.day(5, Side::Buy, 1001, 10);
    bench.order(6, Side::Buy, Some(999), 10, TimeInForce::Gtc, 0);
    assert_eq!(bench.venue.next_due(), Some(Nanos(CLOSE)));
    bench.venue.advance(Nanos(CLOSE), &mut bench.out);
    let last = *bench.out.reports.last().unwrap();
    assert_eq!(
        (last.child_id, last.kind, last.time),
        (5, Expired.code(), CLOSE)
    );
    bench.now = CLOSE;
    assert_eq!(
        bench.day(7, Side::Buy, 999, 10)[0].reason,
        VenueReason::Halted.code()
    );
    assert_eq!(bench.cancel(6).kind, Canceled.code());
}

#[test]
fn every_message_waits_its_latency_and_comes_out_in_order_of_time() {
    let mut bench = Bench::with(VenueConfig {
        order_latency: Latency {
            base: MICROSECOND,
            jitter: MICROSECOND,
        },
        report_latency: Latency::fixed(MICROSECOND),
        market_latency: Latency::fixed(MICROSECOND),
        ..VenueConfig::default()
    });
    bench.depth(Add, 2, Ask, 1002, 80);
    let slice = bench.new_slice(5, Side::Buy, Some(1002), 10, TimeInForce::Ioc, 0);
    bench.slice(&slice);
    assert!(bench.out.reports.is_empty());
    while let Some(due) = bench.venue.next_due() {
        bench.venue.advance(due, &mut bench.out);
    }
    assert_eq!(
        read(&bench.out.reports)
            .iter()
            .map(|r| r.0)
            .collect::<Vec<_>>(),
        [Ack, Fill]
    );
    let sent = OPEN + 1;
    let at = bench.out.reports[0].time;
    assert!((sent + 1_000..=sent + 2_000).contains(&at));
    assert!(bench.out.times.is_sorted());
    assert_eq!(bench.out.times.last().copied(), Some(Nanos(at + 1_000)));
}

#[test]
fn a_slice_sent_twice_is_taken_once() {
    let mut bench = book();
    let slice = bench.new_slice(5, Side::Buy, Some(1001), 10, TimeInForce::Day, 0);
    bench.slice(&slice);
    bench.slice(&slice);
    assert_eq!(bench.out.reports.len(), 1);
    assert_eq!(bench.venue.stats().slice_duplicates, 1);
}

#[test]
fn random_rejects_come_at_their_rate_and_by_seed() {
    let rejected = |seed| {
        let mut bench = Bench::with(VenueConfig {
            seed,
            reject_ppm: 200_000,
            order_latency: Latency::default(),
            report_latency: Latency::default(),
            ..VenueConfig::default()
        });
        bench.depth(Add, 1, Bid, 1000, 100);
        (1..=500)
            .filter(|id| bench.day(*id, Side::Buy, 990, 1)[0].kind == Rejected.code())
            .collect::<Vec<u64>>()
    };
    let first = rejected(3);
    assert!((70..130).contains(&first.len()));
    assert_eq!(first, rejected(3));
    assert_ne!(first, rejected(4));
}

#[test]
fn fills_have_keys_of_their_own_and_reports_count_from_one() {
    let mut bench = book();
    bench.order(5, Side::Buy, Some(1002), 30, TimeInForce::Ioc, 0);
    bench.order(6, Side::Buy, Some(1002), 60, TimeInForce::Ioc, 0);
    let sequences: Vec<u64> = bench.out.reports.iter().map(|r| r.sequence).collect();
    assert_eq!(sequences, (1..=sequences.len() as u64).collect::<Vec<_>>());
    let keys: std::collections::BTreeSet<_> = bench
        .out
        .reports
        .iter()
        .filter(|r| r.last_qty > 0)
        .map(|r| (r.execution_high, r.execution_low))
        .collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(bench.out.reports[3].kind, PartialFill.code());
}

#[test]
fn a_least_quantity_that_is_not_there_is_refused() {
    let mut bench = book();
    let mut slice = bench.new_slice(5, Side::Buy, Some(1002), 100, TimeInForce::Ioc, 0);
    slice.min_qty = 90;
    bench.slice(&slice);
    assert_eq!(refusal(&bench.out.reports), (Rejected, Unfillable));
}

#[test]
fn history_at_one_time_comes_before_slices_that_arrive_then() {
    let mut bench = book();
    let slice = bench.new_slice(5, Side::Buy, Some(1002), 10, TimeInForce::Ioc, 0);
    let now = bench.now;
    let mut out = Record::default();
    bench.venue.on_slice(Nanos(now), slice.words(), &mut out);
    let mut delete = shm_wire::market::Depth::empty();
    delete.time = now;
    delete.order_id = 2;
    delete.price = 1002 * CENT;
    delete.qty = 80;
    delete.action = shm_wire::codes::DepthAction::Delete.code();
    delete.side = Ask.code();
    bench.venue.on_history(delete.words(), &mut out);
    bench.venue.advance(Nanos(now), &mut out);
    assert_eq!(
        read(&out.reports).iter().map(|r| r.0).collect::<Vec<_>>(),
        [Ack, Canceled]
    );
}
