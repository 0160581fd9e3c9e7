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

mod requests;
mod waiting;

use super::Tactic;
use super::price::{OthersTouch, Style};
use super::situation::Situation;
use crate::params::shared::Settings;
use crate::schedule::Pace;
use engine_core::algorithm::{Intents, Placement, Target, Wake};
use engine_core::child::Child;
use engine_core::view::View;
use shm_wire::reason::Reason;
use shm_wire::units::{DurationNs, Nanos, Price};

pub use super::price::Style as PriceStyle;

/// How often an unusable book is looked at again.
const BOOK_RETRY: DurationNs = DurationNs::from_millis(500);
/// Below every price that a decoder accepts: a mark that any quote of the side reaches.
const ANY_PRICE: Price = Price(-Price::BOUND);
/// Refused repricings of a child after which it is canceled instead.
const REFUSALS_MAX: u8 = 2;

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
    /// The touch without our own children.
    others: OthersTouch,
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
            others: OthersTouch::UNKNOWN,
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
        if !intents.is_empty() && (self.asked || self.asked_cross) {
            self.asked_of = picture(view);
        }
        placed
    }
}

/// What the tactics that end like this one share with it: its memory of requests.
impl AheadBehind {
    /// Whether the situation is one that every tactic meets as this one does: requests without an answer, out of limit, an
    /// unusable book, the finishing part.
    pub(super) fn takes_over(s: &Situation<'_, '_>) -> bool {
        s.pace.finishing
            || s.view.out_of_limit
            || !s.view.market.is_usable()
            || s.unanswered().is_some()
    }
    /// Learns what became of the last request.
    pub(super) fn heed(&mut self, s: &Situation<'_, '_>) {
        self.note_held(s.view);
        self.note_answer(s);
    }
    /// Notes that something was asked for; for a move also which child and where to.
    pub(super) fn remember(&mut self, view: &View<'_>, moved: Option<(&Child, Price)>) {
        if let Some((child, price)) = moved {
            self.note_request(child, price);
        }
        self.asked_of = picture(view);
    }
    /// Whether the venue keeps refusing to move this child.
    pub(super) fn is_stuck(&self, child: &Child) -> bool {
        self.asked_child == child.ordinal && self.refusals >= REFUSALS_MAX
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
        let eager = Pace {
            lower: pace.lower.max(target.release),
            aim: pace.aim.max(target.release),
            ..*pace
        };
        let takes = self.style == Style::Marketable && !settings.passive_only;
        let pace = if takes { &eager } else { pace };
        let s = Situation::new(settings, view, target, pace);
        if let Some(waiting) = s.unanswered() {
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
        if self.style == Style::Mid {
            self.others.look(view);
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
        if (self.asked || self.asked_cross) && self.asked_of == picture(view) {
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
}
