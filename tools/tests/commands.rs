//! Commands that need no instance: plan, schema, curves, convert; what they print and how they end.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

mod common;

use common::pacer;
use engine_sim::synthetic::{self, SyntheticConfig};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::process::Output;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    pacer()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = run(folder, &[arguments, &["--json"]].concat());
    let document = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {output:?}"));
    (output.status.code(), document)
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_plan_is_shown_before_anything_is_sent_and_a_refused_order_is_wrong_input() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    synthetic::write(&SyntheticConfig::default(), folder.join("day.market")).unwrap();
    let plan = |order: &str| {
        json(
            folder,
            &["plan", "--market", "day.market", "--order", order],
        )
    };
    let (code, document) = plan("A,ACME,buy,6000,VWAP,,,,");
    assert_eq!(
        (code, &document["schema"]),
        (Some(0), &"pacer.plan/1".into())
    );
    let order = &document["orders"][0];
    assert_eq!(order["quantity"], 6_000);
    let schedule = order["schedule"].as_array().unwrap();
    let done: Vec<u64> = schedule
        .iter()
        .map(|p| p["cumulative"].as_u64().unwrap())
        .collect();
    assert!(done.is_sorted());
    assert_eq!(done.last(), Some(&6_000));
    let list = "client_order_id,instrument,side,quantity,algorithm,start,end,limit,parameters\n\
                A,ACME,buy,6000,TWAP,,,,\nB,ZORP,sell,9000,IS,,,,\n";
    std::fs::write(folder.join("orders.csv"), list).unwrap();
    let arguments = ["plan", "--market", "day.market", "--order", "orders.csv"];
    let shown = text(&run(folder, &arguments));
    assert!(
        shown.contains("A: TWAP 6000 of ACME") && shown.contains("urgency 5"),
        "{shown}"
    );
    let (code, error) = plan("A,NOPE,buy,6000,TWAP,,,,");
    assert_eq!((code, &error["schema"]), (Some(2), &"pacer.error/1".into()));
    assert_eq!(error["errors"][0]["field"], "instrument");
}

#[test]
fn schemas_are_printed_for_one_algorithm_for_all_and_as_a_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (code, twap) = json(folder, &["schema", "TWAP"]);
    assert_eq!(code, Some(0));
    assert!(twap.to_string().contains("interval_ms"), "{twap}");
    let (_, all) = json(folder, &["schema"]);
    assert!(all.to_string().contains("POV"));
    let ticket = text(&run(folder, &["schema", "--format", "fixatdl"]));
    assert!(ticket.contains("<Strategies") && ticket.contains("POV"));
    let (code, error) = json(folder, &["schema", "NONE"]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(2), &"usage.algorithm".into())
    );
    let (code, error) = json(folder, &["schema", "TWAP", "--format", "fixatdl"]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(2), &"usage.format".into())
    );
}

/// Five-minute bars of `sessions` days with more volume at both ends.
fn bars(sessions: u32, scale: u32) -> String {
    let mut text = String::from("datetime,open,high,low,close,volume\n");
    for day in 1..=sessions {
        for bin in 0..78_u32 {
            let minute = 570 + bin * 5;
            let edge = bin.abs_diff(39);
            let volume = (1_000 + edge * 40 + (day * 37 + bin * 11) % 97) * scale;
            writeln!(
                text,
                "2025-{:02}-{:02} {:02}:{:02}:00,10,10.1,9.9,10,{volume}",
                6 + (day - 1) / 28,
                1 + (day - 1) % 28,
                minute / 60,
                minute % 60,
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn curves_are_fitted_to_bars_and_scored_on_later_ones() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("AAA_5min.csv"), bars(56, 3)).unwrap();
    std::fs::write(folder.join("BBB_5min.csv"), bars(56, 1)).unwrap();
    let fit = [
        "curves",
        "fit",
        ".",
        "--out",
        "curves.json",
        "--until",
        "2025-07-15",
    ];
    let output = run(folder, &fit);
    assert!(output.status.success(), "{output:?}");
    let file: Value =
        serde_json::from_slice(&std::fs::read(folder.join("curves.json")).unwrap()).unwrap();
    assert!(file.to_string().contains("AAA"));
    let (code, score) = json(folder, &["curves", "score", "curves.json", "."]);
    assert_eq!(code, Some(0), "{score}");
    let (code, error) = json(folder, &["curves", "score", "missing.json", "."]);
    assert_eq!((code, &error["schema"]), (Some(2), &"pacer.error/1".into()));
}

#[test]
fn files_that_are_no_market_data_are_wrong_input_and_leave_no_market_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("a_message.csv"), "not,a,message\n").unwrap();
    std::fs::write(folder.join("a_orderbook.csv"), "1,2,3,4\n").unwrap();
    let lobster = [
        "convert",
        "lobster",
        "a_message.csv",
        "a_orderbook.csv",
        "--out",
        "a.market",
    ];
    let (code, error) = json(folder, &lobster);
    assert_eq!(
        (code, &error["schema"]),
        (Some(2), &"pacer.error/1".into()),
        "{error}"
    );
    let lean = [
        "convert",
        "lean",
        "none.csv",
        "--symbol",
        "A",
        "--date",
        "2013-10-08",
        "--out",
        "a.market",
    ];
    let (code, error) = json(folder, &lean);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(2), &"file.open".into())
    );
    assert!(!folder.join("a.market").exists());
}

#[test]
fn reference_cases_decide_the_exit_code_of_the_models_check() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (code, error) = json(folder, &["models", "check", "none.json"]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(2), &"file.open".into())
    );
    std::fs::write(folder.join("cases.json"), "{").unwrap();
    let (code, error) = json(folder, &["models", "check", "cases.json"]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(2), &"file.json".into())
    );
}
