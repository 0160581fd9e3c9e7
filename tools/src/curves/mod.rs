//! `pacer curves`: volume curves from five-minute bars, and how well they track VWAP on dates they have not seen.
//!
//! `fit` learns from the dates before a day and writes a curve file ([`engine_curves::file`]); `score` trades one order for each symbol and
//! session on later dates ([`score`]). What is learned, how, and what was measured is in `docs/curves.md`. Both refuse what they cannot use with
//! errors that name file and rule; single bad rows are left out and counted.

pub mod adapt;
pub mod bars;
pub mod bootstrap;
pub mod fit;
pub mod report;
pub mod score;
pub mod sessions;
pub mod walk;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use engine_algos::curves::CurveTable;
use engine_curves::file::Averaging;
use engine_curves::ladder::Window;
use engine_curves::{CurveFile, CurveFileError};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use serde_json::Value;
use shm_wire::instrument::Instrument;

use crate::error::UserError;
use bars::Bars;

/// `pacer curves fit`.
#[derive(Clone, Debug, clap::Args)]
pub struct FitArgs {
    /// Bar files SYMBOL_5min.csv (plain, .zst, .gz or .zip), or folders of them
    #[arg(required = true, value_name = "BARS")]
    pub bars: Vec<PathBuf>,
    /// The curve file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Learn from the dates before this one only
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// CSV file `symbol,group` with the sector or product of each symbol
    #[arg(long, value_name = "FILE")]
    pub groups: Option<PathBuf>,
    /// Full sessions in a curve
    #[arg(long, value_name = "DAYS", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=60))]
    pub curve_days: u8,
    /// How their shares are averaged
    #[arg(long, value_name = "HOW", default_value = "mean")]
    pub averaging: Averaging,
}

/// `pacer curves score`.
#[derive(Clone, Debug, clap::Args)]
pub struct ScoreArgs {
    /// The curve file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Bar files SYMBOL_5min.csv (plain, .zst, .gz or .zip), or folders of them
    #[arg(required = true, value_name = "BARS")]
    pub bars: Vec<PathBuf>,
    /// First date to score; without it the day after the last one of the fit
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// CSV file `symbol,group` with the sector or product of symbols that the curve file lacks
    #[arg(long, value_name = "FILE")]
    pub groups: Option<PathBuf>,
}

/// Runs `pacer curves fit` and prints what was learned.
///
/// # Errors
/// Everything that is wrong with the inputs, or the file that cannot be written.
pub fn run_fit(args: &FitArgs, json: bool) -> Result<bool, Vec<UserError>> {
    let groups = read_groups(args.groups.as_deref())?;
    let files = read_all(&args.bars)?;
    if files.iter().any(|bars| same_file(&bars.path, &args.out)) {
        let error = UserError::new("usage.out", "the output would replace a source");
        return Err(vec![error.file(&args.out).field("--out")]);
    }
    let options = fit::Options {
        until: args.until,
        window: Window {
            sessions: args.curve_days.into(),
            averaging: args.averaging,
        },
    };
    let progress = progress("fit", files.len());
    let outcome = fit::fit(&files, options, &groups, |symbol| step(&progress, symbol));
    progress.finish_and_clear();
    let outcome = outcome.map_err(|e| vec![e])?;
    outcome
        .file
        .write(&args.out)
        .map_err(|e| vec![file_error(e)])?;
    if json {
        print_json(&report::fit_document(&outcome, &args.out));
    } else {
        print(&report::fit_text(&outcome, &args.out));
    }
    Ok(true)
}

/// The curves of a file for these instruments, made once at a program's start.
///
/// # Errors
/// What is wrong with the file.
pub fn load(path: &Path, instruments: &[Instrument]) -> Result<CurveTable, Vec<UserError>> {
    engine_curves::table::load(path, instruments).map_err(|e| vec![file_error(e)])
}

/// What is wrong with a curve file, in the shape of user errors.
fn file_error(error: CurveFileError) -> UserError {
    match error {
        CurveFileError::Open(file, e) => {
            UserError::new("file.open", format!("cannot read the curve file: {e}"))
                .file(&file)
                .hint("make one with `pacer curves fit BARS... --out FILE`")
        }
        CurveFileError::Write(file, e) => {
            UserError::new("file.write", format!("cannot write: {e}")).file(&file)
        }
        CurveFileError::Number(e) => UserError::new("curves.write", format!("cannot write: {e}")),
        CurveFileError::Content {
            file,
            field,
            message,
        } => {
            let mut error = UserError::new("file.curves", message).rule(format!(
                "a file of schema {}, as `pacer curves fit` wrote it",
                engine_curves::file::SCHEMA
            ));
            if let Some(file) = file {
                error = error.file(&file);
            }
            if let Some(field) = field {
                error = error.field(&field);
            }
            error
        }
    }
}

/// Runs `pacer curves score` and prints the figures.
///
/// # Errors
/// Everything that is wrong with the inputs, or nothing to score.
pub fn run_score(args: &ScoreArgs, json: bool) -> Result<bool, Vec<UserError>> {
    let file = CurveFile::read(&args.file).map_err(|e| vec![file_error(e)])?;
    let groups = read_groups(args.groups.as_deref())?;
    let files = read_all(&args.bars)?;
    let progress = progress("score", files.len());
    let outcome = score::score(&file, &files, args.from, &groups, |s| step(&progress, s));
    progress.finish_and_clear();
    let outcome = outcome.map_err(|e| vec![e])?;
    if json {
        print_json(&report::score_document(&outcome, &file, &args.file));
    } else {
        print(&report::score_text(&outcome, &file));
    }
    Ok(true)
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Reads every file, or says what is wrong with each of those that cannot be used.
fn read_all(paths: &[PathBuf]) -> Result<Vec<Bars>, Vec<UserError>> {
    let paths = bars::expand(paths)?;
    let progress = progress("read", paths.len());
    let mut files = Vec::new();
    let mut errors = Vec::new();
    for path in &paths {
        step(&progress, &bars::symbol(path));
        match bars::read(path) {
            Ok(bars) => files.push(bars),
            Err(error) => errors.push(error),
        }
    }
    progress.finish_and_clear();
    if errors.is_empty() {
        Ok(files)
    } else {
        Err(errors)
    }
}

/// Reads `symbol,group`.
fn read_groups(path: Option<&Path>) -> Result<BTreeMap<String, String>, Vec<UserError>> {
    let Some(path) = path else {
        return Ok(BTreeMap::new());
    };
    let failed = |e: std::io::Error| {
        vec![UserError::new("file.open", format!("cannot read the groups: {e}")).file(path)]
    };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let mut groups = BTreeMap::new();
    let mut errors = Vec::new();
    let mut wrong = |line: usize, message: &str| {
        let error = UserError::new("file.groups", message);
        errors.push(error.file(path).line(line as u64).rule("symbol,group"));
    };
    for (index, line) in text.lines().enumerate() {
        let pair = line.split_once(',').map(|(a, b)| (a.trim(), b.trim()));
        match pair {
            Some(("symbol", "group")) if index == 0 => {}
            _ if index == 0 => wrong(1, "the header is another"),
            _ if line.trim().is_empty() => {}
            Some((symbol, group)) if !symbol.is_empty() && !group.is_empty() => {
                if groups.insert(symbol.to_owned(), group.to_owned()).is_some() {
                    wrong(index + 1, "the symbol stands twice");
                }
            }
            _ => wrong(index + 1, "not a symbol and a group"),
        }
    }
    if errors.is_empty() {
        Ok(groups)
    } else {
        Err(errors)
    }
}

/// A bar on standard error; it stays silent when standard error is no terminal.
fn progress(what: &'static str, count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(what);
    bar
}

fn step(bar: &ProgressBar, symbol: &str) {
    bar.set_message(symbol.to_owned());
    bar.inc(1);
}

fn print_json(document: &Value) {
    print(&format!("{document:#}\n"));
}

/// A reader that went away is no error.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

#[cfg(test)]
mod tests;
