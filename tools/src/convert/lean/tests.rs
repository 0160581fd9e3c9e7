//! Whole conversions: order and conditions of what is written, figures of real days, garbage.

use engine_sim::market_file::MarketFile;
use proptest::prelude::*;
use shm_wire::market::condition;
use shm_wire::message::Message;

use super::*;

struct Case {
    dir: tempfile::TempDir,
    args: LeanArgs,
}

impl Case {
    fn new(trades: &str, quotes: Option<&str>) -> Case {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| -> PathBuf {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let args = LeanArgs {
            trades: file("20131008_trade.csv", trades),
            quotes: quotes.map(|text| file("20131008_quote.csv", text)),
            symbol: "ibm".to_owned(),
            date: None,
            out: dir.path().join("x.market"),
            lot: 100,
            adv: 0,
            adv_from: Vec::new(),
            auctions: AuctionArgs::default(),
        };
        Case { dir, args }
    }
    fn run(&self) -> Result<ConvertReport, Vec<UserError>> {
        run_lean(&self.args, &ProgressBar::hidden())
    }
    fn market(&self) -> MarketFile {
        MarketFile::open(&self.args.out).unwrap()
    }
}

const TRADES: &str = "\
34199999,1000000,100,P,2000,0
34200000,1010000,200,Q,1,0
34200000,1010000,900,N,40,0
34200001,1020000,300,D,20000020,0
34200001,1020000,40,N,80000000,1
34200002,1030000,50,N,100000,0
34200003,1030000,50,N,200,0
34200004,1030000,50,N,4000,0
34200005,1030000,50,N,4000000,0
57599999,1040000,7,Z,1,0
57600000,1040000,70,Z,1,0
57600001,1040000,900,N,80,0
";
const QUOTES: &str = "\
34100000,1000000,1,0,0,P,1,0
34100000,0,0,1020000,2,P,1,0
34200001,1010000,3,0,0,P,1,0
34200001,0,0,1020050,4,Q,1,0
";

#[test]
fn trades_and_quotes_are_merged_quotes_first() {
    let case = Case::new(TRADES, Some(QUOTES));
    let report = case.run().unwrap();
    assert_eq!(
        (report.rows, report.messages, report.skipped_count),
        (16, 18, 0)
    );
    assert_eq!(
        (report.book_rows_compared, report.levels_revealed),
        (None, None)
    );
    let i = &report.instruments[0];
    assert_eq!(
        (i.symbol.as_str(), i.executions, i.traded_volume),
        ("IBM", 12, 2717)
    );
    assert_eq!((i.eligible_executions, i.eligible_volume), (3, 507));
    assert_eq!(i.eligible_vwap.unwrap().to_string(), "101.633136095");
    assert_eq!(i.first.as_deref(), Some("2013-10-08T13:29:59.999000000Z"));
    assert!(
        report
            .notes
            .iter()
            .any(|n| n.starts_with("1 quotes have a price between"))
    );

    let market = case.market();
    assert!(
        market
            .capabilities()
            .has(Capabilities::QUOTES_AND_TRADES | Capabilities::CONSOLIDATED)
    );
    assert_eq!(market.instruments()[0].sessions().len(), 1);
    let kinds: Vec<char> = market
        .messages()
        .map(|w| match (Quote::from_words(w), Trade::from_words(w)) {
            (Ok(_), _) => 'q',
            (_, Ok(_)) => 't',
            _ if OfficialPrice::from_words(w).is_ok() => 'o',
            _ => 's',
        })
        .collect();
    assert_eq!(kinds.iter().collect::<String>(), "sqtsttoqttttttttto");
    let trades: Vec<Trade> = market
        .messages()
        .filter_map(|w| Trade::from_words(w).ok())
        .collect();
    assert_eq!(
        trades[3].conditions,
        condition::SWEEP | condition::OFF_EXCHANGE
    );
    assert_eq!(
        trades[4].conditions,
        condition::SUSPICIOUS | condition::ODD_LOT
    );
    assert_eq!(
        (trades[9].venue, trades[9].trade_id, trades[9].price),
        (26, 10, 104_000_000_000)
    );
    let sequences: Vec<u32> = market.messages().map(|w| (w[1] >> 32) as u32).collect();
    assert_eq!(sequences, (1..=18).collect::<Vec<u32>>());
}

#[test]
fn the_largest_cross_names_the_primary_and_the_calendar_is_as_asked() {
    let more = format!("{TRADES}57600002,1040000,40,Q,80,0\n");
    let mut case = Case::new(&more, None);
    let (open, close) = ("34200000", "57600000");
    case.args.auctions.close_cutoff = "15:45".to_owned();
    case.args.auctions.close_volume = 1_500;
    let report = case.run().unwrap();
    let note = |text: &str| report.notes.iter().any(|n| n.starts_with(text));
    assert!(note("open auction on venue 14") && note("close auction on venue 14"));
    let market = case.market();
    let instrument = market.instruments()[0];
    let minutes = |ms: &str, before: u64| {
        let day = TradingDay::parse("20131008").unwrap();
        day.at(ms.parse::<u64>().unwrap() * 1_000_000) - before * 60_000_000_000
    };
    let got: Vec<_> = instrument
        .auctions()
        .iter()
        .map(|a| (a.time, a.cutoff, a.cancel_cutoff, a.venue, a.usual_qty))
        .collect();
    assert_eq!(
        got,
        [
            (minutes(open, 0), minutes(open, 2), minutes(open, 2), 14, 0),
            (
                minutes(close, 0),
                minutes(close, 15),
                minutes(close, 15),
                14,
                1_500
            ),
        ]
    );
    let official: Vec<(u64, u8)> = market
        .messages()
        .filter_map(|w| OfficialPrice::from_words(w).ok())
        .map(|o| (o.qty, o.auction))
        .collect();
    assert_eq!(official, [(900, 1), (900, 2)]);
    // Another primary was asked for, which crosses at the close alone.
    case.args.auctions.primary = Some('q');
    let report = case.run().unwrap();
    assert!(report.notes.iter().any(|n| n.starts_with("no open print")));
    assert_eq!(case.market().instruments()[0].auctions().len(), 1);
}

#[test]
fn a_setting_of_the_calendar_that_breaks_a_rule_is_named() {
    let code = |change: fn(&mut AuctionArgs)| {
        let mut case = Case::new(TRADES, None);
        change(&mut case.args.auctions);
        let errors = case.run().unwrap_err();
        format!("{:?}", errors[0])
    };
    assert!(code(|a| a.primary = Some('7')).contains("lean.primary"));
    assert!(code(|a| a.close_cutoff = "25:00".into()).contains("close-cutoff"));
    assert!(code(|a| a.open_cutoff = "10:00".into()).contains("lean.auctions"));
}

#[test]
fn a_file_without_quotes_has_trades_only() {
    let case = Case::new(TRADES, None);
    let report = case.run().unwrap();
    assert_eq!(report.instruments[0].executions, 12);
    assert!(report.notes[0].starts_with("no quotes"));
    assert!(case.market().capabilities().has(Capabilities::TRADES_ONLY));
    assert!(
        !case
            .market()
            .capabilities()
            .has(Capabilities::QUOTES_AND_TRADES)
    );
}

#[test]
fn rows_out_of_order_are_sorted_and_bad_ones_named() {
    let text = "34200005,1000000,100,P,1,0\n34200004,1000000,200,P,1,0\n34200006,0,1,P,1,0\n34200007,1,x,P,1,0\n34200008,1,1,P,zz,0\n34200009,1\n\n34200010,1000000,300.0,P,,\n\n";
    let case = Case::new(text, None);
    let report = case.run().unwrap();
    assert_eq!((report.rows, report.skipped_count), (8, 5));
    assert_eq!(
        report.skipped.iter().map(|s| s.line).collect::<Vec<_>>(),
        [3, 4, 5, 6, 7]
    );
    assert!(
        report
            .notes
            .iter()
            .any(|n| n.starts_with("1 rows stood after"))
    );
    let qty: Vec<u64> = case
        .market()
        .messages()
        .filter_map(|w| Trade::from_words(w).ok())
        .map(|t| t.qty)
        .collect();
    assert_eq!(qty, [200, 100, 300]);
}

#[test]
fn files_of_another_kind_are_errors_that_name_it() {
    let check = |change: &dyn Fn(&mut Case), code: &str, part: &str| {
        let mut case = Case::new(TRADES, Some(QUOTES));
        change(&mut case);
        let errors = case.run().unwrap_err();
        assert!(
            errors
                .iter()
                .any(|e| e.code == code && e.to_string().contains(part)),
            "{code}: {errors:?}"
        );
        assert!(!case.args.out.exists());
    };
    let trades = |c: &mut Case, text: &str| std::fs::write(&c.args.trades, text).unwrap();
    let bars = "34200000,1821000,1821100,1820900,1821000,3000\n";
    check(
        &|c| trades(c, bars),
        "lean.format",
        "second or minute bars of trades",
    );
    check(&|c| trades(c, QUOTES), "lean.format", "quote ticks");
    check(
        &|c| trades(c, "20131008 00:00,1,1,1,1,1\n"),
        "lean.format",
        "hour or daily bars",
    );
    check(
        &|c| trades(c, "34200000,1,2,3,4,5,6,7,8,9,10\n"),
        "lean.format",
        "bars of quotes",
    );
    check(&|c| trades(c, ""), "lean.rows", "no row");
    check(&|c| trades(c, "a,b,c,d,e,f\n"), "lean.rows", "line 1: time");
    check(
        &|c| c.args.quotes = Some(c.args.trades.clone()),
        "lean.format",
        "trade ticks",
    );
    check(
        &|c| c.args.quotes = Some(c.dir.path().join("none")),
        "file.open",
        "none",
    );
    check(
        &|c| c.args.symbol = String::new(),
        "convert.symbol",
        "--symbol",
    );
    check(
        &|c| c.args.date = Some("2013-02-30".to_owned()),
        "convert.date",
        "2013-02-30",
    );
    let rename = |c: &mut Case| {
        let path = c.dir.path().join("trades.csv");
        std::fs::rename(&c.args.trades, &path).unwrap();
        c.args.trades = path;
    };
    check(&rename, "lean.date", "--date");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn garbage_never_panics(
        trades in any::<Vec<u8>>(), quotes in any::<Vec<u8>>(), text in "[0-9,.A-Z \n-]{0,300}", more in "[0-9,.\n]{0,300}",
        rows in proptest::collection::vec((0_u32..90_000_000, any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()), 0..20),
    ) {
        let case = Case::new("", Some(""));
        let quotes_path = case.args.quotes.clone().unwrap();
        std::fs::write(&case.args.trades, &trades).unwrap();
        std::fs::write(&quotes_path, &quotes).unwrap();
        let _ = case.run();
        std::fs::write(&case.args.trades, &text).unwrap();
        let _ = case.run();
        std::fs::write(&case.args.trades, TRADES).unwrap();
        std::fs::write(&quotes_path, &more).unwrap();
        let _ = case.run();
        let lines: String = rows.iter().map(|(t, a, b, c, d)| format!("{t},{a},{b},{c},{d},P,1,0\n")).collect();
        std::fs::write(&quotes_path, &lines).unwrap();
        if case.run().is_ok() {
            let market = case.market();
            prop_assert!(market.messages().count() >= 12);
        }
    }
}

/// Price x 10,000 and size of the primary's opening and closing cross stand in `crosses`.
fn check_real(
    symbol: &str,
    date: &str,
    (executions, volume): (u64, u64),
    crosses: [(i64, u64); 2],
) {
    let Some(root) = std::env::var_os("PACER_MARKET_DATA") else {
        eprintln!("SKIPPED: {symbol} {date} is not converted; set PACER_MARKET_DATA");
        return;
    };
    let folder = Path::new(&root)
        .join("us-consolidated-2013/tick")
        .join(symbol.to_lowercase());
    let file = |kind: &str| folder.join(format!("{date}_{kind}.csv.zst"));
    let dir = tempfile::tempdir().unwrap();
    let args = LeanArgs {
        trades: file("trade"),
        quotes: Some(file("quote")),
        symbol: symbol.to_owned(),
        date: None,
        out: dir.path().join("x.market"),
        lot: 100,
        adv: 0,
        adv_from: Vec::new(),
        auctions: AuctionArgs::default(),
    };
    let report = run_lean(&args, &ProgressBar::hidden()).unwrap();
    let i = &report.instruments[0];
    assert_eq!((i.executions, i.traded_volume), (executions, volume));
    assert!(i.eligible_executions < executions && i.eligible_volume < volume);
    assert!(i.eligible_volume * 10 > volume * 9);
    let market = MarketFile::open(&args.out).unwrap();
    let eligible: u64 = market
        .messages()
        .filter_map(|w| Trade::from_words(w).ok())
        .filter(|t| t.conditions & condition::INELIGIBLE == 0)
        .filter(|t| {
            market.instruments()[0]
                .session_at(shm_wire::units::Nanos(t.time))
                .is_some()
        })
        .map(|t| t.qty)
        .sum();
    assert_eq!(eligible, i.eligible_volume);
    let official: Vec<(i64, u64)> = market
        .messages()
        .filter_map(|w| OfficialPrice::from_words(w).ok())
        .map(|o| (o.price / 100_000, o.qty))
        .collect();
    assert_eq!(official, crosses);
}

#[test]
fn a_real_day_of_bac_has_every_trade() {
    check_real(
        "BAC",
        "20131008",
        (125_872, 92_437_597),
        [(138_200, 970_078), (136_900, 2_631_493)],
    );
}

#[test]
fn a_real_day_of_ibm_has_every_trade() {
    check_real(
        "IBM",
        "20131008",
        (33_381, 5_564_671),
        [(1_818_500, 88_065), (1_787_200, 262_948)],
    );
}

#[test]
fn the_average_daily_volume_comes_from_the_option_or_from_bars_of_other_days() {
    let adv = |case: &Case| case.market().instruments()[0].average_daily_volume;
    let mut case = Case::new(TRADES, Some(QUOTES));
    case.run().unwrap();
    assert_eq!(adv(&case), 0, "unknown");
    case.args.adv = 5_000_000;
    case.run().unwrap();
    assert_eq!(adv(&case), 5_000_000);
    let bars = case.dir.path().join("20131007_trade.csv");
    std::fs::write(&bars, "34200000,1,2,1,2,700\n34260000,1,2,1,2,300\n").unwrap();
    case.args.adv_from = vec![bars];
    case.run().unwrap();
    assert_eq!(adv(&case), 1_000);
    case.args.adv_from = vec![case.dir.path().join("none")];
    assert_eq!(case.run().unwrap_err()[0].code, "file.open");
}
