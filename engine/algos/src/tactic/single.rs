//! One visible child at a time at a pegged price: iceberg and pegged orders.
//!
//! ```text
//!   nothing open, nothing on its way ── refresh delay ──▶ next tranche at the peg
//!   child rests ── reference moved min_chase ticks, child min_rest old ──▶ amended, its fills kept
//! ```
//!
//! The next tranche waits until the ledger holds nothing reserved: the last one is filled, or ended and all fills that its
//! end announced have arrived. So no fill of a refreshed order is ever forgotten, and never are two tranches out.

use super::Tactic;
use super::ahead_behind::{AheadBehind, PriceStyle};
use super::peg::Peg;
use super::price::{ahead_of, towards_far};
use super::situation::{Situation, operand};
use super::tranche::Tranches;
use crate::params::shared::Settings;
use crate::schedule::Pace;
use engine_core::algorithm::{Intent, Intents, Placement, Style, Target, Wake};
use engine_core::child::Child;
use engine_core::view::View;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Price};

/// How a resting child follows its price.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chase {
    /// Least move that is followed, ticks.
    pub min_ticks: u32,
    /// Most that the price may go after the market from where it first stood, ticks; none: as far as the limit.
    pub max_ticks: Option<u32>,
    /// Least rest between two moves, ms.
    pub min_rest_ms: u32,
    /// Never to a less aggressive price.
    pub keeps: bool,
}

/// State of the tactic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Single {
    base: AheadBehind,
    tranches: Tranches,
    peg: Peg,
    chase: Chase,
    /// Price of the first child, [`Price::NONE`] before.
    first: Price,
    /// Reason given for a new child.
    reason: Reason,
}

impl Single {
    /// An iceberg: tranches are the point.
    #[must_use]
    pub const fn iceberg(tranches: Tranches, peg: Peg, chase: Chase) -> Single {
        Single {
            base: AheadBehind::new(PriceStyle::Adaptive),
            tranches,
            peg,
            chase,
            first: Price::NONE,
            reason: Reason::TrancheDue,
        }
    }
    /// A pegged order: the price is the point.
    #[must_use]
    pub const fn pegged(tranches: Tranches, peg: Peg, chase: Chase) -> Single {
        Single {
            reason: Reason::PegPlaced,
            ..Single::iceberg(tranches, peg, chase)
        }
    }
}

impl Tactic for Single {
    fn place(
        &mut self,
        settings: &Settings,
        view: &View<'_>,
        target: &Target,
        pace: &Pace,
        intents: &mut Intents,
    ) -> Placement {
        let s = Situation::new(settings, view, target, pace);
        if AheadBehind::takes_over(&s) {
            return self.base.place(settings, view, target, pace, intents);
        }
        self.base.heed(&s);
        let Some((reference, price)) = self.peg.price(view, settings.passive_only) else {
            let wake = self.peg.wake(view, self.chase.min_ticks);
            let (bid, ask) = (view.market.bid.0, view.market.ask.0);
            return s.placed(wake, Reason::WaitBook, [bid, ask, 0]);
        };
        let price = self.chased(&s, price);
        match s.youngest() {
            Some((index, child)) => self.follow(&s, index, child, price, intents),
            None => self.show(&s, reference, price, intents),
        }
    }
}

impl Single {
    /// `price`, no further after the market than the order may chase it.
    fn chased(&self, s: &Situation<'_, '_>, price: Price) -> Price {
        let (Some(ticks), true) = (self.chase.max_ticks, self.first.is_some()) else {
            return price;
        };
        let tick = s.view.instrument.tick_at(self.first);
        let most = towards_far(self.first, tick.saturating_mul(ticks.into()), s.buy);
        if ahead_of(price, most, s.buy) > 0 {
            most
        } else {
            price
        }
    }

    /// Shows the next tranche, when the last one is done.
    fn show(
        &mut self,
        s: &Situation<'_, '_>,
        reference: Price,
        price: Price,
        intents: &mut Intents,
    ) -> Placement {
        let reserved = s.view.ledger.reserved();
        if !reserved.is_zero() {
            // Fills that a terminal report announced are still on their way.
            return s.placed(Wake::NEVER, Reason::WaitChild, [operand(reserved.0), 0, 0]);
        }
        let from = self.tranches.ready_from(s);
        if s.view.now < from {
            let operands = [operand(from.0), 0, 0];
            return s.placed(Wake::at(from), Reason::WaitCooldown, operands);
        }
        let qty = self.tranches.size(s);
        if s.budget < s.worth() || qty.is_zero() {
            return s.waiting(Wake::NEVER);
        }
        let operands = match self.reason {
            Reason::PegPlaced => [reference.0, price.0, operand(qty.0)],
            _ => [operand(s.committed.0), operand(qty.0), 0],
        };
        let why = Why::new(self.reason, operands);
        if !self.first.is_some() {
            self.first = price;
        }
        let style = if s.settings.passive_only {
            Style::PostOnly
        } else {
            Style::Rest
        };
        intents.push(Intent::New {
            qty,
            price,
            style,
            why,
        });
        self.base.remember(s.view, None);
        let rested = s.view.now.plus(self.min_rest());
        Placement {
            wake: Wake::at(rested),
            why,
        }
    }

    /// Moves the resting child after its price by an amend, which keeps what it has filled.
    fn follow(
        &mut self,
        s: &Situation<'_, '_>,
        index: usize,
        child: &Child,
        wanted: Price,
        intents: &mut Intents,
    ) -> Placement {
        let open = operand(child.open().0);
        let move_by = ahead_of(wanted, child.price, s.buy);
        let least = s.tick().saturating_mul(self.chase.min_ticks.into());
        let rested = child.sent.plus(self.min_rest());
        let stays = move_by.saturating_abs() < least || (self.chase.keeps && move_by < 0);
        if s.view.now < rested {
            let operands = [open, child.price.0, 0];
            return s.placed(Wake::at(rested), Reason::WaitChild, operands);
        }
        if stays {
            let wake = self.peg.wake(s.view, self.chase.min_ticks);
            return s.placed(wake, Reason::WaitChild, [open, child.price.0, 0]);
        }
        let (intent, why) = if self.base.is_stuck(child) {
            let why = Why::new(Reason::SliceOver, [open, 0, 0]);
            self.base.remember(s.view, None);
            (Intent::Cancel { child: index, why }, why)
        } else {
            let why = Why::new(Reason::Reprice, [child.price.0, wanted.0, 0]);
            self.base.remember(s.view, Some((child, wanted)));
            let replace = Intent::Replace {
                child: index,
                qty: child.qty,
                price: wanted,
                why,
            };
            (replace, why)
        };
        intents.push(intent);
        Placement {
            wake: Wake::at(s.view.now.plus(self.min_rest())),
            why,
        }
    }

    fn min_rest(&self) -> DurationNs {
        DurationNs::from_millis(u64::from(self.chase.min_rest_ms.max(1)))
    }
}
