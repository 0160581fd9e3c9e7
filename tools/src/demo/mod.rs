//! `pacer demo`: a live run over real rings, every part a process of its own.
//!
//! ```text
//! oms ──orders──▶ engine ──slices──▶ venue (router, exchange and owner of the market file)
//!      ◀─updates──        ◀─reports──   └──exchange──▶ feed ──market──▶ engine
//!                   └─journal──▶ gateway (live page), and the execution report at the end
//! ```
//! Each run has an instance directory of its own, which is removed whatever happens; journal and report stay in the run's folder.

mod orders;
mod place;
mod processes;
mod watch;

use crate::cli::Answer;
use crate::cli::simple::write_html;
use crate::cli::support::{open_market, print_json, print_text};
use crate::curves;
use crate::error::UserError;
use crate::report::{RunFacts, document, sink, table};
use engine_runtime::clock::ClockPage;
use engine_runtime::config::{
    ClockConfig, Config, EngineTables, InstanceConfig, InstrumentConfig, JournalConfig,
    LimitsConfig, PeersConfig, RingsConfig,
};
use engine_runtime::instance::Instance;
use engine_runtime::os;
use engine_sim::market_file::MarketFile;
use engine_sim::synthetic::{self, SyntheticConfig, SyntheticHalt};
use place::Place;
use processes::{Processes, Program};
use serde_json::json;
use shm_wire::units::{DurationNs, NANOS_PER_SECOND, Nanos};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Arguments of `pacer demo`.
#[derive(Clone, Debug, clap::Args)]
pub struct DemoArgs {
    /// Market file to replay; the built-in synthetic market when left out
    #[arg(long, value_name = "PATH")]
    pub market: Option<PathBuf>,
    /// Order list; a handful of TWAP and POV orders when left out
    #[arg(long, value_name = "FILE")]
    pub orders: Option<PathBuf>,
    /// How much faster than the clock on the wall the market runs
    #[arg(long, default_value_t = 30.0)]
    pub speed: f64,
    /// Market time to run, minutes
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub minutes: u32,
    /// Where to begin, minutes after the open
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1440))]
    pub from: u32,
    /// Seed of every random draw
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Curve file of `pacer curves fit`, for the algorithms that follow volume
    #[arg(long, value_name = "FILE")]
    pub curves: Option<PathBuf>,
    /// Folder for journal, logs and report; `runs/<id>` when left out
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write the report as a page with pictures, too
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Where instances live; the default is /dev/shm/pacer
    #[arg(long, env = "PACER_SHM_DIR", value_name = "DIR", hide = true)]
    pub shm_dir: Option<PathBuf>,
    /// Address of the gateway's live page
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    pub listen: String,
    /// Run without the gateway
    #[arg(long)]
    pub no_gateway: bool,
}

/// The window that is replayed, engine time.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// Where the clock starts.
    start: Nanos,
    /// Where every order has ended.
    end: Nanos,
}

/// Market time after the window in which the last reports may come.
const GRACE: DurationNs = DurationNs::from_secs(60);

/// Runs the demo. True when every order ended in order and no law was broken.
///
/// # Errors
/// What kept it from running, `demo.interrupted` after a signal. In every case nothing is left running and no shared memory is left.
pub fn run(args: &DemoArgs, json: bool) -> Answer {
    os::block_endings();
    let begun = Instant::now();
    check(args)?;
    let place = Place::make(args)?;
    let market_path = market_path(args, &place)?;
    let market = open_market(&market_path)?;
    let window = window(&market, args)?;
    let orders = order_list(args, &place, &market, window)?;
    // The whole list is checked before anything runs.
    let rows = crate::orders::load(&orders, market.instruments(), window.start)?;
    if let Some(path) = &args.curves {
        curves::load(path, market.instruments())?;
    }
    let config = config(args, &place, &market, window);
    let config_path = place.out().join("pacer.toml");
    let text = config
        .to_toml()
        .map_err(|e| vec![UserError::new("demo.config", e)])?;
    write(&config_path, &text)?;
    eprintln!(
        "demo: {} instruments from {}, {} orders, {} market minutes at speed {} (about {:.0} s)",
        market.instruments().len(),
        market.source(),
        rows.len(),
        args.minutes,
        args.speed,
        f64::from(args.minutes) * 60.0 / args.speed,
    );
    eprintln!(
        "demo: run {}, shared memory {}",
        place.out().display(),
        place.shm().display()
    );
    let completed = play(
        args,
        &place,
        &config,
        &config_path,
        &market_path,
        &orders,
        window,
    )?;
    let latency = watch::latency(&Instance::new(place.shm()));
    let source = market_source(args, &market_path);
    finish(args, &place, &source, begun, latency, completed, json)
}

fn check(args: &DemoArgs) -> Result<(), Vec<UserError>> {
    if (0.1..=10_000.0).contains(&args.speed) {
        return Ok(());
    }
    Err(vec![
        UserError::new("usage.speed", "the speed is out of range")
            .field("speed")
            .rule("0.1 to 10000"),
    ])
}

fn write(path: &Path, text: &str) -> Result<(), Vec<UserError>> {
    std::fs::write(path, text)
        .map_err(|e| vec![UserError::new("file.write", format!("cannot write: {e}")).file(path)])
}

/// The market file: the one asked for, or the built-in one, which lives as long as the run: the seed makes it again.
fn market_path(args: &DemoArgs, place: &Place) -> Result<PathBuf, Vec<UserError>> {
    if let Some(path) = &args.market {
        return Ok(path.clone());
    }
    let path = place.shm().join("market.pacer");
    synthetic::write(&synthetic_day(args), &path)
        .map_err(|e| vec![UserError::new("demo.market", e.to_string()).file(&path)])?;
    Ok(path)
}

fn market_source(args: &DemoArgs, path: &Path) -> String {
    match &args.market {
        None => format!("built-in synthetic market, seed {}", args.seed),
        Some(_) => path
            .file_name()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
    }
}

/// The built-in day; its halt is moved into the window, so that there is one to see.
fn synthetic_day(args: &DemoArgs) -> SyntheticConfig {
    let halt = SyntheticHalt {
        instrument: 1,
        after_open: DurationNs::from_secs(u64::from(args.from * 60 + args.minutes * 24)),
        length: DurationNs::from_secs(90),
    };
    let usual = SyntheticConfig {
        seed: args.seed,
        ..SyntheticConfig::default()
    };
    let with_halt = SyntheticConfig {
        halt: Some(halt),
        ..usual.clone()
    };
    if args.minutes >= 10 && with_halt.check().is_ok() {
        with_halt
    } else {
        usual
    }
}

/// The window: from so many minutes after the open of the session that the data begins in.
fn window(market: &MarketFile, args: &DemoArgs) -> Result<Window, Vec<UserError>> {
    let first = market.first_time();
    let session = market
        .instruments()
        .first()
        .and_then(|i| i.session_at_or_after(first));
    let Some(session) = session.filter(|_| !market.is_empty()) else {
        return Err(vec![UserError::new(
            "market.empty",
            "the market file holds no message inside a session",
        )]);
    };
    let minutes = |count: u32| DurationNs::from_secs(u64::from(count) * 60);
    let open = Nanos((first.0 - first.0 % NANOS_PER_SECOND).max(session.open));
    let start = open.plus(minutes(args.from));
    let end = start.plus(minutes(args.minutes)).min(Nanos(session.close));
    if start >= end {
        return Err(vec![
            UserError::new("usage.from", "the session ends before the window begins").field("from"),
        ]);
    }
    Ok(Window { start, end })
}

fn order_list(
    args: &DemoArgs,
    place: &Place,
    market: &MarketFile,
    window: Window,
) -> Result<PathBuf, Vec<UserError>> {
    if let Some(path) = &args.orders {
        return Ok(path.clone());
    }
    let path = place.out().join("orders.csv");
    write(
        &path,
        &orders::default_list(market, window.start, window.end),
    )?;
    Ok(path)
}

fn config(args: &DemoArgs, place: &Place, market: &MarketFile, window: Window) -> Config {
    let instruments = market.instruments();
    Config {
        instance: InstanceConfig {
            name: place.name().to_owned(),
            dir: Some(place.shm().to_path_buf()),
            remove_on_exit: false,
            seed: args.seed,
            run: 1,
        },
        clock: ClockConfig {
            origin: crate::convert::day::rfc3339(window.start.0),
            speed: args.speed,
            held: true,
        },
        journal: JournalConfig {
            dir: place.journal(),
            segment_mib: 16,
            sync_ms: 0,
        },
        rings: RingsConfig {
            market: 1 << 14,
            reports: 1 << 14,
            exchange: 1 << 14,
            journal: 1 << 17,
            order_sources: 3,
            ..RingsConfig::default()
        },
        engine: EngineTables {
            parents_max: 4096,
            executions_max: 1 << 17,
            curves: args.curves.clone(),
        },
        peers: PeersConfig {
            feed_lost_ms: 0,
            router_lost_ms: 0,
            loop_gap_ms: 0,
        },
        limits: LimitsConfig::demo(),
        shards: vec![engine_runtime::config::ShardConfig {
            id: 0,
            core: engine_runtime::config::Core::Any,
            idle: engine_runtime::config::IdleConfig::Yield,
        }],
        gateway: None,
        instruments: instruments
            .iter()
            .map(InstrumentConfig::from_instrument)
            .collect(),
    }
}

/// The live part: starts every process, lets the clock run, waits for the orders to end, ends the processes in order.
fn play(
    args: &DemoArgs,
    place: &Place,
    config: &Config,
    config_path: &Path,
    market: &Path,
    orders: &Path,
    window: Window,
) -> Answer {
    let instance = Instance::new(place.shm());
    let mut processes = Processes::new(place.out());
    let this = Program::this(config_path)?;
    let engine = Program::beside("pacer-engine")?;
    processes.start("engine", &engine.arg("--config").arg(config_path))?;
    processes.wait_until("the engine runs", || watch::engine_runs(&instance))?;
    processes.start(
        "venue",
        &this.clone().arg("venue").arg("--market").arg(market),
    )?;
    processes.start("feed", &this.clone().arg("feed"))?;
    let until = window.end.plus(GRACE).0.to_string();
    let oms = this.arg("oms-run").arg("--orders").arg(orders);
    processes.start("oms", &oms.arg("--until").arg(until))?;
    let port_file = place.out().join("gateway.port");
    if !args.no_gateway {
        let gateway = Program::beside("pacer-gateway")?;
        let mut gateway = gateway;
        if let Some(curves) = &args.curves {
            gateway = gateway.arg("--curves").arg(curves);
        }
        let gateway = gateway
            .arg("--journal")
            .arg(config.journal_dir(0))
            .arg("--events")
            .arg(place.out().join("events.jsonl"))
            .arg("--listen")
            .arg(&args.listen)
            .arg("--port-file")
            .arg(&port_file)
            .arg("--until-ended");
        processes.start("gateway", &gateway)?;
        processes.wait_until("the gateway listens", || watch::port(&port_file).is_some())?;
        if let Some(port) = watch::port(&port_file) {
            eprintln!("demo: live page http://127.0.0.1:{port}/");
        }
    }
    processes.wait_until("every link is taken", || watch::all_attached(&instance))?;
    let clock = ClockPage::open(&instance.clock()).map_err(crate::cli::support::attach_error)?;
    clock.start();
    let mut progress = watch::Progress::new(&instance);
    let completed = loop {
        processes.pause()?;
        progress.show(clock.now());
        if let Some(completed) = processes.ended("oms")? {
            break completed;
        }
    };
    // The gateway ends by itself once it has seen the end of the run.
    processes.may_end("gateway");
    processes.end("engine")?;
    processes.finish("gateway");
    Ok(completed)
}

/// The report: printed, and written into the run's folder.
fn finish(
    args: &DemoArgs,
    place: &Place,
    market: &str,
    begun: Instant,
    latency: Option<serde_json::Value>,
    completed: bool,
    json: bool,
) -> Answer {
    let journal = place.journal();
    let (analysis, digest, _) = sink::read(&journal)
        .map_err(|e| vec![UserError::new("journal.read", e.to_string()).file(&journal)])?;
    let report = analysis.report();
    let mut more = serde_json::Map::new();
    more.insert("kind".to_owned(), json!("demo"));
    more.insert("speed".to_owned(), json!(args.speed));
    more.insert("market_minutes".to_owned(), json!(args.minutes));
    more.insert("completed".to_owned(), json!(completed));
    if let Some(latency) = &latency {
        more.insert("tick_to_slice".to_owned(), latency.clone());
    }
    let facts = RunFacts {
        id: place.name().to_owned(),
        seed: args.seed,
        market: market.to_owned(),
        wall_seconds: None,
        digest,
        more,
    };
    let file = serde_json::to_string_pretty(&document(&report, &facts))
        .map_err(|e| vec![UserError::new("demo.report", e.to_string())])?;
    write(&place.out().join("report.json"), &(file + "\n"))?;
    write(
        &place.out().join("report.txt"),
        &table::text(&report, &facts),
    )?;
    write_html(&place.out().join("report.html"), &report)?;
    if let Some(path) = &args.html {
        write_html(path, &report)?;
    }
    let facts = RunFacts {
        wall_seconds: Some(begun.elapsed().as_secs_f64()),
        ..facts
    };
    if json {
        print_json(&document(&report, &facts));
    } else {
        print_text(&table::text(&report, &facts));
        if let Some(latency) = latency {
            print_text(&watch::latency_line(&latency));
        }
        print_text(&format!("Files of the run: {}\n", place.out().display()));
    }
    Ok(completed && report.quality.law_violations == 0)
}
