//! Commands that do no more than call their part of the library and print: backtest, convert, models, tca, child.

use super::support::{print_json, print_text};
use super::{Answer, ConvertCommand};
use crate::backtest::{self, BacktestArgs};
use crate::convert;
use crate::error::UserError;
use crate::orders::random::{self, RandomArgs};
use crate::plan::{self, PlanArgs};
use crate::report::{RunFacts, document, sink, table};
use crate::schema::{self, SchemaArgs};
use shm_journal::{JournalError, JournalReader, Tail};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `pacer tca RUN`.
#[derive(Clone, Debug, clap::Args)]
pub struct TcaArgs {
    /// Folder of a run (with `journal` in it), or of a journal
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Write the report as a page with pictures, too
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// `pacer child`.
#[derive(Clone, Debug, clap::Args)]
pub struct ChildArgs {
    /// The process that must be the parent
    #[arg(long)]
    pub parent: u32,
    /// Program and arguments
    #[arg(last = true, required = true)]
    pub command: Vec<OsString>,
}

pub(super) fn backtest(args: &BacktestArgs, json: bool) -> Answer {
    let run = backtest::run(args)?;
    if json {
        print_json(&run.document());
    } else {
        print_text(&run.text());
    }
    Ok(run.ok())
}

pub(super) fn orders_random(args: &RandomArgs) -> Answer {
    let text = random::run(args)?;
    if args.out.is_none() {
        print_text(&text);
    }
    Ok(true)
}

pub(super) fn convert(command: &ConvertCommand, json: bool) -> Answer {
    let progress = convert::progress();
    let report = match command {
        ConvertCommand::Lobster(args) => convert::run_lobster(args, &progress),
        ConvertCommand::Lean(args) => convert::run_lean(args, &progress),
        ConvertCommand::Dbn(args) => convert::run_dbn(args, &progress),
    };
    progress.finish_and_clear();
    let report = report?;
    if json {
        print_json(&report);
    } else {
        print_text(&report.to_string());
    }
    Ok(true)
}

pub(super) fn models(cases: &Path, json: bool) -> Answer {
    let wrong = |code: &str, text: String| vec![UserError::new(code, text).file(cases)];
    let text = std::fs::read_to_string(cases)
        .map_err(|e| wrong("file.open", format!("cannot read the cases: {e}")))?;
    let file = serde_json::from_str(&text)
        .map_err(|e| wrong("file.json", format!("not a JSON document: {e}")))?;
    let report = crate::models::check(&file);
    if json {
        print_json(&report);
    } else {
        print_text(&report.text());
    }
    Ok(report.ok())
}

pub(super) fn plan(args: &PlanArgs, json: bool) -> Answer {
    let plans = plan::run(args)?;
    if json {
        print_json(&gateway_desk::plan::document(&plans));
    } else {
        print_text(&gateway_desk::plan::text(&plans));
    }
    Ok(true)
}

pub(super) fn schema(args: &SchemaArgs) -> Answer {
    print_text(&schema::run(args)?);
    Ok(true)
}

pub(super) fn tca(args: &TcaArgs, json: bool) -> Answer {
    let nested = args.run.join("journal");
    let dir = if nested.is_dir() { &nested } else { &args.run };
    let failed = |e: JournalError| {
        let errors = super::journal::failed(dir, &e).into_iter();
        errors
            .map(|e| e.hint("name the folder of a run, or of its journal"))
            .collect::<Vec<_>>()
    };
    let reader = JournalReader::open(dir).map_err(failed)?;
    let header = *reader.header();
    let (analysis, digest, tail) = sink::read(dir).map_err(failed)?;
    let report = analysis.report();
    let name = args.run.canonicalize().unwrap_or_else(|_| args.run.clone());
    let facts = RunFacts {
        id: name
            .file_name()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
        seed: header.seed,
        market: reader
            .instruments()
            .iter()
            .map(shm_wire::instrument::Instrument::symbol)
            .collect::<Vec<_>>()
            .join(" "),
        digest,
        ..RunFacts::default()
    };
    if let Some(path) = &args.html {
        write_html(path, &report)?;
    }
    if let Tail::Torn { .. } = tail {
        eprintln!("note: the last record of the journal is torn; the report ends before it");
    }
    if json {
        print_json(&document(&report, &facts));
    } else {
        print_text(&table::text(&report, &facts));
    }
    Ok(report.quality.law_violations == 0)
}

/// Writes the report as a page.
///
/// # Errors
/// When the file cannot be written.
pub fn write_html(path: &Path, report: &gateway_tca::Report) -> Result<(), Vec<UserError>> {
    std::fs::write(path, gateway_tca::html::render(report)).map_err(|e| {
        vec![UserError::new("file.write", format!("cannot write the page: {e}")).file(path)]
    })
}

/// Becomes another program that is killed when this process's parent dies, and that ending signals reach.
pub(super) fn child(args: &ChildArgs) -> Answer {
    let failed = |what: String| vec![UserError::new("child.start", what)];
    engine_runtime::os::die_with_parent(args.parent).map_err(|e| failed(e.to_string()))?;
    engine_runtime::os::unblock_endings();
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(failed("no program".to_owned()));
    };
    let error = Command::new(program).args(arguments).exec();
    Err(failed(format!("{}: {error}", Path::new(program).display())))
}
