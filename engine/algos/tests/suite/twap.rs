//! TWAP keeps to its line: at slice ends, after interruptions, and at the end.

use crate::toy::{Ask, SECOND, START, Seen, TICK, Weather, World, run};
use engine_core::outbox::Output;
use shm_wire::codes::{AlgorithmCode, TradingStatus};
use shm_wire::parent::{ParentUpdate, UpdateKind};
use shm_wire::reason::Reason;

fn twap(quantity: u64, seconds: u64) -> Ask {
    Ask::new(AlgorithmCode::Twap, quantity, seconds)
}

fn slice_ends(seen: &Seen) -> impl Iterator<Item = &ParentUpdate> {
    let kind = UpdateKind::SliceEnd.code();
    seen.updates.iter().filter(move |u| u.event == kind)
}

const WEATHERS: [Weather; 4] = [
    Weather::FAIR,
    Weather {
        fill_percent: 0,
        ..Weather::FAIR
    },
    Weather {
        depth_lots: 2,
        fill_percent: 10,
        ..Weather::FAIR
    },
    Weather {
        latency_ns: 20_000_000,
        refused_percent: 30,
        ..Weather::FAIR
    },
];

#[test]
fn at_19_of_20_slice_ends_what_is_filled_is_within_the_band() {
    let (mut ends, mut missed) = (0, 0);
    for weather in WEATHERS {
        for seed in 0..4 {
            // About 2 % of the market's volume.
            let world = run(Weather { seed, ..weather }, &twap(24_000, 1_800));
            assert_eq!(world.seen.filled, 24_000, "{weather:?}");
            for u in slice_ends(&world.seen) {
                ends += 1;
                missed += usize::from(u.filled + u.band < u.target);
            }
        }
    }
    assert!(ends >= 16 * 55, "{ends}");
    assert!(missed * 20 <= ends, "{missed} of {ends}");
}

#[test]
fn the_last_slice_end_has_the_whole_order_as_its_target() {
    let ask = twap(24_000, 1_800)
        .with("completion", 0)
        .with("passive_only", 1);
    let world = run(Weather::STILL, &ask);
    assert_eq!(world.seen.filled, 0);
    let last = slice_ends(&world.seen).last().unwrap();
    assert_eq!(last.target, 24_000);
}

#[test]
fn small_orders_have_fewer_slices_none_below_the_lot() {
    let world = run(Weather::FAIR, &twap(500, 1_800));
    assert_eq!(world.seen.news.len(), 5);
    assert!(world.seen.news.iter().all(|(_, n)| n.qty == 100));
    assert_eq!(slice_ends(&world.seen).count(), 5);
}

#[test]
fn slices_fall_due_in_the_first_fifth_of_their_interval_and_vary_in_size() {
    let ask = twap(60_000, 1_800).with("slices", 30);
    let world = run(
        Weather {
            fill_percent: 100,
            ..Weather::FAIR
        },
        &ask,
    );
    let due: Vec<_> = world
        .seen
        .news
        .iter()
        .filter(|(_, n)| n.reason == Reason::SliceDue.code())
        .collect();
    assert!(due.len() >= 28);
    let mut sizes = std::collections::BTreeSet::new();
    for (at, n) in due.iter().take(25) {
        let into = (at - START) % (60 * SECOND);
        assert!(into <= 12 * SECOND, "{into}");
        assert!((1_200..=2_800).contains(&n.qty), "{}", n.qty);
        sizes.insert(n.qty);
    }
    assert!(sizes.len() > 3, "{sizes:?}");
}

#[test]
fn without_jitter_slices_are_equal_and_on_the_grid() {
    let ask = twap(30_000, 1_800)
        .with("slices", 30)
        .with("randomize_size_pct", 0)
        .with("randomize_time_pct", 0);
    let world = run(
        Weather {
            fill_percent: 100,
            ..Weather::FAIR
        },
        &ask,
    );
    for (index, (at, n)) in world.seen.news.iter().take(25).enumerate() {
        assert_eq!((*at, n.qty), (START + index as u64 * 60 * SECOND, 1_000));
    }
}

#[test]
fn after_a_halt_a_new_line_leads_from_here_to_the_end() {
    let mut world = World::new(Weather::FAIR);
    world.submit(&twap(18_000, 1_800), 1);
    world.run_until(600);
    let before = world.seen.filled;
    world.status(TradingStatus::Halt);
    world.run_until(1_200);
    world.status(TradingStatus::Continuous);
    // A burst would answer the missing third at once.
    world.run_until(1_260);
    let burst = world.seen.filled - before;
    assert!(burst <= 2_400, "{burst}");
    world.run_until(1_830);
    assert_eq!(world.seen.filled, 18_000);
    let mut last = 0;
    for u in slice_ends(&world.seen) {
        assert!(
            u.target >= last || u.filled < last,
            "the target does not fall behind what is done"
        );
        last = u.filled;
    }
}

#[test]
fn completion_decides_about_the_leaves() {
    let late = |completion| {
        twap(12_000, 600)
            .with("aggression", 0)
            .with("completion", completion)
    };
    let cancel = run(Weather::STILL, &late(0)).seen;
    assert!(cancel.filled < 12_000);
    assert_eq!(cancel.done().reason, Reason::TerminalEnd.code());
    assert!(cancel.filled >= 12_000 * 8 / 10, "inside the band");
    let soft = run(Weather::STILL, &late(1)).seen;
    assert_eq!(soft.filled, 12_000, "SOFT crosses what the touch has");
    assert!(finishes(&soft), "with its reason");
    let hard = run(Weather::STILL, &late(2)).seen;
    assert_eq!(hard.filled, 12_000, "HARD sweeps");
}

fn finishes(seen: &Seen) -> bool {
    let code = Reason::CompletionCross.code();
    seen.outputs.iter().any(|o| match o {
        Output::New(n) => n.reason == code,
        Output::Replace(r) => r.reason == code,
        _ => false,
    })
}

#[test]
fn a_hard_completion_keeps_its_cost_cap() {
    let thin = Weather {
        fill_percent: 0,
        depth_lots: 1,
        ..Weather::FAIR
    };
    let ask = twap(30_000, 300)
        .with("completion", 2)
        .with("hard_cost_cap_bps", 1);
    let mut world = World::new(thin);
    world.submit(&ask, 1);
    world.run_until(330);
    for (_, n) in &world.seen.news {
        // One basis point of 100 is one tick; the toy's touch moves less than 2 % in five minutes.
        assert!(n.price < 10_200 * TICK);
    }
    assert!(world.seen.filled > 0);
}

#[test]
fn without_catch_up_nothing_is_crossed_before_the_finish() {
    let still = Weather {
        fill_percent: 0,
        ..Weather::FAIR
    };
    let ask = twap(12_000, 1_200)
        .with("catch_up", 0)
        .with("completion", 0);
    let seen = run(still, &ask).seen;
    assert!(
        seen.news
            .iter()
            .all(|(_, n)| n.reason == Reason::SliceDue.code())
    );
    assert!(seen.news.iter().all(|(_, n)| n.qty <= 200 * 12 / 10 + 100));
}

#[test]
fn marketable_slices_take_the_touch_as_they_fall_due() {
    let ask = twap(12_000, 1_200).with("price_style", 1);
    let seen = run(
        Weather {
            fill_percent: 0,
            ..Weather::FAIR
        },
        &ask,
    )
    .seen;
    assert_eq!(seen.filled, 12_000);
    let crosses = [Reason::BehindCross.code(), Reason::CompletionCross.code()];
    assert!(seen.news.iter().all(|(_, n)| crosses.contains(&n.reason)));
}

#[test]
fn a_participation_cap_holds_the_line_back_and_is_named() {
    let ask = twap(100_000, 900).with("max_pct_vol", 20_000);
    let seen = run(Weather::FAIR, &ask).seen;
    let cap = seen.others * 2 / 98 + 100;
    assert!(seen.filled <= cap, "{} above {cap}", seen.filled);
    assert!(
        seen.filled * 100 >= cap * 90,
        "{} far below {cap}",
        seen.filled
    );
    assert_eq!(seen.done().reason, Reason::TerminalCap.code());
}

#[test]
fn past_the_end_it_goes_on_at_its_rate() {
    let ask = twap(12_000, 600)
        .with("aggression", 0)
        .with("completion", 3);
    let mut world = World::new(Weather::STILL);
    world.submit(&ask, 1);
    world.run_until(600);
    let at_end = world.seen.filled;
    assert!(at_end < 12_000 && world.live() == 1);
    world.run_until(620);
    let after = world.seen.filled - at_end;
    assert!(
        after <= 3 * 200,
        "{after}: no more than a slice each ten seconds"
    );
    world.run_until(1_200);
    assert_eq!(world.seen.filled, 12_000);
    assert_eq!(world.seen.done().reason, Reason::TerminalFilled.code());
}

#[test]
fn time_out_of_limit_is_not_caught_up_in_a_burst() {
    let mut ask = twap(12_000, 1_200);
    ask.limit = Some(10_002 * TICK);
    let mut world = World::new(Weather::STILL);
    world.submit(&ask, 1);
    world.run_until(300);
    let before = world.seen.filled;
    assert!(before > 1_000, "{before}");
    world.base = 10_100;
    world.run_until(800);
    assert!(
        world.seen.filled <= before + 400,
        "nothing but what was out"
    );
    let suspended = shm_wire::codes::ParentState::Suspended.code();
    assert!(world.seen.updates.iter().any(|u| u.state == suspended));
    world.base = 10_000;
    world.run_until(860);
    // Twelve thousand less the first quarter over 400 s is 23 a second.
    let burst = world.seen.filled - before;
    assert!(burst <= 60 * 23 + 1_000, "{burst}");
    world.run_until(1_230);
    assert_eq!(world.seen.filled, 12_000);
    let first_slice = world.seen.updates.iter().map(|u| u.band).max();
    assert!(first_slice >= Some(360), "the band follows the new line");
}

#[test]
fn the_old_line_is_caught_up_when_asked_for() {
    let run_with = |policy| {
        let mut ask = twap(12_000, 1_200).with("ool_policy", policy);
        ask.limit = Some(10_002 * TICK);
        let mut world = World::new(Weather::STILL);
        world.submit(&ask, 1);
        world.run_until(300);
        world.base = 10_100;
        world.run_until(800);
        world.base = 10_000;
        world.run_until(860);
        world.seen.filled
    };
    let (frozen, caught_up) = (run_with(0), run_with(1));
    assert!(caught_up > frozen + 1_000, "{caught_up} against {frozen}");
}

#[test]
fn an_amended_order_follows_its_new_quantity_and_end() {
    let mut world = World::new(Weather::FAIR);
    world.submit(&twap(12_000, 1_200), 1);
    world.run_until(600);
    let (before, others) = (world.seen.filled, world.seen.others);
    assert!((4_000..=8_000).contains(&before) && others > 0);
    world.amend(&twap(18_000, 900), 1, 2);
    world.run_until(750);
    let half_way = world.seen.filled;
    assert!((10_000..=14_500).contains(&half_way), "{half_way}");
    world.run_until(930);
    assert_eq!(world.seen.filled, 18_000);
}

#[test]
fn an_order_of_which_only_dust_is_left_ends_at_once_and_says_so() {
    let mut dust = 0;
    for seed in 0..8 {
        let weather = Weather {
            seed,
            odd: true,
            fill_percent: 10,
            ..Weather::FAIR
        };
        let mut world = World::new(weather);
        world.submit(&twap(6_000, 1_200), 1);
        // Each halt takes children back, some of them partly filled.
        for at in 1..40 {
            world.run_until(at * 29);
            world.status(TradingStatus::Halt);
            world.run_until(at * 29 + 2);
            world.status(TradingStatus::Continuous);
        }
        world.run_until(1_199);
        let done = world.seen.done();
        let leaves = done.ordered - done.filled;
        assert_eq!(leaves > 0, done.reason == Reason::TerminalDust.code());
        assert!(leaves < 100, "{leaves}");
        dust += u32::from(leaves > 0);
    }
    assert!(dust > 0);
}

#[test]
fn a_child_at_the_mid_does_not_climb_after_itself() {
    // A still book five ticks wide: its middle rounds to two ticks ahead of the bid, whatever our own child makes of the touch.
    for style in [2, 3] {
        let ask = twap(24_000, 1_200)
            .with("price_style", style)
            .with("catch_up", 0)
            .with("completion", 0);
        let mut world = World::new(Weather::STILL);
        world.shows_own = true;
        world.submit(&ask, 1);
        world.run_until(900);
        let prices = world.seen.outputs.iter().filter_map(|o| match o {
            Output::New(n) => Some(n.price),
            Output::Replace(r) => Some(r.price),
            _ => None,
        });
        let highest = if style == 2 { 10_002 } else { 10_000 };
        assert_eq!(prices.max(), Some(highest * TICK), "{style}");
    }
}
