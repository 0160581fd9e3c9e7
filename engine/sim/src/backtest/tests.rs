//! How far a run reaches, and what runs on a synthetic market come to.

mod auctions;
mod runs;

use super::*;
use crate::market_file::MarketFileWriter;
use engine_algos::Registry;
use shm_wire::instrument::{Instrument, Session};
use shm_wire::market::Quote;
use shm_wire::record::RecordHead;
use shm_wire::units::Price;

const SECOND: u64 = 1_000_000_000;

/// Times of the quotes that the engine took.
#[derive(Default)]
struct QuoteTimes(Vec<u64>);

impl RecordSink for QuoteTimes {
    fn record(&mut self, words: &[u64]) {
        let (_, payload) = RecordHead::split(words).unwrap();
        if let Ok(quote) = Quote::from_words(payload) {
            self.0.push(quote.time / SECOND);
        }
    }
}

/// A session of two hours with a quote each minute.
fn market() -> MarketFile {
    let mut instrument = Instrument::equity(0, "AAPL", 1).unwrap();
    instrument.session_count = 1;
    instrument.sessions[0] = Session {
        open: 0,
        close: 7_200 * SECOND,
    };
    let mut file = MarketFileWriter::in_memory(&[instrument], "two hours").unwrap();
    for minute in 1..=130 {
        let bid = Price::SCALE * (100 + i64::from(minute % 2 == 0));
        let quote = Quote {
            time: u64::from(minute as u32) * 60 * SECOND,
            bid_price: bid,
            ask_price: bid + Price::SCALE,
            bid_qty: 100,
            ask_qty: 100,
            ..Quote::empty()
        };
        file.push(&quote).unwrap();
    }
    file.into_market().unwrap()
}

fn last_quote(end: u64) -> u64 {
    let mut order = ParentNew::empty();
    (order.parent_id, order.source, order.version) = (1, 1, 1);
    // No algorithm has this number: the order ends at once.
    order.terms.algorithm = u16::MAX;
    order.terms.end = end;
    let order = TimedOrder {
        at: Nanos(0),
        order,
    };
    let mut seen = QuoteTimes::default();
    let config = BacktestConfig::default();
    run(
        &market(),
        &[order],
        &config,
        Registry,
        &mut seen,
        &mut |_| (),
    )
    .unwrap();
    *seen.0.last().unwrap()
}

#[test]
fn history_goes_on_to_the_end_of_the_last_window_and_five_minutes_beyond() {
    assert_eq!(last_quote(1_800 * SECOND), 2_100);
    // An open end is that of the session.
    assert_eq!(last_quote(0), 7_500);
    assert_eq!(last_quote(u64::MAX), 7_800);
}
