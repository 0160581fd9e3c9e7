use super::*;
use engine_sim::synthetic::{self, SyntheticConfig};

fn plans(order: &str) -> Result<Vec<Planned>, Vec<UserError>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("day.market");
    synthetic::write(&SyntheticConfig::default(), &path).unwrap();
    run(&PlanArgs {
        order: order.to_owned(),
        market: path,
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
