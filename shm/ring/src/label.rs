//! Labels of words and counters: up to 48 printable ASCII bytes in the cell of the value they name.
//!
//! ```text
//! word 0      value
//! word 1      label length in bytes, 0 = no label yet
//! words 2..8  label, zero padded
//! ```

use core::sync::atomic::Ordering;

use crate::cell::Cell;
use crate::error::AttachError;

/// The most bytes of a label.
pub(crate) const LABEL_BYTES_MAX: usize = 48;

/// Refuses what cannot be a label.
pub(crate) fn check(label: &str) -> Result<(), AttachError> {
    let found = label.len() as u64;
    if label.is_empty() || label.len() > LABEL_BYTES_MAX {
        return Err(AttachError::Spec {
            field: "label",
            rule: "1..=48 bytes",
            found,
        });
    }
    match label.bytes().find(|byte| !byte.is_ascii_graphic()) {
        None => Ok(()),
        Some(byte) => Err(AttachError::Spec {
            field: "label",
            rule: "printable ASCII without spaces",
            found: u64::from(byte),
        }),
    }
}

/// Names a cell. The label was checked.
pub(crate) fn write(cell: &Cell, label: &str) {
    let [length, words @ ..] = cell.rest();
    for (word, chunk) in words.iter().zip(label.as_bytes().chunks(8)) {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        word.store(u64::from_le_bytes(bytes), Ordering::Relaxed);
    }
    // Release: pairs with the Acquire in `read`.
    length.store(label.len() as u64, Ordering::Release);
}

/// The label of a cell, `None` if it has none or holds what cannot be one.
pub(crate) fn read(cell: &Cell) -> Option<String> {
    let [length, words @ ..] = cell.rest();
    // Acquire: pairs with the Release in `write`.
    let length = usize::try_from(length.load(Ordering::Acquire)).ok()?;
    let bytes: Vec<u8> = words
        .iter()
        .flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes())
        .collect();
    let label = String::from_utf8(bytes.get(..length)?.to_vec()).ok()?;
    check(&label).ok()?;
    Some(label)
}
