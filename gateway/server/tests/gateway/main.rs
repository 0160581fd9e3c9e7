//! The gateway over real journals, sockets and processes.

#[cfg(test)]
mod process;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod support;
