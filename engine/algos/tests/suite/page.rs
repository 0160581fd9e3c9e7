//! The checked-in page about the algorithms is the generated one.

use std::path::Path;

#[test]
fn the_page_about_the_algorithms_is_the_generated_one() {
    let mut page = String::new();
    engine_algos::page::write_page(&mut page).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/algorithms.md");
    if std::env::var_os("PACER_WRITE_PAGES").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == page,
        "docs/algorithms.md differs from the parameter tables; write it anew with \
         PACER_WRITE_PAGES=1 cargo test -p engine-algos --test suite page"
    );
}
