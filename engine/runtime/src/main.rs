//! `pacer-engine`: the engine process of an instance.
#![forbid(unsafe_code)]

use clap::Parser;
use engine_runtime::config::Config;
use engine_runtime::process::EngineProcess;
use std::path::PathBuf;
use std::process::ExitCode;

/// The engine of a Pacer instance: pinned threads over shared memory, no network.
///
/// Ends in order on SIGTERM and SIGINT: refuses parent orders, cancels children, waits up to five seconds for the last
/// reports, completes the journal. Exit code 0 after an orderly end, 1 after a failure, 2 for a wrong configuration.
#[derive(Parser, Debug)]
#[command(name = "pacer-engine", version)]
struct Arguments {
    /// Configuration file.
    #[arg(long, env = "PACER_CONFIG", default_value = "pacer.toml")]
    config: PathBuf,
    /// Directory of the instance's shared-memory files, instead of the configuration's.
    #[arg(long)]
    instance: Option<PathBuf>,
    /// Check the configuration and end.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut config = match Config::load(&arguments.config) {
        Ok(config) => config,
        Err(errors) => {
            eprintln!("{errors}");
            return ExitCode::from(2);
        }
    };
    if let Some(dir) = arguments.instance {
        config.instance.dir = Some(dir);
    }
    let registry = match config.registry(&arguments.config) {
        Ok(registry) => registry,
        Err(errors) => {
            eprintln!("{errors}");
            return ExitCode::from(2);
        }
    };
    if arguments.check {
        return ExitCode::SUCCESS;
    }
    let process = match EngineProcess::start(&config, &registry) {
        Ok(process) => process,
        Err(error) => {
            eprintln!("pacer-engine: {error}");
            return ExitCode::FAILURE;
        }
    };
    for warning in process.warnings() {
        eprintln!("pacer-engine: warning: {warning}");
    }
    eprintln!(
        "pacer-engine: running, instance {}",
        process.instance().dir().display()
    );
    match process.supervise() {
        Ok(summary) => {
            let records: u64 = summary.records.iter().sum();
            eprintln!("pacer-engine: ended in order, {records} records in the journal");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("pacer-engine: {error}");
            ExitCode::FAILURE
        }
    }
}
