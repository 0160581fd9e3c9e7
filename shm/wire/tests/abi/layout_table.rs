//! Size, alignment and offset of every field of every message, every code and reason, against `layout.txt`.

use crate::checked_in;
use shm_wire::layout::{ABI_VERSION, LAYOUT_HASH, MESSAGES, PARTS};
use shm_wire::message::{CodePage, Layout, MESSAGE_WORDS_MAX};
use shm_wire::reason::Reason;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Every code of the ABI.
pub(crate) fn codes() -> Vec<&'static CodePage> {
    [
        shm_wire::codes::CODE_PAGES,
        shm_wire::reason::CODE_PAGES,
        shm_wire::parent::CODE_PAGES,
        shm_wire::record::CODE_PAGES,
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn fields(text: &mut String, layout: &Layout) {
    for f in layout.fields {
        writeln!(text, "  {} {} {} {}", f.offset, f.size, f.name, f.kind).unwrap();
    }
}

fn table() -> String {
    let mut text = String::new();
    writeln!(
        text,
        "# offset, bytes, name and type of every field; see docs/wire.md"
    )
    .unwrap();
    writeln!(text, "abi {ABI_VERSION}\nhash {LAYOUT_HASH:#018x}").unwrap();
    for m in MESSAGES {
        writeln!(
            text,
            "message {:#06x} {} size {} align {}",
            m.kind, m.name, m.size, m.align
        )
        .unwrap();
        writeln!(text, "  0 8 header Header").unwrap();
        fields(&mut text, m);
    }
    for p in PARTS {
        writeln!(text, "part {} size {} align {}", p.name, p.size, p.align).unwrap();
        fields(&mut text, p);
    }
    for c in codes() {
        writeln!(text, "code {} bytes {}", c.name, c.bytes).unwrap();
        for v in c.values {
            writeln!(text, "  {} {} {}", v.code, v.name, v.text).unwrap();
        }
    }
    writeln!(text, "reasons").unwrap();
    for r in Reason::ALL {
        writeln!(text, "  {} {} {:?}", r.code(), r.name(), r.operands()).unwrap();
    }
    text
}

#[test]
fn sizes_alignments_offsets_codes_and_hash_are_those_of_abi_0() {
    assert_eq!(ABI_VERSION, 0);
    checked_in::check("layout.txt", &table());
}

#[test]
fn no_message_or_part_has_a_hole() {
    for m in MESSAGES.iter().chain(PARTS) {
        let mut end = if m.kind == 0 { 0 } else { 8 };
        for f in m.fields {
            assert_eq!(f.offset, end, "{}.{} follows its neighbour", m.name, f.name);
            end += f.size;
        }
        assert_eq!(m.size, end, "{} ends with its last field", m.name);
        assert_eq!(m.size % 8, 0, "{} is whole words", m.name);
        assert!(
            m.size / 8 <= MESSAGE_WORDS_MAX || m.kind == 0,
            "{} fits 8 cells",
            m.name
        );
    }
}

#[test]
fn integers_lie_on_their_own_alignment_so_that_c_and_java_need_no_packing() {
    for m in MESSAGES.iter().chain(PARTS) {
        for f in m.fields {
            let align = match f.kind.trim_start_matches('[').split(';').next().unwrap() {
                "u8" => 1,
                "u16" => 2,
                "u32" => 4,
                _ => 8,
            };
            assert_eq!(f.offset % align, 0, "{}.{}", m.name, f.name);
        }
    }
}

#[test]
fn type_numbers_and_names_are_unique() {
    let mut numbers = BTreeMap::new();
    let mut names = BTreeMap::new();
    for m in MESSAGES.iter().chain(PARTS) {
        if m.kind != 0 {
            assert_eq!(
                numbers.insert(m.kind, m.name),
                None,
                "{:#06x} {}",
                m.kind,
                m.name
            );
        }
        assert_eq!(names.insert(m.name, ()), None, "{}", m.name);
    }
    assert!(!numbers.contains_key(&shm_wire::record::RECORD_KIND));
    assert!(numbers.keys().is_sorted() && numbers.len() == MESSAGES.len());
}

#[test]
fn every_field_code_and_value_says_what_it_means() {
    for m in MESSAGES.iter().chain(PARTS) {
        assert!(!m.about.trim().is_empty(), "{}", m.name);
        for f in m.fields {
            assert!(!f.about.trim().is_empty(), "{}.{}", m.name, f.name);
        }
    }
    for c in codes() {
        for v in c.values {
            assert!(!v.about.trim().is_empty(), "{}::{}", c.name, v.name);
        }
    }
}
