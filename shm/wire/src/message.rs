//! What every message has in common: the header word, and the macro that defines a message together with the table that
//! tests, documents and hashes its layout.

use bytemuck::Pod;

/// Payload words of one ring cell: 64 bytes less the sequence word.
pub const CELL_WORDS: usize = 7;
/// Most cells of one message.
pub const MESSAGE_CELLS_MAX: usize = 8;
/// Most words of one message, header included.
pub const MESSAGE_WORDS_MAX: usize = CELL_WORDS * MESSAGE_CELLS_MAX;

part! {
    derive(Default);
    /// First word of every message: `type u16, length u16, cells u8, flags u8, reserved u16`.
    Header {
        /// Message type, unique over all rings.
        kind: u16,
        /// Bytes in use, this word included.
        length: u16,
        /// Ring cells taken: 1 to 8.
        cells: u8,
        /// Bits of the type's own; zero where it defines none.
        flags: u8,
        /// Zero.
        reserved: u16,
    }
}

impl Header {
    /// Header of a message of `words` words.
    #[must_use]
    pub const fn new(kind: u16, words: usize) -> Header {
        assert!(
            words >= 1 && words <= MESSAGE_WORDS_MAX,
            "a message takes 1 to 8 cells"
        );
        Header {
            kind,
            length: (words * 8) as u16,
            cells: words.div_ceil(CELL_WORDS) as u8,
            flags: 0,
            reserved: 0,
        }
    }
    /// The header as the first word of a message.
    #[inline]
    #[must_use]
    pub const fn word(self) -> u64 {
        self.kind as u64
            | (self.length as u64) << 16
            | (self.cells as u64) << 32
            | (self.flags as u64) << 40
            | (self.reserved as u64) << 48
    }
    /// The header in a first word.
    #[inline]
    #[must_use]
    pub const fn of_word(word: u64) -> Header {
        Header {
            kind: word as u16,
            length: (word >> 16) as u16,
            cells: (word >> 32) as u8,
            flags: (word >> 40) as u8,
            reserved: (word >> 48) as u16,
        }
    }
    /// Words in use, when length and cells agree with each other.
    #[inline]
    #[must_use]
    pub const fn words(self) -> Option<usize> {
        let words = self.length as usize / 8;
        if !self.length.is_multiple_of(8)
            || words == 0
            || words > MESSAGE_WORDS_MAX
            || words.div_ceil(CELL_WORDS) != self.cells as usize
        {
            return None;
        }
        Some(words)
    }
}

/// One field of a message, for the table test, the layout hash and the generated pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Name.
    pub name: &'static str,
    /// Type as written.
    pub kind: &'static str,
    /// What it means, as documented.
    pub about: &'static str,
    /// Byte offset from the start of the message.
    pub offset: usize,
    /// Bytes.
    pub size: usize,
}

/// A message's name, type number, size and fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Name.
    pub name: &'static str,
    /// What it is for, as documented.
    pub about: &'static str,
    /// Type number; 0 for a record that stands inside messages or files.
    pub kind: u16,
    /// Bytes in all.
    pub size: usize,
    /// Alignment in bytes.
    pub align: usize,
    /// Fields in order.
    pub fields: &'static [Field],
}

/// One value of a code, for the generated pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeValue {
    /// Name in Rust.
    pub name: &'static str,
    /// Number on the wire.
    pub code: u64,
    /// Name that people read and write.
    pub text: &'static str,
    /// What it means, as documented.
    pub about: &'static str,
}

/// A code and its values, for the generated pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodePage {
    /// Name.
    pub name: &'static str,
    /// What it is for, as documented.
    pub about: &'static str,
    /// Bytes on the wire.
    pub bytes: usize,
    /// Values, by number.
    pub values: &'static [CodeValue],
}

/// Why bytes are not a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecodeError {
    /// Length and cell count in the header do not agree, or are out of range.
    Header {
        /// The header word.
        word: u64,
    },
    /// No message has this type, or not on this ring.
    UnknownKind {
        /// The type.
        kind: u16,
    },
    /// The message is shorter or longer than its type.
    Length {
        /// The type.
        kind: u16,
        /// Words expected.
        expected: usize,
        /// Words found.
        found: usize,
    },
    /// A field holds a value its rule forbids.
    Field {
        /// The type.
        kind: u16,
        /// The field's name.
        field: &'static str,
        /// What was found.
        value: u64,
        /// The rule.
        rule: &'static str,
    },
}

impl core::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::Header { word } => {
                write!(f, "header {word:#018x}: length and cells do not agree")
            }
            Self::UnknownKind { kind } => write!(f, "type {kind:#06x}: not a message of this ring"),
            Self::Length {
                kind,
                expected,
                found,
            } => {
                write!(f, "type {kind:#06x}: {found} words, expected {expected}")
            }
            Self::Field {
                kind,
                field,
                value,
                rule,
            } => {
                write!(f, "type {kind:#06x}: field {field} is {value:#x}: {rule}")
            }
        }
    }
}

/// A fixed-layout message: plain integers, no padding, a multiple of eight bytes.
pub trait Message: Pod {
    /// Type number.
    const KIND: u16;
    /// Words in all.
    const WORDS: usize;
    /// Layout for tests, hash and documents.
    const LAYOUT: Layout;

    /// The message as words, header first.
    #[inline]
    fn words(&self) -> &[u64] {
        bytemuck::cast_slice(core::slice::from_ref(self))
    }

    /// The message in `words`, copied.
    ///
    /// # Errors
    /// [`DecodeError`] when type or length differ.
    #[inline]
    fn from_words(words: &[u64]) -> Result<Self, DecodeError> {
        let Some(&first) = words.first() else {
            return Err(DecodeError::Header { word: 0 });
        };
        let kind = Header::of_word(first).kind;
        if kind != Self::KIND {
            return Err(DecodeError::UnknownKind { kind });
        }
        if words.len() != Self::WORDS {
            return Err(DecodeError::Length {
                kind,
                expected: Self::WORDS,
                found: words.len(),
            });
        }
        Ok(bytemuck::pod_read_unaligned(bytemuck::cast_slice(words)))
    }
}
