use shm_wire::codes::ReportKind::{Ack, Canceled, Fill, PartialFill};
use shm_wire::codes::VenueReason::None as NoReason;
use shm_wire::codes::{Side, TimeInForce};
use shm_wire::market::condition::{AUCTION, LATE, OFF_EXCHANGE, OWN};

use super::{Bench, read};

fn quoted() -> Bench {
    let mut bench = Bench::new();
    bench.quote((1000, 300), (1002, 200));
    bench
}

#[test]
fn quotes_and_prints_alone_come_out_as_they_went_in() {
    let mut bench = quoted();
    bench.print(1002, 100, 0);
    bench.quote((1000, 300), (1002, 100));
    bench.quote((1001, 50), (1003, 70));
    bench.quote((1003, 10), (1002, 10));
    bench.quote((999, 20), (1001, 30));
    assert_eq!(bench.tape(), [(1002, 100, 0)]);
    assert_eq!(bench.touch(), ((999, 20), (1001, 30)));
    assert_eq!(bench.out.quotes.len(), 5);
}

#[test]
fn we_join_behind_what_is_displayed_and_prints_work_through_the_queue() {
    let mut bench = quoted();
    bench.day(7, Side::Buy, 1000, 100);
    assert_eq!(bench.touch(), ((1000, 400), (1002, 200)));
    bench.print(1000, 250, 0);
    assert_eq!(bench.filled(7), 0);
    bench.print(1000, 120, 0);
    assert_eq!(bench.filled(7), 70);
    assert_eq!(
        bench.tape(),
        [(1000, 250, 0), (1000, 70, OWN), (1000, 50, 0)]
    );
}

#[test]
fn a_print_through_our_price_fills_us_whatever_is_ahead() {
    let mut bench = quoted();
    bench.day(7, Side::Buy, 1000, 100);
    bench.print(999, 60, 0);
    assert_eq!(bench.tape(), [(1000, 60, OWN)]);
}

#[test]
fn prints_off_exchange_in_auctions_or_late_do_not_fill_us() {
    let mut bench = quoted();
    bench.day(7, Side::Buy, 1001, 100);
    for conditions in [OFF_EXCHANGE, AUCTION, LATE] {
        bench.print(999, 60, conditions);
    }
    assert_eq!(bench.filled(7), 0);
    assert_eq!(bench.tape().len(), 3);
}

#[test]
fn inside_the_spread_we_are_the_best_and_fill_first() {
    let mut bench = quoted();
    bench.day(7, Side::Buy, 1001, 100);
    assert_eq!(bench.touch(), ((1001, 100), (1002, 200)));
    bench.print(1001, 30, 0);
    bench.print(1000, 50, 0);
    assert_eq!(bench.filled(7), 80);
    assert_eq!(bench.tape(), [(1001, 30, OWN), (1001, 50, OWN)]);
}

#[test]
fn a_quote_through_our_price_fills_us_up_to_what_it_shows() {
    let mut bench = quoted();
    bench.day(7, Side::Buy, 1001, 100);
    bench.quote((999, 100), (1001, 40));
    assert_eq!(bench.filled(7), 40);
    // Behind a touch that we took whole the next tick is assumed.
    assert_eq!(bench.touch(), ((1001, 60), (1002, 40)));
    // The same quote again shows nothing new.
    bench.quote((998, 100), (1001, 40));
    assert_eq!(bench.filled(7), 40);
}

#[test]
fn what_we_took_of_the_touch_is_remembered_until_it_grows_or_moves() {
    let mut bench = quoted();
    let reports = bench.order(7, Side::Buy, Some(1002), 150, TimeInForce::Ioc, 0);
    assert_eq!(
        read(&reports),
        [(Ack, NoReason, 0, 0, 0), (Fill, NoReason, 150, 1002, 150)]
    );
    bench.quote((1000, 310), (1002, 200));
    assert_eq!(bench.touch(), ((1000, 310), (1002, 50)));
    // History sells the same hundred again: dropped. Fifty more are left of what we took.
    bench.print(1002, 100, 0);
    assert_eq!(bench.tape(), [(1002, 150, OWN)]);
    bench.quote((1000, 310), (1002, 100));
    assert_eq!(bench.touch(), ((1000, 310), (1002, 50)));
    bench.quote((1000, 310), (1002, 120));
    assert_eq!(bench.touch(), ((1000, 310), (1002, 120)));
    let stats = bench.venue.stats();
    assert_eq!((stats.dropped_executions, stats.dropped_qty), (1, 100));
}

#[test]
fn a_market_order_takes_the_displayed_touch_and_no_more() {
    let mut bench = quoted();
    let reports = bench.order(7, Side::Sell, None, 1_000, TimeInForce::Day, 0);
    assert_eq!(
        read(&reports),
        [
            (Ack, NoReason, 0, 0, 0),
            (PartialFill, NoReason, 300, 1000, 300),
            (Canceled, NoReason, 0, 0, 300)
        ]
    );
}

#[test]
fn our_place_survives_the_touch_moving_away_and_back() {
    let mut bench = quoted();
    bench.day(7, Side::Buy, 1000, 100);
    bench.quote((1001, 50), (1003, 70));
    bench.quote((1000, 300), (1002, 200));
    bench.print(1000, 300, 0);
    assert_eq!(bench.filled(7), 0);
    bench.print(1000, 10, 0);
    assert_eq!(bench.filled(7), 10);
}

#[test]
fn behind_a_touch_that_we_took_whole_the_next_ticks_are_assumed_until_the_source_speaks() {
    let mut bench = quoted();
    bench.day(1, Side::Buy, 1002, 200);
    assert_eq!(bench.touch(), ((1000, 300), (1003, 200)));
    // An order takes what is assumed like anything else; the level behind it is assumed then.
    bench.day(2, Side::Buy, 1003, 120);
    assert_eq!(bench.touch(), ((1000, 300), (1003, 80)));
    bench.day(3, Side::Buy, 1003, 80);
    assert_eq!(bench.touch(), ((1000, 300), (1004, 200)));
    // The same quote again shows nothing new: what we took stays taken.
    bench.quote((1000, 300), (1002, 200));
    assert_eq!(bench.touch(), ((1000, 300), (1004, 200)));
    // The source shows what we took of the assumption already.
    bench.quote((1000, 300), (1003, 200));
    assert_eq!(bench.touch(), ((1000, 300), (1004, 200)));
    bench.quote((1000, 300), (1003, 250));
    assert_eq!(bench.touch(), ((1000, 300), (1003, 250)));
    let stats = bench.venue.stats();
    assert_eq!((stats.assumed_levels, stats.assumed_qty), (2, 400));
    // An empty side of the source is empty.
    bench.day(4, Side::Buy, 1003, 250);
    bench.quote((1000, 300), (0, 0));
    assert_eq!(bench.touch().1, (0, 0));
}

#[test]
fn no_more_levels_are_assumed_than_allowed_and_none_fills_what_rests() {
    let mut bench = Bench::with(crate::venue::VenueConfig {
        order_latency: crate::venue::Latency::default(),
        report_latency: crate::venue::Latency::default(),
        assumed_levels: 1,
        ..crate::venue::VenueConfig::default()
    });
    bench.quote((1000, 300), (1002, 200));
    bench.day(1, Side::Sell, 1000, 300);
    assert_eq!(bench.touch(), ((999, 300), (1002, 200)));
    bench.day(2, Side::Sell, 999, 300);
    assert_eq!(bench.touch(), ((0, 0), (1002, 200)));
    let mut bench = quoted();
    bench.day(1, Side::Sell, 995, 400);
    assert_eq!(bench.filled(1), 300);
    assert_eq!(bench.touch(), ((0, 0), (995, 100)));
}
