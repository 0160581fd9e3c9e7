//! The duty cycle over real rings: order, room, budgets, kill word, garbage.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

mod common;

use common::{CONFIG, Desk, SECOND};
use engine_runtime::instance::EngineWord;
use engine_runtime::links::REFUSALS_MAX;
use engine_runtime::shard::MARKET_BUDGET;
use shm_ring::header_word;
use shm_wire::codes::{AlgorithmCode, ControlScope, LinkState, ParentState, ReportKind, RingKind};
use shm_wire::control::{Heartbeat, Kill, Shutdown};
use shm_wire::message::{Header, Message};
use shm_wire::parent::{ParentUpdate, UpdateKind};
use shm_wire::reason::Reason;
use shm_wire::record::{Direction, Link, RecordHead, RunEnded, RunStarted};
use shm_wire::slice::{SliceCancel, SliceNew};

fn kind(words: &[u64]) -> u16 {
    Header::of_word(words[0]).kind
}

fn records_of<M: Message>(journal: &[(RecordHead, Vec<u64>)]) -> Vec<M> {
    journal
        .iter()
        .filter_map(|(_, words)| M::from_words(words).ok())
        .collect()
}

#[test]
fn an_order_becomes_slices_fills_and_a_final_report_and_all_of_it_is_journaled() {
    let mut desk = Desk::new();
    desk.shard.begin();
    desk.open_market();
    desk.peers.twap(7, 600, 60);
    let mut updates = Vec::new();
    for tick in 0..900 {
        desk.at(tick * SECOND / 10);
        desk.settle();
        for slice in desk.peers.slices() {
            assert!(desk.peers.answer(&slice));
        }
        desk.settle();
        updates.extend(desk.peers.updates());
    }
    let done: Vec<ParentUpdate> = updates
        .iter()
        .map(|words| ParentUpdate::from_words(words).unwrap())
        .filter(|u| u.event == UpdateKind::Done.code())
        .collect();
    assert_eq!(done.len(), 1, "one terminal report");
    assert_eq!((done[0].filled, done[0].ordered), (600, 600));
    let journal = desk.peers.journal();
    assert_eq!(kind(&journal[0].1), RunStarted::KIND);
    for (index, (head, _)) in journal.iter().enumerate() {
        assert_eq!(head.sequence, index as u64 + 1, "gapless from 1");
    }
    assert!(journal.windows(2).all(|w| w[0].0.time <= w[1].0.time));
    let sent: Vec<SliceNew> = records_of(&journal);
    assert!(sent.len() >= 6, "sliced");
    assert_eq!(sent.iter().map(|s| s.qty).sum::<u64>(), 600);
    let updates_in_journal: Vec<ParentUpdate> = records_of(&journal);
    assert_eq!(
        updates_in_journal
            .iter()
            .map(|u| u.words().to_vec())
            .collect::<Vec<_>>(),
        updates,
        "what the source was told is what was journaled"
    );
}

#[test]
fn outputs_stand_in_the_journal_with_the_ring_position_they_were_published_at() {
    let mut desk = Desk::new();
    desk.open_market();
    desk.peers.twap(1, 1_000, 10);
    desk.until_slice();
    let mut words = [0; shm_ring::MESSAGE_WORDS_MAX];
    let message = desk.peers.slices.poll(&mut words).unwrap().unwrap();
    let journal = desk.peers.journal();
    let place = journal
        .iter()
        .find(|(head, payload)| {
            head.direction == Direction::Output.code() && payload[..] == words[..message.words]
        })
        .unwrap();
    assert_eq!(place.0.ring, RingKind::Slices.code());
    assert_eq!(place.0.position, message.position);
    let input = journal
        .iter()
        .find(|(head, _)| head.ring == RingKind::Orders.code())
        .unwrap();
    assert_eq!(
        (input.0.direction, input.0.source, input.0.position),
        (Direction::Input.code(), 1, 0)
    );
    assert!(
        input.0.sequence < place.0.sequence,
        "the cause stands before its effect"
    );
}

#[test]
fn the_way_from_input_to_slice_is_measured_and_published() {
    let mut desk = Desk::new();
    desk.open_market();
    desk.peers.twap(1, 1_000, 10);
    desk.until_slice();
    std::thread::sleep(std::time::Duration::from_millis(15));
    desk.shard.poll_once();
    let instance = engine_runtime::instance::Instance::new(desk.dir.path());
    let counters = shm_ring::CountersReader::attach(&instance.counters(0)).unwrap();
    let get = |name: &str| counters.get(&format!("duty_tick_to_slice_{name}")).unwrap();
    assert_eq!(get("samples"), 1);
    assert!(get("max_ns") > 0 && get("p99_ns") <= get("max_ns"));
    assert_eq!(counters.get("engine_children"), Some(1));
}

#[test]
fn a_market_burst_leaves_room_for_reports_and_orders_in_every_pass() {
    let mut desk = Desk::new();
    desk.open_market();
    desk.peers.journal();
    for _ in 0..MARKET_BUDGET * 3 {
        assert!(desk.peers.quote(0, 100_000, 100_100, 100));
    }
    desk.peers.twap(1, 100, 10);
    desk.shard.poll_once();
    let journal = desk.peers.journal();
    let ring = |k: RingKind| {
        journal
            .iter()
            .filter(|(h, _)| h.ring == k.code() && h.direction == Direction::Input.code())
            .count()
    };
    assert_eq!(ring(RingKind::Market), MARKET_BUDGET);
    assert_eq!(ring(RingKind::Orders), 1);
    let first = journal
        .iter()
        .find(|(h, _)| h.direction == Direction::Input.code());
    assert_eq!(first.unwrap().0.ring, RingKind::Orders.code());
}

#[test]
fn a_full_slice_ring_holds_back_new_children_but_not_cancels_and_reports() {
    let mut desk = Desk::new();
    desk.open_market();
    let orders = 60;
    for id in 1..=orders {
        desk.peers.twap(id, 100_000, 3_600);
    }
    // Nobody takes slices: every slice that is answered makes room for another child.
    let mut seen = 0;
    for tick in 0..120 {
        desk.at(tick * 60 * SECOND);
        desk.settle();
        let journal = desk.peers.journal();
        let links: Vec<Link> = records_of(&journal);
        if links
            .iter()
            .any(|l| l.ring == RingKind::Slices.code() && l.state == LinkState::Blocked.code())
        {
            seen = tick;
            break;
        }
        for slice in records_of::<SliceNew>(&journal) {
            assert!(desk.peers.answer(slice.words()));
        }
        desk.peers.updates();
    }
    assert!(seen > 0, "the ring ran short of room");
    for id in 1..=orders {
        desk.peers.cancel(id);
    }
    desk.at(seen * 60 * SECOND + 1);
    desk.settle();
    let after = desk.peers.journal();
    assert_eq!(records_of::<SliceNew>(&after).len(), 0, "nothing new");
    let cancels = records_of::<SliceCancel>(&after).len();
    assert!(cancels > 0, "cancels use the reserve");
    assert_eq!(desk.shard.duty().slices_parked, 0);
    let on_ring = desk.peers.slices();
    let canceled = on_ring.iter().filter(|w| kind(w) == SliceCancel::KIND);
    assert_eq!(canceled.count(), cancels);
    desk.settle();
    let opened: Vec<Link> = records_of(&desk.peers.journal());
    assert!(
        opened
            .iter()
            .any(|l| l.ring == RingKind::Slices.code() && l.state == LinkState::Open.code())
    );
}

#[test]
fn a_source_that_does_not_read_its_updates_stops_nobody_and_gets_the_last_state() {
    let mut desk = Desk::new();
    desk.open_market();
    for id in 1..=60 {
        desk.peers.twap(id, 10_000, 600);
    }
    for tick in 0..7_000 {
        desk.at(tick * SECOND / 10);
        desk.settle();
        for slice in desk.peers.slices() {
            desk.peers.answer(&slice);
        }
        desk.settle();
        desk.peers.journal();
    }
    assert!(desk.shard.duty().link_blocked > 0, "the ring ran full");
    assert_eq!(desk.shard.duty().updates_unsent, 0, "and nothing was lost");
    let mut done = std::collections::HashSet::new();
    for _ in 0..100 {
        for words in desk.peers.updates() {
            let update = ParentUpdate::from_words(&words).unwrap();
            if update.event == UpdateKind::Done.code() {
                assert!(done.insert(update.parent_id), "told once");
            }
        }
        desk.settle();
    }
    assert_eq!(done.len(), 60);
}

#[test]
fn a_full_journal_stops_the_taking_of_inputs_until_it_is_read() {
    let mut desk = Desk::with(&CONFIG.replace("journal = 65536", "journal = 4096"));
    for _ in 0..1_000 {
        desk.peers.quote(0, 100_000, 100_100, 100);
    }
    let mut total = 0;
    for _ in 0..100 {
        for _ in 0..200 {
            desk.peers.quote(0, 100_000, 100_100, 100);
        }
        total += desk.shard.poll_once();
    }
    assert!(
        total < 4096 / 2,
        "each quote takes two cells of the journal"
    );
    assert!(desk.shard.duty().journal_full > 0);
    let before = desk.peers.journal().len();
    assert_eq!(before, total, "every input taken stands there");
    assert!(desk.shard.poll_once() > 0, "and it goes on");
}

/// Fills so many hundredths of the journal, which nobody reads, with quotes: each takes two cells.
fn fill(desk: &mut Desk, percent: usize) {
    for _ in 0..65_536 * percent / 100 / 2 / 64 {
        for _ in 0..64 {
            assert!(desk.peers.quote(1, 100_000, 100_100, 100));
        }
        assert!(desk.shard.poll_once() > 0);
    }
}

#[test]
fn a_filling_journal_bars_parents_first_then_children_and_never_cancels_or_reports() {
    let mut desk = Desk::new();
    desk.open_market();
    desk.peers.twap(1, 10_000, 600);
    desk.until_slice();
    let slices = desk.peers.slices();
    let slice = SliceNew::from_words(&slices[0]).unwrap();
    desk.peers
        .report(ReportKind::Ack, slice.child_id, &slice, 0);
    desk.settle();
    desk.peers.journal();
    fill(&mut desk, 78);
    assert_eq!(desk.shard.duty().journal_short, 0);
    fill(&mut desk, 4);
    assert_eq!(
        (
            desk.shard.duty().journal_short,
            desk.shard.duty().link_blocked
        ),
        (1, 0)
    );
    desk.peers.twap(2, 500, 60);
    desk.settle();
    let refused = desk.peers.updates();
    let refused = ParentUpdate::from_words(refused.last().unwrap()).unwrap();
    assert_eq!(
        (refused.parent_id, refused.event),
        (2, UpdateKind::Rejected.code())
    );
    assert_eq!(refused.reason, Reason::JournalShort.code());
    fill(&mut desk, 14);
    assert_eq!(desk.shard.duty().link_blocked, 1);
    let sent = desk.shard.engine().counters().children;
    // The next slices fall due, and none goes out; a fill is booked and a cancel leaves.
    desk.at(300 * SECOND);
    desk.settle();
    desk.peers
        .report(ReportKind::PartialFill, slice.child_id, &slice, 1);
    desk.settle();
    desk.peers.cancel(1);
    desk.settle();
    assert_eq!(desk.shard.engine().counters().children, sent);
    assert!(
        desk.peers
            .slices()
            .iter()
            .any(|w| kind(w) == SliceCancel::KIND)
    );
    assert_eq!(desk.shard.duty().journal_full, 0);
    let states: Vec<u8> = records_of::<Link>(&desk.peers.journal())
        .iter()
        .filter(|l| l.ring == RingKind::Journal.code())
        .map(|l| l.state)
        .collect();
    assert_eq!(states, [LinkState::Short.code(), LinkState::Blocked.code()]);
}

#[test]
fn room_that_came_back_in_the_journal_is_an_input_and_lets_parents_in_again() {
    let mut desk = Desk::new();
    desk.open_market();
    fill(&mut desk, 96);
    desk.peers.journal();
    desk.settle();
    let open: Vec<Link> = records_of(&desk.peers.journal());
    assert_eq!(open[0].state, LinkState::Open.code());
    desk.peers.twap(3, 500, 600);
    desk.settle();
    let accepted = desk.peers.updates();
    let accepted = ParentUpdate::from_words(accepted.last().unwrap()).unwrap();
    assert_ne!(accepted.event, UpdateKind::Rejected.code());
}

#[test]
fn a_poisoned_orders_link_pauses_its_parents_and_cancels_their_children() {
    let mut desk = Desk::new();
    desk.open_market();
    desk.peers.twap(1, 10_000, 600);
    desk.until_slice();
    desk.peers.slices();
    for _ in 0..REFUSALS_MAX {
        desk.peers.orders.try_push(&[header_word(9, 1)]).unwrap();
    }
    desk.settle();
    let lost: Vec<Heartbeat> = records_of(&desk.peers.journal());
    assert_eq!(lost.len(), 1, "told once, as an input");
    let told = (lost[0].ring, lost[0].source, lost[0].alive);
    assert_eq!(told, (RingKind::Orders.code(), 1, 0));
    let slices = desk.peers.slices();
    assert!(slices.iter().any(|w| kind(w) == SliceCancel::KIND));
    let update = desk.peers.updates();
    let update = ParentUpdate::from_words(update.last().unwrap()).unwrap();
    assert_eq!(update.state, ParentState::Paused.code());
    assert_eq!(update.reason, Reason::SuspendSource.code());
}

#[test]
fn a_pause_of_the_thread_makes_market_data_stale_as_a_journaled_input() {
    let mut desk = Desk::with(&CONFIG.replace("loop_gap_ms = 0", "loop_gap_ms = 20"));
    desk.shard.begin();
    desk.open_market();
    desk.peers.twap(1, 10_000, 600);
    desk.until_slice();
    desk.peers.journal();
    std::thread::sleep(std::time::Duration::from_millis(40));
    desk.settle();
    assert!(desk.shard.duty().loop_gaps > 0);
    let beats: Vec<Heartbeat> = records_of(&desk.peers.journal());
    let market: Vec<u8> = beats
        .iter()
        .filter(|b| b.ring == RingKind::Market.code())
        .map(|b| b.alive)
        .collect();
    assert_eq!(market[..2], [0, 1]);
    let update = desk.peers.updates();
    let update = ParentUpdate::from_words(update.last().unwrap()).unwrap();
    assert_eq!(update.reason, Reason::SuspendStale.code());
    desk.peers.quote(0, 100_000, 100_100, 5_000);
    let gaps = desk.shard.duty().loop_gaps;
    desk.settle();
    let update = desk.peers.updates();
    let update = ParentUpdate::from_words(update.last().unwrap()).unwrap();
    // A machine that stands still again makes it stale again.
    assert!(update.reason != Reason::SuspendStale.code() || desk.shard.duty().loop_gaps > gaps);
}

#[test]
fn the_kill_word_cancels_everything_and_only_a_journaled_message_clears_it() {
    let mut desk = Desk::new();
    desk.open_market();
    desk.peers.twap(1, 10_000, 600);
    desk.until_slice();
    let slices = desk.peers.slices();
    let slice = SliceNew::from_words(&slices[0]).unwrap();
    desk.peers
        .report(ReportKind::Ack, slice.child_id, &slice, 0);
    desk.kill.fetch_or(0, 0b100);
    desk.settle();
    let kills: Vec<Kill> = records_of(&desk.peers.journal());
    assert_eq!(kills.len(), 1);
    assert_eq!((kills[0].active, kills[0].value), (1, 0b100));
    assert!(
        desk.peers
            .slices()
            .iter()
            .any(|w| kind(w) == SliceCancel::KIND)
    );
    desk.kill.store(0, 0);
    desk.settle();
    assert_eq!(desk.kill.load(0), 0b100, "nobody else may clear it");
    let clear = Kill {
        sequence: 1,
        scope: ControlScope::All.code(),
        active: 0,
        ..Kill::empty()
    };
    desk.peers.control.try_push(clear.words()).unwrap();
    desk.settle();
    assert_eq!(desk.kill.load(0), 0);
    let kills: Vec<Kill> = records_of(&desk.peers.journal());
    assert_eq!(kills.len(), 1, "the clear, and no kill after it");
    // Where several shards share the word, another one's release is no stranger's doing.
    desk.kill.fetch_or(0, 0b10);
    desk.settle();
    desk.kill
        .word(1)
        .fetch_add(1, std::sync::atomic::Ordering::AcqRel);
    desk.kill.store(0, 0);
    desk.settle();
    assert_eq!(desk.kill.load(0), 0, "it is not set again");
    assert_eq!(desk.shard.engine().counters().inputs, desk.shard.inputs());
    let order = desk.peers.order(9, 100, AlgorithmCode::Twap);
    desk.peers.orders.try_push(order.words()).unwrap();
    desk.settle();
    let last = desk.peers.updates().pop().unwrap();
    assert_eq!(
        ParentUpdate::from_words(&last).unwrap().reason,
        Reason::NotAccepting.code(),
        "this shard is killed until it is told"
    );
    desk.kill.fetch_or(0, 0b10);
    desk.settle();
    let kills: Vec<Kill> = records_of(&desk.peers.journal());
    assert_eq!(kills.len(), 2, "a new kill is one of its own");
}

#[test]
fn garbage_on_every_ring_is_counted_and_poisons_the_link_but_never_stops_the_engine() {
    let mut desk = Desk::new();
    desk.open_market();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..400 {
        let words = (random() % 56 + 1) as usize;
        let mut message: Vec<u64> = (0..words).map(|_| random()).collect();
        message[0] = header_word((random() % 0x800) as u16, words);
        let ring = match round % 4 {
            0 => &mut desk.peers.orders,
            1 => &mut desk.peers.market,
            2 => &mut desk.peers.reports,
            _ => &mut desk.peers.control,
        };
        // A full ring is part of the game.
        let _ = ring.try_push(&message);
        desk.shard.poll_once();
        desk.peers.journal();
    }
    let duty = desk.shard.duty();
    assert_eq!(duty.links_poisoned, 4);
    assert!(duty.decode_refused >= 4 * u64::from(REFUSALS_MAX));
    desk.peers.quote(0, 100_000, 100_100, 100);
    assert_eq!(
        desk.shard.poll_once(),
        0,
        "a poisoned link is not read any more"
    );
}

#[test]
fn a_poisoned_router_link_is_a_lost_router() {
    let mut desk = Desk::new();
    desk.open_market();
    for _ in 0..REFUSALS_MAX {
        desk.peers.reports.try_push(&[header_word(9, 1)]).unwrap();
    }
    desk.settle();
    let lost: Vec<Heartbeat> = records_of(&desk.peers.journal());
    assert_eq!(lost.len(), 1);
    assert_eq!((lost[0].ring, lost[0].alive), (RingKind::Reports.code(), 0));
}

#[test]
fn an_orderly_end_refuses_parents_cancels_children_and_waits_for_their_reports() {
    let mut desk = Desk::new();
    desk.open_market();
    desk.peers.twap(1, 10_000, 600);
    desk.until_slice();
    let slice = SliceNew::from_words(&desk.peers.slices()[0]).unwrap();
    desk.peers
        .report(ReportKind::Ack, slice.child_id, &slice, 0);
    desk.settle();
    desk.engine.store(EngineWord::Stop as usize, 1);
    let order = desk.peers.order(2, 100, AlgorithmCode::Twap);
    desk.peers.orders.try_push(order.words()).unwrap();
    let Desk {
        mut shard,
        mut peers,
        dir: _dir,
        ..
    } = desk;
    std::thread::scope(|threads| {
        threads.spawn(|| {
            shard.run_until_stop();
            shard.wind_down();
            shard
        });
        let begun = std::time::Instant::now();
        let cancel = loop {
            assert!(begun.elapsed().as_secs() < 4, "the child is canceled");
            if let Some(words) = peers.slices().first() {
                break SliceCancel::from_words(words).unwrap();
            }
        };
        assert_eq!(cancel.child_id, slice.child_id);
        peers.report(ReportKind::Canceled, slice.child_id, &slice, 0);
    });
    let journal = peers.journal();
    assert_eq!(records_of::<Shutdown>(&journal).len(), 1);
    assert_eq!(kind(&journal.last().unwrap().1), RunEnded::KIND);
    let updates: Vec<ParentUpdate> = records_of(&journal);
    let refused = updates.iter().find(|u| u.parent_id == 2).unwrap();
    assert_eq!(refused.event, UpdateKind::Rejected.code());
    assert!(
        updates
            .iter()
            .any(|u| u.parent_id == 1 && u.event == UpdateKind::Done.code())
    );
}

#[test]
fn a_second_producer_on_a_taken_link_is_told_link_busy() {
    let desk = Desk::new();
    let instance = engine_runtime::instance::Instance::new(desk.dir.path());
    let path = instance.ring(0, RingKind::Orders, 1);
    let expect = engine_runtime::instance::ring_expect(RingKind::Orders);
    let error = shm_ring::attach_producer(&path, &expect).unwrap_err();
    assert_eq!(error.code(), "LINK_BUSY");
}
