//! Pages of words and counters in mapped files.
#![cfg(not(any(miri, loom)))]

mod support;

use shm_ring::{AttachError, CountersPage, CountersReader, Opened, WordsFile, WordsReader};
use support::{directory, write_at};

const NAMES: [&str; 2] = ["kill", "reason"];

#[test]
fn anybody_allowed_may_set_the_kill_word_and_all_see_it() {
    let directory = directory();
    let path = directory.path().join("kill.words");
    let engine = WordsFile::create(&path, &NAMES).unwrap();
    let operator = WordsFile::open(&path, &NAMES).unwrap();
    let watcher = WordsReader::open(&path, &NAMES).unwrap();
    assert_eq!(operator.fetch_or(0, 0b01), 0);
    assert_eq!(operator.fetch_or(0, 0b10), 0b01);
    operator.store(1, 7);
    assert_eq!((engine.load(0), engine.load(1)), (0b11, 7));
    assert_eq!(engine.fetch_clear(0, 0b01), 0b11);
    assert_eq!((watcher.load(0), watcher.load(1)), (0b10, 7));
    engine.remove().unwrap();
    assert!(!path.exists());
}

#[test]
fn other_names_do_not_attach() {
    let directory = directory();
    let path = directory.path().join("kill.words");
    let _page = WordsFile::create(&path, &NAMES).unwrap();
    for names in [
        &["kill"][..],
        &["reason", "kill"],
        &["kill", "reasons"],
        &["killr", "eason"],
    ] {
        let error = WordsFile::open(&path, names).unwrap_err();
        assert_eq!(error.code(), "HEADER_FIELD", "{names:?}: {error}");
    }
    let long = "x".repeat(49);
    for names in [&[][..], &[""], &["a b"], &["ä"], &[long.as_str()]] {
        let error = WordsFile::create(&directory.path().join("new"), names).unwrap_err();
        assert_eq!(error.code(), "SPEC", "{names:?}: {error}");
    }
}

#[test]
fn a_page_whose_owner_is_gone_is_adopted_with_its_values() {
    let directory = directory();
    let path = directory.path().join("clock.words");
    let (page, opened) = WordsFile::adopt_or_create(&path, &NAMES).unwrap();
    assert_eq!(opened, Opened::Created);
    page.store(1, 42);
    let busy = WordsFile::adopt_or_create(&path, &NAMES).unwrap_err();
    assert_eq!(busy.code(), "LINK_BUSY");
    drop(page);
    let (page, opened) = WordsFile::adopt_or_create(&path, &NAMES).unwrap();
    assert_eq!(
        (opened, page.load(1), page.segment().epoch()),
        (Opened::Adopted, 42, 2)
    );
}

#[test]
fn a_reader_lists_every_registered_counter_with_its_value() {
    let directory = directory();
    let path = directory.path().join("engine.counters");
    let page = CountersPage::create(&path, 3).unwrap();
    let reader = CountersReader::attach(&path).unwrap();
    assert_eq!(reader.list(), []);
    let inputs = page.register("inputs").unwrap();
    let depth = page.register("journal_depth_cells_max").unwrap();
    inputs.add(2);
    inputs.add(3);
    depth.raise_to(9);
    depth.raise_to(4);
    let expected = [
        ("inputs".to_owned(), 5),
        ("journal_depth_cells_max".to_owned(), 9),
    ];
    assert_eq!(reader.list(), expected);
    assert_eq!(
        (reader.get("inputs"), reader.get("outputs")),
        (Some(5), None)
    );
    let counting = std::thread::spawn(move || {
        inputs.set(100);
        inputs.get()
    });
    assert_eq!(counting.join().unwrap(), 100);
    assert_eq!(reader.get("inputs"), Some(100));
}

#[test]
fn a_label_is_used_once_and_a_page_has_room_for_its_capacity() {
    let directory = directory();
    let path = directory.path().join("engine.counters");
    let page = CountersPage::create(&path, 2).unwrap();
    let spec = |error: AttachError, expected| match error {
        AttachError::Spec { field, .. } => assert_eq!(field, expected),
        other => panic!("{other}"),
    };
    page.register("a").unwrap();
    spec(page.register("a").unwrap_err(), "label");
    spec(page.register("two words").unwrap_err(), "label");
    page.register("b").unwrap();
    for _ in 0..3 {
        spec(page.register("c").unwrap_err(), "counters");
    }
    spec(
        CountersPage::create(&directory.path().join("x"), 0).unwrap_err(),
        "capacity",
    );
    spec(
        CountersPage::create(&directory.path().join("x"), 5000).unwrap_err(),
        "capacity",
    );
}

#[test]
fn a_dead_owners_counters_are_replaced_and_a_living_ones_are_not() {
    let directory = directory();
    let path = directory.path().join("engine.counters");
    let page = CountersPage::replace_or_create(&path, 2).unwrap();
    page.register("a").unwrap().set(5);
    let busy = CountersPage::replace_or_create(&path, 2).unwrap_err();
    assert_eq!(busy.code(), "LINK_BUSY");
    drop(page);
    let page = CountersPage::replace_or_create(&path, 4).unwrap();
    let reader = CountersReader::attach(&path).unwrap();
    assert_eq!(reader.list(), []);
    page.remove().unwrap();
    assert!(!path.exists());
}

#[test]
fn garbage_instead_of_a_label_is_left_out_of_the_list() {
    let directory = directory();
    let path = directory.path().join("engine.counters");
    let page = CountersPage::create(&path, 4).unwrap();
    for label in ["a", "b", "c"] {
        page.register(label).unwrap();
    }
    // Cell 0: a length beyond the label; cell 1: no ASCII.
    write_at(&path, 4096 + 8, &u64::MAX.to_le_bytes());
    write_at(&path, 4096 + 64 + 16, &[0xff; 48]);
    let reader = CountersReader::attach(&path).unwrap();
    assert_eq!(reader.list(), [("c".to_owned(), 0)]);
}
