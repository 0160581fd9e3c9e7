use super::*;
use crate::params::shared::testing::DEFAULTS;
use crate::schedule::linear::{Linear, Straight};
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use std::vec::Vec;

const SECOND: u64 = 1_000_000_000;
const START: u64 = 1_700_000_000 * SECOND;

fn grid(lot: u64, slice_min: u64) -> Grid {
    Grid {
        lot: Qty(lot),
        venue_min: Qty(lot),
        slice_min: Qty(slice_min.max(lot)),
    }
}

fn line(total: u64, seconds: u64, interval_s: u64, grid: Grid) -> Linear {
    Linear::new(
        Straight::UNKNOWN,
        (Nanos(START), Nanos(START + seconds * SECOND)),
        Qty(total),
        DurationNs::from_secs(interval_s),
        grid,
    )
}

#[test]
fn slices_are_as_many_as_time_and_least_slice_allow() {
    let count =
        |total, interval, slice_min| line(total, 600, interval, grid(100, slice_min)).slices();
    assert_eq!(count(60_000, 10, 100), 60);
    assert_eq!(count(3_000, 10, 100), 30);
    assert_eq!(count(3_000, 10, 500), 6);
    assert_eq!(count(100, 10, 100), 1);
    assert_eq!(count(60_000, 7, 100), 85, "never shorter than asked for");
}

#[test]
fn cumulative_targets_follow_the_floor_rule() {
    let line = line(10_300, 700, 100, grid(100, 100));
    let after: Vec<u64> = (0..=7).map(|k| line.after(k, &grid(100, 100)).0).collect();
    assert_eq!(after, [0, 1_400, 2_900, 4_400, 5_800, 7_300, 8_800, 10_300]);
}

#[test]
fn a_rest_below_the_venues_minimum_joins_the_slice_before() {
    let odd = Grid {
        lot: Qty(1),
        venue_min: Qty(50),
        slice_min: Qty(50),
    };
    let plain = line(120, 600, 300, odd);
    assert_eq!(plain.slices(), 2);
    assert_eq!([0, 1, 2].map(|k| plain.after(k, &odd).0), [0, 60, 120]);
    let odd = Grid {
        venue_min: Qty(61),
        ..odd
    };
    let merged = line(120, 600, 300, odd);
    assert_eq!([0, 1, 2].map(|k| merged.after(k, &odd).0), [0, 120, 120]);
}

#[test]
fn the_finishing_part_is_two_intervals_or_five_seconds_but_at_most_half() {
    let left = |seconds, interval| {
        let line = line(60_000, seconds, interval, grid(100, 100));
        line.end.since(line.finishing_from(&DEFAULTS)).0 / SECOND
    };
    assert_eq!(left(600, 10), 20);
    assert_eq!(left(600, 1), 5);
    assert_eq!(left(8, 1), 4);
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn slices_tile_the_window_and_releases_climb_to_the_total(
        lots in 1_u64..5_000, lot in 1_u64..200, seconds in 1_u64..30_000, interval in 1_u64..600, seed in 0_u64..1_000,
    ) {
        let line = line(lots * lot, seconds, interval, grid(lot, lot));
        let mut at = line.start;
        let mut released = Qty::ZERO;
        let nominal = line.nominal(0, &grid(lot, lot));
        for index in 0..line.slices.min(200) {
            let slice = line.slice_at(at, seed, &DEFAULTS);
            prop_assert_eq!(slice.index, index);
            prop_assert_eq!(slice.from, at);
            prop_assert!(slice.due >= slice.from && slice.due < slice.to);
            let last = line.slice_at(Nanos(slice.to.0 - 1), seed, &DEFAULTS);
            prop_assert_eq!(last.index, index, "one slice up to its end");
            let now = line.released(index + 1, seed, &DEFAULTS, &grid(lot, lot));
            prop_assert!(now >= released, "the size jitter never takes back");
            let target = line.after(index + 1, &grid(lot, lot));
            let moved = now.0.abs_diff(target.0);
            prop_assert!(moved <= nominal.0 / 5 + lot, "{moved} of {nominal}");
            released = now;
            at = slice.to;
        }
        prop_assert_eq!(line.released(line.slices, seed, &DEFAULTS, &grid(lot, lot)), line.total);
        prop_assert_eq!(line.boundary(line.slices), line.end);
    }

    #[test]
    fn the_line_stays_within_a_slice_of_its_targets(
        lots in 10_u64..5_000, seconds in 60_u64..30_000, part in 0_u64..1_000,
    ) {
        let line = line(lots * 100, seconds, 10, grid(100, 100));
        let time = Nanos(START + seconds * SECOND / 1_000 * part);
        let slice = line.slice_at(time, 7, &DEFAULTS);
        let q = line.quantity_at(time);
        prop_assert!(q >= line.after(slice.index, &grid(100, 100)));
        prop_assert!(q.0 <= line.after(slice.index + 1, &grid(100, 100)).0 + 100);
    }
}
