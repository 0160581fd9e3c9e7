//! A message there and back through two rings: the measuring side and the answering side.

use crate::error::BenchError;
use crate::measure::Subject;
use crate::peer::Gone;
use shm_ring::{
    CELL_WORDS, Idle, MESSAGE_WORDS_MAX, RingConsumer, RingExpect, RingProducer, attach_consumer,
    attach_producer, header_word,
};
use std::path::Path;

/// Polls between two looks at the flag that says that the peer is gone.
const LOOK_EVERY: u32 = 4096;

/// The measuring side.
#[derive(Debug)]
pub struct Hop {
    output: RingProducer,
    input: RingConsumer,
    cells: usize,
    number: u64,
    idle: Idle,
    gone: Gone,
}

impl Hop {
    /// Attaches to the ring out and the ring back.
    ///
    /// # Errors
    /// What the rings' crate says.
    pub fn attach(
        out: &Path,
        back: &Path,
        (expect_out, expect_back): (&RingExpect, &RingExpect),
        idle: Idle,
        gone: Gone,
    ) -> Result<Hop, BenchError> {
        Ok(Hop {
            output: attach_producer(out, expect_out)?,
            input: attach_consumer(back, expect_back, 0)?,
            cells: 1,
            number: 0,
            idle,
            gone,
        })
    }
    /// Sends messages of this many cells from now on, 1 to 8.
    pub fn set_cells(&mut self, cells: usize) {
        self.cells = cells;
    }
}

impl Subject for Hop {
    #[inline]
    fn event(&mut self) -> Result<(), BenchError> {
        self.number += 1;
        let length = self.cells * CELL_WORDS;
        let mut words = [self.number; MESSAGE_WORDS_MAX];
        words[0] = header_word(1, length);
        push(&mut self.output, &words[..length])?;
        let got = receive(&mut self.input, &mut words, self.idle, &self.gone)?;
        if got != Some(length) || words[length - 1] != self.number {
            self.gone.check()?;
            return Err(BenchError::Check("an answer is not what was sent".into()));
        }
        Ok(())
    }
}

/// Answers `rounds` messages with themselves. Ends early, with `false`, when `gone` is set.
///
/// # Errors
/// [`BenchError::Check`] when the ring holds what nobody wrote, or is full.
pub fn echo(
    input: &mut RingConsumer,
    output: &mut RingProducer,
    rounds: u64,
    idle: Idle,
    gone: &Gone,
) -> Result<bool, BenchError> {
    let mut words = [0; MESSAGE_WORDS_MAX];
    for _ in 0..rounds {
        let Some(length) = receive(input, &mut words, idle, gone)? else {
            return Ok(false);
        };
        push(output, &words[..length])?;
    }
    Ok(true)
}

/// Waits for a message; `None` when `gone` is set meanwhile.
///
/// # Errors
/// [`BenchError::Check`] when the ring holds what nobody wrote.
#[inline]
pub fn receive(
    input: &mut RingConsumer,
    words: &mut [u64; MESSAGE_WORDS_MAX],
    idle: Idle,
    gone: &Gone,
) -> Result<Option<usize>, BenchError> {
    let mut polls = 0_u32;
    loop {
        match input.poll(words) {
            Ok(Some(message)) => return Ok(Some(message.words)),
            Ok(None) => {
                polls = polls.wrapping_add(1);
                if polls.is_multiple_of(LOOK_EVERY) && gone.is() {
                    return Ok(None);
                }
                pause(idle);
            }
            Err(error) => return Err(BenchError::Check(error.to_string())),
        }
    }
}

/// What a measuring poll that found nothing does: nothing at all, or give the core away.
#[inline]
pub fn pause(idle: Idle) {
    if idle == Idle::Yield {
        idle.idle();
    }
}

/// Writes a message into a ring that has room by construction.
///
/// # Errors
/// [`BenchError::Check`] when it has none.
#[inline]
pub fn push(output: &mut RingProducer, words: &[u64]) -> Result<(), BenchError> {
    output
        .try_push(words)
        .map_err(|e| BenchError::Check(format!("a message found no room: {e}")))
}
