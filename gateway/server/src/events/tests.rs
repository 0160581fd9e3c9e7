//! What a record looks like to programs that do not speak the wire.

use super::*;
use shm_wire::codes::BookSide;
use shm_wire::instrument::text_field;
use shm_wire::market::{Depth, Quote};
use shm_wire::parent::Parameter;
use shm_wire::record::Link;
use shm_wire::report::ExecutionReport;

const NOON: u64 = 1_718_208_000_000_000_000;

fn shown(payload: &[u64]) -> Value {
    let head = RecordHead {
        sequence: 7,
        time: NOON,
        direction: Direction::Output.code(),
        ring: RingKind::Updates.code(),
        source: 2,
        ..RecordHead::new(payload.len())
    };
    let instruments = [Instrument::equity(0, "ACME", 100).unwrap()];
    object(3, &head, payload, &instruments)
}

fn update() -> ParentUpdate {
    ParentUpdate {
        parent_id: u64::MAX,
        event: UpdateKind::Progress.code(),
        state: ParentState::Active.code(),
        reason: Reason::WaitSlice.code(),
        algorithm: AlgorithmCode::Twap.code(),
        ordered: 1_000,
        filled: 400,
        open: 300,
        average_price: 52_405_000_000,
        arrival_price: Price::NONE.0,
        start: NOON,
        client_order_id: text_field("P-1").unwrap(),
        ..ParentUpdate::empty()
    }
}

#[test]
fn an_update_tells_every_quantity_by_its_name_and_nothing_reserved() {
    let event = shown(update().words());
    assert_eq!(event["type"], "ParentUpdate");
    let m = &event["message"];
    let quantities = ["ordered", "filled", "open"].map(|name| m[name].as_u64());
    assert_eq!(quantities, [Some(1_000), Some(400), Some(300)]);
    for layout in MESSAGES {
        let count = layout.size / 8;
        let mut words = vec![0; count];
        words[0] = Header::new(layout.kind, count).word();
        let event = shown(&words);
        let fields = event["message"].as_object().unwrap();
        assert!(!fields.contains_key("reserved") && !fields.contains_key("header"));
        let told = |name: &str| fields.contains_key(name) || matches!(name, "reserved" | "header");
        assert!(layout.fields.iter().all(|f| told(f.name)), "{event}");
    }
}

#[test]
fn codes_prices_times_and_numbers_of_64_bits_are_written_for_people() {
    let event = shown(update().words());
    assert_eq!((&event["run"], &event["sequence"]), (&3.into(), &7.into()));
    assert_eq!(event["direction"], "output");
    assert_eq!(event["ring"], "updates");
    assert_eq!(event["time"], "2024-06-12T16:00:00.000000000Z");
    let m = &event["message"];
    assert_eq!(m["parent_id"], "18446744073709551615");
    assert_eq!(m["client_order_id"], "P-1");
    assert_eq!(
        (&m["event"], &m["state"]),
        (&"progress".into(), &"ACTIVE".into())
    );
    assert_eq!(
        (&m["reason"], &m["algorithm"]),
        (&Reason::WaitSlice.name().into(), &"TWAP".into())
    );
    assert!(m["reason_text"].as_str().is_some_and(|t| !t.is_empty()));
    assert_eq!(m["average_price"].as_str().unwrap().parse(), Ok(52.405));
    assert_eq!(m["arrival_price"], Value::Null, "there is none yet");
    assert_eq!(m["start"], "2024-06-12T16:00:00.000000000Z");
    assert_eq!(m["end"], Value::Null, "not set");
}

#[test]
fn a_side_is_that_of_the_book_in_depth_and_that_of_an_order_elsewhere() {
    let depth = Depth {
        side: BookSide::Bid.code(),
        order_id: 9,
        ..Depth::empty()
    };
    let m = shown(depth.words());
    assert_eq!(m["message"]["side"], "bid");
    assert_eq!(m["message"]["order_id"], "9");
    assert_eq!(m["message"]["instrument"], "ACME");
    let report = ExecutionReport {
        kind: ReportKind::Rejected.code(),
        reason: VenueReason::Throttle.code(),
        ..ExecutionReport::empty()
    };
    let m = shown(report.words());
    assert_eq!(m["message"]["kind"], "rejected");
    assert_eq!(m["message"]["reason"], "throttle");
    let link = Link {
        ring: RingKind::Slices.code(),
        state: LinkState::Blocked.code(),
        ..Link::empty()
    };
    let m = shown(link.words());
    assert_eq!(
        (&m["message"]["ring"], &m["message"]["state"]),
        (&"slices".into(), &"blocked".into())
    );
}

#[test]
fn the_terms_of_an_order_are_written_with_the_parameters_in_use() {
    let mut order = ParentNew::empty();
    order.terms.quantity = 500;
    order.terms.side = Side::SellShort.code();
    order.terms.limit = Price::SCALE;
    order.terms.decision_price = Price::NONE.0;
    order.terms.parameter_count = 1;
    order.terms.parameters[0] = Parameter {
        id: 200,
        value: -1,
        ..Parameter::default()
    };
    let terms = &shown(order.words())["message"]["terms"];
    assert_eq!(terms["side"], "sell_short");
    assert_eq!(terms["limit"].as_str().unwrap().parse(), Ok(1.0));
    assert_eq!(terms["decision_price"], Value::Null);
    assert_eq!(terms["parameters"], json!([{"id": 200, "value": -1}]));
    let mut amend = ParentAmend::empty();
    amend.terms.quantity = 600;
    // More than a message can hold is not read beyond its end.
    amend.terms.parameter_count = u8::MAX;
    let terms = &shown(amend.words())["message"]["terms"];
    assert_eq!(terms["quantity"], 600);
    assert_eq!(terms["parameters"].as_array().unwrap().len(), 16);
}

#[test]
fn what_this_build_does_not_know_stays_as_it_is() {
    let event = shown(&[0x1234, 5]);
    assert_eq!(event["type"], Value::Null);
    assert_eq!(event["words"][1], "0x0000000000000005");
    let mut words = update();
    words.state = 99;
    words.reason = 9_999;
    let m = &shown(words.words())["message"];
    assert_eq!((&m["state"], &m["reason"]), (&99.into(), &9_999.into()));
    let quote = Quote {
        instrument: 5,
        ..Quote::empty()
    };
    assert_eq!(shown(quote.words())["message"]["instrument"], 5);
}
