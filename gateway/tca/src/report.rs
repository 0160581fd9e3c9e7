//! The execution report: the numbers of `pacer.run/1` and more, as plain types.
//!
//! Quantities are integers in quantity steps, prices decimal strings, times RFC 3339, bps positive when they cost us,
//! fractions of one; what is undefined is `null`.

use crate::figures::{AuctionPart, Compliance, Markout, Shortfall, Spreads};
use crate::format::{self, Decimal, Time};
use crate::laws::Violation;
use crate::ledger::{Point, VIOLATIONS_KEPT_MAX};
use serde::Serialize;
use shm_wire::units::Notional;
use std::collections::BTreeMap;

/// Slippage against the three benchmarks, basis points, positive = cost.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Slippage {
    /// Against the mid at arrival.
    pub arrival: Option<f64>,
    /// Against the others' VWAP over the interval.
    pub interval_vwap: Option<f64>,
    /// Against the time-weighted mid of the interval.
    pub interval_twap: Option<f64>,
    /// Against the closing price of the session.
    pub close: Option<f64>,
}

/// One parent order.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ParentReport {
    /// The client's name.
    pub client_order_id: String,
    /// Order source.
    pub source: u16,
    /// The source's number.
    pub parent_id: u64,
    /// Symbol, or the table index when the table lacks it.
    pub instrument: String,
    /// Side; empty when the order itself is not in the journal.
    pub side: String,
    /// Algorithm.
    pub algorithm: String,
    /// Reported state.
    pub state: String,
    /// Name of the last reason.
    pub reason: String,
    /// The last reason in words, operands included.
    pub reason_text: String,
    /// Rejected field, when there is one.
    pub field: Option<String>,
    /// Ordered, steps.
    pub ordered: u64,
    /// Filled, steps.
    pub filled: u64,
    /// ordered - filled, steps.
    pub leaves: u64,
    /// Average price of the fills.
    pub average_price: Option<Decimal>,
    /// Mid that prevails at max(accept, start), else the first usable touch's after it.
    pub arrival_price: Option<Decimal>,
    /// The others' eligible VWAP over the interval.
    pub interval_vwap: Option<Decimal>,
    /// Time-weighted mid of the interval, suspensions and halts left out.
    pub interval_twap: Option<Decimal>,
    /// Closing price of the session in which the order began, once it is over.
    pub closing_price: Option<Decimal>,
    /// Whether that price is a venue's or a closing auction's, not just the last eligible print.
    pub closing_price_official: Option<bool>,
    /// Slippage.
    pub slippage_bps: Slippage,
    /// filled / (filled + market_volume).
    pub participation: Option<f64>,
    /// Rate that a POV order asked for; null for others.
    pub target_participation: Option<f64>,
    /// The others' eligible volume over the interval of `interval_vwap`, and their part of the auctions that the order sent
    /// something to, steps.
    pub market_volume: Option<u64>,
    /// Children sent.
    pub children: u64,
    /// Executions that count.
    pub fills: u64,
    /// Largest |filled - Q(t)| / ordered at slice ends.
    pub schedule_deviation_max: Option<f64>,
    /// Slice ends.
    pub slice_ends: u64,
    /// Slice ends with filled < Q(t) - band.
    pub slice_misses: u64,
    /// How often which reason stood at a miss.
    pub slice_miss_reasons: BTreeMap<String, u64>,
    /// Acceptance.
    pub accept_time: Option<Time>,
    /// Start in force.
    pub start: Option<Time>,
    /// End in force.
    pub end: Option<Time>,
    /// First fill at the venue.
    pub first_fill: Option<Time>,
    /// Last fill at the venue.
    pub last_fill: Option<Time>,
    /// Terminal report.
    pub done_time: Option<Time>,
    /// End of the interval that the benchmarks cover.
    pub interval_end: Option<Time>,
    /// Decisions with a reason.
    pub decisions: u64,
    /// Refusals by the venue.
    pub rejects: u64,
    /// Whether the engine's own count of fills agrees with the executions.
    pub reconciled: bool,
    /// What the order cost as a whole and how well it was executed; its fields stand beside the others in the document.
    #[serde(flatten)]
    pub quality: ExecutionQuality,
    /// What pictures need; not part of the document.
    #[serde(skip)]
    pub picture: Picture,
}

/// Execution quality of one parent order. All undefined (null, empty) for an order that was never accepted.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct ExecutionQuality {
    /// filled / ordered.
    pub completion: Option<f64>,
    /// Price at the time of the decision, when the order brought it.
    pub decision_price: Option<Decimal>,
    /// Cost of the whole order against its decision price (else the arrival price), what never traded valued at the mid at
    /// the end; basis points of ordered x that price, positive = cost.
    pub shortfall_bps: Option<f64>,
    /// The same with its parts.
    pub shortfall: Option<Shortfall>,
    /// Fills against the far touch when their child was sent, basis points, positive = better than crossing then.
    pub price_improvement_bps: Option<f64>,
    /// Filled at rest over filled with known liquidity, by quantity.
    pub passive_ratio: Option<f64>,
    /// Spreads around the fills.
    pub spreads: Spreads,
    /// What the mid did after the fills.
    pub markouts: Vec<Markout>,
    /// Messages to the venue: new children, replaces and cancels.
    pub messages: u64,
    /// Messages over executions that count.
    pub messages_per_fill: Option<f64>,
    /// What the order did in auctions, one row a kind that it sent something to.
    pub auctions: Vec<AuctionPart>,
    /// Participation window by window; empty for orders without a target rate.
    pub pov_compliance: Vec<Compliance>,
}

impl ExecutionQuality {
    /// The others' volume, and their part of the auctions that the order sent something to.
    pub(crate) fn with_auctions(&self, volume: u64) -> u64 {
        self.auctions
            .iter()
            .filter_map(|a| Some(a.volume?.saturating_sub(a.filled)))
            .fold(volume, u64::saturating_add)
    }
}

/// Raw material of the pictures of one parent.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Picture {
    /// Schedule against filled.
    pub series: Vec<Point>,
    /// (time ns, mid).
    pub mids: Vec<(u64, f64)>,
    /// (time ns, price, steps).
    pub fills: Vec<(u64, f64, u64)>,
    /// Interval VWAP.
    pub vwap: Option<f64>,
}

/// Sums over all parents.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Totals {
    /// Parents.
    pub parents: u64,
    /// Ordered, steps.
    pub ordered: u64,
    /// Filled, steps.
    pub filled: u64,
    /// Executed money by currency.
    pub notional: BTreeMap<String, String>,
    /// Parents that filled whole.
    pub completed: u64,
    /// Executed money by currency, 1e-18, for sums over runs.
    #[serde(skip)]
    money: BTreeMap<String, i128>,
}

impl Totals {
    /// Sets the executed money by currency, 1e-18.
    pub(crate) fn set_money(&mut self, money: BTreeMap<String, i128>) {
        self.notional = money
            .iter()
            .map(|(currency, sum)| (currency.clone(), format::money(Notional(*sum))))
            .collect();
        self.money = money;
    }

    fn add(&mut self, other: &Totals) {
        self.parents += other.parents;
        self.ordered = self.ordered.saturating_add(other.ordered);
        self.filled = self.filled.saturating_add(other.filled);
        self.completed += other.completed;
        let mut money = std::mem::take(&mut self.money);
        for (currency, sum) in &other.money {
            let all = money.entry(currency.clone()).or_default();
            *all = all.saturating_add(*sum);
        }
        self.set_money(money);
    }
}

/// Figures about the run itself.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Quality {
    /// Parents that ended as ordered or say why, over all parents; 1 without parents.
    pub success_rate: f64,
    /// Journal records.
    pub records: u64,
    /// Market messages taken.
    pub market_messages: u64,
    /// Outputs with a reason.
    pub decisions: u64,
    /// Children sent.
    pub children: u64,
    /// Executions that count.
    pub fills: u64,
    /// Records that do not decode.
    pub undecodable: u64,
    /// Reports about unknown children or executions.
    pub orphans: u64,
    /// Broken laws.
    pub law_violations: u64,
    /// The first of them in words.
    pub violations: Vec<Violation>,
    /// Whether the run ended in order.
    pub ended: bool,
    /// First record.
    pub first_time: Option<Time>,
    /// Last record.
    pub last_time: Option<Time>,
}

/// The execution report of a run.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// Parents in the order of their arrival.
    pub parents: Vec<ParentReport>,
    /// Sums.
    pub totals: Totals,
    /// The run itself.
    pub quality: Quality,
}

impl Report {
    /// One report over several runs, parents in their order.
    #[must_use]
    pub fn of_runs(runs: Vec<Report>) -> Report {
        let mut all = Report {
            parents: Vec::new(),
            totals: Totals::default(),
            quality: Quality {
                ended: true,
                ..Quality::default()
            },
        };
        let mut good = 0.0;
        for run in runs {
            let parents = run.totals.parents;
            good += run.quality.success_rate * parents as f64;
            all.totals.add(&run.totals);
            all.quality.add(run.quality);
            all.parents.extend(run.parents);
        }
        all.quality.success_rate = match all.totals.parents {
            0 => 1.0,
            parents => good / parents as f64,
        };
        all
    }
}

impl Quality {
    fn add(&mut self, other: Quality) {
        self.records += other.records;
        self.market_messages += other.market_messages;
        self.decisions += other.decisions;
        self.children += other.children;
        self.fills += other.fills;
        self.undecodable += other.undecodable;
        self.orphans += other.orphans;
        self.law_violations += other.law_violations;
        let room = VIOLATIONS_KEPT_MAX.saturating_sub(self.violations.len());
        self.violations
            .extend(other.violations.into_iter().take(room));
        self.ended &= other.ended;
        self.first_time = [self.first_time, other.first_time]
            .into_iter()
            .flatten()
            .min();
        self.last_time = self.last_time.max(other.last_time);
    }
}
