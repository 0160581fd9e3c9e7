use crate::rig::{
    CLOSE, CROSS, OPEN, PAST_END, Rig, UNIT, children, instrument, order, sale, updates, with,
};
use engine_core::engine::EngineConfig;
use engine_core::input::Inbound;
use engine_core::outbox::Output;
use engine_core::risk::RiskLimits;
use shm_wire::codes::{ParentState, ReportKind, ResumePolicy};
use shm_wire::instrument::Session;
use shm_wire::parent::{
    ParentAmend, ParentComplete, ParentNew, ParentPause, ParentResume, ParentUpdate, UpdateKind,
};
use shm_wire::reason::{FieldCode, Reason};

fn amend(of: ParentNew, version: u16, change: impl Fn(&mut ParentAmend)) -> Inbound {
    let mut m = ParentAmend {
        parent_id: of.parent_id,
        version,
        terms: of.terms,
        ..ParentAmend::empty()
    };
    change(&mut m);
    Inbound::ParentAmend(m)
}

#[test]
fn an_order_fills_child_by_child_and_ends_with_one_report() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    for n in 1..=3_u64 {
        let child = if n == 1 {
            rig.children()[0]
        } else {
            *rig.children().last().unwrap()
        };
        assert_eq!((child.qty, child.price), (100, 100 * UNIT));
        rig.report(&child, ReportKind::Ack, 0, 0);
        rig.report(&child, ReportKind::Fill, 100, 100);
        assert_eq!(rig.state(1).filled, n * 100);
    }
    assert_eq!(
        (rig.state_code(1), rig.done_count(1)),
        (ParentState::Filled, 1)
    );
    assert_eq!(rig.state(1).average_price, 100 * UNIT);
    assert_eq!(rig.engine.live_parents(), 0);
}

#[test]
fn a_cancel_waits_for_the_child_and_counts_a_fill_that_raced_it() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    rig.cancel(1);
    assert_eq!(
        (rig.cancels(), rig.state_code(1)),
        (1, ParentState::PendingCancel)
    );
    rig.report(&child, ReportKind::PartialFill, 60, 60);
    assert_eq!(rig.state_code(1), ParentState::PendingCancel);
    rig.report(&child, ReportKind::Canceled, 0, 60);
    let u = rig.state(1);
    assert_eq!(
        (rig.state_code(1), u.filled, u.open),
        (ParentState::Canceled, 60, 0)
    );
    assert_eq!(rig.done_count(1), 1);
    rig.cancel(1);
    assert_eq!(updates(&rig.said)[0].reason, Reason::AlreadyTerminal.code());
}

#[test]
fn a_refused_cancel_is_sent_again_and_the_fill_ends_the_order() {
    let mut rig = Rig::new();
    rig.submit(order(1, 100));
    let child = rig.children()[0];
    rig.cancel(1);
    rig.report(&child, ReportKind::CancelRejected, 0, 0);
    assert_eq!(rig.cancels(), 1);
    rig.report(&child, ReportKind::Fill, 100, 100);
    assert_eq!(rig.state_code(1), ParentState::Filled);
}

#[test]
fn the_window_ends_with_leaves_and_says_so() {
    let mut rig = Rig::new();
    let mut m = order(1, 300);
    m.terms.end = OPEN + 1_000_000_000;
    rig.submit(m);
    let child = rig.children()[0];
    let said = rig.pass(1_000);
    assert!(said.iter().any(|o| matches!(o, Output::Cancel(_))));
    rig.report(&child, ReportKind::Canceled, 0, 0);
    assert_eq!(
        (rig.state_code(1), rig.reason(1)),
        (ParentState::DonePartial, Reason::TerminalEnd)
    );
    let ends = updates(&rig.all)
        .iter()
        .filter(|u| u.event == UpdateKind::SliceEnd.code())
        .count();
    assert_eq!(ends, 1, "the last slice's end is reported once");
}

#[test]
fn pause_takes_the_child_back_and_resume_sends_again() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    let pause = ParentPause {
        parent_id: 1,
        sequence: 10,
        ..ParentPause::empty()
    };
    rig.send(Inbound::ParentPause(pause));
    assert_eq!((rig.cancels(), rig.state_code(1)), (1, ParentState::Paused));
    rig.report(&child, ReportKind::Canceled, 0, 0);
    rig.trade(0, 5_000);
    assert!(
        rig.pass(10_000)
            .iter()
            .all(|o| !matches!(o, Output::New(_)))
    );
    let resume = ParentResume {
        parent_id: 1,
        sequence: 11,
        ..ParentResume::empty()
    };
    rig.send(Inbound::ParentResume(resume));
    assert_eq!(
        (rig.children().len(), rig.state_code(1)),
        (1, ParentState::Active)
    );
    assert_eq!(
        rig.state(1).market_volume,
        0,
        "volume while paused is not counted"
    );
    // The pause delivered once more is no new pause.
    rig.send(Inbound::ParentPause(pause));
    assert_eq!(rig.state_code(1), ParentState::Active);
    assert_eq!(rig.engine.counters().duplicates, 1);
    let bad = ParentResume {
        parent_id: 1,
        sequence: 12,
        policy: 9,
        ..ParentResume::empty()
    };
    rig.send(Inbound::ParentResume(bad));
    assert_eq!(updates(&rig.said)[0].reason, Reason::InvalidEnum.code());
    assert_eq!(
        ResumePolicy::FreezeClock.code(),
        0,
        "the default policy is code 0"
    );
}

#[test]
fn pause_may_keep_the_child_resting() {
    let mut rig = Rig::new();
    rig.submit(order(1, 300));
    let child = rig.children()[0];
    let pause = ParentPause {
        parent_id: 1,
        keep_children: 1,
        ..ParentPause::empty()
    };
    rig.send(Inbound::ParentPause(pause));
    assert_eq!((rig.cancels(), rig.state_code(1)), (0, ParentState::Paused));
    rig.report(&child, ReportKind::Fill, 100, 100);
    assert_eq!(rig.state(1).filled, 100);
    assert!(rig.children().is_empty());
}

#[test]
fn an_amend_up_is_in_force_at_once_and_down_waits_for_the_children() {
    let mut rig = Rig::new();
    let m = order(1, 300);
    rig.submit(m);
    let child = rig.children()[0];
    rig.send(amend(m, 2, |a| a.terms.quantity = 500));
    assert_eq!((rig.state(1).ordered, rig.state(1).version), (500, 2));
    rig.report(&child, ReportKind::PartialFill, 40, 40);
    // 40 filled and 60 open: 0 is below executed, 100 fits, nothing else may be promised.
    rig.send(amend(m, 3, |a| a.terms.quantity = 100));
    assert_eq!(
        (rig.state(1).ordered, rig.state_code(1)),
        (100, ParentState::Active)
    );
    rig.send(amend(m, 4, |a| a.terms.quantity = 500));
    rig.report(&child, ReportKind::Fill, 60, 100);
    let second = *rig.children().last().unwrap();
    rig.send(amend(m, 5, |a| a.terms.quantity = 100));
    assert_eq!(
        (rig.cancels(), rig.state_code(1)),
        (1, ParentState::PendingAmend)
    );
    assert_eq!(
        rig.state(1).ordered,
        500,
        "the old quantity holds until the new one is safe"
    );
    rig.report(&second, ReportKind::Canceled, 0, 0);
    assert_eq!(
        (rig.state(1).ordered, rig.state_code(1)),
        (100, ParentState::Filled)
    );
}

#[test]
fn a_bad_amend_changes_nothing_and_names_the_rule() {
    let mut rig = Rig::new();
    let m = order(1, 300);
    rig.submit(m);
    let child = rig.children()[0];
    rig.report(&child, ReportKind::Fill, 100, 100);
    let mut check = |version: u16, change: &dyn Fn(&mut ParentAmend)| {
        rig.send(amend(m, version, change));
        let u = updates(&rig.said)[0];
        assert_eq!(u.event, UpdateKind::RequestRejected.code());
        assert_eq!((u.ordered, u.version), (300, 1));
        (
            FieldCode::try_from(u.field).unwrap(),
            Reason::try_from(u.reason).unwrap(),
        )
    };
    assert_eq!(
        check(3, &|_| ()),
        (FieldCode::Version, Reason::StaleVersion)
    );
    assert_eq!(
        check(2, &|a| a.terms.side = 2),
        (FieldCode::Side, Reason::Immutable)
    );
    assert_eq!(
        check(2, &|a| a.terms.account = 5),
        (FieldCode::Account, Reason::Immutable)
    );
    assert_eq!(
        check(2, &|a| a.terms.instrument = 1),
        (FieldCode::Instrument, Reason::Immutable)
    );
    assert_eq!(
        check(2, &|a| a.terms.quantity = 0),
        (FieldCode::Quantity, Reason::BelowExecuted)
    );
    assert_eq!(
        check(2, &|a| a.terms.limit = 1),
        (FieldCode::Limit, Reason::PriceTick)
    );
    assert_eq!(
        check(2, &|a| a.terms.end = CLOSE + 5),
        (FieldCode::End, Reason::OutsideSession)
    );
    rig.send(amend(order(9, 300), 2, |_| ()));
    assert_eq!(updates(&rig.said)[0].reason, Reason::UnknownParent.code());
}

#[test]
fn the_same_amend_again_is_answered_again() {
    let mut rig = Rig::new();
    let m = order(1, 300);
    rig.submit(m);
    rig.send(amend(m, 2, |a| a.terms.quantity = 400));
    rig.send(amend(m, 2, |a| a.terms.quantity = 400));
    let u = updates(&rig.said)[0];
    assert_eq!(
        (u.event, u.version, u.ordered),
        (UpdateKind::Accepted.code(), 2, 400)
    );
}

#[test]
fn own_orders_never_meet_the_resting_one_steps_aside_first() {
    let mut rig = Rig::new();
    rig.submit(order(1, 100));
    let resting = rig.children()[0];
    rig.report(&resting, ReportKind::Ack, 0, 0);
    rig.report(&resting, ReportKind::PartialFill, 30, 30);
    rig.submit(with(sale(order(2, 100)), CROSS, 1));
    assert!(rig.children().is_empty(), "the crossing order waits");
    let moved: Vec<_> = rig
        .said
        .iter()
        .filter_map(|o| {
            if let Output::Replace(r) = o {
                Some(*r)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(
        (moved.len(), moved[0].price, moved[0].qty),
        (1, 98_000_000_000, 100)
    );
    assert_eq!(rig.reason(2), Reason::WaitSelfMatch);
    rig.pass(60);
    assert!(
        children(&rig.all).len() == 1,
        "both prices count until the venue answers"
    );
    rig.report(&resting, ReportKind::Replaced, 0, 30);
    let sent = children(&rig.pass(100));
    assert_eq!((sent.len(), sent[0].parent_id), (1, 2));
    assert_eq!(rig.state(1).open, 70, "the odd rest works on");
}

#[test]
fn an_odd_rest_is_not_taken_back_but_moves_on_when_its_time_has_come() {
    let mut rig = Rig::new();
    rig.submit(order(1, 100));
    let resting = rig.children()[0];
    rig.report(&resting, ReportKind::Ack, 0, 0);
    rig.report(&resting, ReportKind::PartialFill, 30, 30);
    rig.submit(with(sale(order(2, 100)), CROSS, 1));
    rig.report(&resting, ReportKind::Replaced, 0, 30);
    rig.pass(20);
    // It stands at 98 now, and another sale comes there too soon for it to move again.
    rig.quote(0, 98, 99);
    rig.submit(with(sale(order(3, 100)), CROSS, 1));
    assert_eq!(rig.reason(3), Reason::WaitSelfMatch);
    let moves = |said: &[Output]| {
        let of_first = |r: &shm_wire::slice::SliceReplace| r.child_id == resting.child_id;
        said.iter()
            .filter(|o| matches!(o, Output::Replace(r) if of_first(r)))
            .count()
    };
    let taken_back = |said: &[Output]| said.iter().any(|o| matches!(o, Output::Cancel(_)));
    assert_eq!((moves(&rig.said), taken_back(&rig.said)), (0, false));
    let later = rig.pass(4_000);
    assert_eq!((moves(&later), taken_back(&later)), (1, false));
    assert_eq!(rig.state(1).open, 70, "the odd rest works on");
}

fn replaces(said: &[Output]) -> Vec<shm_wire::slice::SliceReplace> {
    let replace = |o: &Output| match o {
        Output::Replace(r) => Some(*r),
        _ => None,
    };
    said.iter().filter_map(replace).collect()
}

#[test]
fn few_own_orders_make_room_together_and_do_not_come_back_into_reach() {
    let mut rig = Rig::new();
    for id in 1..=3 {
        rig.submit(order(id, 100));
        let resting = rig.children()[0];
        rig.report(&resting, ReportKind::Ack, 0, 0);
    }
    rig.submit(with(sale(order(9, 100)), CROSS, 1));
    let moved: Vec<_> = replaces(&rig.said);
    assert_eq!(moved.len(), 3, "one look moves all that stands in the way");
    let first = children(&rig.all);
    for child in first.iter().filter(|c| c.parent_id <= 3) {
        rig.report(child, ReportKind::Replaced, 0, 0);
    }
    let sent = children(&rig.pass(20));
    assert_eq!((sent.len(), sent[0].parent_id), (1, 9));
    rig.report(&sent[0], ReportKind::Fill, 100, 100);
    // A passive order stays out of the claimed reach, one that crosses does not.
    rig.submit(order(4, 100));
    assert!(rig.children().is_empty());
    assert_eq!(rig.reason(4), Reason::WaitSelfMatch);
    rig.submit(with(order(5, 100), CROSS, 1));
    assert_eq!(rig.children().len(), 1);
    let five = rig.children()[0];
    rig.report(&five, ReportKind::Fill, 100, 100);
    // Once the touch has left the claimed price, it bars nobody.
    rig.quote(0, 98, 100);
    rig.submit(order(6, 100));
    assert_eq!(rig.children().len(), 1);
    assert_eq!(replaces(&rig.all).len(), 3, "nobody was moved twice");
}

#[test]
fn a_claim_ends_by_itself() {
    let mut rig = Rig::new();
    rig.submit(order(1, 100));
    let resting = rig.children()[0];
    rig.report(&resting, ReportKind::Ack, 0, 0);
    rig.submit(with(sale(order(2, 100)), CROSS, 1));
    rig.report(&resting, ReportKind::Replaced, 0, 0);
    let sent = children(&rig.pass(20));
    rig.report(&sent[0], ReportKind::Fill, 100, 100);
    rig.submit(order(3, 100));
    assert!(children(&rig.pass(119_000)).is_empty());
    let back = children(&rig.pass(2_000));
    assert_eq!((back.len(), back[0].parent_id), (1, 3));
}

#[test]
fn behind_many_own_orders_nobody_moves_until_some_have_traded() {
    let mut rig = Rig::new();
    for id in 1..=24 {
        rig.submit(order(id, 100));
        let resting = rig.children()[0];
        rig.report(&resting, ReportKind::Ack, 0, 0);
    }
    let resting = children(&rig.all);
    rig.submit(with(sale(order(30, 100)), CROSS, 1));
    assert_eq!(rig.reason(30), Reason::WaitSelfMatch);
    // It looks again after twice as long each time: ten looks or so in five seconds, not one each 20 ms.
    let before = rig.engine.counters().decisions;
    for _ in 0..250 {
        rig.pass(20);
    }
    let looks = rig.engine.counters().decisions - before;
    assert!((6..=20).contains(&looks), "{looks}");
    rig.pass(55_000);
    assert!(replaces(&rig.all).is_empty() && children(&rig.all).len() == 24);
    for child in &resting[..4] {
        rig.report(child, ReportKind::Fill, 100, 100);
    }
    // Twenty are few enough: ten at a time, and then the sale goes out, within its longest wait and a few looks.
    let mut told = 0;
    for _ in 0..300 {
        rig.pass(20);
        let moved: Vec<u64> = replaces(&rig.all).iter().map(|r| r.child_id).collect();
        let fresh = moved[told..].to_vec();
        told = moved.len();
        for id in fresh {
            let child = resting.iter().find(|c| c.child_id == id).unwrap();
            rig.report(child, ReportKind::Replaced, 0, 0);
        }
    }
    assert_eq!(told, 20);
    let last = *children(&rig.all).last().unwrap();
    assert_eq!(last.parent_id, 30);
}

#[test]
fn an_own_order_that_is_not_acknowledged_is_taken_back_for_another() {
    let mut rig = Rig::new();
    rig.submit(order(1, 100));
    let resting = rig.children()[0];
    rig.submit(with(sale(order(2, 100)), CROSS, 1));
    // It may be about to trade: the answer is waited for first.
    assert_eq!((rig.cancels(), rig.reason(2)), (0, Reason::WaitSelfMatch));
    rig.pass(900);
    assert_eq!(rig.cancels(), 0);
    let taken_back = |o: &Output| matches!(o, Output::Cancel(_));
    assert_eq!(rig.pass(200).iter().filter(|o| taken_back(o)).count(), 1);
    rig.report(&resting, ReportKind::Canceled, 0, 0);
    assert!(
        rig.children().is_empty(),
        "the canceled one waits a moment before it comes back"
    );
    let sent = children(&rig.pass(100));
    assert_eq!((sent.len(), sent[0].parent_id), (1, 2));
    rig.report(&sent[0], ReportKind::Fill, 100, 100);
    let back = children(&rig.pass(1_000));
    assert_eq!((back.len(), back[0].parent_id), (1, 1));
}

#[test]
fn the_participation_cap_counts_what_is_open() {
    let mut rig = Rig::new();
    let m = with(
        with(order(1, 10_000), crate::rig::CHILD_QTY, 5_000),
        crate::rig::CAP,
        200_000,
    );
    rig.submit(m);
    // 20 % of nothing is nothing, plus one lot.
    let child = rig.children()[0];
    assert_eq!(child.qty, 100);
    rig.report(&child, ReportKind::Fill, 100, 100);
    assert_eq!(rig.reason(1), Reason::WaitCap);
    rig.trade(0, 4_000);
    rig.pass(200);
    // 0.2 / 0.8 x 4000 + 100 = 1100, of which 100 are done.
    assert_eq!(children(&rig.all).last().unwrap().qty, 1_000);
}

fn complete(rig: &mut Rig, parent_id: u64) -> ParentUpdate {
    rig.send(Inbound::ParentComplete(ParentComplete {
        parent_id,
        ..ParentComplete::empty()
    }));
    updates(&rig.said)[0]
}

#[test]
fn finishing_now_is_answered_at_once_and_again_and_holds_over_an_amend() {
    let mut rig = Rig::new();
    rig.submit(order(1, 1_000));
    for _ in 0..2 {
        let told = complete(&mut rig, 1);
        assert_eq!(told.event, UpdateKind::Progress.code());
        assert_eq!(told.state, ParentState::Completing.code());
        assert_eq!(told.reason, Reason::FinishingByRequest.code());
    }
    rig.send(amend(order(1, 1_000), 2, |m| m.terms.quantity = 2_000));
    let state = rig.state(1);
    assert_eq!((state.ordered, state.version), (2_000, 2));
    assert_eq!(state.state, ParentState::Completing.code());
}

#[test]
fn finishing_now_is_refused_where_there_is_nothing_to_finish() {
    let mut rig = Rig::new();
    let check = |told: ParentUpdate, reason: Reason| {
        assert_eq!(told.event, UpdateKind::RequestRejected.code(), "{reason:?}");
        assert_eq!(told.reason, reason.code(), "{reason:?}");
        told
    };
    check(complete(&mut rig, 9), Reason::UnknownParent);
    let mut later = order(1, 1_000);
    later.terms.start = OPEN + 60_000_000_000;
    rig.submit(later);
    let told = check(complete(&mut rig, 1), Reason::NotStarted);
    assert_eq!(told.operands[0].cast_unsigned(), later.terms.start);
    rig.cancel(1);
    check(complete(&mut rig, 1), Reason::AlreadyTerminal);
    rig.submit(order(2, 1_000));
    rig.cancel(2);
    check(complete(&mut rig, 2), Reason::PendingOther);
}

#[test]
fn no_order_is_carried_into_the_next_session() {
    let mut table = [instrument(0)];
    table[0].session_count = 2;
    let tomorrow = CLOSE + 3_600_000_000_000;
    table[0].sessions[1] = Session {
        open: tomorrow,
        close: tomorrow + 3_600_000_000_000,
    };
    let config = EngineConfig {
        shard: 3,
        seed: 7,
        parents_max: 4,
        executions_max: 64,
        limits: RiskLimits::demo(),
    };
    let mut rig = Rig::of(&table, config);
    let mut m = with(order(1, 300), PAST_END, 1);
    m.terms.end = OPEN + 1_000_000_000;
    rig.submit(m);
    let child = rig.children()[0];
    rig.pass(10_000);
    assert_eq!((rig.cancels(), rig.done_count(1)), (0, 0), "it goes on");
    // The session ends: what rests is taken back, nothing new goes out, the order ends and says why.
    let said = rig.pass((CLOSE - rig.now) / 1_000_000);
    assert!(children(&said).is_empty());
    assert_eq!(
        said.iter()
            .filter(|o| matches!(o, Output::Cancel(_)))
            .count(),
        1
    );
    rig.report(&child, ReportKind::Canceled, 0, 0);
    assert_eq!(
        (rig.state_code(1), rig.reason(1), rig.done_count(1)),
        (ParentState::DonePartial, Reason::TerminalSession, 1)
    );
}
