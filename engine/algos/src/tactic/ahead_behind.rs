//! The shared tactic: passive inside the band, improving when it gets late, crossing when it is late.
//!
//! ```text
//!            filled + reserved >= release          nothing new; what rests stays
//!   release ─────────────────────────────
//!            due = release - filled - reserved     a new child joins (or improves on) the touch
//!     lower ─────────────────────────────
//!            filled < lower                        a cross brings filled up to `aim`: out of what is due, else out of a
//!                                                  resting child, whose price is moved to the other side
//! ```
//!
//! Lateness looks at what is filled; sending looks at filled and reserved. A decision asks for one thing: one cross, or one
//! new child, or other prices for the children that rest. Nothing is asked while an earlier request of the order is
//! unanswered, so that a refused or lost request can neither send twice nor loop: a child whose repricing was refused
//! twice is canceled instead, and crosses keep a least distance in time.

use super::Tactic;
use super::price::{self, Style, ahead_of, towards_far};
use crate::params::shared::Settings;
use crate::schedule::{Driver, Pace, REST_MIN};
use engine_core::algorithm::{Intent, Intents, Placement, Style as Behaviour, Target, Wake};
use engine_core::child::Child;
use engine_core::view::View;
use shm_wire::codes::Completion;
use shm_wire::instrument::Round;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Ppm, Price, Qty};

pub use super::price::Style as PriceStyle;

/// Resting children of one order; one more slot is kept for a cross.
const RESTING_MAX: usize = 3;
/// Share of the opposite touch that one cross may take (`BEHAVIOUR.md` 2.4).
const DEPTH_SHARE: Ppm = Ppm(300_000);
/// How often an unusable book is looked at again.
const BOOK_RETRY: DurationNs = DurationNs::from_millis(500);
/// Below every price that a decoder accepts: a mark that any quote of the side reaches.
const ANY_PRICE: Price = Price(-Price::BOUND);
/// Refused repricings of a child after which it is canceled instead.
const REFUSALS_MAX: u8 = 2;
/// Steps of a sweep.
const SWEEP_STEPS: u8 = 4;

/// State of the tactic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AheadBehind {
    /// How children are priced.
    style: Style,
    /// Steps that the sweep of a HARD completion has taken.
    sweep_step: u8,
    /// Repricings of `asked_child` that had no effect.
    refusals: u8,
    /// Whether an answer to a repricing is outstanding.
    asked: bool,
    /// Child whose price was asked to move last.
    asked_child: u32,
    /// Where to.
    asked_price: Price,
    /// Children as they were when something was last asked for: the same picture means that the gate held it back.
    asked_of: u32,
    /// Whether the last request was a cross.
    asked_cross: bool,
    /// No cross before this.
    cross_from: Nanos,
    /// No repricing before this.
    reprice_from: Nanos,
}

/// What one decision knows; computed once.
struct Situation<'a, 'v> {
    settings: &'a Settings,
    view: &'a View<'v>,
    target: &'a Target,
    pace: &'a Pace,
    buy: bool,
    filled: Qty,
    committed: Qty,
    /// Least child, steps.
    least: Qty,
    /// Due by the schedule alone.
    due: Qty,
    /// What may be sent now: due, within catch-up rule, participation cap and largest slice, whole lots.
    budget: Qty,
}

/// Which bound keeps the budget below what is due.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Schedule,
    CatchUp,
    Cap,
}

impl<'a, 'v> Situation<'a, 'v> {
    fn new(
        settings: &'a Settings,
        view: &'a View<'v>,
        target: &'a Target,
        pace: &'a Pace,
    ) -> Situation<'a, 'v> {
        let ledger = view.ledger;
        let committed = ledger.filled() + ledger.reserved();
        let due = target.release.saturating_sub(committed).min(ledger.free());
        let budget = due
            .min(pace.emission_max)
            .min(view.cap_total().saturating_sub(committed))
            .min(view.constraints.max_slice_qty);
        Situation {
            settings,
            view,
            target,
            pace,
            buy: view.is_buy(),
            filled: ledger.filled(),
            committed,
            least: view.least_child(),
            due,
            budget: view.instrument.floor_lots(budget),
        }
    }
    fn bound(&self) -> Bound {
        let cap = self.view.cap_total().saturating_sub(self.committed);
        if self.view.instrument.floor_lots(cap) < self.worth() {
            Bound::Cap
        } else if self.pace.emission_max < self.worth() {
            Bound::CatchUp
        } else {
            Bound::Schedule
        }
    }
    /// Least quantity for which a child is worth sending; a smaller rest of the order is sent all the same.
    fn worth(&self) -> Qty {
        if self.due == self.view.ledger.free() && self.due >= self.least {
            self.least
        } else {
            self.least.max(self.pace.quantum)
        }
    }
    fn near(&self) -> Price {
        self.view.market.near(self.buy)
    }
    fn far(&self) -> Price {
        self.view.market.far(self.buy)
    }
    fn tick(&self) -> i64 {
        self.view.instrument.tick_at(self.near())
    }
    /// A move of the touch that is worth the place in the queue at once.
    fn large_move(&self) -> i64 {
        self.tick().max(self.view.market.average_spread() / 4)
    }
    fn is_late(&self) -> bool {
        self.filled < self.pace.lower && self.pace.aim > self.filled
    }
    /// Whether taking the other side respects the limit and the order's wishes.
    fn may_cross(&self) -> bool {
        !self.settings.passive_only && self.view.within_limit(self.far()) == self.far()
    }
    fn resting(&self) -> impl Iterator<Item = (usize, &Child)> + Clone {
        self.view
            .children
            .iter()
            .enumerate()
            .filter(|(_, c)| c.may_rest())
    }
    fn youngest(&self) -> Option<(usize, &Child)> {
        self.resting().max_by_key(|(_, c)| c.ordinal)
    }
    fn sweeps(&self) -> bool {
        self.pace.finishing && self.settings.completion == Completion::Hard
    }
    /// Most that one cross may take now, before what is allowed to be sent.
    fn cross_wanted(&self) -> Qty {
        let shortfall = self.pace.aim.saturating_sub(self.filled);
        let depth = self.view.market.far_qty(self.buy);
        let share = if self.pace.finishing {
            depth
        } else {
            DEPTH_SHARE.of(depth)
        };
        let mut wanted = shortfall;
        if !self.pace.finishing {
            wanted = wanted.min(self.settings.emission_max(self.target.nominal));
        }
        if !self.sweeps() {
            wanted = wanted.min(share.max(self.least));
        }
        let wanted = wanted.min(self.view.constraints.max_slice_qty);
        self.view.instrument.floor_lots(wanted).max(self.least)
    }
    fn placed(&self, wake: Wake, reason: Reason, operands: [i64; 3]) -> Placement {
        Placement {
            wake,
            why: Why::new(reason, operands),
        }
    }
}

/// A quantity or instant as an operand of a reason.
fn operand(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl AheadBehind {
    /// The tactic at rest.
    #[must_use]
    pub const fn new(style: Style) -> AheadBehind {
        AheadBehind {
            style,
            sweep_step: 0,
            refusals: 0,
            asked: false,
            asked_child: 0,
            asked_price: Price::NONE,
            asked_of: 0,
            asked_cross: false,
            cross_from: Nanos(0),
            reprice_from: Nanos(0),
        }
    }
}

impl Tactic for AheadBehind {
    fn place(
        &mut self,
        settings: &Settings,
        view: &View<'_>,
        target: &Target,
        pace: &Pace,
        intents: &mut Intents,
    ) -> Placement {
        let placed = self.decide(settings, view, target, pace, intents);
        if !intents.is_empty() {
            self.asked_of = picture(view);
        }
        placed
    }
}

impl AheadBehind {
    fn decide(
        &mut self,
        settings: &Settings,
        view: &View<'_>,
        target: &Target,
        pace: &Pace,
        intents: &mut Intents,
    ) -> Placement {
        let mut pace = *pace;
        if self.style == Style::Marketable && !settings.passive_only {
            pace.lower = pace.lower.max(target.release);
            pace.aim = pace.aim.max(target.release);
        }
        let s = Situation::new(settings, view, target, &pace);
        if let Some(waiting) = unanswered(&s) {
            return waiting;
        }
        self.note_held(view);
        self.note_answer(&s);
        if view.out_of_limit {
            return self.rest_at_limit(&s, intents);
        }
        if !view.market.is_usable() {
            let (bid, ask) = (view.market.bid, view.market.ask);
            let wake = Wake {
                bid_at_or_above: (!bid.is_some()).then_some(ANY_PRICE),
                ask_at_or_above: (!ask.is_some()).then_some(ANY_PRICE),
                ..Wake::at(view.now.plus(BOOK_RETRY))
            };
            return s.placed(wake, Reason::WaitBook, [bid.0, ask.0, 0]);
        }
        if s.is_late() && s.may_cross() {
            if view.now < self.cross_from {
                return self.wait(&s, Wake::at(self.cross_from));
            }
            if let Some(placed) = self.cross(&s, intents) {
                return placed;
            }
        }
        if let Some(placed) = self.reprice(&s, intents) {
            return placed;
        }
        if let Some(placed) = self.join(&s, intents) {
            return placed;
        }
        self.wait(&s, Wake::NEVER)
    }
}

/// Waits while a request is unanswered or an immediate child is out: its report wakes the order.
fn unanswered(s: &Situation<'_, '_>) -> Option<Placement> {
    let busy = s
        .view
        .children
        .iter()
        .find(|c| !c.state.is_over() && (c.immediate || !c.state.is_live()))?;
    let operands = [operand(busy.open().0), busy.price.0, 0];
    Some(s.placed(Wake::NEVER, Reason::WaitChild, operands))
}

/// A number that changes with every request that the gate lets through: the youngest ordinal and all versions.
fn picture(view: &View<'_>) -> u32 {
    let youngest = view.children.iter().map(|c| c.ordinal).max().unwrap_or(0);
    view.children.iter().fold(youngest, |sum, c| {
        sum.wrapping_add(u32::from(c.version).wrapping_mul(0x0100_0193))
    })
}

impl AheadBehind {
    /// A request that the gate held back neither starts the distance between crosses nor counts as refused.
    fn note_held(&mut self, view: &View<'_>) {
        if self.asked_of == picture(view) {
            self.asked = false;
            if self.asked_cross {
                self.cross_from = view.now;
            }
        }
        self.asked_cross = false;
    }
    /// Learns whether the last repricing took effect.
    fn note_answer(&mut self, s: &Situation<'_, '_>) {
        if !self.asked {
            return;
        }
        self.asked = false;
        let child = s.resting().find(|(_, c)| c.ordinal == self.asked_child);
        match child {
            Some((_, c)) if c.price != self.asked_price => {
                self.refusals = self.refusals.saturating_add(1);
            }
            _ => self.refusals = 0,
        }
    }
    fn note_request(&mut self, child: &Child, price: Price) {
        if self.asked_child != child.ordinal {
            self.refusals = 0;
        }
        self.asked = true;
        self.asked_child = child.ordinal;
        self.asked_price = price;
    }

    /// Out of limit: one child of one nominal slice rests at the limit; nothing escalates.
    fn rest_at_limit(&mut self, s: &Situation<'_, '_>, intents: &mut Intents) -> Placement {
        let limit = s.view.instrument.round_to_tick(
            s.view.order.limit,
            if s.buy { Round::Down } else { Round::Up },
        );
        if let Some((index, child)) = s.youngest() {
            let operands = [limit.0, operand(child.open().0), 0];
            let rested = child.sent.plus(REST_MIN).max(self.reprice_from);
            if child.price == limit || self.refusals >= REFUSALS_MAX {
                return s.placed(Wake::NEVER, Reason::RestAtLimit, operands);
            }
            if s.view.now >= rested {
                self.note_request(child, limit);
                self.reprice_from = s.view.now.plus(REST_MIN);
                intents.push(Intent::Replace {
                    child: index,
                    qty: child.qty,
                    price: limit,
                    why: Why::new(Reason::RestAtLimit, operands),
                });
            }
            return s.placed(Wake::at(rested), Reason::RestAtLimit, operands);
        }
        let free = s
            .view
            .ledger
            .free()
            .min(s.view.cap_total().saturating_sub(s.committed))
            .min(s.view.constraints.max_slice_qty)
            .min(s.target.nominal.max(s.least));
        let qty = s.view.instrument.floor_lots(free);
        let operands = [limit.0, operand(qty.0), 0];
        if qty < s.least || s.view.market.stale {
            let operands = [operand(qty.0), operand(s.least.0), 0];
            return s.placed(Wake::NEVER, Reason::WaitMinimum, operands);
        }
        let why = Why::new(Reason::RestAtLimit, operands);
        intents.push(Intent::New {
            qty,
            price: limit,
            style: behaviour(s.settings),
            why,
        });
        Placement {
            wake: Wake::at(s.view.now.plus(REST_MIN)),
            why,
        }
    }

    /// Takes the other side: with what is due, else by moving the youngest resting child there.
    fn cross(&mut self, s: &Situation<'_, '_>, intents: &mut Intents) -> Option<Placement> {
        let wanted = s.cross_wanted();
        let price = if s.sweeps() {
            price::sweep(s.view, self.sweep_step, s.settings.hard_cost_cap_bps)
        } else {
            s.far()
        };
        let why = |qty: Qty| {
            if s.pace.finishing {
                let leaves = operand(s.view.ledger.leaves().0);
                Why::new(Reason::CompletionCross, [leaves, operand(qty.0), 0])
            } else {
                let (cumulative, filled) = (operand(s.target.cumulative.0), operand(s.filled.0));
                Why::new(Reason::BehindCross, [cumulative, filled, operand(qty.0)])
            }
        };
        let qty = wanted.min(s.budget);
        let has_room = s.view.children.iter().any(|c| c.state.is_over());
        let intent = if qty >= s.least && has_room {
            Intent::New {
                qty,
                price,
                style: crossing(s.view),
                why: why(qty),
            }
        } else {
            let (index, child) = s.youngest()?;
            let stuck = self.asked_child == child.ordinal && self.refusals >= REFUSALS_MAX;
            if stuck || ahead_of(child.price, price, s.buy) >= 0 {
                // It should have traded, or will not move: take it back and cross with what returns.
                Intent::Cancel {
                    child: index,
                    why: Why::new(Reason::SliceOver, [operand(child.open().0), 0, 0]),
                }
            } else {
                let kept = moved_qty(s, child, wanted);
                self.note_request(child, price);
                Intent::Replace {
                    child: index,
                    qty: kept,
                    price,
                    why: why(kept.saturating_sub(child.filled)),
                }
            }
        };
        if s.sweeps() {
            self.sweep_step = (self.sweep_step + 1).min(SWEEP_STEPS);
        }
        self.cross_from = s.view.now.plus(s.pace.cross_gap);
        self.asked_cross = true;
        intents.push(intent);
        Some(Placement {
            wake: Wake::at(self.cross_from),
            why: intent_why(&intent),
        })
    }

    /// Moves resting children after the touch, when the place in the queue is worth less than the move.
    fn reprice(&mut self, s: &Situation<'_, '_>, intents: &mut Intents) -> Option<Placement> {
        let now = s.view.now;
        let wanted = price::resting(s.view, self.style, s.pace.improve);
        if now < self.reprice_from {
            return None;
        }
        let mut first = None;
        for (index, child) in s.resting() {
            let move_by = ahead_of(wanted, child.price, s.buy);
            if move_by < s.tick() || now < child.sent.plus(self.rest_of(s, move_by)) {
                continue;
            }
            let stuck = self.asked_child == child.ordinal && self.refusals >= REFUSALS_MAX;
            let intent = if stuck {
                Intent::Cancel {
                    child: index,
                    why: Why::new(Reason::SliceOver, [operand(child.open().0), 0, 0]),
                }
            } else {
                if first.is_none() {
                    self.note_request(child, wanted);
                }
                Intent::Replace {
                    child: index,
                    qty: child.qty,
                    price: wanted,
                    why: reprice_why(s, child, wanted),
                }
            };
            intents.push(intent);
            first = first.or(Some(intent));
        }
        let first = first?;
        self.reprice_from = now.plus(REST_MIN);
        Some(Placement {
            wake: Wake::at(self.reprice_from),
            why: intent_why(&first),
        })
    }
    /// How long a child rests before a move of this size.
    fn rest_of(&self, s: &Situation<'_, '_>, move_by: i64) -> DurationNs {
        if move_by > s.large_move() || s.pace.improve || s.is_late() {
            REST_MIN
        } else {
            s.pace.repost
        }
    }

    /// Sends what is due as a new resting child, or adds it to the youngest when there are enough.
    fn join(&mut self, s: &Situation<'_, '_>, intents: &mut Intents) -> Option<Placement> {
        let qty = s.budget;
        if qty < s.worth() || qty.is_zero() {
            return None;
        }
        let price = price::resting(s.view, self.style, s.pace.improve);
        let why = match s.pace.driver {
            Driver::Clock => Why::new(
                Reason::SliceDue,
                [
                    operand(s.target.release.0),
                    operand(s.committed.0),
                    operand(qty.0),
                ],
            ),
            Driver::Volume => Why::new(
                Reason::VolumeDue,
                [
                    operand(s.view.market_volume.0),
                    operand(s.due.0),
                    operand(qty.0),
                ],
            ),
        };
        let intent = if s.resting().count() < RESTING_MAX {
            Intent::New {
                qty,
                price,
                style: behaviour(s.settings),
                why,
            }
        } else {
            let (index, child) = s.youngest()?;
            let rested = child.sent.plus(REST_MIN).max(self.reprice_from);
            let stuck = self.asked_child == child.ordinal && self.refusals >= REFUSALS_MAX;
            if s.view.now < rested || stuck {
                return None;
            }
            self.note_request(child, price);
            self.reprice_from = s.view.now.plus(REST_MIN);
            Intent::Replace {
                child: index,
                qty: child.qty + qty,
                price,
                why,
            }
        };
        intents.push(intent);
        Some(Placement {
            wake: Wake::at(s.view.now.plus(REST_MIN)),
            why,
        })
    }

    /// Nothing to do: says why, and what changes it.
    fn wait(&self, s: &Situation<'_, '_>, wake: Wake) -> Placement {
        let mut wake = wake.or(self.touch_wake(s));
        let due_but_small = !s.due.is_zero() && s.budget < s.worth();
        let (filled, committed) = (operand(s.filled.0), operand(s.committed.0));
        let target = operand(s.target.cumulative.0);
        let (reason, operands) = if due_but_small && s.due >= s.worth() && s.bound() == Bound::Cap {
            wake = wake.or(Wake::at_volume(self.cap_frees_at(s)));
            let cap = operand(s.view.cap_total().0);
            (Reason::WaitCap, [cap, committed, 0])
        } else if due_but_small && s.due >= s.worth() && s.bound() == Bound::CatchUp {
            let cap = operand(s.pace.emission_max.0);
            (Reason::WaitCatchUp, [operand(s.due.0), cap, 0])
        } else if let Some((_, child)) = s.youngest() {
            let open = operand(child.open().0);
            (Reason::WaitChild, [open, child.price.0, 0])
        } else if due_but_small {
            let least = operand(s.worth().0);
            (Reason::WaitMinimum, [operand(s.due.0), least, 0])
        } else if s.committed > s.target.cumulative + s.target.band {
            let band = operand(s.target.band.0);
            (Reason::WaitBand, [target, filled, band])
        } else {
            match s.pace.driver {
                Driver::Clock => {
                    let next = operand(s.target.wake.time.0);
                    (Reason::WaitSlice, [next, target, committed])
                }
                Driver::Volume => {
                    let mark = operand(s.target.wake.volume.0);
                    let volume = operand(s.view.market_volume.0);
                    (Reason::WaitVolume, [volume, mark, committed])
                }
            }
        };
        s.placed(wake, reason, operands)
    }

    /// Market volume at which the participation cap lets the next child through.
    fn cap_frees_at(&self, s: &Situation<'_, '_>) -> Qty {
        let Some(cap) = s.view.constraints.max_pct_vol else {
            return Qty(u64::MAX);
        };
        let own = (s.committed + s.worth()).saturating_sub(Qty(s.view.instrument.lot));
        let mark = crate::schedule::volume::others_for(own, cap);
        if mark > s.view.market_volume {
            mark
        } else {
            s.view.market_volume + Qty(1)
        }
    }

    /// Marks at which the touch leaves the least aggressive child, or comes within the limit when a cross waits for it.
    fn touch_wake(&self, s: &Situation<'_, '_>) -> Wake {
        let mut wake = Wake::NEVER;
        if s.is_late() && !s.settings.passive_only && !s.may_cross() {
            let limit = s.view.order.limit;
            if s.buy {
                wake.ask_at_or_below = Some(limit);
            } else {
                wake.bid_at_or_above = Some(limit);
            }
        }
        let last = s.resting().map(|(_, c)| c).min_by_key(|c| {
            if s.buy {
                c.price.0
            } else {
                c.price.0.saturating_neg()
            }
        });
        let Some(child) = last else {
            return wake;
        };
        let limit = s.view.within_limit(s.far());
        let wanted = price::resting(s.view, self.style, s.pace.improve);
        let move_by = ahead_of(wanted, child.price, s.buy);
        let distance = if move_by < s.tick() {
            s.tick()
        } else {
            let rested = child
                .sent
                .plus(self.rest_of(s, move_by))
                .max(self.reprice_from);
            wake.time = if rested > s.view.now {
                rested
            } else {
                s.view.now.plus(REST_MIN)
            };
            s.large_move().saturating_add(s.tick())
        };
        let mark = towards_far(child.price, distance, s.buy);
        // A child at the limit has nowhere to go, and a mark already passed would wake at every quote.
        let passed = ahead_of(s.near(), mark, s.buy) >= 0;
        if passed || (s.view.order.limit.is_some() && ahead_of(mark, limit, s.buy) > 0) {
            return wake;
        }
        if s.buy {
            wake.bid_at_or_above = Some(wake.bid_at_or_above.map_or(mark, |m| m.max(mark)));
        } else {
            wake.ask_at_or_below = Some(wake.ask_at_or_below.map_or(mark, |m| m.min(mark)));
        }
        wake
    }
}

/// How new resting children behave.
const fn behaviour(settings: &Settings) -> Behaviour {
    if settings.passive_only {
        Behaviour::PostOnly
    } else {
        Behaviour::Rest
    }
}

/// How a new crossing child behaves. Where odd lots are barred it rests with what it could not trade: an odd rest that came
/// back could not be sent again, and would be left over as dust.
fn crossing(view: &View<'_>) -> Behaviour {
    if view.instrument.granule() == Qty(1) {
        Behaviour::Immediate
    } else {
        Behaviour::Rest
    }
}

/// Total quantity of a child that is moved to the other side to trade `wanted` of it.
fn moved_qty(s: &Situation<'_, '_>, child: &Child, wanted: Qty) -> Qty {
    let lot = s.view.instrument.granule().0;
    let total = Qty((child.filled.0 + wanted.0)
        .div_ceil(lot)
        .saturating_mul(lot));
    total.min(child.qty)
}

fn reprice_why(s: &Situation<'_, '_>, child: &Child, wanted: Price) -> Why {
    if s.pace.improve {
        let (target, filled) = (operand(s.target.cumulative.0), operand(s.filled.0));
        let open = operand(child.open().0);
        Why::new(Reason::BehindImprove, [target, filled, open])
    } else {
        Why::new(Reason::Reprice, [child.price.0, wanted.0, 0])
    }
}

const fn intent_why(intent: &Intent) -> Why {
    match intent {
        Intent::New { why, .. } | Intent::Replace { why, .. } | Intent::Cancel { why, .. } => *why,
    }
}
