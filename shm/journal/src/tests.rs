//! Tests of writer, reader and tail together, on real files.

use crate::format::{HEADER_BYTES, SEGMENT_BYTES_MIN, segment_path};
use crate::{JournalError, JournalMeta, JournalReader, JournalTail, JournalWriter, Tail};
use proptest::prelude::*;
use shm_wire::instrument::Instrument;
use shm_wire::market::Trade;
use shm_wire::message::Message;
use shm_wire::record::{Direction, RecordHead, TimerFired};
use std::fs;
use std::path::Path;

fn table() -> Vec<Instrument> {
    vec![
        Instrument::equity(0, "AAPL", 1).unwrap(),
        Instrument::equity(1, "GOOG", 100).unwrap(),
    ]
}

fn record_words(sequence: u64, payload: &[u64]) -> Vec<u64> {
    let mut head = RecordHead::new(payload.len());
    head.sequence = sequence;
    head.time = 1_000 + sequence;
    head.direction = Direction::Input.code();
    let mut words = head.words().to_vec();
    words.extend_from_slice(payload);
    words
}

/// Records of changing length, told apart by their sequence.
fn sample(sequence: u64) -> Vec<u64> {
    if sequence.is_multiple_of(3) {
        let mut m = TimerFired::empty();
        m.due = sequence;
        record_words(sequence, m.words())
    } else {
        let mut m = Trade::empty();
        m.qty = sequence;
        record_words(sequence, m.words())
    }
}

fn writer(dir: &Path, segment_bytes: u64) -> JournalWriter {
    let table = table();
    let meta = JournalMeta {
        run: 7,
        seed: 11,
        shard: 2,
        instruments: &table,
    };
    JournalWriter::create_with(dir, &meta, segment_bytes).unwrap()
}

/// A journal of `count` records in segments of about `per_segment` records.
fn journal(count: u64, segment_bytes: u64) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut w = writer(dir.path(), segment_bytes);
    for s in 1..=count {
        w.append(&sample(s)).unwrap();
    }
    w.finish().unwrap();
    dir
}

fn read_all(dir: &Path) -> Result<(Vec<u64>, Tail), JournalError> {
    let mut sequences = Vec::new();
    let mut reader = JournalReader::open(dir)?;
    let tail = reader.for_each(|r| {
        let mut words = r.head.words().to_vec();
        words.extend_from_slice(r.payload);
        assert_eq!(words, sample(r.head.sequence));
        sequences.push(r.head.sequence);
    })?;
    Ok((sequences, tail))
}

#[test]
fn what_is_appended_comes_back_over_all_segments() {
    let dir = journal(200, SEGMENT_BYTES_MIN + 1000);
    let (sequences, tail) = read_all(dir.path()).unwrap();
    assert_eq!(sequences, (1..=200).collect::<Vec<_>>());
    assert_eq!(tail, Tail::Clean);
    assert!(segment_path(dir.path(), 3).exists(), "the test must rotate");
    let reader = JournalReader::open(dir.path()).unwrap();
    assert_eq!(reader.instruments(), table());
    let h = reader.header();
    assert_eq!((h.run, h.seed, h.shard, h.segment), (7, 11, 2, 1));
}

#[test]
fn the_same_records_make_the_same_bytes() {
    let (a, b) = (journal(50, 8192), journal(50, 8192));
    for name in ["journal-000001.pjl", "instruments.bin"] {
        assert_eq!(
            fs::read(a.path().join(name)).unwrap(),
            fs::read(b.path().join(name)).unwrap()
        );
    }
}

#[test]
fn the_writer_refuses_gaps_and_what_is_no_record() {
    let dir = tempfile::tempdir().unwrap();
    let mut w = writer(dir.path(), 8192);
    assert!(matches!(
        w.append(&sample(2)),
        Err(JournalError::Sequence {
            expected: 1,
            found: 2
        })
    ));
    assert!(matches!(
        w.append(&[1, 2, 3]),
        Err(JournalError::NotARecord { words: 3 })
    ));
    w.append(&sample(1)).unwrap();
    assert_eq!(w.next_sequence(), 2);
}

#[test]
fn a_directory_takes_one_journal_only() {
    let dir = journal(1, 8192);
    let table = table();
    let meta = JournalMeta {
        run: 1,
        seed: 1,
        shard: 0,
        instruments: &table,
    };
    assert!(matches!(
        JournalWriter::create(dir.path(), &meta),
        Err(JournalError::Exists { .. })
    ));
    let other = tempfile::tempdir().unwrap();
    for bytes in [0, SEGMENT_BYTES_MIN - 8, SEGMENT_BYTES_MIN + 4] {
        assert!(matches!(
            JournalWriter::create_with(other.path(), &meta, bytes),
            Err(JournalError::SegmentSize { .. })
        ));
    }
    let bad = [Instrument::equity(5, "AAPL", 1).unwrap()];
    assert!(matches!(
        JournalWriter::create(
            other.path(),
            &JournalMeta {
                instruments: &bad,
                ..meta
            }
        ),
        Err(JournalError::Header { .. })
    ));
}

#[test]
fn a_missing_journal_and_a_foreign_table_are_named() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        JournalReader::open(dir.path()),
        Err(JournalError::Missing { .. })
    ));
    let dir = journal(3, 8192);
    let words = crate::instruments::encode(&table()[..1]);
    fs::write(
        dir.path().join("instruments.bin"),
        bytemuck::cast_slice::<u64, u8>(&words),
    )
    .unwrap();
    let error = JournalReader::open(dir.path()).unwrap_err();
    assert!(error.to_string().contains("not the one"), "{error}");
}

#[test]
fn a_killed_writer_leaves_every_flushed_record() {
    let dir = tempfile::tempdir().unwrap();
    let mut w = writer(dir.path(), 1 << 16);
    for s in 1..=20 {
        w.append(&sample(s)).unwrap();
    }
    w.flush().unwrap();
    w.append(&sample(21)).unwrap();
    // Neither finish nor drop: as a kill would leave it, with a preallocated tail of zeros.
    std::mem::forget(w);
    let (sequences, tail) = read_all(dir.path()).unwrap();
    assert_eq!((sequences.len(), tail), (20, Tail::Clean));
}

#[test]
fn a_cut_tail_is_torn_and_the_records_before_it_are_read() {
    let dir = journal(10, 1 << 16);
    let path = segment_path(dir.path(), 1);
    let bytes = fs::read(&path).unwrap();
    for cut in 1..40 {
        fs::write(&path, &bytes[..bytes.len() - cut]).unwrap();
        let (sequences, tail) = read_all(dir.path()).unwrap();
        assert_eq!(sequences.len(), 9);
        assert!(matches!(tail, Tail::Torn { segment: 1, .. }), "cut {cut}");
    }
}

#[test]
fn damage_inside_is_named_with_its_place() {
    let dir = journal(10, 1 << 16);
    let path = segment_path(dir.path(), 1);
    let mut bytes = fs::read(&path).unwrap();
    bytes[HEADER_BYTES + 8 * 6 + 1] ^= 4;
    fs::write(&path, &bytes).unwrap();
    match read_all(dir.path()) {
        Err(JournalError::Damage {
            segment,
            offset,
            sequence,
            rule,
        }) => {
            assert_eq!((segment, offset, sequence), (1, HEADER_BYTES as u64, 1));
            assert!(rule.contains("checksum"));
        }
        other => panic!("expected damage, got {other:?}"),
    }
}

#[test]
fn swapped_lost_and_repeated_segments_are_damage() {
    let dir = journal(200, SEGMENT_BYTES_MIN + 1000);
    let [one, two, three, four] = [1, 2, 3, 4].map(|i| segment_path(dir.path(), i));
    let kept = fs::read(&two).unwrap();
    fs::copy(&three, &two).unwrap();
    assert!(matches!(
        read_all(dir.path()),
        Err(JournalError::Damage { .. })
    ));
    fs::copy(&one, &two).unwrap();
    assert!(matches!(
        read_all(dir.path()),
        Err(JournalError::Damage { .. })
    ));
    // A segment cut at a record boundary: the next one does not continue it.
    fs::write(&two, &kept[..HEADER_BYTES]).unwrap();
    assert!(matches!(
        read_all(dir.path()),
        Err(JournalError::Damage { .. })
    ));
    fs::write(&two, &kept).unwrap();
    assert_eq!(read_all(dir.path()).unwrap().0.len(), 200);
    drop(four);
}

#[test]
fn a_tail_follows_across_rotations_and_waits_for_half_records() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        JournalTail::open(dir.path()),
        Err(JournalError::Missing { .. })
    ));
    let mut w = writer(dir.path(), SEGMENT_BYTES_MIN + 704);
    let mut tail = JournalTail::open(dir.path()).unwrap();
    assert_eq!(tail.instruments().len(), 2);
    let mut seen = Vec::new();
    for s in 1..=100 {
        w.append(&sample(s)).unwrap();
        if s % 7 == 0 {
            w.flush().unwrap();
            tail.poll(3, |r| seen.push(r.head.sequence)).unwrap();
        }
    }
    w.flush().unwrap();
    assert!(w.segment() > 3);
    while tail.poll(16, |r| seen.push(r.head.sequence)).unwrap() > 0 {}
    assert_eq!(seen, (1..=100).collect::<Vec<_>>());
    assert_eq!(tail.next_sequence(), 101);
    let path = segment_path(dir.path(), w.segment());
    drop(w);

    // Half of the next record: not there yet; then the rest of it.
    let full = {
        let other = journal(101, SEGMENT_BYTES_MIN + 704);
        let name = path.file_name().unwrap();
        fs::read(other.path().join(name)).unwrap()
    };
    fs::write(&path, &full[..full.len() - 20]).unwrap();
    assert_eq!(tail.poll(16, |_| ()).unwrap(), 0);
    fs::write(&path, &full).unwrap();
    assert_eq!(
        tail.poll(16, |r| assert_eq!(r.head.sequence, 101)).unwrap(),
        1
    );
}

#[test]
fn a_tail_names_damage_instead_of_waiting_for_ever() {
    let dir = journal(10, 1 << 16);
    let path = segment_path(dir.path(), 1);
    let mut bytes = fs::read(&path).unwrap();
    bytes[HEADER_BYTES + 50] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let mut tail = JournalTail::open(dir.path()).unwrap();
    assert!(matches!(
        tail.poll(100, |_| ()),
        Err(JournalError::Damage { sequence: 1, .. })
    ));
}

#[test]
fn only_output_records_enter_the_digest() {
    let mut head = RecordHead::new(2);
    let payload = TimerFired::empty();
    head.direction = Direction::Input.code();
    assert_eq!(crate::digest::output_bytes(&head, payload.words()), None);
    head.direction = Direction::Output.code();
    let bytes = crate::digest::output_bytes(&head, payload.words()).unwrap();
    assert_eq!(bytes.len(), 56);
    head.time += 1;
    assert_ne!(
        crate::digest::output_bytes(&head, payload.words()).unwrap(),
        bytes
    );
}

/// Reads whatever is there; an error is fine, a panic is not. Records that come must be those that were written.
fn read_hostile(dir: &Path) -> bool {
    let clean = read_all(dir).is_ok_and(|(s, t)| s.len() == 30 && t == Tail::Clean);
    if let Ok(mut tail) = JournalTail::open(dir) {
        for _ in 0..100 {
            if !matches!(tail.poll(64, |_| ()), Ok(n) if n > 0) {
                break;
            }
        }
    }
    clean
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_never_passes_and_never_panics(segment in 1_u32..=2, at in 0_usize..1 << 20, bit in 0_u8..8) {
        let dir = journal(30, SEGMENT_BYTES_MIN + 1504);
        let path = segment_path(dir.path(), segment);
        let mut bytes = fs::read(&path).unwrap();
        // The padding of the header is not read.
        let used = 88 + bytes.len() - HEADER_BYTES;
        let at = at % used;
        let at = if at < 88 { at } else { at - 88 + HEADER_BYTES };
        let zero_tail = bytes[at..].iter().all(|b| *b == 0);
        bytes[at] ^= 1 << bit;
        fs::write(&path, &bytes).unwrap();
        prop_assert!(!read_hostile(dir.path()) || zero_tail);
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), keep_header: bool, table: bool) {
        let dir = journal(30, 1 << 16);
        let path = segment_path(dir.path(), 1);
        let mut file = fs::read(&path).unwrap();
        file.truncate(if keep_header { HEADER_BYTES } else { 0 });
        file.extend_from_slice(&bytes);
        fs::write(&path, &file).unwrap();
        if table {
            fs::write(dir.path().join("instruments.bin"), &bytes).unwrap();
        }
        prop_assert!(!read_hostile(dir.path()));
    }
}
