//! The command tree of `pacer`, and what every command has in common.
//!
//! Results go to standard output, for people or as one JSON document with `--json`; progress and notes go to standard error. Exit
//! code 0: what was asked is true; 1: it is not; 2: wrong usage, wrong configuration, wrong input.

pub mod decode;
pub mod journal;
pub mod ring;
pub mod simple;
pub mod support;

use crate::backtest::BacktestArgs;
use crate::convert::{DbnArgs, LeanArgs, LobsterArgs};
use crate::curves::{FitArgs, ScoreArgs};
use crate::demo::DemoArgs;
use crate::error::{ErrorDocument, UserError};
use crate::oms::OmsCommand;
use crate::oms::run::RunArgs;
use crate::orders::random::RandomArgs;
use crate::plan::PlanArgs;
use crate::schema::SchemaArgs;
use crate::venue_process::VenueArgs;
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Execution algorithms over shared memory: run them, test them, watch them, prove how well they did.
#[derive(Parser, Debug)]
#[command(name = "pacer", version)]
pub struct Cli {
    /// Print one JSON document instead of text for people
    #[arg(long, global = true)]
    pub json: bool,
    /// Configuration of the instance
    #[arg(
        long,
        global = true,
        env = "PACER_CONFIG",
        default_value = "pacer.toml",
        value_name = "FILE"
    )]
    pub config: PathBuf,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run engine, gateway, simulated venue, feed and OMS as separate processes and print the execution report
    Demo(DemoArgs),
    /// Run orders through the same engine in virtual time: same seed, same bytes
    Backtest(BacktestArgs),
    /// Turn foreign market data into a market file
    #[command(subcommand)]
    Convert(ConvertCommand),
    /// Make order lists
    #[command(subcommand)]
    Orders(OrdersCommand),
    /// Send orders and requests to a running instance, and watch what becomes of them
    #[command(subcommand)]
    Oms(OmsCommand),
    /// Check the product's models against reference cases
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Show what would be planned for an order: schedule, expected cost and risk, horizon, feasibility
    Plan(PlanArgs),
    /// Fit volume curves to bars and score how they track VWAP
    #[command(subcommand)]
    Curves(CurvesCommand),
    /// Print the parameters of the algorithms as JSON Schema or FIXatdl
    Schema(SchemaArgs),
    /// Print the execution report of a run or a journal
    Tca(simple::TcaArgs),
    /// Read and check a journal
    #[command(subcommand)]
    Journal(journal::JournalCommand),
    /// List the rings of an instance with their fill, without disturbing them
    Ring(ring::RingArgs),
    /// The simulated exchange of a demo
    #[command(hide = true)]
    Venue(VenueArgs),
    /// The feed handler of a demo
    #[command(hide = true)]
    Feed,
    /// Submit an order list and wait for its end
    #[command(hide = true)]
    OmsRun(RunArgs),
    /// Become another program that dies with its parent
    #[command(hide = true)]
    Child(simple::ChildArgs),
}

/// `pacer convert ..`
#[derive(Subcommand, Debug)]
pub enum ConvertCommand {
    /// LOBSTER message and order book files
    Lobster(LobsterArgs),
    /// Lean tick files: trades and quotes
    Lean(LeanArgs),
    /// Databento market-by-order files of CME Globex
    Dbn(DbnArgs),
}

/// `pacer orders ..`
#[derive(Subcommand, Debug)]
pub enum OrdersCommand {
    /// A list of random orders for a market file, all of them valid
    Random(RandomArgs),
}

/// `pacer models ..`
#[derive(Subcommand, Debug)]
pub enum ModelsCommand {
    /// Run reference cases through the models and report each number's error
    Check {
        /// File of cases
        #[arg(value_name = "CASES.json")]
        cases: PathBuf,
    },
}

/// `pacer curves ..`
#[derive(Subcommand, Debug)]
pub enum CurvesCommand {
    /// Learn volume curves from five-minute bars
    Fit(FitArgs),
    /// Score curves on dates they have not seen
    Score(ScoreArgs),
}

/// Whether what was asked is true, or the errors that kept it from being found out.
pub type Answer = Result<bool, Vec<UserError>>;

/// Parses the command line, runs the command, prints errors, gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return wrong_usage(&error),
    };
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(errors) => {
            let code = exit_code(&errors);
            print_errors(errors, cli.json);
            code
        }
    }
}

fn run(cli: &Cli) -> Answer {
    let json = cli.json;
    let config = || support::load_config(&cli.config);
    match &cli.command {
        Command::Demo(args) => crate::demo::run(args, json),
        Command::Backtest(args) => simple::backtest(args, json),
        Command::Orders(OrdersCommand::Random(args)) => simple::orders_random(args),
        Command::Convert(command) => simple::convert(command, json),
        Command::Oms(command) => crate::oms::run(&config()?, command, json),
        Command::Models(ModelsCommand::Check { cases }) => simple::models(cases, json),
        Command::Plan(args) => simple::plan(args, json),
        Command::Curves(CurvesCommand::Fit(args)) => crate::curves::run_fit(args, json),
        Command::Curves(CurvesCommand::Score(args)) => crate::curves::run_score(args, json),
        Command::Schema(args) => simple::schema(args),
        Command::Tca(args) => simple::tca(args, json),
        Command::Journal(command) => journal::run(command, json),
        Command::Ring(args) => ring::run(&config, args, json),
        Command::Venue(args) => crate::venue_process::run(&config()?, args),
        Command::Feed => crate::feed_process::run(&config()?),
        Command::OmsRun(args) => crate::oms::run::run(&config()?, args),
        Command::Child(args) => simple::child(args),
    }
}

/// Inputs that are wrong are wrong usage; what the world refuses is not.
fn exit_code(errors: &[UserError]) -> ExitCode {
    let of_input = |e: &UserError| {
        let (area, what) = e.code.split_once('.').unwrap_or((&e.code, ""));
        let read = !matches!(what, "write" | "create");
        read && matches!(
            area,
            "usage"
                | "config"
                | "orders"
                | "file"
                | "market"
                | "convert"
                | "lean"
                | "lobster"
                | "dbn"
                | "plan"
        )
    };
    // As shells report an end by a signal.
    match errors.first().map(|e| e.code.as_str()) {
        Some("demo.interrupted") => return ExitCode::from(130),
        Some("demo.terminated") => return ExitCode::from(143),
        _ => {}
    }
    if errors.iter().all(of_input) {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

fn print_errors(errors: Vec<UserError>, json: bool) {
    if json {
        support::print_json(&ErrorDocument::new(errors));
    } else {
        for error in errors {
            eprintln!("error: {error}");
        }
    }
}

fn wrong_usage(error: &clap::Error) -> ExitCode {
    let help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    let json = std::env::args_os().any(|a| a == "--json");
    if help || !json {
        // A terminal that went away has no one to tell.
        let _ = error.print();
    } else {
        let text = error.render().to_string();
        let text = text.trim().trim_start_matches("error: ").to_owned();
        print_errors(vec![UserError::new("usage.arguments", text)], true);
    }
    if help {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_tree_is_consistent_and_every_command_says_what_it_does() {
        Cli::command().debug_assert();
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }

    #[test]
    fn wrong_inputs_exit_with_two_and_refusals_of_the_world_with_one() {
        let of = |code: &str| exit_code(&[UserError::new(code, "")]);
        assert_eq!(of("orders.quantity"), ExitCode::from(2));
        assert_eq!(of("config.field"), ExitCode::from(2));
        assert_eq!(of("lobster.pair"), ExitCode::from(2));
        assert_eq!(of("plan.refused"), ExitCode::from(2));
        assert_eq!(of("convert.write"), ExitCode::FAILURE);
        assert_eq!(of("file.create"), ExitCode::FAILURE);
        assert_eq!(of("shm.LINK_BUSY"), ExitCode::FAILURE);
    }
}
