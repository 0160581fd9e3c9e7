//! Whole conversions of small files: what a reader's book and prints become, sessions, status, what is refused.

use std::collections::{BTreeMap, HashMap};

use engine_sim::market_file::MarketFile;
use engine_sim::rng::Rng;
use proptest::prelude::*;
use shm_wire::codes::{DepthAction, TradingStatus};
use shm_wire::market::{Depth, Status, Trade, condition};
use shm_wire::message::Message;

use super::*;

/// 2023-12-25 23:00 UTC, the open of a session.
const OPEN: u64 = 1_703_545_200_000_000_000;
const NUMBER: u32 = 17_077;
const TICK: i64 = 250_000_000;
const LAST: u8 = FLAG_LAST;

/// Action, side, order, price in ticks, size, ns after the open, flags.
type Row = (char, char, u64, i64, u32, i64, u8);

fn text(out: &mut Vec<u8>, text: &str, bytes: usize) {
    out.extend(text.bytes().chain(std::iter::repeat(0)).take(bytes));
}

/// A file as the format's description says, version 1, byte by byte.
fn bytes(dataset: &str, symbol: &str, rows: &[Row]) -> Vec<u8> {
    let mut meta = Vec::new();
    text(&mut meta, dataset, 16);
    meta.extend(0_u16.to_le_bytes());
    for word in [OPEN, u64::MAX, 0, u64::MAX] {
        meta.extend(word.to_le_bytes());
    }
    meta.extend([1, 0, 0]);
    meta.resize(100, 0);
    meta.extend(0_u32.to_le_bytes());
    meta.extend(1_u32.to_le_bytes());
    text(&mut meta, symbol, 22);
    for count in [0_u32, 0, 1] {
        meta.extend(count.to_le_bytes());
    }
    text(&mut meta, symbol, 22);
    for word in [1_u32, 20_231_225, 20_231_227] {
        meta.extend(word.to_le_bytes());
    }
    text(&mut meta, &NUMBER.to_string(), 22);
    let mut out = b"DBN\x01".to_vec();
    out.extend((meta.len() as u32).to_le_bytes());
    out.extend(meta);
    for (action, side, order, ticks, size, after, flags) in rows {
        let time = OPEN.wrapping_add_signed(*after).to_le_bytes();
        out.extend([14, 0xA0, 1, 0]);
        out.extend(NUMBER.to_le_bytes());
        out.extend(time);
        out.extend(order.to_le_bytes());
        out.extend((ticks * TICK).to_le_bytes());
        out.extend(size.to_le_bytes());
        out.extend([*flags, 0, *action as u8, *side as u8]);
        out.extend(time);
        out.extend([0; 8]);
    }
    out
}

fn args(folder: &Path, content: &[u8]) -> DbnArgs {
    let source = folder.join("x.dbn");
    std::fs::write(&source, content).unwrap();
    DbnArgs {
        sources: vec![source],
        out: folder.join("x.market"),
        symbol: None,
        tick: None,
        multiplier: None,
        currency: None,
        session: Vec::new(),
        adv: 0,
    }
}

fn convert_bytes(content: &[u8]) -> Result<(ConvertReport, MarketFile), Vec<UserError>> {
    let folder = tempfile::tempdir().unwrap();
    let args = args(folder.path(), content);
    let report = run_dbn(&args, &ProgressBar::hidden())?;
    Ok((report, MarketFile::open(&args.out).unwrap()))
}

fn convert_rows(rows: &[Row]) -> (ConvertReport, MarketFile) {
    convert_bytes(&bytes(DATASET, "ESH4", rows)).unwrap()
}

/// A reader that holds the file to what `docs/market-data.md` promises, with the book and the printed quantity by time.
#[derive(Default)]
struct Reader {
    orders: HashMap<u64, (u8, i64, u64)>,
    printed: u64,
    hidden: u64,
}

impl Reader {
    fn take(&mut self, d: &Depth) {
        let action = DepthAction::try_from(d.action).unwrap();
        match action {
            DepthAction::Clear => self.orders.clear(),
            DepthAction::Add => {
                let old = self.orders.insert(d.order_id, (d.side, d.price, d.qty));
                assert_eq!(old, None, "{d:?}");
            }
            DepthAction::ExecuteHidden => {
                self.printed += d.qty;
                self.hidden += d.qty;
            }
            DepthAction::Reduce | DepthAction::Delete | DepthAction::Execute => {
                let (side, price, left) = self.orders.remove(&d.order_id).unwrap();
                assert_eq!((side, price), (d.side, d.price));
                assert!(d.qty <= left && (action != DepthAction::Delete || d.qty == left));
                if left > d.qty {
                    self.orders.insert(d.order_id, (side, price, left - d.qty));
                }
                self.printed += if action == DepthAction::Execute {
                    d.qty
                } else {
                    0
                };
            }
            DepthAction::Level => panic!("no level is told"),
        }
    }
    fn follow(market: &MarketFile) -> Reader {
        let mut reader = Reader::default();
        for words in market.messages() {
            if let Ok(d) = Depth::from_words(words) {
                reader.take(&d);
            } else if let Ok(t) = Trade::from_words(words) {
                reader.printed += t.qty;
            }
        }
        reader
    }
    /// Side, price and quantity of each order.
    fn book(&self) -> BTreeMap<u64, (u8, i64, u64)> {
        self.orders.iter().map(|(k, v)| (*k, *v)).collect()
    }
}

/// Codes of the actions of all depth messages.
fn actions(market: &MarketFile) -> Vec<DepthAction> {
    let depth = market.messages().filter_map(|w| Depth::from_words(w).ok());
    depth.map(|d| d.action.try_into().unwrap()).collect()
}

#[test]
fn a_fill_and_the_change_it_brings_are_one_step() {
    use DepthAction::{Add, Clear, Delete, Execute, Reduce};
    let (report, market) = convert_rows(&[
        ('A', 'A', 1, 101, 5, 1, LAST),
        ('A', 'B', 2, 100, 3, 2, LAST),
        // Two of five, then all of a second order at a worse price; the aggressor's own fill changes nothing.
        ('A', 'A', 3, 102, 1, 3, LAST),
        ('T', 'B', 9, 101, 2, 4, 0),
        ('F', 'A', 1, 101, 2, 4, 0),
        ('F', 'B', 9, 101, 2, 4, 0),
        ('M', 'A', 1, 101, 3, 4, LAST),
        ('T', 'B', 9, 102, 1, 5, 0),
        ('F', 'A', 3, 102, 1, 5, 0),
        ('C', 'A', 3, 102, 1, 5, LAST),
        // Less keeps the place, more and another price go to the back.
        ('M', 'A', 1, 101, 2, 6, LAST),
        ('M', 'A', 1, 101, 4, 7, LAST),
        ('M', 'A', 1, 103, 4, 8, LAST),
        ('C', 'A', 1, 103, 4, 9, LAST),
    ]);
    assert_eq!(
        actions(&market),
        [
            Clear, Add, Add, Add, Execute, Execute, Reduce, Delete, Add, Delete, Add, Delete
        ]
    );
    let reader = Reader::follow(&market);
    assert_eq!((reader.printed, reader.orders.len()), (3, 1));
    let figures = &report.instruments[0];
    assert_eq!((figures.executions, figures.traded_volume), (2, 3));
    assert_eq!(figures.eligible_volume, 3);
    assert!(report.is_clean(), "{report}");
    let instrument = market.instruments()[0];
    assert_eq!(instrument.symbol(), "ESH4");
    assert_eq!(instrument.value_per_step, 50_000_000_000);
    assert_eq!(instrument.sessions()[0].open, OPEN);
}

#[test]
fn the_opening_auction_comes_before_continuous_trading() {
    let (report, market) = convert_rows(&[
        ('A', 'B', 1, 104, 5, -3_000, LAST),
        ('A', 'A', 2, 100, 3, -2_000, LAST),
        ('T', 'N', 0, 102, 3, 0, 0),
        ('F', 'N', 1, 102, 3, 0, 0),
        ('F', 'N', 2, 102, 3, 0, 0),
        ('M', 'B', 1, 104, 2, 0, 0),
        ('C', 'A', 2, 100, 3, 0, LAST),
        ('A', 'A', 3, 105, 1, 7, LAST),
    ]);
    let statuses: Vec<_> = market
        .messages()
        .filter_map(|w| Status::from_words(w).ok())
        .map(|s| (TradingStatus::try_from(s.status).unwrap(), s.time))
        .collect();
    assert_eq!(
        statuses,
        [
            (TradingStatus::PreOpen, OPEN - 3_000),
            (TradingStatus::Continuous, OPEN)
        ]
    );
    let prints: Vec<_> = market
        .messages()
        .filter_map(|w| Trade::from_words(w).ok())
        .map(|t| (t.qty, t.conditions))
        .collect();
    assert_eq!(prints, [(3, condition::AUCTION)]);
    assert_eq!(report.instruments[0].eligible_volume, 0);
    let book = Reader::follow(&market).book();
    assert_eq!(book.values().map(|o| o.2).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn a_snapshot_replaces_the_book_and_reserve_is_a_hidden_execution() {
    let snapshot = FLAG_SNAPSHOT;
    let (report, market) = convert_rows(&[
        ('A', 'A', 1, 101, 5, 0, snapshot),
        ('A', 'B', 2, 100, 5, 0, snapshot | LAST),
        ('A', 'A', 1, 101, 1, 0, snapshot),
        ('A', 'B', 4, 100, 5, 0, snapshot | LAST),
        ('T', 'B', 9, 101, 3, 1, 0),
        ('F', 'A', 1, 101, 3, 1, 0),
        ('M', 'A', 1, 101, 1, 1, LAST),
        // A trade that no order explains.
        ('T', 'A', 9, 100, 2, 2, LAST),
    ]);
    let reader = Reader::follow(&market);
    assert_eq!((reader.printed, reader.hidden), (5, 2));
    assert_eq!(reader.book().keys().copied().collect::<Vec<_>>(), [1, 4]);
    assert!(market.capabilities().has(Capabilities::HIDDEN_EXECUTIONS));
    assert_eq!(report.instruments[0].traded_volume, 5);
    assert_eq!(report.notes.len(), 3, "{:?}", report.notes);
}

#[test]
fn what_is_no_file_of_globex_orders_is_refused() {
    let code = |content: &[u8]| convert_bytes(content).unwrap_err()[0].code.clone();
    let rows = [('A', 'A', 1, 101, 5, 0, LAST)];
    assert_eq!(code(b"34200.1,1,2,3,4,1\n"), "dbn.file");
    assert_eq!(code(b""), "dbn.file");
    assert_eq!(code(&bytes("XNAS.ITCH", "ESH4", &rows)), "dbn.dataset");
    assert_eq!(code(&bytes(DATASET, "QQQQ", &rows)), "dbn.contract");
    assert_eq!(code(&bytes(DATASET, "ESH4", &[])), "dbn.rows");
    let whole = bytes(DATASET, "ESH4", &rows);
    for length in 0..whole.len() {
        // Cut anywhere: an error, or the records that are whole.
        let _ = convert_bytes(&whole[..length]);
    }
}

/// A random market by the format's rules: orders come, change, go and meet; the book by orders is the second opinion.
struct Market {
    rng: Rng,
    rows: Vec<Row>,
    /// Side, ticks, shown, reserve; in order of age.
    orders: Vec<(u64, char, i64, u32, u32)>,
    traded: u64,
    next: u64,
    now: i64,
}

impl Market {
    fn push(&mut self, action: char, side: char, order: u64, ticks: i64, size: u32) {
        self.rows
            .push((action, side, order, ticks, size, self.now, 0));
    }
    fn step(&mut self) {
        self.now += self.rng.below(1_000) as i64;
        match self.rng.below(10) {
            0..=4 => self.arrive(),
            5..=6 if !self.orders.is_empty() => {
                let at = self.rng.below(self.orders.len() as u64) as usize;
                let (id, side, ticks, shown, _) = self.orders.remove(at);
                self.push('C', side, id, ticks, shown);
            }
            _ if !self.orders.is_empty() => {
                let at = self.rng.below(self.orders.len() as u64) as usize;
                let (id, side, ticks, shown, reserve) = self.orders.remove(at);
                let size = 1 + self.rng.below(9) as u32;
                let away = self.rng.below(2) as i64 * if side == 'B' { -1 } else { 1 };
                self.push('M', side, id, ticks + away, size);
                let order = (id, side, ticks + away, size, reserve);
                if away == 0 && size <= shown {
                    self.orders.insert(at, order);
                } else {
                    self.orders.push(order);
                }
            }
            _ => {}
        }
        if let Some(last) = self.rows.last_mut() {
            last.6 = LAST;
        }
    }
    /// An order arrives, takes what it crosses, price by price, and rests.
    fn arrive(&mut self) {
        let side = ['B', 'A'][self.rng.below(2) as usize];
        let ticks = 96 + self.rng.below(9) as i64;
        let (mut left, id) = (1 + self.rng.below(12) as u32, self.next);
        self.next += 1;
        let mut changed = Vec::new();
        let crosses = |t: i64| if side == 'B' { t <= ticks } else { t >= ticks };
        loop {
            let opposite = self.orders.iter().filter(|o| o.1 != side && o.3 > 0);
            let prices = opposite.map(|o| o.2).filter(|t| crosses(*t));
            let best = if side == 'B' {
                prices.min()
            } else {
                prices.max()
            };
            let Some(best) = best.filter(|_| left > 0) else {
                break;
            };
            let mut fills = Vec::new();
            for o in self
                .orders
                .iter_mut()
                .filter(|o| o.1 != side && o.2 == best)
            {
                let qty = left.min(o.3 + o.4);
                if qty > 0 {
                    left -= qty;
                    fills.push((o.0, o.1, qty));
                    let rest = o.3 + o.4 - qty;
                    (o.3, o.4) = if qty < o.3 {
                        (o.3 - qty, o.4)
                    } else {
                        (rest.min(2), rest - rest.min(2))
                    };
                    changed.push(o.0);
                }
            }
            let sum = fills.iter().map(|f| f.2).sum();
            self.traded += u64::from(sum);
            self.push('T', side, id, best, sum);
            for (order, on, qty) in fills {
                self.push('F', on, order, best, qty);
            }
        }
        for order in changed {
            let at = self.orders.iter().position(|o| o.0 == order).unwrap();
            let (id, on, ticks, shown, _) = self.orders[at];
            if shown == 0 {
                self.orders.remove(at);
                self.push('C', on, id, ticks, 1_000);
            } else {
                self.push('M', on, id, ticks, shown);
            }
        }
        if left > 0 {
            let reserve = self.rng.below(3) as u32 * 4;
            self.push('A', side, id, ticks, left);
            self.orders.push((id, side, ticks, left, reserve));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_random_market_is_the_same_book_and_volume_to_a_reader(seed in any::<u64>(), steps in 1_usize..200) {
        let mut source = Market {
            rng: Rng::new(seed, 1),
            rows: Vec::new(),
            orders: Vec::new(),
            traded: 0,
            next: 1,
            now: 0,
        };
        // Something must stand there for a session to be known.
        source.push('A', 'B', u64::MAX, 1, 1);
        source.rows[0].6 = LAST;
        for _ in 0..steps {
            source.step();
        }
        let (report, market) = convert_rows(&source.rows);
        let reader = Reader::follow(&market);
        prop_assert_eq!(reader.printed, source.traded);
        prop_assert_eq!(report.instruments[0].traded_volume, source.traded);
        let mut expected: BTreeMap<u64, (u8, i64, u64)> = source
            .orders
            .iter()
            .map(|(id, side, ticks, shown, _)| {
                let side = if *side == 'B' { BookSide::Bid } else { BookSide::Ask };
                (*id, (side.code(), ticks * TICK, u64::from(*shown)))
            })
            .collect();
        expected.insert(u64::MAX, (BookSide::Bid.code(), TICK, 1));
        prop_assert_eq!(reader.book(), expected);
    }
}
