//! Plain counters of the engine; another thread prints them.

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What the engine has counted since it was made.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct Counters { $($(#[$doc])* pub $name: u64),+ }
        impl Counters {
            /// Names in order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];
            /// Name and value of each.
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name)),+].into_iter()
            }
        }
    };
}

counters! {
    /// Inputs taken.
    inputs,
    /// Market messages among them.
    market_messages,
    /// Decisions: times an order was asked what to do.
    decisions,
    /// Children sent.
    children,
    /// Replaces sent.
    replaces,
    /// Cancels sent.
    cancels,
    /// Fills booked.
    fills,
    /// Parents accepted.
    parents_accepted,
    /// Parents rejected.
    parents_rejected,
    /// Requests rejected.
    requests_rejected,
    /// Parents that ended.
    parents_ended,
    /// Messages with an instrument that is not in the table, or a value that the instrument forbids.
    refused,
    /// Messages that nothing uses yet.
    unsupported,
    /// Messages seen before: market, reports, orders.
    duplicates,
    /// Feed gaps.
    market_gaps,
    /// Report link gaps.
    report_gaps,
    /// Reports for children that are not known.
    orphan_reports,
    /// Reports that are no transition of the child's state.
    unexpected_reports,
    /// Answers that lost a race with the child's end: no transition, no harm.
    late_answers,
    /// Fills after a child's terminal report.
    late_fills,
    /// Fills beyond a child's quantity.
    child_overfills,
    /// Fills beyond a parent's quantity.
    parent_overfills,
    /// Executions that the full table could not remember.
    executions_forgotten,
    /// Rejects by router or venue.
    venue_rejects,
    /// Intents held back by the gate.
    intents_held,
    /// Intents that did not fit the buffer.
    intents_overflowed,
    /// Children moved aside or canceled so that another own order could trade.
    self_match_moves,
    /// Updates conflated because the link had no room.
    updates_conflated,
}
