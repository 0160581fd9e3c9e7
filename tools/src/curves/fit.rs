//! `pacer curves fit`: rolling curves, state-space parameters by EM, pooled curves for the ladder, weights of the dynamic rule.

use std::collections::BTreeMap;

use engine_models::ModelError;
use engine_models::volume_em::{self, Limits, Smoothed, Theta};
use engine_models::volume_kalman::{Covariance, Dynamics, Forecast, Outliers, State};
use jiff::civil::Date;

use super::adapt::{self, Order, Validation};
use super::bars::Bars;
use super::sessions::{self, Session, Sessions};
use super::walk::Walk;
use crate::error::UserError;
use engine_curves::file::{
    CurveFile, Fitted, HalfCurve, Moments, Parameters, Pooled, Source, Weights,
};
use engine_curves::grid::Kind;
use engine_curves::ladder::{self, Base, History, Window};

/// Full sessions in a rolling curve.
pub const WINDOW_SESSIONS: usize = 20;

/// Full sessions that a symbol needs for parameters of its own.
pub const SESSIONS_MIN: usize = 10;

/// Clips the innovation at 20 of its variances: only a block far outside a bin's usual volume is cut.
const LAMBDA: f64 = 40.0;

/// Guard rails: ten percentage points of the order.
const GUARD: f64 = 0.1;

/// EM takes off what lies so far outside that the filter clips it too.
const EM: (Outliers, Limits) = (
    Outliers::Clipped(LAMBDA),
    Limits {
        iterations_max: 60,
        gain_min: 0.5,
    },
);

/// What `fit` made, and what it saw on the way.
#[derive(Debug)]
pub struct Outcome {
    /// The file.
    pub file: CurveFile,
    /// Symbols with too few sessions; they will be served by the ladder.
    pub skipped: Vec<(String, usize)>,
    /// Cross-validation of the weights inside the fit period.
    pub validation: Option<Validation>,
}

/// How curves are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Learn from the dates before this one only.
    pub until: Option<Date>,
    /// Sessions of a rolling curve and how they are averaged.
    pub window: Window,
}

impl Options {
    /// The usual window, on the dates before `until`.
    #[must_use]
    pub fn until(until: Option<Date>) -> Options {
        Options {
            until,
            window: Window::from(WINDOW_SESSIONS),
        }
    }
}

/// Fits all files.
///
/// # Errors
/// No common grid, no session at all, a model that refuses.
pub fn fit(
    files: &[Bars],
    options: Options,
    groups: &BTreeMap<String, String>,
    mut tick: impl FnMut(&str),
) -> Result<Outcome, UserError> {
    let until = options.until;
    let before = |date: Date| until.is_none_or(|until| date < until);
    let grid = sessions::grid_of(files)?;
    let calendar = sessions::calendar(files, grid);
    let all: Vec<Sessions> = files
        .iter()
        .map(|file| sessions::sessions(file, grid, &calendar, before))
        .collect();
    let mut file = CurveFile {
        source: source(files, &all, until, before)?,
        grid,
        window_sessions: options.window.sessions,
        averaging: options.window.averaging,
        lambda: LAMBDA,
        guard: GUARD,
        adaptation: Weights {
            bias: 0.0,
            filter: 1.0,
            surprise: 0.0,
            orders: 0,
        },
        class: None,
        groups: BTreeMap::new(),
        symbols: BTreeMap::new(),
    };
    let mut skipped = Vec::new();
    let mut orders = Vec::new();
    for symbol in &all {
        tick(&symbol.symbol);
        let full = of_kind(symbol, Kind::Full).count();
        if full < SESSIONS_MIN {
            skipped.push((symbol.symbol.clone(), full));
            continue;
        }
        let fitted = fit_symbol(symbol, &file, groups, &mut orders)
            .map_err(|e| UserError::new("curves.fit", format!("{}: {e}", symbol.symbol)))?;
        file.symbols.insert(symbol.symbol.clone(), fitted);
    }
    file.adaptation = adapt::fit(&orders);
    file.class = pooled(&all, &file, |_| true);
    let mut names: Vec<&String> = file
        .symbols
        .values()
        .filter_map(|f| f.group.as_ref())
        .collect();
    names.sort_unstable();
    names.dedup();
    let sectors: BTreeMap<String, Pooled> = names
        .into_iter()
        .filter_map(|name| {
            let inside = |fitted: &Fitted| fitted.group.as_ref() == Some(name);
            Some((name.clone(), pooled(&all, &file, inside)?))
        })
        .collect();
    file.groups = sectors;
    file.number();
    Ok(Outcome {
        validation: adapt::validate(&orders),
        file,
        skipped,
    })
}

fn of_kind(symbol: &Sessions, kind: Kind) -> impl Iterator<Item = &Session> {
    symbol.days.iter().filter(move |day| day.kind == kind)
}

fn source(
    files: &[Bars],
    all: &[Sessions],
    until: Option<Date>,
    before: impl Fn(Date) -> bool,
) -> Result<Source, UserError> {
    let dates = || all.iter().flat_map(|s| &s.days).map(|day| day.date);
    let (Some(first), Some(last)) = (dates().min(), dates().max()) else {
        let rule = until.map_or("any session".to_owned(), |until| {
            format!("a session before {until}")
        });
        return Err(UserError::new("file.bars", "the bars hold no session to fit on").rule(rule));
    };
    let count = |kind| all.iter().map(|s| of_kind(s, kind).count() as u64).sum();
    let bars = files
        .iter()
        .flat_map(|file| &file.rows)
        .filter(|bar| before(bar.date));
    Ok(Source {
        until,
        first,
        last,
        symbols: files.len(),
        full_sessions: count(Kind::Full),
        half_sessions: count(Kind::Half),
        incomplete_sessions: all.iter().map(|s| s.incomplete).sum(),
        bars: bars.count() as u64,
        bad_rows: files.iter().map(|file| file.bad_count).sum(),
    })
}

/// Parameters, curve and final state of one symbol; its sessions with a whole window before them become orders.
fn fit_symbol(
    symbol: &Sessions,
    file: &CurveFile,
    groups: &BTreeMap<String, String>,
    orders: &mut Vec<Order>,
) -> Result<Fitted, ModelError> {
    let full: Vec<&Session> = of_kind(symbol, Kind::Full).collect();
    let em = expectation_maximisation(&full, file.grid.bins)?;
    let model = file.model(Parameters::from(em.theta.dynamics));
    // Until the window is full, the seasonal stands for the sessions that are missing. No order is taken from that time.
    let base = Base::of_curve(em.phi.iter().copied().map(libm_exp).collect());
    let history = History::new(file.window());
    let mut walk = Walk::new(&base, Some(model), history, Some(em.theta.start));
    for session in &symbol.days {
        if session.kind == Kind::Full && walk.history().len() == file.window_sessions {
            orders.extend(Order::new(session, &walk.signals(session)));
        }
        walk.advance(session);
    }
    let (recent, half_days) = walk.history().stored();
    let state = walk.state().unwrap_or(em.theta.start);
    Ok(Fitted {
        id: 0,
        group: groups.get(&symbol.symbol).cloned(),
        first: full[0].date,
        last: symbol.days[symbol.days.len() - 1].date,
        sessions: full.len() as u64,
        curve: walk.history().full_curve(&base),
        phi: em.phi,
        dynamics: Parameters::from(em.theta.dynamics),
        start: Moments::from(em.theta.start),
        state: Moments::from(state),
        log_likelihood: em.log_likelihood,
        observations: em.observations,
        recent,
        half_days,
    })
}

struct Em {
    theta: Theta,
    phi: Vec<f64>,
    log_likelihood: f64,
    observations: u64,
}

/// EM over the full sessions in a row; bins without volume are missing.
fn expectation_maximisation(full: &[&Session], bins: usize) -> Result<Em, ModelError> {
    let y: Vec<Option<f64>> = full
        .iter()
        .flat_map(|day| &day.volumes)
        .map(|volume| (*volume > 0.0).then(|| libm_log(*volume)))
        .collect();
    let seen: Vec<f64> = y.iter().flatten().copied().collect();
    let mean = seen.iter().sum::<f64>() / seen.len() as f64;
    let mut phi: Vec<f64> = (0..bins)
        .map(|bin| {
            let of_bin = y.iter().skip(bin).step_by(bins).flatten();
            let (sum, count) = of_bin.fold((0.0, 0.0), |(s, n), y| (s + y - mean, n + 1.0));
            if count > 0.0 { sum / count } else { 0.0 }
        })
        .collect();
    let theta = Theta {
        start: State {
            mean: [mean, 0.0],
            covariance: Covariance {
                eta: 0.3,
                cross: 0.0,
                mu: 0.1,
            },
        },
        dynamics: Dynamics {
            a_eta: 1.0,
            a_mu: 0.7,
            sigma_eta2: 0.05,
            sigma_mu2: 0.05,
            r: 0.05,
        },
    };
    let mut scratch = vec![0.0; bins];
    let mut path = vec![Smoothed::EMPTY; y.len()];
    let (theta, log_likelihood) = volume_em::fit(&y, &mut phi, &mut scratch, theta, &mut path, EM)?;
    Ok(Em {
        theta,
        phi,
        log_likelihood,
        observations: seen.len() as u64,
    })
}

/// Log of one volume, by the models' own function.
fn libm_log(volume: f64) -> f64 {
    engine_models::volume_forecast::log_level(std::iter::once(volume)).unwrap_or(0.0)
}

/// Its inverse.
fn libm_exp(log_volume: f64) -> f64 {
    let exactly = Forecast {
        log_mean: log_volume,
        log_variance: 0.0,
    };
    exactly.median()
}

/// Curve over all sessions of the symbols that `inside` takes, each session counting once; none with too few.
fn pooled(all: &[Sessions], file: &CurveFile, inside: impl Fn(&Fitted) -> bool) -> Option<Pooled> {
    let members: Vec<(&Sessions, &Fitted)> = all
        .iter()
        .filter_map(|s| Some((s, file.symbols.get(&s.symbol)?)))
        .filter(|(_, fitted)| inside(fitted))
        .collect();
    let flat = vec![1.0 / file.grid.bins as f64; file.grid.bins];
    let full = || members.iter().flat_map(|(s, _)| of_kind(s, Kind::Full));
    let count = full().count();
    if count < SESSIONS_MIN {
        return None;
    }
    let mut by_length: BTreeMap<usize, Vec<&Vec<f64>>> = BTreeMap::new();
    for day in members.iter().flat_map(|(s, _)| of_kind(s, Kind::Half)) {
        by_length
            .entry(day.volumes.len())
            .or_default()
            .push(&day.volumes);
    }
    let half_days = by_length
        .into_iter()
        .map(|(bins, days)| {
            let half = HalfCurve {
                sessions: days.len() as u64,
                curve: ladder::mean(days.into_iter(), &vec![0.0; bins], 0.0),
            };
            (bins, half)
        })
        .collect();
    let median = |of: fn(&Parameters) -> f64| {
        let mut values: Vec<f64> = members.iter().map(|(_, f)| of(&f.dynamics)).collect();
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Some(Pooled {
        id: 0,
        symbols: members.len(),
        sessions: count as u64,
        curve: ladder::mean(full().map(|day| &day.volumes), &flat, 0.0),
        half_days,
        dynamics: Parameters {
            a_eta: median(|p| p.a_eta),
            a_mu: median(|p| p.a_mu),
            s_eta2: median(|p| p.s_eta2),
            s_mu2: median(|p| p.s_mu2),
            r: median(|p| p.r),
        },
    })
}
