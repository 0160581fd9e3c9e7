use super::*;
use crate::curves::{Curve, CurveTable, Rung, Scope};
use crate::schedule::linear::{Linear, Straight};
use crate::schedule::lots::cumulative_lots;
use crate::schedule::sliced::Grid;
use engine_core::child::Child;
use engine_core::ledger::Ledger;
use engine_core::market::MarketState;
use engine_core::phase::Phase;
use engine_core::view::{CHILDREN_MAX, Constraints, Order};
use engine_models::volume_rule::USUAL;
use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};
use shm_wire::codes::Side;
use shm_wire::instrument::{Instrument, Session};
use shm_wire::parent::{PARAMETERS_MAX, Parameter};
use shm_wire::units::Price;
use std::boxed::Box;
use std::vec::Vec;

const SECOND: u64 = 1_000_000_000;
const OPEN: u64 = 1_700_000_000 * SECOND;
const DAY: DurationNs = DurationNs::from_secs(23_400);
const U: [u32; 13] = [20, 12, 9, 7, 6, 5, 5, 5, 6, 7, 9, 12, 18];

fn instrument() -> Instrument {
    let mut i = Instrument::equity(0, "X", 100).unwrap();
    i.session_count = 1;
    i.sessions[0] = Session {
        open: OPEN,
        close: OPEN + DAY.0,
    };
    i.average_daily_volume = 7_800_000;
    i
}

fn clock(weights: &[u32]) -> Clock {
    let curve = Curve::new(Scope::Any, DAY, weights).unwrap();
    let table = CurveTable::new(Box::leak(Box::new([curve])));
    table.clock(&instrument(), Nanos(OPEN)).0
}

fn at(seconds: u64) -> Nanos {
    Nanos(OPEN + seconds * SECOND)
}

fn day() -> Window {
    Window {
        start: at(0),
        end: at(23_400),
    }
}

fn grid(lot: u64) -> Grid {
    Grid {
        lot: Qty(lot),
        venue_min: Qty(lot),
        slice_min: Qty(lot),
    }
}

fn curved(weights: &[u32], window: Window, total: u64, interval: u64, lot: u64) -> Curved {
    let shape = Volumes::new(clock(weights), window.start, false);
    let interval = DurationNs::from_secs(interval);
    Sliced::shaped(shape, window, Qty(total), interval, grid(lot))
}

/// What a dynamic shape sees: others' volume `volume` at second `second`.
fn observe(shape: &mut Volumes, second: u64, volume: u64) {
    let order = Order {
        seed: 7,
        side: Side::Buy,
        quantity: Qty(100_000),
        limit: Price::NONE,
        start: at(0),
        end: at(23_400),
        parameters: [Parameter::default(); PARAMETERS_MAX],
        parameter_count: 0,
    };
    let view = View {
        now: at(second),
        instrument: &instrument(),
        market: &MarketState::default(),
        auctions: &[engine_core::auction::AuctionState::UNKNOWN; 4],
        order: &order,
        constraints: &Constraints::default(),
        ledger: &Ledger::new(Qty(100_000)),
        children: &[Child::default(); CHILDREN_MAX],
        market_volume: Qty(volume),
        phase: Phase::Active,
        arrival: Price::NONE,
        out_of_limit: false,
    };
    shape.observe(&view, at(second), at(second + 60), day());
}

fn ppm(share: Share) -> u64 {
    fixed(share) / (engine_models::fixed::SHARE_ONE / 1_000_000)
}

#[test]
fn on_a_curve_the_slices_follow_the_cumulative_floor_rule() {
    // One slice to a bin: the reference rule on the weights themselves.
    let line = curved(&U, day(), 10_300, 1_800, 100);
    let weights: Vec<u64> = U.iter().map(|w| u64::from(*w)).collect();
    let want: Vec<Qty> = cumulative_lots(Qty(10_300), Qty(100), &weights).collect();
    let got: Vec<Qty> = (1..=13).map(|k| line.after(k, &grid(100))).collect();
    assert_eq!(got, want);
}

#[test]
fn on_a_u_the_line_is_no_straight_one() {
    let line = curved(&U, day(), 1_000_000, 60, 100);
    let straight = |s: u64| 1_000_000 * s / 23_400;
    let q = |s| line.quantity_at(at(s)).0;
    assert!(q(5_850) > straight(5_850) + 50_000, "ahead in the morning");
    assert!(q(17_550) + 30_000 < straight(17_550) + 50_000);
    let middle = q(12_600) - q(10_800);
    assert!(middle < 50_000 && q(1_800) > 150_000, "{middle}");
}

#[test]
fn as_usual_nothing_bends_much_and_what_was_due_stays_due() {
    let clock = clock(&U);
    let mut shape = Volumes::new(clock, at(0), true);
    let plain = shape;
    let mut before = 0;
    for minute in 0..390 {
        let now = minute * 60;
        let volume = clock.usual_volume(at(0), at(now)).unwrap();
        let due = ppm(shape.share(at(now), day()));
        observe(&mut shape, now, volume.0);
        let bent = ppm(shape.share(at(now), day()));
        assert!(
            bent >= due && bent <= due + 1,
            "{minute}: a bend starts where the line was"
        );
        assert!(bent >= before, "{minute}");
        before = bent;
        let static_share = ppm(plain.share(at(now), day()));
        assert!(
            bent.abs_diff(static_share) < 40_000,
            "{minute}: {bent} {static_share}"
        );
    }
}

#[test]
fn a_busy_morning_moves_the_line_within_the_rails_and_a_block_hardly() {
    let clock = clock(&U);
    let busy = |volumes: &dyn Fn(u64) -> u64| {
        let mut shape = Volumes::new(clock, at(0), true);
        let plain = shape;
        let mut farthest = 0_u64;
        let mut before = 0;
        for minute in 0..390 {
            let now = minute * 60;
            let usual = clock.usual_volume(at(0), at(now)).unwrap().0;
            observe(&mut shape, now, volumes(usual));
            let share = ppm(shape.share(at(now + 30), day()));
            assert!(share >= before, "never back");
            before = share;
            farthest = farthest.max(share.abs_diff(ppm(plain.share(at(now + 30), day()))));
        }
        assert_eq!(ppm(shape.share(at(23_400), day())), 1_000_000);
        farthest
    };
    // A block of half a day's volume in the first hour.
    let block = busy(&|usual| {
        if usual > 1_500_000 {
            usual + 3_900_000
        } else {
            usual
        }
    });
    assert!(block <= 100_100, "{block}");
    assert!(block > 5_000, "it is seen: {block}");
    let steady = busy(&|usual| 3 * usual);
    assert!(steady <= 100_100, "{steady}");
}

#[test]
fn without_a_usual_volume_or_a_curve_nothing_adapts() {
    let mut bare = instrument();
    bare.average_daily_volume = 0;
    let (clock, rung) = CurveTable::EMPTY.clock(&bare, at(0));
    assert_eq!(rung, Rung::AssetClass);
    assert!(!Volumes::new(clock, at(0), true).dynamic);
    let curve = Curve::new(Scope::Any, DAY, &U)
        .unwrap()
        .with_forecast(Qty(5), USUAL);
    let table = CurveTable::new(Box::leak(Box::new([curve])));
    let (clock, _) = table.clock(&bare, at(0));
    assert_eq!(clock.day_volume(), Qty(5));
    assert!(Volumes::new(clock, at(0), true).dynamic);
    assert!(!Volumes::new(clock, at(0), false).dynamic);
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn a_flat_static_curve_is_twap_exactly(
        lots in 1_u64..100_000, lot in 1_u64..200, from in 0_u64..20_000, length in 60_u64..3_400, interval in 1_u64..400,
    ) {
        let window = Window { start: at(from), end: at(from + length) };
        let flat = curved(&[7; 78], window, lots * lot, interval, lot);
        let twap = Linear::new(
            Straight::UNKNOWN,
            (window.start, window.end), Qty(lots * lot), DurationNs::from_secs(interval), grid(lot),
        );
        prop_assert_eq!(flat.slices(), twap.slices());
        for k in 0..=twap.slices() {
            prop_assert_eq!(flat.after(k, &grid(lot)), twap.after(k, &grid(lot)), "slice {}", k);
        }
        for part in 0..=20 {
            let time = Nanos(window.start.0 + window.length().0 / 20 * part);
            prop_assert_eq!(flat.quantity_at(time), twap.quantity_at(time));
        }
    }

    #[test]
    fn any_curve_ascends_and_ends_with_the_order(
        weights in prop::collection::vec(0_u32..1_000, 1..128), lots in 1_u64..10_000, from in 0_u64..20_000, length in 60_u64..3_400,
    ) {
        let window = Window { start: at(from), end: at(from + length) };
        if weights.iter().all(|w| *w == 0) {
            return Ok(());
        }
        let line = curved(&weights, window, lots * 100, 30, 100);
        let mut before = Qty::ZERO;
        for k in 0..=line.slices() {
            prop_assert!(line.after(k, &grid(100)) >= before);
            before = line.after(k, &grid(100));
        }
        prop_assert_eq!(before, Qty(lots * 100));
    }
}
