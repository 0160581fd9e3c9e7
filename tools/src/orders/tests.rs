use super::*;
use gateway_desk::order::values;
use shm_wire::codes::Side;
use shm_wire::instrument::Session;

const NOW: Nanos = Nanos(1_340_285_400_000_000_000); // 2012-06-21 09:30 New York
const CLOSE: u64 = NOW.0 + 6 * 3_600_000_000_000 + 1_800_000_000_000;

fn table() -> Vec<Instrument> {
    let mut i = Instrument::equity(0, "AAPL", 100).unwrap();
    i.session_count = 1;
    i.sessions[0] = Session {
        open: NOW.0,
        close: CLOSE,
    };
    vec![i]
}

/// The rows after the header, and the errors as `line field: rule`.
fn check(rows: &str) -> Result<Vec<OrderRow>, Vec<String>> {
    let text = format!("{}\n{rows}", COLUMNS.join(","));
    parse(text.as_bytes(), Path::new("orders.csv"), &table(), NOW).map_err(|errors| {
        errors
            .iter()
            .map(|e| {
                assert_eq!(e.file.as_deref(), Some("orders.csv"));
                let part = |o: &Option<String>| o.clone().unwrap_or_default();
                format!(
                    "{} {}: {} | {}",
                    e.line.unwrap(),
                    part(&e.field),
                    e.message,
                    part(&e.rule)
                )
            })
            .collect()
    })
}

#[test]
fn a_good_list_becomes_orders_in_wire_units() {
    let rows = check(
        "A1,AAPL,buy,1000,TWAP,2012-06-21T10:00:00-04:00,2012-06-21T11:00:00-04:00,585.25,max_pct_vol=20%\n\
         A2,AAPL,sell_short,500,POV,,,,target_pct_vol=0.1\n",
    )
    .unwrap();
    let t = rows[0].order.terms;
    assert_eq!(
        (t.quantity, t.limit, t.side),
        (1_000, 585_250_000_000, Side::Buy.code())
    );
    assert_eq!(t.start, NOW.0 + 1_800_000_000_000);
    assert_eq!(t.parameters[0].value, 200_000);
    assert_eq!(rows[1].order.terms.parameters[0].value, 100_000);
    assert_eq!((rows[1].line, rows[1].order.parent_id), (3, 2));
}

#[test]
fn every_bad_row_is_named_with_its_field_and_rule_and_all_at_once() {
    let errors = check(
        ",AAPL,buy,100,TWAP,,,,\n\
         B,MSFT,buy,100,TWAP,,,,\n\
         C,AAPL,hold,100,TWAP,,,,\n\
         D,AAPL,buy,150,TWAP,,,,\n\
         E,AAPL,buy,1.5,TWAP,,,,\n\
         F,AAPL,buy,100,MAGIC,,,,\n\
         G,AAPL,buy,100,TWAP,yesterday,,,\n\
         H,AAPL,buy,100,TWAP,,2012-06-21T09:00:00-04:00,,\n\
         I,AAPL,buy,100,TWAP,,,585.255,\n\
         J,AAPL,buy,100,POV,,,,target_pct_vol=120%\n\
         K,AAPL,buy,100,POV,,,,speed=9\n\
         K,AAPL,buy,100,TWAP,,,,\n\
         L,AAPL,buy\n",
    )
    .unwrap_err();
    let expected = [
        (2, "client_order_id"),
        (3, "instrument"),
        (4, "side"),
        (5, "quantity"),
        (6, "quantity"),
        (7, "algorithm"),
        (8, "start"),
        (9, "end"),
        (10, "limit"),
        (11, "parameters"),
        (12, "parameters"),
        (13, "client_order_id"),
        (14, "row"),
    ];
    let found: Vec<String> = errors
        .iter()
        .map(|e| e.split(':').next().unwrap().to_owned())
        .collect();
    let wanted: Vec<String> = expected.iter().map(|(l, f)| format!("{l} {f}")).collect();
    assert_eq!(found, wanted, "{errors:#?}");
    assert!(
        errors.iter().all(|e| !e.ends_with("| ")),
        "each names a rule: {errors:#?}"
    );
}

#[test]
fn a_file_without_the_header_is_refused_on_line_one() {
    let e = parse(b"id,symbol\n", Path::new("x.csv"), &table(), NOW).unwrap_err();
    assert_eq!(
        (e[0].line, e[0].field.as_deref()),
        (Some(1), Some("header"))
    );
    let e = parse(b"", Path::new("x.csv"), &table(), NOW).unwrap_err();
    assert_eq!(e[0].line, Some(1));
}

#[test]
fn random_bytes_are_errors_and_nothing_else() {
    let mut seed = 7_u64;
    for _ in 0..200 {
        let mut bytes = format!("{}\n", COLUMNS.join(",")).into_bytes();
        for _ in 0..60 {
            seed = engine_core::tables::mix(seed);
            bytes.push(seed.to_le_bytes()[0]);
        }
        let _ = parse(&bytes, Path::new("x.csv"), &table(), NOW);
    }
}

#[test]
fn decimals_are_exact_or_refused() {
    assert_eq!(values::decimal("585.25", 9), Some(585_250_000_000));
    assert_eq!(values::decimal("-0.5", 9), Some(-500_000_000));
    assert_eq!(values::decimal("1.0000000000", 9), Some(1_000_000_000));
    for bad in [
        "",
        ".",
        "1e3",
        "1.2.3",
        "0.0000000001",
        "--1",
        "99999999999999999999",
        "1,000",
    ] {
        assert_eq!(values::decimal(bad, 9), None, "{bad}");
    }
    assert_eq!(values::percent(125_000), "12.5");
}
