//! Rows of the two LOBSTER files as checked values.

use shm_wire::codes::BookSide;
use shm_wire::units::{Price, Qty};

use super::super::PRICE_SCALE;
use super::super::day::NANOS_PER_DAY;
use super::super::lines::{fields, fixed, integer, unsigned};

/// Price of an empty level, as the provider writes it (with either sign).
const EMPTY_PRICE: u64 = 9_999_999_999;
/// Highest price that fits after scaling, dollars x 10,000.
const PRICE_MAX: i64 = Price::BOUND / PRICE_SCALE;

/// What a message row says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Action {
    /// Type 1.
    Add,
    /// Type 2.
    Reduce,
    /// Type 3.
    Delete,
    /// Type 4.
    Execute,
    /// Type 5.
    ExecuteHidden,
    /// Type 6: an auction or another cross; no resting order changes.
    Cross,
    /// Type 7, price -1.
    Halt,
    /// Type 7, price 0.
    ResumeQuoting,
    /// Type 7, price 1.
    ResumeTrading,
}

/// A row of the message file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Event {
    /// After midnight in New York, ns.
    pub(super) time: u64,
    pub(super) action: Action,
    /// 0 where the row names no order.
    pub(super) order_id: u64,
    /// Shares; 0 for a halt.
    pub(super) qty: u64,
    /// Dollars x 10,000; 0 for a halt.
    pub(super) price: i64,
    /// Side of the resting order.
    pub(super) side: BookSide,
}

impl Event {
    /// Reads a row, or says which column is wrong.
    pub(super) fn parse(line: &[u8]) -> Result<Event, &'static str> {
        let mut columns = fields(line);
        let mut column = || columns.next().ok_or("fewer than 6 columns");
        let time = fixed(column()?, 9)
            .filter(|t| *t < NANOS_PER_DAY)
            .ok_or("time: not seconds after midnight")?;
        let kind = unsigned(column()?).ok_or("type: not a number")?;
        let order_id = integer(column()?).ok_or("order id: not a number")?;
        let qty = unsigned(column()?).ok_or("size: not a number")?;
        let price = integer(column()?).ok_or("price: not a number")?;
        let direction = integer(column()?).ok_or("direction: not a number")?;
        let action = match (kind, price) {
            (1, _) => Action::Add,
            (2, _) => Action::Reduce,
            (3, _) => Action::Delete,
            (4, _) => Action::Execute,
            (5, _) => Action::ExecuteHidden,
            (6, _) => Action::Cross,
            (7, -1) => Action::Halt,
            (7, 0) => Action::ResumeQuoting,
            (7, 1) => Action::ResumeTrading,
            (7, _) => return Err("price: a halt row has -1, 0 or 1"),
            _ => return Err("type: not 1 to 7"),
        };
        let side = match (direction, action) {
            (1, _) => BookSide::Bid,
            (-1, _)
            | (_, Action::Cross | Action::Halt | Action::ResumeQuoting | Action::ResumeTrading) => {
                BookSide::Ask
            }
            _ => return Err("direction: not 1 or -1"),
        };
        if kind == 7 {
            return Ok(Event {
                time,
                action,
                order_id: 0,
                qty: 0,
                price: 0,
                side,
            });
        }
        if qty == 0 || qty > Qty::BOUND {
            return Err("size: not 1 to 2^48");
        }
        if !(1..=PRICE_MAX).contains(&price) {
            return Err("price: not positive, or too high");
        }
        let order_id = match action {
            Action::ExecuteHidden | Action::Cross => 0,
            _ => u64::try_from(order_id).map_err(|_| "order id: negative")?,
        };
        Ok(Event {
            time,
            action,
            order_id,
            qty,
            price,
            side,
        })
    }

    /// Whether the row changes resting orders.
    pub(super) fn changes_book(&self) -> bool {
        matches!(
            self.action,
            Action::Add | Action::Reduce | Action::Delete | Action::Execute
        )
    }
}

/// Where a side stands in pairs of sides: bids first.
pub(super) fn side_index(side: BookSide) -> usize {
    match side {
        BookSide::Bid => 0,
        BookSide::Ask => 1,
    }
}

/// Price as a key that grows from the best level to the worst: asks as they are, bids negated.
pub(super) fn key_of(side: BookSide, price: i64) -> i64 {
    match side {
        BookSide::Bid => -price,
        BookSide::Ask => price,
    }
}

/// A row of the book file: levels from the best, as (key, shares).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// Bids, asks.
    pub(super) sides: [Vec<(i64, u64)>; 2],
}

impl Snapshot {
    /// Reads a row of `levels` levels into `self`, or says what is wrong.
    pub(super) fn parse(&mut self, line: &[u8], levels: usize) -> Result<(), &'static str> {
        let mut columns = fields(line);
        for side in &mut self.sides {
            side.clear();
        }
        for _ in 0..levels {
            for side in [BookSide::Ask, BookSide::Bid] {
                let price = columns
                    .next()
                    .ok_or("fewer columns than 4 for each level")?;
                let size = columns
                    .next()
                    .ok_or("fewer columns than 4 for each level")?;
                let price = integer(price).ok_or("a price is not a number")?;
                let qty = unsigned(size).ok_or("a size is not a number")?;
                if qty == 0 || price.unsigned_abs() == EMPTY_PRICE {
                    if qty != 0 {
                        return Err("an empty level with a size");
                    }
                    continue;
                }
                if !(1..=PRICE_MAX).contains(&price) || qty > Qty::BOUND {
                    return Err("a price or size is out of range");
                }
                self.sides[side_index(side)].push((key_of(side, price), qty));
            }
        }
        match columns.next() {
            Some(_) => Err("more columns than 4 for each level"),
            None => Ok(()),
        }
    }

    /// Whether the levels of both sides go from the best to the worst.
    pub(super) fn is_ordered(&self) -> bool {
        self.sides
            .iter()
            .all(|side| side.windows(2).all(|w| w[0].0 < w[1].0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_rows_are_read_or_the_bad_column_is_named() {
        let e = Event::parse(b"34200.004241176,1,16113575,18,5853300,1").unwrap();
        assert_eq!(
            (e.time, e.action, e.order_id),
            (34_200_004_241_176, Action::Add, 16_113_575)
        );
        assert_eq!((e.qty, e.price, e.side), (18, 5_853_300, BookSide::Bid));
        let halt =
            |price| Event::parse(format!("36023,7,0,0,{price},-1").as_bytes()).map(|e| e.action);
        assert_eq!(halt("-1"), Ok(Action::Halt));
        assert_eq!(halt("0"), Ok(Action::ResumeQuoting));
        assert_eq!(halt("1"), Ok(Action::ResumeTrading));
        assert!(halt("2").is_err());
        assert_eq!(
            Event::parse(b"57600.1,6,-1,500,5853300,-1").unwrap().action,
            Action::Cross
        );
        let check = |line: &str, part: &str| {
            let why = Event::parse(line.as_bytes()).unwrap_err();
            assert!(why.starts_with(part), "{line}: {why}");
        };
        check("", "time");
        check("86400,1,1,1,1,1", "time");
        check("34200,8,1,1,1,1", "type");
        check("34200,1,x,1,1,1", "order id");
        check("34200,1,-4,1,1,1", "order id");
        check("34200,1,1,0,1,1", "size");
        check("34200,1,1,999999999999999,1,1", "size");
        check("34200,1,1,1,0,1", "price");
        check("34200,1,1,1,99999999999999,1", "price");
        check("34200,1,1,1,1,0", "direction");
        check("34200,1,1,1,1", "fewer than 6");
    }

    #[test]
    fn book_rows_leave_empty_levels_out() {
        let mut s = Snapshot::default();
        s.parse(b"5859400,200,5853300,18,9999999999,0,-9999999999,0", 2)
            .unwrap();
        assert_eq!(s.sides, [vec![(-5_853_300, 18)], vec![(5_859_400, 200)]]);
        s.parse(b"1,1,1,1,-9999999999,0,9999999999,0", 2).unwrap();
        assert!(s.is_ordered());
        assert!(s.parse(b"1,1,1,1", 2).is_err());
        assert!(s.parse(b"1,1,1,1,2,2,2,2,2", 2).is_err());
        assert!(s.parse(b"9999999999,5,1,1", 1).is_err());
        assert!(s.parse(b"1,-1,1,1", 1).is_err());
        s.parse(b"2,1,1,1,1,1,2,1", 2).unwrap();
        assert!(!s.is_ordered());
    }
}
