//! Order lists: a CSV of parent orders, used by `pacer demo` and `pacer backtest` alike.
//!
//! Header `client_order_id,instrument,side,quantity,algorithm,start,end,limit,parameters`. Quantity in units of the
//! instrument (a decimal where its step is one), times RFC 3339 (empty: now, end of session), limit empty for a market
//! order, parameters `name=value` separated by spaces. Every bad row is an error with file, line, field and rule; all are
//! listed at once and nothing runs. What the engine itself would refuse is found the same way: the rows are offered to an
//! engine that goes no further than accepting ([`check`]).

pub mod random;

use crate::error::UserError;
use gateway_desk::order::{self, COLUMNS, OrderError, check};
use shm_wire::instrument::Instrument;
use shm_wire::parent::ParentNew;
use shm_wire::units::Nanos;
use std::collections::BTreeMap;
use std::path::Path;

/// One row, ready to be sent.
#[derive(Clone, Copy, Debug)]
pub struct OrderRow {
    /// Line in the file; the header is line 1.
    pub line: u64,
    /// The order, with source 0 and its row number as parent number.
    pub order: ParentNew,
}

/// Reads an order list and checks it against the instrument table and the engine's own rules.
///
/// `now` is the instant at which the orders will be sent.
///
/// # Errors
/// Every error of every row.
pub fn load(
    path: &Path,
    instruments: &[Instrument],
    now: Nanos,
) -> Result<Vec<OrderRow>, Vec<UserError>> {
    let bytes = std::fs::read(path).map_err(|e| {
        vec![
            UserError::new("orders.file", format!("cannot read the order list: {e}"))
                .file(path)
                .hint("name a CSV file with the order list"),
        ]
    })?;
    parse(&bytes, path, instruments, now)
}

/// As [`load`], from memory; `path` names the list in errors.
///
/// # Errors
/// Every error of every row.
pub fn parse(
    bytes: &[u8],
    path: &Path,
    instruments: &[Instrument],
    now: Nanos,
) -> Result<Vec<OrderRow>, Vec<UserError>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut rows = Vec::new();
    let mut errors = Vec::new();
    let mut names: BTreeMap<String, u64> = BTreeMap::new();
    let mut header_seen = false;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(e) => {
                let line = e.position().map_or(0, csv::Position::line);
                let text = "the row is not CSV in UTF-8";
                errors.push(UserError::new("orders.row", text).file(path).line(line));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let fields: Vec<&str> = record.iter().map(str::trim).collect();
        if !header_seen {
            header_seen = true;
            if fields != COLUMNS {
                errors.push(wrong_header(path, line));
                return Err(errors);
            }
            continue;
        }
        let Ok(texts) = <&[&str; 9]>::try_from(fields.as_slice()) else {
            errors.push(wrong_width(path, line, fields.len()));
            continue;
        };
        let number = rows.len() as u64 + 1;
        let twice = twice(texts[0], line, &mut names);
        match order::order(texts, instruments, number) {
            Ok(order) if twice.is_none() => rows.push(OrderRow { line, order }),
            Ok(_) => {}
            Err(wrong) => errors.extend(wrong.into_iter().map(|e| at(e, path, line))),
        }
        errors.extend(twice.map(|e| at(e, path, line)));
    }
    if !header_seen {
        errors.push(wrong_header(path, 1));
    }
    let orders: Vec<ParentNew> = rows.iter().map(|r| r.order).collect();
    for (index, refused) in check::refusals(&orders, instruments, now) {
        errors.push(at(refused, path, rows[index].line));
    }
    if errors.is_empty() {
        Ok(rows)
    } else {
        Err(sorted(errors))
    }
}

/// One row of nine fields, checked as a list of one is.
fn parse_row(
    fields: &[&str],
    path: &Path,
    instruments: &[Instrument],
    now: Nanos,
) -> Result<ParentNew, Vec<UserError>> {
    let Ok(texts) = <&[&str; 9]>::try_from(fields) else {
        return Err(vec![wrong_width(path, 1, fields.len())]);
    };
    let wrong = |errors: Vec<OrderError>| errors.into_iter().map(|e| at(e, path, 1)).collect();
    let order = order::order(texts, instruments, 1).map_err(wrong)?;
    let refused = check::refusals(&[order], instruments, now);
    if refused.is_empty() {
        Ok(order)
    } else {
        Err(wrong(refused.into_iter().map(|(_, e)| e).collect()))
    }
}

fn sorted(mut errors: Vec<UserError>) -> Vec<UserError> {
    errors.sort_by_key(|e| e.line);
    errors
}

fn wrong_header(path: &Path, line: u64) -> UserError {
    UserError::new(
        "orders.header",
        "the first line is not the header of an order list",
    )
    .file(path)
    .line(line)
    .field("header")
    .rule(COLUMNS.join(","))
}

fn wrong_width(path: &Path, line: u64, found: usize) -> UserError {
    UserError::new("orders.columns", format!("{found} columns instead of 9"))
        .file(path)
        .line(line)
        .field("row")
        .rule("each row has the nine columns of the header; empty ones stay empty")
}

/// An order's error in the shape of user errors.
pub fn at(error: OrderError, path: &Path, line: u64) -> UserError {
    UserError::new(&error.code, error.message)
        .file(path)
        .line(line)
        .field(&error.field)
        .rule(error.rule)
}

/// An order id that stands in the list already.
fn twice(name: &str, line: u64, names: &mut BTreeMap<String, u64>) -> Option<OrderError> {
    let before = names.insert(name.to_owned(), line)?;
    Some(OrderError {
        code: "orders.client_order_id".to_owned(),
        message: format!("{name:?} stands on line {before} already"),
        field: "client_order_id".to_owned(),
        rule: "each order has its own id".to_owned(),
    })
}

#[cfg(test)]
mod tests;
