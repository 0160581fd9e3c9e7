//! Attaching rings in mapped files: roles, identity, adoption, refusal.
#![cfg(not(any(miri, loom)))]
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::path::{Path, PathBuf};

use shm_ring::{
    AttachError, MESSAGE_WORDS_MAX, Opened, RingOwner, RingSpec, Role, attach_consumer,
    attach_observer, attach_producer, header_word,
};

fn directory() -> tempfile::TempDir {
    let base = Path::new("/dev/shm");
    if base.is_dir() {
        tempfile::tempdir_in(base).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

fn ring(directory: &tempfile::TempDir) -> PathBuf {
    directory.path().join("orders.ring")
}

const SPEC: RingSpec = RingSpec {
    kind: 3,
    capacity: 16,
    layout_hash: 0xabcd,
    mode: 0o660,
};

#[test]
fn a_message_crosses_a_mapped_file_and_an_observer_sees_it_wait() {
    let directory = directory();
    let path = ring(&directory);
    let owner = RingOwner::create(&path, &SPEC).unwrap();
    let mut producer = attach_producer(&path, &SPEC.expect()).unwrap();
    let mut consumer = attach_consumer(&path, &SPEC.expect(), 0).unwrap();
    let observer = attach_observer(&path, &SPEC.expect()).unwrap();
    producer.try_push(&[header_word(9, 2), 77]).unwrap();
    assert_eq!((observer.depth(), observer.consumer_index()), (1, 0));
    let mut out = [0; MESSAGE_WORDS_MAX];
    let message = consumer.poll(&mut out).unwrap().unwrap();
    assert_eq!((message.words, out[1]), (2, 77));
    assert_eq!(
        (observer.depth(), observer.consumer_index()),
        (1, 0),
        "still worked on"
    );
    consumer.release();
    assert_eq!((observer.depth(), observer.consumer_index()), (0, 1));
    owner.remove().unwrap();
    assert!(!path.exists());
}

#[test]
fn a_second_process_on_a_taken_role_gets_link_busy_until_it_is_free() {
    let directory = directory();
    let path = ring(&directory);
    let owner = RingOwner::create(&path, &SPEC).unwrap();
    let producer = attach_producer(&path, &SPEC.expect()).unwrap();
    let consumer = attach_consumer(&path, &SPEC.expect(), 0).unwrap();
    let busy = |error: AttachError, expected| {
        assert_eq!(error.code(), "LINK_BUSY");
        let AttachError::LinkBusy { role, holder_pid } = error else {
            panic!("{error}")
        };
        assert_eq!((role, holder_pid), (expected, std::process::id()));
    };
    busy(
        attach_producer(&path, &SPEC.expect()).unwrap_err(),
        Role::Producer,
    );
    busy(
        attach_consumer(&path, &SPEC.expect(), 0).unwrap_err(),
        Role::Consumer,
    );
    busy(
        RingOwner::adopt_or_create(&path, &SPEC).unwrap_err(),
        Role::Owner,
    );
    assert!(owner.segment().is_held(Role::Producer).unwrap());
    drop((producer, consumer));
    assert!(!owner.segment().is_held(Role::Producer).unwrap());
    attach_producer(&path, &SPEC.expect()).unwrap();
    attach_consumer(&path, &SPEC.expect(), 0).unwrap();
}

#[test]
fn an_adopted_ring_keeps_its_messages_and_its_peers_and_counts_its_epoch() {
    let directory = directory();
    let path = ring(&directory);
    let (owner, opened) = RingOwner::adopt_or_create(&path, &SPEC).unwrap();
    assert_eq!((opened, owner.segment().epoch()), (Opened::Created, 1));
    let id = owner.segment().id();
    let mut producer = attach_producer(&path, &SPEC.expect()).unwrap();
    producer.try_push(&[header_word(1, 1)]).unwrap();
    owner.close();
    let error = attach_consumer(&path, &SPEC.expect(), 0).unwrap_err();
    assert_eq!(error.code(), "STATE");
    let (owner, opened) = RingOwner::adopt_or_create(&path, &SPEC).unwrap();
    assert_eq!((opened, owner.segment().epoch()), (Opened::Adopted, 2));
    assert_eq!(owner.segment().id(), id);
    producer.try_push(&[header_word(2, 1)]).unwrap();
    let mut consumer = attach_consumer(&path, &SPEC.expect(), 0).unwrap();
    let mut out = [0; MESSAGE_WORDS_MAX];
    for expected in [header_word(1, 1), header_word(2, 1)] {
        consumer.poll(&mut out).unwrap().unwrap();
        assert_eq!(out[0], expected);
    }
}
