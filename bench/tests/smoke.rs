//! Every scenario runs small, so that it never rots. No times are looked at: the machine may be busy.
#![expect(clippy::unwrap_used, reason = "tests state what must hold")]

use serde_json::Value;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pacer-bench"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Whether this machine has the two cores that a scenario needs; says so when it has not.
fn two_cores() -> bool {
    let cores = pacer_bench::cores::available().len();
    if cores < 2 {
        println!("SKIPPED: needs two cores, this process may use {cores}");
    }
    cores >= 2
}

fn document(scenario: &str, more: &[&str]) -> Value {
    let mut arguments = vec![scenario, "--quick", "--json", "--idle", "yield"];
    arguments.extend(more);
    let output = run(&arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], "pacer.bench/1");
    assert_eq!(value["scenario"], scenario);
    assert!(!value["host"]["cpu"].as_str().unwrap().is_empty());
    for row in value["rows"].as_array().unwrap() {
        check_row(row, scenario);
    }
    value
}

/// Every field of the contract is there; figures are there exactly when samples are.
fn check_row(row: &Value, scenario: &str) {
    assert_eq!(row["scenario"], scenario);
    for field in ["case", "placement", "unit"] {
        assert!(row[field].is_string(), "{field} of {row}");
    }
    let samples = row["samples"].as_u64().unwrap();
    for field in ["p50", "p99", "p999", "max"] {
        assert_eq!(row[field].is_number(), samples > 0, "{field} of {row}");
    }
    for field in ["yardstick_p50", "ratio"] {
        assert!(row.get(field).is_some(), "{field} of {row}");
    }
}

fn cases(value: &Value) -> Vec<&str> {
    let rows = value["rows"].as_array().unwrap();
    rows.iter().map(|r| r["case"].as_str().unwrap()).collect()
}

#[test]
fn ring_hop_measures_one_and_two_cells_beside_rtrb() {
    if !two_cores() {
        return;
    }
    let value = document("ring-hop", &[]);
    let cases = cases(&value);
    for wanted in ["one cell", "two cells", "rtrb"] {
        assert!(cases.iter().any(|c| c.starts_with(wanted)), "{cases:?}");
    }
    // Two samples of three cases, five blocks of 64 each.
    assert_eq!(value["facts"]["round_trips"], 2 * 3 * 5 * 64);
}

#[test]
fn step_allocates_nothing_and_repeats_its_decisions() {
    let first = document("step", &["--parents", "1,256"]);
    assert_eq!(first["facts"]["allocations"], 0);
    for parents in ["parents_1", "parents_256"] {
        let facts = &first["facts"][parents];
        assert!(facts["children"].as_u64().unwrap() > 0, "{facts}");
    }
    assert_eq!(first["facts"]["parents_256"]["live_parents"], 256);
    let second = document("step", &["--parents", "1,256"]);
    for parents in ["parents_1", "parents_256"] {
        let digest = |v: &Value| v["facts"][parents]["digest"].clone();
        assert_eq!(digest(&first), digest(&second));
    }
    assert!(cases(&first).contains(&"empty loop"));
}

#[test]
fn tick_to_slice_fires_one_child_for_each_trade_without_an_allocation() {
    if !two_cores() {
        return;
    }
    let value = document("tick-to-slice", &["--parents", "128"]);
    let facts = &value["facts"];
    // Two samples of five blocks of 64.
    assert_eq!(facts["trades"], 2 * 5 * 64);
    let strays = facts["children_without_a_trade"].as_u64().unwrap();
    assert_eq!(facts["children"].as_u64().unwrap(), 640 + strays);
    assert_eq!(facts["allocations_of_engine_thread"], 0);
    assert_eq!(facts["allocations_of_feed_and_router"], 0);
    // At least input and slice of each trade, and its fill.
    assert!(facts["journal_records"].as_u64().unwrap() >= 3 * 640);
    let again = document("tick-to-slice", &["--parents", "128"]);
    assert_eq!(again["facts"]["digest"], facts["digest"]);
}

#[test]
fn stalls_names_both_cores() {
    if !two_cores() {
        return;
    }
    let value = document("stalls", &[]);
    let cores: Vec<&str> = cases(&value);
    assert!(cores.len() >= 2, "{cores:?}");
    assert!(cores.iter().all(|c| c.starts_with("gaps of core")));
}

#[test]
fn a_core_that_is_not_there_is_a_typed_error() {
    if !two_cores() {
        return;
    }
    let output = run(&["ring-hop", "--quick", "--json", "--cores", "0,4095"]);
    assert_eq!(output.status.code(), Some(1));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["schema"], "pacer.error/1");
    assert_eq!(value["errors"][0]["code"], "NO_SUCH_CORE");
}

#[test]
fn wrong_usage_ends_with_two_and_help_names_every_scenario() {
    assert_eq!(run(&["no-such-scenario"]).status.code(), Some(2));
    assert_eq!(run(&["step", "--samples", "0"]).status.code(), Some(2));
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for scenario in ["ring-hop", "step", "tick-to-slice", "stalls"] {
        assert!(help.contains(scenario), "{help}");
    }
}
