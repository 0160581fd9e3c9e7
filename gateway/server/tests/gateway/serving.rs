//! The gateway over a real journal and real sockets, in this process.

use crate::support::{Journal, get, get_json, post, send, two_orders, until};
use gateway_server::{Gateway, Settings};
use proptest::prelude::*;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

struct Running {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn stop(mut self) {
        self.stop.store(true, Ordering::Release);
        self.thread.take().unwrap().join().unwrap();
    }
}

fn settings(dir: &Path) -> Settings {
    Settings {
        journal: dir.join("journal"),
        events: Some(dir.join("events.jsonl")),
        listen: "127.0.0.1:0".parse().unwrap(),
        port_file: Some(dir.join("port")),
        curves: None,
        market_data: false,
        until_ended: false,
    }
}

fn start(settings: Settings) -> Running {
    let gateway = Gateway::bind(settings).unwrap();
    let (address, stop) = (gateway.address(), gateway.stop_flag());
    let thread = std::thread::spawn(move || gateway.serve().unwrap());
    Running {
        address,
        stop,
        thread: Some(thread),
    }
}

fn events(dir: &Path) -> Vec<Value> {
    std::fs::read_to_string(dir.join("events.jsonl"))
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).expect(l))
        .collect()
}

fn ready(address: SocketAddr) -> bool {
    get(address, "/readyz").0 == 200
}

#[test]
fn it_waits_for_the_journal_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(settings(dir.path()));
    let a = running.address;
    let port = std::fs::read_to_string(dir.path().join("port")).unwrap();
    assert_eq!(port, format!("{}\n", a.port()));
    assert_eq!(get(a, "/healthz").0, 200);
    let (status, body) = get_json(a, "/readyz");
    assert_eq!(
        (status, &body["errors"][0]["code"]),
        (503, &"NOT_READY".into())
    );
    assert_eq!(body["errors"][0]["message"], "waiting for the journal");
    let (status, body) = get_json(a, "/v1/parents");
    assert_eq!(
        (status, body["parents"].as_array().map(Vec::len)),
        (200, Some(0))
    );
    let mut journal = Journal::create(&dir.path().join("journal"), 5);
    until("ready", || ready(a));
    // More records arrive while it serves; the engine's death (the writer is dropped) changes nothing.
    two_orders(&mut journal);
    drop(journal);
    until("two parents", || {
        get_json(a, "/v1/parents").1["parents"]
            .as_array()
            .unwrap()
            .len()
            == 2
    });
    assert!(ready(a));
    running.stop();
}

#[test]
fn parents_are_listed_filtered_and_shown_in_full() {
    let dir = tempfile::tempdir().unwrap();
    two_orders(&mut Journal::create(&dir.path().join("journal"), 5));
    let running = start(settings(dir.path()));
    let a = running.address;
    until("ready", || ready(a));
    let (_, list) = get_json(a, "/v1/parents");
    assert_eq!(
        (&list["schema"], &list["run"]["id"]),
        (&"pacer.parents/1".into(), &5.into())
    );
    assert_eq!(list["parents"][0]["client_order_id"], "order-1");
    let count = |path: &str| get_json(a, path).1["parents"].as_array().unwrap().len();
    assert_eq!(count("/v1/parents?state=active"), 1);
    assert_eq!(count("/v1/parents?state=REJECTED&instrument=GOOG"), 1);
    assert_eq!(count("/v1/parents?state=REJECTED&instrument=AAPL"), 0);

    let (status, p) = get_json(a, "/v1/parents/order-1");
    assert_eq!(status, 200);
    assert_eq!(
        (&p["state"], &p["instrument"], &p["side"]),
        (&"ACTIVE".into(), &"AAPL".into(), &"buy".into())
    );
    let (status, why) = get_json(a, "/v1/parents/order-1/why");
    assert_eq!((status, &why["schema"]), (200, &"pacer.why/1".into()));
    assert_eq!(why["lines"], p["why"]["lines"]);
    assert_eq!(why["quote"]["bid"], "580.00");
    assert_eq!(get(a, "/v1/parents/nobody/why").0, 404);
    assert_eq!(
        (&p["filled"], &p["leaves"], &p["target"]),
        (&400.into(), &600.into(), &500.into())
    );
    assert_eq!(p["average_price"], "581.00");
    assert_eq!(p["arrival_price"], "580.50");
    assert_eq!(p["fills"][0]["child_id"], (u64::MAX - 4).to_string());
    assert_eq!(p["slices"][0]["reason"], "SliceDue");
    assert_eq!(
        p["last_decision"]["text"],
        "inside the band (400 filled, 500 due, 0 either way): passive only"
    );
    assert_eq!(p["last_decision"]["operands"]["filled"], 400);
    assert_eq!(
        p["schedule"].as_array().unwrap().last().unwrap()["filled"],
        400
    );
    assert_eq!(p["quote"]["bid"], "580.00");
    // By source and number, and a name that needs escaping.
    assert_eq!(
        get_json(a, "/v1/parents/2:1").1["client_order_id"],
        "order-1"
    );
    assert_eq!(get_json(a, "/v1/parents/a%2Fb").1["state"], "REJECTED");
    running.stop();
}

#[test]
fn a_name_that_several_orders_have_is_a_conflict_that_names_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::create(&dir.path().join("journal"), 5);
    journal.order(1, "same", 0);
    journal.order(2, "same", 1);
    let running = start(settings(dir.path()));
    let a = running.address;
    until("two parents", || {
        get_json(a, "/v1/parents").1["parents"]
            .as_array()
            .is_some_and(|p| p.len() == 2)
    });
    for path in ["/v1/parents/same", "/v1/parents/same/why"] {
        let (status, body) = get_json(a, path);
        assert_eq!(
            (status, &body["errors"][0]["code"]),
            (409, &"AMBIGUOUS_PARENT".into())
        );
        let hint = body["errors"][0]["hint"].as_str().unwrap();
        assert!(hint.contains("2:1") && hint.contains("2:2"), "{hint}");
    }
    assert_eq!(get(a, "/v1/parents/2:2").0, 200);
    running.stop();
}

#[test]
fn what_it_cannot_answer_is_a_typed_error() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(settings(dir.path()));
    let a = running.address;
    for (path, status, code) in [
        ("/v1/parents/nobody", 404, "UNKNOWN_PARENT"),
        ("/v1/parents/9:9", 404, "UNKNOWN_PARENT"),
        ("/v1/parents/%ff%fe", 404, "UNKNOWN_PARENT"),
        ("/v1/parents?state=SLEEPING", 400, "BAD_QUERY"),
        ("/v1/parents?stat=ACTIVE", 400, "BAD_QUERY"),
        ("/v2", 404, "UNKNOWN_PATH"),
        ("/v1/algorithms/", 404, "UNKNOWN_PATH"),
        ("/v1/algorithms/vwop", 404, "UNKNOWN_ALGORITHM"),
        ("/v1/algorithms/%ff", 404, "UNKNOWN_ALGORITHM"),
        ("/../../etc/passwd", 404, "UNKNOWN_PATH"),
    ] {
        let (found, body) = get_json(a, path);
        assert_eq!(
            (found, body["errors"][0]["code"].as_str()),
            (status, Some(code)),
            "{path}"
        );
        assert_eq!(body["schema"], "pacer.error/1");
        assert!(body["errors"][0]["hint"].is_string());
    }
    let (status, body) = send(
        a,
        b"DELETE /v1/parents HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(status, 405, "{body}");
    let long = format!(
        "GET /v1/parents HTTP/1.1\r\nHost: x\r\nX: {}\r\nConnection: close\r\n\r\n",
        "a".repeat(40_000)
    );
    assert_eq!(send(a, long.as_bytes()).0, 431);
    let (status, page) = get(a, "/");
    assert_eq!(status, 200);
    assert!(page.contains("/v1/parents") && !page.contains("http://www.w3.org/1999"));
    running.stop();
}

#[test]
fn events_are_written_once_over_a_restart_and_market_data_only_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::create(&dir.path().join("journal"), 5);
    two_orders(&mut journal);
    let running = start(settings(dir.path()));
    until("eight events", || {
        dir.path().join("events.jsonl").exists() && events(dir.path()).len() == 8
    });
    running.stop();
    journal.ended();
    let mut again = settings(dir.path());
    again.until_ended = true;
    let gateway = Gateway::bind(again).unwrap();
    gateway.serve().unwrap();
    let list = events(dir.path());
    let types: Vec<&str> = list.iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "RunStarted",
            "ParentNew",
            "ParentUpdate",
            "SliceNew",
            "ExecutionReport",
            "ParentUpdate",
            "ParentNew",
            "ParentUpdate",
            "RunEnded",
        ]
    );
    assert_eq!(list[1]["message"]["terms"]["limit"], Value::Null);
    assert_eq!(list[1]["message"]["terms"]["instrument"], "AAPL");
    assert_eq!(list[3]["message"]["price"], "581.00");
    assert_eq!(list[3]["message"]["child_id"], (u64::MAX - 4).to_string());
    assert_eq!(list[4]["message"]["kind"], "fill");
    assert_eq!(list[5]["message"]["reason"], "WaitBand");
    assert!(
        list[5]["message"]["reason_text"]
            .as_str()
            .unwrap()
            .contains("500 due")
    );
    assert_eq!(
        (&list[5]["direction"], &list[5]["ring"]),
        (&"output".into(), &"updates".into())
    );

    let mut with_market = settings(dir.path());
    with_market.market_data = true;
    with_market.until_ended = true;
    with_market.events = Some(dir.path().join("all/events.jsonl"));
    Gateway::bind(with_market).unwrap().serve().unwrap();
    let all = events(&dir.path().join("all"));
    assert_eq!(all.len(), 11);
    assert_eq!(
        (&all[1]["type"], &all[1]["message"]["bid_price"]),
        (&"Quote".into(), &"580.00".into())
    );
}

#[test]
fn a_damaged_journal_is_reported_and_the_process_lives() {
    let dir = tempfile::tempdir().unwrap();
    two_orders(&mut Journal::create(&dir.path().join("journal"), 5));
    let path = dir.path().join("journal/journal-000001.pjl");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4096 + 130] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let running = start(settings(dir.path()));
    until("the damage", || {
        get(running.address, "/readyz")
            .1
            .contains("journal damaged at segment 1")
    });
    assert_eq!(get(running.address, "/healthz").0, 200);
    assert_eq!(
        get_json(running.address, "/v1/parents").1["run"]["state"],
        "failed"
    );
    running.stop();
}

#[test]
fn hostile_requests_get_an_answer_or_a_closed_connection() {
    let dir = tempfile::tempdir().unwrap();
    two_orders(&mut Journal::create(&dir.path().join("journal"), 5));
    let running = start(settings(dir.path()));
    let a = running.address;
    until("ready", || ready(a));
    let config = ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(path in "/[ -~]{0,80}", bytes in proptest::collection::vec(any::<u8>(), 1..200), raw: bool)| {
        let request = if raw {
            [&bytes[..], b"\r\n\r\n"].concat()
        } else {
            format!("GET /v1/parents{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").into_bytes()
        };
        let (status, _) = send(a, &request);
        prop_assert!(status < 500);
    });
    assert_eq!(get(a, "/healthz").0, 200);
    running.stop();
}

#[test]
fn algorithms_are_listed_with_the_schemas_that_validate_their_orders() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(settings(dir.path()));
    let a = running.address;
    let (status, list) = get_json(a, "/v1/algorithms");
    assert_eq!(
        (status, &list["schema"]),
        (200, &"pacer.algorithms/1".into())
    );
    let list = list["algorithms"].as_array().unwrap();
    assert_eq!(list.len(), engine_algos::registry::algorithms().len());
    for entry in list {
        let name = entry["algorithm"].as_str().unwrap().to_ascii_lowercase();
        let (status, schema) = get_json(a, &format!("/v1/algorithms/{name}"));
        assert_eq!((status, &schema), (200, &entry["parameters"]));
    }
    running.stop();
}

#[test]
fn analytics_read_the_participation_parameters_that_the_tables_define() {
    use gateway_tca::ledger::{
        MAX_PCT_VOL_ID, MIN_PCT_VOL_ID, TARGET_PCT_VOL_DEFAULT, TARGET_PCT_VOL_ID,
    };
    let pov = |name: &str| {
        engine_algos::registry::spec_by_name(shm_wire::codes::AlgorithmCode::Pov, name).unwrap()
    };
    assert_eq!(pov("target_pct_vol").id, TARGET_PCT_VOL_ID);
    assert_eq!(pov("min_pct_vol").id, MIN_PCT_VOL_ID);
    assert_eq!(pov("max_pct_vol").id, MAX_PCT_VOL_ID);
    let default = pov("target_pct_vol").default;
    assert_eq!(default, Some(i64::from(TARGET_PCT_VOL_DEFAULT.0)));
}

/// An order that nobody sends.
const IDEA: &str = r#"{"client_order_id": "idea", "instrument": "AAPL", "side": "buy", "quantity": 6300,
        "algorithm": "TWAP", "end": "2012-06-21T11:00:00-04:00", "parameters": {"slices": 20, "max_pct_vol": "10%"}}"#;

#[test]
fn a_plan_is_answered_for_an_order_that_nobody_sent() {
    let dir = tempfile::tempdir().unwrap();
    two_orders(&mut Journal::create(&dir.path().join("journal"), 5));
    let running = start(settings(dir.path()));
    let a = running.address;
    until("ready", || ready(a));
    let (status, plan) = post(a, "/v1/plan", IDEA);
    assert_eq!(
        (status, &plan["schema"]),
        (200, &"pacer.plan/1".into()),
        "{plan}"
    );
    let plan = &plan["orders"][0];
    assert_eq!(plan["client_order_id"], "idea");
    assert_eq!(plan["mid"], "580.50");
    let schedule = plan["schedule"].as_array().unwrap();
    assert_eq!(
        (schedule.len(), &schedule[63]["cumulative"]),
        (64, &6_300.into())
    );
    let (_, list) = get_json(a, "/v1/parents");
    assert_eq!(
        list["parents"].as_array().unwrap().len(),
        2,
        "nothing was sent"
    );

    let shortfall = IDEA.replace("TWAP", "IS").replace("\"slices\": 20, ", "");
    let (status, plan) = post(a, "/v1/plan", &shortfall);
    assert_eq!(status, 200, "{plan}");
    assert_eq!(plan["orders"][0]["urgencies"].as_array().unwrap().len(), 5);
    running.stop();
}

#[test]
fn what_is_wrong_with_a_planned_order_names_field_and_rule() {
    let dir = tempfile::tempdir().unwrap();
    two_orders(&mut Journal::create(&dir.path().join("journal"), 5));
    let running = start(settings(dir.path()));
    let a = running.address;
    until("ready", || ready(a));
    let check = |body: &str, status: u16, code: &str, field: &str| {
        let (got, document) = post(a, "/v1/plan", body);
        assert_eq!(
            (got, &document["schema"]),
            (status, &"pacer.error/1".into())
        );
        let error = &document["errors"][0];
        assert_eq!(
            (&error["code"], &error["field"]),
            (&code.into(), &field.into()),
            "{error}"
        );
        assert!(error["rule"].as_str().is_some_and(|r| !r.is_empty()));
        document["errors"].as_array().unwrap().len()
    };
    check(
        &IDEA.replace("AAPL", "NOPE"),
        422,
        "orders.instrument",
        "instrument",
    );
    check(
        &IDEA.replace("\"slices\": 20", "\"slices\": 0"),
        422,
        "orders.parameters",
        "parameters",
    );
    check(
        &IDEA.replace("2012-06-21T11", "2012-06-21T08"),
        422,
        "orders.end",
        "end",
    );
    check(
        &IDEA.replace("\"side\"", "\"sides\""),
        422,
        "orders.row",
        "row",
    );
    check("[]", 422, "orders.row", "row");
    let both = IDEA
        .replace("\"buy\"", "\"hold\"")
        .replace("6300", "\"some\"");
    assert_eq!(check(&both, 422, "orders.side", "side"), 2, "all at once");
    let (status, document) = post(a, "/v1/plan", "{");
    assert_eq!(
        (status, &document["errors"][0]["code"]),
        (400, &"BAD_JSON".into())
    );
    let (status, document) = post(a, "/v1/plan", &" ".repeat(5_000));
    assert_eq!(
        (status, &document["errors"][0]["code"]),
        (413, &"BAD_BODY".into())
    );
    let (status, document) = get_json(a, "/v1/plan");
    assert_eq!(
        (status, &document["errors"][0]["message"]),
        (405, &"this path answers POST only".into())
    );
    running.stop();
}

#[test]
fn a_curve_file_that_cannot_be_used_leaves_the_view_and_refuses_plans() {
    let dir = tempfile::tempdir().unwrap();
    two_orders(&mut Journal::create(&dir.path().join("journal"), 5));
    std::fs::write(dir.path().join("curves.json"), "{}").unwrap();
    let running = start(Settings {
        curves: Some(dir.path().join("curves.json")),
        ..settings(dir.path())
    });
    until("ready", || ready(running.address));
    let (status, document) = post(running.address, "/v1/plan", "{}");
    assert_eq!(
        (status, &document["errors"][0]["code"]),
        (503, &"NOT_READY".into())
    );
    let message = document["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("curves.json"), "{message}");
    running.stop();
}
