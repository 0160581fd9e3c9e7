//! Random lists over the built-in market are taken by the engine, the same for the same seed, and traded without a broken law.

use super::*;
use crate::backtest::{self, BacktestArgs};
use engine_sim::synthetic::{self, SyntheticConfig};
use std::collections::BTreeSet;

fn args(market: &Path, count: u32, seed: u64) -> RandomArgs {
    RandomArgs {
        market: market.to_owned(),
        count,
        seed,
        algorithms: Vec::new(),
        size_pct: 100,
        plain: false,
        out: None,
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        synthetic::write(&SyntheticConfig::default(), folder.market()).unwrap();
        folder
    }
    fn market(&self) -> PathBuf {
        self.0.path().join("day.market")
    }
    fn backtest(&self, list: &str, isolated: bool, only: Option<&str>) -> backtest::BacktestRun {
        let orders = self.0.path().join("orders.csv");
        std::fs::write(&orders, list).unwrap();
        let args = BacktestArgs {
            market: self.market(),
            orders,
            seed: 3,
            out: None,
            curves: None,
            latency_us: 100,
            isolated,
            only: only.map(str::to_owned),
            assumed_levels: 10,
            reject_ppm: 0,
        };
        backtest::run(&args).unwrap()
    }
}

#[test]
fn a_list_is_valid_of_all_algorithms_and_the_same_for_the_same_seed() {
    let folder = Folder::new();
    let market = MarketFile::open(folder.market()).unwrap();
    let all = args(&folder.market(), 240, 5);
    let text = list(&all, &market).unwrap();
    assert_eq!(text, list(&all, &market).unwrap());
    assert_ne!(
        text,
        list(&args(&folder.market(), 240, 6), &market).unwrap()
    );
    // A longer list begins with the shorter one.
    let longer = list(&args(&folder.market(), 241, 5), &market).unwrap();
    assert!(longer.starts_with(&text));
    let rows = crate::orders::parse(
        text.as_bytes(),
        Path::new("x"),
        market.instruments(),
        market.first_time(),
    )
    .unwrap();
    assert_eq!(rows.len(), 240);
    let terms = || rows.iter().map(|r| &r.order.terms);
    let algorithms: BTreeSet<u16> = terms().map(|t| t.algorithm).collect();
    assert_eq!(algorithms.len(), registry::algorithms().len());
    assert_eq!(terms().map(|t| t.side).collect::<BTreeSet<_>>().len(), 3);
    let limits = terms().filter(|t| Price(t.limit).is_some()).count();
    assert!((20..140).contains(&limits), "{limits}");
    let parameters: BTreeSet<u16> = terms()
        .flat_map(|t| &t.parameters[..usize::from(t.parameter_count)])
        .map(|p| p.id)
        .collect();
    assert!(parameters.len() > 40, "{}", parameters.len());
}

#[test]
fn a_plain_list_names_rates_alone_and_unknown_algorithms_are_refused() {
    let folder = Folder::new();
    let market = MarketFile::open(folder.market()).unwrap();
    let mut plain = args(&folder.market(), 20, 1);
    plain.plain = true;
    plain.algorithms = vec!["TWAP".to_owned(), "POV".to_owned()];
    let text = list(&plain, &market).unwrap();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields[7], "");
        let rate = fields[8].starts_with("target_pct_vol=");
        assert_eq!(rate, fields[4] == "POV", "{line}");
    }
    plain.algorithms = vec!["TWAP".to_owned(), "WASP".to_owned()];
    assert_eq!(
        list(&plain, &market).unwrap_err()[0].code,
        "orders.algorithm"
    );
    plain.market = folder.0.path().join("none");
    assert_eq!(run(&plain).unwrap_err()[0].code, "market.file");
}

#[test]
fn random_orders_alone_and_together_end_without_a_broken_law() {
    let folder = Folder::new();
    let market = MarketFile::open(folder.market()).unwrap();
    let text = list(&args(&folder.market(), 24, 11), &market).unwrap();
    let alone = folder.backtest(&text, true, None);
    let together = folder.backtest(&text, false, None);
    for run in [&alone, &together] {
        assert!(run.ok(), "{:?}", run.report.quality);
        assert_eq!(run.report.parents.len(), 24);
        assert_eq!(run.facts.more["venue"]["slice_refused"], 0);
        for p in &run.report.parents {
            assert!(p.reconciled && p.filled + p.leaves == p.ordered, "{p:?}");
            assert_ne!(p.state, "REJECTED", "{}", p.reason_text);
        }
    }
    // Whatever cores there are: the same bytes; and an order that is picked is the one that ran among the others.
    let again = folder.backtest(&text, true, None);
    assert_eq!(alone.facts.digest, again.facts.digest);
    assert_eq!(alone.report, again.report);
    let third = &alone.report.parents[2];
    let picked = folder.backtest(&text, false, Some(&third.client_order_id));
    assert_eq!(picked.report.parents[0], *third);
    let algorithms = alone.report.algorithms();
    assert_eq!(algorithms.len(), registry::algorithms().len());
    let held = algorithms.iter().flat_map(|a| &a.benchmarks);
    assert!(held.map(|d| d.count).sum::<u64>() > 12);
}
