//! `pacer-bench`: see the library's documentation and `docs/performance.md`.
#![forbid(unsafe_code)]

use clap::Parser;
use engine_runtime::alloc_guard::CountingAllocator;
use pacer_bench::cli::{Arguments, Scenario};
use pacer_bench::cores;
use pacer_bench::error::BenchError;
use pacer_bench::host;
use pacer_bench::report::{Document, Outcome, error_document};
use pacer_bench::scenario::{ring_hop, stalls, step, tick_to_slice};
use quanta::Clock;
use std::process::ExitCode;

/// Counts, so that "no allocation between the first and the last message" is measured here too.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    let scenario = Arguments::parse().scenario;
    let json = match &scenario {
        Scenario::RingHop(options) => options.json,
        Scenario::Step(options) => options.common.json,
        Scenario::TickToSlice(options) => options.common.json,
        Scenario::Stalls(options) => options.common.json,
        Scenario::PeerRingHop(_) | Scenario::PeerEngine(_) => false,
    };
    match measure(&scenario).and_then(|document| print(document, json)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if json {
                println!("{}", error_document(&error));
            } else {
                eprintln!("pacer-bench: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The document of a scenario; a peer process has none.
fn measure(scenario: &Scenario) -> Result<Option<Document>, BenchError> {
    let clock = Clock::new();
    // Before anything is pinned: a pinned thread sees one core.
    let available = cores::available().len();
    let (name, outcome): (_, Outcome) = match scenario {
        Scenario::RingHop(options) => (ring_hop::NAME, ring_hop::run(options, &clock)?),
        Scenario::Step(options) => (step::NAME, step::run(options, &clock)?),
        Scenario::TickToSlice(options) => {
            (tick_to_slice::NAME, tick_to_slice::run(options, &clock)?)
        }
        Scenario::Stalls(options) => (stalls::NAME, stalls::run(options, &clock)?),
        Scenario::PeerRingHop(options) => return ring_hop::run_peer(options).map(|()| None),
        Scenario::PeerEngine(options) => return tick_to_slice::run_peer(options).map(|()| None),
    };
    let host = host::facts(&clock, available);
    Ok(Some(Document::new(name, host, outcome)))
}

fn print(document: Option<Document>, json: bool) -> Result<(), BenchError> {
    match document {
        None => {}
        Some(document) if json => println!("{}", document.json()?),
        Some(document) => print!("{}", document.table()),
    }
    Ok(())
}
