//! The ring under loom: every interleaving of small models, up to three preemptions each.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p shm-ring --release --lib loom_`
#![cfg(loom)]

use std::sync::Arc;

use loom::model::Builder;
use loom::thread;

use super::{Consumer, Observed, Observer, Producer, PushError};
use crate::cell::{Cells, HeapCells};
use crate::message::{MESSAGE_WORDS_MAX, header_word};
use crate::sync::Ordering;

fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

fn cells(capacity: usize) -> Arc<HeapCells> {
    Arc::new(HeapCells::new(capacity).unwrap())
}

/// A message whose every word tells which message it is.
fn message(number: u64, words: usize) -> Vec<u64> {
    let mut all = vec![number; words];
    all[0] = header_word(number as u16, words);
    all
}

fn push<C: Cells>(producer: &mut Producer<C>, message: &[u64]) {
    while let Err(error) = producer.try_push(message) {
        assert_eq!(error, PushError::Full);
        thread::yield_now();
    }
}

/// Waits for a message and checks that it is number `number`, whole.
fn expect<C: Cells>(consumer: &mut Consumer<C>, number: u64, words: usize) {
    let mut out = [0; MESSAGE_WORDS_MAX];
    loop {
        if let Some(found) = consumer.poll(&mut out).unwrap() {
            assert_eq!(
                out[..found.words],
                message(number, words),
                "whole and in order"
            );
            return;
        }
        thread::yield_now();
    }
}

#[test]
fn loom_three_messages_wrap_a_ring_of_two_cells() {
    explore(|| {
        let cells = cells(2);
        let mut producer = Producer::attach(Arc::clone(&cells)).unwrap();
        let mut consumer = Consumer::attach(cells, 0).unwrap();
        let writer = thread::spawn(move || {
            for number in 1..=3 {
                push(&mut producer, &message(number, 2));
            }
        });
        for number in 1..=3 {
            expect(&mut consumer, number, 2);
        }
        writer.join().unwrap();
    });
}

#[test]
fn loom_a_message_of_several_cells_across_the_wrap_is_seen_whole_or_not_at_all() {
    explore(|| {
        let cells = cells(4);
        let mut producer = Producer::attach(Arc::clone(&cells)).unwrap();
        let mut consumer = Consumer::attach(cells, 0).unwrap();
        let writer = thread::spawn(move || {
            for number in 1..=2 {
                push(&mut producer, &message(number, 15));
            }
        });
        for number in 1..=2 {
            expect(&mut consumer, number, 15);
        }
        writer.join().unwrap();
    });
}

#[test]
fn loom_who_sees_the_first_message_of_a_batch_sees_the_whole_batch() {
    explore(|| {
        let cells = cells(4);
        let mut producer = Producer::attach(Arc::clone(&cells)).unwrap();
        let mut consumer = Consumer::attach(cells, 0).unwrap();
        let writer = thread::spawn(move || {
            producer
                .push_batch(&[message(1, 2), message(2, 8), message(3, 1)])
                .unwrap();
        });
        expect(&mut consumer, 1, 2);
        let mut out = [0; MESSAGE_WORDS_MAX];
        for (number, words) in [(2, 8), (3, 1)] {
            let found = consumer
                .poll(&mut out)
                .unwrap()
                .expect("no waiting within a batch");
            assert_eq!(out[..found.words], message(number, words));
        }
        writer.join().unwrap();
    });
}

#[test]
fn loom_what_a_dead_producer_left_behind_a_hole_is_never_seen() {
    explore(|| {
        let cells = cells(4);
        let mut consumer = Consumer::attach(Arc::clone(&cells), 0).unwrap();
        let writer = thread::spawn(move || {
            // The producer that dies: message 1 is published, of message 2 (two cells) only the
            // second cell.
            let mut dying = Producer::attach(Arc::clone(&cells)).unwrap();
            dying.try_push(&message(1, 1)).unwrap();
            cells.cell(2).store_raw(1, header_word(66, 1));
            cells.cell(2).store_raw(0, 3);
            drop(dying);
            // The one that takes over, after the lock was released: here the same thread.
            let mut producer = Producer::attach(Arc::clone(&cells)).unwrap();
            assert_eq!(
                producer.position(),
                1,
                "the hole is the first position not published"
            );
            push(&mut producer, &message(3, 1));
            push(&mut producer, &message(4, 1));
        });
        for number in [1, 3, 4] {
            expect(&mut consumer, number, 1);
        }
        writer.join().unwrap();
    });
}

#[test]
fn loom_an_observer_never_takes_a_half_overwritten_message_for_a_whole_one() {
    explore(|| {
        let cells = cells(1);
        let mut producer = Producer::attach(Arc::clone(&cells)).unwrap();
        producer.try_push(&message(1, 7)).unwrap();
        let shared = Arc::clone(&cells);
        let writer = thread::spawn(move || {
            // The consumer's step past message 1. Its reads are left out: loom backtracks to the
            // last access of a word only, and they would hide the observer's.
            shared.consumer_index().store(1, Ordering::Release);
            producer.try_push(&message(2, 7)).unwrap();
        });
        let mut out = [0; MESSAGE_WORDS_MAX];
        match Observer::new(cells).read(0, &mut out) {
            Observed::Message(found) => assert_eq!(out[..found.words], message(1, 7)),
            Observed::Consumed { index } => assert_eq!(index, 1),
            other => panic!("{other:?}"),
        }
        writer.join().unwrap();
    });
}
