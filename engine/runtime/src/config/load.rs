//! Reading and checking `pacer.toml`.

use super::{Config, ConfigError, ConfigErrors};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Variables that override settings, with the field each stands for.
pub const ENVIRONMENT: &[(&str, &str)] = &[
    ("PACER_INSTANCE_NAME", "instance.name"),
    ("PACER_INSTANCE_DIR", "instance.dir"),
    ("PACER_SEED", "instance.seed"),
    ("PACER_JOURNAL_DIR", "journal.dir"),
    ("PACER_CLOCK_ORIGIN", "clock.origin"),
    ("PACER_CLOCK_SPEED", "clock.speed"),
];

/// Most instruments of a configuration.
const INSTRUMENTS_MAX: usize = 65_536;

pub(super) fn load(
    path: &Path,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Config, ConfigErrors> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| ConfigErrors::one(path, "file", format!("cannot be read: {e}")))?;
    parse(&text, path, environment)
}

pub(super) fn parse(
    text: &str,
    path: &Path,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Config, ConfigErrors> {
    let mut config: Config = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_at(text, span.start));
        ConfigErrors(vec![ConfigError {
            file: path.to_path_buf(),
            line,
            field: field_on(text, line),
            rule: error.message().replace('\n', " "),
        }])
    })?;
    let mut errors = override_from(&mut config, environment);
    for (field, rule) in broken_rules(&config) {
        errors.push(ConfigError {
            file: path.to_path_buf(),
            line: line_of(text, &field),
            field,
            rule,
        });
    }
    if errors.is_empty() {
        Ok(config)
    } else {
        Err(ConfigErrors(errors))
    }
}

fn override_from(
    config: &mut Config,
    environment: impl Fn(&str) -> Option<String>,
) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    for (name, field) in ENVIRONMENT {
        let Some(value) = environment(name) else {
            continue;
        };
        let refused = match *field {
            "instance.name" => {
                config.instance.name = value;
                None
            }
            "instance.dir" => {
                config.instance.dir = Some(PathBuf::from(value));
                None
            }
            "instance.seed" => put(&mut config.instance.seed, &value),
            "journal.dir" => {
                config.journal.dir = PathBuf::from(value);
                None
            }
            "clock.origin" => {
                config.clock.origin = value;
                None
            }
            _ => put(&mut config.clock.speed, &value),
        };
        if let Some(rule) = refused {
            errors.push(ConfigError {
                file: PathBuf::from("environment"),
                line: 0,
                field: (*name).to_string(),
                rule,
            });
        }
    }
    errors
}

fn put<T: std::str::FromStr>(target: &mut T, text: &str) -> Option<String> {
    match text.parse() {
        Ok(value) => {
            *target = value;
            None
        }
        Err(_) => Some(format!("must be a number, found {text:?}")),
    }
}

/// Every rule that spans fields or goes beyond types, with its field.
fn broken_rules(config: &Config) -> Vec<(String, String)> {
    let mut rules = Rules(Vec::new());
    let name = &config.instance.name;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    rules.check(
        !name.is_empty() && name.len() <= 64 && name.bytes().all(plain),
        "instance.name",
        "must be 1 to 64 letters, digits, '-' or '_'",
    );
    rules.check(
        config.clock.origin == "now" || parse_time(&config.clock.origin).is_some(),
        "clock.origin",
        "must be \"now\" or an instant in RFC 3339 after 1970",
    );
    rules.check(
        (0.001..=100_000.0).contains(&config.clock.speed),
        "clock.speed",
        "must be from 0.001 to 100000",
    );
    rules.check(
        (1..=4096).contains(&config.journal.segment_mib),
        "journal.segment_mib",
        "must be from 1 to 4096",
    );
    rules.check(
        (1..=131_072).contains(&config.engine.parents_max),
        "engine.parents_max",
        "must be from 1 to 131072",
    );
    rules.check(
        (1..=16_777_216).contains(&config.engine.executions_max),
        "engine.executions_max",
        "must be from 1 to 16777216",
    );
    check_rings(config, &mut rules);
    check_shards(config, &mut rules);
    check_instruments(config, &mut rules);
    config
        .limits
        .broken_rules(&mut |field, rule| rules.add(format!("limits.{field}"), rule));
    rules.0
}

struct Rules(Vec<(String, String)>);

impl Rules {
    fn add(&mut self, field: impl Into<String>, rule: impl Into<String>) {
        self.0.push((field.into(), rule.into()));
    }
    fn check(&mut self, holds: bool, field: &str, rule: &str) {
        if !holds {
            self.add(field, rule);
        }
    }
}

fn check_rings(config: &Config, rules: &mut Rules) {
    let rings = &config.rings;
    // The slices and updates rings keep room for the largest step, the journal for a step of one input and 64 outputs.
    for (field, cells, least) in [
        ("rings.market", rings.market, 64),
        ("rings.orders", rings.orders, 64),
        ("rings.updates", rings.updates, 1024),
        ("rings.slices", rings.slices, 1024),
        ("rings.reports", rings.reports, 64),
        ("rings.control", rings.control, 64),
        ("rings.journal", rings.journal, 4096),
        ("rings.exchange", rings.exchange, 64),
    ] {
        rules.check(
            cells.is_power_of_two() && cells >= least && cells <= shm_ring::CAPACITY_MAX,
            field,
            &format!("must be a power of two from {least} to 1048576 cells"),
        );
    }
    rules.check(
        (1..=15).contains(&rings.order_sources),
        "rings.order_sources",
        "must be from 1 to 15",
    );
}

fn check_shards(config: &Config, rules: &mut Rules) {
    let count = config.shards.len();
    rules.check(
        (1..=64).contains(&count),
        "shards",
        "must be 1 to 64 shards",
    );
    for (index, shard) in config.shards.iter().enumerate() {
        rules.check(
            usize::from(shard.id) == index,
            &format!("shards[{index}].id"),
            "ids must be 0, 1, 2, .. in order",
        );
    }
}

fn check_instruments(config: &Config, rules: &mut Rules) {
    let count = config.instruments.len();
    rules.check(
        (1..=INSTRUMENTS_MAX).contains(&count),
        "instruments",
        "must be 1 to 65536 instruments",
    );
    let mut symbols = HashSet::new();
    for (index, entry) in config.instruments.iter().enumerate() {
        let at = format!("instruments[{index}]");
        if let Err(broken) = entry.to_instrument(index) {
            for (field, rule) in broken {
                rules.add(format!("{at}.{field}"), rule);
            }
        }
        rules.check(
            usize::from(entry.shard) < config.shards.len(),
            &format!("{at}.shard"),
            "must be the id of a shard",
        );
        rules.check(
            symbols.insert(&entry.symbol),
            &format!("{at}.symbol"),
            "must be used once",
        );
    }
}

/// An instant in RFC 3339 as ns UTC, `None` before 1970 and after 2554.
pub(super) fn parse_time(text: &str) -> Option<u64> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(instant.as_nanosecond()).ok()
}

/// Nanoseconds UTC in RFC 3339.
pub(super) fn format_time(nanos: u64) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(nanos))
        .map_or_else(|_| nanos.to_string(), |instant| instant.to_string())
}

fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|b| **b == b'\n').count() + 1
}

/// The key on a line of TOML, or the line itself when it has none.
fn field_on(text: &str, line: usize) -> String {
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or("");
    let key = line.split('=').next().unwrap_or(line).trim();
    if key.is_empty() { "file" } else { key }.to_string()
}

/// Line of the value at a dotted path, else of its nearest parent that stands in the text; 0 for none.
fn line_of(text: &str, path: &str) -> usize {
    let Ok(document) = DeTable::parse(text) else {
        return 0;
    };
    let mut offset = None;
    let mut table: Option<&DeTable<'_>> = Some(document.get_ref());
    for part in path.split('.') {
        let (key, index) = match part.split_once('[') {
            Some((key, rest)) => (key, rest.trim_end_matches(']').parse::<usize>().ok()),
            None => (part, None),
        };
        let Some((found, value)) = table.and_then(|t| t.get_key_value(key)) else {
            break;
        };
        offset = Some(found.span().start);
        let value = match (value.get_ref(), index) {
            (DeValue::Array(items), Some(index)) => items.get(index),
            _ => Some(value),
        };
        if let Some(value) = value {
            if index.is_some() {
                offset = Some(value.span().start);
            }
            table = as_table(value);
        } else {
            break;
        }
    }
    offset.map_or(0, |offset| line_at(text, offset))
}

fn as_table<'a, 'i>(value: &'a Spanned<DeValue<'i>>) -> Option<&'a DeTable<'i>> {
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}
