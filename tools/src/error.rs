//! Errors that a user can act on: one shape for every command, on paper and as JSON (`pacer.error/1`).
//!
//! A command gathers all the errors it can find before it gives up, so that one run names every bad row.

use std::fmt;
use std::ops::Deref;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// One thing that is wrong, where it is, which rule it breaks and what to do about it.
///
/// Made with [`UserError::new`] and the methods that follow it; its parts are read through [`Detail`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserError(Box<Detail>);

/// The parts of a [`UserError`].
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Detail {
    /// Stable name of the kind of error, words joined by dots (`file.open`, `orders.quantity`).
    pub code: String,
    /// What is wrong, one sentence.
    pub message: String,
    /// The file, as the user named it.
    pub file: Option<String>,
    /// Line in the file, from 1; a header is line 1.
    pub line: Option<u64>,
    /// Column, parameter or option.
    pub field: Option<String>,
    /// The rule that is broken.
    pub rule: Option<String>,
    /// What would help.
    pub hint: Option<String>,
}

impl Deref for UserError {
    type Target = Detail;
    fn deref(&self) -> &Detail {
        &self.0
    }
}

impl UserError {
    /// An error with code and message; the rest is added by the methods below.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> UserError {
        UserError(Box::new(Detail {
            code: code.to_owned(),
            message: message.into(),
            ..Detail::default()
        }))
    }
    /// Names the file.
    #[must_use]
    pub fn file(mut self, path: &Path) -> UserError {
        self.0.file = Some(path.display().to_string());
        self
    }
    /// Names the line, from 1.
    #[must_use]
    pub fn line(mut self, line: u64) -> UserError {
        self.0.line = Some(line);
        self
    }
    /// Names the field.
    #[must_use]
    pub fn field(mut self, field: &str) -> UserError {
        self.0.field = Some(field.to_owned());
        self
    }
    /// Names the rule.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<String>) -> UserError {
        self.0.rule = Some(rule.into());
        self
    }
    /// Adds advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> UserError {
        self.0.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for UserError {
    /// `file:line: field: message (rule: ..; hint: ..) [code]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}")?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            f.write_str(": ")?;
        }
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.message)?;
        match (&self.rule, &self.hint) {
            (Some(rule), Some(hint)) => write!(f, " (rule: {rule}; hint: {hint})")?,
            (Some(rule), None) => write!(f, " (rule: {rule})")?,
            (None, Some(hint)) => write!(f, " (hint: {hint})")?,
            (None, None) => {}
        }
        write!(f, " [{}]", self.code)
    }
}

impl std::error::Error for UserError {}

/// The document that `--json` prints instead of a result.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ErrorDocument {
    /// Always `pacer.error/1`.
    pub schema: String,
    /// Every error found.
    pub errors: Vec<UserError>,
}

impl ErrorDocument {
    /// The document of these errors.
    #[must_use]
    pub fn new(errors: Vec<UserError>) -> ErrorDocument {
        ErrorDocument {
            schema: "pacer.error/1".to_owned(),
            errors,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_like_a_compiler_message() {
        let e = UserError::new("orders.quantity", "150 is no multiple of 100")
            .file(Path::new("orders.csv"))
            .line(3)
            .field("quantity")
            .rule("whole lots")
            .hint("use 100 or 200");
        let text = "orders.csv:3: quantity: 150 is no multiple of 100 (rule: whole lots; hint: use 100 or 200) [orders.quantity]";
        assert_eq!(e.to_string(), text);
        assert_eq!(UserError::new("a.b", "c").to_string(), "c [a.b]");
    }

    #[test]
    fn the_json_document_has_every_field_of_the_schema() {
        let json =
            serde_json::to_value(ErrorDocument::new(vec![UserError::new("a.b", "c")])).unwrap();
        assert_eq!(json["schema"], "pacer.error/1");
        let keys: Vec<&String> = json["errors"][0].as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 7);
        for key in ["code", "message", "file", "line", "field", "rule", "hint"] {
            assert!(keys.iter().any(|k| *k == key), "{key}");
        }
    }
}
