//! `pacer-gateway`: follows a journal, writes its events, serves the live view.
#![forbid(unsafe_code)]

use clap::Parser;
use gateway_server::settings::Arguments;
use gateway_server::{Gateway, Settings};
use std::process::ExitCode;

fn main() -> ExitCode {
    let settings = match Settings::resolve(Arguments::parse()) {
        Ok(settings) => settings,
        Err(e) => {
            eprintln!("pacer-gateway: {e}");
            return ExitCode::from(2);
        }
    };
    match Gateway::bind(settings).and_then(Gateway::serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("pacer-gateway: {e}");
            ExitCode::FAILURE
        }
    }
}
