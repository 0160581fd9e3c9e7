//! The OMS process of a demo: submits an order list and waits until every order has ended.

use super::client::{OmsClient, Request};
use super::show;
use crate::cli::Answer;
use crate::orders;
use engine_runtime::config::Config;
use shm_wire::parent::{ParentUpdate, UpdateKind};
use shm_wire::units::Nanos;
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of the OMS process.
#[derive(Clone, Debug, clap::Args)]
pub struct RunArgs {
    /// Order list
    #[arg(long, value_name = "FILE")]
    pub orders: PathBuf,
    /// Order source
    #[arg(long, default_value_t = 1)]
    pub source: u16,
    /// Engine time at which to give up, nanoseconds UTC
    #[arg(long, default_value_t = u64::MAX, hide_default_value = true)]
    pub until: u64,
}

/// Runs until every order has ended (true), or the time is up (false).
///
/// # Errors
/// What is wrong with the order list or the instance.
pub fn run(config: &Config, args: &RunArgs) -> Answer {
    let mut client = OmsClient::attach_when_there(config, args.source)?;
    let rows = orders::load(&args.orders, client.instruments(), client.clock().now())?;
    eprintln!("oms: attached, {} orders", rows.len());
    while !client.clock().is_running() {
        std::thread::sleep(Duration::from_millis(1));
        client.poll(|_| ());
    }
    let mut open: HashSet<u64> = HashSet::new();
    for row in &rows {
        open.insert(row.order.parent_id);
        client
            .send(row.order.terms.instrument, Request::New(row.order))
            .map_err(|e| vec![e])?;
    }
    let instruments = client.instruments().to_vec();
    let shown = |update: &ParentUpdate| {
        matches!(
            UpdateKind::try_from(update.event),
            Ok(UpdateKind::Accepted
                | UpdateKind::Rejected
                | UpdateKind::Done
                | UpdateKind::RequestRejected)
        )
    };
    while !open.is_empty() {
        client.poll(|update| {
            if shown(update) {
                eprintln!("oms: {}", show::line(update, &instruments));
            }
            if super::is_end(update) {
                open.remove(&update.parent_id);
            }
        });
        if client.clock().now() > Nanos(args.until) {
            eprintln!("oms: the time is up, {} orders have not ended", open.len());
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    eprintln!("oms: every order has ended");
    Ok(true)
}
