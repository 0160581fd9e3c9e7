//! Databento files (DBN) of CME Globex, market by order: every order of a contract from the snapshot at the start of the file on.
//!
//! The sources are read twice: first for what they hold (contracts, definitions, times, sessions with trades), then for
//! the messages.

mod book;
mod contract;
mod session;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use dbn::decode::{DbnMetadata, DecodeRecordRef, dbn::Decoder};
use engine_sim::market_file::{Capabilities, MarketFileWriter};
use indicatif::ProgressBar;
use shm_wire::codes::BookSide;
use shm_wire::instrument::{Instrument, SESSIONS_MAX, Session};

use super::day::rfc3339;
use super::open::open;
use super::report::{ConvertReport, RowList};
use super::{check_out, write_error};
use crate::error::UserError;
use book::{Action, Contract, Counters, QTY_MAX, Record};
use contract::Terms;

/// The only data set whose records are understood.
const DATASET: &str = "GLBX.MDP3";
/// Flag bits of a record: last of its event, part of a snapshot.
const FLAG_LAST: u8 = 128;
const FLAG_SNAPSHOT: u8 = 32;

/// `pacer convert dbn SRC... --out FILE`
#[derive(Clone, Debug, clap::Args)]
pub struct DbnArgs {
    /// Files of schema mbo in order of time, and of schema definition: plain, .zst or .gz
    #[arg(required = true)]
    pub sources: Vec<PathBuf>,
    /// Market file to write
    #[arg(long)]
    pub out: PathBuf,
    /// Only the contract with this symbol
    #[arg(long)]
    pub symbol: Option<String>,
    /// Tick, such as 0.25, when no definition is given or it should not count
    #[arg(long)]
    pub tick: Option<String>,
    /// Money of one point for one contract, such as 50
    #[arg(long)]
    pub multiplier: Option<String>,
    /// Currency; USD unless a definition says otherwise
    #[arg(long)]
    pub currency: Option<String>,
    /// Trading session `OPEN/CLOSE` in RFC 3339, up to four; when left out, the Globex hours in which the file has trades
    #[arg(long, value_name = "OPEN/CLOSE")]
    pub session: Vec<String>,
    /// Average daily volume, contracts; 0 = unknown
    #[arg(long, default_value_t = 0, value_parser = super::adv_range())]
    pub adv: u64,
}

/// What the first pass found of a contract.
#[derive(Default)]
struct Found {
    symbol: String,
    file: PathBuf,
    /// Times of its first and last record.
    times: Option<(u64, u64)>,
    /// Open instants of the Globex sessions, and whether a trade stands in them.
    traded: BTreeMap<u64, (Session, bool)>,
}

/// Converts market-by-order files of CME Globex.
///
/// # Errors
/// All [`UserError`]s that make the files unusable; no market file is then written.
pub fn run_dbn(args: &DbnArgs, progress: &ProgressBar) -> Result<ConvertReport, Vec<UserError>> {
    let sources: Vec<&Path> = args.sources.iter().map(PathBuf::as_path).collect();
    check_out(&args.out, &sources).map_err(|e| vec![e])?;
    let options = Terms::of_options(
        args.tick.as_deref(),
        args.multiplier.as_deref(),
        args.currency.as_deref(),
    );
    let given: Result<Vec<Session>, UserError> =
        args.session.iter().map(|s| session::parse(s)).collect();
    let (options, given) = match (options, given) {
        (Ok(o), Ok(g)) => (o, g),
        (o, g) => return Err([o.err(), g.err()].into_iter().flatten().collect()),
    };
    convert(args, options, &given, progress).map_err(|e| vec![e])
}

fn convert(
    args: &DbnArgs,
    options: Terms,
    given: &[Session],
    progress: &ProgressBar,
) -> Result<ConvertReport, UserError> {
    progress.set_message("looking");
    let first = look(args)?;
    let mut notes = Vec::new();
    let mut contracts = Vec::new();
    let mut by_number = BTreeMap::new();
    for (number, found) in &first.contracts {
        let Some((_, last)) = found.times else {
            continue;
        };
        let id = u32::try_from(contracts.len()).unwrap_or(u32::MAX);
        let definition = first.definitions.get(number).copied();
        let mut instrument =
            contract::instrument(id, &found.symbol, options, definition, &found.file)?;
        let sessions = if given.is_empty() {
            sessions_of(found, &mut notes)
        } else {
            given.to_vec()
        };
        if sessions.len() > SESSIONS_MAX {
            return Err(UserError::new(
                "dbn.session",
                format!(
                    "{} has {} sessions up to {}",
                    found.symbol,
                    sessions.len(),
                    rfc3339(last)
                ),
            )
            .field("session")
            .rule(format!("at most {SESSIONS_MAX} sessions a market file"))
            .hint("convert fewer days at once"));
        }
        instrument.session_count = sessions.len() as u8;
        instrument.sessions[..sessions.len()].copy_from_slice(&sessions);
        instrument.average_daily_volume = args.adv;
        if let Some((field, rule)) = instrument.check() {
            return Err(
                UserError::new("convert.instrument", "the instrument breaks a rule")
                    .field(field)
                    .rule(rule),
            );
        }
        by_number.insert(*number, contracts.len());
        contracts.push(Contract::new(instrument));
    }
    if contracts.is_empty() {
        return Err(no_contract(args));
    }
    write(args, contracts, &by_number, notes, progress)
}

fn no_contract(args: &DbnArgs) -> UserError {
    let error = UserError::new(
        "dbn.rows",
        "no market-by-order record of a contract was found",
    )
    .file(&args.sources[0]);
    match &args.symbol {
        Some(symbol) => error
            .field("symbol")
            .hint(format!("is {symbol} in the files?")),
        None => error.hint("the files should be of schema mbo"),
    }
}

/// Globex sessions in which something was traded; a session without a trade is taken for a holiday.
fn sessions_of(found: &Found, notes: &mut Vec<String>) -> Vec<Session> {
    let all: Vec<&(Session, bool)> = found.traded.values().collect();
    let any = all.iter().any(|(_, traded)| *traded);
    let mut kept = Vec::new();
    for (session, traded) in all {
        if *traded || !any {
            kept.push(*session);
        } else {
            notes.push(format!(
                "{}: the session from {} has no trade in the files and was left out, as on a holiday",
                found.symbol,
                rfc3339(session.open)
            ));
        }
    }
    kept
}

/// What the files hold.
struct First {
    contracts: BTreeMap<u32, Found>,
    definitions: BTreeMap<u32, Terms>,
}

type Source = Decoder<Box<dyn BufRead>>;

fn decoder(path: &Path) -> Result<Source, UserError> {
    let input = open(path, "mbo")?.input;
    let source = Decoder::new(input).map_err(|e| {
        UserError::new("dbn.file", format!("this is no DBN file: {e}"))
            .file(path)
            .hint("a file as Databento delivers it, .dbn or .dbn.zst")
    })?;
    let dataset = &source.metadata().dataset;
    if dataset != DATASET {
        return Err(
            UserError::new("dbn.dataset", format!("the data set is {dataset:?}"))
                .file(path)
                .rule(format!("{DATASET}, CME Globex")),
        );
    }
    Ok(source)
}

fn damaged(path: &Path, rows: u64, error: &dbn::Error) -> UserError {
    UserError::new("dbn.record", format!("record {}: {error}", rows + 1)).file(path)
}

/// First pass.
fn look(args: &DbnArgs) -> Result<First, UserError> {
    let mut first = First {
        contracts: BTreeMap::new(),
        definitions: BTreeMap::new(),
    };
    for path in &args.sources {
        let mut source = decoder(path)?;
        let mut symbols = BTreeMap::new();
        for mapping in &source.metadata().mappings {
            for interval in &mapping.intervals {
                if let Ok(number) = interval.symbol.parse::<u32>() {
                    symbols.insert(number, mapping.raw_symbol.clone());
                }
            }
        }
        let mut rows = 0_u64;
        while let Some(record) = source
            .decode_record_ref()
            .map_err(|e| damaged(path, rows, &e))?
        {
            rows += 1;
            if let Some(definition) = record.get::<dbn::InstrumentDefMsg>() {
                let number = definition.hd.instrument_id;
                first
                    .definitions
                    .insert(number, Terms::of_definition(definition));
            } else if let Some(message) = record.get::<dbn::MboMsg>() {
                let number = message.hd.instrument_id;
                let Some(symbol) = symbols.get(&number) else {
                    return Err(UserError::new(
                        "dbn.symbol",
                        format!("record {rows}: instrument {number} has no symbol in the file"),
                    )
                    .file(path));
                };
                let wanted = args.symbol.as_ref();
                if wanted.is_none_or(|s| s.eq_ignore_ascii_case(symbol)) {
                    let found = first.contracts.entry(number).or_default();
                    if found.symbol.is_empty() {
                        found.symbol.clone_from(symbol);
                        found.file.clone_from(path);
                    }
                    found.see(message)?;
                }
            }
        }
    }
    Ok(first)
}

impl Found {
    fn see(&mut self, message: &dbn::MboMsg) -> Result<(), UserError> {
        let time = time_of(message);
        let (from, to) = self.times.unwrap_or((time, time));
        let inside = self
            .traded
            .range_mut(..=time)
            .next_back()
            .map(|(_, entry)| entry)
            .filter(|(session, _)| time < session.close);
        let trade = message.action as u8 == b'T';
        match inside {
            Some((_, traded)) => *traded |= trade,
            None => {
                for session in session::globex(time, time)? {
                    let entry = self.traded.entry(session.open).or_insert((session, false));
                    entry.1 |= trade;
                }
            }
        }
        self.times = Some((from.min(time), to.max(time)));
        Ok(())
    }
}

/// Time of a record: the exchange's, of the snapshot that of its receipt, since its orders are older than the file.
fn time_of(message: &dbn::MboMsg) -> u64 {
    let snapshot = message.flags.raw() & FLAG_SNAPSHOT != 0;
    if snapshot || message.hd.ts_event == dbn::UNDEF_TIMESTAMP {
        message.ts_recv
    } else {
        message.hd.ts_event
    }
}

fn record_of(message: &dbn::MboMsg) -> Result<Option<Record>, &'static str> {
    let flags = message.flags.raw();
    let action = match message.action as u8 {
        b'A' => Action::Add,
        b'C' => Action::Cancel,
        b'M' => Action::Modify,
        b'R' => Action::Clear,
        b'T' => Action::Trade,
        b'F' => Action::Fill,
        b'N' => return Ok(None),
        _ => return Err("unknown action"),
    };
    let side = match message.side as u8 {
        b'A' => Some(BookSide::Ask),
        b'B' => Some(BookSide::Bid),
        b'N' => None,
        _ => return Err("unknown side"),
    };
    let qty = u64::from(message.size);
    if qty > QTY_MAX {
        return Err("size out of range");
    }
    Ok(Some(Record {
        action,
        side,
        id: message.order_id,
        price: message.price,
        qty,
        snapshot: flags & FLAG_SNAPSHOT != 0,
        last: flags & FLAG_LAST != 0,
    }))
}

/// What the market file says of its source: the first contracts and files.
fn source_text(args: &DbnArgs, instruments: &[Instrument]) -> String {
    let symbols: Vec<&str> = instruments.iter().take(8).map(Instrument::symbol).collect();
    let names: Vec<_> = args
        .sources
        .iter()
        .take(8)
        .map(|p| p.file_name().unwrap_or_default().to_string_lossy())
        .collect();
    format!(
        "Databento {DATASET} mbo {}: {}",
        symbols.join(" "),
        names.join(" ")
    )
}

/// Second pass.
fn write(
    args: &DbnArgs,
    mut contracts: Vec<Contract>,
    by_number: &BTreeMap<u32, usize>,
    mut notes: Vec<String>,
    progress: &ProgressBar,
) -> Result<ConvertReport, UserError> {
    progress.set_message("records");
    let failed = |e| write_error(&args.out, &e);
    let instruments: Vec<_> = contracts.iter().map(|c| *c.instrument()).collect();
    let source = source_text(args, &instruments);
    let mut writer = MarketFileWriter::create(&args.out, &instruments, &source).map_err(failed)?;
    let mut skipped = RowList::default();
    let (mut rows, mut now, mut backwards) = (0_u64, 0_u64, 0_u64);
    for path in &args.sources {
        let mut source = decoder(path)?;
        let mut line = 0_u64;
        while let Some(record) = source
            .decode_record_ref()
            .map_err(|e| damaged(path, line, &e))?
        {
            line += 1;
            let Some(message) = record.get::<dbn::MboMsg>() else {
                continue;
            };
            let Some(at) = by_number.get(&message.hd.instrument_id) else {
                continue;
            };
            rows += 1;
            let (time, before) = (time_of(message), now);
            backwards += u64::from(time < now);
            now = now.max(time);
            match record_of(message) {
                Ok(Some(record)) => contracts[*at]
                    .take(&mut writer, before, now, &record)
                    .map_err(failed)?,
                Ok(None) => {}
                Err(why) => skipped.push(path, line, why),
            }
            if rows.is_multiple_of(16_384) {
                progress.set_position(rows);
            }
        }
    }
    let hidden = contracts.iter().any(|c| c.counters.reserve > 0);
    let mut kind = Capabilities::ORDER_BY_ORDER | Capabilities::CONSOLIDATED;
    if hidden {
        kind |= Capabilities::HIDDEN_EXECUTIONS;
    }
    writer.describe(kind, 0);
    let summary = writer.finish().map_err(failed)?;
    progress.finish_and_clear();
    notes.extend(notes_of_all(&contracts, backwards));
    Ok(ConvertReport {
        schema: "pacer.convert/1",
        format: "dbn",
        out: args.out.display().to_string(),
        rows,
        messages: summary.messages,
        skipped_count: skipped.count,
        skipped: skipped.rows,
        book_rows_compared: None,
        book_rows_different: None,
        levels_revealed: None,
        levels_seeded: None,
        differences: Vec::new(),
        instruments: contracts
            .iter()
            .map(|c| c.tape.report(c.instrument().symbol()))
            .collect(),
        notes,
    })
}

fn notes_of_all(contracts: &[Contract], backwards: u64) -> Vec<String> {
    let late = (backwards > 0)
        .then(|| format!("{backwards} records went back in time and were given the time before"));
    let each = contracts.iter();
    let each = each.flat_map(|c| notes_of(c.instrument().symbol(), &c.counters));
    late.into_iter().chain(each).collect()
}

fn notes_of(symbol: &str, counters: &Counters) -> Vec<String> {
    [
        (counters.seeded, "orders stood in the snapshots"),
        (counters.auctions, "auction prints, which take no part in the eligible volume"),
        (
            counters.reserve,
            "fills beyond what the order showed (iceberg reserve) are told as hidden executions",
        ),
        (
            counters.unfilled,
            "trades were not explained by fills of resting orders, in whole or part, and are told as prints",
        ),
        (
            counters.unknown,
            "records named an order that is not known, or known otherwise, or had no usable price or size",
        ),
        (
            counters.crossed,
            "events left the book locked or crossed in continuous trading",
        ),
        (counters.off_tick, "orders have a price between two ticks"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, text)| format!("{symbol}: {count} {text}"))
    .collect()
}
