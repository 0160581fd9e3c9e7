//! Where children stand: the touch, one tick ahead, the mid, the other side, and how far a sweep may go; how a cross behaves.

use super::situation::Situation;
use engine_core::algorithm::{Intent, Style as Behaviour};
use engine_core::child::Child;
use engine_core::view::View;
use shm_wire::instrument::Round;
use shm_wire::reason::Why;
use shm_wire::units::{Price, Qty};

/// How children of the order are priced.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Style {
    /// Join, improve, cross: the behaviour of the band.
    #[default]
    Adaptive,
    /// Cross whatever is due at once.
    Marketable,
    /// Rest at the mid.
    Mid,
    /// Rest at the own side of the touch.
    SameSide,
    /// At the last trade, so many ticks more aggressive.
    Last(i16),
}

/// Rounding that makes an order less aggressive.
pub(super) const fn passive(buy: bool) -> Round {
    if buy { Round::Down } else { Round::Up }
}

/// `price` moved by `distance` (1e-9) in the aggressive direction.
pub(crate) fn towards_far(price: Price, distance: i64, buy: bool) -> Price {
    let signed = if buy {
        distance
    } else {
        distance.saturating_neg()
    };
    price.checked_add(signed).unwrap_or(price)
}

/// How much more aggressive `a` is than `b`, 1e-9; negative when it is less.
pub(crate) fn ahead_of(a: Price, b: Price, buy: bool) -> i64 {
    let d = a.0.saturating_sub(b.0);
    if buy { d } else { d.saturating_neg() }
}

/// The own side of the touch when it last was others': feeds show our own orders too, and a price that followed them would
/// climb after itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct OthersTouch(Price);

impl OthersTouch {
    /// Not seen yet.
    pub(super) const UNKNOWN: OthersTouch = OthersTouch(Price::NONE);

    /// Looks at the touch, and gives it as it is without us, as far as is known.
    pub(super) fn look(&mut self, view: &View<'_>) -> Price {
        let touch = view.market.near(view.is_buy());
        if !leads(view, touch) {
            self.0 = touch;
        }
        self.near(view)
    }
    /// What the last look gave; the touch itself where that is the less aggressive one.
    pub(super) fn near(self, view: &View<'_>) -> Price {
        let touch = view.market.near(view.is_buy());
        if self.0.is_some() && ahead_of(touch, self.0, view.is_buy()) >= 0 {
            self.0
        } else {
            touch
        }
    }
}

/// Price of a passive child now, `others` being the others' touch. The book is usable.
pub(super) fn resting(s: &Situation<'_, '_>, style: Style, others: OthersTouch) -> Price {
    let (view, improve) = (s.view, s.pace.improve);
    let buy = view.is_buy();
    let (near, far) = (view.market.near(buy), view.market.far(buy));
    let price = match style {
        Style::Mid => view
            .instrument
            .round_to_tick(others.near(view).mid(far), passive(buy)),
        Style::Adaptive if improve => {
            let ahead = towards_far(near, view.instrument.tick_at(near), buy);
            // Never onto the other side: a spread of one tick is joined. And never ahead of ourselves: feeds show our own
            // orders too, and a child that is alone at the touch would climb after its own price.
            if ahead_of(far, ahead, buy) > 0 && !leads(view, near) {
                ahead
            } else {
                near
            }
        }
        Style::Last(offset) if view.market.last.is_some() => {
            let last = view.market.last;
            let distance = view.instrument.tick_at(last) * i64::from(offset);
            let exact = towards_far(last, distance, buy);
            let price = view.instrument.round_to_tick(exact, passive(buy));
            if s.settings.passive_only && ahead_of(price, far, buy) >= 0 {
                towards_far(far, -view.instrument.tick_at(far), buy)
            } else {
                price
            }
        }
        _ => near,
    };
    view.within_limit(price)
}

/// Whether an own child is ahead of `near`, or makes up the touch alone.
pub(super) fn leads(view: &View<'_>, near: Price) -> bool {
    let buy = view.is_buy();
    let shown = if buy {
        view.market.bid_qty
    } else {
        view.market.ask_qty
    };
    let mut own = Qty::ZERO;
    for child in view.children.iter().filter(|c| c.may_rest()) {
        match ahead_of(child.price, near, buy) {
            1.. => return true,
            0 => own += child.open(),
            _ => {}
        }
    }
    !own.is_zero() && own >= shown
}

/// Price of a sweep at its `step` of 4: from the far touch outwards, never more than `cap_bps` from the mid.
pub(crate) fn sweep(view: &View<'_>, step: u8, cap_bps: u16) -> Price {
    let buy = view.is_buy();
    let (near, far) = (view.market.near(buy), view.market.far(buy));
    let mid = near.mid(far);
    let room = i128::from(mid.0.unsigned_abs()) * i128::from(cap_bps) / 10_000;
    let room = i64::try_from(room).unwrap_or(i64::MAX / 4);
    let bound = towards_far(mid, room, buy);
    let outwards = towards_far(far, room / 4 * i64::from(step.min(4)), buy);
    let capped = if ahead_of(outwards, bound, buy) > 0 {
        bound
    } else {
        outwards
    };
    view.within_limit(view.instrument.round_to_tick(capped, passive(buy)))
}

/// How a new crossing child behaves. Where odd lots are barred it rests with what it could not trade: an odd rest that came
/// back could not be sent again, and would be left over as dust.
pub(super) fn crossing(view: &View<'_>) -> Behaviour {
    if view.instrument.granule() == Qty(1) {
        Behaviour::Immediate
    } else {
        Behaviour::Rest
    }
}

/// Quantity at which a partly filled child keeps nothing but its odd rest, which could not be sent again where odd lots are barred; `None`
/// when it has none.
pub(super) fn kept_for_odd_rest(view: &View<'_>, child: &Child) -> Option<Qty> {
    let lot = view.instrument.granule();
    let done = child.filled.floor_to(lot);
    (done < child.filled).then(|| done + lot)
}

/// The reason that an intent carries.
pub(super) const fn intent_why(intent: &Intent) -> Why {
    match intent {
        Intent::New { why, .. } | Intent::Replace { why, .. } | Intent::Cancel { why, .. } => *why,
    }
}
