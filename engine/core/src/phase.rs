//! A parent order's life: phase x blocked set x pending request. The reported state is derived from the three.

use crate::blocked::Blocked;
use shm_wire::codes::ParentState;

/// Phase of a parent order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Phase {
    /// Received, not accepted.
    #[default]
    Pending,
    /// Accepted, before its start.
    Scheduled,
    /// In its window.
    Active,
    /// Finishing at the end of its window.
    Completing,
    /// Finishing now, as asked; stays so whatever its window says.
    FinishingNow,
    /// Ended: all done.
    Filled,
    /// Ended with leaves.
    DonePartial,
    /// Ended by a cancel.
    Canceled,
    /// Refused.
    Rejected,
    /// Ended by a failure.
    Failed,
}

/// What moves a parent order to another phase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PhaseEvent {
    /// Accepted, start in the future.
    AcceptedLater,
    /// Accepted, start reached.
    AcceptedNow,
    /// Refused.
    Refused,
    /// Start reached.
    Started,
    /// Time to finish.
    Finishing,
    /// Asked to finish now.
    FinishAsked,
    /// End amended to later: back to work.
    Extended,
    /// Filled whole and no child left.
    AllFilled,
    /// Window over and no child left.
    Ended,
    /// Cancel asked for and no child left.
    CancelDone,
    /// Unrecoverable.
    Broken,
}

impl Phase {
    /// Every phase, for the snapshot of the table.
    pub const ALL: [Phase; 10] = [
        Self::Pending,
        Self::Scheduled,
        Self::Active,
        Self::Completing,
        Self::FinishingNow,
        Self::Filled,
        Self::DonePartial,
        Self::Canceled,
        Self::Rejected,
        Self::Failed,
    ];

    /// The phase after `event`, or `None` when the event is no transition of this phase.
    #[must_use]
    pub const fn next(self, event: PhaseEvent) -> Option<Phase> {
        use Phase as P;
        use PhaseEvent as E;
        Some(match (self, event) {
            (P::Pending, E::AcceptedLater) => P::Scheduled,
            (P::Pending, E::AcceptedNow) => P::Active,
            (P::Pending, E::Refused) => P::Rejected,
            (P::Scheduled, E::Started) => P::Active,
            (P::Active, E::Finishing) => P::Completing,
            (P::Completing, E::Extended) => P::Active,
            (P::Active | P::Completing | P::FinishingNow, E::FinishAsked) => P::FinishingNow,
            (P::Active | P::Completing | P::FinishingNow, E::AllFilled) => P::Filled,
            // A late fill may complete an order that never left SCHEDULED only through a cancel race; it ends as canceled.
            (P::Scheduled | P::Active | P::Completing | P::FinishingNow, E::Ended) => {
                P::DonePartial
            }
            (P::Scheduled | P::Active | P::Completing | P::FinishingNow, E::CancelDone) => {
                P::Canceled
            }
            (P::Scheduled | P::Active | P::Completing | P::FinishingNow, E::Broken) => P::Failed,
            _ => return None,
        })
    }

    /// Whether the order has ended.
    #[inline]
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Filled | Self::DonePartial | Self::Canceled | Self::Rejected | Self::Failed
        )
    }
    /// Whether children may be sent in this phase.
    #[inline]
    #[must_use]
    pub const fn works(self) -> bool {
        matches!(self, Self::Active | Self::Completing | Self::FinishingNow)
    }
}

/// A request that is not answered yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Pending {
    /// None.
    #[default]
    None,
    /// Cancel: children are being taken back.
    Cancel,
    /// Amend to a smaller quantity: children are being taken back first.
    Amend,
}

/// The state that reports carry.
#[must_use]
pub const fn reported_state(phase: Phase, blocked: Blocked, pending: Pending) -> ParentState {
    match phase {
        Phase::Pending => ParentState::Pending,
        Phase::Filled => ParentState::Filled,
        Phase::DonePartial => ParentState::DonePartial,
        Phase::Canceled => ParentState::Canceled,
        Phase::Rejected => ParentState::Rejected,
        Phase::Failed => ParentState::Failed,
        Phase::Scheduled | Phase::Active | Phase::Completing | Phase::FinishingNow => match pending
        {
            Pending::Cancel => ParentState::PendingCancel,
            Pending::Amend => ParentState::PendingAmend,
            Pending::None if blocked.has(Blocked::PAUSED) => ParentState::Paused,
            Pending::None if !blocked.is_empty() => ParentState::Suspended,
            Pending::None => match phase {
                Phase::Scheduled => ParentState::Scheduled,
                Phase::Completing | Phase::FinishingNow => ParentState::Completing,
                _ => ParentState::Active,
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;
    use std::string::String;

    const EVENTS: [PhaseEvent; 11] = [
        PhaseEvent::AcceptedLater,
        PhaseEvent::AcceptedNow,
        PhaseEvent::Refused,
        PhaseEvent::Started,
        PhaseEvent::Finishing,
        PhaseEvent::FinishAsked,
        PhaseEvent::Extended,
        PhaseEvent::AllFilled,
        PhaseEvent::Ended,
        PhaseEvent::CancelDone,
        PhaseEvent::Broken,
    ];

    #[test]
    fn the_whole_table_of_parent_phases_and_events_is_as_reviewed() {
        let mut grid = String::new();
        for phase in Phase::ALL {
            for event in EVENTS {
                if let Some(next) = phase.next(event) {
                    writeln!(grid, "{phase:?} + {event:?} = {next:?}").unwrap();
                }
            }
        }
        assert_eq!(grid, include_str!("phase_transitions.txt"));
    }

    #[test]
    fn a_terminal_phase_is_final_and_shows_through_any_block() {
        for phase in Phase::ALL.into_iter().filter(|p| p.is_terminal()) {
            assert!(EVENTS.iter().all(|e| phase.next(*e).is_none()), "{phase:?}");
            let state = reported_state(phase, Blocked::PAUSED, Pending::Cancel);
            assert!(state.is_terminal(), "{phase:?}");
        }
    }
}
