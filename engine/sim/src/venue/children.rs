//! Our orders at the venue, live and ended, and the reports that speak of them.

use shm_wire::codes::{BookSide, ReportKind, TimeInForce, VenueReason};
use shm_wire::report::ExecutionReport;
use shm_wire::units::{Nanos, PPM_ONE, Price, Qty};

use super::config::VenueConfig;
use super::outbox::{Outbox, PUBLIC_WORDS_MAX, Words};
use super::stats::VenueStats;
use crate::matching::Fill;
use crate::matching::lookup::Lookup;
use crate::rng::{Rng, mix};

/// Liquidity code of a fill that took.
pub(super) const TOOK: u8 = 1;
/// Liquidity code of a fill that rested.
pub(super) const RESTED: u8 = 2;

/// One order of ours. It stays in the table after its end, so that late requests are answered with the right sums.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    pub(super) id: u64,
    pub(super) market: usize,
    pub(super) side: BookSide,
    pub(super) qty: Qty,
    pub(super) cumulative: Qty,
    pub(super) version: u16,
    pub(super) time_in_force: TimeInForce,
    pub(super) post_only: bool,
    pub(super) live: bool,
    /// Whether its price was in view when it came to rest: what appears there later is behind it.
    pub(super) in_view: bool,
    /// Whether it took all that was visible and rests with a limit beyond: what is revealed there, it takes at that price.
    pub(super) sweeping: bool,
}

/// A fill of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnFill {
    pub(super) qty: Qty,
    pub(super) price: Price,
    pub(super) liquidity: u8,
}

/// What all markets of the venue share: settings, counters, our orders, channels.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: VenueConfig,
    pub(super) stats: VenueStats,
    pub(super) children: Vec<Child>,
    pub(super) index: Lookup<u64, u32>,
    pub(super) outbox: Outbox,
    pub(super) reject_rng: Rng,
    pub(super) now: Nanos,
    /// Reused by matching, so that a slice allocates nothing.
    pub(super) fills: Vec<Fill>,
    report_sequence: u64,
    executions: u64,
    prints: u64,
}

/// Numbers of prints that the venue makes itself start here, away from those of history.
const PRINT_ID_BASE: u64 = 1 << 62;

impl Shared {
    pub(super) fn new(config: VenueConfig) -> Shared {
        Shared {
            config,
            stats: VenueStats::default(),
            children: Vec::with_capacity(1024),
            index: Lookup::default(),
            outbox: Outbox::new(&config),
            reject_rng: Rng::new(config.seed, 4),
            now: Nanos(0),
            fills: Vec::with_capacity(64),
            report_sequence: 0,
            executions: 0,
            prints: 0,
        }
    }

    /// A number for a print of the venue's own making.
    pub(super) fn print_id(&mut self) -> u64 {
        self.prints += 1;
        PRINT_ID_BASE + self.prints
    }

    /// Whether a new slice is refused by chance.
    pub(super) fn rejects_at_random(&mut self) -> bool {
        let ppm = u64::from(self.config.reject_ppm);
        let refused = ppm > 0 && self.reject_rng.below(u64::from(PPM_ONE)) < ppm;
        self.stats.random_rejects += u64::from(refused);
        refused
    }

    /// Enters a child; its place in the table is its number in the books.
    pub(super) fn enter(&mut self, child: Child) -> usize {
        let at = self.children.len();
        self.index.insert(child.id, at as u32);
        self.children.push(child);
        at
    }

    pub(super) fn child_at(&self, id: u64) -> Option<usize> {
        self.index.get(&id).map(|at| *at as usize)
    }

    /// Books a fill of a child and reports it.
    pub(super) fn fill(&mut self, at: usize, fill: OwnFill) {
        let child = &mut self.children[at];
        child.cumulative += fill.qty;
        assert!(
            child.cumulative <= child.qty,
            "Invariant: fills never exceed the order"
        );
        let kind = if child.cumulative == child.qty {
            child.live = false;
            ReportKind::Fill
        } else {
            ReportKind::PartialFill
        };
        self.stats.own_filled_qty += fill.qty.0;
        if fill.liquidity == TOOK {
            self.stats.own_taker_fills += 1;
        } else {
            self.stats.own_maker_fills += 1;
        }
        self.executions += 1;
        let mut report = self.report_of(at, kind, VenueReason::None, 0);
        report.liquidity = fill.liquidity;
        report.last_qty = fill.qty.0;
        report.last_price = fill.price.0;
        // SplitMix64 is a bijection, so one venue and seed never repeat a half; the halves mix different constants.
        let salt = mix(self.config.seed) ^ u64::from(self.config.venue);
        report.execution_high = mix(self.executions ^ salt);
        report.execution_low = mix(self.executions.wrapping_add(salt).rotate_left(32)) | 1;
        self.send(report);
    }

    /// Reports something that is no fill.
    pub(super) fn tell(&mut self, at: usize, kind: ReportKind, reason: VenueReason, answers: u64) {
        let report = self.report_of(at, kind, reason, answers);
        self.send(report);
    }

    fn report_of(
        &self,
        at: usize,
        kind: ReportKind,
        reason: VenueReason,
        answers: u64,
    ) -> ExecutionReport {
        let child = &self.children[at];
        let mut report = ExecutionReport::empty();
        report.child_id = child.id;
        report.version = child.version;
        report.venue = self.config.venue;
        report.kind = kind.code();
        report.reason = reason.code();
        report.cumulative_qty = child.cumulative.0;
        report.order_qty = child.qty.0;
        report.time = self.now.0;
        report.answers = answers;
        report
    }

    /// Gives a report its link sequence and sends it.
    pub(super) fn send(&mut self, mut report: ExecutionReport) {
        self.report_sequence += 1;
        report.sequence = self.report_sequence;
        self.stats.reports += 1;
        self.outbox.report(self.now, report);
    }

    /// Sends a public message, whose instrument sequence is set already.
    pub(super) fn publish(&mut self, words: &[u64]) {
        if let Some(words) = Words::<PUBLIC_WORDS_MAX>::copy(words) {
            self.stats.public_messages += 1;
            self.outbox.public(self.now, words);
        }
    }
}
