//! Random markets, requests and report orderings against the laws of the ledger.

use crate::rig::{CROSS, Rig, order, sale, updates, with};
use engine_core::input::Inbound;
use engine_core::outbox::Output;
use proptest::prelude::*;
use shm_wire::codes::{ParentState, ReportKind, TradingStatus};
use shm_wire::parent::{ParentComplete, ParentPause, ParentResume, UpdateKind};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::SliceNew;
use std::collections::BTreeMap;

/// What a venue might still say about a child.
#[derive(Clone, Copy, Debug)]
struct AtVenue {
    slice: SliceNew,
    filled: u64,
    over: bool,
}

#[derive(Default)]
struct World {
    venue: BTreeMap<u64, AtVenue>,
    /// Reports that were made and not delivered yet: delivered in any order, some twice.
    mail: Vec<ExecutionReport>,
    delivered: Vec<ExecutionReport>,
}

impl World {
    fn read(&mut self, outputs: &[Output]) {
        for o in outputs {
            if let Output::New(slice) = o {
                let fresh = AtVenue {
                    slice: *slice,
                    filled: 0,
                    over: false,
                };
                assert!(
                    self.venue.insert(slice.child_id, fresh).is_none(),
                    "a child id is unique"
                );
            }
        }
    }
    fn child(&self, pick: usize) -> Option<u64> {
        let open: Vec<u64> = self
            .venue
            .iter()
            .filter(|(_, c)| !c.over)
            .map(|(id, _)| *id)
            .collect();
        (!open.is_empty()).then(|| open[pick % open.len()])
    }
}

fn act(rig: &mut Rig, world: &mut World, action: u8, pick: usize) {
    match action {
        0 | 1 => {
            let id = pick as u64 % 40 + 1;
            let m = order(id, (pick as u64 % 9 + 1) * 100);
            let m = if pick.is_multiple_of(2) { m } else { sale(m) };
            let m = if pick.is_multiple_of(3) {
                with(m, CROSS, 1 + pick as i64 % 2)
            } else {
                m
            };
            rig.submit(m);
        }
        2 => drop(rig.cancel(pick as u64 % 40 + 1)),
        3 => {
            let parent_id = pick as u64 % 40 + 1;
            rig.send(Inbound::ParentPause(ParentPause {
                parent_id,
                ..ParentPause::empty()
            }));
        }
        4 => {
            let parent_id = pick as u64 % 40 + 1;
            rig.send(Inbound::ParentResume(ParentResume {
                parent_id,
                ..ParentResume::empty()
            }));
        }
        5 => drop(rig.quote(0, 95 + pick as i64 % 10, 96 + (pick as i64 / 7) % 14)),
        6 => drop(rig.trade(0, pick as u64 % 1_000)),
        7 => drop(rig.pass(pick as u64 % 400)),
        8 => {
            let status = TradingStatus::ALL[pick % TradingStatus::ALL.len()];
            rig.status(0, status);
            rig.said.clear();
            rig.status(0, TradingStatus::Continuous);
        }
        9 | 10 => report(rig, world, pick),
        11 => {
            let parent_id = pick as u64 % 40 + 1;
            rig.send(Inbound::ParentComplete(ParentComplete {
                parent_id,
                ..ParentComplete::empty()
            }));
        }
        _ => deliver(rig, world, pick),
    }
}

/// The venue does something with an open child and writes a report about it.
fn report(rig: &mut Rig, world: &mut World, pick: usize) {
    let Some(id) = world.child(pick) else { return };
    let Some(at) = world.venue.get_mut(&id) else {
        return;
    };
    let left = at.slice.qty - at.filled;
    let (kind, qty) = match pick % 7 {
        0 | 1 => (ReportKind::Ack, 0),
        2 | 3 => (ReportKind::PartialFill, (pick as u64 % left.max(1)).max(1)),
        4 => (ReportKind::Fill, left),
        5 => (ReportKind::Canceled, 0),
        _ => (ReportKind::CancelRejected, 0),
    };
    let kind = if kind == ReportKind::PartialFill && qty == left {
        ReportKind::Fill
    } else {
        kind
    };
    at.filled += qty;
    at.over = kind.is_terminal();
    let (slice, filled) = (at.slice, at.filled);
    world
        .mail
        .push(rig.report_message(&slice, kind, qty, filled));
}

/// A report arrives, not always the oldest, sometimes one that came before.
fn deliver(rig: &mut Rig, world: &mut World, pick: usize) {
    if pick.is_multiple_of(5)
        && let Some(old) = world
            .delivered
            .get(pick % world.delivered.len().max(1))
            .copied()
    {
        send(rig, old);
    } else if !world.mail.is_empty() {
        let m = world.mail.remove(pick % world.mail.len());
        world.delivered.push(m);
        send(rig, m);
    }
}

/// The link numbers what it carries in the order in which it carries it.
fn send(rig: &mut Rig, m: ExecutionReport) {
    let fresh = rig
        .report_message(&SliceNew::empty(), ReportKind::Ack, 0, 0)
        .sequence;
    rig.send(Inbound::ExecutionReport(ExecutionReport {
        sequence: fresh,
        ..m
    }));
}

/// Laws that every update must show.
fn check(outputs: &[Output], filled: &mut BTreeMap<u64, u64>) -> Result<(), TestCaseError> {
    for u in updates(outputs) {
        if u.event == UpdateKind::Rejected.code() || u.event == UpdateKind::RequestRejected.code() {
            continue;
        }
        prop_assert!(
            u.filled + u.open <= u.ordered,
            "exposure is reserved: {u:?}"
        );
        let known = filled.entry(u.parent_id).or_insert(0);
        prop_assert!(u.filled >= *known, "fills never vanish");
        *known = u.filled;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn exposure_stays_within_the_order_under_any_interleaving(
        actions in proptest::collection::vec((0_u8..16, any::<u16>()), 1..250)
    ) {
        let mut rig = Rig::with(1, 64, engine_core::risk::RiskLimits::demo());
        let mut world = World::default();
        let mut filled = BTreeMap::new();
        for (action, pick) in actions {
            let before = rig.all.len();
            act(&mut rig, &mut world, action, pick.into());
            let fresh = rig.all[before..].to_vec();
            world.read(&fresh);
            check(&fresh, &mut filled)?;
        }
        // Faults heal: everything is delivered, every open child is canceled, every order is canceled.
        while !world.mail.is_empty() {
            let before = rig.all.len();
            deliver(&mut rig, &mut world, 1);
            world.read(&rig.all[before..]);
        }
        for id in 1..=40 {
            let before = rig.all.len();
            rig.cancel(id);
            world.read(&rig.all[before..]);
        }
        while let Some(id) = world.child(0) {
            let at = world.venue.get_mut(&id).unwrap();
            at.over = true;
            let (slice, filled) = (at.slice, at.filled);
            let m = rig.report_message(&slice, ReportKind::Canceled, 0, filled);
            rig.send(Inbound::ExecutionReport(m));
        }
        prop_assert_eq!(rig.engine.live_parents(), 0, "every order ends once faults stop");
        prop_assert_eq!(rig.engine.counters().parent_overfills, 0);
        let venue: u64 = world.venue.values().map(|c| c.filled).sum();
        let booked: u64 = updates(&rig.all)
            .iter()
            .filter(|u| u.event == UpdateKind::Done.code())
            .map(|u| u.filled)
            .sum();
        prop_assert_eq!(booked, venue, "what the venue filled is what the orders show");
        for id in 1..=40 {
            prop_assert!(rig.done_count(id) <= 1);
        }
        prop_assert!(updates(&rig.all).iter().all(|u| ParentState::try_from(u.state).is_ok()));
    }

    #[test]
    fn the_same_inputs_give_the_same_outputs(
        actions in proptest::collection::vec((0_u8..16, any::<u16>()), 1..80)
    ) {
        let run = || {
            let mut rig = Rig::new();
            let mut world = World::default();
            for (action, pick) in &actions {
                let before = rig.all.len();
                act(&mut rig, &mut world, *action, (*pick).into());
                world.read(&rig.all[before..]);
            }
            rig.all
        };
        prop_assert!(run() == run());
    }
}
