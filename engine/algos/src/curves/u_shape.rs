//! The curve of the asset class: continuous trading of a US stock, in quarters of an hour.

use super::{Curve, Scope};
use shm_wire::units::DurationNs;

/// Thousandths of a session's volume, the mean of 24 large US stocks in 2025; the first and last quarter are cut to about
/// what is left of them without the auctions.
const WEIGHTS: [u32; 26] = [
    95, 65, 57, 46, 42, 38, 37, 34, 31, 28, 27, 26, 25, 24, 24, 23, 23, 22, 25, 24, 24, 25, 28, 31,
    39, 80,
];

/// Busy at the open and the close, quiet at noon; sessions of other lengths stretch it.
pub(super) static U_SHAPE: Curve = match Curve::new(
    Scope::Any,
    DurationNs::from_secs(6 * 3_600 + 1_800),
    &WEIGHTS,
) {
    Ok(curve) => curve,
    Err(_) => panic!("the built-in curve has bins and weights"),
};
