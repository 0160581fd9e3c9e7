//! `pacer models check`: runs reference cases through the product's own models and compares every number.
//!
//! A file of cases is `{"cases": [{id, family, inputs, expected, tolerance {rel, abs}}]}`. A family is answered by one small adapter
//! that reads the inputs, calls the model and gives a document of the same shape as `expected`. Nothing here computes a model: an adapter
//! only names fields. A malformed case is a failed case with an error text, never a panic; a family that no adapter answers is a
//! failure too.

mod compare;
mod families;
mod inputs;
mod report;

use serde_json::Value;

use compare::{Tolerance, compare};
use inputs::Inputs;
pub use report::{Case, Number, Report};

/// Checks every case of a file.
pub fn check(file: &Value) -> Report {
    let Some(cases) = file.get("cases").and_then(Value::as_array) else {
        return Report::unreadable("cases: must be a list");
    };
    let mut report = Report::default();
    for (index, case) in cases.iter().enumerate() {
        let text = |field: &str| case.get(field).and_then(Value::as_str);
        let id = text("id").map_or_else(|| format!("case {index}"), str::to_owned);
        let family = text("family").unwrap_or_default().to_owned();
        if !family.is_empty() && families::find(&family).is_none() {
            report.add_unknown(id, family);
            continue;
        }
        match numbers_of(case, &family) {
            Ok(numbers) => report.add(id, family, numbers),
            Err(error) => report.add_error(id, family, error),
        }
    }
    report
}

/// Runs one case; the error says what is malformed or why the model refused.
fn numbers_of(case: &Value, family: &str) -> Result<Vec<Number>, String> {
    let field = |name: &str| case.get(name).ok_or_else(|| format!("{name}: missing"));
    field("id")?.as_str().ok_or("id: must be a text")?;
    field("family")?.as_str().ok_or("family: must be a text")?;
    let adapter = families::find(family).ok_or("family: must not be empty")?;
    let tolerance = Tolerance::read(field("tolerance")?)?;
    let expected = field("expected")?;
    let inputs = Inputs::read(field("inputs")?, "inputs")?;
    let got = adapter(&inputs)?;
    let mut numbers = Vec::new();
    compare("", expected, Some(&got), tolerance, &mut numbers);
    if numbers.is_empty() {
        return Err("expected: holds nothing to compare".to_owned());
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests;
