//! Journal records: what the engine took and what it made, in order.
//!
//! A record is a message of its own on the journal ring: [`RecordHead`] followed by the payload message's words, header
//! included. In a segment file a checksum word follows (see `shm-journal`).

codes! {
    /// Whether a record is an input or an output.
    Direction: u8 {
        /// Taken by the engine.
        Input = 1 "input",
        /// Made by the engine.
        Output = 2 "output",
        /// About the run itself.
        Run = 3 "run",
    }
}

/// Message type of a journal record.
pub const RECORD_KIND: u16 = 0x0700;
/// Words of [`RecordHead`].
pub const RECORD_HEAD_WORDS: usize = 5;
/// Most words of a record's payload.
pub const RECORD_PAYLOAD_WORDS_MAX: usize = crate::message::MESSAGE_WORDS_MAX - RECORD_HEAD_WORDS;

part! {
    derive();
    /// First words of a journal record.
    RecordHead {
        /// Type [`RECORD_KIND`], length and cells of the whole record.
        header: crate::message::Header,
        /// Sequence over all records of the journal, from 1, gapless.
        sequence: u64,
        /// Engine time of the step, ns UTC.
        time: u64,
        /// Position in the ring the input came from or the output goes to.
        position: u64,
        /// `Direction` code.
        direction: u8,
        /// `RingKind` code.
        ring: u8,
        /// Link number.
        source: u16,
        /// Zero.
        reserved: u32,
    }
}

impl RecordHead {
    /// Head of a record with `payload_words` words of payload.
    #[must_use]
    pub const fn new(payload_words: usize) -> RecordHead {
        RecordHead {
            header: crate::message::Header::new(RECORD_KIND, RECORD_HEAD_WORDS + payload_words),
            sequence: 0,
            time: 0,
            position: 0,
            direction: 0,
            ring: 0,
            source: 0,
            reserved: 0,
        }
    }
    /// The head as words, put together from its fields without a detour through memory.
    #[inline]
    #[must_use]
    pub const fn words(&self) -> [u64; RECORD_HEAD_WORDS] {
        let place = self.direction as u64
            | (self.ring as u64) << 8
            | (self.source as u64) << 16
            | (self.reserved as u64) << 32;
        [
            self.header.word(),
            self.sequence,
            self.time,
            self.position,
            place,
        ]
    }
    /// Head and payload of a record, `None` when the words are no record.
    #[must_use]
    pub fn split(words: &[u64]) -> Option<(RecordHead, &[u64])> {
        if words.len() <= RECORD_HEAD_WORDS {
            return None;
        }
        let head: RecordHead =
            bytemuck::pod_read_unaligned(bytemuck::cast_slice(&words[..RECORD_HEAD_WORDS]));
        if head.header.kind != RECORD_KIND || head.header.words() != Some(words.len()) {
            return None;
        }
        Some((head, &words[RECORD_HEAD_WORDS..]))
    }
}

message! {
    /// Input: engine time passed the nearest timer.
    TimerFired = 0x0701 {
        /// Nearest timer, ns UTC.
        due: u64,
    }
}
message! {
    /// Input: go on with what the last step left.
    Continue = 0x0702 {
        /// Parents left in the queue.
        queued: u64,
    }
}
message! {
    /// Input: a ring to a peer ran short of room or has room again.
    Link = 0x0703 {
        /// `RingKind` code.
        ring: u8,
        /// `LinkState` code.
        state: u8,
        /// Link number.
        source: u16,
        /// Zero.
        reserved: u32,
    }
}
message! {
    /// First record of a run.
    RunStarted = 0x0704 {
        /// Run number.
        run: u64,
        /// Seed.
        seed: u64,
        /// Layout hash of the writer.
        layout_hash: u64,
        /// Real time, ns UTC.
        real_time: u64,
        /// Engine shard.
        shard: u32,
        /// Instruments in the table.
        instruments: u32,
        /// Speed of engine time, ppm.
        speed_ppm: u64,
    }
}
message! {
    /// Last record of an orderly run.
    RunEnded = 0x0705 {
        /// Real time, ns UTC.
        real_time: u64,
        /// Inputs taken.
        inputs: u64,
        /// Outputs made.
        outputs: u64,
        /// Inputs refused by decoders.
        refused: u64,
    }
}
message! {
    /// Input: the offset of engine time to UTC, sampled by housekeeping.
    ClockOffset = 0x0706 {
        /// Signed offset, ns.
        offset: i64,
    }
}
