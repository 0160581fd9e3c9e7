//! `ring-hop`: what does a message through two rings to another process and back cost, beside a bare cache-line
//! ping-pong and beside rtrb between two threads?
//!
//! One sample: yardstick, one cell, two cells (peer process), rtrb (peer thread on the same core), yardstick.

use super::{directory, yardstick_path};
use crate::cli::{Options, PeerOptions};
use crate::cores::{self, Cores};
use crate::error::{BenchError, During};
use crate::hop::{Hop, echo, pause};
use crate::host::RunQueue;
use crate::measure::{Plan, Subject, sample};
use crate::peer::{Gone, Peer};
use crate::report::Outcome;
use crate::stats::{Bracket, Case, Placement, Shot};
use crate::yardstick::Yardstick;
use quanta::Clock;
use shm_ring::{Idle, RingOwner, RingSpec, attach_consumer, attach_producer};
use shm_wire::codes::RingKind;
use shm_wire::layout::LAYOUT_HASH;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc;

/// Name.
pub const NAME: &str = "ring-hop";
/// Cells of each ring, and slots of rtrb.
const CAPACITY: usize = 1024;
/// Blocks of a check of the yardstick.
const CHECK_BLOCKS: u64 = 16;
/// Order to the peer: answer the yardstick, then both message sizes.
const HOPS: u8 = b'h';
/// Order to the peer: answer the yardstick.
const CHECK: u8 = b'y';

fn plan(quick: bool) -> Plan {
    Plan {
        block: 64,
        warm: 2,
        blocks: if quick { 2 } else { 16 },
        singles: if quick { 1 } else { 16 },
        rested: 0,
    }
}

fn check_blocks(quick: bool) -> u64 {
    if quick { 2 } else { CHECK_BLOCKS }
}

fn spec() -> RingSpec {
    RingSpec::new(u16::from(RingKind::Market.code()), CAPACITY, LAYOUT_HASH)
}

/// Runs the scenario.
///
/// # Errors
/// Whatever kept it from measuring.
pub fn run(options: &Options, clock: &Clock) -> Result<Outcome, BenchError> {
    let cores = cores::choose(&options.cores, &cores::available())?;
    let dir = directory()?;
    let mut desk = Desk::new(dir.path(), options, cores)?;
    let mut cases = [
        Case::new(NAME, "one cell (56 B)", "ns")
            .goal(Placement::Mid, 1.6)
            .goal(Placement::Far, 1.25),
        Case::new(NAME, "two cells (112 B)", "ns"),
        Case::new(NAME, "rtrb, threads (64 B)", "ns"),
    ];
    let mut outcome = Outcome::default();
    let queue = RunQueue::watch();
    let samples = options.samples(2_000, 2);
    for _ in 0..samples {
        let (bracket, shots) = desk.sample(clock)?;
        outcome.samples_taken += 1;
        let Some(yardstick) = bracket.yardstick() else {
            outcome.samples_discarded += 1;
            continue;
        };
        let placement = options.thresholds().placement(yardstick);
        for (case, shot) in cases.iter_mut().zip(&shots) {
            case.add(placement, shot, yardstick, yardstick);
        }
    }
    outcome.fact("run_queue_share", queue.share());
    outcome.fact("round_trips", desk.round_trips);
    desk.end()?;
    outcome.rows = cases.into_iter().flat_map(Case::rows).collect();
    Ok(outcome)
}

/// This process's ends, and the peers.
struct Desk {
    yardstick: Yardstick,
    hop: Hop,
    peer: Peer,
    rtrb: RtrbPeer,
    plan: Plan,
    check_blocks: u64,
    round_trips: u64,
    _owners: [RingOwner; 2],
}

impl Desk {
    fn new(dir: &Path, options: &Options, cores: Cores) -> Result<Desk, BenchError> {
        let idle = options.idle.strategy();
        let plan = plan(options.quick);
        let check_blocks = check_blocks(options.quick);
        let page = yardstick_path(dir);
        let yardstick = Yardstick::create(&page, idle)?;
        let (there, back) = (dir.join("there"), dir.join("back"));
        let owners = [
            RingOwner::create(&there, &spec())?,
            RingOwner::create(&back, &spec())?,
        ];
        let rounds = [Yardstick::rounds(check_blocks), plan.events()];
        let name = options.idle.name();
        // Threads inherit the mask of the one that starts them: the peers first, then this thread is pinned.
        let peer = Peer::start("peer-ring-hop", dir, cores, name, &rounds, &page)?;
        let rtrb = RtrbPeer::start(cores.peer, idle, peer.gone())?;
        cores::pin(cores.near)?;
        let expect = spec().expect();
        let hop = Hop::attach(&there, &back, (&expect, &expect), idle, peer.gone())?;
        Ok(Desk {
            yardstick,
            hop,
            peer,
            rtrb,
            plan,
            check_blocks,
            round_trips: 0,
            _owners: owners,
        })
    }

    fn sample(&mut self, clock: &Clock) -> Result<(Bracket, [Shot; 3]), BenchError> {
        self.peer.order(HOPS)?;
        let before = self.yardstick.check(clock, self.check_blocks)?;
        self.hop.set_cells(1);
        let one = sample(clock, &self.plan, &mut self.hop)?;
        self.hop.set_cells(2);
        let two = sample(clock, &self.plan, &mut self.hop)?;
        self.rtrb.answer(self.plan.events())?;
        let rtrb = sample(clock, &self.plan, &mut self.rtrb)?;
        self.peer.order(CHECK)?;
        let after = self.yardstick.check(clock, self.check_blocks)?;
        self.round_trips += 3 * self.plan.events();
        Ok((Bracket { before, after }, [one, two, rtrb]))
    }

    fn end(self) -> Result<(), BenchError> {
        self.rtrb.end()?;
        self.peer.end()
    }
}

/// Runs the other process: one byte of standard input orders one set of answers.
///
/// # Errors
/// Whatever kept it from answering.
pub fn run_peer(options: &PeerOptions) -> Result<(), BenchError> {
    engine_runtime::os::die_with_parent(options.parent).during("watching the parent")?;
    cores::pin(options.core)?;
    let idle = options.idle.strategy();
    let &[check, events] = options.rounds.as_slice() else {
        return Err(BenchError::Peer("--rounds takes two numbers".into()));
    };
    let mut yardstick = Yardstick::open(&yardstick_path(&options.dir), idle)?;
    let mut input = attach_consumer(&options.dir.join("there"), &spec().expect(), 0)?;
    let mut output = attach_producer(&options.dir.join("back"), &spec().expect())?;
    let gone = Gone::default();
    let mut order = [0];
    // The end of the input is the order to end.
    while std::io::stdin().read(&mut order).during("orders")? == 1 {
        yardstick.pong(check)?;
        if order[0] == HOPS {
            echo(&mut input, &mut output, 2 * events, idle, &gone)?;
        }
    }
    Ok(())
}

/// A message of one cache line, as rtrb's users send it.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u64; 8]);

/// The other thread of the rtrb case.
struct RtrbPeer {
    output: rtrb::Producer<Line>,
    input: rtrb::Consumer<Line>,
    orders: mpsc::Sender<u64>,
    thread: std::thread::JoinHandle<()>,
    number: u64,
    idle: Idle,
}

impl RtrbPeer {
    fn start(core: usize, idle: Idle, gone: Gone) -> Result<RtrbPeer, BenchError> {
        let (output, mut there) = rtrb::RingBuffer::new(CAPACITY);
        let (mut back, input) = rtrb::RingBuffer::new(CAPACITY);
        let (orders, taken) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("rtrb".into())
            .spawn(move || {
                // Unpinned it would still answer; the yardstick would show that it sits elsewhere.
                let _ = cores::pin(core);
                while let Ok(rounds) = taken.recv() {
                    for _ in 0..rounds {
                        let line = loop {
                            match there.pop() {
                                Ok(line) => break line,
                                Err(_) if gone.is() => return,
                                Err(_) => pause(idle),
                            }
                        };
                        if back.push(line).is_err() {
                            return;
                        }
                    }
                }
            })
            .during("starting a thread")?;
        Ok(RtrbPeer {
            output,
            input,
            orders,
            thread,
            number: 0,
            idle,
        })
    }

    fn answer(&mut self, rounds: u64) -> Result<(), BenchError> {
        let sent = self.orders.send(rounds);
        sent.map_err(|_| BenchError::Peer("the rtrb thread ended".into()))
    }

    fn end(self) -> Result<(), BenchError> {
        drop(self.orders);
        let joined = self.thread.join();
        joined.map_err(|_| BenchError::Peer("the rtrb thread panicked".into()))
    }
}

impl Subject for RtrbPeer {
    #[inline]
    fn event(&mut self) -> Result<(), BenchError> {
        self.number += 1;
        let full = |_| BenchError::Check("rtrb is full".into());
        self.output.push(Line([self.number; 8])).map_err(full)?;
        loop {
            match self.input.pop() {
                Ok(line) if line.0[7] == self.number => return Ok(()),
                Ok(_) => return Err(BenchError::Check("rtrb lost a message".into())),
                Err(_) if self.input.is_abandoned() => {
                    return Err(BenchError::Peer("the rtrb thread ended".into()));
                }
                Err(_) => pause(self.idle),
            }
        }
    }
}
