//! The files under `docs/` are the generated ones. `PACER_BLESS=1 cargo test -p gateway-schema` writes them anew.

use engine_algos::registry::algorithms;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn generated() -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    files.insert(
        PathBuf::from("algorithms.fixatdl.xml"),
        gateway_schema::fixatdl(),
    );
    for a in algorithms() {
        let schema = gateway_schema::json_schema(*a).unwrap();
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let name = format!("schemas/{}.json", a.text().to_ascii_lowercase());
        files.insert(PathBuf::from(name), text);
    }
    files
}

#[test]
fn the_checked_in_files_are_the_generated_ones() {
    let generated = generated();
    let schemas = docs().join("schemas");
    if std::env::var_os("PACER_BLESS").is_some() {
        let _ = std::fs::remove_dir_all(&schemas);
        std::fs::create_dir_all(&schemas).unwrap();
        for (name, text) in &generated {
            std::fs::write(docs().join(name), text).unwrap();
        }
    }
    for (name, text) in &generated {
        let there = std::fs::read_to_string(docs().join(name)).unwrap_or_default();
        assert!(
            there == *text,
            "docs/{} differs from the parameter tables; write it anew with PACER_BLESS=1 cargo test -p gateway-schema",
            name.display()
        );
    }
    for entry in std::fs::read_dir(&schemas).unwrap() {
        let name = Path::new("schemas").join(entry.unwrap().file_name());
        assert!(
            generated.contains_key(&name),
            "no algorithm makes docs/{}",
            name.display()
        );
    }
}
