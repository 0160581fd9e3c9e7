//! Marks: what makes a parent order due, so that orders that are not due cost nothing.
//!
//! ```text
//!  market message ──▶ compare with the instrument's nearest marks ──▶ nothing crossed: done
//!                                                                └──▶ crossed: pop the parents that are due
//! ```
//! Each parent has at most one mark of each [`Kind`]; each instrument has one heap of each kind, with its nearest key
//! cached beside the market state, and all instruments share one arena for each kind.

pub mod heap;

use crate::algorithm::Wake;
use alloc::vec;
use alloc::vec::Vec;
use heap::{Arena, Root};
use shm_wire::units::{Nanos, Price, Qty};

/// Kinds of marks that belong to an instrument. Keys grow in the direction in which the mark is reached later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Kind {
    /// Cumulative eligible volume of the instrument.
    Volume = 0,
    /// Bid at or above.
    BidUp = 1,
    /// Bid at or below.
    BidDown = 2,
    /// Ask at or above.
    AskUp = 3,
    /// Ask at or below.
    AskDown = 4,
}

/// How many kinds there are.
pub const KINDS: usize = 5;

/// Timers put where they belong in one call.
const MOVES_MAX: usize = 64;

/// Every kind.
pub const ALL_KINDS: [Kind; KINDS] = [
    Kind::Volume,
    Kind::BidUp,
    Kind::BidDown,
    Kind::AskUp,
    Kind::AskDown,
];

/// Key of a rising price: order-preserving map of `i64` to `u64`.
#[inline]
const fn rising(price: Price) -> u64 {
    price.0.cast_unsigned() ^ (1 << 63)
}
/// Key of a falling price.
#[inline]
const fn falling(price: Price) -> u64 {
    !rising(price)
}

/// Heaps of one instrument and their nearest keys.
#[derive(Clone, Copy, Debug)]
pub struct InstrumentMarks {
    nearest: [u64; KINDS],
    roots: [Root; KINDS],
}

impl Default for InstrumentMarks {
    fn default() -> Self {
        InstrumentMarks {
            nearest: [u64::MAX; KINDS],
            roots: [Root::default(); KINDS],
        }
    }
}

impl InstrumentMarks {
    /// Whether the cumulative volume reaches a mark.
    #[inline]
    #[must_use]
    pub fn volume_reached(&self, volume: Qty) -> bool {
        volume.0 >= self.nearest[Kind::Volume as usize]
    }
    /// Whether the touch reaches a mark. An empty side reaches none.
    #[inline]
    #[must_use]
    pub fn touch_reached(&self, bid: Price, ask: Price) -> bool {
        (bid.is_some()
            && (rising(bid) >= self.nearest[Kind::BidUp as usize]
                || falling(bid) >= self.nearest[Kind::BidDown as usize]))
            || (ask.is_some()
                && (rising(ask) >= self.nearest[Kind::AskUp as usize]
                    || falling(ask) >= self.nearest[Kind::AskDown as usize]))
    }
}

/// All marks and timers of an engine.
#[derive(Clone, Debug)]
pub struct Marks {
    arenas: [Arena; KINDS],
    timers: Arena,
    timer_root: Root,
    /// When each parent really wants to wake. Its place in the heap may be earlier: a timer that moves to a later instant,
    /// as nearly all do, is moved only when the old instant comes.
    timer_due: Vec<u64>,
}

impl Marks {
    /// Room for `parents` parents.
    #[must_use]
    #[expect(clippy::disallowed_macros, reason = "memory is taken here, once")]
    pub fn new(parents: usize) -> Marks {
        Marks {
            arenas: core::array::from_fn(|_| Arena::new(parents)),
            timers: Arena::new(parents),
            timer_root: Root::default(),
            timer_due: vec![u64::MAX; parents],
        }
    }

    /// Nearest instant at which a timer may be due; the timer may have moved on.
    #[inline]
    #[must_use]
    pub fn next_timer(&self) -> Nanos {
        self.timers
            .peek(self.timer_root)
            .map_or(Nanos::NEVER, |(t, _)| Nanos(t))
    }
    /// Takes out a parent whose timer is due. Timers that have moved on are put where they belong, so many at a time.
    pub fn pop_timer(&mut self, now: Nanos) -> Option<u32> {
        for _ in 0..MOVES_MAX {
            if self.next_timer() > now {
                return None;
            }
            let (_, parent) = self.timers.pop(&mut self.timer_root)?;
            let due = self.timer_due[parent as usize];
            if due <= now.0 {
                self.timer_due[parent as usize] = u64::MAX;
                return Some(parent);
            }
            if due != u64::MAX {
                self.timers.set(&mut self.timer_root, parent, due);
            }
        }
        None
    }

    fn set_timer(&mut self, parent: u32, time: Nanos) {
        self.timer_due[parent as usize] = time.0;
        let sooner = self.timers.key(parent).is_none_or(|key| time.0 < key);
        if time != Nanos::NEVER && sooner {
            self.timers.set(&mut self.timer_root, parent, time.0);
        }
    }

    /// Registers what wakes `parent`, replacing what was there. `volume_base` turns the order's own M into the
    /// instrument's cumulative volume.
    pub fn set(&mut self, of: &mut InstrumentMarks, parent: u32, wake: &Wake, volume_base: Qty) {
        self.set_timer(parent, wake.time);
        let volume = (wake.volume.0 != u64::MAX)
            .then(|| wake.volume.0.saturating_add(volume_base.0))
            .filter(|v| *v != u64::MAX);
        self.set_one(of, Kind::Volume, parent, volume);
        self.set_one(of, Kind::BidUp, parent, wake.bid_at_or_above.map(rising));
        self.set_one(of, Kind::BidDown, parent, wake.bid_at_or_below.map(falling));
        self.set_one(of, Kind::AskUp, parent, wake.ask_at_or_above.map(rising));
        self.set_one(of, Kind::AskDown, parent, wake.ask_at_or_below.map(falling));
    }
    /// Removes every mark and the timer of `parent`.
    pub fn clear(&mut self, of: &mut InstrumentMarks, parent: u32) {
        self.set(of, parent, &Wake::NEVER, Qty::ZERO);
    }

    /// Takes out a parent whose mark of this kind is reached by the instrument's market.
    pub fn pop_reached(
        &mut self,
        of: &mut InstrumentMarks,
        kind: Kind,
        volume: Qty,
        bid: Price,
        ask: Price,
    ) -> Option<u32> {
        let level = match kind {
            Kind::Volume => volume.0,
            Kind::BidUp if bid.is_some() => rising(bid),
            Kind::BidDown if bid.is_some() => falling(bid),
            Kind::AskUp if ask.is_some() => rising(ask),
            Kind::AskDown if ask.is_some() => falling(ask),
            Kind::BidUp | Kind::BidDown | Kind::AskUp | Kind::AskDown => return None,
        };
        let k = kind as usize;
        if level < of.nearest[k] {
            return None;
        }
        let (_, parent) = self.arenas[k].pop(&mut of.roots[k])?;
        self.refresh(of, k);
        Some(parent)
    }

    fn set_one(&mut self, of: &mut InstrumentMarks, kind: Kind, parent: u32, key: Option<u64>) {
        let k = kind as usize;
        match key {
            Some(key) => self.arenas[k].set(&mut of.roots[k], parent, key),
            None if self.arenas[k].is_linked(parent) => {
                self.arenas[k].remove(&mut of.roots[k], parent);
            }
            None => return,
        }
        self.refresh(of, k);
    }
    fn refresh(&self, of: &mut InstrumentMarks, k: usize) {
        of.nearest[k] = self.arenas[k]
            .peek(of.roots[k])
            .map_or(u64::MAX, |(key, _)| key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_due_when_the_touch_crosses_its_mark_in_either_direction() {
        let mut marks = Marks::new(4);
        let mut of = InstrumentMarks::default();
        let wake = Wake {
            bid_at_or_above: Some(Price(101)),
            ask_at_or_below: Some(Price(95)),
            ..Wake::NEVER
        };
        marks.set(&mut of, 2, &wake, Qty(0));
        assert!(!of.touch_reached(Price(100), Price(102)));
        assert!(!of.touch_reached(Price::NONE, Price::NONE));
        assert!(of.touch_reached(Price(101), Price(102)));
        assert!(of.touch_reached(Price(90), Price(95)));
        assert_eq!(
            marks.pop_reached(&mut of, Kind::BidUp, Qty(0), Price(101), Price(102)),
            Some(2)
        );
        assert!(!of.touch_reached(Price(101), Price(102)));
        assert!(
            of.touch_reached(Price(90), Price(94)),
            "the other mark stays until cleared"
        );
        marks.clear(&mut of, 2);
        assert!(!of.touch_reached(Price(90), Price(94)));
    }

    #[test]
    fn volume_marks_are_relative_to_the_orders_start() {
        let mut marks = Marks::new(4);
        let mut of = InstrumentMarks::default();
        marks.set(&mut of, 1, &Wake::at_volume(Qty(500)), Qty(10_000));
        assert!(!of.volume_reached(Qty(10_499)));
        assert!(of.volume_reached(Qty(10_500)));
    }

    #[test]
    fn negative_prices_keep_their_order() {
        assert!(rising(Price(-5)) < rising(Price(3)));
        assert!(falling(Price(-5)) > falling(Price(3)));
    }

    #[test]
    fn a_timer_that_moved_later_fires_once_and_then() {
        let mut marks = Marks::new(4);
        let mut of = InstrumentMarks::default();
        for time in [50, 90, 70] {
            marks.set(&mut of, 1, &Wake::at(Nanos(time)), Qty(0));
        }
        marks.set(&mut of, 2, &Wake::at(Nanos(60)), Qty(0));
        assert_eq!(marks.pop_timer(Nanos(60)), Some(2));
        assert_eq!(marks.pop_timer(Nanos(69)), None);
        assert_eq!(marks.next_timer(), Nanos(70));
        assert_eq!(marks.pop_timer(Nanos(70)), Some(1));
        assert_eq!(marks.pop_timer(Nanos(1_000)), None);
        marks.set(&mut of, 1, &Wake::at(Nanos(2_000)), Qty(0));
        marks.clear(&mut of, 1);
        assert_eq!(marks.pop_timer(Nanos(3_000)), None);
        assert_eq!(marks.next_timer(), Nanos::NEVER);
    }
}
