use super::*;
use serde_json::json;
use std::path::PathBuf;

/// A small file of the form of the reference, with one case per way to pass or fail.
fn urgency(id: &str, lam: f64) -> Value {
    json!({
        "id": id,
        "family": "AC-URGENCY",
        "inputs": {"half_life": 2.0, "T": 5.0, "N": 5, "sigma": 0.95, "gamma": 2.5e-7, "eta": 2.5e-6},
        "expected": {"lam": lam},
        "tolerance": {"rel": 1e-9, "abs": 1e-12},
    })
}

#[test]
fn a_right_case_passes_and_a_wrong_number_fails_with_its_path_and_error() {
    let right = urgency("right", 6.717156063494e-07);
    // The absolute tolerance would hide an error in a number this small; a real one is far larger.
    let wrong = urgency("wrong", 6.8e-07);
    let report = check(&json!({"cases": [right, wrong]}));
    assert_eq!((report.passed, report.failed), (1, 1));
    assert!(!report.ok());
    let number = &report.cases[1].numbers[0];
    assert_eq!((number.path.as_str(), number.pass), ("lam", false));
    assert!((number.error.unwrap() - 8.28e-9).abs() < 1e-11);
    assert!(check(&json!({"cases": [urgency("right", 6.717156063494e-07)]})).ok());
}

#[test]
fn the_document_has_the_promised_fields() {
    let report = check(&json!({"cases": [urgency("one", 6.717156063494e-07)]}));
    let document = serde_json::to_value(&report).unwrap();
    assert_eq!(document["schema"], "pacer.models/1");
    assert_eq!(document["passed"], 1);
    assert_eq!(document["failed"], 0);
    assert_eq!(document["unknown_families"], json!([]));
    let case = &document["cases"][0];
    assert_eq!(case["id"], "one");
    assert_eq!(case["family"], "AC-URGENCY");
    assert_eq!(case["pass"], true);
    for field in ["path", "expected", "got", "error", "pass"] {
        assert!(case["numbers"][0].get(field).is_some(), "{field}");
    }
}

#[test]
fn a_family_nobody_answers_is_named_once_and_fails_each_time() {
    let mut case = urgency("x", 1.0);
    case["family"] = "TEA-LEAVES".into();
    let report = check(&json!({"cases": [case.clone(), case]}));
    assert_eq!(report.unknown_families, ["TEA-LEAVES"]);
    assert_eq!((report.passed, report.failed), (0, 2));
    assert!(report.text().contains("unknown families: TEA-LEAVES"));
}

#[test]
fn a_malformed_case_fails_with_a_text_and_never_panics() {
    let broken = |change: fn(&mut Value), want: &str| {
        let mut case = urgency("broken", 6.717156063494e-07);
        change(&mut case);
        let report = check(&json!({"cases": [case]}));
        assert_eq!((report.passed, report.failed), (0, 1), "{want}");
        let error = report.cases[0].error.clone().unwrap();
        assert!(error.contains(want), "{error} does not say {want}");
        assert!(report.text().contains(want));
    };
    broken(
        |case| case["inputs"]["N"] = 0.into(),
        "N: must be a whole number",
    );
    broken(
        |case| case["inputs"]["N"] = 4e9.into(),
        "N: must be a whole number",
    );
    broken(
        |case| case["inputs"]["sigma"] = "big".into(),
        "sigma: must be a number",
    );
    broken(
        |case| case["inputs"]["sigma"] = 0.into(),
        "sigma: must be greater than zero",
    );
    broken(
        |case| case["inputs"] = 3.into(),
        "inputs: must be an object",
    );
    broken(
        |case| case["expected"] = json!({}),
        "expected: holds nothing",
    );
    broken(
        |case| case["tolerance"] = json!({"rel": -1}),
        "tolerance.rel",
    );
    broken(|case| case["id"] = Value::Null, "id: must be a text");
    broken(|case| case["family"] = 7.into(), "family: must be a text");
    broken(|case| *case = Value::Null, "id: missing");
    broken(
        |case| drop(case.as_object_mut().unwrap().remove("expected")),
        "expected: missing",
    );
}

#[test]
fn a_file_without_cases_is_not_ok() {
    assert!(!check(&Value::Null).ok());
    assert!(!check(&json!({"cases": {}})).ok());
    assert!(!check(&json!({"cases": []})).ok());
    assert!(check(&Value::Null).text().contains("cases: must be a list"));
}

#[test]
fn the_table_shows_every_value_that_disagrees() {
    let text = check(&json!({"cases": [urgency("wrong", 1.0)]})).text();
    assert!(text.contains("FAIL    wrong"), "{text}");
    assert!(text.contains("lam: expected 1.0, got 6.71"), "{text}");
    assert!(text.ends_with("0 passed, 1 failed\n"));
}

/// Families of the reference file that belong to other parts of the product.
const ELSEWHERE: [&str; 9] = [
    "DRIFT",
    "IS-PEROLD",
    "LINUCB",
    "OFF-POLICY",
    "SHRINKAGE",
    "SPREADS",
    "STATS",
    "TAPE-BENCH",
    "THOMPSON",
];

fn reference() -> Option<Value> {
    let Some(data) = std::env::var_os("PACER_MARKET_DATA") else {
        println!("SKIPPED: reference cases not checked, set PACER_MARKET_DATA");
        return None;
    };
    let path = PathBuf::from(data).join("../oracles/reference.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!(
            "SKIPPED: no reference cases at {}, set PACER_MARKET_DATA",
            path.display()
        );
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn every_reference_case_of_a_model_passes() {
    let Some(file) = reference() else { return };
    let report = check(&file);
    for case in report
        .cases
        .iter()
        .filter(|case| !ELSEWHERE.contains(&case.family.as_str()))
    {
        assert!(case.pass, "{}", report.text());
    }
    assert!(report.passed >= 41, "{}", report.text());
}

/// Every value of every input, replaced by something it must not be, gives a report and no panic.
#[test]
fn no_broken_input_of_a_reference_case_panics() {
    let Some(file) = reference() else { return };
    let poisons = [
        json!(null),
        json!(-1.0),
        json!(0),
        json!(1e300),
        json!("x"),
        json!([]),
        json!({}),
    ];
    for case in file["cases"].as_array().unwrap() {
        for name in case["inputs"].as_object().unwrap().keys() {
            for poison in &poisons {
                let mut broken = case.clone();
                broken["inputs"][name] = poison.clone();
                let _ = check(&json!({"cases": [broken]})).text();
            }
        }
    }
}
