//! A child order and its state machine: one table, no flags.

use shm_wire::units::{Nanos, Price, Qty};

/// State of a child order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ChildState {
    /// Slot unused; only in tables.
    #[default]
    Empty,
    /// Sent, not acknowledged.
    PendingNew,
    /// At the venue.
    Live,
    /// At the venue, a replace is on its way.
    PendingReplace,
    /// At the venue, a cancel is on its way.
    PendingCancel,
    /// The router was lost or gave no answer: counts as open until there is evidence.
    Unknown,
    /// All filled.
    Filled,
    /// Canceled.
    Canceled,
    /// Refused by router or venue.
    Rejected,
    /// Its time in force ended.
    Expired,
    /// The router never saw it.
    Unsent,
}

/// What can happen to a child order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChildEvent {
    /// The engine sent it.
    Sent,
    /// Venue: acknowledged.
    Ack,
    /// Venue: part traded.
    PartialFill,
    /// Venue: the rest traded.
    Fill,
    /// Engine: cancel sent.
    CancelSent,
    /// Engine: replace sent.
    ReplaceSent,
    /// Venue: canceled.
    Canceled,
    /// Venue: refused.
    Rejected,
    /// Venue: cancel refused.
    CancelRejected,
    /// Venue: replace in force.
    Replaced,
    /// Venue: replace refused.
    ReplaceRejected,
    /// Venue: expired.
    Expired,
    /// Router lost.
    Lost,
    /// Router: it never saw the child.
    NeverSeen,
}

impl ChildState {
    /// Every state, for the snapshot of the table.
    pub const ALL: [ChildState; 11] = [
        Self::Empty,
        Self::PendingNew,
        Self::Live,
        Self::PendingReplace,
        Self::PendingCancel,
        Self::Unknown,
        Self::Filled,
        Self::Canceled,
        Self::Rejected,
        Self::Expired,
        Self::Unsent,
    ];

    /// The state after `event`, or `None` when the event is no transition of this state.
    ///
    /// Reports may arrive in any order: fills come before acknowledgements and race cancels. A fill after a terminal state
    /// changes no state here; the ledger books it all the same.
    #[must_use]
    pub const fn next(self, event: ChildEvent) -> Option<ChildState> {
        use ChildEvent as E;
        use ChildState as S;
        Some(match (self, event) {
            (S::Empty, E::Sent) => S::PendingNew,

            (S::PendingNew, E::Ack | E::PartialFill) => S::Live,
            (S::Live, E::Ack | E::PartialFill) => S::Live,
            (S::PendingReplace, E::Ack | E::PartialFill) => S::PendingReplace,
            (S::PendingCancel, E::Ack | E::PartialFill) => S::PendingCancel,
            // Evidence that the venue has it, but not what became of our last request.
            (S::Unknown, E::PartialFill) => S::Unknown,
            (S::Unknown, E::Ack | E::Replaced | E::ReplaceRejected | E::CancelRejected) => S::Live,

            (S::PendingNew | S::Live, E::CancelSent) => S::PendingCancel,
            (S::PendingReplace | S::Unknown, E::CancelSent) => S::PendingCancel,
            (S::Live, E::ReplaceSent) => S::PendingReplace,

            (S::PendingCancel, E::CancelRejected) => S::Live,
            (S::PendingReplace, E::Replaced | E::ReplaceRejected) => S::Live,
            // A replace answered while a cancel is on its way.
            (S::PendingCancel, E::Replaced | E::ReplaceRejected) => S::PendingCancel,

            (
                S::PendingNew | S::Live | S::PendingReplace | S::PendingCancel | S::Unknown,
                E::Fill,
            ) => S::Filled,
            (
                S::PendingNew | S::Live | S::PendingReplace | S::PendingCancel | S::Unknown,
                E::Canceled,
            ) => S::Canceled,
            (S::PendingNew | S::PendingCancel | S::Unknown, E::Rejected) => S::Rejected,
            (
                S::PendingNew | S::Live | S::PendingReplace | S::PendingCancel | S::Unknown,
                E::Expired,
            ) => S::Expired,

            (S::PendingNew | S::Live | S::PendingReplace | S::PendingCancel, E::Lost) => S::Unknown,
            (S::PendingNew | S::Unknown, E::NeverSeen) => S::Unsent,
            _ => return None,
        })
    }

    /// Whether nothing more is expected: slot free or terminal.
    #[inline]
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            Self::Empty
                | Self::Filled
                | Self::Canceled
                | Self::Rejected
                | Self::Expired
                | Self::Unsent
        )
    }
    /// Whether a replace or cancel may be sent now.
    #[inline]
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Live)
    }
}

/// One child order of a parent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Child {
    /// State.
    pub state: ChildState,
    /// Time in force ends at once (IOC, FOK): it never rests.
    pub immediate: bool,
    /// Waits for an auction: its place in the calendar plus one; 0 = works in the book.
    pub auction: u8,
    /// Version of the last terms sent.
    pub version: u16,
    /// Ordinal within the parent.
    pub ordinal: u32,
    /// Quantity in force, steps, fills included.
    pub qty: Qty,
    /// Quantity asked for by a pending replace, else equal to `qty`.
    pub requested_qty: Qty,
    /// Filled.
    pub filled: Qty,
    /// Fills that a terminal report announced and that have not arrived yet.
    pub owed: Qty,
    /// Limit in force, [`Price::NONE`] for a market order.
    pub price: Price,
    /// Limit asked for by a pending replace, else equal to `price`.
    pub requested_price: Price,
    /// When it was sent or last replaced.
    pub sent: Nanos,
}

impl Child {
    /// What the ledger holds reserved for this child.
    #[inline]
    #[must_use]
    pub const fn reserved(&self) -> Qty {
        if self.state.is_over() {
            return self.owed;
        }
        let most = if self.requested_qty.0 > self.qty.0 {
            self.requested_qty
        } else {
            self.qty
        };
        most.saturating_sub(self.filled)
    }
    /// Open quantity: zero when over.
    #[inline]
    #[must_use]
    pub const fn open(&self) -> Qty {
        if self.state.is_over() {
            Qty::ZERO
        } else {
            self.qty.saturating_sub(self.filled)
        }
    }
    /// Whether it rests or may come to rest in the book.
    #[inline]
    #[must_use]
    pub const fn may_rest(&self) -> bool {
        !self.state.is_over() && !self.immediate && self.auction == 0
    }
}

#[cfg(test)]
mod tests;
