//! The demo as its users meet it: a whole run, an interrupted one, refused input.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

mod common;

use common::{ensure_programs, pacer, processes_with, wait_for};
use engine_runtime::os;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// One demo at a time: the machine has few cores, and each has five processes.
static ALONE: Mutex<()> = Mutex::new(());

struct Demo {
    child: Child,
    shm: PathBuf,
    lines: std::sync::mpsc::Receiver<String>,
}

/// Starts a demo and reads where its shared memory is.
fn start(out: &std::path::Path, arguments: &[&str]) -> Demo {
    let mut child = pacer()
        .arg("demo")
        .args(arguments)
        .arg("--out")
        .arg(out)
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let shm = lines
        .by_ref()
        .map(Result::unwrap)
        .find_map(|line| line.split("shared memory ").nth(1).map(PathBuf::from))
        .unwrap();
    let (to, from) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if to.send(line).is_err() {
                return;
            }
        }
    });
    Demo {
        child,
        shm,
        lines: from,
    }
}

#[test]
fn a_whole_run_ends_with_a_report_and_leaves_nothing_but_its_folder() {
    let _alone = ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    ensure_programs();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let demo = start(&out, &["--json", "--speed", "200", "--minutes", "10"]);
    let output = demo.child.wait_with_output().unwrap();
    let said: Vec<String> = demo.lines.iter().collect();
    assert_eq!(output.status.code(), Some(0), "{said:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["schema"], "pacer.run/1");
    assert_eq!(report["run"]["law_violations"], 0);
    assert!(report["run"]["wall_seconds"].as_f64().unwrap() > 1.0);
    assert!(report["run"]["market_messages"].as_u64().unwrap() > 1_000);
    assert!(report["run"]["tick_to_slice"]["samples"].as_u64().unwrap() > 10);
    let parents = report["parents"].as_array().unwrap();
    assert_eq!(parents.len(), 8);
    for parent in parents {
        let number = |name: &str| parent[name].as_u64().unwrap();
        assert_eq!(number("filled") + number("leaves"), number("ordered"));
        assert!(number("filled") > 0, "{parent}");
    }
    assert!(
        said.iter()
            .any(|l| l.contains("live page http://127.0.0.1:"))
    );
    assert!(!demo.shm.exists(), "the shared memory is removed");
    assert_eq!(processes_with(&out), Vec::<String>::new());
    for file in [
        "report.json",
        "report.txt",
        "report.html",
        "events.jsonl",
        "orders.csv",
    ] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let kept: Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("report.json")).unwrap()).unwrap();
    assert_eq!(kept["run"]["digest"], report["run"]["digest"]);
    assert_eq!(kept["run"].get("wall_seconds"), None);
    check_journal_commands(&out, &report);
}

/// `pacer journal` and `pacer tca` on the folder of the run.
fn check_journal_commands(out: &std::path::Path, report: &Value) {
    let run = |arguments: &[&str]| {
        let output = pacer()
            .args(arguments)
            .arg(out)
            .arg("--json")
            .output()
            .unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), document)
    };
    let (code, verified) = run(&["journal", "verify"]);
    assert_eq!((code, &verified["torn"]), (Some(0), &Value::Null));
    assert_eq!(verified["undecodable"], 0);
    let (code, shown) = run(&["journal", "cat", "--message", "RunStarted"]);
    assert_eq!(code, Some(0));
    assert_eq!(shown["records"][0]["fields"]["seed"], 1);
    let (code, again) = run(&["tca"]);
    assert_eq!(code, Some(0));
    assert_eq!(again["parents"], report["parents"]);
    assert_eq!(again["run"]["digest"], report["run"]["digest"]);
}

/// Interrupts a demo at some moment and checks that nothing is left.
fn interrupted(signal: impl Fn(u32), expected: i32, ready: impl Fn(&Demo) -> bool) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let mut demo = start(&out, &["--speed", "30"]);
    wait_for("the moment to interrupt", || ready(&demo));
    signal(demo.child.id());
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = demo.child.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it ends");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(expected));
    assert!(!demo.shm.exists(), "no shared memory is left");
    assert_eq!(
        processes_with(&out),
        Vec::<String>::new(),
        "no process is left"
    );
}

#[test]
fn an_interrupt_in_mid_run_leaves_no_process_and_no_shared_memory() {
    let _alone = ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    ensure_programs();
    let live = |demo: &Demo| {
        let page = demo.lines.try_iter().any(|l| l.contains("live page"));
        if page {
            // Into the run, with orders at work.
            std::thread::sleep(Duration::from_secs(1));
        }
        page
    };
    interrupted(os::interrupt_group, 130, live);
}

#[test]
fn a_termination_while_processes_start_leaves_no_process_and_no_shared_memory() {
    let _alone = ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    ensure_programs();
    interrupted(os::terminate_group, 143, |_| true);
}

#[test]
fn a_killed_demo_takes_its_processes_with_it_and_the_next_one_cleans_up() {
    let _alone = ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    ensure_programs();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let mut demo = start(&out, &["--speed", "30"]);
    wait_for("the live page", || {
        demo.lines.try_iter().any(|l| l.contains("live page"))
    });
    demo.child.kill().unwrap();
    demo.child.wait().unwrap();
    wait_for("every process dies", || processes_with(&out).is_empty());
    assert!(demo.shm.exists(), "nobody could remove it");
    let next = start(&dir.path().join("next"), &["--speed", "30"]);
    assert!(!demo.shm.exists(), "the next demo did");
    os::interrupt_group(next.child.id());
    let mut next = next;
    next.child.wait().unwrap();
}

#[test]
fn a_bad_order_list_is_named_row_by_row_and_nothing_runs() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let orders = dir.path().join("orders.csv");
    let text = "client_order_id,instrument,side,quantity,algorithm,start,end,limit,parameters\n\
                a,ACME,buy,100,TWAP,,,,\nb,NOPE,buy,100,TWAP,,,,\nc,ACME,hold,0,TWAP,,,,\n";
    std::fs::write(&orders, text).unwrap();
    let output = pacer()
        .args(["demo", "--json", "--orders"])
        .arg(&orders)
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["schema"], "pacer.error/1");
    let errors = document["errors"].as_array().unwrap();
    let lines: Vec<u64> = errors.iter().map(|e| e["line"].as_u64().unwrap()).collect();
    assert!(
        lines.contains(&3) && lines.contains(&4) && !lines.contains(&2),
        "{document}"
    );
    assert!(!out.join("engine.log").exists(), "nothing ran");
}
