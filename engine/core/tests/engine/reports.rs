use crate::rig::{Rig, UNIT, order};
use engine_core::input::Inbound;
use shm_wire::codes::{ParentState, ReportKind, VenueReason};
use shm_wire::ids::ChildId;
use shm_wire::reason::Reason;
use shm_wire::report::ExecutionReport;

#[test]
fn a_report_delivered_twice_counts_once() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    let fill = rig.report_message(&child, ReportKind::PartialFill, 30, 30);
    rig.send(Inbound::ExecutionReport(fill));
    rig.send(Inbound::ExecutionReport(fill));
    assert_eq!(
        (rig.state(1).filled, rig.engine.counters().duplicates),
        (30, 1)
    );
    // The same execution under a fresh link sequence, as after a reconnect.
    let again = ExecutionReport {
        sequence: fill.sequence + 1,
        ..fill
    };
    rig.send(Inbound::ExecutionReport(again));
    assert_eq!(
        (rig.state(1).filled, rig.engine.counters().duplicates),
        (30, 2)
    );
}

#[test]
fn a_fill_before_the_ack_and_after_the_cancel_is_booked() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    rig.report(&child, ReportKind::PartialFill, 30, 30);
    rig.report(&child, ReportKind::Ack, 0, 30);
    rig.cancel(1);
    // The venue says 80 were done: 50 of them are still on their way and stay reserved.
    rig.report(&child, ReportKind::Canceled, 0, 80);
    assert_eq!((rig.state(1).filled, rig.done_count(1)), (30, 0));
    rig.report(&child, ReportKind::PartialFill, 50, 80);
    assert_eq!(
        (rig.state(1).filled, rig.state_code(1)),
        (80, ParentState::Canceled)
    );
}

#[test]
fn a_final_fill_that_overtakes_an_earlier_one_waits_for_it() {
    let mut rig = Rig::new();
    rig.submit(order(1, 100));
    let child = rig.children()[0];
    let first = rig.report_message(&child, ReportKind::PartialFill, 40, 40);
    rig.report(&child, ReportKind::Fill, 60, 100);
    assert_eq!(
        (rig.state(1).filled, rig.state(1).open, rig.done_count(1)),
        (60, 40, 0)
    );
    let late = ExecutionReport {
        sequence: first.sequence + 10,
        ..first
    };
    rig.send(Inbound::ExecutionReport(late));
    assert_eq!(
        (rig.state(1).filled, rig.state_code(1)),
        (100, ParentState::Filled)
    );
}

#[test]
fn an_overfill_is_booked_in_full_and_stops_the_order() {
    let mut rig = Rig::new();
    rig.submit(order(1, 100));
    let child = rig.children()[0];
    rig.report(&child, ReportKind::Fill, 130, 130);
    let u = rig.state(1);
    assert_eq!((u.filled, u.ordered), (130, 100));
    assert_eq!(rig.engine.counters().parent_overfills, 1);
    assert!(rig.children().is_empty());
}

#[test]
fn a_late_fill_after_the_end_is_booked_and_alarms() {
    let mut rig = Rig::new();
    rig.submit(order(1, 200));
    let child = rig.children()[0];
    rig.cancel(1);
    rig.report(&child, ReportKind::Canceled, 0, 0);
    assert_eq!(rig.done_count(1), 1);
    rig.report(&child, ReportKind::PartialFill, 20, 20);
    assert_eq!(rig.engine.counters().late_fills, 1);
    assert_eq!(
        rig.done_count(1),
        1,
        "the terminal report stays the only one"
    );
}

#[test]
fn a_bust_gives_leaves_back_but_buys_nothing_until_released() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    let fill = rig.report_message(&child, ReportKind::Fill, 100, 100);
    rig.send(Inbound::ExecutionReport(fill));
    let second = *rig.children().last().unwrap();
    let mut bust = rig.report_message(&child, ReportKind::Bust, 0, 0);
    bust.last_qty = 100;
    bust.reference_low = fill.execution_low;
    rig.send(Inbound::ExecutionReport(bust));
    rig.send(Inbound::ExecutionReport(ExecutionReport {
        sequence: bust.sequence + 1,
        ..bust
    }));
    let third = rig.report_message(&second, ReportKind::Fill, 100, 100);
    rig.send(Inbound::ExecutionReport(ExecutionReport {
        sequence: third.sequence + 5,
        ..third
    }));
    let u = rig.state(1);
    assert_eq!(
        (u.filled, u.withheld),
        (100, 100),
        "busted once, however often it is said"
    );
}

#[test]
fn a_correction_changes_quantity_and_average_price() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    let fill = rig.report_message(&child, ReportKind::Fill, 100, 100);
    rig.send(Inbound::ExecutionReport(fill));
    let mut correct = rig.report_message(&child, ReportKind::Correct, 0, 0);
    correct.last_qty = 80;
    correct.last_price = 99 * UNIT;
    correct.reference_low = fill.execution_low;
    rig.send(Inbound::ExecutionReport(correct));
    rig.cancel(1);
    let u = rig.state(1);
    assert_eq!((u.filled, u.average_price, u.withheld), (80, 99 * UNIT, 20));
}

#[test]
fn five_rejects_in_a_row_suspend_the_order() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    for n in 1..=5 {
        let child = *crate::rig::children(&rig.all).last().unwrap();
        let mut reject = rig.report_message(&child, ReportKind::Rejected, 0, 0);
        reject.reason = VenueReason::PriceBand.code();
        rig.send(Inbound::ExecutionReport(reject));
        assert!(rig.children().is_empty(), "locked out for a while");
        rig.pass(150);
        assert_eq!(crate::rig::children(&rig.all).len(), (n + 1).min(5));
    }
    assert_eq!(
        (rig.state_code(1), rig.reason(1)),
        (ParentState::Suspended, Reason::SuspendRisk)
    );
    assert_eq!(rig.state(1).open, 0, "rejected quantity is back");
}

#[test]
fn reports_about_children_that_never_were_are_counted() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    let id = ChildId(child.child_id);
    let ids = [
        ChildId::new(id.shard(), id.slot(), id.generation(), id.ordinal() + 1),
        ChildId::new(id.shard(), id.slot(), id.generation() + 1, id.ordinal()),
        ChildId::new(id.shard(), id.slot() + 1, 1, 0),
        ChildId::new(id.shard() + 1, id.slot(), id.generation(), id.ordinal()),
        ChildId(u64::MAX),
    ];
    for id in ids {
        let m = rig.report_message(&child, ReportKind::Fill, 100, 100);
        rig.send(Inbound::ExecutionReport(ExecutionReport {
            child_id: id.0,
            ..m
        }));
    }
    assert_eq!(rig.engine.counters().orphan_reports, 5);
    assert_eq!(rig.state(1).filled, 0);
}
