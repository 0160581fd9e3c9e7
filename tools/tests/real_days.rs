//! Random orders, one by one, on real days: the books balance, no law is broken, and lines and rates are kept.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

use engine_algos::registry::{self, Registry};
use engine_sim::backtest::{self, BacktestConfig, RecordSink, TimedOrder};
use engine_sim::market_file::MarketFile;
use engine_sim::rng::Rng;
use gateway_tca::report::ParentReport;
use indicatif::ProgressBar;
use pacer_tools::convert::{
    AuctionArgs, ConvertReport, LeanArgs, LobsterArgs, run_lean, run_lobster,
};
use pacer_tools::report::sink::ReportSink;
use shm_wire::codes::DepthAction;
use shm_wire::codes::{AlgorithmCode, Side};
use shm_wire::instrument::text_field;
use shm_wire::market::{Depth, Trade, condition};
use shm_wire::message::Message;
use shm_wire::parent::{Parameter, ParentNew};
use shm_wire::record::RecordHead;
use shm_wire::slice::SliceNew;
use shm_wire::units::{Nanos, Price};
use std::path::{Path, PathBuf};

const MINUTE: u64 = 60_000_000_000;
const LOT: u64 = 100;
/// Orders a day, half of them TWAP, half POV.
const ORDERS: u64 = 20;

/// A day of the samples: its name and how it is converted.
#[derive(Clone, Copy, Debug)]
enum Day {
    Lobster(&'static str, usize),
    Lean(&'static str, &'static str),
}

/// Each with prints and quantity of all its trades, counted in the source files by other means.
const DAYS: [(Day, u64, u64); 5] = [
    (Day::Lobster("AAPL", 1), 34_990, 2_850_140),
    (Day::Lobster("GOOG", 1), 11_678, 706_125),
    (Day::Lobster("GOOG", 10), 11_678, 706_125),
    (Day::Lean("BAC", "20131008"), 125_872, 92_437_597),
    (Day::Lean("IBM", "20131008"), 33_381, 5_564_671),
];

fn convert(root: &Path, day: Day, out: &Path) -> ConvertReport {
    let bar = ProgressBar::hidden();
    match day {
        Day::Lobster(symbol, levels) => {
            let file = |kind: &str| -> PathBuf {
                let name = format!("{symbol}_2012-06-21_34200000_57600000_{kind}_{levels}.csv.zst");
                root.join("lobster").join(name)
            };
            let args = LobsterArgs {
                message: file("message"),
                orderbook: file("orderbook"),
                out: out.to_owned(),
                symbol: None,
                date: None,
                levels: None,
                lot: LOT,
                adv: 0,
            };
            run_lobster(&args, &bar).unwrap()
        }
        Day::Lean(symbol, date) => {
            let folder = root
                .join("us-consolidated-2013/tick")
                .join(symbol.to_lowercase());
            let args = LeanArgs {
                trades: folder.join(format!("{date}_trade.csv.zst")),
                quotes: Some(folder.join(format!("{date}_quote.csv.zst"))),
                symbol: symbol.to_owned(),
                date: None,
                out: out.to_owned(),
                lot: LOT,
                adv: 0,
                adv_from: Vec::new(),
                auctions: AuctionArgs::default(),
            };
            run_lean(&args, &bar).unwrap()
        }
    }
}

/// Times and quantities of the prints that count.
fn prints(market: &MarketFile) -> Vec<(u64, u64)> {
    let session = market.instruments()[0].sessions[0];
    let executes = [DepthAction::Execute, DepthAction::ExecuteHidden].map(DepthAction::code);
    market
        .messages()
        .filter_map(
            |words| match (Trade::from_words(words), Depth::from_words(words)) {
                (Ok(t), _) => Some((t.time, t.qty, t.conditions)),
                (_, Ok(d)) if executes.contains(&d.action) => Some((d.time, d.qty, d.conditions)),
                _ => None,
            },
        )
        .filter(|(time, _, conditions)| {
            conditions & condition::INELIGIBLE == 0 && (session.open..session.close).contains(time)
        })
        .map(|(time, qty, _)| (time, qty))
        .collect()
}

/// A random order over 20 to 120 minutes of the day: TWAP of 0.5 to 2 % of what others trade then, POV of 5 to 20 %.
fn random_order(market: &MarketFile, prints: &[(u64, u64)], number: u64) -> (ParentNew, u64) {
    let mut rng = Rng::new(number, market.len());
    let open = market.instruments()[0].sessions[0].open;
    let start = open + (5 + rng.below(240)) * MINUTE + rng.below(MINUTE);
    let end = start + (20 + rng.below(101)) * MINUTE;
    let inside = prints.iter().filter(|p| (start..end).contains(&p.0));
    let volume: u64 = inside.map(|p| p.1).sum();
    let twap = number.is_multiple_of(2);
    let algorithm = if twap {
        AlgorithmCode::Twap
    } else {
        AlgorithmCode::Pov
    };
    let rate_ppm = 50_000 * (1 + rng.below(4));
    let share_ppm = if twap {
        5_000 + rng.below(15_001)
    } else if rng.below(3) == 0 {
        rate_ppm / 2
    } else {
        1_000_000
    };
    let mut order = ParentNew::empty();
    (order.parent_id, order.version) = (number + 1, 1);
    let terms = &mut order.terms;
    terms.quantity = (volume * share_ppm / 1_000_000 / LOT).max(5) * LOT;
    (terms.limit, terms.decision_price) = (Price::NONE.0, Price::NONE.0);
    (terms.start, terms.end) = (start, end);
    terms.algorithm = algorithm.code();
    terms.side = [Side::Buy, Side::Sell][rng.below(2) as usize].code();
    terms.client_order_id = text_field(&format!("P-{number}")).unwrap();
    if !twap {
        let spec = registry::spec_by_name(algorithm, "target_pct_vol").unwrap();
        terms.parameters[0] = Parameter {
            id: spec.id,
            value: rate_ppm as i64,
            ..Parameter::default()
        };
        terms.parameter_count = 1;
    }
    (order, rate_ppm)
}

struct Watch {
    sink: ReportSink,
    largest: u64,
}

impl RecordSink for Watch {
    fn record(&mut self, words: &[u64]) {
        self.sink.record(words);
        let (_, payload) = RecordHead::split(words).unwrap();
        if let Ok(slice) = SliceNew::from_words(payload) {
            self.largest = self.largest.max(slice.qty);
        }
    }
}

/// What the orders of a day come to.
#[derive(Default, Debug)]
struct Kept {
    slice_ends: u64,
    slice_misses: u64,
    rates: u64,
    rate_misses: Vec<String>,
    filled: u64,
}

fn play(market: &MarketFile, order: ParentNew, seed: u64) -> (ParentReport, u64) {
    let mut watch = Watch {
        sink: ReportSink::new(market.instruments(), None),
        largest: 0,
    };
    let config = BacktestConfig {
        seed,
        ..BacktestConfig::default()
    };
    let at = Nanos(0);
    let orders = [TimedOrder { at, order }];
    let outcome = backtest::run(market, &orders, &config, Registry, &mut watch, &mut |_| ());
    assert_eq!(outcome.unwrap().unfinished, 0);
    let report = watch.sink.finish().unwrap().0.report();
    let quality = &report.quality;
    assert_eq!(
        (quality.law_violations, quality.undecodable),
        (0, 0),
        "{quality:?}"
    );
    (report.parents[0].clone(), watch.largest)
}

fn day(root: &Path, day: Day, executions: u64, volume: u64) -> Kept {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("day.market");
    let converted = convert(root, day, &out);
    let figures = &converted.instruments[0];
    assert_eq!(
        (figures.executions, figures.traded_volume),
        (executions, volume),
        "{day:?}"
    );
    assert_eq!(converted.book_rows_different.unwrap_or(0), 0);
    let market = MarketFile::open(&out).unwrap();
    let prints = prints(&market);
    assert_eq!(
        prints.iter().map(|p| p.1).sum::<u64>(),
        figures.eligible_volume
    );
    let mut kept = Kept::default();
    for number in 0..ORDERS {
        let (order, rate_ppm) = random_order(&market, &prints, number);
        let (p, largest) = play(&market, order, number);
        let name = format!("{day:?} {}", p.client_order_id);
        assert_eq!(p.filled + p.leaves, p.ordered, "{name}");
        assert!(
            matches!(p.state.as_str(), "FILLED" | "DONE_PARTIAL"),
            "{name}: {}",
            p.state
        );
        assert!(p.reconciled, "{name}");
        kept.filled += p.filled;
        if p.algorithm == "TWAP" {
            kept.slice_ends += p.slice_ends;
            kept.slice_misses += p.slice_misses;
            continue;
        }
        let (others, rate) = (p.market_volume.unwrap() as f64, rate_ppm as f64 / 1e6);
        if p.children < 30 || rate * others < (100 * LOT) as f64 {
            continue;
        }
        let got = p.participation.unwrap();
        kept.rates += 1;
        if (got - rate).abs() > (rate / 10.0).max(largest as f64 / others) {
            kept.rate_misses.push(format!("{name}: {got:.4} of {rate}"));
        }
    }
    kept
}

#[test]
fn random_orders_on_real_days_keep_their_lines_and_rates() {
    let Some(root) = std::env::var_os("PACER_MARKET_DATA") else {
        eprintln!("SKIPPED: no order was traded on a real day; set PACER_MARKET_DATA");
        return;
    };
    let root = PathBuf::from(root);
    let all: Vec<Kept> = std::thread::scope(|scope| {
        let root = &root;
        let running =
            DAYS.map(|(d, prints, volume)| scope.spawn(move || day(root, d, prints, volume)));
        running.into_iter().map(|r| r.join().unwrap()).collect()
    });
    for (kept, (day, ..)) in all.iter().zip(DAYS) {
        println!("{day:?}: {kept:?}");
    }
    for (kept, (day, ..)) in all.iter().zip(DAYS) {
        assert!(
            kept.filled > 0 && kept.slice_ends > 100,
            "{day:?}: {kept:?}"
        );
        assert!(
            kept.slice_misses * 20 <= kept.slice_ends,
            "{day:?}: {kept:?}"
        );
    }
    let rates: u64 = all.iter().map(|k| k.rates).sum();
    let misses: Vec<&String> = all.iter().flat_map(|k| &k.rate_misses).collect();
    assert!(rates >= 20, "{rates}");
    assert!(misses.len() as u64 * 20 <= rates, "{misses:?} of {rates}");
}
