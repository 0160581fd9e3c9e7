//! Slices: engine to router.

/// Flag of a slice: must rest, never trade on arrival.
pub const SLICE_POST_ONLY: u16 = 1;
/// Flag of a slice: takes part in an auction.
pub const SLICE_AUCTION: u16 = 1 << 1;
/// Flag of a slice: at the auction only against an imbalance.
pub const SLICE_IMBALANCE_ONLY: u16 = 1 << 2;

message! {
    /// A new child order.
    SliceNew = 0x0401 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// Child.
        child_id: u64,
        /// The sender's number of the parent order.
        parent_id: u64,
        /// Order source of the parent.
        source: u16,
        /// Version of the child: 1.
        version: u16,
        /// Instrument.
        instrument: u32,
        /// Quantity, steps.
        qty: u64,
        /// Limit, 1e-9; `i64::MIN` for a market order.
        price: i64,
        /// Minimum quantity, steps; 0 for none.
        min_qty: u64,
        /// Displayed quantity, steps; 0 for all.
        display_qty: u64,
        /// `Side` code.
        side: u8,
        /// `OrderType` code.
        order_type: u8,
        /// `TimeInForce` code.
        time_in_force: u8,
        /// `PegType` code.
        peg: u8,
        /// Bits SLICE_*.
        flags: u16,
        /// `Reason` code of the emission.
        reason: u16,
        /// Signed peg offset in 1e-9.
        peg_offset: i64,
        /// Client.
        client: u32,
        /// Account.
        account: u32,
        /// Trader.
        trader: u32,
        /// Desk.
        desk: u32,
        /// Venue wanted; 0 = the router's choice.
        venue: u16,
        /// `AlgorithmCode`.
        algorithm: u16,
        /// Zero.
        reserved: u32,
    }
}
message! {
    /// New quantity and price for a live child.
    SliceReplace = 0x0402 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// Child.
        child_id: u64,
        /// Total quantity wanted, fills included, steps.
        qty: u64,
        /// Limit wanted, 1e-9.
        price: i64,
        /// Instrument.
        instrument: u32,
        /// Version of the child after this replace.
        version: u16,
        /// `Reason` code.
        reason: u16,
        /// Displayed quantity, steps; 0 for all.
        display_qty: u64,
    }
}
message! {
    /// Cancel a child.
    SliceCancel = 0x0403 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// Child.
        child_id: u64,
        /// Instrument.
        instrument: u32,
        /// Version of the child.
        version: u16,
        /// `Reason` code.
        reason: u16,
    }
}
