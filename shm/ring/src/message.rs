//! How a message is laid into cells.
//!
//! ```text
//! cell      word 0: sequence = position + 1      words 1..8: payload (7 words, 56 bytes)
//! message   1..=8 cells = 1..=56 payload words; its first payload word is the header word
//!
//! header    bits  0..16  type          u16
//! word      bits 16..32  length        u16   payload bytes in use with this word, a multiple of 8
//!           bits 32..40  cells         u8    = ceil(length / 56)
//!           bits 40..48  flags         u8
//!           bits 48..64  reserved      u16
//! ```
//!
//! The ring checks `length` and `cells`. Type, flags and the reserved bits belong to the wire
//! crate.

/// Payload words in one cell.
pub const CELL_WORDS: usize = 7;
/// The most cells a message may take.
pub const MESSAGE_CELLS_MAX: usize = 8;
/// The most payload words a message may have, header word included: 56 (448 bytes).
pub const MESSAGE_WORDS_MAX: usize = CELL_WORDS * MESSAGE_CELLS_MAX;

/// Cells that a message of `words` payload words takes: `ceil(words / 7)`.
#[must_use]
#[inline]
pub const fn cells_for(words: usize) -> usize {
    words.div_ceil(CELL_WORDS)
}

/// Header word of a message of type `kind` with `words` payload words, this one included; flags and
/// reserved are zero.
///
/// # Panics
///
/// If `words` is not in `1..=56`. In a constant this is a compile error.
#[must_use]
#[inline]
pub const fn header_word(kind: u16, words: usize) -> u64 {
    assert!(
        words >= 1 && words <= MESSAGE_WORDS_MAX,
        "a message has 1..=56 words"
    );
    kind as u64 | shape_bits(words)
}

/// Bits 16..40 (length and cells) of the header word of a message with `words` words; `words` in
/// `1..=56`.
#[inline]
pub(crate) const fn shape_bits(words: usize) -> u64 {
    (words as u64 * 8) << 16 | (cells_for(words) as u64) << 32
}

/// The bits that [`shape_bits`] sets.
pub(crate) const SHAPE_MASK: u64 = 0x0000_00ff_ffff_0000;

/// Type field of a header word.
#[must_use]
#[inline]
pub const fn header_kind(header: u64) -> u16 {
    (header & 0xffff) as u16
}

/// Length field of a header word: payload bytes in use, the header word included.
#[must_use]
#[inline]
pub const fn header_length(header: u64) -> u16 {
    (header >> 16 & 0xffff) as u16
}

/// Cells field of a header word.
#[must_use]
#[inline]
pub const fn header_cells(header: u64) -> u8 {
    (header >> 32 & 0xff) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_word_packs_type_length_and_cells_at_the_documented_bits() {
        for (kind, words, expected) in [
            (1, 1, 0x0000_0001_0008_0001),
            (0xffff, 7, 0x0000_0001_0038_ffff),
            (2, 8, 0x0000_0002_0040_0002),
            (3, 56, 0x0000_0008_01c0_0003),
        ] {
            let header = header_word(kind, words);
            assert_eq!(header, expected, "kind {kind} words {words}");
            assert_eq!(header_kind(header), kind);
            assert_eq!(usize::from(header_length(header)), words * 8);
            assert_eq!(usize::from(header_cells(header)), cells_for(words));
            assert_eq!(header & SHAPE_MASK, shape_bits(words));
        }
    }

    #[test]
    #[should_panic(expected = "1..=56 words")]
    fn a_message_of_57_words_has_no_header_word() {
        let _ = header_word(1, 57);
    }
}
