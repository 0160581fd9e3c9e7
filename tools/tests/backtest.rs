//! From market data to a report on the command line: `pacer convert`, `pacer backtest`, `pacer tca`, `pacer journal`.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

mod common;

use common::pacer;
use engine_sim::synthetic::{self, SyntheticConfig};
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Output;

const HEADER: &str =
    "client_order_id,instrument,side,quantity,algorithm,start,end,limit,parameters\n";

/// A folder with half an hour of a small LOBSTER file: each second an order joins the touch and trades.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        let (mut messages, mut books) = (String::new(), String::new());
        let (ask, bid) = ((1_000_200, 2_000), (1_000_000, 3_000));
        for second in 0..1_800_u32 {
            let number = 1_000 + second;
            let (price, direction) = if second % 2 == 0 {
                (ask.0, -1)
            } else {
                (bid.0, 1)
            };
            let at = 34_200 + second;
            writeln!(messages, "{at}.25,1,{number},200,{price},{direction}").unwrap();
            writeln!(messages, "{at}.75,4,{number},200,{price},{direction}").unwrap();
            let more = if second % 2 == 0 { [200, 0] } else { [0, 200] };
            for [a, b] in [more, [0, 0]] {
                let (a, b) = (ask.1 + a, bid.1 + b);
                writeln!(books, "{},{a},{},{b}", ask.0, bid.0).unwrap();
            }
        }
        std::fs::write(folder.message(), messages).unwrap();
        std::fs::write(folder.orderbook(), books).unwrap();
        folder
    }
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    fn message(&self) -> PathBuf {
        self.path("ACME_2012-06-21_34200000_36000000_message_1.csv")
    }
    fn orderbook(&self) -> PathBuf {
        self.path("ACME_2012-06-21_34200000_36000000_orderbook_1.csv")
    }
    fn pacer(&self, arguments: &[&str]) -> Output {
        pacer()
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .unwrap()
    }
    /// The one document on standard output, and the exit code.
    fn json(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let output = self.pacer(&[arguments, &["--json"]].concat());
        let document = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {output:?}"));
        (output.status.code(), document)
    }
    fn convert(&self) -> Value {
        let (message, orderbook) = (self.message(), self.orderbook());
        let (code, report) = self.json(&[
            "convert",
            "lobster",
            message.to_str().unwrap(),
            orderbook.to_str().unwrap(),
            "--out",
            "acme.market",
        ]);
        assert_eq!(code, Some(0), "{report}");
        report
    }
    fn orders(&self, rows: &str) {
        std::fs::write(self.path("orders.csv"), HEADER.to_owned() + rows).unwrap();
    }
    fn backtest(&self, more: &[&str]) -> (Option<i32>, Value) {
        let arguments = [
            "backtest",
            "--market",
            "acme.market",
            "--orders",
            "orders.csv",
        ];
        self.json(&[&arguments, more].concat())
    }
}

const TWO_ORDERS: &str = "line,ACME,buy,2000,TWAP,2012-06-21T09:32:00-04:00,2012-06-21T09:52:00-04:00,,\n\
     share,ACME,sell,5000,POV,2012-06-21T09:32:00-04:00,2012-06-21T09:52:00-04:00,99.00,target_pct_vol=10%\n";

#[test]
fn a_converted_file_is_traded_and_reported_with_every_field_of_the_document() {
    let folder = Folder::new();
    let report = folder.convert();
    assert_eq!(report["schema"], "pacer.convert/1");
    assert_eq!(report["book_rows_different"], 0, "{report}");
    assert_eq!(report["instruments"][0]["executions"], 1_800);
    assert_eq!(report["instruments"][0]["traded_volume"], 360_000);
    folder.orders(TWO_ORDERS);
    let (code, run) = folder.backtest(&[]);
    assert_eq!(code, Some(0), "{run}");
    assert_eq!(run["schema"], "pacer.run/1");
    for field in
        "id seed market wall_seconds market_messages decisions children fills law_violations digest"
            .split(' ')
    {
        assert!(!run["run"][field].is_null(), "run.{field}");
    }
    assert_eq!(run["run"]["law_violations"], 0);
    assert_eq!(run["run"]["unfinished"], 0);
    assert_eq!(run["run"]["digest"].as_str().unwrap().len(), 64);
    let parents = run["parents"].as_array().unwrap();
    assert_eq!(parents.len(), 2);
    for parent in parents {
        for field in "client_order_id instrument side algorithm state reason ordered filled leaves average_price \
                      arrival_price interval_vwap interval_twap participation market_volume children fills"
            .split_whitespace()
        {
            assert!(!parent[field].is_null(), "{field} of {parent}");
        }
        assert!(parent.get("schedule_deviation_max").is_some());
        for benchmark in ["arrival", "interval_vwap", "interval_twap"] {
            assert!(parent["slippage_bps"][benchmark].is_number(), "{parent}");
        }
        let of = |field: &str| parent[field].as_u64().unwrap();
        assert_eq!(of("filled") + of("leaves"), of("ordered"));
        assert!(of("filled") > 0);
    }
    assert_eq!(parents[0]["state"], "FILLED", "{}", parents[0]);
    // Twenty minutes of 200 shares a second.
    assert!(parents[1]["participation"].as_f64().unwrap() < 0.12);
    for field in ["parents", "ordered", "filled", "notional", "completed"] {
        assert!(!run["totals"][field].is_null(), "totals.{field}");
    }
    let filled: u64 = parents.iter().map(|p| p["filled"].as_u64().unwrap()).sum();
    assert_eq!(run["totals"]["filled"], filled);
}

fn files_under(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                files.push((path.strip_prefix(folder).unwrap().to_owned(), bytes));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_same_seed_writes_the_same_files_and_they_tell_the_same_story() {
    let folder = Folder::new();
    folder.convert();
    folder.orders(TWO_ORDERS);
    let run = |out: &str, seed: &str| {
        let (code, run) = folder.backtest(&["--out", out, "--seed", seed]);
        assert_eq!(code, Some(0), "{run}");
        run["run"]["digest"].clone()
    };
    let digest = run("one", "5");
    assert_eq!(digest, run("two", "5"));
    assert_ne!(digest, run("three", "6"), "another seed, other jitter");
    let (one, two) = (
        files_under(&folder.path("one")),
        files_under(&folder.path("two")),
    );
    let names: Vec<_> = one.iter().map(|f| f.0.display().to_string()).collect();
    for name in ["report.json", "report.html", "report.txt"] {
        assert!(names.iter().any(|n| n == name), "{names:?}");
    }
    assert!(names.iter().any(|n| n.starts_with("journal/")), "{names:?}");
    assert!(one == two, "{names:?}");
    // What stands in the journal gives the report once more.
    let (code, again) = folder.json(&["tca", "one", "--html", "page.html"]);
    assert_eq!((code, &again["run"]["digest"]), (Some(0), &digest));
    let written: Value =
        serde_json::from_slice(&std::fs::read(folder.path("one/report.json")).unwrap()).unwrap();
    assert_eq!(again["parents"], written["parents"]);
    assert_eq!(again["totals"], written["totals"]);
    assert!(written["run"].get("wall_seconds").is_none());
    let page = std::fs::read_to_string(folder.path("page.html")).unwrap();
    assert!(page.contains("line") && page.contains("<svg"));
    let text = folder.pacer(&["tca", "one"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("2 of 2 parents") || text.contains("of 2 parents completed"),
        "{text}"
    );
}

#[test]
fn the_journal_of_a_run_is_verified_listed_and_a_flipped_byte_is_found() {
    let folder = Folder::new();
    folder.convert();
    folder.orders(TWO_ORDERS);
    let (_, run) = folder.backtest(&["--out", "one"]);
    let (code, verified) = folder.json(&["journal", "verify", "one"]);
    assert_eq!(code, Some(0), "{verified}");
    let output = folder.pacer(&[
        "journal",
        "cat",
        "one",
        "--message",
        "SliceNew",
        "--limit",
        "3",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("SliceNew").count(), 3, "{text}");
    assert!(run["run"]["children"].as_u64().unwrap() >= 3);
    let segment = files_under(&folder.path("one/journal"))
        .into_iter()
        .max_by_key(|f| f.1.len())
        .unwrap();
    let mut bytes = segment.1;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(folder.path("one/journal").join(&segment.0), bytes).unwrap();
    let output = folder.pacer(&["journal", "verify", "one", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(folder.pacer(&["tca", "one"]).status.code(), Some(1));
}

#[test]
fn a_list_with_wrong_rows_names_them_all_and_nothing_runs() {
    let folder = Folder::new();
    folder.convert();
    let rows = "good,ACME,buy,2000,TWAP,,,,\n\
                odd,ACME,buy,150,TWAP,,,,\n\
                other,NONE,buy,100,TWAP,,,,\n\
                late,ACME,buy,100,TWAP,,2012-06-21T09:00:00-04:00,,\n\
                fast,ACME,buy,100,POV,,,,target_pct_vol=2\n";
    folder.orders(rows);
    let (code, errors) = folder.backtest(&["--out", "never"]);
    assert_eq!(code, Some(2), "{errors}");
    assert_eq!(errors["schema"], "pacer.error/1");
    let list = errors["errors"].as_array().unwrap();
    let lines: Vec<_> = list.iter().map(|e| e["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 4, 5, 6], "{errors}");
    for error in list {
        assert_eq!(error["file"], "orders.csv");
        for field in ["code", "message", "field", "rule"] {
            assert!(error[field].is_string(), "{field} of {error}");
        }
    }
    assert!(!folder.path("never").exists(), "nothing ran");
    let arguments = [
        "backtest",
        "--market",
        "acme.market",
        "--orders",
        "orders.csv",
    ];
    let output = folder.pacer(&arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        text.lines()
            .filter(|l| l.starts_with("error: orders.csv:"))
            .count(),
        4,
        "{text}"
    );
}

#[test]
fn files_that_are_missing_or_in_the_way_are_errors_with_a_hint() {
    let folder = Folder::new();
    folder.orders(TWO_ORDERS);
    let (code, error) = folder.backtest(&[]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(2), &"market.file".into())
    );
    assert!(error["errors"][0]["hint"].is_string());
    folder.convert();
    std::fs::remove_file(folder.path("orders.csv")).unwrap();
    let (code, error) = folder.backtest(&[]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(2), &"orders.file".into())
    );
    folder.orders(TWO_ORDERS);
    assert_eq!(folder.backtest(&["--out", "one"]).0, Some(0));
    let (code, error) = folder.backtest(&["--out", "one"]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(1), &"backtest.out".into())
    );
    let (code, error) = folder.json(&["tca", "nowhere"]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(2), &"file.journal".into())
    );
    let (code, error) = folder.json(&["backtest", "--market"]);
    assert_eq!(
        (code, &error["errors"][0]["code"]),
        (Some(2), &"usage.arguments".into())
    );
}

#[test]
fn a_tenth_refused_by_the_venue_breaks_no_law_and_every_order_ends() {
    let folder = Folder(tempfile::tempdir().unwrap());
    synthetic::write(&SyntheticConfig::default(), folder.path("acme.market")).unwrap();
    let mut rows = String::new();
    for number in 0..10 {
        let (symbol, algorithm) = (
            ["ACME", "ZORP"][number % 2],
            ["TWAP", "POV"][number / 2 % 2],
        );
        let side = ["buy", "sell", "sell_short"][number % 3];
        let start = 30 + number;
        // 11:10 is when ZORP is halted.
        let end = if number % 3 == 0 { "11:25" } else { "12:40" };
        writeln!(
            rows,
            "p-{number},{symbol},{side},5000,{algorithm},2024-06-12T10:{start}:00-04:00,2024-06-12T{end}:00-04:00,,"
        )
        .unwrap();
    }
    folder.orders(&rows);
    let (code, run) = folder.backtest(&["--reject-ppm", "100000", "--latency-us", "2000"]);
    assert_eq!(code, Some(0), "{run}");
    assert_eq!(run["run"]["law_violations"], 0, "{}", run["quality"]);
    assert_eq!(run["run"]["unfinished"], 0);
    assert!(run["run"]["venue"]["random_rejects"].as_u64().unwrap() > 20);
    for parent in run["parents"].as_array().unwrap() {
        let state = parent["state"].as_str().unwrap();
        assert!(matches!(state, "FILLED" | "DONE_PARTIAL"), "{parent}");
        assert_eq!(parent["reconciled"], true);
        assert!(parent["filled"].as_u64().unwrap() > 0, "{parent}");
    }
    let text = folder.pacer(&[
        "backtest",
        "--market",
        "acme.market",
        "--orders",
        "orders.csv",
    ]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.starts_with("Execution report of run backtest-1"),
        "{text}"
    );
    assert_eq!(
        text.lines().filter(|l| l.starts_with("p-")).count(),
        2 * 10,
        "{text}"
    );
}

#[test]
fn every_update_of_a_run_is_watched_from_its_journal_alone() {
    let folder = Folder::new();
    folder.convert();
    folder.orders(TWO_ORDERS);
    assert_eq!(folder.backtest(&["--out", "one"]).0, Some(0));
    std::fs::rename(folder.path("one/journal"), folder.path("live")).unwrap();
    let config = r#"
[instance]
name = "watched"
dir = "shm"
[clock]
origin = "2012-06-21T09:30:00-04:00"
[journal]
dir = "live"
[engine]
parents_max = 64
executions_max = 4096
[limits]
profile = "demo"
[[instruments]]
symbol = "ACME"
lot = 100
ticks = [{ from = "0", tick = "0.01" }]
sessions = [{ open = "2012-06-21T09:30:00-04:00", close = "2012-06-21T16:00:00-04:00" }]
"#;
    std::fs::write(folder.path("pacer.toml"), config).unwrap();
    let watch = ["oms", "watch", "--until-ended"];
    let output = folder.pacer(&[&watch[..], &["--json"]].concat());
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let updates: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let done = |u: &&Value| u["event"] == "done";
    assert_eq!(updates.iter().filter(done).count(), 2);
    assert!(updates.iter().all(|u| u["schema"] == "pacer.update/1"));
    let rested = updates.iter().any(|u| u["open"].as_u64() > Some(0));
    assert!(rested, "what is open is told");
    let output = folder.pacer(&watch);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), updates.len());
    std::fs::remove_dir_all(folder.path("live")).unwrap();
    assert_eq!(folder.pacer(&watch).status.code(), Some(1));
}
