//! Lean tick files: the consolidated US tape of one symbol and day, trades and the national best bid and offer.
//!
//! Trades and quotes are merged by time; at one time quotes stand before trades, since the touch that prevails when a trade
//! prints is the one before it. Times have milliseconds, so the order inside one is the provider's within each file only.

mod auctions;
mod bars;
mod codes;
mod quotes;
mod row;
#[cfg(test)]
mod tests;
mod trades;

use std::path::{Path, PathBuf};

use engine_sim::market_file::{Capabilities, MarketFileError, MarketFileWriter};
use indicatif::ProgressBar;
use shm_wire::codes::TradingStatus;
use shm_wire::instrument::Session;
use shm_wire::market::{OfficialPrice, Quote, Status, Trade};

use super::day::TradingDay;
use super::lines::Lines;
use super::open::open;
use super::report::{ConvertReport, RowList};
use super::{check_out, us_equity, write_error};
use crate::error::UserError;
pub use auctions::AuctionArgs;
use auctions::Crosses;
use quotes::Quotes;
use trades::Trades;

/// `pacer convert lean TRADES.csv [QUOTES.csv] --symbol SYM --date DATE --out FILE`
#[derive(Clone, Debug, clap::Args)]
pub struct LeanArgs {
    /// Trade ticks: plain, .gz, .zst or .zip
    pub trades: PathBuf,
    /// Quote ticks of the same symbol and day
    pub quotes: Option<PathBuf>,
    /// Symbol
    #[arg(long)]
    pub symbol: String,
    /// Date, YYYY-MM-DD or YYYYMMDD; when left out, the first eight digits of the file name
    #[arg(long)]
    pub date: Option<String>,
    /// Market file to write
    #[arg(long)]
    pub out: PathBuf,
    /// Lot of child orders, shares
    #[arg(long, default_value_t = 100)]
    pub lot: u64,
    /// Average daily volume, shares; 0 = unknown, or from --adv-from
    #[arg(long, default_value_t = 0, value_parser = super::adv_range(), conflicts_with = "adv_from")]
    pub adv: u64,
    /// Trade bars of other days, one file a day: their mean volume is the average daily volume
    #[arg(long, value_name = "FILE")]
    pub adv_from: Vec<PathBuf>,
    /// Calendar of the auctions
    #[command(flatten)]
    pub auctions: AuctionArgs,
}

/// Converts a trade file and, where there is one, its quote file.
///
/// # Errors
/// All [`UserError`]s that make the files unusable; no market file is then written.
pub fn run_lean(args: &LeanArgs, progress: &ProgressBar) -> Result<ConvertReport, Vec<UserError>> {
    let sources: Vec<&Path> = [Some(args.trades.as_path()), args.quotes.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    check_out(&args.out, &sources).map_err(|e| vec![e])?;
    let mut errors = Vec::new();
    let mut keep = |result: Result<Lines, UserError>| result.map_err(|e| errors.push(e)).ok();
    let trades = keep(open(&args.trades, "trade").map(|o| Lines::new(o.input, &args.trades)));
    let quotes = args
        .quotes
        .as_ref()
        .map(|path| keep(open(path, "quote").map(|o| Lines::new(o.input, path))));
    let day = day_of(args).map_err(|e| errors.push(e)).ok();
    match (trades, day) {
        (Some(mut trades), Some(day)) if errors.is_empty() => {
            convert(args, &day, &mut trades, quotes.flatten().as_mut(), progress)
                .map_err(|e| vec![e])
        }
        _ => Err(errors),
    }
}

fn day_of(args: &LeanArgs) -> Result<TradingDay, UserError> {
    if let Some(date) = &args.date {
        return TradingDay::parse(date);
    }
    let name = args
        .trades
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let digits = name.get(..8).unwrap_or_default();
    TradingDay::parse(digits).map_err(|_| {
        UserError::new("lean.date", "the file name does not begin with a date")
            .file(&args.trades)
            .field("date")
            .rule("YYYYMMDD_trade.csv")
            .hint("give --date")
    })
}

fn convert(
    args: &LeanArgs,
    day: &TradingDay,
    trade_lines: &mut Lines,
    quote_lines: Option<&mut Lines>,
    progress: &ProgressBar,
) -> Result<ConvertReport, UserError> {
    let mut instrument = us_equity(&args.symbol, args.lot, day)?;
    instrument.average_daily_volume = match args.adv_from.as_slice() {
        [] => args.adv,
        files => bars::mean_volume(files)?,
    };
    let mut skipped = RowList::default();
    progress.set_message("trades");
    let trades = Trades::read(trade_lines, day, &mut skipped)?;
    if trades.messages.is_empty() {
        return Err(no_rows(&args.trades, &skipped));
    }
    let crosses = Crosses::enter(&args.auctions, day, &trades.messages, &mut instrument)?;
    progress.set_message("quotes");
    progress.set_position(trades.rows);
    let has_quotes = quote_lines.is_some();
    let quotes = match quote_lines {
        Some(lines) => {
            let before = skipped.count;
            let quotes = Quotes::read(lines, day, &instrument, &mut skipped)?;
            if quotes.messages.is_empty() && skipped.count > before {
                return Err(no_rows(lines.path(), &skipped));
            }
            quotes
        }
        None => Quotes::default(),
    };
    let write = |e| write_error(&args.out, &e);
    let source = format!(
        "Lean ticks {} {}, consolidated tape",
        instrument.symbol(),
        day.date()
    );
    let mut writer = MarketFileWriter::create(&args.out, &[instrument], &source).map_err(write)?;
    let kind = if has_quotes {
        Capabilities::QUOTES_AND_TRADES
    } else {
        Capabilities::TRADES_ONLY
    };
    writer.describe(kind | Capabilities::CONSOLIDATED, 0);
    merge(
        &mut writer,
        &trades.messages,
        &quotes.messages,
        day.session(),
        &crosses,
    )
    .map_err(write)?;
    let summary = writer.finish().map_err(write)?;
    progress.finish_and_clear();
    Ok(ConvertReport {
        schema: "pacer.convert/1",
        format: "lean",
        out: args.out.display().to_string(),
        rows: trades.rows + quotes.rows,
        messages: summary.messages,
        skipped_count: skipped.count,
        skipped: skipped.rows,
        book_rows_compared: None,
        book_rows_different: None,
        levels_revealed: None,
        levels_seeded: None,
        differences: Vec::new(),
        instruments: vec![trades.tape.report(instrument.symbol())],
        notes: {
            let mut all = notes(&trades, &quotes, has_quotes);
            all.extend(crosses.notes);
            all
        },
    })
}

fn no_rows(path: &Path, skipped: &RowList) -> UserError {
    let error = UserError::new("lean.rows", "the file has no row that can be read").file(path);
    let name = path.display().to_string();
    match skipped.rows.iter().find(|row| row.file == name) {
        Some(row) => error.hint(format!("line {}: {}", row.line, row.why)),
        None => error,
    }
}

/// Writes quotes and trades in time order, quotes first, with the trading status where the session opens.
fn merge(
    writer: &mut MarketFileWriter,
    trades: &[Trade],
    quotes: &[Quote],
    session: Session,
    crosses: &Crosses,
) -> Result<(), MarketFileError> {
    let mut sequence = 0_u32;
    let mut numbered = || {
        sequence = sequence.wrapping_add(1);
        sequence
    };
    let mut status = None;
    let (mut trades, mut quotes) = (trades.iter().peekable(), quotes.iter().peekable());
    loop {
        let (trade_time, quote_time) =
            (trades.peek().map(|t| t.time), quotes.peek().map(|q| q.time));
        let Some(time) = trade_time.into_iter().chain(quote_time).min() else {
            return Ok(());
        };
        let now = if time < session.open {
            TradingStatus::PreOpen
        } else {
            TradingStatus::Continuous
        };
        if status != Some(now) {
            // The session opens on time whether anything happens then or not.
            let at = if status.is_some() { session.open } else { time };
            let code = now.code();
            writer.push(&Status {
                sequence: numbered(),
                time: at,
                status: code,
                ..Status::empty()
            })?;
            status = Some(now);
        }
        if quote_time == Some(time) {
            if let Some(quote) = quotes.next() {
                writer.push(&Quote {
                    sequence: numbered(),
                    ..*quote
                })?;
            }
        } else if let Some(trade) = trades.next() {
            writer.push(&Trade {
                sequence: numbered(),
                ..*trade
            })?;
            if let Some(official) = crosses.official(trade) {
                writer.push(&OfficialPrice {
                    sequence: numbered(),
                    ..official
                })?;
            }
        }
    }
}

fn notes(trades: &Trades, quotes: &Quotes, has_quotes: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if !has_quotes {
        notes.push(
            "no quotes: there is no touch to trade against and no mid to measure by".to_owned(),
        );
    }
    for (count, text) in [
        (
            trades.backwards + quotes.backwards,
            "rows stood after a later one and were sorted by time",
        ),
        (
            quotes.suspicious,
            "quote rows are marked suspicious and were left out",
        ),
        (
            quotes.single,
            "quote rows have no partner; the other side stayed as it was",
        ),
        (
            quotes.crossed,
            "quotes are crossed (bid above ask) and stand as they are",
        ),
        (
            quotes.off_tick,
            "quotes have a price between two ticks and stand as they are",
        ),
    ] {
        if count > 0 {
            notes.push(format!("{count} {text}"));
        }
    }
    notes
}
