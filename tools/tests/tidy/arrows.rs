//! Which crate may import which, from the manifests.

use crate::source::{files, root};
use std::collections::{BTreeMap, BTreeSet};

/// Crates of ours and what of ours each may import; `*` = anything.
const ARROWS: &[(&str, &str, &str)] = &[
    ("shm/wire", "shm-wire", ""),
    ("shm/ring", "shm-ring", "shm-wire"),
    ("shm/journal", "shm-journal", "shm-wire shm-ring"),
    ("engine/core", "engine-core", "shm-wire"),
    ("engine/models", "engine-models", "shm-wire"),
    (
        "engine/algos",
        "engine-algos",
        "shm-wire engine-core engine-models",
    ),
    (
        "engine/curves",
        "engine-curves",
        "shm-wire engine-algos engine-models",
    ),
    (
        "engine/sim",
        "engine-sim",
        "shm-wire shm-journal engine-core engine-algos engine-models",
    ),
    (
        "engine/runtime",
        "engine-runtime",
        "shm-wire shm-ring shm-journal engine-core engine-algos engine-models engine-curves",
    ),
    ("gateway/tca", "gateway-tca", "shm-wire"),
    (
        "gateway/desk",
        "gateway-desk",
        "shm-wire engine-core engine-algos gateway-tca",
    ),
    ("gateway/schema", "gateway-schema", "shm-wire engine-algos"),
    (
        "gateway/server",
        "gateway-server",
        "shm-wire shm-ring shm-journal gateway-tca gateway-desk gateway-schema engine-core engine-algos engine-models engine-curves",
    ),
    ("bench", "pacer-bench", "*"),
    ("tools", "pacer-tools", "*"),
];
/// Outside crates of those that stay almost free of them; tests apart.
const OUTSIDE: &[(&str, &str)] = &[
    ("shm-wire", "bytemuck"),
    ("engine-core", ""),
    ("engine-algos", ""),
    ("engine-models", "libm"),
];
/// Crates that bring asynchronous code.
const ASYNC: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "hyper-util",
    "mio",
    "futures",
    "async-std",
    "smol",
    "tower",
];
const ASYNC_ALLOWED: &[&str] = &["gateway-server"];
/// Crates of ours that read or write text formats.
const SERDE_ALLOWED: &[&str] = &[
    "engine-runtime",
    "engine-curves",
    "gateway-tca",
    "gateway-desk",
    "gateway-schema",
    "gateway-server",
    "pacer-tools",
    "pacer-bench",
];

struct Crate {
    name: String,
    imports: BTreeSet<String>,
    test_imports: BTreeSet<String>,
    lints: bool,
}

fn manifest(text: &str) -> Crate {
    let mut section = String::new();
    let mut found = Crate {
        name: String::new(),
        imports: BTreeSet::new(),
        test_imports: BTreeSet::new(),
        lints: false,
    };
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            line.trim_matches(['[', ']']).clone_into(&mut section);
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let key = key.trim().split('.').next().unwrap().to_owned();
        if section == "package" && key == "name" {
            value.trim().trim_matches('"').clone_into(&mut found.name);
        } else if section.ends_with("dev-dependencies") {
            found.test_imports.insert(key);
        } else if section.ends_with("dependencies") {
            found.imports.insert(key);
        } else if section == "lints" {
            found.lints = value.trim() == "true";
        }
    }
    found
}

fn crates() -> BTreeMap<String, Crate> {
    let mut crates = BTreeMap::new();
    for file in files(&["toml"]) {
        if let Some(path) = file.path.strip_suffix("/Cargo.toml") {
            crates.insert(path.to_owned(), manifest(&file.text));
        }
    }
    crates
}

#[test]
fn every_crate_stands_on_the_map_is_named_by_its_path_and_is_a_member() {
    let members = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let found = crates();
    assert!(found.len() >= 12, "the crates were found");
    for (path, found) in found {
        let on_map = ARROWS
            .iter()
            .any(|(p, n, _)| *p == path && *n == found.name);
        assert!(
            on_map,
            "{path}: a new crate or arrow needs a decision in docs/adr first"
        );
        assert!(
            members.contains(&format!("\"{path}\"")),
            "{path} is a member"
        );
    }
}

#[test]
fn crates_import_only_along_the_arrows_of_the_design() {
    let crates = crates();
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(_, name, _)| *name).collect();
    for (path, name, allowed) in ARROWS {
        let Some(found) = crates.get(*path) else {
            continue;
        };
        for import in found
            .imports
            .union(&found.test_imports)
            .filter(|i| ours.contains(i.as_str()))
        {
            let fine = *allowed == "*" || allowed.split(' ').any(|a| a == import);
            assert!(
                fine,
                "{name} imports {import}, which the design does not allow"
            );
        }
    }
}

#[test]
fn the_crates_of_the_hot_path_stay_almost_free_of_outside_crates() {
    let crates = crates();
    for (name, allowed) in OUTSIDE {
        let found = crates.values().find(|c| c.name == *name).unwrap();
        for import in found
            .imports
            .iter()
            .filter(|i| !ARROWS.iter().any(|(_, n, _)| n == i))
        {
            assert!(
                allowed.split(' ').any(|a| a == import),
                "{name} imports {import}"
            );
        }
    }
}

#[test]
fn nothing_below_the_gateway_is_asynchronous_and_text_formats_stay_at_the_edges() {
    for found in crates().values() {
        for import in &found.imports {
            assert!(
                !ASYNC.contains(&import.as_str()) || ASYNC_ALLOWED.contains(&found.name.as_str()),
                "{} imports {import}",
                found.name
            );
            assert!(
                !import.starts_with("serde") || SERDE_ALLOWED.contains(&found.name.as_str()),
                "{} imports {import}",
                found.name
            );
        }
    }
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    for (path, found) in crates() {
        assert!(found.lints, "{path}/Cargo.toml: [lints] workspace = true");
    }
}
