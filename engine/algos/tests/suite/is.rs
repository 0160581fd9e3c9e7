//! IS is early as asked for, the same for both sides, and faster or slower with the price if it is told to be.

use crate::toy::{Ask, START, Weather, World, run};
use engine_algos::Registry;
use engine_algos::registry::spec_by_name;
use engine_core::algorithm::Algorithms;
use engine_core::view::Order;
use shm_wire::codes::{AlgorithmCode, Side};
use shm_wire::instrument::Instrument;
use shm_wire::parent::{PARAMETERS_MAX, Parameter, UpdateKind};
use shm_wire::reason::Reason;
use shm_wire::units::{Nanos, Price, Qty};

fn is(quantity: u64, seconds: u64) -> Ask {
    Ask::new(AlgorithmCode::Is, quantity, seconds)
}

/// Targets at the ends of the slices.
fn targets(world: &World) -> Vec<u64> {
    let ends = world.seen.updates.iter();
    ends.filter(|u| u.event == UpdateKind::SliceEnd.code())
        .map(|u| u.target)
        .collect()
}

#[test]
fn half_way_the_urgencies_are_due_as_published_and_filled_in_that_order() {
    let mut before = 0;
    for (urgency, share) in [(1, 515), (2, 614), (3, 787), (4, 950)] {
        let ask = is(40_000, 1_800).with("urgency", urgency);
        let mut world = World::new(Weather::FAIR);
        world.submit(&ask, 1);
        world.run_until(910);
        let half = targets(&world)[29];
        assert!(half.abs_diff(40 * share) <= 140, "{urgency}: {half}");
        assert!(world.seen.filled >= before, "{urgency}");
        before = world.seen.filled;
    }
}

#[test]
fn a_risk_of_nothing_is_twap_at_every_slice_end() {
    let calm = is(30_000, 1_800).with("half_life_ms", 86_400_000);
    let twap = Ask::new(AlgorithmCode::Twap, 30_000, 1_800);
    let (a, b) = (
        targets(&run(Weather::FAIR, &calm)),
        targets(&run(Weather::FAIR, &twap)),
    );
    assert_eq!(a.len(), b.len());
    assert!(
        a.iter().zip(&b).all(|(a, b)| a.abs_diff(*b) <= 100),
        "{a:?} {b:?}"
    );
}

#[test]
fn more_risk_aversion_is_due_earlier() {
    let half = |aversion: i64| {
        let ask = is(40_000, 1_800).with("risk_aversion", aversion);
        let mut world = World::new(Weather::STILL);
        world.submit(&ask, 1);
        world.run_until(910);
        targets(&world)[29]
    };
    let (calm, usual, eager) = (half(100_000), half(100_000_000), half(100_000_000_000));
    assert!(calm < usual && usual < eager, "{calm} {usual} {eager}");
}

#[test]
fn both_sides_have_one_schedule() {
    let ask = is(40_000, 1_800);
    let sell = Ask {
        side: Side::Sell,
        ..ask
    };
    let (a, b) = (run(Weather::FAIR, &ask), run(Weather::FAIR, &sell));
    let (a, b) = (targets(&a), targets(&b));
    let shared = a.len().min(b.len()) - 1;
    assert!(shared > 30);
    assert_eq!(a[..shared], b[..shared]);
}

#[test]
fn an_amended_half_done_order_goes_on_with_the_rest_and_ends() {
    let mut world = World::new(Weather::FAIR);
    world.submit(&is(20_000, 1_800), 1);
    world.run_until(600);
    let before = world.seen.filled;
    world.amend(&is(30_000, 1_500).with("urgency", 1), 1, 2);
    world.run_until(1_520);
    assert!(before > 8_000 && world.seen.filled == 30_000);
}

#[test]
fn the_price_makes_it_faster_or_slower_if_it_is_told_to() {
    // Cheaper than at arrival from the second minute on: good for a buy.
    let half = |adaptivity: i64, side: Side| {
        let ask = is(40_000, 1_800)
            .with("urgency", 1)
            .with("volatility_bps", 200)
            .with("price_adaptivity", adaptivity);
        let ask = Ask { side, ..ask };
        let mut world = World::new(Weather::STILL);
        world.submit(&ask, 1);
        world.run_until(60);
        world.base = 9_970;
        world.run_until(910);
        targets(&world)[29]
    };
    let neutral = half(0, Side::Buy);
    let (aim, pim) = (half(1, Side::Buy), half(2, Side::Buy));
    assert!(
        aim > neutral + 1_000 && pim + 1_000 < neutral,
        "{pim} {neutral} {aim}"
    );
    let (aim, pim) = (half(1, Side::Sell), half(2, Side::Sell));
    assert!(
        aim + 1_000 < neutral && pim > neutral + 1_000,
        "{aim} {neutral} {pim}"
    );
    // By half at most: the rate of a straight line is 1/60 a slice.
    assert!(pim <= neutral + 40_000 / 2 / 2 + 700);
}

#[test]
fn a_market_turned_wild_makes_it_faster() {
    let half = |wild: bool| {
        let ask = is(40_000, 3_600)
            .with("urgency", 2)
            .with("max_pct_vol", 1_000_000);
        let mut world = World::new(Weather::STILL);
        world.submit(&ask, 1);
        for second in 0..1_800 {
            world.run_until(second);
            let calm = second < 600 || !wild;
            let swing = if calm {
                second % 2
            } else {
                40 * (second / 60 % 2)
            };
            world.base = 10_000 + i64::try_from(swing).unwrap();
        }
        targets(&world)[28]
    };
    assert!(half(true) > half(false), "{} {}", half(true), half(false));
}

#[test]
fn one_measure_of_urgency_is_enough() {
    let id = |name| spec_by_name(AlgorithmCode::Is, name).unwrap().id;
    for pair in [
        ("urgency", "risk_aversion"),
        ("urgency", "half_life_ms"),
        ("risk_aversion", "half_life_ms"),
    ] {
        let mut order = Order {
            seed: 7,
            side: Side::Buy,
            quantity: Qty(1_000),
            limit: Price::NONE,
            start: Nanos(START),
            end: Nanos(START + 1_000 * 1_000_000_000),
            parameters: [Parameter::default(); PARAMETERS_MAX],
            parameter_count: 2,
        };
        for (at, (name, value)) in [(pair.0, 3), (pair.1, 2_000)].into_iter().enumerate() {
            order.parameters[at] = Parameter {
                id: id(name),
                value,
                ..Parameter::default()
            };
        }
        let instrument = Instrument::equity(0, "TOY", 100).unwrap();
        let code = AlgorithmCode::Is.code();
        let refusal = Registry
            .plan(code, &order, &instrument, order.start)
            .unwrap_err();
        assert_eq!(refusal.why.reason, Reason::ParameterConflict, "{pair:?}");
        assert!([id(pair.0), id(pair.1)].contains(&refusal.parameter));
    }
}
