//! An order that is asked to finish now: whatever its algorithm, it takes what its own terms let it take, and no more.

use crate::conformance::check;
use crate::toy::{Ask, SECOND, START, TICK, Weather, World};
use engine_algos::registry::algorithms;
use engine_core::outbox::Output;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::Config;
use shm_wire::codes::{AlgorithmCode, ParentState, Side};
use shm_wire::reason::Reason;
use shm_wire::slice::SLICE_POST_ONLY;

/// Algorithms whose own terms cap their share of the volume.
const fn capped(algorithm: AlgorithmCode) -> bool {
    matches!(algorithm, AlgorithmCode::Pov | AlgorithmCode::ScalePov)
}

/// An order of half an hour that is far from done after two seconds.
fn slow(algorithm: AlgorithmCode) -> Ask {
    let ask = Ask::new(algorithm, 24_000, 1_800);
    match algorithm {
        AlgorithmCode::Sniper | AlgorithmCode::Sweep => ask.with("max_slice_qty", 100),
        AlgorithmCode::Iceberg | AlgorithmCode::Pegged => ask.with("display_qty", 100),
        AlgorithmCode::Is | AlgorithmCode::Arrival | AlgorithmCode::Close => {
            ask.with("max_pct_vol", 1_000_000)
        }
        _ => ask,
    }
}

#[test]
fn every_algorithm_without_a_cap_is_done_soon_after_it_was_asked_to_finish() {
    for code in algorithms().iter().filter(|c| !capped(**c)) {
        for completion in 0..2 {
            let ask = slow(*code).with("completion", completion);
            let mut world = World::new(Weather::FAIR);
            world.submit(&ask, 1);
            world.run_until(2);
            assert_eq!(world.live(), 1, "{} is not done yet", code.text());
            world.complete(1);
            let told = world.seen.updates.last().unwrap();
            assert_eq!(told.state, ParentState::Completing.code());
            world.run_until(62);
            let last = world.seen.updates.last().unwrap();
            assert_eq!(
                world.live(),
                0,
                "{} completion {completion}: {last:?}",
                code.text()
            );
            let done = world.seen.done();
            let reason = Reason::try_from(done.reason).unwrap();
            assert_eq!(
                done.state,
                ParentState::Filled.code(),
                "{}: {reason:?}",
                code.text()
            );
            let crossed = |o: &Output| {
                matches!(o, Output::New(n) if n.reason == Reason::CompletionCross.code())
                    || matches!(o, Output::Replace(r) if r.reason == Reason::CompletionCross.code())
            };
            assert!(
                world.seen.outputs.iter().any(crossed),
                "{} crossed",
                code.text()
            );
            check(&world, &ask, Weather::FAIR);
        }
    }
}

#[test]
fn a_passive_order_finishes_passively_and_a_capped_one_within_its_cap() {
    let ask = slow(AlgorithmCode::Twap).with("passive_only", 1);
    let mut world = World::new(Weather::FAIR);
    world.submit(&ask, 1);
    world.run_until(60);
    let before = world.seen.news.len();
    world.complete(1);
    world.run_until(1_830);
    let after = &world.seen.news[before..];
    assert!(!after.is_empty());
    assert!(after.iter().all(|(_, n)| n.flags & SLICE_POST_ONLY != 0));
    let largest = after.iter().map(|(_, n)| n.qty).max().unwrap();
    assert!(
        largest > 10_000,
        "the whole rest goes out at once, not {largest}"
    );
    check(&world, &ask, Weather::FAIR);

    let ask = Ask::new(AlgorithmCode::Pov, 200_000, 600);
    let mut world = World::new(Weather::FAIR);
    world.submit(&ask, 1);
    world.run_until(60);
    world.complete(1);
    world.run_until(630);
    let (done, seen) = (world.seen.done(), &world.seen);
    assert_eq!(done.state, ParentState::DonePartial.code());
    // Its default cap: a tenth above the default rate of a tenth.
    let most = seen.others * 11 / 89 + 100;
    assert!(seen.filled <= most, "{} of {most}", seen.filled);
    check(&world, &ask, Weather::FAIR);
}

#[test]
fn out_of_limit_the_whole_rest_rests_at_the_limit() {
    let mut ask = slow(AlgorithmCode::Twap);
    ask.limit = Some(9_500 * TICK);
    let mut world = World::new(Weather::STILL);
    world.submit(&ask, 1);
    world.run_until(60);
    world.complete(1);
    world.run_until(120);
    let resting: u64 = world.seen.updates.last().unwrap().open;
    assert!(resting > 0);
    assert!(
        world
            .seen
            .news
            .iter()
            .all(|(_, n)| Some(n.price) == ask.limit)
    );
    world.run_until(1_830);
    check(&world, &ask, Weather::STILL);
}

proptest! {
    #![proptest_config(Config::with_cases(16))]
    #[test]
    fn asked_at_any_time_an_order_never_exceeds_itself_and_ends(
        seed in any::<u32>(),
        buy in any::<bool>(),
        lots in 1_u64..400,
        seconds in 10_u64..300,
        asked in 0_u64..110,
        again in 0_u64..110,
        latency_us in 1_u64..50_000,
        refused in 0_u64..60,
        fill in 0_u64..100,
        limit in -20_i64..20,
        limited in any::<bool>(),
        completion in 0_i64..2,
        passive in any::<bool>(),
        odd in any::<bool>(),
    ) {
        let weather = Weather {
            seed: seed.into(),
            lot: if odd { 1 } else { 100 },
            latency_ns: latency_us * 1_000,
            refused_percent: refused,
            fill_percent: fill,
            ..Weather::FAIR
        };
        for code in algorithms() {
            let takes = matches!(code, AlgorithmCode::Sniper | AlgorithmCode::Sweep);
            let mut ask = Ask::new(*code, lots * weather.lot, seconds).with("completion", completion);
            if passive && !takes {
                ask = ask.with("passive_only", 1);
            }
            ask.side = if buy { Side::Buy } else { Side::Sell };
            ask.limit = limited.then_some((10_001 + limit) * TICK);
            let play = || {
                let mut world = World::new(weather);
                world.submit(&ask, 1);
                for percent in [asked.min(again), asked.max(again)] {
                    world.run_until(seconds * percent / 100);
                    world.complete(1);
                }
                world.run_until(seconds + 60);
                world
            };
            let world = play();
            check(&world, &ask, weather);
            // Every quarter of a second a look, at most a few messages each.
            prop_assert!(world.seen.messages as u64 <= 40 + 25 * seconds, "{}", world.seen.messages);
            prop_assert_eq!(&world.seen.outputs, &play().seen.outputs, "same seed, same bytes");
            prop_assert!(world.seen.news.iter().all(|(at, _)| *at < START + seconds * SECOND));
        }
    }
}
