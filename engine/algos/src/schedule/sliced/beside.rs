//! What takes a sliced order off its line: a cap that leaves too little room, a least share of the market, a good price.

use super::Sliced;
use super::cut::Grid;
use crate::params::shared::Settings;
use crate::schedule::Pace;
use crate::schedule::shape::{Greed, Opportunity, Shape};
use crate::schedule::volume::others_for;
use engine_core::algorithm::Target;
use engine_core::view::View;
use shm_wire::units::Qty;

/// Part of the order that a good price may bring it ahead of the line.
const AHEAD_PART: u64 = 4;

impl<S: Shape> Sliced<S> {
    /// Whether the cap leaves room for the rest: if not, everything the cap allows goes now instead of at the end.
    pub(super) fn look_ahead(&mut self, view: &View<'_>, target: &mut Target, pace: &mut Pace) {
        if !S::WATCHES {
            return;
        }
        let (shape, window) = (&self.shape, self.window());
        let left = || shape.expected_volume(view, window);
        let committed = view.ledger.filled() + view.ledger.reserved();
        let room = view.cap_total().saturating_sub(committed);
        let binds = S::IS_COSTED && target.release > committed && room < view.least_child();
        let infeasible = self.outlook.look(view, window, binds, left);
        target.wake.time = self.outlook.next(view, window);
        if !infeasible || !S::LOOKS_AHEAD {
            return;
        }
        let reachable = view.cap_total().min(self.total);
        target.release = target.release.max(view.instrument.floor_lots(reachable));
        pace.emission_max = Qty(u64::MAX);
        pace.quantum = pace.quantum.max(Qty(self
            .average(&Grid::of(view.instrument, self.slice_min))
            .0
            / 2));
    }

    /// What the order's least share of the market asks for is due, whatever the line says.
    pub(super) fn keep_up(&self, view: &View<'_>, target: &mut Target, pace: &mut Pace) {
        let Some(rate) = self.shape.min_rate() else {
            return;
        };
        let due = rate.own_of_others(view.market_volume).min(self.total);
        let (filled, lots) = (view.ledger.filled(), view.instrument.floor_lots(due));
        target.cumulative = target.cumulative.max(due);
        target.release = target.release.max(lots);
        pace.lower = pace.lower.max(lots);
        pace.aim = pace.aim.max(lots);
        pace.emission_max = pace.emission_max.max(lots.saturating_sub(filled));
        let next = filled.max(lots) + view.least_child();
        if next <= self.total {
            target.wake.volume = others_for(next, rate);
        }
    }

    /// A price as good as the shape waits for is taken; else it wakes the order.
    pub(super) fn seize(
        &self,
        settings: &Settings,
        view: &View<'_>,
        target: &mut Target,
        pace: &mut Pace,
    ) {
        let Some(Opportunity { price, greed }) = self.shape.opportunity(view) else {
            return;
        };
        let far = view.market.far(view.is_buy());
        let good = far.is_some()
            && if view.is_buy() {
                far <= price
            } else {
                far >= price
            };
        if good {
            let grid = Grid::of(view.instrument, self.slice_min);
            let more = Qty(self
                .average(&grid)
                .0
                .saturating_mul(settings.catch_up_cap_x.into()));
            let filled = view.ledger.filled();
            let (more, most) = match greed {
                // Ahead of the line by so much at most: a small move is no reason to do all of it at once.
                Greed::Slices => (more, target.cumulative + Qty(self.total.0 / AHEAD_PART)),
                Greed::Share(share) => {
                    pace.takes_all = true;
                    let some = share.of(view.ledger.leaves()).max(view.least_child());
                    (some, self.total)
                }
            };
            let wanted = Qty(filled.0.saturating_add(more.0))
                .min(most)
                .min(self.total);
            if wanted <= filled {
                return;
            }
            target.release = target.release.max(view.instrument.floor_lots(wanted));
            pace.emission_max = pace.emission_max.max(more);
            pace.lower = pace.lower.max(wanted);
            pace.aim = pace.aim.max(wanted);
        } else if view.is_buy() {
            target.wake.ask_at_or_below = Some(price);
        } else {
            target.wake.bid_at_or_above = Some(price);
        }
    }
}
