//! Why: a code and three operands beside every accept, reject, emission, wait, suspension and end.
//!
//! 1-99 accept and reject, 100s emit, 200s wait, 300s suspend, 400s terminal. Numbers are never used twice.

use crate::codes::UnknownCode;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $value:literal $text:literal [$($operand:literal),*]),+ $(,)?) => {
        /// Why a decision was taken, the decision not to trade included.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        #[repr(u16)]
        pub enum Reason { $($(#[$doc])* $variant = $value),+ }
        impl Reason {
            /// Every reason, in the order of its code.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),+];
            /// The code on the wire.
            #[inline]
            #[must_use]
            pub const fn code(self) -> u16 { self as u16 }
            /// The name that people read.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Reason::$variant => stringify!($variant)),+ } }
            /// One sentence in words.
            #[must_use]
            pub const fn text(self) -> &'static str { match self { $(Reason::$variant => $text),+ } }
            /// What the operands in use mean, in order.
            #[must_use]
            pub const fn operands(self) -> &'static [&'static str] { match self { $(Reason::$variant => &[$($operand),*]),+ } }
        }
        impl TryFrom<u16> for Reason {
            type Error = UnknownCode;
            fn try_from(raw: u16) -> Result<Self, UnknownCode> {
                match raw { $($value => Ok(Reason::$variant),)+ _ => Err(UnknownCode { code: "Reason", raw: u64::from(raw) }) }
            }
        }
    };
}

reasons! {
    /// No reason.
    #[default]
    None = 0 "no reason" [],
    /// Accepted.
    Accepted = 1 "accepted" ["curve_rung", "horizon_ms", "cost_milli_bps"],
    /// Accepted although completion is unlikely.
    AcceptedUnlikely = 2 "accepted; completion under the caps is unlikely" ["probability_ppm", "curve_rung", "horizon_ms"],
    /// The same order came again; the first answer stands.
    Duplicate = 3 "the same order was already accepted" [],
    /// The amend is in force.
    Amended = 4 "amended" ["version"],
    /// Paused as asked.
    PausedByRequest = 5 "paused as asked" [],
    /// Resumed as asked.
    ResumedByRequest = 6 "resumed as asked" [],
    /// Finishing now as asked.
    FinishingByRequest = 7 "finishing now as asked" [],
    /// Completion under the caps is likely again.
    Feasible = 8 "completion under the caps is likely again" ["probability_ppm", "projected_finish"],
    /// Working: when it will be done, as far as is known.
    Projected = 9 "working: projected to finish" ["finish", "earliest", "latest"],
    /// Finishing would cost more than what is left risks: it is left.
    FinishDear = 10 "finishing costs more than leaving the rest risks: it is left" ["finish_cost_milli_bps", "late_risk_milli_bps", "leaves"],
    /// Accepted, with the odds of completion under cap and limit.
    AcceptedOdds = 11 "accepted; completion under cap and limit has its odds" ["probability_ppm", "curve_rung", "horizon_ms"],
    /// Accepted; its rate, or what the market brings, probably fills a part.
    AcceptedPart = 12 "accepted; a part of it will probably be filled" ["probability_ppm", "expected_fill", "curve_rung"],
    /// Accepted; nobody knows the odds.
    AcceptedUnknown = 13 "accepted; the odds of completion are not known" ["missing", "curve_rung", "horizon_ms"],
    /// Accepted: a path of least cost, with the odds of completion under cap and limit.
    AcceptedPath = 14 "accepted; its path has odds of completion and a cost" ["probability_ppm", "horizon_ms", "cost_milli_bps"],
    /// Released by an operator: busts and risk stop.
    ReleasedByOperator = 15 "released by an operator" ["withheld"],
    /// A code has no such value.
    InvalidEnum = 20 "the code has no such value" ["value"],
    /// No such instrument.
    UnknownInstrument = 21 "the instrument is not in the table" ["value"],
    /// Quantity zero, too large, or below the venue's minimum.
    QuantityRange = 22 "the quantity is outside its range" ["value", "minimum", "maximum"],
    /// Not a multiple of the lot.
    QuantityLot = 23 "the quantity is not a multiple of the lot" ["value", "lot"],
    /// Price outside its range.
    PriceRange = 24 "the price is outside its range" ["value", "minimum", "maximum"],
    /// Price not on a tick.
    PriceTick = 25 "the price is not on a tick" ["value", "tick"],
    /// Start is not before end.
    TimeOrder = 26 "the start is not before the end" ["start", "end"],
    /// End lies in the past.
    EndInPast = 27 "the end is in the past" ["end", "now"],
    /// Not inside a session.
    OutsideSession = 28 "the time is not inside a session" ["value"],
    /// No algorithm of that number here.
    UnknownAlgorithm = 29 "the algorithm is not in the registry" ["value"],
    /// No parameter of that number in this algorithm.
    UnknownParameter = 30 "the algorithm has no such parameter" ["id"],
    /// Parameter outside its range.
    ParameterRange = 31 "the parameter is outside its range" ["value", "minimum", "maximum"],
    /// Two parameters or terms exclude each other.
    ParameterConflict = 32 "the parameter conflicts with another" ["value", "other_id", "other_value"],
    /// The same parameter twice.
    ParameterTwice = 33 "the parameter is given twice" ["id"],
    /// Notional above the limit.
    NotionalLimit = 34 "the notional is above the limit" ["limit"],
    /// Quantity above the limit.
    QuantityLimit = 35 "the quantity is above the limit" ["value", "limit"],
    /// Same key, other content.
    DuplicateConflict = 36 "the same key was used with other terms" [],
    /// No free parent slot.
    CapacityParents = 37 "no room for another parent order" ["capacity"],
    /// Shutting down or killed.
    NotAccepting = 38 "the engine accepts no parent orders now" [],
    /// No such parent.
    UnknownParent = 39 "the parent order is not known" [],
    /// The parent order ended already.
    AlreadyTerminal = 40 "the parent order has ended" [],
    /// Version is not known + 1.
    StaleVersion = 41 "the version is not the next one" ["value", "expected"],
    /// New quantity below what is executed or open.
    BelowExecuted = 42 "the new quantity is below what is executed" ["value", "executed"],
    /// The term may not be changed.
    Immutable = 43 "the term may not be changed" [],
    /// Another request is pending.
    PendingOther = 44 "another request is pending" [],
    /// Defined in the ABI, not supported by this build.
    Unsupported = 45 "not supported" ["value"],
    /// Identifier zero or unprintable.
    Identifier = 46 "the identifier is empty or not printable ASCII" ["value"],
    /// The slices would follow one another too quickly.
    IntervalShort = 47 "the slices would be less than 100 ms apart" ["interval_ns"],
    /// Completion is nearly impossible under the caps.
    Infeasible = 48 "completion under the caps is nearly impossible" ["probability_ppm", "projected_finish"],
    /// The execution table is nearly full.
    ExecutionTableFull = 49 "the table of execution keys is nearly full" ["used", "capacity"],
    /// The order has not started.
    NotStarted = 50 "the order has not started" ["start"],
    /// The journal is nearly full.
    JournalShort = 51 "the journal is nearly full: no new parent orders" [],

    /// A slice fell due by the clock.
    SliceDue = 100 "a slice fell due" ["target", "done", "quantity"],
    /// Market volume made a quantity due.
    VolumeDue = 101 "market volume made a quantity due" ["market_volume", "due", "quantity"],
    /// Behind the band: improve.
    BehindImprove = 102 "behind schedule: improving the price" ["target", "filled", "quantity"],
    /// Behind the band: cross.
    BehindCross = 103 "behind schedule: crossing the spread" ["target", "filled", "quantity"],
    /// The touch moved: reprice.
    Reprice = 104 "the touch moved: repricing" ["old_price", "new_price"],
    /// End clean-up.
    CompletionCross = 105 "finishing: crossing" ["leaves", "quantity"],
    /// Out of limit: rest at the limit.
    RestAtLimit = 106 "out of limit: resting at the limit" ["limit", "quantity"],
    /// Cancel: slice life over.
    SliceOver = 107 "the slice's life is over: canceling" ["open"],
    /// Cancel: parent cancel, pause, halt or end.
    CancelForParent = 108 "canceling for the parent order" [],
    /// Cancel: above the band or cap.
    CancelAhead = 109 "ahead of schedule or cap: canceling" ["target", "done"],
    /// Cancel: kill word.
    CancelForKill = 110 "canceling for the kill word" [],
    /// Cancel: amended down.
    CancelForAmend = 111 "canceling to fit the new quantity" ["quantity"],
    /// Iceberg: the next tranche.
    TrancheDue = 120 "the last tranche is done: showing the next" ["done", "quantity"],
    /// Pegged: a child at the peg.
    PegPlaced = 121 "resting at the peg" ["reference", "price", "quantity"],
    /// Sniper: the price is good enough.
    PriceTaken = 122 "the price is good enough: taking what is shown" ["price", "worst", "quantity"],
    /// Sweep: one level.
    LevelSwept = 123 "sweeping what is shown" ["price", "worst", "quantity"],
    /// A share of an auction.
    AuctionShare = 130 "in the auction: a share of what is expected to be paired" ["planned", "expected", "quantity"],

    /// Before the start.
    WaitStart = 200 "waiting for the start" ["start"],
    /// Next slice not due.
    WaitSlice = 201 "on schedule: waiting for the next slice" ["next", "target", "done"],
    /// Not enough market volume.
    WaitVolume = 202 "on schedule: waiting for market volume" ["market_volume", "wake_volume", "done"],
    /// A child works.
    WaitChild = 203 "a child order is working" ["open", "price"],
    /// Participation cap.
    WaitCap = 204 "the participation cap binds" ["cap", "done"],
    /// Due quantity below one lot or the minimum slice.
    WaitMinimum = 205 "the due quantity is below the minimum slice" ["due", "minimum"],
    /// Message-rate limit.
    WaitRate = 206 "the message rate limit binds" ["limit"],
    /// Book one-sided, crossed or with an abnormal spread.
    WaitBook = 207 "the book is unusable" ["bid", "ask"],
    /// After a reject.
    WaitLockout = 208 "locked out after a reject" ["until"],
    /// Price collar.
    WaitCollar = 209 "the price collar binds" ["price", "reference"],
    /// Link blocked.
    WaitLink = 210 "the slice link has no room" [],
    /// Would trade with an own order.
    WaitSelfMatch = 211 "would trade with another own order" ["price"],
    /// Catch-up cap.
    WaitCatchUp = 212 "the catch-up cap binds" ["shortfall", "cap"],
    /// Ended window, waits for terminal reports.
    WaitTerminal = 213 "waiting for the last child to end" ["open"],
    /// Touch too thin to cross.
    WaitDepth = 214 "the opposite touch is too thin" ["depth", "quantity"],
    /// Short-sale restriction.
    WaitShortSale = 215 "the short-sale restriction bars this price" ["bid"],
    /// Within the band, passive only.
    WaitBand = 216 "inside the band: passive only" ["target", "filled", "band"],
    /// The journal is short of room.
    WaitJournal = 217 "the journal is short of room" [],
    /// Sniper or sweep: the other side is not good enough.
    WaitPrice = 230 "waiting for a better price" ["price", "worst"],
    /// Sniper: what is shown must stay for some updates.
    WaitPersist = 231 "waiting for what is shown to persist" ["updates", "wanted"],
    /// Between two children of a tactic.
    WaitCooldown = 232 "waiting until the next child may go" ["until"],
    /// Close: the ramp has not begun.
    WaitRamp = 233 "waiting for the ramp into the close" ["start"],
    /// An auction order is out.
    WaitAuction = 240 "waiting for the cross of the auction" ["open", "time"],
    /// An auction comes, its orders are not due yet.
    WaitAuctionOrder = 241 "waiting to send the auction order" ["planned", "time"],
    /// An auction takes place without an order of ours.
    WaitAuctionOver = 242 "the auction goes on without an order of this parent" ["planned", "expected"],

    /// Paused by an operator.
    SuspendPaused = 300 "paused" [],
    /// Halt.
    SuspendHalt = 301 "trading halt" [],
    /// Auction.
    SuspendAuction = 302 "auction in which the order takes no part" [],
    /// Out of limit.
    SuspendOutOfLimit = 303 "the near touch is worse than the limit" ["touch", "limit"],
    /// Stale market data.
    SuspendStale = 304 "market data is stale" ["last_sequence", "sequence"],
    /// Risk.
    SuspendRisk = 305 "suspended by a risk control" ["control"],
    /// Router.
    SuspendRouter = 306 "the router is gone" [],
    /// Child without an answer.
    SuspendUnknownChild = 307 "a child order's state is unknown" ["child"],
    /// More filled than ordered.
    SuspendOverfill = 308 "filled more than ordered" ["filled", "ordered"],
    /// Kill word.
    SuspendKill = 309 "the kill word is set" ["word"],
    /// Child ids used up.
    SuspendOrdinals = 310 "the child ids of this slot are used up" [],
    /// Its order source's link is out of service.
    SuspendSource = 311 "the link of its order source is out of service" ["source"],

    /// All done.
    TerminalFilled = 400 "filled" [],
    /// Window over with leaves.
    TerminalEnd = 401 "the window ended with leaves" ["leaves"],
    /// Canceled as asked.
    TerminalCanceled = 402 "canceled as asked" ["leaves"],
    /// Session over with leaves.
    TerminalSession = 403 "the session ended with leaves" ["leaves"],
    /// Rest below the venue's minimum.
    TerminalDust = 404 "the rest is below the venue's minimum" ["leaves"],
    /// Engine shutting down.
    TerminalShutdown = 405 "the engine is shutting down" ["leaves"],
    /// Refused.
    TerminalRejected = 406 "rejected" [],
    /// Limit never reached.
    TerminalOutOfLimit = 407 "the window ended out of limit" ["leaves", "limit"],
    /// Cap kept the order from completing.
    TerminalCap = 408 "the window ended with the participation cap binding" ["leaves"],
    /// The market was halted until the end.
    TerminalHalted = 409 "the window ended in a halt or auction" ["leaves"],
    /// The auction did not take all.
    TerminalAuction = 410 "the auction ended with leaves" ["leaves"],
}

/// A reason with its operands, as it stands in messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Why {
    /// The code.
    pub reason: Reason,
    /// Three operands; [`Reason::operands`] names those in use, the rest are zero.
    pub operands: [i64; 3],
}

impl Why {
    /// A reason without operands.
    #[must_use]
    pub const fn bare(reason: Reason) -> Why {
        Why {
            reason,
            operands: [0; 3],
        }
    }
    /// A reason with operands.
    #[must_use]
    pub const fn new(reason: Reason, operands: [i64; 3]) -> Why {
        Why { reason, operands }
    }
}

codes! {
    /// The term of a parent order that a reject names.
    FieldCode: u16 {
        /// None.
        None = 0 "none",
        /// Parent number.
        ParentId = 1 "parent_id",
        /// Order source.
        Source = 2 "source",
        /// Client order id.
        ClientOrderId = 3 "client_order_id",
        /// Instrument.
        Instrument = 4 "instrument",
        /// Side.
        Side = 5 "side",
        /// Quantity.
        Quantity = 6 "quantity",
        /// Algorithm.
        Algorithm = 7 "algorithm",
        /// Start.
        Start = 8 "start",
        /// End.
        End = 9 "end",
        /// Limit.
        Limit = 10 "limit",
        /// Parameters; the update's `parameter` says which.
        Parameters = 11 "parameters",
        /// Version.
        Version = 12 "version",
        /// Account.
        Account = 13 "account",
        /// Count of parameters.
        ParameterCount = 14 "parameter_count",
        /// Decision price.
        DecisionPrice = 15 "decision_price",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_ascend_and_lie_in_their_hundred() {
        for pair in Reason::ALL.windows(2) {
            assert!(pair[0].code() < pair[1].code());
        }
        for r in Reason::ALL {
            assert_eq!(Reason::try_from(r.code()), Ok(*r));
            assert!(r.operands().len() <= 3);
            let hundred = match r.name() {
                n if n.starts_with("Wait") => 2,
                n if n.starts_with("Suspend") => 3,
                n if n.starts_with("Terminal") => 4,
                _ => r.code() / 100,
            };
            assert_eq!(r.code() / 100, hundred, "{}", r.name());
        }
    }
}
