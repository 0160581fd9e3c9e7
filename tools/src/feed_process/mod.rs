//! The feed handler as a process: public events of the exchange, normalised onto each shard's `market` ring.
//!
//! Order-by-order events stay behind: the engine follows the touch. The handler gives each instrument its own gapless sequence. When a
//! market ring is full it conflates on its own side ([`conflate`]), so that nothing blocks and nothing is torn.

pub mod conflate;

use crate::cli::support::retry_while_absent;
use crate::error::UserError;
use conflate::Conflation;
use engine_runtime::clock::monotonic;
use engine_runtime::config::Config;
use engine_runtime::instance::{Instance, ring_expect};
use shm_ring::{
    AttachError, MESSAGE_WORDS_MAX, RingConsumer, RingProducer, attach_consumer, attach_producer,
};
use shm_wire::codes::RingKind;
use shm_wire::market::{Depth, FeedHeartbeat};
use shm_wire::message::{Header, Message};
use std::time::Duration;

/// The running feed handler.
pub struct FeedProcess {
    exchange: RingConsumer,
    /// Ring and conflation of each shard.
    shards: Vec<Shard>,
    /// Shard and last sequence of each instrument.
    instruments: Vec<(usize, u32)>,
    words: [u64; MESSAGE_WORDS_MAX],
    beaten: u64,
    /// Messages that were none, or named no instrument.
    refused: u64,
}

struct Shard {
    market: RingProducer,
    conflation: Conflation,
}

impl FeedProcess {
    /// Attaches to the instance; the exchange ring must exist.
    ///
    /// # Errors
    /// The first attach that failed.
    pub fn attach(config: &Config) -> Result<FeedProcess, AttachError> {
        let instance = Instance::new(config.instance_dir());
        let expect = ring_expect(RingKind::Exchange);
        let exchange = attach_consumer(&instance.exchange(), &expect, 0)?;
        let table = config.instrument_table();
        let shards = config
            .shards
            .iter()
            .map(|shard| {
                let path = instance.ring(shard.id, RingKind::Market, 0);
                Ok(Shard {
                    market: attach_producer(&path, &ring_expect(RingKind::Market))?,
                    conflation: Conflation::new(table.len()),
                })
            })
            .collect::<Result<Vec<_>, AttachError>>()?;
        // A feed that follows one that died goes on above every sequence that was used: each message took a cell of the ring at least.
        // The gap makes each instrument stale until its next quote.
        let above =
            |shard: usize| match shards.get(shard).map_or(0, |s: &Shard| s.market.position()) {
                0 => 0,
                position => (position as u32).wrapping_add(1),
            };
        let instruments = table
            .iter()
            .map(|i| (usize::from(i.shard), above(usize::from(i.shard))))
            .collect();
        Ok(FeedProcess {
            exchange,
            shards,
            instruments,
            words: [0; MESSAGE_WORDS_MAX],
            beaten: 0,
            refused: 0,
        })
    }

    /// One pass: whether anything was taken.
    pub fn poll(&mut self) -> bool {
        let mut busy = false;
        for shard in &mut self.shards {
            shard.drain(&mut self.instruments);
        }
        for _ in 0..256 {
            let Ok(message) = self.exchange.poll(&mut self.words) else {
                self.refused += 1;
                break;
            };
            let Some(message) = message else { break };
            busy = true;
            self.take(message.words);
        }
        let nanos = monotonic();
        if nanos.saturating_sub(self.beaten) >= 10_000_000 {
            self.beaten = nanos;
            self.exchange.beat(nanos);
            for shard in &self.shards {
                shard.market.beat(nanos);
            }
        }
        busy
    }

    fn take(&mut self, len: usize) {
        let words = &mut self.words[..len];
        let kind = Header::of_word(words[0]).kind;
        if kind == Depth::KIND {
            return;
        }
        // All market messages but the heartbeat begin with instrument and sequence in their second word.
        let known = (kind != FeedHeartbeat::KIND && len > 1)
            .then(|| self.instruments.get_mut(words[1] as u32 as usize))
            .flatten();
        let Some((shard, sequence)) = known else {
            self.refused += 1;
            return;
        };
        let Some(shard) = self.shards.get_mut(*shard) else {
            self.refused += 1;
            return;
        };
        if shard.conflation.is_empty() {
            number(words, sequence.wrapping_add(1));
            if shard.market.try_push(words).is_ok() {
                *sequence = sequence.wrapping_add(1);
                return;
            }
        }
        shard.conflation.take(words);
    }
}

impl Shard {
    /// Sends what waits, as far as there is room.
    fn drain(&mut self, instruments: &mut [(usize, u32)]) {
        while self.market.has_room(1) {
            let Some(mut words) = self.conflation.next() else {
                return;
            };
            if let Some((_, sequence)) = instruments.get_mut(words[1] as u32 as usize) {
                *sequence = sequence.wrapping_add(1);
                number(&mut words, *sequence);
            }
            if self.market.try_push(&words).is_err() {
                // Room was seen and nobody else writes; a message of more cells than are free waits for the next pass, under its number.
                self.conflation.put_back(words);
                if let Some((_, sequence)) = instruments.get_mut(self.conflation.first_instrument())
                {
                    *sequence = sequence.wrapping_sub(1);
                }
                return;
            }
        }
    }
}

/// Writes the feed's sequence: the upper half of the second word.
fn number(words: &mut [u64], sequence: u32) {
    words[1] = words[1] & 0xffff_ffff | u64::from(sequence) << 32;
}

/// Runs until the process is ended from outside.
///
/// # Errors
/// As [`FeedProcess::attach`].
pub fn run(config: &Config) -> Result<bool, Vec<UserError>> {
    let mut feed = retry_while_absent(|| FeedProcess::attach(config))?;
    eprintln!("feed: attached");
    loop {
        if !feed.poll() {
            std::thread::sleep(Duration::from_micros(100));
        }
    }
}
