//! What the standard library has no safe call for: monotonic time, signals, memory locks, the parent's death.
#![expect(
    unsafe_code,
    reason = "thin wrappers over libc calls that have no safe counterpart in our dependencies"
)]

use std::io;
use std::time::Duration;

/// Nanoseconds of `CLOCK_MONOTONIC`.
#[must_use]
pub fn monotonic_nanos() -> u64 {
    nanos_of(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds since 1970 UTC by `CLOCK_REALTIME`.
#[must_use]
pub fn realtime_nanos() -> u64 {
    nanos_of(libc::CLOCK_REALTIME)
}

fn nanos_of(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec that outlives the call; both clocks exist on every Linux.
    let answer = unsafe { libc::clock_gettime(clock, &raw mut time) };
    debug_assert_eq!(answer, 0, "the clock exists");
    // Both clocks are positive and below 2^63 ns until 2262.
    (time.tv_sec as u64) * 1_000_000_000 + time.tv_nsec as u64
}

/// A signal that asks for the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal went away.
    HangUp,
}

impl Ending {
    /// The shell's exit code for an end by this signal.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Ending::HangUp => 129,
            Ending::Interrupt => 130,
            Ending::Terminate => 143,
        }
    }
}

const ENDINGS: [(libc::c_int, Ending); 3] = [
    (libc::SIGINT, Ending::Interrupt),
    (libc::SIGTERM, Ending::Terminate),
    (libc::SIGHUP, Ending::HangUp),
];

/// Blocks SIGINT, SIGTERM and SIGHUP on this thread and every thread it starts from now on, so that [`wait_ending`] receives
/// them. Undoes an inherited "ignore", as shells set for background commands.
pub fn block_endings() {
    for (signal, _) in ENDINGS {
        // SAFETY: SIG_DFL is a valid disposition and no handler code is involved.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    mask(libc::SIG_BLOCK);
}

/// Lets SIGINT, SIGTERM and SIGHUP through again, for a process about to become another program.
pub fn unblock_endings() {
    mask(libc::SIG_UNBLOCK);
}

fn mask(how: libc::c_int) {
    let set = ending_set();
    // SAFETY: `set` is initialised; a null old set is allowed.
    unsafe { libc::pthread_sigmask(how, &raw const set, std::ptr::null_mut()) };
}

fn ending_set() -> libc::sigset_t {
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `sigemptyset` initialises the whole set it is given.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: initialised by the call above.
    let mut set = unsafe { set.assume_init() };
    for (signal, _) in ENDINGS {
        // SAFETY: `set` is initialised and the number is a signal.
        unsafe { libc::sigaddset(&raw mut set, signal) };
    }
    set
}

/// Waits for a blocked ending signal; `None` when `timeout` passes first.
#[must_use]
pub fn wait_ending(timeout: Duration) -> Option<Ending> {
    let set = ending_set();
    let time = libc::timespec {
        tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(timeout.subsec_nanos().cast_signed()),
    };
    // SAFETY: set and time are initialised and outlive the call; a null info is allowed.
    let signal =
        unsafe { libc::sigtimedwait(&raw const set, std::ptr::null_mut(), &raw const time) };
    ENDINGS
        .iter()
        .find(|(number, _)| *number == signal)
        .map(|(_, ending)| *ending)
}

/// Blocks every signal on this thread: nothing interrupts it.
pub fn block_all_signals() {
    let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: `sigfillset` initialises the whole set it is given.
    unsafe { libc::sigfillset(set.as_mut_ptr()) };
    // SAFETY: initialised by the call above; a null old set is allowed.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, set.as_ptr(), std::ptr::null_mut()) };
}

/// Locks all present memory of the process, so that no page fault waits for a disk. Future memory is left alone: under a low
/// limit a lock on it would make later allocations of the slow threads fail.
///
/// # Errors
/// The operating system's refusal: the limit of locked memory is usually too low.
pub fn lock_memory() -> io::Result<()> {
    // SAFETY: no pointers are involved.
    let answer = unsafe { libc::mlockall(libc::MCL_CURRENT) };
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Touches the stack below, so that the engine thread takes no page fault when calls go deep.
#[inline(never)]
pub fn touch_stack() {
    const PAGES: usize = 64;
    let mut pages = [0_u8; PAGES * 4096];
    for page in 0..PAGES {
        std::hint::black_box(&mut pages)[page * 4096] = 1;
    }
    std::hint::black_box(&pages);
}

/// Asks the operating system to kill this process when its parent thread dies; survives `exec`. `parent` is the process
/// that should be the parent: when it is gone already, this fails.
///
/// # Errors
/// What the operating system answers, or that the parent is gone.
pub fn die_with_parent(parent: u32) -> io::Result<()> {
    // SAFETY: no pointers are involved; the option takes a signal number.
    let answer = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
    if answer != 0 {
        return Err(io::Error::last_os_error());
    }
    if std::os::unix::process::parent_id() == parent {
        Ok(())
    } else {
        Err(io::Error::other("the parent process is gone"))
    }
}

/// Sends SIGTERM to the process group `group` (the id of a child started in a group of its own). A group that is gone is no error.
pub fn terminate_group(group: u32) {
    send(group, libc::SIGTERM);
}

/// Sends SIGINT to the process group `group`.
pub fn interrupt_group(group: u32) {
    send(group, libc::SIGINT);
}

/// Sends SIGKILL to the process group `group`.
pub fn kill_group(group: u32) {
    send(group, libc::SIGKILL);
}

fn send(group: u32, signal: libc::c_int) {
    // Groups 0 and 1 would mean "my own" and "everybody".
    if let Ok(group) = libc::pid_t::try_from(group)
        && group > 1
    {
        // SAFETY: no pointers are involved; the group was checked not to be a special one.
        unsafe { libc::kill(-group, signal) };
    }
}

/// Answers every later system call of this thread with death of the process (SIGSYS), proving that it makes none. Linux on
/// x86-64 and AArch64.
///
/// The thread can never end in order afterwards: it spins, and the process is ended by another thread.
///
/// # Errors
/// What the operating system answers: the kernel may lack the filter.
pub fn forbid_system_calls() -> io::Result<()> {
    // SAFETY: no pointers are involved.
    let answer = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    if answer != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut filter = [libc::sock_filter {
        code: (libc::BPF_RET | libc::BPF_K) as u16,
        jt: 0,
        jf: 0,
        k: libc::SECCOMP_RET_KILL_PROCESS,
    }];
    let program = libc::sock_fprog {
        len: 1,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: the program and its filter are valid and outlive the call, which copies them.
    let answer = unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
