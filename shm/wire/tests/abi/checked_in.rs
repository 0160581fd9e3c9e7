//! Comparing generated text with a file of the repository.

use std::path::Path;

/// Fails with the first line that differs, or writes the file when `PACER_WRITE_PAGES` is set.
pub(crate) fn check(relative: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(relative);
    if std::env::var_os("PACER_WRITE_PAGES").is_some() {
        std::fs::write(&path, generated).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let lines = generated.lines().zip(found.lines()).enumerate();
    for (number, (want, have)) in lines {
        assert_eq!(
            want,
            have,
            "{relative} line {}: the code (left) and the file (right) differ; \
             PACER_WRITE_PAGES=1 writes it anew",
            number + 1
        );
    }
    assert_eq!(
        generated.lines().count(),
        found.lines().count(),
        "{relative}: one has lines that the other lacks; PACER_WRITE_PAGES=1 writes it anew"
    );
}
