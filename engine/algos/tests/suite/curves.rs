//! The laws of the conformance suite for what follows a curve of its own: sessions, usual volumes, caps, blocks, halts.

use crate::conformance::check;
use crate::toy::{Ask, SECOND, START, Weather, World};
use engine_algos::curves::{Curve, CurveTable, Scope};
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::Config;
use shm_wire::codes::{AlgorithmCode, Side, TradingStatus};
use shm_wire::parent::UpdateKind;
use shm_wire::units::DurationNs;

const SESSION: u64 = 1_200;

/// What happens to an order besides its market.
#[derive(Clone, Copy, Debug)]
struct Fate {
    usual: u64,
    block: u64,
    halts: bool,
    curves: CurveTable,
}

fn run(weather: Weather, ask: &Ask, fate: Fate) -> World {
    let mut world = World::in_session(weather, SESSION, fate.usual, fate.curves);
    world.submit(ask, 1);
    world.run_until(ask.seconds / 3);
    world.block(fate.block.max(1) * weather.lot);
    if fate.halts {
        world.status(TradingStatus::Halt);
        world.run_until(ask.seconds / 3 + 10);
        world.status(TradingStatus::Continuous);
    }
    world.run_until(ask.seconds + 30);
    world
}

proptest! {
    #![proptest_config(Config::with_cases(24))]
    #[test]
    fn any_curve_in_any_session_keeps_the_laws_and_its_targets_never_fall(
        seed in any::<u32>(),
        buy in any::<bool>(),
        lots in 1_u64..400,
        seconds in 30_u64..=SESSION,
        weights in prop::collection::vec(0_u32..100, 3..60),
        usual in 0_u64..2_000_000,
        cap in 10_000_i64..600_000,
        adaptivity in 0_i64..3,
        block in 0_u64..10_000,
        halts in any::<bool>(),
        still in any::<bool>(),
    ) {
        let weather = Weather { seed: seed.into(), still, ..Weather::FAIR };
        let session = DurationNs::from_secs(SESSION);
        let Ok(curve) = Curve::new(Scope::Any, session, &weights) else { return Ok(()) };
        let curves = CurveTable::new(Box::leak(Box::new([curve])));
        let fate = Fate { usual, block, halts, curves };
        for code in [AlgorithmCode::Vwap, AlgorithmCode::Is, AlgorithmCode::Arrival] {
            let mut ask = Ask::new(code, lots * weather.lot, seconds)
                .with("max_pct_vol", cap)
                .with("accept_infeasible", 1);
            if code != AlgorithmCode::Vwap {
                ask = ask.with("price_adaptivity", adaptivity);
            }
            ask.side = if buy { Side::Buy } else { Side::Sell };
            let world = run(weather, &ask, fate);
            check(&world, &ask, weather);
            let seen = &world.seen;
            // B4, of everything that traded while the order was open.
            let others = seen.others;
            let most = u64::try_from(cap).unwrap() * others / (1_000_000 - u64::try_from(cap).unwrap());
            prop_assert!(seen.filled <= most + weather.lot, "{} of {most}", seen.filled);
            let ends: Vec<u64> = seen.updates.iter()
                .filter(|u| u.event == UpdateKind::SliceEnd.code())
                .map(|u| u.target)
                .collect();
            prop_assert!(ends.iter().all(|t| *t <= ask.quantity));
            if !halts {
                prop_assert!(ends.windows(2).all(|w| w[0] <= w[1]), "{} {ends:?}", code.text());
            }
            prop_assert!(seen.news.iter().all(|n| n.0 < START + seconds * SECOND));
            prop_assert!(seen.messages as u64 <= 40 + 25 * seconds, "{}", seen.messages);
            let again = run(weather, &ask, fate);
            prop_assert_eq!(&seen.outputs, &again.seen.outputs, "same seed, same bytes");
        }
    }
}
