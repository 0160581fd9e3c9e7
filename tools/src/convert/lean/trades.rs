//! Trade ticks: time, price, shares, venue, sale condition, suspicious.

use shm_wire::market::{Trade, condition};
use shm_wire::units::{Price, Qty};

use super::super::day::TradingDay;
use super::super::lines::{Lines, fields, whole};
use super::super::report::{Counts, RowList, Tape};
use super::codes;
use super::row::{Shape, millis, price};
use crate::error::UserError;

/// All trades of a file, in time order.
#[derive(Debug, Default)]
pub(super) struct Trades {
    pub(super) messages: Vec<Trade>,
    pub(super) tape: Tape,
    pub(super) rows: u64,
    /// Rows that stood after a later one.
    pub(super) backwards: u64,
}

impl Trades {
    /// Reads the file; bad rows go to `skipped`.
    pub(super) fn read(
        lines: &mut Lines,
        day: &TradingDay,
        skipped: &mut RowList,
    ) -> Result<Trades, UserError> {
        let mut all = Trades::default();
        let mut last = 0;
        while lines.advance()? {
            all.rows += 1;
            if all.rows == 1 {
                Shape::of(lines.line()).expect_trades(lines)?;
            }
            match parse(lines.line(), lines.number(), day) {
                Ok(trade) => {
                    all.backwards += u64::from(trade.time < last);
                    last = last.max(trade.time);
                    all.messages.push(trade);
                }
                Err(why) => skipped.push(lines.path(), lines.number(), why),
            }
        }
        if all.backwards > 0 {
            all.messages.sort_by_key(|t| t.time);
        }
        for trade in &all.messages {
            let regular =
                day.is_regular(trade.time) && trade.conditions & condition::INELIGIBLE == 0;
            let counts = if regular {
                Counts::Eligible
            } else {
                Counts::PlainOnly
            };
            all.tape.print(trade.time, trade.price, trade.qty, counts);
        }
        Ok(all)
    }
}

fn parse(line: &[u8], number: u64, day: &TradingDay) -> Result<Trade, &'static str> {
    let mut columns = fields(line);
    let mut column = || columns.next().ok_or("fewer than 6 columns");
    let time = millis(column()?).ok_or("time: not milliseconds after midnight")?;
    let price = price(column()?)
        .filter(|p| *p > 0)
        .ok_or("price: not a positive number of 1/10,000 dollars")?;
    let qty = whole(column()?)
        .filter(|q| (1..=Qty::BOUND).contains(q))
        .ok_or("shares: not 1 to 2^48")?;
    let venue = codes::venue(column()?);
    let bits = codes::hex(column()?).ok_or("sale condition: not a hexadecimal number")?;
    let suspicious = match column()? {
        b"0" | b"" => 0,
        b"1" => condition::SUSPICIOUS,
        _ => return Err("suspicious: not 0 or 1"),
    };
    let off_exchange = if venue == codes::OFF_EXCHANGE_VENUE {
        condition::OFF_EXCHANGE
    } else {
        0
    };
    debug_assert!(Price::decode(price).is_some());
    Ok(Trade {
        time: day.at(time),
        price,
        qty,
        trade_id: number,
        conditions: codes::conditions(bits) | suspicious | off_exchange,
        venue,
        ..Trade::empty()
    })
}
