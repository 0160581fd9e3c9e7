//! Samples, brackets, placements, rows.

use hdrhistogram::Histogram;
use serde::Serialize;

/// Most that the two checks of the yardstick around a sample may differ, as a part of the smaller one.
pub const BRACKET_TOLERANCE: f64 = 0.2;
/// Largest time a histogram tells from larger ones, ns.
const HISTOGRAM_MAX_NS: u64 = 10_000_000_000;

/// Where the yardstick says that the two cores are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// Siblings of one core.
    Near,
    /// Cores with a cache in common.
    Mid,
    /// Cores without.
    Far,
    /// One core only: the question does not arise.
    Single,
    /// No sample survived.
    None,
}

impl Placement {
    /// Every placement of a sample.
    pub const ALL: [Placement; 4] = [Self::Near, Self::Mid, Self::Far, Self::Single];

    /// Name, as in the JSON document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::Mid => "mid",
            Self::Far => "far",
            Self::Single => "single",
            Self::None => "none",
        }
    }
}

/// Bounds of the placements, ns of the yardstick.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Thresholds {
    /// Near below this.
    pub near_below: f64,
    /// Far from this on.
    pub far_from: f64,
}

impl Thresholds {
    /// The placement that a yardstick stands for.
    #[must_use]
    pub fn placement(&self, yardstick: f64) -> Placement {
        if yardstick < self.near_below {
            Placement::Near
        } else if yardstick < self.far_from {
            Placement::Mid
        } else {
            Placement::Far
        }
    }
}

/// The yardstick before and after a sample.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bracket {
    /// Before, ns.
    pub before: f64,
    /// After, ns.
    pub after: f64,
}

impl Bracket {
    /// The yardstick of the sample, ns; `None` when the two checks differ too much, or say nothing.
    #[must_use]
    pub fn yardstick(&self) -> Option<f64> {
        let (low, high) = (self.before.min(self.after), self.before.max(self.after));
        let holds =
            self.before > 0.0 && self.after > 0.0 && high <= low * (1.0 + BRACKET_TOLERANCE);
        holds.then_some((low + high) / 2.0)
    }
}

/// What one sample of one case measured.
#[derive(Clone, Debug)]
pub struct Shot {
    /// Median of the blocks' times for each event, ns.
    pub p50: f64,
    /// Events timed alone, ns, one clock read included.
    pub singles: Histogram<u64>,
    /// As `singles`, after a rest each.
    pub rested: Histogram<u64>,
    /// Calls of the allocator by this thread during the timed events.
    pub allocations: u64,
}

/// An empty histogram with fixed bounds: 1 ns to 10 s, three digits.
#[must_use]
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, HISTOGRAM_MAX_NS, 3).expect("the bounds are constants")
}

/// The middle of `values`, the mean of the two middle ones of an even number; `None` of none.
#[must_use]
pub fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[half]),
        _ => Some((values[half - 1] + values[half]) / 2.0),
    }
}

/// One row of a result.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Row {
    /// Scenario.
    pub scenario: &'static str,
    /// What was measured.
    pub case: String,
    /// Where.
    pub placement: Placement,
    /// Unit of the figures.
    pub unit: &'static str,
    /// Median over samples of the blocks' medians.
    pub p50: Option<f64>,
    /// 99 of 100 single events took no longer.
    pub p99: Option<u64>,
    /// 999 of 1000.
    pub p999: Option<u64>,
    /// The slowest.
    pub max: Option<u64>,
    /// Samples that count.
    pub samples: u64,
    /// Median of the reference over the same samples.
    pub yardstick_p50: Option<f64>,
    /// P50 / the reference of the same sample, median over samples.
    pub ratio: Option<f64>,
    /// What the ratio may be at most, where a goal is set.
    pub goal: Option<f64>,
}

/// All samples of one case, split by placement.
#[derive(Debug)]
pub struct Case {
    scenario: &'static str,
    name: String,
    unit: &'static str,
    goals: Vec<(Placement, f64)>,
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    placement: Placement,
    p50: Vec<f64>,
    reference: Vec<f64>,
    ratio: Vec<f64>,
    singles: Histogram<u64>,
}

impl Case {
    /// A case without samples.
    #[must_use]
    pub fn new(scenario: &'static str, name: impl Into<String>, unit: &'static str) -> Case {
        let group = |placement| Group {
            placement,
            p50: Vec::new(),
            reference: Vec::new(),
            ratio: Vec::new(),
            singles: histogram(),
        };
        Case {
            scenario,
            name: name.into(),
            unit,
            goals: Vec::new(),
            groups: Placement::ALL.map(group).into(),
        }
    }
    /// Sets what the ratio may be at most at a placement.
    #[must_use]
    pub fn goal(mut self, placement: Placement, ratio: f64) -> Case {
        self.goals.push((placement, ratio));
        self
    }
    /// Adds a sample, its ratio to `compared`; the row shows `reference`.
    pub fn add(&mut self, placement: Placement, shot: &Shot, reference: f64, compared: f64) {
        let Some(group) = self.groups.iter_mut().find(|g| g.placement == placement) else {
            return;
        };
        group.p50.push(shot.p50);
        group.reference.push(reference);
        if compared > 0.0 {
            group.ratio.push(shot.p50 / compared);
        }
        group
            .singles
            .add(&shot.singles)
            .expect("histograms of one making have the same bounds");
    }
    /// One row for each placement that has samples; one without figures when none has.
    #[must_use]
    pub fn rows(mut self) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        let goals = std::mem::take(&mut self.goals);
        let groups = std::mem::take(&mut self.groups);
        for mut group in groups.into_iter().filter(|g| !g.p50.is_empty()) {
            let goal = goals.iter().find(|(p, _)| *p == group.placement);
            let singles = &group.singles;
            let at =
                |quantile: f64| (!singles.is_empty()).then(|| singles.value_at_quantile(quantile));
            let (p99, p999) = (at(0.99), at(0.999));
            rows.push(Row {
                placement: group.placement,
                p99,
                p999,
                max: (!singles.is_empty()).then(|| singles.max()),
                samples: group.p50.len() as u64,
                p50: median(&mut group.p50),
                yardstick_p50: median(&mut group.reference),
                ratio: median(&mut group.ratio),
                goal: goal.map(|(_, ratio)| *ratio),
                ..self.empty_row()
            });
        }
        if rows.is_empty() {
            rows.push(self.empty_row());
        }
        rows
    }
    fn empty_row(&self) -> Row {
        Row {
            scenario: self.scenario,
            case: self.name.clone(),
            placement: Placement::None,
            unit: self.unit,
            p50: None,
            p99: None,
            p999: None,
            max: None,
            samples: 0,
            yardstick_p50: None,
            ratio: None,
            goal: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_holds_up_to_a_fifth() {
        let bracket = |before, after| Bracket { before, after }.yardstick();
        assert_eq!(bracket(100.0, 120.0), Some(110.0));
        assert_eq!(bracket(121.0, 100.0), None);
        assert_eq!(bracket(0.0, 0.0), None, "never divides by zero");
        assert_eq!(bracket(f64::NAN, 100.0), None);
    }

    #[test]
    fn placements_follow_the_thresholds() {
        let thresholds = Thresholds {
            near_below: 75.0,
            far_from: 250.0,
        };
        assert_eq!(thresholds.placement(74.9), Placement::Near);
        assert_eq!(thresholds.placement(75.0), Placement::Mid);
        assert_eq!(thresholds.placement(250.0), Placement::Far);
    }

    #[test]
    fn ratios_are_formed_sample_by_sample() {
        let mut case = Case::new("s", "c", "ns").goal(Placement::Mid, 2.0);
        for (p50, reference) in [(100.0, 100.0), (300.0, 100.0), (800.0, 400.0)] {
            let mut singles = histogram();
            singles.record(p50 as u64).unwrap();
            let shot = Shot {
                p50,
                singles,
                rested: histogram(),
                allocations: 0,
            };
            case.add(Placement::Mid, &shot, reference, reference);
        }
        let rows = case.rows();
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.p50, row.ratio), (Some(300.0), Some(2.0)));
        assert_eq!((row.samples, row.goal), (3, Some(2.0)));
        assert_eq!(row.yardstick_p50, Some(100.0));
    }

    #[test]
    fn without_a_sample_there_is_a_row_that_says_so() {
        let rows = Case::new("s", "c", "ns").rows();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].samples, 0);
        assert_eq!(rows[0].placement, Placement::None);
        assert!(rows[0].p50.is_none() && rows[0].ratio.is_none() && rows[0].max.is_none());
    }

    #[test]
    fn the_median_of_an_even_number_is_the_mean_of_the_middle() {
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&mut []), None);
    }
}
