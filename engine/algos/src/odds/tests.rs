use crate::preview::{MarketFigures, Preview, Thought, plan_preview};
use crate::registry::Registry;
use engine_core::algorithm::Refusal;
use proptest::prelude::{prop_assert, proptest};
use shm_wire::codes::{AlgorithmCode, Side};
use shm_wire::instrument::{Instrument, Session};
use shm_wire::parent::Parameter;
use shm_wire::reason::{FieldCode, Reason};
use shm_wire::units::{Nanos, Price, Qty};
use std::vec::Vec;

use super::Missing;

const SECOND: u64 = 1_000_000_000;
const OPEN: u64 = 1_700_000_000 * SECOND;
const DAY: u64 = 23_400 * SECOND;
const MID: i64 = 100_000_000_000;

const CAP: u16 = 1;
const COMPLETION: u16 = 6;
const RATE: u16 = 200;

struct Case<'a> {
    code: AlgorithmCode,
    quantity: u64,
    limit: i64,
    seconds: u64,
    daily: u64,
    given: &'a [(u16, i64)],
}

fn plain(code: AlgorithmCode, quantity: u64) -> Case<'static> {
    Case {
        code,
        quantity,
        limit: Price::NONE.0,
        seconds: DAY / SECOND,
        daily: 5_000_000,
        given: &[],
    }
}

fn plan(case: &Case<'_>, volatility_ppm: u32) -> Result<Preview, Refusal> {
    let mut i = Instrument::equity(0, "X", 100).unwrap();
    i.session_count = 1;
    i.sessions[0] = Session {
        open: OPEN,
        close: OPEN + DAY,
    };
    i.average_daily_volume = case.daily;
    let parameter = |(id, value): &(u16, i64)| Parameter {
        id: *id,
        value: *value,
        ..Parameter::default()
    };
    let parameters: Vec<Parameter> = case.given.iter().map(parameter).collect();
    let thought = Thought {
        algorithm: case.code.code(),
        side: Side::Buy,
        quantity: Qty(case.quantity),
        limit: Price(case.limit),
        start: Nanos(OPEN),
        end: Nanos(OPEN + case.seconds * SECOND),
        parameters: &parameters,
    };
    let market = MarketFigures {
        mid: Price(MID),
        spread: 10_000_000,
        volatility_ppm,
    };
    plan_preview(&Registry, &thought, &i, market)
}

fn ppm(case: &Case<'_>) -> u32 {
    plan(case, 0).unwrap().odds.unwrap().completion_ppm
}

#[test]
fn a_rate_fills_a_part_and_is_taken_while_one_that_is_to_finish_is_refused() {
    // 10 % of own and others is a ninth of the others' five million.
    let even = ppm(&plain(AlgorithmCode::Pov, 555_500));
    assert!(even.abs_diff(500_000) < 2_000, "{even}");
    let much = plain(AlgorithmCode::Pov, 3_000_000);
    let odds = plan(&much, 0).unwrap().odds.unwrap();
    assert!(odds.completion_ppm < 50_000);
    let part = odds.expected_fill.0;
    assert!((550_000..600_000).contains(&part), "{part}");
    let soft = [(COMPLETION, 1)];
    let finishes = Case {
        given: &soft,
        ..much
    };
    let refused = plan(&finishes, 0).unwrap_err();
    assert_eq!(refused.why.reason, Reason::Infeasible);
    let wanted = [(COMPLETION, 1), (super::ACCEPT_INFEASIBLE.id, 1)];
    let taken = Case {
        given: &wanted,
        ..finishes
    };
    assert!(plan(&taken, 0).is_ok());
}

#[test]
fn what_is_missing_is_named() {
    let of = |case: &Case<'_>| plan(case, 0).unwrap().odds;
    let iceberg = plain(AlgorithmCode::Iceberg, 10_000);
    assert_eq!(of(&iceberg), Err(Missing::Share));
    let cap = [(CAP, 100_000)];
    let capped = Case {
        given: &cap,
        ..iceberg
    };
    assert!(of(&capped).unwrap().completion_ppm > 999_000);
    assert_eq!(of(&Case { daily: 0, ..capped }), Err(Missing::Volume));
    let sure = of(&plain(AlgorithmCode::Twap, 10_000)).unwrap();
    assert_eq!(sure.completion_ppm, 1_000_000);
    assert_eq!(sure.expected_fill, Qty(10_000));
}

#[test]
fn the_tighter_limit_counts_and_each_side_has_its_own_way() {
    let mid = Price(MID);
    let of = |side, limit: i64, bps| super::distance((side, mid), Price(limit), bps);
    let (above, below) = (MID + 500, MID - 300);
    assert_eq!(of(Side::Buy, above, None), Some(500));
    assert_eq!(of(Side::Sell, above, None), Some(-500));
    assert_eq!(of(Side::Sell, below, None), Some(300));
    // One basis point of the mid is ten million.
    assert_eq!(of(Side::Buy, above, Some(1)), Some(500));
    assert_eq!(of(Side::Buy, above, Some(-1)), Some(-MID / 10_000));
    assert_eq!(of(Side::Sell, Price::NONE.0, Some(2)), Some(MID / 5_000));
    assert_eq!(of(Side::Buy, Price::NONE.0, None), None);
}

#[test]
fn a_limit_counts_and_refuses_only_by_a_volatility_that_is_known() {
    // Five percent below the mid: two and a half deviations of the usual 2 %.
    let limited = Case {
        limit: MID * 95 / 100,
        ..plain(AlgorithmCode::Twap, 10_000)
    };
    let odds = ppm(&limited);
    assert!(odds < 20_000, "taken, with poor odds: {odds}");
    let refused = plan(&limited, 20_000).unwrap_err();
    assert_eq!(
        (refused.field, refused.why.reason),
        (FieldCode::Limit, Reason::Infeasible)
    );
    assert!(plan(&limited, 60_000).is_ok(), "a wild price gets there");
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(96))]
    #[test]
    fn odds_fall_with_quantity_and_rise_with_cap_rate_and_time(
        quantity in 1_u64..20_000, more in 0_u64..20_000, cap in 10_000_i64..300_000, higher in 0_i64..300_000,
        seconds in 600_u64..12_000, longer in 0_u64..11_000, off in -300_i64..300,
    ) {
        let wanted = super::ACCEPT_INFEASIBLE.id;
        for (code, id) in [
            (AlgorithmCode::Vwap, CAP),
            (AlgorithmCode::Iceberg, CAP),
            (AlgorithmCode::Pov, RATE),
            (AlgorithmCode::ScalePov, RATE),
        ] {
            let low = [(id, cap), (wanted, 1)];
            let high = [(id, cap + higher), (wanted, 1)];
            let case = Case {
                quantity: quantity * 100,
                limit: MID + off * 10_000_000,
                seconds,
                given: &low,
                ..plain(code, 100)
            };
            let p = ppm(&case);
            prop_assert!(p <= 1_000_000);
            let larger = ppm(&Case { quantity: (quantity + more) * 100, ..case });
            prop_assert!(larger <= p, "{} {}", larger, p);
            let freer = ppm(&Case { given: &high, ..case });
            prop_assert!(freer >= p, "{} {}", freer, p);
            let later = ppm(&Case { seconds: seconds + longer, ..case });
            prop_assert!(later + 2_000 >= p, "{} {}", later, p);
        }
    }
}
