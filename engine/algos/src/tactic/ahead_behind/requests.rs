//! What the tactic asks for: a child at the limit, a cross, other prices, a new child.

use super::{AheadBehind, REFUSALS_MAX};
use crate::params::shared::Settings;
use crate::schedule::{Driver, REST_MIN};
use crate::tactic::price::{self, Style, ahead_of};
use crate::tactic::situation::{Situation, operand};
use engine_core::algorithm::{Intent, Intents, Placement, Style as Behaviour, Wake};
use engine_core::child::Child;
use shm_wire::instrument::Round;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Price, Qty};

/// Resting children of one order; one more slot is kept for a cross.
const RESTING_MAX: u32 = 3;
/// Steps of a sweep.
const SWEEP_STEPS: u8 = 4;

impl AheadBehind {
    /// Out of limit: one child of one nominal slice rests at the limit; nothing escalates.
    pub(super) fn rest_at_limit(
        &mut self,
        s: &Situation<'_, '_>,
        intents: &mut Intents,
    ) -> Placement {
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
    pub(super) fn cross(
        &mut self,
        s: &Situation<'_, '_>,
        intents: &mut Intents,
    ) -> Option<Placement> {
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
                style: price::crossing(s.view),
                why: why(qty),
            }
        } else {
            let (index, child) = s.youngest()?;
            let stuck = self.asked_child == child.ordinal && self.refusals >= REFUSALS_MAX;
            if stuck || ahead_of(child.price, price, s.buy) >= 0 {
                // It should have traded, or will not move: take it back and cross with what returns.
                let over = Why::new(Reason::SliceOver, [operand(child.open().0), 0, 0]);
                match price::kept_for_odd_rest(s.view, child).filter(|_| !stuck) {
                    None => Intent::Cancel {
                        child: index,
                        why: over,
                    },
                    Some(kept) if kept < child.qty => Intent::Replace {
                        child: index,
                        qty: kept,
                        price: child.price,
                        why: over,
                    },
                    // Nothing but the odd rest is left of it.
                    Some(_) => return None,
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
            why: price::intent_why(&intent),
        })
    }

    /// Moves resting children after the touch, when the place in the queue is worth less than the move.
    pub(super) fn reprice(
        &mut self,
        s: &Situation<'_, '_>,
        intents: &mut Intents,
    ) -> Option<Placement> {
        let now = s.view.now;
        if s.resting_count() == 0 || now < self.reprice_from {
            return None;
        }
        let wanted = price::resting(s, self.style, self.others);
        let mut first = None;
        for (index, child) in s.resting() {
            let move_by = ahead_of(wanted, child.price, s.buy);
            let move_by = if self.follows() {
                move_by.saturating_abs()
            } else {
                move_by
            };
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
            why: price::intent_why(&first),
        })
    }
    /// Whether children follow their price to the passive side too: one that stands at the touch keeps its place instead.
    pub(super) fn follows(&self) -> bool {
        matches!(self.style, Style::Mid | Style::Last(_))
    }
    /// How long a child rests before a move of this size.
    pub(super) fn rest_of(&self, s: &Situation<'_, '_>, move_by: i64) -> DurationNs {
        if move_by > s.large_move() || s.pace.improve || s.is_late() {
            REST_MIN
        } else {
            s.pace.repost
        }
    }

    /// Sends what is due as a new resting child, or adds it to the youngest when there are enough.
    pub(super) fn join(
        &mut self,
        s: &Situation<'_, '_>,
        intents: &mut Intents,
    ) -> Option<Placement> {
        let qty = s.budget;
        if qty < s.worth() || qty.is_zero() {
            return None;
        }
        let price = price::resting(s, self.style, self.others);
        let why = match s.pace.driver {
            Driver::Clock => Why::new(
                Reason::SliceDue,
                [
                    operand(s.target.release.0),
                    operand(s.committed.0),
                    operand(qty.0),
                ],
            ),
            Driver::Volume | Driver::Ramp => Why::new(
                Reason::VolumeDue,
                [
                    operand(s.view.market_volume.0),
                    operand(s.due.0),
                    operand(qty.0),
                ],
            ),
        };
        let intent = if s.resting_count() < RESTING_MAX {
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
}

/// How new resting children behave.
const fn behaviour(settings: &Settings) -> Behaviour {
    if settings.passive_only {
        Behaviour::PostOnly
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
