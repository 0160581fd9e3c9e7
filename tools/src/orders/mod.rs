//! Order lists: a CSV of parent orders, used by `pacer demo` and `pacer backtest` alike.
//!
//! Header `client_order_id,instrument,side,quantity,algorithm,start,end,limit,parameters`. Quantity in units of the
//! instrument (a decimal where its step is one), times RFC 3339 (empty: now, end of session), limit empty for a market
//! order, parameters `name=value` separated by spaces. Every bad row is an error with file, line, field and rule; all are
//! listed at once and nothing runs. What the engine itself would refuse is found the same way: the rows are offered to an
//! engine that goes no further than accepting ([`check`]).

pub mod check;
pub mod random;
pub mod values;

use crate::error::UserError;
use shm_wire::codes::{AlgorithmCode, Side};
use shm_wire::instrument::{Instrument, text_field};
use shm_wire::parent::{PARAMETERS_MAX, Parameter, ParentNew, Terms};
use shm_wire::units::{Nanos, Price};
use std::collections::BTreeMap;
use std::path::Path;

/// Columns of an order list, in order.
pub const COLUMNS: [&str; 9] = [
    "client_order_id",
    "instrument",
    "side",
    "quantity",
    "algorithm",
    "start",
    "end",
    "limit",
    "parameters",
];

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
        if fields.len() != COLUMNS.len() {
            errors.push(wrong_width(path, line, fields.len()));
            continue;
        }
        let number = rows.len() as u64 + 1;
        let mut row = Row {
            path,
            line,
            fields: &fields,
            errors: &mut errors,
        };
        if let Some(order) = row.order(instruments, number, &mut names) {
            rows.push(OrderRow { line, order });
        }
    }
    if !header_seen {
        errors.push(wrong_header(path, 1));
    }
    errors.extend(check::refusals(path, &rows, instruments, now));
    if errors.is_empty() {
        Ok(rows)
    } else {
        Err(sorted(errors))
    }
}

/// The order of one row, from its nine fields; errors are added to `errors`.
fn parse_row(
    fields: &[&str],
    path: &Path,
    instruments: &[Instrument],
    errors: &mut Vec<UserError>,
) -> Option<ParentNew> {
    let mut row = Row {
        path,
        line: 1,
        fields,
        errors,
    };
    row.order(instruments, 1, &mut BTreeMap::new())
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

struct Row<'a> {
    path: &'a Path,
    line: u64,
    fields: &'a [&'a str],
    errors: &'a mut Vec<UserError>,
}

impl Row<'_> {
    /// The order of this row; errors are noted, all of them.
    fn order(
        &mut self,
        instruments: &[Instrument],
        number: u64,
        names: &mut BTreeMap<String, u64>,
    ) -> Option<ParentNew> {
        let client_order_id = self.name(names);
        let instrument = self.instrument(instruments);
        let side = self.code(
            2,
            Side::from_text,
            "buy, sell, sell_short or sell_short_exempt",
        );
        let quantity = instrument.and_then(|i| self.quantity(&i));
        let algorithm = self.code(
            4,
            AlgorithmCode::from_text,
            "an algorithm such as TWAP or POV",
        );
        let start = self.time(5);
        let end = self.time(6);
        let limit = self.limit();
        let parameters = match (algorithm, instrument) {
            (Some(a), Some(i)) => self.parameters(a, &i),
            _ => None,
        };
        let (parameters, parameter_count) = parameters?;
        let terms = Terms {
            quantity: quantity?,
            limit: limit?,
            start: start?,
            end: end?,
            decision_price: Price::NONE.0,
            instrument: instrument?.id,
            algorithm: algorithm?.code(),
            side: side?.code(),
            parameter_count,
            client: 0,
            account: 0,
            trader: 0,
            desk: 0,
            client_order_id: client_order_id?,
            parameters,
        };
        Some(ParentNew {
            parent_id: number,
            version: 1,
            terms,
            ..ParentNew::empty()
        })
    }

    fn bad(&mut self, column: usize, code: &str, message: String, rule: impl Into<String>) {
        self.errors.push(
            UserError::new(code, message)
                .file(self.path)
                .line(self.line)
                .field(COLUMNS[column])
                .rule(rule),
        );
    }

    fn name(&mut self, names: &mut BTreeMap<String, u64>) -> Option<[u8; 32]> {
        let text = self.fields[0];
        let Some(field) = text_field(text) else {
            let rule = "1 to 32 printable ASCII characters";
            self.bad(
                0,
                "orders.client_order_id",
                format!("{text:?} is no order id"),
                rule,
            );
            return None;
        };
        if let Some(before) = names.insert(text.to_owned(), self.line) {
            let message = format!("{text:?} stands on line {before} already");
            self.bad(
                0,
                "orders.client_order_id",
                message,
                "each order has its own id",
            );
            return None;
        }
        Some(field)
    }

    fn instrument(&mut self, instruments: &[Instrument]) -> Option<Instrument> {
        let found = instruments.iter().find(|i| i.symbol() == self.fields[1]);
        if found.is_none() {
            let known: Vec<&str> = instruments
                .iter()
                .take(20)
                .map(Instrument::symbol)
                .collect();
            let message = format!("{:?} is not in the instrument table", self.fields[1]);
            self.bad(
                1,
                "orders.instrument",
                message,
                format!("one of {}", known.join(", ")),
            );
        }
        found.copied()
    }

    fn code<T>(
        &mut self,
        column: usize,
        decode: impl Fn(&str) -> Option<T>,
        rule: &str,
    ) -> Option<T> {
        let found = decode(self.fields[column]);
        if found.is_none() {
            let code = format!("orders.{}", COLUMNS[column]);
            self.bad(
                column,
                &code,
                format!("{:?} is not known", self.fields[column]),
                rule,
            );
        }
        found
    }

    fn quantity(&mut self, instrument: &Instrument) -> Option<u64> {
        match values::quantity(self.fields[3], instrument) {
            Ok(steps) => Some(steps),
            Err(rule) => {
                let message = format!("{:?} is no quantity of this instrument", self.fields[3]);
                self.bad(3, "orders.quantity", message, rule);
                None
            }
        }
    }

    fn time(&mut self, column: usize) -> Option<u64> {
        if self.fields[column].is_empty() {
            return Some(0);
        }
        let found = values::time(self.fields[column]);
        if found.is_none() {
            let rule =
                "RFC 3339, such as 2012-06-21T10:00:00-04:00; empty for now or end of session";
            let code = format!("orders.{}", COLUMNS[column]);
            self.bad(
                column,
                &code,
                format!("{:?} is no time", self.fields[column]),
                rule,
            );
        }
        found
    }

    fn limit(&mut self) -> Option<i64> {
        if self.fields[7].is_empty() {
            return Some(Price::NONE.0);
        }
        let found = values::decimal(self.fields[7], 9);
        if found.is_none() {
            let rule = "a decimal price with at most 9 decimals; empty for a market order";
            self.bad(
                7,
                "orders.limit",
                format!("{:?} is no price", self.fields[7]),
                rule,
            );
        }
        found
    }

    fn parameters(
        &mut self,
        algorithm: AlgorithmCode,
        instrument: &Instrument,
    ) -> Option<([Parameter; PARAMETERS_MAX], u8)> {
        let mut list = [Parameter::default(); PARAMETERS_MAX];
        let mut count: u8 = 0;
        let mut good = true;
        for item in self.fields[8].split_whitespace() {
            match values::parameter(item, algorithm, instrument) {
                Ok(p) if usize::from(count) < PARAMETERS_MAX => {
                    list[usize::from(count)] = p;
                    count += 1;
                }
                Ok(_) => {
                    good = false;
                    let rule = format!("at most {PARAMETERS_MAX} parameters");
                    self.bad(
                        8,
                        "orders.parameters",
                        "too many parameters".to_owned(),
                        rule,
                    );
                }
                Err((message, rule)) => {
                    good = false;
                    self.bad(8, "orders.parameters", message, rule);
                }
            }
        }
        good.then_some((list, count))
    }
}

#[cfg(test)]
mod tests;
