//! Bar files: `datetime,open,high,low,close,volume`, the time being the start of the bar in the exchange's local time.
//!
//! A row that cannot be used (a number that is none, a high below a low, a time off the five-minute grid, a time that does not
//! follow the one before it) is left out and counted, the first few with line and reason. A file without one good row is an error.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Serialize;

use crate::convert::open;
use crate::error::UserError;

/// Length of a bar, seconds.
pub const BIN_SECONDS: u32 = 300;

/// Most bad rows named; what is beyond is counted only.
const NAMED_MAX: usize = 20;

const HEADER: &str = "datetime,open,high,low,close,volume";

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Session date.
    pub date: Date,
    /// Start, seconds after midnight, local time.
    pub start: u32,
    /// Bin price `(high + low + close)/3`.
    pub price: f64,
    /// Volume, not negative.
    pub volume: f64,
}

/// A row left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The file.
    pub file: String,
    /// Line, from 1; the header is line 1.
    pub line: u64,
    /// What is wrong.
    pub why: String,
}

/// The bars of one instrument in order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// Symbol: the file's name before `_5min`, or before its first dot.
    pub symbol: String,
    /// The file.
    pub path: PathBuf,
    /// The good rows.
    pub rows: Vec<Bar>,
    /// Rows left out, the first of them.
    pub bad: Vec<BadRow>,
    /// All rows left out.
    pub bad_count: u64,
}

/// The files named: folders give the bar files in them, by name.
///
/// # Errors
/// A folder that cannot be read or holds no bar file, two files of one symbol.
pub fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Vec<UserError>> {
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        match std::fs::read_dir(path) {
            Ok(entries) => files.extend(
                entries
                    .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                    .filter(|file| {
                        let name = file.file_name().and_then(|n| n.to_str()).unwrap_or("");
                        name.contains("_5min.csv")
                    }),
            ),
            Err(e) => {
                errors.push(UserError::new("file.open", format!("cannot list: {e}")).file(path))
            }
        }
        if files.len() == before {
            errors.push(
                UserError::new("file.bars", "the folder holds no bar file")
                    .file(path)
                    .rule("names end in _5min.csv, _5min.csv.zst, .gz or .zip"),
            );
        }
    }
    // One order whatever the order of the arguments: the same files give the same bytes.
    files.sort_by(|a, b| (symbol(a), a).cmp(&(symbol(b), b)));
    for pair in files.windows(2) {
        if symbol(&pair[0]) == symbol(&pair[1]) {
            let name = symbol(&pair[1]);
            errors.push(
                UserError::new("file.symbol", format!("a second file of {name}"))
                    .file(&pair[1])
                    .rule("one file for each symbol"),
            );
        }
    }
    if errors.is_empty() {
        Ok(files)
    } else {
        Err(errors)
    }
}

/// Symbol that a file's name says.
#[must_use]
pub fn symbol(path: &Path) -> String {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
    let end = name
        .find("_5min")
        .or_else(|| name.find('.').filter(|at| *at > 0))
        .unwrap_or(name.len());
    name[..end].to_owned()
}

/// Reads a file.
///
/// # Errors
/// A file that cannot be read, whose header is another, or that holds no good row.
pub fn read(path: &Path) -> Result<Bars, UserError> {
    let mut bars = Bars {
        symbol: symbol(path),
        path: path.to_owned(),
        rows: Vec::new(),
        bad: Vec::new(),
        bad_count: 0,
    };
    if bars.symbol.is_empty() {
        return Err(UserError::new("file.symbol", "the name says no symbol")
            .file(path)
            .rule("SYMBOL_5min.csv, compressed or not"));
    }
    let mut input = open::open(path, "_5min")?.input;
    let mut line = String::new();
    let mut number = 0;
    loop {
        line.clear();
        number += 1;
        let got = input.read_line(&mut line).map_err(|e| {
            UserError::new("file.read", format!("cannot read: {e}"))
                .file(path)
                .line(number)
        })?;
        if got == 0 {
            break;
        }
        let text = line.trim_end_matches(['\n', '\r']);
        if number == 1 {
            header(text, path)?;
        } else if !text.is_empty() {
            bars.take(text, number);
        }
    }
    if bars.rows.is_empty() {
        let why = bars
            .bad
            .first()
            .map_or("no row at all".to_owned(), |row| row.why.clone());
        return Err(UserError::new("file.bars", "the file holds no usable bar")
            .file(path)
            .line(2)
            .hint(why));
    }
    Ok(bars)
}

fn header(text: &str, path: &Path) -> Result<(), UserError> {
    if text
        .trim_start_matches('\u{feff}')
        .eq_ignore_ascii_case(HEADER)
    {
        return Ok(());
    }
    let shown: String = text.chars().take(60).collect();
    Err(UserError::new(
        "file.header",
        format!("not a bar file: the header is {shown:?}"),
    )
    .file(path)
    .line(1)
    .rule(HEADER))
}

impl Bars {
    fn take(&mut self, text: &str, line: u64) {
        let before = self.rows.last().map(|bar| (bar.date, bar.start));
        let bar = parse(text).and_then(|bar| {
            if before.is_some_and(|before| (bar.date, bar.start) <= before) {
                return Err("datetime: must follow the row before it".to_owned());
            }
            Ok(bar)
        });
        match bar {
            Ok(bar) => self.rows.push(bar),
            Err(why) => {
                self.bad_count += 1;
                if self.bad.len() < NAMED_MAX {
                    let file = self.path.display().to_string();
                    self.bad.push(BadRow { file, line, why });
                }
            }
        }
    }
}

fn parse(text: &str) -> Result<Bar, String> {
    let mut fields = text.split(',');
    let mut next = |name: &str| fields.next().ok_or_else(|| format!("{name}: missing"));
    let time = next("datetime")?;
    let mut number = |name: &str| {
        let text = next(name)?;
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|value| value.is_finite())
            .ok_or_else(|| format!("{name}: {text:?} is no number"))
    };
    let open = number("open")?;
    let high = number("high")?;
    let low = number("low")?;
    let close = number("close")?;
    let volume = number("volume")?;
    if fields.next().is_some() {
        return Err("more than six columns".to_owned());
    }
    if low <= 0.0 {
        return Err("low: must be greater than zero".to_owned());
    }
    let inside = |price: f64| price >= low && price <= high;
    if !inside(open) || !inside(close) {
        return Err("open and close must lie within low..=high".to_owned());
    }
    if volume < 0.0 {
        return Err("volume: must not be negative".to_owned());
    }
    let (date, start) = moment(time)?;
    Ok(Bar {
        date,
        start,
        price: (high + low + close) / 3.0,
        volume,
    })
}

/// `2025-05-12 09:30:00`, the time a multiple of the bar's length.
fn moment(text: &str) -> Result<(Date, u32), String> {
    let wrong = || format!("datetime: {text:?} is not YYYY-MM-DD HH:MM:SS");
    let (date, time) = text.trim().split_once([' ', 'T']).ok_or_else(wrong)?;
    let date: Date = date.parse().map_err(|_| wrong())?;
    let mut parts = time.split(':').map(|part| part.parse::<u32>().ok());
    let mut part = || parts.next().flatten();
    let (hour, minute) = (part().ok_or_else(wrong)?, part().ok_or_else(wrong)?);
    let second = if time.len() > 5 {
        part().ok_or_else(wrong)?
    } else {
        0
    };
    if hour > 23 || minute > 59 || second > 59 {
        return Err(wrong());
    }
    let start = hour * 3600 + minute * 60 + second;
    if start.is_multiple_of(BIN_SECONDS) {
        Ok((date, start))
    } else {
        Err("datetime: must be the start of a five-minute bar".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_and_a_bad_one_names_its_field() {
        let bar = parse("2025-05-12 09:35:00,208.86,209.0,207.0,207.3,1446283").unwrap();
        assert_eq!(bar.date, Date::constant(2025, 5, 12));
        assert_eq!(bar.start, 9 * 3600 + 35 * 60);
        assert!((bar.price - (209.0 + 207.0 + 207.3) / 3.0).abs() < 1e-12);
        let table = [
            ("2025-05-12 09:35:00,1,2,1,1.5", "volume: missing"),
            (
                "2025-05-12 09:35:00,1,2,1,1.5,x",
                "volume: \"x\" is no number",
            ),
            (
                "2025-05-12 09:35:00,1,2,1,1.5,-1",
                "volume: must not be negative",
            ),
            (
                "2025-05-12 09:35:00,1,2,1,1.5,nan",
                "volume: \"nan\" is no number",
            ),
            (
                "2025-05-12 09:35:00,3,2,1,1.5,1",
                "open and close must lie within low..=high",
            ),
            (
                "2025-05-12 09:35:00,0,2,0,1.5,1",
                "low: must be greater than zero",
            ),
            (
                "2025-05-12 09:36:00,1,2,1,1.5,1",
                "datetime: must be the start of a five-minute bar",
            ),
            (
                "2025-13-12 09:35:00,1,2,1,1.5,1",
                "datetime: \"2025-13-12 09:35:00\" is not YYYY-MM-DD HH:MM:SS",
            ),
            ("2025-05-12 09:35:00,1,2,1,1.5,1,7", "more than six columns"),
        ];
        for (row, why) in table {
            assert_eq!(parse(row).unwrap_err(), why, "{row}");
        }
    }

    #[test]
    fn the_symbol_is_what_stands_before_the_suffix() {
        for (name, want) in [
            ("C_5min.csv.zst", "C"),
            ("/a/BRK.B_5min.csv", "BRK.B"),
            ("SPY.csv", "SPY"),
            ("X_5min.csv.gz", "X"),
        ] {
            assert_eq!(symbol(Path::new(name)), want);
        }
    }

    #[test]
    fn rows_out_of_order_are_counted_and_a_file_without_bars_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("AA_5min.csv");
        let rows = "2025-05-12 09:35:00,1,2,1,1.5,1\n2025-05-12 09:35:00,1,2,1,1.5,1\n\nbad\n";
        std::fs::write(&path, format!("{HEADER}\n{rows}")).unwrap();
        let bars = read(&path).unwrap();
        assert_eq!((bars.rows.len(), bars.bad_count), (1, 2));
        assert_eq!((bars.bad[0].line, bars.bad[1].line), (3, 5));
        std::fs::write(&path, format!("{HEADER}\n")).unwrap();
        assert_eq!(read(&path).unwrap_err().code, "file.bars");
        std::fs::write(&path, "time,price\n").unwrap();
        assert_eq!(read(&path).unwrap_err().code, "file.header");
    }
}
