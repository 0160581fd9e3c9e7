//! The engine thread's ends of its rings, and what it does with bytes that are no message.

use crate::config::RingsConfig;
use crate::instance::{Instance, ring_expect, ring_spec};
use engine_core::input::{Inbound, Input};
use shm_ring::{
    AttachError, MESSAGE_WORDS_MAX, RingConsumer, RingOwner, RingProducer, attach_consumer,
    attach_producer,
};
use shm_wire::codes::RingKind;

/// Refusals within a second that take a link out of service.
pub const REFUSALS_MAX: u32 = 16;
const SECOND: u64 = 1_000_000_000;

/// A link that the engine reads.
#[derive(Debug)]
pub struct InLink {
    consumer: RingConsumer,
    kind: RingKind,
    source: u16,
    window: u64,
    refused_in_window: u32,
    poisoned: bool,
    /// Whether the engine believes that it is out of service.
    told: bool,
    /// Rubbish before this position does not count: it stood there when the link was put back in service.
    forgiven: u64,
}

/// What a look at a link found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A message, decoded from a private copy; its position.
    Input(u64),
    /// Something that is no message of this link; it was counted and passed over.
    Refused,
    /// As `Refused`, and the link is out of service from now on.
    Poisoned,
}

impl InLink {
    /// The reading end of a link.
    #[must_use]
    pub fn new(consumer: RingConsumer, kind: RingKind, source: u16) -> InLink {
        InLink {
            consumer,
            kind,
            source,
            window: 0,
            refused_in_window: 0,
            poisoned: false,
            told: false,
            forgiven: 0,
        }
    }

    /// Whether something waits, and gives back what was taken before. Far cheaper than a look at every ring's room.
    #[inline]
    pub fn is_ready(&mut self) -> bool {
        self.consumer.release();
        self.consumer.is_ready() && !self.poisoned
    }

    /// Takes the next message into `input`. `monotonic` is any recent instant, for the refusal window.
    #[inline]
    pub fn take(
        &mut self,
        words: &mut [u64; MESSAGE_WORDS_MAX],
        monotonic: u64,
        input: &mut Input,
    ) -> Found {
        if self.poisoned {
            return Found::Nothing;
        }
        match self.consumer.poll(words) {
            Ok(None) => Found::Nothing,
            Ok(Some(message)) => {
                let words = &words[..message.words];
                match Inbound::decode_into(&mut input.message, self.kind, words) {
                    Ok(()) => {
                        input.source = self.source;
                        Found::Input(message.position)
                    }
                    Err(_) => self.refuse(message.position, monotonic),
                }
            }
            Err(corrupt) => self.refuse(corrupt.position, monotonic),
        }
    }

    #[cold]
    fn refuse(&mut self, position: u64, monotonic: u64) -> Found {
        // A broken sequence word is not passed over: it counts each time, so that nobody looks at it for ever.
        if position < self.forgiven && self.consumer.position() > position {
            return Found::Refused;
        }
        if monotonic.saturating_sub(self.window) > SECOND {
            self.window = monotonic;
            self.refused_in_window = 0;
        }
        self.refused_in_window += 1;
        if self.refused_in_window >= REFUSALS_MAX {
            self.poisoned = true;
            Found::Poisoned
        } else {
            Found::Refused
        }
    }

    /// Kind of the link.
    #[must_use]
    pub fn kind(&self) -> RingKind {
        self.kind
    }
    /// Number of the link within its kind.
    #[must_use]
    pub fn source(&self) -> u16 {
        self.source
    }
    /// Whether it is out of service.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }
    /// Puts it back in service; `false` when it was there. Rubbish before `upto`, at most the ring's content, is passed over
    /// without counting against it.
    pub fn restore(&mut self, upto: u64) -> bool {
        let content = self.consumer.position() + self.consumer.capacity() as u64;
        if self.poisoned {
            self.forgiven = upto.min(content);
            self.refused_in_window = 0;
        }
        std::mem::take(&mut self.poisoned)
    }
    /// Whether it went out of service, or came back, and the engine does not know yet.
    #[must_use]
    pub fn is_untold(&self) -> bool {
        self.poisoned != self.told
    }
    /// Notes that the engine was told.
    pub fn set_told(&mut self) {
        self.told = self.poisoned;
    }
    /// The ring.
    #[must_use]
    pub fn consumer(&self) -> &RingConsumer {
        &self.consumer
    }
}

/// One order source's pair.
#[derive(Debug)]
pub struct OrderLink {
    /// Orders, in.
    pub orders: InLink,
    /// Updates, out.
    pub updates: RingProducer,
}

/// All links of one shard.
#[derive(Debug)]
pub struct Links {
    /// Order sources, from 1.
    pub orders: Vec<OrderLink>,
    /// Market data, in.
    pub market: InLink,
    /// Execution reports, in.
    pub reports: InLink,
    /// Control, in.
    pub control: InLink,
    /// Slices, out.
    pub slices: RingProducer,
    /// Journal, out.
    pub journal: RingProducer,
}

impl Links {
    /// Attaches the engine's ends of a shard's rings, which the process made before ([`create`]).
    ///
    /// # Errors
    /// The first attach that failed.
    pub fn attach(
        instance: &Instance,
        shard: u8,
        rings: &RingsConfig,
    ) -> Result<Links, AttachError> {
        let read = |kind: RingKind, source: u16| -> Result<InLink, AttachError> {
            let path = instance.ring(shard, kind, source);
            Ok(InLink::new(
                attach_consumer(&path, &ring_expect(kind), 0)?,
                kind,
                source,
            ))
        };
        let write = |kind: RingKind, source: u16| {
            attach_producer(&instance.ring(shard, kind, source), &ring_expect(kind))
        };
        let orders = (1..=rings.order_sources)
            .map(|source| {
                Ok(OrderLink {
                    orders: read(RingKind::Orders, source)?,
                    updates: write(RingKind::Updates, source)?,
                })
            })
            .collect::<Result<Vec<_>, AttachError>>()?;
        Ok(Links {
            orders,
            market: read(RingKind::Market, 0)?,
            reports: read(RingKind::Reports, 0)?,
            control: read(RingKind::Control, 0)?,
            slices: write(RingKind::Slices, 0)?,
            journal: write(RingKind::Journal, 0)?,
        })
    }
}

/// Makes every ring of a shard. The answer holds their owner's locks.
///
/// # Errors
/// The first ring that could not be made.
pub fn create(
    instance: &Instance,
    shard: u8,
    rings: &RingsConfig,
) -> Result<Vec<RingOwner>, AttachError> {
    let mut owners = Vec::new();
    let mut make = |kind: RingKind, source: u16| -> Result<(), AttachError> {
        let path = instance.ring(shard, kind, source);
        owners.push(RingOwner::create(&path, &ring_spec(kind, rings))?);
        Ok(())
    };
    for source in 1..=rings.order_sources {
        make(RingKind::Orders, source)?;
        make(RingKind::Updates, source)?;
    }
    for kind in [
        RingKind::Market,
        RingKind::Reports,
        RingKind::Control,
        RingKind::Slices,
        RingKind::Journal,
    ] {
        make(kind, 0)?;
    }
    Ok(owners)
}
