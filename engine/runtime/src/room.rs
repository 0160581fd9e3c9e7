//! Room in the rings to peers, as `step` knows it, and slices that found none.
//!
//! A link is BLOCKED when the largest step might not fit any more (for slices: besides the quarter that is kept for
//! cancels), and OPEN again when half of the ring is free. Both changes are journaled inputs.

use crate::journal::STEP_CELLS_MAX;
use engine_core::outbox::OUTPUTS_MAX;
use shm_ring::{RingProducer, cells_for};
use shm_wire::codes::LinkState;
use shm_wire::message::Message;
use shm_wire::parent::ParentUpdate;
use shm_wire::slice::SliceNew;

const UPDATE_CELLS: usize = OUTPUTS_MAX * cells_for(ParentUpdate::WORDS);
const SLICE_CELLS: usize = OUTPUTS_MAX * cells_for(SliceNew::WORDS);

/// What `step` was told of a ring.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    state: LinkState,
    /// Free cells below which the ring is blocked.
    low: usize,
    /// Free cells from which on it is open again.
    high: usize,
}

impl Room {
    /// Of an updates ring of `capacity` cells.
    #[must_use]
    pub fn of_updates(capacity: usize) -> Room {
        Room {
            state: LinkState::Open,
            low: UPDATE_CELLS,
            high: (capacity / 2).max(UPDATE_CELLS),
        }
    }
    /// Of a slices ring of `capacity` cells, a quarter of it kept for cancels.
    #[must_use]
    pub fn of_slices(capacity: usize) -> Room {
        let low = capacity / 4 + SLICE_CELLS;
        Room {
            state: LinkState::Open,
            low,
            high: (capacity / 2).max(low),
        }
    }
    /// The new state, when it changed.
    #[inline]
    pub fn look(&mut self, ring: &mut RingProducer) -> Option<LinkState> {
        let state = match self.state {
            LinkState::Open if ring.has_room(self.low) => return None,
            LinkState::Open => LinkState::Blocked,
            LinkState::Blocked | LinkState::Short if ring.has_room(self.high) => LinkState::Open,
            LinkState::Blocked | LinkState::Short => return None,
        };
        self.state = state;
        Some(state)
    }
    /// Whether the ring is blocked.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.state == LinkState::Blocked
    }
}

/// What a look at the journal's room found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JournalLook {
    /// An input may be taken.
    Room,
    /// Not even a step fits: no input may be taken.
    Full,
    /// `step` must hear of this state before anything else.
    Changed(LinkState),
}

/// Room in the journal ring (`CONTROLS` 1.5): at 80 % full no new parents, at 95 % no new children, and with less than a step's worth
/// free no inputs at all. Rings that are small for their steps are short of room earlier.
#[derive(Clone, Copy, Debug)]
pub struct JournalRoom {
    state: LinkState,
    /// Free cells below which the journal is short, and from which on it is open again.
    short: (usize, usize),
    /// Free cells below which it is blocked, and from which on it is merely short.
    blocked: (usize, usize),
}

impl JournalRoom {
    /// Of a journal ring of `capacity` cells.
    #[must_use]
    pub fn of(capacity: usize) -> JournalRoom {
        // The step that crosses a threshold and the input that tells of it must both fit above the next one.
        let blocked = (capacity / 20).max(2 * STEP_CELLS_MAX);
        let short = (capacity / 5).max(blocked + 2 * STEP_CELLS_MAX);
        JournalRoom {
            state: LinkState::Open,
            short: (short, short + capacity / 10),
            blocked: (blocked, blocked + capacity / 20),
        }
    }
    /// Whether an input may be taken, and whether the state changed.
    #[inline]
    pub fn look(&mut self, ring: &mut RingProducer) -> JournalLook {
        if self.state == LinkState::Open && ring.has_room(self.short.0) {
            return JournalLook::Room;
        }
        self.judge(ring)
    }
    #[cold]
    fn judge(&mut self, ring: &mut RingProducer) -> JournalLook {
        if !ring.has_room(STEP_CELLS_MAX) {
            return JournalLook::Full;
        }
        let (short, blocked) = match self.state {
            LinkState::Open => (self.short.0, self.blocked.0),
            LinkState::Short => (self.short.1, self.blocked.0),
            LinkState::Blocked => (self.short.1, self.blocked.1),
        };
        let state = if ring.has_room(short) {
            LinkState::Open
        } else if ring.has_room(blocked) {
            LinkState::Short
        } else {
            LinkState::Blocked
        };
        if state == self.state {
            return JournalLook::Room;
        }
        self.state = state;
        JournalLook::Changed(state)
    }
    /// Whether there is all the room that is wanted.
    #[inline]
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == LinkState::Open
    }
}

/// Slices that wait outside a full ring, in order: a fixed queue. Only cancels can come here, and only when the quarter kept
/// for them is used up.
#[derive(Debug)]
pub struct Parked {
    messages: Box<[([u64; SliceNew::WORDS], usize)]>,
    first: usize,
    count: usize,
}

impl Parked {
    /// Messages that fit.
    pub const CAPACITY: usize = 4096;

    /// An empty queue; the only allocation it makes.
    #[must_use]
    pub fn new() -> Parked {
        Parked {
            messages: vec![([0; SliceNew::WORDS], 0); Self::CAPACITY].into_boxed_slice(),
            first: 0,
            count: 0,
        }
    }
    /// Whether nothing waits.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
    /// Whether a whole step fits.
    #[inline]
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.count + OUTPUTS_MAX <= Self::CAPACITY
    }
    /// Cells that the waiting messages will take.
    #[must_use]
    pub fn cells(&self) -> u64 {
        (0..self.count)
            .map(|index| cells_for(self.messages[self.at(index)].1) as u64)
            .sum()
    }
    /// Publishes `words` at once, or behind what waits.
    ///
    /// # Panics
    /// When the queue is full: [`Parked::has_room`] is asked before each step.
    #[inline]
    pub fn publish(&mut self, ring: &mut RingProducer, words: &[u64]) -> bool {
        if self.is_empty() && ring.try_push(words).is_ok() {
            return true;
        }
        self.park(words);
        false
    }
    #[cold]
    fn park(&mut self, words: &[u64]) {
        assert!(
            self.count < Self::CAPACITY,
            "Invariant: room for parked slices is checked before each step"
        );
        let at = self.at(self.count);
        self.messages[at].0[..words.len()].copy_from_slice(words);
        self.messages[at].1 = words.len();
        self.count += 1;
    }
    /// Publishes what waits, as far as there is room.
    pub fn retry(&mut self, ring: &mut RingProducer) {
        while self.count > 0 {
            let (words, len) = &self.messages[self.first];
            if ring.try_push(&words[..*len]).is_err() {
                return;
            }
            self.first = self.at(1);
            self.count -= 1;
        }
    }
    fn at(&self, index: usize) -> usize {
        (self.first + index) % Self::CAPACITY
    }
}

impl Default for Parked {
    fn default() -> Self {
        Parked::new()
    }
}
