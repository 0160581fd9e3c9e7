//! What the venue counted: every refusal, every drop, every liberty it took with history.

macro_rules! stats {
    ($($(#[$doc:meta])* $field:ident),+ $(,)?) => {
        /// Counters of a [`super::Venue`], from zero.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct VenueStats { $($(#[$doc])* pub $field: u64),+ }
        impl VenueStats {
            /// Every counter with its name.
            pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($field), self.$field)),+].into_iter()
            }
        }
    };
}

stats! {
    /// History messages taken.
    history_messages,
    /// History messages that are no message, or whose fields break a rule.
    history_refused,
    /// History messages of an instrument the venue does not know.
    history_unknown_instrument,
    /// History messages older than one before them; taken at the later time.
    history_late,
    /// Quotes of an instrument whose book comes from depth messages; its touch is computed.
    quotes_ignored,
    /// Orders of history whose number rests already.
    duplicate_adds,
    /// Slice messages that reached the venue.
    slice_messages,
    /// Slice messages that are no message, or name no known instrument.
    slice_refused,
    /// Slice messages already seen on their link, or new slices whose child is known.
    slice_duplicates,
    /// Slices rejected at random.
    random_rejects,
    /// Historical executions (or prints) dropped in whole or part: we had taken that quantity, or it is unknown.
    dropped_executions,
    /// Their quantity.
    dropped_qty,
    /// Historical cancels and reduces dropped in whole or part: we had taken that quantity, or it is unknown.
    dropped_reduces,
    /// Their quantity.
    dropped_reduce_qty,
    /// Historical executions of which our resting orders took a part: the order meant keeps that quantity.
    displaced_executions,
    /// That quantity.
    displaced_qty,
    /// Orders (or anonymous quantities) left over from such executions and removed when the other side moved through them.
    overtaken_orders,
    /// Their quantity.
    overtaken_qty,
    /// Levels assumed behind a touch that we took whole.
    assumed_levels,
    /// Their quantity.
    assumed_qty,
    /// Trades of ours that took liquidity.
    own_taker_fills,
    /// Trades of ours that rested.
    own_maker_fills,
    /// Quantity of both.
    own_filled_qty,
    /// Orders of ours that were taken for an auction.
    auction_orders,
    /// Crosses of the calendar's auctions that printed.
    auctions_crossed,
    /// What our orders filled in them.
    auction_filled_qty,
    /// Auction orders of ours that expired with a rest.
    auction_expired,
    /// Reports made.
    reports,
    /// Public messages made.
    public_messages,
}
