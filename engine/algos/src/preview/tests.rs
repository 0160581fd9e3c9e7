use super::*;
use engine_models::shortfall::VOLATILITY_DEFAULT_PPM;
use shm_wire::codes::Side;
use shm_wire::instrument::Session;
use shm_wire::reason::Reason;
use shm_wire::units::Price;
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

fn order(quantity: u64, parameters: &[(u16, i64)]) -> Order {
    let mut o = Order {
        seed: 7,
        side: Side::Buy,
        quantity: Qty(quantity),
        limit: Price::NONE,
        start: Nanos(OPEN),
        end: Nanos(OPEN + DAY),
        parameters: [Parameter::default(); PARAMETERS_MAX],
        parameter_count: parameters.len(),
    };
    for (slot, (id, value)) in o.parameters.iter_mut().zip(parameters) {
        (slot.id, slot.value) = (*id, *value);
    }
    o
}

fn preview(code: AlgorithmCode, order: &Order) -> Preview {
    plan_preview(&Registry, code.code(), order, &instrument(), None).unwrap()
}

#[test]
fn every_algorithm_shows_targets_that_ascend_to_the_order() {
    for code in crate::registry::algorithms() {
        let order = order(10_000, &[]);
        let Ok(p) = plan_preview(&Registry, code.code(), &order, &instrument(), None) else {
            // Some need parameters of their own.
            continue;
        };
        assert_eq!(p.points().len(), POINTS_MAX, "{}", code.text());
        assert!(
            p.points()
                .windows(2)
                .all(|w| w[0].time < w[1].time && w[0].cumulative <= w[1].cumulative)
        );
        assert_eq!(
            p.points()[POINTS_MAX - 1].cumulative,
            Qty(10_000),
            "{}",
            code.text()
        );
        assert_eq!(p.points()[0].time, order.start);
        assert_eq!((p.completion_ppm, p.rung), (1_000_000, Rung::AssetClass));
        assert!(
            p.cost_milli_bps > 0 && p.deviation_milli_bps > 0,
            "{}",
            code.text()
        );
    }
}

#[test]
fn urgencies_stand_side_by_side_dearer_and_safer() {
    let order = order(50_000, &[(is::RISK_AVERSION.id, 5), (6, 0)]);
    let five = urgencies(
        &Registry,
        AlgorithmCode::Is.code(),
        &order,
        &instrument(),
        None,
    );
    let five: Vec<Preview> = five.unwrap().unwrap().to_vec();
    assert!(
        five.windows(2)
            .all(|w| w[0].cost_milli_bps < w[1].cost_milli_bps)
    );
    assert!(
        five.windows(2)
            .all(|w| w[0].deviation_milli_bps > w[1].deviation_milli_bps)
    );
    let half = |p: &Preview| p.points()[POINTS_MAX / 2].cumulative;
    assert!(five.windows(2).all(|w| half(&w[0]) < half(&w[1])));
    let none = urgencies(
        &Registry,
        AlgorithmCode::Twap.code(),
        &order,
        &instrument(),
        None,
    );
    assert_eq!(none, Ok(None));
    let arrival = order;
    let five = urgencies(
        &Registry,
        AlgorithmCode::Arrival.code(),
        &arrival,
        &instrument(),
        None,
    );
    let five = five.unwrap().unwrap();
    assert!(five.windows(2).all(|w| w[0].horizon > w[1].horizon));
}

#[test]
fn a_plan_under_a_cap_shows_its_odds_and_an_impossible_one_is_refused() {
    let cap = crate::params::shared::MAX_PCT_VOL.id;
    // 10 % of own and others is a ninth of the others' five million.
    let even = preview(AlgorithmCode::Vwap, &order(555_500, &[(cap, 100_000)]));
    assert!(
        even.completion_ppm.abs_diff(500_000) < 2_000,
        "{}",
        even.completion_ppm
    );
    let order = order(3_000_000, &[(cap, 100_000)]);
    let refused = plan_preview(
        &Registry,
        AlgorithmCode::Vwap.code(),
        &order,
        &instrument(),
        None,
    );
    assert_eq!(refused.unwrap_err().why.reason, Reason::Infeasible);
}

#[test]
fn a_wilder_price_is_riskier() {
    let id = is::VOLATILITY_BPS.id;
    let at = |bps| preview(AlgorithmCode::Is, &order(50_000, &[(id, bps)])).deviation_milli_bps;
    let usual = i64::from(VOLATILITY_DEFAULT_PPM / 100);
    assert!(at(2 * usual).abs_diff(2 * at(usual)) <= 2);
    assert_eq!(
        at(usual),
        preview(AlgorithmCode::Is, &order(50_000, &[])).deviation_milli_bps
    );
}
