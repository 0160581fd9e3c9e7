//! LOBSTER: an order-event stream of one NASDAQ instrument and its book after every event.
//!
//! The two files are read together, a row of each at a time. The book is rebuilt from the messages alone and compared with
//! every row of the book file; what the messages cannot tell (the first book, and levels that come into view at the depth
//! edge) is taken from there and counted.

mod book;
mod name;
mod rebuild;
mod row;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use engine_sim::market_file::{Capabilities, MarketFileWriter};
use indicatif::ProgressBar;

use super::day::TradingDay;
use super::lines::{Lines, fields};
use super::open::open;
use super::report::{ConvertReport, RowList};
use super::{check_out, us_equity, write_error};
use crate::error::UserError;
use name::FileName;
use rebuild::{Rebuild, Verdict};
use row::{Event, Snapshot};

/// Most levels a side that are accepted.
const LEVELS_MAX: usize = 1_000;

/// `pacer convert lobster MESSAGE.csv ORDERBOOK.csv --out FILE`
#[derive(Clone, Debug, clap::Args)]
pub struct LobsterArgs {
    /// Message file: plain, .gz, .zst or .zip
    pub message: PathBuf,
    /// Book file of the same symbol, day and depth
    pub orderbook: PathBuf,
    /// Market file to write
    #[arg(long)]
    pub out: PathBuf,
    /// Symbol, when the file name does not say it
    #[arg(long)]
    pub symbol: Option<String>,
    /// Date, when the file name does not say it
    #[arg(long)]
    pub date: Option<String>,
    /// Levels a side, when neither file name nor columns should say it
    #[arg(long)]
    pub levels: Option<u32>,
    /// Lot of child orders, shares
    #[arg(long, default_value_t = 100)]
    pub lot: u64,
    /// Average daily volume, shares; 0 = unknown
    #[arg(long, default_value_t = 0, value_parser = super::adv_range())]
    pub adv: u64,
}

/// What is known before the first row.
struct Plan {
    symbol: String,
    day: TradingDay,
    /// From names or options; else the columns of the first row decide.
    levels: Option<u32>,
    /// Start of the file after midnight, ns, where its name says it.
    start: Option<u64>,
}

/// Converts a pair of files.
///
/// # Errors
/// All [`UserError`]s that make the files unusable; no market file is then written.
pub fn run_lobster(
    args: &LobsterArgs,
    progress: &ProgressBar,
) -> Result<ConvertReport, Vec<UserError>> {
    check_out(&args.out, &[&args.message, &args.orderbook]).map_err(|e| vec![e])?;
    let (messages, books) = match (
        open(&args.message, "message"),
        open(&args.orderbook, "orderbook"),
    ) {
        (Ok(m), Ok(b)) => (m, b),
        (m, b) => return Err([m.err(), b.err()].into_iter().flatten().collect()),
    };
    let plan = plan(
        args,
        messages.inner_name.as_deref(),
        books.inner_name.as_deref(),
    )?;
    let mut messages = Lines::new(messages.input, &args.message);
    let mut books = Lines::new(books.input, &args.orderbook);
    convert(args, &plan, &mut messages, &mut books, progress).map_err(|e| vec![e])
}

fn plan(
    args: &LobsterArgs,
    message_inner: Option<&str>,
    book_inner: Option<&str>,
) -> Result<Plan, Vec<UserError>> {
    let read = |inner: Option<&str>, path: &Path| {
        inner
            .and_then(|n| FileName::parse(Path::new(n)))
            .or_else(|| FileName::parse(path))
    };
    let names = [
        read(message_inner, &args.message),
        read(book_inner, &args.orderbook),
    ];
    let mut errors = pair_errors(args, &names);
    let name = names[0].as_ref().or(names[1].as_ref());
    let missing = |field: &str| {
        UserError::new("lobster.name", "the file name does not say it")
            .file(&args.message)
            .field(field)
            .rule("TICKER_date_startms_endms_message_levels.csv")
            .hint(format!("give --{field}"))
    };
    let symbol = args
        .symbol
        .clone()
        .or_else(|| name.map(|n| n.symbol.clone()))
        .ok_or_else(|| missing("symbol"));
    let day = args
        .date
        .clone()
        .or_else(|| name.map(|n| n.date.clone()))
        .ok_or_else(|| missing("date"))
        .and_then(|d| TradingDay::parse(&d));
    match (symbol, day) {
        (Ok(symbol), Ok(day)) if errors.is_empty() => Ok(Plan {
            symbol,
            day,
            levels: args.levels.or(name.map(|n| n.levels)),
            start: name
                .map(|n| n.start_ms)
                .filter(|ms| *ms < 86_400_000)
                .map(|ms| ms * 1_000_000),
        }),
        (symbol, day) => {
            errors.extend([symbol.err(), day.err()].into_iter().flatten());
            Err(errors)
        }
    }
}

/// What the names of the two files have against being a pair.
fn pair_errors(args: &LobsterArgs, names: &[Option<FileName>; 2]) -> Vec<UserError> {
    let mut errors = Vec::new();
    for (name, path, kind) in [
        (&names[0], &args.message, "message"),
        (&names[1], &args.orderbook, "orderbook"),
    ] {
        if let Some(name) = name.as_ref().filter(|n| n.kind != kind) {
            errors.push(
                UserError::new("lobster.kind", format!("this is the {} file", name.kind))
                    .file(path)
                    .rule(format!("the {kind} file stands here"))
                    .hint("message file first, then book file"),
            );
        }
    }
    if let (Some(m), Some(b)) = (&names[0], &names[1]) {
        let differ = [
            ("symbol", m.symbol != b.symbol && args.symbol.is_none()),
            ("date", m.date != b.date && args.date.is_none()),
            ("levels", m.levels != b.levels && args.levels.is_none()),
        ];
        for (field, _) in differ.into_iter().filter(|(_, differs)| *differs) {
            errors.push(
                UserError::new("lobster.pair", "the names of the two files do not agree")
                    .file(&args.orderbook)
                    .field(field)
                    .rule("both files are of one symbol, day and depth"),
            );
        }
    }
    errors
}

fn convert(
    args: &LobsterArgs,
    plan: &Plan,
    messages: &mut Lines,
    books: &mut Lines,
    progress: &ProgressBar,
) -> Result<ConvertReport, UserError> {
    let instrument = {
        let mut i = us_equity(&plan.symbol, args.lot, &plan.day)?;
        // One venue's volume: participation in it is not participation in the market.
        i.flags &= !shm_wire::instrument::INSTRUMENT_CONSOLIDATED_VOLUME;
        i.average_daily_volume = args.adv;
        i
    };
    let mut pair = Pair {
        messages,
        books,
        skipped: RowList::default(),
        differences: RowList::default(),
        rows: 0,
        unread: 0,
    };
    if !pair.advance()? {
        return Err(UserError::new("lobster.empty", "the file has no rows").file(&args.message));
    }
    let depth = depth_of(plan, pair.books)?;
    let source = format!(
        "LOBSTER {} {}, {depth} levels: {}",
        plan.symbol,
        plan.day.date(),
        args.message
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
    );
    let write = |e| write_error(&args.out, &e);
    let mut writer = MarketFileWriter::create(&args.out, &[instrument], &source).map_err(write)?;
    writer.describe(
        Capabilities::ORDER_BY_ORDER | Capabilities::LEVELS | Capabilities::HIDDEN_EXECUTIONS,
        depth as u32,
    );
    let mut rebuild = Rebuild::new(&mut writer, plan.day, depth);
    pair.run(plan, depth, &mut rebuild, progress)
        .map_err(|e| match e {
            RowError::User(e) => e,
            RowError::Market(e) => write(e),
        })?;
    let (tape, counters) = (rebuild.tape, rebuild.counters);
    if pair.unread == pair.rows {
        return Err(
            UserError::new("lobster.rows", "no row of the message file could be read")
                .file(&args.message)
                .hint(
                    pair.skipped
                        .rows
                        .first()
                        .map_or(String::new(), |s| format!("line {}: {}", s.line, s.why)),
                ),
        );
    }
    let summary = writer.finish().map_err(write)?;
    progress.finish_and_clear();
    Ok(ConvertReport {
        schema: "pacer.convert/1",
        format: "lobster",
        out: args.out.display().to_string(),
        rows: pair.rows,
        messages: summary.messages,
        skipped_count: pair.skipped.count,
        skipped: pair.skipped.rows,
        book_rows_compared: Some(counters.compared),
        book_rows_different: Some(counters.different),
        levels_revealed: Some(counters.seeded + counters.uncovered),
        levels_seeded: Some(counters.seeded),
        differences: pair.differences.rows,
        instruments: vec![tape.report(instrument.symbol())],
        notes: notes(&counters),
    })
}

fn notes(counters: &rebuild::Counters) -> Vec<String> {
    let mut notes = vec![
        "volume is that of NASDAQ alone; opening and closing crosses are not in the source unless it has rows of type 6".to_owned(),
    ];
    if counters.inconsistent > 0 {
        notes.push(format!(
            "{} rows did not fit what earlier rows said of their order; their levels were written whole",
            counters.inconsistent
        ));
    }
    if counters.backwards > 0 {
        notes.push(format!(
            "{} rows went back in time and were given the time before",
            counters.backwards
        ));
    }
    if counters.halts > 0 {
        notes.push(format!("{} changes of the trading status", counters.halts));
    }
    notes
}

/// Levels a side; the columns of the first book row must agree with what name or option say.
fn depth_of(plan: &Plan, books: &Lines) -> Result<usize, UserError> {
    let columns = fields(books.line()).count();
    let error = |message: String| {
        UserError::new("lobster.levels", message)
            .file(books.path())
            .line(1)
            .field("levels")
    };
    if !columns.is_multiple_of(4) || columns / 4 > LEVELS_MAX {
        return Err(error(format!("{columns} columns"))
            .rule(format!("four columns a level, at most {LEVELS_MAX} levels"))
            .hint("the book file is the second argument"));
    }
    match plan.levels {
        Some(levels) if levels as usize != columns / 4 => Err(error(format!(
            "{columns} columns are {} levels, {levels} expected",
            columns / 4
        ))
        .rule("four columns a level")
        .hint("give --levels")),
        _ => Ok(columns / 4),
    }
}

enum RowError {
    User(UserError),
    Market(engine_sim::market_file::MarketFileError),
}

/// The two files, read side by side.
struct Pair<'a> {
    messages: &'a mut Lines,
    books: &'a mut Lines,
    skipped: RowList,
    differences: RowList,
    rows: u64,
    /// Message rows that could not be read.
    unread: u64,
}

impl Pair<'_> {
    fn advance(&mut self) -> Result<bool, UserError> {
        let (m, b) = (self.messages.advance()?, self.books.advance()?);
        if m != b {
            let (long, short) = if m {
                (&self.messages, &self.books)
            } else {
                (&self.books, &self.messages)
            };
            return Err(UserError::new(
                "lobster.rows",
                format!("{} ends before it", short.path().display()),
            )
            .file(long.path())
            .line(long.number())
            .rule("both files have the same number of rows"));
        }
        self.rows += u64::from(m);
        Ok(m)
    }

    /// Takes every row; the first is already there.
    fn run(
        &mut self,
        plan: &Plan,
        depth: usize,
        rebuild: &mut Rebuild<'_>,
        progress: &ProgressBar,
    ) -> Result<(), RowError> {
        let mut snapshot = Snapshot::default();
        loop {
            let event = match Event::parse(self.messages.line()) {
                Ok(event) => Some(event),
                Err(why) => {
                    self.unread += 1;
                    self.skipped
                        .push(self.messages.path(), self.messages.number(), why);
                    None
                }
            };
            let row = match snapshot.parse(self.books.line(), depth) {
                Ok(()) => Some(&snapshot),
                Err(why) => {
                    self.skipped
                        .push(self.books.path(), self.books.number(), why);
                    None
                }
            };
            if let Some(row) = row.filter(|_| !rebuild.is_seeded()) {
                let first = event.as_ref().map(|e| e.time);
                let start = match (plan.start, first) {
                    (Some(start), Some(first)) => start.min(first),
                    (start, first) => start.or(first).unwrap_or(super::day::REGULAR_OPEN),
                };
                rebuild
                    .seed(plan.day.at(start), event.as_ref(), row)
                    .map_err(RowError::Market)?;
            }
            if rebuild.row(event.as_ref(), row).map_err(RowError::Market)? == Verdict::Different {
                self.differences.push(
                    self.books.path(),
                    self.books.number(),
                    "the rebuilt book is not this row",
                );
            }
            if self.rows.is_multiple_of(16_384) {
                progress.set_position(self.rows);
            }
            if !self.advance().map_err(RowError::User)? {
                return Ok(());
            }
        }
    }
}
