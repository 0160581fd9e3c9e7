//! The layout of everything, hashed: both ends of a link compare the hash exactly.

use crate::message::{Layout, Message};
use crate::{control, market, parent, record, report, slice};

/// Version of the byte layout. 0 changes only in a reviewed diff; 1 will be frozen.
pub const ABI_VERSION: u16 = 0;

/// Every message, by type number.
pub const MESSAGES: &[Layout] = &[
    market::Quote::LAYOUT,
    market::Trade::LAYOUT,
    market::TradeCancel::LAYOUT,
    market::TradeCorrect::LAYOUT,
    market::OfficialPrice::LAYOUT,
    market::AuctionIndicative::LAYOUT,
    market::Status::LAYOUT,
    market::PriceBands::LAYOUT,
    market::ShortSaleRestriction::LAYOUT,
    market::Depth::LAYOUT,
    market::FeedHeartbeat::LAYOUT,
    parent::ParentNew::LAYOUT,
    parent::ParentAmend::LAYOUT,
    parent::ParentCancel::LAYOUT,
    parent::ParentPause::LAYOUT,
    parent::ParentResume::LAYOUT,
    parent::ParentComplete::LAYOUT,
    parent::ParentUpdate::LAYOUT,
    slice::SliceNew::LAYOUT,
    slice::SliceReplace::LAYOUT,
    slice::SliceCancel::LAYOUT,
    report::ExecutionReport::LAYOUT,
    control::Kill::LAYOUT,
    control::PauseScope::LAYOUT,
    control::Limits::LAYOUT,
    control::Heartbeat::LAYOUT,
    control::Signal::LAYOUT,
    control::Shutdown::LAYOUT,
    control::ReleaseParent::LAYOUT,
    control::RestoreLink::LAYOUT,
    record::TimerFired::LAYOUT,
    record::Continue::LAYOUT,
    record::Link::LAYOUT,
    record::RunStarted::LAYOUT,
    record::RunEnded::LAYOUT,
    record::ClockOffset::LAYOUT,
];

/// Records that stand inside messages, journals and market files.
pub const PARTS: &[Layout] = &[
    crate::message::Header::LAYOUT,
    parent::Parameter::LAYOUT,
    parent::Terms::LAYOUT,
    crate::instrument::TickBand::LAYOUT,
    crate::instrument::Session::LAYOUT,
    crate::auction::Auction::LAYOUT,
    crate::instrument::Instrument::LAYOUT,
    record::RecordHead::LAYOUT,
];

/// FNV-1a over names, numbers, types, offsets and sizes of every message, part and code.
pub const LAYOUT_HASH: u64 = hash(MESSAGES, PARTS, ABI_VERSION);

const fn hash(messages: &[Layout], parts: &[Layout], version: u16) -> u64 {
    let mut h = Fnv::START.layouts(messages);
    h = h.codes(crate::codes::CODE_TABLE);
    h = h.codes(crate::reason::CODE_TABLE);
    h = h.codes(parent::CODE_TABLE);
    h = h.codes(record::CODE_TABLE);
    let mut r = 0;
    while r < crate::reason::Reason::ALL.len() {
        h = h.text(crate::reason::Reason::ALL[r].name());
        h = h.number(crate::reason::Reason::ALL[r].code() as u64);
        r += 1;
    }
    h.layouts(parts).number(version as u64).0
}

#[derive(Clone, Copy)]
struct Fnv(u64);

impl Fnv {
    const START: Fnv = Fnv(0xcbf2_9ce4_8422_2325);

    const fn byte(self, b: u8) -> Fnv {
        Fnv((self.0 ^ b as u64).wrapping_mul(0x0000_0100_0000_01b3))
    }
    const fn number(mut self, n: u64) -> Fnv {
        let bytes = n.to_le_bytes();
        let mut i = 0;
        while i < 8 {
            self = self.byte(bytes[i]);
            i += 1;
        }
        self
    }
    const fn text(mut self, s: &str) -> Fnv {
        let bytes = s.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            // Layout must not depend on how the compiler prints types: blanks are left out.
            if bytes[i] != b' ' {
                self = self.byte(bytes[i]);
            }
            i += 1;
        }
        self.byte(0)
    }
    const fn layouts(mut self, layouts: &[Layout]) -> Fnv {
        let mut i = 0;
        while i < layouts.len() {
            self = self.message(&layouts[i]);
            i += 1;
        }
        self
    }
    const fn message(mut self, m: &Layout) -> Fnv {
        self = self
            .text(m.name)
            .number(m.kind as u64)
            .number(m.size as u64);
        let mut i = 0;
        while i < m.fields.len() {
            let f = &m.fields[i];
            self = self
                .text(f.name)
                .text(f.kind)
                .number(f.offset as u64)
                .number(f.size as u64);
            i += 1;
        }
        self
    }
    const fn codes(mut self, table: &[(&str, &[(&str, u64)])]) -> Fnv {
        let mut i = 0;
        while i < table.len() {
            self = self.text(table[i].0);
            let mut j = 0;
            while j < table[i].1.len() {
                self = self.text(table[i].1[j].0).number(table[i].1[j].1);
                j += 1;
            }
            i += 1;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Field;

    const FIELD: Field = Field {
        name: "qty",
        kind: "u64",
        about: "Quantity.",
        offset: 8,
        size: 8,
    };
    const LAYOUT: Layout = Layout {
        name: "Sample",
        about: "A sample.",
        kind: 1,
        size: 16,
        align: 8,
        fields: &[FIELD],
    };

    /// Hash of a layout with other fields.
    fn of(fields: &'static [Field], layout: Layout) -> u64 {
        Fnv::START.message(&Layout { fields, ..layout }).0
    }

    #[test]
    fn the_hash_at_run_time_is_that_of_the_compiler_and_covers_messages_parts_and_version() {
        assert_eq!(hash(MESSAGES, PARTS, ABI_VERSION), LAYOUT_HASH);
        assert_ne!(hash(&MESSAGES[1..], PARTS, ABI_VERSION), LAYOUT_HASH);
        assert_ne!(hash(MESSAGES, &PARTS[1..], ABI_VERSION), LAYOUT_HASH);
        assert_ne!(hash(MESSAGES, PARTS, ABI_VERSION + 1), LAYOUT_HASH);
    }

    #[test]
    fn any_change_of_a_field_changes_the_hash_and_a_change_of_words_does_not() {
        let plain = of(&[FIELD], LAYOUT);
        assert_ne!(
            of(
                &[Field {
                    name: "qtx",
                    ..FIELD
                }],
                LAYOUT
            ),
            plain
        );
        assert_ne!(
            of(
                &[Field {
                    kind: "i64",
                    ..FIELD
                }],
                LAYOUT
            ),
            plain
        );
        assert_ne!(
            of(
                &[Field {
                    offset: 16,
                    ..FIELD
                }],
                LAYOUT
            ),
            plain
        );
        assert_ne!(of(&[Field { size: 4, ..FIELD }], LAYOUT), plain);
        assert_ne!(
            of(
                &[FIELD],
                Layout {
                    name: "Other",
                    ..LAYOUT
                }
            ),
            plain
        );
        assert_ne!(of(&[FIELD], Layout { kind: 2, ..LAYOUT }), plain);
        assert_ne!(of(&[FIELD], Layout { size: 24, ..LAYOUT }), plain);
        assert_eq!(
            of(
                &[Field {
                    about: "Else.",
                    kind: "u 64",
                    ..FIELD
                }],
                LAYOUT
            ),
            plain
        );
    }

    #[test]
    fn a_changed_code_changes_the_hash() {
        let of = |table: &[(&str, &[(&str, u64)])]| Fnv::START.codes(table).0;
        let plain = of(&[("Side", &[("Buy", 1)])]);
        assert_ne!(of(&[("Side", &[("Buy", 2)])]), plain);
        assert_ne!(of(&[("Side", &[("Bye", 1)])]), plain);
        assert_ne!(of(&[("Sides", &[("Buy", 1)])]), plain);
    }
}
