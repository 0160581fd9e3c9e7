//! A hash map with a fixed hash function: for look-up only, its order is never walked.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Map from numbers to values; equal on every run and machine. Never iterate it.
pub type Lookup<K, V> = HashMap<K, V, BuildHasherDefault<MixHasher>>;

/// Multiplies and folds each word; enough for order numbers, and the same on every machine.
#[derive(Clone, Copy, Default, Debug)]
pub struct MixHasher(u64);

impl Hasher for MixHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }
    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }
    fn write_u64(&mut self, value: u64) {
        let wide = u128::from(self.0 ^ value ^ 0x9e37_79b9_7f4a_7c15)
            * u128::from(0xd6e8_feb8_6659_fd93_u64);
        self.0 = (wide as u64) ^ ((wide >> 64) as u64);
    }
}
