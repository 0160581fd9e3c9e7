//! What may stand in a source file.

use crate::source::{files, is_test, without_comment};
use std::collections::BTreeMap;

/// Longest source file, tests apart.
const LINES_MAX: usize = 800;
/// Crates whose root does not forbid `unsafe`: they hold the files below, or expand `message!` (`shm/wire`).
/// `bench` holds the yardstick of the latency figures in assembly, so that it is the same code in every binary.
const UNSAFE_CRATES: &[&str] = &["shm/wire", "shm/ring", "engine/runtime", "bench"];
/// Files that hold `unsafe`, and how many times the keyword stands in each. A change here is reviewed as such.
const UNSAFE_FILES: &str = include_str!("unsafe.txt");
/// Crates that can see no clock, file, thread or random source.
const PURE: &[&str] = &[
    "shm/wire/src/",
    "engine/core/src/",
    "engine/algos/src/",
    "engine/models/src/",
];
/// Crates that also keep virtual time: no clock.
const CLOCKLESS: &[&str] = &["engine/sim/src/", "gateway/tca/src/"];
/// Crates without floats.
const INTEGERS: &[&str] = &[
    "shm/wire/src/",
    "shm/ring/src/",
    "shm/journal/src/",
    "engine/core/src/",
    "engine/algos/src/",
];

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

fn starts_with_any(path: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|p| path.starts_with(p))
}

#[test]
fn every_crate_outside_the_list_forbids_unsafe_code() {
    let forbid = concat!("#![forbid(", "unsafe_code)]");
    for file in files(&["rs"]) {
        let root = file
            .path
            .strip_suffix("/src/lib.rs")
            .or_else(|| file.path.strip_suffix("/src/main.rs"));
        let Some(root) = root else { continue };
        if UNSAFE_CRATES.contains(&root) && file.path.ends_with("lib.rs") {
            continue;
        }
        assert!(file.text.contains(forbid), "{}: {forbid}", file.path);
    }
}

#[test]
fn unsafe_stands_only_where_it_is_listed_and_as_often() {
    let listed: BTreeMap<String, usize> = UNSAFE_FILES
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(|l| l.split_once(' ').unwrap())
        .map(|(count, path)| (path.to_owned(), count.parse().unwrap()))
        .collect();
    let mut found = BTreeMap::new();
    for file in files(&["rs"]) {
        let count: usize = file
            .text
            .lines()
            .map(|l| {
                let code = without_comment(l);
                let code = code.split('"').step_by(2).collect::<Vec<_>>().join(" ");
                words(&code).filter(|w| *w == concat!("un", "safe")).count()
            })
            .sum();
        if count > 0 {
            found.insert(file.path, count);
        }
    }
    assert_eq!(
        found, listed,
        "left: the code; right: tools/tests/tidy/unsafe.txt"
    );
}

#[test]
fn no_source_file_is_longer_than_a_reader_can_bear() {
    for file in files(&["rs"]).iter().filter(|f| !is_test(&f.path)) {
        let lines = file.text.lines().count();
        assert!(
            lines <= LINES_MAX,
            "{}: {lines} lines, at most {LINES_MAX}",
            file.path
        );
    }
}

#[test]
fn every_module_says_what_it_is() {
    for file in files(&["rs"]).iter().filter(|f| !is_test(&f.path)) {
        assert!(
            file.text.starts_with("//!"),
            "{}: begins with a module comment",
            file.path
        );
    }
}

#[test]
fn nothing_is_left_half_done() {
    let banned = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("#[ig", "nore"),
        concat!("FIX", "ME"),
    ];
    for file in files(&["rs", "md", "toml", "html"]) {
        for (number, line) in file.text.lines().enumerate() {
            for text in banned {
                assert!(
                    !line.contains(text),
                    "{} line {}: {text}",
                    file.path,
                    number + 1
                );
            }
        }
    }
}

#[test]
fn no_file_names_a_place_of_the_machine_it_was_written_on() {
    let banned = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/tmp/", "target"),
    ];
    for file in files(&[]) {
        for (number, line) in file.text.lines().enumerate() {
            for text in banned {
                assert!(
                    !line.contains(text),
                    "{} line {}: {text}",
                    file.path,
                    number + 1
                );
            }
        }
    }
}

#[test]
fn the_core_sees_no_clock_file_thread_or_chance() {
    let banned = [
        "std::time",
        "std::fs",
        "std::thread",
        "std::net",
        "std::env",
        "SystemTime",
        "Instant::now",
        "thread_rng",
    ];
    for file in files(&["rs"]) {
        let pure = starts_with_any(&file.path, PURE) && !is_test(&file.path);
        let clockless = starts_with_any(&file.path, CLOCKLESS) && !is_test(&file.path);
        for (number, line) in file.text.lines().enumerate() {
            let code = without_comment(line);
            for text in banned {
                let clock = text.contains("ime") || text.contains("Instant");
                let fine = !code.contains(text) || !(pure || clockless && clock);
                assert!(fine, "{} line {}: {text}", file.path, number + 1);
            }
        }
    }
    for path in ["shm/wire", "engine/core", "engine/algos", "engine/models"] {
        let lib =
            std::fs::read_to_string(crate::source::root().join(path).join("src/lib.rs")).unwrap();
        assert!(
            lib.contains("#![no_std]"),
            "{path} cannot see the standard library"
        );
    }
}

#[test]
fn quantities_and_money_are_integers_below_the_models() {
    for file in files(&["rs"]) {
        if !starts_with_any(&file.path, INTEGERS) || is_test(&file.path) {
            continue;
        }
        for (number, line) in file.text.lines().enumerate() {
            let float = words(without_comment(line)).any(|w| w == "f64" || w == "f32");
            assert!(!float, "{} line {}: a float", file.path, number + 1);
        }
    }
}

#[test]
fn only_the_risk_gate_makes_a_child_order() {
    let makers: Vec<String> = files(&["rs"])
        .into_iter()
        .filter(|f| f.path.contains("/src/") && !is_test(&f.path))
        .filter(|f| {
            ["engine/core/", "engine/algos/", "engine/runtime/"]
                .iter()
                .any(|c| f.path.starts_with(c))
        })
        .filter(|f| f.text.contains(concat!("SliceNew", "::empty()")))
        .map(|f| f.path)
        .collect();
    assert_eq!(makers, ["engine/core/src/engine/gate.rs"]);
}
