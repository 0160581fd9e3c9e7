use super::*;
use std::fmt::Write;
use std::string::String;

const EVENTS: [ChildEvent; 14] = [
    ChildEvent::Sent,
    ChildEvent::Ack,
    ChildEvent::PartialFill,
    ChildEvent::Fill,
    ChildEvent::CancelSent,
    ChildEvent::ReplaceSent,
    ChildEvent::Canceled,
    ChildEvent::Rejected,
    ChildEvent::CancelRejected,
    ChildEvent::Replaced,
    ChildEvent::ReplaceRejected,
    ChildEvent::Expired,
    ChildEvent::Lost,
    ChildEvent::NeverSeen,
];

#[test]
fn the_whole_table_of_child_states_and_events_is_as_reviewed() {
    let mut grid = String::new();
    for state in ChildState::ALL {
        for event in EVENTS {
            if let Some(next) = state.next(event) {
                writeln!(grid, "{state:?} + {event:?} = {next:?}").unwrap();
            }
        }
    }
    let expected = include_str!("transitions.txt");
    assert_eq!(
        grid, expected,
        "print the grid, review the difference, then update transitions.txt"
    );
}

#[test]
fn nothing_leaves_a_terminal_state() {
    for state in ChildState::ALL {
        if state.is_over() && state != ChildState::Empty {
            for event in EVENTS {
                assert_eq!(state.next(event), None, "{state:?} {event:?}");
            }
        }
    }
}

#[test]
fn a_pending_replace_reserves_the_larger_quantity() {
    let mut c = Child {
        state: ChildState::PendingReplace,
        qty: Qty(300),
        requested_qty: Qty(500),
        filled: Qty(100),
        ..Child::default()
    };
    assert_eq!(c.reserved(), Qty(400));
    c.requested_qty = Qty(200);
    assert_eq!(c.reserved(), Qty(200));
    c.state = ChildState::Canceled;
    c.owed = Qty(50);
    assert_eq!(c.reserved(), Qty(50));
}
