//! Execution models as pure functions of `f64`: trajectories, impact, volume, micro-price, placement.
//!
//! Every function takes numbers or slices and gives numbers or fills a slice of the caller; nothing
//! here allocates, keeps a global, reads a clock or draws a random number. All transcendental
//! functions come from `libm` and the order of operations is fixed, so every machine gives the same
//! bits. A model refuses what it cannot answer with a [`ModelError`] that names the field and the
//! rule; it never returns a NaN for an input out of range.
//!
//! Conventions: quantities are positive and in one unit (shares, contracts or base units), time is in
//! one unit for everything (days unless a field says otherwise), volatility is arithmetic in price per
//! square root of that time (`_frac` is a fraction of price), risk aversion `lam` is 1/money, and a
//! positive cost is a loss. Trajectories are written for a sale; a buy uses the same positive
//! quantities.
//!
//! | module | model |
//! |---|---|
//! | [`ac_discrete`] | Almgren-Chriss in periods, its stateless fraction, its urgency |
//! | [`ac_drift`] | the same with a constant drift |
//! | [`ac_continuous`] | the limit of short periods |
//! | [`ac_calibration`] | parameters from spread, volume and volatility |
//! | [`ac_riccati`] | one recursion for TWAP, VWAP and shortfall, with caps |
//! | [`ac_nonlinear`] | power-law impact |
//! | [`ac_multi`] | baskets |
//! | [`athl`], [`square_root`], [`i_star`] | pre-trade impact |
//! | [`obizhaeva_wang`], [`propagator`] | transient impact |
//! | [`vwap`] | tracking risk and dynamic rules |
//! | [`volume_kalman`], [`volume_em`] | intraday volume forecasts |
//! | [`volume_rule`] | the forecast of one order, over any piece of the day |
//! | [`shortfall`], [`lean`], [`finish`], [`gauge`], [`fixed`] | paces, signals, the cost of finishing, volatility and shares for schedules without floats |
//! | [`feasibility`] | odds of completion under a share of the volume and behind a limit |
//! | [`volume_forecast`] | a session in progress: forecast, share due, guard rails |
//! | [`book_pressure`], [`micro_price`] | imbalance, order flow, micro-price |
//! | [`cont_kukanov`], [`cross_or_post`] | placement |
//! | [`conventions`] | money, ticks, pips and 32nds |
//! | [`rounding`] | from an answer to whole lots |

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod ac_calibration;
pub mod ac_continuous;
pub mod ac_discrete;
pub mod ac_drift;
pub mod ac_multi;
pub mod ac_nonlinear;
pub mod ac_riccati;
pub mod athl;
pub mod book_pressure;
pub mod cont_kukanov;
pub mod conventions;
pub mod cross_or_post;
mod error;
pub mod feasibility;
pub mod finish;
pub mod fixed;
pub mod gauge;
mod hyperbolic;
pub mod i_star;
pub mod lean;
pub mod linear_algebra;
pub mod micro_price;
pub mod obizhaeva_wang;
pub mod propagator;
pub mod rounding;
pub mod shortfall;
pub mod square_root;
pub mod volume_em;
pub mod volume_forecast;
pub mod volume_kalman;
pub mod volume_rule;
pub mod vwap;

pub use error::ModelError;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod testing;
