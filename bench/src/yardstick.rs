//! The yardstick: a bare ping-pong of two cache lines, one for each direction, between two cores.
//!
//! It is what the machine can do at best at this moment, and every figure that crosses cores is compared with it. On
//! x86-64 both loops are written in assembly and aligned, so that they are the same code in every binary; elsewhere, and
//! when cores are shared, they are plain Rust.
//!
//! ```text
//! ping:  store k to PING, spin until PONG >= k, k + 1        pong:  spin until PING >= k, store k to PONG, k + 1
//! ```
//! A side that is given up stores the largest number into both words: "at least k" ends every spin, so that nobody waits
//! for a process that died.

use crate::error::BenchError;
use crate::stats::median;
use quanta::Clock;
use shm_ring::{Idle, WordsFile};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names of the page.
pub const WORDS: &[&str] = &["ping", "pong"];
const PING: usize = 0;
const PONG: usize = 1;
/// What ends every wait.
const POISON: u64 = u64::MAX;
/// Round trips timed together.
pub const BLOCK: u64 = 64;
/// Blocks before the first that is timed.
const WARM_BLOCKS: u64 = 4;

/// One side of the yardstick.
#[derive(Debug)]
pub struct Yardstick {
    page: WordsFile,
    next: u64,
    idle: Idle,
}

impl Yardstick {
    /// Makes the page.
    ///
    /// # Errors
    /// What the rings' crate says.
    pub fn create(path: &Path, idle: Idle) -> Result<Yardstick, BenchError> {
        Ok(Self::new(WordsFile::create(path, WORDS)?, idle))
    }
    /// Opens the page that the other side made.
    ///
    /// # Errors
    /// What the rings' crate says.
    pub fn open(path: &Path, idle: Idle) -> Result<Yardstick, BenchError> {
        Ok(Self::new(WordsFile::open(path, WORDS)?, idle))
    }
    fn new(page: WordsFile, idle: Idle) -> Yardstick {
        Yardstick {
            page,
            next: 1,
            idle,
        }
    }

    /// Round trips of a check of `blocks` blocks.
    #[must_use]
    pub const fn rounds(blocks: u64) -> u64 {
        (WARM_BLOCKS + blocks) * BLOCK
    }

    /// Measures `blocks` blocks, median, ns for each round trip. The other side runs [`Yardstick::pong`] with
    /// [`Yardstick::rounds`].
    ///
    /// # Errors
    /// [`BenchError::Peer`] when the other side gave up.
    pub fn check(&mut self, clock: &Clock, blocks: u64) -> Result<f64, BenchError> {
        let mut times = Vec::with_capacity(blocks as usize);
        for block in 0..WARM_BLOCKS + blocks {
            let begun = clock.raw();
            self.ping(BLOCK)?;
            let took = clock.delta_as_nanos(begun, clock.raw());
            if block >= WARM_BLOCKS {
                times.push(took as f64 / BLOCK as f64);
            }
        }
        median(&mut times).ok_or_else(|| BenchError::Check("a check without blocks".into()))
    }

    /// The side that begins.
    ///
    /// # Errors
    /// [`BenchError::Peer`] when the other side gave up.
    pub fn ping(&mut self, rounds: u64) -> Result<(), BenchError> {
        let (out, input) = (self.page.word(PING), self.page.word(PONG));
        match self.idle {
            Idle::Spin => code::ping(out, input, self.next, rounds),
            Idle::Yield => plain::ping(out, input, self.next, rounds, Idle::Yield),
        }
        self.go_on(rounds)
    }

    /// The side that answers.
    ///
    /// # Errors
    /// [`BenchError::Peer`] when the other side gave up.
    pub fn pong(&mut self, rounds: u64) -> Result<(), BenchError> {
        let (out, input) = (self.page.word(PONG), self.page.word(PING));
        match self.idle {
            Idle::Spin => code::pong(out, input, self.next, rounds),
            Idle::Yield => plain::pong(out, input, self.next, rounds, Idle::Yield),
        }
        self.go_on(rounds)
    }

    /// Ends every wait, now and later.
    pub fn give_up(page: &WordsFile) {
        page.store(PING, POISON);
        page.store(PONG, POISON);
    }

    fn go_on(&mut self, rounds: u64) -> Result<(), BenchError> {
        self.next += rounds;
        let given_up = [PING, PONG]
            .iter()
            .any(|w| self.page.word(*w).load(Ordering::Relaxed) == POISON);
        if given_up {
            // A late store of ours may have covered the other's word.
            Self::give_up(&self.page);
            return Err(BenchError::Peer("the other side gave up".into()));
        }
        Ok(())
    }
}

/// The loops in plain Rust.
mod plain {
    use super::{AtomicU64, Idle, Ordering};

    pub(super) fn ping(out: &AtomicU64, input: &AtomicU64, first: u64, rounds: u64, idle: Idle) {
        for number in first..first + rounds {
            out.store(number, Ordering::Release);
            wait(input, number, idle);
        }
    }
    pub(super) fn pong(out: &AtomicU64, input: &AtomicU64, first: u64, rounds: u64, idle: Idle) {
        for number in first..first + rounds {
            wait(input, number, idle);
            out.store(number, Ordering::Release);
        }
    }
    fn wait(input: &AtomicU64, number: u64, idle: Idle) {
        // Acquire: pairs with the Release of the other side's store.
        while input.load(Ordering::Acquire) < number {
            idle.idle();
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod code {
    use super::{AtomicU64, Idle, plain};

    pub(super) fn ping(out: &AtomicU64, input: &AtomicU64, first: u64, rounds: u64) {
        plain::ping(out, input, first, rounds, Idle::Spin);
    }
    pub(super) fn pong(out: &AtomicU64, input: &AtomicU64, first: u64, rounds: u64) {
        plain::pong(out, input, first, rounds, Idle::Spin);
    }
}

/// The loops in aligned assembly.
#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "inline assembly, so that the yardstick is the same code in every binary"
)]
mod code {
    use super::AtomicU64;
    use std::arch::asm;

    pub(super) fn ping(out: &AtomicU64, input: &AtomicU64, first: u64, rounds: u64) {
        if rounds == 0 {
            return;
        }
        // SAFETY: both addresses are those of live atomics; plain aligned 8-byte moves are atomic on x86-64 and ordered as
        // release stores and acquire loads; the loop ends after `rounds` answers; no stack is used.
        unsafe {
            asm!(
                ".p2align 6",
                "2:",
                "mov qword ptr [{out}], {number}",
                "3:",
                "cmp qword ptr [{input}], {number}",
                "jb 3b",
                "inc {number}",
                "dec {rounds}",
                "jnz 2b",
                out = in(reg) out.as_ptr(),
                input = in(reg) input.as_ptr(),
                number = inout(reg) first => _,
                rounds = inout(reg) rounds => _,
                options(nostack),
            );
        }
    }

    pub(super) fn pong(out: &AtomicU64, input: &AtomicU64, first: u64, rounds: u64) {
        if rounds == 0 {
            return;
        }
        // SAFETY: as in `ping`.
        unsafe {
            asm!(
                ".p2align 6",
                "2:",
                "cmp qword ptr [{input}], {number}",
                "jb 2b",
                "mov qword ptr [{out}], {number}",
                "inc {number}",
                "dec {rounds}",
                "jnz 2b",
                out = in(reg) out.as_ptr(),
                input = in(reg) input.as_ptr(),
                number = inout(reg) first => _,
                rounds = inout(reg) rounds => _,
                options(nostack),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(idle: Idle) -> (tempfile::TempDir, Yardstick, Yardstick) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("yardstick");
        let ping = Yardstick::create(&path, idle).unwrap();
        let pong = Yardstick::open(&path, idle).unwrap();
        (dir, ping, pong)
    }

    #[test]
    fn both_sides_count_the_same_rounds() {
        let (_dir, mut ping, mut pong) = pair(Idle::Yield);
        std::thread::scope(|threads| {
            threads.spawn(|| pong.pong(Yardstick::rounds(2)).unwrap());
            assert!(ping.check(&Clock::new(), 2).unwrap() > 0.0);
        });
        assert_eq!(ping.next, pong.next);
        assert_eq!(ping.page.load(PONG), Yardstick::rounds(2));
    }

    #[test]
    fn a_given_up_yardstick_ends_every_wait_in_either_kind_of_loop() {
        for idle in [Idle::Spin, Idle::Yield] {
            let (_dir, mut ping, mut pong) = pair(idle);
            std::thread::scope(|threads| {
                let waiting = threads.spawn(|| pong.pong(10).is_err());
                Yardstick::give_up(&ping.page);
                assert!(waiting.join().unwrap());
            });
            assert!(ping.ping(3).is_err());
        }
    }

    #[test]
    fn the_assembly_ping_stores_every_number_and_waits_for_its_answer() {
        let (_dir, mut ping, mut pong) = pair(Idle::Spin);
        // The answers are there already: one thread can run either side alone.
        pong.page.store(PONG, 5);
        ping.ping(5).unwrap();
        assert_eq!(ping.page.load(PING), 5);
        pong.page.store(PONG, 0);
        pong.pong(5).unwrap();
        assert_eq!(pong.page.load(PONG), 5);
    }
}
