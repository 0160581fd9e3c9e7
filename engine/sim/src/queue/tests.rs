use super::*;

/// The published case: 800 ahead, 300 behind, 200 of ours, six events.
fn places(rule: QueueRule) -> Vec<(f64, f64, f64)> {
    let events = [
        QueueEvent::Cancel(100.0),
        QueueEvent::Trade(350.0),
        QueueEvent::Add(400.0),
        QueueEvent::Cancel(200.0),
        QueueEvent::Trade(300.0),
        QueueEvent::Trade(150.0),
    ];
    let mut place = QueuePosition::new(800.0, 300.0, 200.0);
    events
        .iter()
        .map(|event| {
            place.apply(rule, *event);
            (place.ahead, place.filled, place.behind)
        })
        .collect()
}

#[test]
fn each_rule_gives_the_reference_places_and_fills() {
    let last = [
        (
            QueueRule::PessimisticAllBehind,
            [450.0, 0.0, 400.0],
            [0.0, 0.0, 400.0],
        ),
        (
            QueueRule::Proportional,
            [305.4112554113, 0.0, 544.5887445887],
            [0.0, 144.5887445887, 544.5887445887],
        ),
        (
            QueueRule::PowerThree,
            [331.4873525097, 0.0, 518.5126474903],
            [0.0, 118.5126474903, 518.5126474903],
        ),
        (
            QueueRule::Logarithmic,
            [300.0651974117, 0.0, 549.9348025883],
            [0.0, 149.9348025883, 549.9348025883],
        ),
    ];
    for (rule, fourth, sixth) in last {
        let got = places(rule);
        for (want, got) in [(fourth, got[3]), (sixth, got[5])] {
            let got = [got.0, got.1, got.2];
            for (want, got) in want.into_iter().zip(got) {
                assert!(
                    (want - got).abs() <= 1e-9 * want.abs().max(1e-3),
                    "{}: {want} {got}",
                    rule.text()
                );
            }
        }
    }
}

#[test]
fn a_cancel_never_takes_more_than_a_side_holds() {
    for rule in QueueRule::ALL {
        for ahead in [0.0, 1.0, 7.0, 1e6] {
            for behind in [0.0, 1.0, 9.0, 1e6] {
                for qty in [0.0, 1.0, 5.0, ahead + behind, 1e9] {
                    let from_ahead = rule.canceled_ahead(ahead, behind, qty);
                    let from_behind = qty.min(ahead + behind) - from_ahead;
                    assert!((0.0..=ahead).contains(&from_ahead));
                    assert!(from_behind >= -1e-9 && from_behind <= behind + 1e-9);
                }
            }
        }
    }
}

#[test]
fn rules_are_found_by_their_names() {
    for rule in QueueRule::ALL {
        assert_eq!(QueueRule::from_text(rule.text()), Some(rule));
    }
    assert_eq!(QueueRule::from_text("optimistic"), None);
}
