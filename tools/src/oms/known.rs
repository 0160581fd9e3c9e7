//! Orders as the journal tells them: which one is meant, whose it is, and what its terms are.

use crate::error::UserError;
use engine_runtime::config::{Config, ShardConfig};
use engine_runtime::instance::{Instance, ring_expect};
use gateway_tca::LiveView;
use gateway_tca::ledger::Parent;
use shm_journal::JournalTail;
use shm_ring::attach_observer;
use shm_wire::codes::RingKind;
use shm_wire::ids::ParentKey;
use std::path::Path;
use std::time::{Duration, Instant};

/// Records taken between two looks for the journal's end.
const BATCH: usize = 65_536;
/// How long an order that was just sent may be missing from the journal.
const JOURNAL_LAG: Duration = Duration::from_secs(1);
/// Code of the error that no order has the given name.
const UNKNOWN: &str = "oms.unknown_parent";
/// Code of the error that several orders have it.
const AMBIGUOUS: &str = "oms.ambiguous_parent";
const RULE: &str = "a client order id, source:number, or a number of --source";

/// Which order.
#[derive(clap::Args, Clone, Debug)]
pub struct OrderArgs {
    /// Client order id, source:number, or the number alone
    #[arg(value_name = "ID", conflicts_with_all = ["id", "client_order_id"])]
    pub name: Option<String>,
    /// The source's own number of the order
    #[arg(long, conflicts_with = "client_order_id")]
    pub id: Option<u64>,
    /// The client's name of the order
    #[arg(long, value_name = "NAME")]
    pub client_order_id: Option<String>,
    /// Order source of a number that stands alone: which pair of rings
    #[arg(long, default_value_t = 2)]
    pub source: u16,
}

impl OrderArgs {
    /// Whether they name an order at all.
    pub(super) fn is_given(&self) -> bool {
        self.name.is_some() || self.id.is_some() || self.client_order_id.is_some()
    }

    /// As the user wrote it.
    fn text(&self) -> String {
        match (&self.name, &self.client_order_id, self.id) {
            (Some(name), _, _) | (_, Some(name), _) => name.clone(),
            (None, None, Some(id)) => format!("{}:{id}", self.source),
            (None, None, None) => String::new(),
        }
    }

    fn key(&self, parent_id: u64) -> ParentKey {
        ParentKey {
            source: self.source,
            parent_id,
        }
    }

    /// The orders of a view that they name.
    fn matches<'a>(&self, view: &'a LiveView) -> Vec<&'a Parent> {
        match (&self.name, &self.client_order_id, self.id) {
            (Some(name), _, _) => {
                let mut found = view.named(name);
                let number = name.parse().ok().map(|number| self.key(number));
                let by_number = number.and_then(|key| view.ledger().parent(key));
                found.extend(by_number.filter(|p| p.client_order_id != *name));
                found
            }
            (None, Some(name), _) => {
                let all = view.ledger().parents.iter();
                all.filter(|p| p.client_order_id == *name).collect()
            }
            (None, None, Some(id)) => view.ledger().parent(self.key(id)).into_iter().collect(),
            (None, None, None) => Vec::new(),
        }
    }
}

/// Whose order it is, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) key: ParentKey,
    pub(super) instrument: u32,
}

/// The order that a request speaks of. A number alone needs no journal where there is one shard.
///
/// # Errors
/// As [`with_order`].
pub(super) fn wanted(config: &Config, order: &OrderArgs) -> Result<Wanted, Vec<UserError>> {
    match order.id {
        Some(parent_id) if config.shards.len() == 1 => Ok(Wanted {
            key: order.key(parent_id),
            instrument: 0,
        }),
        _ => with_order(config, order, |_, p| Wanted {
            key: p.key,
            instrument: p.instrument,
        }),
    }
}

/// Looks at the one order that the arguments name, again for a moment while the journal does not know it.
///
/// # Errors
/// `oms.unknown_parent`, `oms.ambiguous_parent`, `usage.id`, or a journal that cannot be read.
pub(super) fn with_order<T>(
    config: &Config,
    order: &OrderArgs,
    look: impl Fn(&LiveView, &Parent) -> T,
) -> Result<T, Vec<UserError>> {
    if !order.is_given() {
        return Err(vec![
            UserError::new("usage.id", "which order?")
                .field("id")
                .rule(RULE),
        ]);
    }
    let begun = Instant::now();
    loop {
        match look_once(config, order, &look) {
            Err(errors) if errors[0].code == UNKNOWN && begun.elapsed() < JOURNAL_LAG => {
                std::thread::sleep(Duration::from_millis(50));
            }
            found => return found,
        }
    }
}

fn look_once<T>(
    config: &Config,
    order: &OrderArgs,
    look: impl Fn(&LiveView, &Parent) -> T,
) -> Result<T, Vec<UserError>> {
    let mut views = Vec::new();
    for shard in &config.shards {
        views.push(view(config, shard)?);
    }
    let found: Vec<(&LiveView, &Parent)> = views
        .iter()
        .flat_map(|view| order.matches(view).into_iter().map(move |p| (view, p)))
        .collect();
    match found[..] {
        [(view, parent)] => Ok(look(view, parent)),
        [] => Err(vec![unknown(order, &views)]),
        _ => {
            let keys: Vec<String> = found
                .iter()
                .map(|(_, p)| format!("{}:{} ({})", p.key.source, p.key.parent_id, p.state.text()))
                .collect();
            let text = format!("{:?} names {} orders", order.text(), found.len());
            Err(vec![
                UserError::new(AMBIGUOUS, text)
                    .field("id")
                    .rule("one order")
                    .hint(format!("name it by source:number: {}", keys.join(", "))),
            ])
        }
    }
}

fn unknown(order: &OrderArgs, views: &[LiveView]) -> UserError {
    let latest = |view: &LiveView| {
        let parents = view.ledger().parents.iter().rev().take(5);
        parents
            .map(|p| {
                format!(
                    "{} ({}:{})",
                    p.client_order_id, p.key.source, p.key.parent_id
                )
            })
            .collect::<Vec<_>>()
    };
    let names: Vec<String> = views.iter().flat_map(latest).collect();
    let hint = if names.is_empty() {
        "the journal knows no parent order yet".to_owned()
    } else {
        format!("the latest are {}", names.join(", "))
    };
    UserError::new(UNKNOWN, format!("no parent order {:?}", order.text()))
        .field("id")
        .rule(RULE)
        .hint(hint)
}

/// A shard's view, with everything that its engine had said when this was called.
///
/// # Errors
/// A journal that cannot be read.
pub(super) fn view(config: &Config, shard: &ShardConfig) -> Result<LiveView, Vec<UserError>> {
    catch_up(config, shard.id);
    read(&config.journal_dir(shard.id))
}

/// Waits until the journal's thread has written what stands in its ring now: the engine is some records ahead of its files.
fn catch_up(config: &Config, shard: u8) {
    let path = Instance::new(config.instance_dir()).ring(shard, RingKind::Journal, 0);
    // Without a running instance the files are all there is.
    let Ok(ring) = attach_observer(&path, &ring_expect(RingKind::Journal)) else {
        return;
    };
    let end = ring.consumer_index() + ring.depth() as u64;
    let begun = Instant::now();
    while ring.consumer_index() < end && begun.elapsed() < JOURNAL_LAG {
        std::thread::sleep(Duration::from_micros(500));
    }
    // Cells are given back a moment before the file has them.
    std::thread::sleep(Duration::from_millis(1));
}

/// The view at the journal's present end.
fn read(dir: &Path) -> Result<LiveView, Vec<UserError>> {
    let failed = |e: shm_journal::JournalError| {
        vec![
            UserError::new("journal.read", e.to_string())
                .file(dir)
                .hint("did the engine of this configuration run?"),
        ]
    };
    let mut tail = JournalTail::open(dir).map_err(failed)?;
    let mut view = LiveView::new(tail.instruments());
    loop {
        let count = tail.poll(BATCH, |record| {
            view.on_record(&record.head, record.payload);
        });
        if count.map_err(failed)? < BATCH {
            return Ok(view);
        }
    }
}
