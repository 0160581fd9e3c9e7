//! The adapters, one per family of reference cases, and the table that finds them.

mod conventions;
mod forecast;
mod impact;
mod placement;
mod schedule;
mod trajectory;
mod transient;
mod venue;

use serde_json::Value;

use super::inputs::Inputs;

/// Reads the inputs of a family, runs the model, answers in the shape of the family's `expected`.
type Adapter = fn(&Inputs<'_>) -> Result<Value, String>;

/// Every family that the product answers.
const FAMILIES: &[(&str, Adapter)] = &[
    ("AC-CALIBRATION", trajectory::calibration),
    ("AC-CONTINUOUS", trajectory::continuous),
    ("AC-DISCRETE", trajectory::discrete),
    ("AC-DRIFT", trajectory::drift),
    ("AC-MULTI", trajectory::basket),
    ("AC-NONLINEAR", trajectory::nonlinear),
    ("AC-RICCATI", trajectory::riccati),
    ("AC-URGENCY", trajectory::urgency),
    ("ATHL2005", impact::athl),
    ("CONT-KUKANOV", placement::cont_kukanov),
    ("CONVENTIONS", conventions::conventions),
    ("CROSS-OR-POST", placement::cross_or_post),
    ("DYN-VWAP", forecast::dynamic_vwap),
    ("I-STAR", impact::i_star),
    ("KALMAN-EM", forecast::kalman_em),
    ("KALMAN-VOLUME", forecast::kalman_volume),
    ("MATCH-FIFO", venue::match_fifo),
    ("MICROPRICE-STOIKOV", placement::micro_price),
    ("MICROPRICE-WMID", placement::weighted_mid),
    ("OBIZHAEVA-WANG", transient::obizhaeva_wang),
    ("POV-TARGET", schedule::pov),
    ("PROPAGATOR", transient::propagator),
    ("QUEUE-L2", venue::queue_l2),
    ("SCHEDULE-LOTS", schedule::lots),
    ("SQRT-LAW", impact::square_root),
    ("VWAP-TRACK-SD", forecast::tracking),
];

/// The adapter of a family.
pub(super) fn find(family: &str) -> Option<Adapter> {
    FAMILIES
        .iter()
        .find(|(name, _)| *name == family)
        .map(|(_, adapter)| *adapter)
}

/// A model's refusal as an error text.
fn refusal(error: engine_models::ModelError) -> String {
    error.to_string()
}
