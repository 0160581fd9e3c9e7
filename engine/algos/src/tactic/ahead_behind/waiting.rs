//! Waiting: why nothing is asked for, and what changes that.

use super::AheadBehind;
use crate::tactic::situation::{Bound, Situation, operand};
use crate::schedule::{Driver, REST_MIN};
use crate::tactic::price::{self, ahead_of, towards_far};
use engine_core::algorithm::{Placement, Wake};
use shm_wire::reason::Reason;

impl AheadBehind {
    /// Nothing to do: says why, and what changes it.
    pub(super) fn wait(&self, s: &Situation<'_, '_>, wake: Wake) -> Placement {
        let mut wake = wake.or(self.touch_wake(s));
        let due_but_small = !s.due.is_zero() && s.budget < s.worth();
        let (filled, committed) = (operand(s.filled.0), operand(s.committed.0));
        let target = operand(s.target.cumulative.0);
        let (reason, operands) = if due_but_small && s.due >= s.worth() && s.bound() == Bound::Cap {
            wake = wake.or(Wake::at_volume(s.cap_frees_at()));
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

    /// Marks at which the touch leaves the least aggressive child, or comes within the limit when a cross waits for it.
    pub(super) fn touch_wake(&self, s: &Situation<'_, '_>) -> Wake {
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
