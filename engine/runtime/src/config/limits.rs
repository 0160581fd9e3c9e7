//! Risk limits in the configuration.
//!
//! Production sets every limit. The profile `demo` (demo and backtest) fills in what is not set with the documented
//! values of [`LimitsConfig::demo`].

use engine_core::risk::{Rate, RiskLimits, whole};
use serde::{Deserialize, Serialize};
use shm_wire::units::Qty;

/// Where limits that are not set come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitProfile {
    /// Nowhere: each must be set.
    #[default]
    Explicit,
    /// From the documented profile for demonstrations and backtests.
    Demo,
}

/// Limits. Quantities in quantity steps, notionals in whole units of the quote currency.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Profile.
    pub profile: LimitProfile,
    /// Largest child quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child_qty_max: Option<u64>,
    /// Largest parent quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_qty_max: Option<u64>,
    /// Largest child notional.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child_notional_max: Option<u64>,
    /// Largest parent notional.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_notional_max: Option<u64>,
    /// Price collar around the reference, ppm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collar_ppm: Option<u32>,
    /// Messages per second and parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_rate_max: Option<u32>,
    /// Messages per second and instrument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instrument_rate_max: Option<u32>,
    /// Messages per second and engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_rate_max: Option<u32>,
    /// Rejects in a row that suspend a parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejects_max: Option<u8>,
}

impl LimitsConfig {
    /// The documented profile for demonstrations and backtests.
    #[must_use]
    pub fn demo() -> LimitsConfig {
        LimitsConfig {
            profile: LimitProfile::Demo,
            ..LimitsConfig::default()
        }
    }

    /// The limits for the engine: what is set here, the profile's value for the rest. A rate's burst is twice the rate.
    #[must_use]
    pub fn risk_limits(&self) -> RiskLimits {
        let mut limits = RiskLimits::demo();
        let rate = |per_second: u32| Rate {
            per_second,
            burst: per_second.saturating_mul(2),
        };
        if let Some(qty) = self.child_qty_max {
            limits.child_qty_max = Qty(qty);
        }
        if let Some(qty) = self.parent_qty_max {
            limits.parent_qty_max = Qty(qty);
        }
        if let Some(units) = self.child_notional_max {
            limits.child_notional_max = whole(i128::from(units));
        }
        if let Some(units) = self.parent_notional_max {
            limits.parent_notional_max = whole(i128::from(units));
        }
        if let Some(ppm) = self.collar_ppm {
            limits.collar_ppm = ppm;
        }
        if let Some(per_second) = self.parent_rate_max {
            limits.parent_rate = rate(per_second);
        }
        if let Some(per_second) = self.instrument_rate_max {
            limits.instrument_rate = rate(per_second);
        }
        if let Some(per_second) = self.engine_rate_max {
            limits.engine_rate = rate(per_second);
        }
        if let Some(rejects) = self.rejects_max {
            limits.rejects_max = rejects;
        }
        limits
    }

    /// Names each rule that is broken.
    pub(super) fn broken_rules(&self, broken: &mut dyn FnMut(&'static str, &'static str)) {
        let quantities = [
            ("child_qty_max", self.child_qty_max),
            ("parent_qty_max", self.parent_qty_max),
            ("child_notional_max", self.child_notional_max),
            ("parent_notional_max", self.parent_notional_max),
        ];
        let rates = [
            ("collar_ppm", self.collar_ppm),
            ("parent_rate_max", self.parent_rate_max),
            ("instrument_rate_max", self.instrument_rate_max),
            ("engine_rate_max", self.engine_rate_max),
            ("rejects_max", self.rejects_max.map(u32::from)),
        ];
        let rates = rates.map(|(field, value)| (field, value.map(u64::from)));
        for (field, value) in quantities.into_iter().chain(rates) {
            match value {
                None if self.profile == LimitProfile::Explicit => {
                    broken(field, "must be set unless the profile is \"demo\"");
                }
                Some(0) => broken(field, "must be at least 1"),
                _ => {}
            }
        }
    }
}
