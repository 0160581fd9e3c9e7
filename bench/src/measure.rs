//! Timing of events in blocks (for the median) and alone (for the tail).
//!
//! A clock that steps by ten nanoseconds cannot time one event of a hundred: P50 comes from blocks of events timed
//! together. P99 and above come from events timed alone and hold one clock read.

use crate::error::BenchError;
use crate::stats::{Shot, histogram, median};
use engine_runtime::alloc_guard;
use hdrhistogram::Histogram;
use quanta::Clock;

/// How much of an event a sample holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Events in a block.
    pub block: u64,
    /// Blocks before the first that is timed.
    pub warm: u64,
    /// Blocks timed as a whole.
    pub blocks: u64,
    /// Blocks whose events are timed alone.
    pub singles: u64,
    /// Blocks whose events are timed alone after a rest each.
    pub rested: u64,
}

impl Plan {
    /// Events of one sample.
    #[must_use]
    pub const fn events(&self) -> u64 {
        (self.warm + self.blocks + self.singles + self.rested) * self.block
    }
}

/// What is measured.
pub trait Subject {
    /// One event, timed.
    ///
    /// # Errors
    /// Whatever ends the measurement.
    fn event(&mut self) -> Result<(), BenchError>;
    /// What has to be done before each block, untimed.
    ///
    /// # Errors
    /// Whatever ends the measurement.
    fn between(&mut self) -> Result<(), BenchError> {
        Ok(())
    }
    /// A pause before an event that is timed alone, untimed.
    #[inline]
    fn rest(&mut self, clock: &Clock) {
        let _ = clock;
    }
}

/// Measures one sample.
///
/// # Errors
/// What the subject says.
pub fn sample(clock: &Clock, plan: &Plan, subject: &mut impl Subject) -> Result<Shot, BenchError> {
    let mut allocations = 0;
    for _ in 0..plan.warm {
        block(clock, plan, subject)?;
    }
    let mut times = Vec::with_capacity(plan.blocks as usize);
    for _ in 0..plan.blocks {
        let (time, calls) = block(clock, plan, subject)?;
        times.push(time);
        allocations += calls;
    }
    let (singles, calls) = alone(clock, plan.block, plan.singles, subject, false)?;
    allocations += calls;
    let (rested, calls) = alone(clock, plan.block, plan.rested, subject, true)?;
    allocations += calls;
    let p50 = median(&mut times).unwrap_or(0.0);
    Ok(Shot {
        p50,
        singles,
        rested,
        allocations,
    })
}

/// Times of the events of some blocks, each alone, and the allocator calls.
fn alone(
    clock: &Clock,
    block: u64,
    blocks: u64,
    subject: &mut impl Subject,
    rests: bool,
) -> Result<(Histogram<u64>, u64), BenchError> {
    let (mut times, mut allocations) = (histogram(), 0);
    for _ in 0..blocks {
        subject.between()?;
        let calls = alloc_guard::calls();
        for _ in 0..block {
            if rests {
                subject.rest(clock);
            }
            let begun = clock.raw();
            subject.event()?;
            record(&mut times, clock.delta_as_nanos(begun, clock.raw()));
        }
        allocations += alloc_guard::calls() - calls;
    }
    Ok((times, allocations))
}

/// Time of each event of a block, and the allocator calls of the whole block.
fn block(clock: &Clock, plan: &Plan, subject: &mut impl Subject) -> Result<(f64, u64), BenchError> {
    subject.between()?;
    let calls = alloc_guard::calls();
    let begun = clock.raw();
    for _ in 0..plan.block {
        subject.event()?;
    }
    let took = clock.delta_as_nanos(begun, clock.raw());
    let calls = alloc_guard::calls() - calls;
    Ok((took as f64 / plan.block as f64, calls))
}

/// Records a time; what is beyond the histogram's bounds counts as its largest value.
pub fn record(histogram: &mut Histogram<u64>, nanos: u64) {
    histogram.saturating_record(nanos.max(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Counting {
        events: u64,
        between: u64,
    }
    impl Subject for Counting {
        fn event(&mut self) -> Result<(), BenchError> {
            self.events += 1;
            Ok(())
        }
        fn between(&mut self) -> Result<(), BenchError> {
            self.between += 1;
            Ok(())
        }
    }

    #[test]
    fn a_sample_runs_exactly_the_events_it_says() {
        let plan = Plan {
            block: 8,
            warm: 1,
            blocks: 3,
            singles: 2,
            rested: 1,
        };
        let mut subject = Counting::default();
        let shot = sample(&Clock::new(), &plan, &mut subject).unwrap();
        assert_eq!(subject.events, plan.events());
        assert_eq!(subject.between, 7);
        assert_eq!((shot.singles.len(), shot.rested.len()), (16, 8));
    }
}
