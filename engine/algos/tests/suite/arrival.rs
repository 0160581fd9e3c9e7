//! ARRIVAL starts at once, says how long it will take, keeps to it, and takes prices that are better than at arrival.

use crate::toy::{Ask, SECOND, START, Seen, Weather, World, run};
use engine_algos::curves::CurveTable;
use shm_wire::codes::{AlgorithmCode, Side};
use shm_wire::parent::UpdateKind;
use shm_wire::reason::Reason;

/// A session of an hour in which so much is usual.
const SESSION: u64 = 3_600;
const USUAL: u64 = 2_700_000;

fn arrival(quantity: u64) -> Ask {
    Ask::new(AlgorithmCode::Arrival, quantity, SESSION)
}

fn session(ask: &Ask, seconds: u64) -> World {
    let mut world = World::in_session(Weather::FAIR, SESSION, USUAL, CurveTable::EMPTY);
    world.submit(ask, 1);
    world.run_until(seconds);
    world
}

/// Horizon that the acceptance tells, seconds.
fn horizon(seen: &Seen) -> u64 {
    let u = &seen.updates[0];
    assert_eq!(u.event, UpdateKind::Accepted.code());
    let sure = u.reason == Reason::Accepted.code();
    assert!(
        sure || u.reason == Reason::AcceptedPath.code(),
        "{}",
        u.reason
    );
    assert!(u.operands[2] > 0, "expected cost");
    u64::try_from(u.operands[1]).unwrap() / 1_000
}

#[test]
fn the_first_child_goes_with_the_first_decision() {
    let world = session(&arrival(20_000), 5);
    assert_eq!(world.seen.news[0].0, START);
}

#[test]
fn the_horizon_is_told_before_the_start_grows_with_size_and_shrinks_with_urgency() {
    let of = |quantity, urgency| {
        let ask = arrival(quantity).with("urgency", urgency);
        horizon(&session(&ask, 1).seen)
    };
    let (small, large) = (of(2_000, 3), of(20_000, 3));
    assert!(small < large && large < SESSION, "{small} {large}");
    assert!(small >= 30);
    assert!(of(20_000, 5) < large && of(20_000, 1) > large);
}

#[test]
fn it_is_done_by_its_horizon_and_never_after_the_end() {
    let ask = arrival(20_000).with("tolerance_bps", 0);
    let world = session(&ask, SESSION - 1);
    let told = horizon(&world.seen);
    assert_eq!(world.seen.filled, 20_000);
    let took = (world.seen.last_fill - START) / SECOND;
    assert!(took <= told && took > told / 3, "{took} of {told}");
    let short = Ask { seconds: 60, ..ask };
    let world = session(&short, 200);
    assert_eq!(horizon(&world.seen), 60);
    assert!(world.seen.last_fill <= START + 60 * SECOND);
}

#[test]
fn a_price_better_than_at_arrival_is_taken_ahead_of_the_path() {
    let filled = |tolerance: i64, side: Side| {
        let ask = arrival(12_000)
            .with("tolerance_bps", tolerance)
            .with("urgency", 1);
        let mut world = World::new(Weather::STILL);
        world.submit(&Ask { side, ..ask }, 1);
        world.run_until(300);
        let better = if side.is_buy() { 9_970 } else { 10_030 };
        world.base = better;
        world.run_until(360);
        world.seen.filled
    };
    for side in [Side::Buy, Side::Sell] {
        let (waits, takes) = (filled(0, side), filled(10, side));
        assert!(takes >= waits + 1_500, "{side:?}: {waits} {takes}");
        assert!(
            takes <= waits + 12_000 / 3,
            "{side:?}: not all at once: {takes}"
        );
        assert_eq!(filled(100, side), waits, "{side:?}: not good enough");
    }
}

#[test]
fn in_a_still_market_it_still_ends() {
    let world = run(
        Weather::STILL,
        &Ask {
            seconds: 900,
            ..arrival(12_000)
        },
    );
    assert_eq!(world.seen.filled, 12_000);
}
