//! From rows to messages: follows the source's book and writes what a replaying book needs to follow it too.
//!
//! The promise to every reader of the market file (its words are in `docs/market-data.md`):
//!
//! - `Level` replaces a price level whole: orders known there are forgotten, and the quantity stands ahead of all that is
//!   added later. Quantity 0: the level is out of view.
//! - `Reduce`, `Delete` and `Execute` name an order that an `Add` made known, and then never take more than it has
//!   (`Delete` exactly what it has); or an unknown one, and then never more than the level's unknown quantity.
//! - A level that comes into view is shown *before* the message that uncovers it, one that goes out of view after the
//!   message that pushes it out: no side is empty in between.

use std::collections::HashMap;

use engine_sim::market_file::{MarketFileError, MarketFileWriter};
use shm_wire::codes::{AuctionKind, BookSide, DepthAction, TradingStatus};
use shm_wire::market::{Depth, FLAG_SNAPSHOT, Status, Trade, condition};

use super::super::PRICE_SCALE;
use super::super::day::TradingDay;
use super::super::report::{Counts, Tape};
use super::book::{Book, Level};
use super::row::{Action, Event, Snapshot, key_of};

/// NASDAQ in the table of venues.
const VENUE: u16 = 17;

struct Order {
    epoch: u64,
    remaining: u64,
}

/// Counters of a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counters {
    pub(super) compared: u64,
    pub(super) different: u64,
    pub(super) seeded: u64,
    pub(super) uncovered: u64,
    pub(super) inconsistent: u64,
    pub(super) backwards: u64,
    pub(super) halts: u64,
}

/// Whether a row of the book file agreed with the rebuilt book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Same,
    Different,
}

/// Follows the book of one instrument.
pub(super) struct Rebuild<'a> {
    writer: &'a mut MarketFileWriter,
    day: TradingDay,
    depth: usize,
    book: Book,
    /// The book row that differed last, as a book: the next row decides which of the two was wrong.
    alternative: Option<Book>,
    orders: HashMap<u64, Order>,
    seeded: bool,
    sequence: u32,
    time: u64,
    pub(super) tape: Tape,
    pub(super) counters: Counters,
}

impl<'a> Rebuild<'a> {
    /// Begins at `start`, ns UTC.
    pub(super) fn new(
        writer: &'a mut MarketFileWriter,
        day: TradingDay,
        depth: usize,
    ) -> Rebuild<'a> {
        Rebuild {
            writer,
            day,
            depth,
            book: Book::new(depth),
            alternative: None,
            orders: HashMap::new(),
            seeded: false,
            sequence: 0,
            time: 0,
            tape: Tape::default(),
            counters: Counters::default(),
        }
    }

    /// Writes the book before the first event at `start` (ns UTC).
    pub(super) fn seed(
        &mut self,
        start: u64,
        event: Option<&Event>,
        row: &Snapshot,
    ) -> Result<(), MarketFileError> {
        self.time = self.time.max(start);
        self.seeded = true;
        self.status(TradingStatus::Continuous, 0)?;
        self.depth(DepthAction::Clear, FLAG_SNAPSHOT, BookSide::Bid, 0, 0, 0)?;
        self.book = Book::before(event, row, self.depth);
        self.orders.clear();
        for which in [BookSide::Bid, BookSide::Ask] {
            for level in self.book.side_mut(which).levels.clone() {
                self.counters.seeded += 1;
                self.depth(
                    DepthAction::Level,
                    FLAG_SNAPSHOT,
                    which,
                    level.key,
                    level.qty,
                    0,
                )?;
            }
        }
        Ok(())
    }

    /// Whether a first book is known.
    pub(super) fn is_seeded(&self) -> bool {
        self.seeded
    }

    /// Takes one row of each file; `None` for a row that could not be read.
    pub(super) fn row(
        &mut self,
        event: Option<&Event>,
        row: Option<&Snapshot>,
    ) -> Result<Verdict, MarketFileError> {
        if let Some(event) = event {
            let time = self.day.at(event.time);
            if time < self.time {
                self.counters.backwards += 1;
            }
            self.time = self.time.max(time);
        }
        let told = match event {
            Some(e) if e.changes_book() => self.address(e)?,
            _ => true,
        };
        let dropped = event.and_then(|e| self.book.apply(e));
        if let Some(event) = event.filter(|e| e.action == Action::Add) {
            self.remember(event);
        }
        self.uncover(row)?;
        if let Some(event) = event.filter(|_| told) {
            self.tell(event)?;
        }
        if let Some(level) = dropped {
            let side = if level.key < 0 {
                BookSide::Bid
            } else {
                BookSide::Ask
            };
            self.depth(DepthAction::Level, 0, side, level.key, 0, 0)?;
        }
        self.counters.compared += 1;
        let verdict = match row {
            Some(row) => self.compare(event, row)?,
            None => Verdict::Different,
        };
        if verdict == Verdict::Different {
            self.counters.different += 1;
        }
        Ok(verdict)
    }

    fn uncover(&mut self, row: Option<&Snapshot>) -> Result<(), MarketFileError> {
        let Some(row) = row else { return Ok(()) };
        let mut shown = [None; 2];
        let mut rest = Vec::new();
        self.book.uncover(row, |side, level| {
            match shown.iter_mut().find(|s| s.is_none()) {
                Some(slot) => *slot = Some((side, level)),
                None => rest.push((side, level)),
            }
        });
        for (side, level) in shown.into_iter().flatten().chain(rest) {
            self.counters.uncovered += 1;
            self.depth(DepthAction::Level, 0, side, level.key, level.qty, 0)?;
        }
        Ok(())
    }

    fn compare(
        &mut self,
        event: Option<&Event>,
        row: &Snapshot,
    ) -> Result<Verdict, MarketFileError> {
        if self.book.equals(row) {
            self.alternative = None;
            return Ok(Verdict::Same);
        }
        // If the last row of the book file, different as it was, leads to this one, then the message before was wrong and this
        // row is right. If not, both are in doubt and the book file is followed.
        let Some(mut alternative) = self.alternative.take() else {
            self.alternative = row.is_ordered().then(|| Book::of(row, self.depth));
            return Ok(Verdict::Different);
        };
        if let Some(event) = event {
            alternative.apply(event);
        }
        alternative.uncover(row, |_, _| {});
        let verdict = if alternative.equals(row) {
            Verdict::Same
        } else {
            Verdict::Different
        };
        if row.is_ordered() {
            self.resynchronise(row)?;
        }
        Ok(verdict)
    }

    fn resynchronise(&mut self, row: &Snapshot) -> Result<(), MarketFileError> {
        let old = self.book.clone();
        self.book.replace(row);
        for (i, which) in [BookSide::Bid, BookSide::Ask].into_iter().enumerate() {
            let now = self.book.sides[i].levels.clone();
            for level in &old.sides[i].levels {
                if !now.iter().any(|l| l.key == level.key) {
                    self.depth(DepthAction::Level, FLAG_SNAPSHOT, which, level.key, 0, 0)?;
                }
            }
            for level in now.iter().filter(|l| !old.sides[i].levels.contains(l)) {
                self.depth(
                    DepthAction::Level,
                    FLAG_SNAPSHOT,
                    which,
                    level.key,
                    level.qty,
                    0,
                )?;
            }
        }
        Ok(())
    }

    /// Makes sure that a reader can apply the event: what it says of its order fits what was said before. Where it does
    /// not, the level is first written whole. `false`: there is nothing to tell.
    fn address(&mut self, event: &Event) -> Result<bool, MarketFileError> {
        let key = key_of(event.side, event.price);
        let place = self.book.side_mut(event.side).find(key).ok();
        let level = place.map(|i| self.book.side_mut(event.side).levels[i]);
        if let Some(epoch) = self.orders.get(&event.order_id).map(|o| o.epoch)
            && (event.action == Action::Add || level.is_none_or(|l| l.epoch != epoch))
        {
            // The order is known elsewhere, or its level went out of view since.
            self.orders.remove(&event.order_id);
            if let Some((side, i)) = self.book.level_of(epoch) {
                self.counters.inconsistent += 1;
                self.forget(side, i)?;
            }
        }
        if event.action == Action::Add {
            return Ok(true);
        }
        let Some((i, level)) = place.zip(level) else {
            self.counters.inconsistent += 1;
            if event.action == Action::Execute {
                self.depth(DepthAction::Level, 0, event.side, key, event.qty, 0)?;
            }
            return Ok(event.action == Action::Execute);
        };
        let order = self.orders.get_mut(&event.order_id);
        let fits = match &order {
            Some(o) => {
                event.qty <= o.remaining
                    && (event.action != Action::Delete || event.qty == o.remaining)
            }
            None => event.qty <= level.qty.saturating_sub(level.known),
        };
        if !fits {
            self.counters.inconsistent += 1;
            self.orders.remove(&event.order_id);
            let whole = level.qty.max(event.qty);
            self.forget(event.side, i)?;
            if whole != level.qty {
                self.depth(DepthAction::Level, 0, event.side, key, whole, 0)?;
            }
            return Ok(true);
        }
        if let Some(order) = order {
            order.remaining -= event.qty;
            let gone = order.remaining == 0;
            self.book.side_mut(event.side).levels[i].known -= event.qty;
            if gone {
                self.orders.remove(&event.order_id);
            }
        }
        Ok(true)
    }

    /// Writes a level whole, so that its orders are no longer told apart.
    fn forget(&mut self, side: BookSide, place: usize) -> Result<(), MarketFileError> {
        let epoch = self.book.new_epoch();
        let level = &mut self.book.side_mut(side).levels[place];
        level.known = 0;
        level.epoch = epoch;
        let Level { key, qty, .. } = *level;
        self.depth(DepthAction::Level, 0, side, key, qty, 0)
    }

    fn remember(&mut self, event: &Event) {
        let key = key_of(event.side, event.price);
        let side = self.book.side_mut(event.side);
        // An order beyond the depth edge is pushed out at once.
        if let Ok(i) = side.find(key)
            && event.order_id != 0
        {
            side.levels[i].known = side.levels[i].known.saturating_add(event.qty);
            let epoch = side.levels[i].epoch;
            self.orders.insert(
                event.order_id,
                Order {
                    epoch,
                    remaining: event.qty,
                },
            );
        }
    }

    fn tell(&mut self, event: &Event) -> Result<(), MarketFileError> {
        let key = key_of(event.side, event.price);
        let action = match event.action {
            Action::Add => DepthAction::Add,
            Action::Reduce => DepthAction::Reduce,
            Action::Delete => DepthAction::Delete,
            Action::Execute => DepthAction::Execute,
            Action::ExecuteHidden => DepthAction::ExecuteHidden,
            Action::Cross => return self.cross(event),
            Action::Halt => return self.status(TradingStatus::Halt, 0),
            Action::ResumeQuoting => {
                return self.status(TradingStatus::Auction, AuctionKind::Volatility.code());
            }
            Action::ResumeTrading => return self.status(TradingStatus::Continuous, 0),
        };
        if matches!(event.action, Action::Execute | Action::ExecuteHidden) {
            let counts = if self.day.is_regular(self.time) {
                Counts::Eligible
            } else {
                Counts::PlainOnly
            };
            self.tape
                .print(self.time, event.price * PRICE_SCALE, event.qty, counts);
        }
        self.depth(action, 0, event.side, key, event.qty, event.order_id)
    }

    fn cross(&mut self, event: &Event) -> Result<(), MarketFileError> {
        let price = event.price * PRICE_SCALE;
        self.tape
            .print(self.time, price, event.qty, Counts::PlainOnly);
        self.sequence = self.sequence.wrapping_add(1);
        self.writer.push(&Trade {
            sequence: self.sequence,
            time: self.time,
            price,
            qty: event.qty,
            conditions: condition::AUCTION | self.hours(),
            venue: VENUE,
            ..Trade::empty()
        })
    }

    fn status(&mut self, status: TradingStatus, auction: u8) -> Result<(), MarketFileError> {
        if status != TradingStatus::Continuous {
            self.counters.halts += 1;
        }
        self.sequence = self.sequence.wrapping_add(1);
        let status = status.code();
        self.writer.push(&Status {
            sequence: self.sequence,
            time: self.time,
            status,
            auction,
            ..Status::empty()
        })
    }

    fn hours(&self) -> u32 {
        if self.day.is_regular(self.time) {
            0
        } else {
            condition::EXTENDED_HOURS
        }
    }

    fn depth(
        &mut self,
        action: DepthAction,
        flags: u8,
        side: BookSide,
        key: i64,
        qty: u64,
        order_id: u64,
    ) -> Result<(), MarketFileError> {
        let conditions = match action {
            DepthAction::Execute => self.hours(),
            DepthAction::ExecuteHidden => condition::HIDDEN | self.hours(),
            _ => 0,
        };
        self.sequence = self.sequence.wrapping_add(1);
        let mut message = Depth {
            sequence: self.sequence,
            time: self.time,
            order_id,
            price: key_of(side, key) * PRICE_SCALE,
            qty,
            action: action.code(),
            side: side.code(),
            venue: VENUE,
            conditions,
            ..Depth::empty()
        };
        message.header.flags = flags;
        self.writer.push(&message)
    }
}
