//! What a polling loop does when it found nothing.

/// Idle strategy of a polling thread: configuration, not a code path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// Spin with the processor's pause hint: no system call at all. For a pinned core that is ours
    /// alone.
    Spin,
    /// Give the core away with `sched_yield`, the only system call. For shared cores: tests,
    /// laptops.
    Yield,
}

impl Idle {
    /// Waits the shortest time the strategy knows.
    #[inline]
    pub fn idle(self) {
        match self {
            Self::Spin => core::hint::spin_loop(),
            Self::Yield => std::thread::yield_now(),
        }
    }
}
