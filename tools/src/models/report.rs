//! The outcome of a check, as one document for machines and as a table for people.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

/// Outcome of a whole file.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Always `pacer.models/1`.
    pub schema: &'static str,
    /// Cases whose every number is within its tolerance.
    pub passed: usize,
    /// All other cases.
    pub failed: usize,
    /// Families that no adapter answers, each once, in order of appearance. Their cases count as failed.
    pub unknown_families: Vec<String>,
    /// Every case in the order of the file.
    pub cases: Vec<Case>,
    /// Why the file could not be read at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Outcome of one case.
#[derive(Debug, Clone, Serialize)]
pub struct Case {
    /// Its name in the file.
    pub id: String,
    /// Its family.
    pub family: String,
    /// Whether every number is within its tolerance.
    pub pass: bool,
    /// Every value compared.
    pub numbers: Vec<Number>,
    /// What is malformed, or why the model refused the inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One value compared. Texts and truth values are compared too, without an error.
#[derive(Debug, Clone, Serialize)]
pub struct Number {
    /// Where in `expected`, as in `by_T[0].temporary_bps`.
    pub path: String,
    /// What the file says; null means not defined.
    pub expected: Value,
    /// What the model says.
    pub got: Value,
    /// Absolute difference of two numbers, null otherwise.
    pub error: Option<f64>,
    /// Largest difference allowed, null for what must be equal.
    pub limit: Option<f64>,
    /// Whether the value agrees.
    pub pass: bool,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            schema: "pacer.models/1",
            passed: 0,
            failed: 0,
            unknown_families: Vec::new(),
            cases: Vec::new(),
            error: None,
        }
    }
}

impl Report {
    /// Whether what was asked is true: at least one case, and every case passed.
    pub fn ok(&self) -> bool {
        self.error.is_none() && self.failed == 0 && self.passed > 0
    }

    /// The report of a file that holds no list of cases.
    pub(super) fn unreadable(error: &str) -> Self {
        Self {
            error: Some(error.to_owned()),
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, id: String, family: String, numbers: Vec<Number>) {
        let pass = numbers.iter().all(|number| number.pass);
        self.push(Case {
            id,
            family,
            pass,
            numbers,
            error: None,
        });
    }

    pub(super) fn add_error(&mut self, id: String, family: String, error: String) {
        self.push(Case {
            id,
            family,
            pass: false,
            numbers: Vec::new(),
            error: Some(error),
        });
    }

    pub(super) fn add_unknown(&mut self, id: String, family: String) {
        if !self.unknown_families.contains(&family) {
            self.unknown_families.push(family.clone());
        }
        self.add_error(id, family, "family: no model answers it".to_owned());
    }

    fn push(&mut self, case: Case) {
        if case.pass {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
        self.cases.push(case);
    }

    /// The table for people: one line per case, and under a failed one every value that disagrees.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if let Some(error) = &self.error {
            return format!("{error}\n");
        }
        let width = |of: fn(&Case) -> &str| self.cases.iter().map(|case| of(case).len()).max();
        let id = width(|case| &case.id).unwrap_or(0).max("case".len());
        let family = width(|case| &case.family).unwrap_or(0).max("family".len());
        let mut line = |result: &str, a: &str, b: &str, count: &str, worst: &str| {
            let row = format!("{result:<6}  {a:<id$}  {b:<family$}  {count:>7}  {worst:>14}");
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{}", row.trim_end());
        };
        line("result", "case", "family", "numbers", "error/allowed");
        for case in &self.cases {
            let result = if case.pass { "pass" } else { "FAIL" };
            let count = case.numbers.len().to_string();
            let worst = case
                .worst()
                .map_or_else(String::new, |worst| format!("{worst:.3e}"));
            line(result, &case.id, &case.family, &count, &worst);
            if let Some(error) = &case.error {
                line("", error, "", "", "");
            }
            for number in case.numbers.iter().filter(|number| !number.pass) {
                let Number {
                    path,
                    expected,
                    got,
                    ..
                } = number;
                line(
                    "",
                    &format!("{path}: expected {expected}, got {got}"),
                    "",
                    "",
                    "",
                );
            }
        }
        let _ = writeln!(out, "{} passed, {} failed", self.passed, self.failed);
        if !self.unknown_families.is_empty() {
            let _ = writeln!(
                out,
                "unknown families: {}",
                self.unknown_families.join(", ")
            );
        }
        out
    }
}

impl Case {
    /// Largest error as a fraction of what is allowed; none without a tolerance to compare to.
    fn worst(&self) -> Option<f64> {
        let share = |number: &Number| match (number.error, number.limit) {
            (Some(error), Some(limit)) if limit > 0.0 => Some(error / limit),
            _ => None,
        };
        self.numbers.iter().filter_map(share).max_by(f64::total_cmp)
    }
}
