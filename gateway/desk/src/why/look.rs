//! When the engine looks at an order next, as far as its last reason tells.

use gateway_tca::format::short_time;
use gateway_tca::ledger::Parent;
use shm_wire::codes::ParentState;
use shm_wire::reason::Reason;
use shm_wire::units::Nanos;

/// The instant, where the reason names one or the window's end is the next there is, and what else wakes the order.
pub(super) fn next(p: &Parent, now: u64) -> (Option<Nanos>, String) {
    let (operand, words) = wakes(p.why.reason);
    let time = operand
        .and_then(|index: usize| u64::try_from(p.why.operands[index]).ok())
        .map(Nanos);
    let end = (p.end > now && p.end != u64::MAX).then_some(Nanos(p.end));
    let stays = matches!(
        p.state,
        ParentState::PendingCancel | ParentState::PendingAmend
    );
    let words = if stays {
        "when the last child order reports"
    } else {
        words
    };
    match (time.filter(|t| t.0 > now && !stays), end) {
        (Some(time), _) => (Some(time), format!("at {}, {words}", short_time(time))),
        (None, Some(end)) => (
            Some(end),
            format!("{words}; at the latest at its end {}", short_time(end)),
        ),
        (None, None) => (None, words.to_owned()),
    }
}

/// Which operand of a reason holds the instant of the next look, and what else wakes the order.
fn wakes(reason: Reason) -> (Option<usize>, &'static str) {
    match reason {
        Reason::WaitStart | Reason::WaitRamp | Reason::WaitSlice => {
            (Some(0), "or when a child order reports")
        }
        Reason::WaitAuction | Reason::WaitAuctionOrder => {
            (Some(1), "or when a child order reports")
        }
        Reason::WaitAuctionOver => (None, "when the auction is over"),
        Reason::WaitLockout | Reason::WaitCooldown => (Some(0), "or when a child order reports"),
        Reason::WaitVolume | Reason::VolumeDue => (
            None,
            "when the market volume named above is reached, or a child order reports",
        ),
        Reason::WaitCap => (
            None,
            "when market volume makes room under the cap, or a child order reports",
        ),
        Reason::WaitChild | Reason::WaitBand | Reason::WaitCatchUp | Reason::WaitMinimum => (
            None,
            "when the child order reports, the touch moves, or the schedule goes on",
        ),
        Reason::WaitRate
        | Reason::WaitBook
        | Reason::WaitCollar
        | Reason::WaitSelfMatch
        | Reason::WaitShortSale => (None, "again and again, 100 ms apart, while this holds"),
        Reason::WaitDepth | Reason::WaitPrice | Reason::WaitPersist => {
            (None, "when the touch changes")
        }
        Reason::WaitJournal => (None, "when the journal has room again"),
        Reason::SuspendSource => (
            None,
            "when the link is back in service, which needs a restart",
        ),
        Reason::WaitLink => (None, "when the link to the router has room again"),
        Reason::WaitTerminal => (None, "when the last child order reports"),
        Reason::SuspendPaused | Reason::PausedByRequest | Reason::SuspendRisk => {
            (None, "when a resume or a cancel comes")
        }
        Reason::SuspendOverfill => (None, "when a bust or a resume comes"),
        Reason::SuspendHalt | Reason::SuspendAuction => (None, "when the trading status changes"),
        Reason::SuspendStale => (None, "when a fresh quote comes"),
        Reason::SuspendOutOfLimit | Reason::RestAtLimit => {
            (None, "when the near touch comes back to the limit")
        }
        Reason::SuspendRouter | Reason::SuspendUnknownChild => {
            (None, "when the router reports again")
        }
        Reason::SuspendKill => (None, "when a control clears the kill"),
        _ => (
            None,
            "when a child order reports, the touch moves, or the schedule goes on",
        ),
    }
}
