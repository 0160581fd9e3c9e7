//! What single parameters do: limits against the arrival price, blocks, liquidity, forgiveness, signals, I-would, sizes, prices.

use crate::conformance::busy;
use crate::toy::{Ask, SECOND, START, TICK, Weather, World, run};
use engine_algos::curves::{Curve, CurveTable, Scope};
use engine_algos::registry::algorithms;
use engine_core::outbox::Output;
use shm_wire::codes::{AlgorithmCode, Side};
use shm_wire::parent::{ParentUpdate, UpdateKind};
use shm_wire::reason::Reason;
use shm_wire::units::DurationNs;

fn ask(algorithm: AlgorithmCode, quantity: u64, seconds: u64) -> Ask {
    Ask::new(algorithm, quantity, seconds)
}

/// Prices that were asked for.
fn prices(outputs: &[Output]) -> impl Iterator<Item = i64> + '_ {
    outputs.iter().filter_map(|o| match o {
        Output::New(n) => Some(n.price),
        Output::Replace(r) => Some(r.price),
        _ => None,
    })
}

fn last_update(world: &World) -> &ParentUpdate {
    world.seen.updates.last().unwrap()
}

fn refusal(world: &World) -> (u16, Reason) {
    let u = &world.seen.updates[0];
    assert_eq!(u.event, UpdateKind::Rejected.code());
    (u.parameter, Reason::try_from(u.reason).unwrap())
}

/// The answer to an order.
fn submitted(ask: &Ask) -> World {
    let mut world = World::new(Weather::FAIR);
    world.submit(ask, 1);
    world
}

#[test]
fn no_child_is_priced_beyond_the_relative_limit_whatever_the_algorithm() {
    for code in algorithms() {
        for side in [Side::Buy, Side::Sell] {
            let mut ask = busy(*code, 900).with("relative_limit_bps", 3);
            ask.side = side;
            ask.limit = Some((10_000 + side.sign() * 500) * TICK);
            let world = run(Weather::FAIR, &ask);
            // The first mid is 10,000.5 ticks.
            let limit = if side.is_buy() { 10_003 } else { 9_998 };
            let worst = prices(&world.seen.outputs)
                .map(|p| side.sign() * p)
                .max()
                .unwrap_or(i64::MIN);
            let most = side.sign() * limit * TICK;
            assert!(worst <= most, "{} {side:?}: {worst}", code.text());
            assert_eq!(world.seen.done().arrival_price, 10_000 * TICK + TICK / 2);
        }
    }
}

#[test]
fn the_tighter_limit_holds_and_an_amend_moves_the_relative_one() {
    let twap = ask(AlgorithmCode::Twap, 24_000, 900).with("price_style", 1);
    let mut world = World::new(Weather::STILL);
    world.base = 10_010;
    let mut tight = twap.with("relative_limit_bps", 20);
    tight.limit = Some(10_005 * TICK);
    world.submit(&tight, 1);
    world.run_until(200);
    assert_eq!(world.seen.filled, 0, "the limit is the tighter one");
    world.amend(&twap.with("relative_limit_bps", 5), 1, 2);
    world.run_until(300);
    assert_eq!(world.seen.filled, 0, "10,005 ticks are too few");
    world.amend(&twap.with("relative_limit_bps", 20), 1, 3);
    world.run_until(400);
    assert!(world.seen.filled > 0);
    assert_eq!(prices(&world.seen.outputs).max(), Some(10_011 * TICK));
}

#[test]
fn a_block_moves_no_target_when_blocks_are_left_out() {
    let due = |filter| {
        let ask = ask(AlgorithmCode::Pov, 1_000_000, 1_800).with("block_filter", filter);
        let mut world = World::new(Weather::FAIR);
        world.submit(&ask, 1);
        world.run_until(600);
        world.block(200_000);
        world.run_until(620);
        let others = world.seen.others;
        (last_update(&world).market_volume, others)
    };
    let (all, others) = due(0);
    assert!(all > 200_000 && all <= others);
    let (filtered, others) = due(1);
    assert!(filtered <= others - 200_000, "{filtered} of {others}");
    assert!(
        filtered * 10 > (others - 200_000) * 9,
        "{filtered} of {others}"
    );
}

#[test]
fn a_rate_that_follows_the_book_stays_within_its_bounds() {
    for (min, max) in [(50_000, 200_000), (90_000, 110_000)] {
        let constant = ask(AlgorithmCode::Pov, 1_000_000, 1_800)
            .with("min_pct_vol", min)
            .with("max_pct_vol", max);
        let world = run(Weather::FAIR, &constant.with("liquidity_adaptivity", 1));
        let done = world.seen.done();
        let rate = done.filled * 1_000_000 / (done.filled + done.market_volume);
        let bounds = u64::try_from(min).unwrap() * 95 / 100..=u64::try_from(max).unwrap();
        assert!(bounds.contains(&rate), "{rate}");
        let plain = run(Weather::FAIR, &constant);
        assert_ne!(plain.seen.filled, world.seen.filled);
    }
}

#[test]
fn an_old_shortfall_is_forgiven_when_asked_and_made_up_otherwise() {
    // Ten minutes out of limit in which the market's volume counts, then ten within.
    let filled = |forgive: Option<i64>| {
        let mut pov = ask(AlgorithmCode::Pov, 1_000_000, 1_200).with("ool_policy", 1);
        if let Some(ms) = forgive {
            pov = pov.with("forgive_after", ms);
        }
        pov.limit = Some(10_005 * TICK);
        let mut world = World::new(Weather::STILL);
        world.base = 10_100;
        world.run_until(5);
        world.submit(&pov, 1);
        world.run_until(600);
        let missed = world.seen.others;
        world.base = 10_000;
        world.run_until(1_230);
        (world.seen.filled, missed, world.seen.others)
    };
    let (made_up, _, others) = filled(None);
    assert!(made_up * 9 * 100 >= others * 90, "{made_up} of {others}");
    let (forgiven, missed, others) = filled(Some(60_000));
    let later = others - missed;
    assert!(forgiven * 9 <= later + missed / 3, "{forgiven} of {later}");
    assert!(forgiven * 9 * 100 >= later * 85, "{forgiven} of {later}");
}

#[test]
fn near_its_limit_a_vwap_hurries_and_never_without_one() {
    let vwap = ask(AlgorithmCode::Vwap, 60_000, 1_800).with("dynamic_curve", 0);
    let target = |hurries, limit: i64| {
        let mut ask = vwap.with("speed_up_near_limit", hurries);
        ask.limit = Some(limit * TICK);
        let mut world = World::new(Weather::STILL);
        world.submit(&ask, 1);
        world.run_until(300);
        last_update(&world).target
    };
    let far = target(0, 10_001);
    assert_eq!(target(1, 10_500), far, "the limit is far away");
    let near = target(1, 10_001);
    assert!(near * 10 > far * 15 && near < far * 2, "{near} {far}");
    let refused = submitted(&vwap.with("speed_up_near_limit", 1));
    assert_eq!(refusal(&refused), (902, Reason::ParameterConflict));
}

#[test]
fn a_signal_against_the_order_makes_it_early_and_one_in_its_favour_late() {
    let target = |side: Side, alpha: i64| {
        let mut ask = ask(AlgorithmCode::Is, 60_000, 1_800)
            .with("urgency", 1)
            .with("max_pct_vol", 1_000_000);
        if alpha != 0 {
            ask = ask.with("alpha_bps", alpha);
        }
        ask.side = side;
        let mut world = World::new(Weather::STILL);
        world.submit(&ask, 1);
        world.run_until(900);
        last_update(&world).target
    };
    let none = target(Side::Buy, 0);
    assert!(target(Side::Buy, 5) > none + 600);
    assert!(target(Side::Buy, -5) + 600 < none);
    let other = target(Side::Sell, -5);
    assert!(other.abs_diff(target(Side::Buy, 5)) < 100, "{other}");
}

#[test]
fn a_shortfall_order_keeps_up_with_its_least_share() {
    let is = ask(AlgorithmCode::Is, 100_000, 3_600)
        .with("urgency", 1)
        .with("max_pct_vol", 1_000_000);
    let mut world = World::new(Weather::FAIR);
    world.submit(&is.with("min_pct_vol", 100_000), 1);
    world.run_until(600);
    let u = last_update(&world);
    let least = u.market_volume / 9;
    assert!(u.filled >= least * 9 / 10, "{} of {least}", u.filled);
    let mut plain = World::new(Weather::FAIR);
    plain.submit(&is, 1);
    plain.run_until(600);
    assert!(plain.seen.filled < u.filled);
    let passive = submitted(&is.with("min_pct_vol", 10_000).with("passive_only", 1));
    assert_eq!(refusal(&passive), (201, Reason::ParameterConflict));
    let above = ask(AlgorithmCode::Is, 400_000, 3_600)
        .with("max_pct_vol", 9_999)
        .with("min_pct_vol", 10_000);
    assert_eq!(
        refusal(&submitted(&above)),
        (201, Reason::ParameterConflict)
    );
}

#[test]
fn a_shortfall_order_takes_what_it_would_and_no_more_than_its_share() {
    let is = ask(AlgorithmCode::Is, 60_000, 3_600)
        .with("urgency", 1)
        .with("max_pct_vol", 1_000_000);
    let filled = |ask: &Ask, base: i64| {
        let mut world = World::new(Weather::STILL);
        world.submit(ask, 1);
        world.run_until(60);
        let before = world.seen.filled;
        world.base = base;
        world.run_until(180);
        world.seen.filled - before
    };
    let would = is.with("i_would_bps", -5);
    let (usual, good) = (filled(&would, 9_997), filled(&would, 9_990));
    assert!(good > usual * 4, "{usual} {good}");
    assert_eq!(filled(&is, 9_990), filled(&is, 9_997));
    let some = would.with("i_would_pct", 1_000);
    assert!(filled(&some, 9_990) < good);
    let passive = submitted(&would.with("passive_only", 1));
    assert_eq!(refusal(&passive).1, Reason::ParameterConflict);
}

#[test]
fn what_is_too_dear_to_finish_is_left_with_both_numbers_told_unless_forced() {
    // Five days' volume in an hour.
    let ask = ask(AlgorithmCode::Arrival, 500_000, 900)
        .with("urgency", 5)
        .with("max_pct_vol", 200_000)
        .with("accept_infeasible", 1);
    let world = |forced| {
        let mut world = World::in_session(Weather::STILL, 900, 100_000, CurveTable::EMPTY);
        world.submit(&ask.with("force_completion", forced), 1);
        world.run_until(930);
        world
    };
    let left = world(0);
    let told = left
        .seen
        .updates
        .iter()
        .find(|u| u.reason == Reason::FinishDear.code())
        .expect("a decision");
    let [cost, late, leaves] = told.operands;
    assert!(cost > late && late > 0, "{cost} {late}");
    assert_eq!(u64::try_from(leaves).unwrap(), told.ordered - told.filled);
    assert!(left.seen.done().filled < 500_000);
    let forced = world(1);
    assert!(
        forced
            .seen
            .updates
            .iter()
            .all(|u| u.reason != Reason::FinishDear.code())
    );
    assert!(forced.seen.filled > left.seen.filled);
}

#[test]
fn a_peg_to_the_average_price_follows_the_prints_of_the_others() {
    let ask = ask(AlgorithmCode::Pegged, 5_000, 600)
        .with("peg", 4)
        .with("peg_offset_ticks", -3)
        .with("display_qty", 500);
    let mut world = World::new(Weather::STILL);
    world.submit(&ask, 1);
    world.run_until(300);
    // Prints at 10,000 and 10,001 ticks, sooner or later some of both.
    let asked: Vec<i64> = prices(&world.seen.outputs).map(|p| p / TICK).collect();
    assert!(
        asked.iter().all(|p| [9_997, 9_998].contains(p)),
        "{asked:?}"
    );
    assert_eq!(asked.last(), Some(&9_997));
    world.base = 10_100;
    world.run_until(590);
    let moved = prices(&world.seen.outputs).last().unwrap() / TICK;
    assert!((10_020..10_080).contains(&moved), "{moved}");
}

#[test]
fn a_slice_can_stand_at_the_last_trade_and_follows_it() {
    let twap = ask(AlgorithmCode::Twap, 24_000, 600)
        .with("price_style", 4)
        .with("price_offset_ticks", -2)
        .with("catch_up", 0)
        .with("completion", 0);
    let mut world = World::new(Weather::STILL);
    world.submit(&twap, 1);
    world.run_until(300);
    let asked: Vec<i64> = prices(&world.seen.outputs).map(|p| p / TICK).collect();
    // Until the first print there is no last trade: the own side of the touch.
    let allowed = [9_998, 9_999, 10_000];
    assert!(asked.iter().all(|p| allowed.contains(p)), "{asked:?}");
    world.base = 9_990;
    world.run_until(400);
    let last = prices(&world.seen.outputs).last().unwrap() / TICK;
    assert!((9_988..=9_989).contains(&last), "{last}");
    let stray = submitted(&ask(AlgorithmCode::Twap, 24_000, 600).with("price_offset_ticks", 1));
    assert_eq!(refusal(&stray), (103, Reason::ParameterConflict));
}

#[test]
fn children_have_the_size_that_was_asked_for() {
    let twap = ask(AlgorithmCode::Twap, 24_600, 1_800).with("order_size_override", 700);
    let world = run(Weather::FAIR, &twap);
    assert_eq!(world.seen.filled, 24_600);
    let sizes: Vec<u64> = world.seen.news.iter().map(|(_, n)| n.qty).collect();
    let other: Vec<u64> = sizes.iter().copied().filter(|q| *q != 700).collect();
    // 35 times 700 and a rest of 100, which partial fills may split further.
    assert!(sizes.len() - other.len() >= 30, "{sizes:?}");
    assert!(other.iter().all(|q| *q < 700), "{other:?}");
    let refused = |ask: &Ask| refusal(&submitted(ask));
    for bound in ["min_slice_qty", "max_slice_qty"] {
        let both = twap.with(bound, 700);
        assert_eq!(refused(&both), (104, Reason::ParameterConflict));
    }
    let odd = ask(AlgorithmCode::Twap, 24_600, 1_800).with("order_size_override", 750);
    assert_eq!(refused(&odd), (104, Reason::QuantityLot));
}

#[test]
fn an_order_may_name_its_curve() {
    let session = DurationNs(3_600 * SECOND);
    let flat = Curve::new(Scope::Any, session, &[1, 1]).unwrap();
    let steep = Curve::new(Scope::Named, session, &[9, 1])
        .unwrap()
        .with_id(7);
    let table = CurveTable::new(Box::leak(Box::new([flat, steep])));
    let half = |id: Option<i64>| {
        let mut vwap = ask(AlgorithmCode::Vwap, 60_000, 3_600).with("dynamic_curve", 0);
        if let Some(id) = id {
            vwap = vwap.with("curve_id", id);
        }
        let mut world = World::in_session(Weather::FAIR, 3_600, 0, table);
        world.submit(&vwap, 1);
        world.run_until(1_810);
        world
    };
    let own = half(None);
    assert_eq!(own.seen.updates[0].operands[0], 3);
    let near = |target: u64, want: u64| target.abs_diff(want) < 1_200;
    assert!(near(last_update(&own).target, 30_000));
    let named = half(Some(7));
    assert_eq!(named.seen.updates[0].operands[0], 5, "it says so");
    assert!(near(last_update(&named).target, 54_000));
    assert_eq!(refusal(&half(Some(8))), (903, Reason::Unsupported));
}

#[test]
fn orders_under_a_cap_say_when_it_leaves_too_little_and_when_it_is_enough_again() {
    use AlgorithmCode as A;
    // A tenth of the volume is far from enough; then the market gets twenty times as busy.
    for code in [
        A::Twap,
        A::Pov,
        A::Iceberg,
        A::Pegged,
        A::Vwap,
        A::Is,
        A::ScalePov,
    ] {
        let ask = ask(code, 600_000, 3_600).with("max_pct_vol", 100_000);
        let mut world = World::new(Weather::FAIR);
        let ask = if code == A::ScalePov {
            ask.with("target_pct_vol", 90_000)
        } else {
            ask
        };
        world.submit(&ask, 1);
        world.run_until(900);
        let find = |world: &World, reason: Reason| {
            let mut of = world
                .seen
                .updates
                .iter()
                .filter(|u| u.reason == reason.code());
            of.next().map(|u| u.operands)
        };
        let end = i64::try_from(START + 3_600 * SECOND).unwrap();
        let told = find(&world, Reason::Infeasible);
        let [odds, finish, _] = told.unwrap_or_else(|| panic!("{} says nothing", code.text()));
        assert!(
            odds < 500_000 && finish > end,
            "{} {odds} {finish}",
            code.text()
        );
        assert_eq!(find(&world, Reason::Feasible), None);
        for _ in 0..120 {
            world.block(50_000);
        }
        world.run_until(1_800);
        let [odds, finish, _] = find(&world, Reason::Feasible).unwrap_or([0; 3]);
        let sure = world.seen.filled == 600_000 || (odds > 500_000 && finish < end);
        assert!(sure, "{} {odds} {finish}", code.text());
    }
}

#[test]
fn a_share_of_volume_tells_when_it_will_be_done() {
    let ask = ask(AlgorithmCode::Pov, 100_000, 3_600).with("target_pct_vol", 100_000);
    let mut world = World::new(Weather::FAIR);
    world.submit(&ask, 1);
    world.run_until(600);
    let told: Vec<_> = world
        .seen
        .updates
        .iter()
        .filter(|u| u.reason == Reason::Projected.code())
        .map(|u| u.operands)
        .collect();
    // Once a second at most, while something is due or out. Nothing is usual: a minute must be seen first.
    assert!((200..=600).contains(&told.len()), "{}", told.len());
    world.run_until(3_630);
    assert_eq!(world.seen.filled, 100_000);
    let end = i64::try_from(world.seen.last_fill).unwrap();
    let (mut inside, mut count) = (0, 0);
    for [finish, early, late] in &told[100..] {
        assert!(early <= finish && finish <= late);
        inside += u32::from(*early <= end && end <= *late);
        count += 1;
    }
    assert!(inside * 10 >= count * 8, "{inside} of {count}");
}
