//! Where a demo keeps its things: shared memory of its own, removed whatever happens, and the run's folder, which stays.

use super::DemoArgs;
use crate::error::UserError;
use engine_runtime::config::INSTANCES_DIR;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Names of the instance directories of demos: `demo-<process>-<number>`.
const PREFIX: &str = "demo-";

/// Both folders; dropping it removes the shared memory.
#[derive(Debug)]
pub(super) struct Place {
    name: String,
    shm: PathBuf,
    out: PathBuf,
}

impl Place {
    /// Makes both, after removing what demos left behind that were killed without a chance to clean up.
    pub(super) fn make(args: &DemoArgs) -> Result<Place, Vec<UserError>> {
        let base = base(args);
        remove_orphans(&base);
        let number = engine_runtime::os::realtime_nanos() / 1_000_000;
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        let out = args
            .out
            .clone()
            .unwrap_or_else(|| Path::new("runs").join(&name));
        make_dir(&out, 0o755)?;
        let out = out.canonicalize().unwrap_or(out);
        if out.join("journal").exists() {
            return Err(vec![
                UserError::new("usage.out", "the folder holds a run already")
                    .file(&out)
                    .field("out")
                    .rule("a folder without a run"),
            ]);
        }
        let shm = base.join(&name);
        make_dir(&shm, 0o750)?;
        Ok(Place { name, shm, out })
    }

    /// Name of the run and the instance.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
    /// Directory of the shared-memory files.
    pub(super) fn shm(&self) -> &Path {
        &self.shm
    }
    /// Folder of the run.
    pub(super) fn out(&self) -> &Path {
        &self.out
    }
    /// Folder of the journal.
    pub(super) fn journal(&self) -> PathBuf {
        self.out.join("journal")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        remove(&self.shm);
    }
}

/// Removes an instance directory, and the directory of instances when it was the last.
fn remove(shm: &Path) {
    if let Err(e) = std::fs::remove_dir_all(shm)
        && e.kind() != std::io::ErrorKind::NotFound
    {
        eprintln!("demo: {} could not be removed: {e}", shm.display());
    }
    if let Some(base) = shm.parent() {
        // Fails while other instances live there, as it should.
        let _ = std::fs::remove_dir(base);
    }
}

/// Shared memory where there is some, else the folder for temporary files.
fn base(args: &DemoArgs) -> PathBuf {
    if let Some(dir) = &args.shm_dir {
        return dir.clone();
    }
    let usual = Path::new(INSTANCES_DIR);
    let probe = usual.join(format!(".probe-{}", std::process::id()));
    let writable = make_dir(&probe, 0o750).is_ok();
    let _ = std::fs::remove_dir(&probe);
    if writable {
        usual.to_path_buf()
    } else {
        std::env::temp_dir().join("pacer")
    }
}

/// Removes the directories of demos whose process is gone.
fn remove_orphans(base: &Path) {
    let Ok(entries) = std::fs::read_dir(base) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let process = name
            .to_str()
            .and_then(|n| n.strip_prefix(PREFIX))
            .and_then(|rest| rest.split('-').next())
            .and_then(|pid| pid.parse::<u32>().ok());
        if let Some(process) = process
            && !Path::new(&format!("/proc/{process}")).exists()
        {
            eprintln!("demo: removing what {} left behind", name.display());
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn make_dir(dir: &Path, mode: u32) -> Result<(), Vec<UserError>> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(dir)
        .map_err(|e| vec![UserError::new("file.create", format!("cannot make: {e}")).file(dir)])
}
