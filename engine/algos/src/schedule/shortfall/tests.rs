use super::*;
use crate::curves::{Curve, CurveTable, Scope};
use crate::schedule::sliced::Grid;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use shm_wire::instrument::{Instrument, Session};
use std::boxed::Box;
use std::vec::Vec;

const SECOND: u64 = 1_000_000_000;
const OPEN: u64 = 1_700_000_000 * SECOND;
const DAY: DurationNs = DurationNs::from_secs(23_400);
fn window() -> Window {
    Window {
        start: Nanos(OPEN),
        end: Nanos(OPEN + DAY.0),
    }
}

/// The clock of a curve with these weights over the day; clock time without weights.
fn clock(weights: &[u32]) -> Clock {
    let mut i = Instrument::equity(0, "X", 1).unwrap();
    i.session_count = 1;
    i.sessions[0] = Session {
        open: OPEN,
        close: OPEN + DAY.0,
    };
    i.flags = 0;
    let Ok(curve) = Curve::new(Scope::Any, DAY, weights) else {
        return CurveTable::EMPTY.clock(&i, Nanos(OPEN)).0;
    };
    let table = CurveTable::new(Box::leak(Box::new([curve])));
    table.clock(&i, Nanos(OPEN)).0
}

fn wish(pace: Pace) -> Wish {
    Wish {
        pace,
        adaptivity: Adaptivity::Neutral,
        volatility_ppm: 0,
        until: Nanos::NEVER,
        lean: Lean::NONE,
        lure: Lure::NONE,
        min_rate: Ppm(0),
        late_milli: 0,
    }
}

fn shape(weights: &[u32], milli: u32) -> Shortfall {
    let clock = clock(weights);
    let whole = clock.between(window().start, window().end);
    Shortfall::new(clock, wish(Pace::of_product(milli, whole)))
}

fn ppm(share: Share) -> u64 {
    if share.part >= share.whole {
        return 1_000_000;
    }
    Qty(share.part).mul_div(1_000_000, share.whole).0
}

fn grid(lot: u64) -> Grid {
    Grid {
        lot: Qty(lot),
        venue_min: Qty(lot),
        slice_min: Qty(lot),
    }
}

fn path(shape: Shortfall, total: u64, lot: u64) -> Path {
    let grid = grid(lot);
    let interval = DurationNs::from_secs(60);
    Sliced::shaped(shape, window(), Qty(total), interval, grid)
}

#[test]
fn half_way_the_urgencies_are_done_as_published() {
    let half = Nanos(OPEN + DAY.0 / 2);
    for (milli, want) in [
        (500, 515_000),
        (1_500, 614_000),
        (3_000, 787_000),
        (6_000, 950_000),
    ] {
        let got = ppm(shape(&[], milli).share(half, window()));
        assert!(got.abs_diff(want) <= 1_000, "{milli}: {got}");
    }
}

#[test]
fn without_risk_it_is_twap_in_clock_time_and_static_vwap_in_volume_time() {
    let plain = path(shape(&[], 0), 1_000_000, 100);
    for k in [0_u32, 1, 77, 195, 390] {
        let exact = 1_000_000 * u64::from(k) / 390 / 100 * 100;
        assert_eq!(plain.after(k, &grid(100)).0, exact, "{k}");
    }
    // Three bins of weights 5, 1, 4: boundaries are whole minutes.
    let curved = path(shape(&[5, 1, 4], 0), 1_000_000, 100);
    assert_eq!(
        [130, 260, 390].map(|k| curved.after(k, &grid(100)).0),
        [500_000, 600_000, 1_000_000]
    );
    assert_eq!(curved.after(65, &grid(100)).0, 250_000);
    // A risk that hardly counts is the same to a lot.
    let calm = path(shape(&[5, 1, 4], 1), 1_000_000, 100);
    for k in 0..=390 {
        assert!(
            calm.after(k, &grid(100))
                .0
                .abs_diff(curved.after(k, &grid(100)).0)
                <= 100,
            "{k}"
        );
    }
}

#[test]
fn in_volume_time_the_path_is_the_backward_recursion_for_liquidity_like_the_volume() {
    // Harmonic recursion with effort 1/volume and risk proportional to volume, in 39 bins of a U.
    let weights: Vec<u32> = (0..39_u32)
        .map(|b| 5 + (b.abs_diff(19)).pow(2) / 10)
        .collect();
    let shape = shape(&weights, 3_000);
    let total: u32 = weights.iter().sum();
    // In volume time all bins have equal pace: x = sinh(k (T - t))/sinh(k T) at the cumulative share.
    let mut sum = 0;
    for (bin, weight) in weights.iter().enumerate() {
        sum += weight;
        let at = Nanos(OPEN + DAY.0 / 39 * (bin as u64 + 1));
        let there = Qty(DAY.0).mul_div(sum.into(), total.into()).0;
        let want = Pace::of_product(3_000, DAY.0).done(there, DAY.0);
        let got = fixed(shape.share(at, window()));
        assert!(got.abs_diff(want) <= SHARE_ONE / 1_000_000, "{bin}");
    }
}

#[test]
fn a_bend_keeps_what_was_due_and_the_tail_of_one_pace_is_the_path_itself() {
    let mut bent = shape(&[3, 1, 2], 3_000);
    let plain = bent;
    let at = Nanos(OPEN + DAY.0 / 3);
    let here = fixed(bent.share(at, window()));
    bent.bend = Bend::new((at, here), (at, here));
    for s in (7_800..=23_400).step_by(600) {
        let time = Nanos(OPEN + s * SECOND);
        let (a, b) = (
            ppm(bent.share(time, window())),
            ppm(plain.share(time, window())),
        );
        assert!(a.abs_diff(b) <= 1, "{s}: {a} {b}");
    }
    // A faster pace from there on is never behind the old one.
    bent.pace = bent.pace.times(2_000_000);
    for s in (7_800..=23_400).step_by(600) {
        let time = Nanos(OPEN + s * SECOND);
        assert!(ppm(bent.share(time, window())) >= ppm(plain.share(time, window())));
    }
}

#[test]
fn markets_are_left_behind_by_factors_and_not_by_noise() {
    let base = Ratios::ONE;
    let with = |volatility, spread, volume| Ratios {
        volatility,
        spread,
        volume,
    };
    assert!(!base.left_by(&with(1_900_000, 600_000, 1_250_000)));
    assert!(base.left_by(&with(2_100_000, PPM_ONE, PPM_ONE)));
    assert!(base.left_by(&with(450_000, PPM_ONE, PPM_ONE)));
    assert!(base.left_by(&with(PPM_ONE, 2_100_000, PPM_ONE)));
    assert!(base.left_by(&with(PPM_ONE, PPM_ONE, 1_350_000)));
    assert!(base.left_by(&with(PPM_ONE, PPM_ONE, 700_000)));
    assert_eq!(
        [ratio(0, 5), ratio(5, 0), ratio(3, 2)],
        [PPM_ONE, PPM_ONE, 1_500_000]
    );
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn plans_ascend_and_sum_to_the_order_exactly(
        milli in 0_u32..20_000, total in 1_u64..10_000_000, lot in 1_u64..500, first in 1_u32..100, middle in 0_u32..100,
    ) {
        let total = total / lot * lot + lot;
        let line = path(shape(&[first, middle, 7], milli), total, lot);
        let mut before = Qty::ZERO;
        for k in 0..=line.slices() {
            let now = line.after(k, &grid(lot));
            prop_assert!(now >= before && now.0 <= total);
            prop_assert!(now.0.is_multiple_of(lot));
            before = now;
        }
        prop_assert_eq!(before.0, total);
    }

    #[test]
    fn more_urgent_is_never_behind(milli in 0_u32..12_000, more in 1_u32..4_000, second in 0_u64..23_400) {
        let time = Nanos(OPEN + second * SECOND);
        let at = |m| fixed(shape(&[2, 1, 3], m).share(time, window()));
        prop_assert!(at(milli) <= at(milli + more) + 2);
    }
}
