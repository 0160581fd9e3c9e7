//! A counting allocator: the proof that the engine thread takes and gives back no memory.
//!
//! Test binaries install it with `#[global_allocator]`; the product does not.
#![expect(
    unsafe_code,
    reason = "implementing GlobalAlloc is unsafe by definition; every call is handed to the system allocator unchanged"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

/// The system allocator, counting the calls of each thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator;

/// Allocator calls (take, resize, give back) of this thread so far; always 0 where the allocator is not installed.
#[must_use]
pub fn calls() -> u64 {
    CALLS.try_with(Cell::get).unwrap_or(0)
}

fn count() {
    // A thread that is ending has no cell any more; what it does then is nobody's hot path.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

// SAFETY: every method forwards its arguments unchanged to the system allocator, which upholds the contract.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller upholds the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller upholds the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller upholds the contract of `realloc`.
        unsafe { System.realloc(at, layout, size) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller upholds the contract of `dealloc`.
        unsafe { System.dealloc(at, layout) }
    }
}
