use crate::rig::{Rig, SLEEP_UNTIL, UNIT, children, order, with};
use engine_core::input::Inbound;
use engine_core::outbox::Output;
use engine_core::risk::RiskLimits;
use shm_wire::codes::{ParentState, ReportKind, TradingStatus};
use shm_wire::market::{Quote, Trade, TradeCancel};
use shm_wire::reason::Reason;

#[test]
fn orders_that_are_not_due_cost_no_decision() {
    let mut rig = Rig::with(1, 1_000, RiskLimits::demo());
    for id in 1..=500 {
        rig.submit(with(order(id, 100), SLEEP_UNTIL, 1_000_000));
    }
    let before = rig.engine.counters().decisions;
    for n in 0..1_000 {
        rig.quote(0, 100 - n % 2, 101 + n % 2);
        rig.trade(0, 100);
    }
    assert_eq!(rig.engine.counters().decisions, before);
    rig.trade(0, 1_000_000 - 100_000);
    assert_eq!(
        rig.engine.counters().decisions - before,
        500,
        "all are due at once"
    );
    assert_eq!(children(&rig.said).len(), 500);
}

#[test]
fn no_step_makes_more_outputs_than_fit_whatever_wakes() {
    let mut rig = Rig::with(1, 2_000, RiskLimits::demo());
    for id in 1..=1_000 {
        rig.submit(order(id, 1_000));
    }
    let mut most = 0;
    let mut steps = 1;
    let sequence = rig.next_sequence(0);
    let halt = shm_wire::market::Status {
        sequence,
        status: TradingStatus::Halt.code(),
        ..shm_wire::market::Status::empty()
    };
    most = most.max(rig.step(Inbound::Status(halt)));
    while rig.engine.needs_continue() {
        let message = Inbound::Continue(shm_wire::record::Continue::empty());
        most = most.max(rig.step(message));
        steps += 1;
    }
    assert!(most <= 64 && steps > 20, "{most} {steps}");
    let cancels = rig
        .all
        .iter()
        .filter(|o| matches!(o, Output::Cancel(_)))
        .count();
    assert_eq!(cancels, 1_000, "every child was taken back");
}

#[test]
fn a_halt_takes_children_back_and_trading_settles_before_it_goes_on() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    rig.status(0, TradingStatus::Halt);
    assert_eq!((rig.cancels(), rig.reason(1)), (1, Reason::SuspendHalt));
    rig.report(&child, ReportKind::Canceled, 0, 0);
    rig.trade(0, 9_000);
    assert!(children(&rig.pass(60_000)).is_empty());
    rig.status(0, TradingStatus::Continuous);
    rig.quote(0, 100, 101);
    assert!(children(&rig.pass(4_900)).is_empty(), "settling");
    assert_eq!(children(&rig.pass(200)).len(), 1);
    assert_eq!(
        (rig.state_code(1), rig.state(1).market_volume),
        (ParentState::Active, 0)
    );
}

#[test]
fn an_auction_suspends_and_a_closed_market_ends_with_a_reason() {
    let mut rig = Rig::new();
    let mut m = order(1, 300);
    m.terms.end = crate::rig::OPEN + 1_000_000_000;
    rig.submit(m);
    let child = rig.children()[0];
    rig.status(0, TradingStatus::Auction);
    assert_eq!(rig.reason(1), Reason::SuspendAuction);
    rig.report(&child, ReportKind::Canceled, 0, 0);
    rig.pass(2_000);
    assert_eq!(rig.reason(1), Reason::TerminalHalted);
}

#[test]
fn a_gap_is_stale_and_children_stay_for_a_second() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    rig.next_sequence(0);
    rig.trade(0, 10);
    assert_eq!((rig.cancels(), rig.reason(1)), (0, Reason::SuspendStale));
    assert_eq!(rig.engine.counters().market_gaps, 1);
    let said = rig.pass(1_000);
    assert!(said.iter().any(|o| matches!(o, Output::Cancel(_))));
    rig.quote(0, 100, 101);
    assert_ne!(rig.state_code(1), ParentState::Suspended);
}

#[test]
fn out_of_limit_suspends_the_schedule_and_comes_back_with_the_touch() {
    let mut rig = Rig::new();
    let mut m = order(1, 300);
    m.terms.limit = 99 * UNIT;
    rig.submit(m);
    assert_eq!(rig.state_code(1), ParentState::Suspended);
    let child = rig.children()[0];
    assert_eq!(child.price, 99 * UNIT, "one child rests at the limit");
    rig.trade(0, 700);
    rig.quote(0, 99, 100);
    assert_eq!(rig.state_code(1), ParentState::Active);
    assert_eq!(
        rig.state(1).market_volume,
        0,
        "volume out of limit is not counted"
    );
    rig.quote(0, 103, 104);
    assert_eq!(rig.state_code(1), ParentState::Suspended);
}

#[test]
fn prices_are_clamped_to_collar_and_bands_and_never_beyond_the_limit() {
    let mut limits = RiskLimits::demo();
    limits.collar_ppm = 1_000;
    let mut rig = Rig::with(1, 4, limits);
    rig.submit(with(order(1, 300), crate::rig::CROSS, 1));
    // 0.1 % of a mid of 100.5 is less than the half spread: crossing is not allowed.
    assert!(rig.children().is_empty());
    assert_eq!(rig.reason(1), Reason::WaitCollar);
    rig.submit(with(order(2, 300), crate::rig::CROSS, 2));
    assert_eq!(
        rig.children()[0].price,
        100_600_000_000,
        "reference 100.50 plus 0.1 %, on the tick"
    );
}

#[test]
fn void_and_corrected_prints_change_the_market_volume() {
    let mut rig = Rig::new();
    rig.submit(with(order(1, 300), SLEEP_UNTIL, 10_000));
    rig.trade(0, 4_000);
    let sequence = rig.next_sequence(0);
    let void = TradeCancel {
        sequence,
        qty: 1_500,
        price: 100 * UNIT,
        ..TradeCancel::empty()
    };
    rig.send(Inbound::TradeCancel(void));
    let sequence = rig.next_sequence(0);
    let fixed = shm_wire::market::TradeCorrect {
        sequence,
        old_qty: 500,
        new_qty: 800,
        old_price: 100 * UNIT,
        new_price: 100 * UNIT,
        ..shm_wire::market::TradeCorrect::empty()
    };
    rig.send(Inbound::TradeCorrect(fixed));
    assert_eq!(rig.engine.market(0).unwrap().volume.0, 4_000 - 1_500 + 300);
}

#[test]
fn messages_for_unknown_instruments_and_negative_prices_are_refused_and_counted() {
    let mut rig = Rig::new();
    rig.send(Inbound::Quote(Quote {
        instrument: 9,
        ..Quote::empty()
    }));
    rig.send(Inbound::Trade(Trade {
        instrument: u32::MAX,
        qty: 5,
        ..Trade::empty()
    }));
    let sequence = rig.next_sequence(0);
    rig.send(Inbound::Trade(Trade {
        price: -5,
        qty: 5,
        sequence,
        ..Trade::empty()
    }));
    assert_eq!(rig.engine.counters().refused, 3);
    assert_eq!(rig.engine.market(0).unwrap().volume.0, 0);
}
