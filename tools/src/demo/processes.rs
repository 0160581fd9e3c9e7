//! The processes of a demo. Each runs in a process group of its own, writes a log of its own, dies with the demo however that dies,
//! and is ended in order or by force before the demo returns.

use crate::error::UserError;
use engine_runtime::os;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often the demo looks.
const LOOK: Duration = Duration::from_millis(20);
/// How long anything may take to come up, and the engine to end in order.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a process may take to end after SIGTERM when nobody waits for its work.
const MERCY: Duration = Duration::from_secs(2);

/// A program with its arguments.
#[derive(Clone, Debug)]
pub(super) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
}

impl Program {
    /// This program itself, with the run's configuration.
    pub(super) fn this(config: &Path) -> Result<Program, Vec<UserError>> {
        let program = Program {
            path: current_exe()?,
            arguments: Vec::new(),
        };
        Ok(program.arg("--config").arg(config))
    }

    /// A program that stands in the same folder as this one.
    pub(super) fn beside(name: &str) -> Result<Program, Vec<UserError>> {
        let this = current_exe()?;
        let path = this.with_file_name(name);
        if path.is_file() {
            return Ok(Program {
                path,
                arguments: Vec::new(),
            });
        }
        Err(vec![
            UserError::new("demo.program", format!("{name} is not there"))
                .file(&path)
                .hint("build it: scripts/demo does, or `cargo build --release --bins`"),
        ])
    }

    /// With one more argument.
    #[must_use]
    pub(super) fn arg(mut self, argument: impl AsRef<OsStr>) -> Program {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }
}

fn current_exe() -> Result<PathBuf, Vec<UserError>> {
    std::env::current_exe().map_err(|e| vec![UserError::new("demo.program", e.to_string())])
}

#[derive(Debug)]
struct Process {
    name: &'static str,
    child: Child,
    status: Option<ExitStatus>,
    /// Whether its end is expected.
    may_end: bool,
}

/// All processes of a demo; dropping it ends them.
#[derive(Debug)]
pub(super) struct Processes {
    logs: PathBuf,
    all: Vec<Process>,
}

impl Processes {
    /// None yet; logs go to `logs`.
    pub(super) fn new(logs: &Path) -> Processes {
        Processes {
            logs: logs.to_path_buf(),
            all: Vec::new(),
        }
    }

    /// Starts a program.
    pub(super) fn start(
        &mut self,
        name: &'static str,
        program: &Program,
    ) -> Result<(), Vec<UserError>> {
        let failed = |e: std::io::Error| {
            vec![UserError::new(
                "demo.start",
                format!("{name} cannot be started: {e}"),
            )]
        };
        let log = File::create(self.log(name)).map_err(failed)?;
        let child = Command::new(current_exe()?)
            .arg("child")
            .arg("--parent")
            .arg(std::process::id().to_string())
            .arg("--")
            .arg(&program.path)
            .args(&program.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        self.all.push(Process {
            name,
            child,
            status: None,
            may_end: name == "oms",
        });
        Ok(())
    }

    fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    /// Waits a moment; a signal or an unexpected end of a process is an error.
    pub(super) fn pause(&mut self) -> Result<(), Vec<UserError>> {
        if let Some(ending) = os::wait_ending(LOOK) {
            let code = match ending {
                os::Ending::Interrupt => "demo.interrupted",
                os::Ending::Terminate | os::Ending::HangUp => "demo.terminated",
            };
            return Err(vec![UserError::new(
                code,
                "ended by a signal; nothing is left running, no shared memory is left",
            )]);
        }
        for index in 0..self.all.len() {
            let process = &mut self.all[index];
            if process.status.is_none() {
                process.status = process.child.try_wait().ok().flatten();
            }
            if let Some(status) = process.status
                && !process.may_end
            {
                let name = process.name;
                return Err(self.died(name, status));
            }
        }
        Ok(())
    }

    fn died(&self, name: &str, status: ExitStatus) -> Vec<UserError> {
        let log = self.log(name);
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(5)..].join(" | ");
        vec![
            UserError::new("demo.process", format!("{name} ended early: {status}"))
                .file(&log)
                .hint(if tail.is_empty() {
                    "its log is empty".to_owned()
                } else {
                    tail
                }),
        ]
    }

    /// Waits until something holds.
    pub(super) fn wait_until(
        &mut self,
        what: &str,
        mut holds: impl FnMut() -> bool,
    ) -> Result<(), Vec<UserError>> {
        let begun = Instant::now();
        while !holds() {
            self.pause()?;
            if begun.elapsed() > PATIENCE {
                return Err(vec![
                    UserError::new("demo.timeout", format!("waited 20 s in vain until {what}"))
                        .file(&self.logs)
                        .hint("see the logs there"),
                ]);
            }
        }
        Ok(())
    }

    /// Whether a process has ended, and whether well: what it was asked is true. An end by an error is an error.
    pub(super) fn ended(&self, name: &str) -> Result<Option<bool>, Vec<UserError>> {
        let Some(process) = self.all.iter().find(|p| p.name == name) else {
            return Ok(None);
        };
        match process.status {
            None => Ok(None),
            Some(status) => match status.code() {
                Some(0) => Ok(Some(true)),
                Some(1) => {
                    // 1 is "not true" as well as "failed": the log has an error line for the latter.
                    let log = std::fs::read_to_string(self.log(name)).unwrap_or_default();
                    if log.lines().any(|l| l.starts_with("error:")) {
                        Err(self.died(name, status))
                    } else {
                        Ok(Some(false))
                    }
                }
                _ => Err(self.died(name, status)),
            },
        }
    }

    /// From now on the end of this process is no error.
    pub(super) fn may_end(&mut self, name: &str) {
        for process in self.all.iter_mut().filter(|p| p.name == name) {
            process.may_end = true;
        }
    }

    /// Asks a process to end and waits until it has; anything but success is an error.
    pub(super) fn end(&mut self, name: &str) -> Result<(), Vec<UserError>> {
        let Some(index) = self.all.iter().position(|p| p.name == name) else {
            return Ok(());
        };
        self.all[index].may_end = true;
        os::terminate_group(self.all[index].child.id());
        let begun = Instant::now();
        while self.all[index].status.is_none() {
            self.pause()?;
            if begun.elapsed() > PATIENCE {
                return Err(vec![UserError::new(
                    "demo.timeout",
                    format!("{name} did not end"),
                )]);
            }
        }
        match self.all[index].status {
            Some(status) if !status.success() => Err(self.died(name, status)),
            _ => Ok(()),
        }
    }

    /// Gives a process that ends by itself a moment to do so.
    pub(super) fn finish(&mut self, name: &str) {
        let Some(process) = self.all.iter_mut().find(|p| p.name == name) else {
            return;
        };
        process.may_end = true;
        process.status = process
            .status
            .or_else(|| wait(&mut process.child, Duration::from_secs(5)));
    }
}

impl Drop for Processes {
    /// The engine first, while its peers can still answer; then everybody; then by force.
    fn drop(&mut self) {
        if let Some(engine) = self.all.first_mut() {
            end_by_all_means(engine);
        }
        for process in self.all.iter().filter(|p| p.status.is_none()) {
            os::terminate_group(process.child.id());
        }
        for process in &mut self.all {
            end_by_all_means(process);
        }
    }
}

fn end_by_all_means(process: &mut Process) {
    if process.status.is_some() {
        return;
    }
    os::terminate_group(process.child.id());
    process.status = wait(&mut process.child, MERCY);
    if process.status.is_none() {
        os::kill_group(process.child.id());
        process.status = process.child.wait().ok();
    }
}

fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if begun.elapsed() < limit => std::thread::sleep(Duration::from_millis(5)),
            _ => return None,
        }
    }
}
