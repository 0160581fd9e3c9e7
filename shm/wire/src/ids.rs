//! Identifiers.

/// Dense index into the instrument table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
#[repr(transparent)]
pub struct InstrumentId(pub u32);

/// The sender's own number of a parent order, unique together with the order source it came from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct ParentKey {
    /// Order source: which OMS link.
    pub source: u16,
    /// The source's own number, not zero.
    pub parent_id: u64,
}

/// A child order's identity for ever: shard 6 bits, parent slot 17, slot generation 21, ordinal 20.
///
/// ```text
/// 63    58 57          41 40               20 19                 0
/// | shard |  parent slot |  slot generation  |      ordinal       |
/// ```
/// A replace keeps the id and raises the version that travels beside it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
#[repr(transparent)]
pub struct ChildId(pub u64);

impl ChildId {
    /// Largest shard number.
    pub const SHARD_MAX: u64 = (1 << 6) - 1;
    /// Largest parent slot.
    pub const SLOT_MAX: u64 = (1 << 17) - 1;
    /// Largest slot generation.
    pub const GENERATION_MAX: u64 = (1 << 21) - 1;
    /// Largest ordinal; a parent that needs more is suspended.
    pub const ORDINAL_MAX: u64 = (1 << 20) - 1;

    /// Packs the four parts; each is cut to its width.
    #[inline]
    #[must_use]
    pub const fn new(shard: u64, slot: u64, generation: u64, ordinal: u64) -> ChildId {
        ChildId(
            (shard & Self::SHARD_MAX) << 58
                | (slot & Self::SLOT_MAX) << 41
                | (generation & Self::GENERATION_MAX) << 20
                | (ordinal & Self::ORDINAL_MAX),
        )
    }
    /// Engine shard that made the child.
    #[inline]
    #[must_use]
    pub const fn shard(self) -> u64 {
        self.0 >> 58
    }
    /// Slot of the parent in the engine's table.
    #[inline]
    #[must_use]
    pub const fn slot(self) -> u64 {
        self.0 >> 41 & Self::SLOT_MAX
    }
    /// How often that slot has been used.
    #[inline]
    #[must_use]
    pub const fn generation(self) -> u64 {
        self.0 >> 20 & Self::GENERATION_MAX
    }
    /// Count of the parent's children before this one.
    #[inline]
    #[must_use]
    pub const fn ordinal(self) -> u64 {
        self.0 & Self::ORDINAL_MAX
    }
}

/// A 128-bit stable hash of a venue's execution id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct ExecutionKey {
    /// High half.
    pub high: u64,
    /// Low half.
    pub low: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn child_id_parts_come_back_at_their_limits() {
        let id = ChildId::new(
            63,
            ChildId::SLOT_MAX,
            ChildId::GENERATION_MAX,
            ChildId::ORDINAL_MAX,
        );
        assert_eq!(id.0, u64::MAX);
        let id = ChildId::new(3, 70_000, 9, 12);
        assert_eq!(
            (id.shard(), id.slot(), id.generation(), id.ordinal()),
            (3, 70_000, 9, 12)
        );
    }
}
