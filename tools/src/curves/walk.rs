//! One instrument through its sessions in order of time: every session is planned from what lies before it, then becomes history.

use engine_models::volume_forecast::{self, Adaptation, Model, Signals};
use engine_models::volume_kalman::State;

use super::sessions::Session;
use engine_curves::grid::Kind;
use engine_curves::ladder::{Base, History};

/// An instrument between two sessions.
#[derive(Debug)]
pub struct Walk<'a> {
    base: &'a Base<'a>,
    model: Option<Model>,
    history: History,
    state: Option<State>,
}

/// What is planned for a session, and what came of it.
#[derive(Debug, PartialEq)]
pub struct Planned {
    /// Weight of each bin of the static schedule.
    pub static_weights: Vec<f64>,
    /// Weight of each bin of the dynamic schedule.
    pub dynamic_weights: Vec<f64>,
    /// Forecast of each bin's volume made at its start; empty while nothing is known of the level.
    pub forecast: Vec<f64>,
    /// Full sessions behind the static curve.
    pub sessions: usize,
}

impl<'a> Walk<'a> {
    /// Begins with a history and, when known, the filter's state after the last full session.
    #[must_use]
    pub fn new(
        base: &'a Base<'a>,
        model: Option<Model>,
        history: History,
        state: Option<State>,
    ) -> Walk<'a> {
        Walk {
            base,
            model,
            history,
            state,
        }
    }

    /// The history so far.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The filter's state after the last full session.
    #[must_use]
    pub fn state(&self) -> Option<State> {
        self.state
    }

    /// The static curve of a session that is about to begin.
    #[must_use]
    pub fn curve(&self, session: &Session) -> Vec<f64> {
        let bins = session.volumes.len();
        self.history.curve(session.kind, bins, self.base)
    }

    /// The forecasting session, before its first bin; none while there is no state to start from.
    fn start(&self, curve: &[f64], kind: Kind) -> Option<(Model, volume_forecast::Session)> {
        let model = self.model?;
        // What is usual on a full day says nothing of a half day's total.
        let level = match kind {
            Kind::Full => self.history.log_level(),
            Kind::Half => None,
        };
        let session = volume_forecast::Session::start(&model, self.state?, curve, level).ok()?;
        Some((model, session))
    }

    /// Plans a session with `adaptation` (the model's own without), seeing the volume of earlier bins only.
    #[must_use]
    pub fn plan(&self, session: &Session, adaptation: Option<Adaptation>) -> Planned {
        let static_weights = self.curve(session);
        let mut planned = Planned {
            dynamic_weights: static_weights.clone(),
            static_weights,
            forecast: Vec::new(),
            sessions: self.history.len(),
        };
        let started = self.start(&planned.static_weights, session.kind);
        if let Some((mut model, mut live)) = started {
            model.adaptation = adaptation.unwrap_or(model.adaptation);
            let mut done = 0.0;
            for (bin, volume) in session.volumes.iter().enumerate() {
                planned
                    .forecast
                    .extend(live.forecast(&model).map(|f| f.mean()));
                let due = live.commit(&model);
                planned.dynamic_weights[bin] = due - done;
                done = due;
                if live.observe(&model, *volume).is_err() {
                    break;
                }
            }
        }
        planned
    }

    /// What is known before each bin of a session; empty while there is no state to start from.
    #[must_use]
    pub fn signals(&self, session: &Session) -> Vec<Signals> {
        let mut all = Vec::new();
        if let Some((model, mut live)) = self.start(&self.curve(session), session.kind) {
            for volume in &session.volumes {
                all.extend(live.signals(&model));
                if live.observe(&model, *volume).is_err() {
                    break;
                }
            }
        }
        all
    }

    /// The session is over: it becomes history, and a full one moves the filter. Half days leave the filter alone: their totals belong to
    /// another kind of day.
    pub fn advance(&mut self, session: &Session) {
        if session.kind == Kind::Full
            && let Some(model) = self.model
        {
            self.state = match self.start(&self.curve(session), Kind::Full) {
                Some((model, mut live)) => {
                    let seen = session
                        .volumes
                        .iter()
                        .try_for_each(|v| live.observe(&model, *v));
                    seen.ok().map(|()| live.state())
                }
                // The first session ever gives the level.
                None => volume_forecast::log_level([session.volume()].into_iter())
                    .map(|level| volume_forecast::log_bin_volume(level, session.volumes.len()))
                    .map(|level| model.vague(level)),
            };
        }
        self.history.push(session.kind, &session.volumes);
    }
}
