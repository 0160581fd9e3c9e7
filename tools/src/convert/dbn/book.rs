//! From records to messages: follows every order of one contract and writes what a replaying book needs to follow it too.
//!
//! A fill (`F`) comes before the change of the order that it brings (`C` or `M`) in the same event. What a reader is told is one step:
//! the execution takes the quantity at the fill, and the change that follows says nothing new. `source` is the order as the records
//! have it, `told` as the messages have it; at the end of an event both agree.

use std::collections::{BTreeMap, HashMap};

use engine_sim::market_file::{MarketFileError, MarketFileWriter};
use shm_wire::codes::{BookSide, DepthAction, TradingStatus};
use shm_wire::instrument::{Instrument, Session};
use shm_wire::market::{Depth, FLAG_SNAPSHOT, Status, Trade, condition};
use shm_wire::units::{Price, Qty};

use crate::convert::report::{Counts, Tape};

/// What a record does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Action {
    Add,
    Cancel,
    Modify,
    Clear,
    Trade,
    Fill,
}

/// A record as far as it is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) action: Action,
    /// Side of the order; of a trade, that of the aggressor; `None` in an auction.
    pub(super) side: Option<BookSide>,
    pub(super) id: u64,
    /// 1e-9.
    pub(super) price: i64,
    pub(super) qty: u64,
    /// Part of the book at the start of a file.
    pub(super) snapshot: bool,
    /// Last record of its event.
    pub(super) last: bool,
}

/// Liberties and oddities, counted for the notes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counters {
    /// Orders of the first books.
    pub(super) seeded: u64,
    /// Records of orders that were not known, or known otherwise.
    pub(super) unknown: u64,
    /// Fills beyond what an order showed: reserve of an iceberg.
    pub(super) reserve: u64,
    /// Trades without fills, in whole or part.
    pub(super) unfilled: u64,
    /// Ends of events in continuous trading at which the book was locked or crossed.
    pub(super) crossed: u64,
    /// Prices between two ticks.
    pub(super) off_tick: u64,
    /// Auction prints.
    pub(super) auctions: u64,
}

#[derive(Clone, Copy, Debug)]
struct Order {
    side: BookSide,
    price: i64,
    source: u64,
    told: u64,
}

/// A trade whose fills have not all come.
#[derive(Clone, Copy, Debug)]
struct Open {
    aggressor: BookSide,
    price: i64,
    left: u64,
}

/// One contract.
pub(super) struct Contract {
    instrument: Instrument,
    orders: HashMap<u64, Order>,
    /// Quantity by price, as told: bids, asks.
    levels: [BTreeMap<i64, u64>; 2],
    status: Option<TradingStatus>,
    open: Option<Open>,
    in_event: bool,
    in_snapshot: bool,
    begun: bool,
    sequence: u32,
    pub(super) tape: Tape,
    pub(super) counters: Counters,
}

fn place(side: BookSide) -> usize {
    match side {
        BookSide::Bid => 0,
        BookSide::Ask => 1,
    }
}

impl Contract {
    pub(super) fn new(instrument: Instrument) -> Contract {
        Contract {
            instrument,
            orders: HashMap::new(),
            levels: [BTreeMap::new(), BTreeMap::new()],
            status: None,
            open: None,
            in_event: false,
            in_snapshot: false,
            begun: false,
            sequence: 0,
            tape: Tape::default(),
            counters: Counters::default(),
        }
    }

    pub(super) fn instrument(&self) -> &Instrument {
        &self.instrument
    }

    /// Takes one record at `time`, which never goes back over all contracts of the file; `before` is the time of the last message.
    pub(super) fn take(
        &mut self,
        writer: &mut MarketFileWriter,
        before: u64,
        time: u64,
        record: &Record,
    ) -> Result<(), MarketFileError> {
        let mut out = Out { writer, time };
        self.roll(&mut out, before, record)?;
        if record.action != Action::Fill {
            self.settle(&mut out)?;
        }
        // A snapshot is a new book, and one event; so is whatever a file begins with.
        let goes_on = self.in_snapshot && self.in_event;
        if (record.snapshot && !goes_on) || !self.begun {
            self.clear(&mut out)?;
        }
        (self.begun, self.in_snapshot) = (true, record.snapshot);
        match record.action {
            Action::Clear => self.clear(&mut out)?,
            Action::Add => self.add(&mut out, record)?,
            Action::Cancel => self.cancel(&mut out, record)?,
            Action::Modify => self.modify(&mut out, record)?,
            Action::Trade => self.trade(&mut out, record)?,
            Action::Fill => self.fill(&mut out, record)?,
        }
        self.in_event = !record.last;
        if record.last {
            self.settle(&mut out)?;
            self.end_event(&mut out)?;
        }
        Ok(())
    }

    fn session(&self, time: u64) -> Option<Session> {
        let sessions = self.instrument.sessions();
        sessions
            .iter()
            .copied()
            .find(|s| (s.open..s.close).contains(&time))
    }

    /// Trading status before a record: continuous from the open of a session on, unless the opening auction comes first or the
    /// book is still crossed; closed after it. Only between events.
    fn roll(
        &mut self,
        out: &mut Out<'_>,
        before: u64,
        record: &Record,
    ) -> Result<(), MarketFileError> {
        if self.in_event {
            return Ok(());
        }
        let session = self.session(out.time);
        let auction = record.action == Action::Trade && record.side.is_none();
        let wanted = match (self.status, session) {
            (None | Some(TradingStatus::PreOpen), None) => TradingStatus::PreOpen,
            (_, None) => TradingStatus::Closed,
            (Some(TradingStatus::Continuous), Some(_)) => TradingStatus::Continuous,
            (None, Some(_)) if record.snapshot => TradingStatus::PreOpen,
            (_, Some(_)) if auction || self.is_crossed() => {
                self.status.unwrap_or(TradingStatus::PreOpen)
            }
            (_, Some(_)) => TradingStatus::Continuous,
        };
        // The session opens and closes on time, whether anything happens then or not.
        let sessions = self.instrument.sessions().iter();
        let at = match wanted {
            TradingStatus::Continuous => session.map(|s| s.open),
            _ => sessions.map(|s| s.close).filter(|c| *c <= out.time).max(),
        };
        let at = at.unwrap_or(out.time).clamp(before, out.time);
        self.set_status(out, at, wanted)
    }

    fn set_status(
        &mut self,
        out: &mut Out<'_>,
        at: u64,
        status: TradingStatus,
    ) -> Result<(), MarketFileError> {
        if self.status == Some(status) {
            return Ok(());
        }
        self.status = Some(status);
        let message = Status {
            sequence: self.next(),
            instrument: self.instrument.id,
            time: at,
            status: status.code(),
            ..Status::empty()
        };
        out.writer.push(&message)
    }

    fn end_event(&mut self, out: &mut Out<'_>) -> Result<(), MarketFileError> {
        let crossed = self.is_crossed();
        if self.status == Some(TradingStatus::Continuous) {
            self.counters.crossed += u64::from(crossed);
        } else if !crossed && !self.in_snapshot && self.session(out.time).is_some() {
            // The opening auction is over.
            self.set_status(out, out.time, TradingStatus::Continuous)?;
        }
        Ok(())
    }

    fn is_crossed(&self) -> bool {
        let best_bid = self.levels[0].last_key_value();
        let best_ask = self.levels[1].first_key_value();
        matches!((best_bid, best_ask), (Some(bid), Some(ask)) if bid.0 >= ask.0)
    }

    fn clear(&mut self, out: &mut Out<'_>) -> Result<(), MarketFileError> {
        self.orders.clear();
        self.levels = [BTreeMap::new(), BTreeMap::new()];
        let message = Depth {
            sequence: self.next(),
            instrument: self.instrument.id,
            time: out.time,
            action: DepthAction::Clear.code(),
            ..Depth::empty()
        };
        out.writer.push(&message)
    }

    fn add(&mut self, out: &mut Out<'_>, record: &Record) -> Result<(), MarketFileError> {
        let Some(side) = record
            .side
            .filter(|_| record.qty > 0 && bounded(record.price))
        else {
            self.counters.unknown += 1;
            return Ok(());
        };
        if let Some(known) = self.orders.remove(&record.id) {
            self.counters.unknown += 1;
            self.take_out(out, record.id, &known)?;
        }
        self.counters.seeded += u64::from(record.snapshot);
        self.rest(out, record, side)
    }

    /// Puts an order behind all others of its price.
    fn rest(
        &mut self,
        out: &mut Out<'_>,
        record: &Record,
        side: BookSide,
    ) -> Result<(), MarketFileError> {
        let order = Order {
            side,
            price: record.price,
            source: record.qty,
            told: record.qty,
        };
        self.counters.off_tick += u64::from(!self.instrument.on_tick(Price(record.price)));
        *self.levels[place(side)].entry(record.price).or_insert(0) += record.qty;
        self.orders.insert(record.id, order);
        let flags = if record.snapshot { FLAG_SNAPSHOT } else { 0 };
        self.depth(out, DepthAction::Add, flags, &order, record.id, record.qty)
    }

    fn cancel(&mut self, out: &mut Out<'_>, record: &Record) -> Result<(), MarketFileError> {
        let Some(order) = self.orders.get_mut(&record.id) else {
            self.counters.unknown += 1;
            return Ok(());
        };
        order.source = order.source.saturating_sub(record.qty);
        let known = *order;
        if known.source == 0 {
            self.orders.remove(&record.id);
            return self.take_out(out, record.id, &known);
        }
        self.shrink(out, record.id, known.source)
    }

    /// Less at the same price keeps its place; anything else goes behind all others.
    fn modify(&mut self, out: &mut Out<'_>, record: &Record) -> Result<(), MarketFileError> {
        let known = self.orders.get(&record.id).copied();
        let Some(side) = record
            .side
            .filter(|_| record.qty > 0 && bounded(record.price))
        else {
            self.counters.unknown += 1;
            return Ok(());
        };
        let Some(known) = known else {
            self.counters.unknown += 1;
            return self.rest(out, record, side);
        };
        if known.side == side && known.price == record.price && record.qty <= known.told {
            if let Some(order) = self.orders.get_mut(&record.id) {
                order.source = record.qty;
            }
            return self.shrink(out, record.id, record.qty);
        }
        self.orders.remove(&record.id);
        self.take_out(out, record.id, &known)?;
        self.rest(out, record, side)
    }

    /// Tells that an order has `to` left, where that is less than was told.
    fn shrink(&mut self, out: &mut Out<'_>, id: u64, to: u64) -> Result<(), MarketFileError> {
        let Some(order) = self.orders.get_mut(&id).filter(|o| o.told > to) else {
            return Ok(());
        };
        let gone = order.told - to;
        order.told = to;
        let order = *order;
        self.lower(&order, gone);
        self.depth(out, DepthAction::Reduce, 0, &order, id, gone)
    }

    fn take_out(
        &mut self,
        out: &mut Out<'_>,
        id: u64,
        order: &Order,
    ) -> Result<(), MarketFileError> {
        if order.told == 0 {
            return Ok(());
        }
        self.lower(order, order.told);
        self.depth(out, DepthAction::Delete, 0, order, id, order.told)
    }

    fn lower(&mut self, order: &Order, by: u64) {
        let side = &mut self.levels[place(order.side)];
        if let Some(qty) = side.get_mut(&order.price) {
            *qty = qty.saturating_sub(by);
            if *qty == 0 {
                side.remove(&order.price);
            }
        }
    }

    fn trade(&mut self, out: &mut Out<'_>, record: &Record) -> Result<(), MarketFileError> {
        if !bounded(record.price) || record.qty == 0 {
            self.counters.unknown += 1;
            return Ok(());
        }
        let continuous = self.status == Some(TradingStatus::Continuous);
        let counts = if continuous && self.session(out.time).is_some() {
            Counts::Eligible
        } else {
            Counts::PlainOnly
        };
        self.tape.print(out.time, record.price, record.qty, counts);
        if let Some(aggressor) = record.side {
            self.open = Some(Open {
                aggressor,
                price: record.price,
                left: record.qty,
            });
            return Ok(());
        }
        let auction = if continuous { 0 } else { condition::AUCTION };
        self.counters.auctions += u64::from(!continuous);
        self.print(out, None, record.price, record.qty, auction)
    }

    /// A fill of a resting order; that of the aggressor, who may have rested before, and those of an auction only change orders.
    fn fill(&mut self, out: &mut Out<'_>, record: &Record) -> Result<(), MarketFileError> {
        let Some(open) = self.open else { return Ok(()) };
        if record.side.is_none_or(|side| side == open.aggressor) {
            return Ok(());
        }
        let qty = record.qty.min(open.left);
        self.open = Some(Open {
            left: open.left - qty,
            ..open
        });
        let Some(order) = self.orders.get_mut(&record.id) else {
            self.counters.unknown += 1;
            return self.print(out, Some(open.aggressor), record.price, qty, 0);
        };
        let shown = qty.min(order.told);
        order.told -= shown;
        let order = *order;
        self.lower(&order, shown);
        if shown > 0 {
            self.depth(out, DepthAction::Execute, 0, &order, record.id, shown)?;
        }
        if qty > shown {
            self.counters.reserve += 1;
            self.depth(out, DepthAction::ExecuteHidden, 0, &order, 0, qty - shown)?;
        }
        Ok(())
    }

    /// A trade's fills have ended: what none of them explains is a print all the same.
    fn settle(&mut self, out: &mut Out<'_>) -> Result<(), MarketFileError> {
        match self.open.take() {
            Some(open) if open.left > 0 => {
                self.counters.unfilled += 1;
                self.print(out, Some(open.aggressor), open.price, open.left, 0)
            }
            _ => Ok(()),
        }
    }

    fn print(
        &mut self,
        out: &mut Out<'_>,
        aggressor: Option<BookSide>,
        price: i64,
        qty: u64,
        conditions: u32,
    ) -> Result<(), MarketFileError> {
        if qty == 0 {
            return Ok(());
        }
        let message = Trade {
            sequence: self.next(),
            instrument: self.instrument.id,
            time: out.time,
            price,
            qty,
            conditions: conditions | self.hours(out.time),
            taken_side: aggressor.map_or(0, |side| side.opposite().code()),
            ..Trade::empty()
        };
        out.writer.push(&message)
    }

    fn hours(&self, time: u64) -> u32 {
        if self.session(time).is_some() {
            0
        } else {
            condition::EXTENDED_HOURS
        }
    }

    fn depth(
        &mut self,
        out: &mut Out<'_>,
        action: DepthAction,
        flags: u8,
        order: &Order,
        id: u64,
        qty: u64,
    ) -> Result<(), MarketFileError> {
        let conditions = match action {
            DepthAction::Execute => self.hours(out.time),
            DepthAction::ExecuteHidden => condition::HIDDEN | self.hours(out.time),
            _ => 0,
        };
        let mut message = Depth {
            sequence: self.next(),
            instrument: self.instrument.id,
            time: out.time,
            order_id: id,
            price: order.price,
            qty,
            action: action.code(),
            side: order.side.code(),
            conditions,
            ..Depth::empty()
        };
        message.header.flags = flags;
        out.writer.push(&message)
    }

    fn next(&mut self) -> u32 {
        self.sequence = self.sequence.wrapping_add(1);
        self.sequence
    }
}

fn bounded(price: i64) -> bool {
    Price::decode(price).is_some()
}

/// Where messages go, and the time of the record they come from.
struct Out<'a> {
    writer: &'a mut MarketFileWriter,
    time: u64,
}

/// Largest quantity of a record.
pub(super) const QTY_MAX: u64 = Qty::BOUND;
