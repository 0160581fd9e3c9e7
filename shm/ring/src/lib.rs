//! The shared-memory links of Pacer: single-producer single-consumer rings of 64-byte cells, pages
//! of labelled words and counters, and the handshake by which processes attach to them.
//!
//! # Map
//!
//! * [`message`]: how a message is laid into cells (the header word, cell counts).
//! * [`cell`]: the storage a ring runs on; heap cells here, mapped cells in [`segment`].
//! * [`ring`]: producer, consumer and observer, and the **ordering argument** in words.
//! * [`segment`]: mapped files: header, attach checks, liveness.
//! * [`ring_file`]: a ring in a mapped file: create, adopt, attach.
//! * [`words`], [`counters`]: pages of named 64-bit words (kill word, clock page) and of counters
//!   with one writer each.
//! * [`lock`], [`owner`], [`clean`]: who holds a link, whether they live, and removal of what the
//!   dead left behind.
//! * [`idle`]: what to do with a poll that found nothing.
//!
//! # What this crate refuses to do
//!
//! It knows no message types, no engine, no policy for a full ring. It never blocks, never hands
//! out a reference into shared memory, and never trusts a word that another process may write:
//! every value is copied out once and checked on the copy. Attaching allocates and makes system
//! calls; pushing, polling and counting do neither.
//!
//! # Rings in three lines
//!
//! ```
//! use shm_ring::{channel, header_word, MESSAGE_WORDS_MAX};
//! let (mut producer, mut consumer) = channel(64).unwrap();
//! producer.try_push(&[header_word(7, 3), 10, 20]).unwrap();
//! let mut words = [0_u64; MESSAGE_WORDS_MAX];
//! let message = consumer.poll(&mut words).unwrap().unwrap();
//! assert_eq!(&words[1..message.words], &[10, 20]);
//! ```

#[cfg(target_endian = "big")]
compile_error!("the shared-memory layout is little-endian and is read without conversion");

pub mod cell;
pub mod message;
pub mod ring;

#[cfg(not(loom))]
pub mod clean;
#[cfg(not(loom))]
pub mod counters;
#[cfg(not(loom))]
pub mod error;
#[cfg(not(loom))]
pub mod idle;
#[cfg(not(loom))]
mod label;
#[cfg(not(loom))]
pub mod lock;
#[cfg(not(loom))]
pub mod owner;
#[cfg(not(loom))]
pub mod ring_file;
#[cfg(not(loom))]
pub mod segment;
#[cfg(not(loom))]
pub mod words;

mod sync;

pub use cell::{CAPACITY_MAX, Cell, Cells, HeapCells};
pub use message::{
    CELL_WORDS, MESSAGE_CELLS_MAX, MESSAGE_WORDS_MAX, cells_for, header_cells, header_kind,
    header_length, header_word,
};
pub use ring::{
    Consumer, Corrupt, CorruptRule, HeapConsumer, HeapProducer, Message, Observed, Observer,
    Producer, PushError, RingDamage, channel,
};

#[cfg(not(loom))]
pub use clean::{CleanReport, clean_stale};
#[cfg(not(loom))]
pub use counters::{Counter, CountersPage, CountersReader};
#[cfg(not(loom))]
pub use error::AttachError;
#[cfg(not(loom))]
pub use idle::Idle;
#[cfg(not(loom))]
pub use lock::Role;
#[cfg(not(loom))]
pub use owner::Owner;
#[cfg(not(loom))]
pub use ring_file::{
    Opened, OwnerRule, RingConsumer, RingExpect, RingObserver, RingOwner, RingProducer, RingSpec,
    attach_consumer, attach_observer, attach_producer,
};
#[cfg(not(loom))]
pub use segment::{Heartbeat, MappedCells, Segment, SegmentState};
#[cfg(not(loom))]
pub use words::{WordsFile, WordsReader};
