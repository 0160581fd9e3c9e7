//! `pacer oms` and `pacer ring` against a running engine.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

mod common;

use common::engine::Engine;
use common::{pacer, wait_for};
use engine_runtime::instance::ring_expect;
use serde_json::Value;
use shm_ring::attach_producer;
use shm_wire::codes::RingKind;
use std::path::{Path, PathBuf};
use std::process::Command;

const ORDER: [&str; 10] = [
    "--instrument",
    "AAPL",
    "--side",
    "buy",
    "--quantity",
    "1000",
    "--algorithm",
    "TWAP",
    "--client-order-id",
    "P-1",
];

#[test]
fn an_order_is_submitted_paused_resumed_amended_and_canceled_from_the_command_line() {
    let engine = Engine::start();
    let submit = |more: &[&str]| engine.pacer(&[&["oms", "submit"], &ORDER[..], more].concat());
    let (code, update) = submit(&["--id", "7", "--param", "slices=10"]);
    assert_eq!(code, Some(0), "{update}");
    assert_eq!(update["event"], "accepted");
    assert_eq!(update["client_order_id"], "P-1");
    let (code, update) = engine.pacer(&["oms", "pause", "--id", "7"]);
    assert_eq!(
        (code, &update["state"]),
        (Some(0), &Value::from("PAUSED")),
        "{update}"
    );
    let (code, update) = engine.pacer(&["oms", "resume", "--id", "7"]);
    assert_eq!(code, Some(0), "{update}");
    let (code, update) = engine.pacer(&["oms", "amend", "--id", "7", "--limit", "101.5"]);
    assert_eq!(
        (code, &update["version"]),
        (Some(0), &Value::from(2)),
        "{update}"
    );
    let (code, update) = engine.pacer(&["oms", "cancel", "--id", "7"]);
    assert_eq!(code, Some(0), "{update}");
    let (code, update) = engine.pacer(&["oms", "cancel", "--id", "99"]);
    assert_eq!(code, Some(1), "an order nobody knows: {update}");
    assert_eq!(update["event"], "request_rejected");
    let (code, error) = submit(&["--param", "slices=0"]);
    assert_eq!(code, Some(2), "{error}");
    assert_eq!(error["schema"], "pacer.error/1");
}

#[test]
fn why_answers_from_the_journal_while_the_engine_runs() {
    let engine = Engine::start();
    let (code, error) = engine.pacer(&["oms", "why", "P-1"]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(1), &Value::from("oms.unknown_parent"))
    );
    let (code, update) = engine.pacer(&[&["oms", "submit"], &ORDER[..], &["--id", "7"]].concat());
    assert_eq!(code, Some(0), "{update}");
    let (code, _) = engine.pacer(&["oms", "pause", "--id", "7"]);
    assert_eq!(code, Some(0));
    // The journal's thread writes what the engine said a little later.
    wait_for("the pause is told", || {
        engine.pacer(&["oms", "why", "P-1"]).1["state"] == "PAUSED"
    });
    for id in ["P-1", "2:7", "7"] {
        let (code, why) = engine.pacer(&["oms", "why", id]);
        assert_eq!(
            (code, &why["schema"]),
            (Some(0), &Value::from("pacer.why/1"))
        );
        assert_eq!(why["trades"], false);
        assert_eq!(why["headline"], "it does not trade now: paused");
        assert_eq!(why["blocked"][0]["name"], "PAUSED");
    }
    let text = pacer()
        .args(["oms", "why", "P-1", "--config"])
        .arg(&engine.config)
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.starts_with("P-1 (2:7): TWAP buy 1000 AAPL, PAUSED\n"),
        "{text}"
    );
    assert!(
        text.contains("\nnext look: when a resume or a cancel comes"),
        "{text}"
    );
}

#[test]
fn an_order_is_asked_to_finish_by_name_and_refusals_are_typed() {
    let engine = Engine::start();
    engine.submit("2", "rush", "buy", &[]);
    let (code, update) = engine.pacer(&["oms", "complete", "rush"]);
    assert_eq!(
        (code, &update["state"]),
        (Some(0), &Value::from("COMPLETING")),
        "{update}"
    );
    assert_eq!(update["reason"], "FinishingByRequest");
    let (code, update) = engine.pacer(&["oms", "complete", "2:99"]);
    assert_eq!(
        (code, &update["errors"][0]["code"]),
        (Some(1), &Value::from("oms.unknown_parent"))
    );
    let (code, update) = engine.pacer(&["oms", "cancel", "rush"]);
    assert_eq!(code, Some(0), "{update}");
    engine.wait_for_state("rush", "CANCELED");
    let (code, update) = engine.pacer(&["oms", "complete", "rush"]);
    assert_eq!(
        (code, &update["reason"]),
        (Some(1), &Value::from("AlreadyTerminal")),
        "{update}"
    );
}

#[test]
fn open_orders_are_canceled_by_side_and_all_together_over_every_sources_link() {
    let engine = Engine::start();
    engine.submit("2", "b-1", "buy", &[]);
    engine.submit("2", "s-1", "sell", &[]);
    engine.submit("1", "b-2", "buy", &[]);
    engine.wait_for_state("b-2", "ACTIVE");
    let (code, document) = engine.pacer(&["oms", "cancel", "--side", "sell"]);
    assert_eq!(code, Some(0), "{document}");
    assert_eq!(
        (&document["matched"], &document["ended"]),
        (&Value::from(1), &Value::from(1))
    );
    assert_eq!(document["orders"][0]["client_order_id"], "s-1");
    engine.wait_for_state("s-1", "CANCELED");
    // Another process holds the link of source 1: its orders are left, and that is said.
    let path = engine.instance.ring(0, RingKind::Orders, 1);
    let held = attach_producer(&path, &ring_expect(RingKind::Orders)).unwrap();
    let (code, document) = engine.pacer(&["oms", "cancel", "--all", "--instrument", "aapl"]);
    assert_eq!(code, Some(1), "{document}");
    assert_eq!(
        (&document["matched"], &document["ended"]),
        (&Value::from(2), &Value::from(1))
    );
    assert_eq!(document["sources_busy"][0]["code"], "shm.LINK_BUSY");
    assert_eq!(document["sources_busy"][0]["source"], 1);
    engine.wait_for_state("b-1", "CANCELED");
    drop(held);
    let (code, document) = engine.pacer(&["oms", "cancel", "--all"]);
    assert_eq!(
        (code, &document["ended"]),
        (Some(0), &Value::from(1)),
        "{document}"
    );
    engine.wait_for_state("b-2", "CANCELED");
    let (code, document) = engine.pacer(&["oms", "cancel", "--all"]);
    assert_eq!((code, &document["matched"]), (Some(0), &Value::from(0)));
}

/// A curve file for AAPL: ten times the volume in the first and last hour.
fn curve_file(dir: &Path) -> PathBuf {
    let mut text = String::from("datetime,open,high,low,close,volume\n");
    for day in 1..=28 {
        for bin in 0..78 {
            let minute = 570 + bin * 5;
            let volume = if (12..66).contains(&bin) {
                1_000 + day
            } else {
                10_000 + day
            };
            text.push_str(&format!(
                "2024-05-{day:02} {:02}:{:02}:00,52.40,52.50,52.30,52.41,{volume}\n",
                minute / 60,
                minute % 60
            ));
        }
    }
    let bars = dir.join("AAPL_5min.csv");
    std::fs::write(&bars, text).unwrap();
    let file = dir.join("curves.json");
    let fit = pacer()
        .args(["curves", "fit"])
        .arg(&bars)
        .arg("--out")
        .arg(&file)
        .output()
        .unwrap();
    assert!(fit.status.success(), "{fit:?}");
    file
}

#[test]
fn the_live_engine_follows_the_curves_of_the_file_that_its_configuration_names() {
    let dir = tempfile::tempdir().unwrap();
    let file = curve_file(dir.path());
    let engine = Engine::start_with(dir, &format!("curves = {file:?}"));
    let order = [
        "oms",
        "submit",
        "--instrument",
        "AAPL",
        "--side",
        "buy",
        "--quantity",
        "1000",
        "--algorithm",
        "VWAP",
        "--id",
        "3",
    ];
    let (code, update) = engine.pacer(&order);
    assert_eq!(
        (code, &update["operands"][0]),
        (Some(0), &Value::from(1)),
        "{update}"
    );
    let text = update["reason_text"].as_str().unwrap();
    assert!(text.contains("volume curve: of its symbol"), "{text}");
    let built_in = Engine::start();
    let (_, update) = built_in.pacer(&order);
    assert_ne!(update["operands"][0], 1, "{update}");
    // A file that was changed is named before anything starts.
    let changed = std::fs::read_to_string(&file)
        .unwrap()
        .replacen("0.0", "0.1", 1);
    std::fs::write(&file, changed).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_pacer")).with_file_name("pacer-engine");
    let check = Command::new(program)
        .args(["--check", "--config"])
        .arg(&engine.config)
        .output()
        .unwrap();
    assert_eq!(check.status.code(), Some(2));
    let said = String::from_utf8_lossy(&check.stderr).into_owned();
    assert!(
        said.contains("engine.curves") && said.contains("checksum"),
        "{said}"
    );
}

#[test]
fn a_taken_source_answers_link_busy_and_rings_can_be_listed_meanwhile() {
    let engine = Engine::start();
    let path = engine.instance.ring(0, RingKind::Orders, 2);
    let _held = attach_producer(&path, &ring_expect(RingKind::Orders)).unwrap();
    let (code, error) = engine.pacer(&["oms", "cancel", "--id", "1"]);
    assert_eq!(code, Some(1));
    assert_eq!(error["errors"][0]["code"], "shm.LINK_BUSY");
    let (code, rings) = engine.pacer(&["ring"]);
    assert_eq!(code, Some(0));
    let rings = rings["rings"].as_array().unwrap();
    assert_eq!(rings.len(), 2 * 2 + 5);
    let taken = rings
        .iter()
        .find(|r| r["ring"] == "shard0/orders-2")
        .unwrap();
    assert_eq!(
        (&taken["producer"], &taken["depth"]),
        (&Value::from(true), &Value::from(0))
    );
}

#[test]
fn wrong_usage_is_a_document_and_exits_with_two() {
    let output = pacer().args(["oms", "submit", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["errors"][0]["code"], "usage.arguments");
    let output = pacer()
        .args(["ring", "--json", "--instance", "/nowhere"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let output = pacer()
        .args(["oms", "watch", "--config", "/nowhere"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_name_that_several_orders_have_is_an_error_that_names_them_and_a_key_decides() {
    let engine = Engine::start();
    engine.submit("2", "same", "buy", &["--id", "5"]);
    engine.submit("1", "same", "buy", &["--id", "6"]);
    engine.submit("2", "5", "buy", &["--id", "9"]);
    for command in ["pause", "resume", "complete", "cancel", "why"] {
        for order in [&["same"][..], &["--client-order-id", "same"], &["5"]] {
            let (code, error) = engine.pacer(&[&["oms", command], order].concat());
            assert_eq!(
                (code, &error["errors"][0]["code"]),
                (Some(1), &"oms.ambiguous_parent".into()),
                "{command} {order:?}"
            );
            let hint = error["errors"][0]["hint"].as_str().unwrap();
            assert!(hint.contains("2:5 (ACTIVE)"), "{hint}");
        }
    }
    let why = |order: &[&str]| engine.pacer(&[&["oms", "why"], order].concat()).1["key"].clone();
    assert_eq!(why(&["--client-order-id", "5"]), "2:9");
    assert_eq!(why(&["--id", "5"]), "2:5");
    assert_eq!(why(&["1:6"]), "1:6");
    let (code, update) = engine.pacer(&["oms", "pause", "1:6"]);
    assert_eq!((code, &update["state"]), (Some(0), &"PAUSED".into()));
    let (code, error) = engine.pacer(&["oms", "why"]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(2), &"usage.id".into())
    );
}
