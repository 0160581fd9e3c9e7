//! Queue position where a source shows levels, not orders: how a decrease that no trade explains is split between the
//! quantity ahead of us and behind us.
//!
//! `share_behind = f(behind) / (f(ahead) + f(behind))` with f = x, x^3 or ln(1 + x), or all behind while there is any; a cancel
//! never takes more than a side holds (Rigtorp 2013 and the models that followed). Real queues lie between
//! "pessimistic" and "proportional"; every result that rests on this model should name its rule.

/// How cancels are attributed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum QueueRule {
    /// Everything behind us leaves first: the latest fills.
    PessimisticAllBehind,
    /// In proportion to the quantities: the middle, and the default.
    #[default]
    Proportional,
    /// By the cubes of the quantities: the larger side loses nearly all.
    PowerThree,
    /// By ln(1 + x) of the quantities: near half and half.
    Logarithmic,
}

impl QueueRule {
    /// Every rule.
    pub const ALL: [QueueRule; 4] = [
        QueueRule::PessimisticAllBehind,
        QueueRule::Proportional,
        QueueRule::PowerThree,
        QueueRule::Logarithmic,
    ];

    /// Name in configuration and reference cases.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::PessimisticAllBehind => "pessimistic_all_behind",
            Self::Proportional => "proportional",
            Self::PowerThree => "power_3",
            Self::Logarithmic => "log",
        }
    }

    /// The rule with this name.
    #[must_use]
    pub fn from_text(text: &str) -> Option<QueueRule> {
        Self::ALL.into_iter().find(|rule| rule.text() == text)
    }

    /// Part of a cancel of `qty` that falls on the quantity ahead, at most `ahead`, at least what `behind` cannot bear.
    #[must_use]
    pub fn canceled_ahead(self, ahead: f64, behind: f64, qty: f64) -> f64 {
        let ahead = ahead.max(0.0);
        let behind = behind.max(0.0);
        let qty = qty.clamp(0.0, ahead + behind);
        let share_behind = match self {
            Self::PessimisticAllBehind => {
                return (qty - behind).clamp(0.0, ahead);
            }
            Self::Proportional => ratio(behind, ahead),
            Self::PowerThree => ratio(behind.powi(3), ahead.powi(3)),
            Self::Logarithmic => ratio(libm::log1p(behind), libm::log1p(ahead)),
        };
        let from_behind = (qty * share_behind).clamp((qty - ahead).max(0.0), behind.min(qty));
        (qty - from_behind).clamp(0.0, ahead)
    }
}

/// `part / (part + other)`, a half when both are zero.
fn ratio(part: f64, other: f64) -> f64 {
    let sum = part + other;
    if sum > 0.0 { part / sum } else { 0.5 }
}

/// What happens at our price.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum QueueEvent {
    /// Quantity joins behind us.
    Add(f64),
    /// Quantity leaves without a trade.
    Cancel(f64),
    /// Quantity trades: what is ahead first, then we, then what is behind.
    Trade(f64),
}

/// Our place in a queue of which only the size is known. Quantities in any unit, not negative.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct QueuePosition {
    /// Ahead of us.
    pub ahead: f64,
    /// Behind us.
    pub behind: f64,
    /// Left of our own order.
    pub own: f64,
    /// Filled of our own order.
    pub filled: f64,
}

impl QueuePosition {
    /// A place with nothing filled yet.
    #[must_use]
    pub fn new(ahead: f64, behind: f64, own: f64) -> QueuePosition {
        QueuePosition {
            ahead,
            behind,
            own,
            filled: 0.0,
        }
    }

    /// Moves the place by one event.
    pub fn apply(&mut self, rule: QueueRule, event: QueueEvent) {
        match event {
            QueueEvent::Add(qty) => self.behind += qty,
            QueueEvent::Cancel(qty) => {
                let from_ahead = rule.canceled_ahead(self.ahead, self.behind, qty);
                let from_behind = (qty - from_ahead).clamp(0.0, self.behind);
                self.ahead -= from_ahead;
                self.behind -= from_behind;
            }
            QueueEvent::Trade(qty) => {
                let from_ahead = qty.min(self.ahead);
                let to_us = (qty - from_ahead).min(self.own);
                let from_behind = (qty - from_ahead - to_us).min(self.behind);
                self.ahead -= from_ahead;
                self.own -= to_us;
                self.filled += to_us;
                self.behind -= from_behind;
            }
        }
    }
}

#[cfg(test)]
mod tests;
