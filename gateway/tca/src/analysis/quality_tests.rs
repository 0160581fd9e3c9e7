//! Execution quality in hand-made runs, each figure worked out by hand.

use crate::report::{ExecutionQuality, Report};
use crate::testing::{Run, S, cents, instruments};
use shm_wire::codes::{
    AlgorithmCode, AuctionKind, OrderType, ParentState, ReportKind, RingKind, Side, TimeInForce,
};
use shm_wire::market::{OfficialPrice, condition};
use shm_wire::message::Message;
use shm_wire::parent::{Parameter, ParentAmend, ParentNew};
use shm_wire::reason::Reason;
use shm_wire::record::Direction;
use shm_wire::slice::{SLICE_AUCTION, SliceCancel, SliceNew, SliceReplace};
use shm_wire::units::Price;

fn only(report: &Report) -> &ExecutionQuality {
    assert_eq!(report.parents.len(), 1);
    &report.parents[0].quality
}

fn close(a: Option<f64>, b: f64) {
    let a = a.expect("defined");
    assert!((a - b).abs() < 1e-9, "{a} is not {b}");
}

fn fill(run: &mut Run, t: u64, child: u64, price: i64, qty: u64, liquidity: u8) {
    run.report(t, child, |m| {
        m.kind = ReportKind::PartialFill.code();
        (m.last_qty, m.last_price, m.liquidity) = (qty, cents(price), liquidity);
    });
}

/// An order whose terms `f` may change.
fn order(
    run: &mut Run,
    side: Side,
    algorithm: AlgorithmCode,
    qty: u64,
    f: impl FnOnce(&mut ParentNew),
) {
    run.order(900 * S, 1, side, algorithm, qty);
    let (_, payload) = run.records.last_mut().unwrap();
    let mut m: ParentNew = Message::from_words(payload).unwrap();
    m.terms.decision_price = Price::NONE.0;
    f(&mut m);
    *payload = m.words().to_vec();
}

/// Sells 400 at a mid of 100; 100 taken at the bid, 100 rested at the ask; canceled while the mid is 98.
fn sale() -> Run {
    let mut run = Run::default();
    run.quote(900 * S, 9_990, 10_010);
    order(&mut run, Side::Sell, AlgorithmCode::Twap, 400, |m| {
        m.terms.decision_price = cents(10_050);
    });
    run.accept(900 * S, 1, 400, 1_000 * S, 2_000 * S);
    run.slice(1_000 * S, 1, 7, 9_990, 100);
    fill(&mut run, 1_000 * S + 100, 7, 9_990, 100, 1);
    run.slice(1_050 * S, 1, 8, 10_030, 100);
    let mut m = SliceReplace::empty();
    (m.child_id, m.qty, m.price) = (8, 100, cents(10_010));
    run.push(1_060 * S, Direction::Output, RingKind::Slices, &m);
    fill(&mut run, 1_100 * S, 8, 10_010, 100, 2);
    // The quote that the fill left behind is not what it met.
    run.quote(1_100 * S, 9_980, 10_000);
    run.slice(1_110 * S, 1, 9, 10_000, 100);
    let mut m = SliceCancel::empty();
    m.child_id = 9;
    run.push(1_120 * S, Direction::Output, RingKind::Slices, &m);
    run.quote(1_130 * S, 9_790, 9_810);
    run.done(
        1_200 * S,
        1,
        ParentState::Canceled,
        Reason::TerminalCanceled,
        200,
    );
    run.quote(1_300 * S, 9_690, 9_710);
    run
}

#[test]
fn what_never_traded_is_valued_at_the_mid_at_the_end_of_the_order() {
    let report = sale().analysis().report();
    let q = only(&report);
    let s = q.shortfall.as_ref().unwrap();
    assert_eq!(s.base, "decision");
    assert_eq!(s.base_price.unwrap().to_string(), "100.50");
    assert_eq!(s.end_mid.unwrap().to_string(), "98.00");
    let base = 400.0 * 100.5 / 1e4;
    // 200 sold for 100 on average instead of 100.50; 200 left, worth 98 instead of 100.50.
    close(q.shortfall_bps, (200.0 * 0.5 + 200.0 * 2.5) / base);
    close(s.wagner.delay_bps, 200.0 * 0.5 / base);
    close(s.kissell.delay_bps, 400.0 * 0.5 / base);
    close(s.wagner.trading_bps, 0.0);
    close(s.kissell.opportunity_bps, 200.0 * 2.0 / base);
    close(q.completion, 0.5);
    assert_eq!(q.decision_price.unwrap().to_string(), "100.50");
}

#[test]
fn improvement_is_measured_against_the_touch_at_send_and_spreads_against_the_mid_before_the_fill() {
    let report = sale().analysis().report();
    let q = only(&report);
    // Sold at the bid of 99.90: nothing. Rested and sold at 100.10 when crossing would have brought 99.90: 0.20 better.
    close(q.price_improvement_bps, 0.2 / (2.0 * 99.9) * 1e4);
    close(q.passive_ratio, 0.5);
    // The one paid half of 0.20 to cross, the other earned it.
    close(q.spreads.effective_bps, 0.0);
    close(q.spreads.quoted_bps, 20.0);
    close(q.spreads.effective_over_quoted, 0.0);
    // Three children, a replace and a cancel.
    assert_eq!(q.messages, 5);
    close(q.messages_per_fill, 2.5);
}

#[test]
fn mark_outs_are_gains_when_the_price_moves_with_the_order() {
    let report = sale().analysis().report();
    let q = only(&report);
    let row = |seconds| *q.markouts.iter().find(|m| m.seconds == seconds).unwrap();
    // The first fill at 99.90 meets a mid of 100; the second at 100.10 one of 99.90.
    close(row(1).gain_bps, (-0.1 + 0.2) / 200.0 * 1e4);
    close(row(1).taken_gain_bps, -0.1 / 99.9 * 1e4);
    close(row(1).rested_gain_bps, 0.2 / 100.1 * 1e4);
    // After a minute: 100 still, and 98.
    close(row(60).gain_bps, (-0.1 + 2.1) / 200.0 * 1e4);
    // realised + impact = effective, here 0.
    close(row(60).realised_spread_bps, -2.0 * 2.0 / 200.0 * 1e4);
    close(row(60).impact_bps, 2.0 * 2.0 / 200.0 * 1e4);
    // The run ends at 1,300: five minutes after the first fill are seen, not after the second.
    assert_eq!((row(60).fills, row(300).fills), (2, 0));
    let mut run = sale();
    run.quote(1_300 * S + 100, 9_690, 9_710);
    let report = run.analysis().report();
    assert_eq!(only(&report).markouts[3].fills, 1);
    close(only(&report).markouts[3].gain_bps, 2.9 / 99.9 * 1e4);
}

#[test]
fn a_busted_fill_has_no_part_in_the_figures() {
    let mut run = sale();
    run.report(1_290 * S, 8, |m| {
        m.kind = ReportKind::Bust.code();
        m.reference_low = 2;
    });
    let report = run.analysis().report();
    let q = only(&report);
    close(q.price_improvement_bps, 0.0);
    close(q.passive_ratio, 0.0);
    assert_eq!(q.markouts[0].fills, 1);
}

#[test]
fn an_order_without_fills_costs_its_opportunity_and_has_no_other_figures() {
    let mut run = Run::default();
    run.quote(900 * S, 9_990, 10_010);
    order(&mut run, Side::Buy, AlgorithmCode::Twap, 100, |_| ());
    run.accept(900 * S, 1, 100, 1_000 * S, 2_000 * S);
    run.quote(1_500 * S, 10_090, 10_110);
    // Nothing on one side: the last usable touch prevails.
    run.quote(1_600 * S, 10_110, 10_110);
    let report = run.analysis().report();
    let q = only(&report);
    assert_eq!(q.shortfall.as_ref().unwrap().base, "arrival");
    close(q.shortfall_bps, 100.0);
    assert_eq!(
        (
            q.price_improvement_bps,
            q.passive_ratio,
            q.messages_per_fill,
            q.spreads.effective_bps
        ),
        (None, None, None, None)
    );
    assert!(q.pov_compliance.is_empty());
    assert!(
        q.markouts
            .iter()
            .all(|m| m.fills == 0 && m.gain_bps.is_none())
    );
}

/// A POV order from 1,000 to 2,000 with these parameters.
fn pov(parameters: &[(u16, i64)]) -> Run {
    let mut run = Run::default();
    run.quote(900 * S, 9_990, 10_010);
    order(&mut run, Side::Buy, AlgorithmCode::Pov, 10_000, |m| {
        for (slot, (id, value)) in m.terms.parameters.iter_mut().zip(parameters) {
            (slot.id, slot.value) = (*id, *value);
        }
        m.terms.parameter_count = u8::try_from(parameters.len()).unwrap();
    });
    run.accept(900 * S, 1, 10_000, 1_000 * S, 2_000 * S);
    run.slice(1_000 * S, 1, 7, 10_010, 10_000);
    run
}

/// One minute from 1,000 on: what others and we did in its middle.
fn minute(run: &mut Run, index: u64, others: u64, own: u64) {
    let t = (1_000 + 60 * index + 30) * S;
    if others > 0 {
        run.trade(t, 10_000, others, 0);
    }
    if own > 0 {
        fill(run, t, 7, 10_010, own, 1);
    }
}

#[test]
fn compliance_judges_each_whole_window_with_volume_by_a_fifth_around_the_target() {
    let mut run = pov(&[(200, 200_000)]);
    // Rates 20 %, 16 % (the lower bound), 24.5 %, 0 %, no volume at all, and a piece that is no whole window.
    for (index, (others, own)) in [(80, 20), (84, 16), (151, 49), (100, 0), (0, 0), (1, 99)]
        .into_iter()
        .enumerate()
    {
        minute(&mut run, index as u64, others, own);
    }
    run.done(
        1_340 * S,
        1,
        ParentState::Canceled,
        Reason::TerminalCanceled,
        184,
    );
    let report = run.analysis().report();
    let rows = &only(&report).pov_compliance;
    assert_eq!(
        rows.iter().map(|r| r.window_seconds).collect::<Vec<_>>(),
        [60, 300, 1_800]
    );
    assert_eq!(
        (rows[0].windows, rows[0].breaches, rows[0].breaches_above),
        (4, 2, 1)
    );
    close(rows[0].in_bounds_fraction, 0.5);
    let squares: f64 = [0.0, 0.04_f64, 0.045, 0.2].iter().map(|e| e * e).sum();
    close(rows[0].rate_rms_error, (squares / 4.0).sqrt());
    close(rows[0].rate_max, 0.245);
    // 85 of 500: 17 %.
    assert_eq!((rows[1].windows, rows[1].breaches), (1, 0));
    close(rows[1].rate_rms_error, 0.03);
    assert_eq!(
        (
            rows[2].windows,
            rows[2].in_bounds_fraction,
            rows[2].rate_rms_error
        ),
        (0, None, None)
    );
}

#[test]
fn an_orders_own_bounds_come_before_the_fifth_and_the_default_target_is_a_tenth() {
    for (parameters, breaches) in [
        (&[][..], 1),
        (&[(200, 200_000)], 1),
        (&[(200, 200_000), (201, 130_000)], 0),
        (&[(201, 130_000), (1, 150_000)], 0),
        (&[(1, 140_000)], 1),
        // A cap of 100 % is none: a fifth above the default of 10 % it is.
        (&[(1, 1_000_000)], 1),
    ] {
        let mut run = pov(parameters);
        minute(&mut run, 0, 850, 150);
        run.done(
            1_060 * S,
            1,
            ParentState::Canceled,
            Reason::TerminalCanceled,
            150,
        );
        let report = run.analysis().report();
        assert_eq!(
            only(&report).pov_compliance[0].breaches,
            breaches,
            "{parameters:?}"
        );
    }
}

#[test]
fn paused_windows_are_left_out_and_an_amended_rate_counts_from_its_time() {
    let mut run = pov(&[(200, 100_000)]);
    minute(&mut run, 0, 900, 100);
    run.update(1_070 * S, 1, |m| m.state = ParentState::Paused.code());
    minute(&mut run, 1, 900, 0);
    run.update(1_119 * S, 1, |_| ());
    let mut m = ParentAmend::empty();
    (m.parent_id, m.source, m.version) = (1, 1, 2);
    m.terms.quantity = 10_000;
    m.terms.parameter_count = 1;
    m.terms.parameters[0] = Parameter {
        id: 200,
        value: 500_000,
        ..Parameter::default()
    };
    run.push(1_119 * S, Direction::Input, RingKind::Orders, &m);
    run.update(1_119 * S, 1, |m| m.version = 2);
    minute(&mut run, 2, 500, 500);
    run.done(
        1_180 * S,
        1,
        ParentState::Canceled,
        Reason::TerminalCanceled,
        600,
    );
    let report = run.analysis().report();
    let row = only(&report).pov_compliance[0];
    assert_eq!((row.windows, row.breaches), (2, 0));
    close(row.rate_rms_error, 0.0);
}

#[test]
fn the_document_has_the_fields_beside_the_others_and_the_text_one_line_a_parent() {
    let report = sale().analysis().report();
    let json = serde_json::to_value(&report).unwrap();
    let parent = &json["parents"][0];
    for field in [
        "completion",
        "decision_price",
        "shortfall_bps",
        "shortfall",
        "price_improvement_bps",
        "passive_ratio",
        "spreads",
        "markouts",
        "messages",
        "messages_per_fill",
        "pov_compliance",
        "slippage_bps",
    ] {
        assert!(parent.get(field).is_some(), "{field}");
    }
    assert_eq!(parent["shortfall"]["kissell"]["trading_bps"], 0.0);
    let text = crate::text::quality(&report);
    assert_eq!(
        text.lines().filter(|l| l.starts_with("order-1 ")).count(),
        1,
        "{text}"
    );
    assert!(text.contains("+149.25"), "{text}");
}

#[test]
fn any_times_in_a_pov_run_give_a_report() {
    let mut run = pov(&[(200, i64::MIN), (201, -1), (1, i64::MAX)]);
    minute(&mut run, 0, 900, 100);
    for t in [0, 1, u64::MAX - 1, u64::MAX] {
        run.update(t, 1, |m| (m.start, m.end) = (u64::MAX - t, t));
        run.quote(t, 1, 2);
        fill(&mut run, t, 7, i64::MAX / 10_000_000, 1 << 48, 1);
        let mut a = crate::Analysis::new(&instruments());
        for (head, payload) in &run.records {
            a.on_record(head, payload);
        }
        assert_eq!(a.report().parents.len(), 1);
    }
}

/// Buys 1,000, of which 300 at the close of 100.20; the cross had 3,000.
fn at_the_close(official: Option<u64>) -> Run {
    let mut run = Run::default();
    run.quote(900 * S, 9_990, 10_010);
    order(&mut run, Side::Buy, AlgorithmCode::Close, 1_000, |_| {});
    run.accept(900 * S, 1, 1_000, 1_000 * S, 2_000 * S);
    run.slice(1_000 * S, 1, 7, 10_010, 100);
    run.fill(1_001 * S, 7, 10_010, 100);
    let mut m = SliceNew::empty();
    (m.child_id, m.parent_id, m.source, m.version) = (8, 1, 1, 1);
    (m.qty, m.price, m.order_type) = (500, cents(10_500), OrderType::Limit.code());
    (m.flags, m.time_in_force) = (SLICE_AUCTION, TimeInForce::Close.code());
    run.push(1_400 * S, Direction::Output, RingKind::Slices, &m);
    run.trade(1_500 * S, 10_000, 600, 0);
    run.trade(2_010 * S, 10_020, 2_700, condition::AUCTION);
    if let Some(qty) = official {
        let mut m = OfficialPrice::empty();
        (m.time, m.price, m.qty) = (2_010 * S, cents(10_020), qty);
        m.auction = AuctionKind::Close.code();
        run.market(2_010 * S, &m);
    }
    fill(&mut run, 2_010 * S, 8, 10_020, 300, 2);
    run.done(
        2_011 * S,
        1,
        ParentState::DonePartial,
        Reason::TerminalAuction,
        400,
    );
    run
}

#[test]
fn an_order_in_the_closing_auction_is_held_against_the_official_close() {
    let report = at_the_close(Some(3_000)).analysis().report();
    assert_eq!(
        report.quality.law_violations, 0,
        "{:?}",
        report.quality.violations
    );
    let p = &report.parents[0];
    assert_eq!(p.quality.auctions.len(), 1);
    let a = &p.quality.auctions[0];
    assert_eq!(
        (a.kind.as_str(), a.sent, a.filled, a.volume),
        ("close", 500, 300, Some(3_000))
    );
    assert_eq!(a.official_price.unwrap().to_string(), "100.20");
    close(a.share, 0.1);
    close(a.slippage_bps, 0.0);
    // The others' part of the cross counts for an order that was in it.
    assert_eq!(p.market_volume, Some(600 + 2_700));
    close(p.participation, 400.0 / 3_700.0);
}

#[test]
fn without_an_official_price_nothing_is_held_against_it() {
    let report = at_the_close(None).analysis().report();
    let p = &report.parents[0];
    let a = &p.quality.auctions[0];
    assert_eq!(
        (a.filled, a.volume, a.share, a.slippage_bps),
        (300, None, None, None)
    );
    assert_eq!(p.market_volume, Some(600));
}
