//! What the demo can see of its processes: links, counters, the gateway's port.

use engine_runtime::instance::{EngineState, Instance, ring_expect};
use serde_json::{Value, json};
use shm_ring::{CountersReader, Role, attach_observer};
use shm_wire::codes::RingKind;
use shm_wire::units::Nanos;
use std::path::Path;
use std::time::{Duration, Instant};

pub(super) fn engine_runs(instance: &Instance) -> bool {
    instance.state() == Some(EngineState::Running)
}

/// The port in the gateway's file, once it is written whole.
pub(super) fn port(file: &Path) -> Option<u16> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// Whether venue, feed and OMS hold their ends.
pub(super) fn all_attached(instance: &Instance) -> bool {
    let held = |kind: RingKind, role: Role| {
        attach_observer(&instance.ring(0, kind, 1), &ring_expect(kind))
            .is_ok_and(|ring| ring.segment().is_held(role).unwrap_or(false))
    };
    held(RingKind::Slices, Role::Consumer)
        && held(RingKind::Reports, Role::Producer)
        && held(RingKind::Exchange, Role::Consumer)
        && held(RingKind::Market, Role::Producer)
        && held(RingKind::Orders, Role::Producer)
}

/// Prints a line on standard error every few seconds.
#[derive(Debug)]
pub(super) struct Progress {
    counters: Option<CountersReader>,
    shown: Instant,
}

impl Progress {
    pub(super) fn new(instance: &Instance) -> Progress {
        Progress {
            counters: CountersReader::attach(&instance.counters(0)).ok(),
            shown: Instant::now(),
        }
    }

    pub(super) fn show(&mut self, now: Nanos) {
        if self.shown.elapsed() < Duration::from_secs(5) {
            return;
        }
        self.shown = Instant::now();
        let Some(counters) = &self.counters else {
            return;
        };
        let get = |name: &str| counters.get(name).unwrap_or(0);
        let time = crate::convert::day::rfc3339(now.0);
        eprintln!(
            "demo: {} UTC, {} market messages, {} children, {} fills, {} parents live, {} ended",
            time.get(11..19).unwrap_or(&time),
            get("engine_market_messages"),
            get("engine_children"),
            get("engine_fills"),
            get("duty_live_parents"),
            get("engine_parents_ended"),
        );
    }
}

/// The engine's own measurement of its way from input to slice.
pub(super) fn latency(instance: &Instance) -> Option<Value> {
    let counters = CountersReader::attach(&instance.counters(0)).ok()?;
    let get = |name: &str| counters.get(&format!("duty_tick_to_slice_{name}"));
    Some(json!({
        "samples": get("samples")?,
        "p50_ns": get("p50_ns")?,
        "p99_ns": get("p99_ns")?,
        "max_ns": get("max_ns")?,
    }))
}

pub(super) fn latency_line(latency: &Value) -> String {
    let micros = |name: &str| latency[name].as_u64().unwrap_or(0) as f64 / 1_000.0;
    format!(
        "Input to slice inside the engine: P50 {:.1} us, P99 {:.1} us, slowest {:.1} us over {} slices.\n",
        micros("p50_ns"),
        micros("p99_ns"),
        micros("max_ns"),
        latency["samples"]
    )
}
