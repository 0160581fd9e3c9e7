use crate::rig::{Rig, children, order, sale, updates};
use engine_core::input::Inbound;
use engine_core::risk::{Rate, RiskLimits};
use shm_wire::codes::{ControlScope, LinkState, ParentState, ReportKind, RingKind};
use shm_wire::control::{
    Heartbeat, Kill, Limits, PauseScope, ReleaseParent, RestoreLink, Shutdown, Signal,
};
use shm_wire::reason::Reason;
use shm_wire::record::Link;

fn kill(scope: ControlScope, value: u64, active: bool) -> Inbound {
    Inbound::Kill(Kill {
        scope: scope.code(),
        value,
        active: active.into(),
        ..Kill::empty()
    })
}
fn link(ring: RingKind, state: LinkState) -> Inbound {
    Inbound::Link(Link {
        ring: ring.code(),
        state: state.code(),
        ..Link::empty()
    })
}

#[test]
fn a_kill_cancels_everything_and_nothing_new_goes_out_until_it_is_cleared() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    rig.send(kill(ControlScope::All, 0, true));
    assert_eq!((rig.cancels(), rig.reason(1)), (1, Reason::SuspendKill));
    rig.report(&child, ReportKind::Canceled, 0, 0);
    rig.quote(0, 101, 102);
    assert!(children(&rig.pass(5_000)).is_empty());
    rig.submit(order(2, 300));
    assert_eq!(rig.reason(2), Reason::NotAccepting);
    rig.send(kill(ControlScope::All, 0, false));
    assert_eq!(rig.children().len(), 1);
}

#[test]
fn a_kill_reaches_its_scope_and_nobody_else() {
    let scopes: [(ControlScope, u64); 7] = [
        (ControlScope::Instrument, 0),
        (ControlScope::Parent, 1),
        (ControlScope::Algorithm, 1),
        (ControlScope::Client, 11),
        (ControlScope::Trader, 12),
        (ControlScope::Desk, 13),
        (ControlScope::Side, 1),
    ];
    for (scope, value) in scopes {
        let mut rig = Rig::with(2, 16, RiskLimits::demo());
        let mut mine = order(1, 300);
        (mine.terms.client, mine.terms.trader, mine.terms.desk) = (11, 12, 13);
        rig.submit(mine);
        let mut other = sale(order(2, 300));
        other.terms.instrument = 1;
        rig.submit(other);
        rig.send(kill(scope, value, true));
        assert_eq!(rig.reason(1), Reason::SuspendKill, "{scope:?}");
        let spared = scope != ControlScope::Algorithm;
        assert_eq!(rig.reason(2) != Reason::SuspendKill, spared, "{scope:?}");
        rig.send(kill(scope, value, false));
        let child = children(&rig.all)[0];
        rig.report(&child, ReportKind::Canceled, 0, 0);
        assert_eq!(rig.state_code(1), ParentState::Active, "{scope:?}");
    }
}

#[test]
fn an_operators_pause_and_the_sources_pause_are_lifted_apart() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let pause = |active| {
        Inbound::PauseScope(PauseScope {
            scope: ControlScope::Instrument.code(),
            active,
            ..PauseScope::empty()
        })
    };
    rig.send(pause(1));
    assert_eq!(rig.state_code(1), ParentState::Paused);
    let resume = shm_wire::parent::ParentResume {
        parent_id: 1,
        ..shm_wire::parent::ParentResume::empty()
    };
    rig.send(Inbound::ParentResume(resume));
    assert_eq!(
        rig.state_code(1),
        ParentState::Paused,
        "the operator's pause stays"
    );
    rig.send(pause(0));
    assert_ne!(rig.state_code(1), ParentState::Paused);
}

#[test]
fn a_blocked_slice_link_holds_new_children_and_lets_cancels_pass() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    rig.send(link(RingKind::Slices, LinkState::Blocked));
    rig.submit(order(2, 300));
    assert!(rig.children().is_empty());
    assert_eq!(rig.reason(2), Reason::WaitLink);
    rig.cancel(1);
    assert_eq!(rig.cancels(), 1);
    rig.send(link(RingKind::Slices, LinkState::Open));
    assert_eq!(rig.children().len(), 1);
}

#[test]
fn updates_are_conflated_while_their_link_is_blocked_and_the_end_is_never_lost() {
    let mut rig = Rig::new();
    rig.submit(order(1, 200));
    rig.send(link(RingKind::Updates, LinkState::Blocked));
    for _ in 0..2 {
        let child = *children(&rig.all).last().unwrap();
        rig.report(&child, ReportKind::Fill, 100, 100);
        assert!(updates(&rig.said).is_empty());
    }
    rig.send(link(RingKind::Updates, LinkState::Open));
    let said = updates(&rig.said);
    assert_eq!(said.len(), 1, "one message with the whole state");
    assert_eq!(
        (rig.state_code(1), rig.state(1).filled),
        (ParentState::Filled, 200)
    );
    assert!(rig.engine.counters().updates_conflated >= 2);
}

#[test]
fn a_lost_router_leaves_children_unknown_and_reserved() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    let beat = |alive| {
        Inbound::Heartbeat(Heartbeat {
            ring: RingKind::Reports.code(),
            alive,
            ..Heartbeat::empty()
        })
    };
    rig.send(beat(0));
    assert_eq!(rig.state_code(1), ParentState::Suspended);
    assert_eq!(rig.state(1).open, 100);
    rig.send(beat(1));
    assert!(rig.children().is_empty(), "an unknown child bars new ones");
    rig.report(&child, ReportKind::Canceled, 0, 0);
    assert_eq!(children(&rig.all).len(), 2);
}

#[test]
fn message_rates_hold_new_children_back_but_never_cancels() {
    let mut limits = RiskLimits::demo();
    limits.engine_rate = Rate {
        per_second: 1,
        burst: 2,
    };
    let mut rig = Rig::with(1, 16, limits);
    for id in 1..=4 {
        rig.submit(order(id, 100));
    }
    assert_eq!(children(&rig.all).len(), 2);
    assert_eq!(rig.reason(4), Reason::WaitRate);
    rig.cancel(1);
    assert_eq!(rig.cancels(), 1);
    rig.pass(2_500);
    assert_eq!(children(&rig.all).len(), 4);
}

#[test]
fn limits_change_for_one_instrument_or_all() {
    let mut rig = Rig::with(2, 16, RiskLimits::demo());
    let limits = |instrument| {
        Inbound::Limits(Limits {
            instrument,
            child_qty_max: 100,
            parent_qty_max: 500,
            collar_ppm: 10_000,
            ..Limits::empty()
        })
    };
    rig.send(limits(1));
    rig.submit(order(1, 1_000));
    assert_ne!(rig.state_code(1), ParentState::Rejected);
    let mut m = order(2, 1_000);
    m.terms.instrument = 1;
    rig.submit(m);
    assert_eq!(rig.reason(2), Reason::QuantityLimit);
    rig.send(limits(u32::MAX));
    rig.submit(order(3, 1_000));
    assert_eq!(rig.reason(3), Reason::QuantityLimit);
}

#[test]
fn shutdown_refuses_parents_cancels_children_and_ends_orders() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    rig.send(Inbound::Shutdown(Shutdown::empty()));
    assert_eq!((rig.cancels(), rig.engine.open_children()), (1, 1));
    rig.submit(order(2, 300));
    assert_eq!(rig.reason(2), Reason::NotAccepting);
    rig.report(&child, ReportKind::Canceled, 0, 0);
    assert_eq!(
        (rig.reason(1), rig.engine.open_children()),
        (Reason::TerminalShutdown, 0)
    );
}

#[test]
fn a_lost_feed_makes_every_instrument_stale_until_quotes_come() {
    let mut rig = Rig::with(2, 16, RiskLimits::demo());
    rig.submit(order(1, 300));
    let beat = Heartbeat {
        ring: RingKind::Market.code(),
        ..Heartbeat::empty()
    };
    rig.send(Inbound::Heartbeat(beat));
    assert_eq!(rig.reason(1), Reason::SuspendStale);
    rig.quote(0, 100, 101);
    assert_ne!(rig.state_code(1), ParentState::Suspended);
}

#[test]
fn what_nothing_uses_yet_is_counted_as_unsupported() {
    let mut rig = Rig::new();
    rig.send(Inbound::Signal(Signal::empty()));
    let sequence = rig.next_sequence(0);
    rig.send(Inbound::Depth(shm_wire::market::Depth {
        sequence,
        ..shm_wire::market::Depth::empty()
    }));
    assert_eq!(rig.engine.counters().unsupported, 2);
}

#[test]
fn an_engine_refuses_settings_out_of_range_by_name() {
    use engine_core::engine::{Engine, EngineConfig};
    let good = EngineConfig {
        shard: 0,
        seed: 1,
        parents_max: 1,
        executions_max: 1,
        limits: RiskLimits::demo(),
    };
    let table = [crate::rig::instrument(0)];
    let refused = |config: EngineConfig, table: &[shm_wire::instrument::Instrument]| {
        Engine::new(config, table, crate::rig::Eager)
            .unwrap_err()
            .to_string()
    };
    assert!(refused(EngineConfig { shard: 64, ..good }, &table).starts_with("shard"));
    assert!(
        refused(
            EngineConfig {
                parents_max: 0,
                ..good
            },
            &table
        )
        .starts_with("parents_max")
    );
    assert!(
        refused(
            EngineConfig {
                executions_max: 0,
                ..good
            },
            &table
        )
        .starts_with("executions")
    );
    assert!(refused(good, &[]).starts_with("instruments"));
    assert!(refused(good, &[crate::rig::instrument(4)]).contains("id"));
    let mut bad = crate::rig::instrument(0);
    bad.lot = 0;
    assert!(refused(good, &[bad]).contains("lot"));
}

fn beat(ring: RingKind, source: u16, alive: u8) -> Inbound {
    Inbound::Heartbeat(Heartbeat {
        ring: ring.code(),
        source,
        alive,
        ..Heartbeat::empty()
    })
}

#[test]
fn a_journal_short_of_room_takes_no_new_parents_and_a_blocked_one_no_new_children() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    rig.send(link(RingKind::Journal, LinkState::Short));
    rig.submit(order(2, 300));
    assert_eq!(rig.reason(2), Reason::JournalShort);
    rig.report(&child, ReportKind::Fill, 100, 100);
    assert_eq!(rig.state(1).filled, 100);
    let child = *rig.children().last().unwrap();
    rig.send(link(RingKind::Journal, LinkState::Blocked));
    rig.report(&child, ReportKind::Fill, 100, 100);
    assert_eq!(
        (rig.children().len(), rig.reason(1)),
        (0, Reason::WaitJournal)
    );
    assert_eq!(rig.state(1).filled, 200, "fills are booked");
    rig.send(link(RingKind::Journal, LinkState::Short));
    assert_eq!(rig.children().len(), 1, "the order goes on");
    rig.submit(order(3, 300));
    assert_eq!(rig.reason(3), Reason::JournalShort, "new ones wait still");
    rig.send(link(RingKind::Journal, LinkState::Blocked));
    rig.cancel(1);
    assert_eq!(rig.cancels(), 1, "cancels go out");
    rig.send(link(RingKind::Journal, LinkState::Open));
    rig.submit(order(4, 300));
    assert_eq!(rig.children().len(), 1);
}

#[test]
fn a_source_whose_link_is_out_of_service_has_its_parents_paused_and_their_children_canceled() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    rig.send(beat(RingKind::Orders, 5, 0));
    assert_eq!(rig.cancels(), 0, "another source");
    rig.send(Inbound::ParentPause(shm_wire::parent::ParentPause {
        parent_id: 1,
        keep_children: 1,
        ..shm_wire::parent::ParentPause::empty()
    }));
    assert_eq!(rig.cancels(), 0, "paused with its child resting");
    rig.send(beat(RingKind::Orders, 0, 0));
    assert_eq!((rig.cancels(), rig.state_code(1)), (1, ParentState::Paused));
    rig.report(&child, ReportKind::PartialFill, 40, 40);
    rig.report(&child, ReportKind::Canceled, 0, 40);
    assert_eq!(rig.state(1).filled, 40, "fills are booked");
    rig.submit(order(2, 300));
    assert_eq!(
        (rig.children().len(), rig.reason(2)),
        (0, Reason::SuspendSource)
    );
    rig.send(beat(RingKind::Orders, 0, 1));
    assert_eq!(
        rig.children().len(),
        1,
        "the second works, the first is paused"
    );
    rig.send(beat(RingKind::Orders, 999, 0));
    assert_eq!(rig.engine.counters().refused, 1);
}

#[test]
fn a_feed_that_was_away_for_a_moment_leaves_each_instrument_stale_until_its_next_quote() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    rig.send(beat(RingKind::Market, 0, 0));
    rig.send(beat(RingKind::Market, 0, 1));
    assert_eq!(
        (rig.state_code(1), rig.reason(1)),
        (ParentState::Suspended, Reason::SuspendStale)
    );
    rig.quote(0, 100, 101);
    assert_ne!(rig.state_code(1), ParentState::Suspended);
}

fn release(parent_id: u64) -> Inbound {
    Inbound::ReleaseParent(ReleaseParent {
        parent_id,
        ..ReleaseParent::empty()
    })
}

#[test]
fn an_operator_releases_what_busts_gave_back_and_a_pause_stays() {
    let mut rig = Rig::new();
    rig.submit(order(1, 200));
    let child = rig.children()[0];
    let fill = rig.report_message(&child, ReportKind::Fill, 100, 100);
    rig.send(Inbound::ExecutionReport(fill));
    let second = *rig.children().last().unwrap();
    let mut bust = rig.report_message(&child, ReportKind::Bust, 0, 0);
    (bust.last_qty, bust.reference_low) = (100, fill.execution_low);
    rig.send(Inbound::ExecutionReport(bust));
    rig.report(&second, ReportKind::Fill, 100, 100);
    let sent = |rig: &Rig| children(&rig.all).iter().map(|c| c.qty).sum::<u64>();
    assert_eq!((rig.state(1).withheld, sent(&rig)), (100, 200));
    let pause = |active| {
        Inbound::PauseScope(PauseScope {
            scope: ControlScope::All.code(),
            active,
            ..PauseScope::empty()
        })
    };
    rig.send(pause(1));
    rig.send(release(1));
    assert_eq!(rig.engine.counters().refused, 0);
    assert_eq!(sent(&rig), 200, "the pause is another matter");
    rig.send(pause(0));
    assert_eq!(sent(&rig), 300, "it is bought again");
    rig.send(release(9));
    assert_eq!(rig.engine.counters().refused, 1, "nobody knows order 9");
}

#[test]
fn an_operator_ends_a_stop_by_a_risk_control() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    for _ in 0..5 {
        let child = *children(&rig.all).last().unwrap();
        let mut reject = rig.report_message(&child, ReportKind::Rejected, 0, 0);
        reject.reason = shm_wire::codes::VenueReason::PriceBand.code();
        rig.send(Inbound::ExecutionReport(reject));
        rig.pass(150);
    }
    assert_eq!(rig.reason(1), Reason::SuspendRisk);
    rig.send(release(1));
    rig.pass(150);
    assert_ne!(rig.state_code(1), ParentState::Suspended);
    assert_eq!(children(&rig.all).len(), 6);
}

#[test]
fn a_link_put_back_in_service_changes_nothing_in_the_engine_itself() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let before = (rig.state(1), *rig.engine.counters());
    rig.send(Inbound::RestoreLink(RestoreLink::empty()));
    assert_eq!(rig.state(1), before.0);
    assert_eq!(rig.engine.counters().unsupported, before.1.unsupported);
}
