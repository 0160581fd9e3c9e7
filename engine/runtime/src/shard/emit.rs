//! Outputs leave while the step goes on: record first, then the message, one by one.

use super::Source;
use crate::clock::EngineClock;
use crate::counters::DutyCounters;
use crate::journal::{JournalSink, Place};
use crate::latency::Latency;
use crate::room::Parked;
use engine_core::outbox::{OUTPUTS_MAX, Output, Outputs};
use shm_ring::RingProducer;
use shm_wire::codes::RingKind;
use shm_wire::message::Message;
use shm_wire::record::Direction;
use shm_wire::slice::SliceNew;
use shm_wire::units::Nanos;

/// Where the outputs of one step go: journal, then ring. The caller has checked that there is room for a whole step.
pub(super) struct Emitter<'a> {
    pub(super) now: Nanos,
    /// Clock read of the pass.
    pub(super) pass: u64,
    pub(super) journal: &'a mut JournalSink,
    pub(super) slices: &'a mut RingProducer,
    pub(super) parked: &'a mut Parked,
    pub(super) orders: &'a mut [Source],
    pub(super) duty: &'a mut DutyCounters,
    pub(super) latency: &'a mut Latency,
    pub(super) clock: &'a mut EngineClock,
    /// Outputs of this step so far.
    pub(super) count: usize,
    /// Whether a slice of this step was timed.
    pub(super) timed: bool,
}

impl Outputs for Emitter<'_> {
    #[inline]
    fn begin(&mut self) {
        self.count = 0;
    }
    #[inline]
    fn room(&self) -> usize {
        OUTPUTS_MAX - self.count
    }
    #[inline]
    fn push(&mut self, output: Output) {
        self.count();
        match &output {
            Output::Update(_) => self.update(output.source(), output.words()),
            Output::New(_) | Output::Replace(_) | Output::Cancel(_) => self.slice(output.words()),
        }
    }
    #[inline]
    fn push_new(&mut self, message: &SliceNew) {
        self.count();
        self.slice(message.words());
    }
}

impl Emitter<'_> {
    #[inline]
    fn count(&mut self) {
        assert!(
            self.count < OUTPUTS_MAX,
            "Invariant: room is checked before a decision"
        );
        self.count += 1;
        self.duty.outputs += 1;
    }

    #[inline]
    fn slice(&mut self, words: &[u64]) {
        let mut position = self.slices.position();
        if !self.parked.is_empty() {
            position += self.parked.cells();
        }
        self.record(RingKind::Slices, 0, position, words);
        if !self.parked.publish(self.slices, words) {
            self.duty.slices_parked += 1;
        }
        if !self.timed {
            self.timed = true;
            self.latency
                .record(self.clock.monotonic().saturating_sub(self.pass));
        }
    }

    #[inline]
    fn update(&mut self, source: u16, words: &[u64]) {
        self.record(RingKind::Updates, source, 0, words);
        let link = self.orders.iter_mut().find(|s| s.orders.source() == source);
        let sent = link.is_some_and(|link| link.updates.try_push(words).is_ok());
        if !sent {
            self.duty.updates_unsent += 1;
        }
    }

    #[inline]
    fn record(&mut self, ring: RingKind, source: u16, position: u64, words: &[u64]) {
        let place = Place {
            direction: Direction::Output,
            ring,
            source,
            position,
        };
        self.journal.record(self.now, place, words);
    }
}
