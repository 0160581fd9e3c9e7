//! The bins of a session.

use serde::{Deserialize, Serialize};

/// The bins of a full session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Start of the first bin, seconds after midnight, local time.
    pub open: u32,
    /// Length of a bin, seconds.
    pub bin_seconds: u32,
    /// Bins of a full session.
    pub bins: usize,
}

impl Grid {
    /// The bin that starts so many seconds after midnight, if it lies in the grid.
    #[must_use]
    pub fn bin(&self, start: u32) -> Option<usize> {
        let offset = start.checked_sub(self.open)?;
        let bin = (offset / self.bin_seconds) as usize;
        (bin < self.bins && offset.is_multiple_of(self.bin_seconds)).then_some(bin)
    }
}

/// Full or short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A full session.
    Full,
    /// A session that ends early by the calendar.
    Half,
}
