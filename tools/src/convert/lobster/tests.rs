//! Whole conversions: a strict replay of the market file against every row of the book file, real days, made-up days
//! with a book deeper than the view, tampered rows, and garbage.

use std::collections::{BTreeMap, HashMap};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use engine_sim::market_file::{Capabilities, MarketFile, time_of};
use proptest::prelude::*;
use shm_wire::codes::{AuctionKind, BookSide, DepthAction, TradingStatus};
use shm_wire::market::{Depth, Status, Trade, condition};
use shm_wire::message::Message;

use super::*;

/// A reader's book that holds the writer to its promises.
#[derive(Default)]
struct Replay {
    /// (side code, key): shares in all, shares of unknown orders.
    levels: BTreeMap<(u8, i64), (u64, u64)>,
    orders: HashMap<u64, (u8, i64, u64)>,
    executed: u64,
}

impl Replay {
    fn take(&mut self, d: &Depth) {
        let at = (d.side, signed(d));
        match DepthAction::try_from(d.action).unwrap() {
            DepthAction::Add => {
                let level = self.levels.entry(at).or_default();
                level.0 += d.qty;
                assert!(
                    self.orders
                        .insert(d.order_id, (at.0, at.1, d.qty))
                        .is_none(),
                    "an id is known twice"
                );
            }
            DepthAction::Level => {
                self.orders.retain(|_, o| (o.0, o.1) != at);
                self.levels.remove(&at);
                if d.qty > 0 {
                    self.levels.insert(at, (d.qty, d.qty));
                }
            }
            DepthAction::Clear => *self = Replay::default(),
            DepthAction::ExecuteHidden => self.executed += d.qty,
            action => {
                if action == DepthAction::Execute {
                    self.executed += d.qty;
                }
                let level = self.levels.get_mut(&at).expect("the level is in view");
                level.0 -= d.qty;
                match self.orders.get_mut(&d.order_id) {
                    Some(order) => {
                        assert_eq!(
                            (order.0, order.1),
                            at,
                            "a known order is named at its price"
                        );
                        order.2 -= d.qty;
                        assert!(
                            action != DepthAction::Delete || order.2 == 0,
                            "a delete takes the rest"
                        );
                        if order.2 == 0 {
                            self.orders.remove(&d.order_id);
                        }
                    }
                    None => {
                        level.1 = level
                            .1
                            .checked_sub(d.qty)
                            .expect("unknown orders have that much")
                    }
                }
                if level.0 == 0 {
                    self.levels.remove(&at);
                }
            }
        }
    }

    fn snapshot(&self) -> Snapshot {
        let side = |s: BookSide| {
            let levels = self.levels.iter().filter(|(at, _)| at.0 == s.code());
            levels.map(|(at, level)| (at.1, level.0)).collect()
        };
        Snapshot {
            sides: [side(BookSide::Bid), side(BookSide::Ask)],
        }
    }
}

fn signed(d: &Depth) -> i64 {
    let price = d.price / super::super::PRICE_SCALE;
    if d.side == BookSide::Bid.code() {
        -price
    } else {
        price
    }
}

/// Replays the file and compares the book after each source row.
fn replay(market: &MarketFile, rows: &[String], levels: usize) -> u64 {
    let mut book = Replay::default();
    let mut row = 0;
    let mut expected = Snapshot::default();
    let mut messages = market.messages().peekable();
    let mut sequence = 0_u32;
    while let Some(words) = messages.next() {
        sequence += 1;
        assert_eq!(
            (words[1] >> 32) as u32,
            sequence,
            "the feed's sequence has no gap"
        );
        let is_row = match Depth::from_words(words) {
            Ok(depth) => {
                book.take(&depth);
                !matches!(
                    DepthAction::try_from(depth.action),
                    Ok(DepthAction::Level | DepthAction::Clear)
                )
            }
            // The first status stands before the first row.
            Err(_) => sequence > 1,
        };
        if !is_row {
            continue;
        }
        while let Some(next) = messages.peek().and_then(|w| Depth::from_words(w).ok()) {
            if next.action != DepthAction::Level.code() || next.qty > 0 {
                break;
            }
            book.take(&next);
            sequence += 1;
            messages.next();
        }
        expected.parse(rows[row].as_bytes(), levels).unwrap();
        assert_eq!(book.snapshot(), expected, "row {}", row + 1);
        row += 1;
    }
    assert_eq!(row, rows.len());
    book.executed
}

struct Case {
    dir: tempfile::TempDir,
    args: LobsterArgs,
}

impl Case {
    fn new(messages: &str, books: &str, levels: usize) -> Case {
        let dir = tempfile::tempdir().unwrap();
        let file = |kind: &str, text: &str| -> PathBuf {
            let path = dir.path().join(format!(
                "TEST_2013-01-04_34200000_57600000_{kind}_{levels}.csv"
            ));
            std::fs::write(&path, text).unwrap();
            path
        };
        let args = LobsterArgs {
            message: file("message", messages),
            orderbook: file("orderbook", books),
            out: dir.path().join("x.market"),
            symbol: None,
            date: None,
            levels: None,
            lot: 100,
            adv: 0,
        };
        Case { dir, args }
    }
    fn run(&self) -> Result<ConvertReport, Vec<UserError>> {
        run_lobster(&self.args, &ProgressBar::hidden())
    }
    fn market(&self) -> MarketFile {
        MarketFile::open(&self.args.out).unwrap()
    }
}

const MESSAGES: &str = "\
34200.5,1,11,100,1000000,1
34200.6,1,12,50,1000100,-1
34201,4,12,20,1000100,-1
34201,5,0,7,1000050,1
34202,1,13,30,1000050,-1
34203,3,13,30,1000050,-1
34204,2,11,40,1000000,1
34205,4,9,10,1000000,1
34206,7,0,0,-1,-1
34207,7,0,0,0,-1
34208,7,0,0,1,-1
34209,6,-1,500,1000050,-1
34210,3,12,30,1000100,-1
";
const BOOKS: &str = "\
1000200,5,1000000,110
1000100,50,1000000,110
1000100,30,1000000,110
1000100,30,1000000,110
1000050,30,1000000,110
1000100,30,1000000,110
1000100,30,1000000,70
1000100,30,1000000,60
1000100,30,1000000,60
1000100,30,1000000,60
1000100,30,1000000,60
1000100,30,1000000,60
9999999999,0,1000000,60
";

#[test]
fn every_type_of_row_is_told() {
    let case = Case::new(MESSAGES, BOOKS, 1);
    let report = case.run().unwrap();
    assert_eq!(
        (
            report.rows,
            report.book_rows_compared,
            report.book_rows_different
        ),
        (13, Some(13), Some(0))
    );
    // First book: 10 bid by an older order, and the ask. Then 1000100 comes back into view once; nothing is behind it.
    assert_eq!(
        (report.levels_seeded, report.levels_revealed),
        (Some(2), Some(3))
    );
    assert!(report.is_clean());
    let i = &report.instruments[0];
    assert_eq!(
        (i.symbol.as_str(), i.executions, i.traded_volume),
        ("TEST", 4, 537)
    );
    assert_eq!((i.eligible_executions, i.eligible_volume), (3, 37));
    assert_eq!(i.first.as_deref(), Some("2013-01-04T14:30:01.000000000Z"));
    assert_eq!(i.vwap.unwrap().to_string(), "100.00509311");

    let market = case.market();
    assert!(
        market
            .capabilities()
            .has(Capabilities::ORDER_BY_ORDER | Capabilities::LEVELS)
    );
    assert_eq!(
        (market.depth_levels(), market.instruments()[0].symbol()),
        (1, "TEST")
    );
    let session = market.instruments()[0].sessions()[0];
    assert_eq!((session.close - session.open) / 1_000_000_000, 23_400);
    assert_eq!(market.first_time().0, session.open);
    let rows: Vec<String> = BOOKS.lines().map(str::to_owned).collect();
    assert_eq!(replay(&market, &rows, 1), 37);
    let statuses: Vec<(u8, u8)> = market
        .messages()
        .filter_map(|w| Status::from_words(w).ok())
        .map(|s| (s.status, s.auction))
        .collect();
    let continuous = (TradingStatus::Continuous.code(), 0);
    let halt = (TradingStatus::Halt.code(), 0);
    assert_eq!(
        statuses,
        [
            continuous,
            halt,
            (
                TradingStatus::Auction.code(),
                AuctionKind::Volatility.code()
            ),
            continuous
        ]
    );
    let crosses: Vec<Trade> = market
        .messages()
        .filter_map(|w| Trade::from_words(w).ok())
        .collect();
    assert_eq!(
        (crosses.len(), crosses[0].qty, crosses[0].conditions),
        (1, 500, condition::AUCTION)
    );
}

#[test]
fn no_side_is_empty_while_a_level_replaces_another() {
    let case = Case::new(MESSAGES, BOOKS, 1);
    case.run().unwrap();
    let mut book = Replay::default();
    let market = case.market();
    let last = market.len() as usize - 1;
    for (n, words) in market.messages().enumerate() {
        if let Ok(depth) = Depth::from_words(words) {
            book.take(&depth);
        }
        if (4..last).contains(&n) {
            assert!(
                book.snapshot().sides.iter().all(|s| !s.is_empty()),
                "message {n}"
            );
        }
    }
}

#[test]
fn a_tampered_row_of_either_file_is_noticed_and_the_rest_goes_on() {
    let check = |messages: &str, books: &str, different: u64| {
        let case = Case::new(messages, books, 1);
        let report = case.run().unwrap();
        assert_eq!(
            report.book_rows_different,
            Some(different),
            "{messages}{books}"
        );
        assert_eq!(report.differences.len() as u64, different);
        assert!(!report.is_clean());
        // The file is still one that a reader can follow.
        let mut book = Replay::default();
        case.market()
            .messages()
            .filter_map(|w| Depth::from_words(w).ok())
            .for_each(|d| book.take(&d));
        assert_eq!(book.snapshot().sides, [vec![(-1_000_000, 60)], vec![]]);
    };
    check(
        MESSAGES,
        &BOOKS.replacen("1000100,50,", "1000100,51,", 1),
        1,
    );
    check(
        MESSAGES,
        &BOOKS.replacen("1000050,30,1000000,110", "1000050,30,1000100,110", 1),
        1,
    );
    check(
        MESSAGES,
        &BOOKS.replacen("1000100,30,1000000,70", "garbage", 1),
        1,
    );
    check(&MESSAGES.replacen("2,11,40,", "2,11,41,", 1), BOOKS, 1);
    check(
        &MESSAGES.replacen("1,13,30,1000050", "1,13,30,1000150", 1),
        BOOKS,
        1,
    );
    check(&MESSAGES.replacen("4,9,10,", "4,9,100000,", 1), BOOKS, 1);
    check(
        &MESSAGES.replacen("34204,2,11,40,1000000,1", "34204,x", 1),
        BOOKS,
        1,
    );
}

#[test]
fn rows_that_contradict_their_order_do_not_break_the_readers_book() {
    // A delete of less than the order has, an order named at another price, an id used twice.
    let messages = "\
34200.5,1,11,100,1000000,1
34200.6,3,11,60,1000000,1
34200.7,1,12,10,1000000,1
34200.8,4,12,5,1000100,-1
34200.9,1,12,10,1000100,-1
34201.0,4,12,15,1000100,-1
";
    let books = "\
1000100,50,1000000,100
1000100,50,1000000,40
1000100,50,1000000,50
1000100,45,1000000,50
1000100,55,1000000,50
1000100,40,1000000,50
";
    let case = Case::new(messages, books, 1);
    let report = case.run().unwrap();
    assert_eq!(report.book_rows_different, Some(0));
    assert!(
        report
            .notes
            .iter()
            .any(|n| n.starts_with("3 rows did not fit")),
        "{:?}",
        report.notes
    );
    let mut book = Replay::default();
    case.market()
        .messages()
        .filter_map(|w| Depth::from_words(w).ok())
        .for_each(|d| book.take(&d));
    assert_eq!(
        book.snapshot().sides,
        [vec![(-1_000_000, 50)], vec![(1_000_100, 40)]]
    );
}

#[test]
fn bad_rows_are_named_with_file_and_line() {
    let messages = MESSAGES.replacen("34201,5,0,7,1000050,1", "34201,9,0,7,1000050,1", 1);
    let case = Case::new(&messages, BOOKS, 1);
    let report = case.run().unwrap();
    assert_eq!(
        (
            report.rows,
            report.skipped_count,
            report.book_rows_different
        ),
        (13, 1, Some(0))
    );
    assert_eq!(
        (report.skipped[0].line, report.skipped[0].why.as_str()),
        (4, "type: not 1 to 7")
    );
    assert!(report.skipped[0].file.ends_with("message_1.csv"));
    assert_eq!(report.instruments[0].executions, 3);
    // A first row without a book: the second seeds.
    let case = Case::new(
        MESSAGES,
        &BOOKS.replacen("1000200,5,1000000,110", "?", 1),
        1,
    );
    assert_eq!(case.run().unwrap_err()[0].field.as_deref(), Some("levels"));
    let case = Case::new(
        MESSAGES,
        &BOOKS.replacen("1000200,5,1000000,110", "?,?,?,?", 1),
        1,
    );
    let report = case.run().unwrap();
    assert_eq!(
        (report.book_rows_different, report.skipped_count),
        (Some(1), 1)
    );
}

#[test]
fn files_that_are_no_pair_are_errors_and_leave_no_market_file() {
    let check = |change: &dyn Fn(&mut Case), code: &str| {
        let mut case = Case::new(MESSAGES, BOOKS, 1);
        change(&mut case);
        let errors = case.run().unwrap_err();
        assert!(errors.iter().any(|e| e.code == code), "{code}: {errors:?}");
        assert!(!case.args.out.exists());
        let left = std::fs::read_dir(case.dir.path()).unwrap().count();
        assert!(left <= 3, "{left} files");
    };
    let rewrite = |path: &Path, text: &str| std::fs::write(path, text).unwrap();
    check(
        &|c| rewrite(&c.args.orderbook, &BOOKS[..BOOKS.len() - 24]),
        "lobster.rows",
    );
    check(
        &|c| rewrite(&c.args.message, &MESSAGES[..24]),
        "lobster.rows",
    );
    check(
        &|c| rewrite(&c.args.message, &"nothing\n".repeat(13)),
        "lobster.rows",
    );
    check(
        &|c| {
            rewrite(&c.args.message, "");
            rewrite(&c.args.orderbook, "");
        },
        "lobster.empty",
    );
    check(&|c| c.args.levels = Some(10), "lobster.levels");
    check(
        &|c| c.args.date = Some("yesterday".to_owned()),
        "convert.date",
    );
    check(
        &|c| c.args.symbol = Some("no\nsymbol".to_owned()),
        "convert.symbol",
    );
    check(&|c| c.args.lot = 0, "convert.instrument");
    check(
        &|c| std::mem::swap(&mut c.args.message, &mut c.args.orderbook),
        "lobster.kind",
    );
    check(&|c| c.args.message = c.dir.path().join("none"), "file.open");
    check(
        &|c| c.args.out = c.dir.path().join("no/such/folder"),
        "convert.write",
    );
    let mut onto_source = Case::new(MESSAGES, BOOKS, 1);
    onto_source.args.out = onto_source.args.orderbook.clone();
    assert_eq!(onto_source.run().unwrap_err()[0].code, "convert.out");
    assert_eq!(
        std::fs::read_to_string(&onto_source.args.orderbook).unwrap(),
        BOOKS
    );
    let plain = |c: &mut Case| {
        let path = c.dir.path().join("m.csv");
        std::fs::rename(&c.args.message, &path).unwrap();
        c.args.message = path;
    };
    check(
        &|c| {
            plain(c);
            c.args.orderbook = c.args.message.clone();
        },
        "lobster.name",
    );
    let mut case = Case::new(MESSAGES, BOOKS, 1);
    plain(&mut case);
    assert_eq!(case.run().unwrap().book_rows_different, Some(0));
}

/// A full book, deeper than the view, and the two files that a provider would make of it.
fn made_up(steps: &[(u8, u8, u8, u16)], levels: usize) -> (String, String) {
    let mut orders: Vec<(u64, i64, i64, u64)> = Vec::new();
    let (mut messages, mut books) = (String::new(), String::new());
    let rows = |orders: &[(u64, i64, i64, u64)]| {
        let side = |sign: i64| {
            let mut m: BTreeMap<i64, u64> = BTreeMap::new();
            orders
                .iter()
                .filter(|o| o.1 == sign)
                .for_each(|o| *m.entry(-sign * o.2).or_default() += o.3);
            m.into_iter().take(levels).collect::<Vec<_>>()
        };
        (side(-1), side(1))
    };
    for (n, (kind, place, price, qty)) in steps.iter().enumerate() {
        let before = rows(&orders);
        let sign = if place % 2 == 0 { 1 } else { -1 };
        let qty = u64::from(*qty % 500) + 1;
        let at = 1_000_000 - sign * (100 + 100 * i64::from(price % 12));
        let event = match (kind % 5, orders.is_empty()) {
            (0 | 1, _) | (_, true) => {
                orders.push((n as u64 + 1, sign, at, qty));
                (1, n as u64 + 1, qty, at, sign)
            }
            (4, false) => (5, 0, qty, at, sign),
            (k, false) => {
                let i = usize::from(*place) % orders.len();
                let o = orders[i];
                let gone = if k == 3 { o.3 } else { qty.min(o.3) };
                let kind = if k == 3 {
                    3
                } else if gone < o.3 {
                    2
                } else {
                    4
                };
                orders[i].3 -= gone;
                if orders[i].3 == 0 {
                    orders.remove(i);
                }
                (kind, o.0, gone, o.2, o.1)
            }
        };
        let after = rows(&orders);
        if before == after && event.0 != 5 {
            continue;
        }
        messages += &format!(
            "{}.{n:09},{},{},{},{},{}\n",
            34_200 + n,
            event.0,
            event.1,
            event.2,
            event.3,
            event.4
        );
        let columns: Vec<String> = (0..levels)
            .map(|l| {
                let ask = after.0.get(l).copied().unwrap_or((9_999_999_999, 0));
                let bid = after.1.get(l).map_or((-9_999_999_999, 0), |b| (-b.0, b.1));
                format!("{},{},{},{}", ask.0, ask.1, bid.0, bid.1)
            })
            .collect();
        books += &(columns.join(",") + "\n");
    }
    (messages, books)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_day_is_rebuilt_at_any_depth(
        steps in proptest::collection::vec(any::<(u8, u8, u8, u16)>(), 1..250), levels in 1_usize..6, skip in 0_usize..20,
    ) {
        // Rows before `skip` are cut off: their orders are older than the file.
        let (messages, books) = made_up(&steps, levels);
        let cut = |text: &str| text.lines().skip(skip.min(text.lines().count().saturating_sub(1))).map(|l| format!("{l}\n")).collect::<String>();
        let (messages, books) = (cut(&messages), cut(&books));
        prop_assume!(!messages.is_empty());
        let case = Case::new(&messages, &books, levels);
        let report = case.run().unwrap();
        prop_assert_eq!(report.book_rows_different, Some(0));
        prop_assert_eq!(report.skipped_count, 0);
        let rows: Vec<String> = books.lines().map(str::to_owned).collect();
        prop_assert_eq!(replay(&case.market(), &rows, levels), report.instruments[0].traded_volume);
    }

    #[test]
    fn a_changed_size_at_the_touch_is_always_noticed(
        steps in proptest::collection::vec(any::<(u8, u8, u8, u16)>(), 20..120), levels in 2_usize..5, at in any::<prop::sample::Index>(),
    ) {
        let (messages, books) = made_up(&steps, levels);
        let mut rows: Vec<String> = books.lines().map(str::to_owned).collect();
        prop_assume!(rows.len() > 3);
        // Neither the first row, from which the book is seeded, nor the last.
        let row = 1 + at.index(rows.len() - 2);
        let mut columns: Vec<String> = rows[row].split(',').map(str::to_owned).collect();
        prop_assume!(columns[1] != "0");
        columns[1] += "7";
        let old: Vec<String> = rows[row].split(',').map(str::to_owned).collect();
        prop_assume!(old.get(5).is_some_and(|q| q != "0"));
        rows[row] = columns.join(",");
        let case = Case::new(&messages, &(rows.join("\n") + "\n"), levels);
        prop_assert!(case.run().unwrap().book_rows_different >= Some(1));
    }

    #[test]
    fn garbage_never_panics(messages in any::<Vec<u8>>(), books in any::<Vec<u8>>(), text in "[0-9,.\n-]{0,300}", more in "[0-9,.\n-]{0,300}") {
        let case = Case::new("", "", 1);
        std::fs::write(&case.args.message, &messages).unwrap();
        std::fs::write(&case.args.orderbook, &books).unwrap();
        let _ = case.run();
        std::fs::write(&case.args.message, &text).unwrap();
        std::fs::write(&case.args.orderbook, &more).unwrap();
        let _ = case.run();
    }

    #[test]
    fn rows_in_any_order_give_a_file_that_can_be_followed(
        mix in proptest::collection::vec((0_usize..13, 0_usize..13), 1..60),
    ) {
        let (m, b): (Vec<&str>, Vec<&str>) = (MESSAGES.lines().collect(), BOOKS.lines().collect());
        let messages: String = mix.iter().map(|(i, _)| format!("{}\n", m[*i])).collect();
        let books: String = mix.iter().map(|(_, i)| format!("{}\n", b[*i])).collect();
        let case = Case::new(&messages, &books, 1);
        case.run().unwrap();
        let mut book = Replay::default();
        case.market().messages().filter_map(|w| Depth::from_words(w).ok()).for_each(|d| book.take(&d));
    }
}

/// A pair of real files, or `None` with a loud line.
fn real(symbol: &str, levels: usize) -> Option<(PathBuf, PathBuf)> {
    let Some(root) = std::env::var_os("PACER_MARKET_DATA") else {
        eprintln!("SKIPPED: {symbol} level {levels} is not converted; set PACER_MARKET_DATA");
        return None;
    };
    let file = |kind: &str| {
        Path::new(&root).join("lobster").join(format!(
            "{symbol}_2012-06-21_34200000_57600000_{kind}_{levels}.csv.zst"
        ))
    };
    Some((file("message"), file("orderbook")))
}

fn check_real(symbol: &str, levels: usize, rows: u64, executions: u64, volume: u64, vwap: &str) {
    let Some((message, orderbook)) = real(symbol, levels) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("x.market");
    let args = LobsterArgs {
        message,
        orderbook,
        out,
        symbol: None,
        date: None,
        levels: None,
        lot: 100,
        adv: 0,
    };
    let report = run_lobster(&args, &ProgressBar::hidden()).unwrap();
    assert_eq!(
        (
            report.rows,
            report.book_rows_compared,
            report.book_rows_different
        ),
        (rows, Some(rows), Some(0))
    );
    assert!(report.skipped.is_empty());
    let i = &report.instruments[0];
    assert_eq!(
        (i.executions, i.traded_volume, i.eligible_volume),
        (executions, volume, volume)
    );
    assert!(
        i.vwap.unwrap().to_string().starts_with(vwap),
        "{:?}",
        i.vwap
    );
    let market = MarketFile::open(&args.out).unwrap();
    let times: Vec<u64> = market.messages().filter_map(time_of).map(|t| t.0).collect();
    assert!(times.is_sorted());
    let input = open(&args.orderbook, "orderbook").unwrap().input;
    let rows: Vec<String> = std::io::BufRead::lines(BufReader::new(input))
        .map(Result::unwrap)
        .collect();
    assert_eq!(replay(&market, &rows, levels), volume);
}

#[test]
fn the_real_day_of_aapl_is_rebuilt_row_by_row() {
    check_real("AAPL", 1, 118_497, 23_658 + 11_332, 2_850_140, "582.724");
}

#[test]
fn the_real_day_of_goog_is_rebuilt_row_by_row() {
    check_real("GOOG", 1, 49_482, 7_765 + 3_913, 706_125, "569.4398");
}

#[test]
fn ten_levels_of_a_real_day_are_rebuilt_row_by_row() {
    check_real("GOOG", 10, 147_916, 7_765 + 3_913, 706_125, "569.4398");
}
