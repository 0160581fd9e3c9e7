//! The simulated exchange as a process: owner of the market file, router and venue in one.
//!
//! Replays history by the instance's clock, takes slices, answers reports, publishes public events on the `exchange` ring. What finds no
//! room in a ring waits here, in order: the exchange neither drops nor blocks.

use crate::error::UserError;
use engine_runtime::clock::{ClockPage, monotonic};
use engine_runtime::config::Config;
use engine_runtime::instance::{Instance, ring_expect, ring_spec};
use engine_sim::market_file::{MarketFile, Position};
use engine_sim::venue::{Latency, Sink, Venue, VenueConfig};
use shm_ring::{
    MESSAGE_WORDS_MAX, RingConsumer, RingOwner, RingProducer, attach_consumer, attach_producer,
};
use shm_wire::codes::RingKind;
use shm_wire::ids::ChildId;
use shm_wire::message::Message;
use shm_wire::report::ExecutionReport;
use shm_wire::units::{DurationNs, Nanos};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of the venue process.
#[derive(Clone, Debug, clap::Args)]
pub struct VenueArgs {
    /// Market file to replay.
    #[arg(long, value_name = "PATH")]
    pub market: PathBuf,
    /// Delay from router to venue and back, microseconds of market time each way.
    #[arg(long, default_value_t = 100, value_name = "US")]
    pub latency_us: u64,
}

/// What waits for room in a ring.
#[derive(Debug)]
struct Queue {
    ring: RingProducer,
    waiting: VecDeque<Vec<u64>>,
}

impl Queue {
    fn send(&mut self, words: &[u64]) {
        if !self.waiting.is_empty() || self.ring.try_push(words).is_err() {
            self.waiting.push_back(words.to_vec());
        }
    }
    fn retry(&mut self) {
        while let Some(words) = self.waiting.front() {
            if self.ring.try_push(words).is_err() {
                return;
            }
            self.waiting.pop_front();
        }
    }
}

#[derive(Debug)]
struct Outputs {
    exchange: Queue,
    /// One for each engine shard, with the sequence of its link.
    reports: Vec<(Queue, u64)>,
    public: u64,
}

impl Sink for Outputs {
    fn public(&mut self, _at: Nanos, words: &[u64]) {
        self.public += 1;
        self.exchange.send(words);
    }
    fn report(&mut self, _at: Nanos, report: &ExecutionReport) {
        // The shard's bits come from the engine that made the child; a stray one has no link and no addressee.
        let shard = ChildId(report.child_id).shard() as usize;
        if let Some((queue, sequence)) = self.reports.get_mut(shard) {
            *sequence += 1;
            let mut report = *report;
            report.sequence = *sequence;
            queue.send(report.words());
        }
    }
}

/// The running venue.
pub struct VenueProcess {
    market: MarketFile,
    position: Position,
    venue: Venue,
    clock: ClockPage,
    slices: Vec<RingConsumer>,
    outputs: Outputs,
    /// Holds the exchange ring's lock.
    _exchange: RingOwner,
    words: [u64; MESSAGE_WORDS_MAX],
    beaten: u64,
}

impl VenueProcess {
    /// Attaches to the instance and makes the exchange ring.
    ///
    /// # Errors
    /// What is wrong with configuration, market file or instance.
    pub fn attach(config: &Config, args: &VenueArgs) -> Result<VenueProcess, Vec<UserError>> {
        let market = crate::cli::support::open_market(&args.market)?;
        check_same_table(config, &market, args)?;
        let latency = Latency::fixed(DurationNs(args.latency_us.saturating_mul(1_000)));
        let settings = VenueConfig {
            seed: config.instance.seed,
            order_latency: latency,
            report_latency: latency,
            ..VenueConfig::default()
        };
        let venue = Venue::new(market.instruments(), settings)
            .map_err(|e| vec![UserError::new("venue.instruments", e.to_string())])?;
        let instance = Instance::new(config.instance_dir());
        let attach = crate::cli::support::attach_error;
        let spec = ring_spec(RingKind::Exchange, &config.rings);
        let exchange = RingOwner::create(&instance.exchange(), &spec).map_err(attach)?;
        let write = |kind: RingKind, shard: u8| {
            attach_producer(&instance.ring(shard, kind, 0), &ring_expect(kind))
                .map(|ring| Queue {
                    ring,
                    waiting: VecDeque::new(),
                })
                .map_err(attach)
        };
        let mut slices = Vec::new();
        let mut reports = Vec::new();
        for shard in &config.shards {
            let path = instance.ring(shard.id, RingKind::Slices, 0);
            slices.push(attach_consumer(&path, &ring_expect(RingKind::Slices), 0).map_err(attach)?);
            reports.push((write(RingKind::Reports, shard.id)?, 0));
        }
        Ok(VenueProcess {
            position: Position::default(),
            market,
            venue,
            clock: ClockPage::open(&instance.clock()).map_err(attach)?,
            slices,
            outputs: Outputs {
                exchange: write(RingKind::Exchange, 0)?,
                reports,
                public: 0,
            },
            _exchange: exchange,
            words: [0; MESSAGE_WORDS_MAX],
            beaten: 0,
        })
    }

    /// One pass: history up to now, slices, what is due. Whether anything happened.
    pub fn poll(&mut self) -> bool {
        let now = self.clock.now();
        let before = self.outputs.public;
        let mut busy = false;
        // Until the clock runs there is no history: everybody else attaches meanwhile.
        if self.clock.is_running() {
            while self
                .market
                .peek_time(self.position)
                .is_some_and(|time| time <= now)
            {
                if let Some((_, words)) = self.market.next(&mut self.position) {
                    self.venue.on_history(words, &mut self.outputs);
                    busy = true;
                }
            }
        }
        for slices in &mut self.slices {
            loop {
                match slices.poll(&mut self.words) {
                    Ok(Some(message)) => {
                        let words = &self.words[..message.words];
                        self.venue.on_slice(now, words, &mut self.outputs);
                        busy = true;
                    }
                    Ok(None) => break,
                    // Counted by the ring; what the engine wrote is checked by the venue as well.
                    Err(_) => break,
                }
            }
        }
        self.venue.advance(now, &mut self.outputs);
        self.outputs.exchange.retry();
        for (queue, _) in &mut self.outputs.reports {
            queue.retry();
        }
        self.beat();
        busy || self.outputs.public != before
    }

    fn beat(&mut self) {
        let nanos = monotonic();
        if nanos.saturating_sub(self.beaten) < 10_000_000 {
            return;
        }
        self.beaten = nanos;
        for (queue, _) in &self.outputs.reports {
            queue.ring.beat(nanos);
        }
        self.outputs.exchange.ring.beat(nanos);
        self.slices.iter().for_each(|ring| ring.beat(nanos));
    }
}

/// Runs until the process is ended from outside.
///
/// # Errors
/// As [`VenueProcess::attach`].
pub fn run(config: &Config, args: &VenueArgs) -> Result<bool, Vec<UserError>> {
    let mut venue = VenueProcess::attach(config, args)?;
    eprintln!(
        "venue: attached, {} messages of history",
        venue.market.len()
    );
    loop {
        if !venue.poll() {
            std::thread::sleep(Duration::from_micros(100));
        }
    }
}

fn check_same_table(
    config: &Config,
    market: &MarketFile,
    args: &VenueArgs,
) -> Result<(), Vec<UserError>> {
    let table = config.instrument_table();
    let same = table.len() == market.instruments().len()
        && table
            .iter()
            .zip(market.instruments())
            .all(|(a, b)| a.symbol == b.symbol && a.qty_step == b.qty_step);
    if same {
        return Ok(());
    }
    Err(vec![
        UserError::new(
            "venue.instruments",
            "the market file has other instruments than the configuration",
        )
        .file(&args.market)
        .field("instruments")
        .rule("same symbols and quantity steps in the same order"),
    ])
}
