//! Orders in the opening and closing auctions of real days: how much of the cross they get, and at which price.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

use engine_algos::registry::{self, Registry};
use engine_sim::backtest::{self, BacktestConfig, RecordSink, TimedOrder};
use engine_sim::market_file::MarketFile;
use gateway_tca::report::ParentReport;
use indicatif::ProgressBar;
use pacer_tools::convert::{AuctionArgs, LeanArgs, run_lean};
use pacer_tools::report::sink::ReportSink;
use shm_wire::codes::{AlgorithmCode, Side};
use shm_wire::instrument::text_field;
use shm_wire::message::Message;
use shm_wire::parent::{Parameter, ParentNew};
use shm_wire::record::RecordHead;
use shm_wire::slice::{SLICE_AUCTION, SliceCancel, SliceNew};
use shm_wire::units::{Nanos, Price};
use std::path::{Path, PathBuf};

/// A day: symbol, date, what its auctions paired the day before, what they paired, at which price in cents.
struct Day {
    symbol: &'static str,
    date: &'static str,
    usual: [u64; 2],
    crosses: [(u64, &'static str); 2],
}

/// Counted in the source files by other means.
const DAYS: [Day; 2] = [
    Day {
        symbol: "BAC",
        date: "20131008",
        usual: [1_201_174, 2_000_995],
        crosses: [(970_078, "13.82"), (2_631_493, "13.69")],
    },
    Day {
        symbol: "IBM",
        date: "20131008",
        usual: [138_862, 151_665],
        crosses: [(88_065, "181.85"), (262_948, "178.72")],
    },
];

fn convert(root: &Path, day: &Day, out: &Path) -> MarketFile {
    let folder = root
        .join("us-consolidated-2013/tick")
        .join(day.symbol.to_lowercase());
    let args = LeanArgs {
        trades: folder.join(format!("{}_trade.csv.zst", day.date)),
        quotes: Some(folder.join(format!("{}_quote.csv.zst", day.date))),
        symbol: day.symbol.to_owned(),
        date: None,
        out: out.to_owned(),
        lot: 100,
        adv: 0,
        adv_from: Vec::new(),
        auctions: AuctionArgs {
            close_cutoff: "15:45".to_owned(),
            open_volume: day.usual[0],
            close_volume: day.usual[1],
            ..AuctionArgs::default()
        },
    };
    run_lean(&args, &ProgressBar::hidden()).unwrap();
    MarketFile::open(out).unwrap()
}

struct Watch {
    sink: ReportSink,
    sent: Vec<(u64, SliceNew)>,
    canceled: Vec<(u64, u64)>,
}

impl RecordSink for Watch {
    fn record(&mut self, words: &[u64]) {
        self.sink.record(words);
        let (head, payload): (RecordHead, _) = RecordHead::split(words).unwrap();
        if let Ok(slice) = SliceNew::from_words(payload) {
            self.sent.push((head.time, slice));
        } else if let Ok(cancel) = SliceCancel::from_words(payload) {
            self.canceled.push((head.time, cancel.child_id));
        }
    }
}

/// An order of the whole session; what is reported of it after the laws of the calendar were checked.
fn play(
    market: &MarketFile,
    code: AlgorithmCode,
    side: Side,
    quantity: u64,
    limit: Price,
    parameters: &[(&str, i64)],
) -> ParentReport {
    let mut order = ParentNew::empty();
    (order.parent_id, order.version) = (1, 1);
    let terms = &mut order.terms;
    (terms.quantity, terms.limit) = (quantity, limit.0);
    terms.decision_price = Price::NONE.0;
    terms.algorithm = code.code();
    terms.side = side.code();
    terms.client_order_id = text_field("A").unwrap();
    for (slot, (name, value)) in parameters.iter().enumerate() {
        terms.parameters[slot] = Parameter {
            id: registry::spec_by_name(code, name).unwrap().id,
            value: *value,
            ..Parameter::default()
        };
        terms.parameter_count += 1;
    }
    let mut watch = Watch {
        sink: ReportSink::new(market.instruments(), None),
        sent: Vec::new(),
        canceled: Vec::new(),
    };
    let orders = [TimedOrder {
        at: Nanos(0),
        order,
    }];
    let config = BacktestConfig::default();
    let outcome = backtest::run(market, &orders, &config, Registry, &mut watch, &mut |_| ());
    assert_eq!(outcome.unwrap().unfinished, 0);
    let auctions = market.instruments()[0].auctions();
    for (time, slice) in watch.sent.iter().filter(|s| s.1.flags & SLICE_AUCTION != 0) {
        let early = auctions
            .iter()
            .any(|a| *time < a.cutoff && a.cutoff - *time < 6_000_000_000);
        assert!(early, "{slice:?} at {time}");
        let back = watch.canceled.iter().find(|c| c.1 == slice.child_id);
        assert!(back.is_none(), "{back:?}");
    }
    let report = watch.sink.finish().unwrap().0.report();
    assert_eq!(report.quality.law_violations, 0, "{:?}", report.quality);
    report.parents[0].clone()
}

fn check(root: &Path, day: &Day) {
    let folder = tempfile::tempdir().unwrap();
    let market = convert(root, day, &folder.path().join("day.market"));
    let free = Price::NONE;
    for (place, name) in [(0, "open_auction"), (1, "close_auction")] {
        let (cross, price) = day.crosses[place];
        let most = day.usual[place] / 10;
        for side in [Side::Buy, Side::Sell] {
            // More than its share: a tenth of what is usual, at the price of the cross, and the rest is left. Before the open the
            // engine knows no price, so the order brings a limit.
            let cents = (price.parse::<f64>().unwrap() * 100.0).round() as i64;
            let limit = Price((cents + side.sign() * cents / 50) * Price::SCALE / 100);
            let p = play(
                &market,
                AlgorithmCode::Close,
                side,
                1_000_000,
                if place == 0 { limit } else { free },
                &[(name, 2)],
            );
            assert_eq!(
                p.quality.auctions.len(),
                1,
                "{} {}: {}",
                day.symbol,
                p.state,
                p.reason_text
            );
            let a = &p.quality.auctions[0];
            assert_eq!(
                (a.sent, a.filled),
                (most / 100 * 100, most / 100 * 100),
                "{name}"
            );
            assert_eq!(a.average_price.unwrap().to_string(), price);
            assert_eq!((a.volume, a.slippage_bps), (Some(cross), Some(0.0)));
            assert!((a.share.unwrap() - a.filled as f64 / cross as f64).abs() < 1e-12);
            assert_eq!((p.filled, p.reason.as_str()), (a.filled, "TerminalAuction"));
            println!("{} {name}: {} of {cross} at {price}", day.symbol, a.filled);
        }
    }
}

fn check_limits_and_ramp(root: &Path, day: &Day) {
    let folder = tempfile::tempdir().unwrap();
    let market = convert(root, day, &folder.path().join("day.market"));
    let free = Price::NONE;
    // A limit that the cross does not keep fills nothing; one that it just keeps fills all.
    let close: f64 = day.crosses[1].1.parse().unwrap();
    let cents = (close * 100.0).round() as i64;
    for (limit, filled) in [(cents - 1, 0), (cents, 2_000)] {
        let limit = Price(limit * Price::SCALE / 100);
        let p = play(
            &market,
            AlgorithmCode::Close,
            Side::Buy,
            2_000,
            limit,
            &[("close_auction", 2)],
        );
        assert_eq!(p.filled, filled);
    }
    // The ramp works what the auction may not take, and the whole is held against the official close.
    let quantity = day.usual[1] / 1_000 * 200;
    let p = play(
        &market,
        AlgorithmCode::Close,
        Side::Buy,
        quantity,
        free,
        &[("close_auction", 1)],
    );
    let a = &p.quality.auctions[0];
    assert!(
        p.filled >= quantity * 9 / 10 && a.filled > 0 && a.filled < p.filled,
        "{} {}",
        p.filled,
        a.filled
    );
    assert_eq!(p.closing_price.unwrap().to_string(), day.crosses[1].1);
    let against = p.slippage_bps.close.unwrap();
    assert!(against.abs() < 200.0, "{against}");
    println!(
        "{} CLOSE: {} of {quantity}, {} in the auction, {against:+.2} bps against the close",
        day.symbol, p.filled, a.filled
    );
}

#[test]
fn orders_get_their_share_of_real_crosses_at_their_price() {
    let Some(root) = std::env::var_os("PACER_MARKET_DATA") else {
        eprintln!("SKIPPED: no order was in a real auction; set PACER_MARKET_DATA");
        return;
    };
    let root = PathBuf::from(root);
    for day in &DAYS {
        check(&root, day);
        check_limits_and_ramp(&root, day);
    }
}
