use crate::rig::{CLOSE, OPEN, Rig, UNIT, order, updates};
use shm_wire::codes::ParentState;
use shm_wire::parent::{ParentNew, UpdateKind};
use shm_wire::reason::{FieldCode, Reason};

/// Sends an order whose terms are changed, and says field and reason of the answer.
fn check(change: impl Fn(&mut ParentNew)) -> (FieldCode, Reason) {
    let mut rig = Rig::new();
    let mut m = order(1, 1_000);
    change(&mut m);
    rig.submit(m);
    let u = updates(&rig.said)[0];
    if u.event == UpdateKind::Accepted.code() {
        return (FieldCode::None, Reason::Accepted);
    }
    assert_eq!(u.event, UpdateKind::Rejected.code());
    assert_eq!(u.state, ParentState::Rejected.code());
    assert_eq!(
        rig.engine.live_parents(),
        0,
        "a rejected order leaves nothing behind"
    );
    (
        FieldCode::try_from(u.field).unwrap(),
        Reason::try_from(u.reason).unwrap(),
    )
}

use FieldCode as F;
use Reason as R;

#[test]
fn every_bad_identity_or_quantity_is_rejected_with_its_field_and_rule() {
    assert_eq!(check(|_| ()), (F::None, R::Accepted));
    assert_eq!(check(|m| m.parent_id = 0), (F::ParentId, R::Identifier));
    assert_eq!(check(|m| m.source = 1), (F::Source, R::Identifier));
    assert_eq!(check(|m| m.version = 2), (F::Version, R::StaleVersion));
    assert_eq!(
        check(|m| m.terms.client_order_id = [0; 32]),
        (F::ClientOrderId, R::Identifier)
    );
    assert_eq!(
        check(|m| m.terms.client_order_id = [7; 32]),
        (F::ClientOrderId, R::Identifier)
    );
    assert_eq!(
        check(|m| m.terms.instrument = 9),
        (F::Instrument, R::UnknownInstrument)
    );
    assert_eq!(check(|m| m.terms.side = 0), (F::Side, R::InvalidEnum));
    assert_eq!(
        check(|m| m.terms.algorithm = 77),
        (F::Algorithm, R::UnknownAlgorithm)
    );
    assert_eq!(
        check(|m| m.terms.quantity = 0),
        (F::Quantity, R::QuantityRange)
    );
    assert_eq!(
        check(|m| m.terms.quantity = u64::MAX),
        (F::Quantity, R::QuantityRange)
    );
    assert_eq!(
        check(|m| m.terms.quantity = 150),
        (F::Quantity, R::QuantityLot)
    );
    assert_eq!(
        check(|m| m.terms.quantity = 2_000_000_000),
        (F::Quantity, R::QuantityLimit)
    );
}

#[test]
fn every_bad_price_or_time_is_rejected_with_its_field_and_rule() {
    assert_eq!(check(|m| m.terms.limit = -UNIT), (F::Limit, R::PriceRange));
    assert_eq!(
        check(|m| m.terms.limit = i64::MAX),
        (F::Limit, R::PriceRange)
    );
    assert_eq!(
        check(|m| m.terms.limit = UNIT + 1),
        (F::Limit, R::PriceTick)
    );
    assert_eq!(
        check(|m| m.terms.decision_price = 0),
        (F::DecisionPrice, R::PriceRange)
    );
    assert_eq!(
        check(|m| m.terms.limit = 900_000_000 * UNIT),
        (F::Quantity, R::NotionalLimit)
    );
    assert_eq!(check(|m| m.terms.end = OPEN), (F::End, R::EndInPast));
    assert_eq!(
        check(|m| m.terms.end = CLOSE + 1),
        (F::End, R::OutsideSession)
    );
    let (start, end) = (OPEN + 2_000_000_000, OPEN + 1_000_000_000);
    assert_eq!(
        check(|m| (m.terms.start, m.terms.end) = (start, end)),
        (F::Start, R::TimeOrder)
    );
    assert_eq!(
        check(|m| m.terms.start = CLOSE),
        (F::Start, R::OutsideSession)
    );
    assert_eq!(
        check(|m| m.terms.parameter_count = 17),
        (F::ParameterCount, R::ParameterRange)
    );
}

#[test]
fn the_same_order_again_is_answered_again_and_other_terms_are_a_conflict() {
    let mut rig = Rig::new();
    rig.submit(order(1, 1_000));
    rig.submit(order(1, 1_000));
    let again = updates(&rig.said)[0];
    assert_eq!(again.event, UpdateKind::Accepted.code());
    assert_eq!((rig.engine.live_parents(), again.ordered), (1, 1_000));
    rig.submit(order(1, 2_000));
    let conflict = updates(&rig.said)[0];
    assert_eq!(conflict.event, UpdateKind::RequestRejected.code());
    assert_eq!(conflict.reason, Reason::DuplicateConflict.code());
    assert_eq!(rig.state(1).ordered, 1_000);
}

#[test]
fn a_full_table_rejects_and_takes_orders_again_when_some_have_ended() {
    let mut rig = Rig::with(1, 2, engine_core::risk::RiskLimits::demo());
    for id in 1..=3 {
        let mut m = order(id, 100);
        m.terms.start = OPEN + 60_000_000_000;
        rig.submit(m);
    }
    assert_eq!(rig.reason(3), Reason::CapacityParents);
    rig.cancel(1);
    assert_eq!(rig.state_code(1), ParentState::Canceled);
    rig.submit(order(4, 100));
    assert_ne!(rig.state_code(4), ParentState::Rejected);
    assert_eq!(rig.engine.live_parents(), 2);
}

#[test]
fn an_order_before_its_start_is_scheduled_and_sends_nothing() {
    let mut rig = Rig::new();
    let mut m = order(1, 1_000);
    m.terms.start = OPEN + 10_000_000_000;
    rig.submit(m);
    assert_eq!(rig.state_code(1), ParentState::Scheduled);
    assert!(rig.children().is_empty());
    assert!(crate::rig::children(&rig.pass(9_999)).is_empty());
    assert_eq!(crate::rig::children(&rig.pass(1)).len(), 1);
    assert_eq!(rig.state_code(1), ParentState::Active);
}
