//! Fixed tables: parent keys, execution keys, and a queue of numbers. Memory is taken in `new` only.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use shm_wire::ids::{ExecutionKey, ParentKey};
use shm_wire::units::{Price, Qty};

/// splitmix64 finaliser: spreads the bits of a key.
#[inline]
#[must_use]
pub const fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

#[inline]
fn bucket(hash: u64, mask: usize) -> usize {
    usize::try_from(hash & mask as u64).unwrap_or(0)
}

/// Parent key to slot: open addressing with linear probing and backward-shift deletion, at most half full.
#[derive(Clone, Debug)]
pub struct KeyTable {
    slots: Vec<Option<(ParentKey, u32)>>,
    mask: usize,
}

impl KeyTable {
    /// Room for `capacity` keys.
    #[must_use]
    #[expect(clippy::disallowed_macros, reason = "memory is taken here, once")]
    pub fn new(capacity: usize) -> KeyTable {
        let size = (capacity.max(1) * 2).next_power_of_two();
        KeyTable {
            slots: vec![None; size],
            mask: size - 1,
        }
    }
    fn home(&self, key: ParentKey) -> usize {
        bucket(mix(key.parent_id ^ u64::from(key.source) << 48), self.mask)
    }
    fn find(&self, key: ParentKey) -> usize {
        let mut at = self.home(key);
        while let Some((k, _)) = self.slots[at] {
            if k == key {
                break;
            }
            at = (at + 1) & self.mask;
        }
        at
    }
    /// Slot of `key`.
    #[must_use]
    pub fn get(&self, key: ParentKey) -> Option<u32> {
        self.slots[self.find(key)].map(|(_, v)| v)
    }
    /// Adds or changes an entry.
    pub fn insert(&mut self, key: ParentKey, slot: u32) {
        let at = self.find(key);
        self.slots[at] = Some((key, slot));
    }
    /// Removes an entry and closes the gap it leaves.
    pub fn remove(&mut self, key: ParentKey) {
        let mut hole = self.find(key);
        if self.slots[hole].is_none() {
            return;
        }
        self.slots[hole] = None;
        let mut at = (hole + 1) & self.mask;
        while let Some((k, v)) = self.slots[at] {
            let home = self.home(k);
            // The entry may move into the hole when its home is not after the hole on the way to `at`.
            if (at.wrapping_sub(home) & self.mask) >= (at.wrapping_sub(hole) & self.mask) {
                self.slots[hole] = Some((k, v));
                self.slots[at] = None;
                hole = at;
            }
            at = (at + 1) & self.mask;
        }
    }
}

/// One booked execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Execution {
    /// Venue's key.
    pub key: ExecutionKey,
    /// Venue.
    pub venue: u16,
    /// Quantity in force; 0 after a bust.
    pub qty: Qty,
    /// Price in force.
    pub price: Price,
}

/// Execution keys of the session: a fixed table, never shrinking (`DESIGN.md` 3, reports).
#[derive(Clone, Debug)]
pub struct ExecutionTable {
    slots: Vec<Option<Execution>>,
    mask: usize,
    used: usize,
    capacity: usize,
}

impl ExecutionTable {
    /// Room for `capacity` executions.
    #[must_use]
    #[expect(clippy::disallowed_macros, reason = "memory is taken here, once")]
    pub fn new(capacity: usize) -> ExecutionTable {
        let size = (capacity.max(1) * 2).next_power_of_two();
        ExecutionTable {
            slots: vec![None; size],
            mask: size - 1,
            used: 0,
            capacity: capacity.max(1),
        }
    }
    fn find(&self, venue: u16, key: ExecutionKey) -> usize {
        let mut at = bucket(mix(key.low ^ mix(key.high ^ u64::from(venue))), self.mask);
        while let Some(e) = self.slots[at] {
            if e.key == key && e.venue == venue {
                break;
            }
            at = (at + 1) & self.mask;
        }
        at
    }
    /// Whether the execution was booked before.
    #[must_use]
    pub fn get_mut(&mut self, venue: u16, key: ExecutionKey) -> Option<&mut Execution> {
        let at = self.find(venue, key);
        self.slots[at].as_mut()
    }
    /// Books an execution; `false` when it was booked before. A full table still says whether it is new, but cannot
    /// remember it: the caller counts that (fills are always booked).
    pub fn insert(&mut self, e: Execution) -> bool {
        let at = self.find(e.venue, e.key);
        if self.slots[at].is_some() {
            return false;
        }
        if self.used < self.capacity {
            self.slots[at] = Some(e);
            self.used += 1;
        }
        true
    }
    /// Entries used.
    #[must_use]
    pub const fn used(&self) -> usize {
        self.used
    }
    /// Entries in all.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }
    /// At 90 %: no new parents.
    #[must_use]
    pub const fn nearly_full(&self) -> bool {
        self.used * 10 >= self.capacity * 9
    }
    /// At 100 %: no new children.
    #[must_use]
    pub const fn full(&self) -> bool {
        self.used >= self.capacity
    }
}

/// First in, first out; each number is in it at most once, which the caller keeps.
#[derive(Clone, Debug)]
pub struct Fifo {
    items: Box<[u32]>,
    head: usize,
    count: usize,
}

impl Fifo {
    /// Room for `capacity` numbers.
    #[must_use]
    #[expect(clippy::disallowed_macros, reason = "memory is taken here, once")]
    pub fn new(capacity: usize) -> Fifo {
        Fifo {
            items: vec![0; capacity.max(1)].into_boxed_slice(),
            head: 0,
            count: 0,
        }
    }
    /// Adds at the end.
    ///
    /// # Panics
    /// When full: the caller let a number in twice.
    #[inline]
    pub fn push(&mut self, value: u32) {
        assert!(
            self.count < self.items.len(),
            "Invariant: a number is queued at most once"
        );
        let at = self.wrap(self.head + self.count);
        self.items[at] = value;
        self.count += 1;
    }
    /// `at`, below twice the capacity, within the buffer: without a division.
    #[inline]
    fn wrap(&self, at: usize) -> usize {
        if at >= self.items.len() {
            at - self.items.len()
        } else {
            at
        }
    }
    /// Takes the first.
    #[inline]
    pub fn pop(&mut self) -> Option<u32> {
        if self.count == 0 {
            return None;
        }
        let value = self.items[self.head];
        self.head = self.wrap(self.head + 1);
        self.count -= 1;
        Some(value)
    }
    /// Whether it is empty.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
    /// How many are in it.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_key_table_behaves_like_a_map(
            operations in proptest::collection::vec((any::<bool>(), 0_u64..24, 0_u16..2), 0..200)
        ) {
            let mut table = KeyTable::new(48);
            let mut model = BTreeMap::new();
            for (n, (insert, id, source)) in operations.into_iter().enumerate() {
                let key = ParentKey { source, parent_id: id };
                if insert {
                    let slot = u32::try_from(n).unwrap();
                    table.insert(key, slot);
                    model.insert(key, slot);
                } else {
                    table.remove(key);
                    model.remove(&key);
                }
                for id in 0..24 {
                    for source in 0..2 {
                        let key = ParentKey { source, parent_id: id };
                        prop_assert_eq!(table.get(key), model.get(&key).copied());
                    }
                }
            }
        }
    }

    #[test]
    fn an_execution_counts_once_even_when_the_table_is_full() {
        let mut t = ExecutionTable::new(2);
        let e = |low| Execution {
            key: ExecutionKey { high: 1, low },
            ..Execution::default()
        };
        assert!(t.insert(e(1)) && !t.insert(e(1)) && t.insert(e(2)));
        assert!(t.full() && t.nearly_full());
        assert!(t.insert(e(3)), "still reported as new");
        assert!(!t.insert(e(2)));
    }
}
