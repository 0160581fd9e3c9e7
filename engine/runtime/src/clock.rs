//! Engine time = origin + (monotonic - start) x speed.
//!
//! The three terms stand in the instance's clock page, written once by the engine, so that every process of the instance
//! tells the same time. A start of zero means that the clock is held: engine time stands at the origin until somebody
//! writes the start.
//!
//! The engine thread reads the processor's counter through `quanta`, without a system call. Housekeeping compares it with
//! the operating system's monotonic clock each second and publishes the difference, so that the two never drift apart.

use quanta::Clock;
use shm_ring::{AttachError, WordsFile};
use shm_wire::units::Nanos;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Names of the clock page.
pub const CLOCK_WORDS: &[&str] = &["origin_ns", "start_monotonic_ns", "speed_ppm"];
const ORIGIN: usize = 0;
const START: usize = 1;
const SPEED: usize = 2;

/// Nanoseconds of the machine's monotonic clock (`CLOCK_MONOTONIC`), the same in every process.
#[must_use]
pub fn monotonic() -> u64 {
    crate::os::monotonic_nanos()
}

/// The clock page of an instance: its terms, and engine time by the operating system's clock.
#[derive(Debug)]
pub struct ClockPage {
    words: WordsFile,
}

impl ClockPage {
    /// Makes the page. `origin` ns UTC, `speed_ppm` at least 1; held until [`ClockPage::start`].
    ///
    /// # Errors
    /// What the rings' crate says.
    pub fn create(path: &Path, origin: u64, speed_ppm: u64) -> Result<ClockPage, AttachError> {
        let words = WordsFile::create(path, CLOCK_WORDS)?;
        words.store(ORIGIN, origin);
        words.store(SPEED, speed_ppm.max(1));
        Ok(ClockPage { words })
    }

    /// Opens the page of a running instance.
    ///
    /// # Errors
    /// What the rings' crate says.
    pub fn open(path: &Path) -> Result<ClockPage, AttachError> {
        let words = WordsFile::open(path, CLOCK_WORDS)?;
        Ok(ClockPage { words })
    }

    /// Lets a held clock run from this moment on. A clock that runs is left alone.
    pub fn start(&self) {
        if self.words.load(START) == 0 {
            self.words.store(START, monotonic());
        }
    }

    /// Lets a held clock run from this moment on with `origin` ns UTC as the time of this moment, at or after the origin it was held
    /// at.
    pub fn start_at(&self, origin: u64) {
        if self.words.load(START) == 0 {
            self.words.store(ORIGIN, origin);
            self.words.store(START, monotonic());
        }
    }

    /// Whether the clock runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.words.load(START) != 0
    }

    /// Speed of engine time, parts per million.
    #[must_use]
    pub fn speed_ppm(&self) -> u64 {
        self.words.load(SPEED)
    }

    /// Engine time now.
    #[must_use]
    pub fn now(&self) -> Nanos {
        self.at(monotonic())
    }

    /// Engine time at an instant of the monotonic clock.
    #[inline]
    #[must_use]
    pub fn at(&self, monotonic: u64) -> Nanos {
        engine_time(
            self.words.load(ORIGIN),
            self.words.load(START),
            self.words.load(SPEED),
            monotonic,
        )
    }

    /// The page itself.
    #[must_use]
    pub fn words(&self) -> &WordsFile {
        &self.words
    }

    /// Removes the page.
    ///
    /// # Errors
    /// What the rings' crate says.
    pub fn remove(self) -> Result<(), AttachError> {
        self.words.remove()
    }
}

#[inline]
fn engine_time(origin: u64, start: u64, speed_ppm: u64, monotonic: u64) -> Nanos {
    if start == 0 {
        return Nanos(origin);
    }
    if speed_ppm == 1_000_000 {
        // Production: no division on every pass.
        return Nanos(origin.saturating_add(monotonic.saturating_sub(start)));
    }
    let elapsed = u128::from(monotonic.saturating_sub(start)) * u128::from(speed_ppm) / 1_000_000;
    Nanos(origin.saturating_add(u64::try_from(elapsed).unwrap_or(u64::MAX)))
}

/// What housekeeping samples each second for the engine threads.
#[derive(Debug, Default)]
pub struct Drift {
    /// What the counter's clock lacks against the operating system, ns.
    counter: AtomicI64,
    /// UTC less engine time, ns.
    utc: AtomicI64,
    /// Samples of `utc` taken; it counts after the value is stored.
    utc_samples: AtomicU64,
}

impl Drift {
    /// Publishes a sample of UTC less engine time, ns.
    pub fn put_utc_offset(&self, offset: i64) {
        self.utc.store(offset, Ordering::Relaxed);
        // Release: pairs with the Acquire below; whoever sees the count sees this value or a later one.
        self.utc_samples.fetch_add(1, Ordering::Release);
    }
    /// The last sample and how many there were.
    #[inline]
    #[must_use]
    pub fn utc_offset(&self) -> (u64, i64) {
        let samples = self.utc_samples.load(Ordering::Acquire);
        (samples, self.utc.load(Ordering::Relaxed))
    }
}

/// The engine thread's clock: no system call, never backwards.
#[derive(Debug)]
pub struct EngineClock {
    page: ClockPage,
    counter: CounterClock,
    drift: Arc<Drift>,
    last: Nanos,
    clamped: u64,
}

/// The processor's counter in ns of the monotonic clock, as calibrated at start.
#[derive(Clone, Debug)]
pub struct CounterClock {
    clock: Clock,
    base_raw: u64,
    base_monotonic: u64,
}

impl CounterClock {
    /// Calibrates (up to 200 ms) and anchors the counter.
    #[must_use]
    pub fn new() -> CounterClock {
        let clock = Clock::new();
        CounterClock {
            base_monotonic: monotonic(),
            base_raw: clock.raw(),
            clock,
        }
    }
    /// Nanoseconds of the monotonic clock by the counter.
    #[inline]
    #[must_use]
    pub fn now(&self) -> u64 {
        self.base_monotonic
            .wrapping_add(self.clock.delta_as_nanos(self.base_raw, self.clock.raw()))
    }
    /// Sets `drift` to what the counter lacks against the operating system now; answers it in ns.
    pub fn compare(&self, drift: &Drift) -> i64 {
        let lacks = monotonic().wrapping_sub(self.now()).cast_signed();
        drift.counter.store(lacks, Ordering::Relaxed);
        lacks
    }
}

impl Default for CounterClock {
    fn default() -> Self {
        CounterClock::new()
    }
}

impl EngineClock {
    /// The clock of one engine thread.
    #[must_use]
    pub fn new(page: ClockPage, counter: CounterClock, drift: Arc<Drift>) -> EngineClock {
        EngineClock {
            page,
            counter,
            drift,
            last: Nanos(0),
            clamped: 0,
        }
    }
    /// Nanoseconds of the monotonic clock.
    #[inline]
    #[must_use]
    pub fn monotonic(&self) -> u64 {
        // Relaxed: a lone number; a stale one is a drift of nanoseconds.
        self.counter
            .now()
            .wrapping_add_signed(self.drift.counter.load(Ordering::Relaxed))
    }
    /// Engine time at that instant, never before an earlier answer.
    #[inline]
    pub fn at(&mut self, monotonic: u64) -> Nanos {
        let now = self.page.at(monotonic);
        if now < self.last {
            self.clamped += 1;
        } else {
            self.last = now;
        }
        self.last
    }
    /// The last sample of UTC less engine time and how many there were.
    #[inline]
    #[must_use]
    pub fn utc_offset(&self) -> (u64, i64) {
        self.drift.utc_offset()
    }
    /// How often time would have gone backwards.
    #[must_use]
    pub fn clamped(&self) -> u64 {
        self.clamped
    }
    /// The clock page.
    #[must_use]
    pub fn page(&self) -> &ClockPage {
        &self.page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_time_runs_at_its_speed_from_its_origin() {
        assert_eq!(engine_time(1_000, 50, 30_000_000, 150), Nanos(4_000));
        assert_eq!(engine_time(1_000, 50, 1_000_000, 40), Nanos(1_000));
        assert_eq!(
            engine_time(1_000, 0, 1_000_000, 9_999),
            Nanos(1_000),
            "held"
        );
    }

    #[test]
    fn a_held_clock_stands_until_it_is_started_and_all_see_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("clock");
        let made = ClockPage::create(&path, 7_000, 1_000_000).unwrap();
        let seen = ClockPage::open(&path).unwrap();
        assert_eq!(seen.now(), Nanos(7_000));
        assert!(!seen.is_running());
        seen.start();
        assert!(made.is_running());
        let instant = monotonic() + 1_000_000;
        assert_eq!(made.at(instant), seen.at(instant));
        assert!(made.at(instant) > Nanos(7_000));
    }

    #[test]
    fn the_engine_clock_never_goes_backwards() {
        let dir = tempfile::tempdir().unwrap();
        let page = ClockPage::create(&dir.path().join("clock"), 0, 1_000_000).unwrap();
        page.start();
        let drift = Arc::new(Drift::default());
        let mut clock = EngineClock::new(page, CounterClock::new(), Arc::clone(&drift));
        let monotonic = clock.monotonic();
        let later = clock.at(monotonic + 1_000);
        assert_eq!(clock.at(monotonic), later);
        assert_eq!(clock.clamped(), 1);
    }

    #[test]
    fn the_counter_agrees_with_the_operating_system() {
        let counter = CounterClock::new();
        let drift = Drift::default();
        assert!(counter.compare(&drift).abs() < 5_000_000);
    }
}
