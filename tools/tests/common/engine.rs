//! A running engine without market or router.

use super::{ensure_programs, pacer, wait_for};
use engine_runtime::instance::{EngineState, Instance};
use engine_runtime::os;
use serde_json::Value;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub struct Engine {
    pub child: Child,
    pub config: PathBuf,
    pub instance: Instance,
    _dir: tempfile::TempDir,
}

impl Engine {
    pub fn start() -> Engine {
        Engine::start_with(tempfile::tempdir().unwrap(), "")
    }

    /// With more lines in the `[engine]` table.
    pub fn start_with(dir: tempfile::TempDir, engine: &str) -> Engine {
        ensure_programs();
        let config = dir.path().join("pacer.toml");
        let shm = dir.path().join("shm");
        let journal = dir.path().join("journal");
        let text = format!(
            r#"
[instance]
name = "oms"
dir = {shm:?}
[clock]
origin = "2026-06-22T10:00:00-04:00"
[journal]
dir = {journal:?}
[rings]
journal = 65536
[engine]
parents_max = 64
executions_max = 4096
{engine}
[limits]
profile = "demo"
[[instruments]]
symbol = "AAPL"
lot = 100
ticks = [{{ from = "0", tick = "0.01" }}]
sessions = [{{ open = "2026-06-22T09:30:00-04:00", close = "2026-06-22T16:00:00-04:00" }}]
"#
        );
        std::fs::write(&config, text).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_pacer")).with_file_name("pacer-engine");
        let child = Command::new(program)
            .arg("--config")
            .arg(&config)
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let instance = Instance::new(shm);
        wait_for("the engine runs", || {
            instance.state() == Some(EngineState::Running)
        });
        Engine {
            child,
            config,
            instance,
            _dir: dir,
        }
    }

    pub fn pacer(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let output = pacer()
            .args(arguments)
            .arg("--json")
            .arg("--config")
            .arg(&self.config)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let document = serde_json::from_str(&text)
            .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {text} {output:?}"));
        (output.status.code(), document)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // By force: an orderly end would wait five seconds for a router that is not there.
        os::kill_group(self.child.id());
        drop(self.child.wait());
    }
}

impl Engine {
    /// What a command prints for people.
    pub fn says(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = pacer()
            .args(arguments)
            .arg("--config")
            .arg(&self.config)
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }

    /// Submits a TWAP order for 1000 over the link of `source`; it must be accepted.
    pub fn submit(&self, source: &str, name: &str, side: &str, more: &[&str]) -> Value {
        let order = [
            "oms",
            "submit",
            "--instrument",
            "AAPL",
            "--quantity",
            "1000",
            "--algorithm",
            "TWAP",
            "--client-order-id",
            name,
            "--side",
            side,
            "--source",
            source,
        ];
        let (code, update) = self.pacer(&[&order[..], more].concat());
        assert_eq!(code, Some(0), "{update}");
        update
    }

    /// The journal's thread writes what the engine said a little later.
    pub fn wait_for_state(&self, name: &str, state: &str) {
        wait_for("the state stands in the journal", || {
            self.pacer(&["oms", "why", name]).1["state"] == state
        });
    }
}
