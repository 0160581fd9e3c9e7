//! Each algorithm against its own benchmark: what its orders were sent to achieve, over all parents of a report.
//!
//! TWAP is held against the time-weighted mid of its interval, VWAP against the others' volume-weighted price, POV against the
//! rate that was asked for (and that price), IS and ARRIVAL against the price at arrival and the whole shortfall, CLOSE against the closing
//! price. SCALE_POV has no single rate and is held against the volume-weighted price; what has no schedule, against the price at arrival.
//! Orders of one day meet one market and are not independent: the standard error is that of the mean, no more.

use crate::report::{ParentReport, Report};
use serde::Serialize;
use std::collections::BTreeMap;

/// What an algorithm is held against.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Benchmark {
    /// Slippage against the time-weighted mid of the interval, bps.
    IntervalTwap,
    /// Slippage against the others' volume-weighted price of the interval, bps.
    IntervalVwap,
    /// Own share of the volume less the rate asked for, percentage points.
    Participation,
    /// Slippage against the mid at arrival, bps.
    Arrival,
    /// Cost of the whole order against decision or arrival price, what never traded included, bps.
    Shortfall,
    /// Slippage against the official closing price, bps.
    OfficialClose,
    /// Slippage against the last eligible print of the session, where no official close is told, bps.
    LastPrint,
}

impl Benchmark {
    /// Name for people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::IntervalTwap => "interval TWAP",
            Self::IntervalVwap => "interval VWAP",
            Self::Participation => "rate asked for",
            Self::Arrival => "arrival price",
            Self::Shortfall => "shortfall",
            Self::OfficialClose => "official close",
            Self::LastPrint => "last print of the session",
        }
    }
    /// Unit of its values.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Participation => "pp",
            _ => "bps",
        }
    }
    /// The benchmarks of an algorithm, by its name.
    #[must_use]
    pub fn of(algorithm: &str) -> &'static [Benchmark] {
        match algorithm {
            "TWAP" => &[Self::IntervalTwap],
            "VWAP" | "SCALE_POV" => &[Self::IntervalVwap],
            "POV" => &[Self::Participation, Self::IntervalVwap],
            "IS" | "ARRIVAL" => &[Self::Arrival, Self::Shortfall],
            "CLOSE" => &[Self::OfficialClose, Self::LastPrint],
            _ => &[Self::Arrival],
        }
    }
    /// How a parent did against it; `None` when that is not defined.
    #[must_use]
    pub fn value(self, p: &ParentReport) -> Option<f64> {
        let s = &p.slippage_bps;
        let close = |official| {
            s.close
                .filter(|_| p.closing_price_official == Some(official))
        };
        match self {
            Self::IntervalTwap => s.interval_twap,
            Self::IntervalVwap => s.interval_vwap,
            Self::Arrival => s.arrival,
            Self::Shortfall => p.quality.shortfall_bps,
            Self::OfficialClose => close(true),
            Self::LastPrint => close(false),
            Self::Participation => match (p.participation, p.target_participation) {
                (Some(got), Some(asked)) if p.filled > 0 => Some((got - asked) * 100.0),
                _ => None,
            },
        }
    }
}

/// Order statistics; linear between the two nearest values.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Quantiles {
    /// Least.
    pub min: f64,
    /// 5 %.
    pub p05: f64,
    /// 25 %.
    pub p25: f64,
    /// Half.
    pub median: f64,
    /// 75 %.
    pub p75: f64,
    /// 95 %.
    pub p95: f64,
    /// Largest.
    pub max: f64,
}

/// Distribution of a figure over the parents for which it is defined.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Distribution {
    /// What the parents are held against.
    pub benchmark: Benchmark,
    /// Unit of the values.
    pub unit: &'static str,
    /// Parents with a value.
    pub count: u64,
    /// Mean, each parent counted once; null without a value.
    pub mean: Option<f64>,
    /// Sample standard deviation over the root of the count; null below two values.
    pub standard_error: Option<f64>,
    /// Quantiles; null without a value.
    pub quantiles: Option<Quantiles>,
}

impl Distribution {
    /// The distribution of these values.
    #[must_use]
    pub fn of(benchmark: Benchmark, mut values: Vec<f64>) -> Distribution {
        values.retain(|v| v.is_finite());
        values.sort_unstable_by(f64::total_cmp);
        let count = values.len();
        let n = count as f64;
        let mean = (count > 0).then(|| values.iter().sum::<f64>() / n);
        let standard_error = mean.filter(|_| count > 1).map(|mean| {
            let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
            (squares / (n - 1.0) / n).sqrt()
        });
        Distribution {
            benchmark,
            unit: benchmark.unit(),
            count: count as u64,
            mean,
            standard_error,
            quantiles: (count > 0).then(|| Quantiles {
                min: values[0],
                p05: quantile(&values, 0.05),
                p25: quantile(&values, 0.25),
                median: quantile(&values, 0.5),
                p75: quantile(&values, 0.75),
                p95: quantile(&values, 0.95),
                max: values[count - 1],
            }),
        }
    }
}

/// Value below which a share of the sorted `values` lies.
fn quantile(values: &[f64], share: f64) -> f64 {
    let at = share * (values.len() - 1) as f64;
    let (low, part) = (at.floor() as usize, at.fract());
    let next = values[(low + 1).min(values.len() - 1)];
    values[low] + part * (next - values[low])
}

/// All orders of one algorithm.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct AlgorithmReport {
    /// Algorithm.
    pub algorithm: String,
    /// Parents.
    pub parents: u64,
    /// Parents that filled whole.
    pub completed: u64,
    /// Mean of filled / ordered.
    pub completion: f64,
    /// Parents by their state.
    pub states: BTreeMap<String, u64>,
    /// Last reasons of the parents that did not fill whole.
    pub reasons: BTreeMap<String, u64>,
    /// Slice ends, and those below the band.
    pub slice_ends: u64,
    /// Slice ends with filled below the line less the band.
    pub slice_misses: u64,
    /// The orders against the algorithm's own benchmarks; one without a value is left out unless all are.
    pub benchmarks: Vec<Distribution>,
}

impl Report {
    /// Each algorithm against its own benchmarks, by name.
    #[must_use]
    pub fn algorithms(&self) -> Vec<AlgorithmReport> {
        let mut by_name: BTreeMap<&str, Vec<&ParentReport>> = BTreeMap::new();
        for p in &self.parents {
            by_name.entry(&p.algorithm).or_default().push(p);
        }
        by_name
            .into_iter()
            .map(|(name, parents)| algorithm(name, &parents))
            .collect()
    }
}

fn algorithm(name: &str, parents: &[&ParentReport]) -> AlgorithmReport {
    let (mut states, mut reasons) = (BTreeMap::new(), BTreeMap::new());
    for p in parents {
        *states.entry(p.state.clone()).or_insert(0) += 1;
        if p.state != "FILLED" {
            *reasons.entry(p.reason.clone()).or_insert(0) += 1;
        }
    }
    let all = Benchmark::of(name);
    let mut benchmarks: Vec<Distribution> = all
        .iter()
        .map(|b| Distribution::of(*b, parents.iter().filter_map(|p| b.value(p)).collect()))
        .collect();
    if benchmarks.iter().any(|d| d.count > 0) {
        benchmarks.retain(|d| d.count > 0);
    } else {
        benchmarks.truncate(1);
    }
    let shares = parents
        .iter()
        .map(|p| p.filled as f64 / p.ordered.max(1) as f64);
    AlgorithmReport {
        algorithm: name.to_owned(),
        parents: parents.len() as u64,
        completed: parents.iter().filter(|p| p.state == "FILLED").count() as u64,
        completion: shares.sum::<f64>() / parents.len().max(1) as f64,
        states,
        reasons,
        slice_ends: parents.iter().map(|p| p.slice_ends).sum(),
        slice_misses: parents.iter().map(|p| p.slice_misses).sum(),
        benchmarks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Run, S};
    use shm_wire::codes::{AlgorithmCode, Side};

    #[test]
    fn a_distribution_is_mean_error_and_quantiles_of_what_is_defined() {
        let d = Distribution::of(Benchmark::Arrival, vec![4.0, 1.0, f64::NAN, 2.0, 3.0]);
        assert_eq!((d.count, d.mean), (4, Some(2.5)));
        // Sample variance 5/3.
        let error = (5.0_f64 / 3.0 / 4.0).sqrt();
        assert!((d.standard_error.unwrap() - error).abs() < 1e-15);
        let q = d.quantiles.unwrap();
        assert_eq!(
            (q.min, q.p25, q.median, q.p75, q.max),
            (1.0, 1.75, 2.5, 3.25, 4.0)
        );
        assert!((q.p05 - 1.15).abs() < 1e-12 && (q.p95 - 3.85).abs() < 1e-12);
        let one = Distribution::of(Benchmark::Shortfall, vec![7.0]);
        assert_eq!((one.mean, one.standard_error), (Some(7.0), None));
        let none = Distribution::of(Benchmark::Shortfall, Vec::new());
        assert_eq!((none.count, none.mean, none.quantiles), (0, None, None));
    }

    #[test]
    fn each_algorithm_stands_against_its_own_benchmark() {
        let mut run = Run::default();
        run.quote(900 * S, 9_999, 10_001);
        let orders = [AlgorithmCode::Twap, AlgorithmCode::Pov, AlgorithmCode::Is];
        for (number, code) in (1..).zip(orders) {
            run.order(900 * S, number, Side::Buy, code, 100);
            run.accept(1_000 * S, number, 100, 1_000 * S, 2_000 * S);
            run.slice(1_100 * S, number, 5 + number, 10_001, 100);
            run.fill(1_200 * S, 5 + number, 10_001, 100);
        }
        run.trade(1_150 * S, 10_000, 1_000, 0);
        let report = run.analysis().report();
        let all = report.algorithms();
        let shown: Vec<_> = all
            .iter()
            .map(|a| {
                let held: Vec<_> = a
                    .benchmarks
                    .iter()
                    .map(|d| (d.benchmark, d.count))
                    .collect();
                (a.algorithm.as_str(), a.parents, held)
            })
            .collect();
        assert_eq!(
            shown,
            [
                (
                    "IS",
                    1,
                    vec![(Benchmark::Arrival, 1), (Benchmark::Shortfall, 1)]
                ),
                (
                    "POV",
                    1,
                    vec![(Benchmark::Participation, 1), (Benchmark::IntervalVwap, 1)]
                ),
                ("TWAP", 1, vec![(Benchmark::IntervalTwap, 1)]),
            ]
        );
        // Ten percent was asked for, 100 of 1,100 came.
        let pov = all[1].benchmarks[0].mean.unwrap();
        assert!(
            (pov - (100.0 / 1_100.0 - 0.1) * 100.0).abs() < 1e-9,
            "{pov}"
        );
    }

    #[test]
    fn runs_add_up() {
        let mut run = Run::default();
        run.quote(900 * S, 9_999, 10_001);
        run.order(900 * S, 1, Side::Buy, AlgorithmCode::Twap, 100);
        run.accept(1_000 * S, 1, 100, 1_000 * S, 2_000 * S);
        run.slice(1_100 * S, 1, 5, 10_001, 100);
        run.fill(1_200 * S, 5, 10_001, 100);
        let one = run.analysis().report();
        let two = Report::of_runs(vec![one.clone(), one.clone()]);
        assert_eq!(two.parents.len(), 2);
        assert_eq!(two.totals.filled, 2 * one.totals.filled);
        assert_eq!(two.quality.fills, 2 * one.quality.fills);
        assert!((two.quality.success_rate - one.quality.success_rate).abs() < 1e-12);
        assert_eq!(two.quality.first_time, one.quality.first_time);
        let money = |r: &Report| r.totals.notional["USD"].parse::<f64>().unwrap();
        assert!((money(&two) - 2.0 * money(&one)).abs() < 1e-9);
        assert_eq!(Report::of_runs(vec![one.clone()]).totals, one.totals);
        let none = Report::of_runs(Vec::new());
        assert_eq!((none.parents.len(), none.quality.success_rate), (0, 1.0));
    }
}
