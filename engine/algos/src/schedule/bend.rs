//! Where a line leaves its curve, and how it goes on from there.

use super::shape::{Share, Window};
use crate::curves::Clock;
use engine_models::fixed::SHARE_ONE;
use shm_wire::units::{Nanos, Qty};

/// A piece of the line that the market bent: from one share to another, and the rest of the order over the rest of the time behind it.
///
/// ```text
///   one ┤                          .'
///       │                 to   . '     the tail: what is left, as the curve has it
///       │              ..--•'
///       │    from  •--'          straight in volume time
///       └──────────┴───────┴───────▶
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bend {
    from: Nanos,
    from_share: u64,
    to: Nanos,
    to_share: u64,
}

impl Bend {
    /// The line follows its curve from the start.
    pub(crate) const NONE: Bend = Bend {
        from: Nanos::NEVER,
        from_share: 0,
        to: Nanos::NEVER,
        to_share: 0,
    };

    /// From (`from`, `from_share`) to (`to`, `to_share`), shares in units of 1 / [`SHARE_ONE`]. Never back.
    pub(crate) fn new(from: (Nanos, u64), to: (Nanos, u64)) -> Bend {
        let from_share = from.1.min(SHARE_ONE);
        Bend {
            from: from.0,
            from_share,
            to: to.0.max(from.0),
            to_share: to.1.clamp(from_share, SHARE_ONE),
        }
    }
    /// Share at an instant; `tail` is the curve's own share at an instant (second) of what starts at another (first).
    pub(crate) fn share(
        &self,
        time: Nanos,
        clock: &Clock,
        window: Window,
        tail: impl Fn(Nanos, Nanos) -> Share,
    ) -> Share {
        if *self == Bend::NONE {
            return tail(window.start, time);
        }
        let part = if time <= self.from {
            self.from_share
        } else if time < self.to {
            let rise = Qty(self.to_share - self.from_share);
            let way = clock.between(self.from, self.to);
            let gone = clock.between(self.from, time);
            self.from_share + rise.mul_div(gone.min(way), way).0
        } else {
            let left = Qty(SHARE_ONE - self.to_share);
            self.to_share + scaled(tail(self.to, time), left).0
        };
        Share::of(part, SHARE_ONE)
    }
}

/// A share in units of 1 / [`SHARE_ONE`], rounded up: what was due stays due.
pub(crate) fn fixed(share: Share) -> u64 {
    if share.part >= share.whole {
        return SHARE_ONE;
    }
    let up = (u128::from(share.part) * u128::from(SHARE_ONE)).div_ceil(u128::from(share.whole));
    u64::try_from(up).unwrap_or(SHARE_ONE).min(SHARE_ONE)
}

fn scaled(share: Share, quantity: Qty) -> Qty {
    if share.part >= share.whole {
        quantity
    } else {
        quantity.mul_div(share.part, share.whole)
    }
}
