//! Volume curves: how the volume of a usual session spreads over its time, and the clock that runs at its speed.
//!
//! A curve is a clock: *volume time* stands at 0 at the open and at the session's length at the close, and runs fast while much
//! trades. A straight line in volume time is the static VWAP, a shortfall trajectory in volume time is the one for liquidity
//! that varies like the volume, and on a flat curve volume time is clock time, exactly.
//!
//! Curves are fitted elsewhere and handed to the registry once, at start-up; plans keep a reference, so that a decision
//! looks nothing up. Which one an order gets is the ladder of [`CurveTable::clock`]: symbol, group, asset class, none.

mod clock;
mod u_shape;

pub use clock::Clock;

use engine_models::volume_forecast::Model;
use engine_models::volume_rule;
use shm_wire::instrument::{INSTRUMENT_CONSOLIDATED_VOLUME, Instrument};
use shm_wire::units::{DurationNs, Nanos, Qty};

/// Most bins of a curve.
pub const BINS_MAX: usize = 128;
/// Longest session that the curve of the asset class is meant for.
const ASSET_CLASS_SESSION_MAX: DurationNs = DurationNs::from_secs(12 * 3_600);
/// The day of an instrument that trades around the clock, from midnight UTC.
pub(crate) const WHOLE_DAY: DurationNs = DurationNs::from_secs(86_400);

/// Where an order's curve comes from: the first rung of the ladder that has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Rung {
    /// Its own symbol's.
    Symbol = 1,
    /// That of its sector or product.
    Group = 2,
    /// The U shape of its asset class.
    AssetClass = 3,
    /// None: volume time is clock time.
    #[default]
    None = 4,
    /// The one that the order names.
    Named = 5,
}

impl Rung {
    /// Number on the wire: 1 symbol, 2 group, 3 asset class, 4 none, 5 named by the order.
    #[must_use]
    pub const fn code(self) -> i64 {
        self as i64
    }
}

/// Which instruments a curve is for. Symbols are padded as in [`Instrument::symbol`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// One.
    Symbol([u8; 32]),
    /// Those of a sector or product.
    Group(&'static [[u8; 32]]),
    /// All that have no better one.
    Any,
    /// None but those whose orders name the curve.
    Named,
}

/// Why weights are no curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CurveError {
    /// Not 1 to [`BINS_MAX`] bins.
    Bins,
    /// All weights are zero.
    Empty,
    /// The session has no length, or more than a day.
    Session,
}

/// One curve.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Curve {
    scope: Scope,
    /// Number by which orders name it; zero for none.
    id: u16,
    /// Length of the session it was fitted on.
    session: DurationNs,
    bins: usize,
    /// Volume time after so many bins, ns; the last one is the session's length.
    after: [u64; BINS_MAX + 1],
    /// Usual volume of a session, steps; zero is unknown.
    day_volume: Qty,
    /// How the session's own volume moves the forecast.
    model: Model,
}

impl Curve {
    /// A curve of bins of equal length with these weights (any scale) over a session of this length.
    ///
    /// # Errors
    /// [`CurveError`] naming what is wrong.
    pub const fn new(
        scope: Scope,
        session: DurationNs,
        weights: &[u32],
    ) -> Result<Curve, CurveError> {
        if weights.is_empty() || weights.len() > BINS_MAX {
            return Err(CurveError::Bins);
        }
        if session.0 == 0 || session.0 > WHOLE_DAY.0 {
            return Err(CurveError::Session);
        }
        let mut whole = 0_u64;
        let mut at = 0;
        while at < weights.len() {
            whole += weights[at] as u64;
            at += 1;
        }
        if whole == 0 {
            return Err(CurveError::Empty);
        }
        let mut after = [0; BINS_MAX + 1];
        let mut part = 0_u64;
        at = 0;
        while at < weights.len() {
            part += weights[at] as u64;
            at += 1;
            after[at] = Qty(session.0).mul_div(part, whole).0;
        }
        Ok(Curve {
            scope,
            id: 0,
            session,
            bins: weights.len(),
            after,
            day_volume: Qty::ZERO,
            model: volume_rule::USUAL,
        })
    }
    /// The same curve with the usual volume of a session, steps, and the model of its forecast.
    #[must_use]
    pub const fn with_forecast(self, day_volume: Qty, model: Model) -> Curve {
        Curve {
            day_volume,
            model,
            ..self
        }
    }
    /// The same curve with a number by which orders name it, from 1.
    #[must_use]
    pub const fn with_id(self, id: u16) -> Curve {
        Curve { id, ..self }
    }
    /// Length of a bin.
    #[must_use]
    pub const fn bin(&self) -> DurationNs {
        DurationNs(self.session.0 / self.bins as u64)
    }
    /// Model of the forecast.
    #[must_use]
    pub const fn model(&self) -> &Model {
        &self.model
    }
    /// Volume time `elapsed` ns after the open: cumulative by bins, linear within one, rounded down.
    #[must_use]
    pub fn volume_time(&self, elapsed: u64) -> u64 {
        let bins = self.bins as u64;
        let elapsed = elapsed.min(self.session.0);
        let index = Qty(elapsed).mul_div(bins, self.session.0).0.min(bins - 1);
        let bin = usize::try_from(index).unwrap_or(0);
        let (from, to) = (self.after[bin], self.after[bin + 1]);
        // Position within the bin, in 1 / (bins x session).
        let into =
            u128::from(elapsed) * u128::from(bins) - u128::from(index) * u128::from(self.session.0);
        let part = u128::from(to - from) * into / u128::from(self.session.0);
        from + u64::try_from(part).unwrap_or(0)
    }
    /// Clock time since the open at which the volume time is reached, rounded up; none after the close.
    fn elapsed_at(&self, volume_time: u64) -> Option<u64> {
        let after = &self.after[..=self.bins];
        let next = after.partition_point(|at| *at < volume_time);
        if next > self.bins {
            return None;
        }
        let Some(bin) = next.checked_sub(1) else {
            return Some(0);
        };
        let (from, to) = (after[bin], after[next]);
        let (bins, part) = (self.bins as u64, u128::from(volume_time - from));
        let start = u128::from(self.session.0) * bin as u128;
        let into = (u128::from(self.session.0) * part).div_ceil(u128::from((to - from).max(1)));
        u64::try_from((start + into).div_ceil(u128::from(bins))).ok()
    }
    fn is_for(&self, rung: Rung, instrument: &Instrument, length: DurationNs) -> bool {
        // A half day has a curve of its own or none of these.
        self.session == length
            && match (rung, self.scope) {
                (Rung::Symbol, Scope::Symbol(symbol)) => symbol == instrument.symbol,
                (Rung::Group, Scope::Group(symbols)) => symbols.contains(&instrument.symbol),
                (Rung::AssetClass, Scope::Any) => true,
                _ => false,
            }
    }
}

/// The curves of a process, fixed at start-up.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct CurveTable {
    curves: &'static [Curve],
}

impl CurveTable {
    /// No curve but the one that is built in.
    pub const EMPTY: CurveTable = CurveTable { curves: &[] };

    /// These curves. The first that fits is taken.
    #[must_use]
    pub const fn new(curves: &'static [Curve]) -> CurveTable {
        CurveTable { curves }
    }
    /// The clock of an order that starts at `start`, by the curve of this number; none where there is no such curve for a session of
    /// that length.
    #[must_use]
    pub fn named(&self, id: u16, instrument: &Instrument, start: Nanos) -> Option<Clock> {
        let (open, length) = day_of(instrument, start);
        let curve = self
            .curves
            .iter()
            .find(|c| c.id == id && id != 0 && c.session == length)?;
        Some(Clock::by(curve, open, length, instrument))
    }
    /// The clock of an order that starts at `start`: by the best curve there is, and the rung it stands on.
    #[must_use]
    pub fn clock(&self, instrument: &Instrument, start: Nanos) -> (Clock, Rung) {
        let (open, length) = day_of(instrument, start);
        for rung in [Rung::Symbol, Rung::Group, Rung::AssetClass] {
            let found = self
                .curves
                .iter()
                .find(|c| c.is_for(rung, instrument, length));
            if let Some(curve) = found {
                return (Clock::by(curve, open, length, instrument), rung);
            }
        }
        let equity_like = instrument.flags & INSTRUMENT_CONSOLIDATED_VOLUME != 0
            && instrument.session_at_or_after(start).is_some()
            && length <= ASSET_CLASS_SESSION_MAX;
        if equity_like {
            let clock = Clock::by(&u_shape::U_SHAPE, open, length, instrument);
            return (clock, Rung::AssetClass);
        }
        (Clock::straight(open, length, instrument), Rung::None)
    }
}

/// Open and length of the session that holds `time` or comes next; of the UTC day where there are no sessions.
fn day_of(instrument: &Instrument, time: Nanos) -> (Nanos, DurationNs) {
    match instrument.session_at_or_after(time) {
        Some(s) => (Nanos(s.open), Nanos(s.close).since(Nanos(s.open))),
        None => (Nanos(time.0 / WHOLE_DAY.0 * WHOLE_DAY.0), WHOLE_DAY),
    }
}

#[cfg(test)]
mod tests;
