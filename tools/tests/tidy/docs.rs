//! Documents keep their promises: links lead somewhere, commands and their options exist.

use crate::source::{Source, files, root};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

fn pages() -> Vec<Source> {
    let pages: Vec<Source> = files(&["md"]);
    assert!(
        pages.iter().any(|p| p.path == "README.md"),
        "there is a README"
    );
    pages
}

/// `[text](target)` of a page, code blocks apart.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut code = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            code = !code;
        }
        let mut rest = line;
        while let Some(at) = rest.find("](").filter(|_| !code) {
            rest = &rest[at + 2..];
            let end = rest.find(')').unwrap_or(rest.len());
            found.push((number + 1, rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    found
}

/// A heading as the anchor that browsers jump to.
fn anchor(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_')
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn every_relative_link_of_a_document_leads_somewhere() {
    for page in pages() {
        for (line, link) in links(&page.text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let folder = Path::new(&page.path).parent().unwrap();
            let target = if path.is_empty() {
                root().join(&page.path)
            } else {
                root().join(folder).join(path)
            };
            assert!(target.exists(), "{} line {line}: {link}", page.path);
            if !fragment.is_empty() {
                let text = std::fs::read_to_string(&target).unwrap();
                let there = text
                    .lines()
                    .any(|l| l.starts_with('#') && anchor(l) == fragment);
                assert!(
                    there,
                    "{} line {line}: no heading for #{fragment}",
                    page.path
                );
            }
        }
    }
}

#[test]
fn every_decision_is_one_page_with_its_four_parts() {
    let pages = pages();
    let decisions: Vec<&Source> = pages
        .iter()
        .filter(|p| p.path.starts_with("docs/adr/0"))
        .collect();
    assert!(!decisions.is_empty());
    for (number, page) in decisions.iter().enumerate() {
        let prefix = format!("docs/adr/{:04}-", number + 1);
        assert!(
            page.path.starts_with(&prefix),
            "{}: numbers have no gap",
            page.path
        );
        for part in [
            "## Context",
            "## Choice",
            "## Price",
            "## What would change our mind",
        ] {
            assert!(page.text.contains(part), "{}: {part}", page.path);
        }
        assert!(page.text.lines().count() <= 80, "{}: one page", page.path);
    }
}

#[test]
fn every_route_of_the_gateway_is_documented() {
    let source = std::fs::read_to_string(root().join("gateway/server/src/http.rs")).unwrap();
    let page = std::fs::read_to_string(root().join("docs/gateway.md")).unwrap();
    let routes: Vec<&str> = source
        .split(".route(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(routes.contains(&"/healthz"), "the routes were found");
    for route in routes {
        assert!(
            page.contains(&format!("| `{route}` |")),
            "docs/gateway.md lacks {route}"
        );
    }
}

/// Commands in `sh` blocks, continued lines joined.
fn commands(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let (mut shell, mut joined) = (false, false);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("```") {
            shell = line == "```sh" && !shell;
            joined = false;
        } else if shell && joined {
            let last = found.last_mut().unwrap();
            last.1 = format!("{} {}", last.1.trim_end_matches('\\'), line);
            joined = line.ends_with('\\');
        } else if shell {
            found.push((number + 1, line.to_owned()));
            joined = line.ends_with('\\');
        }
    }
    found
}

/// What `program SUB.. --help` prints, `None` when the program was not built with these tests.
fn help(program: &str, sub: &[&str]) -> Option<String> {
    let folder = Path::new(env!("CARGO_BIN_EXE_pacer")).parent().unwrap();
    let path = folder.join(program);
    let run = Command::new(path)
        .args(sub)
        .arg("--help")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    run.status.success().then_some(text)
}

/// Subcommands in a help text.
fn subcommands(help: &str) -> Vec<String> {
    let list = help.split("\nCommands:\n").nth(1).unwrap_or("");
    list.lines()
        .take_while(|l| l.starts_with("  "))
        .filter(|l| !l.starts_with("   "))
        .filter_map(|l| l.split_whitespace().next())
        .filter(|w| *w != "help")
        .map(str::to_owned)
        .collect()
}

/// Checks one command line of a document; tells whether its program could be asked.
fn check(page: &str, line: usize, command: &str) -> bool {
    let words: Vec<&str> = command
        .split_whitespace()
        .take_while(|w| !["#", "|", ">", "&&", ";"].contains(w))
        .collect();
    let words: Vec<&str> = words
        .into_iter()
        .skip_while(|w| w.contains('=') && !w.starts_with('-'))
        .collect();
    let Some((&program, rest)) = words.split_first() else {
        return true;
    };
    if let Some(script) = program.strip_prefix("scripts/") {
        assert!(
            root().join("scripts").join(script).exists(),
            "{page} line {line}: {program} is not there"
        );
        return true;
    }
    let program = program.rsplit('/').next().unwrap();
    if !["pacer", "pacer-engine", "pacer-gateway", "pacer-bench"].contains(&program) {
        return true;
    }
    let Some(mut text) = help(program, &[]) else {
        return false;
    };
    let mut sub = Vec::new();
    for &word in rest.iter().take_while(|w| !w.starts_with('-')) {
        if !subcommands(&text).iter().any(|s| s == word) {
            break;
        }
        sub.push(word);
        text = help(program, &sub).expect("a subcommand has help");
    }
    let needs =
        !subcommands(&text).is_empty() && rest.iter().all(|w| *w != "--help" && *w != "--version");
    assert!(
        !needs,
        "{page} line {line}: `{command}`: no such subcommand after {sub:?}"
    );
    for option in rest.iter().filter(|w| w.starts_with("--")) {
        let option = option.split('=').next().unwrap();
        let known = text
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .any(|w| w == option);
        assert!(
            known,
            "{page} line {line}: {program} {} has no {option}",
            sub.join(" ")
        );
    }
    true
}

#[test]
fn every_command_in_a_document_exists_with_its_options() {
    let mut unasked = BTreeMap::new();
    for page in pages() {
        for (line, command) in commands(&page.text) {
            if !check(&page.path, line, &command) {
                unasked.insert(command, page.path.clone());
            }
        }
    }
    if !unasked.is_empty() {
        eprintln!(
            "SKIPPED: programs that this build did not make (cargo test --workspace makes all): {unasked:?}"
        );
    }
}

#[test]
fn pacer_and_each_of_its_commands_explain_themselves() {
    let text = help("pacer", &[]).expect("pacer --help");
    let list = subcommands(&text);
    assert!(list.len() >= 4, "{list:?}");
    for sub in list {
        let text = help("pacer", &[&sub]).expect("help of a subcommand");
        assert!(
            text.contains("Usage:") && text.lines().next().is_some_and(|l| !l.trim().is_empty()),
            "{sub}"
        );
    }
}
