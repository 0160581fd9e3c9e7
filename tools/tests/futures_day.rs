//! The futures day of the samples: figures, and the book against one that knows nothing but adds, cancels and modifications.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

use dbn::decode::{DecodeRecordRef, dbn::Decoder};
use engine_sim::market_file::MarketFile;
use indicatif::ProgressBar;
use pacer_tools::convert::{DbnArgs, run_dbn};
use shm_wire::codes::{BookSide, DepthAction};
use shm_wire::market::{Depth, Trade};
use shm_wire::message::Message;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Orders by number: side code, price, quantity.
type Book = HashMap<u64, (u8, i64, u64)>;
/// Quantity by side code and price.
type Levels = BTreeMap<(u8, i64), u64>;

fn levels(book: &Book) -> Levels {
    let mut all = Levels::new();
    for (side, price, qty) in book.values() {
        *all.entry((*side, *price)).or_insert(0) += qty;
    }
    all
}

/// The source's book at the end of every second in which something happened, by adds, cancels and modifications alone.
fn source_books(path: &Path) -> Vec<(u64, Levels)> {
    let content = zstd::Decoder::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut source = Decoder::new(content).unwrap();
    let (mut book, mut books, mut bucket) = (Book::new(), Vec::new(), 0);
    while let Some(record) = source.decode_record_ref().unwrap() {
        let m = record.get::<dbn::MboMsg>().unwrap();
        let snapshot = m.flags.raw() & 32 != 0;
        let time = if snapshot { m.ts_recv } else { m.hd.ts_event } / 1_000_000_000;
        if time != bucket {
            books.push((bucket, levels(&book)));
            bucket = time;
        }
        let side = match m.side as u8 {
            b'B' => BookSide::Bid,
            _ => BookSide::Ask,
        };
        let qty = u64::from(m.size);
        match m.action as u8 {
            b'A' | b'M' => drop(book.insert(m.order_id, (side.code(), m.price, qty))),
            b'C' => {
                let order = book.get_mut(&m.order_id).unwrap();
                order.2 -= qty;
                if order.2 == 0 {
                    book.remove(&m.order_id);
                }
            }
            _ => {}
        }
    }
    books.push((bucket, levels(&book)));
    books.remove(0);
    books
}

/// The same of the market file, and what it printed.
fn file_books(market: &MarketFile) -> (Vec<(u64, Levels)>, u64) {
    let (mut book, mut books, mut bucket, mut printed) = (Book::new(), Vec::new(), 0, 0);
    for words in market.messages() {
        if let Ok(t) = Trade::from_words(words) {
            printed += t.qty;
        }
        let Ok(d) = Depth::from_words(words) else {
            continue;
        };
        let time = d.time / 1_000_000_000;
        if time != bucket {
            books.push((bucket, levels(&book)));
            bucket = time;
        }
        match DepthAction::try_from(d.action).unwrap() {
            DepthAction::Clear => book.clear(),
            DepthAction::Add => drop(book.insert(d.order_id, (d.side, d.price, d.qty))),
            DepthAction::ExecuteHidden => printed += d.qty,
            DepthAction::Level => panic!("a level in a book of orders"),
            action => {
                let order = book.get_mut(&d.order_id).unwrap();
                assert_eq!((order.0, order.1), (d.side, d.price));
                order.2 -= d.qty;
                if order.2 == 0 {
                    book.remove(&d.order_id);
                }
                printed += if action == DepthAction::Execute {
                    d.qty
                } else {
                    0
                };
            }
        }
    }
    books.push((bucket, levels(&book)));
    books.remove(0);
    (books, printed)
}

#[test]
fn the_futures_day_has_the_book_and_the_volume_of_its_source() {
    let Some(root) = std::env::var_os("PACER_MARKET_DATA") else {
        eprintln!("SKIPPED: no futures day was converted; set PACER_MARKET_DATA");
        return;
    };
    let source = PathBuf::from(root).join("cme-mbo/esh4-glbx-mdp3-20231225.mbo.dbn.zst");
    let folder = tempfile::tempdir().unwrap();
    let args = DbnArgs {
        sources: vec![source.clone()],
        out: folder.path().join("es.market"),
        symbol: None,
        tick: None,
        multiplier: None,
        currency: None,
        session: Vec::new(),
        adv: 0,
    };
    let report = run_dbn(&args, &ProgressBar::hidden()).unwrap();
    // Records, trades and contracts as counted by whoever collected the file.
    let figures = &report.instruments[0];
    assert_eq!(report.rows, 68_792);
    assert_eq!((figures.executions, figures.traded_volume), (2_973, 9_892));
    assert_eq!(figures.eligible_volume, 9_892 - 44, "the opening auction");
    assert_eq!(figures.vwap.unwrap().to_string(), "4808.722705216");
    let market = MarketFile::open(&args.out).unwrap();
    let (books, printed) = file_books(&market);
    assert_eq!(printed, 9_892);
    let expected = source_books(&source);
    assert_eq!(books.len(), expected.len());
    for (got, wanted) in books.iter().zip(&expected) {
        assert_eq!(got, wanted);
    }
    assert!(books.len() > 1_000, "{}", books.len());
}
