//! A journal of hand-made records, and a small HTTP client.

use serde_json::Value;
use shm_journal::{JournalMeta, JournalWriter};
use shm_wire::codes::{AlgorithmCode, OrderType, ParentState, ReportKind, RingKind, Side};
use shm_wire::instrument::{Instrument, text_field};
use shm_wire::market::Quote;
use shm_wire::message::Message;
use shm_wire::parent::{ParentNew, ParentUpdate, UpdateKind};
use shm_wire::reason::Reason;
use shm_wire::record::{Direction, RecordHead, RunEnded, RunStarted};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::SliceNew;
use shm_wire::units::Price;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

pub(crate) const T0: u64 = 1_340_285_400_000_000_000;
pub(crate) const S: u64 = 1_000_000_000;

/// Writes records one after another.
pub(crate) struct Journal {
    writer: JournalWriter,
    time: u64,
}

impl Journal {
    pub(crate) fn create(dir: &Path, run: u64) -> Journal {
        let instruments = [
            Instrument::equity(0, "AAPL", 1).unwrap(),
            Instrument::equity(1, "GOOG", 1).unwrap(),
        ];
        let meta = JournalMeta {
            run,
            seed: 3,
            shard: 0,
            instruments: &instruments,
        };
        let writer = JournalWriter::create_with(dir, &meta, 1 << 16).unwrap();
        let mut journal = Journal { writer, time: T0 };
        let mut m = RunStarted::empty();
        (m.run, m.seed) = (run, 3);
        journal.push(Direction::Run, RingKind::Internal, &m);
        journal
    }
    pub(crate) fn push(&mut self, direction: Direction, ring: RingKind, m: &impl Message) {
        let mut head = RecordHead::new(m.words().len());
        head.sequence = self.writer.next_sequence();
        self.time += S;
        head.time = self.time;
        head.direction = direction.code();
        head.ring = ring.code();
        let mut words = head.words().to_vec();
        words.extend_from_slice(m.words());
        self.writer.append(&words).unwrap();
        self.writer.flush().unwrap();
    }
    pub(crate) fn quote(&mut self) {
        let mut m = Quote::empty();
        (m.bid_price, m.ask_price) = (580 * Price::SCALE, 581 * Price::SCALE);
        (m.bid_qty, m.ask_qty) = (100, 100);
        self.push(Direction::Input, RingKind::Market, &m);
    }
    pub(crate) fn order(&mut self, id: u64, name: &str, instrument: u32) {
        let mut m = ParentNew::empty();
        (m.source, m.parent_id, m.version) = (2, id, 1);
        m.terms.client_order_id = text_field(name).unwrap();
        m.terms.instrument = instrument;
        m.terms.side = Side::Buy.code();
        m.terms.algorithm = AlgorithmCode::Twap.code();
        m.terms.quantity = 1_000;
        m.terms.limit = Price::NONE.0;
        m.terms.decision_price = Price::NONE.0;
        self.push(Direction::Input, RingKind::Orders, &m);
    }
    pub(crate) fn update(
        &mut self,
        id: u64,
        event: UpdateKind,
        state: ParentState,
        reason: Reason,
    ) {
        let mut m = ParentUpdate::empty();
        (m.source, m.parent_id, m.version) = (2, id, 1);
        m.event = event.code();
        m.state = state.code();
        m.reason = reason.code();
        m.operands = [500, 400, 0];
        (m.ordered, m.target, m.filled) = (1_000, 500, 400);
        m.algorithm = AlgorithmCode::Twap.code();
        m.average_price = Price::NONE.0;
        m.arrival_price = 580 * Price::SCALE + Price::SCALE / 2;
        (m.start, m.end) = (T0, T0 + 600 * S);
        self.push(Direction::Output, RingKind::Updates, &m);
    }
    pub(crate) fn slice_and_fill(&mut self, id: u64, child: u64) {
        let mut m = SliceNew::empty();
        (m.source, m.parent_id, m.child_id, m.version) = (2, id, child, 1);
        m.qty = 400;
        m.price = 581 * Price::SCALE;
        m.order_type = OrderType::Limit.code();
        m.reason = Reason::SliceDue.code();
        self.push(Direction::Output, RingKind::Slices, &m);
        let mut m = ExecutionReport::empty();
        m.child_id = child;
        m.kind = ReportKind::Fill.code();
        (m.last_qty, m.last_price) = (400, 581 * Price::SCALE);
        m.execution_low = child;
        self.push(Direction::Input, RingKind::Reports, &m);
    }
    pub(crate) fn ended(&mut self) {
        self.push(Direction::Run, RingKind::Internal, &RunEnded::empty());
    }
}

/// Order `order-1` in AAPL with a fill and order `a/b` in GOOG, refused; market data between.
pub(crate) fn two_orders(journal: &mut Journal) {
    journal.quote();
    journal.order(1, "order-1", 0);
    journal.update(
        1,
        UpdateKind::Accepted,
        ParentState::Active,
        Reason::Accepted,
    );
    journal.slice_and_fill(1, u64::MAX - 4);
    journal.update(
        1,
        UpdateKind::Progress,
        ParentState::Active,
        Reason::WaitBand,
    );
    journal.order(2, "a/b", 1);
    journal.update(
        2,
        UpdateKind::Rejected,
        ParentState::Rejected,
        Reason::NotAccepting,
    );
    journal.quote();
}

/// Sends bytes, reads the answer: status and body.
pub(crate) fn send(address: SocketAddr, request: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let _ = stream.write_all(request);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|s| s.parse().ok())
        .unwrap_or(0);
    let body = text.split_once("\r\n\r\n").map_or("", |p| p.1).to_owned();
    (status, body)
}

pub(crate) fn get(address: SocketAddr, path: &str) -> (u16, String) {
    send(
        address,
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes(),
    )
}

pub(crate) fn post(address: SocketAddr, path: &str, body: &str) -> (u16, Value) {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, body) = send(address, request.as_bytes());
    (status, serde_json::from_str(&body).expect(&body))
}

pub(crate) fn get_json(address: SocketAddr, path: &str) -> (u16, Value) {
    let (status, body) = get(address, path);
    (status, serde_json::from_str(&body).expect(&body))
}

/// Asks again until `f` is content.
pub(crate) fn until(what: &str, mut f: impl FnMut() -> bool) {
    let start = Instant::now();
    while !f() {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
