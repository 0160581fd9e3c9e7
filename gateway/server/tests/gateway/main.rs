//! The gateway over real journals, sockets and processes.

mod process;
mod serving;
mod support;
