//! Random histories and slices: what must hold whatever happens.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shm_wire::codes::{BookSide, DepthAction, ReportKind, Side, TimeInForce, TradingStatus};
use shm_wire::market::{Depth, Quote, Status, Trade};
use shm_wire::message::Header;
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SLICE_POST_ONLY, SliceCancel, SliceNew, SliceReplace};
use shm_wire::units::{DurationNs, Nanos};

use super::{Bench, CENT, Latency, OPEN, Record, VenueConfig, instrument};
use crate::queue::QueueRule;
use crate::venue::Venue;

/// One random step.
#[derive(Clone, Copy, Debug)]
enum Step {
    Depth(DepthAction, u64, BookSide, i64, u64),
    Quote((i64, u64), (i64, u64)),
    Print(i64, u64, u32),
    Status(TradingStatus),
    New(Side, Option<i64>, u64, TimeInForce, u16),
    Replace(u64, u16, i64, u64),
    Cancel(u64),
}

fn slice_step() -> impl Strategy<Value = Step> {
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let price = prop_oneof![9 => (995_i64..1_006).prop_map(Some), 1 => Just(None)];
    let force = prop_oneof![
        4 => Just(TimeInForce::Day),
        1 => Just(TimeInForce::Ioc),
        1 => Just(TimeInForce::Fok),
    ];
    let flags = prop_oneof![4 => Just(0), 1 => Just(SLICE_POST_ONLY)];
    prop_oneof![
        5 => (side, price, 1_u64..60, force, flags)
            .prop_map(|(s, p, q, f, flags)| Step::New(s, p, q, f, flags)),
        1 => (1_u64..20, 2_u16..6, 995_i64..1_006, 1_u64..60)
            .prop_map(|(id, v, p, q)| Step::Replace(id, v, p, q)),
        1 => (1_u64..20).prop_map(Step::Cancel),
    ]
}

fn status_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Status(TradingStatus::Continuous)),
        1 => Just(Step::Status(TradingStatus::Halt)),
    ]
}

fn depth_step() -> impl Strategy<Value = Step> {
    let action = prop_oneof![
        8 => Just(DepthAction::Add),
        2 => Just(DepthAction::Reduce),
        2 => Just(DepthAction::Delete),
        5 => Just(DepthAction::Execute),
        2 => Just(DepthAction::ExecuteHidden),
        3 => Just(DepthAction::Level),
    ];
    let side = prop_oneof![Just(BookSide::Bid), Just(BookSide::Ask)];
    prop_oneof![
        12 => (action, 1_u64..30, side, 995_i64..1_006, 0_u64..60)
            .prop_map(|(a, id, s, p, q)| Step::Depth(a, id, s, p, q)),
        5 => slice_step(),
        1 => status_step(),
    ]
}

fn quote_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (995_i64..1_003, 0_u64..90, -1_i64..5, 0_u64..90)
            .prop_map(|(bid, q, spread, r)| Step::Quote((bid, q), (bid + spread, r))),
        5 => (994_i64..1_007, 1_u64..90, prop_oneof![5 => Just(0_u32), 1 => Just(1_u32 << 8)])
            .prop_map(|(p, q, c)| Step::Print(p, q, c)),
        5 => slice_step(),
        1 => status_step(),
    ]
}

fn apply(bench: &mut Bench, step: Step, next_id: &mut u64) {
    match step {
        Step::Depth(action, id, side, price, qty) => bench.depth(action, id, side, price, qty),
        Step::Quote(bid, ask) => bench.quote(bid, ask),
        Step::Print(price, qty, conditions) => bench.print(price, qty, conditions),
        Step::Status(status) => bench.status(status),
        Step::New(side, price, qty, force, flags) => {
            *next_id += 1;
            bench.order(*next_id, side, price, qty, force, flags);
        }
        Step::Replace(id, version, price, qty) => {
            bench.replace(id, version, price, qty);
        }
        Step::Cancel(id) => {
            bench.cancel(id);
        }
    }
}

fn quantity(trades: &[Trade]) -> u64 {
    trades.iter().map(|t| t.qty).sum()
}

/// Every step conserves its aggressor and leaves a book in order.
fn check_step(bench: &Bench, step: Step, trades: &[Trade], dropped: u64, by_depth: bool) {
    let traded = quantity(trades);
    match step {
        Step::Depth(DepthAction::Execute, _, _, _, qty) => assert_eq!(traded + dropped, qty),
        Step::Depth(DepthAction::ExecuteHidden, _, _, _, qty)
        | Step::Depth(DepthAction::Add, _, _, _, qty) => {
            assert!(traded <= qty);
            assert!(traded == qty || !matches!(step, Step::Depth(DepthAction::ExecuteHidden, ..)));
        }
        Step::Depth(DepthAction::Level, _, _, _, qty) => assert!(traded <= qty),
        Step::Depth(..) => assert_eq!(traded, 0),
        Step::Print(_, qty, _) => assert_eq!(traded + dropped, qty),
        Step::New(_, _, qty, _, _) | Step::Replace(_, _, _, qty) => assert!(traded <= qty),
        Step::Cancel(_) => assert_eq!(traded, 0),
        Step::Quote(..) | Step::Status(_) => {}
    }
    let book = bench.venue.book(0).unwrap();
    if by_depth && bench.venue.is_open(0) {
        assert!(!book.is_crossed(), "crossed after {step:?}");
    }
    for side in [BookSide::Bid, BookSide::Ask] {
        for level in book.levels(side) {
            let sum: u64 = book
                .queue(side, level.price)
                .map(|h| book.order(h).qty.0)
                .sum();
            assert_eq!(level.qty.0, sum);
        }
        // An aggressor takes the best first.
        let prices: Vec<i64> = trades
            .iter()
            .filter(|t| t.taken_side == side.code() && t.conditions & 1 << 12 != 0)
            .map(|t| {
                if side == BookSide::Bid {
                    -t.price
                } else {
                    t.price
                }
            })
            .collect();
        let one_aggressor = !matches!(step, Step::Status(_) | Step::Quote(..));
        assert!(
            !one_aggressor || prices.is_sorted(),
            "{prices:?} in {step:?}"
        );
    }
}

/// Every child's reports add up, never exceed it, and end at the terminal one.
fn check_reports(reports: &[ExecutionReport], limits: &BTreeMap<u64, (i64, Option<i64>)>) {
    let mut filled: BTreeMap<u64, u64> = BTreeMap::new();
    let mut ended: BTreeMap<u64, bool> = BTreeMap::new();
    for (at, report) in reports.iter().enumerate() {
        assert_eq!(report.sequence, at as u64 + 1);
        let sum = filled.entry(report.child_id).or_default();
        let kind = ReportKind::try_from(report.kind).unwrap();
        *sum += report.last_qty;
        assert_eq!(report.cumulative_qty, *sum, "child {}", report.child_id);
        assert!(*sum <= report.order_qty);
        let ended = ended.entry(report.child_id).or_default();
        let refusal = matches!(
            kind,
            ReportKind::CancelRejected | ReportKind::ReplaceRejected
        );
        assert!(!*ended || refusal, "{kind:?} after the end");
        *ended |= kind.is_terminal();
        assert_eq!(
            kind == ReportKind::Fill,
            *sum == report.order_qty && report.last_qty > 0
        );
        if let (true, Some((sign, Some(limit)))) =
            (report.last_qty > 0, limits.get(&report.child_id))
        {
            assert!(
                sign * report.last_price <= sign * limit * CENT,
                "beyond the limit"
            );
        }
    }
}

fn run(steps: &[Step], rule: QueueRule, by_depth: bool) -> Record {
    let mut bench = Bench::with(VenueConfig {
        queue_rule: rule,
        order_latency: Latency::default(),
        report_latency: Latency::default(),
        ..VenueConfig::default()
    });
    let mut next_id = 0;
    let mut limits = BTreeMap::new();
    for step in steps {
        let trades = bench.out.trades.len();
        let dropped = bench.venue.stats().dropped_qty;
        apply(&mut bench, *step, &mut next_id);
        if let Step::New(side, price, ..) = step {
            limits.insert(next_id, (side.sign(), *price));
        }
        if let Step::Replace(id, ..) = step {
            // Its limit may have moved either way.
            limits.remove(id);
        }
        let dropped = bench.venue.stats().dropped_qty - dropped;
        check_step(
            &bench,
            *step,
            &bench.out.trades[trades..],
            dropped,
            by_depth,
        );
    }
    check_reports(&bench.out.reports, &limits);
    let by_reports: u64 = bench.out.reports.iter().map(|r| r.last_qty).sum();
    let by_tape: u64 = bench
        .out
        .trades
        .iter()
        .filter(|t| t.conditions & 1 << 12 != 0)
        .map(|t| t.qty)
        .sum();
    assert_eq!(by_reports, by_tape);
    let sequences: Vec<u32> = bench.out.quotes.iter().map(|q| q.sequence).collect();
    assert!(sequences.is_sorted());
    bench.out
}

fn any_rule() -> impl Strategy<Value = QueueRule> {
    proptest::sample::select(QueueRule::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_history_conserves_quantity_and_keeps_the_book_in_order(
        steps in proptest::collection::vec(depth_step(), 0..150),
        rule in any_rule(),
    ) {
        let first = run(&steps, rule, true);
        let again = run(&steps, rule, true);
        prop_assert_eq!(first.bytes, again.bytes);
    }

    #[test]
    fn any_quote_history_conserves_quantity_and_reports_add_up(
        steps in proptest::collection::vec(quote_step(), 0..150),
        rule in any_rule(),
    ) {
        let first = run(&steps, rule, false);
        let again = run(&steps, rule, false);
        prop_assert_eq!(first.bytes, again.bytes);
    }

    #[test]
    fn any_bytes_are_counted_and_never_panic(
        messages in proptest::collection::vec(
            (any::<bool>(), 0_usize..9, any::<[u64; 16]>(), any::<[bool; 16]>()), 0..60)
    ) {
        let shapes = [
            Depth::empty().header, Quote::empty().header, Trade::empty().header,
            Status::empty().header, SliceNew::empty().header, SliceReplace::empty().header,
            SliceCancel::empty().header, Header::new(0x0103, 7), Header::new(9, 3),
        ];
        let config = VenueConfig {
            order_latency: Latency { base: DurationNs(5), jitter: DurationNs(u64::MAX) },
            ..VenueConfig::default()
        };
        let mut venue = Venue::new(&[instrument(0)], config).unwrap();
        let mut out = Record::default();
        for (at, (as_slice, shape, mut words, small)) in messages.into_iter().enumerate() {
            for (word, small) in words.iter_mut().zip(small) {
                if small { *word &= 0x0101_0101; }
            }
            words[0] = shapes[shape].word();
            if words[1] & 1 == 0 { words[1] &= !0xffff_ffff; }
            let count = shapes[shape].words().unwrap_or(1).min(16);
            let now = Nanos(OPEN + at as u64);
            if as_slice {
                venue.on_slice(now, &words[..count], &mut out);
            } else {
                venue.on_history(&words[..count], &mut out);
            }
            venue.advance(now, &mut out);
        }
        venue.advance(Nanos::NEVER, &mut out);
        check_reports(&out.reports, &BTreeMap::new());
    }
}
