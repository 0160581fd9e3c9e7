use super::*;
use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};
use shm_wire::instrument::{Session, text_field};
use std::boxed::Box;

const SECOND: u64 = 1_000_000_000;
const OPEN: u64 = 1_700_000_000 * SECOND;
const DAY: DurationNs = DurationNs::from_secs(23_400);

fn leak(curves: &[Curve]) -> CurveTable {
    CurveTable::new(Box::leak(curves.into()))
}

fn instrument(symbol: &str, session: DurationNs) -> Instrument {
    let mut i = Instrument::equity(0, symbol, 100).unwrap();
    i.session_count = 1;
    i.sessions[0] = Session {
        open: OPEN,
        close: OPEN + session.0,
    };
    i.average_daily_volume = 1_000_000;
    i
}

#[test]
fn the_ladder_is_symbol_group_asset_class_none() {
    static GROUP: [[u8; 32]; 1] = {
        let mut symbol = [0; 32];
        symbol[0] = b'B';
        [symbol]
    };
    let curve = |scope, first| Curve::new(scope, DAY, &[first, 1]).unwrap();
    let table = leak(&[
        curve(Scope::Group(&GROUP), 2),
        curve(Scope::Symbol(text_field("A").unwrap()), 3),
    ]);
    let rung = |symbol, length| table.clock(&instrument(symbol, length), Nanos(OPEN)).1;
    assert_eq!(rung("A", DAY), Rung::Symbol);
    assert_eq!(rung("B", DAY), Rung::Group);
    assert_eq!(rung("C", DAY), Rung::AssetClass);
    let half = DurationNs::from_secs(12_600);
    assert_eq!(
        rung("A", half),
        Rung::AssetClass,
        "no curve of a full day on a half day"
    );
    assert_eq!(rung("C", WHOLE_DAY), Rung::None);
    let around = Instrument::equity(0, "A", 1).unwrap();
    assert_eq!(table.clock(&around, Nanos(OPEN)).1, Rung::None);
    assert_eq!(
        [1, 2, 3, 4],
        [Rung::Symbol, Rung::Group, Rung::AssetClass, Rung::None].map(Rung::code)
    );
}

#[test]
fn on_a_flat_curve_volume_time_is_clock_time() {
    let flat = Curve::new(Scope::Any, DAY, &[5; 78]).unwrap();
    for elapsed in (0..=DAY.0).step_by(7_777_777_777) {
        assert_eq!(flat.volume_time(elapsed), elapsed);
    }
    assert_eq!(flat.volume_time(u64::MAX), DAY.0);
    assert_eq!(flat.bin(), DurationNs::from_secs(300));
}

#[test]
fn what_is_no_curve_is_refused() {
    let new = |session, weights: &[u32]| Curve::new(Scope::Any, session, weights).unwrap_err();
    assert_eq!(new(DAY, &[]), CurveError::Bins);
    assert_eq!(new(DAY, &[1; 129]), CurveError::Bins);
    assert_eq!(new(DAY, &[0, 0]), CurveError::Empty);
    assert_eq!(new(DurationNs(0), &[1]), CurveError::Session);
}

#[test]
fn the_built_in_curve_is_a_u_and_stretches_to_the_session() {
    for length in [DAY, DurationNs::from_secs(8 * 3_600 + 1_800)] {
        let (clock, _) = CurveTable::EMPTY.clock(&instrument("X", length), Nanos(OPEN));
        let hour = |n: u64| {
            let from = Nanos(OPEN + length.0 / 8 * n);
            clock
                .usual_volume(from, Nanos(from.0 + length.0 / 8))
                .unwrap()
                .0
        };
        assert!(hour(0) > 2 * hour(4) && hour(7) > hour(4));
        let all: u64 = (0..8).map(hour).sum();
        assert!((999_990..=1_000_000).contains(&all), "{all}");
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn volume_time_ascends_and_its_inverse_is_the_first_instant(
        weights in prop::collection::vec(0_u32..1_000, 1..128), a in 0_u64..23_400, b in 0_u64..23_400, span in 0_u64..23_400,
    ) {
        let Ok(curve) = Curve::new(Scope::Any, DAY, &weights) else { return Ok(()) };
        let table = leak(&[curve]);
        let (clock, rung) = table.clock(&instrument("X", DAY), Nanos(OPEN));
        prop_assert_eq!(rung, Rung::AssetClass);
        let at = |s: u64| Nanos(OPEN + s * SECOND);
        prop_assert!(clock.at(at(a.min(b))) <= clock.at(at(a.max(b))));
        prop_assert_eq!(clock.at(at(23_400)), DAY.0);
        let then = clock.after(at(a), span * SECOND, at(23_400));
        prop_assert!(then >= at(a) && then <= at(23_400));
        if then < at(23_400) {
            prop_assert!(clock.between(at(a), then) >= span * SECOND);
        }
        if then > at(a) {
            prop_assert!(clock.between(at(a), Nanos(then.0 - 1)) < span * SECOND);
        }
    }
}
