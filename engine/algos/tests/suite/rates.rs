//! The ramp into the close, and rates that follow the price.

use crate::toy::{Ask, SECOND, START, TICK, Weather, World, run};
use shm_wire::codes::AlgorithmCode;
use shm_wire::reason::Reason;

fn close(quantity: u64) -> Ask {
    Ask::new(AlgorithmCode::Close, quantity, 3_600)
}

#[test]
fn the_ramp_begins_as_late_as_volume_allows_and_is_done_by_the_end() {
    let mut starts = Vec::new();
    for quantity in [12_000, 60_000, 240_000] {
        let seen = run(Weather::FAIR, &close(quantity)).seen;
        let first = (seen.news[0].0 - START) / SECOND;
        assert_eq!(seen.filled, quantity, "begun at {first}");
        starts.push(first);
        let waits = Reason::WaitRamp.code();
        assert!(seen.updates.iter().any(|u| u.reason == waits));
    }
    // The market trades about 800 a second, a fifth with it is 200.
    assert!(starts[0] >= 3_400 && starts[0] < 3_560, "{starts:?}");
    assert!(starts[1] >= 3_000 && starts[1] < 3_350, "{starts:?}");
    assert!(starts[2] < 2_500, "{starts:?}");
}

#[test]
fn a_ramp_of_a_given_length_begins_when_it_says() {
    let seen = run(Weather::FAIR, &close(20_000).with("ramp_ms", 600_000)).seen;
    let first = (seen.news[0].0 - START) / SECOND;
    assert!((3_000..3_060).contains(&first), "{first}");
    assert_eq!(seen.filled, 20_000);
}

#[test]
fn the_ramp_keeps_its_rate() {
    let ask = close(10_000_000)
        .with("ramp_ms", 1_800_000)
        .with("target_pct_vol", 100_000)
        .with("completion", 0);
    let mut world = World::new(Weather::FAIR);
    world.submit(&ask, 1);
    world.run_until(1_800);
    let (before, own) = (world.seen.others, world.seen.filled);
    assert_eq!(own, 0);
    world.run_until(3_590);
    let others = world.seen.others - before;
    let rate = world.seen.filled * 1_000_000 / (world.seen.filled + others);
    assert!((90_000..=110_000).contains(&rate), "{rate}");
}

#[test]
fn an_amended_ramp_goes_on_from_what_is_done() {
    let ask = close(10_000_000)
        .with("ramp_ms", 86_400_000)
        .with("target_pct_vol", 100_000)
        .with("completion", 0);
    let mut world = World::new(Weather::FAIR);
    world.submit(&ask, 1);
    world.run_until(1_000);
    let mut more = ask;
    more.quantity += 100_000;
    world.amend(&more, 1, 2);
    let (others, own) = (world.seen.others, world.seen.filled);
    world.run_until(2_000);
    let (others, own) = (world.seen.others - others, world.seen.filled - own);
    let rate = own * 1_000_000 / (own + others);
    assert!((85_000..=115_000).contains(&rate), "{rate}");
}

#[test]
fn a_market_that_goes_quiet_in_the_ramp_does_not_leave_the_order_undone() {
    let mut world = World::new(Weather::FAIR);
    world.submit(&close(40_000), 1);
    world.run_until(3_300);
    let sent = world.seen.news.len();
    assert!(world.seen.filled < 20_000);
    // From here on a print comes every few seconds only.
    world.slow(20);
    world.run_until(3_590);
    assert!(world.seen.filled >= 36_000, "{}", world.seen.filled);
    let most = world.seen.news[sent..].iter().map(|n| n.1.qty).max();
    assert!(most <= Some(8_000), "{most:?}: no burst");
}

#[test]
fn the_auction_is_refused_by_name() {
    for auction in 1..=3 {
        let mut world = World::new(Weather::FAIR);
        world.submit(&close(1_000).with("close_auction", auction), 1);
        assert_eq!(world.live(), 0);
        let u = world.seen.updates.last().unwrap();
        assert_eq!((u.reason, u.parameter), (Reason::Unsupported.code(), 701));
        assert_eq!(u.operands[0], auction);
    }
}

/// Own share of all volume while the touch stands `ticks` from where the order began.
fn rate_at(ticks: i64, parameters: &[(&str, i64)]) -> u64 {
    let mut ask = Ask::new(AlgorithmCode::ScalePov, 10_000_000, 3_600);
    for (name, value) in parameters {
        ask = ask.with(name, *value);
    }
    let weather = Weather {
        fill_percent: 60,
        ..Weather::STILL
    };
    let mut world = World::new(weather);
    world.submit(&ask, 1);
    world.run_until(60);
    world.base += ticks;
    world.run_until(120);
    let (others, own) = (world.seen.others, world.seen.filled);
    world.run_until(1_000);
    let (others, own) = (world.seen.others - others, world.seen.filled - own);
    own * 1_000_000 / (own + others)
}

#[test]
fn the_rate_grows_with_a_better_price_and_shrinks_with_a_worse_one() {
    // A tick is a basis point; bands are five wide, 0.2 % a basis point.
    for (ticks, expected) in [(0, 100_000), (-21, 140_000), (21, 50_000), (-100, 200_000)] {
        let rate = rate_at(ticks, &[]);
        let off = rate.abs_diff(expected);
        assert!(
            off <= expected / 8,
            "{rate} instead of {expected} at {ticks}"
        );
    }
}

#[test]
fn a_passive_in_the_money_scale_runs_the_other_way() {
    let pim = &[("price_adaptivity", 2)];
    assert!(rate_at(-21, pim) < 75_000);
    assert!(rate_at(21, pim) > 125_000);
}

#[test]
fn a_scale_of_the_limit_needs_one_and_holds_its_bounds() {
    let bare = Ask::new(AlgorithmCode::ScalePov, 10_000, 3_600).with("scale_ref", 1);
    let mut world = World::new(Weather::FAIR);
    world.submit(&bare, 1);
    assert_eq!(world.live(), 0);
    let mut limited = bare;
    limited.limit = Some(10_050 * TICK);
    world.submit(&limited, 2);
    assert_eq!(world.live(), 1);
    let largest = rate_at(-100, &[("max_pct_vol", 120_000)]);
    assert!(largest <= 121_000, "{largest}");
    let least = rate_at(100, &[("min_pct_vol", 80_000)]);
    assert!((70_000..=90_000).contains(&least), "{least}");
}
