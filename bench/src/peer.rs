//! The other process of a scenario: this binary again, with another first word.
//!
//! The peer reads its orders from standard input and dies with its parent. A thread here waits for its end and then gives
//! up the yardstick and raises a flag, so that nobody spins for a process that is gone.

use crate::cores::Cores;
use crate::error::{BenchError, During};
use crate::yardstick::{self, Yardstick};
use shm_ring::WordsFile;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Whether the peer is gone.
#[derive(Clone, Debug, Default)]
pub struct Gone(Arc<AtomicBool>);

impl Gone {
    /// Whether it is.
    #[must_use]
    pub fn is(&self) -> bool {
        // Relaxed: a lone flag.
        self.0.load(Ordering::Relaxed)
    }
    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
    /// An error when it is.
    ///
    /// # Errors
    /// [`BenchError::Peer`].
    pub fn check(&self) -> Result<(), BenchError> {
        if self.is() {
            return Err(BenchError::Peer("it ended before it was asked to".into()));
        }
        Ok(())
    }
}

/// A running peer process.
#[derive(Debug)]
pub struct Peer {
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    waiting: Option<JoinHandle<std::io::Result<ExitStatus>>>,
    gone: Gone,
}

impl Peer {
    /// Starts this binary as `role` in `dir` on the peer's core; `yardstick` is given up when it ends.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn start(
        role: &str,
        dir: &Path,
        cores: Cores,
        idle: &str,
        rounds: &[u64],
        yardstick: &Path,
    ) -> Result<Peer, BenchError> {
        let binary = std::env::current_exe().during("path of this binary")?;
        let rounds: Vec<String> = rounds.iter().map(u64::to_string).collect();
        let mut child = Command::new(binary)
            .arg(role)
            .arg(dir)
            .args(["--core", &cores.peer.to_string()])
            .args(["--idle", idle])
            .args(["--rounds", &rounds.join(",")])
            .args(["--parent", &std::process::id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .during("starting the peer process")?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let Some((orders, answers)) = pipes else {
            return Err(BenchError::Peer("it has no pipes".into()));
        };
        let gone = Gone::default();
        let page = WordsFile::open(yardstick, yardstick::WORDS)?;
        let waiting = wait_for(child, page, gone.clone()).during("starting a thread")?;
        Ok(Peer {
            orders: Some(orders),
            answers: BufReader::new(answers),
            waiting: Some(waiting),
            gone,
        })
    }

    /// The flag that says that it is gone.
    #[must_use]
    pub fn gone(&self) -> Gone {
        self.gone.clone()
    }

    /// Sends one byte.
    ///
    /// # Errors
    /// [`BenchError::Io`] when it is gone.
    pub fn order(&mut self, order: u8) -> Result<(), BenchError> {
        let orders = self.orders.as_mut();
        let orders = orders.ok_or_else(|| BenchError::Peer("it was ended before".into()))?;
        orders.write_all(&[order]).during("order to the peer")?;
        orders.flush().during("order to the peer")
    }

    /// Reads one line.
    ///
    /// # Errors
    /// [`BenchError::Peer`] when there is none.
    pub fn answer(&mut self) -> Result<String, BenchError> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        match read.during("answer of the peer")? {
            0 => Err(BenchError::Peer("it ended without an answer".into())),
            _ => Ok(line.trim().to_owned()),
        }
    }

    /// Closes its orders, which is the order to end.
    pub fn close_orders(&mut self) {
        self.orders = None;
    }

    /// Closes its orders and waits for its end.
    ///
    /// # Errors
    /// [`BenchError::Peer`] when it did not end in order.
    pub fn end(mut self) -> Result<(), BenchError> {
        self.close_orders();
        let Some(waiting) = self.waiting.take() else {
            return Ok(());
        };
        let status = waiting
            .join()
            .map_err(|_| BenchError::Peer("waiting for it failed".into()))?
            .during("waiting for the peer")?;
        if status.success() {
            Ok(())
        } else {
            Err(BenchError::Peer(format!("it ended with {status}")))
        }
    }
}

fn wait_for(
    mut child: Child,
    page: WordsFile,
    gone: Gone,
) -> std::io::Result<JoinHandle<std::io::Result<ExitStatus>>> {
    std::thread::Builder::new()
        .name("peer".into())
        .spawn(move || {
            let status = child.wait();
            gone.set();
            Yardstick::give_up(&page);
            status
        })
}
