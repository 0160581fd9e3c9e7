//! What several commands need: configuration, market file, attach errors in the user's shape, printing.

use crate::error::UserError;
use engine_runtime::config::{Config, ConfigErrors};
use engine_sim::market_file::MarketFile;
use serde::Serialize;
use shm_ring::AttachError;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Reads the configuration.
///
/// # Errors
/// Every broken rule.
pub fn load_config(path: &Path) -> Result<Config, Vec<UserError>> {
    Config::load(path).map_err(|errors| config_errors(&errors))
}

/// Broken rules in the shape of user errors.
#[must_use]
pub fn config_errors(errors: &ConfigErrors) -> Vec<UserError> {
    let one = |e: &engine_runtime::config::ConfigError| {
        let error = UserError::new("config.field", "the configuration breaks a rule")
            .file(&e.file)
            .field(&e.field)
            .rule(e.rule.clone());
        if e.line == 0 {
            error.hint("see docs/pacer.example.toml")
        } else {
            error
                .line(e.line as u64)
                .hint("see docs/pacer.example.toml")
        }
    };
    errors.0.iter().map(one).collect()
}

/// Reads a market file.
///
/// # Errors
/// What is wrong with it.
pub fn open_market(path: &Path) -> Result<MarketFile, Vec<UserError>> {
    MarketFile::open(path).map_err(|e| {
        vec![
            UserError::new("market.file", e.to_string())
                .file(path)
                .hint("make a market file with `pacer convert lobster` or `pacer convert lean`"),
        ]
    })
}

/// An attach error in the shape of user errors; its code ends in the rings' own (`shm.LINK_BUSY`).
#[must_use]
pub fn attach_error(error: AttachError) -> Vec<UserError> {
    let code = format!("shm.{}", error.code());
    let hint = match error {
        AttachError::NotFound { .. } => "is the instance running?",
        AttachError::LinkBusy { .. } => "another process holds this link; use another --source",
        _ => "is the instance of this build?",
    };
    vec![UserError::new(&code, error.to_string()).hint(hint)]
}

/// Tries again for up to ten seconds while what is to be attached is not there yet.
///
/// # Errors
/// The last answer.
pub fn retry_while_absent<T>(
    mut attach: impl FnMut() -> Result<T, AttachError>,
) -> Result<T, Vec<UserError>> {
    let begun = Instant::now();
    loop {
        match attach() {
            Ok(value) => return Ok(value),
            Err(error)
                if error.is_transient()
                    && !matches!(error, AttachError::LinkBusy { .. })
                    && begun.elapsed() < Duration::from_secs(10) =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(attach_error(error)),
        }
    }
}

/// Prints one JSON document on standard output.
pub fn print_json<T: Serialize>(document: &T) {
    match serde_json::to_string_pretty(document) {
        Ok(text) => print_text(&(text + "\n")),
        Err(error) => eprintln!("error: the document cannot be written: {error}"),
    }
}

/// Prints text on standard output; a reader that went away is no error.
pub fn print_text(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}
