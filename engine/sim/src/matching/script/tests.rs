use proptest::prelude::*;

use super::*;

fn new(id: u64, side: i8, price: impl Into<Option<i64>>, qty: u64, terms: Terms) -> Action {
    Action::New {
        id,
        side: if side > 0 {
            BookSide::Bid
        } else {
            BookSide::Ask
        },
        price: price.into(),
        qty,
        terms,
    }
}

#[test]
fn the_reference_script_trades_rests_and_refuses_as_published() {
    let script = [
        new(1, -1, 102, 50, Terms::Rest),
        new(2, -1, 101, 30, Terms::Rest),
        new(3, -1, 101, 20, Terms::Rest),
        new(4, 1, 100, 40, Terms::Rest),
        new(5, 1, 101, 35, Terms::Rest),
        Action::Reduce { id: 1, qty: 40 },
        new(6, -1, 102, 10, Terms::Rest),
        new(7, 1, None, 60, Terms::Immediate),
        new(8, 1, 103, 500, Terms::FillOrKill),
        new(9, -1, 100, 15, Terms::PostOnly),
        Action::Cancel { id: 99 },
        Action::Replace {
            id: 4,
            price: 99,
            qty: 40,
        },
        new(10, 1, 99, 5, Terms::Rest),
        new(11, -1, 99, 42, Terms::Immediate),
    ];
    let outcome = run_script(&script);
    let trades: Vec<_> = outcome
        .trades
        .iter()
        .map(|t| (t.taker, t.maker, t.price, t.qty))
        .collect();
    assert_eq!(
        trades,
        [
            (5, 2, 101, 30),
            (5, 3, 101, 5),
            (7, 3, 101, 15),
            (7, 1, 102, 40),
            (7, 6, 102, 5),
            (11, 4, 99, 40),
            (11, 10, 99, 2)
        ]
    );
    let resting: Vec<_> = outcome
        .resting
        .iter()
        .map(|r| (r.id, r.side, r.price, r.qty))
        .collect();
    assert_eq!(
        resting,
        [(10, BookSide::Bid, 99, 3), (6, BookSide::Ask, 102, 5)]
    );
    assert_eq!(
        outcome.events,
        [
            (8, Event::RejectedFok),
            (9, Event::RejectedPostOnly),
            (99, Event::Unknown)
        ]
    );
}

#[test]
fn a_replace_down_keeps_its_place_and_up_loses_it() {
    let rest = |id| new(id, 1, 100, 10, Terms::Rest);
    let taker = new(9, -1, 100, 6, Terms::Immediate);
    let makers = |qty| {
        let replace = Action::Replace {
            id: 1,
            price: 100,
            qty,
        };
        let outcome = run_script(&[rest(1), rest(2), replace, taker]);
        outcome.trades.iter().map(|t| t.maker).collect::<Vec<_>>()
    };
    assert_eq!(makers(5), [1, 2]);
    assert_eq!(makers(11), [2]);
}

/// The naive oracle: a list of orders, searched whole each time.
fn oracle(script: &[Action]) -> ScriptOutcome {
    let mut resting: Vec<(ScriptResting, u64)> = Vec::new();
    let mut outcome = ScriptOutcome::default();
    let mut clock = 0;
    for action in script {
        clock += 1;
        let find = |resting: &[(ScriptResting, u64)], id| resting.iter().position(|r| r.0.id == id);
        match *action {
            Action::New {
                id,
                side,
                price,
                qty,
                terms,
            } => submit(
                &mut resting,
                &mut outcome,
                clock,
                (id, side, price, qty, terms),
            ),
            Action::Cancel { id } => match find(&resting, id) {
                Some(at) => drop(resting.remove(at)),
                None => outcome.events.push((id, Event::Unknown)),
            },
            Action::Reduce { id, qty } => match find(&resting, id) {
                None => outcome.events.push((id, Event::Unknown)),
                Some(at) if qty > resting[at].0.qty => outcome.events.push((id, Event::Invalid)),
                Some(at) if qty == 0 => drop(resting.remove(at)),
                Some(at) => resting[at].0.qty = qty,
            },
            Action::Replace { id, price, qty } => match find(&resting, id) {
                None => outcome.events.push((id, Event::Unknown)),
                Some(at) if qty == 0 => drop(resting.remove(at)),
                Some(at) if price == resting[at].0.price && qty <= resting[at].0.qty => {
                    resting[at].0.qty = qty;
                }
                Some(at) => {
                    let side = resting.remove(at).0.side;
                    let again = (id, side, Some(price), qty, Terms::Rest);
                    submit(&mut resting, &mut outcome, clock, again);
                }
            },
        }
    }
    resting.sort_by_key(|(r, at)| match r.side {
        BookSide::Bid => (0, -r.price, *at),
        BookSide::Ask => (1, r.price, *at),
    });
    outcome.resting = resting.into_iter().map(|(r, _)| r).collect();
    outcome
}

type Order = (u64, BookSide, Option<i64>, u64, Terms);

fn submit(
    resting: &mut Vec<(ScriptResting, u64)>,
    outcome: &mut ScriptOutcome,
    clock: u64,
    (id, side, price, qty, terms): Order,
) {
    if qty == 0 || resting.iter().any(|r| r.0.id == id) {
        outcome.events.push((id, Event::Invalid));
        return;
    }
    let crosses = |r: &ScriptResting| {
        r.side != side
            && price.is_none_or(|p| match side {
                BookSide::Bid => r.price <= p,
                BookSide::Ask => r.price >= p,
            })
    };
    let there: u64 = resting
        .iter()
        .filter(|r| crosses(&r.0))
        .map(|r| r.0.qty)
        .sum();
    if terms == Terms::FillOrKill && there < qty {
        outcome.events.push((id, Event::RejectedFok));
        return;
    }
    if terms == Terms::PostOnly && there > 0 {
        outcome.events.push((id, Event::RejectedPostOnly));
        return;
    }
    let mut left = qty;
    while left > 0 {
        let best = (0..resting.len())
            .filter(|at| crosses(&resting[*at].0))
            .min_by_key(|at| {
                let (r, time) = &resting[*at];
                let rank = if side == BookSide::Bid {
                    r.price
                } else {
                    -r.price
                };
                (rank, *time)
            });
        let Some(at) = best else { break };
        let traded = left.min(resting[at].0.qty);
        outcome.trades.push(ScriptTrade {
            taker: id,
            maker: resting[at].0.id,
            price: resting[at].0.price,
            qty: traded,
        });
        left -= traded;
        resting[at].0.qty -= traded;
        if resting[at].0.qty == 0 {
            resting.remove(at);
        }
    }
    if let (Terms::Rest | Terms::PostOnly, Some(price), true) = (terms, price, left > 0) {
        resting.push((
            ScriptResting {
                id,
                side,
                price,
                qty: left,
            },
            clock,
        ));
    }
}

fn action() -> impl Strategy<Value = Action> {
    let terms = prop_oneof![
        4 => Just(Terms::Rest),
        1 => Just(Terms::Immediate),
        1 => Just(Terms::FillOrKill),
        1 => Just(Terms::PostOnly),
    ];
    let side = prop_oneof![Just(BookSide::Bid), Just(BookSide::Ask)];
    let price = prop_oneof![9 => (95_i64..105).prop_map(Some), 1 => Just(None)];
    prop_oneof![
        6 => (0_u64..40, side, price, 0_u64..30, terms).prop_map(
            |(id, side, price, qty, terms)| Action::New { id, side, price, qty, terms }
        ),
        1 => (0_u64..40).prop_map(|id| Action::Cancel { id }),
        1 => (0_u64..40, 0_u64..30).prop_map(|(id, qty)| Action::Reduce { id, qty }),
        1 => (0_u64..40, 95_i64..105, 0_u64..30)
            .prop_map(|(id, price, qty)| Action::Replace { id, price, qty }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_script_ends_as_a_search_through_a_list_of_orders_does(
        script in proptest::collection::vec(action(), 0..120)
    ) {
        prop_assert_eq!(run_script(&script), oracle(&script));
    }
}
