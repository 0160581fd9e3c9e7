//! POV keeps its rate, its bounds and its cap.

use crate::toy::{Ask, Weather, World, run};
use shm_wire::codes::AlgorithmCode;
use shm_wire::reason::Reason;

fn pov(quantity: u64, seconds: u64, rate_ppm: i64) -> Ask {
    Ask::new(AlgorithmCode::Pov, quantity, seconds).with("target_pct_vol", rate_ppm)
}

/// Own share of all volume until the last fill of a filled order, else until the end.
fn rate_ppm(world: &World, ask: &Ask) -> u64 {
    let seen = &world.seen;
    let others = if seen.filled == ask.quantity {
        seen.others_at_last_fill
    } else {
        // What traded after the end does not count.
        seen.done().market_volume
    };
    seen.filled * 1_000_000 / (seen.filled + others)
}

const WEATHERS: [Weather; 4] = [
    Weather::FAIR,
    Weather {
        fill_percent: 0,
        ..Weather::FAIR
    },
    Weather {
        lot: 1,
        print_lots: 300,
        depth_lots: 300,
        fill_percent: 20,
        ..Weather::FAIR
    },
    Weather {
        latency_ns: 20_000_000,
        refused_percent: 30,
        ..Weather::FAIR
    },
];

#[test]
fn nineteen_of_twenty_orders_end_within_a_tenth_of_their_rate() {
    let (mut orders, mut missed) = (0, 0);
    for weather in WEATHERS {
        for target in [50_000_u64, 100_000, 200_000] {
            for (lots, seed) in [(100_000, 1), (100_000, 2), (400, 3), (800, 4)] {
                let ask = pov(lots * weather.lot, 1_800, target as i64);
                let world = run(Weather { seed, ..weather }, &ask);
                if world.seen.news.len() < 30 || world.seen.filled < 100 * weather.lot {
                    continue;
                }
                let largest = world.seen.news.iter().map(|(_, n)| n.qty).max().unwrap();
                let volume = world.seen.filled + world.seen.others_at_last_fill;
                let tolerance = (target / 10).max(largest * 1_000_000 / volume);
                orders += 1;
                missed += usize::from(rate_ppm(&world, &ask).abs_diff(target) > tolerance);
            }
        }
    }
    assert!(orders >= 40, "{orders}");
    assert!(missed * 20 <= orders, "{missed} of {orders}");
}

#[test]
fn filled_and_open_never_exceed_the_cap() {
    for max in [100_000, 110_000, 150_000] {
        let ask = pov(1_000_000, 900, 100_000).with("max_pct_vol", max);
        let seen = run(Weather::FAIR, &ask).seen;
        for u in &seen.updates {
            let cap = u.market_volume * max as u64 / (1_000_000 - max as u64) + 100;
            assert!(u.filled + u.open <= cap, "{u:?}");
        }
    }
}

#[test]
fn between_its_bounds_it_stays_passive() {
    let still = Weather {
        fill_percent: 0,
        ..Weather::FAIR
    };
    let ask = pov(1_000_000, 900, 100_000).with("min_pct_vol", 50_000);
    let world = run(still, &ask);
    let rate = rate_ppm(&world, &ask);
    // Nothing rests into a fill here but for the touch moving through it: the order crosses at the lower bound.
    assert!((48_000..=105_000).contains(&rate), "{rate}");
    let seen = &world.seen;
    for u in &seen.updates {
        let sent = u.reason == Reason::BehindCross.code();
        let low = u.market_volume * 50_000 / 950_000;
        assert!(!sent || u.filled <= low + u.open + 100, "{u:?}");
    }
}

#[test]
fn passive_only_never_crosses_and_ends_below_its_rate() {
    let ask = pov(1_000_000, 900, 100_000).with("passive_only", 1);
    let world = run(
        Weather {
            fill_percent: 5,
            ..Weather::FAIR
        },
        &ask,
    );
    let crosses = [Reason::BehindCross.code(), Reason::CompletionCross.code()];
    assert!(
        world
            .seen
            .news
            .iter()
            .all(|(_, n)| !crosses.contains(&n.reason))
    );
    assert!(world.seen.filled > 0);
}

#[test]
fn a_timer_alone_can_drive_it() {
    let ask = pov(1_000_000, 900, 100_000)
        .with("wake", 1)
        .with("interval_ms", 5_000);
    let world = run(Weather::FAIR, &ask);
    let rate = rate_ppm(&world, &ask);
    assert!((90_000..=110_000).contains(&rate), "{rate}");
    let decisions = world.counters().decisions;
    assert!(decisions < 3_000, "{decisions}");
}

#[test]
fn an_order_that_is_not_due_is_not_asked() {
    // 0.01 % of a small market: one lot every hour or so.
    let ask = pov(100_000, 900, 100);
    let world = run(Weather::FAIR, &ask);
    assert!(world.counters().market_messages > 3_000);
    // 256 times for what its cap leaves, and hardly ever besides.
    let decisions = world.counters().decisions;
    assert!(decisions < 256 + 100, "{decisions}");
}

#[test]
fn a_block_is_not_answered_with_a_block() {
    let mut world = World::new(Weather {
        print_lots: 2,
        ..Weather::FAIR
    });
    world.submit(&pov(1_000_000, 900, 100_000), 1);
    world.run_until(300);
    let before = world.seen.news.len();
    world.block(200_000);
    world.run_until(302);
    let sent: u64 = world.seen.news[before..].iter().map(|(_, n)| n.qty).sum();
    assert!(sent < 12_000, "{sent} of 22,222 due within two seconds");
    world.run_until(930);
    let seen = &world.seen;
    let rate = seen.filled * 1_000_000 / (seen.filled + seen.done().market_volume);
    assert!(
        (90_000..=110_000).contains(&rate),
        "{rate}: the shortfall is worked off"
    );
}

#[test]
fn soft_and_hard_completion_finish_what_the_cap_allows() {
    let soft = run(
        Weather::FAIR,
        &pov(1_000_000, 600, 100_000).with("completion", 1),
    )
    .seen;
    let cap = soft.done().market_volume * 11 / 89 + 100;
    assert!(
        soft.filled <= cap && soft.filled * 100 > cap * 95,
        "{} of {cap}",
        soft.filled
    );
    let hard = pov(60_000, 600, 100_000)
        .with("completion", 2)
        .with("max_pct_vol", 1_000_000);
    assert_eq!(run(Weather::FAIR, &hard).seen.filled, 60_000);
}

#[test]
fn every_emission_tells_its_operands() {
    let mut world = World::new(Weather::FAIR);
    world.submit(&pov(1_000_000, 600, 100_000), 1);
    world.run_until(600);
    let due = Reason::VolumeDue.code();
    let sent = world.seen.news.iter().filter(|n| n.1.reason == due).count();
    let told: Vec<_> = world
        .seen
        .updates
        .iter()
        .filter(|u| u.reason == due)
        .collect();
    assert!(
        sent > 5 && told.len() >= sent,
        "{sent} sent, {} told",
        told.len()
    );
    for u in told {
        let [volume, due, qty] = u.operands;
        assert!(
            volume > 0 && due > 0 && qty > 0 && qty <= due,
            "{:?}",
            u.operands
        );
    }
}
