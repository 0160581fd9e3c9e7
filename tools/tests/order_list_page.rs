//! The order list in `docs/order-list.md` is one that the product takes.
#![allow(clippy::unwrap_used, reason = "tests state what must hold")]

use pacer_tools::orders;
use shm_wire::instrument::{Instrument, Session};
use shm_wire::units::Nanos;
use std::path::Path;

/// 2012-06-21, 09:30 and 16:00 in New York.
const OPEN: u64 = 1_340_285_400_000_000_000;
const CLOSE: u64 = OPEN + 23_400_000_000_000;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/order-list.md");
    std::fs::read_to_string(path).unwrap()
}

fn block(language: &str) -> String {
    let page = page();
    let start = page.split_once(&format!("```{language}\n")).unwrap().1;
    start.split_once("```").unwrap().0.to_owned()
}

fn instrument() -> Instrument {
    let mut instrument = Instrument::equity(0, "AAPL", 100).unwrap();
    instrument.session_count = 1;
    instrument.sessions[0] = Session {
        open: OPEN,
        close: CLOSE,
    };
    instrument
}

#[test]
fn every_row_of_the_example_is_accepted() {
    let csv = block("csv");
    let rows = orders::parse(
        csv.as_bytes(),
        Path::new("orders.csv"),
        &[instrument()],
        Nanos(OPEN),
    );
    let rows = rows.unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(rows.len(), csv.lines().count() - 1);
}

#[test]
fn the_example_of_an_error_is_what_the_product_says() {
    let csv = block("csv").lines().take(2).collect::<Vec<_>>().join("\n")
        + "\nother,AAPL,buy,12.5,TWAP,,,,\n";
    let errors = orders::parse(
        csv.as_bytes(),
        Path::new("orders.csv"),
        &[instrument()],
        Nanos(OPEN),
    )
    .unwrap_err();
    let lines: Vec<String> = errors.iter().map(|e| format!("error: {e}")).collect();
    assert_eq!(lines, [block("text").trim()]);
    let document = pacer_tools::error::ErrorDocument::new(errors);
    let wanted: serde_json::Value = serde_json::from_str(&block("json")).unwrap();
    assert_eq!(serde_json::to_value(document).unwrap(), wanted);
}
