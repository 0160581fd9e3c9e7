//! The contract between the engine and its algorithms: targets, wakes and intents.
//!
//! The engine asks for a target (how much should be done by now) and then for intents (how to get there), under the
//! constraints that it applies itself. An algorithm keeps its own plan, a fixed-size value; it sees only a [`View`].

use crate::auction::Call;
use crate::market::MarketState;
use crate::view::{Constraints, Order, View};
use shm_wire::codes::ResumePolicy;
use shm_wire::instrument::Instrument;
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::units::{Nanos, Price, Qty};

/// What makes an order due again. Each mark that is crossed wakes it; absent marks are "never".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wake {
    /// At or after this instant.
    pub time: Nanos,
    /// When the others' eligible volume since the order's start (M) reaches this; `u64::MAX` = never.
    pub volume: Qty,
    /// When the best bid is at or above this.
    pub bid_at_or_above: Option<Price>,
    /// When the best bid is at or below this.
    pub bid_at_or_below: Option<Price>,
    /// When the best ask is at or above this.
    pub ask_at_or_above: Option<Price>,
    /// When the best ask is at or below this.
    pub ask_at_or_below: Option<Price>,
}

impl Wake {
    /// Never: only reports, requests and market-wide events.
    pub const NEVER: Wake = Wake {
        time: Nanos::NEVER,
        volume: Qty(u64::MAX),
        bid_at_or_above: None,
        bid_at_or_below: None,
        ask_at_or_above: None,
        ask_at_or_below: None,
    };
    /// At an instant.
    #[must_use]
    pub const fn at(time: Nanos) -> Wake {
        Wake {
            time,
            ..Wake::NEVER
        }
    }
    /// At a market volume.
    #[must_use]
    pub const fn at_volume(volume: Qty) -> Wake {
        Wake {
            volume,
            ..Wake::NEVER
        }
    }
    /// Whichever of the two comes first, mark by mark.
    #[must_use]
    pub fn or(self, other: Wake) -> Wake {
        fn nearer(a: Option<Price>, b: Option<Price>, low: bool) -> Option<Price> {
            match (a, b) {
                (Some(a), Some(b)) => Some(if low { a.min(b) } else { a.max(b) }),
                (a, b) => a.or(b),
            }
        }
        Wake {
            time: self.time.min(other.time),
            volume: self.volume.min(other.volume),
            bid_at_or_above: nearer(self.bid_at_or_above, other.bid_at_or_above, true),
            bid_at_or_below: nearer(self.bid_at_or_below, other.bid_at_or_below, false),
            ask_at_or_above: nearer(self.ask_at_or_above, other.ask_at_or_above, true),
            ask_at_or_below: nearer(self.ask_at_or_below, other.ask_at_or_below, false),
        }
    }
}

/// A schedule's answer: what should be done by now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    /// Cumulative quantity that should be filled by now: Q(t).
    pub cumulative: Qty,
    /// Quantity up to which children may be sent now (at a slice's due time the slice's end target; equals `cumulative`
    /// for schedules without slices).
    pub release: Qty,
    /// Half-width b of the band around Q(t).
    pub band: Qty,
    /// One nominal slice.
    pub nominal: Qty,
    /// Index of the current slice; when it changes the engine reports the end of the one before.
    pub slice: u32,
    /// Cumulative target at the start of the current slice, that is at the end of the one before.
    pub slice_start_target: Qty,
    /// Start of the current slice.
    pub slice_start: Nanos,
    /// End of the current slice.
    pub slice_end: Nanos,
    /// From here on the order is COMPLETING; [`Nanos::NEVER`] for none.
    pub finishing_from: Nanos,
    /// What wakes the schedule.
    pub wake: Wake,
}

/// What an algorithm wants done. The engine clamps quantity and price and may hold it back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intent {
    /// A new child order.
    New {
        /// Quantity wanted, steps.
        qty: Qty,
        /// Limit price; every child has one.
        price: Price,
        /// How it behaves at the venue.
        style: Style,
        /// Why.
        why: Why,
    },
    /// Other terms for a live child.
    Replace {
        /// Index into [`View::children`].
        child: usize,
        /// Total quantity wanted, fills included.
        qty: Qty,
        /// Limit price.
        price: Price,
        /// Why.
        why: Why,
    },
    /// Take a child back.
    Cancel {
        /// Index into [`View::children`].
        child: usize,
        /// Why.
        why: Why,
    },
}

/// How a new child behaves at the venue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Rests; refused by the venue if it would trade on arrival.
    PostOnly,
    /// Rests if it does not trade.
    Rest,
    /// Trades at once what it can; the rest is canceled.
    Immediate,
}

/// Most intents of one decision.
pub const INTENTS_MAX: usize = 6;

/// The intents of one decision: a fixed buffer.
#[derive(Clone, Copy, Debug)]
pub struct Intents {
    items: [Option<Intent>; INTENTS_MAX],
    count: usize,
    overflow: u32,
}

impl Default for Intents {
    fn default() -> Self {
        Intents {
            items: [None; INTENTS_MAX],
            count: 0,
            overflow: 0,
        }
    }
}

impl Intents {
    /// Adds an intent; one too many is counted and left out.
    pub fn push(&mut self, intent: Intent) {
        if let Some(slot) = self.items.get_mut(self.count) {
            *slot = Some(intent);
            self.count += 1;
        } else {
            self.overflow += 1;
        }
    }
    /// The intents in order.
    pub fn iter(&self) -> impl Iterator<Item = &Intent> {
        self.items[..self.count].iter().flatten()
    }
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    /// Intents that did not fit: a bug of the algorithm, counted by the engine.
    #[must_use]
    pub fn overflow(&self) -> u32 {
        self.overflow
    }
}

/// A tactic's answer besides its intents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placement {
    /// What wakes the tactic.
    pub wake: Wake,
    /// Why it did what it did, or why it did nothing.
    pub why: Why,
}

/// Why an algorithm refuses terms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The field.
    pub field: FieldCode,
    /// The parameter when the field is PARAMETERS, else 0.
    pub parameter: u16,
    /// The rule, with operands.
    pub why: Why,
}

/// The algorithms that an engine runs. One implementation per process; dispatch is static.
pub trait Algorithms {
    /// What the algorithms keep for one order: fixed size, no heap.
    type Plan: Copy + Default;
    /// What an answer holds for the placement that follows it, beside the target; not kept.
    type Pace: Copy;

    /// Checks the terms of a new or amended order and makes its plan and constraints.
    ///
    /// # Errors
    /// [`Refusal`] naming field, parameter and rule.
    fn plan(
        &self,
        algorithm: u16,
        order: &Order,
        instrument: &Instrument,
        now: Nanos,
    ) -> Result<(Self::Plan, Constraints), Refusal>;

    /// As [`Algorithms::plan`], with the market as it is now, for algorithms whose plan depends on it.
    ///
    /// # Errors
    /// [`Refusal`] naming field, parameter and rule.
    fn plan_in(
        &self,
        algorithm: u16,
        order: &Order,
        instrument: &Instrument,
        market: &MarketState,
        now: Nanos,
    ) -> Result<(Self::Plan, Constraints), Refusal> {
        let _ = market;
        self.plan(algorithm, order, instrument, now)
    }

    /// What the order source is told with the acceptance: ACCEPTED, with what the plan was made from.
    fn accept_note(&self, plan: &Self::Plan) -> Why {
        let _ = plan;
        Why::bare(Reason::Accepted)
    }

    /// What should be done by now. Called before every placement.
    fn target(&self, plan: &mut Self::Plan, view: &View<'_>) -> (Target, Self::Pace);

    /// How to get there: pushes intents. `target` and `pace` are the last answer of [`Algorithms::target`].
    fn place(
        &self,
        plan: &mut Self::Plan,
        view: &View<'_>,
        target: &Target,
        pace: &Self::Pace,
        intents: &mut Intents,
    ) -> Placement;

    /// An auction whose orders are due: how much the order wants to be in it. The engine takes no more than `call.most`, what
    /// is free and what its limits allow, and asks again until its order is out or the cut-off is over.
    fn auction(&self, plan: &Self::Plan, view: &View<'_>, call: &Call<'_>) -> Qty {
        let _ = (plan, view, call);
        Qty::ZERO
    }

    /// The order works again after a pause or suspension, or its terms changed: draws the schedule anew from (now, filled)
    /// to (end, ordered), or keeps the old one, as `policy` says.
    fn resume(&self, plan: &mut Self::Plan, view: &View<'_>, policy: ResumePolicy);
}
