use super::*;
use engine_sim::synthetic::{self, SyntheticConfig};
use gateway_desk::plan::{document, text};
use serde_json::Value;
use std::fmt::Write;
use std::path::PathBuf;

fn plans(order: &str) -> Result<Vec<Planned>, Vec<UserError>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("day.market");
    synthetic::write(&SyntheticConfig::default(), &path).unwrap();
    run(&PlanArgs {
        order: order.to_owned(),
        market: path,
        curves: None,
    })
}

#[test]
fn a_twap_plan_is_a_line_that_ends_with_the_whole_order() {
    let plans = plans("A,ACME,buy,6300,TWAP,,,,").unwrap();
    let doc = document(&plans);
    let schedule = doc["orders"][0]["schedule"].as_array().unwrap();
    assert_eq!(schedule.len(), 64);
    assert_eq!(schedule[0]["cumulative"], 0);
    assert_eq!(schedule[63]["cumulative"], 6_300);
    let middle = schedule[32]["cumulative"].as_u64().unwrap();
    assert!((3_100..=3_300).contains(&middle), "{middle}");
    assert!(text(&plans).contains("A: TWAP 6300 of ACME"));
}

#[test]
fn shortfall_shows_its_urgencies_side_by_side_and_faster_costs_more_and_risks_less() {
    let plans = plans("A,ACME,sell,60000,IS,,,,").unwrap();
    let doc = document(&plans);
    let all = doc["orders"][0]["urgencies"].as_array().unwrap();
    assert_eq!(all.len(), 5);
    for pair in all.windows(2) {
        let of = |v: &Value, name: &str| v["plan"][name].as_f64().unwrap();
        assert!(of(&pair[0], "expected_cost_bps") <= of(&pair[1], "expected_cost_bps"));
        assert!(of(&pair[0], "standard_deviation_bps") >= of(&pair[1], "standard_deviation_bps"));
    }
}

#[test]
fn a_bad_order_is_refused_with_field_and_rule() {
    let errors = plans("A,NOPE,buy,6300,TWAP,,,,").unwrap_err();
    assert!(
        errors[0].to_string().contains("instrument: "),
        "{}",
        errors[0]
    );
}

/// Five-minute bars of ACME with ten times the volume in the first and last hour.
fn bars(dir: &Path) -> PathBuf {
    let path = dir.join("ACME_5min.csv");
    let mut text = String::from("datetime,open,high,low,close,volume\n");
    for day in 1..=28 {
        for bin in 0..78 {
            let minute = 570 + bin * 5;
            let volume = if (12..66).contains(&bin) {
                1_000 + day
            } else {
                10_000 + day
            };
            let _ = writeln!(
                text,
                "2024-05-{day:02} {:02}:{:02}:00,52.40,52.50,52.30,52.41,{volume}",
                minute / 60,
                minute % 60
            );
        }
    }
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_vwap_plan_follows_the_curve_of_its_symbol() {
    let dir = tempfile::tempdir().unwrap();
    let market = dir.path().join("day.market");
    synthetic::write(&SyntheticConfig::default(), &market).unwrap();
    let file = dir.path().join("curves.json");
    let fit = curves::FitArgs {
        curve_days: 20,
        averaging: engine_curves::file::Averaging::Mean,
        bars: vec![bars(dir.path())],
        out: file.clone(),
        until: None,
        groups: None,
    };
    assert!(curves::run_fit(&fit, true).unwrap());
    let order = "A,ACME,buy,63000,VWAP,,,,".to_owned();
    let plans = run(&PlanArgs {
        order,
        market,
        curves: Some(file),
    })
    .unwrap();
    let doc = document(&plans);
    assert_eq!(doc["orders"][0]["curve_rung"], "symbol");
    // The first hour of six and a half holds 12 x 10 of 2 x 12 x 10 + 54 shares of volume.
    let schedule = doc["orders"][0]["schedule"].as_array().unwrap();
    let tenth = schedule[10]["cumulative"].as_u64().unwrap();
    let expected = 63_000.0 * 120.0 / 294.0;
    assert!(
        (tenth as f64 / expected - 1.0).abs() < 0.1,
        "{tenth} {expected}"
    );
}
