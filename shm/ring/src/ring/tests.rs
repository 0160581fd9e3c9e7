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
    Batch(Vec<usize>),
    Poll,
    RestartProducer,
    RestartConsumer,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let words = 1..=MESSAGE_WORDS_MAX;
    let operation = prop_oneof![
        4 => words.clone().prop_map(Operation::Push),
        2 => prop::collection::vec(words, 0..6).prop_map(Operation::Batch),
        5 => Just(Operation::Poll),
        1 => Just(Operation::RestartProducer),
        1 => Just(Operation::RestartConsumer),
    ];
    prop::collection::vec(operation, 1..if cfg!(miri) { 30 } else { 300 })
}

struct Model {
    queue: VecDeque<Vec<u64>>,
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
        let mut model =
            Model { queue: VecDeque::new(), used: 0, capacity: 1 << exponent, sent: 0 };
        for operation in operations {
            match operation {
                Operation::Push(words) => {
                    let message = model.next(words);
                    let expected = model.expect(std::slice::from_ref(&message));
                    prop_assert_eq!(producer.try_push(&message), expected);
                }
                Operation::Batch(sizes) => {
                    let batch: Vec<_> = sizes.into_iter().map(|words| model.next(words)).collect();
                    let expected = model.expect(&batch);
                    prop_assert_eq!(producer.push_batch(&batch), expected);
                }
                Operation::Poll => {
                    let expected = model.queue.pop_front();
                    model.used -= expected.as_ref().map_or(0, |message| cells_for(message.len()));
                    prop_assert_eq!(take(&mut consumer), expected);
                }
                Operation::RestartProducer => {
                    let position = producer.position();
                    producer = Producer::attach(Arc::clone(&cells)).unwrap();
                    prop_assert_eq!(producer.position(), position);
                }
                Operation::RestartConsumer => {
                    let position = consumer.position();
                    consumer = Consumer::attach(Arc::clone(&cells), 0).unwrap();
                    prop_assert_eq!(consumer.position(), position);
                }
            }
            prop_assert_eq!(producer.room(), model.capacity - model.used);
            prop_assert_eq!(Observer::new(Arc::clone(&cells)).depth(), model.used);
        }
    }
}
