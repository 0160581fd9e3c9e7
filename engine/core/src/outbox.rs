//! Outputs of one step, at most [`OUTPUTS_MAX`]: where they go ([`Outputs`]), and a fixed buffer for them ([`Outbox`]).

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

/// Where a step's outputs go, in order, each as soon as it is made: a slice does not wait for the book-keeping behind it.
///
/// A step sees of it only how many more fit, so what is behind it cannot change what the step does.
pub trait Outputs {
    /// A step begins.
    fn begin(&mut self);
    /// How many more outputs of this step fit.
    fn room(&self) -> usize;
    /// Takes an output. The engine asks for [`Outputs::room`] before every decision.
    fn push(&mut self, output: Output);
    /// Takes a new child order: as [`Outputs::push`], for those who can do without the copy.
    #[inline]
    fn push_new(&mut self, message: &SliceNew) {
        self.push(Output::New(*message));
    }
}

/// The outputs of one step, in order: for whoever looks at them after the step.
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
}

impl Outputs for Outbox {
    #[inline]
    fn begin(&mut self) {
        self.count = 0;
    }
    #[inline]
    fn room(&self) -> usize {
        OUTPUTS_MAX - self.count
    }
    /// # Panics
    /// When full.
    #[inline]
    fn push(&mut self, output: Output) {
        assert!(
            self.count < OUTPUTS_MAX,
            "Invariant: room is checked before a decision"
        );
        self.items[self.count] = Some(output);
        self.count += 1;
    }
}
