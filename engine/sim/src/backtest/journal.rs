//! Journal records of a run in virtual time: the same heads as a live run, positions counted per ring.

use super::RecordSink;
use engine_core::input::Input;
use engine_core::outbox::Output;
use shm_wire::codes::RingKind;
use shm_wire::message::MESSAGE_WORDS_MAX;
use shm_wire::record::{Direction, RECORD_HEAD_WORDS, RecordHead};
use shm_wire::units::Nanos;

/// Positions are counted for ring kinds 0 to 15.
const RINGS: usize = 16;

pub(super) struct Recorder<'a> {
    sink: &'a mut dyn RecordSink,
    sequence: u64,
    outputs: u64,
    positions: [u64; RINGS],
    words: [u64; MESSAGE_WORDS_MAX],
}

impl<'a> Recorder<'a> {
    pub(super) fn new(sink: &'a mut dyn RecordSink) -> Recorder<'a> {
        Recorder {
            sink,
            sequence: 0,
            outputs: 0,
            positions: [0; RINGS],
            words: [0; MESSAGE_WORDS_MAX],
        }
    }
    pub(super) fn records(&self) -> u64 {
        self.sequence
    }
    pub(super) fn outputs(&self) -> u64 {
        self.outputs
    }
    pub(super) fn input(&mut self, now: Nanos, input: &Input) {
        let (ring, words) = (input.message.ring(), input.message.words());
        self.write(now, Direction::Input, ring, input.source, words);
    }
    pub(super) fn output(&mut self, now: Nanos, output: &Output) {
        self.outputs += 1;
        self.write(
            now,
            Direction::Output,
            output.ring(),
            output.source(),
            output.words(),
        );
    }
    pub(super) fn run(&mut self, now: Nanos, words: &[u64]) {
        self.write(now, Direction::Run, RingKind::Internal, 0, words);
    }

    fn write(
        &mut self,
        now: Nanos,
        direction: Direction,
        ring: RingKind,
        source: u16,
        payload: &[u64],
    ) {
        self.sequence += 1;
        let position = &mut self.positions[usize::from(ring.code()) % RINGS];
        let head = RecordHead {
            sequence: self.sequence,
            time: now.0,
            position: *position,
            direction: direction.code(),
            ring: ring.code(),
            source,
            ..RecordHead::new(payload.len())
        };
        *position += 1;
        let count = RECORD_HEAD_WORDS + payload.len();
        self.words[..RECORD_HEAD_WORDS].copy_from_slice(&head.words());
        self.words[RECORD_HEAD_WORDS..count].copy_from_slice(payload);
        self.sink.record(&self.words[..count]);
    }
}
