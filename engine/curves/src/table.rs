//! From a curve file to the curves that the engine's registry holds.
//!
//! Each instrument gets its own symbol's curve, else the asset class's, with the usual volume of its day and the model of
//! its forecast. What the file has no rung for falls back to the registry's built-in curve.

use crate::error::CurveFileError;
use crate::file::CurveFile;
use crate::ladder::{self, History};
use engine_algos::curves::{Curve, CurveTable, Scope};
use shm_wire::instrument::Instrument;
use shm_wire::units::{DurationNs, Qty};
use std::path::Path;

/// Scale of a share as a curve's weight.
const WEIGHT_ONE: f64 = 1e9;

/// The curves of a file for these instruments. They live as long as the process, which makes them once at its start.
///
/// # Errors
/// What is wrong with the file.
pub fn load(path: &Path, instruments: &[Instrument]) -> Result<CurveTable, CurveFileError> {
    let file = CurveFile::read(path)?;
    let curves: Vec<Curve> = instruments.iter().filter_map(|i| curve(&file, i)).collect();
    Ok(CurveTable::new(Vec::leak(curves)))
}

/// The curve of one instrument, if the file has a rung for it that fits a curve's bounds.
fn curve(file: &CurveFile, instrument: &Instrument) -> Option<Curve> {
    let base = ladder::base(file, instrument.symbol(), None);
    let dynamics = base.dynamics?;
    let weights: Vec<u32> = base.curve.iter().map(|share| weight(*share)).collect();
    let seconds = file.grid.bins as u64 * u64::from(file.grid.bin_seconds);
    let scope = match base.rung {
        ladder::Rung::Symbol => Scope::Symbol(instrument.symbol),
        ladder::Rung::Sector | ladder::Rung::AssetClass | ladder::Rung::Twap => Scope::Any,
    };
    let curve = Curve::new(scope, DurationNs::from_secs(seconds), &weights).ok()?;
    let volume = file.symbols.get(instrument.symbol()).and_then(|fitted| {
        History::resume(file.window_sessions, &fitted.recent, &fitted.half_days).mean_volume()
    });
    Some(curve.with_forecast(steps(volume, instrument), file.model(dynamics)))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share lies between 0 and 1"
)]
fn weight(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * WEIGHT_ONE).round() as u32
}

/// A volume in units of the instrument as quantity steps; unknown is zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded before"
)]
fn steps(volume: Option<f64>, instrument: &Instrument) -> Qty {
    let units_per_step = instrument.qty_step as f64 / 1e9;
    let steps = volume.unwrap_or(0.0) / units_per_step;
    Qty(steps.clamp(0.0, Qty::BOUND as f64) as u64)
}
