//! Tests of the venue through its public face.

mod auction;
mod by_order;
mod by_quote;
mod children;
mod random;

use shm_wire::codes::{
    BookSide, DepthAction, OrderType, ReportKind, Side, TimeInForce, TradingStatus, VenueReason,
};
use shm_wire::instrument::{Instrument, Session};
use shm_wire::market::{Depth, Quote, Status, Trade};
use shm_wire::message::{Header, Message};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SliceCancel, SliceNew, SliceReplace};
use shm_wire::units::{DurationNs, Nanos, Price};

use super::{Latency, Sink, Venue, VenueConfig};

pub(super) const CENT: i64 = Price::SCALE / 100;
/// Opening of the test session, ns.
pub(super) const OPEN: u64 = 1_000;
/// End of the test session, ns.
pub(super) const CLOSE: u64 = 1_000_000;

/// A sink that keeps everything.
#[derive(Default, Debug)]
pub(super) struct Record {
    pub(super) trades: Vec<Trade>,
    pub(super) quotes: Vec<Quote>,
    pub(super) reports: Vec<ExecutionReport>,
    pub(super) bytes: Vec<u64>,
    pub(super) times: Vec<Nanos>,
}

impl Sink for Record {
    fn public(&mut self, at: Nanos, words: &[u64]) {
        self.times.push(at);
        self.bytes.push(at.0);
        self.bytes.extend_from_slice(words);
        match Header::of_word(words[0]).kind {
            Trade::KIND => self.trades.push(Trade::from_words(words).unwrap()),
            Quote::KIND => self.quotes.push(Quote::from_words(words).unwrap()),
            _ => {}
        }
    }
    fn report(&mut self, at: Nanos, report: &ExecutionReport) {
        self.times.push(at);
        self.bytes.push(at.0);
        self.bytes.extend_from_slice(report.words());
        self.reports.push(*report);
    }
}

pub(super) fn instrument(id: u32) -> Instrument {
    let mut instrument = Instrument::equity(id, "TEST", 1).unwrap();
    instrument.session_count = 1;
    instrument.sessions[0] = Session {
        open: OPEN,
        close: CLOSE,
    };
    instrument
}

/// A venue with a clock of its own and short words for what happens to it.
pub(super) struct Bench {
    pub(super) venue: Venue,
    pub(super) out: Record,
    pub(super) now: u64,
    sequence: u64,
}

impl Bench {
    pub(super) fn new() -> Bench {
        Bench::with(VenueConfig {
            order_latency: Latency::default(),
            report_latency: Latency::default(),
            market_latency: Latency::default(),
            ..VenueConfig::default()
        })
    }
    pub(super) fn with(config: VenueConfig) -> Bench {
        Bench::of(instrument(0), config)
    }
    pub(super) fn of(instrument: Instrument, config: VenueConfig) -> Bench {
        Bench {
            venue: Venue::new(&[instrument], config).unwrap(),
            out: Record::default(),
            now: OPEN,
            sequence: 0,
        }
    }
    fn history<M: Message>(&mut self, message: &M) {
        self.venue.on_history(message.words(), &mut self.out);
        self.venue.advance(Nanos(self.now), &mut self.out);
        self.now += 1;
    }
    pub(super) fn depth(
        &mut self,
        action: DepthAction,
        id: u64,
        side: BookSide,
        cents: i64,
        qty: u64,
    ) {
        let mut depth = Depth::empty();
        depth.time = self.now;
        depth.order_id = id;
        depth.price = cents * CENT;
        depth.qty = qty;
        depth.action = action.code();
        depth.side = side.code();
        self.history(&depth);
    }
    pub(super) fn status(&mut self, status: TradingStatus) {
        let mut message = Status::empty();
        message.time = self.now;
        message.status = status.code();
        self.history(&message);
    }
    pub(super) fn quote(&mut self, bid: (i64, u64), ask: (i64, u64)) {
        let mut quote = Quote::empty();
        quote.time = self.now;
        quote.bid_price = bid.0 * CENT;
        quote.bid_qty = bid.1;
        quote.ask_price = ask.0 * CENT;
        quote.ask_qty = ask.1;
        self.history(&quote);
    }
    pub(super) fn print(&mut self, cents: i64, qty: u64, conditions: u32) {
        let mut trade = Trade::empty();
        trade.time = self.now;
        trade.price = cents * CENT;
        trade.qty = qty;
        trade.trade_id = self.now;
        trade.conditions = conditions;
        self.history(&trade);
    }
    pub(super) fn slice<M: Message>(&mut self, message: &M) {
        self.venue
            .on_slice(Nanos(self.now), message.words(), &mut self.out);
        self.venue.advance(Nanos(self.now), &mut self.out);
        self.now += 1;
    }
    /// A limit (cents) or market (`None`) order; returns the reports it caused at once.
    pub(super) fn order(
        &mut self,
        id: u64,
        side: Side,
        cents: Option<i64>,
        qty: u64,
        in_force: TimeInForce,
        flags: u16,
    ) -> Vec<ExecutionReport> {
        let before = self.out.reports.len();
        let message = self.new_slice(id, side, cents, qty, in_force, flags);
        self.slice(&message);
        self.out.reports[before..].to_vec()
    }
    pub(super) fn new_slice(
        &mut self,
        id: u64,
        side: Side,
        cents: Option<i64>,
        qty: u64,
        in_force: TimeInForce,
        flags: u16,
    ) -> SliceNew {
        self.sequence += 1;
        let mut slice = SliceNew::empty();
        slice.sequence = self.sequence;
        slice.child_id = id;
        slice.version = 1;
        slice.qty = qty;
        slice.price = cents.map_or(Price::NONE.0, |c| c * CENT);
        slice.side = side.code();
        slice.order_type = cents.map_or(OrderType::Market, |_| OrderType::Limit).code();
        slice.time_in_force = in_force.code();
        slice.flags = flags;
        slice
    }
    pub(super) fn day(
        &mut self,
        id: u64,
        side: Side,
        cents: i64,
        qty: u64,
    ) -> Vec<ExecutionReport> {
        self.order(id, side, Some(cents), qty, TimeInForce::Day, 0)
    }
    pub(super) fn cancel(&mut self, id: u64) -> ExecutionReport {
        self.sequence += 1;
        let mut slice = SliceCancel::empty();
        slice.sequence = self.sequence;
        slice.child_id = id;
        slice.version = 1;
        self.slice(&slice);
        *self.out.reports.last().unwrap()
    }
    pub(super) fn replace(
        &mut self,
        id: u64,
        version: u16,
        cents: i64,
        qty: u64,
    ) -> Vec<ExecutionReport> {
        let before = self.out.reports.len();
        self.sequence += 1;
        let mut slice = SliceReplace::empty();
        slice.sequence = self.sequence;
        slice.child_id = id;
        slice.version = version;
        slice.qty = qty;
        slice.price = cents * CENT;
        self.slice(&slice);
        self.out.reports[before..].to_vec()
    }
    /// Prints so far as (cents, quantity, conditions).
    pub(super) fn tape(&self) -> Vec<(i64, u64, u32)> {
        self.out
            .trades
            .iter()
            .map(|t| (t.price / CENT, t.qty, t.conditions))
            .collect()
    }
    /// The last published quote as ((bid, qty), (ask, qty)); price 0 for an empty side.
    pub(super) fn touch(&self) -> ((i64, u64), (i64, u64)) {
        let quote = self.out.quotes.last().unwrap();
        let cents = |price: i64| if price == i64::MIN { 0 } else { price / CENT };
        (
            (cents(quote.bid_price), quote.bid_qty),
            (cents(quote.ask_price), quote.ask_qty),
        )
    }
    /// Our filled quantity of a child by the reports.
    pub(super) fn filled(&self, id: u64) -> u64 {
        self.out
            .reports
            .iter()
            .filter(|r| r.child_id == id)
            .map(|r| r.last_qty)
            .sum()
    }
}

/// Reports as (kind, reason, last quantity, price in cents, cumulative).
pub(super) fn read(reports: &[ExecutionReport]) -> Vec<(ReportKind, VenueReason, u64, i64, u64)> {
    reports
        .iter()
        .map(|r| {
            (
                ReportKind::try_from(r.kind).unwrap(),
                VenueReason::try_from(r.reason).unwrap(),
                r.last_qty,
                r.last_price / CENT,
                r.cumulative_qty,
            )
        })
        .collect()
}

pub(super) const MICROSECOND: DurationNs = DurationNs(1_000);
