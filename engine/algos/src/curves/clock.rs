//! The clock of one order: volume time of its session.

use super::Curve;
use shm_wire::instrument::Instrument;
use shm_wire::units::{DurationNs, Nanos, Qty};

/// Maps instants to volume time. Without a curve it is clock time.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Clock {
    curve: Option<&'static Curve>,
    /// Open of the session.
    open: Nanos,
    /// Its length.
    session: DurationNs,
    /// Usual volume of the session, steps; zero is unknown.
    day_volume: Qty,
}

impl Clock {
    /// Clock time, and nothing known.
    pub const UNKNOWN: Clock = Clock {
        curve: None,
        open: Nanos(0),
        session: DurationNs(0),
        day_volume: Qty::ZERO,
    };

    /// Clock time.
    pub(super) fn straight(open: Nanos, session: DurationNs, instrument: &Instrument) -> Clock {
        Clock {
            curve: None,
            open,
            session,
            day_volume: Qty(instrument.average_daily_volume),
        }
    }
    /// The time of `curve`, stretched to the session's length.
    pub(super) fn by(
        curve: &'static Curve,
        open: Nanos,
        session: DurationNs,
        instrument: &Instrument,
    ) -> Clock {
        let day_volume = if curve.day_volume.is_zero() {
            Qty(instrument.average_daily_volume)
        } else {
            curve.day_volume
        };
        Clock {
            curve: Some(curve),
            open,
            session,
            day_volume,
        }
    }
    /// The curve, if there is one.
    #[must_use]
    pub fn curve(&self) -> Option<&'static Curve> {
        self.curve
    }
    /// Length of a bin in clock time.
    #[must_use]
    pub fn bin(&self) -> Option<DurationNs> {
        let curve = self.curve?;
        let stretched = Qty(curve.bin().0).mul_div(self.session.0, curve.session.0);
        Some(DurationNs(stretched.0))
    }
    /// Volume time of a whole session, ns.
    #[must_use]
    pub fn day(&self) -> u64 {
        self.curve.map_or(self.session.0, |c| c.session.0).max(1)
    }
    /// Volume time at an instant, ns; ascending. Never stops before the open or after the close without a curve.
    #[must_use]
    pub fn at(&self, time: Nanos) -> u64 {
        let Some(curve) = self.curve else {
            return time.0;
        };
        let elapsed = time.since(self.open).0.min(self.session.0);
        if self.session == curve.session {
            return curve.volume_time(elapsed);
        }
        curve.volume_time(Qty(elapsed).mul_div(curve.session.0, self.session.0).0)
    }
    /// Volume time between two instants, ns.
    #[must_use]
    pub fn between(&self, from: Nanos, to: Nanos) -> u64 {
        self.at(to).saturating_sub(self.at(from))
    }
    /// The first instant after `from` at which `span` ns of volume time have passed, `end` at the latest.
    #[must_use]
    pub fn after(&self, from: Nanos, span: u64, end: Nanos) -> Nanos {
        if self.curve.is_none() {
            return from.plus(DurationNs(span)).min(end);
        }
        let (mut low, mut high) = (from.0, end.0.max(from.0));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.between(from, Nanos(middle)) >= span {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Nanos(high)
    }
    /// The instant at which `span` ns of volume time have passed since `from`, to within rounding; [`Nanos::NEVER`] when that is
    /// after the session.
    #[must_use]
    pub fn reach(&self, from: Nanos, span: u64) -> Nanos {
        let Some(curve) = self.curve else {
            return from.plus(DurationNs(span));
        };
        let Some(elapsed) = curve.elapsed_at(self.at(from).saturating_add(span)) else {
            return Nanos::NEVER;
        };
        let stretched = Qty(elapsed).mul_div(self.session.0, curve.session.0);
        self.open.plus(DurationNs(stretched.0)).max(from)
    }
    /// Volume that is usual between two instants, steps; `None` when nobody knows.
    #[must_use]
    pub fn usual_volume(&self, from: Nanos, to: Nanos) -> Option<Qty> {
        if self.day_volume.is_zero() {
            return None;
        }
        Some(self.day_volume.mul_div(self.between(from, to), self.day()))
    }
    /// Usual volume of a session, steps; zero is unknown.
    #[must_use]
    pub fn day_volume(&self) -> Qty {
        self.day_volume
    }
}
