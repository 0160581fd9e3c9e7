//! The day itself: the flow drives a book, and every change of the book is a message.

use shm_wire::codes::{AuctionKind, BookSide, DepthAction, TradingStatus};
use shm_wire::market::{Depth, FLAG_SNAPSHOT, Status, Trade, condition};
use shm_wire::message::Message;
use shm_wire::units::{NANOS_PER_SECOND, Nanos, Price, Qty};

use super::auctions::{CLOSE_SHARE, Drawn, OPEN_SHARE};
use super::config::{SyntheticConfig, SyntheticError, SyntheticInstrument};
use super::flow::{Flow, events};
use crate::matching::book::rank;
use crate::matching::{Book, Owner, SIDES};
use crate::rng::Rng;

const TICK: i64 = Price::SCALE / 100;
/// Prices that the book holds on each side when it is made new.
const LEVELS: i64 = 10;
/// Fewest prices of a side before new ones are added behind.
const LEVELS_MIN: usize = 5;
/// Orders of a book at rest; more orders mean more cancels.
const ORDERS: f64 = 90.0;
/// Share of events that are aggressive orders, and that are hidden executions.
const AGGRESSIVE: f64 = 0.17;
const HIDDEN: f64 = 0.03;
/// Orders an aggressive order fills on average, for the size of orders.
const FILLS_PER_AGGRESSIVE: f64 = 1.3;
/// Part of the day's volume in the auction that ends a halt.
const HALT_SHARE: f64 = 0.005;

/// One message of the day, in a buffer of one cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    time: u64,
    instrument: u32,
    sequence: u32,
    words: [u64; 7],
    count: usize,
}

impl Line {
    pub(super) fn words(&self) -> &[u64] {
        &self.words[..self.count]
    }
}

/// All messages in order of time, then instrument, then sequence.
pub(super) fn messages(config: &SyntheticConfig) -> Result<Vec<Line>, SyntheticError> {
    config.check()?;
    let mut lines = Vec::new();
    for (at, instrument) in config.instruments.iter().enumerate() {
        let mut day = Day::new(config, at, instrument);
        day.run(config, at);
        lines.append(&mut day.lines);
    }
    lines.sort_by_key(|line| (line.time, line.instrument, line.sequence));
    Ok(lines)
}

pub(super) struct Day {
    id: u32,
    rng: Rng,
    flow: Flow,
    book: Book,
    /// Numbers of orders that may rest; those that do not are met and forgotten.
    live: Vec<u64>,
    lines: Vec<Line>,
    pub(super) now: u64,
    sequence: u32,
    next_order: u64,
    prints: u64,
    pub(super) open_price: Price,
    order_qty: f64,
    spread_max: i64,
    auction_volume: f64,
}

impl Day {
    fn new(config: &SyntheticConfig, at: usize, instrument: &SyntheticInstrument) -> Day {
        let session = (config.session.close - config.session.open) as f64 / NANOS_PER_SECOND as f64;
        let volume = instrument.average_daily_volume.0 as f64;
        let executions = events(instrument) * (AGGRESSIVE * FILLS_PER_AGGRESSIVE + HIDDEN);
        Day {
            id: at as u32,
            rng: Rng::new(config.seed, 100 + at as u64),
            flow: Flow::new(instrument, session),
            book: Book::new(),
            live: Vec::new(),
            lines: Vec::new(),
            now: config.session.open,
            sequence: 0,
            next_order: 0,
            prints: 0,
            open_price: instrument.price,
            order_qty: volume * (1.0 - OPEN_SHARE - CLOSE_SHARE) / executions,
            spread_max: i64::from(instrument.spread_ticks_max),
            auction_volume: volume,
        }
    }

    fn run(&mut self, config: &SyntheticConfig, at: usize) {
        let session = config.session;
        let halt = config.halt.filter(|halt| halt.instrument == at);
        let mut halt = halt.map(|h| (session.open + h.after_open.0, h.length.0));
        let usual = Qty(self.auction_volume as u64);
        let [open, mut close] = Drawn::both(session, usual, config.seed, at);
        self.open(open);
        self.fresh_book(self.open_price);
        self.status(TradingStatus::Continuous, 0);
        let mut seconds = 0.0;
        loop {
            seconds = self.flow.next(seconds, &mut self.rng);
            let time = session.open + (seconds * NANOS_PER_SECOND as f64) as u64;
            if let Some((start, length)) = halt.filter(|(start, _)| time >= *start) {
                halt = None;
                self.halt(Nanos(start), length);
                seconds = (start + length - session.open) as f64 / NANOS_PER_SECOND as f64;
                continue;
            }
            if time >= session.close {
                break;
            }
            self.before_close(&mut close, time);
            self.now = self.now.max(time);
            self.event(seconds);
            self.settle();
        }
        self.close(close);
    }

    fn event(&mut self, seconds: f64) {
        let draw = self.rng.unit();
        let cancels = 0.40 * self.book.len() as f64 / ORDERS;
        if draw < AGGRESSIVE {
            let log_price = libm::log(self.reference().0 as f64 / self.open_price.0 as f64);
            let buys = self.flow.is_buy(seconds, log_price, &mut self.rng);
            self.aggress(if buys { BookSide::Ask } else { BookSide::Bid });
        } else if draw < AGGRESSIVE + HIDDEN {
            self.hidden();
        } else if draw < AGGRESSIVE + HIDDEN + cancels.min(0.6) {
            self.cancel();
        } else {
            let side = SIDES[self.rng.below(2) as usize];
            self.add(side);
        }
    }

    /// Mid of the touch; the open while a side is empty.
    pub(super) fn reference(&self) -> Price {
        match (self.best(BookSide::Bid), self.best(BookSide::Ask)) {
            (Some(bid), Some(ask)) => bid.mid(ask),
            _ => self.open_price,
        }
    }

    fn best(&self, side: BookSide) -> Option<Price> {
        self.book.best(side).map(|level| level.price)
    }

    /// Quantity of an order: log-normal, in hundreds seven times of ten.
    fn draw_qty(&mut self) -> Qty {
        // exp(-0.32) makes the mean of exp(0.8 z) one.
        let qty = self.order_qty * libm::exp(0.8 * self.rng.normal() - 0.32);
        let qty = qty.clamp(1.0, 1e9) as u64;
        if qty >= 100 && self.rng.chance(0.7) {
            return Qty((qty + 50) / 100 * 100);
        }
        Qty(qty.max(1))
    }

    /// An aggressor takes from `side`: the touch, and now and then a little beyond.
    fn aggress(&mut self, side: BookSide) {
        let Some(touch) = self.book.best(side) else {
            return;
        };
        let shown = touch.qty;
        let mut left = self.draw_qty();
        // Most take no more than is shown: traders look before they leap.
        if left > shown && !self.rng.chance(0.15) {
            left = shown;
        }
        let mut levels = 0;
        while !left.is_zero() && levels < 3 {
            let Some(level) = self.book.best(side) else {
                return;
            };
            let price = level.price;
            let handle = level.first();
            let id = self.book.order(handle).id;
            let done = self.book.reduce(handle, left);
            left -= done;
            self.depth(DepthAction::Execute, id, side, price, done, 0);
            if self.best(side) != Some(price) {
                levels += 1;
            }
        }
    }

    /// A hidden order inside the spread trades, at the mid where there is no tick between.
    fn hidden(&mut self) {
        let (Some(bid), Some(ask)) = (self.best(BookSide::Bid), self.best(BookSide::Ask)) else {
            return;
        };
        let ticks = (ask.0 - bid.0) / TICK;
        let price = if ticks >= 2 {
            Price(bid.0 + TICK * (1 + self.rng.below(ticks as u64 - 1) as i64))
        } else {
            bid.mid(ask)
        };
        let side = SIDES[self.rng.below(2) as usize];
        let qty = self.draw_qty();
        self.depth(
            DepthAction::ExecuteHidden,
            0,
            side,
            price,
            qty,
            condition::HIDDEN,
        );
    }

    /// A new order: at the touch, inside the spread, or behind.
    fn add(&mut self, side: BookSide) {
        let (Some(own), Some(other)) = (self.best(side), self.best(side.opposite())) else {
            return;
        };
        let gap = (own.0 - other.0).abs() / TICK;
        let towards = if side == BookSide::Bid { TICK } else { -TICK };
        let draw = self.rng.unit();
        let ticks = if gap > 1 && draw < 0.25 {
            1
        } else if draw < 0.55 {
            0
        } else {
            -(1 + (self.rng.exponential() * 2.5) as i64).min(LEVELS)
        };
        self.rest(side, Price(own.0 + ticks * towards));
    }

    fn rest(&mut self, side: BookSide, price: Price) {
        if price.0 < TICK {
            return;
        }
        let qty = self.draw_qty();
        self.next_order += 1;
        let id = self.next_order * 64 + u64::from(self.id % 64);
        if self.book.rest(Owner::Other, id, side, price, qty).is_some() {
            self.live.push(id);
            self.depth(DepthAction::Add, id, side, price, qty, 0);
        }
    }

    /// Some order is taken back, whole or (one of twelve) in part. The last order of a side stays.
    fn cancel(&mut self) {
        for _ in 0..8 {
            if self.live.is_empty() {
                return;
            }
            let at = self.rng.below(self.live.len() as u64) as usize;
            let id = self.live[at];
            let Some(handle) = self.book.find(Owner::Other, id) else {
                self.live.swap_remove(at);
                continue;
            };
            let order = *self.book.order(handle);
            let alone = self.book.best(order.side).is_some_and(|level| {
                level.price == order.price && self.book.levels(order.side).count() == 1
            });
            if alone {
                continue;
            }
            if order.qty.0 > 1 && self.rng.chance(1.0 / 12.0) {
                let by = Qty(1 + self.rng.below(order.qty.0 - 1));
                self.book.reduce(handle, by);
                self.depth(DepthAction::Reduce, id, order.side, order.price, by, 0);
            } else {
                self.book.remove(handle);
                self.live.swap_remove(at);
                self.depth(
                    DepthAction::Delete,
                    id,
                    order.side,
                    order.price,
                    order.qty,
                    0,
                );
            }
            return;
        }
    }

    /// Others answer at once: a spread that is too wide is narrowed, a side that is too thin is filled from behind, and what the
    /// market has left far behind is taken back.
    fn settle(&mut self) {
        let thin = |day: &Day, side| day.book.levels(side).take(LEVELS_MIN).count() < LEVELS_MIN;
        for side in SIDES {
            let towards = if side == BookSide::Bid { TICK } else { -TICK };
            while thin(self, side) {
                let worst = self.book.worst_of_others(side).map(|level| level.price);
                let behind = worst.map_or_else(
                    || self.reference().0 - self.reference().0.rem_euclid(TICK) - towards,
                    |price| price.0,
                );
                self.rest(side, Price(behind - towards));
                if behind - towards < TICK {
                    break;
                }
            }
        }
        while let (Some(bid), Some(ask)) = (self.best(BookSide::Bid), self.best(BookSide::Ask)) {
            if (ask.0 - bid.0) / TICK <= self.spread_max {
                break;
            }
            if self.rng.chance(0.5) {
                self.rest(BookSide::Bid, Price(bid.0 + TICK));
            } else {
                self.rest(BookSide::Ask, Price(ask.0 - TICK));
            }
        }
        self.trim();
    }

    /// Takes back one order per event that stands more than thirty ticks from the touch.
    fn trim(&mut self) {
        for side in SIDES {
            let (Some(best), Some(worst)) = (self.best(side), self.book.worst_of_others(side))
            else {
                continue;
            };
            if rank(side, worst.price) - rank(side, best) <= 30 * TICK {
                continue;
            }
            let handle = worst.first();
            let order = self.book.remove(handle);
            self.depth(
                DepthAction::Delete,
                order.id,
                side,
                order.price,
                order.qty,
                0,
            );
        }
    }

    /// Trading stops, the book is void, the price jumps, an auction reopens.
    fn halt(&mut self, start: Nanos, length: u64) {
        self.now = self.now.max(start.0);
        self.status(TradingStatus::Halt, 0);
        let jump = 0.004 * if self.rng.chance(0.5) { 1.0 } else { -1.0 };
        self.flow.news(jump);
        let last = self.reference();
        let cents = (last.0 as f64 * (1.0 + jump) / TICK as f64) as i64;
        let price = Price(cents.max(LEVELS + 2) * TICK);
        self.now = start.0 + length - length / 10;
        self.status(TradingStatus::Auction, AuctionKind::Volatility.code());
        self.now = start.0 + length;
        self.auction(price, (self.auction_volume * HALT_SHARE) as u64);
        self.fresh_book(price);
        self.status(TradingStatus::Continuous, 0);
    }

    /// A new book around `price`.
    fn fresh_book(&mut self, price: Price) {
        self.book = Book::new();
        self.live.clear();
        self.depth(DepthAction::Clear, 0, BookSide::Bid, Price(0), Qty(0), 0);
        for distance in 0..LEVELS {
            for _ in 0..1 + self.rng.below(4) {
                self.rest(BookSide::Bid, Price(price.0 - distance * TICK));
                self.rest(BookSide::Ask, Price(price.0 + (distance + 1) * TICK));
            }
        }
    }

    /// A price on a tick.
    pub(super) fn on_tick(price: Price) -> Price {
        Price(price.0 - price.0.rem_euclid(TICK))
    }

    pub(super) fn auction(&mut self, price: Price, qty: u64) {
        self.prints += 1;
        let mut trade = Trade::empty();
        trade.instrument = self.id;
        trade.sequence = self.next_sequence();
        trade.time = self.now;
        trade.price = Day::on_tick(price).0;
        trade.qty = qty.max(1);
        trade.trade_id = self.prints;
        trade.conditions = condition::AUCTION;
        self.push(trade.words(), trade.sequence);
    }

    pub(super) fn status(&mut self, status: TradingStatus, auction: u8) {
        let mut message = Status::empty();
        message.instrument = self.id;
        message.sequence = self.next_sequence();
        message.time = self.now;
        message.status = status.code();
        message.auction = auction;
        self.push(message.words(), message.sequence);
    }

    fn depth(
        &mut self,
        action: DepthAction,
        id: u64,
        side: BookSide,
        price: Price,
        qty: Qty,
        conditions: u32,
    ) {
        let mut message = Depth::empty();
        if action == DepthAction::Clear {
            message.header.flags = FLAG_SNAPSHOT;
        }
        message.instrument = self.id;
        message.sequence = self.next_sequence();
        message.time = self.now;
        message.order_id = id;
        message.price = price.0;
        message.qty = qty.0;
        message.action = action.code();
        message.side = side.code();
        message.conditions = conditions;
        self.push(message.words(), message.sequence);
    }

    /// The instrument.
    pub(super) fn id(&self) -> u32 {
        self.id
    }
    /// Now.
    pub(super) fn time(&self) -> u64 {
        self.now
    }
    pub(super) fn next_sequence(&mut self) -> u32 {
        self.sequence += 1;
        self.sequence
    }

    pub(super) fn push(&mut self, from: &[u64], sequence: u32) {
        let mut words = [0; 7];
        words[..from.len()].copy_from_slice(from);
        self.lines.push(Line {
            time: self.now,
            instrument: self.id,
            sequence,
            words,
            count: from.len(),
        });
    }
}
