//! Several processes: crossing messages, kill -9 of either side in the middle of a burst, removal
//! of what the dead left.
//!
//! The test binary starts itself again as the other process; all loops yield, none looks at a
//! clock.
#![cfg(not(any(miri, loom)))]
#![expect(
    clippy::unwrap_used,
    reason = "tests may unwrap, the other process too"
)]

mod support;

use std::os::unix::process::parent_id;
use std::path::Path;
use std::process::{Child, Command};

use shm_ring::{
    Idle, MESSAGE_WORDS_MAX, Opened, RingConsumer, RingOwner, RingProducer, RingSpec, Role,
    WordsFile, attach_consumer, attach_observer, attach_producer, cells_for, clean_stale,
    header_word,
};
use support::{directory, write_at};

const SPEC: RingSpec = RingSpec {
    kind: 1,
    capacity: 64,
    layout_hash: 0x5eed,
    mode: 0o600,
};
const CHILD: &str = "PACER_RING_TEST_CHILD";
const PARENT: &str = "PACER_RING_TEST_PARENT";
const DIRECTORY: &str = "PACER_RING_TEST_DIRECTORY";
const TO_CHILD: &str = "to-child.ring";
const FROM_CHILD: &str = "from-child.ring";
const RECORD: &str = "record.words";
/// The consumer's durable record: position after the last message, number of the next, duplicates
/// seen, gaps seen.
const RECORD_NAMES: [&str; 4] = ["position", "next", "duplicates", "gaps"];

/// The other process. It is killed when the test is over, whatever its outcome.
struct Other(Child);

impl Other {
    fn start(part: &str, directory: &Path) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_other_process_plays_its_part", "--nocapture"])
            .env(CHILD, part)
            .env(DIRECTORY, directory)
            .env(PARENT, std::process::id().to_string())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Waits a little; fails if the other process has ended by itself.
    fn idle(&mut self) {
        assert_eq!(self.0.try_wait().unwrap(), None, "the other process lives");
        Idle::Yield.idle();
    }

    fn kill_dash_nine(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Message `number`: 2 to 56 words, each of which tells the number.
fn message(number: u64) -> Vec<u64> {
    let words = 2 + (number * 37 % 55) as usize;
    let mut all = vec![number; words];
    all[0] = header_word((number % 1000) as u16, words);
    all
}

/// The number of the message that stands at `position`, if every message before it was published
/// once.
fn number_at(position: u64) -> u64 {
    let (mut number, mut cells) = (0, 0);
    while cells < position {
        cells += cells_for(message(number).len()) as u64;
        number += 1;
    }
    assert_eq!(cells, position, "a producer resumes at a message boundary");
    number
}

/// Takes one message and checks that it is whole; answers its number and the position after it.
fn take(consumer: &mut RingConsumer) -> Option<(u64, u64)> {
    let mut out = [0; MESSAGE_WORDS_MAX];
    let taken = consumer.poll(&mut out).unwrap()?;
    assert_eq!(out[..taken.words], message(out[1]), "whole");
    Some((out[1], taken.next_position()))
}

fn push(producer: &mut RingProducer, numbers: core::ops::Range<u64>, mut idle: impl FnMut()) {
    let batch: Vec<_> = numbers.map(message).collect();
    while producer.push_batch(&batch).is_err() {
        idle();
    }
}

/// Not a test of its own: what the other process does. Without its environment it has nothing to
/// do.
#[test]
fn the_other_process_plays_its_part() {
    let (Ok(part), Some(directory)) = (std::env::var(CHILD), std::env::var_os(DIRECTORY)) else {
        return;
    };
    let directory = Path::new(&directory);
    let parent: u32 = std::env::var(PARENT).unwrap().parse().unwrap();
    // An orphan ends, so that a failed test leaves no process behind.
    let idle = || {
        if parent_id() != parent {
            std::process::exit(0);
        }
        Idle::Yield.idle();
    };
    match part.as_str() {
        "producer" => burst(directory, idle),
        "consumer" => record(directory, true, idle),
        "forgetful consumer" => record(directory, false, idle),
        "echo" => echo(directory, idle),
        "owner" => own(directory, idle),
        other => panic!("no part {other}"),
    }
}

/// Publishes numbered messages in batches, without end, from where the ring says that its
/// predecessor was killed.
fn burst(directory: &Path, idle: impl Fn()) {
    let mut producer = attach_producer(&directory.join(FROM_CHILD), &SPEC.expect()).unwrap();
    let mut number = number_at(producer.position());
    loop {
        let count = 1 + number % 4;
        push(&mut producer, number..number + count, &idle);
        number += count;
    }
}

/// Takes messages without end and keeps a durable record; messages the record covers are
/// duplicates.
fn record(directory: &Path, use_position: bool, idle: impl Fn()) {
    let record = WordsFile::open(&directory.join(RECORD), &RECORD_NAMES).unwrap();
    let durable = if use_position { record.load(0) } else { 0 };
    let path = directory.join(TO_CHILD);
    let mut consumer = attach_consumer(&path, &SPEC.expect(), durable).unwrap();
    loop {
        let Some((number, position)) = take(&mut consumer) else {
            idle();
            continue;
        };
        let next = record.load(1);
        if number < next {
            record.store(2, record.load(2) + 1);
        } else {
            record.store(3, record.load(3) + (number - next));
            record.store(1, number + 1);
        }
        record.store(0, position);
    }
}

/// Sends every message back.
fn echo(directory: &Path, idle: impl Fn()) {
    let path = directory.join(TO_CHILD);
    let mut consumer = attach_consumer(&path, &SPEC.expect(), 0).unwrap();
    let mut producer = attach_producer(&directory.join(FROM_CHILD), &SPEC.expect()).unwrap();
    loop {
        match take(&mut consumer) {
            Some((number, _)) => push(&mut producer, number..number + 1, &idle),
            None => idle(),
        }
    }
}

/// Makes a ring and a page and holds them.
fn own(directory: &Path, idle: impl Fn()) {
    let _ring = RingOwner::create(&directory.join(TO_CHILD), &SPEC).unwrap();
    let _page = WordsFile::create(&directory.join(RECORD), &RECORD_NAMES).unwrap();
    loop {
        idle();
    }
}

#[test]
fn messages_of_every_size_cross_to_another_process_and_back_in_order() {
    let directory = directory();
    let [to, from] = [TO_CHILD, FROM_CHILD].map(|name| directory.path().join(name));
    let _owners = [&to, &from].map(|path| RingOwner::create(path, &SPEC).unwrap());
    let mut producer = attach_producer(&to, &SPEC.expect()).unwrap();
    let mut consumer = attach_consumer(&from, &SPEC.expect(), 0).unwrap();
    let mut other = Other::start("echo", directory.path());
    let count = 5_000;
    let (mut sent, mut received) = (0, 0);
    while received < count {
        if sent < count && producer.try_push(&message(sent)).is_ok() {
            sent += 1;
        }
        match take(&mut consumer) {
            Some((number, _)) => {
                assert_eq!(number, received, "in order, none lost, none twice");
                received += 1;
            }
            None => other.idle(),
        }
    }
    let error = attach_producer(&from, &SPEC.expect()).unwrap_err();
    assert_eq!(error.code(), "LINK_BUSY");
    assert!(
        error.to_string().contains(&other.0.id().to_string()),
        "names the holder: {error}"
    );
}

#[test]
fn a_producer_killed_in_a_burst_loses_nothing_it_published_and_its_successor_goes_on_gapless() {
    let directory = directory();
    let path = directory.path().join(FROM_CHILD);
    let owner = RingOwner::create(&path, &SPEC).unwrap();
    let mut consumer = attach_consumer(&path, &SPEC.expect(), 0).unwrap();
    let mut next = 0;
    for round in 0..8 {
        let mut other = Other::start("producer", directory.path());
        for _ in 0..300 + 41 * round {
            let number = loop {
                match take(&mut consumer) {
                    Some((number, _)) => break number,
                    None => other.idle(),
                }
            };
            assert_eq!(number, next, "round {round}");
            next += 1;
        }
        other.kill_dash_nine();
        assert!(
            !owner.segment().is_held(Role::Producer).unwrap(),
            "the kernel freed the lock"
        );
        while let Some((number, _)) = take(&mut consumer) {
            assert_eq!(number, next, "published before the kill, round {round}");
            next += 1;
        }
    }
    let mut producer = attach_producer(&path, &SPEC.expect()).unwrap();
    assert_eq!(
        producer.position(),
        consumer.position(),
        "nothing published was left out"
    );
    push(&mut producer, next..next + 1, || ());
    assert_eq!(take(&mut consumer).map(|(number, _)| number), Some(next));
    assert_eq!(consumer.corrupt_count(), 0);
}

#[test]
fn a_consumer_killed_in_a_burst_resumes_with_every_message_delivered_at_least_once() {
    let directory = directory();
    let path = directory.path().join(TO_CHILD);
    let owner = RingOwner::create(&path, &SPEC).unwrap();
    let record = WordsFile::create(&directory.path().join(RECORD), &RECORD_NAMES).unwrap();
    let mut producer = attach_producer(&path, &SPEC.expect()).unwrap();
    let mut sent = 0;
    let rounds = 8;
    for round in 0..rounds {
        let part = if round % 2 == 0 {
            "consumer"
        } else {
            "forgetful consumer"
        };
        let mut other = Other::start(part, directory.path());
        let until = record.load(1) + 300 + 41 * round;
        while record.load(1) < until {
            push(&mut producer, sent..sent + 1 + sent % 3, || other.idle());
            sent += 1 + sent % 3;
        }
        other.kill_dash_nine();
        assert!(
            !owner.segment().is_held(Role::Consumer).unwrap(),
            "the kernel freed the lock"
        );
    }
    let mut other = Other::start("consumer", directory.path());
    while record.load(1) < sent {
        other.idle();
    }
    other.kill_dash_nine();
    assert_eq!(record.load(3), 0, "no gap");
    assert!(
        record.load(2) <= rounds,
        "at most the one message in hand comes twice"
    );
    assert_eq!(record.load(1), sent);
    assert_eq!(producer.index_faults(), 0);
}

#[test]
fn what_a_killed_owner_left_is_adopted_or_removed_and_never_while_it_lives_or_is_used() {
    let directory = directory();
    let [ring, page] = [TO_CHILD, RECORD].map(|name| directory.path().join(name));
    let mut other = Other::start("owner", directory.path());
    while attach_observer(&ring, &SPEC.expect()).is_err()
        || WordsFile::open(&page, &RECORD_NAMES).is_err()
    {
        other.idle();
    }
    let all = vec![page.clone(), ring.clone()];
    assert_eq!(
        clean_stale(directory.path()).unwrap().live,
        all,
        "its owner lives"
    );
    assert_eq!(
        RingOwner::adopt_or_create(&ring, &SPEC).unwrap_err().code(),
        "LINK_BUSY"
    );
    other.kill_dash_nine();

    let consumer = attach_consumer(&ring, &SPEC.expect(), 0).unwrap();
    let report = clean_stale(directory.path()).unwrap();
    assert_eq!(
        (report.live, report.removed),
        (vec![ring.clone()], vec![page]),
        "a consumer is there"
    );
    let (owner, opened) = RingOwner::adopt_or_create(&ring, &SPEC).unwrap();
    assert_eq!((opened, owner.segment().epoch()), (Opened::Adopted, 2));
    drop(consumer);
    drop(owner);
    let report = clean_stale(directory.path()).unwrap();
    assert_eq!(report.live, [ring], "the process of the new owner lives");
}

#[test]
fn a_clean_up_removes_what_dead_makers_left_and_touches_nothing_foreign() {
    let directory = directory();
    let at = |name: &str| directory.path().join(name);
    let other = {
        let mut other = Other::start("owner", directory.path());
        while WordsFile::open(&at(RECORD), &RECORD_NAMES).is_err() {
            other.idle();
        }
        other
    };
    other.kill_dash_nine();
    std::fs::copy(at(TO_CHILD), at("other-version.ring")).unwrap();
    write_at(&at("other-version.ring"), 8, &[9]);
    std::fs::copy(at(TO_CHILD), at("short.ring")).unwrap();
    std::fs::File::options()
        .write(true)
        .open(at("short.ring"))
        .unwrap()
        .set_len(100)
        .unwrap();
    std::fs::write(at(".orders.ring.77-0.shm-tmp"), b"").unwrap();
    std::fs::write(at("pid"), b"77").unwrap();
    std::fs::write(at("empty"), b"").unwrap();
    std::fs::create_dir(at("segments")).unwrap();
    std::os::unix::fs::symlink(at("pid"), at("link")).unwrap();

    let report = clean_stale(directory.path()).unwrap();
    let expected = [".orders.ring.77-0.shm-tmp", RECORD, TO_CHILD].map(at);
    assert_eq!(report.removed, expected);
    let expected = ["other-version.ring.quarantined", "short.ring.quarantined"].map(at);
    assert_eq!(report.quarantined, expected);
    assert_eq!(report.foreign, ["empty", "link", "pid", "segments"].map(at));
    assert!(
        report.live.is_empty() && report.failed.is_empty(),
        "{report:?}"
    );
    let again = clean_stale(directory.path()).unwrap();
    assert!(
        again.removed.is_empty() && again.quarantined.is_empty(),
        "{again:?}"
    );
    assert_eq!(again.foreign.len(), 6);
}
