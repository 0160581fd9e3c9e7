//! Links that go out of service for rubbish, and come back when an operator says so.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

mod common;

use common::{CONFIG, Desk};
use engine_runtime::instance::KillWord;
use engine_runtime::links::REFUSALS_MAX;
use shm_ring::header_word;
use shm_wire::codes::{AlgorithmCode, ParentState, RingKind};
use shm_wire::control::{Heartbeat, RestoreLink};
use shm_wire::message::Message;
use shm_wire::parent::ParentUpdate;
use shm_wire::reason::Reason;
use shm_wire::record::{Direction, RecordHead};

fn rubbish() -> [u64; 1] {
    [header_word(9, 1)]
}

fn restore(ring: RingKind, source: u16, upto: u64) -> RestoreLink {
    RestoreLink {
        sequence: 1,
        upto,
        ring: ring.code(),
        source,
        ..RestoreLink::empty()
    }
}

/// What the engine was told of peers: ring, source, alive.
fn told(journal: &[(RecordHead, Vec<u64>)]) -> Vec<(u8, u16, u8)> {
    journal
        .iter()
        .filter_map(|(_, words)| Heartbeat::from_words(words).ok())
        .map(|m| (m.ring, m.source, m.alive))
        .collect()
}

fn last_update(desk: &mut Desk) -> ParentUpdate {
    ParentUpdate::from_words(desk.peers.updates().last().unwrap()).unwrap()
}

#[test]
fn an_order_link_comes_back_by_a_journaled_input_and_its_rubbish_is_passed_over() {
    let mut desk = Desk::new();
    desk.open_market();
    desk.peers.twap(1, 10_000, 600);
    desk.until_slice();
    // Three times what takes a link out of service, then an order.
    for _ in 0..3 * REFUSALS_MAX {
        desk.peers.orders.try_push(&rubbish()).unwrap();
    }
    let order = desk.peers.order(2, 100, AlgorithmCode::Twap);
    desk.peers.orders.try_push(order.words()).unwrap();
    let upto = desk.peers.orders.position();
    desk.settle();
    assert_eq!(last_update(&mut desk).reason, Reason::SuspendSource.code());
    desk.peers.journal();
    let message = restore(RingKind::Orders, 1, upto);
    desk.peers.control.try_push(message.words()).unwrap();
    desk.settle();
    let journal = desk.peers.journal();
    assert!(journal.iter().any(|(head, words)| {
        head.direction == Direction::Input.code() && words == message.words()
    }));
    assert_eq!(told(&journal), [(RingKind::Orders.code(), 1, 1)]);
    let duty = desk.shard.duty();
    assert_eq!((duty.links_poisoned, duty.links_restored), (1, 1));
    assert_eq!(duty.decode_refused, 3 * u64::from(REFUSALS_MAX), "counted");
    let updates = desk.peers.updates();
    let of = |id: u64| {
        let all = updates.iter().map(|w| ParentUpdate::from_words(w).unwrap());
        all.rev().find(|u| u.parent_id == id).unwrap()
    };
    assert_ne!(of(2).state, ParentState::Rejected.code(), "it was behind");
    assert_eq!(of(1).state, ParentState::Active.code(), "it goes on");
    // New rubbish counts as it did.
    for _ in 0..REFUSALS_MAX {
        desk.peers.orders.try_push(&rubbish()).unwrap();
    }
    desk.settle();
    assert_eq!(desk.shard.duty().links_poisoned, 2);
    assert_eq!(
        told(&desk.peers.journal()),
        [(RingKind::Orders.code(), 1, 0)]
    );
}

#[test]
fn a_link_in_service_or_one_that_is_not_there_is_left_as_it_is() {
    let mut desk = Desk::new();
    for (ring, source) in [
        (RingKind::Orders, 1),
        (RingKind::Orders, 77),
        (RingKind::Slices, 0),
    ] {
        let message = restore(ring, source, u64::MAX);
        desk.peers.control.try_push(message.words()).unwrap();
    }
    let mut unknown = restore(RingKind::Orders, 1, 0);
    unknown.ring = 200;
    desk.peers.control.try_push(unknown.words()).unwrap();
    desk.settle();
    assert_eq!(desk.shard.duty().links_restored, 0);
    assert_eq!(told(&desk.peers.journal()), []);
}

#[test]
fn the_control_link_itself_comes_back_by_a_word_and_that_is_journaled_too() {
    let mut desk = Desk::new();
    // A wish from before has no effect on what comes later.
    let word = KillWord::RestoreControl as usize;
    desk.kill.store(word, 1);
    desk.settle_beats();
    assert_eq!(desk.kill.load(word), 0);
    for _ in 0..REFUSALS_MAX {
        desk.peers.control.try_push(&rubbish()).unwrap();
    }
    desk.settle();
    assert_eq!(desk.shard.duty().links_poisoned, 1);
    desk.kill.store(word, desk.peers.control.position().max(1));
    desk.settle_beats();
    assert_eq!(
        (desk.shard.duty().links_restored, desk.kill.load(word)),
        (1, 0)
    );
    let journal = desk.peers.journal();
    let restored: Vec<RestoreLink> = journal
        .iter()
        .filter_map(|(_, words)| RestoreLink::from_words(words).ok())
        .collect();
    assert_eq!(restored.len(), 1);
    assert_eq!(restored[0].ring, RingKind::Control.code());
}

#[test]
fn a_router_that_comes_back_on_a_link_out_of_service_stays_lost_until_the_link_is_back() {
    let text = CONFIG.replace("router_lost_ms = 0", "router_lost_ms = 30");
    let mut desk = Desk::with(&text);
    desk.open_market();
    let beats = |desk: &mut Desk, beating: bool| {
        let begun = std::time::Instant::now();
        while begun.elapsed().as_millis() < 80 {
            if beating {
                desk.peers.reports.beat(1);
            }
            desk.shard.poll_once();
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    };
    beats(&mut desk, true);
    for _ in 0..REFUSALS_MAX {
        desk.peers.reports.try_push(&rubbish()).unwrap();
    }
    desk.settle();
    let lost = (RingKind::Reports.code(), 0, 0);
    assert!(told(&desk.peers.journal()).contains(&lost));
    beats(&mut desk, false);
    beats(&mut desk, true);
    let said = told(&desk.peers.journal());
    assert!(
        said.iter().all(|t| *t == lost),
        "nothing is alive that is not read: {said:?}"
    );
    let upto = desk.peers.reports.position();
    let message = restore(RingKind::Reports, 0, upto);
    desk.peers.control.try_push(message.words()).unwrap();
    beats(&mut desk, true);
    let said = told(&desk.peers.journal());
    assert_eq!(said.last(), Some(&(RingKind::Reports.code(), 0, 1)));
}
