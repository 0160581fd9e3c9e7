//! What a digest of a run covers: the output records, byte for byte.

use shm_wire::record::{Direction, RecordHead};

/// Hands the canonical bytes of an output record to `sink`: head and payload words, little-endian. Other records: nothing.
///
/// Callers feed a hash with it: `for_output(&head, payload, |bytes| sha.update(bytes))`.
pub fn for_output(head: &RecordHead, payload: &[u64], mut sink: impl FnMut(&[u8])) {
    if head.direction == Direction::Output.code() {
        sink(bytemuck::cast_slice(&head.words()));
        sink(bytemuck::cast_slice(payload));
    }
}

/// The canonical bytes of an output record; `None` for any other.
#[must_use]
pub fn output_bytes(head: &RecordHead, payload: &[u64]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for_output(head, payload, |part| bytes.extend_from_slice(part));
    (!bytes.is_empty()).then_some(bytes)
}
