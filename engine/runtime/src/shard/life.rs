//! From the first record of a run to the last.

use super::{HEARTBEAT_NS, SHUTDOWN_WAIT_NS, Shard};
use crate::instance::EngineWord;
use crate::journal::Place;
use engine_core::algorithm::Algorithms;
use engine_core::input::Inbound;
use shm_wire::codes::RingKind;
use shm_wire::control::Shutdown;
use shm_wire::layout::LAYOUT_HASH;
use shm_wire::message::Message;
use shm_wire::record::{Direction, RunEnded, RunStarted};
use shm_wire::units::Nanos;

impl<A: Algorithms> Shard<A> {
    /// Writes the first record of the run. Once, before the first pass.
    pub fn begin(&mut self) {
        let monotonic = self.clock.monotonic();
        self.last_beat = monotonic;
        let now = self.clock.at(monotonic);
        let record = RunStarted {
            run: self.settings.run,
            seed: self.settings.seed,
            layout_hash: LAYOUT_HASH,
            real_time: crate::os::realtime_nanos(),
            shard: u32::from(self.settings.shard),
            instruments: self.settings.instruments,
            speed_ppm: self.clock.page().speed_ppm(),
            ..RunStarted::empty()
        };
        self.about_run(now, record.words());
    }

    /// Turns the duty cycle until the stop word is set and the orderly end is over: parents refused, children canceled, terminal
    /// reports awaited for up to 5 s of real time, the last record written.
    pub fn run(&mut self) {
        self.begin();
        self.run_until_stop();
        self.wind_down();
    }

    /// Turns the duty cycle until the stop word is set.
    pub fn run_until_stop(&mut self) {
        while self.pages.engine.load(EngineWord::Stop as usize) == 0 {
            self.turn();
        }
    }

    /// The orderly end.
    pub fn wind_down(&mut self) {
        let begun = self.clock.monotonic();
        let shutdown = Shutdown {
            sequence: self.next_control_sequence(),
            real_time: crate::os::realtime_nanos(),
            ..Shutdown::empty()
        };
        let mut asked = false;
        let mut looked = 0;
        loop {
            let monotonic = self.clock.monotonic();
            if !asked {
                let now = self.clock.at(monotonic);
                asked = self.take_own(now, Inbound::Shutdown(shutdown));
            }
            let found = self.poll_once();
            if monotonic.saturating_sub(begun) > SHUTDOWN_WAIT_NS {
                break;
            }
            // Counting children visits every parent: not in each pass.
            if asked && found == 0 && monotonic.saturating_sub(looked) > HEARTBEAT_NS {
                looked = monotonic;
                if self.is_quiet() {
                    break;
                }
            }
            if found == 0 {
                self.settings.idle.idle();
            }
        }
        self.end();
    }

    pub(super) fn is_quiet(&mut self) -> bool {
        self.duty.open_children = self.engine.open_children() as u64;
        self.duty.open_children == 0
            && self.engine.live_parents() == 0
            && !self.engine.needs_continue()
            && self.parked.is_empty()
    }

    /// Writes the last record of the run, when there is room for it.
    pub(super) fn end(&mut self) {
        let monotonic = self.clock.monotonic();
        let now = self.clock.at(monotonic);
        let record = RunEnded {
            real_time: crate::os::realtime_nanos(),
            inputs: self.inputs,
            outputs: self.duty.outputs,
            refused: self.duty.decode_refused,
            ..RunEnded::empty()
        };
        if self.journal.has_room() {
            self.about_run(now, record.words());
        }
        self.beat(monotonic);
    }

    pub(super) fn about_run(&mut self, now: Nanos, words: &[u64]) {
        let place = Place {
            direction: Direction::Run,
            ring: RingKind::Internal,
            source: 0,
            position: 0,
        };
        self.journal.record(now, place, words);
    }
}
