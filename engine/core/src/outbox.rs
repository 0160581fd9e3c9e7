//! Outputs of one step: a fixed buffer of at most [`OUTPUTS_MAX`] messages.

use alloc::boxed::Box;
use shm_wire::codes::RingKind;
use shm_wire::message::Message;
use shm_wire::parent::ParentUpdate;
use shm_wire::slice::{SliceCancel, SliceNew, SliceReplace};

/// Most outputs of one step.
pub const OUTPUTS_MAX: usize = 64;

/// One output: where it goes, and the message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Output {
    /// A new child order.
    New(SliceNew),
    /// Other terms for a child.
    Replace(SliceReplace),
    /// A child to be taken back.
    Cancel(SliceCancel),
    /// State of a parent order for its source.
    Update(ParentUpdate),
}

impl Output {
    /// The ring it goes to.
    #[inline]
    #[must_use]
    pub const fn ring(&self) -> RingKind {
        match self {
            Self::New(_) | Self::Replace(_) | Self::Cancel(_) => RingKind::Slices,
            Self::Update(_) => RingKind::Updates,
        }
    }
    /// The link: the order source of an update, 0 for slices.
    #[inline]
    #[must_use]
    pub const fn source(&self) -> u16 {
        match self {
            Self::New(_) | Self::Replace(_) | Self::Cancel(_) => 0,
            Self::Update(u) => u.source,
        }
    }
    /// The message as words.
    #[inline]
    #[must_use]
    pub fn words(&self) -> &[u64] {
        match self {
            Self::New(m) => m.words(),
            Self::Replace(m) => m.words(),
            Self::Cancel(m) => m.words(),
            Self::Update(m) => m.words(),
        }
    }
    /// Whether it takes risk back and may use the reserved part of the slice ring.
    #[inline]
    #[must_use]
    pub const fn is_cancel(&self) -> bool {
        matches!(self, Self::Cancel(_))
    }
}

/// The outputs of one step, in order.
#[derive(Clone, Debug)]
pub struct Outbox {
    items: Box<[Option<Output>; OUTPUTS_MAX]>,
    count: usize,
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Outbox {
    /// An empty outbox; the only allocation it ever makes.
    #[must_use]
    pub fn new() -> Outbox {
        Outbox {
            items: Box::new([None; OUTPUTS_MAX]),
            count: 0,
        }
    }
    /// How many more outputs fit.
    #[inline]
    #[must_use]
    pub const fn room(&self) -> usize {
        OUTPUTS_MAX - self.count
    }
    /// The outputs in order.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = &Output> {
        self.items[..self.count].iter().flatten()
    }
    /// How many there are.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }
    /// Whether there are none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
    #[inline]
    pub(crate) const fn clear(&mut self) {
        self.count = 0;
    }
    /// Adds an output.
    ///
    /// # Panics
    /// When full: the engine checks room before every decision.
    #[inline]
    pub(crate) fn push(&mut self, output: Output) {
        assert!(
            self.count < OUTPUTS_MAX,
            "Invariant: room is checked before a decision"
        );
        self.items[self.count] = Some(output);
        self.count += 1;
    }
}
