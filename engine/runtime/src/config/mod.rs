//! `pacer.toml`: what an instance is made of.
//!
//! Unknown fields are errors. Everything is checked before anything starts, and every broken rule is named with file, line
//! and field. `docs/pacer.example.toml` documents each setting.

mod auction;
pub mod decimal;
mod error;
mod instrument;
mod limits;
mod load;

pub use auction::AuctionConfig;
pub use error::{ConfigError, ConfigErrors};
pub use instrument::{InstrumentConfig, SessionConfig, TickConfig};
pub use limits::{LimitProfile, LimitsConfig};
pub use load::ENVIRONMENT;

use engine_algos::Registry;
use serde::{Deserialize, Serialize};
use shm_ring::Idle;
use shm_wire::instrument::Instrument;
use std::path::{Path, PathBuf};

/// Directory under which instances live unless told otherwise.
pub const INSTANCES_DIR: &str = "/dev/shm/pacer";

/// Everything in `pacer.toml`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The instance.
    pub instance: InstanceConfig,
    /// Engine time.
    #[serde(default)]
    pub clock: ClockConfig,
    /// Where the journal goes.
    pub journal: JournalConfig,
    /// Ring sizes.
    #[serde(default)]
    pub rings: RingsConfig,
    /// Table sizes of the engine.
    #[serde(default)]
    pub engine: EngineTables,
    /// Supervision of peers.
    #[serde(default)]
    pub peers: PeersConfig,
    /// Risk limits.
    pub limits: LimitsConfig,
    /// Engine shards, ids 0, 1, 2, ..
    #[serde(default = "one_shard")]
    pub shards: Vec<ShardConfig>,
    /// Settings of the gateway, which reads and checks this table itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<toml::Table>,
    /// Instruments; the index of each is its place in the list.
    pub instruments: Vec<InstrumentConfig>,
}

/// The instance: its name and its shared memory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceConfig {
    /// Name: 1 to 64 letters, digits, `-` and `_`.
    pub name: String,
    /// Directory of the shared-memory files; default `/dev/shm/pacer/<name>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// Remove the shared-memory files at an orderly end.
    #[serde(default)]
    pub remove_on_exit: bool,
    /// Seed of every random draw.
    #[serde(default = "one")]
    pub seed: u64,
    /// Number of the run, written into the journal.
    #[serde(default = "one")]
    pub run: u64,
}

/// Engine time = origin + (monotonic - start) x speed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockConfig {
    /// `now`, or an instant in RFC 3339.
    #[serde(default = "now_text")]
    pub origin: String,
    /// Speed of engine time, 0.001 to 100000; production runs at 1.
    #[serde(default = "speed_one")]
    pub speed: f64,
    /// Engine time stands at the origin until somebody writes the start into the clock page.
    #[serde(default)]
    pub held: bool,
}

/// The journal's files.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalConfig {
    /// Directory; with several shards each has `shard<N>` below it.
    pub dir: PathBuf,
    /// Size of a segment file in MiB, 1 to 4096.
    #[serde(default = "segment_mib")]
    pub segment_mib: u64,
    /// Longest time that records stay unsynced, in ms; 0 = never sync before the end (a killed process loses nothing all the
    /// same, a lost host may).
    #[serde(default = "sync_ms")]
    pub sync_ms: u64,
}

/// Cells of each ring: powers of two. A cell is 64 bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RingsConfig {
    /// Feed to engine.
    pub market: usize,
    /// Each order source to engine.
    pub orders: usize,
    /// Engine to each order source.
    pub updates: usize,
    /// Engine to router.
    pub slices: usize,
    /// Router to engine.
    pub reports: usize,
    /// Gateway and operators to engine.
    pub control: usize,
    /// Engine to journal thread.
    pub journal: usize,
    /// Simulated exchange to feed.
    pub exchange: usize,
    /// Order sources: 1 to 15, numbered from 1; each has its own pair of rings.
    pub order_sources: u16,
}

/// Sizes of the engine's tables; memory is taken once, at start.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineTables {
    /// Parent orders at a time, 1 to 131072.
    pub parents_max: usize,
    /// Executions of a session, 1 to 16777216.
    pub executions_max: usize,
    /// Curve file of `pacer curves fit`, read once at the start; without one the built-in curves are followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curves: Option<PathBuf>,
}

/// When a silent peer counts as lost. Zero switches the rule off (the demo's choice).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PeersConfig {
    /// Feed without a heartbeat for this many ms of real time: its instruments are stale.
    pub feed_lost_ms: u64,
    /// Router without a heartbeat for this many ms of real time.
    pub router_lost_ms: u64,
    /// Real time without a pass of the engine's thread after which all market data is stale, ms.
    pub loop_gap_ms: u64,
}

/// One engine thread.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardConfig {
    /// Number: 0, 1, 2, .. in order, at most 63.
    pub id: u8,
    /// Core to pin the thread to, or `none`.
    #[serde(default)]
    pub core: Core,
    /// What the thread does when there is nothing to do.
    #[serde(default)]
    pub idle: IdleConfig,
}

/// A processor core, or none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "CoreText", into = "CoreText")]
pub enum Core {
    /// Wherever the operating system likes.
    #[default]
    Any,
    /// Pinned to this core, from 0.
    Pinned(usize),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum CoreText {
    Number(usize),
    Text(String),
}

impl TryFrom<CoreText> for Core {
    type Error = &'static str;
    fn try_from(text: CoreText) -> Result<Core, &'static str> {
        match text {
            CoreText::Number(core) if core < 4096 => Ok(Core::Pinned(core)),
            CoreText::Text(text) if text == "none" => Ok(Core::Any),
            _ => Err("core must be a number from 0 to 4095 or \"none\""),
        }
    }
}

impl From<Core> for CoreText {
    fn from(core: Core) -> CoreText {
        match core {
            Core::Any => CoreText::Text("none".into()),
            Core::Pinned(core) => CoreText::Number(core),
        }
    }
}

/// Idle strategy of an engine thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdleConfig {
    /// Spin: no system call at all; needs a core of its own.
    Spin,
    /// `sched_yield`, for shared cores.
    #[default]
    Yield,
}

impl IdleConfig {
    /// The strategy as the rings' crate knows it.
    #[must_use]
    pub fn strategy(self) -> Idle {
        match self {
            IdleConfig::Spin => Idle::Spin,
            IdleConfig::Yield => Idle::Yield,
        }
    }
}

impl Config {
    /// Reads, applies `PACER_*` variables and checks.
    ///
    /// # Errors
    /// [`ConfigErrors`] with every broken rule, when there is one.
    pub fn load(path: &Path) -> Result<Config, ConfigErrors> {
        load::load(path, |name| std::env::var(name).ok())
    }

    /// Parses and checks `text`; `path` stands in errors. No environment.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigErrors> {
        load::parse(text, path, |_| None)
    }

    /// The configuration as TOML.
    ///
    /// # Errors
    /// A message, should a value not be expressible.
    pub fn to_toml(&self) -> Result<String, String> {
        toml::to_string(self).map_err(|e| e.to_string())
    }

    /// Directory of the shared-memory files.
    #[must_use]
    pub fn instance_dir(&self) -> PathBuf {
        match &self.instance.dir {
            Some(dir) => dir.clone(),
            None => Path::new(INSTANCES_DIR).join(&self.instance.name),
        }
    }

    /// Directory of a shard's journal.
    #[must_use]
    pub fn journal_dir(&self, shard: u8) -> PathBuf {
        if self.shards.len() == 1 {
            self.journal.dir.clone()
        } else {
            self.journal.dir.join(format!("shard{shard}"))
        }
    }

    /// The instrument table. The configuration was checked, so that every entry converts.
    #[must_use]
    pub fn instrument_table(&self) -> Vec<Instrument> {
        let entries = self.instruments.iter().enumerate();
        entries
            .filter_map(|(index, entry)| entry.to_instrument(index).ok())
            .collect()
    }

    /// The algorithms as this configuration wants them: on the curves of its file, if it names one. `path` stands in errors.
    ///
    /// # Errors
    /// [`ConfigErrors`] naming what is wrong with the curve file.
    pub fn registry(&self, path: &Path) -> Result<Registry, ConfigErrors> {
        let Some(curves) = &self.engine.curves else {
            return Ok(Registry::default());
        };
        match engine_curves::table::load(curves, &self.instrument_table()) {
            Ok(table) => Ok(Registry::with_curves(table)),
            Err(e) => Err(ConfigErrors::one(path, "engine.curves", e.to_string())),
        }
    }

    /// Origin of engine time, ns UTC; `now` as given.
    #[must_use]
    pub fn origin(&self, now: u64) -> u64 {
        load::parse_time(&self.clock.origin).unwrap_or(now)
    }

    /// Speed of engine time in parts per million.
    #[must_use]
    pub fn speed_ppm(&self) -> u64 {
        // Checked to lie in 0.001..=100000.
        (self.clock.speed * 1e6).round() as u64
    }
}

impl Default for ClockConfig {
    fn default() -> Self {
        ClockConfig {
            origin: now_text(),
            speed: speed_one(),
            held: false,
        }
    }
}

impl Default for RingsConfig {
    fn default() -> Self {
        RingsConfig {
            market: 1 << 16,
            orders: 1 << 12,
            updates: 1 << 14,
            slices: 1 << 14,
            reports: 1 << 16,
            control: 1 << 10,
            journal: 1 << 20,
            exchange: 1 << 16,
            order_sources: 2,
        }
    }
}

impl Default for EngineTables {
    fn default() -> Self {
        EngineTables {
            parents_max: 16_384,
            executions_max: 1 << 20,
            curves: None,
        }
    }
}

impl Default for PeersConfig {
    fn default() -> Self {
        PeersConfig {
            feed_lost_ms: 500,
            router_lost_ms: 1000,
            loop_gap_ms: 100,
        }
    }
}

fn one_shard() -> Vec<ShardConfig> {
    vec![ShardConfig {
        id: 0,
        core: Core::Any,
        idle: IdleConfig::Yield,
    }]
}
fn one() -> u64 {
    1
}
fn now_text() -> String {
    "now".into()
}
fn speed_one() -> f64 {
    1.0
}
fn segment_mib() -> u64 {
    64
}
fn sync_ms() -> u64 {
    5
}

#[cfg(test)]
mod tests;
