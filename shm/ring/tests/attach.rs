//! Attaching rings in mapped files: roles, identity, adoption, refusal.
#![cfg(not(any(miri, loom)))]

mod support;

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use proptest::prelude::*;
use shm_ring::{
    AttachError, MESSAGE_WORDS_MAX, Opened, OwnerRule, RingExpect, RingOwner, RingSpec, Role,
    SegmentState, attach_consumer, attach_observer, attach_producer, header_word,
};
use support::{directory, write_at};

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

#[test]
fn nobody_attaches_what_is_not_a_regular_private_file_of_the_right_size() {
    let directory = directory();
    let path = ring(&directory);
    let code = |path: &PathBuf| {
        [
            attach_producer(path, &SPEC.expect()).unwrap_err().code(),
            attach_consumer(path, &SPEC.expect(), 0).unwrap_err().code(),
            attach_observer(path, &SPEC.expect()).unwrap_err().code(),
            RingOwner::adopt_or_create(path, &SPEC).map_or_else(|error| error.code(), |_| "made"),
        ]
    };
    assert_eq!(
        attach_producer(&path, &SPEC.expect()).unwrap_err().code(),
        "NOT_FOUND"
    );
    drop(RingOwner::create(&path, &SPEC).unwrap());
    let link = directory.path().join("link.ring");
    symlink(&path, &link).unwrap();
    assert_eq!(code(&link), ["SYMBOLIC_LINK"; 4]);
    let folder = directory.path().join("folder.ring");
    fs::create_dir(&folder).unwrap();
    assert_eq!(
        attach_observer(&folder, &SPEC.expect()).unwrap_err().code(),
        "NOT_REGULAR"
    );
    for mode in [0o664, 0o666, 0o670, 0o1660] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        assert_eq!(code(&path), ["MODE"; 4], "{mode:o}");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    attach_observer(&path, &SPEC.expect()).unwrap();
    let stranger = RingExpect {
        file_uid: Some(4242),
        ..SPEC.expect()
    };
    assert_eq!(
        attach_observer(&path, &stranger).unwrap_err().code(),
        "FILE_OWNER"
    );
    let whole = fs::metadata(&path).unwrap().len();
    for length in [whole + 64, 1 << 40, whole - 64, 4096, 4095, 0] {
        OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(length)
            .unwrap();
        assert_eq!(code(&path), ["FILE_SIZE"; 4], "{length}");
    }
}

#[test]
fn an_impossible_specification_is_named() {
    let directory = directory();
    let path = ring(&directory);
    for (spec, field) in [
        (
            RingSpec {
                capacity: 0,
                ..SPEC
            },
            "capacity",
        ),
        (
            RingSpec {
                capacity: 48,
                ..SPEC
            },
            "capacity",
        ),
        (
            RingSpec {
                capacity: 1 << 21,
                ..SPEC
            },
            "capacity",
        ),
        (
            RingSpec {
                mode: 0o666,
                ..SPEC
            },
            "mode",
        ),
    ] {
        match RingOwner::create(&path, &spec) {
            Err(AttachError::Spec { field: found, .. }) => assert_eq!(found, field),
            other => panic!("{other:?}"),
        }
    }
    let _owner = RingOwner::create(&path, &SPEC).unwrap();
    assert_eq!(
        RingOwner::create(&path, &SPEC).unwrap_err().code(),
        "EXISTS"
    );
    assert_eq!(
        fs::read_dir(directory.path()).unwrap().count(),
        1,
        "no temporary file stays"
    );
}

#[test]
fn every_expectation_that_differs_is_named_with_both_values() {
    let directory = directory();
    let path = ring(&directory);
    let _owner = RingOwner::create(&path, &SPEC).unwrap();
    let base = SPEC.expect();
    for (expect, field, expected, found) in [
        (RingExpect { kind: 4, ..base }, "kind", 4, 3),
        (
            RingExpect {
                capacity: Some(32),
                ..base
            },
            "capacity",
            32,
            16,
        ),
        (
            RingExpect {
                layout_hash: 1,
                ..base
            },
            "layout_hash",
            1,
            0xabcd,
        ),
        (
            RingExpect {
                epoch: Some(2),
                ..base
            },
            "epoch",
            2,
            1,
        ),
    ] {
        match attach_producer(&path, &expect) {
            Err(AttachError::Field {
                field: f,
                expected: e,
                found: n,
            }) => {
                assert_eq!((f, e, n), (field, expected, found));
            }
            other => panic!("{field}: {other:?}"),
        }
    }
    attach_producer(
        &path,
        &RingExpect {
            epoch: Some(1),
            owner: OwnerRule::Alive,
            ..base
        },
    )
    .unwrap();
}

#[test]
fn a_poisoned_ring_is_neither_attached_nor_adopted_but_can_be_looked_at() {
    let directory = directory();
    let path = ring(&directory);
    let owner = RingOwner::create(&path, &SPEC).unwrap();
    let base = SPEC.expect();
    owner.segment().poison();
    let error = attach_producer(&path, &base).unwrap_err();
    assert!(
        matches!(
            error,
            AttachError::State {
                found: Some(SegmentState::Poisoned)
            }
        ),
        "{error}"
    );
    drop(owner);
    let error = RingOwner::adopt_or_create(&path, &SPEC).unwrap_err();
    assert!(
        matches!(error, AttachError::State { .. }),
        "a poisoned ring is not adopted: {error}"
    );
    attach_observer(&path, &base).unwrap();
}

#[test]
fn every_damaged_header_byte_that_is_checked_is_a_typed_error() {
    let directory = directory();
    let path = ring(&directory);
    let _owner = RingOwner::create(&path, &SPEC).unwrap();
    let whole = fs::read(&path).unwrap();
    for (range, code) in [
        (0..64, "HEADER_FIELD"),
        (128..176, "HEADER_FIELD"),
        (256..264, "STATE"),
    ] {
        for offset in range {
            let byte = whole[offset];
            write_at(&path, offset as u64, &[byte ^ 0x41]);
            let error = attach_producer(&path, &SPEC.expect()).unwrap_err();
            assert_eq!(error.code(), code, "byte {offset}: {error}");
            write_at(&path, offset as u64, &[byte]);
        }
    }
    attach_producer(&path, &SPEC.expect()).unwrap();
}

#[test]
fn heartbeats_of_each_role_are_seen_by_an_observer() {
    let directory = directory();
    let path = ring(&directory);
    let owner = RingOwner::create(&path, &SPEC).unwrap();
    let producer = attach_producer(&path, &SPEC.expect()).unwrap();
    let consumer = attach_consumer(&path, &SPEC.expect(), 0).unwrap();
    let observer = attach_observer(&path, &SPEC.expect()).unwrap();
    for (beats, nanos) in [(1, 10), (2, 25)] {
        owner.segment().beat(Role::Owner, nanos);
        producer.beat(nanos + 1);
        consumer.beat(nanos + 2);
        for (role, offset) in [(Role::Owner, 0), (Role::Producer, 1), (Role::Consumer, 2)] {
            let beat = observer.segment().heartbeat(role);
            assert_eq!(
                (beat.count, beat.nanos),
                (beats, nanos + offset),
                "{role:?}"
            );
        }
    }
    assert!(observer.segment().owner().unwrap().is_alive().unwrap());
    assert!(observer.segment().is_held(Role::Owner).unwrap());
}

#[test]
fn a_ring_of_the_largest_size_is_made_and_carries_messages() {
    let directory = directory();
    let path = ring(&directory);
    let spec = RingSpec {
        capacity: 1 << 20,
        ..SPEC
    };
    let owner = RingOwner::create(&path, &spec).unwrap();
    let mut producer = attach_producer(&path, &spec.expect()).unwrap();
    assert_eq!(producer.room(), 1 << 20);
    producer.try_push(&[header_word(1, 1)]).unwrap();
    owner.remove().unwrap();
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..64)
}

#[test]
fn a_ring_whose_adopter_was_killed_half_way_is_not_attached_but_can_be_adopted() {
    let directory = directory();
    let path = ring(&directory);
    let owner = RingOwner::create(&path, &SPEC).unwrap();
    let mut producer = attach_producer(&path, &SPEC.expect()).unwrap();
    producer.try_push(&[header_word(1, 1)]).unwrap();
    drop((owner, producer));
    // State INIT, and an owner's word that its checksum does not cover.
    write_at(&path, 256, &[1]);
    write_at(&path, 136, &[0xff; 4]);
    let error = attach_consumer(&path, &SPEC.expect(), 0).unwrap_err();
    assert!(error.is_transient(), "{error}");
    let (owner, opened) = RingOwner::adopt_or_create(&path, &SPEC).unwrap();
    assert_eq!((opened, owner.segment().epoch()), (Opened::Adopted, 2));
    let mut consumer = attach_consumer(&path, &SPEC.expect(), 0).unwrap();
    assert!(
        consumer
            .poll(&mut [0; MESSAGE_WORDS_MAX])
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_durable_position_of_another_ring_is_refused() {
    let directory = directory();
    let path = ring(&directory);
    let first = RingOwner::create(&path, &SPEC).unwrap();
    let id = first.segment().id();
    first.remove().unwrap();
    let second = RingOwner::create(&path, &SPEC).unwrap();
    assert_ne!(second.segment().id(), id, "positions belong to one file");
    let error = attach_consumer(&path, &SPEC.expect(), 500).unwrap_err();
    assert_eq!(error.code(), "RING_DAMAGED");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_bytes_over_header_and_cells_give_typed_errors_and_never_a_panic(
        patches in prop::collection::vec((0_u64..4096 + 16 * 64, bytes()), 1..12),
        cells_only in any::<bool>(),
        durable in prop_oneof![0_u64..40, any::<u64>()],
    ) {
        let directory = directory();
        let path = ring(&directory);
        let owner = RingOwner::create(&path, &SPEC).unwrap();
        let mut producer = attach_producer(&path, &SPEC.expect()).unwrap();
        for _ in 0..9 {
            producer.try_push(&[header_word(1, 1)]).unwrap();
        }
        drop(producer);
        for (offset, bytes) in patches {
            let start = if cells_only { 4096 + offset % 1024 } else { offset };
            let room = (4096 + 16 * 64 - start) as usize;
            write_at(&path, start, &bytes[..bytes.len().min(room)]);
        }
        let mut out = [0; MESSAGE_WORDS_MAX];
        if let Ok(observer) = attach_observer(&path, &SPEC.expect()) {
            prop_assert!(observer.depth() <= 16);
            observer.read(observer.consumer_index(), &mut out);
            observer.read(durable, &mut out);
        }
        for durable in [durable, 0] {
            if let Ok(mut consumer) = attach_consumer(&path, &SPEC.expect(), durable) {
                for _ in 0..20 {
                    let _ = consumer.poll(&mut out);
                }
            }
        }
        if let Ok(mut producer) = attach_producer(&path, &SPEC.expect()) {
            while producer.try_push(&[header_word(1, 1)]).is_ok() {}
        }
        drop(owner);
        let _ = RingOwner::adopt_or_create(&path, &SPEC);
    }
}
