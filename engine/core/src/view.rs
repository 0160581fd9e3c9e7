//! What an algorithm may see of its order when it is asked.

use crate::auction::{AuctionState, AuctionTerms};
use crate::child::Child;
use crate::ledger::Ledger;
use crate::market::MarketState;
use crate::phase::Phase;
use shm_wire::auction::AUCTIONS_MAX;
use shm_wire::codes::Side;
use shm_wire::instrument::Instrument;
use shm_wire::parent::{PARAMETERS_MAX, Parameter};
use shm_wire::units::{Nanos, Ppm, Price, Qty};

/// Children that one parent may have at a time.
pub const CHILDREN_MAX: usize = 4;

/// Terms of a parent order in force, validated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// Seed of the order's random draws: depends on the parent key and the run's seed only.
    pub seed: u64,
    /// Side.
    pub side: Side,
    /// Ordered quantity.
    pub quantity: Qty,
    /// Limit in force, [`Price::NONE`] for none: once the arrival price is known, the tighter of limit and relative limit.
    pub limit: Price,
    /// Start of the window.
    pub start: Nanos,
    /// End of the window, [`Nanos::NEVER`] for none.
    pub end: Nanos,
    /// Parameters as sent.
    pub parameters: [Parameter; PARAMETERS_MAX],
    /// Parameters in use.
    pub parameter_count: usize,
}

impl Order {
    /// The value sent for parameter `id`, if any.
    #[must_use]
    pub fn parameter(&self, id: u16) -> Option<i64> {
        self.parameters[..self.parameter_count]
            .iter()
            .find(|p| p.id == id)
            .map(|p| p.value)
    }
}

/// A consistent picture for one decision. Read only.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Engine time.
    pub now: Nanos,
    /// Instrument.
    pub instrument: &'a Instrument,
    /// Its market.
    pub market: &'a MarketState,
    /// What is known of its auctions, by their place in the calendar.
    pub auctions: &'a [AuctionState; AUCTIONS_MAX],
    /// Terms.
    pub order: &'a Order,
    /// Constraints the core applies to whatever is proposed.
    pub constraints: &'a Constraints,
    /// Quantities.
    pub ledger: &'a Ledger,
    /// Children; entries whose state is over are free or history.
    pub children: &'a [Child; CHILDREN_MAX],
    /// The others' eligible volume while the order was active: M.
    pub market_volume: Qty,
    /// Phase.
    pub phase: Phase,
    /// Mid when the order became active, [`Price::NONE`] before the first valid quote.
    pub arrival: Price,
    /// Whether the near touch is worse than the limit: only resting at the limit makes sense.
    pub out_of_limit: bool,
}

impl View<'_> {
    /// Whether this is a buy.
    #[inline]
    #[must_use]
    pub fn is_buy(&self) -> bool {
        self.order.side.is_buy()
    }
    /// The child that works in the book, if any: the first that is not over and may rest.
    #[must_use]
    pub fn resting(&self) -> Option<(usize, &Child)> {
        self.children.iter().enumerate().find(|(_, c)| c.may_rest())
    }
    /// Whether an immediate child is on its way.
    #[must_use]
    pub fn has_immediate(&self) -> bool {
        self.children
            .iter()
            .any(|c| c.immediate && !c.state.is_over())
    }
    /// `price` if it respects the limit, else the limit.
    #[must_use]
    pub fn within_limit(&self, price: Price) -> Price {
        let limit = self.order.limit;
        if !limit.is_some() {
            return price;
        }
        if self.is_buy() {
            price.min(limit)
        } else {
            price.max(limit)
        }
    }
    /// Most that may be filled or open under the participation cap (B4): `c / (1 - c) x M` + one lot.
    #[must_use]
    pub fn cap_total(&self) -> Qty {
        match self.constraints.max_pct_vol {
            None => Qty(u64::MAX),
            Some(c) => Qty(c
                .own_of_others(self.market_volume)
                .0
                .saturating_add(self.instrument.lot)),
        }
    }
    /// Least quantity of a new child: lot, venue's minimum and `min_slice_qty`; a smaller final rest is allowed down to the
    /// venue's minimum.
    #[must_use]
    pub fn least_child(&self) -> Qty {
        let venue = Qty(self.instrument.min_qty.max(1)).max(self.instrument.granule());
        let wanted = self.constraints.min_slice_qty.max(venue);
        if self.ledger.leaves() < wanted {
            venue
        } else {
            wanted
        }
    }
}

/// Constraints that the core applies once, in one place, for every algorithm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Constraints {
    /// Participation cap on own / (own + others); `None` = off.
    pub max_pct_vol: Option<Ppm>,
    /// Least slice, steps; zero = lot.
    pub min_slice_qty: Qty,
    /// Largest slice, steps; `u64::MAX` = off.
    pub max_slice_qty: Qty,
    /// Lift the bound of 30 % of the opposite touch when crossing.
    pub sweep: bool,
    /// Whether the schedule draws a new line after time out of limit (`true`, FREEZE_CLOCK) or keeps the old one.
    pub freeze_clock_out_of_limit: bool,
    /// Whether the order may work after its end (PAST_END).
    pub past_end: bool,
    /// Busted quantity may be bought again at once.
    pub rework_busts: bool,
    /// Market volume counts while out of limit.
    pub count_volume_out_of_limit: bool,
    /// Prints above the 99.5 % quantile of their size are left out of the market volume that counts (`BEHAVIOUR.md` 3.3).
    pub block_filter: bool,
    /// How much worse than the arrival price a price may be, signed basis points; the tighter of this and the limit holds.
    pub relative_limit_bps: Option<i16>,
    /// Auctions the order takes part in.
    pub auctions: AuctionTerms,
}

impl Default for Constraints {
    fn default() -> Self {
        Constraints {
            max_pct_vol: None,
            min_slice_qty: Qty::ZERO,
            max_slice_qty: Qty(u64::MAX),
            sweep: false,
            freeze_clock_out_of_limit: true,
            past_end: false,
            rework_busts: false,
            count_volume_out_of_limit: false,
            block_filter: false,
            relative_limit_bps: None,
            auctions: AuctionTerms::NONE,
        }
    }
}
