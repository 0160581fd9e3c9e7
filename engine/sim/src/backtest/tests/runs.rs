//! Orders on a synthetic market: what is the same each time, what holds of every run, and how close orders keep to their plan.

use super::*;
use crate::synthetic::{self, SyntheticConfig, SyntheticHalt};
use engine_algos::registry;
use shm_wire::codes::{AlgorithmCode, ParentState, ReportKind, Side, TradingStatus};
use shm_wire::instrument::text_field;
use shm_wire::market::Status;
use shm_wire::parent::{Parameter, ParentUpdate, UpdateKind};
use shm_wire::record::{Direction, RunEnded, RunStarted};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::SliceNew;
use std::collections::BTreeMap;

const MINUTE: u64 = 60 * SECOND;

/// A session of 50 minutes, with a halt of five minutes after the twentieth when one is wanted.
pub(super) fn market(halted: bool) -> MarketFile {
    let mut config = SyntheticConfig::default();
    config.instruments.truncate(1);
    config.instruments[0].average_daily_volume.0 = 800_000;
    config.session.close = config.session.open + 50 * MINUTE;
    config.halt = halted.then_some(SyntheticHalt {
        instrument: 0,
        after_open: DurationNs(20 * MINUTE),
        length: DurationNs(5 * MINUTE),
    });
    synthetic::market(&config).unwrap()
}

pub(super) fn open(market: &MarketFile) -> u64 {
    market.instruments()[0].sessions[0].open
}

/// An order over minutes of the session.
pub(super) fn order(
    market: &MarketFile,
    id: u64,
    algorithm: AlgorithmCode,
    quantity: u64,
    minutes: (u64, u64),
    parameters: &[(&str, i64)],
) -> TimedOrder {
    let mut order = ParentNew::empty();
    (order.parent_id, order.version) = (id, 1);
    let terms = &mut order.terms;
    terms.quantity = quantity;
    (terms.limit, terms.decision_price) = (Price::NONE.0, Price::NONE.0);
    terms.start = open(market) + minutes.0 * MINUTE;
    terms.end = open(market) + minutes.1 * MINUTE;
    terms.algorithm = algorithm.code();
    terms.side = if id % 2 == 1 { Side::Buy } else { Side::Sell }.code();
    terms.client_order_id = text_field(&format!("P-{id}")).unwrap();
    for (slot, (name, value)) in parameters.iter().enumerate() {
        terms.parameters[slot] = Parameter {
            id: registry::spec_by_name(algorithm, name).unwrap().id,
            value: *value,
            ..Parameter::default()
        };
        terms.parameter_count += 1;
    }
    let at = Nanos(0);
    TimedOrder { at, order }
}

/// Every record of a run.
#[derive(Default)]
pub(super) struct Kept(pub(super) Vec<Vec<u64>>);

impl RecordSink for Kept {
    fn record(&mut self, words: &[u64]) {
        self.0.push(words.to_vec());
    }
}

impl Kept {
    pub(super) fn split(&self) -> impl Iterator<Item = (RecordHead, &[u64])> {
        self.0.iter().map(|r| RecordHead::split(r).unwrap())
    }
    pub(super) fn of<M: Message>(&self) -> impl Iterator<Item = M> {
        self.split()
            .filter_map(|(_, payload)| M::from_words(payload).ok())
    }
    pub(super) fn updates(&self, id: u64, kind: UpdateKind) -> Vec<ParentUpdate> {
        self.of::<ParentUpdate>()
            .filter(|u| u.parent_id == id && u.event == kind.code())
            .collect()
    }
    /// The one terminal update of a parent.
    pub(super) fn done(&self, id: u64) -> ParentUpdate {
        let done = self.updates(id, UpdateKind::Done);
        assert_eq!(done.len(), 1, "parent {id} ends once");
        done[0]
    }
}

pub(super) fn played(
    market: &MarketFile,
    orders: &[TimedOrder],
    config: &BacktestConfig,
) -> (Kept, Outcome) {
    let mut kept = Kept::default();
    let outcome = run(market, orders, config, Registry, &mut kept, &mut |_| ()).unwrap();
    (kept, outcome)
}

fn two_orders(market: &MarketFile) -> [TimedOrder; 2] {
    [
        order(market, 1, AlgorithmCode::Twap, 6_000, (5, 35), &[]),
        order(
            market,
            2,
            AlgorithmCode::Pov,
            8_000,
            (5, 40),
            &[("target_pct_vol", 50_000)],
        ),
    ]
}

#[test]
fn the_same_seed_gives_the_same_records_and_another_seed_others() {
    let market = market(false);
    let orders = two_orders(&market);
    let with = |seed| {
        let config = BacktestConfig {
            seed,
            ..BacktestConfig::default()
        };
        played(&market, &orders, &config).0.0
    };
    let first = with(7);
    assert_eq!(first, with(7));
    assert_ne!(first, with(8));
}

#[test]
fn orders_fill_and_nothing_is_left_unfinished() {
    let market = market(false);
    let (kept, outcome) = played(&market, &two_orders(&market), &BacktestConfig::default());
    assert_eq!(outcome.unfinished, 0);
    let twap = kept.done(1);
    assert_eq!(twap.state, ParentState::Filled.code());
    assert_eq!((twap.filled, twap.open), (6_000, 0));
    assert!(kept.done(2).filled > 0);
    let fills: u64 = kept.of::<ExecutionReport>().map(|r| r.last_qty).sum();
    assert_eq!(fills, kept.done(1).filled + kept.done(2).filled);
    assert_eq!(outcome.counters.parents_ended, 2);
    assert!(outcome.counters.fills > 0 && outcome.venue.slice_messages > 0);
}

#[test]
fn records_are_counted_without_a_gap_between_first_and_last_and_time_never_goes_back() {
    let market = market(false);
    let (kept, outcome) = played(&market, &two_orders(&market), &BacktestConfig::default());
    assert_eq!(kept.0.len() as u64, outcome.records);
    let mut positions: BTreeMap<u8, u64> = BTreeMap::new();
    let mut last = 0;
    for (number, (head, _)) in kept.split().enumerate() {
        assert_eq!(head.sequence, number as u64 + 1);
        assert!(head.time >= last, "record {}", head.sequence);
        last = head.time;
        let next = positions.entry(head.ring).or_default();
        assert_eq!(head.position, *next, "ring {}", head.ring);
        *next += 1;
    }
    let (first, payload) = kept.split().next().unwrap();
    assert_eq!(first.direction, Direction::Run.code());
    let started = RunStarted::from_words(payload).unwrap();
    assert_eq!((started.seed, started.instruments), (1, 1));
    let (_, payload) = kept.split().last().unwrap();
    let ended = RunEnded::from_words(payload).unwrap();
    let outputs = kept
        .split()
        .filter(|(h, _)| h.direction == Direction::Output.code());
    assert_eq!(ended.outputs, outputs.count() as u64);
    assert_eq!(ended.inputs, outcome.counters.inputs);
}

#[test]
fn what_trades_of_a_child_is_at_its_limit_or_better_and_no_more_than_was_sent() {
    let market = market(false);
    let (kept, _) = played(&market, &two_orders(&market), &BacktestConfig::default());
    let mut sent: BTreeMap<u64, SliceNew> = BTreeMap::new();
    let mut done: BTreeMap<u64, u64> = BTreeMap::new();
    for slice in kept.of::<SliceNew>() {
        assert!(sent.insert(slice.child_id, slice).is_none(), "a new child");
    }
    for report in kept.of::<ExecutionReport>().filter(|r| r.last_qty > 0) {
        *done.entry(report.child_id).or_default() += report.last_qty;
        assert!(done[&report.child_id] <= report.order_qty);
        assert!(sent.contains_key(&report.child_id));
    }
    assert!(!done.is_empty());
}

#[test]
fn a_line_is_kept_at_19_of_20_slice_ends() {
    let market = market(false);
    let orders: Vec<TimedOrder> = (1..=6)
        .map(|id| order(&market, id, AlgorithmCode::Twap, 4_000, (3, 38), &[]))
        .collect();
    let (mut ends, mut missed) = (0, 0);
    for order in orders {
        let (kept, _) = played(&market, &[order], &BacktestConfig::default());
        let id = order.order.parent_id;
        let done = kept.done(id);
        assert_eq!(done.filled, 4_000);
        for u in kept.updates(id, UpdateKind::SliceEnd) {
            ends += 1;
            missed += usize::from(u.filled + u.band < u.target);
        }
    }
    assert!(ends >= 6 * 20, "{ends}");
    assert!(missed * 20 <= ends, "{missed} of {ends}");
}

#[test]
fn participation_stays_within_a_tenth_of_its_rate_or_a_child() {
    let market = market(false);
    for (id, rate) in [(1, 50_000), (2, 100_000), (3, 200_000)] {
        let parameters = [("target_pct_vol", rate)];
        let pov = order(
            &market,
            id,
            AlgorithmCode::Pov,
            1_000_000,
            (2, 48),
            &parameters,
        );
        let (kept, outcome) = played(&market, &[pov], &BacktestConfig::default());
        assert_eq!(outcome.unfinished, 0);
        let done = kept.done(id);
        let volume = done.filled + done.market_volume;
        let got = (done.filled * 1_000_000 / volume) as i64;
        let largest = kept.of::<SliceNew>().map(|s| s.qty).max().unwrap();
        let child = (largest * 1_000_000 / volume) as i64;
        assert!(
            (got - rate).abs() <= child.max(rate / 10),
            "{got} of {rate}"
        );
    }
}

#[test]
fn refusals_of_the_venue_keep_no_order_from_ending() {
    let market = market(false);
    let orders: Vec<TimedOrder> = (1..=8)
        .map(|id| {
            let algorithm = if id % 2 == 0 {
                AlgorithmCode::Pov
            } else {
                AlgorithmCode::Twap
            };
            order(&market, id, algorithm, 2_000, (id, 36 + id), &[])
        })
        .collect();
    let mut config = BacktestConfig::default();
    config.venue.reject_ppm = 100_000;
    let (kept, outcome) = played(&market, &orders, &config);
    assert!(outcome.venue.random_rejects > 10, "{:?}", outcome.venue);
    assert_eq!(outcome.unfinished, 0);
    for id in 1..=8 {
        let done = kept.done(id);
        assert_eq!(done.open, 0, "{id}");
        assert!(done.filled > 0 && done.filled <= done.ordered, "{id}");
    }
    let rejected = kept
        .of::<ExecutionReport>()
        .filter(|r| r.kind == ReportKind::Rejected.code());
    assert!(rejected.count() as u64 >= outcome.venue.random_rejects);
}

#[test]
fn nothing_is_sent_or_filled_in_a_halt_and_orders_go_on_after_it() {
    let market = market(true);
    let orders = [order(&market, 1, AlgorithmCode::Twap, 6_000, (5, 45), &[])];
    let (kept, outcome) = played(&market, &orders, &BacktestConfig::default());
    assert_eq!(outcome.unfinished, 0);
    let halt: Vec<u64> = kept
        .of::<Status>()
        .filter(|s| s.status == TradingStatus::Halt.code())
        .map(|s| s.time)
        .collect();
    assert_eq!(halt.len(), 1);
    let (from, to) = (halt[0], halt[0] + 5 * MINUTE);
    let inside = |time: u64| time > from && time < to;
    let sent: Vec<u64> = kept
        .split()
        .filter(|(_, payload)| SliceNew::from_words(payload).is_ok())
        .map(|(head, _)| head.time)
        .collect();
    assert!(sent.iter().any(|t| *t < from) && sent.iter().any(|t| *t >= to));
    assert!(!sent.iter().any(|t| inside(*t)), "{sent:?}");
    let mut fills = kept.of::<ExecutionReport>().filter(|r| r.last_qty > 0);
    assert!(!fills.any(|r| inside(r.time)));
    assert_eq!(kept.done(1).filled, 6_000);
}

#[test]
fn an_order_is_sent_at_its_own_instant_and_progress_reaches_the_end() {
    let market = market(false);
    let mut late = order(&market, 1, AlgorithmCode::Twap, 1_000, (0, 40), &[]);
    late.at = Nanos(open(&market) + 10 * MINUTE);
    late.order.terms.start = 0;
    let mut kept = Kept::default();
    let mut told = Vec::new();
    let config = BacktestConfig::default();
    let outcome = run(&market, &[late], &config, Registry, &mut kept, &mut |p| {
        told.push(p)
    })
    .unwrap();
    let (head, _) = kept
        .split()
        .find(|(_, payload)| ParentNew::from_words(payload).is_ok())
        .unwrap();
    assert_eq!(head.time, late.at.0);
    assert!(told.is_sorted() && told.len() > 500, "{}", told.len());
    assert!(told.iter().all(|p| *p <= 1_000));
    assert_eq!(outcome.unfinished, 0);
}

#[test]
fn settings_that_engine_or_venue_refuse_are_named() {
    let market = MarketFileWriter::in_memory(&[], "nothing").unwrap();
    let market = market.into_market().unwrap();
    let config = BacktestConfig::default();
    let mut kept = Kept::default();
    let error = run(&market, &[], &config, Registry, &mut kept, &mut |_| ()).unwrap_err();
    assert!(kept.0.is_empty(), "nothing ran");
    assert_eq!(error.to_string(), "instruments: 1 to 1048576 records");
    let venue = BacktestError::Venue(VenueError::DuplicateInstrument { id: 3 });
    assert_eq!(venue.to_string(), "instrument 3: id: must be unique");
}
