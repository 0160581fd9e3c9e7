//! Orders in a real engine, its inputs and outputs as records, and what is said of them.

use super::*;
use engine_core::engine::{Engine, EngineConfig};
use engine_core::input::{Inbound, Input};
use engine_core::outbox::{Outbox, Output};
use engine_core::risk::RiskLimits;
use shm_wire::codes::{AlgorithmCode, ReportKind, TradingStatus};
use shm_wire::instrument::text_field;
use shm_wire::market::Status;
use shm_wire::message::Message;
use shm_wire::parent::{Parameter, ParentNew, ParentPause};
use shm_wire::record::{Direction, RecordHead, TimerFired};
use shm_wire::report::ExecutionReport;

const S: u64 = 1_000_000_000;
const T0: u64 = 1_340_285_400 * S;
const P: i64 = Price::SCALE;

struct Desk {
    engine: Engine<Registry>,
    view: LiveView,
    sequence: u64,
    now: u64,
    quotes: u32,
    out: Outbox,
}

impl Desk {
    fn new() -> Desk {
        let instruments = [Instrument::equity(0, "AAPL", 1).unwrap()];
        let config = EngineConfig {
            shard: 0,
            seed: 1,
            parents_max: 8,
            executions_max: 64,
            limits: RiskLimits::demo(),
        };
        Desk {
            engine: Engine::new(config, &instruments, Registry::default()).unwrap(),
            view: LiveView::new(&instruments),
            sequence: 0,
            now: T0,
            quotes: 0,
            out: Outbox::new(),
        }
    }

    fn record(&mut self, direction: Direction, ring: u8, words: &[u64]) {
        self.sequence += 1;
        let mut head = RecordHead::new(words.len());
        (head.sequence, head.time) = (self.sequence, self.now);
        (head.direction, head.ring) = (direction.code(), ring);
        self.view.on_record(&head, words);
    }

    fn input(&mut self, message: Inbound) {
        self.record(Direction::Input, message.ring().code(), message.words());
        let input = Input { source: 2, message };
        let mut out = std::mem::take(&mut self.out);
        self.engine.step(Nanos(self.now), &input, &mut out);
        for output in out.iter() {
            match output {
                Output::New(m) => self.record(Direction::Output, 4, m.words()),
                Output::Replace(m) => self.record(Direction::Output, 4, m.words()),
                Output::Cancel(m) => self.record(Direction::Output, 4, m.words()),
                Output::Update(m) => self.record(Direction::Output, 2, m.words()),
            }
        }
        self.out = out;
    }

    fn quote(&mut self, bid: i64, ask: i64) {
        self.quotes += 1;
        let mut q = Quote::empty();
        (q.sequence, q.time) = (self.quotes, self.now);
        (q.bid_price, q.ask_price) = (bid * P, ask * P);
        (q.bid_qty, q.ask_qty) = (500, 500);
        self.input(Inbound::Quote(q));
    }

    fn order(&mut self, id: u64, change: impl FnOnce(&mut ParentNew)) {
        let mut m = ParentNew::empty();
        (m.source, m.parent_id, m.version) = (2, id, 1);
        m.terms.client_order_id = text_field(&format!("order-{id}")).unwrap();
        m.terms.side = Side::Buy.code();
        m.terms.algorithm = AlgorithmCode::Twap.code();
        m.terms.quantity = 1_000;
        m.terms.limit = Price::NONE.0;
        m.terms.decision_price = Price::NONE.0;
        m.terms.end = T0 + 600 * S;
        change(&mut m);
        self.input(Inbound::ParentNew(m));
    }

    /// Lets time pass, timers and all.
    fn pass(&mut self, seconds: u64) {
        let until = self.now + seconds * S;
        while self.engine.next_timer().0 <= until || self.engine.needs_continue() {
            self.now = self.now.max(self.engine.next_timer().0.min(until));
            let mut m = TimerFired::empty();
            m.due = self.now;
            self.input(Inbound::TimerFired(m));
        }
        self.now = until;
    }

    fn ask(&self, id: u64) -> (Trades, String, Value) {
        let parent = self.view.named(&format!("2:{id}"))[0];
        let e = explain(&self.view, parent);
        (e.trades(), e.lines().join("\n"), e.document())
    }
}

#[test]
fn an_order_before_its_start_says_when_it_starts() {
    let mut desk = Desk::new();
    desk.quote(100, 101);
    desk.order(1, |m| m.terms.start = T0 + 60 * S);
    let (trades, text, document) = desk.ask(1);
    assert_eq!(trades, Trades::No, "{text}");
    let starts = "it does not trade now: the order starts at 2012-06-21T13:31:00Z";
    assert_eq!(document["headline"], starts);
    assert_eq!(
        document["next_look"]["time"],
        "2012-06-21T13:31:00.000000000Z"
    );
    assert_eq!(document["trades"], false);
    assert!(
        text.starts_with("order-1 (2:1): TWAP buy 1000 AAPL, SCHEDULED"),
        "{text}"
    );
}

#[test]
fn a_working_order_says_what_is_open_and_where_it_stands() {
    let mut desk = Desk::new();
    desk.quote(100, 101);
    desk.order(1, |m| {
        m.terms.limit = 102 * P;
        m.terms.parameter_count = 1;
        let cap = spec_by_name("max_pct_vol");
        m.terms.parameters[0] = Parameter {
            id: cap,
            value: 200_000,
            ..Parameter::default()
        };
        m.terms.algorithm = AlgorithmCode::Twap.code();
    });
    desk.pass(20);
    let (_, text, document) = desk.ask(1);
    assert_eq!(document["caps"]["max_pct_vol"], 0.2, "{text}");
    assert_eq!(
        document["caps"]["filled_or_open_max"], 1,
        "no volume yet: one lot"
    );
    assert!(text.contains("limit: 102.00"), "{text}");
    assert!(
        text.contains("participation cap: 20 % of the volume"),
        "{text}"
    );
    desk.order(2, |_| {});
    desk.pass(60);
    let (trades, text, document) = desk.ask(2);
    assert_eq!(trades, Trades::Yes, "{text}");
    assert!(document["schedule"]["open"].as_u64().unwrap() > 0, "{text}");
    assert!(text.contains("last message to the venue: "), "{text}");
    assert!(
        text.contains("market: 500 bid at 100.00, 500 offered at 101.00"),
        "{text}"
    );
}

fn spec_by_name(name: &str) -> u16 {
    engine_algos::registry::spec_by_name(AlgorithmCode::Twap, name)
        .unwrap()
        .id
}

#[test]
fn every_block_is_named_with_what_lifts_it() {
    let mut desk = Desk::new();
    desk.quote(100, 101);
    desk.order(1, |m| m.terms.limit = 100 * P);
    desk.pass(5);
    desk.quote(103, 104);
    let (_, text, document) = desk.ask(1);
    assert_eq!(document["blocked"][0]["name"], "OUT_OF_LIMIT", "{text}");
    let mut halt = Status::empty();
    desk.quotes += 1;
    (halt.sequence, halt.status) = (desk.quotes, TradingStatus::Halt.code());
    desk.input(Inbound::Status(halt));
    let mut pause = ParentPause::empty();
    (pause.source, pause.parent_id) = (2, 1);
    desk.input(Inbound::ParentPause(pause));
    let (trades, text, document) = desk.ask(1);
    assert_eq!(
        (trades, document["trades"].as_bool()),
        (Trades::No, Some(false))
    );
    assert!(text.contains("blocked, PAUSED: "), "{text}");
    assert!(text.contains("blocked, HALT: "), "{text}");
    for (bit, name) in Blocked::NAMES {
        assert!(!block_words(*bit).is_empty(), "{name}");
    }
}

#[test]
fn an_ended_order_says_how_and_a_refused_one_names_its_parameter() {
    let mut desk = Desk::new();
    desk.quote(100, 101);
    desk.order(1, |m| {
        m.terms.algorithm = AlgorithmCode::Sweep.code();
        m.terms.quantity = 100;
    });
    desk.pass(1);
    let child = desk.view.named("2:1")[0].slices.back().unwrap().child_id;
    let mut fill = ExecutionReport::empty();
    (fill.sequence, fill.child_id, fill.version) = (1, child, 1);
    fill.kind = ReportKind::Fill.code();
    (fill.last_qty, fill.cumulative_qty, fill.last_price) = (100, 100, 101 * P);
    fill.execution_low = 9;
    desk.input(Inbound::ExecutionReport(fill));
    let (trades, text, document) = desk.ask(1);
    assert_eq!(trades, Trades::Ended, "{text}");
    assert_eq!(document["headline"], "it has ended FILLED: filled");
    assert!(document["next_look"].is_null());
    desk.order(2, |m| {
        m.terms.parameter_count = 2;
        let id = spec_by_name("slices");
        for slot in &mut m.terms.parameters[..2] {
            *slot = Parameter {
                id,
                value: 5,
                ..Parameter::default()
            };
        }
    });
    let (_, text, document) = desk.ask(2);
    assert_eq!(
        document["headline"], "it has ended REJECTED: slices is given twice",
        "{text}"
    );
}
