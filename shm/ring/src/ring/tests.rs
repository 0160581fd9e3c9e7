//! The ring on heap cells: a model, edges, garbage. Small enough for Miri.
#![cfg(not(loom))]

use std::collections::VecDeque;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::message::{MESSAGE_WORDS_MAX, cells_for, header_word};

type Buffer = [u64; MESSAGE_WORDS_MAX];

fn message(words: usize, seed: u64) -> Vec<u64> {
    let mut all = vec![header_word((seed % 0xffff) as u16, words)];
    all.extend((1..words as u64).map(|index| seed.wrapping_mul(31).wrapping_add(index)));
    all
}

fn take<C: Cells>(consumer: &mut Consumer<C>) -> Option<Vec<u64>> {
    let mut out: Buffer = [0; MESSAGE_WORDS_MAX];
    consumer
        .poll(&mut out)
        .unwrap()
        .map(|message| out[..message.words].to_vec())
}

#[derive(Debug, Clone)]
enum Operation {
    Push(usize),
    /// In two parts, the first of this many words: 1, 5 or 7.
    Parts(usize, usize),
    Batch(Vec<usize>),
    Poll,
    RestartProducer,
    Release,
    RestartConsumer {
        durable: bool,
    },
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let words = 1..=MESSAGE_WORDS_MAX;
    let operation = prop_oneof![
        4 => words.clone().prop_map(Operation::Push),
        2 => (words.clone(), prop_oneof![Just(1_usize), Just(5), Just(7)])
            .prop_map(|(words, head)| Operation::Parts(words.max(head), head)),
        2 => prop::collection::vec(words, 0..6).prop_map(Operation::Batch),
        5 => Just(Operation::Poll),
        1 => Just(Operation::RestartProducer),
        1 => Just(Operation::Release),
        1 => any::<bool>().prop_map(|durable| Operation::RestartConsumer { durable }),
    ];
    prop::collection::vec(operation, 1..if cfg!(miri) { 30 } else { 300 })
}

#[derive(Default)]
struct Model {
    queue: VecDeque<Vec<u64>>,
    /// Taken, and not released yet.
    taken: Option<Vec<u64>>,
    used: usize,
    capacity: usize,
    sent: u64,
}

impl Model {
    fn next(&mut self, words: usize) -> Vec<u64> {
        self.sent += 1;
        message(words, self.sent)
    }

    fn expect(&mut self, batch: &[Vec<u64>]) -> Result<(), PushError> {
        let cells: usize = batch.iter().map(|message| cells_for(message.len())).sum();
        let too_long = batch
            .iter()
            .any(|message| cells_for(message.len()) > self.capacity);
        if too_long || cells > self.capacity {
            return Err(PushError::Shape);
        }
        if self.used + cells > self.capacity {
            return Err(PushError::Full);
        }
        self.used += cells;
        self.queue.extend(batch.iter().cloned());
        Ok(())
    }

    fn release(&mut self) {
        self.used -= self
            .taken
            .take()
            .map_or(0, |message| cells_for(message.len()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 64 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_operations_agree_with_a_queue(exponent in 0_u32..7, operations in operations()) {
        let cells = Arc::new(HeapCells::new(1 << exponent).unwrap());
        let mut producer = Producer::attach(Arc::clone(&cells)).unwrap();
        let mut consumer = Consumer::attach(Arc::clone(&cells), 0).unwrap();
        let mut model = Model { capacity: 1 << exponent, ..Model::default() };
        for operation in operations {
            match operation {
                Operation::Push(words) => {
                    let message = model.next(words);
                    let expected = model.expect(std::slice::from_ref(&message));
                    prop_assert_eq!(producer.try_push(&message), expected);
                }
                Operation::Parts(words, head) => {
                    let message = model.next(words);
                    let expected = model.expect(std::slice::from_ref(&message));
                    let (first, rest) = message.split_at(head);
                    let pushed = match head {
                        1 => producer.try_push_parts::<1>(first.try_into().unwrap(), rest),
                        5 => producer.try_push_parts::<5>(first.try_into().unwrap(), rest),
                        _ => producer.try_push_parts::<7>(first.try_into().unwrap(), rest),
                    };
                    prop_assert_eq!(pushed, expected);
                }
                Operation::Batch(sizes) => {
                    let batch: Vec<_> = sizes.into_iter().map(|words| model.next(words)).collect();
                    let expected = model.expect(&batch);
                    prop_assert_eq!(producer.push_batch(&batch), expected);
                }
                Operation::Poll => {
                    model.release();
                    model.taken = model.queue.pop_front();
                    prop_assert_eq!(take(&mut consumer), model.taken.clone());
                }
                Operation::Release => {
                    consumer.release();
                    model.release();
                }
                Operation::RestartProducer => {
                    let position = producer.position();
                    producer = Producer::attach(Arc::clone(&cells)).unwrap();
                    prop_assert_eq!(producer.position(), position);
                }
                Operation::RestartConsumer { durable } => {
                    let position = consumer.position();
                    let record = if durable { position } else { 0 };
                    consumer = Consumer::attach(Arc::clone(&cells), record).unwrap();
                    if durable {
                        model.release();
                        prop_assert_eq!(consumer.position(), position);
                    } else if let Some(again) = model.taken.take() {
                        model.queue.push_front(again);
                    }
                }
            }
            prop_assert_eq!(producer.room(), model.capacity - model.used);
            prop_assert_eq!(Observer::new(Arc::clone(&cells)).depth(), model.used);
        }
    }
}

/// A fresh ring of `1 << exponent` cells with `pushed` one-word messages in it, `polled` of them
/// taken.
fn ring(capacity: usize, pushed: u64, polled: u64) -> Arc<HeapCells> {
    let cells = Arc::new(HeapCells::new(capacity).unwrap());
    let mut producer = Producer::attach(Arc::clone(&cells)).unwrap();
    let mut consumer = Consumer::attach(Arc::clone(&cells), 0).unwrap();
    for number in 0..pushed {
        producer.try_push(&message(1, number)).unwrap();
        if number < polled {
            take(&mut consumer).unwrap();
            consumer.release();
        }
    }
    cells
}

#[test]
fn a_capacity_must_be_a_power_of_two_up_to_one_mebi_cells() {
    for (capacity, valid) in [
        (0, false),
        (1, true),
        (3, false),
        (64, true),
        (1 << 21, false),
    ] {
        assert_eq!(HeapCells::new(capacity).is_some(), valid, "{capacity}");
    }
    assert!(crate::cell::capacity_is_valid(1 << 20));
}

#[test]
fn a_message_whose_header_does_not_describe_it_is_refused_and_nothing_is_written() {
    let (mut producer, mut consumer) = channel(8).unwrap();
    let wrong_length = [header_word(1, 3), 0];
    let wrong_cells = [header_word(1, 2) + (1 << 32), 0];
    let too_long = vec![header_word(1, 56); 57];
    for words in [&[][..], &[0], &wrong_length, &wrong_cells, &too_long] {
        assert_eq!(producer.try_push(words), Err(PushError::Shape));
        assert_eq!(
            producer.push_batch(&[&message(1, 1)[..], words]),
            Err(PushError::Shape)
        );
    }
    assert_eq!(take(&mut consumer), None);
    assert_eq!(producer.position(), 0);
}

#[test]
fn a_message_or_batch_larger_than_the_ring_is_a_shape_error_not_a_full_ring() {
    let (mut producer, _consumer) = channel(2).unwrap();
    assert_eq!(producer.try_push(&message(15, 1)), Err(PushError::Shape));
    let three = [message(1, 1), message(1, 2), message(1, 3)];
    assert_eq!(producer.push_batch(&three), Err(PushError::Shape));
    producer.push_batch(&three[..2]).unwrap();
    assert_eq!(producer.push_batch(&three[..1]), Err(PushError::Full));
}

#[test]
fn flags_type_and_reserved_bits_of_the_header_pass_untouched() {
    let (mut producer, mut consumer) = channel(8).unwrap();
    let header = header_word(0xfeed, 2) | 0xabcd_5a00_0000_0000;
    producer.try_push(&[header, 1]).unwrap();
    assert_eq!(take(&mut consumer), Some(vec![header, 1]));
}

#[test]
fn a_hole_left_by_a_dead_producer_is_cleared_and_what_was_published_before_it_arrives() {
    // Published and not taken: positions 2, 3 (a wrap of 4 cells). Of a message at 4 and 5 only the
    // second cell was written.
    let cells = ring(4, 4, 2);
    cells.cell(5).store_raw(1, header_word(66, 1));
    cells.cell(5).store_raw(0, 6);
    let mut producer = Producer::attach(Arc::clone(&cells)).unwrap();
    assert_eq!(producer.position(), 4);
    producer.try_push(&message(1, 100)).unwrap();
    let mut consumer = Consumer::attach(cells, 0).unwrap();
    let taken: Vec<_> = std::iter::from_fn(|| take(&mut consumer)).collect();
    assert_eq!(taken, [message(1, 2), message(1, 3), message(1, 100)]);
}

#[test]
fn a_consumer_resumes_at_the_larger_of_stored_index_and_durable_position() {
    for (durable, expected) in [(0, 3), (3, 3), (4, 4), (6, 6)] {
        let cells = ring(8, 6, 3);
        let consumer = Consumer::attach(Arc::clone(&cells), durable).unwrap();
        assert_eq!(consumer.position(), expected);
        assert_eq!(
            stored_index(&cells),
            expected,
            "the producer gets the room at once"
        );
    }
    let error = Consumer::attach(ring(8, 6, 3), 7).unwrap_err();
    assert_eq!(
        error,
        RingDamage::DurablePosition {
            stored: 3,
            durable: 7,
            published: 6
        }
    );
}

#[test]
fn a_message_is_released_by_the_next_poll_and_comes_again_to_a_consumer_killed_before() {
    let cells = ring(4, 2, 0);
    let mut out: Buffer = [0; MESSAGE_WORDS_MAX];
    let mut consumer = Consumer::attach(Arc::clone(&cells), 0).unwrap();
    for position in 0..2 {
        assert_eq!(consumer.poll(&mut out).unwrap().unwrap().position, position);
        assert_eq!(
            stored_index(&cells),
            position,
            "not released while worked on"
        );
    }
    let mut consumer = Consumer::attach(Arc::clone(&cells), 0).unwrap();
    assert_eq!(
        consumer.take(&mut out).unwrap().unwrap().position,
        1,
        "delivered again"
    );
    assert_eq!(consumer.take(&mut out), Ok(None));
    assert_eq!(stored_index(&cells), 1, "taking releases nothing");
    assert_eq!(consumer.poll(&mut out), Ok(None));
    assert_eq!(
        stored_index(&cells),
        2,
        "an empty poll releases what was taken"
    );
}

#[test]
fn a_consumer_index_that_is_impossible_is_counted_and_never_makes_room() {
    let cells = ring(4, 6, 2);
    let mut producer = Producer::attach(Arc::clone(&cells)).unwrap();
    for (faults, index) in [0, 1, 7, u64::MAX].into_iter().enumerate() {
        cells.consumer_index().store(index, Ordering::Release);
        assert_eq!(
            producer.try_push(&message(1, 9)),
            Err(PushError::Full),
            "index {index}"
        );
        assert_eq!(producer.index_faults(), faults as u64 + 1);
    }
    cells.consumer_index().store(3, Ordering::Release);
    producer.try_push(&message(1, 9)).unwrap();
}

#[test]
fn an_end_refuses_cells_that_no_lap_can_have_left() {
    for (position, found) in [(2, 99), (3, 2), (1, 6)] {
        let cells = ring(4, 2, 1);
        cells.cell(position).store_raw(0, found);
        assert_eq!(
            Producer::attach(cells).unwrap_err(),
            RingDamage::Sequence { position, found },
            "position {position}"
        );
    }
    for index in [100, u64::MAX - 1, u64::MAX] {
        let cells = ring(4, 2, 1);
        cells.consumer_index().store(index, Ordering::Release);
        assert!(Producer::attach(Arc::clone(&cells)).is_err());
        assert!(Consumer::attach(Arc::clone(&cells), 0).is_err());
        assert_eq!(Observer::new(cells).depth(), 0);
    }
}

#[test]
fn a_broken_header_skips_one_cell_and_a_broken_sequence_word_stays() {
    let mut out: Buffer = [0; MESSAGE_WORDS_MAX];
    let shape = |cells: u64, length: u64| 7 | length << 16 | cells << 32;
    for (header, rule) in [
        (shape(0, 8), CorruptRule::CellCount { found: 0 }),
        (shape(9, 504), CorruptRule::CellCount { found: 9 }),
        (shape(8, 448), CorruptRule::CellCount { found: 8 }),
        (shape(1, 0), CorruptRule::Length { found: 0 }),
        (shape(1, 12), CorruptRule::Length { found: 12 }),
        (shape(1, 64), CorruptRule::Length { found: 64 }),
        (shape(2, 56), CorruptRule::Length { found: 56 }),
        (
            shape(2, 64),
            CorruptRule::Continuation { cell: 1, found: 0 },
        ),
    ] {
        let cells = ring(4, 1, 0);
        cells.cell(0).store_raw(1, header);
        let mut consumer = Consumer::attach(cells, 0).unwrap();
        let corrupt = consumer.poll(&mut out).unwrap_err();
        assert_eq!(corrupt, Corrupt { position: 0, rule });
        assert_eq!((consumer.position(), consumer.corrupt_count()), (1, 1));
        assert_eq!(consumer.poll(&mut out), Ok(None));
    }
    let cells = ring(4, 1, 0);
    let mut consumer = Consumer::attach(Arc::clone(&cells), 0).unwrap();
    cells.cell(0).store_raw(0, 5);
    for count in 1..3 {
        let corrupt = consumer.poll(&mut out).unwrap_err();
        assert_eq!(corrupt.rule, CorruptRule::Sequence { found: 5 });
        assert_eq!((consumer.position(), consumer.corrupt_count()), (0, count));
    }
    cells.cell(0).store_raw(0, 1);
    assert!(
        consumer.poll(&mut out).unwrap().is_some(),
        "a late sequence word heals"
    );
}

#[test]
fn an_observer_reads_what_waits_and_says_what_it_cannot_read() {
    let cells = ring(4, 3, 1);
    let observer = Observer::new(Arc::clone(&cells));
    let mut out: Buffer = [0; MESSAGE_WORDS_MAX];
    assert_eq!(observer.read(0, &mut out), Observed::Consumed { index: 1 });
    let expected = Message {
        words: 1,
        cells: 1,
        position: 2,
    };
    assert_eq!(observer.read(2, &mut out), Observed::Message(expected));
    assert_eq!(observer.read(3, &mut out), Observed::Unpublished);
    assert_eq!(observer.read(u64::MAX, &mut out), Observed::Unpublished);
    cells.cell(2).store_raw(1, 0);
    let corrupt = Observed::Corrupt(CorruptRule::CellCount { found: 0 });
    assert_eq!(observer.read(2, &mut out), corrupt);
    assert_eq!(
        (observer.depth(), observer.consumer_index()),
        (2, 1),
        "nothing moved"
    );
}

#[test]
fn two_threads_pass_messages_of_every_size_in_order() {
    let count = if cfg!(miri) { 40 } else { 20_000 };
    let (mut producer, mut consumer) = channel(16).unwrap();
    let size = |number: u64| 1 + (number * 37 % 56) as usize;
    let writer = std::thread::spawn(move || {
        for number in 0..count {
            let message = message(size(number), number);
            while producer.try_push(&message).is_err() {
                std::thread::yield_now();
            }
        }
    });
    for number in 0..count {
        let taken = loop {
            match take(&mut consumer) {
                Some(taken) => break taken,
                None => std::thread::yield_now(),
            }
        };
        assert_eq!(taken, message(size(number), number));
    }
    writer.join().unwrap();
    assert_eq!(take(&mut consumer), None);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 64 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn garbage_in_any_word_gives_typed_errors_and_never_a_panic(
        garbage in prop::collection::vec((0_u64..16, 0_usize..8, word()), 1..40),
        index in prop::option::of(word()),
        durable in word(),
    ) {
        let cells = ring(16, 20, 9);
        let mut producer = Producer::attach(Arc::clone(&cells)).unwrap();
        let mut consumer = Consumer::attach(Arc::clone(&cells), 0).unwrap();
        let observer = Observer::new(Arc::clone(&cells));
        for (cell, word, value) in garbage {
            cells.cell(cell).store_raw(word, value);
        }
        if let Some(index) = index {
            cells.consumer_index().store(index, Ordering::Release);
        }
        let mut out: Buffer = [0; MESSAGE_WORDS_MAX];
        prop_assert!(observer.depth() <= 16);
        observer.read(durable, &mut out);
        for number in 0..40 {
            let errors = consumer.corrupt_count();
            let polled = consumer.poll(&mut out);
            prop_assert_eq!(consumer.corrupt_count() - errors, u64::from(polled.is_err()));
            if let Ok(Some(message)) = polled {
                prop_assert!((1..=MESSAGE_WORDS_MAX).contains(&message.words));
            }
            let _ = producer.try_push(&message(1 + number % 56, 1));
        }
        let _ = Consumer::attach(Arc::clone(&cells), durable);
        let _ = Producer::attach(cells);
    }
}

/// Words near what the ring holds, and any word.
fn word() -> impl Strategy<Value = u64> {
    let header = (0_u64..10, 0_u64..520).prop_map(|(cells, length)| length << 16 | cells << 32);
    prop_oneof![
        0_u64..48,
        header,
        any::<u64>(),
        (0_u64..20).prop_map(|back| u64::MAX - back)
    ]
}

#[test]
fn a_consumer_is_ready_exactly_when_a_poll_would_find_something() {
    let (mut producer, mut consumer) = channel(4).unwrap();
    let mut words = [0; MESSAGE_WORDS_MAX];
    for _ in 0..9 {
        assert!(!consumer.is_ready());
        producer.prefetch(2, 3);
        producer.try_push(&[header_word(1, 1)]).unwrap();
        assert!(consumer.is_ready());
        assert!(consumer.poll(&mut words).unwrap().is_some());
    }
    assert!(!consumer.is_ready());
    assert!(consumer.poll(&mut words).unwrap().is_none());
}
