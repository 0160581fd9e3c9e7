//! The documented template, and what is said of wrong files.

use super::*;
use engine_core::risk::RiskLimits;

const TEMPLATE: &str = include_str!("../../../../docs/pacer.example.toml");

fn broken(text: &str) -> Vec<(usize, String, String)> {
    let errors = Config::parse(text, Path::new("pacer.toml")).unwrap_err();
    errors
        .0
        .into_iter()
        .map(|e| (e.line, e.field, e.rule))
        .collect()
}

fn line_with(text: &str, what: &str) -> usize {
    text.lines().position(|l| l.contains(what)).unwrap() + 1
}

#[test]
fn the_documented_template_is_a_valid_configuration() {
    let config = Config::parse(TEMPLATE, Path::new("pacer.example.toml")).unwrap();
    let table = config.instrument_table();
    assert_eq!(table.len(), 2);
    assert_eq!(table[0].symbol(), "AAPL");
    assert_eq!(table[0].tick_bands[0].tick, 100_000);
    assert_eq!(table[1].qty_step, 1_000_000);
    assert_eq!(table[1].min_qty, 1, "default is the lot");
    assert_eq!(
        config.instance_dir(),
        Path::new("/dev/shm/pacer/desk1"),
        "from the name"
    );
    assert_eq!(config.shards[0].core, Core::Pinned(1));
    assert_eq!(config.shards[0].idle.strategy(), Idle::Spin);
    assert_eq!(config.limits.risk_limits().child_qty_max.0, 20_000);
}

#[test]
fn the_defaults_that_the_template_names_are_the_defaults() {
    let uncommented: String = TEMPLATE
        .lines()
        .map(|line| {
            let setting = line.strip_prefix("# ").filter(|rest| {
                let key = rest.split(" = ").next().unwrap_or("");
                rest.contains(" = ")
                    && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                    && !rest.starts_with("dir =")
                    && !rest.starts_with("curves =")
            });
            format!("{}\n", setting.unwrap_or(line))
        })
        .collect();
    assert!(
        uncommented.contains("\nseed = 1"),
        "defaults are uncommented"
    );
    let plain = Config::parse(TEMPLATE, Path::new("a")).unwrap();
    let spelled_out = Config::parse(&uncommented, Path::new("b")).unwrap();
    assert_eq!(plain, spelled_out);
}

#[test]
fn a_configuration_survives_writing_and_reading() {
    let config = Config::parse(TEMPLATE, Path::new("a")).unwrap();
    let text = config.to_toml().unwrap();
    let mut again = Config::parse(&text, Path::new("b")).unwrap();
    assert_eq!(again.instrument_table(), config.instrument_table());
    again.instruments.clone_from(&config.instruments);
    assert_eq!(again, config);
}

#[test]
fn an_instrument_record_survives_the_configuration() {
    let config = Config::parse(TEMPLATE, Path::new("a")).unwrap();
    for (index, record) in config.instrument_table().iter().enumerate() {
        let entry = InstrumentConfig::from_instrument(record);
        assert_eq!(entry.to_instrument(index).unwrap(), *record);
    }
}

#[test]
fn an_unknown_field_is_named_with_its_line() {
    let text = TEMPLATE.replace("order_sources = 3", "order_sorces = 3");
    let errors = broken(&text);
    assert_eq!(errors[0].0, line_with(&text, "order_sorces"));
    assert_eq!(errors[0].1, "order_sorces");
    assert!(errors[0].2.contains("unknown field"), "{}", errors[0].2);
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_line() {
    let text = TEMPLATE.replace("lot = 100", "lot = \"many\"");
    let errors = broken(&text);
    assert_eq!(errors[0].0, line_with(&text, "\"many\""));
    assert_eq!(errors[0].1, "lot");
}

#[test]
fn every_broken_rule_is_named_at_once() {
    let text = TEMPLATE
        .replace("name = \"desk1\"", "name = \"desk 1\"")
        .replace("lot = 100", "lot = 0")
        .replace("tick = \"0.0001\"", "tick = \"cheap\"")
        .replace("2026-06-23T00:00:00Z", "tomorrow")
        .replace("# market = 65536", "market = 65535")
        .replace("# shard = 0", "shard = 1");
    let errors = broken(&text);
    let found = |field: &str| {
        errors
            .iter()
            .find(|e| e.1 == field)
            .unwrap_or_else(|| panic!("{field} in {errors:?}"))
    };
    assert_eq!(
        found("instance.name").0,
        line_with(&text, "name = \"desk 1\"")
    );
    assert_eq!(found("rings.market").0, line_with(&text, "market = 65535"));
    assert_eq!(
        found("instruments[0].ticks[0].tick").0,
        line_with(&text, "cheap")
    );
    assert_eq!(
        found("instruments[1].sessions[0].close").0,
        line_with(&text, "tomorrow")
    );
    assert_eq!(
        found("instruments[0].shard").0,
        line_with(&text, "shard = 1")
    );
    let text = TEMPLATE.replace("lot = 100", "lot = 0");
    assert_eq!(broken(&text)[0].0, line_with(&text, "lot = 0"));
}

#[test]
fn every_limit_must_be_set_unless_the_profile_is_the_demos() {
    let without = TEMPLATE.replace("collar_ppm = 30000", "");
    let errors = broken(&without);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].1, "limits.collar_ppm");
    assert_eq!(errors[0].0, line_with(&without, "[limits]"));
    let demo = without.replace("# profile = \"explicit\"", "profile = \"demo\"");
    let config = Config::parse(&demo, Path::new("a")).unwrap();
    let limits = config.limits.risk_limits();
    assert_eq!(limits.collar_ppm, RiskLimits::demo().collar_ppm);
    assert_eq!(limits.child_qty_max.0, 20_000, "what is set stands");
    assert_eq!(LimitsConfig::demo().risk_limits(), RiskLimits::demo());
}

#[test]
fn variables_override_settings_and_are_named_when_wrong() {
    let variables = |name: &str| match name {
        "PACER_SEED" => Some("42".to_string()),
        "PACER_INSTANCE_DIR" => Some("/tmp/elsewhere".to_string()),
        _ => None,
    };
    let config = load::parse(TEMPLATE, Path::new("a"), variables).unwrap();
    assert_eq!(config.instance.seed, 42);
    assert_eq!(config.instance_dir(), Path::new("/tmp/elsewhere"));
    let wrong = |name: &str| (name == "PACER_CLOCK_SPEED").then(|| "fast".to_string());
    let errors = load::parse(TEMPLATE, Path::new("a"), wrong).unwrap_err();
    assert_eq!(errors.0[0].field, "PACER_CLOCK_SPEED");
    assert_eq!(errors.0[0].file, Path::new("environment"));
}

#[test]
fn a_missing_file_and_garbage_are_errors_not_crashes() {
    let errors = Config::load(Path::new("/nonexistent/pacer.toml")).unwrap_err();
    assert!(errors.to_string().contains("cannot be read"));
    let mut state = 1_u64;
    for len in 0..200 {
        let text: String = (0..len)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(99);
                char::from((state >> 33) as u8 % 96 + 32)
            })
            .collect();
        assert!(Config::parse(&text, Path::new("a")).is_err(), "{text}");
    }
}

#[test]
fn a_single_shard_writes_its_journal_into_the_directory_itself() {
    let mut config = Config::parse(TEMPLATE, Path::new("a")).unwrap();
    assert_eq!(config.journal_dir(0), config.journal.dir);
    config.shards.push(ShardConfig {
        id: 1,
        core: Core::Any,
        idle: IdleConfig::Yield,
    });
    assert_eq!(config.journal_dir(1), config.journal.dir.join("shard1"));
}
