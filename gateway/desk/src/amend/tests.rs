use super::*;
use crate::order::order;
use proptest::prelude::*;

fn instrument() -> Instrument {
    let mut i = Instrument::equity(0, "AAPL", 100).unwrap();
    i.lot = 100;
    i
}

fn terms(parameters: &str) -> Terms {
    let end = "2026-06-22T15:00:00Z";
    let texts = [
        "A", "AAPL", "buy", "1000", "TWAP", "", end, "101.5", parameters,
    ];
    order(&texts, &[instrument()], 1).unwrap().terms
}

fn words(list: &[Difference]) -> Vec<String> {
    list.iter()
        .map(|d| format!("{}: {} -> {}", d.field, d.before, d.after))
        .collect()
}

#[test]
fn what_is_given_changes_and_everything_else_stays() {
    let known = terms("slices=10 max_pct_vol=10%");
    let parameters = ["max_pct_vol=20%".to_owned(), "aggression=7".to_owned()];
    let unset = ["limit".to_owned(), "slices".to_owned()];
    let change = Change {
        quantity: Some("2000"),
        end: Some("2026-06-22T16:00:00Z"),
        parameters: &parameters,
        unset: &unset,
        ..Change::default()
    };
    let new = amended(&known, &change, &instrument()).unwrap();
    let mut found = words(&differences(&known, &new, Some(&instrument())));
    found.sort();
    assert_eq!(
        found,
        [
            "aggression: default -> 7",
            "end: 2026-06-22T15:00:00Z -> 2026-06-22T16:00:00Z",
            "limit: 101.50 -> none",
            "max_pct_vol: 10% -> 20%",
            "quantity: 1000 -> 2000",
            "slices: 10 -> default",
        ]
    );
    assert_eq!(
        (new.side, new.client_order_id, new.parameter_count),
        (known.side, known.client_order_id, 2)
    );
    assert_eq!(new.parameters[2], Parameter::default());
    let later = Change {
        start: Some("2026-06-22T14:30:00Z"),
        ..Change::default()
    };
    let found = words(&differences(
        &known,
        &amended(&known, &later, &instrument()).unwrap(),
        Some(&instrument()),
    ));
    assert_eq!(found, ["start: now -> 2026-06-22T14:30:00Z"]);
    let back = Change {
        unset: &["end".to_owned()],
        ..Change::default()
    };
    assert_eq!(amended(&new, &back, &instrument()).unwrap().end, 0);
}

#[test]
fn every_wrong_part_is_named_at_once() {
    let parameters = ["slices=0".to_owned(), "nonsense=1".to_owned()];
    let unset = ["side".to_owned(), "limit".to_owned()];
    let change = Change {
        quantity: Some("-1"),
        limit: Some("dear"),
        start: Some("noon"),
        end: Some("later"),
        parameters: &parameters,
        unset: &unset,
    };
    let errors = amended(&terms(""), &change, &instrument()).unwrap_err();
    let fields: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "quantity",
            "limit",
            "start",
            "end",
            "parameters",
            "parameters",
            "unset",
            "unset"
        ]
    );
}

#[test]
fn a_refused_amend_has_a_hint() {
    for reason in [
        Reason::BelowExecuted,
        Reason::EndInPast,
        Reason::Immutable,
        Reason::PendingOther,
        Reason::StaleVersion,
    ] {
        assert!(hint(reason).is_some(), "{reason:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// A change of a change back is no change, and nothing that was not asked for differs.
    #[test]
    fn there_and_back_again(quantity in 1_u64..1_000_000, cents in 1_i64..100_000, slices in 1_u32..500) {
        let known = terms("slices=10");
        let (quantity, limit) = (quantity.to_string(), format!("{}.{:02}", cents / 100, cents % 100));
        let there = [format!("slices={slices}")];
        let change = Change {
            quantity: Some(&quantity),
            limit: Some(&limit),
            parameters: &there,
            ..Change::default()
        };
        let new = amended(&known, &change, &instrument()).unwrap();
        for d in differences(&known, &new, Some(&instrument())) {
            prop_assert!(["quantity", "limit", "slices"].contains(&d.field.as_str()), "{d:?}");
        }
        let back = ["slices=10".to_owned()];
        let change = Change {
            quantity: Some("1000"),
            limit: Some("101.5"),
            parameters: &back,
            ..Change::default()
        };
        let again = amended(&new, &change, &instrument()).unwrap();
        prop_assert!(differences(&known, &again, Some(&instrument())).is_empty());
    }
}
