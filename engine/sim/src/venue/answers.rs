//! How a slice becomes a child, and answers to slices that no market can take.

use shm_wire::codes::{ReportKind, Side, TimeInForce, VenueReason};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SLICE_POST_ONLY, SliceNew};
use shm_wire::units::Qty;

use super::children::{Child, Shared};

/// Answer to a new slice for an instrument the venue does not know. The child is remembered, so that it is rejected once.
pub(super) fn reject_unknown_instrument(shared: &mut Shared, slice: &SliceNew) {
    let at = shared.enter(Child::of(slice, usize::MAX));
    shared.tell(at, ReportKind::Rejected, VenueReason::Other, slice.sequence);
}

impl Child {
    /// A child as it arrives, not live yet.
    pub(super) fn of(slice: &SliceNew, market: usize) -> Child {
        let side = Side::try_from(slice.side).unwrap_or(Side::Buy);
        let in_force = TimeInForce::try_from(slice.time_in_force);
        Child {
            id: slice.child_id,
            market,
            side: side.rests_on(),
            qty: Qty(slice.qty),
            cumulative: Qty(0),
            version: slice.version,
            time_in_force: in_force.unwrap_or(TimeInForce::Day),
            post_only: slice.flags & SLICE_POST_ONLY != 0,
            live: false,
            in_view: true,
            sweeping: false,
        }
    }
}

/// Answer to a cancel or replace of a child the venue never saw.
pub(super) fn unknown_child(
    shared: &mut Shared,
    kind: ReportKind,
    child_id: u64,
    version: u16,
    answers: u64,
) {
    let mut report = ExecutionReport::empty();
    report.child_id = child_id;
    report.version = version;
    report.venue = shared.config.venue;
    report.kind = kind.code();
    report.reason = VenueReason::TooLate.code();
    report.time = shared.now.0;
    report.answers = answers;
    shared.send(report);
}
