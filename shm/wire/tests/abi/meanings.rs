//! What codes, reasons, errors, parameters and the instrument table say of themselves.

use shm_wire::auction::{AUCTIONS_MAX, Auction};
use shm_wire::codes::{BookSide, ParentState, ReportKind, Side};
use shm_wire::instrument::{
    INSTRUMENT_ODD_LOTS, Instrument, SESSIONS_MAX, Session, TICK_BANDS_MAX, TickBand,
};
use shm_wire::message::DecodeError;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Notional, PPM_ONE, Ppm, Price, Qty};

#[test]
fn every_sale_rests_on_the_ask_and_only_a_buy_on_the_bid() {
    for side in Side::ALL {
        let buy = *side == Side::Buy;
        assert_eq!(
            (side.is_buy(), side.sign()),
            (buy, if buy { 1 } else { -1 })
        );
        assert_eq!(side.rests_on() == BookSide::Bid, buy);
        assert_ne!(side.rests_on().opposite(), side.rests_on());
    }
}

#[test]
fn what_is_terminal_is_listed() {
    let states: Vec<&str> = ParentState::ALL
        .iter()
        .filter(|s| s.is_terminal())
        .map(|s| s.text())
        .collect();
    assert_eq!(
        states,
        ["FILLED", "DONE_PARTIAL", "CANCELED", "REJECTED", "FAILED"]
    );
    let kinds: Vec<&str> = ReportKind::ALL
        .iter()
        .filter(|k| k.is_terminal())
        .map(|k| k.text())
        .collect();
    assert_eq!(kinds, ["fill", "canceled", "rejected", "expired"]);
}

#[test]
fn every_reason_has_a_sentence_and_a_bare_one_has_no_operands() {
    for reason in Reason::ALL {
        assert!(
            !reason.text().is_empty() && !reason.text().ends_with('.'),
            "{}",
            reason.name()
        );
        assert_eq!(Why::bare(*reason), Why::new(*reason, [0; 3]));
    }
}

#[test]
fn a_decode_error_names_type_field_value_and_rule() {
    let lines = [
        (
            DecodeError::Header { word: 1 },
            "header 0x0000000000000001: length and cells do not agree",
        ),
        (
            DecodeError::UnknownKind { kind: 9 },
            "type 0x0009: not a message of this ring",
        ),
        (
            DecodeError::Length {
                kind: 9,
                expected: 2,
                found: 3,
            },
            "type 0x0009: 3 words, expected 2",
        ),
        (
            DecodeError::Field {
                kind: 9,
                field: "side",
                value: 7,
                rule: "a Side code",
            },
            "type 0x0009: field side is 0x7: a Side code",
        ),
    ];
    for (error, line) in lines {
        assert_eq!(error.to_string(), line);
    }
}

#[test]
fn a_parameter_allows_its_range_and_a_choice_its_values() {
    let spec = ParamSpec {
        id: 1,
        name: "aggression",
        unit: Unit::Count,
        min: 0,
        max: 10,
        default: None,
        mutable: true,
        about: "How narrow the band is.",
    };
    assert_eq!(
        [-1, 0, 10, 11].map(|v| spec.allows(v)),
        [false, true, true, false]
    );
    let choice = ParamSpec {
        unit: Unit::Choice(&[("NONE", 0), ("HARD", 2)]),
        ..spec
    };
    assert_eq!([0, 1, 2].map(|v| choice.allows(v)), [true, false, true]);
}

fn instrument() -> Instrument {
    let mut i = Instrument::equity(0, "A", 100).unwrap();
    i.session_count = 2;
    i.sessions[0] = Session {
        open: 100,
        close: 200,
    };
    i.sessions[1] = Session {
        open: 300,
        close: 400,
    };
    i
}

#[test]
fn a_session_holds_its_opening_instant_and_not_its_close() {
    let i = instrument();
    let open = |t: u64| i.session_at(Nanos(t)).map(|s| s.open);
    assert_eq!(
        [99, 100, 199, 200, 300].map(open),
        [None, Some(100), Some(100), None, Some(300)]
    );
    let next = |t: u64| i.session_at_or_after(Nanos(t)).map(|s| s.open);
    assert_eq!(
        [0, 199, 200, 399, 400].map(next),
        [Some(100), Some(100), Some(300), Some(300), None]
    );
}

#[test]
fn odd_lots_make_a_step_the_granule() {
    let mut i = instrument();
    assert_eq!((i.granule(), i.floor_lots(Qty(199))), (Qty(100), Qty(100)));
    i.flags |= INSTRUMENT_ODD_LOTS;
    assert_eq!((i.granule(), i.floor_lots(Qty(199))), (Qty(1), Qty(199)));
}

/// An instant to place an auction at.
const NOON: u64 = 1_700_000_000_000_000_000;

#[test]
fn every_broken_rule_of_an_instrument_is_named() {
    type Break = fn(&mut Instrument);
    let broken: [(&str, Break); 12] = [
        ("symbol", |i| i.symbol[0] = 7),
        ("qty_step", |i| i.qty_step = 0),
        ("qty_step", |i| i.value_per_step = -1),
        ("lot", |i| i.lot = 0),
        ("lot", |i| i.min_qty = Qty::BOUND + 1),
        ("tick_bands", |i| {
            i.tick_band_count = TICK_BANDS_MAX as u8 + 1
        }),
        ("tick_bands", |i| {
            i.tick_bands[0] = TickBand { from: 0, tick: 0 }
        }),
        ("sessions", |i| i.session_count = SESSIONS_MAX as u8 + 1),
        ("sessions", |i| i.sessions[0].close = i.sessions[0].open),
        ("auctions", |i| i.auction_count = AUCTIONS_MAX as u8 + 1),
        ("auctions", |i| {
            i.add_auction(Auction::default());
        }),
        ("auctions", |i| {
            let auction = Auction::us_close(Nanos(NOON), Qty(0));
            assert!(i.add_auction(auction) && i.add_auction(auction));
        }),
    ];
    assert_eq!(instrument().check(), None);
    for (field, change) in broken {
        let mut i = instrument();
        change(&mut i);
        assert_eq!(i.check().map(|e| e.0), Some(field));
    }
}

#[test]
fn units_stop_at_their_ends_and_say_so() {
    assert_eq!(Price(i64::MAX).checked_add(1), None);
    assert_eq!(Price(5).checked_add(-6), Some(Price(-1)));
    assert_eq!(Nanos(5).minus(DurationNs(6)), Nanos(0));
    assert_eq!(Nanos::NEVER.plus(DurationNs(1)), Nanos::NEVER);
    assert_eq!(DurationNs::from_millis(2), DurationNs(2_000_000));
    assert_eq!(DurationNs::from_secs(u64::MAX), DurationNs(u64::MAX));
    assert_eq!(Qty(7).mul_div(u64::MAX, 1), Qty(u64::MAX));
    assert_eq!(Ppm(PPM_ONE).own_of_others(Qty(1)), Qty(u64::MAX));
    assert_eq!(Notional::of(Price(i64::MAX), Qty(u64::MAX), i64::MAX), None);
    let mut qty = Qty(5);
    qty += Qty(2);
    qty -= Qty(1);
    assert_eq!(
        (
            qty + Qty(1) - Qty(2),
            qty.is_zero(),
            qty.to_string().as_str()
        ),
        (Qty(5), false, "6")
    );
}
