//! An order source over shared memory: its own pair of rings on each engine shard.
//!
//! Sequences of the orders link are the ring's positions plus one: they grow over restarts of the client without a record of its own.

use crate::cli::support::{attach_error, retry_while_absent};
use crate::error::UserError;
use engine_runtime::clock::{ClockPage, monotonic};
use engine_runtime::config::Config;
use engine_runtime::instance::{Instance, ring_expect};
use shm_ring::{
    AttachError, MESSAGE_WORDS_MAX, RingConsumer, RingProducer, attach_consumer, attach_producer,
};
use shm_wire::codes::RingKind;
use shm_wire::instrument::Instrument;
use shm_wire::message::Message;
use shm_wire::parent::{
    ParentAmend, ParentCancel, ParentComplete, ParentNew, ParentPause, ParentResume, ParentUpdate,
};
use std::time::{Duration, Instant};

/// What a source may send.
#[derive(Clone, Copy, Debug)]
pub enum Request {
    /// A new parent order.
    New(ParentNew),
    /// New terms.
    Amend(ParentAmend),
    /// Cancel.
    Cancel(ParentCancel),
    /// Pause.
    Pause(ParentPause),
    /// Resume.
    Resume(ParentResume),
    /// Finish now.
    Complete(ParentComplete),
}

/// One shard's pair.
#[derive(Debug)]
struct Link {
    orders: RingProducer,
    updates: RingConsumer,
}

/// An attached order source.
#[derive(Debug)]
pub struct OmsClient {
    links: Vec<Link>,
    source: u16,
    clock: ClockPage,
    instruments: Vec<Instrument>,
    words: [u64; MESSAGE_WORDS_MAX],
}

impl OmsClient {
    /// Takes the links of `source` on every shard of a running instance.
    ///
    /// # Errors
    /// `shm.LINK_BUSY` when another process holds the source, or the first attach that failed.
    pub fn attach(config: &Config, source: u16) -> Result<OmsClient, Vec<UserError>> {
        Self::try_attach(config, source).map_err(attach_error)
    }

    /// As [`OmsClient::attach`], waiting up to ten seconds for an instance that is starting.
    ///
    /// # Errors
    /// As [`OmsClient::attach`].
    pub fn attach_when_there(config: &Config, source: u16) -> Result<OmsClient, Vec<UserError>> {
        retry_while_absent(|| Self::try_attach(config, source))
    }

    fn try_attach(config: &Config, source: u16) -> Result<OmsClient, AttachError> {
        let instance = Instance::new(config.instance_dir());
        let links = config
            .shards
            .iter()
            .map(|shard| {
                let path = |kind| instance.ring(shard.id, kind, source);
                Ok(Link {
                    orders: attach_producer(
                        &path(RingKind::Orders),
                        &ring_expect(RingKind::Orders),
                    )?,
                    updates: attach_consumer(
                        &path(RingKind::Updates),
                        &ring_expect(RingKind::Updates),
                        0,
                    )?,
                })
            })
            .collect::<Result<Vec<_>, AttachError>>()?;
        Ok(OmsClient {
            links,
            source,
            clock: ClockPage::open(&instance.clock())?,
            instruments: config.instrument_table(),
            words: [0; MESSAGE_WORDS_MAX],
        })
    }

    /// The instance's clock.
    #[must_use]
    pub fn clock(&self) -> &ClockPage {
        &self.clock
    }

    /// The instrument table.
    #[must_use]
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// Sends a request for `instrument`, as this source and with the link's next sequence. Waits up to a second for room: the ring is
    /// lossless and the order stays here until it is taken.
    ///
    /// # Errors
    /// `oms.BUSY` when there was no room, `oms.instrument` when no shard has the instrument.
    pub fn send(&mut self, instrument: u32, request: Request) -> Result<(), UserError> {
        let shard = self
            .instruments
            .get(instrument as usize)
            .map_or(usize::MAX, |i| usize::from(i.shard));
        let source = self.source;
        let Some(link) = self.links.get_mut(shard) else {
            return Err(UserError::new(
                "oms.instrument",
                "no engine shard has this instrument",
            ));
        };
        let sequence = link.orders.position() + 1;
        macro_rules! push {
            ($message:expr) => {{
                let mut message = $message;
                message.sequence = sequence;
                message.source = source;
                push(&mut link.orders, message.words())
            }};
        }
        match request {
            Request::New(m) => push!(m),
            Request::Amend(m) => push!(m),
            Request::Cancel(m) => push!(m),
            Request::Pause(m) => push!(m),
            Request::Resume(m) => push!(m),
            Request::Complete(m) => push!(m),
        }
    }

    /// Hands every update that waits to `take`.
    pub fn poll(&mut self, mut take: impl FnMut(&ParentUpdate)) {
        let nanos = monotonic();
        for link in &mut self.links {
            link.orders.beat(nanos);
            link.updates.beat(nanos);
            // What is no message is passed over: the engine wrote it, and the journal has it.
            while let Ok(Some(message)) = link.updates.poll(&mut self.words) {
                if let Ok(update) = ParentUpdate::from_words(&self.words[..message.words]) {
                    take(&update);
                }
            }
        }
    }
}

fn push(ring: &mut RingProducer, words: &[u64]) -> Result<(), UserError> {
    let begun = Instant::now();
    while ring.try_push(words).is_err() {
        if begun.elapsed() > Duration::from_secs(1) {
            return Err(UserError::new(
                "oms.BUSY",
                "the engine did not take the order: the orders ring is full",
            )
            .hint("does the engine still turn? see `pacer ring`"));
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}
