//! Figures of one parent order beyond its benchmarks: what the whole order cost, how well its fills were priced, and how
//! near it kept to the rate it was asked for. Formulas of `MODELS.md` section 3 and 1.9.
//!
//! Sums are exact integers, in 1e-9 of the quote currency (doubled where a mid enters) times quantity steps; a float
//! appears only in the last division.

mod auctions;
mod compliance;
mod fills;
mod shortfall;

pub use auctions::{AuctionPart, Official, auction_parts, kind_of};
pub use compliance::{COMPLIANCE_SECONDS, Compliance, WINDOWS_MAX, compliance};
pub use fills::{FillFigures, MARKOUT_SECONDS, Markout, Spreads, fill_figures};
pub use shortfall::{Components, Shortfall, ShortfallInputs, shortfall};

/// `part / base` in basis points of the base's magnitude; `None` when the base is zero.
fn bps(part: i128, base: i128) -> Option<f64> {
    (base != 0).then(|| 1e4 * (part as f64 / base.unsigned_abs() as f64))
}
