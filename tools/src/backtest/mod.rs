//! `pacer backtest`: the engine in virtual time on a market file; same seed, same bytes.

mod isolated;

use crate::convert::progress;
use crate::curves;
use crate::error::UserError;
use crate::orders::{self, OrderRow};
use crate::report::sink::ReportSink;
use crate::report::{RunFacts, document, table};
use engine_algos::registry::Registry;
use engine_sim::backtest::{self, BacktestConfig, BacktestError, Outcome, TimedOrder};
use engine_sim::market_file::MarketFile;
use engine_sim::venue::{Latency, VenueConfig};
use gateway_tca::report::Report;
use serde_json::{Value, json};
use shm_journal::{JournalMeta, JournalWriter};
use shm_wire::instrument::field_text;
use shm_wire::units::DurationNs;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `pacer backtest`.
#[derive(Clone, Debug, clap::Args)]
pub struct BacktestArgs {
    /// Market file, made by `pacer convert`.
    #[arg(long, value_name = "PATH")]
    pub market: PathBuf,
    /// Order list (CSV); see docs/order-list.md.
    #[arg(long, value_name = "FILE")]
    pub orders: PathBuf,
    /// Seed of every random draw.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Folder for the journal, report.json and report.html; must not hold a run yet.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Curve file of `pacer curves fit`, for the algorithms that follow volume
    #[arg(long, value_name = "FILE")]
    pub curves: Option<PathBuf>,
    /// Delay from engine to venue and back, microseconds each way.
    #[arg(long, default_value_t = 100, value_name = "US")]
    pub latency_us: u64,
    /// Each order alone against a copy of the market of its own, on all cores; no journal is written
    #[arg(long)]
    pub isolated: bool,
    /// Only the order with this name, with the number it has in the list
    #[arg(long, value_name = "CLIENT_ORDER_ID")]
    pub only: Option<String>,
    /// Levels assumed behind a touch that was taken whole, where the source shows nothing; see docs/backtests.md
    #[arg(long, default_value_t = VenueConfig::default().assumed_levels, value_name = "N")]
    pub assumed_levels: u8,
    /// New slices that the venue refuses at random, parts per million.
    #[arg(long, default_value_t = 0, value_name = "PPM")]
    pub reject_ppm: u32,
}

/// A finished backtest.
#[derive(Clone, Debug)]
pub struct BacktestRun {
    /// The execution report.
    pub report: Report,
    /// Facts of the run, wall time included.
    pub facts: RunFacts,
    /// Parents that had not ended when nothing was left to happen.
    pub unfinished: usize,
}

impl BacktestRun {
    /// Whether what was asked is true: no broken law, and every parent ended.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.report.quality.law_violations == 0 && self.unfinished == 0
    }
    /// The `pacer.run/1` document, with wall time.
    #[must_use]
    pub fn document(&self) -> Value {
        document(&self.report, &self.facts)
    }
    /// The table for people.
    #[must_use]
    pub fn text(&self) -> String {
        table::text(&self.report, &self.facts)
    }
}

/// Runs a backtest and writes its files when a folder is given.
///
/// # Errors
/// Every error found in market file and order list, or what kept the files from being written.
pub fn run(args: &BacktestArgs) -> Result<BacktestRun, Vec<UserError>> {
    let began = Instant::now();
    let market = open_market(&args.market)?;
    let rows = rows(args, &market)?;
    let registry = registry(args.curves.as_deref(), &market)?;
    let config = config(args);
    let done = if args.isolated {
        isolated::run(&market, &timed(&rows), &config, registry)?
    } else {
        together(args, &market, &timed(&rows), &config, registry)?
    };
    let Done {
        report,
        digest,
        outcome,
    } = done;
    let facts = facts(args, &market, digest, &outcome);
    if let Some(dir) = &args.out {
        write_files(dir, &report, &facts)?;
    }
    let facts = RunFacts {
        wall_seconds: Some(began.elapsed().as_secs_f64()),
        ..facts
    };
    Ok(BacktestRun {
        report,
        facts,
        unfinished: outcome.unfinished,
    })
}

/// What a run, or all of them together, came to.
struct Done {
    report: Report,
    digest: String,
    outcome: Counted,
}

/// Counters by name, of one run or the sums of several.
#[derive(Default)]
struct Counted {
    venue: BTreeMap<&'static str, u64>,
    engine: BTreeMap<&'static str, u64>,
    unfinished: usize,
}

impl Counted {
    fn add(&mut self, outcome: &Outcome) {
        for (name, value) in outcome.venue.all() {
            *self.venue.entry(name).or_insert(0) += value;
        }
        for (name, value) in outcome.counters.entries() {
            *self.engine.entry(name).or_insert(0) += value;
        }
        self.unfinished += outcome.unfinished;
    }
}

/// The rows of the list that are to run.
fn rows(args: &BacktestArgs, market: &MarketFile) -> Result<Vec<OrderRow>, Vec<UserError>> {
    let mut rows = orders::load(&args.orders, market.instruments(), market.first_time())?;
    if let Some(name) = &args.only {
        rows.retain(|r| field_text(&r.order.terms.client_order_id) == name);
        if rows.is_empty() {
            return Err(vec![
                UserError::new("orders.only", format!("{name:?} is no order of the list"))
                    .file(&args.orders)
                    .field("only"),
            ]);
        }
    }
    Ok(rows)
}

fn config(args: &BacktestArgs) -> BacktestConfig {
    let latency = Latency::fixed(DurationNs(args.latency_us.saturating_mul(1_000)));
    BacktestConfig {
        seed: args.seed,
        venue: VenueConfig {
            order_latency: latency,
            report_latency: latency,
            reject_ppm: args.reject_ppm,
            assumed_levels: args.assumed_levels,
            ..VenueConfig::default()
        },
        ..BacktestConfig::default()
    }
}

/// All orders in one book.
fn together(
    args: &BacktestArgs,
    market: &MarketFile,
    orders: &[TimedOrder],
    config: &BacktestConfig,
    registry: Registry,
) -> Result<Done, Vec<UserError>> {
    let journal = args
        .out
        .as_deref()
        .map(|dir| journal_in(dir, args.seed, market))
        .transpose()?;
    let mut sink = ReportSink::new(market.instruments(), journal);
    let bar = progress();
    bar.set_length(1_000);
    bar.set_message("backtest");
    let outcome = backtest::run(market, orders, config, registry, &mut sink, &mut |done| {
        bar.set_position(done)
    })
    .map_err(|e| vec![settings(&e)])?;
    bar.finish_and_clear();
    let (analysis, digest) = sink.finish().map_err(|e| {
        vec![UserError::new("backtest.journal", e.to_string()).hint("is the disk full?")]
    })?;
    let mut counted = Counted::default();
    counted.add(&outcome);
    Ok(Done {
        report: analysis.report(),
        digest,
        outcome: counted,
    })
}

fn settings(error: &BacktestError) -> UserError {
    UserError::new("backtest.settings", error.to_string())
}

/// The registry, with the curves of a file when one is named.
fn registry(file: Option<&Path>, market: &MarketFile) -> Result<Registry, Vec<UserError>> {
    match file {
        None => Ok(Registry::default()),
        Some(path) => curves::load(path, market.instruments()).map(Registry::with_curves),
    }
}

/// Every order goes out at the start of the run; it waits for its own start in the engine.
fn timed(rows: &[OrderRow]) -> Vec<TimedOrder> {
    rows.iter()
        .map(|r| TimedOrder {
            at: shm_wire::units::Nanos(0),
            order: r.order,
        })
        .collect()
}

fn open_market(path: &Path) -> Result<MarketFile, Vec<UserError>> {
    MarketFile::open(path).map_err(|e| {
        vec![
            UserError::new("market.file", e.to_string())
                .file(path)
                .hint("make a market file with `pacer convert lobster` or `pacer convert lean`"),
        ]
    })
}

fn journal_in(dir: &Path, seed: u64, market: &MarketFile) -> Result<JournalWriter, Vec<UserError>> {
    let meta = JournalMeta {
        run: seed,
        seed,
        shard: 0,
        instruments: market.instruments(),
    };
    JournalWriter::create(&dir.join("journal"), &meta).map_err(|e| {
        vec![
            UserError::new("backtest.out", e.to_string())
                .file(dir)
                .hint("name a folder that holds no run yet"),
        ]
    })
}

fn facts(args: &BacktestArgs, market: &MarketFile, digest: String, outcome: &Counted) -> RunFacts {
    let mut more = serde_json::Map::new();
    more.insert("venue".to_owned(), json!(outcome.venue));
    more.insert("engine".to_owned(), json!(outcome.engine));
    more.insert("isolated".to_owned(), json!(args.isolated));
    more.insert("unfinished".to_owned(), json!(outcome.unfinished));
    more.insert(
        "model".to_owned(),
        json!(format!(
            "price-time venue over replayed history, {} us each way, queue rule proportional, {} levels assumed behind a taken touch",
            args.latency_us, args.assumed_levels
        )),
    );
    let name = args
        .market
        .file_name()
        .map_or(String::new(), |n| n.to_string_lossy().into_owned());
    RunFacts {
        id: format!("backtest-{}", args.seed),
        seed: args.seed,
        market: if market.source().is_empty() {
            name
        } else {
            market.source().to_owned()
        },
        wall_seconds: None,
        digest,
        more,
    }
}

fn write_files(dir: &Path, report: &Report, facts: &RunFacts) -> Result<(), Vec<UserError>> {
    let json = serde_json::to_string_pretty(&document(report, facts)).map_err(|e| e.to_string());
    let files = [
        ("report.json", json.map(|text| text + "\n")),
        ("report.html", Ok(gateway_tca::html::render(report))),
        ("report.txt", Ok(table::text(report, facts))),
    ];
    for (name, content) in files {
        let path = dir.join(name);
        content
            .and_then(|c| std::fs::write(&path, c).map_err(|e| e.to_string()))
            .map_err(|e| {
                vec![UserError::new("backtest.out", format!("cannot write: {e}")).file(&path)]
            })?;
    }
    Ok(())
}
