//! The programs under test, and what can be seen of their processes.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "each test binary uses its own part"
)]

pub mod engine;

use std::path::Path;
use std::process::Command;
use std::sync::Once;
use std::time::{Duration, Instant};

/// `pacer`, without settings from the environment.
pub fn pacer() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pacer"));
    command
        .env_remove("PACER_CONFIG")
        .env_remove("PACER_SHM_DIR");
    command
}

/// Builds the engine and the gateway beside `pacer`: cargo makes only a package's own programs for its tests. Tests of the
/// whole workspace have them already; `PACER_PROGRAMS_BUILT` says so and saves a build with other features.
pub fn ensure_programs() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let folder = Path::new(env!("CARGO_BIN_EXE_pacer")).parent().unwrap();
        if std::env::var_os("PACER_PROGRAMS_BUILT").is_some() {
            for program in ["pacer-engine", "pacer-gateway"] {
                assert!(folder.join(program).is_file(), "{program} is built");
            }
            return;
        }
        let mut build = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
        build
            .args(["build", "--quiet", "--package", "engine-runtime"])
            .args(["--package", "gateway-server", "--bins"])
            .args([
                "--manifest-path",
                concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"),
            ])
            .arg("--target-dir")
            .arg(folder.parent().unwrap());
        if folder.ends_with("release") {
            build.arg("--release");
        }
        assert!(
            build.status().unwrap().success(),
            "engine and gateway are built"
        );
    });
}

/// Command lines of living processes that name `path`, this one excepted.
pub fn processes_with(path: &Path) -> Vec<String> {
    let wanted = path.to_str().unwrap();
    let me = std::process::id().to_string();
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str() != Some(&me))
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "))
        .filter(|line| line.contains(wanted))
        .collect()
}

pub fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
