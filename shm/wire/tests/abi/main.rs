//! The byte layout as peers see it: tables, golden bytes, generated page and C header, and garbage at every decoder.
//!
//! `PACER_WRITE_PAGES=1 cargo test -p shm-wire --test abi` writes `layout.txt`, `golden.txt`, the C header and
//! `docs/wire.md` anew; the diff is then what a reviewer of the ABI reads.
#![allow(clippy::unwrap_used, reason = "tests state what must hold")]

mod c_header;
mod checked_in;
mod examples;
mod garbage;
mod golden;
mod layout_table;
mod meanings;
mod page;
mod units;
