//! Codes on the wire: small integers that are decoded with `TryFrom`, since any bit pattern may arrive.

/// A raw code that no enum value has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownCode {
    /// The enum that was expected.
    pub code: &'static str,
    /// What arrived.
    pub raw: u64,
}

codes! {
    /// Side of an order (FIX 54).
    Side: u8 {
        /// Buy.
        Buy = 1 "buy",
        /// Sell shares that are held.
        Sell = 2 "sell",
        /// Sell short.
        SellShort = 3 "sell_short",
        /// Sell short, exempt from the short-sale restriction.
        SellShortExempt = 4 "sell_short_exempt",
    }
    /// Algorithm of a parent order. Numbers are never used twice.
    AlgorithmCode: u16 {
        /// Time-weighted average price.
        Twap = 1 "TWAP",
        /// Volume-weighted average price.
        Vwap = 2 "VWAP",
        /// Percentage of volume.
        Pov = 3 "POV",
        /// Implementation shortfall.
        Is = 4 "IS",
        /// Arrival price.
        Arrival = 5 "ARRIVAL",
        /// Iceberg.
        Iceberg = 6 "ICEBERG",
        /// Pegged.
        Pegged = 7 "PEGGED",
        /// Sniper, I-would.
        Sniper = 8 "SNIPER",
        /// Close.
        Close = 9 "CLOSE",
        /// Sweep.
        Sweep = 10 "SWEEP",
        /// Participation in price bands.
        ScalePov = 11 "SCALE_POV",
        /// A pairing made in configuration.
        Custom = 12 "CUSTOM",
    }
    /// Order type of a slice (FIX 40).
    OrderType: u8 {
        /// At any price.
        Market = 1 "market",
        /// At the price or better.
        Limit = 2 "limit",
    }
    /// Time in force of a slice (FIX 59).
    TimeInForce: u8 {
        /// Until the end of the session.
        Day = 1 "day",
        /// Until canceled.
        Gtc = 2 "gtc",
        /// What fills at once; the rest is canceled.
        Ioc = 3 "ioc",
        /// All at once or nothing.
        Fok = 4 "fok",
        /// At the opening auction.
        Open = 5 "open",
        /// At the closing auction.
        Close = 6 "close",
        /// In an auction.
        Auction = 7 "auction",
    }
    /// What a pegged slice follows (FIX 1094).
    PegType: u8 {
        /// Not pegged.
        None = 0 "none",
        /// Own side of the touch.
        Primary = 1 "primary",
        /// Other side of the touch.
        Market = 2 "market",
        /// Mid.
        Mid = 3 "mid",
        /// Last trade.
        Last = 4 "last",
        /// Interval VWAP.
        Vwap = 5 "vwap",
    }
    /// What an execution report says (FIX 150).
    ReportKind: u8 {
        /// The venue has the slice.
        Ack = 1 "ack",
        /// Part of the slice traded.
        PartialFill = 2 "partial_fill",
        /// The rest of the slice traded.
        Fill = 3 "fill",
        /// Canceled; nothing more will trade.
        Canceled = 4 "canceled",
        /// Refused; nothing traded or will trade.
        Rejected = 5 "rejected",
        /// The cancel came too late or was refused.
        CancelRejected = 6 "cancel_rejected",
        /// The replace is in force.
        Replaced = 7 "replaced",
        /// The replace was refused; the old terms are in force.
        ReplaceRejected = 8 "replace_rejected",
        /// The time in force ended.
        Expired = 9 "expired",
        /// An earlier fill is void.
        Bust = 10 "bust",
        /// An earlier fill had another quantity or price.
        Correct = 11 "correct",
    }
    /// Why the router or venue refused something.
    VenueReason: u8 {
        /// None given.
        None = 0 "none",
        /// Price outside the venue's band or off tick.
        PriceBand = 1 "price_band",
        /// Quantity, lot or minimum.
        Quantity = 2 "quantity",
        /// Too many messages.
        Throttle = 3 "throttle",
        /// The order is not known or already ended.
        TooLate = 4 "too_late",
        /// A post-only slice would have traded.
        WouldTrade = 5 "would_trade",
        /// Not tradable now.
        Halted = 6 "halted",
        /// A fill-or-kill slice could not fill whole.
        Unfillable = 7 "unfillable",
        /// Would trade with another own order.
        SelfMatch = 8 "self_match",
        /// Any other.
        Other = 255 "other",
    }
    /// Trading status of an instrument (FIX 326, 625).
    TradingStatus: u8 {
        /// Continuous trading.
        Continuous = 1 "continuous",
        /// Trading halt.
        Halt = 2 "halt",
        /// Volatility pause (LULD and alike).
        Pause = 3 "pause",
        /// Auction call.
        Auction = 4 "auction",
        /// Before the session.
        PreOpen = 5 "pre_open",
        /// After the session.
        Closed = 6 "closed",
    }
    /// Which auction an indicative or official price belongs to.
    AuctionKind: u8 {
        /// Opening auction.
        Open = 1 "open",
        /// Closing auction.
        Close = 2 "close",
        /// Scheduled auction during the day.
        Intraday = 3 "intraday",
        /// Auction that ends a volatility pause or halt.
        Volatility = 4 "volatility",
    }
    /// What happened to one resting order or level.
    DepthAction: u8 {
        /// A new resting order.
        Add = 1 "add",
        /// Part of it was taken back.
        Reduce = 2 "reduce",
        /// The rest of it was taken back.
        Delete = 3 "delete",
        /// Part or all of it traded (visible).
        Execute = 4 "execute",
        /// A hidden order on this side traded at this price.
        ExecuteHidden = 5 "execute_hidden",
        /// The level now shows this quantity in all (sources without order ids, and levels that come into view).
        Level = 6 "level",
        /// The whole book is void.
        Clear = 7 "clear",
    }
    /// Side of the book.
    BookSide: u8 {
        /// Bids.
        Bid = 1 "bid",
        /// Asks.
        Ask = 2 "ask",
    }
    /// Reported state of a parent order, derived from phase, blocked set and pending request.
    ParentState: u8 {
        /// Received, not yet accepted.
        Pending = 1 "PENDING",
        /// Accepted, before its start.
        Scheduled = 2 "SCHEDULED",
        /// Working.
        Active = 3 "ACTIVE",
        /// Finishing at the end of its window.
        Completing = 4 "COMPLETING",
        /// Stopped by an operator.
        Paused = 5 "PAUSED",
        /// Stopped by the system or the market.
        Suspended = 6 "SUSPENDED",
        /// A cancel is under way.
        PendingCancel = 7 "PENDING_CANCEL",
        /// An amend is under way.
        PendingAmend = 8 "PENDING_AMEND",
        /// All done.
        Filled = 9 "FILLED",
        /// Ended with leaves.
        DonePartial = 10 "DONE_PARTIAL",
        /// Ended by a cancel.
        Canceled = 11 "CANCELED",
        /// Never accepted.
        Rejected = 12 "REJECTED",
        /// Ended by a failure.
        Failed = 13 "FAILED",
    }
    /// What happens to leaves at the end of the window.
    Completion: u8 {
        /// Stop.
        Cancel = 0 "CANCEL",
        /// Cross what fits the touch within limit and cap.
        Soft = 1 "SOFT",
        /// Sweep to the limit or collar.
        Hard = 2 "HARD",
        /// Go on after the end at the same rate.
        PastEnd = 3 "PAST_END",
    }
    /// How lateness is worked off.
    CatchUp: u8 {
        /// Not at all.
        None = 0 "NONE",
        /// At most a multiple of the nominal slice.
        Smooth = 1 "SMOOTH",
        /// At once.
        Immediate = 2 "IMMEDIATE",
    }
    /// What the schedule does after time out of limit or suspended.
    ResumePolicy: u8 {
        /// A new line from here to the end.
        FreezeClock = 0 "FREEZE_CLOCK",
        /// The original line.
        CatchUp = 1 "CATCH_UP",
    }
    /// Whether an auction is taken part in.
    AuctionPolicy: u8 {
        /// Not at all.
        Exclude = 0 "EXCLUDE",
        /// With a share.
        Include = 1 "INCLUDE",
        /// Nothing but the auction.
        Only = 2 "ONLY",
        /// With imbalance-only orders.
        ImbalanceOnly = 3 "IMBALANCE_ONLY",
    }
    /// Scope of a control message.
    ControlScope: u8 {
        /// Everything on the shard.
        All = 0 "all",
        /// One instrument.
        Instrument = 1 "instrument",
        /// One parent.
        Parent = 2 "parent",
        /// One algorithm.
        Algorithm = 3 "algorithm",
        /// One client.
        Client = 4 "client",
        /// One trader.
        Trader = 5 "trader",
        /// One desk.
        Desk = 6 "desk",
        /// One side.
        Side = 7 "side",
    }
    /// Where an input came from or an output goes to.
    RingKind: u8 {
        /// OMS to engine.
        Orders = 1 "orders",
        /// Engine to OMS.
        Updates = 2 "updates",
        /// Feed to engine.
        Market = 3 "market",
        /// Engine to router.
        Slices = 4 "slices",
        /// Router to engine.
        Reports = 5 "reports",
        /// Gateway and operators to engine.
        Control = 6 "control",
        /// Engine to journal thread.
        Journal = 7 "journal",
        /// Simulated exchange to feed.
        Exchange = 8 "exchange",
        /// The engine itself: timers, continuations, link states.
        Internal = 9 "internal",
    }
    /// Whether a link has room.
    LinkState: u8 {
        /// Room again.
        Open = 1 "open",
        /// Out of room.
        Blocked = 2 "blocked",
        /// Nearly out of room: nothing that makes more work later is begun. The journal only.
        Short = 3 "short",
    }
}

impl Side {
    /// +1 for a buy, -1 for any sale.
    #[inline]
    #[must_use]
    pub const fn sign(self) -> i64 {
        match self {
            Side::Buy => 1,
            Side::Sell | Side::SellShort | Side::SellShortExempt => -1,
        }
    }
    /// Whether this is a buy.
    #[inline]
    #[must_use]
    pub const fn is_buy(self) -> bool {
        matches!(self, Side::Buy)
    }
    /// The side of the book where this order rests.
    #[inline]
    #[must_use]
    pub const fn rests_on(self) -> BookSide {
        if self.is_buy() {
            BookSide::Bid
        } else {
            BookSide::Ask
        }
    }
}

impl BookSide {
    /// The other side.
    #[inline]
    #[must_use]
    pub const fn opposite(self) -> BookSide {
        match self {
            BookSide::Bid => BookSide::Ask,
            BookSide::Ask => BookSide::Bid,
        }
    }
}

impl ParentState {
    /// Whether the parent order has ended for good.
    #[inline]
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Filled | Self::DonePartial | Self::Canceled | Self::Rejected | Self::Failed
        )
    }
}

impl ReportKind {
    /// Whether nothing more can come from the child after this report, busts and corrections apart.
    #[inline]
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Fill | Self::Canceled | Self::Rejected | Self::Expired
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_decodes_to_itself_and_others_are_refused() {
        for raw in 0..=u8::MAX {
            match Side::try_from(raw) {
                Ok(side) => assert_eq!(side.code(), raw),
                Err(e) => assert_eq!((e.code, e.raw), ("Side", u64::from(raw))),
            }
        }
        assert_eq!(Side::from_text("SELL_SHORT"), Some(Side::SellShort));
        assert_eq!(AlgorithmCode::from_text("twap"), Some(AlgorithmCode::Twap));
    }
}
