//! Files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file of the repository.
pub(crate) struct Source {
    /// Path from the root, with `/`.
    pub(crate) path: String,
    /// Content.
    pub(crate) text: String,
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every file under version control or about to be, by ending (`rs`, `md`); all text files when empty.
pub(crate) fn files(endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root(), "", &mut |path, file| {
        let ending = path.rsplit('.').next().unwrap_or("");
        if (endings.is_empty() || endings.contains(&ending))
            && let Ok(text) = fs::read_to_string(file)
        {
            found.push(Source {
                path: path.to_owned(),
                text,
            });
        }
    });
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(
        found.len() > 5 || endings.len() == 1,
        "the repository was found"
    );
    found
}

fn walk(dir: &Path, prefix: &str, visit: &mut dyn FnMut(&str, &Path)) {
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap_or_default();
        let made_by_tools = ["target", ".git", "runs", "proptest-regressions"];
        if made_by_tools.contains(&name.as_str()) || name == "Cargo.lock" {
            continue;
        }
        let path = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}/{name}")
        };
        if entry.file_type().unwrap().is_dir() {
            walk(&entry.path(), &path, visit);
        } else {
            visit(&path, &entry.path());
        }
    }
}

/// Whether a Rust file holds tests only.
pub(crate) fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap();
    path.contains("/tests/")
        || name == "tests.rs"
        || name == "testing.rs"
        || name.ends_with("_tests.rs")
}

/// The line without its comment (good enough for code of ours: no `//` inside string literals but URLs).
pub(crate) fn without_comment(line: &str) -> &str {
    match line.find("//") {
        Some(at) if !line[..at].ends_with(':') => &line[..at],
        _ => line,
    }
}
