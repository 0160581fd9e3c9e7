//! An algorithm of one's own, as its page shows it: the same file, run through the laws that hold for every algorithm.

use crate::conformance::check;
use crate::toy::{Ask, Weather, World, run_with};
use engine_algos::registry::algorithms;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::Config;
use shm_wire::codes::{AlgorithmCode, Side, TradingStatus};
use shm_wire::parent::UpdateKind;

#[path = "../../examples/front_loaded/algorithm.rs"]
mod front_loaded;

const PAGE: &str = include_str!("../../../../docs/custom-algorithm.md");
const FILE: &str = include_str!("../../examples/front_loaded/algorithm.rs");

fn ask(quantity: u64, seconds: u64) -> Ask {
    Ask::new(AlgorithmCode::Custom, quantity, seconds)
}

#[test]
fn the_page_shows_the_file_that_runs_here() {
    let shown = PAGE
        .split("```rust\n")
        .nth(1)
        .and_then(|p| p.split("```").next());
    assert!(
        shown == Some(FILE),
        "docs/custom-algorithm.md and examples/front_loaded/algorithm.rs differ"
    );
}

#[test]
fn it_is_front_loaded() {
    let world = run_with(
        Weather::FAIR,
        &ask(24_000, 1_800),
        front_loaded::algorithms(),
    );
    let kind = UpdateKind::SliceEnd.code();
    let ends: Vec<_> = world
        .seen
        .updates
        .iter()
        .filter(|u| u.event == kind)
        .collect();
    assert_eq!(ends.len(), 20);
    // Half of the time brings three quarters of the order.
    assert_eq!(ends[9].target, 18_000);
    assert!(ends[9].filled >= 15_000, "{}", ends[9].filled);
    assert!(world.seen.filled >= 22_000, "{}", world.seen.filled);
}

#[test]
fn its_parameter_is_checked() {
    let long = ask(24_000, 1_800).with_id(960, 10_001);
    let mut world = World::with(Weather::FAIR, front_loaded::algorithms());
    world.submit(&long, 1);
    assert_eq!(world.live(), 0);
    let short = ask(24_000, 10).with_id(960, 1_000);
    world.submit(&short, 2);
    assert_eq!(world.live(), 0);
    world.submit(&ask(24_000, 10).with_id(960, 100), 3);
    assert_eq!(world.live(), 1);
}

#[test]
fn the_other_algorithms_are_still_there() {
    for code in algorithms().iter().filter(|c| **c != AlgorithmCode::Custom) {
        let ask = crate::conformance::busy(*code, 300);
        let world = run_with(Weather::FAIR, &ask, front_loaded::algorithms());
        let alone = crate::toy::run(Weather::FAIR, &ask);
        assert_eq!(world.seen.outputs, alone.seen.outputs, "{}", code.text());
    }
}

#[test]
fn after_a_halt_its_curve_starts_anew() {
    let mut world = World::with(Weather::FAIR, front_loaded::algorithms());
    world.submit(&ask(24_000, 1_800), 1);
    world.run_until(600);
    let before = world.seen.filled;
    world.status(TradingStatus::Halt);
    world.run_until(1_200);
    world.status(TradingStatus::Continuous);
    world.run_until(1_230);
    let burst = world.seen.filled - before;
    assert!(burst < 4_000, "{burst}");
    world.run_until(1_830);
    check(&world, &ask(24_000, 1_800), Weather::FAIR);
}

proptest! {
    #![proptest_config(Config::with_cases(12))]
    #[test]
    fn the_laws_hold_for_it(
        seed in any::<u32>(),
        buy in any::<bool>(),
        lots in 1_u64..400,
        seconds in 10_u64..900,
        steps in 2_i64..50,
        latency_us in 1_u64..50_000,
        refused in 0_u64..60,
        fill in 0_u64..100,
    ) {
        let weather = Weather {
            seed: seed.into(),
            latency_ns: latency_us * 1_000,
            refused_percent: refused,
            fill_percent: fill,
            ..Weather::FAIR
        };
        let mut ask = ask(lots * weather.lot, seconds).with_id(960, steps);
        ask.side = if buy { Side::Buy } else { Side::Sell };
        let world = run_with(weather, &ask, front_loaded::algorithms());
        check(&world, &ask, weather);
        prop_assert!(world.seen.messages as u64 <= 40 + 25 * seconds);
        let again = run_with(weather, &ask, front_loaded::algorithms());
        prop_assert_eq!(&world.seen.outputs, &again.seen.outputs);
    }
}
