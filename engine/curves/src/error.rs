//! What may be wrong with a curve file.

use std::fmt;
use std::path::PathBuf;

/// Why a curve file cannot be used or written.
#[derive(Debug)]
pub enum CurveFileError {
    /// The file cannot be read.
    Open(PathBuf, std::io::Error),
    /// What stands in it is no curve file, was changed, or breaks a rule.
    Content {
        /// The file, when it was one.
        file: Option<PathBuf>,
        /// The field that breaks the rule, where one does.
        field: Option<String>,
        /// What is wrong.
        message: String,
    },
    /// The file cannot be written.
    Write(PathBuf, std::io::Error),
    /// A number that JSON cannot hold.
    Number(serde_json::Error),
}

impl CurveFileError {
    pub(crate) fn content<T: Into<String>>(message: T) -> CurveFileError {
        CurveFileError::Content {
            file: None,
            field: None,
            message: message.into(),
        }
    }
    pub(crate) fn at(self, name: &str) -> CurveFileError {
        match self {
            Self::Content { file, message, .. } => Self::Content {
                file,
                field: Some(name.to_owned()),
                message,
            },
            other => other,
        }
    }
}

impl fmt::Display for CurveFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(file, e) => write!(f, "{}: cannot read the curve file: {e}", file.display()),
            Self::Write(file, e) => write!(f, "{}: cannot write: {e}", file.display()),
            Self::Number(e) => write!(f, "cannot write: {e}"),
            Self::Content {
                file,
                field,
                message,
            } => {
                if let Some(file) = file {
                    write!(f, "{}: ", file.display())?;
                }
                if let Some(field) = field {
                    write!(f, "{field}: ")?;
                }
                f.write_str(message)
            }
        }
    }
}

impl std::error::Error for CurveFileError {}
