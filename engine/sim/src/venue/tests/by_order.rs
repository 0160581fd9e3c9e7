use shm_wire::codes::BookSide::{Ask, Bid};
use shm_wire::codes::DepthAction::{Add, Delete, Execute, ExecuteHidden, Level, Reduce};
use shm_wire::codes::ReportKind::{Ack, Canceled, Fill, PartialFill};
use shm_wire::codes::{Side, TimeInForce, TradingStatus, VenueReason::None as NoReason};
use shm_wire::market::condition::{AUCTION, HIDDEN, OWN};

use super::{Bench, read};

fn book() -> Bench {
    let mut bench = Bench::new();
    bench.depth(Add, 1, Bid, 1000, 100);
    bench.depth(Add, 2, Bid, 1000, 50);
    bench.depth(Add, 3, Ask, 1002, 80);
    bench.depth(Add, 4, Ask, 1003, 70);
    bench
}

#[test]
fn history_alone_comes_out_as_it_went_in() {
    let mut bench = book();
    bench.depth(Execute, 1, Bid, 1000, 30);
    bench.depth(ExecuteHidden, 0, Ask, 1001, 5);
    bench.depth(Reduce, 1, Bid, 1000, 20);
    bench.depth(Delete, 2, Bid, 1000, 50);
    assert_eq!(bench.tape(), [(1000, 30, 0), (1001, 5, HIDDEN)]);
    assert_eq!(bench.touch(), ((1000, 50), (1002, 80)));
    let sequences: Vec<u32> = bench.out.quotes.iter().map(|q| q.sequence).collect();
    assert_eq!(sequences[..2], [1, 2]);
    let stats = bench.venue.stats();
    assert_eq!(
        (
            stats.dropped_executions,
            stats.displaced_qty,
            stats.history_refused
        ),
        (0, 0, 0)
    );
}

#[test]
fn a_better_order_of_ours_fills_before_the_order_history_executes() {
    let mut bench = book();
    assert_eq!(
        read(&bench.day(7, Side::Buy, 1001, 20)),
        [(Ack, NoReason, 0, 0, 0)]
    );
    assert_eq!(bench.touch(), ((1001, 20), (1002, 80)));
    bench.depth(Execute, 1, Bid, 1000, 30);
    // Thirty were sold: twenty to us at our better price, ten to the order at 10.00.
    assert_eq!(bench.tape(), [(1001, 20, OWN), (1000, 10, 0)]);
    assert_eq!(bench.filled(7), 20);
    assert_eq!(bench.touch(), ((1000, 140), (1002, 80)));
    assert_eq!(bench.venue.stats().displaced_qty, 20);
}

#[test]
fn at_one_price_the_queue_decides_who_is_ahead() {
    let mut bench = book();
    bench.day(7, Side::Buy, 1000, 40);
    bench.depth(Add, 5, Bid, 1000, 60);
    bench.depth(Execute, 1, Bid, 1000, 100);
    assert_eq!(bench.filled(7), 0);
    bench.depth(Execute, 2, Bid, 1000, 50);
    assert_eq!(bench.filled(7), 0);
    bench.depth(Execute, 5, Bid, 1000, 30);
    assert_eq!(bench.filled(7), 30);
    bench.depth(Execute, 5, Bid, 1000, 30);
    assert_eq!(bench.filled(7), 40);
    let tail = bench.tape();
    assert_eq!(tail[tail.len() - 2..], [(1000, 10, OWN), (1000, 20, 0)]);
}

#[test]
fn what_we_took_stays_taken_and_its_later_executions_are_dropped() {
    let mut bench = book();
    let reports = bench.order(7, Side::Buy, Some(1002), 50, TimeInForce::Ioc, 0);
    assert_eq!(
        read(&reports),
        [(Ack, NoReason, 0, 0, 0), (Fill, NoReason, 50, 1002, 50)]
    );
    assert_eq!(bench.touch(), ((1000, 150), (1002, 30)));
    bench.depth(Execute, 3, Ask, 1002, 80);
    assert_eq!(bench.tape(), [(1002, 50, OWN), (1002, 30, 0)]);
    let stats = bench.venue.stats();
    assert_eq!((stats.dropped_executions, stats.dropped_qty), (1, 50));
}

#[test]
fn a_delete_of_what_we_took_is_counted_not_applied_to_others() {
    let mut bench = book();
    bench.order(7, Side::Buy, Some(1002), 80, TimeInForce::Ioc, 0);
    bench.depth(Reduce, 3, Ask, 1002, 30);
    bench.depth(Delete, 3, Ask, 1002, 50);
    assert_eq!(bench.touch(), ((1000, 150), (1003, 70)));
    let stats = bench.venue.stats();
    assert_eq!((stats.dropped_reduces, stats.dropped_reduce_qty), (2, 80));
}

#[test]
fn a_marketable_order_walks_the_book_to_its_limit_and_its_rest_is_canceled() {
    let mut bench = book();
    let reports = bench.order(7, Side::Buy, Some(1003), 200, TimeInForce::Ioc, 0);
    assert_eq!(
        read(&reports),
        [
            (Ack, NoReason, 0, 0, 0),
            (PartialFill, NoReason, 80, 1002, 80),
            (PartialFill, NoReason, 70, 1003, 150),
            (Canceled, NoReason, 0, 0, 150)
        ]
    );
}

#[test]
fn an_add_that_crosses_us_trades_at_our_price_and_rests_with_what_is_left() {
    let mut bench = book();
    bench.day(7, Side::Buy, 1001, 20);
    bench.depth(Add, 5, Ask, 1001, 50);
    assert_eq!(bench.tape(), [(1001, 20, OWN)]);
    assert_eq!(bench.touch(), ((1000, 150), (1001, 30)));
    bench.depth(Execute, 5, Ask, 1001, 50);
    assert_eq!(bench.tape()[1..], [(1001, 30, 0)]);
    assert_eq!(bench.venue.stats().dropped_qty, 20);
}

#[test]
fn an_order_that_kept_its_quantity_goes_when_the_other_side_moves_through_it() {
    let mut bench = book();
    bench.day(7, Side::Buy, 1001, 100);
    bench.depth(Execute, 1, Bid, 1000, 100);
    assert_eq!(bench.touch(), ((1000, 150), (1002, 80)));
    // History now believes 50 at 10.00, then none.
    bench.depth(Execute, 2, Bid, 1000, 50);
    assert_eq!(bench.touch(), ((1000, 100), (1002, 80)));
    bench.depth(Add, 9, Ask, 1000, 10);
    assert_eq!(bench.touch(), ((0, 0), (1000, 10)));
    assert_eq!(bench.venue.stats().overtaken_qty, 100);
}

#[test]
fn a_hidden_execution_meets_our_visible_orders_first() {
    let mut bench = book();
    bench.day(7, Side::Sell, 1002, 30);
    bench.day(8, Side::Sell, 1001, 10);
    bench.depth(ExecuteHidden, 0, Ask, 1001, 15);
    assert_eq!(bench.tape(), [(1001, 10, OWN), (1001, 5, HIDDEN)]);
    assert_eq!((bench.filled(7), bench.filled(8)), (0, 10));
}

#[test]
fn auction_executions_do_not_fill_us() {
    let mut bench = book();
    bench.day(7, Side::Buy, 1001, 20);
    let mut depth = shm_wire::market::Depth::empty();
    depth.time = bench.now;
    depth.order_id = 1;
    depth.price = 1000 * super::CENT;
    depth.qty = 30;
    depth.action = Execute.code();
    depth.side = Bid.code();
    depth.conditions = AUCTION;
    bench.history(&depth);
    assert_eq!(bench.tape(), [(1000, 30, AUCTION)]);
    assert_eq!(bench.filled(7), 0);
}

#[test]
fn nothing_matches_in_a_halt_and_the_book_is_put_right_at_its_end() {
    let mut bench = book();
    bench.day(7, Side::Buy, 1001, 20);
    bench.status(TradingStatus::Halt);
    bench.depth(Add, 5, Ask, 1000, 50);
    assert_eq!(bench.filled(7), 0);
    let reports = bench.day(8, Side::Buy, 999, 10);
    assert_eq!(
        reports[0].reason,
        shm_wire::codes::VenueReason::Halted.code()
    );
    bench.status(TradingStatus::Continuous);
    assert_eq!(bench.filled(7), 20);
    // The bids at 10.00 are older than the ask that now stands there.
    assert_eq!(bench.touch(), ((0, 0), (1000, 30)));
}

#[test]
fn a_cancel_in_a_halt_is_taken() {
    let mut bench = book();
    bench.day(7, Side::Buy, 1001, 20);
    bench.status(TradingStatus::Pause);
    assert_eq!(bench.cancel(7).kind, Canceled.code());
}

#[test]
fn levels_replace_anonymous_quantity_and_our_place_moves_by_the_queue_rule() {
    let mut bench = Bench::new();
    bench.depth(Level, 0, Bid, 1000, 800);
    bench.depth(Level, 0, Ask, 1002, 500);
    bench.day(7, Side::Buy, 1000, 200);
    bench.depth(Level, 0, Bid, 1000, 1_100);
    assert_eq!(bench.touch(), ((1000, 1_300), (1002, 500)));
    // A hundred leave: 72 of the 800 ahead (rounded against us), 28 behind.
    bench.depth(Level, 0, Bid, 1000, 1_000);
    let queue: Vec<u64> = {
        let book = bench.venue.book(0).unwrap();
        book.orders(Bid).map(|o| o.qty.0).collect()
    };
    assert_eq!(queue, [728, 200, 272]);
}

#[test]
fn an_unknown_order_is_part_of_the_anonymous_quantity_ahead() {
    let mut bench = Bench::new();
    bench.depth(Level, 0, Bid, 1000, 100);
    bench.depth(Level, 0, Ask, 1001, 100);
    bench.day(7, Side::Buy, 1000, 50);
    bench.depth(Execute, 77, Bid, 1000, 60);
    assert_eq!(bench.filled(7), 0);
    bench.depth(Delete, 78, Bid, 1000, 30);
    bench.depth(Execute, 79, Bid, 1000, 40);
    assert_eq!(bench.filled(7), 30);
    assert_eq!(
        bench.tape(),
        [(1000, 60, 0), (1000, 30, OWN), (1000, 10, 0)]
    );
}

#[test]
fn a_level_in_our_way_fills_us_and_what_it_lost_is_remembered() {
    let mut bench = Bench::new();
    bench.depth(Level, 0, Bid, 1000, 100);
    bench.depth(Level, 0, Ask, 1003, 100);
    bench.day(7, Side::Buy, 1002, 50);
    bench.depth(Level, 0, Ask, 1001, 80);
    assert_eq!(bench.filled(7), 50);
    assert_eq!(bench.touch(), ((1000, 100), (1001, 30)));
    bench.depth(Level, 0, Ask, 1001, 80);
    assert_eq!(bench.touch(), ((1000, 100), (1001, 30)));
    bench.depth(Level, 0, Ask, 1001, 90);
    assert_eq!(bench.touch(), ((1000, 100), (1001, 90)));
}

#[test]
fn an_order_that_swept_the_view_takes_what_is_revealed_at_its_price() {
    let mut bench = Bench::new();
    bench.depth(Level, 0, Bid, 1000, 100);
    bench.depth(Level, 0, Ask, 1001, 40);
    bench.day(7, Side::Buy, 1010, 100);
    assert_eq!(bench.touch(), ((1010, 60), (0, 0)));
    bench.depth(Level, 0, Ask, 1002, 200);
    let last = *bench.out.reports.last().unwrap();
    assert_eq!(read(&[last]), [(Fill, NoReason, 60, 1002, 100)]);
    assert_eq!(bench.touch(), ((1000, 100), (1002, 140)));
}

#[test]
fn quantity_revealed_at_our_price_is_ahead_of_us_when_we_could_not_see_it() {
    let mut bench = Bench::new();
    bench.depth(Level, 0, Bid, 1000, 100);
    bench.depth(Level, 0, Ask, 1001, 100);
    bench.day(7, Side::Buy, 999, 50);
    bench.depth(Level, 0, Bid, 1000, 0);
    bench.depth(Level, 0, Bid, 999, 70);
    bench.depth(Execute, 78, Bid, 999, 70);
    assert_eq!(bench.filled(7), 0);
    bench.depth(Level, 0, Bid, 999, 10);
    bench.depth(Execute, 78, Bid, 999, 20);
    assert_eq!(bench.filled(7), 20);
}

#[test]
fn a_level_shown_whole_takes_the_names_of_its_orders_but_not_our_place() {
    let mut bench = book();
    bench.day(7, Side::Buy, 1000, 40);
    bench.depth(Level, 0, Bid, 1000, 120);
    assert_eq!(bench.touch(), ((1000, 160), (1002, 80)));
    bench.depth(Execute, 1, Bid, 1000, 120);
    assert_eq!(bench.filled(7), 0);
    bench.depth(Level, 0, Bid, 1000, 30);
    bench.depth(Execute, 5, Bid, 1000, 30);
    assert_eq!(bench.filled(7), 30);
}

#[test]
fn our_place_survives_a_level_going_out_of_view_and_back() {
    let mut bench = Bench::new();
    bench.depth(Level, 0, Bid, 1000, 100);
    bench.depth(Level, 0, Ask, 1003, 100);
    bench.day(7, Side::Buy, 1000, 40);
    bench.depth(Add, 9, Bid, 1001, 10);
    bench.depth(Level, 0, Bid, 1000, 0);
    bench.day(8, Side::Buy, 1000, 5);
    assert_eq!(bench.touch(), ((1001, 10), (1003, 100)));
    bench.depth(Level, 0, Bid, 1000, 150);
    bench.depth(Delete, 9, Bid, 1001, 10);
    let queue: Vec<u64> = bench
        .venue
        .book(0)
        .unwrap()
        .orders(Bid)
        .map(|o| o.qty.0)
        .collect();
    assert_eq!(queue, [100, 40, 5, 50]);
}
