//! The fallback ladder: the symbol's own curve, else its sector's, else the asset class's, else TWAP; and the rolling history that
//! replaces whichever rung it was, session by session.

use std::collections::VecDeque;

use engine_models::volume_forecast;
use serde::Serialize;

use crate::file::{Averaging, CurveFile, Parameters, Pooled};
use crate::grid::Kind;

/// Half days of which the others' curve counts as much as those of the symbol itself.
const HALF_DAYS_SHRINK: f64 = 2.0;

/// Where a curve comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// The symbol's own sessions.
    Symbol,
    /// Its sector or product.
    Sector,
    /// All symbols of the file.
    AssetClass,
    /// No curve: flat.
    Twap,
}

impl Rung {
    /// As in the report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Rung::Symbol => "symbol",
            Rung::Sector => "sector",
            Rung::AssetClass => "asset_class",
            Rung::Twap => "twap",
        }
    }
}

/// What an instrument starts with.
#[derive(Clone, Debug, PartialEq)]
pub struct Base<'a> {
    /// Where it comes from.
    pub rung: Rung,
    /// Share of each bin of a full session.
    pub curve: Vec<f64>,
    /// Parameters of the filter; none on the TWAP rung, where nothing adapts.
    pub dynamics: Option<Parameters>,
    pooled: Option<&'a Pooled>,
}

/// Climbs down the ladder.
#[must_use]
pub fn base<'a>(file: &'a CurveFile, symbol: &str, group: Option<&str>) -> Base<'a> {
    let fitted = file.symbols.get(symbol);
    let group = fitted.and_then(|f| f.group.as_deref()).or(group);
    let sector = group.and_then(|name| file.groups.get(name));
    let pooled = sector.or(file.class.as_ref());
    if let Some(fitted) = fitted {
        return Base {
            rung: Rung::Symbol,
            curve: fitted.curve.clone(),
            dynamics: Some(fitted.dynamics),
            pooled,
        };
    }
    match pooled {
        Some(found) => Base {
            rung: if sector.is_some() {
                Rung::Sector
            } else {
                Rung::AssetClass
            },
            curve: found.curve.clone(),
            dynamics: Some(found.dynamics),
            pooled,
        },
        None => flat(file.grid.bins),
    }
}

/// The last rung.
#[must_use]
pub fn flat(bins: usize) -> Base<'static> {
    Base {
        rung: Rung::Twap,
        curve: vec![1.0 / bins as f64; bins],
        dynamics: None,
        pooled: None,
    }
}

impl Base<'_> {
    /// A symbol's own curve, any scale, without parameters and without others' half days.
    #[must_use]
    pub fn of_curve(curve: Vec<f64>) -> Base<'static> {
        Base {
            rung: Rung::Symbol,
            curve: normalised(curve),
            dynamics: None,
            pooled: None,
        }
    }

    /// Curve of a half day of `bins` that other symbols' half days say, else the full curve with its middle left out.
    fn half(&self, bins: usize) -> Vec<f64> {
        match self.pooled.and_then(|pooled| pooled.half_days.get(&bins)) {
            Some(half) => half.curve.clone(),
            None => squeezed(&self.curve, bins),
        }
    }
}

/// A full curve with its middle left out: the opening half and the closing half of a shorter session.
fn squeezed(curve: &[f64], bins: usize) -> Vec<f64> {
    let front = bins.div_ceil(2);
    let back = curve.len() - (bins - front);
    normalised(
        curve[..front]
            .iter()
            .chain(&curve[back..])
            .copied()
            .collect(),
    )
}

fn normalised(mut curve: Vec<f64>) -> Vec<f64> {
    let sum: f64 = curve.iter().sum();
    let flat = 1.0 / curve.len().max(1) as f64;
    for share in &mut curve {
        *share = if sum > 0.0 { *share / sum } else { flat };
    }
    curve
}

/// Which sessions make a rolling curve, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Window {
    /// Full sessions.
    pub sessions: usize,
    /// How they are averaged.
    pub averaging: Averaging,
}

impl From<usize> for Window {
    /// The plain mean of so many.
    fn from(sessions: usize) -> Window {
        Window {
            sessions,
            averaging: Averaging::Mean,
        }
    }
}

/// The last sessions of one symbol.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct History {
    window: Window,
    full: VecDeque<Vec<f64>>,
    half: Vec<Vec<f64>>,
}

impl History {
    /// None yet; keeps the full sessions of `window`.
    #[must_use]
    pub fn new(window: impl Into<Window>) -> History {
        History {
            window: window.into(),
            ..History::default()
        }
    }

    /// Goes on from stored sessions.
    #[must_use]
    pub fn resume(window: impl Into<Window>, full: &[Vec<f64>], half: &[Vec<f64>]) -> History {
        let mut history = History::new(window);
        history.half = half.to_vec();
        for volumes in full {
            history.push_full(volumes.clone());
        }
        history
    }

    /// Adds the volumes of a session that is over.
    pub fn push(&mut self, kind: Kind, volumes: &[f64]) {
        match kind {
            Kind::Full => self.push_full(volumes.to_vec()),
            Kind::Half => self.half.push(volumes.to_vec()),
        }
    }

    fn push_full(&mut self, volumes: Vec<f64>) {
        if self.full.len() == self.window.sessions {
            self.full.pop_front();
        }
        self.full.push_back(volumes);
    }

    /// Full sessions kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.full.len()
    }

    /// Whether there is no full session.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.full.is_empty()
    }

    /// The full sessions and half days kept, for the file.
    #[must_use]
    pub fn stored(&self) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        (self.full.iter().cloned().collect(), self.half.clone())
    }

    /// Static curve of a session of that kind and length: mean of the shares of the sessions before it, renormalised. Sessions that a window
    /// still lacks count as the base's curve; half days stand apart.
    #[must_use]
    pub fn curve(&self, kind: Kind, bins: usize, base: &Base<'_>) -> Vec<f64> {
        match kind {
            Kind::Full => {
                let missing = self.window.sessions - self.full.len();
                average(self.window.averaging, &self.full, &base.curve, missing)
            }
            Kind::Half => {
                let same = self.half.iter().filter(|day| day.len() == bins);
                mean(same, &base.half(bins), HALF_DAYS_SHRINK)
            }
        }
    }

    /// The curve of the next full session.
    #[must_use]
    pub fn full_curve(&self, base: &Base<'_>) -> Vec<f64> {
        self.curve(Kind::Full, base.curve.len(), base)
    }
    /// Log of a usual full session's volume.
    #[must_use]
    pub fn log_level(&self) -> Option<f64> {
        volume_forecast::log_level(self.full.iter().map(|day| day.iter().sum()))
    }

    /// Mean volume of the full sessions.
    #[must_use]
    pub fn mean_volume(&self) -> Option<f64> {
        let sum: f64 = self.full.iter().flatten().sum();
        (!self.full.is_empty()).then(|| sum / self.full.len() as f64)
    }
}

/// Renormalised average of the days' shares, oldest first; `missing` older ones are as the `fallback`.
#[must_use]
pub fn average(
    averaging: Averaging,
    days: &VecDeque<Vec<f64>>,
    fallback: &[f64],
    missing: usize,
) -> Vec<f64> {
    match averaging {
        Averaging::Mean => mean(days.iter(), fallback, missing as f64),
        Averaging::Median => {
            let shares: Vec<Vec<f64>> = days.iter().cloned().map(normalised).collect();
            let of_bin = |bin: usize| {
                let mut values: Vec<f64> = vec![fallback[bin]; missing];
                values.extend(shares.iter().map(|day| day[bin]));
                values.sort_unstable_by(f64::total_cmp);
                let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
                0.5 * (values[low] + values[high])
            };
            // Medians of shares do not sum to one: what is missing would all fall to the last bin.
            normalised((0..fallback.len()).map(of_bin).collect())
        }
        Averaging::Ewma => {
            let forgets = 1.0 - 2.0 / ((days.len() + missing) as f64 + 1.0);
            let mut sum = fallback.to_vec();
            if missing == 0 {
                sum.fill(0.0);
            }
            // The oldest day stands for all before it.
            let mut first = missing == 0;
            for day in days {
                let total: f64 = day.iter().sum();
                for (sum, volume) in sum.iter_mut().zip(day) {
                    let share = volume / total;
                    *sum = if first {
                        share
                    } else {
                        forgets * *sum + (1.0 - forgets) * share
                    };
                }
                first = false;
            }
            normalised(sum)
        }
    }
}

/// Renormalised mean of the days' shares and of `weight` times the `fallback`.
pub fn mean<'a>(
    days: impl Iterator<Item = &'a Vec<f64>>,
    fallback: &[f64],
    weight: f64,
) -> Vec<f64> {
    let mut sum: Vec<f64> = fallback.iter().map(|share| share * weight).collect();
    for day in days {
        let total: f64 = day.iter().sum();
        for (sum, volume) in sum.iter_mut().zip(day) {
            *sum += volume / total;
        }
    }
    normalised(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_the_mean_share_and_missing_sessions_are_the_bases() {
        let mut history = History::new(4);
        let base = flat(2);
        assert_eq!(history.curve(Kind::Full, 2, &base), [0.5, 0.5]);
        history.push_full(vec![30.0, 10.0]);
        // One day of 0.75 and three of 0.5.
        assert_eq!(history.curve(Kind::Full, 2, &base), [0.5625, 0.4375]);
        for _ in 0..4 {
            history.push_full(vec![3.0, 1.0]);
        }
        assert_eq!((history.len(), history.mean_volume()), (4, Some(4.0)));
        assert_eq!(history.curve(Kind::Full, 2, &base), [0.75, 0.25]);
    }

    #[test]
    fn a_median_ignores_one_odd_day_and_a_moving_average_weighs_the_last_ones() {
        let of = |averaging| {
            let window = Window {
                sessions: 3,
                averaging,
            };
            let mut history = History::new(window);
            for day in [[1.0, 1.0], [1.0, 1.0], [9.0, 1.0]] {
                history.push_full(day.to_vec());
            }
            history.curve(Kind::Full, 2, &flat(2))[0]
        };
        assert!((of(Averaging::Mean) - 1.9 / 3.0).abs() < 1e-12);
        assert!((of(Averaging::Median) - 0.5).abs() < 1e-12, "renormalised");
        // Half of the weight is the last day's.
        assert!((of(Averaging::Ewma) - 0.7).abs() < 1e-12);
        let young = History::new(Window {
            sessions: 3,
            averaging: Averaging::Ewma,
        });
        assert_eq!(young.curve(Kind::Full, 2, &flat(2)), [0.5, 0.5]);
    }

    #[test]
    fn a_half_day_without_example_is_the_full_curve_without_its_middle() {
        let base = Base {
            curve: vec![0.3, 0.1, 0.05, 0.05, 0.1, 0.4],
            ..flat(6)
        };
        let got = History::new(20).curve(Kind::Half, 3, &base);
        for (got, want) in got.iter().zip([0.375, 0.125, 0.5]) {
            assert!((got - want).abs() < 1e-15);
        }
    }
}
