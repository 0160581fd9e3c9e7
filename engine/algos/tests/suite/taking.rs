//! Sniper and sweep: what they take, at which prices, and when.

use crate::script::Script;
use crate::toy::{Ask, START, TICK, Weather, World, run};
use engine_algos::Registry;
use engine_core::algorithm::Algorithms;
use engine_core::view::Order;
use shm_wire::codes::{AlgorithmCode, ReportKind, Side, TimeInForce};
use shm_wire::instrument::Instrument;
use shm_wire::parent::{PARAMETERS_MAX, Parameter};
use shm_wire::reason::Reason;
use shm_wire::units::{Nanos, Price, Qty};

fn sniper(quantity: u64) -> Ask {
    Ask::new(AlgorithmCode::Sniper, quantity, 600)
}

/// The venue acknowledges and fills at once.
fn fill_all(s: &mut Script) {
    for index in 0..s.children.len() {
        if s.children[index].open {
            let left = s.children[index].left();
            s.fill(index, left);
        }
    }
}

#[test]
fn it_is_not_seen_until_the_price_is_good_and_takes_no_more_than_shows() {
    let ask = sniper(2_000).with("i_would_price", 9_998 * TICK);
    let mut s = Script::new(&ask);
    for _ in 0..50 {
        s.tick();
    }
    assert!(s.children.is_empty());
    assert_eq!(s.updates.last().unwrap().reason, Reason::WaitPrice.code());
    // The ask is two ticks above the bid.
    s.bid = 9_996 * TICK;
    s.tick();
    assert_eq!(s.children.len(), 1);
    let n = s.children[0].new;
    assert_eq!((n.qty, n.price), (500, 9_998 * TICK));
    assert_eq!(n.reason, Reason::PriceTaken.code());
    fill_all(&mut s);
    s.bid = 9_997 * TICK;
    for _ in 0..20 {
        s.tick();
    }
    assert_eq!(s.children.len(), 1, "no longer good");
}

#[test]
fn a_share_of_the_leaves_bounds_each_child() {
    let ask = sniper(2_000)
        .with("i_would_bps", 100)
        .with("i_would_pct", 100_000);
    let mut s = Script::new(&ask);
    for _ in 0..5 {
        s.tick();
        fill_all(&mut s);
    }
    let sizes: Vec<u64> = s.children.iter().map(|c| c.new.qty).collect();
    assert!(sizes.len() >= 3);
    assert_eq!(sizes[..2], [200, 100], "a tenth of what is left, in lots");
}

#[test]
fn what_shows_must_have_persisted_for_as_many_updates_as_asked() {
    let ask = sniper(2_000)
        .with("i_would_price", 10_000 * TICK)
        .with("persist_updates", 6);
    let mut s = Script::new(&ask);
    for _ in 0..10 {
        s.tick();
        s.tick();
        // Good for a moment only: two updates to a tick.
        s.bid = 9_998 * TICK;
        s.tick();
        s.bid = 10_000 * TICK;
    }
    assert!(s.children.is_empty(), "{}", s.children.len());
    s.bid = 9_998 * TICK;
    for _ in 0..4 {
        s.tick();
    }
    assert_eq!(s.children.len(), 1);
}

#[test]
fn the_cooldown_keeps_children_apart() {
    let ask = sniper(4_000)
        .with("i_would_bps", 100)
        .with("cooldown_ms", 1_000);
    let mut s = Script::new(&ask);
    let mut times = Vec::new();
    for _ in 0..60 {
        s.tick();
        if s.children.iter().any(|c| c.open) {
            times.push(s.now);
        }
        fill_all(&mut s);
    }
    assert!(times.len() >= 5, "{times:?}");
    assert!(times[1..].windows(2).all(|t| t[1] - t[0] >= 1_000_000_000));
}

#[test]
fn a_sale_snipes_bids() {
    let mut ask = sniper(1_000).with("i_would_price", 10_003 * TICK);
    ask.side = Side::Sell;
    let mut s = Script::new(&ask);
    s.tick();
    assert!(s.children.is_empty());
    s.bid = 10_003 * TICK;
    s.tick();
    assert_eq!(s.children[0].new.price, 10_003 * TICK);
}

#[test]
fn a_price_worse_than_the_limit_is_refused_and_so_is_being_passive() {
    let refusal = |limit: i64, parameters: &[(u16, i64)]| {
        let mut o = Order {
            seed: 7,
            side: Side::Buy,
            quantity: Qty(1_000),
            limit: Price(limit),
            start: Nanos(START),
            end: Nanos(START + 600_000_000_000),
            parameters: [Parameter::default(); PARAMETERS_MAX],
            parameter_count: parameters.len(),
        };
        for (at, (id, value)) in parameters.iter().enumerate() {
            (o.parameters[at].id, o.parameters[at].value) = (*id, *value);
        }
        let instrument = Instrument::equity(0, "TOY", 100).unwrap();
        let code = AlgorithmCode::Sniper.code();
        let plan = Registry.plan(code, &o, &instrument, o.start);
        plan.map(|_| ()).map_err(|r| (r.parameter, r.why.reason))
    };
    let conflict = Reason::ParameterConflict;
    assert_eq!(refusal(100, &[(500, 101)]), Err((500, conflict)));
    assert_eq!(refusal(100, &[(500, 100)]), Ok(()));
    assert_eq!(refusal(100, &[(11, 1)]), Err((11, conflict)));
    assert_eq!(refusal(100, &[(500, 99), (502, 5)]), Err((502, conflict)));
}

#[test]
fn where_odd_lots_trade_a_sniper_never_rests() {
    let weather = Weather {
        lot: 1,
        depth_lots: 300,
        print_lots: 300,
        ..Weather::FAIR
    };
    let ask = Ask::new(AlgorithmCode::Sniper, 5_000, 600).with("i_would_bps", 5);
    let world = run(weather, &ask);
    assert!(!world.seen.news.is_empty());
    let ioc = TimeInForce::Ioc.code();
    assert!(world.seen.news.iter().all(|n| n.1.time_in_force == ioc));
}

#[test]
fn a_sweep_walks_the_book_to_its_collar_one_child_to_a_level() {
    let ask = Ask::new(AlgorithmCode::Sweep, 5_000, 600).with("collar_bps", 4);
    let mut s = Script::new(&ask);
    for _ in 0..40 {
        assert!(s.children.iter().filter(|c| c.open).count() <= 1);
        let before = s.filled;
        fill_all(&mut s);
        // What was taken is gone: the next level is a tick away.
        if s.filled > before {
            s.bid += TICK;
        }
        s.tick();
    }
    // The mid was 100.01: four basis points of it are four ticks. 100.02 to 100.05 were taken.
    let prices: Vec<i64> = s.children.iter().map(|c| c.new.price / TICK).collect();
    assert_eq!(prices, [10_002, 10_003, 10_004, 10_005]);
    assert!(s.children.iter().all(|c| c.new.qty == 500));
    let last = s.updates.last().unwrap();
    assert_eq!(
        (last.reason, last.filled),
        (Reason::WaitPrice.code(), 2_000)
    );
    s.bid -= 5 * TICK;
    s.tick();
    assert_eq!(s.children.len(), 5, "goes on when the price comes back");
}

#[test]
fn a_sweep_fills_what_it_can_at_once() {
    let mut world = World::new(Weather::FAIR);
    world.submit(&Ask::new(AlgorithmCode::Sweep, 6_000, 600), 1);
    world.run_until(30);
    assert_eq!(world.seen.filled, 6_000);
    assert_eq!(world.seen.done().reason, Reason::TerminalFilled.code());
}

#[test]
fn a_quote_that_does_not_trade_is_not_hammered() {
    let mut s = Script::new(&Ask::new(AlgorithmCode::Sweep, 5_000, 600));
    for _ in 0..100 {
        s.tick();
        for index in 0..s.children.len() {
            if s.children[index].open {
                s.end(index, ReportKind::Canceled, 0);
            }
        }
    }
    assert!(s.children.len() <= 110, "{}", s.children.len());
}
