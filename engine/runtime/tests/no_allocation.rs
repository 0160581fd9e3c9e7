//! Between its first and its last message the engine thread takes and gives back no memory.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

mod common;

use common::{Desk, SECOND};
use engine_runtime::alloc_guard::{self, CountingAllocator};
use shm_ring::MESSAGE_WORDS_MAX;
use shm_wire::message::Message;
use shm_wire::slice::SliceNew;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn the_guard_sees_an_allocation() {
    let before = alloc_guard::calls();
    drop(std::hint::black_box(vec![1, 2, 3]));
    assert_eq!(alloc_guard::calls() - before, 2, "take and give back");
}

#[test]
fn thousands_of_messages_through_the_duty_cycle_allocate_nothing() {
    let mut desk = Desk::new();
    desk.shard.begin();
    desk.open_market();
    let mut words = [0; MESSAGE_WORDS_MAX];
    for id in 1..=40 {
        desk.peers.twap(id, 5_000, 1_200);
    }
    let mut calls = 0;
    let mut inputs = 0;
    for tick in 0..15_000_u64 {
        desk.at(tick * SECOND / 10);
        let drift = i64::try_from(tick % 7).unwrap() * 10;
        desk.peers
            .quote((tick % 2) as u32, 100_000 + drift, 100_100 + drift, 5_000);
        desk.peers.trade((tick % 2) as u32, 100_000 + drift, 100);
        if tick % 50 == 0 {
            // A message that is refused, and one that is not known.
            desk.peers
                .control
                .try_push(&[shm_ring::header_word(0x601, 1)])
                .unwrap();
        }
        let before = alloc_guard::calls();
        inputs += desk.shard.poll_once();
        inputs += desk.shard.poll_once();
        calls += alloc_guard::calls() - before;
        while let Some(message) = desk.peers.slices.poll(&mut words).unwrap() {
            desk.peers.answer(&words[..message.words]);
        }
        while desk.peers.updates.poll(&mut words).unwrap().is_some() {}
        desk.peers.skip_journal(&mut words);
    }
    let counters = desk.shard.engine().counters();
    assert!(inputs > 30_000, "{inputs} inputs");
    assert!(counters.children > 500, "{counters:?}");
    assert!(counters.fills > 500, "{counters:?}");
    assert!(desk.shard.duty().decode_refused > 0);
    assert_eq!(calls, 0, "allocator calls on the engine's path");
}

#[test]
fn no_algorithm_allocates_while_it_works() {
    let mut desk = Desk::new();
    desk.shard.begin();
    desk.open_market();
    let mut words = [0; MESSAGE_WORDS_MAX];
    let codes = engine_algos::registry::algorithms();
    for (id, code) in (1..).zip(codes) {
        desk.peers.work(id, *code, 20_000, 1_200);
    }
    let (mut calls, mut slices) = (0, 0);
    let mut worked = std::collections::BTreeSet::new();
    for tick in 0..12_000_u64 {
        desk.at(tick * SECOND / 10);
        let drift = i64::try_from(tick % 7).unwrap() * 10;
        desk.peers
            .quote((tick % 2) as u32, 100_000 + drift, 100_100 + drift, 5_000);
        desk.peers.trade((tick % 2) as u32, 100_000 + drift, 400);
        // The acceptance is measured too: plans live in tables taken at start.
        let before = alloc_guard::calls();
        desk.shard.poll_once();
        desk.shard.poll_once();
        calls += alloc_guard::calls() - before;
        while let Some(message) = desk.peers.slices.poll(&mut words).unwrap() {
            slices += 1;
            worked.extend(SliceNew::from_words(&words[..message.words]).map(|n| n.parent_id));
            desk.peers.answer(&words[..message.words]);
        }
        while desk.peers.updates.poll(&mut words).unwrap().is_some() {}
        desk.peers.skip_journal(&mut words);
    }
    assert!(slices > 500, "{slices} slices");
    let idle: Vec<_> = (1..)
        .zip(codes)
        .filter(|(id, _)| !worked.contains(id))
        .collect();
    assert!(idle.is_empty(), "{idle:?} sent nothing");
    assert_eq!(calls, 0, "allocator calls on the engine's path");
}
