//! What every algorithm of the registry must do, whatever its schedule and tactic: run against the real engine.

use crate::toy::{Ask, SECOND, START, TICK, Weather, World, run};
use engine_algos::Registry;
use engine_algos::params::range;
use engine_algos::registry::{about, algorithms, spec_by_name, specs};
use engine_core::algorithm::{Algorithms, Refusal};
use engine_core::outbox::Output;
use engine_core::view::Order;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::Config;
use shm_wire::codes::{AlgorithmCode, ParentState, Side, TradingStatus};
use shm_wire::instrument::Instrument;
use shm_wire::params::Unit;
use shm_wire::parent::{PARAMETERS_MAX, Parameter};
use shm_wire::reason::{FieldCode, Reason};
use shm_wire::slice::SLICE_POST_ONLY;
use shm_wire::units::{Nanos, Price, Qty};

fn order(parameters: &[(u16, i64)]) -> Order {
    let mut o = Order {
        seed: 7,
        side: Side::Buy,
        quantity: Qty(100_000),
        limit: Price::NONE,
        start: Nanos(START),
        end: Nanos(START + 3_600 * SECOND),
        parameters: [Parameter::default(); PARAMETERS_MAX],
        parameter_count: parameters.len(),
    };
    for (at, (id, value)) in parameters.iter().enumerate() {
        o.parameters[at] = Parameter {
            id: *id,
            value: *value,
            ..Parameter::default()
        };
    }
    o
}

fn plan(algorithm: u16, order: &Order) -> Result<(), Refusal> {
    let instrument = Instrument::equity(0, "TOY", 100).unwrap();
    Registry
        .plan(algorithm, order, &instrument, order.start)
        .map(|_| ())
}

/// An order that keeps the algorithm busy for half an hour of toy market.
pub(crate) fn busy(algorithm: AlgorithmCode, seconds: u64) -> Ask {
    use AlgorithmCode as A;
    let large = Ask::new(algorithm, 200_000, seconds);
    match algorithm {
        A::Pov | A::ScalePov => large,
        A::Close => large.with("ramp_ms", 86_400_000),
        A::Iceberg | A::Pegged => large.with("display_qty", 500).with("max_pct_vol", 100_000),
        A::Sniper => large.with("i_would_bps", 1_000).with("max_pct_vol", 50_000),
        A::Sweep => large.with("collar_bps", 1_000).with("max_pct_vol", 50_000),
        _ => Ask::new(algorithm, 24_000, seconds),
    }
}

/// Whether the algorithm only ever takes: nothing of it rests, and it cannot be passive.
const fn takes(algorithm: AlgorithmCode) -> bool {
    matches!(algorithm, AlgorithmCode::Sniper | AlgorithmCode::Sweep)
}

#[test]
fn parameter_names_and_numbers_are_unique_and_documented() {
    let mut numbers = std::collections::BTreeMap::new();
    for code in algorithms() {
        assert!(about(*code).is_some());
        for spec in specs(*code) {
            let name = numbers.entry(spec.id).or_insert(spec.name);
            assert_eq!(*name, spec.name, "number {} is used twice", spec.id);
            let same = specs(*code).filter(|s| s.name == spec.name).count();
            assert_eq!(same, 1, "{} stands twice in {}", spec.name, code.text());
            assert!(spec.default.is_none_or(|d| spec.allows(d)), "{}", spec.name);
            assert!(spec.about.ends_with('.') && !spec.about.contains('|'));
            assert_eq!(spec_by_name(*code, spec.name), Some(spec));
        }
    }
}

#[test]
fn each_parameter_just_outside_its_range_is_refused_by_name() {
    for code in algorithms() {
        for spec in specs(*code) {
            let (min, max) = range(spec);
            for value in [min - 1, max + 1] {
                let refusal = plan(code.code(), &order(&[(spec.id, value)])).unwrap_err();
                assert_eq!(refusal.field, FieldCode::Parameters);
                assert_eq!(refusal.parameter, spec.id);
                assert_eq!(refusal.why.reason, Reason::ParameterRange, "{}", spec.name);
                assert_eq!(refusal.why.operands, [value, min, max]);
            }
            for value in [min, max] {
                if let Err(r) = plan(code.code(), &order(&[(spec.id, value)])) {
                    let conflict = matches!(
                        r.why.reason,
                        Reason::ParameterConflict
                            | Reason::IntervalShort
                            | Reason::Unsupported
                            | Reason::QuantityLot
                            | Reason::ParameterRange
                    );
                    assert!(conflict, "{} = {value}: {r:?}", spec.name);
                }
            }
        }
    }
}

#[test]
fn unknown_parameters_repeats_and_algorithms_are_refused() {
    for code in algorithms() {
        let r = plan(code.code(), &order(&[(9_999, 1)])).unwrap_err();
        assert_eq!(
            (r.why.reason, r.parameter),
            (Reason::UnknownParameter, 9_999)
        );
        let r = plan(code.code(), &order(&[(10, 5), (10, 5)])).unwrap_err();
        assert_eq!((r.why.reason, r.parameter), (Reason::ParameterTwice, 10));
    }
    for code in AlgorithmCode::ALL
        .iter()
        .filter(|c| !algorithms().contains(c))
    {
        let r = plan(code.code(), &order(&[])).unwrap_err();
        assert_eq!(
            (r.why.reason, r.field),
            (Reason::Unsupported, FieldCode::Algorithm)
        );
    }
    let r = plan(999, &order(&[])).unwrap_err();
    assert_eq!(
        (r.why.reason, r.field),
        (Reason::UnknownAlgorithm, FieldCode::Algorithm)
    );
}

#[test]
fn shared_conflicts_are_refused_in_every_algorithm() {
    let id = |code: AlgorithmCode, name: &str| spec_by_name(code, name).unwrap().id;
    for code in algorithms() {
        let pairs = [
            [("passive_only", 1), ("completion", 2)],
            [("min_slice_qty", 500), ("max_slice_qty", 400)],
        ];
        for pair in pairs {
            let given = pair.map(|(name, value)| (id(*code, name), value));
            let r = plan(code.code(), &order(&given)).unwrap_err();
            assert_eq!(r.why.reason, Reason::ParameterConflict, "{pair:?}");
            assert!(given.iter().any(|g| g.0 == r.parameter));
        }
    }
}

/// What must hold after any run of one order.
pub(crate) fn check<A: Algorithms>(world: &World<A>, ask: &Ask, weather: Weather) {
    let seen = &world.seen;
    let done = seen.done();
    assert_eq!(world.live(), 0, "the order has ended");
    assert_eq!(done.filled, seen.filled, "every fill is booked");
    assert!(done.filled <= ask.quantity, "never more than ordered");
    let filled = done.state == ParentState::Filled.code();
    assert_eq!(filled, done.filled == ask.quantity);
    let reason = Reason::try_from(done.reason).unwrap();
    assert!(reason.name().starts_with("Terminal"), "{}", reason.name());
    assert!(seen.steps_most_slices <= 5, "bounded intents per decision");
    assert_eq!(world.counters().intents_overflowed, 0);
    for (at, n) in &seen.news {
        assert!(n.qty > 0 && n.qty % weather.lot == 0, "whole lots");
        assert!(n.price % TICK == 0, "on the tick");
        assert!(*at >= START && *at < START + ask.seconds * SECOND);
        let emits = Reason::try_from(n.reason).unwrap();
        assert!((100..200).contains(&emits.code()), "{}", emits.name());
        if let Some(limit) = ask.limit {
            let within = if ask.side.is_buy() {
                n.price <= limit
            } else {
                n.price >= limit
            };
            assert!(within, "limit");
        }
    }
    for u in &seen.updates {
        assert!(u.filled + u.open <= u.ordered || u.filled > u.ordered);
    }
}

proptest! {
    #![proptest_config(Config::with_cases(24))]
    #[test]
    fn any_order_in_any_weather_ends_with_its_sum_right_and_within_its_limit(
        seed in any::<u32>(),
        buy in any::<bool>(),
        lots in 1_u64..400,
        seconds in 2_u64..900,
        latency_us in 1_u64..50_000,
        refused in 0_u64..60,
        fill in 0_u64..100,
        depth in 1_u64..20,
        limit in -20_i64..20,
        limited in any::<bool>(),
        completion in 0_i64..3,
        aggression in 0_i64..=10,
        catch_up in 0_i64..3,
        passive in any::<bool>(),
        odd in any::<bool>(),
    ) {
        let weather = Weather {
            seed: seed.into(),
            lot: if odd { 1 } else { 100 },
            latency_ns: latency_us * 1_000,
            refused_percent: refused,
            fill_percent: fill,
            depth_lots: depth,
            ..Weather::FAIR
        };
        for code in algorithms() {
            // Its largest rate is a cap, which a sweep would break.
            let completion = if *code == AlgorithmCode::ScalePov && completion == 2 { 1 } else { completion };
            let hard = completion == 2;
            let mut ask = Ask::new(*code, lots * weather.lot, seconds)
                .with("completion", completion)
                .with("aggression", aggression)
                .with("catch_up", catch_up);
            if hard && *code == AlgorithmCode::Pov {
                ask = ask.with("max_pct_vol", 1_000_000);
            }
            let passive = passive && !hard && !takes(*code);
            if passive {
                ask = ask.with("passive_only", 1);
            }
            ask.side = if buy { Side::Buy } else { Side::Sell };
            ask.limit = limited.then_some((10_001 + limit) * TICK);
            let world = run(weather, &ask);
            check(&world, &ask, weather);
            // At most a few messages a second, whatever the market does.
            prop_assert!(world.seen.messages as u64 <= 40 + 25 * seconds, "{}", world.seen.messages);
            if passive {
                prop_assert!(world.seen.news.iter().all(|(_, n)| n.flags & SLICE_POST_ONLY != 0));
            }
            let again = run(weather, &ask);
            prop_assert_eq!(&world.seen.outputs, &again.seen.outputs, "same seed, same bytes");
        }
    }
}

proptest! {
    #![proptest_config(Config::with_cases(16))]
    #[test]
    fn any_pairing_of_parts_keeps_the_laws(
        seed in any::<u32>(),
        buy in any::<bool>(),
        lots in 1_u64..400,
        seconds in 2_u64..600,
        latency_us in 1_u64..50_000,
        refused in 0_u64..60,
        fill in 0_u64..100,
        limit in -20_i64..20,
        limited in any::<bool>(),
        completion in 0_i64..2,
        odd in any::<bool>(),
    ) {
        let weather = Weather {
            seed: seed.into(),
            lot: if odd { 1 } else { 100 },
            latency_ns: latency_us * 1_000,
            refused_percent: refused,
            fill_percent: fill,
            ..Weather::FAIR
        };
        for schedule in 0..4 {
            for tactic in 0..5 {
                let mut ask = Ask::new(AlgorithmCode::Custom, lots * weather.lot, seconds)
                    .with("schedule", schedule)
                    .with("tactic", tactic)
                    .with("completion", completion);
                ask.side = if buy { Side::Buy } else { Side::Sell };
                ask.limit = limited.then_some((10_001 + limit) * TICK);
                let world = run(weather, &ask);
                check(&world, &ask, weather);
                prop_assert!(world.seen.messages as u64 <= 40 + 25 * seconds);
                let again = run(weather, &ask);
                prop_assert_eq!(&world.seen.outputs, &again.seen.outputs);
            }
        }
    }
}

#[test]
fn nothing_is_sent_while_the_market_is_halted_or_one_sided() {
    for code in algorithms() {
        let ask = busy(*code, 1_200);
        let mut world = World::new(Weather::FAIR);
        world.submit(&ask, 1);
        world.run_until(300);
        let before = world.seen.news.len();
        assert!(before > 0, "{} works", code.text());
        world.status(TradingStatus::Halt);
        let sent = world.seen.outputs.len();
        world.run_until(400);
        let during = &world.seen.outputs[sent..];
        let emits = during
            .iter()
            .any(|o| matches!(o, Output::New(_) | Output::Replace(_)));
        assert!(!emits, "{} sends in a halt", code.text());
        world.status(TradingStatus::Continuous);
        world.run_until(700);
        assert!(world.seen.news.len() > before, "{} goes on", code.text());

        world.one_sided = true;
        world.quote();
        let (sent, from) = (world.seen.outputs.len(), world.seen.news.len());
        world.run_until(800);
        let emits = world.seen.outputs[sent..]
            .iter()
            .any(|o| matches!(o, Output::New(_) | Output::Replace(_)));
        assert!(!emits, "{} sends into half a book", code.text());
        world.one_sided = false;
        world.run_until(1_230);
        assert!(world.seen.news.len() > from);
        check(&world, &ask, Weather::FAIR);
    }
}

#[test]
fn out_of_limit_one_child_of_one_nominal_slice_rests_at_the_limit() {
    for code in algorithms() {
        for side in [Side::Buy, Side::Sell] {
            let mut ask = busy(*code, 900);
            ask.side = side;
            ask.limit = Some((10_000 - side.sign() * 500) * TICK);
            let world = run(Weather::FAIR, &ask);
            let seen = &world.seen;
            let terminal = Reason::TerminalOutOfLimit.code();
            if takes(*code) {
                assert!(seen.news.is_empty(), "{} {side:?}", code.text());
                assert_eq!(seen.done().reason, terminal);
                continue;
            }
            assert_eq!(seen.news.len(), 1, "{} {side:?}", code.text());
            let (_, n) = seen.news[0];
            assert_eq!(Some(n.price), ask.limit);
            assert_eq!(n.reason, Reason::RestAtLimit.code());
            assert!(n.qty <= 24_000 / 15, "one nominal slice, not {}", n.qty);
            assert_eq!(seen.done().reason, terminal);
        }
    }
}

#[test]
fn slice_bounds_hold_for_every_child() {
    for code in algorithms() {
        let ask = busy(*code, 1_800)
            .with("min_slice_qty", 400)
            .with("max_slice_qty", 600);
        let world = run(Weather::FAIR, &ask);
        assert!(!world.seen.news.is_empty());
        for (_, n) in &world.seen.news {
            let last = n.qty < 400 && world.seen.filled == ask.quantity;
            assert!(
                (400..=600).contains(&n.qty) || last,
                "{} sends {}",
                code.text(),
                n.qty
            );
        }
    }
}

#[test]
fn other_seeds_draw_other_slices() {
    for code in algorithms().iter().filter(|c| **c == AlgorithmCode::Twap) {
        let times = |seed| {
            let world = run(
                Weather {
                    seed,
                    ..Weather::FAIR
                },
                &busy(*code, 1_800),
            );
            world.seen.news.iter().map(|n| n.0).collect::<Vec<_>>()
        };
        assert_ne!(times(1), times(2));
    }
}

#[test]
fn choices_are_listed_with_their_numbers() {
    for code in algorithms() {
        for spec in specs(*code) {
            if let Unit::Choice(values) = spec.unit {
                assert!(values.iter().all(|v| spec.allows(v.1)), "{}", spec.name);
            }
        }
    }
}

#[test]
fn an_order_never_climbs_after_its_own_price() {
    // The toy shows what others quote; here it shows our child as the touch, as venues do.
    for code in algorithms().iter().filter(|c| !takes(**c)) {
        let ask = busy(*code, 1_200).with("aggression", 0);
        let mut world = World::new(Weather::STILL);
        world.shows_own = true;
        world.submit(&ask, 1);
        world.run_until(600);
        let highest = world.seen.outputs.iter().filter_map(|o| match o {
            Output::New(n) if n.reason != Reason::BehindCross.code() => Some(n.price),
            Output::Replace(r) if r.reason == Reason::BehindImprove.code() => Some(r.price),
            _ => None,
        });
        assert!(highest.max() <= Some(10_001 * TICK), "{}", code.text());
    }
}
