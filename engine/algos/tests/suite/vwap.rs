//! VWAP follows its curve, says where it is from, and says early when its cap leaves it no chance.

use crate::toy::{Ask, Seen, Weather, World};
use engine_algos::curves::{Curve, CurveTable, Scope};
use shm_wire::codes::AlgorithmCode;
use shm_wire::parent::{ParentUpdate, UpdateKind};
use shm_wire::reason::Reason;
use shm_wire::units::DurationNs;

const SESSION: u64 = 3_600;
/// Usual volume of the toy market in an hour of fair weather.
const USUAL: u64 = 2_700_000;

fn curves(weights: &[u32]) -> CurveTable {
    let session = DurationNs::from_secs(SESSION);
    let curve = Curve::new(Scope::Any, session, weights).unwrap();
    CurveTable::new(Box::leak(Box::new([curve])))
}

fn vwap(quantity: u64) -> Ask {
    Ask::new(AlgorithmCode::Vwap, quantity, SESSION)
}

fn run(ask: &Ask, usual: u64, curves: CurveTable) -> World {
    let mut world = World::in_session(Weather::FAIR, SESSION, usual, curves);
    world.submit(ask, 1);
    world.run_until(SESSION - 1);
    world
}

fn slice_ends(seen: &Seen) -> Vec<&ParentUpdate> {
    let kind = UpdateKind::SliceEnd.code();
    seen.updates.iter().filter(|u| u.event == kind).collect()
}

fn accepted(seen: &Seen) -> &ParentUpdate {
    &seen.updates[0]
}

#[test]
fn the_target_follows_a_u_and_what_is_filled_follows_the_target() {
    let ask = vwap(60_000).with("dynamic_curve", 0);
    let world = run(&ask, USUAL, curves(&[30, 10, 5, 5, 20, 30]));
    let ends = slice_ends(&world.seen);
    // After a third of the hour 40 % are due, after two thirds 50 %; a straight line has 33 % and 67 %.
    let target = |minute: usize| ends[minute - 1].target;
    assert_eq!([20, 40, 50].map(target), [24_000, 30_000, 42_000]);
    let missed = ends.iter().filter(|u| u.filled + u.band < u.target).count();
    assert!(missed * 20 <= ends.len(), "{missed} of {}", ends.len());
    assert_eq!(world.seen.filled, 60_000);
}

#[test]
fn the_acceptance_says_where_the_curve_is_from_and_how_long_it_takes() {
    let rung = |world: &World| {
        let u = accepted(&world.seen);
        assert_eq!(
            (u.event, u.reason),
            (UpdateKind::Accepted.code(), Reason::Accepted.code())
        );
        assert_eq!(u.operands[1], i64::try_from(SESSION * 1_000).unwrap());
        u.operands[0]
    };
    let mut none = World::new(Weather::FAIR);
    none.submit(&vwap(6_000), 1);
    assert_eq!(rung(&none), 4, "no session, no curve: TWAP");
    let mut built_in = World::in_session(Weather::FAIR, SESSION, 0, CurveTable::EMPTY);
    built_in.submit(&vwap(6_000), 1);
    assert_eq!(rung(&built_in), 3);
}

#[test]
fn a_dynamic_curve_stays_near_the_static_one_on_a_usual_day_and_completes() {
    let table = curves(&[12, 10, 8, 7, 6, 6, 6, 6, 7, 8, 10, 14]);
    let still = run(&vwap(60_000).with("dynamic_curve", 0), USUAL, table);
    let alive = run(&vwap(60_000), USUAL, table);
    assert_eq!(alive.seen.filled, 60_000);
    let (a, b) = (slice_ends(&still.seen), slice_ends(&alive.seen));
    let apart = a.iter().zip(&b).map(|(a, b)| a.target.abs_diff(b.target));
    let farthest = apart.max().unwrap();
    assert!(farthest > 0, "it adapts");
    assert!(
        farthest <= 6_000,
        "within ten percentage points: {farthest}"
    );
}

#[test]
fn a_cap_that_leaves_no_chance_is_refused_unless_it_is_wanted() {
    // Ten times what 10 % of the usual volume allow.
    let ask = vwap(3_000_000).with("max_pct_vol", 100_000);
    let mut world = World::in_session(Weather::FAIR, SESSION, USUAL, CurveTable::EMPTY);
    world.submit(&ask, 1);
    let u = accepted(&world.seen);
    assert_eq!(
        (u.event, u.reason),
        (UpdateKind::Rejected.code(), Reason::Infeasible.code())
    );
    assert!(u.operands[0] < 50_000);
    let mut world = World::in_session(Weather::FAIR, SESSION, USUAL, CurveTable::EMPTY);
    world.submit(&ask.with("accept_infeasible", 1), 1);
    let u = accepted(&world.seen);
    assert_eq!(u.reason, Reason::AcceptedUnlikely.code());
    assert_eq!(u.operands[1], 3, "the rung is told all the same");
}

#[test]
fn a_capped_order_says_early_that_it_will_not_make_it_and_works_at_its_cap_at_once() {
    // The market trades a third of what is usual, and the order needs a tenth of what is usual.
    let usual = 3 * USUAL;
    let ask = vwap(usual / 10).with("max_pct_vol", 110_000);
    let world = run(&ask, usual, curves(&[1, 1, 1, 1, 1, 5]));
    let seen = &world.seen;
    assert_eq!(accepted(seen).reason, Reason::AcceptedOdds.code());
    let odds = accepted(seen).operands[0];
    assert!((500_000..999_000).contains(&odds), "{odds}");
    let told = seen
        .updates
        .iter()
        .position(|u| u.reason == Reason::Infeasible.code());
    let told = &seen.updates[told.expect("it says so")];
    assert!(told.operands[0] < 500_000, "{}", told.operands[0]);
    // The curve puts half of the order into the last ten minutes: it does not wait for them to find out.
    assert!(told.market_volume < seen.others / 2, "early");
    let cap = seen.others * 11 / 89 + 100;
    assert!(seen.filled <= cap);
    assert!(seen.filled * 100 >= cap * 85, "{} of {cap}", seen.filled);
    let tell = seen
        .updates
        .iter()
        .filter(|u| u.reason == Reason::Infeasible.code());
    assert!(tell.count() <= 20, "said, not repeated");
}

#[test]
fn a_cap_that_leaves_room_does_not_turn_the_curve_into_a_share_of_volume() {
    // 2.2 % of the volume under a cap of 20 %: the cap never matters.
    let table = curves(&[30, 10, 5, 5, 20, 30]);
    let ask = vwap(60_000).with("dynamic_curve", 0);
    let free = run(&ask, USUAL, table);
    let capped = run(&ask.with("max_pct_vol", 200_000), USUAL, table);
    let targets = |w: &World| {
        slice_ends(&w.seen)
            .iter()
            .map(|u| u.target)
            .collect::<Vec<_>>()
    };
    assert_eq!(targets(&free), targets(&capped));
    assert!(
        capped
            .seen
            .updates
            .iter()
            .all(|u| u.reason != Reason::Infeasible.code())
    );
}
