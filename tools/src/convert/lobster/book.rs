//! The visible book of the source, rebuilt message by message.
//!
//! A side holds at most as many levels as the source shows. When a level of a full side goes, the one behind it comes
//! into view; the messages cannot tell it, so that many levels are *owed* by the next row of the book file
//! ([`Book::uncover`]). Nothing else is ever taken from there.

use shm_wire::codes::BookSide;

use super::row::{Action, Event, Snapshot, key_of, side_index};

/// A price level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Level {
    /// Price as a key (see [`key_of`]).
    pub(super) key: i64,
    /// Shares in all.
    pub(super) qty: u64,
    /// Shares of orders whose ids are known.
    pub(super) known: u64,
    /// Number of this appearance of the level; an order is known while its level's number is the order's.
    pub(super) epoch: u64,
}

/// One side, best level first.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    pub(super) levels: Vec<Level>,
    owed: usize,
    /// Owed levels lie behind this key.
    owed_behind: i64,
}

impl Side {
    /// Place of the level with this key, else where it would stand. Most events are near the best.
    pub(super) fn find(&self, key: i64) -> Result<usize, usize> {
        for (i, level) in self.levels.iter().enumerate() {
            if level.key >= key {
                return if level.key == key { Ok(i) } else { Err(i) };
            }
        }
        Err(self.levels.len())
    }

    fn add(&mut self, key: i64, qty: u64, depth: usize, epoch: u64) -> Option<Level> {
        match self.find(key) {
            Ok(i) => self.levels[i].qty = self.levels[i].qty.saturating_add(qty),
            Err(i) => self.levels.insert(
                i,
                Level {
                    key,
                    qty,
                    known: 0,
                    epoch,
                },
            ),
        }
        let dropped = if self.levels.len() > depth {
            self.levels.pop()
        } else {
            None
        };
        self.owed = self.owed.min(depth - self.levels.len());
        dropped
    }

    fn take(&mut self, key: i64, qty: u64, depth: usize) {
        let Ok(i) = self.find(key) else { return };
        self.levels[i].qty = self.levels[i].qty.saturating_sub(qty);
        if self.levels[i].qty == 0 {
            let full = self.levels.len() + self.owed >= depth;
            self.levels.remove(i);
            if full {
                self.owed_behind = if self.owed == 0 {
                    key
                } else {
                    self.owed_behind.max(key)
                };
                self.owed += 1;
            }
        }
    }

    fn equals(&self, row: &[(i64, u64)]) -> bool {
        self.levels.len() == row.len()
            && self
                .levels
                .iter()
                .zip(row)
                .all(|(l, r)| (l.key, l.qty) == *r)
    }
}

/// Both sides.
#[derive(Clone, Debug)]
pub(super) struct Book {
    /// Bids, asks.
    pub(super) sides: [Side; 2],
    depth: usize,
    next_epoch: u64,
}

impl Book {
    /// An empty book that shows `depth` levels a side.
    pub(super) fn new(depth: usize) -> Book {
        Book {
            sides: [Side::default(), Side::default()],
            depth,
            next_epoch: 1,
        }
    }

    /// The book that `row` shows.
    pub(super) fn of(row: &Snapshot, depth: usize) -> Book {
        let mut book = Book::new(depth);
        book.replace(row);
        book
    }

    /// The book before `event`, when `row` shows it after.
    pub(super) fn before(event: Option<&Event>, row: &Snapshot, depth: usize) -> Book {
        let mut book = Book::of(row, depth);
        let Some(event) = event.filter(|e| e.changes_book()) else {
            return book;
        };
        let epoch = book.new_epoch();
        let side = &mut book.sides[side_index(event.side)];
        let key = key_of(event.side, event.price);
        match event.action {
            // Undone only where the row can be its result; else the comparison has to fail.
            Action::Add => {
                if side
                    .find(key)
                    .is_ok_and(|i| side.levels[i].qty >= event.qty)
                {
                    side.take(key, event.qty, depth);
                    side.owed = 0;
                }
            }
            _ => {
                side.add(key, event.qty, depth, epoch);
            }
        }
        book
    }

    /// A number that no level had before.
    pub(super) fn new_epoch(&mut self) -> u64 {
        self.next_epoch += 1;
        self.next_epoch
    }

    /// One side, to look at or to mark.
    pub(super) fn side_mut(&mut self, side: BookSide) -> &mut Side {
        &mut self.sides[side_index(side)]
    }

    /// Applies a message; gives back the level that it pushes out of view.
    pub(super) fn apply(&mut self, event: &Event) -> Option<Level> {
        if !event.changes_book() {
            return None;
        }
        let depth = self.depth;
        let epoch = self.new_epoch();
        let side = self.side_mut(event.side);
        let key = key_of(event.side, event.price);
        if event.action == Action::Add {
            return side.add(key, event.qty, depth, epoch);
        }
        side.take(key, event.qty, depth);
        None
    }

    /// Takes the levels that are owed from the book row and hands each to `shown`.
    pub(super) fn uncover(&mut self, row: &Snapshot, mut shown: impl FnMut(BookSide, Level)) {
        for which in [BookSide::Bid, BookSide::Ask] {
            let i = side_index(which);
            while self.sides[i].owed > 0 {
                let side = &self.sides[i];
                let Some(&(key, qty)) = row.sides[i].get(side.levels.len()) else {
                    self.sides[i].owed = 0;
                    break;
                };
                let edge = side
                    .levels
                    .last()
                    .map_or(side.owed_behind, |l| l.key.max(side.owed_behind));
                if key <= edge {
                    break;
                }
                let level = Level {
                    key,
                    qty,
                    known: 0,
                    epoch: self.new_epoch(),
                };
                let side = &mut self.sides[i];
                side.levels.push(level);
                side.owed -= 1;
                shown(which, level);
            }
        }
    }

    /// Whether the book is the row.
    pub(super) fn equals(&self, row: &Snapshot) -> bool {
        self.sides
            .iter()
            .zip(&row.sides)
            .all(|(side, r)| side.equals(r))
    }

    /// Makes the book the row. Levels that agree keep what is known of their orders.
    pub(super) fn replace(&mut self, row: &Snapshot) {
        for (i, target) in row.sides.iter().enumerate() {
            let old = std::mem::take(&mut self.sides[i].levels);
            for (key, qty) in target {
                let level = match old.iter().find(|l| (l.key, l.qty) == (*key, *qty)) {
                    Some(level) => *level,
                    None => Level {
                        key: *key,
                        qty: *qty,
                        known: 0,
                        epoch: self.new_epoch(),
                    },
                };
                self.sides[i].levels.push(level);
            }
            self.sides[i].owed = 0;
        }
    }

    /// The level with this number, if it is in view.
    pub(super) fn level_of(&self, epoch: u64) -> Option<(BookSide, usize)> {
        [BookSide::Bid, BookSide::Ask]
            .into_iter()
            .find_map(|which| {
                let place = self.sides[side_index(which)]
                    .levels
                    .iter()
                    .position(|l| l.epoch == epoch)?;
                Some((which, place))
            })
    }
}
