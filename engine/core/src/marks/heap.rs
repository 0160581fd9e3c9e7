//! A leftist heap whose nodes live in one array: insert, remove any, and pop in O(log n), no allocation after `new`.
//!
//! One arena serves many heaps (one root for each instrument), because a parent order stands in at most one heap of each
//! kind. Equal keys come out by node number, so the order never depends on history. A leftist heap (Crane 1972; Knuth,
//! TAOCP 3, 5.2.3) has a right spine of at most log2(n + 1) nodes, which bounds every loop here.

use alloc::vec::Vec;

/// No node.
pub const NONE: u32 = u32::MAX;

/// Root of one heap in an arena.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Root(u32);

impl Default for Root {
    fn default() -> Self {
        Root(NONE)
    }
}

#[derive(Clone, Copy, Debug)]
struct Node {
    key: u64,
    left: u32,
    right: u32,
    up: u32,
    rank: u16,
    linked: bool,
}

const FREE: Node = Node {
    key: 0,
    left: NONE,
    right: NONE,
    up: NONE,
    rank: 0,
    linked: false,
};

/// Nodes of many heaps, one for each number from zero.
#[derive(Clone, Debug)]
pub struct Arena {
    nodes: Vec<Node>,
}

impl Arena {
    /// Room for `capacity` nodes, all unlinked.
    ///
    /// # Panics
    /// When `capacity` does not fit the node numbers.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "memory is taken here, once")]
    pub fn new(capacity: usize) -> Arena {
        assert!(capacity < NONE as usize, "node numbers are u32");
        let mut nodes = Vec::with_capacity(capacity);
        nodes.resize(capacity, FREE);
        Arena { nodes }
    }

    /// Smallest key of the heap, with its node.
    #[inline]
    #[must_use]
    pub fn peek(&self, root: Root) -> Option<(u64, u32)> {
        self.nodes.get(root.0 as usize).map(|n| (n.key, root.0))
    }
    /// The nodes with keys up to `key`, in no order; `None` when there are more than `nodes` has room for. Looks at no more than three
    /// nodes for each place.
    #[must_use]
    pub fn up_to(&self, root: Root, key: u64, nodes: &mut [u32]) -> Option<usize> {
        let mut count = 0;
        let mut looked = 0;
        let hit = |at: u32| self.nodes.get(at as usize).is_some_and(|n| n.key <= key);
        if hit(root.0) {
            *nodes.get_mut(0)? = root.0;
            count = 1;
        }
        // What was found is a tree from the root down: each node's children are looked at once.
        while looked < count {
            let n = &self.nodes[nodes[looked] as usize];
            looked += 1;
            for below in [n.left, n.right] {
                if hit(below) {
                    *nodes.get_mut(count)? = below;
                    count += 1;
                }
            }
        }
        Some(count)
    }
    /// Whether a node is in a heap.
    #[inline]
    #[must_use]
    pub fn is_linked(&self, node: u32) -> bool {
        self.nodes[node as usize].linked
    }
    /// Key of a linked node.
    #[inline]
    #[must_use]
    pub fn key(&self, node: u32) -> Option<u64> {
        let n = &self.nodes[node as usize];
        n.linked.then_some(n.key)
    }

    /// Puts `node` into the heap with `key`, moving it when it is there already.
    pub fn set(&mut self, root: &mut Root, node: u32, key: u64) {
        if self.nodes[node as usize].linked {
            if self.nodes[node as usize].key == key {
                return;
            }
            self.remove(root, node);
        }
        self.nodes[node as usize] = Node {
            key,
            rank: 1,
            linked: true,
            ..FREE
        };
        root.0 = self.merge(root.0, node);
        self.nodes[root.0 as usize].up = NONE;
    }

    /// Takes the smallest out.
    pub fn pop(&mut self, root: &mut Root) -> Option<(u64, u32)> {
        let (key, node) = self.peek(*root)?;
        self.remove(root, node);
        Some((key, node))
    }

    /// Takes `node` out of the heap it is in; nothing happens when it is in none.
    pub fn remove(&mut self, root: &mut Root, node: u32) {
        let n = self.nodes[node as usize];
        if !n.linked {
            return;
        }
        self.nodes[node as usize] = FREE;
        let below = self.merge(n.left, n.right);
        if below != NONE {
            self.nodes[below as usize].up = n.up;
        }
        if n.up == NONE {
            root.0 = below;
            return;
        }
        let parent = &mut self.nodes[n.up as usize];
        if parent.left == node {
            parent.left = below;
        } else {
            parent.right = below;
        }
        self.restore_upwards(n.up);
    }

    fn rank(&self, node: u32) -> u16 {
        self.nodes.get(node as usize).map_or(0, |n| n.rank)
    }
    fn before(&self, a: u32, b: u32) -> bool {
        (self.nodes[a as usize].key, a) < (self.nodes[b as usize].key, b)
    }

    /// Restores order of ranks at `node` and above, until nothing changes.
    fn restore_upwards(&mut self, mut node: u32) {
        while node != NONE {
            let old = self.nodes[node as usize].rank;
            self.restore(node);
            if self.nodes[node as usize].rank == old {
                break;
            }
            node = self.nodes[node as usize].up;
        }
    }
    fn restore(&mut self, node: u32) {
        let (left, right) = (
            self.nodes[node as usize].left,
            self.nodes[node as usize].right,
        );
        let (left, right) = if self.rank(left) < self.rank(right) {
            (right, left)
        } else {
            (left, right)
        };
        let rank = self.rank(right) + 1;
        let n = &mut self.nodes[node as usize];
        (n.left, n.right, n.rank) = (left, right, rank);
    }

    /// Merges two heaps along their right spines; returns the new root, whose `up` is left to the caller.
    fn merge(&mut self, a: u32, b: u32) -> u32 {
        if a == NONE {
            return b;
        }
        if b == NONE {
            return a;
        }
        let (top, mut other) = if self.before(a, b) { (a, b) } else { (b, a) };
        let mut at = top;
        // Walk down: the smaller of the two stays, the larger goes on along its right spine.
        while other != NONE {
            let right = self.nodes[at as usize].right;
            let next = if right == NONE || self.before(other, right) {
                let next = other;
                other = right;
                next
            } else {
                right
            };
            self.nodes[at as usize].right = next;
            self.nodes[next as usize].up = at;
            at = next;
        }
        // Walk back up: every node on the merged spine gets its rank anew.
        loop {
            self.restore(at);
            if at == top {
                return top;
            }
            at = self.nodes[at as usize].up;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn two_heaps_in_one_arena_behave_like_ordered_sets(
            operations in proptest::collection::vec((0_u8..4, 0_u32..40, 0_u64..30), 1..300)
        ) {
            let mut arena = Arena::new(80);
            let mut roots = [Root::default(), Root::default()];
            let mut models = [BTreeSet::new(), BTreeSet::new()];
            for (what, node, key) in operations {
                let heap = (node % 2) as usize;
                let node = node + 40 * u32::from(heap == 1);
                let (root, model) = (&mut roots[heap], &mut models[heap]);
                match what {
                    0 | 1 => {
                        model.retain(|(_, n)| *n != node);
                        model.insert((key, node));
                        arena.set(root, node, key);
                    }
                    2 => {
                        model.retain(|(_, n)| *n != node);
                        arena.remove(root, node);
                    }
                    _ => prop_assert_eq!(arena.pop(root), model.pop_first()),
                }
                let mut found = [0; 5];
                let up_to: Vec<u32> =
                    model.iter().filter(|(k, _)| *k <= key).map(|(_, n)| *n).collect();
                match arena.up_to(*root, key, &mut found) {
                    None => prop_assert!(up_to.len() > found.len()),
                    Some(count) => {
                        let mut found = found[..count].to_vec();
                        found.sort_unstable();
                        let mut up_to = up_to;
                        up_to.sort_unstable();
                        prop_assert_eq!(found, up_to);
                    }
                }
                prop_assert_eq!(arena.peek(roots[heap]), models[heap].first().copied());
            }
        }
    }

    #[test]
    fn a_hundred_thousand_equal_keys_come_out_by_number() {
        let mut arena = Arena::new(100_000);
        let mut root = Root::default();
        for n in (0..100_000).rev() {
            arena.set(&mut root, n, 7);
        }
        for n in 0..100_000 {
            assert_eq!(arena.pop(&mut root), Some((7, n)));
        }
    }
}
