//! What the engine keeps for one parent order and for one instrument.

use super::own_orders::Manners;
use crate::auction::AuctionState;
use crate::blocked::Blocked;
use crate::child::Child;
use crate::ledger::Ledger;
use crate::market::MarketState;
use crate::marks::InstrumentMarks;
use crate::marks::heap::Root;
use crate::phase::{Pending, Phase};
use crate::risk::{Meter, RiskLimits, relative_limit};
use crate::view::{CHILDREN_MAX, Constraints, Order};
use shm_wire::auction::AUCTIONS_MAX;
use shm_wire::codes::{ResumePolicy, Side, TradingStatus};
use shm_wire::ids::ParentKey;
use shm_wire::instrument::Instrument;
use shm_wire::parent::{PARAMETERS_MAX, Parameter};
use shm_wire::reason::Why;
use shm_wire::units::{Nanos, Price, Qty};

/// No parent: end of a list.
pub(super) const NOBODY: u32 = u32::MAX;

/// An amend that is in force once children were taken back, or at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amendment {
    pub(super) order: Order,
    pub(super) version: u16,
    pub(super) hash: u64,
}

/// Attribution ids that travel on every child.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attribution {
    pub(super) client: u32,
    pub(super) account: u32,
    pub(super) trader: u32,
    pub(super) desk: u32,
    pub(super) client_order_id: [u8; 32],
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Parent {
    pub(super) key: ParentKey,
    pub(super) slot: u32,
    pub(super) generation: u32,
    pub(super) next_ordinal: u32,
    pub(super) instrument: u32,
    pub(super) algorithm: u16,
    pub(super) version: u16,
    pub(super) hash: u64,
    pub(super) attribution: Attribution,

    pub(super) phase: Phase,
    pub(super) blocked: Blocked,
    pub(super) pending: Pending,
    pub(super) amendment: Option<Amendment>,
    /// Paused by its own source, as opposed to an operator's scope.
    pub(super) paused: bool,
    /// Pausing keeps the children resting.
    pub(super) keep_children: bool,
    /// What the schedule does when the order works again.
    pub(super) resume_policy: ResumePolicy,

    pub(super) order: Order,
    pub(super) constraints: Constraints,
    pub(super) ledger: Ledger,
    pub(super) children: [Child; CHILDREN_MAX],

    pub(super) arrival: Price,
    /// Instrument volume at the start, plus what passed while the order did not work.
    pub(super) volume_base: Qty,
    /// Instrument volume when the order stopped working; `None` while it works.
    pub(super) stopped_at: Option<Qty>,
    pub(super) stale_since: Nanos,

    pub(super) slice: u32,
    pub(super) target: Qty,
    pub(super) band: Qty,
    pub(super) end_reported: bool,
    /// An auction call goes on in which the order takes part: nothing is worked in the book.
    pub(super) call: bool,
    /// Auctions for which an order was sent, as bits by their place in the calendar.
    pub(super) auctions_tried: u8,
    /// Auctions that take no order of this parent any more.
    pub(super) auctions_refused: u8,

    pub(super) why: Why,
    pub(super) why_reported: Why,
    pub(super) state_reported: u8,
    pub(super) filled_reported: Qty,
    pub(super) turnover: i128,
    pub(super) fills: u32,
    pub(super) children_sent: u32,

    pub(super) lockout: Nanos,
    /// Towards own orders on the other side.
    pub(super) manners: Manners,
    pub(super) rejects_in_row: u8,
    pub(super) meter: Meter,

    pub(super) previous: u32,
    pub(super) next: u32,
    pub(super) queued: bool,
    /// Waiting in the queue of conflated updates, with the strongest kind that waits.
    pub(super) update_due: u8,
}

impl Parent {
    /// Lets go what waits for a person: the stop by a risk control, and what busts gave back. Answers how much that was.
    pub(super) fn release(&mut self) -> Qty {
        self.blocked = self.blocked.without(Blocked::RISK);
        self.rejects_in_row = 0;
        let withheld = self.ledger.withheld();
        self.ledger.release_withheld();
        withheld
    }
    pub(super) fn empty(slot: u32) -> Parent {
        Parent {
            key: ParentKey::default(),
            slot,
            generation: 0,
            next_ordinal: 0,
            instrument: 0,
            algorithm: 0,
            version: 0,
            hash: 0,
            attribution: Attribution::default(),
            phase: Phase::Pending,
            blocked: Blocked::NONE,
            pending: Pending::None,
            amendment: None,
            paused: false,
            keep_children: false,
            resume_policy: ResumePolicy::FreezeClock,
            order: Order {
                seed: 0,
                side: Side::Buy,
                quantity: Qty::ZERO,
                limit: Price::NONE,
                start: Nanos(0),
                end: Nanos(0),
                parameters: [Parameter::default(); PARAMETERS_MAX],
                parameter_count: 0,
            },
            constraints: Constraints::default(),
            ledger: Ledger::new(Qty::ZERO),
            children: [Child::default(); CHILDREN_MAX],
            arrival: Price::NONE,
            volume_base: Qty::ZERO,
            stopped_at: None,
            stale_since: Nanos::NEVER,
            slice: 0,
            target: Qty::ZERO,
            band: Qty::ZERO,
            end_reported: false,
            call: false,
            auctions_tried: 0,
            auctions_refused: 0,
            why: Why::default(),
            why_reported: Why::default(),
            state_reported: 0,
            filled_reported: Qty::ZERO,
            turnover: 0,
            fills: 0,
            children_sent: 0,
            lockout: Nanos(0),
            manners: Manners::default(),
            rejects_in_row: 0,
            meter: Meter::default(),
            previous: NOBODY,
            next: NOBODY,
            queued: false,
            update_due: 0,
        }
    }

    /// The instrument's volume that counts for the order: without blocks, if it leaves them out.
    #[inline]
    pub(super) fn counted(&self, market: &MarketState) -> Qty {
        if self.constraints.block_filter {
            market.volume.saturating_sub(market.block_volume)
        } else {
            market.volume
        }
    }
    /// The others' eligible volume while the order worked: M.
    #[inline]
    pub(super) fn market_volume(&self, market: &MarketState) -> Qty {
        self.stopped_at
            .unwrap_or(self.counted(market))
            .saturating_sub(self.volume_base)
    }
    /// Puts the tighter of limit and relative limit in force (B3); nothing before the arrival price is known. Returns whether the
    /// order has a relative limit.
    pub(super) fn tighten_limit(&mut self, record: &Instrument) -> bool {
        let Some(bps) = self.constraints.relative_limit_bps else {
            return false;
        };
        if self.arrival.is_some() {
            let buy = self.order.side.is_buy();
            let relative = relative_limit(self.arrival, buy, bps, record);
            let limit = self.order.limit;
            self.order.limit = match (limit.is_some(), buy) {
                (false, _) => relative,
                (true, true) => limit.min(relative),
                (true, false) => limit.max(relative),
            };
        }
        true
    }
    /// Whether the limit in force is not known yet.
    pub(super) fn awaits_limit(&self) -> bool {
        self.constraints.relative_limit_bps.is_some() && !self.arrival.is_some()
    }
    pub(super) fn has_open_children(&self) -> bool {
        self.children
            .iter()
            .any(|c| !c.state.is_over() || !c.owed.is_zero())
    }
    /// Price x quantity over quantity of the fills, rounded down.
    pub(super) fn average_price(&self) -> Price {
        if self.ledger.filled().is_zero() {
            return Price::NONE;
        }
        let average = self.turnover.div_euclid(i128::from(self.ledger.filled().0));
        i64::try_from(average).map_or(Price::NONE, Price)
    }
    /// Sum of the children's reservations: what the ledger must show.
    pub(super) fn children_reserved(&self) -> Qty {
        self.children
            .iter()
            .fold(Qty::ZERO, |sum, c| sum + c.reserved())
    }
}

/// One instrument: record, market, marks, its parents, own resting prices, limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) market: MarketState,
    pub(super) marks: InstrumentMarks,
    pub(super) record: Instrument,
    pub(super) first: u32,
    /// Next parent to wake in a running sweep over all parents of the instrument.
    pub(super) sweep: Option<u32>,
    pub(super) sweep_queued: bool,
    /// More marks are reached than one step wakes; the rest is taken by the next ones.
    pub(super) marks_queued: bool,
    /// Own resting prices, sales and buys (`own_orders`).
    pub(super) own_resting: [Root; 2],
    /// Until when own sales and buys claim the prices that they cross to.
    pub(super) claimed_until: [Nanos; 2],
    /// Keys of those prices.
    pub(super) claimed_key: [u64; 2],
    /// Own orders that wait for an auction, buys and sales.
    pub(super) own_auction: [Root; 2],
    /// What is known of the auctions of the calendar.
    pub(super) auctions: [AuctionState; AUCTIONS_MAX],
    pub(super) meter: Meter,
    pub(super) limits: RiskLimits,
    /// After a halt or auction nothing is sent before this instant.
    pub(super) settled: Nanos,
    pub(super) killed: bool,
    pub(super) paused: bool,
    /// Some order leaves blocks out: prints are counted by size.
    pub(super) sizes_wanted: bool,
}

impl Slot {
    /// Whether its market trades continuously and is known.
    #[inline]
    pub(super) fn is_open(&self, now: Nanos) -> bool {
        self.market.status == TradingStatus::Continuous && now >= self.settled && !self.market.stale
    }
    pub(super) fn new(record: &Instrument, limits: &RiskLimits) -> Slot {
        Slot {
            market: MarketState::default(),
            marks: InstrumentMarks::default(),
            record: *record,
            first: NOBODY,
            sweep: None,
            sweep_queued: false,
            marks_queued: false,
            own_resting: [Root::default(); 2],
            claimed_until: [Nanos(0); 2],
            claimed_key: [0; 2],
            own_auction: [Root::default(); 2],
            auctions: [AuctionState::UNKNOWN; AUCTIONS_MAX],
            meter: Meter::default(),
            limits: *limits,
            settled: Nanos(0),
            killed: false,
            paused: false,
            sizes_wanted: false,
        }
    }
}
