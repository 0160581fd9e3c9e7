//! `pacer oms amend` against a running engine: what is given changes, everything else stays.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

mod common;

use common::engine::Engine;
use engine_runtime::instance::ring_expect;
use serde_json::Value;
use shm_ring::{RingConsumer, RingProducer, attach_consumer, attach_producer};
use shm_wire::codes::{RingKind, TradingStatus};
use shm_wire::market::{Quote, Status};
use shm_wire::message::Message;
use shm_wire::units::Price;

fn changes(update: &Value) -> Vec<String> {
    let list = update["changes"].as_array().unwrap().iter();
    list.map(|c| {
        let part = |name: &str| c[name].as_str().unwrap().to_owned();
        format!("{} {} -> {}", part("field"), part("before"), part("after"))
    })
    .collect()
}

/// A refused amend: exit code 1, the reason, a hint, and nothing changed.
fn refused(engine: &Engine, more: &[&str], reason: &str) {
    let before = engine.pacer(&["oms", "why", "a"]).1["caps"].clone();
    let command = [&["oms", "amend", "a"], more].concat();
    let (code, update) = engine.pacer(&command);
    assert_eq!(
        (code, &update["reason"]),
        (Some(1), &reason.into()),
        "{more:?}: {update}"
    );
    assert!(update["hint"].is_string(), "{update}");
    let (code, said) = engine.says(&command);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("refused, nothing has changed") && said.contains("hint: "),
        "{said}"
    );
    assert_eq!(engine.pacer(&["oms", "why", "a"]).1["caps"], before);
}

#[test]
fn terms_and_version_come_from_the_journal_and_the_wire_message_stays_complete() {
    let engine = Engine::start();
    engine.submit(
        "2",
        "a",
        "buy",
        &[
            "--limit",
            "101",
            "--param",
            "max_pct_vol=10%",
            "--param",
            "slices=10",
        ],
    );
    let (code, update) = engine.pacer(&[
        "oms",
        "amend",
        "--client-order-id",
        "a",
        "--limit",
        "101.5",
        "--quantity",
        "2000",
        "--param",
        "max_pct_vol=20%",
    ]);
    assert_eq!(code, Some(0), "{update}");
    assert_eq!(
        changes(&update),
        [
            "quantity 1000 -> 2000",
            "limit 101.00 -> 101.50",
            "max_pct_vol 10% -> 20%"
        ]
    );
    assert_eq!(
        (&update["version_before"], &update["version"]),
        (&1.into(), &2.into())
    );
    // The next one builds on what the last one left, at once.
    let (code, said) = engine.says(&["oms", "amend", "a", "--unset", "limit", "--unset", "slices"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("version     2 -> 3\n")
            && said.contains("limit       101.50 -> none\n")
            && said.contains("slices      10 -> default\n"),
        "{said}"
    );
    let why = engine.pacer(&["oms", "why", "a"]).1;
    assert_eq!(
        (
            &why["caps"]["limit"],
            &why["caps"]["max_pct_vol"],
            &why["schedule"]["ordered"]
        ),
        (&Value::Null, &0.2.into(), &2000.into())
    );
    // The message that went over the link holds every term.
    let journal = engine.config.with_file_name("journal");
    let journal = journal.to_str().unwrap();
    let (_, said) = engine.says(&["journal", "cat", journal, "--message", "ParentAmend"]);
    assert_eq!(said.matches("ParentAmend").count(), 2, "{said}");
}

#[test]
fn refusals_are_typed_and_told_with_a_hint() {
    let engine = Engine::start();
    engine.submit("2", "a", "buy", &["--limit", "101"]);
    refused(
        &engine,
        &["--end", "2026-06-22T09:59:00-04:00"],
        "EndInPast",
    );
    refused(
        &engine,
        &["--start", "2026-06-22T12:00:00-04:00"],
        "Immutable",
    );
    refused(
        &engine,
        &["--limit", "102", "--version", "7"],
        "StaleVersion",
    );
    refused(&engine, &["--limit", "102.001"], "PriceTick");
    // With the next version named it goes through, and the same name again means that another amend came in between.
    let (code, update) = engine.pacer(&["oms", "amend", "a", "--limit", "102", "--version", "2"]);
    assert_eq!((code, &update["version"]), (Some(0), &2.into()), "{update}");
    refused(
        &engine,
        &["--limit", "103", "--version", "2"],
        "StaleVersion",
    );
    let (code, error) = engine.pacer(&["oms", "amend", "a"]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(2), &"usage.amend".into())
    );
    let (code, error) = engine.pacer(&["oms", "amend", "a", "--limit", "x", "--unset", "side"]);
    assert_eq!(
        (code, error["errors"].as_array().map(Vec::len)),
        (Some(2), Some(2))
    );
    let (code, _) = engine.pacer(&["oms", "cancel", "a"]);
    assert_eq!(code, Some(0));
    engine.wait_for_state("a", "CANCELED");
    let (code, update) = engine.pacer(&["oms", "amend", "a", "--limit", "103"]);
    assert_eq!(
        (code, &update["reason"]),
        (Some(1), &"AlreadyTerminal".into()),
        "{update}"
    );
}

/// A market of 100 to 101, and the router's ends of its rings.
fn market_and_router(engine: &Engine) -> (RingConsumer, RingProducer) {
    let ring = |kind| engine.instance.ring(0, kind, 0);
    let mut market =
        attach_producer(&ring(RingKind::Market), &ring_expect(RingKind::Market)).unwrap();
    let mut status = Status::empty();
    (status.sequence, status.status) = (1, TradingStatus::Continuous.code());
    market.try_push(status.words()).unwrap();
    let mut quote = Quote::empty();
    (quote.sequence, quote.bid_qty, quote.ask_qty) = (2, 5_000, 5_000);
    (quote.bid_price, quote.ask_price) = (100 * Price::SCALE, 101 * Price::SCALE);
    market.try_push(quote.words()).unwrap();
    (
        attach_consumer(&ring(RingKind::Slices), &ring_expect(RingKind::Slices), 0).unwrap(),
        attach_producer(&ring(RingKind::Reports), &ring_expect(RingKind::Reports)).unwrap(),
    )
}

#[test]
fn a_quantity_below_what_is_out_waits_for_the_children_and_a_second_amend_is_refused_meanwhile() {
    let engine = Engine::start();
    let (mut slices, mut reports) = market_and_router(&engine);
    // A sweep takes what is shown at once: a child over the whole quantity is out.
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
        "SWEEP",
        "--client-order-id",
        "a",
    ];
    assert_eq!(engine.pacer(&order).0, Some(0));
    let mut words = [0; shm_ring::MESSAGE_WORDS_MAX];
    let mut child = None;
    common::wait_for("a child is out", || {
        if let Ok(Some(message)) = slices.poll(&mut words)
            && let Ok(m) = shm_wire::slice::SliceNew::from_words(&words[..message.words])
        {
            child = Some(m);
        }
        child.is_some()
    });
    let child = child.unwrap();
    assert_eq!(child.qty, 1_000);
    let (code, error) =
        engine.pacer(&["oms", "amend", "a", "--quantity", "500", "--patience", "0"]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(1), &"oms.amend_pending".into()),
        "{error}"
    );
    assert_eq!(
        engine.pacer(&["oms", "why", "a"]).1["state"],
        "PENDING_AMEND"
    );
    refused(&engine, &["--quantity", "600"], "PendingOther");
    // The child is filled for 300 and comes back: 500 holds, and the journal's terms are those of the first amend.
    let mut report = shm_wire::report::ExecutionReport::empty();
    (report.child_id, report.version, report.order_qty) = (child.child_id, 1, 1_000);
    for (sequence, kind, last, execution) in [
        (1, shm_wire::codes::ReportKind::PartialFill, 300, 1),
        (2, shm_wire::codes::ReportKind::Canceled, 0, 0),
    ] {
        report.sequence = sequence;
        report.kind = kind.code();
        (report.last_qty, report.cumulative_qty) = (last, 300);
        (report.last_price, report.execution_low) = (101 * Price::SCALE, execution);
        reports.try_push(report.words()).unwrap();
    }
    common::wait_for("the amend holds", || {
        engine.pacer(&["oms", "why", "a"]).1["schedule"]["ordered"] == 500
    });
    refused(&engine, &["--quantity", "200"], "BelowExecuted");
    let (code, update) = engine.pacer(&["oms", "amend", "a", "--limit", "101"]);
    assert_eq!(code, Some(0), "{update}");
    assert_eq!(changes(&update), ["limit none -> 101.00"]);
    assert_eq!(
        (&update["version"], &update["ordered"]),
        (&3.into(), &500.into())
    );
}
