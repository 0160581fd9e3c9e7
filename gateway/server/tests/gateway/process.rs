//! The binary as a process: signals, exit codes, the end of a run.

use crate::support::{Journal, get, two_orders, until};
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pacer-gateway"));
    command
        .arg("--journal")
        .arg(dir.join("journal"))
        .arg("--events")
        .arg(dir.join("events.jsonl"))
        .arg("--port-file")
        .arg(dir.join("port"))
        .args(["--listen", "127.0.0.1:0"])
        .stderr(Stdio::piped());
    command
}

fn wait_for_port(dir: &Path) -> u16 {
    until("a port", || dir.join("port").exists());
    let text = std::fs::read_to_string(dir.join("port")).unwrap();
    text.trim().parse().unwrap()
}

fn kill(child: &Child, name: &str) {
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_signal_stops_it_in_order_with_all_events_written() {
    for name in ["TERM", "INT"] {
        let dir = tempfile::tempdir().unwrap();
        two_orders(&mut Journal::create(&dir.path().join("journal"), 1));
        let mut child = command(dir.path()).spawn().unwrap();
        let port = wait_for_port(dir.path());
        let address = ([127, 0, 0, 1], port).into();
        until("ready", || get(address, "/readyz").0 == 200);
        kill(&child, name);
        assert!(child.wait().unwrap().success());
        let events = std::fs::read_to_string(dir.path().join("events.jsonl")).unwrap();
        assert_eq!(events.lines().count(), 8);
    }
}

#[test]
fn it_ends_with_the_run_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = command(dir.path()).arg("--until-ended").spawn().unwrap();
    wait_for_port(dir.path());
    let mut journal = Journal::create(&dir.path().join("journal"), 1);
    two_orders(&mut journal);
    journal.ended();
    assert!(child.wait().unwrap().success());
    let events = std::fs::read_to_string(dir.path().join("events.jsonl")).unwrap();
    assert!(events.lines().last().unwrap().contains("RunEnded"));
}

#[test]
fn wrong_usage_exits_with_two_and_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    let output = command(dir.path())
        .args(["--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = Command::new(env!("CARGO_BIN_EXE_pacer-gateway"))
        .args(["--journal", "/nowhere", "--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("only loopback"), "{text}");
}
