//! The three delayed channels: slices on their way in, public messages and reports on their way out.
//!
//! A channel is first in, first out: jitter never lets a message overtake the one before it. Between channels the earlier due
//! time goes first, at equal times the one that was put in first.

use std::collections::VecDeque;

use shm_wire::message::Header;
use shm_wire::report::ExecutionReport;
use shm_wire::units::Nanos;

use super::config::{Latency, VenueConfig};
use crate::rng::Rng;

/// Longest public message: one cell.
pub(super) const PUBLIC_WORDS_MAX: usize = 7;
/// Longest slice message.
pub(super) const SLICE_WORDS_MAX: usize = 16;

/// Words of a message, copied in place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<const N: usize> {
    words: [u64; N],
    count: usize,
}

impl<const N: usize> Words<N> {
    /// `None` when there are none or too many.
    pub(super) fn copy(from: &[u64]) -> Option<Words<N>> {
        if from.is_empty() || from.len() > N {
            return None;
        }
        let mut words = [0; N];
        words[..from.len()].copy_from_slice(from);
        Some(Words {
            words,
            count: from.len(),
        })
    }
    pub(super) fn as_slice(&self) -> &[u64] {
        &self.words[..self.count]
    }
    /// Sets the feed sequence of a market message: the upper half of the second word.
    pub(super) fn set_sequence(&mut self, sequence: u32) {
        self.words[1] = self.words[1] & 0xffff_ffff | u64::from(sequence) << 32;
    }
    pub(super) fn kind(&self) -> u16 {
        Header::of_word(self.words[0]).kind
    }
}

#[derive(Debug)]
struct Channel<T> {
    waiting: VecDeque<(Nanos, u64, T)>,
    latency: Latency,
    rng: Rng,
    last: Nanos,
}

impl<T> Channel<T> {
    fn new(latency: Latency, seed: u64, stream: u64) -> Channel<T> {
        Channel {
            waiting: VecDeque::with_capacity(64),
            latency,
            rng: Rng::new(seed, stream),
            last: Nanos(0),
        }
    }
    fn push(&mut self, now: Nanos, ordinal: u64, body: T) {
        let due = self.latency.after(now, &mut self.rng).max(self.last);
        self.last = due;
        self.waiting.push_back((due, ordinal, body));
    }
    fn front(&self) -> Option<(Nanos, u64)> {
        self.waiting
            .front()
            .map(|(due, ordinal, _)| (*due, *ordinal))
    }
}

/// What comes out next.
pub(super) enum Due {
    Slice(Nanos, Words<SLICE_WORDS_MAX>),
    Public(Nanos, Words<PUBLIC_WORDS_MAX>),
    Report(Nanos, ExecutionReport),
}

/// The three channels.
#[derive(Debug)]
pub(super) struct Outbox {
    slices: Channel<Words<SLICE_WORDS_MAX>>,
    public: Channel<Words<PUBLIC_WORDS_MAX>>,
    reports: Channel<ExecutionReport>,
    ordinal: u64,
}

impl Outbox {
    pub(super) fn new(config: &VenueConfig) -> Outbox {
        Outbox {
            slices: Channel::new(config.order_latency, config.seed, 1),
            public: Channel::new(config.market_latency, config.seed, 2),
            reports: Channel::new(config.report_latency, config.seed, 3),
            ordinal: 0,
        }
    }

    fn ordinal(&mut self) -> u64 {
        self.ordinal += 1;
        self.ordinal
    }

    pub(super) fn slice(&mut self, now: Nanos, words: Words<SLICE_WORDS_MAX>) {
        let ordinal = self.ordinal();
        self.slices.push(now, ordinal, words);
    }
    pub(super) fn public(&mut self, now: Nanos, words: Words<PUBLIC_WORDS_MAX>) {
        let ordinal = self.ordinal();
        self.public.push(now, ordinal, words);
    }
    pub(super) fn report(&mut self, now: Nanos, report: ExecutionReport) {
        let ordinal = self.ordinal();
        self.reports.push(now, ordinal, report);
    }

    /// When the next item is due.
    pub(super) fn next_due(&self) -> Option<Nanos> {
        self.next().map(|((due, _), _)| due)
    }

    fn next(&self) -> Option<((Nanos, u64), u8)> {
        let slice = self.slices.front().map(|at| (at, 0));
        let public = self.public.front().map(|at| (at, 1));
        let report = self.reports.front().map(|at| (at, 2));
        [slice, public, report].into_iter().flatten().min()
    }

    /// The next item, if it is due before `end` (exclusive).
    pub(super) fn pop_before(&mut self, end: Nanos) -> Option<Due> {
        let ((due, _), channel) = self.next()?;
        if due >= end {
            return None;
        }
        match channel {
            0 => self
                .slices
                .waiting
                .pop_front()
                .map(|i| Due::Slice(i.0, i.2)),
            1 => self
                .public
                .waiting
                .pop_front()
                .map(|i| Due::Public(i.0, i.2)),
            _ => self
                .reports
                .waiting
                .pop_front()
                .map(|i| Due::Report(i.0, i.2)),
        }
    }
}
