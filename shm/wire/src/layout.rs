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
    crate::instrument::Instrument::LAYOUT,
    record::RecordHead::LAYOUT,
];

/// FNV-1a over names, numbers, types, offsets and sizes of every message, part and code.
pub const LAYOUT_HASH: u64 = {
    let mut h = Fnv::START;
    let mut m = 0;
    while m < MESSAGES.len() {
        h = h.message(&MESSAGES[m]);
        m += 1;
    }
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
    let mut p = 0;
    while p < PARTS.len() {
        h = h.message(&PARTS[p]);
        p += 1;
    }
    h.number(ABI_VERSION as u64).0
};

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
