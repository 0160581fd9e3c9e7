use super::*;
use engine_models::shortfall::VOLATILITY_DEFAULT_PPM;
use shm_wire::codes::Side;
use shm_wire::instrument::Session;
use shm_wire::reason::Reason;
use std::vec::Vec;

const SECOND: u64 = 1_000_000_000;
const OPEN: u64 = 1_700_000_000 * SECOND;
const DAY: u64 = 23_400 * SECOND;

fn instrument() -> Instrument {
    let mut i = Instrument::equity(0, "X", 100).unwrap();
    i.session_count = 1;
    i.sessions[0] = Session {
        open: OPEN,
        close: OPEN + DAY,
    };
    i.average_daily_volume = 5_000_000;
    i
}

fn parameters(given: &[(u16, i64)]) -> Vec<Parameter> {
    let parameter = |(id, value): &(u16, i64)| Parameter {
        id: *id,
        value: *value,
        ..Parameter::default()
    };
    given.iter().map(parameter).collect()
}

fn thought(code: AlgorithmCode, quantity: u64, parameters: &[Parameter]) -> Thought<'_> {
    Thought {
        algorithm: code.code(),
        side: Side::Buy,
        quantity: Qty(quantity),
        limit: Price::NONE,
        start: Nanos(OPEN),
        end: Nanos(OPEN + DAY),
        parameters,
    }
}

fn preview(code: AlgorithmCode, quantity: u64, given: &[(u16, i64)]) -> Result<Preview, Refusal> {
    let parameters = parameters(given);
    let thought = thought(code, quantity, &parameters);
    plan_preview(&Registry, &thought, &instrument(), MarketFigures::UNKNOWN)
}

#[test]
fn every_algorithm_shows_targets_that_ascend_to_the_order() {
    let mut shown = 0;
    for code in crate::registry::algorithms() {
        let name = code.text();
        let Ok(p) = preview(*code, 10_000, &[]) else {
            // Some need parameters of their own.
            continue;
        };
        shown += 1;
        let points = p.points();
        assert_eq!(points.len(), POINTS_MAX, "{name}");
        let ascends = |w: &[Point]| w[0].time < w[1].time && w[0].cumulative <= w[1].cumulative;
        assert!(points.windows(2).all(ascends), "{name}");
        assert_eq!(points[POINTS_MAX - 1].cumulative, Qty(10_000), "{name}");
        assert_eq!(points[0].time, Nanos(OPEN));
        assert_eq!(p.rung, Rung::AssetClass);
        assert!(p.cost_milli_bps > 0 && p.deviation_milli_bps > 0, "{name}");
    }
    assert!(shown >= 5);
}

#[test]
fn urgencies_stand_side_by_side_dearer_and_safer() {
    // Another measure of urgency gives way; what else was asked for stays.
    let parameters = parameters(&[(is::RISK_AVERSION.id, 5), (6, 0)]);
    let five = |code| {
        let thought = thought(code, 50_000, &parameters);
        urgencies(&Registry, &thought, &instrument(), MarketFigures::UNKNOWN).unwrap()
    };
    let is = five(AlgorithmCode::Is).unwrap();
    let pairs = || is.windows(2).map(|w| (&w[0], &w[1]));
    assert!(pairs().all(|(a, b)| a.cost_milli_bps < b.cost_milli_bps));
    assert!(pairs().all(|(a, b)| a.deviation_milli_bps > b.deviation_milli_bps));
    let half = |p: &Preview| p.points()[POINTS_MAX / 2].cumulative;
    assert!(pairs().all(|(a, b)| half(a) < half(b)));
    assert_eq!(five(AlgorithmCode::Twap), None);
    let arrival = five(AlgorithmCode::Arrival).unwrap();
    assert!(arrival.windows(2).all(|w| w[0].horizon > w[1].horizon));
}

#[test]
fn a_plan_under_a_cap_shows_its_odds_and_an_impossible_one_is_refused() {
    let cap = crate::params::shared::MAX_PCT_VOL.id;
    // 10 % of own and others is a ninth of the others' five million.
    let even = preview(AlgorithmCode::Vwap, 555_500, &[(cap, 100_000)]).unwrap();
    let odds = even.odds.unwrap().completion_ppm;
    assert!(odds.abs_diff(500_000) < 2_000, "{odds}");
    let refused = preview(AlgorithmCode::Vwap, 3_000_000, &[(cap, 100_000)]);
    assert_eq!(refused.unwrap_err().why.reason, Reason::Infeasible);
}

#[test]
fn a_wilder_price_is_riskier() {
    let id = is::VOLATILITY_BPS.id;
    let at = |given: &[(u16, i64)]| {
        let p = preview(AlgorithmCode::Is, 50_000, given).unwrap();
        p.deviation_milli_bps
    };
    let usual = i64::from(VOLATILITY_DEFAULT_PPM / 100);
    let (once, twice) = (at(&[(id, usual)]), at(&[(id, 2 * usual)]));
    assert!(twice.abs_diff(2 * once) <= 2);
    assert_eq!(at(&[]), once);
}
