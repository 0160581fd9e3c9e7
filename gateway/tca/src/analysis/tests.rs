//! The report's numbers, each against a figure worked out by hand or by a naive loop.

use crate::Analysis;
use crate::report::{ParentReport, Report};
use crate::testing::{Run, S, cents, instruments};
use proptest::prelude::*;
use shm_wire::codes::{AlgorithmCode, ParentState, ReportKind, RingKind, Side, TradingStatus};
use shm_wire::market::{TradeCancel, TradeCorrect, condition};
use shm_wire::parent::UpdateKind;
use shm_wire::reason::Reason;
use shm_wire::record::{Direction, RecordHead};

const TWAP: AlgorithmCode = AlgorithmCode::Twap;

/// A TWAP to buy 300 from second 1,000 to 2,000, accepted at 900, filled in two parts, in a market with two mids.
fn twap_run() -> Run {
    let mut run = Run::default();
    run.quote(800 * S, 9_990, 10_010);
    run.order(900 * S, 1, Side::Buy, TWAP, 300);
    run.accept(900 * S, 1, 300, 1_000 * S, 2_000 * S);
    run.trade(999 * S, 9_000, 500, 0);
    run.trade(1_000 * S, 10_000, 600, 0);
    run.slice(1_100 * S, 1, 7, 10_010, 100);
    run.fill(1_200 * S, 7, 10_010, 100);
    run.quote(1_500 * S, 10_090, 10_110);
    run.trade(1_600 * S, 10_100, 300, 0);
    run.trade(1_650 * S, 20_000, 900, condition::AUCTION);
    run.trade(1_660 * S, 20_000, 900, condition::OWN);
    run.slice(1_700 * S, 1, 8, 10_100, 200);
    run.fill(1_800 * S, 8, 10_100, 200);
    run.done(
        1_800 * S,
        1,
        ParentState::Filled,
        Reason::TerminalFilled,
        300,
    );
    run.trade(1_999 * S, 10_200, 100, 0);
    run.trade(2_000 * S, 30_000, 100, 0);
    run
}

fn only(report: &Report) -> &ParentReport {
    assert_eq!(report.parents.len(), 1);
    &report.parents[0]
}

fn close(a: Option<f64>, b: f64) {
    let a = a.expect("defined");
    assert!((a - b).abs() < 1e-9, "{a} is not {b}");
}

fn text(d: Option<crate::format::Decimal>) -> String {
    d.map_or("null".to_owned(), |d| d.to_string())
}

#[test]
fn a_twap_is_measured_from_start_to_end() {
    let report = twap_run().analysis().report();
    let p = only(&report);
    assert_eq!(
        (
            p.client_order_id.as_str(),
            p.instrument.as_str(),
            p.side.as_str(),
            p.algorithm.as_str()
        ),
        ("order-1", "AAPL", "buy", "TWAP")
    );
    assert_eq!(
        (p.state.as_str(), p.reason.as_str(), p.reason_text.as_str()),
        ("FILLED", "TerminalFilled", "filled")
    );
    assert_eq!(
        (p.ordered, p.filled, p.leaves, p.children, p.fills),
        (300, 300, 0, 2, 2)
    );
    // (100 x 100.10 + 200 x 101.00) / 300
    assert_eq!(text(p.average_price), "100.70");
    assert_eq!(text(p.arrival_price), "100.00");
    // Eligible prints from 1,000 (included) to 2,000 (excluded): 600 @ 100, 300 @ 101, 100 @ 102.
    assert_eq!(p.market_volume, Some(1_000));
    assert_eq!(text(p.interval_vwap), "100.50");
    // 500 s at 100 and 500 s at 101.
    assert_eq!(text(p.interval_twap), "100.50");
    close(p.slippage_bps.arrival, 70.0);
    close(p.slippage_bps.interval_vwap, 0.2 / 100.5 * 1e4);
    close(p.slippage_bps.interval_twap, 0.2 / 100.5 * 1e4);
    close(p.participation, 300.0 / 1_300.0);
    assert!(p.reconciled);
    assert_eq!(report.totals.completed, 1);
    assert_eq!(report.totals.notional["USD"], "30210.00");
    assert_eq!(
        report.quality.law_violations, 0,
        "{:?}",
        report.quality.violations
    );
    assert!((report.quality.success_rate - 1.0).abs() < f64::EPSILON);
    assert_eq!(report.quality.market_messages, 9);
}

#[test]
fn a_sale_at_the_same_prices_gains_what_a_buy_loses() {
    let mut run = twap_run();
    let mut sale = Run::default();
    sale.order(900 * S, 1, Side::SellShort, TWAP, 300);
    run.records[1].1 = sale.records.remove(0).1;
    let report = run.analysis().report();
    close(only(&report).slippage_bps.arrival, -70.0);
}

#[test]
fn participation_orders_are_measured_to_their_last_fill() {
    for algorithm in [
        AlgorithmCode::Pov,
        AlgorithmCode::Is,
        AlgorithmCode::Arrival,
    ] {
        let mut run = twap_run();
        let mut order = Run::default();
        order.order(900 * S, 1, Side::Buy, algorithm, 300);
        run.records[1].1 = order.records.remove(0).1;
        let report = run.analysis().report();
        let p = only(&report);
        assert_eq!(p.market_volume, Some(900));
        close(p.participation, 0.25);
        // 500 s at 100 and 300 s at 101.
        assert_eq!(text(p.interval_twap), "100.375");
    }
}

#[test]
fn arrival_waits_for_the_first_usable_touch() {
    let mut run = Run::default();
    run.quote(800 * S, 10_000, 10_000);
    run.order(900 * S, 1, Side::Buy, TWAP, 10);
    run.accept(900 * S, 1, 10, 900 * S, 2_000 * S);
    run.quote(950 * S, 10_020, 10_010);
    run.quote(960 * S, 10_000, 10_001);
    let report = run.analysis().report();
    assert_eq!(text(only(&report).arrival_price), "100.005");
    run.records.truncate(4);
    let report = run.analysis().report();
    let p = only(&report);
    assert_eq!(
        (text(p.arrival_price), text(p.interval_twap)),
        ("null".into(), "null".into())
    );
    assert_eq!((p.slippage_bps.arrival, p.participation), (None, None));
    assert_eq!(p.market_volume, Some(0));
}

#[test]
fn halts_and_suspensions_have_no_weight_in_the_twap() {
    let mut run = Run::default();
    run.quote(900 * S, 9_999, 10_001);
    run.order(900 * S, 1, Side::Buy, TWAP, 10);
    run.accept(900 * S, 1, 10, 1_000 * S, 2_000 * S);
    run.quote(1_200 * S, 19_999, 20_001);
    run.status(1_200 * S, TradingStatus::Halt.code());
    run.quote(1_300 * S, 10_099, 10_101);
    run.status(1_400 * S, TradingStatus::Continuous.code());
    run.update(1_500 * S, 1, |m| m.state = ParentState::Suspended.code());
    run.quote(1_500 * S, 29_999, 30_001);
    run.quote(1_600 * S, 10_099, 10_101);
    run.update(1_600 * S, 1, |_| ());
    run.quote(1_600 * S, 10_099, 10_101);
    run.quote(2_500 * S, 1, 3);
    let report = run.analysis().report();
    // 200 s at 100; 100 s at 101 before and 400 s after the suspension.
    assert_eq!(text(only(&report).interval_twap), "100.714285714");
}

#[test]
fn voided_and_corrected_prints_count_as_corrected() {
    let mut run = twap_run();
    let id_of_second = 5;
    let mut c = TradeCorrect::empty();
    c.trade_id = id_of_second;
    (c.new_qty, c.new_price) = (100, cents(10_000));
    run.market(2_100 * S, &c);
    assert_eq!(only(&run.analysis().report()).market_volume, Some(500));
    let mut c = TradeCancel::empty();
    c.trade_id = id_of_second;
    run.market(2_200 * S, &c);
    let report = run.analysis().report();
    assert_eq!(only(&report).market_volume, Some(400));
    assert_eq!(text(only(&report).interval_vwap), "101.25");
}

#[test]
fn an_execution_counts_once_and_busts_and_corrections_are_honoured() {
    let mut run = twap_run();
    let bust = |run: &mut Run, kind: ReportKind, of: u64, qty: u64| {
        run.report(1_900 * S, 7, |m| {
            m.kind = kind.code();
            m.reference_low = of;
            m.last_qty = qty;
            m.last_price = cents(10_000);
        });
    };
    let again = run
        .records
        .iter()
        .find(|r| r.0.ring == RingKind::Reports.code())
        .cloned();
    let (mut head, payload) = again.expect("a report");
    head.sequence = run.records.len() as u64 + 1;
    run.records.push((head, payload));
    assert_eq!(only(&run.analysis().report()).filled, 300);
    bust(&mut run, ReportKind::Correct, 1, 50);
    let report = run.analysis().report();
    assert_eq!((only(&report).filled, only(&report).fills), (250, 2));
    assert_eq!(text(only(&report).average_price), "100.80");
    bust(&mut run, ReportKind::Bust, 1, 0);
    bust(&mut run, ReportKind::Bust, 99, 0);
    let report = run.analysis().report();
    assert_eq!(
        (
            only(&report).filled,
            only(&report).fills,
            only(&report).leaves
        ),
        (200, 1, 100)
    );
    assert_eq!(report.quality.orphans, 1);
    assert_eq!(report.quality.fills, 1);
}

#[test]
fn slice_ends_give_deviation_and_misses_with_their_reasons() {
    let mut run = Run::default();
    run.order(900 * S, 1, Side::Buy, TWAP, 1_000);
    run.accept(900 * S, 1, 1_000, 1_000 * S, 2_000 * S);
    for (i, (target, filled)) in [(100, 90), (200, 100), (300, 340)].into_iter().enumerate() {
        run.update((1_100 + i as u64) * S, 1, |m| {
            m.event = UpdateKind::SliceEnd.code();
            m.reason = Reason::WaitBand.code();
            (m.ordered, m.target, m.filled, m.band) = (1_000, target, filled, 20);
        });
    }
    let report = run.analysis().report();
    let p = only(&report);
    assert_eq!((p.slice_ends, p.slice_misses), (3, 1));
    assert_eq!(p.slice_miss_reasons["WaitBand"], 1);
    close(p.schedule_deviation_max, 0.1);
}

#[test]
fn a_refused_order_says_why_and_has_no_numbers() {
    let mut run = Run::default();
    run.quote(800 * S, 9_990, 10_010);
    run.order(900 * S, 1, Side::Sell, TWAP, 300);
    run.update(900 * S, 1, |m| {
        m.event = UpdateKind::Rejected.code();
        m.state = ParentState::Rejected.code();
        m.field = 6;
        m.reason = Reason::QuantityLot.code();
        m.operands = [300, 200, 0];
    });
    let report = run.analysis().report();
    let p = only(&report);
    assert_eq!(
        (p.state.as_str(), p.field.as_deref()),
        ("REJECTED", Some("quantity"))
    );
    assert_eq!(
        p.reason_text,
        "a quantity of 300 is no multiple of the lot 200"
    );
    assert_eq!((p.ordered, p.leaves, p.market_volume), (300, 300, None));
    assert_eq!((p.arrival_price, p.slippage_bps.arrival), (None, None));
    assert!((report.quality.success_rate - 1.0).abs() < f64::EPSILON);
}

#[test]
fn a_conflicting_resend_leaves_the_accepted_order_alone() {
    let mut run = twap_run();
    run.order(1_850 * S, 1, Side::Sell, TWAP, 999);
    run.update(1_850 * S, 1, |m| {
        m.event = UpdateKind::Rejected.code();
        m.state = ParentState::Rejected.code();
        m.reason = Reason::DuplicateConflict.code();
    });
    let report = run.analysis().report();
    assert_eq!(
        (only(&report).state.as_str(), only(&report).ordered),
        ("FILLED", 300)
    );
}

#[test]
fn broken_laws_are_counted_and_named() {
    let mut run = twap_run();
    run.slice(1_900 * S, 1, 9, 10_010, 1);
    run.slice(1_900 * S, 1, 9, 10_010, 1);
    let report = run.analysis().report();
    let laws: Vec<&str> = report.quality.violations.iter().map(|v| v.law).collect();
    assert_eq!(
        laws,
        [
            "filled + open + new at most ordered",
            "no child after the end of its parent",
            "filled + open + new at most ordered",
            "no child after the end of its parent",
            "child ids are never used twice",
        ]
    );
}

#[test]
fn the_document_has_the_field_names_of_the_contract() {
    let report = twap_run().analysis().report();
    let json = serde_json::to_value(&report).unwrap();
    for field in [
        "client_order_id",
        "instrument",
        "side",
        "algorithm",
        "state",
        "reason",
        "ordered",
        "filled",
        "leaves",
        "average_price",
        "arrival_price",
        "interval_vwap",
        "interval_twap",
        "slippage_bps",
        "participation",
        "market_volume",
        "children",
        "fills",
        "schedule_deviation_max",
    ] {
        assert!(json["parents"][0].get(field).is_some(), "{field}");
    }
    assert_eq!(json["parents"][0]["average_price"], "100.70");
    assert_eq!(
        json["parents"][0]["start"],
        "1970-01-01T00:16:40.000000000Z"
    );
    assert_eq!(
        json["parents"][0]["schedule_deviation_max"],
        serde_json::Value::Null
    );
    for field in ["parents", "ordered", "filled", "notional", "completed"] {
        assert!(json["totals"].get(field).is_some(), "{field}");
    }
}

/// Interval volume, value and time-weighted mid the slow way.
fn naive(
    run: &[(u64, i64, u64)],
    quotes: &[(u64, i64)],
    start: u64,
    end: u64,
) -> (u64, i128, Option<f64>) {
    let inside = |t: &u64| *t >= start && *t < end;
    let volume = run.iter().filter(|p| inside(&p.0)).map(|p| p.2).sum();
    let value = run
        .iter()
        .filter(|p| inside(&p.0))
        .map(|p| i128::from(cents(p.1)) * i128::from(p.2))
        .sum();
    let (mut weighted, mut seconds) = (0.0, 0.0);
    for second in (start / S)..(end / S) {
        if let Some(q) = quotes.iter().rev().find(|q| q.0 / S <= second) {
            weighted += q.1 as f64;
            seconds += 1.0;
        }
    }
    (volume, value, (seconds > 0.0).then(|| weighted / seconds))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn prefix_sums_agree_with_a_plain_loop(
        events in proptest::collection::vec((0_u64..40, 9_000_i64..11_000, 1_u64..500, any::<bool>()), 0..60),
        start in 1_000_u64..1_500, length in 1_u64..1_500,
    ) {
        let mut run = Run::default();
        run.order(900 * S, 1, Side::Buy, TWAP, 10);
        let (start, end) = (start * S, (start + length) * S);
        run.accept(900 * S, 1, 10, start, end);
        let (mut t, mut prints, mut quotes) = (950 * S, Vec::new(), Vec::new());
        for (wait, price, qty, is_trade) in events {
            t += wait * S;
            if is_trade {
                run.trade(t, price, qty, 0);
                prints.push((t, price, qty));
            } else {
                run.quote(t, price - 1, price + 1);
                quotes.push((t, price));
            }
        }
        run.update(4_000 * S, 1, |_| ());
        let report = run.analysis().report();
        let p = only(&report);
        let (volume, value, twap) = naive(&prints, &quotes, start, end);
        prop_assert_eq!(p.market_volume, Some(volume));
        if volume > 0 {
            let vwap = p.interval_vwap.unwrap().0.0;
            prop_assert!((i128::from(vwap) * i128::from(volume) - value).unsigned_abs() <= u128::from(volume));
        } else {
            prop_assert_eq!(p.interval_vwap, None);
        }
        match twap {
            Some(mid) => prop_assert!((p.interval_twap.unwrap().as_f64() - mid / 100.0).abs() < 1e-6),
            None => prop_assert_eq!(p.interval_twap, None),
        }
    }

    #[test]
    fn hostile_words_never_panic(
        noise in proptest::collection::vec((0_usize..18, 0_usize..60, any::<u64>(), any::<u64>()), 1..80),
        heads in any::<[u64; 3]>(),
    ) {
        let mut run = twap_run();
        let count = run.records.len();
        for (record, word, value, time) in noise {
            let (head, payload) = &mut run.records[record % count];
            let len = payload.len();
            payload[word % len] = if word % len == 0 { payload[0] } else { value };
            if time % 7 == 0 {
                head.time = time;
            }
        }
        let mut head = RecordHead::new(1);
        (head.sequence, head.time, head.position) = (heads[0], heads[1], heads[2]);
        head.direction = Direction::Output.code();
        run.records.push((head, vec![heads[2]]));
        let mut a = Analysis::new(&instruments());
        for (head, payload) in &run.records {
            a.on_record(head, payload);
        }
        a.on_record(&head, &[]);
        let report = a.report();
        prop_assert!(serde_json::to_string(&report).is_ok());
        prop_assert!(crate::html::render(&report).contains("</html>"));

    }
}
