//! Waiting: why nothing is asked for, and what changes that.

use super::AheadBehind;
use crate::schedule::REST_MIN;
use crate::tactic::price::{self, Style, ahead_of, towards_far};
use crate::tactic::situation::Situation;
use engine_core::algorithm::{Placement, Wake};
use shm_wire::units::{Nanos, Price, Qty};

impl AheadBehind {
    /// Nothing to do: says why, and what changes it.
    pub(super) fn wait(&self, s: &Situation<'_, '_>, wake: Wake) -> Placement {
        s.waiting(wake.or(self.touch_wake(s)))
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
        let wanted = price::resting(s, self.style, self.others);
        let move_by = ahead_of(wanted, child.price, s.buy);
        let move_by = if self.follows() {
            move_by.saturating_abs()
        } else {
            move_by
        };
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
        match self.style {
            Style::Mid | Style::Last(_) if wake.time != Nanos::NEVER => return wake,
            Style::Mid => return wake.or(mid_wake(s)),
            Style::Last(_) => return wake.or(Wake::at_volume(s.view.market_volume + Qty(1))),
            _ => {}
        }
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

/// Marks at which either side of the touch has moved so that a price between them follows.
fn mid_wake(s: &Situation<'_, '_>) -> Wake {
    let (bid, ask) = (s.view.market.bid, s.view.market.ask);
    let at = |touch: Price, ticks: i64| touch.checked_add(s.tick() * ticks);
    Wake {
        bid_at_or_above: at(bid, 1),
        bid_at_or_below: at(bid, -1),
        ask_at_or_above: at(ask, 1),
        ask_at_or_below: at(ask, -1),
        ..Wake::NEVER
    }
}
