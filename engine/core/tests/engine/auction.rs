//! Orders for the auctions of the calendar: sent in time, taken back in time, ended by the venue alone.

use crate::rig::{
    AT_CLOSE, AUCTION_QTY, CLOSE, OPEN, Rig, SLEEP_UNTIL, UNIT, children, instrument, order, sale,
    with,
};
use engine_core::engine::EngineConfig;
use engine_core::input::Inbound;
use engine_core::outbox::Output;
use engine_core::risk::RiskLimits;
use proptest::prelude::*;
use shm_wire::auction::Auction;
use shm_wire::codes::{
    AuctionKind, AuctionPolicy, OrderType, ParentState, ReportKind, TimeInForce, TradingStatus,
    VenueReason,
};
use shm_wire::market::{AuctionIndicative, Status, Trade, condition};
use shm_wire::parent::ParentNew;
use shm_wire::reason::Reason;
use shm_wire::slice::{SLICE_AUCTION, SLICE_IMBALANCE_ONLY, SliceNew};
use shm_wire::units::{Nanos, Price, Qty};

const SECOND: u64 = 1_000_000_000;
/// The order cut-off and the cancel cut-off.
const CUTOFF: u64 = CLOSE - 600 * SECOND;
/// When orders go out.
const SEND: u64 = CUTOFF - 5 * SECOND;
/// No cross after this.
const UNTIL: u64 = CLOSE + 600 * SECOND;

fn rig() -> Rig {
    let mut table = [instrument(0)];
    assert!(table[0].add_auction(Auction::us_close(Nanos(CLOSE), Qty(20_000))));
    let config = EngineConfig {
        shard: 3,
        seed: 7,
        parents_max: 16,
        executions_max: 4_096,
        limits: RiskLimits::demo(),
    };
    Rig::of(&table, config)
}

/// An order that sleeps but for the closing auction.
fn at_close(parent_id: u64, quantity: u64, policy: AuctionPolicy) -> ParentNew {
    let sleeping = with(order(parent_id, quantity), SLEEP_UNTIL, i64::MAX);
    with(sleeping, AT_CLOSE, policy as i64)
}

/// Lets time pass to an instant.
fn until(rig: &mut Rig, instant: u64) -> Vec<Output> {
    assert!(instant >= rig.now);
    rig.pass((instant - rig.now) / 1_000_000)
}

fn cancels(outputs: &[Output]) -> usize {
    outputs
        .iter()
        .filter(|o| matches!(o, Output::Cancel(_)))
        .count()
}

fn status(rig: &mut Rig, status: TradingStatus, kind: AuctionKind) {
    let sequence = rig.next_sequence(0);
    rig.send(Inbound::Status(Status {
        sequence,
        status: status.code(),
        auction: kind.code(),
        ..Status::empty()
    }));
}

fn indicative(rig: &mut Rig, paired: u64, price: i64) {
    let sequence = rig.next_sequence(0);
    rig.send(Inbound::AuctionIndicative(AuctionIndicative {
        sequence,
        price: price * UNIT,
        paired_qty: paired,
        auction: AuctionKind::Close.code(),
        ..AuctionIndicative::empty()
    }));
}

fn cross(rig: &mut Rig, qty: u64) {
    let sequence = rig.next_sequence(0);
    rig.send(Inbound::Trade(Trade {
        sequence,
        price: 100 * UNIT,
        qty,
        conditions: condition::AUCTION,
        ..Trade::empty()
    }));
}

/// The one auction child of an order that waits for it.
fn sent(rig: &mut Rig, parent: ParentNew) -> SliceNew {
    rig.submit(parent);
    let said = until(rig, SEND);
    let all = children(&said);
    assert_eq!(all.len(), 1);
    all[0]
}

#[test]
fn an_order_goes_out_before_the_cutoff_and_ends_with_the_cross() {
    let mut rig = rig();
    rig.submit(at_close(1, 1_000, AuctionPolicy::Include));
    assert!(children(&until(&mut rig, SEND - 1_000_000)).is_empty());
    let said = until(&mut rig, SEND);
    let child = children(&said)[0];
    assert_eq!(children(&said).len(), 1);
    assert_eq!(
        (
            child.qty,
            child.time_in_force,
            child.flags,
            child.order_type
        ),
        (
            1_000,
            TimeInForce::Close.code(),
            SLICE_AUCTION,
            OrderType::Limit.code()
        )
    );
    // No worse than the collar: five percent above the mid of 100.50, on a tick.
    assert_eq!(child.price, 105_520_000_000);
    assert_eq!(rig.state(1).open, 1_000);
    rig.report(&child, ReportKind::Ack, 0, 0);
    // The window ends, the order waits for the cross and says so.
    assert!(children(&until(&mut rig, CLOSE + SECOND)).is_empty());
    assert_eq!(rig.reason(1), Reason::WaitAuction);
    assert_eq!(cancels(&rig.all), 0);
    cross(&mut rig, 50_000);
    rig.report(&child, ReportKind::Fill, 1_000, 1_000);
    assert_eq!(
        (rig.state_code(1), rig.done_count(1)),
        (ParentState::Filled, 1)
    );
    assert_eq!(rig.state(1).market_volume, 50_000, "the auction counts");
}

#[test]
fn the_share_is_of_what_is_published_and_of_the_forecast_before() {
    for (published, planned, qty) in [
        (None, None, 2_000),
        (Some(9_990), None, 900),
        (Some(90_000), Some(700), 700),
    ] {
        let mut rig = rig();
        let mut m = at_close(1, 50_000, AuctionPolicy::Include);
        if let Some(planned) = planned {
            m = with(m, AUCTION_QTY, planned);
        }
        rig.submit(m);
        if let Some(paired) = published {
            indicative(&mut rig, paired, 100);
        }
        let said = until(&mut rig, SEND);
        assert_eq!(children(&said)[0].qty, qty);
    }
    // Nothing is paired: nothing is sent, and the order ends with a reason.
    let mut rig = rig();
    rig.submit(at_close(1, 1_000, AuctionPolicy::Only));
    indicative(&mut rig, 0, 100);
    assert!(children(&until(&mut rig, CLOSE + SECOND)).is_empty());
    assert_eq!(
        (rig.state_code(1), rig.reason(1)),
        (ParentState::DonePartial, Reason::TerminalAuction)
    );
}

#[test]
fn nothing_is_sent_from_the_cutoff_on() {
    let mut rig = rig();
    until(&mut rig, CUTOFF);
    rig.submit(at_close(1, 1_000, AuctionPolicy::Only));
    assert!(children(&until(&mut rig, UNTIL + 2 * SECOND)).is_empty());
    assert_eq!(rig.reason(1), Reason::TerminalAuction);
    // In time, but halted until it is too late.
    let mut rig = rig_halted();
    assert!(children(&until(&mut rig, CUTOFF)).is_empty());
    rig.status(0, TradingStatus::Continuous);
    assert!(children(&until(&mut rig, CLOSE)).is_empty());
}

fn rig_halted() -> Rig {
    let mut rig = rig();
    rig.submit(at_close(1, 1_000, AuctionPolicy::Include));
    until(&mut rig, SEND - SECOND);
    rig.status(0, TradingStatus::Halt);
    rig
}

#[test]
fn a_cancel_is_sent_before_the_cancel_cutoff_and_not_after_it() {
    let mut early = rig();
    let child = sent(&mut early, at_close(1, 1_000, AuctionPolicy::Include));
    early.report(&child, ReportKind::Ack, 0, 0);
    early.cancel(1);
    assert_eq!(early.cancels(), 1);
    early.report(&child, ReportKind::Canceled, 0, 0);
    assert_eq!(
        (early.state_code(1), early.done_count(1)),
        (ParentState::Canceled, 1)
    );

    let mut late = rig();
    let child = sent(&mut late, at_close(1, 1_000, AuctionPolicy::Include));
    late.report(&child, ReportKind::Ack, 0, 0);
    until(&mut late, CUTOFF);
    late.cancel(1);
    until(&mut late, CLOSE + SECOND);
    assert_eq!((cancels(&late.all), late.done_count(1)), (0, 0));
    assert_eq!(late.reason(1), Reason::WaitAuction);
    late.report(&child, ReportKind::PartialFill, 300, 300);
    late.report(&child, ReportKind::Expired, 0, 300);
    assert_eq!(
        (late.state_code(1), late.state(1).filled),
        (ParentState::Canceled, 300)
    );
}

#[test]
fn a_halt_stale_data_and_a_call_leave_the_order_where_it_is() {
    let mut rig = rig();
    let child = sent(&mut rig, at_close(1, 1_000, AuctionPolicy::Include));
    rig.report(&child, ReportKind::Ack, 0, 0);
    rig.status(0, TradingStatus::Halt);
    assert_eq!(rig.reason(1), Reason::SuspendHalt);
    until(&mut rig, CLOSE - 60 * SECOND);
    status(&mut rig, TradingStatus::Auction, AuctionKind::Close);
    // The call is not a suspension for who takes part.
    assert_eq!(
        (rig.state_code(1), rig.reason(1)),
        (ParentState::Active, Reason::WaitAuction)
    );
    rig.next_sequence(0);
    cross(&mut rig, 100);
    until(&mut rig, UNTIL - SECOND);
    assert_eq!(cancels(&rig.all), 0);
    rig.report(&child, ReportKind::Expired, 0, 0);
    assert_eq!(
        (rig.reason(1), rig.done_count(1)),
        (Reason::TerminalAuction, 1)
    );
}

#[test]
fn a_call_suspends_who_takes_no_part_and_takes_children_out_of_the_book_of_who_does() {
    let mut rig = rig();
    rig.submit(order(1, 300));
    rig.submit(with(with(order(2, 300), AT_CLOSE, 1), AUCTION_QTY, 100));
    let said = until(&mut rig, SEND);
    assert_eq!(
        children(&said)
            .iter()
            .filter(|c| c.flags == SLICE_AUCTION)
            .count(),
        1
    );
    until(&mut rig, CLOSE - SECOND);
    status(&mut rig, TradingStatus::Auction, AuctionKind::Close);
    assert_eq!(rig.cancels(), 2, "the children in the book");
    assert_eq!(rig.reason(1), Reason::SuspendAuction);
    assert_eq!(
        (rig.state_code(2), rig.reason(2)),
        (ParentState::Active, Reason::WaitAuction)
    );
}

#[test]
fn an_end_that_the_venue_never_tells_is_unknown_and_not_terminal() {
    let mut rig = rig();
    let child = sent(&mut rig, at_close(1, 1_000, AuctionPolicy::Include));
    rig.report(&child, ReportKind::Ack, 0, 0);
    until(&mut rig, UNTIL + SECOND / 2);
    assert_eq!(rig.reason(1), Reason::WaitAuction);
    until(&mut rig, UNTIL + 5 * SECOND);
    assert_eq!(
        (rig.state_code(1), rig.reason(1)),
        (ParentState::Suspended, Reason::SuspendUnknownChild)
    );
    assert_eq!(cancels(&rig.all), 0);
    // The late truth ends it.
    rig.report(&child, ReportKind::Fill, 1_000, 1_000);
    assert_eq!(
        (rig.state_code(1), rig.done_count(1)),
        (ParentState::Filled, 1)
    );
}

#[test]
fn a_refused_order_is_sent_again_in_time_unless_it_was_too_late() {
    let mut rig = rig();
    let child = sent(&mut rig, at_close(1, 1_000, AuctionPolicy::Include));
    rig.report(&child, ReportKind::Rejected, 0, 0);
    let again = children(&until(&mut rig, SEND + SECOND));
    assert_eq!(again.len(), 1);
    let mut late = rig.report_message(&again[0], ReportKind::Rejected, 0, 0);
    late.reason = VenueReason::TooLate.code();
    rig.send(Inbound::ExecutionReport(late));
    assert!(children(&until(&mut rig, CLOSE)).is_empty());
    assert_eq!(rig.reason(1), Reason::TerminalAuction);
}

#[test]
fn own_orders_do_not_meet_in_an_auction() {
    let mut rig = rig();
    rig.submit(at_close(1, 1_000, AuctionPolicy::Include));
    rig.submit(sale(at_close(2, 1_000, AuctionPolicy::Include)));
    let said = children(&until(&mut rig, CUTOFF));
    assert_eq!(said.len(), 1);
    // What goes on in the book is none of the auction's business.
    rig.submit(sale(order(3, 100)));
    assert_eq!(rig.children().len(), 1);
}

#[test]
fn an_imbalance_only_order_says_so_and_may_be_late() {
    let mut rig = rig();
    rig.submit(at_close(1, 1_000, AuctionPolicy::ImbalanceOnly));
    assert!(children(&until(&mut rig, CUTOFF + SECOND)).is_empty());
    let said = children(&until(&mut rig, CLOSE - 14 * SECOND));
    assert_eq!(
        said.iter().map(|c| c.flags).collect::<Vec<_>>(),
        [SLICE_AUCTION | SLICE_IMBALANCE_ONLY]
    );
}

#[test]
fn a_limit_holds_in_the_auction_and_a_pause_takes_the_order_back_while_it_may() {
    let mut rig = rig();
    let mut m = at_close(1, 1_000, AuctionPolicy::Include);
    m.terms.limit = 99 * UNIT;
    let child = sent(&mut rig, m);
    assert_eq!(Price(child.price), Price(99 * UNIT));
    rig.report(&child, ReportKind::Ack, 0, 0);
    rig.send(Inbound::ParentPause(shm_wire::parent::ParentPause {
        parent_id: 1,
        ..shm_wire::parent::ParentPause::empty()
    }));
    assert_eq!(rig.cancels(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// Whatever happens: never more than ordered, nothing sent from the cut-off on, nothing taken back from the cancel cut-off on,
    /// and an order whose venue answers ends and says why.
    #[test]
    fn auction_orders_keep_their_times_and_quantities(
        events in proptest::collection::vec((0_u64..4_290, 0_u8..12, 0_u64..2_000), 1..60),
        policy in 1_u8..4, asleep in any::<bool>(), quantity in 1_u64..40,
    ) {
        let mut rig = rig();
        let quantity = quantity * 100;
        let mut m = with(order(1, quantity), AT_CLOSE, policy.into());
        if asleep {
            m = with(m, SLEEP_UNTIL, i64::MAX);
        }
        rig.submit(m);
        let mut events = events;
        events.sort_unstable();
        let mut open: Vec<(SliceNew, u64, bool)> = Vec::new();
        let mut filled = 0;
        let mut seen = 0;
        // The last events answer everything.
        for (at, event, size) in events.into_iter().chain([(4_300, 9, 0), (4_301, 10, 0)]) {
            let instant = (OPEN + at * SECOND).max(rig.now);
            until(&mut rig, instant);
            match event {
                0 => { rig.cancel(1); }
                1 => { rig.quote(0, 100 - (size % 3) as i64, 101); }
                2 => { rig.trade(0, size); }
                3 => { rig.status(0, TradingStatus::Halt); }
                4 => { rig.status(0, TradingStatus::Continuous); }
                5 => status(&mut rig, TradingStatus::Auction, AuctionKind::Close),
                6 => indicative(&mut rig, size * 20, 100),
                7 => cross(&mut rig, size),
                8 => {
                    let fill = open.iter_mut().find(|(c, done, over)| !over && c.qty - *done >= 100 && rig.now < UNTIL);
                    if let Some((child, done, over)) = fill {
                        *done += 100;
                        filled += 100;
                        *over = *done == child.qty;
                        let kind = if *over { ReportKind::Fill } else { ReportKind::PartialFill };
                        let (child, done) = (*child, *done);
                        rig.report(&child, kind, 100, done);
                    }
                }
                9 | 10 => {
                    // What is over, and what was asked back, ends.
                    for (child, done, over) in open.iter_mut().filter(|o| !o.2) {
                        let auction = child.flags & SLICE_AUCTION != 0;
                        if event == 10 || !auction {
                            *over = true;
                            let kind = if auction { ReportKind::Expired } else { ReportKind::Canceled };
                            let (child, done) = (*child, *done);
                            rig.report(&child, kind, 0, done);
                        }
                    }
                }
                _ => { rig.send(Inbound::Status(Status { sequence: 0, status: TradingStatus::Continuous.code(), ..Status::empty() })); }
            }
            for at in seen..rig.all.len() {
                let now = rig.times[at];
                match rig.all[at] {
                    Output::New(child) => {
                        let auction = child.flags & SLICE_AUCTION != 0;
                        let cutoff = if policy == 3 { CLOSE - 10 * SECOND } else { CUTOFF };
                        prop_assert!(!auction || now < cutoff);
                        open.push((child, 0, false));
                        let out: u64 = open.iter().filter(|o| !o.2).map(|o| o.0.qty - o.1).sum();
                        prop_assert!(filled + out <= quantity);
                    }
                    Output::Cancel(cancel) => {
                        let child = open.iter().find(|o| o.0.child_id == cancel.child_id).unwrap();
                        let auction = child.0.flags & SLICE_AUCTION != 0;
                        prop_assert!(!auction || now < CUTOFF);
                    }
                    _ => {}
                }
            }
            seen = rig.all.len();
        }
        until(&mut rig, OPEN + 4_400 * SECOND);
        // Children of the last instants are still to be answered.
        prop_assert!(open.iter().all(|o| o.2));
        prop_assert_eq!((rig.done_count(1), rig.state(1).filled), (1, filled));
        prop_assert_ne!(rig.state(1).reason, 0);
    }
}
