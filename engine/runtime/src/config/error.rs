//! What is wrong with a configuration: file, line, field and rule, all at once.

use std::fmt;
use std::path::{Path, PathBuf};

/// One broken rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigError {
    /// The file, or `environment` for a `PACER_*` variable.
    pub file: PathBuf,
    /// Line in the file, from 1; 0 when there is none.
    pub line: usize,
    /// The field, as a dotted path (`instruments[2].lot`).
    pub field: String,
    /// The rule that is broken, in words.
    pub rule: String,
}

/// Every rule that a configuration breaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl ConfigErrors {
    /// One error without a line.
    #[must_use]
    pub fn one(file: &Path, field: &str, rule: impl Into<String>) -> ConfigErrors {
        ConfigErrors(vec![ConfigError {
            file: file.to_path_buf(),
            line: 0,
            field: field.to_string(),
            rule: rule.into(),
        }])
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}: {}", self.field, self.rule)
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
impl std::error::Error for ConfigErrors {}
