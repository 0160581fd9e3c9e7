//! What one decision knows: quantities, bounds and prices, computed once.

use crate::params::shared::Settings;
use crate::schedule::{Driver, Pace, finishes_now};
use engine_core::algorithm::{Placement, Target, Wake};
use engine_core::child::Child;
use engine_core::view::{CHILDREN_MAX, View};
use shm_wire::codes::Completion;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{Ppm, Price, Qty};

/// Share of the opposite touch that one cross may take (`BEHAVIOUR.md` 2.4).
const DEPTH_SHARE: Ppm = Ppm(300_000);

/// What one decision knows; computed once.
pub(super) struct Situation<'a, 'v> {
    pub(super) settings: &'a Settings,
    pub(super) view: &'a View<'v>,
    pub(super) target: &'a Target,
    pub(super) pace: &'a Pace,
    pub(super) buy: bool,
    pub(super) filled: Qty,
    pub(super) committed: Qty,
    /// Least child, steps.
    pub(super) least: Qty,
    /// Due by the schedule alone.
    pub(super) due: Qty,
    /// What may be sent now: due, within catch-up rule, participation cap and largest slice, whole lots.
    pub(super) budget: Qty,
    /// Which children rest or may come to rest, a bit each.
    resting: u8,
    /// The first child whose request is unanswered, or that is immediate and out.
    busy: Option<u8>,
}

const _: () = assert!(CHILDREN_MAX <= 8, "a bit for each child");

/// Which bound keeps the budget below what is due.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Schedule,
    CatchUp,
    Cap,
}

impl<'a, 'v> Situation<'a, 'v> {
    pub(super) fn new(
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
        let (mut resting, mut busy) = (0, None);
        for (index, child) in (0..).zip(view.children) {
            if !child.state.is_over() {
                resting |= u8::from(!child.immediate) << index;
                if busy.is_none() && (child.immediate || !child.state.is_live()) {
                    busy = Some(index);
                }
            }
        }
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
            resting,
            busy,
        }
    }
    pub(super) fn bound(&self) -> Bound {
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
    pub(super) fn worth(&self) -> Qty {
        if self.due == self.view.ledger.free() && self.due >= self.least {
            self.least
        } else {
            self.least.max(self.pace.quantum)
        }
    }
    pub(super) fn near(&self) -> Price {
        self.view.market.near(self.buy)
    }
    pub(super) fn far(&self) -> Price {
        self.view.market.far(self.buy)
    }
    pub(super) fn tick(&self) -> i64 {
        self.view.instrument.tick_at(self.near())
    }
    /// A move of the touch that is worth the place in the queue at once.
    pub(super) fn large_move(&self) -> i64 {
        self.tick().max(self.view.market.average_spread() / 4)
    }
    pub(super) fn is_late(&self) -> bool {
        self.filled < self.pace.lower && self.pace.aim > self.filled
    }
    /// Whether taking the other side respects the limit and the order's wishes.
    pub(super) fn may_cross(&self) -> bool {
        !self.settings.passive_only && self.view.within_limit(self.far()) == self.far()
    }
    pub(super) fn resting(&self) -> impl Iterator<Item = (usize, &Child)> + Clone {
        let mask = self.resting;
        self.view
            .children
            .iter()
            .enumerate()
            .filter(move |(index, _)| mask >> index & 1 == 1)
    }
    /// How many rest.
    pub(super) fn resting_count(&self) -> u32 {
        self.resting.count_ones()
    }
    pub(super) fn youngest(&self) -> Option<(usize, &Child)> {
        if self.resting == 0 {
            return None;
        }
        self.resting().max_by_key(|(_, c)| c.ordinal)
    }
    pub(super) fn sweeps(&self) -> bool {
        self.pace.finishing
            && (self.settings.completion == Completion::Hard || finishes_now(self.view))
    }
    /// Most that one cross may take now, before what is allowed to be sent.
    pub(super) fn cross_wanted(&self) -> Qty {
        let shortfall = self.pace.aim.saturating_sub(self.filled);
        let depth = self.view.market.far_qty(self.buy);
        let whole_touch = self.pace.finishing || self.pace.takes_all;
        let share = if whole_touch {
            depth
        } else {
            DEPTH_SHARE.of(depth)
        };
        let mut wanted = shortfall;
        if !whole_touch {
            wanted = wanted.min(self.settings.emission_max(self.target.nominal));
        }
        if !self.sweeps() {
            wanted = wanted.min(share.max(self.least));
        }
        let wanted = wanted.min(self.view.constraints.max_slice_qty);
        self.view.instrument.floor_lots(wanted).max(self.least)
    }
    /// Waits while a request is unanswered or an immediate child is out: its report wakes the order.
    pub(super) fn unanswered(&self) -> Option<Placement> {
        let busy = &self.view.children[usize::from(self.busy?)];
        let operands = [operand(busy.open().0), busy.price.0, 0];
        Some(self.placed(Wake::NEVER, Reason::WaitChild, operands))
    }
    /// Market volume at which the participation cap lets the next child through.
    pub(super) fn cap_frees_at(&self) -> Qty {
        let Some(cap) = self.view.constraints.max_pct_vol else {
            return Qty(u64::MAX);
        };
        let own = (self.committed + self.worth()).saturating_sub(Qty(self.view.instrument.lot));
        let mark = crate::schedule::volume::others_for(own, cap);
        if mark > self.view.market_volume {
            mark
        } else {
            self.view.market_volume + Qty(1)
        }
    }
    /// Nothing to do: why.
    pub(super) fn waiting(&self, mut wake: Wake) -> Placement {
        let due_but_small = !self.due.is_zero() && self.budget < self.worth();
        let (filled, committed) = (operand(self.filled.0), operand(self.committed.0));
        let target = operand(self.target.cumulative.0);
        let (reason, operands) =
            if due_but_small && self.due >= self.worth() && self.bound() == Bound::Cap {
                wake = wake.or(Wake::at_volume(self.cap_frees_at()));
                let cap = operand(self.view.cap_total().0);
                (Reason::WaitCap, [cap, committed, 0])
            } else if due_but_small && self.due >= self.worth() && self.bound() == Bound::CatchUp {
                let cap = operand(self.pace.emission_max.0);
                (Reason::WaitCatchUp, [operand(self.due.0), cap, 0])
            } else if let Some((_, child)) = self.youngest() {
                let open = operand(child.open().0);
                (Reason::WaitChild, [open, child.price.0, 0])
            } else if due_but_small {
                let least = operand(self.worth().0);
                (Reason::WaitMinimum, [operand(self.due.0), least, 0])
            } else if self.committed > self.target.cumulative + self.target.band {
                let band = operand(self.target.band.0);
                (Reason::WaitBand, [target, filled, band])
            } else {
                match self.pace.driver {
                    Driver::Clock => {
                        let next = operand(self.target.wake.time.0);
                        (Reason::WaitSlice, [next, target, committed])
                    }
                    Driver::Ramp => {
                        let next = operand(self.target.wake.time.0);
                        (Reason::WaitRamp, [next, 0, 0])
                    }
                    Driver::Volume => {
                        let mark = operand(self.target.wake.volume.0);
                        let volume = operand(self.view.market_volume.0);
                        (Reason::WaitVolume, [volume, mark, committed])
                    }
                }
            };
        self.placed(wake, reason, operands)
    }
    pub(super) fn placed(&self, wake: Wake, reason: Reason, operands: [i64; 3]) -> Placement {
        Placement {
            wake,
            why: Why::new(reason, operands),
        }
    }
}

/// A quantity or instant as an operand of a reason.
pub(super) fn operand(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
