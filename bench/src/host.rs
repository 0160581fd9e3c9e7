//! Facts about the machine that measured, and how long it kept us waiting.

use quanta::Clock;
use serde::Serialize;
use std::fs;
use std::time::{Duration, Instant};

/// What a reader must know to compare figures.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Host {
    /// Processor.
    pub cpu: String,
    /// Cores this process may use.
    pub cores: usize,
    /// Kernel release.
    pub kernel: String,
    /// Whether a hypervisor lies below.
    pub virtualized: bool,
    /// Compiler.
    pub rustc: &'static str,
    /// Build profile.
    pub profile: &'static str,
    /// Clock source and time-stamp counter.
    pub tsc: Tsc,
    /// Frequency governor, where it can be read.
    pub governor: Option<String>,
    /// Version of the product.
    pub version: &'static str,
}

/// The time-stamp counter.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Tsc {
    /// The kernel's clock source.
    pub clock_source: Option<String>,
    /// Whether the processor says that it runs at a constant rate and never stops.
    pub invariant: bool,
    /// Ticks in a microsecond, measured against the monotonic clock.
    pub mhz: f64,
    /// Cost of one read, ns.
    pub read_ns: f64,
}

/// Asks the machine.
#[must_use]
pub fn facts(clock: &Clock, cores: usize) -> Host {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|l| l.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let flags = field("flags").unwrap_or_default();
    let has = |flag: &str| flags.split(' ').any(|f| f == flag);
    Host {
        cpu: field("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        cores,
        kernel: read("/proc/sys/kernel/osrelease").unwrap_or_default(),
        virtualized: has("hypervisor"),
        rustc: env!("PACER_BENCH_RUSTC"),
        profile: env!("PACER_BENCH_PROFILE"),
        tsc: Tsc {
            clock_source: read("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
            invariant: has("constant_tsc") && has("nonstop_tsc"),
            mhz: ticks_in_a_microsecond(clock),
            read_ns: read_cost(clock),
        },
        governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        version: env!("CARGO_PKG_VERSION"),
    }
}

fn read(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

fn ticks_in_a_microsecond(clock: &Clock) -> f64 {
    let (begun, raw) = (Instant::now(), clock.raw());
    std::thread::sleep(Duration::from_millis(20));
    let ticks = clock.raw().saturating_sub(raw);
    let micros = begun.elapsed().as_secs_f64() * 1e6;
    (ticks as f64 / micros * 100.0).round() / 100.0
}

/// Cost of one clock read, ns: the least of a few runs.
#[must_use]
pub fn read_cost(clock: &Clock) -> f64 {
    const READS: u32 = 10_000;
    let run = || {
        let begun = clock.raw();
        for _ in 0..READS {
            std::hint::black_box(clock.raw());
        }
        clock.delta_as_nanos(begun, clock.raw()) as f64 / f64::from(READS)
    };
    (0..5).map(|_| run()).fold(f64::INFINITY, f64::min)
}

/// How long this thread could have run and was not let.
#[derive(Clone, Copy, Debug)]
pub struct RunQueue {
    begun: Instant,
    delay: Option<Duration>,
}

impl RunQueue {
    /// Starts watching the calling thread.
    #[must_use]
    pub fn watch() -> RunQueue {
        RunQueue {
            begun: Instant::now(),
            delay: delay(),
        }
    }
    /// Part of the time since then that the thread waited for a core, 0 to 1; `None` where the kernel does not say.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let waited = delay()?.checked_sub(self.delay?)?;
        let passed = self.begun.elapsed().as_secs_f64();
        (passed > 0.0).then(|| waited.as_secs_f64() / passed)
    }
}

/// Second number of the calling thread's schedstat: time spent waiting on a run queue, ns.
fn delay() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_name_machine_kernel_and_compiler() {
        let host = facts(&Clock::new(), 2);
        assert!(!host.cpu.is_empty() && !host.kernel.is_empty());
        assert!(host.rustc.starts_with("rustc"));
        assert!(host.tsc.mhz > 0.0);
    }

    #[test]
    fn the_share_of_waiting_lies_between_nothing_and_everything() {
        let watch = RunQueue::watch();
        std::thread::sleep(Duration::from_millis(2));
        if let Some(share) = watch.share() {
            assert!((0.0..=1.0).contains(&share), "{share}");
        }
    }
}
