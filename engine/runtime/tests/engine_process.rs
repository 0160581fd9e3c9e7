//! The binary `pacer-engine` as its users meet it: configuration, a parent order over shared memory, SIGTERM, the journal.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "tests state what must hold"
)]

mod common;

use common::{CONFIG, Peers, SECOND, TEN};
use engine_runtime::clock::ClockPage;
use engine_runtime::instance::{EngineState, Instance};
use engine_runtime::os;
use shm_journal::{JournalReader, Tail};
use shm_ring::CountersReader;
use shm_wire::codes::TradingStatus;
use shm_wire::message::{Header, Message};
use shm_wire::parent::{ParentUpdate, UpdateKind};
use shm_wire::record::{ClockOffset, RunEnded, RunStarted};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Running {
    child: Child,
    instance: Instance,
    journal: PathBuf,
    _dir: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn start(change: impl Fn(String) -> String) -> Running {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("journal");
    let text = CONFIG
        .replace("dir = \"journal\"", &format!("dir = {journal:?}"))
        .replace("idle = \"spin\"", "idle = \"yield\"");
    let config = dir.path().join("pacer.toml");
    std::fs::write(&config, change(text)).unwrap();
    let shm = dir.path().join("shm");
    let child = Command::new(env!("CARGO_BIN_EXE_pacer-engine"))
        .args(["--config".as_ref(), config.as_os_str()])
        .args(["--instance".as_ref(), shm.as_os_str()])
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    Running {
        child,
        instance: Instance::new(shm),
        journal,
        _dir: dir,
    }
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn an_order_runs_through_the_process_and_sigterm_ends_it_in_order() {
    let mut running = start(|text| text);
    let instance = running.instance.clone();
    wait_for("the engine runs", || {
        instance.state() == Some(EngineState::Running)
    });
    let mut peers = Peers::attach_without_journal(&instance);
    let clock = ClockPage::open(&instance.clock()).unwrap();
    assert_eq!(clock.now().0, TEN, "held at the origin");
    peers.status(0, TradingStatus::Continuous);
    peers.quote(0, 100_000, 100_100, 5_000);
    peers.twap(1, 600, 60);
    let mut accepted = Vec::new();
    wait_for("the order is accepted", || {
        accepted.extend(peers.updates());
        !accepted.is_empty()
    });
    let update = ParentUpdate::from_words(&accepted[0]).unwrap();
    assert_eq!(update.event, UpdateKind::Accepted.code());
    let counters = CountersReader::attach(&instance.counters(0)).unwrap();
    wait_for("counters are published", || {
        counters.get("engine_parents_accepted") == Some(1)
    });
    os::terminate_group(running.child.id());
    let status = running.child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(
        instance.state(),
        Some(EngineState::Ended),
        "the files are kept"
    );
    let mut reader = JournalReader::open(&running.journal).unwrap();
    let mut kinds = Vec::new();
    let tail = reader
        .for_each(|record| kinds.push(Header::of_word(record.payload[0]).kind))
        .unwrap();
    assert_eq!(tail, Tail::Clean);
    assert_eq!(kinds.first(), Some(&RunStarted::KIND));
    assert_eq!(kinds.last(), Some(&RunEnded::KIND));
    assert!(kinds.contains(&ParentUpdate::KIND));
}

#[test]
fn an_instance_that_is_to_be_removed_leaves_nothing() {
    let mut running =
        start(|text| text.replace("name = \"test\"", "name = \"test\"\nremove_on_exit = true"));
    let instance = running.instance.clone();
    wait_for("the engine runs", || {
        instance.state() == Some(EngineState::Running)
    });
    os::interrupt_group(running.child.id());
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
    assert!(!instance.dir().exists());
}

#[test]
fn a_second_engine_on_a_living_instance_is_refused_and_the_first_goes_on() {
    let running = start(|text| text);
    let instance = running.instance.clone();
    wait_for("the engine runs", || {
        instance.state() == Some(EngineState::Running)
    });
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("pacer.toml");
    std::fs::write(&config, CONFIG).unwrap();
    let second = Command::new(env!("CARGO_BIN_EXE_pacer-engine"))
        .args(["--config".as_ref(), config.as_os_str()])
        .args(["--instance".as_ref(), instance.dir().as_os_str()])
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("in use"), "{said}");
    assert_eq!(instance.state(), Some(EngineState::Running));
}

#[test]
fn a_wrong_configuration_is_named_and_exits_with_two() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("pacer.toml");
    std::fs::write(&config, CONFIG.replace("lot = 100", "lot = 0")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_pacer-engine"))
        .args(["--check", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("instruments[0].lot"), "{said}");
    assert!(said.contains("instruments[1].lot"), "{said}");
}

#[test]
fn two_shards_have_rings_and_journals_of_their_own_and_sample_utc() {
    let mut running = start(|text| {
        text.replace("origin = \"2026-06-22T10:00:00-04:00\"\nheld = true", "")
            .replace(
                "[[instruments]]\nsymbol = \"GOOG\"",
                "[[shards]]\nid = 1\n[[instruments]]\nsymbol = \"GOOG\"\nshard = 1",
            )
    });
    let instance = running.instance.clone();
    wait_for("the engine runs", || {
        instance.state() == Some(EngineState::Running)
    });
    assert!(
        instance
            .ring(1, shm_wire::codes::RingKind::Market, 0)
            .is_file()
    );
    let shards = ["shard0", "shard1"].map(|name| running.journal.join(name));
    wait_for("UTC is sampled", || {
        shards.iter().all(|s| offsets(s).len() >= 2)
    });
    os::terminate_group(running.child.id());
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
    for shard in shards {
        let offsets = offsets(&shard);
        for pair in offsets.windows(2) {
            let apart = pair[1].0 - pair[0].0;
            assert!(apart >= SECOND * 9 / 10, "a second apart: {offsets:?}");
        }
        // Both clocks are those of this machine; what lies between two readings is the scheduler's.
        assert!(
            offsets.iter().all(|o| o.1.unsigned_abs() < SECOND),
            "{offsets:?}"
        );
    }
}

/// Times and offsets of the samples of UTC in a journal, which may still grow.
fn offsets(journal: &Path) -> Vec<(u64, i64)> {
    let mut offsets = Vec::new();
    if let Ok(mut reader) = JournalReader::open(journal) {
        let read = reader.for_each(|record| {
            if let Ok(sample) = ClockOffset::from_words(record.payload) {
                offsets.push((record.head.time, sample.offset));
            }
        });
        // What is being written may look torn.
        drop(read);
    }
    offsets
}
