//! What stands behind a touch that we took whole, where the source shows nothing there: an assumption, bounded and counted.
//!
//! A quote file shows the touch alone, and a file of one level a side little more. When we take all of it, nothing is known of what is next
//! until the source shows something again. Nothing at all is the one answer that is certainly wrong: other orders would
//! meet a book without a side, and orders of ours would be the market. So the next tick away is assumed to show what the touch showed
//! last, and the one behind it when we take that too, [`VenueConfig::assumed_levels`](super::VenueConfig) at most. Each costs a tick
//! more, what we took of it stays taken, and it goes as soon as the source shows anything on that side. Only what arrives takes
//! of it: no order of ours that rests is filled by an assumption.

use shm_wire::codes::BookSide;
use shm_wire::units::{Price, Qty};

use super::children::Shared;
use super::market::Market;
use crate::matching::book::{rank, side_index};
use crate::matching::{Level, SIDES};

/// One side of one book.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Behind {
    /// Best price of the others when there was one last, and the most that it showed.
    known: Option<(Price, Qty)>,
    /// The level that is assumed now.
    pub(super) assumed: Option<Price>,
    /// Levels assumed since the source showed anything.
    levels: u8,
    /// Whether we took from this side since it showed anything.
    took: bool,
}

impl Behind {
    /// We took from a level that showed `shown` before.
    pub(super) fn take(&mut self, price: Price, shown: Qty) {
        let before = self.known.filter(|k| self.took && k.0 == price);
        self.known = Some((price, before.map_or(shown, |k| k.1.max(shown))));
        self.took = true;
    }
}

impl Market {
    /// Assumes a level on a side that we emptied, or takes an assumption back that the source has overtaken. One level an event.
    pub(super) fn look_behind(&mut self, shared: &mut Shared) {
        for side in SIDES {
            self.drop_overtaken_assumption(side);
            let best = self
                .book
                .levels(side)
                .find(|level| !level.others().is_zero())
                .map(|level| (level.price, level.others()));
            let behind = &mut self.behind[side_index(side)];
            match best {
                Some((price, _)) if behind.assumed == Some(price) => {}
                Some((price, shown)) => {
                    let before = behind.known.filter(|k| behind.took && k.0 == price);
                    *behind = Behind {
                        known: Some((price, before.map_or(shown, |k| k.1.max(shown)))),
                        ..Behind::default()
                    };
                }
                None => self.assume(shared, side),
            }
        }
    }

    /// The source shows something on the side of an assumed level, or that very price: the assumption has served.
    fn drop_overtaken_assumption(&mut self, side: BookSide) {
        let Some(assumed) = self.behind[side_index(side)].assumed else {
            return;
        };
        if !self.by_depth && self.quoted[side_index(side)] == Some(assumed) {
            self.behind[side_index(side)].assumed = None;
            return;
        }
        let shows = |level: &&Level| level.price != assumed && !level.others().is_zero();
        if self.book.levels(side).any(|level| shows(&level)) {
            self.forget_anonymous(side, assumed);
            self.behind[side_index(side)].assumed = None;
        }
    }

    /// The source speaks of a level: it is no assumption any more.
    pub(super) fn source_speaks_of(&mut self, side: BookSide, price: Price) {
        let behind = &mut self.behind[side_index(side)];
        if behind.assumed == Some(price) {
            behind.assumed = None;
            self.forget_anonymous(side, price);
        }
    }

    fn assume(&mut self, shared: &mut Shared, side: BookSide) {
        let behind = self.behind[side_index(side)];
        let source_is_empty = !self.by_depth && self.quoted[side_index(side)].is_none();
        if !behind.took
            || source_is_empty
            || behind.levels >= shared.config.assumed_levels
            || !self.is_open(shared.now)
        {
            return;
        }
        let Some((known, shown)) = behind.known else {
            return;
        };
        let last = behind.assumed.unwrap_or(known);
        let tick = self.instrument.tick_at(last);
        let next = match side {
            BookSide::Bid => last.0.saturating_sub(tick),
            BookSide::Ask => last.0.saturating_add(tick),
        };
        let positive = next > 0
            || self.instrument.flags & shm_wire::instrument::INSTRUMENT_NEGATIVE_PRICES != 0;
        let Some(price) = Price::decode(next).filter(|_| positive) else {
            return;
        };
        // No order of ours that rests already is filled by an assumption.
        let other = side.opposite();
        let own = self.book.best(other).map(|level| level.price);
        if own.is_some_and(|own| rank(side, own) >= rank(side, price)) {
            return;
        }
        if self.book.grow_anonymous(side, price, shown) {
            let behind = &mut self.behind[side_index(side)];
            behind.assumed = Some(price);
            behind.levels += 1;
            shared.stats.assumed_levels += 1;
            shared.stats.assumed_qty = shared.stats.assumed_qty.saturating_add(shown.0);
        }
    }
}
