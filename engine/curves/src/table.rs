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
    let own = instruments.iter().filter_map(|i| curve(&file, i));
    let curves: Vec<Curve> = own.chain(named(&file)).collect();
    Ok(CurveTable::new(Vec::leak(curves)))
}

/// The curves that orders may name, whatever their instrument; its own usual volume goes with them.
fn named(file: &CurveFile) -> impl Iterator<Item = Curve> + '_ {
    let symbols = file.symbols.values();
    let symbols = symbols.map(|f| (f.id, &f.curve, f.dynamics));
    let pooled = file.groups.values().chain(&file.class);
    let pooled = pooled.map(|p| (p.id, &p.curve, p.dynamics));
    symbols
        .chain(pooled)
        .filter_map(move |(id, shares, dynamics)| {
            let weights: Vec<u32> = shares.iter().map(|share| weight(*share)).collect();
            let curve = Curve::new(Scope::Named, session(file), &weights).ok()?;
            Some(
                curve
                    .with_forecast(Qty::ZERO, file.model(dynamics))
                    .with_id(id),
            )
        })
}

/// Length of a full session.
fn session(file: &CurveFile) -> DurationNs {
    DurationNs::from_secs(file.grid.bins as u64 * u64::from(file.grid.bin_seconds))
}

/// The curve of one instrument, if the file has a rung for it that fits a curve's bounds.
fn curve(file: &CurveFile, instrument: &Instrument) -> Option<Curve> {
    let base = ladder::base(file, instrument.symbol(), None);
    let dynamics = base.dynamics?;
    let weights: Vec<u32> = base.curve.iter().map(|share| weight(*share)).collect();
    let scope = match base.rung {
        ladder::Rung::Symbol => Scope::Symbol(instrument.symbol),
        ladder::Rung::Sector | ladder::Rung::AssetClass | ladder::Rung::Twap => Scope::Any,
    };
    let curve = Curve::new(scope, session(file), &weights).ok()?;
    let volume = file.symbols.get(instrument.symbol()).and_then(|fitted| {
        History::resume(file.window(), &fitted.recent, &fitted.half_days).mean_volume()
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
