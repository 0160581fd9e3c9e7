//! The curve file: what `fit` learned, as one JSON document that guards itself.
//!
//! ```text
//! {"schema":"pacer.curve-file/1","sha256":"<of the body>","body":
//! {..one line..}
//! }
//! ```
//!
//! The checksum is of the body's bytes as they stand in the file, so a file that was edited or cut is refused. Layout and meaning of
//! each field are in `docs/curves.md`.

use std::collections::BTreeMap;
use std::path::Path;

use engine_models::volume_forecast::{Adaptation, Model};
use engine_models::volume_kalman::{Covariance, Dynamics, Outliers, State};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::CurveFileError;
use crate::grid::Grid;
use crate::ladder::Window;

/// Schema of the file.
pub const SCHEMA: &str = "pacer.curve-file/1";

/// What `fit` learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurveFile {
    /// What it was learned from.
    pub source: Source,
    /// Bins of a full session.
    pub grid: Grid,
    /// Full sessions in a rolling curve.
    pub window_sessions: usize,
    /// How their shares are averaged.
    #[serde(default)]
    pub averaging: Averaging,
    /// `lambda` of the robust correction.
    pub lambda: f64,
    /// Guard rails, fraction of the order.
    pub guard: f64,
    /// How a forecast moves the schedule.
    pub adaptation: Weights,
    /// The asset class: all symbols together; none with too few sessions.
    pub class: Option<Pooled>,
    /// Sectors or products, where a symbol's group was given.
    pub groups: BTreeMap<String, Pooled>,
    /// Each symbol.
    pub symbols: BTreeMap<String, Fitted>,
}

/// How the shares of past sessions become a curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Averaging {
    /// Each session counts the same.
    #[default]
    Mean,
    /// The middle of each bin's shares.
    Median,
    /// The last sessions count most: weight `2 / (sessions + 1)` for the newest.
    Ewma,
}

impl Averaging {
    /// As in the file and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Averaging::Mean => "mean",
            Averaging::Median => "median",
            Averaging::Ewma => "ewma",
        }
    }
}

impl core::str::FromStr for Averaging {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Averaging, &'static str> {
        [Averaging::Mean, Averaging::Median, Averaging::Ewma]
            .into_iter()
            .find(|a| a.name() == text)
            .ok_or("one of mean, median, ewma")
    }
}

impl CurveFile {
    /// Which sessions make a rolling curve, and how.
    #[must_use]
    pub fn window(&self) -> Window {
        Window {
            sessions: self.window_sessions,
            averaging: self.averaging,
        }
    }
    /// Numbers all curves: symbols by name, then groups, then the asset class.
    pub fn number(&mut self) {
        let symbols = self.symbols.values_mut().map(|f| &mut f.id);
        let groups = self.groups.values_mut().map(|p| &mut p.id);
        let class = self.class.iter_mut().map(|p| &mut p.id);
        for (id, next) in symbols.chain(groups).chain(class).zip(1..=u16::MAX) {
            *id = next;
        }
    }
}

/// What a file was learned from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Dates before this one only.
    pub until: Option<Date>,
    /// First session.
    pub first: Date,
    /// Last session.
    pub last: Date,
    /// Symbols.
    pub symbols: usize,
    /// Full sessions, over all symbols.
    pub full_sessions: u64,
    /// Half days, over all symbols.
    pub half_sessions: u64,
    /// Days left out: too few bars, or no volume.
    pub incomplete_sessions: u64,
    /// Bars read, before `until`.
    pub bars: u64,
    /// Rows left out.
    pub bad_rows: u64,
}

/// The weights of [`Adaptation`], and what they rest on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// Constant lead or lag.
    pub bias: f64,
    /// Weight of the filter's revealed-volume share.
    pub filter: f64,
    /// Weight of the surprise.
    pub surprise: f64,
    /// Orders (symbol and session) they were fitted on; 0: the published rule (b), nothing fitted.
    pub orders: u64,
}

/// A curve over several symbols.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pooled {
    /// Number by which orders name the curve; 0 for none.
    #[serde(default)]
    pub id: u16,
    /// Symbols in it.
    pub symbols: usize,
    /// Full sessions in it.
    pub sessions: u64,
    /// Share of each bin of a full session.
    pub curve: Vec<f64>,
    /// Half days by their number of bins.
    pub half_days: BTreeMap<usize, HalfCurve>,
    /// Median of each parameter over the symbols.
    pub dynamics: Parameters,
}

/// A curve of half days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HalfCurve {
    /// Half days in it.
    pub sessions: u64,
    /// Share of each bin.
    pub curve: Vec<f64>,
}

/// One symbol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Number by which orders name the curve; 0 for none.
    #[serde(default)]
    pub id: u16,
    /// Sector or product, if one was given.
    pub group: Option<String>,
    /// First full session.
    pub first: Date,
    /// Last session.
    pub last: Date,
    /// Full sessions.
    pub sessions: u64,
    /// Static curve at the end: mean share of each bin over the last `window_sessions` full sessions, summing to 1.
    pub curve: Vec<f64>,
    /// EM's seasonal of each bin, log-volume.
    pub phi: Vec<f64>,
    /// EM's parameters.
    pub dynamics: Parameters,
    /// EM's state at the first bin.
    pub start: Moments,
    /// Filtered state after the last full session's last bin.
    pub state: Moments,
    /// EM's log-likelihood.
    pub log_likelihood: f64,
    /// Bins that EM saw (those with volume).
    pub observations: u64,
    /// Volumes of the last full sessions, oldest first: the rolling curve goes on from them.
    pub recent: Vec<Vec<f64>>,
    /// Volumes of the half days, oldest first.
    pub half_days: Vec<Vec<f64>>,
}

/// Parameters of the state equation, names of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// Persistence of the daily level.
    pub a_eta: f64,
    /// Persistence of the intraday deviation, bin to bin.
    pub a_mu: f64,
    /// Variance of the daily innovation.
    pub s_eta2: f64,
    /// Variance of the bin's innovation.
    pub s_mu2: f64,
    /// Variance of the observation.
    pub r: f64,
}

/// Mean and covariance of `[eta, mu]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Mean.
    pub mean: [f64; 2],
    /// Variance of eta, covariance, variance of mu.
    pub covariance: [f64; 3],
}

impl From<Dynamics> for Parameters {
    fn from(d: Dynamics) -> Parameters {
        Parameters {
            a_eta: d.a_eta,
            a_mu: d.a_mu,
            s_eta2: d.sigma_eta2,
            s_mu2: d.sigma_mu2,
            r: d.r,
        }
    }
}

impl From<Parameters> for Dynamics {
    fn from(p: Parameters) -> Dynamics {
        Dynamics {
            a_eta: p.a_eta,
            a_mu: p.a_mu,
            sigma_eta2: p.s_eta2,
            sigma_mu2: p.s_mu2,
            r: p.r,
        }
    }
}

impl From<State> for Moments {
    fn from(s: State) -> Moments {
        Moments {
            mean: s.mean,
            covariance: [s.covariance.eta, s.covariance.cross, s.covariance.mu],
        }
    }
}

impl From<Moments> for State {
    fn from(m: Moments) -> State {
        State {
            mean: m.mean,
            covariance: Covariance {
                eta: m.covariance[0],
                cross: m.covariance[1],
                mu: m.covariance[2],
            },
        }
    }
}

impl From<Weights> for Adaptation {
    fn from(w: Weights) -> Adaptation {
        Adaptation {
            bias: w.bias,
            filter: w.filter,
            surprise: w.surprise,
        }
    }
}

impl CurveFile {
    /// The model of an instrument with these parameters.
    #[must_use]
    pub fn model(&self, dynamics: Parameters) -> Model {
        Model {
            dynamics: dynamics.into(),
            outliers: Outliers::Clipped(self.lambda),
            adaptation: self.adaptation.into(),
            guard: self.guard,
        }
    }

    /// The file's text.
    ///
    /// # Errors
    /// A number that JSON cannot hold.
    pub fn text(&self) -> Result<String, CurveFileError> {
        let body = serde_json::to_string(self).map_err(CurveFileError::Number)?;
        let sha = hex(&Sha256::digest(body.as_bytes()));
        Ok(format!(
            "{{\"schema\":\"{SCHEMA}\",\"sha256\":\"{sha}\",\"body\":\n{body}\n}}\n"
        ))
    }

    /// Writes the file: beside its place first, then over it, so that a reader sees the old one or the new one.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path) -> Result<(), CurveFileError> {
        let failed = |e| CurveFileError::Write(path.to_path_buf(), e);
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        std::fs::write(&beside, self.text()?).map_err(failed)?;
        std::fs::rename(&beside, path).map_err(failed)
    }

    /// Reads a file and checks its checksum and its numbers.
    ///
    /// # Errors
    /// A file that cannot be read, of another schema, damaged, or with a number out of range.
    pub fn read(path: &Path) -> Result<CurveFile, CurveFileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| CurveFileError::Open(path.to_path_buf(), e))?;
        CurveFile::parse(&text).map_err(|e| match e {
            CurveFileError::Content { field, message, .. } => CurveFileError::Content {
                file: Some(path.to_path_buf()),
                field,
                message,
            },
            other => other,
        })
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// As [`CurveFile::read`].
    pub fn parse(text: &str) -> Result<CurveFile, CurveFileError> {
        let wrong = CurveFileError::content::<String>;
        let opening = format!("{{\"schema\":\"{SCHEMA}\",\"sha256\":\"");
        let parts = text
            .strip_prefix(&opening)
            .and_then(|rest| rest.split_once("\",\"body\":\n"))
            .and_then(|(sha, rest)| Some((sha, rest.strip_suffix("\n}\n")?)));
        let Some((sha, body)) = parts else {
            return Err(wrong("not a curve file, or cut short".to_owned()));
        };
        if hex(&Sha256::digest(body.as_bytes())) != sha {
            return Err(
                wrong("the checksum does not fit: the file was changed".to_owned()).at("sha256"),
            );
        }
        let file: CurveFile =
            serde_json::from_str(body).map_err(|e| wrong(format!("cannot be understood: {e}")))?;
        file.check().map_err(|(field, e)| wrong(e).at(&field))?;
        Ok(file)
    }

    /// Checks what the checksum cannot: a file made by other means.
    fn check(&self) -> Result<(), (String, String)> {
        let bins = self.grid.bins;
        let curve = |name: &str, curve: &[f64], bins: usize| {
            let sum: f64 = curve.iter().sum();
            let good = curve.len() == bins
                && curve.iter().all(|share| share.is_finite() && *share >= 0.0)
                && (sum - 1.0).abs() < 1e-6;
            if good {
                return Ok(());
            }
            Err((
                name.to_owned(),
                format!("must hold {bins} shares that sum to 1"),
            ))
        };
        let model = |name: &str, parameters: Parameters| {
            let model = self.model(parameters).check();
            model
                .map(|_| ())
                .map_err(|e| (name.to_owned(), e.to_string()))
        };
        if !(2..=engine_models::volume_forecast::BINS_MAX).contains(&bins) {
            return Err(("grid.bins".to_owned(), "must lie in 2..=128".to_owned()));
        }
        for (name, pooled) in self
            .class
            .iter()
            .map(|c| ("class", c))
            .chain(self.groups.iter().map(|(n, g)| (n.as_str(), g)))
        {
            curve(name, &pooled.curve, bins)?;
            model(name, pooled.dynamics)?;
            for (length, half) in &pooled.half_days {
                curve(name, &half.curve, *length)?;
            }
        }
        for (name, fitted) in &self.symbols {
            curve(name, &fitted.curve, bins)?;
            model(name, fitted.dynamics)?;
            let state = |m: Moments| {
                State::from(m)
                    .check()
                    .map_err(|e| (name.clone(), e.to_string()))
            };
            state(fitted.start)?;
            state(fitted.state)?;
            if fitted.recent.iter().any(|day| day.len() != bins) {
                return Err((
                    name.clone(),
                    format!("recent: must hold {bins} volumes a session"),
                ));
            }
        }
        Ok(())
    }
}

/// Hexadecimal text of bytes.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
