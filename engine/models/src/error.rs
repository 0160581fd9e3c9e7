//! Why a model refuses its inputs, and the checks that decide it.

use core::fmt;

/// A refusal that names the field and the rule it breaks. Fits two words, so hot paths may return it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelError {
    /// The field is NaN or infinite.
    NotFinite(&'static str),
    /// The field must be greater than zero.
    NotPositive(&'static str),
    /// The field must not be negative.
    Negative(&'static str),
    /// The field lies outside the range that the rule names.
    OutOfRange {
        /// Name of the input.
        field: &'static str,
        /// The range, in words.
        rule: &'static str,
    },
    /// A slice is shorter or longer than the others require, or empty.
    Length {
        /// Name of the slice.
        field: &'static str,
        /// The length it must have, in words.
        rule: &'static str,
    },
    /// The matrix has no inverse, or is not positive definite where it must be.
    Singular(&'static str),
    /// The iteration did not settle within its limit.
    NotConverged(&'static str),
    /// No schedule satisfies the constraints: the caps together are smaller than the quantity.
    Infeasible(&'static str),
}

impl fmt::Display for ModelError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite(field) => write!(out, "{field}: must be a finite number"),
            Self::NotPositive(field) => write!(out, "{field}: must be greater than zero"),
            Self::Negative(field) => write!(out, "{field}: must not be negative"),
            Self::OutOfRange { field, rule } | Self::Length { field, rule } => {
                write!(out, "{field}: {rule}")
            }
            Self::Singular(field) => write!(out, "{field}: must be positive definite"),
            Self::NotConverged(field) => write!(out, "{field}: iteration did not settle"),
            Self::Infeasible(field) => write!(out, "{field}: together smaller than the quantity"),
        }
    }
}

impl core::error::Error for ModelError {}

/// The value if it is finite.
pub(crate) fn finite(field: &'static str, value: f64) -> Result<f64, ModelError> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(ModelError::NotFinite(field))
    }
}

/// The value if it is finite and greater than zero.
pub(crate) fn positive(field: &'static str, value: f64) -> Result<f64, ModelError> {
    if finite(field, value)? > 0.0 {
        Ok(value)
    } else {
        Err(ModelError::NotPositive(field))
    }
}

/// The value if it is finite and not negative.
pub(crate) fn not_negative(field: &'static str, value: f64) -> Result<f64, ModelError> {
    if finite(field, value)? >= 0.0 {
        Ok(value)
    } else {
        Err(ModelError::Negative(field))
    }
}

/// The value if it lies in `low..=high`.
pub(crate) fn within(
    field: &'static str,
    value: f64,
    low: f64,
    high: f64,
    rule: &'static str,
) -> Result<f64, ModelError> {
    finite(field, value)?;
    if value >= low && value <= high {
        Ok(value)
    } else {
        Err(ModelError::OutOfRange { field, rule })
    }
}

/// Checks that a slice has exactly the length that the rule names.
pub(crate) fn length(
    field: &'static str,
    got: usize,
    want: usize,
    rule: &'static str,
) -> Result<(), ModelError> {
    if got == want {
        Ok(())
    } else {
        Err(ModelError::Length { field, rule })
    }
}

/// Checks that every element is finite and greater than zero.
pub(crate) fn all_positive(field: &'static str, values: &[f64]) -> Result<(), ModelError> {
    values
        .iter()
        .try_for_each(|&value| positive(field, value).map(|_| ()))
}

/// Checks that every element is finite and not negative.
pub(crate) fn all_not_negative(field: &'static str, values: &[f64]) -> Result<(), ModelError> {
    values
        .iter()
        .try_for_each(|&value| not_negative(field, value).map(|_| ()))
}

/// Checks that every element is finite.
pub(crate) fn all_finite(field: &'static str, values: &[f64]) -> Result<(), ModelError> {
    values
        .iter()
        .try_for_each(|&value| finite(field, value).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn a_refusal_names_the_field_and_the_rule() {
        assert_eq!(
            format!("{}", positive("eta", 0.0).unwrap_err()),
            "eta: must be greater than zero"
        );
        assert_eq!(
            format!("{}", finite("lam", f64::NAN).unwrap_err()),
            "lam: must be a finite number"
        );
        assert_eq!(
            format!("{}", not_negative("b", -1.0).unwrap_err()),
            "b: must not be negative"
        );
        let refusal = within("pov", 2.0, 0.0, 1.0, "must lie in 0..=1").unwrap_err();
        assert_eq!(format!("{refusal}"), "pov: must lie in 0..=1");
    }
}
