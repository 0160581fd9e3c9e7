//! Typed reading of a case's inputs; every error names the field and the rule.

use serde_json::{Map, Value};

/// Most periods, bins or trades of one case, so that a file cannot ask for more memory than there is.
const COUNT_MAX: u32 = 1_000_000;

/// The inputs of a case, or a part of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inputs<'a> {
    fields: &'a Map<String, Value>,
}

/// A matrix as rows of equal length, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matrix {
    pub(super) values: Vec<f64>,
    pub(super) rows: usize,
}

impl<'a> Inputs<'a> {
    /// Reads an object.
    pub(super) fn read(value: &'a Value, name: &str) -> Result<Self, String> {
        let fields = value
            .as_object()
            .ok_or_else(|| format!("{name}: must be an object"))?;
        Ok(Self { fields })
    }

    /// The raw value of a field.
    pub(super) fn value(&self, name: &str) -> Result<&'a Value, String> {
        self.fields
            .get(name)
            .ok_or_else(|| format!("{name}: missing"))
    }

    /// A number.
    pub(super) fn number(&self, name: &str) -> Result<f64, String> {
        number(self.value(name)?, name)
    }

    /// A number, or nothing where the field is null.
    pub(super) fn optional(&self, name: &str) -> Result<Option<f64>, String> {
        optional(self.value(name)?, name)
    }

    /// A whole number from 1 to a million.
    pub(super) fn count(&self, name: &str) -> Result<u32, String> {
        self.integer(name)
            .ok()
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| (1..=COUNT_MAX).contains(count))
            .ok_or_else(|| format!("{name}: must be a whole number from 1 to {COUNT_MAX}"))
    }

    /// A whole number, also when it is written with a decimal point.
    pub(super) fn integer(&self, name: &str) -> Result<i64, String> {
        integer(self.value(name)?, name)
    }

    /// A truth value.
    pub(super) fn flag(&self, name: &str) -> Result<bool, String> {
        self.value(name)?
            .as_bool()
            .ok_or_else(|| format!("{name}: must be true or false"))
    }

    /// A text.
    pub(super) fn text(&self, name: &str) -> Result<&'a str, String> {
        self.value(name)?
            .as_str()
            .ok_or_else(|| format!("{name}: must be a text"))
    }

    /// A list.
    pub(super) fn list(&self, name: &str) -> Result<&'a [Value], String> {
        list(self.value(name)?, name)
    }

    /// A list of numbers.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<f64>, String> {
        self.list(name)?
            .iter()
            .map(|item| number(item, name))
            .collect()
    }

    /// A list of numbers in which null is a missing one.
    pub(super) fn optionals(&self, name: &str) -> Result<Vec<Option<f64>>, String> {
        self.list(name)?
            .iter()
            .map(|item| optional(item, name))
            .collect()
    }

    /// A list of lists of numbers, of any lengths.
    pub(super) fn rows(&self, name: &str) -> Result<Vec<Vec<f64>>, String> {
        let row = |row: &Value| {
            list(row, name)?
                .iter()
                .map(|item| number(item, name))
                .collect()
        };
        self.list(name)?.iter().map(row).collect()
    }

    /// A matrix: rows of equal length.
    pub(super) fn matrix(&self, name: &str) -> Result<Matrix, String> {
        let rows = self.rows(name)?;
        let columns = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != columns) {
            return Err(format!("{name}: must have rows of equal length"));
        }
        Ok(Matrix {
            rows: rows.len(),
            values: rows.concat(),
        })
    }

    /// A part that is an object of its own.
    pub(super) fn part(&self, name: &str) -> Result<Inputs<'a>, String> {
        Inputs::read(self.value(name)?, name)
    }
}

/// A number.
pub(super) fn number(value: &Value, name: &str) -> Result<f64, String> {
    value
        .as_f64()
        .ok_or_else(|| format!("{name}: must be a number"))
}

/// Largest quantity of a case: its cube is finite, its product with any weight exact in 128 bits.
pub(super) const QUANTITY_MAX: u64 = 1_000_000_000_000_000;

/// A whole quantity.
pub(super) fn whole_quantity(value: &Value, name: &str) -> Result<u64, String> {
    u64::try_from(integer(value, name)?)
        .ok()
        .filter(|quantity| *quantity <= QUANTITY_MAX)
        .ok_or_else(|| format!("{name}: must lie in 0..={QUANTITY_MAX}"))
}

/// A quantity with any decimals.
pub(super) fn quantity(value: &Value, name: &str) -> Result<f64, String> {
    let quantity = number(value, name)?;
    if (0.0..=QUANTITY_MAX as f64).contains(&quantity) {
        Ok(quantity)
    } else {
        Err(format!("{name}: must lie in 0..={QUANTITY_MAX}"))
    }
}

/// A whole number, also when it is written with a decimal point.
pub(super) fn integer(value: &Value, name: &str) -> Result<i64, String> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let whole = |number: f64| number.fract() == 0.0 && number.abs() <= EXACT_MAX;
    value
        .as_i64()
        .or_else(|| {
            value
                .as_f64()
                .filter(|&number| whole(number))
                .map(|number| number as i64)
        })
        .ok_or_else(|| format!("{name}: must be a whole number"))
}

fn optional(value: &Value, name: &str) -> Result<Option<f64>, String> {
    if value.is_null() {
        Ok(None)
    } else {
        number(value, name).map(Some)
    }
}

fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], String> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| format!("{name}: must be a list"))
}

/// A number for the answer. One that is not finite becomes a text, since JSON's null would mean "not defined".
pub(super) fn answer(number: f64) -> Value {
    serde_json::Number::from_f64(number)
        .map_or_else(|| Value::String(number.to_string()), Value::Number)
}

/// A number for the answer that may be not defined.
pub(super) fn answer_or_null(number: Option<f64>) -> Value {
    number.map_or(Value::Null, answer)
}

/// A list of numbers for the answer.
pub(super) fn answers(numbers: &[f64]) -> Value {
    numbers.iter().copied().map(answer).collect()
}

/// A matrix for the answer, from row-major values.
pub(super) fn answer_rows(values: &[f64], columns: usize) -> Value {
    values.chunks(columns.max(1)).map(answers).collect()
}
