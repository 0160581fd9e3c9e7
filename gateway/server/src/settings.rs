//! Settings: command line, then `PACER_GATEWAY_*` variables, then the `[gateway]` table of `pacer.toml`, then defaults.

use clap::Parser;
use serde::Deserialize;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Follows a journal, appends its events as JSON lines and serves the live view over HTTP.
#[derive(Parser, Clone, Debug, Default)]
#[command(name = "pacer-gateway", version)]
pub struct Arguments {
    /// Directory of the journal to follow; it may appear later.
    #[arg(long, value_name = "DIR", env = "PACER_GATEWAY_JOURNAL")]
    pub journal: Option<PathBuf>,
    /// File to which every event is appended as a JSON line.
    #[arg(long, value_name = "FILE", env = "PACER_GATEWAY_EVENTS")]
    pub events: Option<PathBuf>,
    /// Loopback address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", env = "PACER_GATEWAY_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// File that receives the port once the server listens.
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,
    /// Settings file; its [gateway] table holds journal, events, listen and market_data.
    #[arg(long, value_name = "FILE", env = "PACER_CONFIG")]
    pub config: Option<PathBuf>,
    /// Curve file of `pacer curves fit` that plans follow; without one the engine's, as the settings file names it.
    #[arg(long, value_name = "FILE", env = "PACER_GATEWAY_CURVES")]
    pub curves: Option<PathBuf>,
    /// Writes market data to the events file as well.
    #[arg(long)]
    pub market_data: bool,
    /// Ends when the run has ended and all its events are written.
    #[arg(long)]
    pub until_ended: bool,
}

#[derive(Deserialize, Default)]
struct File {
    #[serde(default)]
    gateway: Table,
    #[serde(default)]
    engine: Engine,
}

/// What the gateway wants to know of the engine's settings.
#[derive(Deserialize, Default)]
struct Engine {
    curves: Option<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Table {
    journal: Option<PathBuf>,
    events: Option<PathBuf>,
    listen: Option<SocketAddr>,
    market_data: Option<bool>,
    curves: Option<PathBuf>,
}

/// What the gateway runs with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Directory of the journal.
    pub journal: PathBuf,
    /// Events file, if any.
    pub events: Option<PathBuf>,
    /// Loopback address.
    pub listen: SocketAddr,
    /// File that receives the port.
    pub port_file: Option<PathBuf>,
    /// Curve file that plans follow, if any.
    pub curves: Option<PathBuf>,
    /// Whether events include market data.
    pub market_data: bool,
    /// Whether to end with the run.
    pub until_ended: bool,
}

/// Why settings cannot be used.
#[derive(Debug)]
pub enum SettingsError {
    /// The settings file cannot be read.
    Read(PathBuf, std::io::Error),
    /// The settings file does not parse.
    Parse(PathBuf, Box<toml::de::Error>),
    /// No journal directory is given.
    NoJournal,
    /// The address is reachable from other hosts.
    NotLoopback(SocketAddr),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, e) => write!(f, "{}: {e}", path.display()),
            Self::Parse(path, e) => write!(f, "{}: {e}", path.display()),
            Self::NoJournal => f.write_str(
                "no journal: name its directory with --journal or as journal in the [gateway] table",
            ),
            Self::NotLoopback(address) => write!(
                f,
                "listen {address}: only loopback addresses (127.0.0.1, [::1]) are allowed, since the gateway has neither TLS nor authentication yet"
            ),
        }
    }
}
impl std::error::Error for SettingsError {}

impl Settings {
    /// Settings from arguments (variables included) and the settings file they name.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn resolve(arguments: Arguments) -> Result<Settings, SettingsError> {
        let file = match &arguments.config {
            None => File::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|e| SettingsError::Read(path.clone(), e))?;
                toml::from_str::<File>(&text)
                    .map_err(|e| SettingsError::Parse(path.clone(), Box::new(e)))?
            }
        };
        let table = file.gateway;
        let listen = arguments
            .listen
            .or(table.listen)
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        if !listen.ip().is_loopback() {
            return Err(SettingsError::NotLoopback(listen));
        }
        Ok(Settings {
            journal: arguments
                .journal
                .or(table.journal)
                .ok_or(SettingsError::NoJournal)?,
            events: arguments.events.or(table.events),
            listen,
            port_file: arguments.port_file,
            curves: arguments.curves.or(table.curves).or(file.engine.curves),
            market_data: arguments.market_data || table.market_data.unwrap_or(false),
            until_ended: arguments.until_ended,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(args: &[&str], file: &str) -> Result<Settings, SettingsError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pacer.toml");
        std::fs::write(&path, file).unwrap();
        let args = ["pacer-gateway"].iter().chain(args);
        let mut arguments = Arguments::parse_from(args);
        arguments.config = Some(path);
        Settings::resolve(arguments)
    }

    #[test]
    fn the_command_line_wins_over_the_file_and_other_tables_are_ignored() {
        let file = "[engine]\nspin = true\ncurves = \"/c\"\n[gateway]\njournal = \"/a\"\nlisten = \"127.0.0.1:9\"\nmarket_data = true\n";
        let s = resolve(&["--journal", "/b"], file).unwrap();
        assert_eq!(s.journal, PathBuf::from("/b"));
        assert_eq!((s.listen.port(), s.market_data), (9, true));
        assert_eq!(s.curves, Some(PathBuf::from("/c")), "the engine's");
        let s = resolve(&["--listen", "[::1]:0"], file).unwrap();
        assert_eq!((s.journal, s.listen.port()), (PathBuf::from("/a"), 0));
    }

    #[test]
    fn addresses_that_other_hosts_reach_are_refused() {
        for address in ["0.0.0.0:80", "192.168.1.1:0", "[::]:0"] {
            let e = resolve(&["--journal", "/j", "--listen", address], "").unwrap_err();
            assert!(e.to_string().contains("only loopback"), "{e}");
        }
    }

    #[test]
    fn a_missing_journal_and_a_bad_file_are_named() {
        assert!(matches!(resolve(&[], ""), Err(SettingsError::NoJournal)));
        let e = resolve(&[], "[gateway]\njurnal = 1\n").unwrap_err();
        assert!(e.to_string().contains("jurnal"), "{e}");
        let missing = Arguments {
            config: Some(PathBuf::from("/nowhere/pacer.toml")),
            ..Arguments::default()
        };
        assert!(matches!(
            Settings::resolve(missing),
            Err(SettingsError::Read(..))
        ));
    }
}
