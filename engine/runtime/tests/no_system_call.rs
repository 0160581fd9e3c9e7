//! In spin mode the engine thread makes no system call between warm-up and stop: a filter that kills the process at the first one is put on
//! the thread, and the process must live to tell.
//!
//! The test runs itself as a child process, since the filter cannot be taken off again.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

mod common;

use common::{CONFIG, Desk};
use engine_runtime::instance::EngineWord;
use engine_runtime::os;
use shm_ring::MESSAGE_WORDS_MAX;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const CHILD: &str = "PACER_TEST_FILTERED_CHILD";

fn run_child(test: &str, what: &str) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, what)
        .status()
        .unwrap()
}

#[test]
fn the_duty_cycle_makes_no_system_call_under_a_filter_that_kills() {
    const NAME: &str = "the_duty_cycle_makes_no_system_call_under_a_filter_that_kills";
    match std::env::var(CHILD).as_deref() {
        Ok("engine") => filtered_engine(),
        Ok("probe") => filtered_probe(),
        _ => {
            let probe = run_child(NAME, "probe");
            if probe.code() == Some(3) {
                eprintln!("SKIPPED: this kernel has no system-call filter");
                return;
            }
            assert_eq!(probe.signal(), Some(31), "the filter kills: SIGSYS");
            let engine = run_child(NAME, "engine");
            assert_eq!(engine.code(), Some(0), "the engine thread lived: {engine}");
        }
    }
}

/// Proves that the filter does what the test relies on.
fn filtered_probe() -> ! {
    if os::forbid_system_calls().is_err() {
        std::process::exit(3);
    }
    std::thread::yield_now();
    std::process::exit(4);
}

fn filtered_engine() -> ! {
    static STOPPED: AtomicU64 = AtomicU64::new(0);
    // A thousand seconds a second, so that slices fall due.
    let mut desk = Desk::with(&CONFIG.replace("held = true", "held = true\nspeed = 1000.0"));
    desk.shard.begin();
    desk.open_market();
    desk.clock.start();
    let Desk {
        mut shard,
        mut peers,
        engine,
        dir,
        ..
    } = desk;
    std::thread::spawn(move || {
        os::block_all_signals();
        for _ in 0..100 {
            shard.poll_once();
        }
        os::forbid_system_calls().unwrap();
        shard.run_until_stop();
        STOPPED.store(shard.inputs(), Ordering::Release);
        // The thread cannot even end: that would be a system call.
        loop {
            std::hint::spin_loop();
        }
    });
    for id in 1..=20 {
        peers.twap(id, 2_000, 10_000);
    }
    let begun = Instant::now();
    let mut words = [0; MESSAGE_WORDS_MAX];
    let (mut market, mut slices) = (0_u32, 0);
    while begun.elapsed() < Duration::from_secs(60) && (market < 20_000 || slices < 20) {
        for _ in 0..16 {
            if !peers.market.has_room(2) {
                break;
            }
            let drift = i64::from(market % 7) * 10;
            peers.quote(market % 2, 100_000 + drift, 100_100 + drift, 5_000);
            peers.trade(market % 2, 100_000 + drift, 100);
            market += 2;
        }
        while let Some(message) = peers.slices.poll(&mut words).unwrap() {
            peers.answer(&words[..message.words]);
            slices += 1;
        }
        while peers.updates.poll(&mut words).unwrap().is_some() {}
        peers.skip_journal(&mut words);
        std::thread::yield_now();
    }
    engine.store(EngineWord::Stop as usize, 1);
    let stopped = loop {
        let stopped = STOPPED.load(Ordering::Acquire);
        if stopped > 0 || begun.elapsed() > Duration::from_secs(90) {
            break stopped;
        }
        peers.skip_journal(&mut words);
        std::thread::yield_now();
    };
    drop(dir);
    eprintln!("inputs {stopped}, market messages {market}, slices {slices}");
    let lived = stopped > 10_000 && slices >= 20;
    std::process::exit(if lived { 0 } else { 5 });
}
