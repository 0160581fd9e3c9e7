//! Golden bytes: one filled instance of every message, as a peer in another language must write it.

use crate::checked_in;
use crate::examples;
use shm_wire::layout::MESSAGES;
use shm_wire::message::{CELL_WORDS, Header};
use std::fmt::Write;

fn hex(words: &[u64]) -> String {
    let mut text = String::new();
    for word in words {
        for byte in word.to_le_bytes() {
            write!(text, "{byte:02x}").unwrap();
        }
        text.push(' ');
    }
    text.trim_end().to_owned()
}

#[test]
fn an_instance_of_every_message_has_the_bytes_of_abi_0() {
    let mut text = String::from(
        "# One filled instance of each message (values in tests/abi/examples.rs): bytes in hex, a blank after each word.\n",
    );
    for example in examples::all() {
        writeln!(text, "{} {}", example.name, hex(&example.words)).unwrap();
    }
    checked_in::check("golden.txt", &text);
}

#[test]
fn there_is_an_instance_of_every_message_and_it_decodes_to_itself() {
    let messages: Vec<_> = examples::all()
        .into_iter()
        .filter(|e| e.kind != 0)
        .collect();
    assert_eq!(messages.len(), MESSAGES.len());
    for (layout, example) in MESSAGES.iter().zip(&messages) {
        assert_eq!((layout.name, layout.kind), (example.name, example.kind));
        let header = Header::of_word(example.words[0]);
        assert_eq!(header.words(), Some(example.words.len()), "{}", layout.name);
        assert_eq!(
            usize::from(header.cells),
            example.words.len().div_ceil(CELL_WORDS)
        );
        assert!(example.decodes, "{} comes back equal", layout.name);
    }
}

#[test]
fn every_field_of_every_instance_is_set_so_that_the_bytes_show_where_it_stands() {
    for (layout, example) in MESSAGES.iter().zip(examples::all()) {
        let bytes: Vec<u8> = example.words.iter().flat_map(|w| w.to_le_bytes()).collect();
        for f in layout
            .fields
            .iter()
            .filter(|f| !f.about.trim().starts_with("Zero."))
        {
            assert!(
                bytes[f.offset..f.offset + f.size].iter().any(|b| *b != 0),
                "{}.{} is zero",
                layout.name,
                f.name
            );
        }
    }
}
