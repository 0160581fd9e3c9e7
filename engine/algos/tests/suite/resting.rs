//! Iceberg and pegged orders: what shows, where it stands, and how it follows.

use crate::script::Script;
use crate::toy::{Ask, SECOND, START, TICK, Weather, run};
use engine_core::outbox::Output;
use shm_wire::codes::AlgorithmCode;

fn iceberg(quantity: u64) -> Ask {
    Ask::new(AlgorithmCode::Iceberg, quantity, 1_800)
}

fn pegged(quantity: u64) -> Ask {
    Ask::new(AlgorithmCode::Pegged, quantity, 600)
}

fn price(s: &Script) -> i64 {
    s.children.last().unwrap().price
}

/// Lets time pass in which the venue only acknowledges and moves.
fn settle(s: &mut Script, ticks: u64) {
    for _ in 0..ticks {
        s.tick();
        for index in 0..s.children.len() {
            if !s.children[index].acked {
                s.ack(index);
            }
            s.answer_replace(index, true);
            s.answer_cancel(index);
        }
    }
}

#[test]
fn tranches_vary_around_what_was_asked_for_and_never_overlap() {
    let world = run(Weather::FAIR, &iceberg(40_000).with("display_qty", 1_000));
    let sizes: Vec<u64> = world.seen.news.iter().map(|n| n.1.qty).collect();
    assert!(sizes.len() >= 20, "{}", sizes.len());
    let full = &sizes[..sizes.len() - 1];
    assert!(full.iter().all(|q| (800..=1_200).contains(q)), "{sizes:?}");
    assert!(full.iter().min() < full.iter().max(), "{sizes:?}");
    let most = world.seen.updates.iter().map(|u| u.open).max();
    assert!(most <= Some(1_200), "{most:?} shown at a time");
}

#[test]
fn between_low_and_high_every_quantity_comes() {
    let ask = iceberg(40_000)
        .with("display_low", 200)
        .with("display_high", 600);
    let world = run(Weather::FAIR, &ask);
    let sizes: std::collections::BTreeSet<u64> = world.seen.news.iter().map(|n| n.1.qty).collect();
    assert!(sizes.iter().all(|q| (100..=600).contains(q)), "{sizes:?}");
    assert!(sizes.len() >= 5, "{sizes:?}");
}

#[test]
fn the_next_tranche_comes_after_the_refresh_delay() {
    let ask = iceberg(2_000)
        .with("display_qty", 500)
        .with("randomize_size_pct", 0)
        .with("refresh_delay_ms", 2_000);
    let mut s = Script::new(&ask);
    let mut sent = Vec::new();
    for _ in 0..150 {
        s.tick();
        for index in 0..s.children.len() {
            if s.children[index].open {
                sent.push(s.now);
                let left = s.children[index].left();
                s.fill(index, left);
            }
        }
    }
    assert_eq!(sent.len(), 4);
    for pair in sent.windows(2) {
        let gap = pair[1] - pair[0];
        // Two seconds, a fifth to either side, and the venue's tick.
        assert!((1_600_000_000..=2_600_000_000).contains(&gap), "{gap}");
    }
}

#[test]
fn a_tranche_keeps_its_distance_to_the_touch() {
    for offset in [-2, 0, 1] {
        let mut s = Script::new(&iceberg(2_000).with("tick_offset", offset));
        settle(&mut s, 1);
        assert_eq!(price(&s), s.bid + offset * TICK);
        s.bid += 5 * TICK;
        settle(&mut s, 40);
        assert_eq!(price(&s), s.bid + offset * TICK, "follows after its rest");
    }
    // The book is two ticks wide: three ticks ahead would be the other side.
    let mut s = Script::new(&iceberg(2_000).with("tick_offset", 3));
    settle(&mut s, 1);
    assert_eq!(price(&s), s.bid + TICK);
}

#[test]
fn each_peg_follows_its_reference() {
    // Bid 100.00, ask 100.02, prints at the bid.
    for (peg, ticks, expected) in [
        (0, 0, 0),
        (0, -3, -3),
        (1, 0, 2),
        (1, -1, 1),
        (2, 0, 1),
        (2, -1, 0),
        (3, 0, 0),
        (3, 1, 1),
    ] {
        let ask = pegged(2_000)
            .with("peg", peg)
            .with("peg_offset_ticks", ticks);
        let mut s = Script::new(&ask);
        settle(&mut s, 5);
        assert_eq!(price(&s), s.bid + expected * TICK, "peg {peg} {ticks}");
        s.bid -= 4 * TICK;
        settle(&mut s, 10);
        assert_eq!(price(&s), s.bid + expected * TICK, "peg {peg} {ticks}");
        assert_eq!(s.children.len(), 1, "amended, not canceled and sent anew");
    }
}

#[test]
fn basis_points_are_an_offset_too_and_round_as_asked() {
    for (round, expected) in [(0, -2), (1, -1)] {
        let ask = pegged(2_000)
            .with("peg_offset_bps", -1)
            .with("peg", 2)
            .with("round_direction", round);
        let mut s = Script::new(&ask);
        s.bid = 10_050 * TICK;
        settle(&mut s, 5);
        // The mid is 100.51, a basis point of it one tick and a bit.
        assert_eq!(price(&s), s.bid + (1 + expected) * TICK);
    }
}

#[test]
fn moves_keep_their_least_distance_and_rest() {
    let ask = pegged(2_000)
        .with("min_chase_ticks", 3)
        .with("min_rest_ms", 1_000);
    let mut s = Script::new(&ask);
    settle(&mut s, 20);
    let first = price(&s);
    s.bid += 2 * TICK;
    settle(&mut s, 50);
    assert_eq!(price(&s), first, "two ticks are not followed");
    s.bid += TICK;
    settle(&mut s, 20);
    assert_eq!(price(&s), s.bid);
    let mut moves = Vec::new();
    for _ in 0..100 {
        s.bid += 3 * TICK;
        let before = price(&s);
        settle(&mut s, 1);
        if price(&s) != before {
            moves.push(s.now);
        }
    }
    assert!(moves.len() >= 5);
    assert!(moves.windows(2).all(|m| m[1] - m[0] >= SECOND), "{moves:?}");
}

#[test]
fn it_does_not_chase_further_than_asked_nor_retreat_when_told_not_to() {
    let mut s = Script::new(&pegged(2_000).with("max_chase_ticks", 4));
    settle(&mut s, 5);
    let first = price(&s);
    s.bid += 10 * TICK;
    settle(&mut s, 20);
    assert_eq!(price(&s), first + 4 * TICK);
    let mut s = Script::new(&pegged(2_000).with("no_retreat", 1));
    settle(&mut s, 5);
    let first = price(&s);
    s.bid -= 5 * TICK;
    settle(&mut s, 20);
    assert_eq!(price(&s), first);
    s.bid += 8 * TICK;
    settle(&mut s, 20);
    assert_eq!(price(&s), s.bid);
}

#[test]
fn the_limit_holds_the_peg() {
    let mut ask = pegged(2_000);
    ask.limit = Some(10_002 * TICK);
    let mut s = Script::new(&ask);
    s.bid = 10_001 * TICK;
    settle(&mut s, 10);
    s.bid = 10_010 * TICK;
    settle(&mut s, 20);
    assert_eq!(price(&s), 10_002 * TICK);
}

#[test]
fn a_child_that_cannot_be_moved_is_taken_back_and_sent_anew() {
    let mut s = Script::new(&pegged(2_000));
    settle(&mut s, 5);
    s.bid += 5 * TICK;
    let mut refused = 0;
    for _ in 0..40 {
        s.tick();
        for index in 0..s.children.len() {
            refused += u32::from(index == 0 && s.children[0].asked.is_some());
            if !s.children[index].acked {
                s.ack(index);
            }
            s.answer_replace(index, index > 0);
            s.answer_cancel(index);
        }
    }
    assert_eq!((refused, s.children.len()), (2, 2));
    assert_eq!(price(&s), s.bid);
    assert_eq!(s.open(), 2_000);
}

#[test]
fn a_quiet_peg_is_not_asked() {
    let world = run(
        Weather {
            still: true,
            fill_percent: 0,
            ..Weather::FAIR
        },
        &pegged(2_000),
    );
    assert!(
        world.counters().decisions < 60,
        "{}",
        world.counters().decisions
    );
    let replaced = world
        .seen
        .outputs
        .iter()
        .any(|o| matches!(o, Output::Replace(_)));
    assert!(!replaced);
    assert!(world.seen.news.iter().all(|n| n.0 >= START));
}
