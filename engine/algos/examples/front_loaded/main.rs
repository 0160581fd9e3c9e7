//! Runs the front-loaded algorithm in a still market that fills every child after a second, and prints its children.

use engine_core::engine::{Engine, EngineConfig};
use engine_core::input::{Inbound, Input};
use engine_core::outbox::{Outbox, Output};
use engine_core::risk::RiskLimits;
use shm_wire::codes::{AlgorithmCode, ReportKind, Side};
use shm_wire::instrument::{Instrument, text_field};
use shm_wire::market::Quote;
use shm_wire::parent::{ParentNew, UpdateKind};
use shm_wire::reason::Reason;
use shm_wire::record::TimerFired;
use shm_wire::report::ExecutionReport;
use shm_wire::slice::SliceNew;
use shm_wire::units::{Nanos, Price};

mod algorithm;

const SECOND: u64 = 1_000_000_000;
const START: u64 = 1_700_000_000 * SECOND;

fn order() -> ParentNew {
    let mut m = ParentNew::empty();
    (m.parent_id, m.sequence, m.version) = (1, 1, 1);
    m.terms.quantity = 10_000;
    m.terms.limit = Price::NONE.0;
    m.terms.decision_price = Price::NONE.0;
    m.terms.end = START + 600 * SECOND;
    m.terms.algorithm = AlgorithmCode::Custom.code();
    m.terms.side = Side::Buy.code();
    m.terms.client_order_id = text_field("front").unwrap_or_default();
    m
}

fn quote(sequence: u32, time: u64) -> Quote {
    Quote {
        sequence,
        time,
        bid_price: 100 * Price::SCALE,
        ask_price: 100 * Price::SCALE + Price::SCALE / 100,
        bid_qty: 1_000,
        ask_qty: 1_000,
        ..Quote::empty()
    }
}

fn filled(n: &SliceNew, sequence: u64) -> ExecutionReport {
    ExecutionReport {
        sequence,
        child_id: n.child_id,
        version: n.version,
        kind: ReportKind::Fill.code(),
        execution_low: sequence,
        last_qty: n.qty,
        last_price: n.price,
        cumulative_qty: n.qty,
        order_qty: n.qty,
        ..ExecutionReport::empty()
    }
}

fn main() -> Result<(), String> {
    let instrument = Instrument::equity(0, "FRONT", 100).ok_or("the symbol is too long")?;
    let config = EngineConfig {
        shard: 0,
        seed: 1,
        parents_max: 1,
        executions_max: 1_024,
        limits: RiskLimits::demo(),
    };
    let mut engine =
        Engine::new(config, &[instrument], algorithm::algorithms()).map_err(|e| e.to_string())?;
    let mut out = Outbox::new();
    let mut working: Vec<SliceNew> = Vec::new();
    let mut reports = 0;
    for second in 0..=600_u64 {
        let now = START + second * SECOND;
        let sequence = u32::try_from(second + 1).map_err(|e| e.to_string())?;
        let mut inputs = vec![
            Inbound::Quote(quote(sequence, now)),
            Inbound::TimerFired(TimerFired::empty()),
        ];
        if second == 0 {
            inputs.push(Inbound::ParentNew(order()));
        }
        for child in working.drain(..) {
            reports += 1;
            inputs.push(Inbound::ExecutionReport(filled(&child, reports)));
        }
        for message in inputs {
            engine.step(Nanos(now), &Input { source: 0, message }, &mut out);
            for output in out.iter() {
                match output {
                    Output::New(n) => {
                        println!("{second:3} s  new child {:4} at {}", n.qty, Price(n.price));
                        working.push(*n);
                    }
                    Output::Update(u) if u.event == UpdateKind::Done.code() => {
                        let reason = Reason::try_from(u.reason).unwrap_or_default();
                        println!(
                            "{second:3} s  {}: {} of {}",
                            reason.text(),
                            u.filled,
                            u.ordered
                        );
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(())
}
