//! Cells of a page of values: indexed, not a ring.

use core::sync::atomic::AtomicU64;

use super::Segment;
use crate::cell::Cell;

/// A segment whose cells hold a value and its label.
#[derive(Debug)]
pub(crate) struct PageCells {
    segment: Segment,
}

impl PageCells {
    pub(crate) fn new(segment: Segment) -> Self {
        Self { segment }
    }

    pub(crate) fn segment(&self) -> &Segment {
        &self.segment
    }

    pub(crate) fn all(&self) -> &[Cell] {
        self.segment.mapping().cells()
    }

    /// The value of the cell at `index`; panics if there is none.
    #[inline]
    pub(crate) fn value(&self, index: usize) -> &AtomicU64 {
        self.all()[index].value()
    }
}
