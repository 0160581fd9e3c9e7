//! Taking what the other side shows, while its price is good enough: sniper and sweep.
//!
//! ```text
//!   far touch better than `worst` ── shown for n updates ── cooldown over ──▶ one child: min(leaves x share, shown, cap)
//! ```
//!
//! Children are immediate-or-cancel, so that nothing of the order is ever seen in the book. Where odd lots are barred they
//! rest with what they could not trade, so that no odd rest comes back: whole lots are taken back at the next look, an odd
//! rest is moved to the other side as soon as that is good enough again.

use super::Tactic;
use super::ahead_behind::{AheadBehind, PriceStyle};
use super::price::{ahead_of, crossing, intent_why, towards_far};
use super::situation::{Situation, operand};
use crate::params::shared::Settings;
use crate::schedule::Pace;
use engine_core::algorithm::{Intent, Intents, Placement, Target, Wake};
use engine_core::child::Child;
use engine_core::view::View;
use shm_wire::instrument::Round;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Ppm, Price, Qty};

/// What shows only after this long is not what the last child has just taken, even if no quote has said so.
const UPDATE_MAX: DurationNs = DurationNs::from_millis(50);
/// How often waiting for further updates is looked at.
const PERSIST_TICK: DurationNs = DurationNs::from_millis(5);

/// The worst price that is still good enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Worst {
    /// This price.
    Price(Price),
    /// The mid at the order's start, `bps` worse (negative: better).
    Arrival {
        /// Basis points.
        bps: i32,
    },
    /// The mid now, `bps` worse.
    Mid {
        /// Basis points.
        bps: i32,
    },
    /// The last trade, `bps` worse.
    Last {
        /// Basis points.
        bps: i32,
    },
}

impl Worst {
    /// The price, within the order's limit; none while the reference is unknown.
    pub(crate) fn price(self, view: &View<'_>) -> Option<Price> {
        let (reference, bps) = match self {
            Worst::Price(price) => (price, 0),
            Worst::Arrival { bps } => (view.arrival, bps),
            Worst::Mid { bps } => (view.market.mid, bps),
            Worst::Last { bps } => (view.market.last, bps),
        };
        if !reference.is_some() {
            return None;
        }
        let distance = i128::from(reference.0.unsigned_abs()) * i128::from(bps) / 10_000;
        let distance = i64::try_from(distance).unwrap_or(0);
        Some(view.within_limit(towards_far(reference, distance, view.is_buy())))
    }
}

/// When and how much is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Appetite {
    /// Worst price.
    pub worst: Worst,
    /// Most of the leaves that one child takes.
    pub share: Ppm,
    /// Least time between two children, ms.
    pub cooldown_ms: u32,
    /// Market updates for which a good price must have been there, this one included; 1 takes at once.
    pub updates: u16,
}

/// State of the tactic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Take {
    base: AheadBehind,
    appetite: Appetite,
    /// No child before this.
    from: Nanos,
    /// Time of the quote that the last child was sent at.
    sent_at: Nanos,
    /// Whether the last child may still be what the shown quantity lacks.
    sent: bool,
    /// Feed sequence at which the price became good enough.
    good_since: u32,
    /// Whether it is.
    good: bool,
    /// Reason given for a child.
    reason: Reason,
}

impl Take {
    /// A sniper.
    #[must_use]
    pub const fn sniper(appetite: Appetite) -> Take {
        Take {
            base: AheadBehind::new(PriceStyle::Adaptive),
            appetite,
            from: Nanos(0),
            sent_at: Nanos(0),
            sent: false,
            good_since: 0,
            good: false,
            reason: Reason::PriceTaken,
        }
    }
    /// A sweep.
    #[must_use]
    pub const fn sweep(appetite: Appetite) -> Take {
        Take {
            reason: Reason::LevelSwept,
            ..Take::sniper(appetite)
        }
    }
}

impl Tactic for Take {
    fn place(
        &mut self,
        settings: &Settings,
        view: &View<'_>,
        target: &Target,
        pace: &Pace,
        intents: &mut Intents,
    ) -> Placement {
        let s = Situation::new(settings, view, target, pace);
        if view.out_of_limit && s.youngest().is_none() && s.unanswered().is_none() {
            // It never rests of its own will, at the limit neither.
            self.good = false;
            let operands = [s.far().0, view.order.limit.0, 0];
            return s.placed(Wake::NEVER, Reason::WaitPrice, operands);
        }
        if AheadBehind::takes_over(&s) {
            return self.base.place(settings, view, target, pace, intents);
        }
        self.base.heed(&s);
        let worst = self.appetite.worst.price(view);
        let good = worst.is_some_and(|w| ahead_of(s.far(), w, s.buy) <= 0);
        self.note_price(&s, good);
        if let Some((index, child)) = s.youngest() {
            return self.clear(&s, index, child, good, intents);
        }
        let Some(worst) = worst else {
            let wake = Wake::at_volume(view.market_volume + Qty(1));
            return s.placed(wake, Reason::WaitPrice, [s.far().0, 0, 0]);
        };
        if !good {
            return s.placed(
                self.better(&s, worst),
                Reason::WaitPrice,
                [s.far().0, worst.0, 0],
            );
        }
        self.take(&s, worst, intents)
    }
}

impl Take {
    /// Notes since when the price has been good enough.
    fn note_price(&mut self, s: &Situation<'_, '_>, good: bool) {
        if good && !self.good {
            self.good_since = s.view.market.sequence;
        }
        self.good = good;
    }
    /// Market updates that have shown a good price.
    fn shown_for(&self, s: &Situation<'_, '_>) -> u32 {
        match s.view.market.sequence {
            // A feed without numbers does not tell.
            0 => u32::MAX,
            now => now.wrapping_sub(self.good_since).saturating_add(1),
        }
    }

    /// Takes what is shown.
    fn take(&mut self, s: &Situation<'_, '_>, worst: Price, intents: &mut Intents) -> Placement {
        let now = s.view.now;
        let worse = self.worse(s, worst);
        let shown = self.shown_for(s);
        let wanted = u32::from(self.appetite.updates);
        if shown < wanted {
            let wake = worse.or(Wake::at(now.plus(PERSIST_TICK)));
            return s.placed(wake, Reason::WaitPersist, [shown.into(), wanted.into(), 0]);
        }
        // The quote may still show what the last child took.
        let stale = self.sent && self.sent_at == s.view.market.quote_time;
        let from = if stale {
            self.from.plus(UPDATE_MAX)
        } else {
            self.from
        };
        if now < from {
            let soon = if now < self.from {
                self.from
            } else {
                now.plus(PERSIST_TICK).min(from)
            };
            let operands = [operand(from.0), 0, 0];
            return s.placed(worse.or(Wake::at(soon)), Reason::WaitCooldown, operands);
        }
        let depth = s.view.market.far_qty(s.buy);
        let share = self.appetite.share.of(s.view.ledger.leaves()).max(s.least);
        let qty = s.view.instrument.floor_lots(s.budget.min(depth).min(share));
        if s.budget < s.least {
            return s.waiting(worse);
        }
        if qty < s.least {
            let operands = [operand(depth.0), operand(s.least.0), 0];
            let soon = Wake::at(now.plus(UPDATE_MAX));
            return s.placed(worse.or(soon), Reason::WaitDepth, operands);
        }
        let why = Why::new(self.reason, [s.far().0, worst.0, operand(qty.0)]);
        intents.push(Intent::New {
            qty,
            price: s.far(),
            style: crossing(s.view),
            why,
        });
        self.base.remember(s.view, None);
        self.sent = true;
        self.sent_at = s.view.market.quote_time;
        self.from = now.plus(self.cooldown());
        Placement {
            wake: Wake::at(self.from.max(now.plus(PERSIST_TICK))),
            why,
        }
    }

    /// A child rests with what it could not trade: takes whole lots back, moves an odd rest to a good price.
    fn clear(
        &mut self,
        s: &Situation<'_, '_>,
        index: usize,
        child: &Child,
        good: bool,
        intents: &mut Intents,
    ) -> Placement {
        let open = child.open();
        let whole = s.view.instrument.floor_lots(open) == open;
        let operands = [operand(open.0), child.price.0, 0];
        let look = child.sent.plus(UPDATE_MAX);
        if s.view.now < look {
            return s.placed(Wake::at(look), Reason::WaitChild, operands);
        }
        let better = ahead_of(s.far(), child.price, s.buy) > 0;
        let intent = if whole || self.base.is_stuck(child) {
            let why = Why::new(Reason::SliceOver, [operand(open.0), 0, 0]);
            self.base.remember(s.view, None);
            Intent::Cancel { child: index, why }
        } else if good && better {
            let why = Why::new(Reason::Reprice, [child.price.0, s.far().0, 0]);
            self.base.remember(s.view, Some((child, s.far())));
            Intent::Replace {
                child: index,
                qty: child.qty,
                price: s.far(),
                why,
            }
        } else {
            let wake = Wake::at(s.view.now.plus(UPDATE_MAX));
            return s.placed(wake, Reason::WaitChild, operands);
        };
        let why = intent_why(&intent);
        intents.push(intent);
        Placement {
            wake: Wake::at(s.view.now.plus(UPDATE_MAX)),
            why,
        }
    }

    fn cooldown(&self) -> DurationNs {
        DurationNs::from_millis(u64::from(self.appetite.cooldown_ms))
    }

    /// Marks at which the other side may have become good enough.
    fn better(&self, s: &Situation<'_, '_>, worst: Price) -> Wake {
        let tick = s.tick();
        let nearer = towards_far(s.far(), tick.saturating_neg(), s.buy);
        // A price that stands is waited for where it stands, one that moves at the next better touch.
        let mark = match self.appetite.worst {
            Worst::Price(_) | Worst::Arrival { .. } => worst,
            Worst::Mid { .. } | Worst::Last { .. } => nearer,
        };
        let mut wake = Wake::NEVER;
        if s.buy {
            wake.ask_at_or_below = Some(mark);
        } else {
            wake.bid_at_or_above = Some(mark);
        }
        let own = towards_far(s.near(), tick, s.buy);
        match self.appetite.worst {
            Worst::Mid { .. } if s.buy => wake.bid_at_or_above = Some(own),
            Worst::Mid { .. } => wake.ask_at_or_below = Some(own),
            Worst::Last { .. } => {
                wake.volume = s.view.market_volume + Qty(1);
            }
            Worst::Price(_) | Worst::Arrival { .. } => {}
        }
        wake
    }
    /// Mark at which the other side is no longer good enough.
    fn worse(&self, s: &Situation<'_, '_>, worst: Price) -> Wake {
        let way = if s.buy { Round::Down } else { Round::Up };
        let last = s.view.instrument.round_to_tick(worst, way);
        let mark = towards_far(last, s.tick(), s.buy);
        let mut wake = Wake::NEVER;
        if s.buy {
            wake.ask_at_or_above = Some(mark);
        } else {
            wake.bid_at_or_below = Some(mark);
        }
        wake
    }
}
