//! From bars to sessions on one grid of bins: full sessions, half days, and days too thin to use.
//!
//! The grid is the most common session of all files: first bar, number of bins. Which dates end early is taken over all files together,
//! because a half day is a property of the exchange's calendar, while a thin name may simply not trade in its last bars. A bar
//! that is absent has volume 0 and the price of the bar before it.

use std::collections::BTreeMap;

use engine_curves::grid::{Grid, Kind};
use engine_models::volume_forecast::BINS_MAX;
use jiff::civil::Date;

use super::bars::{BIN_SECONDS, Bar, Bars};
use crate::error::UserError;

/// A session that ends this many bins before the grid does, or more, is a half day.
const EARLY_BINS_MIN: usize = 7;

/// Least part of a session's bins that must be there.
const PRESENT_MIN: f64 = 0.6;

/// One instrument's session.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Date.
    pub date: Date,
    /// Full or half.
    pub kind: Kind,
    /// Volume of each bin.
    pub volumes: Vec<f64>,
    /// Price of each bin.
    pub prices: Vec<f64>,
}

impl Session {
    /// Volume of the session.
    #[must_use]
    pub fn volume(&self) -> f64 {
        self.volumes.iter().sum()
    }
}

/// One instrument's sessions in order of date, and what was left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sessions {
    /// Symbol.
    pub symbol: String,
    /// The sessions.
    pub days: Vec<Session>,
    /// Bars outside the grid.
    pub outside: u64,
    /// Days with too few bars, or no volume.
    pub incomplete: u64,
}

/// The grid that most days of all files have.
///
/// # Errors
/// A session of one bin or of more than [`BINS_MAX`].
pub fn grid_of(files: &[Bars]) -> Result<Grid, UserError> {
    let mut opens: BTreeMap<u32, u64> = BTreeMap::new();
    let mut ends: BTreeMap<u32, u64> = BTreeMap::new();
    for day in files.iter().flat_map(|file| days(&file.rows)) {
        if let [first, .., last] = day {
            *opens.entry(first.start).or_default() += 1;
            *ends.entry(last.start).or_default() += 1;
        }
    }
    let wrong = |bins: usize| {
        UserError::new("file.session", format!("the usual session has {bins} bins"))
            .field("datetime")
            .rule(format!("2..={BINS_MAX} bins of five minutes"))
            .hint("leave out rows outside the regular session")
    };
    let (Some(open), Some(end)) = (most_common(&opens), most_common(&ends)) else {
        return Err(wrong(1));
    };
    let bins = (end.saturating_sub(open) / BIN_SECONDS) as usize + 1;
    if !(2..=BINS_MAX).contains(&bins) {
        return Err(wrong(bins));
    }
    Ok(Grid {
        open,
        bin_seconds: BIN_SECONDS,
        bins,
    })
}

fn most_common(counts: &BTreeMap<u32, u64>) -> Option<u32> {
    let most = counts.values().max()?;
    counts
        .iter()
        .find(|(_, n)| *n == most)
        .map(|(value, _)| *value)
}

/// The rows day by day.
fn days(rows: &[Bar]) -> impl Iterator<Item = &[Bar]> {
    rows.chunk_by(|a, b| a.date == b.date)
}

/// How many bins each date has by the calendar: the last bar of any file.
#[must_use]
pub fn calendar(files: &[Bars], grid: Grid) -> BTreeMap<Date, usize> {
    let mut lengths = BTreeMap::new();
    for bar in files.iter().flat_map(|file| &file.rows) {
        if let Some(bin) = grid.bin(bar.start) {
            let length = lengths.entry(bar.date).or_insert(0);
            *length = (bin + 1).max(*length);
        }
    }
    for length in lengths.values_mut() {
        if *length + EARLY_BINS_MIN > grid.bins {
            *length = grid.bins;
        }
    }
    lengths
}

/// One file's sessions; only dates that `wanted` says.
#[must_use]
pub fn sessions(
    bars: &Bars,
    grid: Grid,
    calendar: &BTreeMap<Date, usize>,
    wanted: impl Fn(Date) -> bool,
) -> Sessions {
    let mut all = Sessions {
        symbol: bars.symbol.clone(),
        ..Sessions::default()
    };
    for day in days(&bars.rows) {
        let date = day[0].date;
        if !wanted(date) {
            continue;
        }
        let length = calendar.get(&date).copied().unwrap_or(grid.bins);
        match session(day, grid, length, &mut all.outside) {
            Some(session) => all.days.push(session),
            None => all.incomplete += 1,
        }
    }
    all
}

fn session(day: &[Bar], grid: Grid, length: usize, outside: &mut u64) -> Option<Session> {
    let mut volumes = vec![0.0; length];
    let mut prices = vec![0.0; length];
    let mut present = 0.0;
    for bar in day {
        match grid.bin(bar.start).filter(|bin| *bin < length) {
            Some(bin) => {
                volumes[bin] = bar.volume;
                prices[bin] = bar.price;
                present += 1.0;
            }
            None => *outside += 1,
        }
    }
    if present < PRESENT_MIN * length as f64 || volumes.iter().sum::<f64>() <= 0.0 {
        return None;
    }
    // Before the first bar there is only the first bar's price; nothing trades there, so it enters no average of the market's.
    let mut last = *prices.iter().find(|price| **price > 0.0)?;
    for price in &mut prices {
        if *price > 0.0 {
            last = *price;
        } else {
            *price = last;
        }
    }
    Some(Session {
        date: day[0].date,
        kind: if length == grid.bins {
            Kind::Full
        } else {
            Kind::Half
        },
        volumes,
        prices,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn file(days: &[(i8, &[u32])]) -> Bars {
        let rows = days
            .iter()
            .flat_map(|(day, bins)| {
                bins.iter().map(|bin| Bar {
                    date: Date::constant(2025, 6, *day),
                    start: 34_200 + bin * BIN_SECONDS,
                    price: 10.0 + f64::from(*bin),
                    volume: 5.0,
                })
            })
            .collect();
        Bars {
            symbol: "A".to_owned(),
            path: PathBuf::new(),
            rows,
            bad: Vec::new(),
            bad_count: 0,
        }
    }

    #[test]
    fn half_days_thin_days_and_gaps_are_told_apart() {
        let full: Vec<u32> = (0..20).collect();
        let short: Vec<u32> = (0..11).collect();
        let gap: Vec<u32> = (0..20).filter(|bin| *bin != 3).collect();
        let thin: Vec<u32> = (0..12).collect();
        let one = file(&[(2, &full), (3, &short), (4, &gap), (5, &full)]);
        let other = file(&[(2, &full), (3, &short), (4, &full), (5, &thin)]);
        let files = [one, other];
        let grid = grid_of(&files).unwrap();
        assert_eq!((grid.open, grid.bins), (34_200, 20));
        let calendar = calendar(&files, grid);
        let first = sessions(&files[0], grid, &calendar, |_| true);
        let kinds: Vec<Kind> = first.days.iter().map(|day| day.kind).collect();
        assert_eq!(kinds, [Kind::Full, Kind::Half, Kind::Full, Kind::Full]);
        assert_eq!(first.days[1].volumes.len(), 11);
        assert_eq!(
            (first.days[2].volumes[3], first.days[2].prices[3]),
            (0.0, 12.0)
        );
        let second = sessions(&files[1], grid, &calendar, |_| true);
        // Twelve of twenty bars: a full session by the calendar, silent at its end, and just enough of it.
        assert_eq!(second.days[3].kind, Kind::Full);
        assert_eq!(second.incomplete, 0);
        let few: Vec<u32> = (0..11).collect();
        let third = sessions(&file(&[(5, &few)]), grid, &calendar, |_| true);
        assert_eq!((third.days.len(), third.incomplete), (0, 1));
    }

    #[test]
    fn a_day_around_the_clock_is_refused_with_a_hint() {
        let long: Vec<u32> = (0..160).collect();
        let error = grid_of(&[file(&[(2, &long), (3, &long)])]).unwrap_err();
        assert_eq!(error.code, "file.session");
    }
}
