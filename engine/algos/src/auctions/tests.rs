//! What is refused, what is planned, what is left for the book.

use super::*;
use crate::registry::{Registry, spec_by_name};
use engine_core::algorithm::Algorithms;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use shm_wire::codes::Side;
use shm_wire::instrument::Session;
use shm_wire::parent::{PARAMETERS_MAX, Parameter};
use shm_wire::units::Price;

const OPEN: Nanos = Nanos(1_718_199_000_000_000_000);
const CLOSE: Nanos = Nanos(OPEN.0 + 23_400_000_000_000);

fn instrument() -> Instrument {
    let mut i = Instrument::equity(0, "A", 100).unwrap();
    i.session_count = 1;
    i.sessions[0] = Session {
        open: OPEN.0,
        close: CLOSE.0,
    };
    i.average_daily_volume = 1_000_000;
    assert!(i.add_auction(Auction::us_open(OPEN, Qty(20_000))));
    assert!(i.add_auction(Auction::us_close(CLOSE, Qty(60_000))));
    i
}

fn order(code: AlgorithmCode, quantity: u64, parameters: &[(&str, i64)]) -> Order {
    let mut order = Order {
        seed: 1,
        side: Side::Buy,
        quantity: Qty(quantity),
        limit: Price::NONE,
        start: OPEN,
        end: CLOSE,
        parameters: [Parameter::default(); PARAMETERS_MAX],
        parameter_count: parameters.len(),
    };
    for (slot, (name, value)) in order.parameters.iter_mut().zip(parameters) {
        *slot = Parameter {
            id: spec_by_name(code, name).unwrap().id,
            value: *value,
            ..Parameter::default()
        };
    }
    order
}

fn refusal(code: AlgorithmCode, order: &Order, instrument: &Instrument) -> (u16, Reason) {
    let plan = Registry.plan(code.code(), order, instrument, OPEN);
    let refusal = plan.map(|_| ()).unwrap_err();
    (refusal.parameter, refusal.why.reason)
}

#[test]
fn what_the_calendar_does_not_offer_is_refused_by_name() {
    let twap = AlgorithmCode::Twap;
    let bare = Instrument::equity(0, "A", 100).unwrap();
    for (name, id) in [
        ("close_auction", 701),
        ("open_auction", 702),
        ("intraday_auction", 703),
    ] {
        for policy in 1..=3 {
            let o = order(twap, 10_000, &[(name, policy)]);
            assert_eq!(refusal(twap, &o, &bare), (id, Reason::Unsupported));
        }
    }
    let i = instrument();
    let o = order(twap, 10_000, &[("open_auction", 3)]);
    assert_eq!(
        refusal(twap, &o, &i),
        (702, Reason::Unsupported),
        "no imbalance orders"
    );
    // Nothing but an auction that the window does not reach.
    let mut o = order(twap, 10_000, &[("close_auction", 2)]);
    o.end = Nanos(CLOSE.0 - 1);
    assert_eq!(refusal(twap, &o, &i), (701, Reason::OutsideSession));
    let mut o = order(twap, 10_000, &[("close_auction", 1)]);
    o.end = Nanos(CLOSE.0 - 1);
    assert!(
        Registry.plan(twap.code(), &o, &i, OPEN).is_ok(),
        "it takes no part"
    );
    // A limit needs limit orders.
    let mut market_only = i;
    market_only.auctions[1].flags = AUCTION_MARKET;
    let mut o = order(twap, 10_000, &[("close_auction", 1)]);
    assert!(Registry.plan(twap.code(), &o, &market_only, OPEN).is_ok());
    o.limit = Price(Price::SCALE);
    assert_eq!(refusal(twap, &o, &market_only), (701, Reason::Unsupported));
}

#[test]
fn an_algorithm_without_a_schedule_takes_no_auction_parameters() {
    for code in [
        AlgorithmCode::Iceberg,
        AlgorithmCode::Pegged,
        AlgorithmCode::Sniper,
        AlgorithmCode::Sweep,
    ] {
        assert!(spec_by_name(code, "close_auction").is_none());
    }
}

/// The plan for the auctions of an order.
fn planned(
    code: AlgorithmCode,
    quantity: u64,
    parameters: &[(&str, i64)],
    instrument: &Instrument,
) -> Auctions {
    let order = order(code, quantity, parameters);
    let own = crate::registry::specs(code).count();
    assert!(own > 5);
    let (_, constraints) = Registry
        .plan(
            code.code(),
            &order,
            instrument,
            Nanos(OPEN.0 - 1_000_000_000_000),
        )
        .unwrap();
    let params = Params::check(table(code), &order).unwrap();
    let market = MarketState::default();
    let context = (
        &order,
        instrument,
        &market,
        &CurveTable::EMPTY,
        Nanos(OPEN.0 - 1_000_000_000_000),
    );
    Auctions::plan(code, &constraints.auctions, &params, context)
}

fn table(code: AlgorithmCode) -> &'static [ParamSpec] {
    match code {
        AlgorithmCode::Pov => crate::algorithm::pov::PARAMS,
        AlgorithmCode::Close => crate::algorithm::close::PARAMS,
        _ => crate::algorithm::vwap::PARAMS,
    }
}

#[test]
fn a_curve_has_bins_for_the_auctions_that_are_included_only() {
    let i = instrument();
    let all = [
        ("close_auction", 1),
        ("open_auction", 1),
        ("max_pct_auction", 1_000_000),
    ];
    let plan = planned(AlgorithmCode::Vwap, 108_000, &all, &i);
    // 2 % and 6 % of a day beside the day.
    assert_eq!(
        plan.part,
        Part::Shares([Qty(2_000), Qty(6_000), Qty::ZERO, Qty::ZERO])
    );
    assert_eq!(plan.book, Qty(100_000));
    let plan = planned(AlgorithmCode::Vwap, 106_000, &all[..1], &i);
    assert_eq!(
        plan.part,
        Part::Shares([Qty::ZERO, Qty(6_000), Qty::ZERO, Qty::ZERO])
    );
    // A tenth of 60,000 by default.
    let plan = planned(AlgorithmCode::Vwap, 1_060_000, &all[..1], &i);
    assert_eq!(plan.book, Qty(1_054_000));
    // A rate of what is paired, and all that may be.
    let rate = [("close_auction", 1), ("target_pct_vol", 50_000)];
    assert_eq!(
        planned(AlgorithmCode::Pov, 100_000, &rate, &i).book,
        Qty(97_000)
    );
    assert_eq!(
        planned(AlgorithmCode::Close, 100_000, &all[..1], &i).book,
        Qty(94_000)
    );
    assert_eq!(
        planned(AlgorithmCode::Close, 5_000, &all[..1], &i).book,
        Qty::ZERO
    );
}

proptest! {
    #[test]
    fn the_plan_and_the_book_are_the_order(
        quantity in 1_u64..1_000_000_000, usual in (0_u64..1_000_000, 0_u64..1_000_000), day in 0_u64..10_000_000,
        max in 1_i64..=1_000_000, both: bool,
    ) {
        let mut i = instrument();
        (i.auctions[0].usual_qty, i.auctions[1].usual_qty) = usual;
        i.average_daily_volume = day;
        let parameters = [("close_auction", 1), ("max_pct_auction", max), ("accept_infeasible", 1), ("open_auction", i64::from(both))];
        let quantity = quantity / 100 * 100 + 100;
        let plan = planned(AlgorithmCode::Vwap, quantity, &parameters, &i);
        let Part::Shares(shares) = plan.part else { panic!("shares") };
        let sum: u64 = shares.iter().map(|s| s.0).sum();
        prop_assert!(sum < quantity.max(1) || quantity < 200);
        prop_assert!(plan.book.0 <= quantity && plan.book.0 >= quantity - sum);
        prop_assert!(shares.iter().all(|s| s.0 % 100 == 0));
        prop_assert_eq!(shares[0].is_zero() || both, true);
    }
}
