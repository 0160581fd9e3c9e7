//! Quote ticks: a bid row (ask fields 0) and an ask row (bid fields 0) of one time make one quote; a row with both sides
//! is one alone. Where a row has no partner, the other side stays as it was.

use shm_wire::instrument::Instrument;
use shm_wire::market::Quote;
use shm_wire::units::{Price, Qty};

use super::super::day::TradingDay;
use super::super::lines::{Lines, fields, whole};
use super::super::report::RowList;
use super::row::{Shape, millis, price};
use crate::error::UserError;

/// All quotes of a file, in time order.
#[derive(Debug, Default)]
pub(super) struct Quotes {
    pub(super) messages: Vec<Quote>,
    pub(super) rows: u64,
    /// Rows that stood after a later one.
    pub(super) backwards: u64,
    /// Rows the provider marked.
    pub(super) suspicious: u64,
    /// Quotes whose price lies between two ticks.
    pub(super) off_tick: u64,
    /// Quotes with a bid above the ask.
    pub(super) crossed: u64,
    /// Rows without a partner.
    pub(super) single: u64,
}

/// One side of the touch; quantity 0: empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
struct Touch {
    price: i64,
    qty: u64,
}

impl Touch {
    fn wire(self) -> (i64, u64) {
        if self.qty == 0 {
            (Price::NONE.0, 0)
        } else {
            (self.price, self.qty)
        }
    }
}

/// A row: the sides it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    time: u64,
    bid: Option<Touch>,
    ask: Option<Touch>,
}

impl Quotes {
    /// Reads the file; bad rows go to `skipped`.
    pub(super) fn read(
        lines: &mut Lines,
        day: &TradingDay,
        instrument: &Instrument,
        skipped: &mut RowList,
    ) -> Result<Quotes, UserError> {
        let mut all = Quotes::default();
        let mut pending: Option<Row> = None;
        let mut touch = (Touch::default(), Touch::default());
        let mut last = 0;
        while lines.advance()? {
            all.rows += 1;
            if all.rows == 1 {
                Shape::of(lines.line()).expect_quotes(lines)?;
            }
            let row = match parse(lines.line()) {
                Ok(Some(row)) => row,
                Ok(None) => {
                    all.suspicious += 1;
                    continue;
                }
                Err(why) => {
                    skipped.push(lines.path(), lines.number(), why);
                    continue;
                }
            };
            all.backwards += u64::from(row.time < last);
            last = last.max(row.time);
            pending = match pending.take() {
                Some(first) => match join(first, row) {
                    Some(both) => {
                        all.emit(both, &mut touch, day, instrument);
                        None
                    }
                    None => {
                        all.emit(first, &mut touch, day, instrument);
                        Some(row)
                    }
                },
                None => Some(row),
            };
            if let Some(row) = pending.filter(|r| r.bid.is_some() && r.ask.is_some()) {
                all.emit(row, &mut touch, day, instrument);
                pending = None;
            }
        }
        if let Some(row) = pending {
            all.emit(row, &mut touch, day, instrument);
        }
        if all.backwards > 0 {
            all.messages.sort_by_key(|q| q.time);
        }
        Ok(all)
    }

    fn emit(
        &mut self,
        row: Row,
        touch: &mut (Touch, Touch),
        day: &TradingDay,
        instrument: &Instrument,
    ) {
        self.single += u64::from(row.bid.is_none() || row.ask.is_none());
        *touch = (row.bid.unwrap_or(touch.0), row.ask.unwrap_or(touch.1));
        let ((bid_price, bid_qty), (ask_price, ask_qty)) = (touch.0.wire(), touch.1.wire());
        let both = bid_qty > 0 && ask_qty > 0;
        self.crossed += u64::from(both && bid_price > ask_price);
        let off = |price: i64, qty: u64| qty > 0 && !instrument.on_tick(Price(price));
        self.off_tick += u64::from(off(bid_price, bid_qty) || off(ask_price, ask_qty));
        let time = day.at(row.time);
        self.messages.push(Quote {
            time,
            bid_price,
            ask_price,
            bid_qty,
            ask_qty,
            ..Quote::empty()
        });
    }
}

/// The two rows as one, when they are a bid row and an ask row of one time.
fn join(first: Row, second: Row) -> Option<Row> {
    if first.time != second.time
        || first.bid.is_some() == second.bid.is_some()
        || first.ask.is_some() == second.ask.is_some()
    {
        return None;
    }
    Some(Row {
        time: first.time,
        bid: first.bid.or(second.bid),
        ask: first.ask.or(second.ask),
    })
}

/// Reads a row; `None` when the provider marked it suspicious.
fn parse(line: &[u8]) -> Result<Option<Row>, &'static str> {
    let mut columns = fields(line);
    let mut column = || columns.next().ok_or("fewer than 8 columns");
    let time = millis(column()?).ok_or("time: not milliseconds after midnight")?;
    let bid = side(column()?, column()?).ok_or("bid: price or shares are not numbers in range")?;
    let ask = side(column()?, column()?).ok_or("ask: price or shares are not numbers in range")?;
    let _venue = column()?;
    let _condition = column()?;
    match column()? {
        b"0" | b"" => {}
        b"1" => return Ok(None),
        _ => return Err("suspicious: not 0 or 1"),
    }
    if bid.price == 0 && ask.price == 0 {
        return Err("neither bid nor ask has a price");
    }
    let told = |touch: Touch| (touch.price > 0).then_some(touch);
    Ok(Some(Row {
        time,
        bid: told(bid),
        ask: told(ask),
    }))
}

fn side(price_field: &[u8], qty_field: &[u8]) -> Option<Touch> {
    let qty = whole(qty_field).filter(|q| *q <= Qty::BOUND)?;
    Some(Touch {
        price: price(price_field)?,
        qty,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> (Quotes, RowList) {
        let mut lines = Lines::new(
            Box::new(std::io::Cursor::new(text.to_owned())),
            Path::new("q"),
        );
        let mut skipped = RowList::default();
        let day = TradingDay::parse("20131008").unwrap();
        let instrument = Instrument::equity(0, "A", 100).unwrap();
        let quotes = Quotes::read(&mut lines, &day, &instrument, &mut skipped).unwrap();
        (quotes, skipped)
    }

    fn touches(q: &Quotes) -> Vec<(i64, u64, i64, u64)> {
        let scale = |p: i64| if p == i64::MIN { 0 } else { p / 100_000 };
        q.messages
            .iter()
            .map(|m| (scale(m.bid_price), m.bid_qty, scale(m.ask_price), m.ask_qty))
            .collect()
    }

    #[test]
    fn a_bid_row_and_an_ask_row_of_one_time_make_one_quote() {
        let (q, s) =
            read("5,100,1,0,0,P,1,0\n5,0,0,200,2,P,1,0\n6,0,0,300,3,P,1,0\n6,100,4,0,0,P,1,0\n");
        assert_eq!(touches(&q), [(100, 1, 200, 2), (100, 4, 300, 3)]);
        assert_eq!((q.rows, q.single, s.count), (4, 0, 0));
    }

    #[test]
    fn a_row_without_partner_keeps_the_other_side() {
        let (q, _) = read(
            "5,100,1,0,0,P,1,0\n6,0,0,200,2,P,1,0\n7,100,9,0,0,P,1,0\n8,110,5,210,6,P,1,0\n9,0,0,220,0,P,1,0",
        );
        assert_eq!(
            touches(&q),
            [
                (100, 1, 0, 0),
                (100, 1, 200, 2),
                (100, 9, 200, 2),
                (110, 5, 210, 6),
                (110, 5, 0, 0)
            ]
        );
        assert_eq!(q.single, 4);
    }

    #[test]
    fn two_rows_of_one_side_at_one_time_are_two_quotes() {
        let (q, _) = read("5,100,1,0,0,P,1,0\n5,101,1,0,0,P,1,0\n5,0,0,200,2,P,1,0\n");
        assert_eq!(touches(&q), [(100, 1, 0, 0), (101, 1, 200, 2)]);
    }

    #[test]
    fn marked_and_bad_rows_are_left_out_and_counted() {
        let (q, s) = read(
            "5,100,1,200,1,P,1,0\n6,101,1,200,1,P,1,1\n7,0,0,0,0,P,1,0\nx,1,1,1,1,P,1,0\n8,100,1\n9,300,1,200,1,P,1,2\n10,300,1,200,1,P,1,0\n",
        );
        assert_eq!(touches(&q), [(100, 1, 200, 1), (300, 1, 200, 1)]);
        assert_eq!((q.suspicious, q.crossed, s.count), (1, 1, 4));
        assert_eq!(
            s.rows.iter().map(|r| r.line).collect::<Vec<_>>(),
            [3, 4, 5, 6]
        );
    }
}
