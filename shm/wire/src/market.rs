//! Market data, feed to engine; also what a market file and the simulated exchange publish. One cell each, two for a
//! correction.
//!
//! `sequence` is the feed's per-instrument sequence, counting from 1 and wrapping; a jump makes the instrument STALE
//! until a fresh quote with [`FLAG_SNAPSHOT`] or a further quote in sequence arrives. `time` is the event's own time in
//! nanoseconds UTC.

/// Header flag: this message restores a book after a gap.
pub const FLAG_SNAPSHOT: u8 = 1;
/// Header flag: several messages were merged by the feed because the ring was full.
pub const FLAG_CONFLATED: u8 = 2;

/// Conditions of a print, as bits of [`Trade::conditions`].
pub mod condition {
    /// Auction print (opening, closing, intraday or reopening cross).
    pub const AUCTION: u32 = 1;
    /// Official open that repeats a print.
    pub const OFFICIAL_OPEN: u32 = 1 << 1;
    /// Official close that repeats a print.
    pub const OFFICIAL_CLOSE: u32 = 1 << 2;
    /// Average-price trade.
    pub const AVERAGE_PRICE: u32 = 1 << 3;
    /// Derivatively priced.
    pub const DERIVATIVE: u32 = 1 << 4;
    /// Outside regular hours (form T).
    pub const EXTENDED_HOURS: u32 = 1 << 5;
    /// Reported late or out of sequence.
    pub const LATE: u32 = 1 << 6;
    /// Marked suspicious by the provider.
    pub const SUSPICIOUS: u32 = 1 << 7;
    /// Off exchange: counts as volume, does not fill a resting order.
    pub const OFF_EXCHANGE: u32 = 1 << 8;
    /// Intermarket sweep.
    pub const SWEEP: u32 = 1 << 9;
    /// Odd lot.
    pub const ODD_LOT: u32 = 1 << 10;
    /// Execution of a hidden order.
    pub const HIDDEN: u32 = 1 << 11;
    /// One of our own fills seen on the tape; never counted as the others' volume.
    pub const OWN: u32 = 1 << 12;
    /// Bits that take a print out of the eligible volume (`BEHAVIOUR.md` 3.3), auctions included in the list.
    pub const INELIGIBLE: u32 = AUCTION
        | OFFICIAL_OPEN
        | OFFICIAL_CLOSE
        | AVERAGE_PRICE
        | DERIVATIVE
        | EXTENDED_HOURS
        | LATE
        | SUSPICIOUS
        | OWN;
}

message! {
    /// The touch: best bid and ask with their sizes. An empty side has price `i64::MIN` and quantity 0.
    Quote = 0x0101 {
        /// Instrument.
        instrument: u32,
        /// Feed sequence of the instrument.
        sequence: u32,
        /// Event time, ns UTC.
        time: u64,
        /// Best bid, 1e-9.
        bid_price: i64,
        /// Best ask, 1e-9.
        ask_price: i64,
        /// Quantity at the best bid, steps.
        bid_qty: u64,
        /// Quantity at the best ask, steps.
        ask_qty: u64,
    }
}
message! {
    /// A print.
    Trade = 0x0102 {
        /// Instrument.
        instrument: u32,
        /// Feed sequence of the instrument.
        sequence: u32,
        /// Event time, ns UTC.
        time: u64,
        /// Price, 1e-9.
        price: i64,
        /// Quantity, steps.
        qty: u64,
        /// Venue's number of the trade, for cancels, corrections and recognising own prints.
        trade_id: u64,
        /// Bits of [`condition`].
        conditions: u32,
        /// Venue.
        venue: u16,
        /// Side of the aggressor as a `BookSide` code it took from (1 bid: sold, 2 ask: bought); 0 unknown.
        taken_side: u8,
        /// Zero.
        reserved: u8,
    }
}
message! {
    /// An earlier print is void.
    TradeCancel = 0x0103 {
        /// Instrument.
        instrument: u32,
        /// Feed sequence of the instrument.
        sequence: u32,
        /// Event time, ns UTC.
        time: u64,
        /// Number of the voided trade.
        trade_id: u64,
        /// Its quantity, steps.
        qty: u64,
        /// Its price, 1e-9.
        price: i64,
        /// Its conditions.
        conditions: u32,
        /// Zero.
        reserved: u32,
    }
}
message! {
    /// An earlier print had another quantity or price.
    TradeCorrect = 0x0104 {
        /// Instrument.
        instrument: u32,
        /// Feed sequence of the instrument.
        sequence: u32,
        /// Event time, ns UTC.
        time: u64,
        /// Number of the corrected trade.
        trade_id: u64,
        /// Quantity as first reported, steps.
        old_qty: u64,
        /// Quantity as corrected, steps.
        new_qty: u64,
        /// Price as corrected, 1e-9.
        new_price: i64,
        /// Price as first reported, 1e-9.
        old_price: i64,
        /// Conditions of the print.
        conditions: u32,
        /// Zero.
        reserved: u32,
    }
}
message! {
    /// Official open or close.
    OfficialPrice = 0x0105 {
        /// Instrument.
        instrument: u32,
        /// Feed sequence of the instrument.
        sequence: u32,
        /// Event time, ns UTC.
        time: u64,
        /// Price, 1e-9.
        price: i64,
        /// Auction volume, steps.
        qty: u64,
        /// `AuctionKind` code.
        auction: u8,
        /// Zero.
        reserved: [u8; 7],
    }
}
message! {
    /// Indicative result of a running auction.
    AuctionIndicative = 0x0106 {
        /// Instrument.
        instrument: u32,
        /// Feed sequence of the instrument.
        sequence: u32,
        /// Event time, ns UTC.
        time: u64,
        /// Indicative price, 1e-9.
        price: i64,
        /// Paired quantity, steps.
        paired_qty: u64,
        /// Imbalance, steps, positive when buys exceed.
        imbalance: i64,
        /// `AuctionKind` code.
        auction: u8,
        /// Zero.
        reserved: [u8; 7],
    }
}
message! {
    /// Trading status of an instrument.
    Status = 0x0107 {
        /// Instrument.
        instrument: u32,
        /// Feed sequence of the instrument.
        sequence: u32,
        /// Event time, ns UTC.
        time: u64,
        /// `TradingStatus` code.
        status: u8,
        /// `AuctionKind` code when the status is an auction, else 0.
        auction: u8,
        /// Zero.
        reserved: [u8; 6],
    }
}
message! {
    /// Price bands in force (limit up, limit down).
    PriceBands = 0x0108 {
        /// Instrument.
        instrument: u32,
        /// Feed sequence of the instrument.
        sequence: u32,
        /// Event time, ns UTC.
        time: u64,
        /// Lower band, 1e-9; `i64::MIN` for none.
        lower: i64,
        /// Upper band, 1e-9; `i64::MIN` for none.
        upper: i64,
    }
}
message! {
    /// Short-sale restriction switched on or off.
    ShortSaleRestriction = 0x0109 {
        /// Instrument.
        instrument: u32,
        /// Feed sequence of the instrument.
        sequence: u32,
        /// Event time, ns UTC.
        time: u64,
        /// 1 in force, 0 not.
        active: u8,
        /// Zero.
        reserved: [u8; 7],
    }
}
message! {
    /// One order-by-order or level event of a book. The simulated exchange and market files carry it; the engine
    /// follows the touch and answers UNSUPPORTED.
    Depth = 0x010A {
        /// Instrument.
        instrument: u32,
        /// Feed sequence of the instrument.
        sequence: u32,
        /// Event time, ns UTC.
        time: u64,
        /// Order number; 0 for levels and hidden orders.
        order_id: u64,
        /// Price, 1e-9.
        price: i64,
        /// Quantity, steps.
        qty: u64,
        /// `DepthAction` code.
        action: u8,
        /// `BookSide` code of the resting order.
        side: u8,
        /// Venue.
        venue: u16,
        /// Bits of [`condition`] for executions.
        conditions: u32,
    }
}
message! {
    /// The feed is alive; nothing changed.
    FeedHeartbeat = 0x010B {
        /// Feed's own count of heartbeats.
        count: u64,
        /// Real time, ns UTC.
        real_time: u64,
    }
}
