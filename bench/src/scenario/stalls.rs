//! `stalls`: how often and for how long does each core stand still, and does the guest or the host take it?
//!
//! A loop that does nothing but read the clock; a step of more than a microsecond is a gap. Beside it stands the time that
//! the thread waited on the guest's own run queue: gaps beyond that are the kernel's tick and the host.

use crate::cli::StallOptions;
use crate::cores;
use crate::error::BenchError;
use crate::host::RunQueue;
use crate::measure::record;
use crate::report::Outcome;
use crate::stats::{Case, Placement, Shot, histogram};
use quanta::Clock;
use serde_json::json;

/// Name.
pub const NAME: &str = "stalls";
/// Bounds of the counts, ns.
const BOUNDS: [(&str, u64); 4] = [
    ("over_1us_a_second", 1_000),
    ("over_10us_a_second", 10_000),
    ("over_50us_a_second", 50_000),
    ("over_1ms_a_second", 1_000_000),
];

/// Runs the scenario.
///
/// # Errors
/// When there are fewer than two cores, or one cannot be taken.
pub fn run(options: &StallOptions, clock: &Clock) -> Result<Outcome, BenchError> {
    let available = cores::available();
    let chosen = cores::choose(&options.common.cores, &available)?;
    let seconds = if options.common.quick {
        0.02
    } else {
        options.seconds.clamp(0.01, 600.0)
    };
    let mut outcome = Outcome::default();
    for core in [chosen.near, chosen.peer] {
        // A thread of its own: this one stays free to be pinned again.
        let found = std::thread::scope(|threads| {
            threads
                .spawn(|| cores::pin(core).map(|()| watch(clock, seconds)))
                .join()
        });
        let stalls =
            found.map_err(|_| BenchError::Check("the watching thread panicked".into()))??;
        let mut case = Case::new(NAME, format!("gaps of core {core}"), "ns");
        let p50 = stalls.gaps.value_at_quantile(0.5) as f64;
        let shot = Shot {
            p50,
            singles: stalls.gaps.clone(),
            rested: histogram(),
            allocations: 0,
        };
        if !stalls.gaps.is_empty() {
            case.add(Placement::Single, &shot, 0.0, 0.0);
        }
        let mut rows = case.rows();
        for row in &mut rows {
            row.samples = stalls.gaps.len();
            row.yardstick_p50 = None;
        }
        outcome.samples_taken += stalls.gaps.len();
        outcome.rows.append(&mut rows);
        outcome.fact(&format!("core_{core}"), stalls.facts());
    }
    outcome
        .notes
        .push("gaps of a loop that reads the clock; below 1 us they are not counted".into());
    Ok(outcome)
}

struct Stalls {
    gaps: hdrhistogram::Histogram<u64>,
    seconds: f64,
    lost_ns: u64,
    run_queue_share: Option<f64>,
}

impl Stalls {
    fn facts(&self) -> serde_json::Value {
        let mut facts = json!({
            "seconds": self.seconds,
            "lost_share": self.lost_ns as f64 / 1e9 / self.seconds,
            "run_queue_share": self.run_queue_share,
        });
        for (name, bound) in BOUNDS {
            let count = self.gaps.len() - self.gaps.count_between(0, bound - 1);
            facts[name] = json!(count as f64 / self.seconds);
        }
        facts
    }
}

fn watch(clock: &Clock, seconds: f64) -> Stalls {
    let queue = RunQueue::watch();
    let mut gaps = histogram();
    let mut lost_ns = 0;
    let begun = clock.raw();
    let mut last = begun;
    loop {
        let now = clock.raw();
        let gap = clock.delta_as_nanos(last, now);
        if gap >= BOUNDS[0].1 {
            record(&mut gaps, gap);
            lost_ns += gap;
        }
        last = now;
        let passed = clock.delta_as_nanos(begun, now) as f64 / 1e9;
        if passed >= seconds {
            return Stalls {
                gaps,
                seconds: passed,
                lost_ns,
                run_queue_share: queue.share(),
            };
        }
    }
}
